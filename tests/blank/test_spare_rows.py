"""Rows that stay empty on paper: marked, hidden by a filter that the unit can open; nothing filled in is ever hidden."""

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.centre.returning import centre_of, issued_in
from tests.helpers import GOAL, Issued, collection_of, issued, packaged, parent, project, row, single
from tests.loaded import opened
from workbook_builder.blank.page_breaks import PageFit, breaks
from workbook_builder.collection.generate import generate
from workbook_builder.form.model import CONFIRMED, UNCONFIRMED
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.ooxml.sheet_cut import LEFT_IN, NEEDED, SPARE

FORM, MARKS = "申报表", "H"
TABLE = [(15 + number, line.level2) for number, line in enumerate(packaged().form.form_sheet.table)]
FIRST_OF_LEVEL = {level2: row for row, level2 in reversed(TABLE)}


def hidden(book: Workbook, title: str = FORM) -> set[int]:
    return {number for number, dimension in book[title].row_dimensions.items() if dimension.hidden}


def filled_rows(book: Workbook) -> set[int]:
    return {number for number, _ in TABLE if any(book[FORM].cell(number, column).value for column in range(4, 8))}


def part_of(data: bytes, sheet: int = 4) -> str:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return package.read(f"xl/worksheets/sheet{sheet}.xml").decode()


@pytest.mark.slow
@settings(max_examples=20)
@given(some=st.sets(st.sampled_from([number for number, _ in TABLE]), min_size=1), length=st.integers(20, 990))
def test_filled_form__hides_the_rows_without_content_and_no_other(alone: Issued, some: set[int], length: int) -> None:
    rows = [{**row(dict(TABLE)[number], f"指标{number}", "≥", "5", "次"), "row": number - 15} for number in some]
    book = opened(alone.filled(single(indicators=rows, annual_goal="目" * length)))
    of_table = {number for number in hidden(book) if number >= 15}
    assert filled_rows(book) == some
    assert of_table.isdisjoint(some)
    shown = {level2 for number, level2 in TABLE if number not in of_table}
    assert shown == set(FIRST_OF_LEVEL)
    left = {number for number, _ in TABLE} - of_table - some
    alone_in_its_level = {FIRST_OF_LEVEL[level2] for level2 in shown if level2 not in {dict(TABLE)[n] for n in some}}
    assert left == alone_in_its_level
    assert 11 not in hidden(book)


@pytest.mark.parametrize(
    ("goal", "rows"),
    [
        (GOAL, {12, 13}),
        ("目" * 140, {12, 13}),
        ("目" * 150, {13}),
        ("目" * 300, {13}),
        ("目" * 990, set()),
        ("目\n" * 60, set()),
    ],
)
def test_goal__keeps_as_many_rows_as_its_text_needs(alone: Issued, goal: str, rows: set[int]) -> None:
    book = opened(alone.filled(single(annual_goal=goal)))
    assert hidden(book) & {11, 12, 13} == rows


def test_workbook_as_issued__shows_every_row_and_offers_the_filter(alone: Issued) -> None:
    book = opened(alone.data)
    sheet = book[FORM]
    assert hidden(book) == set()
    assert sheet.auto_filter.ref == "H10:H42"
    assert sheet.auto_filter.filterColumn == []
    assert sheet.protection.autoFilter is False  # said of what is forbidden
    assert "筛选" in sheet["I10"].value
    assert sheet[f"{MARKS}16"].value.startswith("=IF(COUNTA($D$16:$G$16)=0")
    assert opened(alone.data, data_only=True)[FORM][f"{MARKS}16"].value == SPARE


def test_rows_in_hiding__are_hidden_by_the_filter_so_that_they_can_be_brought_back(alone: Issued) -> None:
    xml = part_of(alone.filled(single()))
    (area,) = re.findall(r"<autoFilter.*?</autoFilter>", xml)
    assert area == (
        '<autoFilter ref="H10:H42"><filterColumn colId="0"><filters>'
        '<filter val="印"/><filter val="待核对"/><filter val="已核对"/></filters></filterColumn></autoFilter>'
    )


