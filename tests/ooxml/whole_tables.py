"""A sheet as a table in two ways: its columns kept while it is read, and picked from all its cells; whatever the file, alike."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.ooxml import table_cells
from workbook_builder.ooxml.reader import read_workbook
from workbook_builder.ooxml.table_cells import TableCells, folded

ERRORS = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}


class AsTable(NamedTuple):
    """What a table says."""

    header: int
    words: Mapping[int, str]
    rows: Mapping[int, tuple[Cell, ...]]
    is_empty: bool | None  # None where a place is filled twice, once perhaps with nothing


def kept(data: bytes, title: str, headers: Sequence[str]) -> AsTable | None:
    """Only the columns with these headers; None where there is no such sheet. Raises UnreadableError."""
    table = TableCells(headers)
    sheet = read_workbook(data, "表.xlsx", title.__eq__, lambda _title: table).sheets.get(title)
    if sheet is None:
        return None
    table.settle()
    rows = {row: cells for row, cells in table.rows.items() if row > table.header}
    return AsTable(table.header, table.words, rows, None if sheet.ambiguous else table.is_empty)


def picked(data: bytes, title: str, headers: Sequence[str]) -> AsTable | None:
    """The same of the whole sheet."""
    sheet = read_workbook(data, "表.xlsx", title.__eq__).sheets.get(title)
    if sheet is None:
        return None
    held = {place: cell for place, cell in sorted(sheet.cells.items()) if cell.value != ""}
    first = range(1, table_cells.HEADER_LINES + 1)
    lines = {
        row: {place[1]: folded(str(cell.value)) for place, cell in held.items() if place[0] == row and cell.value is not None}
        for row in first
    }  # fmt: skip
    header = max(first, key=lambda row: len(set(headers) & set(lines[row].values())))
    columns = [next((column for column, word in lines[header].items() if word == name), 0) for name in headers]
    rows = {
        row: tuple(_content(held.get((row, column), EMPTY)) for column in columns)
        for row in sorted({row for row, _ in held if row > header})
    }
    rows = {row: cells for row, cells in rows.items() if any(cell.kind != "empty" for cell in cells)}
    return AsTable(header, lines[header], rows, None if sheet.ambiguous else not held)


def _content(cell: Cell) -> Cell:
    if cell.formula is not None and cell.value is None:
        return cell._replace(kind="error")
    cell = cell._replace(formula=None)
    words = str(cell.value).strip() if cell.kind == "text" else ""
    if words in ERRORS:
        return Cell(words, "error")
    return EMPTY if cell.kind == "text" and not folded(words) else cell
