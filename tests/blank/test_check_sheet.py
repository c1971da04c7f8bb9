"""自检: every row with something wrong is a line that names it, leads to its cell, and says what stands beside it."""

import io
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import load_workbook

from tests.helpers import Issued, changed_in_sub, family, issued, parent, project, row, seen, single
from workbook_builder.form.laying_out import PROBLEM_LINES, SHEETS_LISTED, problem_lines
from workbook_builder.judge.check import check
from workbook_builder.resources import packaged_template

FIRST = {"alone": 10, "with_sub": 11, "twenty": 30}  # the row of the first problem: behind a line for each sheet


class Line(NamedTuple):
    """A line of the list."""

    sheet: str
    cell: str
    words: str


def lines(data: bytes, first: int) -> list[Line]:
    rows = seen(data, data_only=True)["自检"].iter_rows(
        min_row=first, max_row=first + PROBLEM_LINES - 1, values_only=True
    )
    return [Line(cells[0], cells[1], cells[3]) for cells in rows if cells[0]]


def hints(data: bytes, column: str = "I") -> list[tuple[str, int, str]]:
    """What stands beside the rows of all forms, in the order of the sheets."""
    found = []
    for sheet in seen(data, data_only=True).worksheets:
        if sheet.title not in ("自检", "子项目资金汇总", "选项", "meta"):
            letters = column if sheet.title not in ("填表说明", "情况说明") else "D"
            cells = ((cell.row, cell.value) for cell in sheet[letters][1:])
            found += [(sheet.title, number, text) for number, text in cells if str(text).startswith("【")]
    return found


MORE = re.compile(r"（另([0-9]+)处见自检）$")


def expected_lines(beside: list[tuple[str, int, str]]) -> list[tuple[str, int]]:
    """The sheet and the row of each line: as often as the hints say that there is something."""
    lines = []
    for title, number, words in beside:
        more = MORE.search(words)
        lines += [(title, number)] * (1 + (int(more[1]) if more else 0))
    return lines


def row_of(line: Line) -> int:
    return int(line.cell.lstrip("ABCDEFG"))


def test_everything_wrong__is_listed_with_its_cell_and_sentence(with_sub: Issued) -> None:
    data = with_sub.filled(changed_in_sub(annual_appropriation="1000000.00", annual_goal=None))
    listed, beside = lines(data, FIRST["with_sub"]), [one for one in hints(data) if one[2].startswith("【错误】")]
    assert [(line.sheet, row_of(line)) for line in listed] == expected_lines(beside)
    said = {(title, number): MORE.sub("", words) for title, number, words in beside}
    firsts = {(line.sheet, row_of(line)): line.words for line in reversed(listed)}
    assert firsts == said
    cells = {(line.sheet, line.cell): line.words for line in listed}
    assert cells["01 书记工作室", "E6"].startswith("【错误】年度资金申请总额")
    assert cells["01 书记工作室", "D11"] == "【错误】年度总目标：为必填项，请填写。"


def test_all_that_is_wrong_on_one_row__is_listed_line_by_line(alone: Issued) -> None:
    rows = single()["indicators"]
    rows[0] = {**rows[0], "name": None, "unit": None}
    listed = lines(alone.filled(single(indicators=rows)), FIRST["alone"])
    assert len({row_of(line) for line in listed}) == 1
    assert [line.cell[0] for line in listed] == ["D", "G", "D"]
    assert all(line.words.startswith("【错误】") and "见自检" not in line.words for line in listed)
    (hint,) = [words for _, _, words in hints(alone.filled(single(indicators=rows))) if words.startswith("【错误】")]
    assert hint == f"{listed[0].words}（另2处见自检）"


def test_first_code_of_a_row__decides_to_which_cell_of_it_the_line_leads(alone: Issued) -> None:
    rows = [
        row("数量指标", "培训次数", "≥", "5", None), row("社会效益指标", "党建环境", "定性", "明显改善"),
        {**row("满意度指标", "满意", "≥", "90", "%"), "level2": "服务对象满意度指标"},
    ]  # fmt: skip
    listed = {line.cell: line.words for line in lines(alone.filled(single(indicators=rows)), FIRST["alone"])}
    assert "单位" in listed["G15"] or "单位" in listed["D15"]


def test_errors__come_first_in_the_list_and_on_a_row_and_reminders_follow_when_they_are_gone(alone: Issued) -> None:
    """Of reminders there may be more than the list holds: no error waits behind them."""
    many = [row("数量指标", f"培训{number}次数", ">=", "5", "次") for number in range(10)]
    rows = [
        *many,
        {**row("服务对象满意度指标", "满意率", "≥", "60", None)},
        row("社会效益指标", "环境", "定性", "明显改善"),
    ]
    listed = lines(alone.filled(single(indicators=rows, filler=None)), FIRST["alone"])
    assert {line.words[:4] for line in listed} == {"【错误】"}
    rows[10]["unit"] = "%"
    listed = lines(alone.filled(single(indicators=rows, filler=None)), FIRST["alone"])
    assert {line.words[:4] for line in listed} == {"【提醒】"}
    assert len(listed) > 10


