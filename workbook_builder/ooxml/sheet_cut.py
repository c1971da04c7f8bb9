"""A sheet's XML cut once around the cells and rows that change, and joined again around new ones.

Works on sheets that compile wrote, whose XML is known; never on a file that came back.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import Place, Value, row_and_column
from workbook_builder.ooxml.pieces import OwnTexts, Pieces
from workbook_builder.ooxml.shared_formulas import formula_elements
from workbook_builder.ooxml.xml_text import xml_text
from workbook_builder.ooxml.zip_write import Block, quick_block

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
BLOCK_BYTES = 32768  # what is compressed anew where one cell changed; smaller ones make larger files
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

    def showing(self, value: Value) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
        """These pieces, by number, with what the formula gives."""
        kind, text = _cached(value)
        return (self.before, self.head + kind + b">"), (self.behind, b"<v>" + text + b"</v></c>")


class _Row(NamedTuple):
    """The number of the piece that is a row's tag, and that tag."""

    piece: int
    tag: bytes


class _Base(NamedTuple):
    """The sheet as all workbooks have it but for what they show otherwise: without inputs and heights of rows."""

    pieces: list[bytes]
    blocks: list[Block]  # of these
    own: OwnTexts  # of the first workbook


class SheetXml:
    """A sheet's XML cut around the cells and rows that change, and compressed in blocks.

    What is alike in all workbooks is rendered and compressed once: a workbook renders what it shows otherwise, and
    compresses the blocks in which that stands. So what it is made of does not depend on which was the first.
    """

    def __init__(
        self,
        xml: bytes,
        changes: Iterable[Place],
        autofit: frozenset[int],
        *,
        title: str,
        placeholders: re.Pattern[bytes],
        computed: Mapping[Place, Value],
    ):
        """changes: cells of this sheet that get a value; cells with formulas are cut in any case.

        autofit: rows whose height is not said to be set by hand, so that Excel fits them while text is typed.
        computed: what formulas give in most workbooks.
        """
        self._autofit = autofit
        self._pieces = Pieces(placeholders)
        self._inputs: dict[Place, tuple[int, bytes]] = {}  # number of the piece; tag with address and style, still open
        self._computed: dict[Place, _Computed] = {}
        self._shown = computed
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
        self._rest = len(self._pieces.texts)  # the first piece behind all cells
        self._pieces.add(xml[position:])
        self._blocks = list(_in_blocks(self._pieces.texts))
        self._block_of = [number for number, block in enumerate(self._blocks) for _ in block]
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
    ) -> list[Block]:
        """The sheet with these values and row heights (in points, 0 hides); values may hold anything.

        Of a formula the value is the cached one, as the calculator gives it, told where it is not what most workbooks
        show. own: what the workbook has of its own, put into the sheet's XML, never into values. pages: where they end.
        """
        base = self._base = self._base or self._rendered(own)
        changed = dict(self._pieces.differing(own, base.own))
        for place, value in values.items():
            if cell := self._computed.get(place):
                changed |= cell.showing(value)
            elif place in self._inputs and value is not None:
                piece, head = self._inputs[place]
                changed[piece] = _input_xml(head, value)
        for row in self._rows.keys() & row_points.keys():
            cut = self._rows[row]
            changed[cut.piece] = _row_tag(cut.tag, row_points[row], is_custom=row not in self._autofit)
        self._set_rest(changed, base, pages, hides_rows=0 in row_points.values())
        return self._with(changed, base)

    def _set_rest(self, changed: dict[int, bytes], base: _Base, pages: Pages | None, *, hides_rows: bool) -> None:
        """What goes with hidden rows and with pages, into what is changed."""
        if pages:
            changed[0] = FITS_PAGE.sub(b"", changed.get(0, base.pieces[0]))
        for number in range(self._rest, len(base.pieces)) if hides_rows or pages else ():
            text = changed.get(number, base.pieces[number])
            text = FILTER.sub(FILTERED, text) if hides_rows else text
            changed[number] = pages.set(text) if pages else text

    def _with(self, changed: Mapping[int, bytes], base: _Base) -> list[Block]:
        """The blocks of a workbook, of which some pieces are these."""
        by_block: dict[int, list[int]] = {}
        for number in changed:
            by_block.setdefault(self._block_of[number], []).append(number)
        blocks = base.blocks.copy()
        for block, numbers in by_block.items():
            start = self._blocks[block].start
            pieces = base.pieces[start : self._blocks[block].stop]
            for number in numbers:
                pieces[number - start] = changed[number]
            blocks[block] = quick_block(b"".join(pieces))
        return blocks

    def _rendered(self, own: OwnTexts) -> _Base:
        pieces = self._pieces.with_own(own)
        for place, cell in self._computed.items():
            for number, text in cell.showing(self._shown.get(place)):
                pieces[number] = text
        blocks = [quick_block(b"".join(pieces[block.start : block.stop])) for block in self._blocks]
        return _Base(pieces, blocks, own)


def _in_blocks(texts: Sequence[bytes]) -> Iterator[range]:
    """The numbers of the pieces of each block, told from the blank alone, so that they are the same for all workbooks."""
    start = size = 0
    for number, text in enumerate(texts, start=1):
        size += len(text)
        if size >= BLOCK_BYTES or number == len(texts):
            yield range(start, number)
            start, size = number, 0


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
