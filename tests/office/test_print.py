"""On paper: every sheet one A4 page wide, its head repeated, nothing cut off, no hints; looked at in LibreOffice's PDF.

Colours of the inputs cannot be seen here: LibreOffice does not know "print in black and white", Excel and WPS do.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree
from openpyxl import load_workbook

from tests.helpers import Issued, family, single
from tests.office.programs import APT_LINE, Job, Result
from tests.office.unit import TWENTY_NAMES, code_cells, opened
from workbook_builder.cli.demo import Demo, example_declaration

Office = Callable[[Sequence[Job]], list[Result]]
FORM, NARRATIVE, SUMMARY, CHECK, HELP = (
    "财政项目支出绩效目标申报表",
    "项目经费情况说明",
    "子项目资金汇总",
    "自检",
    "填表说明",
)
TITLES, HEAD_POINTS = (FORM, NARRATIVE, SUMMARY, CHECK, HELP), 80
A4, A4_ACROSS = (595, 842), (842, 595)
WIDEST_DIGIT = 6.36  # points, of DejaVu Sans 10, the widest font that stands in for another
# Numbered, so that a line that is lost or hidden is missed.
LONG_GOAL = "".join(f"目标{number:03}：开展服务群众活动。" for number in range(1, 80))[:1000]
LONG_SECTION = "".join(f"第{number:03}条：按计划组织实施并做好台账。" for number in range(1, 80))[:1200]
SECTIONS = ("overview", "legal_basis", "implementer", "plan", "period", "annual_budget", "performance_goals")


class Page(NamedTuple):
    """A printed page; words by their place, in points from the top left."""

    size: tuple[int, int]
    text: str  # without white space, in the order of the content
    words: tuple[tuple[str, float, float], ...]  # word, top, bottom

    @property
    def head(self) -> str:
        """The title that stands highest, where it does at the head of its sheet; sub-projects may have such names."""
        heads = ((top, word.removesuffix("（续）")) for word, top, _ in self.words if top < HEAD_POINTS)
        titles = [(top, word) for top, word in heads if word in TITLES]
        return min(titles, default=(0, ""))[1]


def pages_of(pdf: Path) -> list[Page]:
    if not shutil.which("pdftotext"):
        pytest.skip(f"needs poppler: {APT_LINE}")
    texts = pdftotext("-raw", pdf).split("\f")
    boxes = etree.fromstring(pdftotext("-bbox", pdf).encode(), etree.XMLParser(recover=True))
    pages = [element for element in boxes.iter() if etree.QName(element).localname == "page"]
    return [
        Page(
            (round(float(page.get("width", "0"))), round(float(page.get("height", "0")))),
            plain(text),
            tuple((w.text or "", float(w.get("yMin", "0")), float(w.get("yMax", "0"))) for w in page),
        )
        for page, text in zip(pages, texts, strict=False)
    ]


def pdftotext(option: str, pdf: Path) -> str:
    return subprocess.run(["pdftotext", option, pdf, "-"], check=True, capture_output=True, encoding="utf-8").stdout


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def whole_text(pages: Sequence[Page], head: str) -> str:
    """What all pages under this title say, without the title and year repeated on each and the footer."""
    text = "".join(page.text for page in pages if page.head == head)
    return re.sub(rf"{head}|（2022年度）|第\d+页", "", text)


@pytest.fixture(scope="module")
def printed(
    office: Office, tmp_path_factory: pytest.TempPathFactory, shown: Demo, alone: Issued, twenty: Issued
) -> dict[str, list[Page]]:
    """The pages of each workbook, printed in one go."""
    folder = tmp_path_factory.mktemp("printed")
    narrative = dict.fromkeys(SECTIONS, LONG_SECTION)
    long = {"annual_goal": LONG_GOAL, "overall_goal": LONG_GOAL[::-1], "end_date": "2023-12-31", "narrative": narrative}
    great = {**dict.fromkeys(("total_fiscal", "annual_appropriation"), "9999999999.99"), "annual_other": "0"}
    money = family(subs=20)
    for sub in money["sub_projects"]:
        sub.update({**great, "annual_carryover": "0", "total_other": "0"})
    books = {
        "example issued": shown.issued.read_bytes(),
        "example filled": shown.filled.read_bytes(),
        "long texts": alone.filled(single(**long)),
        "twenty filled": twenty.filled(money),
    }
    for name, data in books.items():
        (folder / f"{name}.xlsx").write_bytes(data)
    office([{"book": folder / f"{name}.xlsx", "save": [folder / f"{name}.pdf"]} for name in books])
    return {name: pages_of(folder / f"{name}.pdf") for name in books}


def heads(pages: Sequence[Page]) -> list[tuple[str, int]]:
    """The titles in order, each with the number of its pages in a row."""
    return [(head, len(list(group))) for head, group in groupby(page.head for page in pages)]


def test_example__is_as_many_pages_as_its_content_fills(printed: dict[str, list[Page]]) -> None:
    """A sheet that is wider than its page would print twice as many."""
    before = [(HELP, 1), (CHECK, 1), (NARRATIVE, 1)]
    assert heads(printed["example issued"]) == [*before, (FORM, 2), (SUMMARY, 1), (FORM, 4)]
    assert heads(printed["example filled"]) == [*before, (FORM, 1), (SUMMARY, 1), (FORM, 2)]


def test_longest_texts__leave_the_form_on_two_pages_and_each_section_on_one(printed: dict[str, list[Page]]) -> None:
    assert heads(printed["long texts"]) == [(HELP, 1), (CHECK, 1), (NARRATIVE, 7), (FORM, 2)]


BOOKS = {"example issued": 7, "example filled": 7, "long texts": 4, "twenty filled": 25}  # and their visible sheets


@pytest.mark.parametrize("book", BOOKS)
def test_every_page__is_a4_with_its_sheets_title_at_the_top_and_its_number_below(
    printed: dict[str, list[Page]], book: str
) -> None:
    pages = printed[book]
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert page.size == (A4_ACROSS if page.head in (SUMMARY, CHECK) else A4), number
        assert page.head, number


def test_sheet_of_a_single_column__is_no_wider_than_its_paper(alone: Issued) -> None:
    """LibreOffice shrinks others to a page, but not these; its columns are widest where a font stands in for 宋体."""
    sheet = load_workbook(alone.path)["情况说明"]
    margins = sheet.page_margins.left + sheet.page_margins.right
    assert sheet["A1"].value == NARRATIVE
    assert sheet.column_dimensions["A"].width * WIDEST_DIGIT < A4[0] - 72 * margins


@pytest.mark.parametrize(("book", "sheets"), BOOKS.items())
def test_pages__are_counted_by_each_sheet_for_itself(printed: dict[str, list[Page]], book: str, sheets: int) -> None:
    numbers = [int(number) for page in printed[book] for number in re.findall(r"第(\d+)页", page.text)]
    assert len(numbers) == len(printed[book])
    assert numbers.count(1) == sheets
    assert all(number in (1, before + 1) for before, number in pairwise([0, *numbers]))


@pytest.mark.parametrize("book", BOOKS)
def test_no_page__shows_a_number_that_does_not_fit_or_an_error(printed: dict[str, list[Page]], book: str) -> None:
    text = "".join(page.text for page in printed[book])
    assert not re.search(r"##|#VALUE|#REF|#NAME|#N/A|#DIV|Err:", text)


def test_texts_of_the_example__are_all_on_paper(printed: dict[str, list[Page]]) -> None:
    entry, pages = example_declaration(), printed["example filled"]
    narrative, form = whole_text(pages, NARRATIVE), whole_text(pages, FORM)
    for key, text in entry["narrative"].items():
        assert plain(text) in narrative, key
    for part in (entry, *entry["sub_projects"]):
        assert plain(part["annual_goal"]) in form
        assert all(plain(indicator["name"]) in form for indicator in part["indicators"])


@pytest.mark.parametrize("book", ["example issued", "long texts"])
def test_fixed_texts_of_the_form__are_all_on_paper(
    printed: dict[str, list[Page]], example: Issued, alone: Issued, book: str
) -> None:
    ours = opened(example if book == "example issued" else alone)
    text = "".join(page.text for page in printed[book])
    labels = {label for place, label in ours.blank.labels.items() if place.sheet != CHECK}
    assert len(labels) > 30
    assert [label for label in labels if plain(label) not in text] == []


def test_longest_texts__are_all_on_paper(printed: dict[str, list[Page]]) -> None:
    pages = printed["long texts"]
    form = whole_text(pages, FORM)
    assert (LONG_GOAL in form, LONG_GOAL[::-1] in form) == (True, True)
    assert whole_text(pages, NARRATIVE).count(LONG_SECTION) == len(SECTIONS)


def test_longest_texts__end_above_what_stands_below_them(printed: dict[str, list[Page]]) -> None:
    """What a row is too low for is in the PDF all the same, only hidden."""
    first = next(page for page in printed["long texts"] if page.head == FORM)
    goal_top = next(top for word, top, _ in first.words if word == "年度总目标")
    table_top = next(
        (top for word, top, _ in first.words if word == "一级指标"), first.size[1] - 43.0
    )  # else the margin
    lowest = max(bottom for word, top, bottom in first.words if goal_top < top < table_top)
    assert goal_top + 200 < lowest <= table_top
    for page in printed["long texts"]:
        titles = (
            [top for word, top, _ in page.words if re.match("[一二三四五六七]、", word)]
            if page.head == NARRATIVE
            else []
        )
        for top in titles[1:]:
            above = max(bottom for word, _, bottom in page.words if bottom < top + 5)
            assert above <= top


def test_hints__are_not_on_paper(office: Office, printed: dict[str, list[Page]], example: Issued) -> None:
    """Only 自检 repeats the first of each sheet."""
    places = [place._replace(column=place.column - 1) for place in code_cells(example)]
    (result,) = office([{"book": example.path, "read": [f"{place.sheet}!{place.address}" for place in places]}])
    hints = {str(hint) for hint in result["values"].values() if hint}
    assert len(hints) > 3
    text = "".join(page.text for page in printed["example issued"] if page.head != CHECK)
    assert [hint for hint in hints if plain(hint) in text] == []


def test_summary_of_twenty__shows_every_name_and_the_greatest_sums_whole(
    printed: dict[str, list[Page]],
) -> None:
    text = whole_text(printed["twenty filled"], SUMMARY)
    assert [name for name in TWENTY_NAMES if plain(name) not in text] == []
    assert text.count("199,999,999,999.80") == 4  # 总额 and 财政, of the year and of the whole


@pytest.mark.slow
def test_long_names_of_sub_projects__make_their_rows_on_summary_and_self_check_higher(twenty: Issued) -> None:
    """What stands in a row that is too low is in the PDF all the same, only hidden."""
    book = load_workbook(twenty.path, data_only=True)
    summary, heading = book[SUMMARY], next(row for row in book[CHECK].iter_rows() if row[0].value == "规则")
    long_name = next(row for row in summary.iter_rows() if row[1].value == "很长的子项目名称" * 10)
    short_name = next(row for row in summary.iter_rows() if row[1].value == "同名")
    assert (
        summary.row_dimensions[long_name[0].row or 0].height or 0
    ) > 5 * 12  # 80 characters of 10 points in 34 units: five lines
    assert summary.row_dimensions[short_name[0].row or 0].height == 24
    assert (book[CHECK].row_dimensions[heading[0].row or 0].height or 0) > 4 * 12  # 14 characters in 9 units
