"""The cells of a sheet in the one spelling that programs write, cut out by a pattern in a third of a parser's time.

Only cells are taken, each described by the pattern from its first sign to its last; the sheet without them goes to the
parser, which judges all the rest. Where a single cell is spelled in another way, lies out of order or could be read
otherwise, none is taken at all. Nothing here is done cell by cell but what differs: most cells of a form are like others.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import lt
from typing import NamedTuple

from workbook_builder.cells import MAX_ROW, Cell
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.cell_content import CellValue, Context, cell_of, number_cell, value_of
from workbook_builder.ooxml.formula_text import formula_of
from workbook_builder.ooxml.package import Package
from workbook_builder.ooxml.places import COLUMNS, DamageError
from workbook_builder.ooxml.refusals import too_many_cells, too_much_content
from workbook_builder.ooxml.sheet_guards import LEAST_POINTS, is_below
from workbook_builder.ooxml.styles import Style
from workbook_builder.ooxml.xml_parts import begins_as_utf_8, is_true
from workbook_builder.ooxml.xml_text import NOT_IN_XML, Doubtful, unescaped

# A cell, up to where the next one begins: column, row; style, type, group of a shared formula, formula, value, text of the
# inline kind; where the row ends here, number and attributes of the next row if that has a cell, else the end and what comes
# before the next cell. A cell lies in a row.
_CELL = b'<c r="'
CONTENT = (
    r'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?: ?/>|>'
    r'(?:<f(?: aca="[a-z01]+")?(?: t="(?:shared|normal)")?(?: ref="[A-Z0-9:]+")?(?: ca="[a-z01]+")?(?: si="([0-9]+)")?'
    r"( ?/>|>[^<]*</f>))?"
    r'(?:<v ?/>|<v>([^<]*)</v>|<is><t(?: xml:space="preserve"|'
    r"(?=>(?![ \t\n])[^<]*(?<![ \t\n])<))>([^<]*)</t></is>)?(</c>))"  # blanks around a text count where it says so
)
_PIECES = re.compile(
    r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"'
    + CONTENT
    + r'(?:</row><row r="([1-9][0-9]{0,6})"([^<>/]*)>(?=<c r=")|(</row>.*?)?(?=<c r="|\Z))',
    re.DOTALL,
)
_ROW_END = "</row>"
# Rows without cells, and the one whose cells follow.
_BETWEEN = re.compile(r'(?:<row r="[0-9]+"[^<>]*(?:/>|></row>))*+(?:<row r="([0-9]+)"[^<>]*(?<!/)>)?')
_ROW_TAG = re.compile(r'<row r="([0-9]+)"([^<>]*)>')
_START, _END, _ROW = b"<sheetData>", b"</sheetData>", b"<row "
_NUMBER = re.compile(rb'<row r="([1-9][0-9]{0,6})"')
# The tag of a row without what ends it; whether the row is hidden.
_IDLE_TAG = (
    rb'<row r="([0-9]+)"(?: spans="[0-9:]+")?(?: s="[0-9]+")?(?: customFormat="[a-z01]+")?(?: ht="[0-9.]+")?'
    rb'(?: hidden="(?:0|false|(1|true))")?(?: customHeight="[a-z01]+")?(?: outlineLevel="[0-7]")?'
    rb'(?: collapsed="[a-z01]+")?(?: thickTop="[a-z01]+")?(?: thickBot="[a-z01]+")?(?: ph="[a-z01]+")?(?: x14ac:dyDescent="[0-9.]+")?'
)
# A row with no cell or one that is empty, and one with any number of these.
_IDLE = re.compile(_IDLE_TAG + rb'(?: ?/>|>(?:<c r="[A-Z]{1,2}\1"(?: s="[0-9]+")?(?: t="n")? ?/>)?</row>)')
_STYLED = re.compile(_IDLE_TAG + rb'>((?:<c r="[A-Z]{1,3}\1"(?: s="[0-9]+")?(?: t="n")? ?/>)++)</row>')
_LETTERS = re.compile('<c r="([A-Z]+)"')
_EXCELS = "x14ac"  # a prefix
_DECLARES_EXCELS = re.compile(rb'(?:<\?[^>]*>)?\s*<worksheet [^>]*xmlns:x14ac="')
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n"))  # a carriage return, too: parsers turn it into something else
_ROW_SAYS = re.compile(r' ([A-Za-z]+|x14ac:dyDescent)="([ !#-%\'-;=?-~]*)"')  # an attribute that is none of XML's own
_NOT_IN_TEXT = (b"]]>", "\ufffe".encode(), "\uffff".encode())
_KNOWN_BYTES = 8 * limits.MEBIBYTE  # that remembered cells take
_BYTES_A_CELL, _BYTES_A_BYTE = 450, 3  # for each cell, and for each byte of its XML
_MAX_ROW_LENGTH = 256  # of a row's attributes
_REFERENCE = re.compile(r"&(?:([a-z]+)|#([0-9]{1,6}));|&")
_ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


class NotPlainError(Exception):
    """What would have to be parsed."""


class Row(NamedTuple):
    """A row's tag."""

    number: int
    says: str  # all its attributes but the number


