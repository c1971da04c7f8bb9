"""The rows of a table in the spelling that programs write: as plain_cells, but a row at a time and only the columns asked for.

The cells of a table repeat what others hold, each in another row: a cell is found again by its XML without its address.
"""

import re
from collections.abc import Sequence

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.ooxml.cell_content import Context
from workbook_builder.ooxml.package import Package
from workbook_builder.ooxml.places import COLUMNS, DamageError
from workbook_builder.ooxml.plain_cells import (
    CONTENT,
    KnownCells,
    NotPlainError,
    PlainCells,
    Row,
    in_plain_text,
    rows_in,
)
from workbook_builder.ooxml.refusals import too_much_content
from workbook_builder.ooxml.table_cells import TableCells

_CELL = '<c r="'
_CONTENT = re.compile(CONTENT)
# What can be read whatever it says: no formula, no reference to a character; the number of a shared text is looked at.
_HARMLESS = re.compile(
    r'(?: s="[0-9]+")?(?: ?/>|'
    r' t="s"><v>([0-9]{1,9})</v></c>|'
    r'(?: t="(?:inlineStr|str|n)")?>(?:<v>[^<&]*</v>|<is><t(?: xml:space="preserve")?>[^<&]*</t></is>)?</c>)'
)
_MOST_KNOWN = 1 << 14  # cells found again by their XML; some megabytes


class PlainRows(PlainCells):
    """The cells of one sheet, put into a table row by row while the sheet without them passes through."""

    def __init__(self, context: Context, package: Package, table: TableCells):
        super().__init__(context, KnownCells(), package)
        self._table = table
        self._contents: dict[str, Cell] = {}  # by the XML behind the address; EMPTY where a cell holds nothing

    def _without_cells(self, rows: bytes, _read: object) -> bytes:
        *complete, rest = in_plain_text(rows).split("</row>")
        self._held += rows.count(b"</c>")
        if self._held > self._package.most:
            raise too_much_content(self._package.file, self._package.most)
        tags: list[Row] = []
        newest = self._last
        for row in complete:
            before, *cells = row.split(_CELL)
            begun, number = rows_in(before)
            if number <= newest:
                raise NotPlainError
            newest = number
            tags += begun
            self._add_to_count(len(begun) + len(cells))
            if cells:
                self._table.add_row(number, self._cells_of(str(number), cells))
        begun, open_row = rows_in(rest)
        if open_row:
            raise NotPlainError
        self._add_to_count(len(begun))
        return self._rows_left([*tags, *begun]) if rows else b""

    def _cells_of(self, row: str, cells: Sequence[str]) -> dict[int, Cell]:
        """By column what the cells of a row hold that are wanted."""
        found: dict[int, Cell] = {}
        wanted, contents, newest = self._table.wanted, self._contents, 0
        for cell in cells:
            address, _, xml = cell.partition('"')
            column = COLUMNS.get(address.removesuffix(row), 0) if address.endswith(row) else 0
            if column <= newest:
                raise NotPlainError
            newest = column
            if not wanted or column in wanted:  # without a header, whether anything is there at all is still asked
                content = contents.get(xml) or self._content(xml)
                if content is not EMPTY:
                    found[column] = content
            elif xml not in contents and not self._is_harmless(xml):
                self._content(xml)
        return found

    def _is_harmless(self, xml: str) -> bool:
        match = _HARMLESS.fullmatch(xml)
        return match is not None and (match[1] is None or int(match[1]) < len(self._context.strings))

    def _content(self, xml: str) -> Cell:
        match = _CONTENT.fullmatch(xml)
        if match is None:
            raise NotPlainError
        try:
            *content, _end = match.groups("")
            cell = self._cell(*content) or EMPTY
        except DamageError as error:
            raise NotPlainError from error
        if len(self._contents) >= _MOST_KNOWN:
            self._contents.clear()
        self._contents[xml] = cell
        return cell