def test_every_row_of_the_filter__has_a_mark_so_that_nothing_is_called_empty(alone: Issued) -> None:
    marks = [cell.value for (cell,) in opened(alone.filled(single()), data_only=True)[FORM]["H11:H42"]]
    assert set(marks) == {SPARE, NEEDED}
    assert {UNCONFIRMED, CONFIRMED, NEEDED} == set(LEFT_IN)


def test_return_copy__hides_them_too(tmp_path: Path) -> None:
    centre = centre_of(collection_of(tmp_path / "任务", project()))
    generate(centre.collection, packaged_catalogue())
    centre.imports("表.xlsx", issued_in(centre).filled(single(annual_goal=None)))
    (returned,) = centre.returns()
    assert returned.copy is not None
    assert {20, 24} <= hidden(opened(returned.copy.read_bytes()))
    centre.ledger.close()


def test_mark_of_a_row__is_a_formula_over_its_own_cells(tmp_path: Path) -> None:
    issue = issued(tmp_path / "任务", parent("党建"))
    marks = {cell.coordinate for cell in opened(issue.data)["01 党建"]["H"] if str(cell.value).startswith("=")}
    assert {"H12", "H15", "H42"} <= marks
    assert {"H11", "H14"} <= marks


FIT = PageFit((50.0,) * 20, 500.0, 50.0, 84, (3, 8, 12, 17))


@pytest.mark.parametrize(
    ("points", "starts"),
    [
        ({}, [8, 17]),
        (dict.fromkeys(range(11, 21), 0.0), []),
        ({1: 5.0, 2: 5.0}, [12]),
        ({9: 900.0}, [8, 12]),
        ({2: 800.0}, [3, 12]),
    ],
    ids=["plain", "hidden", "lower", "row higher than a page", "head higher than a page"],
)
def test_pages__end_before_the_last_group_that_does_not_fit(points: dict[int, float], starts: list[int]) -> None:
    assert list(breaks(FIT, points)) == starts


def test_form_of_more_than_a_page__ends_its_pages_between_groups_and_has_a_scale(alone: Issued) -> None:
    rows = [{**row(level2, f"指标{number}" * 9, "≥", "5", "次"), "row": number - 15} for number, level2 in TABLE]
    long, short = part_of(alone.filled(single(indicators=rows))), part_of(alone.filled(single()))
    starts = [int(number) + 1 for number in re.findall(r'<brk id="(\d+)"', long)]
    assert starts
    assert set(starts) <= {14, *FIRST_OF_LEVEL.values()}
    assert "fitToPage" not in long
    assert re.search(r'<pageSetup scale="8\d"', long)
    assert "rowBreaks" not in short
    assert 'fitToPage="1"' in short
    assert "rowBreaks" not in part_of(alone.data)


def as_opened(issue: Issued, data: bytes) -> Opened:
    came = Desk(issue.collection).open(data, "表.xlsx")
    assert isinstance(came, Opened)
    return came


def test_rows_brought_back_and_filled__are_read(alone: Issued, tmp_path: Path) -> None:
    """Whatever the filter does, the cells stay where they were."""
    data = alone.filled(single())
    book: Any = opened(data)
    for number in hidden(book):
        book[FORM].row_dimensions[number].hidden = False
    book[FORM]["D20"], book[FORM]["E20"], book[FORM]["F20"], book[FORM]["G20"] = "新指标", "≥", 3, "次"
    path = tmp_path / "表.xlsx"
    book.save(path)
    assert as_opened(alone, path.read_bytes()).located.values["indicators[5].name"] == "新指标"


@pytest.mark.parametrize(("length", "is_told"), [(100, False), (400, False), (990, True)])
def test_goal_that_may_not_fit__is_said_beside_it(alone: Issued, length: int, is_told: bool) -> None:
    shown = opened(alone.filled(single(annual_goal="目" * length)), data_only=True)[FORM]["I11"].value or ""
    assert ("打印预览" in shown) is is_told
