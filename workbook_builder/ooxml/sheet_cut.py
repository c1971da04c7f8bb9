"""A sheet's XML cut once around the cells and rows that change, and joined again around new ones.

Works on sheets that compile wrote, whose XML is known; never on a file that came back.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import Place, Value, row_and_column
from workbook_builder.ooxml.pieces import OwnTexts, Pieces
from workbook_builder.ooxml.shared_formulas import formula_elements
from workbook_builder.ooxml.xml_text import xml_text

CELL_OR_ROW = re.compile(
    rb'<c r="(?P<address>[A-Z]+[0-9]+)"(?P<attributes>[^>]*?)(?:/>|>(?P<content>.*?)</c>)'
    rb'|<row r="(?P<row>[0-9]+)"[^>]*>',
    re.DOTALL,
)
STYLE = re.compile(rb' s="[0-9]+"')
FORMULA = re.compile(rb"<f>.*?</f>", re.DOTALL)
HEIGHT = re.compile(rb' (?:ht|customHeight)="[^"]*"')
# Beside its rows a sheet with a filter says which are spare: hidden by the filter, they can be brought back.
SPARE, NEEDED = "空", "印"
LEFT_IN = (NEEDED, "待核对", "已核对")  # the last two where a unit confirms last year's content in that column
FILTER = re.compile(rb'<autoFilter ref="([A-Z0-9:]+)"\s*/>')
FILTERED = (
    rb'<autoFilter ref="\1"><filterColumn colId="0"><filters>'
    + b"".join(f'<filter val="{word}"/>'.encode() for word in LEFT_IN)
    + rb"</filters></filterColumn></autoFilter>"
)
FITS_PAGE = re.compile(rb' fitToPage="[^"]*"')
PAGE_SETUP = re.compile(rb"<pageSetup\b")
CUSTOM_HEIGHT = re.compile(rb' customHeight="[^"]*"')


def _input_xml(head: bytes, value: Value) -> bytes:
    """A cell with a value and no formula; head: its tag with address and style, still open."""
    if value is None:
        return head + b"/>"
    if isinstance(value, str):
        return head + b' t="inlineStr"><is><t xml:space="preserve">' + xml_text(value).encode() + b"</t></is></c>"
    kind, text = _cached(value)
    return head + kind + b"><v>" + text + b"</v></c>"


def _cached(value: Value) -> tuple[bytes, bytes]:
    if isinstance(value, str | None):
        return b' t="str"', xml_text(value or "").encode()
    number = int(value) if value == int(value) else value
    return b"", (str(number) if isinstance(number, Decimal) else repr(number)).encode()


class Pages(NamedTuple):
    """Where the pages of a sheet end, and how large it is printed: Excel heeds no breaks on sheets that fit their page."""

    starts: tuple[int, ...]  # the rows with which pages begin, besides the first
    percent: int

    def set(self, rest: bytes) -> bytes:
        """What follows a sheet's cells, with this."""
        breaks = "".join(f'<brk id="{row - 1}" max="16383" man="1"/>' for row in self.starts)
        count = len(self.starts)
        element = f'<rowBreaks count="{count}" manualBreakCount="{count}">{breaks}</rowBreaks>'
        rest = PAGE_SETUP.sub(b'<pageSetup scale="%d"' % self.percent, rest)
        return rest.replace(b"</headerFooter>", b"</headerFooter>" + element.encode())


class _Computed(NamedTuple):
    """A cell with a formula: the numbers of the pieces around the formula, and its tag with address and style, still open."""

    before: int
    behind: int
    head: bytes

    def show(self, value: Value, pieces: list[bytes]) -> None:
        """Puts what the formula gives among the pieces."""
        kind, text = _cached(value)
        pieces[self.before], pieces[self.behind] = self.head + kind + b">", b"<v>" + text + b"</v></c>"


class _Row(NamedTuple):
    """The number of the piece that is a row's tag, and that tag."""

    piece: int
    tag: bytes


class _Base(NamedTuple):
    """The sheet as the first workbook shows it, but for its inputs and heights."""

    pieces: list[bytes]
    shown: Mapping[Place, Value]  # what its formulas give


