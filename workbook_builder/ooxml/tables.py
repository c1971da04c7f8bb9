"""Any sheet read as a table: the records under its header, each value with the cell it came from.

What a sheet should hold is described by the caller, who also names the rules by which its mistakes are reported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

from workbook_builder.cells import EMPTY, Cell, Place, row_and_column
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding, place
from workbook_builder.ooxml.reader import SheetReading, read_workbook
from workbook_builder.rule_ids import FILE_CORRUPT, FILE_NOT_A_WORKBOOK, FILE_TOO_LARGE
from workbook_builder.values.normalised import Normalised, fold, quoted, shown

T = TypeVar("T")

HEADER_LINES = 10  # users put a title and advice above the header
_ERROR_NAMES = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}
_WORKBOOK_PARTS = (b"xl/workbook.xml", b"xl/worksheets/", b"xl/styles.xml", b"xl/theme/")  # one is before any cut


class Column(NamedTuple):
    """A column of a sheet, or a row of one that holds a name and a value in each."""

    key: str
    header: str
    kind: Literal["text", "amount", "date", "whole"]
    width: float  # in characters, as Excel counts them
    is_required: bool
    note: str
    may_be_missing: bool = False  # sheets written before there was such a column are read as if it were empty


class Sheet(NamedTuple):
    """A sheet as its users see it: a title, a line of advice, a header and the rows under it."""

    title: str
    advice: str
    columns: tuple[Column, ...]


class TableRules(NamedTuple):
    """Ids of the rules by which mistakes of a table are reported."""

    sheet_missing: str
    column_missing: str
    column_duplicate: str
    error_value: str
    formula_without_value: str
    merged: str


class Entry(NamedTuple):
    """A cell under a known header; its formula gave the value it has."""

    column: Column
    place: Place
    cell: Cell


Record = Mapping[str, Entry]  # by the key of the column


class Grid(NamedTuple):
    """A sheet's own title and its cells by row and column, from 1; only those that hold something."""

    title: str
    rows: Mapping[int, Mapping[int, Cell]]
    merges: tuple[str, ...] = ()  # such as B2:B9


class Table(NamedTuple):
    """The rows of a sheet that are not empty; header is the first cell of the header row."""

    header: Place
    records: tuple[Record, ...]


def read_grids(data: bytes, file: str, sheets: Iterable[Sheet]) -> dict[str, Grid]:
    """The sheets asked for that are there, by the title asked for; file is the workbook's name in messages.

    Raises errors.UnreadableError where the bytes are no workbook.
    """
    asked = {folded(sheet.title): sheet.title for sheet in sheets}
    try:
        reading = read_workbook(data, file, lambda title: folded(title) in asked)
    except UnreadableError as error:
        raise UnreadableError(_unreadable(data, file, error.finding.rule)) from error
    return {asked[folded(title)]: _grid(sheet) for title, sheet in reading.sheets.items()}


def _unreadable(data: bytes, file: str, rule: str) -> Finding:
    if rule == FILE_TOO_LARGE:
        sentence = (
            f"{quoted(file)}：应为大小合适的 Excel 工作簿，现内容过多，没有读取。"
            "请选中表格下方只有格式的空行，整行删除，保存后重试。"
        )
        return Finding(rule, "error", None, None, None, sentence)
    if data.startswith(b"PK") and any(part in data for part in _WORKBOOK_PARTS):
        sentence = (
            f"{quoted(file)}：应为完好的 Excel 工作簿，现文件已损坏，无法读取。请用 Excel 打开后另存，或重新拷贝一份。"
        )
        return Finding(FILE_CORRUPT, "error", None, None, None, sentence)
    kind = "不是工作簿"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        kind = "是旧版 .xls 格式，或加了打开密码"
    sentence = (
        f"{quoted(file)}：应为 Excel 工作簿（.xlsx），现{kind}。请用 Excel 打开，去掉打开密码，另存为 .xlsx 后重试。"
    )
    return Finding(FILE_NOT_A_WORKBOOK, "error", None, None, None, sentence)


