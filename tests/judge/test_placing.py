"""A value is read where the form shows it: cells cut or dragged are told, rows and columns inserted are followed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook

from tests.helpers import Issued, changed, family, found, rules, saved, single
from tests.judge.altering import Parts
from tests.judge.altering import altered as in_parts
from tests.judge.row_inserting import inserted
from tests.loaded import opened
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.shifts import Shift

FORM = "申报表"

pytestmark = pytest.mark.slow


def checked(form: Issued, data: bytes) -> Checked:
    return check(data, "交回.xlsx", form.desk)


def declared(result: Checked) -> Any:
    return result.to_json()["declaration"]


def altered(data: bytes, change: Callable[[Workbook], None]) -> bytes:
    book = opened(data)
    change(book)
    return saved(book)


def point(book: Workbook, name: str, target: str) -> None:
    book.defined_names[name].attr_text = target


def cut(book: Workbook, sheet: str, source: str, target: str, names: tuple[str, str]) -> None:
    """As Excel cuts a cell onto another: its name follows, the name of what it covers dies."""
    page = book[sheet]
    page[target], page[source] = page[source].value, None
    column, row = re.fullmatch(r"([A-Z]+)([0-9]+)", target).groups()  # type: ignore[union-attr]
    point(book, names[0], f"'{sheet}'!${column}${row}")
    point(book, names[1], f"'{sheet}'!#REF!")


def test_amount_cut_onto_its_neighbour__is_told_with_both_cells_and_counts_once(alone: Issued) -> None:
    data = alone.filled(single(annual_carryover="100000.00", annual_other=None))
    names = "root_annual_carryover", "root_annual_other"
    result = checked(alone, altered(data, lambda book: cut(book, FORM, "E8", "E9", names)))
    told = [finding for finding in result.findings if finding.rule == "structure.cell_moved"]
    assert [(finding.severity, finding.cell, finding.key) for finding in told] == [("error", "E8", "annual_carryover")]
    assert "「申报表」表 E8（上年结转资金）：这一格被剪切或拖动到了「申报表」表 E9" in told[0].message
    assert (declared(result)["annual_carryover"], declared(result)["annual_other"]) == (None, "100000.00")
    assert result.status == "returned"


def test_section_of_the_narrative_dragged_onto_another__is_told(alone: Issued) -> None:
    data = alone.filled(single(narrative={"legal_basis": "依据", "implementer": "街道"}))
    book = opened(data)
    places = {name: book.defined_names[f"root_narrative_{name}"].attr_text for name in ("legal_basis", "implementer")}
    cells = [target.rpartition("!")[2].replace("$", "") for target in places.values()]
    names = "root_narrative_legal_basis", "root_narrative_implementer"
    result = checked(alone, altered(data, lambda book: cut(book, "情况说明", cells[0], cells[1], names)))
    assert "structure.cell_moved" in rules(result)
    assert result.status == "returned"


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("root_total_fiscal", "'选项'!$Z$9"),
        ("root_total_fiscal", "'申报表'!$C$8"),
        ("root_total_fiscal", "'情况说明'!$B$3"),
        ("root_annual_goal", "'申报表'!$C$11"),
        ("root_indicators", "'申报表'!$D$16:$H$48"),
    ],
)
def test_name_that_leads_elsewhere_than_its_labels__is_told_and_not_followed(
    alone: Issued, name: str, target: str
) -> None:
    data = alone.filled(single())
    plain = declared(checked(alone, data))
    result = checked(alone, altered(data, lambda book: point(book, name, target)))
    assert [rule for rule in rules(result) if rule.startswith("structure.")] == ["structure.cell_moved"]
    assert declared(result) == plain


def test_two_names_swapped__are_both_told(alone: Issued) -> None:
    def swap(book: Workbook) -> None:
        one, other = book.defined_names["root_total_fiscal"], book.defined_names["root_total_other"]
        one.attr_text, other.attr_text = other.attr_text, one.attr_text

    result = checked(alone, altered(alone.filled(single()), swap))
    assert found(result) == {("structure.cell_moved", "total_fiscal"), ("structure.cell_moved", "total_other")}


def test_name_of_one_form_on_another_form__is_told(with_sub: Issued) -> None:
    book = opened(with_sub.filled(family()))
    point(book, "sub1_total_fiscal", book.defined_names["root_total_fiscal"].attr_text)
    assert found(checked(with_sub, saved(book))) == {("structure.cell_moved", "sub_projects[0].total_fiscal")}


def test_one_name_dead_among_living_ones__is_told(alone: Issued) -> None:
    data = altered(alone.filled(single()), lambda book: point(book, "root_total_fiscal", "'申报表'!#REF!"))
    assert found(checked(alone, data)) == {("structure.cell_moved", "total_fiscal")}


def test_every_name_dead__is_read_by_its_labels(alone: Issued) -> None:
    def kill(book: Workbook) -> None:
        for name in book.defined_names.values():
            name.attr_text = "#REF!"

    data = alone.filled(single())
    result = checked(alone, altered(data, kill))
    assert (result.findings, declared(result)) == ((), declared(checked(alone, data)))


@pytest.mark.parametrize("names_follow", [True, False])
@pytest.mark.parametrize(("sheet", "row"), [(FORM, 1), (FORM, 4), (FORM, 14), ("填表说明", 2)])
def test_row_inserted__is_followed_and_warned_about(alone: Issued, sheet: str, row: int, names_follow: bool) -> None:
    data = alone.filled(single())
    result = checked(alone, altered(data, lambda book: inserted(book, sheet, row, names_follow=names_follow)))
    assert rules(result) == ["structure.rows_moved"]
    assert (result.status, declared(result)) == ("accepted", declared(checked(alone, data)))
    assert f"「{sheet}」表：插入或删除过整行、整列" in result.findings[0].message


def test_column_inserted__is_followed_and_warned_about(alone: Issued) -> None:
    data = alone.filled(single())

    def insert(book: Workbook) -> None:
        for area in [str(area) for area in book[FORM].merged_cells.ranges]:
            book[FORM].unmerge_cells(area)
        book[FORM].insert_cols(1)

    result = checked(alone, altered(data, insert))
    assert rules(result) == ["structure.rows_moved"]
    assert declared(result) == declared(checked(alone, data))


def test_row_deleted__loses_its_fields(alone: Issued) -> None:
    def delete(book: Workbook) -> None:
        for area in [str(area) for area in book[FORM].merged_cells.ranges]:
            book[FORM].unmerge_cells(area)
        book[FORM].delete_rows(8)

    result = checked(alone, altered(alone.filled(single()), delete))
    lost = {key for rule, key in found(result) if rule == "structure.field_lost"}
    assert "annual_carryover" in lost
    assert result.status == "returned"


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("row", [7, 9, 10, 11, 12, 13])
def test_rows_deleted__leave_every_answer_as_typed_or_lost(alone: Issued, row: int, count: int) -> None:
    """No answer is read from a label or from another answer."""

    def delete(parts: Parts) -> None:
        data = parts.element(FORM, "sheetData")
        for line in list(data):
            number = int(line.get("r", "0"))
            if row <= number < row + count:
                data.remove(line)
            elif number >= row + count:
                line.set("r", str(number - count))
                for cell in line:
                    cell.set("r", re.sub("[0-9]+", str(number - count), cell.get("r", "")))

    data = alone.filled(single(overall_goal="两年内建成培训体系。"))
    before, result = declared(checked(alone, data)), checked(alone, in_parts(data, delete))
    after = declared(result)
    other = {key for key, value in after.items() if value != before[key]}
    assert {key for key in other if after[key] is not None} <= {"total_funds", "annual_funds", "indicators"}
    assert result.status == "returned" or not other


def test_label_changed__is_no_move(alone: Issued) -> None:
    assert rules(checked(alone, changed(alone.filled(single()), {(FORM, "A3"): "名称"}))) == ["structure.label_changed"]


@pytest.mark.parametrize(
    ("anchors", "line", "now"),
    [
        ((), 7, 7),
        (((1, 1), (9, 9)), 5, 5),
        (((1, 1), (9, 11)), 9, 11),
        (((1, 1), (9, 11)), 5, None),
        (((3, 4),), 1, 2),
        (((3, 4),), 20, 21),
    ],
)
def test_line_between_labels__goes_where_both_went(anchors: tuple[tuple[int, int], ...], line: int, now: int) -> None:
    assert Shift(anchors).of(line) == now
