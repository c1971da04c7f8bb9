"""The cells of a sheet in the one spelling that programs write, cut out by a pattern in a third of a parser's time.

Only cells are taken, each described by the pattern from its first sign to its last; the sheet without them goes to the
parser, which judges all the rest. Where a single cell is spelled in another way, lies out of order or could be read
otherwise, none is taken at all. Nothing here is done cell by cell but what differs: most cells of a form are like others.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import add, lt
from typing import NamedTuple

from workbook_builder.cells import MAX_ROW, Cell
from workbook_builder.ooxml.cell_content import Context, cell_of, value_of
from workbook_builder.ooxml.places import COLUMNS, DamageError
from workbook_builder.ooxml.styles import Style
from workbook_builder.ooxml.xml_text import unescaped

# A row's tag and number; a cell's column, row and all that follows; whether the row ends here. A cell lies in a row.
_TOKEN = re.compile(
    rb'(?:(<row r="([0-9]+)"[^<>]*(?:(?<!/)>|/>(?!<c )))|<c r="([A-Z]{1,3})([0-9]+)"([^<>]*(?:/>|>'
    rb"(?:<f[^<>]*(?:/>|>[^<]*</f>))?(?:<v/>|<v>[^<]*</v>|<is><t[^<>]*>[^<]*</t></is>)?</c>)))(</row>(?!<c ))?"
)
_AROUND = len(b'<c r=""')  # what belongs to no group of a cell
# Style, type, formula, value, text of the inline kind.
_CONTENT = re.compile(
    r'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?:/>|>'
    r'(?:<f(?: aca="[a-z01]+")?(?: t="[a-z]+")?(?: ref="[A-Z0-9:]+")?(?: ca="[a-z01]+")?(?: si="[0-9]+")?'
    r"(/>|>[^<]*</f>))?"
    r'(?:<v/>|<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
_START, _END = b"<sheetData>", b"</sheetData>"
_UTF_8 = re.compile(
    rb"""(?:<\?xml version=["']1\.0["'](?: encoding=["'](?:UTF|utf)-8["'])?(?: standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[a-z]"""
)
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n"))  # a carriage return, too: parsers turn it into something else
_NOT_IN_TEXT = (b"]]>", "\ufffe".encode(), "\uffff".encode())
_MAX_KNOWN, _MAX_KNOWN_BYTES = 2_048, 4_096  # cells, and bytes of one: 20 MB at the worst
_COLUMNS = {b"": 0} | {letters.encode(): column for letters, column in COLUMNS.items()}
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}  # and &amp;, which is the last to be resolved


class Cut(NamedTuple):
    """A sheet cut in two."""

    cells: Mapping[tuple[int, int], Cell]  # by row and column
    rows: tuple[int, ...]  # the numbers of all rows, in order
    rest: bytes  # the sheet without its cells


class _NotPlainError(Exception):
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


def cut_out(sheet: bytes, context: Context) -> Cut | None:
    """The sheet and its cells; None where it has to be parsed as it is."""
    start, end = sheet.find(_START) + len(_START), sheet.rfind(_END)
    if not len(_START) <= start <= end or not _UTF_8.match(sheet):
        return None
    rows, around = sheet[start:end], sheet[1 : start - len(_START)] + sheet[end:]
    if any(mark in around for mark in (b"<?", b"<!", _START)) or any(mark in rows for mark in _NOT_IN_TEXT):
        return None
    if len(rows.translate(None, _CONTROLS)) < len(rows):
        return None
    try:
        cells, numbers, without = _cut(rows, context)
    except (_NotPlainError, UnicodeDecodeError, DamageError, KeyError):
        return None
    return Cut(cells, numbers, sheet[:start] + without + sheet[end:])


def _cut(rows: bytes, context: Context) -> tuple[dict[tuple[int, int], Cell], tuple[int, ...], bytes]:
    tokens = _TOKEN.findall(rows) or [(b"",) * _TOKEN.groups]
    tags, numbers, letters, digits, contents, ends = zip(*tokens, strict=True)
    signs = sum(map(len, chain(tags, letters, digits, contents, ends)))
    if signs + _AROUND * (len(tokens) - letters.count(b"")) < len(rows):
        raise _NotPlainError
    places = _places(numbers, letters, digits)
    made = context.made
    for content in set(contents) - made.keys():
        made[content] = _cell(content.decode(), context)
    cells = {
        place: cell for place, cell in zip(places, map(made.__getitem__, contents), strict=True) if cell is not None
    }
    return (
        cells,
        tuple(row for row, column in places if not column),
        b"".join(chain.from_iterable(zip(tags, ends, strict=True))),
    )


def _places(numbers: Sequence[bytes], letters: Sequence[bytes], digits: Sequence[bytes]) -> list[tuple[int, int]]:
    """Row and column of each cell; of a row, column 0. Only where they are in order: else something may be there twice."""
    texts = list(map(add, numbers, digits))  # one of the two is empty
    rows = {text: _row(text) for text in set(texts)}
    places = list(zip(map(rows.__getitem__, texts), map(_COLUMNS.__getitem__, letters), strict=True))
    # Between two rows in order there is no third: a cell behind one that lies in one of them lies in that one.
    if not all(map(lt, places, places[1:])) or not {b"", *numbers}.issuperset(digits):
        raise _NotPlainError
    return places


def _row(text: bytes) -> int:
    """The number of a row as programs write it."""
    number = int(text) if 0 < len(text) <= len(str(MAX_ROW)) else 0
    if not 0 < number <= MAX_ROW or b"%d" % number != text:
        raise _NotPlainError
    return number


def _cell(content: str, context: Context) -> Cell | None:
    match = _CONTENT.fullmatch(content)
    if match is None:
        raise _NotPlainError
    style, kind, formula, text, inline = match.groups()
    kind = kind or "n"
    is_inline = inline is not None and kind == "inlineStr"
    value = unescaped(_resolved(inline)) if is_inline else value_of(kind, _resolved(text or ""), context)
    if formula is not None:
        formula = _resolved(formula[1:-4])  # between ">" and "</f>"; nothing of "/>"
    return cell_of(value, kind, formula, style, context)


def _resolved(text: str) -> str:
    """Without entities, of which only those five are known here."""
    if "&" in text:
        for entity, sign in _ENTITIES.items():
            text = text.replace(entity, sign)
        if text.count("&") != text.count("&amp;"):
            raise _NotPlainError
        text = text.replace("&amp;", "&")
    return text
