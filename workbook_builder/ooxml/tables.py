"""Any sheet read as a table: the records under its header, each value with the cell it came from.

What a sheet should hold is described by the caller, who also names the rules by which its mistakes are reported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar, overload

from workbook_builder.cells import Cell, Place, row_and_column
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding, place
from workbook_builder.ooxml.reader import read_workbook
from workbook_builder.ooxml.table_cells import HEADER_LINES, TableCells, folded
from workbook_builder.rule_ids import FILE_CORRUPT, FILE_NOT_A_WORKBOOK, FILE_TOO_LARGE
from workbook_builder.values.normalised import Normalised, quoted, shown

T = TypeVar("T")

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
    """A sheet's own title and its cells, of the columns that were asked for."""

    title: str
    cells: TableCells
    merges: tuple[str, ...] = ()  # such as B2:B9


class Table(NamedTuple):
    """The rows of a sheet that are not empty; header is the first cell of the header row."""

    header: Place
    records: Sequence[Record]


class _Line(Mapping[str, Entry]):
    """A row of a table. An entry is made when it is asked for: ten thousand lines with all their entries would fill memory."""

    __slots__ = ("_cells", "_columns", "_row", "_title")

    def __init__(self, title: str, columns: "_Columns", row: int, cells: tuple[Cell, ...]):
        self._title, self._columns, self._row, self._cells = title, columns, row, cells

    def __getitem__(self, key: str) -> Entry:
        place, position, column = self._columns[key]
        return Entry(column, Place(self._title, self._row, position), self._cells[place])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


_Columns = Mapping[str, tuple[int, int, Column]]  # by key: place in a row's cells, number of the column on the sheet


class _Lines(Sequence[Record]):
    """The rows of a table in their order."""

    def __init__(self, grid: Grid, columns: _Columns):
        self._title, self._rows, self._columns = grid.title, grid.cells.rows, columns
        self._numbers = sorted(row for row in grid.cells.rows if row > grid.cells.header)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        return self._line(self._numbers[index])

    def with_errors(self) -> Iterator[Record]:
        """Those in which a cell is no value."""
        for row in self._numbers:
            if any(cell.kind == "error" for cell in self._rows[row]):
                yield self._line(row)

    def _line(self, row: int) -> Record:
        return _Line(self._title, self._columns, row, self._rows[row])


def read_grids(data: bytes, file: str, sheets: Iterable[Sheet]) -> dict[str, Grid]:
    """The sheets asked for that are there, by the title asked for; file is the workbook's name in messages.

    Raises errors.UnreadableError where the bytes are no workbook.
    """
    asked = {folded(sheet.title): sheet for sheet in sheets}
    tables: dict[str, TableCells] = {}

    def table_of(title: str) -> TableCells:
        tables[title] = TableCells(folded(column.header) for column in asked[folded(title)].columns)
        return tables[title]

    try:
        reading = read_workbook(data, file, lambda title: folded(title) in asked, table_of)
    except UnreadableError as error:
        raise UnreadableError(_unreadable(data, file, error.finding.rule)) from error
    for table in tables.values():
        table.settle()
    return {
        asked[folded(title)].title: Grid(title, tables[title], sheet.merges) for title, sheet in reading.sheets.items()
    }


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


def read_table(grids: Mapping[str, Grid], sheet: Sheet, rules: TableRules, findings: list[Finding]) -> Table | None:
    """The rows under the header; None where the sheet or one of its columns is missing: a finding says so.

    sheet: as it was asked for.
    """
    grid = grids.get(sheet.title)
    if grid is None:
        sentence = f"应有工作表「{sheet.title}」，现未找到。请补上这张表，或把改过的表名改回“{sheet.title}”。"
        findings.append(Finding(rules.sheet_missing, "error", sheet.title, None, None, sentence))
        return None
    cells = grid.cells
    header = Place(grid.title, cells.header, 1)
    if mistakes := _header_mistakes(sheet, header, cells.words, rules):
        findings.extend(mistakes)
        return None
    places = zip(range(len(sheet.columns)), cells.columns, sheet.columns, strict=True)
    columns = {column.key: (place, position or 1, column) for place, position, column in places}
    records = _Lines(grid, columns)
    findings.extend(_without_value(records.with_errors(), rules))
    findings.extend(_merged(grid, header, cells.positions.values(), rules))
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
