"""Sheets of 名册.xlsx as records under a header, read with pandas: each value with the cell it came from."""

import io
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

import pandas as pd

from workbook_builder.cells import EMPTY, Cell, Place
from workbook_builder.collection.roster import Column, Sheet
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding, place
from workbook_builder.values.normalised import Normalised, fold, quoted, shown
from workbook_builder.values.serials import serial

T = TypeVar("T")

HEADER_LINES = 10  # users put a title and advice above the header
_ERROR_NAMES = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}
_WORKBOOK_PARTS = (b"xl/workbook.xml", b"xl/worksheets/", b"xl/styles.xml", b"xl/theme/")  # one is before any cut
_UNNAMED_ERROR = "#N/A、#REF! 等"  # pandas does not tell which


class Entry(NamedTuple):
    """A cell under a known header."""

    column: Column
    place: Place
    cell: Cell


Record = Mapping[str, Entry]  # by the key of the column


class Grid(NamedTuple):
    """A sheet's own title and its values from A1 on, as pandas gives them; an empty cell is an empty text."""

    title: str
    lines: list[Sequence[object]]


class Table(NamedTuple):
    """The rows of a sheet that are not empty; header is the first cell of the header row."""

    header: Place
    records: tuple[Record, ...]


def read_grids(data: bytes, file: str, sheets: Iterable[Sheet]) -> dict[str, Grid]:
    """The sheets asked for that are there, by the title asked for; file is the workbook's name in messages.

    Raises errors.UnreadableError where the bytes are no workbook.
    """
    known = {folded(sheet.title): sheet.title for sheet in sheets}
    try:
        # openpyxl warns of drawings and validations it passes over.
        with warnings.catch_warnings(action="ignore"), pd.ExcelFile(io.BytesIO(data), engine="openpyxl") as book:
            titles = {
                known[folded(str(title))]: str(title) for title in book.sheet_names if folded(str(title)) in known
            }
            return {name: Grid(title, _values(book, title)) for name, title in titles.items()}
    except Exception as problem:  # what zip and XML readers raise for a broken file has no common class
        raise UnreadableError(_unreadable(data, file)) from problem


def _values(book: pd.ExcelFile, title: str) -> list[Sequence[object]]:
    frame = pd.read_excel(book, sheet_name=title, header=None, dtype=object, na_filter=False)
    return list(frame.itertuples(index=False, name=None))


def _unreadable(data: bytes, file: str) -> Finding:
    if data.startswith(b"PK") and any(part in data for part in _WORKBOOK_PARTS):
        sentence = (
            f"{quoted(file)}：应为完好的 Excel 工作簿，现文件已损坏，无法读取。请用 Excel 打开后另存，或重新拷贝一份。"
        )
        return Finding("file.corrupt", "error", None, None, None, sentence)
    found = "不是工作簿"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        found = "是旧版 .xls 格式，或加了打开密码"
    sentence = (
        f"{quoted(file)}：应为 Excel 工作簿（.xlsx），现{found}。请用 Excel 打开，去掉打开密码，另存为 .xlsx 后重试。"
    )
    return Finding("file.not_a_workbook", "error", None, None, None, sentence)


def read_table(grids: Mapping[str, Grid], sheet: Sheet, findings: list[Finding]) -> Table | None:
    """The rows under the header; None where the sheet or one of its columns is missing: a finding says so."""
    grid = grids.get(sheet.title)
    if grid is None:
        sentence = f"应有工作表「{sheet.title}」，现未找到。请补上这张表，或把改过的表名改回“{sheet.title}”。"
        findings.append(Finding("roster.sheet_missing", "error", sheet.title, None, None, sentence))
        return None
    wanted = {folded(column.header) for column in sheet.columns}
    lines = [[folded(str(value)) for value in line] for line in grid.lines[:HEADER_LINES]] or [[]]
    number = max(range(len(lines)), key=lambda number: len(wanted.intersection(lines[number])))
    header = Place(grid.title, number + 1, 1)
    mistakes = _header_mistakes(sheet, header, lines[number])
    findings.extend(mistakes)
    if mistakes:
        return None
    words = lines[number]
    positions = [(c, words.index(folded(c.header)) + 1 if folded(c.header) in words else None) for c in sheet.columns]
    records = tuple(_records(grid, header, positions))
    findings.extend(_error_values(records))
    return Table(header, records)


