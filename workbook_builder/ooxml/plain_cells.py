"""The cells of a sheet in the one spelling that programs write, cut out by a pattern in a third of a parser's time.

Only cells are taken, each described by the pattern from its first sign to its last; the sheet without them goes to the
parser, which judges all the rest. Where a single cell is spelled in another way, lies out of order or could be read
otherwise, none is taken at all. Nothing here is done cell by cell but what differs: most cells of a form are like others.
"""

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import add, lt

from workbook_builder.cells import MAX_COLUMN, MAX_ROW, Cell
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.cell_content import Context, cell_of, value_of
from workbook_builder.ooxml.formula_text import formula_of
from workbook_builder.ooxml.package import Package
from workbook_builder.ooxml.places import COLUMNS, DamageError
from workbook_builder.ooxml.refusals import too_many_cells, too_much_content
from workbook_builder.ooxml.styles import Style
from workbook_builder.ooxml.xml_text import NOT_IN_XML, unescaped

# A row's tag and number; a cell's column, row and all that follows; whether the row ends here. A cell lies in a row.
_TOKEN = re.compile(
    rb'(?:(<row r="([0-9]+)"[^<>]*(?:(?<!/)>|/>(?!<c )))|<c r="([A-Z]{1,3})([0-9]+)"([^<>]*(?:/>|>'
    rb"(?:<f[^<>]*(?:/>|>[^<]*</f>))?(?:<v ?/>|<v>[^<]*</v>|<is><t[^<>]*>[^<]*</t></is>)?</c>)))(</row>(?!<c ))?"
)
_AROUND = len(b'<c r=""')  # what belongs to no group of a cell
# Style, type, group of a shared formula, formula, value, text of the inline kind.
_CONTENT = re.compile(
    r'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?: ?/>|>'
    r'(?:<f(?: aca="[a-z01]+")?(?: t="[a-z]+")?(?: ref="[A-Z0-9:]+")?(?: ca="[a-z01]+")?(?: si="([0-9]+)")?'
    r"( ?/>|>[^<]*</f>))?"
    r'(?:<v ?/>|<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
_START, _END, _ROW = b"<sheetData>", b"</sheetData>", b"<row "
_NUMBER = re.compile(rb'<row r="([1-9][0-9]{0,6})"')
# A row with no cell or one that is empty; whether it is hidden.
_IDLE = re.compile(
    rb'<row r="([0-9]+)"(?: spans="[0-9:]+")?(?: s="[0-9]+")?(?: customFormat="[a-z01]+")?(?: ht="[0-9.]+")?'
    rb'(?: hidden="(?:0|false|(1|true))")?(?: customHeight="[a-z01]+")?(?: outlineLevel="0")?'
    rb'(?: collapsed="(?:0|false)")?(?: x14ac:dyDescent="[0-9.]+")?'
    rb'(?: ?/>|>(?:<c r="[A-Z]{1,2}\1"(?: s="[0-9]+")?(?: t="n")? ?/>)?</row>)'
)
_EXCELS = b"x14ac"  # a prefix
_UTF_8 = re.compile(
    rb"""(?:<\?xml version=["']1\.0["'](?: encoding=["'](?:UTF|utf)-8["'])?(?: standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[a-z]"""
)
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n"))  # a carriage return, too: parsers turn it into something else
_NOT_IN_TEXT = (b"]]>", "\ufffe".encode(), "\uffff".encode())
_MAX_KNOWN, _MAX_KNOWN_BYTES = 4_096, 2_048  # cells, and bytes of one: 20 MB at the worst
_COLUMNS = {b"": 0} | {letters.encode(): column for letters, column in COLUMNS.items()}
_REFERENCE = re.compile(r"&(?:([a-z]+)|#([0-9]{1,6}));|&")
_ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


class NotPlainError(Exception):
    """What would have to be parsed."""


@lru_cache(maxsize=2)
def known_cells(_styles: tuple[tuple[str | None, Style], ...], _days_to_add: int) -> dict[bytes, Cell | None]:
    """Cells of workbooks read before with these styles, by their content: those that come back are of one form or two."""
    return {b"": None}


def remember(known: dict[bytes, Cell | None], made: Mapping[bytes, Cell | None]) -> None:
    """Adds cells of a workbook to those that are known; but not its shared texts, whose numbers are its own."""
    for content in made.keys() - known.keys():
        if len(content) <= _MAX_KNOWN_BYTES and b' t="s"' not in content and len(known) < _MAX_KNOWN:
            known[content] = made[content]


class PlainCells:
    """The cells of one sheet, gathered while the sheet without them passes through."""

    def __init__(self, context: Context, package: Package):
        self._context, self._package = context, package
        self.cells: dict[tuple[int, int], Cell] = {}  # by row and column
        self.hidden: set[int] = set()  # rows that were taken out and are hidden
        self.kept = array("I")  # the numbers of the rows that are still in the sheet, in order
        self._last = 0  # number of the last row
        self._count = self._held = 0  # of rows and cells that were looked at, of cells that are not wholly empty

    def rest(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The sheet without its cells, and where it is large without the rows that hold none.

        Raises NotPlainError where the sheet has to be parsed as it is.
        """
        head, rows = _head(pieces)
        root = head
        while (end := rows.find(_END)) < 0:
            if len(rows) >= limits.BLOCK_BYTES:
                last = max(0, rows.rfind(_ROW))
                block, rows = rows[:last], rows[last:]
                greatest = self._greatest(block)
                if _EXCELS in block and b' xmlns:%b="' % _EXCELS not in root:
                    raise NotPlainError
                if b" hidden=" in block:
                    self.hidden.update(int(number) for number, is_hidden in _IDLE.findall(block) if is_hidden)
                yield head + self._without_cells(_IDLE.sub(b"", block))
                self._last, head = greatest, b""
            rows += _more(pieces, len(rows))
        yield head + self._without_cells(rows[:end]) + rows[end:]
        yield from pieces

    def _greatest(self, rows: bytes) -> int:
        """The number of the last row. Only where they are in order: people format whole sheets, so most rows may be idle."""
        numbers = [self._last, *map(int, _NUMBER.findall(rows))]
        if len(numbers) - 1 != rows.count(_ROW) or not all(map(lt, numbers, numbers[1:])) or numbers[-1] > MAX_ROW:
            raise NotPlainError
        return numbers[-1]

    def _without_cells(self, rows: bytes) -> bytes:
        if not rows:
            return b""
        tokens = _TOKEN.findall(rows) or [(b"",) * _TOKEN.groups]
        tags, numbers, letters, digits, contents, ends = zip(*tokens, strict=True)
        signs = sum(map(len, chain(tags, letters, digits, contents, ends)))
        if signs + _AROUND * (len(tokens) - letters.count(b"")) < len(rows):
            raise NotPlainError
        if len(rows.translate(None, _CONTROLS)) < len(rows) or any(mark in rows for mark in _NOT_IN_TEXT):
            raise NotPlainError
        self._count, self._held = self._count + len(tokens), self._held + rows.count(b"</c>")
        if self._held > self._package.most:
            raise too_much_content(self._package.file, self._package.most)
        if self._count > self._package.most_cells:
            raise too_many_cells(self._package.file, self._package.most_cells)
        places = _places(numbers, letters, digits, self._last)
        self._last = places[-1][0]
        self._make(set(contents))
        found = zip(places, map(self._context.made.__getitem__, contents), strict=True)
        self.cells.update({place: cell for place, cell in found if cell is not None})
        self.kept.extend(row for row, column in places if not column)
        return b"".join(chain.from_iterable(zip(tags, ends, strict=True)))

    def _make(self, contents: set[bytes]) -> None:
        made = self._context.made
        try:
            for content in contents - made.keys():
                made[content] = _cell(content.decode(), self._context)
        except (UnicodeDecodeError, DamageError) as error:
            raise NotPlainError from error


def _head(pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the first row, and the first bytes behind: UTF-8 in which no comment, CDATA or DTD begins."""
    head = b""
    while (start := head.find(_START)) < 0:
        head += _more(pieces, len(head))
    start += len(_START)
    if not _UTF_8.match(head) or b"<!" in head[:start] or b"<?" in head[1:start]:
        raise NotPlainError
    return head[:start], head[start:]


def _more(pieces: Iterator[bytes], held: int) -> bytes:
    piece = next(pieces, b"")
    if not piece or held > 2 * limits.BLOCK_BYTES:
        raise NotPlainError
    return piece


def _places(
    numbers: Sequence[bytes], letters: Sequence[bytes], digits: Sequence[bytes], last: int
) -> list[tuple[int, int]]:
    """Row and column of each cell; of a row, column 0. Only where they are in order: else something may be there twice."""
    texts = list(map(add, numbers, digits))  # one of the two is empty
    rows = {text: _row(text) for text in set(texts)}
    if not {b""}.union(letters) <= _COLUMNS.keys():
        raise NotPlainError
    places = list(zip(map(rows.__getitem__, texts), map(_COLUMNS.__getitem__, letters), strict=True))
    # Between two rows in order there is no third: a cell behind one that lies in one of them lies in that one.
    if (
        places[0] <= (last, MAX_COLUMN)
        or not all(map(lt, places, places[1:]))
        or not {b"", *numbers}.issuperset(digits)
    ):
        raise NotPlainError
    return places


@lru_cache(maxsize=1 << 12)
def _row(text: bytes) -> int:
    """The number of a row as programs write it."""
    number = int(text) if 0 < len(text) <= len(str(MAX_ROW)) else 0
    if not 0 < number <= MAX_ROW or b"%d" % number != text:
        raise NotPlainError
    return number


def _cell(content: str, context: Context) -> Cell | None:
    match = _CONTENT.fullmatch(content)
    if match is None:
        raise NotPlainError
    style, kind, group, formula, text, inline = match.groups()
    kind = kind or "n"
    is_inline = inline is not None and kind == "inlineStr"
    value = unescaped(_resolved(inline)) if is_inline else value_of(kind, _resolved(text or ""), context)
    if formula is not None:
        formula = formula_of(_resolved(formula[1:-4]), group)  # between ">" and "</f>"; nothing of " />"
    return cell_of(value, kind, formula, style, context)


def _resolved(text: str) -> str:
    """Without references to characters."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    name, number = reference.groups()
    sign = _ENTITIES.get(name or "", "") if number is None else chr(int(number))
    if not sign or NOT_IN_XML.match(sign):
        raise NotPlainError
    return sign