HALF_FEN = {
    "total_fiscal": "2000000.005", "total_other": "2000000.005",
    "annual_appropriation": "100.005", "annual_carryover": "100.005", "annual_other": "100.005",
}  # fmt: skip


@pytest.mark.parametrize("key", HALF_FEN)
def test_amount_of_half_a_fen__is_wrong_itself_and_no_sum_is_said_to_differ_from_what_it_is(
    with_sub: Issued, key: str
) -> None:
    """Amounts are shown in fen: the sentence about a sum would find the very amount that it expects."""
    data = with_sub.filled(changed_in_sub(**{key: HALF_FEN[key]}))
    words = [line.words for line in lines(data, FIRST["with_sub"]) if line.sheet == "01 书记工作室"]
    assert any("最多两位小数" in sentence for sentence in words)
    assert not [text for _, _, text in hints(data) if "应等于" in text]


def test_nothing_wrong__lists_nothing(alone: Issued) -> None:
    assert lines(alone.filled(single()), FIRST["alone"]) == []


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issued(tmp_path_factory.mktemp("twenty") / "任务", parent(*(f"子项目甲{n}" for n in range(20))))


def test_more_problems_than_lines__are_cut_and_nothing_else(twenty: Issued) -> None:
    listed = lines(twenty.data, FIRST["twenty"])
    errors = expected_lines([one for one in hints(twenty.data) if one[2].startswith("【错误】")])
    assert len(listed) == PROBLEM_LINES < len(errors)
    assert [(line.sheet, row_of(line)) for line in listed] == errors[:PROBLEM_LINES]


def test_list__is_printed_on_one_page_unless_that_makes_it_too_small(
    alone: Issued, with_sub: Issued, twenty: Issued
) -> None:
    pages = [seen(one.data)["自检"].page_setup for one in (alone, with_sub, twenty)]
    assert [(page.fitToWidth, page.fitToHeight) for page in pages] == [(1, 1), (1, 1), (1, 0)]


@pytest.mark.parametrize(("points", "pages"), [(16, 1), (26, 0)])
def test_list_as_the_template_draws_it__decides_whether_it_fits_a_page(
    tmp_path: Path, points: float, pages: int
) -> None:
    book = load_workbook(io.BytesIO(packaged_template()))
    book["自检"].row_dimensions[8].height = points
    book.save(tmp_path / "模板.xlsx")
    made = issued(tmp_path / "任务", project(), template=(tmp_path / "模板.xlsx").read_bytes())
    assert seen(made.data)["自检"].page_setup.fitToHeight == pages


def test_links__lead_to_the_cell_on_sheets_of_any_name(with_sub: Issued) -> None:
    first = FIRST["with_sub"]
    formula = seen(with_sub.filled(family()))["自检"][f"D{first}"].value
    assert f'HYPERLINK("#\'"&SUBSTITUTE(A{first},"\'","\'\'")&"\'!"&B{first},LEFT(IF(' in formula


@pytest.mark.parametrize(
    ("sheets", "count"), [(1, PROBLEM_LINES), (SHEETS_LISTED, PROBLEM_LINES), (SHEETS_LISTED + 1, 1)]
)
def test_list__stands_where_its_formulas_stay_short(sheets: int, count: int) -> None:
    assert problem_lines(sheets) == count


@pytest.mark.parametrize(
    ("comparator", "target", "is_read"),
    [
        (None, "≥90%", True),
        (None, ">=5次", True),
        (None, "＝90", False),
        (None, "5次", False),
        (None, "≥很多", False),
        ("≤", "≥90%", False),
    ],
)
def test_value_that_the_centre_splits__is_said_to_be_readable_there(
    alone: Issued, comparator: str | None, target: str, is_read: bool
) -> None:
    """An error in the workbook, where nobody splits it; at the centre a reminder: never the other way round."""
    rows = single()["indicators"]
    rows[2] = {**rows[2], "comparator": comparator, "target": target, "unit": None}
    data = alone.filled(single(indicators=rows))
    (words,) = [line.words for line in lines(data, FIRST["alone"]) if line.cell.startswith("F")]
    assert ("（财政部门可按此读取，仍请分三格填写）" in words) is is_read
    assert f"现为“{target}”" in words
    findings = {finding.rule: finding.severity for finding in check(data, "交回.xlsx", alone.desk).findings}
    if is_read:
        assert findings == {"indicator.target_normalised": "warning"}