class SheetXml:
    """A sheet's XML cut around the cells and rows that change.

    What the formulas give in the first workbook is rendered for all: another one renders what it shows otherwise.
    """

    def __init__(
        self,
        xml: bytes,
        changes: Iterable[Place],
        autofit: frozenset[int],
        *,
        title: str,
        placeholders: re.Pattern[bytes],
    ):
        """changes: cells of this sheet that get a value; cells with formulas are cut in any case.

        autofit: rows whose height is not said to be set by hand, so that Excel fits them while text is typed.
        """
        self._autofit = autofit
        self._pieces = Pieces(placeholders)
        self._inputs: dict[Place, tuple[int, bytes]] = {}  # number of the piece; tag with address and style, still open
        self._computed: dict[Place, _Computed] = {}
        self._rows: dict[int, _Row] = {}
        self._base: _Base | None = None
        matches = list(CELL_OR_ROW.finditer(xml))
        by_address = dict(_formulas(matches))
        elements = formula_elements(by_address)
        wanted = {place.address: place for place in changes}
        wanted |= {address: Place(title, *row_and_column(address)) for address in by_address}
        position = 0
        for match in matches:
            address = (match["address"] or b"").decode()
            if match["row"] or address in wanted:
                self._pieces.add(xml[position : match.start()])
                self._cut(match, wanted.get(address), elements.get(address))
                position = match.end()
        self._rest = Pieces(placeholders, xml[position:])
        if missing := set(wanted.values()) - self._inputs.keys() - self._computed.keys():
            raise ValueError(f"not in the blank: {sorted(missing)}")

    def _cut(self, match: re.Match[bytes], place: Place | None, formula: bytes | None) -> None:
        if place is None:
            row, tag = int(match["row"]), match[0]
            tag = CUSTOM_HEIGHT.sub(b"", tag) if row in self._autofit else tag
            self._rows[row] = _Row(self._pieces.room(tag), tag)
            return
        style = STYLE.search(match["attributes"])
        head = b'<c r="' + match["address"] + b'"' + (style[0] if style else b"")
        if formula is None:
            self._inputs[place] = self._pieces.room(_input_xml(head, None)), head
            return
        before = self._pieces.room()
        self._pieces.add(formula)
        self._computed[place] = _Computed(before, self._pieces.room(), head)

    def filled(
        self,
        values: Mapping[Place, Value],
        own: OwnTexts,
        row_points: Mapping[int, float],
        pages: Pages | None = None,
    ) -> bytes:
        """The sheet with these values and row heights (in points, 0 hides); values may hold anything.

        Of a formula the value is the cached one, as the calculator gives it. own: what the workbook has of its own,
        put into the sheet's XML, never into values. pages: where they end.
        """
        base = self._base = self._base or self._rendered(values)
        pieces = self._pieces.with_own(own, base.pieces)
        for place, (piece, head) in self._inputs.items():
            if (value := values.get(place)) is not None:
                pieces[piece] = _input_xml(head, value)
        for place, cell in self._computed.items():
            if (value := values.get(place)) != base.shown[place]:
                cell.show(value, pieces)
        for row in self._rows.keys() & row_points.keys():
            cut = self._rows[row]
            pieces[cut.piece] = _row_tag(cut.tag, row_points[row], is_custom=row not in self._autofit)
        rest = b"".join(self._rest.with_own(own))
        if 0 in row_points.values():
            rest = FILTER.sub(FILTERED, rest)
        if pages:
            pieces[0], rest = FITS_PAGE.sub(b"", pieces[0]), pages.set(rest)
        return b"".join([*pieces, rest])

    def _rendered(self, values: Mapping[Place, Value]) -> _Base:
        pieces, shown = self._pieces.texts.copy(), {place: values.get(place) for place in self._computed}
        for place, cell in self._computed.items():
            cell.show(shown[place], pieces)
        return _Base(pieces, shown)


def without_formulas(xml: bytes, but: Container[str]) -> bytes:
    """A sheet of which only these cells, by address, have formulas; the others that had one are empty."""

    def cell(match: re.Match[bytes]) -> bytes:
        if b"<f>" not in (match["content"] or b"") or match["address"].decode() in but:
            return match[0]
        return b'<c r="' + match["address"] + b'"' + match["attributes"] + b"/>"

    return CELL_OR_ROW.sub(cell, xml)


def _formulas(matches: Iterable[re.Match[bytes]]) -> Iterator[tuple[str, str]]:
    """The formulas of cells, by address."""
    for match in matches:
        if formula := FORMULA.search(match["content"] or b""):
            yield match["address"].decode(), etree.fromstring(formula[0]).text or ""


def _row_tag(tag: bytes, points: float, *, is_custom: bool) -> bytes:
    if not points:
        return tag.replace(b">", b' hidden="1">')
    custom = ' customHeight="1"' if is_custom else ""
    return HEIGHT.sub(b"", tag).replace(b">", f' ht="{points:g}"{custom}>'.encode())
