"""A unit at its desk: where each answer is typed, and what the workbook then says on the screen."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.helpers import Issued
from tests.office.programs import Result
from workbook_builder.cells import Place, column_letters
from workbook_builder.form.declaration import flat, sub_project_of
from workbook_builder.form.model import full_key
from workbook_builder.judge.fill import describe, open_ours
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Opened
from workbook_builder.ooxml.reader import read_workbook

BANNER = "自检!A2"
PASSED = "可以上报"
ODD_NAMES = (
    "A:B/C*?[x]", "同名", "同名", "很长的子项目名称" * 10, "O'Brien & <Sons>", "history", "自检", "申报表", "😀" * 20,
    '引“号”与"引号"',
)  # fmt: skip
TWENTY_NAMES = (*ODD_NAMES, *(f"第{number}个子项目" for number in range(11, 21)))


def opened(issued: Issued) -> Opened:
    return open_ours(issued.data, issued.path.name, issued.desk)


def inputs(issued: Issued) -> dict[str, dict[str, Any]]:
    """What `describe` says of each input, by key; address is such as 申报表!B4."""
    found = describe(opened(issued))["inputs"]
    return {entry["key"]: {**entry, "address": f"{entry['sheet']}!{entry['cell']}"} for entry in found}


def keystrokes(issued: Issued, entry: Mapping[str, Any]) -> dict[str, str]:
    """What a person types, by address: the answers that have an input; indicators row by row in their 二级指标."""
    cells = inputs(issued)
    return {cells[key]["address"]: str(v) for key, v in _answers(cells, entry) if key in cells and v is not None}


def _answers(cells: Mapping[str, Mapping[str, Any]], entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    taken: set[str] = set()
    for key, value in flat(entry):
        if not isinstance(value, Mapping):
            yield key, value
            continue
        table = full_key(sub_project_of(key), "indicators[")
        names = (k for k, cell in cells.items() if k.startswith(table) and cell["level2"] == value["level2"])
        free = next(name for name in names if name.endswith(".name") and name not in taken)
        taken.add(free)
        yield from ((free.removesuffix("name") + column, typed) for column, typed in value.items())


def code_cells(issued: Issued) -> Iterator[Place]:
    """The hidden cells with the codes of each row, as in the file."""
    ours = opened(issued)
    for laid in ours.blank.layout.checked_sheets:
        title = real_title(laid.title, ours.blank.layout, ours.identity)
        for row in range(1, len(laid.rows) + 1):
            if Place(laid.title, row, laid.code_column) in ours.blank.formulas:
                yield Place(title, row, laid.code_column)


def hint_address(issued: Issued, where: Place) -> str:
    """The cell that says in words what is wrong on a row: left of its codes."""
    code_column = next(place.column for place in code_cells(issued) if place.sheet == where.sheet)
    return f"{where.sheet}!{where._replace(column=code_column - 1).address}"


def rule_counts(result: Result) -> dict[str, float]:
    """自检's own table as read in a Result, 自检!A1:C99: how often each rule fails; the rest is left out."""
    rows = result["values"]["自检!A1:C99"]
    assert isinstance(rows, list)
    return {
        str(rule): count
        for rule, kind, count in rows
        if kind in ("错误", "提醒") and isinstance(count, float) and count
    }


def cached_formulas(data: bytes) -> dict[str, dict[str, Any]]:
    """The cached value of every formula cell, by sheet and address; an empty one as an empty text."""
    return {
        title: {
            f"{column_letters(column)}{row}": cell.value or ("" if cell.kind in ("empty", "text") else cell.value)
            for (row, column), cell in sheet.cells.items()
            if cell.formula is not None
        }
        for title, sheet in read_workbook(
            data, "", lambda _title: True
        ).sheets.items()  # a report is larger than any form
    }


def calculated_formulas(result: Result) -> dict[str, dict[str, Any]]:
    """What LibreOffice calculates there, numbers as the cache holds them."""
    return {
        title: {cell: Decimal(repr(value)) if isinstance(value, float) else value for cell, value in cells.items()}
        for title, cells in result["formulas"].items()
    }