def _grid(sheet: SheetReading) -> Grid:
    rows: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in sheet.cells.items():
        if cell.value != "":  # what a formula gives that shows nothing
            rows.setdefault(row, {})[column] = cell
    return Grid(sheet.title, rows, sheet.merges)


def read_table(grids: Mapping[str, Grid], sheet: Sheet, rules: TableRules, findings: list[Finding]) -> Table | None:
    """The rows under the header; None where the sheet or one of its columns is missing: a finding says so."""
    grid = grids.get(sheet.title)
    if grid is None:
        sentence = f"应有工作表「{sheet.title}」，现未找到。请补上这张表，或把改过的表名改回“{sheet.title}”。"
        findings.append(Finding(rules.sheet_missing, "error", sheet.title, None, None, sentence))
        return None
    header, words = _header(grid, sheet)
    if mistakes := _header_mistakes(sheet, header, words, rules):
        findings.extend(mistakes)
        return None
    positions = {word: position for position, word in reversed(words.items())}
    records = tuple(
        _records(grid, header, [(column, positions.get(folded(column.header))) for column in sheet.columns])
    )
    findings.extend(_without_value(records, rules))
    findings.extend(_merged(grid, header, list(positions.values()), rules))
    return Table(header, records)


def _merged(grid: Grid, header: Place, columns: Iterable[int], rules: TableRules) -> Iterator[Finding]:
    """Cells that are merged below the header: only the first of them holds something, the others read as empty."""
    for area in grid.merges:
        (top, left), (bottom, right) = (row_and_column(corner) for corner in (area.split(":") * 2)[:2])
        if bottom > header.row and any(left <= column <= right for column in columns):
            where = place(grid.title, area)
            sentence = f"{where}：表头以下的单元格不能合并（只有左上角一格有内容，其余读作空）。请取消合并，逐格填写。"
            address = Place(grid.title, top, left).address
            yield Finding(rules.merged, "error", grid.title, address, None, sentence, area)


def _header(grid: Grid, sheet: Sheet) -> tuple[Place, dict[int, str]]:
    """The row among the first that holds most of the headers, and its words by column."""
    lines = {row: _words(grid.rows.get(row, {})) for row in range(1, HEADER_LINES + 1)}
    wanted = {folded(column.header) for column in sheet.columns}
    row = max(lines, key=lambda row: len(wanted.intersection(lines[row].values())))
    return Place(grid.title, row, 1), lines[row]


def _words(cells: Mapping[int, Cell]) -> dict[int, str]:
    return {column: folded(str(cell.value)) for column, cell in sorted(cells.items()) if cell.value is not None}


def _records(grid: Grid, header: Place, columns: Sequence[tuple[Column, int | None]]) -> Iterator[Record]:
    """A column that may be missing, and is, has empty cells."""
    for row in sorted(row for row in grid.rows if row > header.row):
        cells = grid.rows[row]
        record = {
            column.key: Entry(column, Place(grid.title, row, position or 1), _content(cells.get(position or 0, EMPTY)))
            for column, position in columns
        }
        if any(entry.cell.kind != "empty" for entry in record.values()):
            yield record


def _content(cell: Cell) -> Cell:
    """A formula as the value it gave, as an error where it gave none; an error's name that was typed is one, too."""
    if cell.formula is not None:
        return cell._replace(kind="error") if cell.value is None else _content(cell._replace(formula=None))
    if cell.kind != "text":
        return cell
    words = str(cell.value).strip()
    if words in _ERROR_NAMES:
        return Cell(words, "error")
    return cell if fold(words) else EMPTY