def _records(grid: Grid, header: Place, positions: Sequence[tuple[Column, int | None]]) -> Iterator[Record]:
    """A column that may be missing, and is, has empty cells."""
    for row, values in enumerate(grid.lines[header.row :], header.row + 1):
        record = {
            column.key: Entry(
                column, Place(grid.title, row, position or 1), _cell(values[position - 1]) if position else EMPTY
            )
            for column, position in positions
        }
        if any(entry.cell.kind != "empty" for entry in record.values()):
            yield record


def _header_mistakes(sheet: Sheet, header: Place, line: Sequence[str]) -> list[Finding]:
    if not any(folded(column.header) in line for column in sheet.columns):
        names = "、".join(column.header for column in sheet.columns)
        sentence = f"{place(header.sheet, 'A1')}：前 {HEADER_LINES} 行应有表头（{names}），现未找到。请补上表头行。"
        return [Finding("roster.column_missing", "error", header.sheet, "A1", None, sentence)]
    mistakes = []
    for column in sheet.columns:
        positions = [position for position, words in enumerate(line, 1) if words == folded(column.header)]
        if not positions and not (column.may_be_missing and not any(folded(column.header) in words for words in line)):
            mistakes.append(_column_missing(column, header, line))
        elif len(positions) > 1:
            first, second = (header._replace(column=position).address for position in positions[:2])
            where = place(header.sheet, second, "表头")
            sentence = f"{where}：应只有一列“{column.header}”，现与 {first} 重复。请删去或改名其中一列。"
            mistakes.append(Finding("roster.column_duplicate", "error", header.sheet, second, column.key, sentence))
    return mistakes


def _column_missing(column: Column, header: Place, line: Sequence[str]) -> Finding:
    """At the header that comes near, such as 预算控制数(万元), else at the first cell of the header row."""
    near = next((position for position, words in enumerate(line, 1) if folded(column.header) in words), None)
    address = header._replace(column=near or 1).address
    found = f"现为{quoted(line[near - 1])}" if near else "现未找到"
    advice = "请改回原来的列名" if near else "请在表头行补上这一列，次序不限"
    sentence = f"{place(header.sheet, address, '表头')}：应有“{column.header}”列，{found}。{advice}。"
    return Finding("roster.column_missing", "error", header.sheet, address, column.key, sentence)


def _error_values(records: Iterable[Record]) -> list[Finding]:
    mistaken = (entry for record in records for entry in record.values() if entry.cell.kind == "error")
    advice = "请改正公式，或直接填写内容。"
    return [
        finding("roster.error_value", entry, "填写的内容", advice, f"公式的错误值{quoted(shown(entry.cell))}")
        for entry in mistaken
    ]


def _cell(value: object) -> Cell:
    """A value from pandas as a cell: NaN is an error value, as nothing else is read as NaN."""
    match value:
        case bool():
            return Cell(value, "boolean")
        case datetime():
            return Cell(Decimal(serial(value.date())), "number", is_date=True)
        case float() if math.isnan(value):
            return Cell(_UNNAMED_ERROR, "error")
        case int() | float():
            return Cell(Decimal(repr(value)), "number")
    words = str(value)
    if words.strip() in _ERROR_NAMES:
        return Cell(words.strip(), "error")
    return Cell(words, "text") if fold(words) else EMPTY


def accepted(result: Normalised[T], entry: Entry, rule: str, findings: list[Finding]) -> T | None:
    """The value; where it was refused, and not for an error value that is reported already, a finding."""
    if result.failed and entry.cell.kind != "error":
        problem = result.problems[0]
        where = place(entry.place.sheet, entry.place.address, entry.column.header)
        findings.append(_finding_at(rule, entry, f"{where}：{problem.sentence}", problem.expected))
    return result.value


def finding(rule: str, entry: Entry, expected: str, advice: str, found: str | None = None) -> Finding:
    """An error at a cell, in words; found is quoted from the cell unless given."""
    where = place(entry.place.sheet, entry.place.address, entry.column.header)
    now = found or (quoted(shown(entry.cell)) if entry.cell.kind != "empty" else "空")
    return _finding_at(rule, entry, f"{where}：应为{expected}，现为{now}。{advice}")


def _finding_at(rule: str, entry: Entry, sentence: str, expected: str | None = None) -> Finding:
    found = shown(entry.cell) or None
    return Finding(rule, "error", entry.place.sheet, entry.place.address, entry.column.key, sentence, found, expected)


def folded(words: str) -> str:
    """For comparison: headers and titles are the same where they differ in white space and width only."""
    return "".join(fold(words).split())
