"""The rows of one sheet: what their cells hold, which are hidden, and which places the file fills more than once.

Programs differ in which of two they show, so neither is believed. Nearly all the time of reading a workbook goes here:
what one cell costs is paid thousands of times. Cells in the usual spelling come cut out already (plain_cells).
"""

from array import array
from functools import lru_cache
from typing import NamedTuple, Protocol

from lxml import etree

from workbook_builder.cells import MAX_COLUMN, MAX_ROW, Cell
from workbook_builder.ooxml.cell_content import CellValue, Context, cell_of, value_of
from workbook_builder.ooxml.formula_text import formula_in
from workbook_builder.ooxml.places import COLUMNS, DamageError, index, position
from workbook_builder.ooxml.sheet_guards import LEAST_POINTS, is_below
from workbook_builder.ooxml.xml_parts import is_true, local_name
from workbook_builder.ooxml.xml_text import Doubtful, plain_text, rich_text, unescaped

SPREADING = ("array", "dataTable")  # types of a formula that fills an area, whose other cells hold values only
_CONTENT = frozenset(("row", "c", "v"))


class _Tags(NamedTuple):
    cell: str
    value: str
    formula: str
    inline: str
    text: str


class Store(Protocol):
    """What cells are put into, and taken out of where the file fills their place anew."""

    def __setitem__(self, place: tuple[int, int], cell: Cell, /) -> None:
        """Puts a cell in, in place of what was there."""

    def pop(self, place: tuple[int, int], default: None, /) -> object:
        """Takes out what was there, if anything was."""


class Rows:
    """Gathers the rows of a sheet, which are added in the order of the file; its cells in a store, if one is given."""

    def __init__(self, context: Context, store: Store | None = None):
        self._context = context
        self.cells: dict[tuple[int, int], Cell] = {}  # by row and column; only those that hold a value or a formula
        self._store: Store = self.cells if store is None else store
        self.held = 0  # cells that are not wholly empty, those too that lie on each other
        self.hidden: set[int] = set()
        self.spread: list[str] = []  # areas that one formula fills
        self.twice: dict[tuple[int, int], None] = {}  # places that are filled more than once; of a whole row, column 0
        self._count = 0  # of rows, wherever they lie
        self._newest = 0  # number of the row that was added last
        self._are_there = (
            bytearray()
        )  # by number, up to the greatest; a set of a million numbers takes fifty times as much
        self._in_data = array("I")  # the numbers of the rows that lie there
        self._data: etree._Element | None = None  # the one sheetData

    def add(self, row: etree._Element) -> None:
        """Adds a row with its cells. Raises DamageError for what is not on a sheet."""
        number = self._number(row)
        self._count += 1
        if not len(row):
            return
        tags, text, column, taken = _tags(row.tag), str(number), 0, set[int]()
        for element in row:
            if element.tag != tags.cell:
                if _has_content(element):
                    self.twice[number, 0] = None
                continue
            place = number
            address = element.get("r")
            if address is None:
                column += 1
            elif not address.endswith(text) or (column := COLUMNS.get(address[: -len(text)], 0)) == 0:
                place, column = position(address)
            if column > MAX_COLUMN:
                raise DamageError(f"第 {number} 行超过 {MAX_COLUMN} 列")
            if column in taken or place != number:
                self.twice[place, column] = None
                self._store.pop((place, column), None)
            taken.add(column)
            if len(element):
                self.held += 1
                self._add_cell(element, (place, column), tags)

    def are_only(self, numbers: "array[int]") -> bool:
        """Whether they are these rows in this order, all in the sheetData, and without cells."""
        return not self.cells and self._in_data == numbers and self._count == len(numbers)

    def _number(self, row: etree._Element) -> int:
        """The row's number; one that is there already or lies elsewhere than in the one sheetData is told."""
        given, number = row.get("r"), self._newest + 1
        if number > MAX_ROW or (given is not None and given != str(number)):
            number = index(str(number) if given is None else given, MAX_ROW, "行号")
        parent = row.getparent()
        if self._data is None and parent is not None and local_name(parent.tag) == "sheetData":
            self._data = parent
        if number >= len(self._are_there):
            self._are_there.extend(bytes(number + 1 - len(self._are_there)))
        if parent is self._data:
            self._in_data.append(number)
        if self._are_there[number] or parent is not self._data:
            self.twice[number, 0] = None
        self._newest, self._are_there[number] = number, 1
        if is_true(row.get("hidden")) or is_below(row.get("ht"), LEAST_POINTS):
            self.hidden.add(number)
        return number

    def _add_cell(self, element: etree._Element, place: tuple[int, int], tags: _Tags) -> None:
        text = formula = inline = None
        is_twice = False
        for child in element:
            tag = child.tag
            if tag == tags.value:
                is_twice |= text is not None or len(child) > 0
                text = child.text or ""
            elif tag == tags.formula:
                is_twice |= formula is not None or len(child) > 0
                formula = formula_in(child)
                if child.get("t") in SPREADING:
                    self.spread.append(child.get("ref", ""))
            elif tag == tags.inline:
                is_twice |= inline is not None
                inline = child
            else:
                is_twice |= _has_content(child)
        kind = element.get("t", "n")
        if kind == "inlineStr" and inline is not None:
            value: CellValue = _inline_text(inline, tags)
        else:
            value = value_of(kind, text or "", self._context)
        is_unread = kind != "inlineStr" and inline is not None and _inline_text(inline, tags) != ""
        # What a formula gave is calculated anew.
        is_doubtful = isinstance(value, Doubtful) and (formula is None or kind == "inlineStr")
        if is_twice or is_unread or is_doubtful or (text is not None and inline is not None):
            self.twice[place] = None
        cell = cell_of(value, kind, formula, element.get("s"), self._context)
        if cell is not None:
            self._store[place] = cell


@lru_cache(maxsize=16)
def _tags(row: str) -> _Tags:
    namespace = row.removesuffix("row")
    return _Tags(*(namespace + name for name in ("c", "v", "f", "is", "t")))


def _has_content(element: etree._Element) -> bool:
    """Whether anything that other programs may take for cells is in what is none."""
    return any(local_name(str(inner.tag)) in _CONTENT for inner in element.iter())


def _inline_text(element: etree._Element, tags: _Tags) -> str:
    if len(element) == 1 and element[0].tag == tags.text and not len(element[0]):
        return unescaped(plain_text(element[0]))
    return rich_text(element)