_NO_ROWS: tuple[Row, ...] = ()
_IN_ROW = "", "", ""  # what the pattern finds behind a cell with another one beside it


class _Piece(NamedTuple):
    """What stands between the beginnings of two cells."""

    row: int  # in which the cell lies
    open_row: int  # that is open behind it; 0 for none
    place: tuple[int, int]
    cell: Cell | None
    is_held: bool  # not wholly empty
    rows: tuple[Row, ...]  # that begin behind it


class _Columns(NamedTuple):
    """The same of many cells, each in a sequence of its own."""

    rows: Sequence[int]
    open_rows: Sequence[int]
    places: Sequence[tuple[int, int]]
    cells: Sequence[Cell | None]
    are_held: Sequence[bool]
    behind: Sequence[tuple[Row, ...]]


NO_COLUMNS = _Columns((), (), (), (), (), ())


class KnownCells:
    """Cells by their XML; some megabytes of them."""

    def __init__(self) -> None:
        self.pieces: dict[bytes, _Piece] = {}
        self._room = _KNOWN_BYTES

    def add(self, fresh: Mapping[bytes, _Piece]) -> None:
        """But not shared texts, whose numbers are a workbook's own."""
        size = sum(map(len, fresh)) * _BYTES_A_BYTE + len(fresh) * _BYTES_A_CELL
        if size <= self._room:
            self.pieces.update({xml: piece for xml, piece in fresh.items() if b' t="s"' not in xml})
            self._room -= size


@lru_cache(maxsize=2)
def known_cells(_styles: tuple[tuple[str | None, Style], ...], _days_to_add: int) -> KnownCells:
    """Those of workbooks read before with these styles: what comes back is of one form or two."""
    return KnownCells()