def _header_mistakes(sheet: Sheet, header: Place, words: Mapping[int, str], rules: TableRules) -> list[Finding]:
    if not any(folded(column.header) in words.values() for column in sheet.columns):
        names = "、".join(column.header for column in sheet.columns)
        sentence = f"{place(header.sheet, 'A1')}：前 {HEADER_LINES} 行应有表头（{names}），现未找到。请补上表头行。"
        return [Finding(rules.column_missing, "error", header.sheet, "A1", None, sentence)]
    mistakes, headers = [], {folded(column.header) for column in sheet.columns}
    others = {at: word for at, word in words.items() if word not in headers}
    for column in sheet.columns:
        places = [header._replace(column=at).address for at, word in words.items() if word == folded(column.header)]
        near = next((at for at, word in others.items() if folded(column.header) in word), None)
        if not places and not (column.may_be_missing and near is None):
            mistakes.append(_column_missing(column, header._replace(column=near or 1), words.get(near or 0), rules))
        elif len(places) > 1:
            mistakes.append(_column_twice(column, header, places, rules))
    return mistakes


def _column_missing(column: Column, where: Place, near: str | None, rules: TableRules) -> Finding:
    """At the header that comes near, such as 预算控制数(万元), else at the first cell of the header row."""
    present = f"现为{quoted(near)}" if near else "现未找到"
    advice = "请改回原来的列名" if near else "请在表头行补上这一列，次序不限"
    sentence = f"{place(where.sheet, where.address, '表头')}：应有“{column.header}”列，{present}。{advice}。"
    return Finding(rules.column_missing, "error", where.sheet, where.address, column.key, sentence)


def _column_twice(column: Column, header: Place, places: Sequence[str], rules: TableRules) -> Finding:
    where = place(header.sheet, places[1], "表头")
    sentence = f"{where}：应只有一列“{column.header}”，现与 {places[0]} 重复。请删去或改名其中一列。"
    return Finding(rules.column_duplicate, "error", header.sheet, places[1], column.key, sentence)


def _without_value(records: Iterable[Record], rules: TableRules) -> Iterator[Finding]:
    """What is no value: the error a formula gave, and a formula that the program which wrote the file did not compute."""
    for entry in (entry for record in records for entry in record.values() if entry.cell.kind == "error"):
        if entry.cell.formula is None:
            content, advice = f"公式的错误值{quoted(shown(entry.cell))}", "请改正公式，或直接填写内容。"
            yield finding(rules.error_value, entry, "填写的内容", advice, content)
        else:
            formula = quoted(shown(entry.cell)) if entry.cell.formula else ""
            content, advice = f"公式{formula}，没有算出的值", "请用 Excel 打开这个文件，保存后再试，或直接填写内容。"
            yield finding(rules.formula_without_value, entry, "填写的内容", advice, content)


def accepted(result: Normalised[T], entry: Entry, rule: str, findings: list[Finding]) -> T | None:
    """The value; where it was refused, and not for an error value that is reported already, a finding."""
    if result.failed and entry.cell.kind != "error":
        problem = result.problems[0]
        where = place(entry.place.sheet, entry.place.address, entry.column.header)
        findings.append(_finding_at(rule, entry, f"{where}：{problem.sentence}", problem.expected))
    return result.value


def finding(rule: str, entry: Entry, expected: str, advice: str, content: str | None = None) -> Finding:
    """An error at a cell, in words; content is what it holds, quoted from it unless given."""
    where = place(entry.place.sheet, entry.place.address, entry.column.header)
    present = content or (quoted(shown(entry.cell)) if entry.cell.kind != "empty" else "空")
    return _finding_at(rule, entry, f"{where}：应为{expected}，现为{present}。{advice}")


def _finding_at(rule: str, entry: Entry, sentence: str, expected: str | None = None) -> Finding:
    value = shown(entry.cell) or None
    return Finding(rule, "error", entry.place.sheet, entry.place.address, entry.column.key, sentence, value, expected)


def folded(words: str) -> str:
    """For comparison: headers and titles are the same where they differ in white space and width only."""
    return "".join(fold(words).split())