class PlainCells:
    """The cells of one sheet, gathered while the sheet without them passes through."""

    def __init__(self, context: Context, known: KnownCells, package: Package):
        self._context, self._known, self._package = context, known, package
        self.cells: dict[tuple[int, int], Cell] = {}  # by row and column
        self.hidden: set[int] = set()  # rows that were taken out and are hidden
        self.kept = array("I")  # the numbers of the rows that are still in the sheet, in order
        self._last = 0  # number of the last row
        self.count = self._held = 0  # of rows and cells that were looked at, of cells that are not wholly empty
        self._has_excels = False  # whether the prefix of Excel's attributes of rows is declared

    def rest(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The sheet without its cells, and without the rows of which the attributes say no more than is known here.

        Raises NotPlainError where the sheet has to be parsed as it is.
        """
        head, rows = _head(pieces)
        self._has_excels = bool(_DECLARES_EXCELS.match(head))
        while (end := rows.find(_END)) < 0:
            if len(rows) >= limits.BLOCK_BYTES:
                last = max(0, rows.rfind(_ROW))
                block, rows = rows[:last], rows[last:]
                greatest = self._greatest(block)
                if _EXCELS.encode() in block and not self._has_excels:
                    raise NotPlainError
                if b" hidden=" in block:
                    self.hidden.update(int(number) for number, is_hidden in _IDLE.findall(block) if is_hidden)
                busy = _IDLE.sub(b"", block)
                yield head + self._without_cells(_STYLED.sub(self._without_styled, busy), self._all_anew)
                self._last, head = greatest, b""
            rows += _more(pieces, len(rows))
        yield head + self._without_cells(rows[:end], self._found) + rows[end:]
        yield from pieces

    def _without_styled(self, row: re.Match[bytes]) -> bytes:
        """Nothing, for a row of which no cell holds anything; the row as it is where they are out of order."""
        number, is_hidden, cells = row.groups()
        count = _count_in_order(cells.replace(number + b'"', b'"'))
        if count is None:
            return row[0]
        self._add_to_count(1 + count)
        if is_hidden:
            self.hidden.add(int(number))
        return b""

    def _add_to_count(self, count: int) -> None:
        self.count += count
        self._package.count_cells(count)
        if self.count > self._package.most_cells:
            raise too_many_cells(self._package.file, self._package.most_cells)

    def _greatest(self, rows: bytes) -> int:
        """The number of the last row. Only where they are in order: people format whole sheets, so most rows may be idle."""
        numbers = [self._last, *map(int, _NUMBER.findall(rows))]
        if len(numbers) - 1 != rows.count(_ROW) or not all(map(lt, numbers, numbers[1:])) or numbers[-1] > MAX_ROW:
            raise NotPlainError
        return numbers[-1]

    def _without_cells(self, rows: bytes, read: Callable[[bytes], _Columns]) -> bytes:
        if not rows:
            return b""
        start = rows.find(_CELL)
        before, all_cells = (rows, b"") if start < 0 else (rows[:start], rows[start:])
        in_rows, open_rows, places, cells, held, behind = read(all_cells) if all_cells else NO_COLUMNS
        first, open_row = rows_in(in_plain_text(before))
        tags = [*first, *chain.from_iterable(behind)]
        self._held += sum(held)
        if self._held > self._package.most:
            raise too_much_content(self._package.file, self._package.most)
        self._add_to_count(len(tags) + len(places))
        # Every cell lies in the row that is open, and both go on in order: else something may be there twice.
        if (open_row, *open_rows) != (*in_rows, 0) or not all(map(lt, places, places[1:])):
            raise NotPlainError
        self.cells.update({place: cell for place, cell in zip(places, cells, strict=True) if cell is not None})
        return self._rows_left(tags)

    def _found(self, cells: bytes) -> _Columns:
        """Of cells that were read before, as nearly all of a form, and others."""
        _, *pieces = cells.split(_CELL)
        found = [*map(self._known.pieces.get, pieces)]
        unknown = [xml for xml, piece in zip(pieces, found, strict=True) if piece is None]
        read = _PIECES.findall(in_plain_text(b"".join(map(_CELL.__add__, unknown))))
        if len(read) < len(unknown):  # each begins where a cell does, and ends before the next one
            raise NotPlainError
        try:
            fresh = dict(zip(unknown, map(self._piece, read), strict=True))
        except DamageError as error:
            raise NotPlainError from error
        self._known.add(fresh)
        every = (piece or fresh[xml] for xml, piece in zip(pieces, found, strict=True))
        return _Columns(*zip(*every, strict=True))

    def _all_anew(self, cells: bytes) -> _Columns:
        """Of a sheet that is larger than any form: nothing of it was read before or will be read again."""
        read = _PIECES.findall(in_plain_text(cells))
        if len(read) < cells.count(_CELL):
            raise NotPlainError
        letters, digits, *contents, ends, next_rows, says, betweens = zip(*read, strict=True)
        in_rows, columns = [*map(int, digits)], [COLUMNS.get(one, 0) for one in letters]
        if 0 in columns or max(in_rows) > MAX_ROW:
            raise NotPlainError
        open_rows, behind = in_rows.copy(), [_NO_ROWS] * len(in_rows)
        for at, more in enumerate(zip(next_rows, says, betweens, strict=True)):
            if more != _IN_ROW:
                behind[at], open_rows[at] = _rows_behind(*more)
        try:
            found = [*map(self._cell, *contents)]
        except DamageError as error:
            raise NotPlainError from error
        return _Columns(in_rows, open_rows, [*zip(in_rows, columns, strict=True)], found, [*map(bool, ends)], behind)

    def _piece(self, groups: tuple[str, ...]) -> _Piece:
        """groups: of the pattern, each empty where there is none."""
        letters, digits, style, kind, group, formula, text, inline, end, next_row, says, between = groups
        row, column = int(digits), COLUMNS.get(letters)
        if column is None or row > MAX_ROW:
            raise NotPlainError
        rows, open_row = _rows_behind(next_row, says, between) if next_row or between else (_NO_ROWS, row)
        cell = self._cell(style, kind, group, formula, text, inline)
        return _Piece(row, open_row, (row, column), cell, bool(end), rows)

    def _cell(self, style: str, kind: str, group: str, formula: str, text: str, inline: str) -> Cell | None:
        context = self._context
        if not (kind or formula or inline or "&" in text):  # a number, as most cells of large sheets are
            cell = number_cell(text, style, context) if text else None
            if cell is not None and cell.kind == "text":  # which is no number
                raise NotPlainError
            return cell
        if inline and kind == "inlineStr":
            value: CellValue = unescaped(_resolved(inline))
        else:
            value = value_of(kind or "n", _resolved(text), context)
            if inline or isinstance(value, Doubtful):
                raise NotPlainError
        # A formula between ">" and "</f>"; nothing of " />".
        calculated = formula_of(_resolved(formula[1:-4]), group or None) if formula else None
        return cell_of(value, kind or "n", calculated, style or None, context)

    def _rows_left(self, tags: Sequence[Row]) -> bytes:
        """The rows that have to be parsed, without their cells."""
        numbers = [row.number for row in tags]
        if not all(map(lt, [self._last, *numbers], numbers)):
            raise NotPlainError
        self._last = numbers[-1]
        hidden = {says: self._is_hidden(says) for says in {row.says for row in tags}}
        if any(hidden.values()):
            self.hidden.update(row.number for row in tags if hidden[row.says])
        left = [row for row in tags if hidden[row.says] is None] if None in hidden.values() else []
        if not self.kept and not left:
            left = [tags[0]]  # so that the parser tells whether they are rows of a sheet at all
        self.kept.extend(row.number for row in left)
        return "".join(f'<row r="{row.number}"{row.says.removesuffix("/")}/>' for row in left).encode()

    def _is_hidden(self, says: str) -> bool | None:
        return None if len(says) > _MAX_ROW_LENGTH else _is_hidden(says, has_excels=self._has_excels)


@lru_cache(maxsize=4)
def _count_in_order(cells: bytes) -> int | None:
    """How many cells a row has, each without the number of its row; None where they do not go from left to right."""
    columns = [COLUMNS.get(letters, 0) for letters in _LETTERS.findall(cells.decode())]
    return len(columns) if all(map(lt, [0, *columns], columns)) else None


def in_plain_text(xml: bytes) -> str:
    """Where it holds nothing that no text may hold, or that a parser reads otherwise."""
    if len(xml.translate(None, _CONTROLS)) < len(xml) or any(mark in xml for mark in _NOT_IN_TEXT):
        raise NotPlainError
    try:
        return xml.decode()
    except UnicodeDecodeError as error:
        raise NotPlainError from error


def _rows_behind(next_row: str, says: str, between: str) -> tuple[tuple[Row, ...], int]:
    """The rows that begin behind a cell, and the number of the one that is open then; by the groups of the pattern."""
    if not next_row:
        return rows_in(between.removeprefix(_ROW_END))
    row = int(next_row)
    return (Row(row, says),), row


def rows_in(between: str) -> tuple[tuple[Row, ...], int]:
    """The rows that begin between two cells, and the number of the one whose cells follow; 0 where none does."""
    match = _BETWEEN.fullmatch(between)
    if match is None:
        raise NotPlainError
    rows = tuple(Row(_row(number), says) for number, says in _ROW_TAG.findall(between))
    return rows, rows[-1].number if match[1] else 0


@lru_cache(maxsize=1 << 10)
def _is_hidden(says: str, *, has_excels: bool) -> bool | None:
    """Whether a row is hidden, by its attributes; None for what a parser has to judge."""
    if _ROW_SAYS.sub("", says).removesuffix("/").strip(" "):
        return None
    said = _ROW_SAYS.findall(says)
    values = dict(said)
    if len(values) < len(said) or values.keys() & {"r", "xmlns"} or (_EXCELS in says and not has_excels):
        return None
    return is_true(values.get("hidden")) or is_below(values.get("ht"), LEAST_POINTS)


def _head(pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the first row, and the first bytes behind: UTF-8 in which no comment, CDATA or DTD begins."""
    head = b""
    while (start := head.find(_START)) < 0:
        head += _more(pieces, len(head))
    start += len(_START)
    if not begins_as_utf_8(head) or b"<!" in head[:start] or b"<?" in head[1:start]:
        raise NotPlainError
    return head[:start], head[start:]


def _more(pieces: Iterator[bytes], held: int) -> bytes:
    piece = next(pieces, b"")
    if not piece or held > 2 * limits.BLOCK_BYTES:
        raise NotPlainError
    return piece


@lru_cache(maxsize=1 << 12)
def _row(text: str) -> int:
    """The number of a row as programs write it."""
    number = int(text) if 0 < len(text) <= len(str(MAX_ROW)) else 0
    if not 0 < number <= MAX_ROW or str(number) != text:
        raise NotPlainError
    return number


def _resolved(text: str) -> str:
    """Without references to characters."""
    if "&" not in text:
        return text
    usual = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    if usual.count("&") == usual.count("&amp;"):
        return usual.replace("&amp;", "&")
    return _REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    name, number = reference.groups()
    sign = _ENTITIES.get(name or "", "") if number is None else chr(int(number))
    if not sign or NOT_IN_XML.match(sign):
        raise NotPlainError
    return sign
