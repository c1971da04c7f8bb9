"""A sheet's XML cut once around the cells and rows that change, and joined again around new ones.

Works on sheets that compile wrote, whose XML is known; never on a file that came back.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import Value
from workbook_builder.ooxml.shared_formulas import formula_elements
from workbook_builder.ooxml.xml_text import xml_text

Rewrite = Callable[[bytes], bytes]
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


def cell_xml(address: str, style: bytes, formula: bytes, value: Value) -> bytes:
    """A cell with its value; beside a formula the value is the cached one."""
    head = b'<c r="' + address.encode() + b'"' + style
    if value is None and not formula:
        return head + b"/>"
    if isinstance(value, str) and not formula:
        return head + b' t="inlineStr"><is><t xml:space="preserve">' + xml_text(value).encode() + b"</t></is></c>"
    kind, text = _cached(value)
    return head + kind + b">" + formula + b"<v>" + text + b"</v></c>"


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


class _CellCut(NamedTuple):
    address: str
    style: bytes
    formula: bytes


class _RowCut(NamedTuple):
    row: int
    tag: bytes


class SheetXml:
    """A sheet's XML cut around the cells and rows that change."""

    def __init__(self, xml: bytes, changes: frozenset[str], autofit: frozenset[int], own: re.Pattern[bytes]):
        """changes: addresses of cells that get a value; cells with formulas are cut in any case.

        autofit: rows whose height is not said to be set by hand, so that Excel fits them while text is typed. own: found
        where each workbook has something of its own in the sheet's XML.
        """
        self._autofit = autofit
        self._texts: list[bytes] = []
        self._cuts: list[_CellCut | _RowCut] = []
        self.formulas: dict[str, str] = {}
        position = 0
        for match in CELL_OR_ROW.finditer(xml):
            cut = self._cut(match, changes)
            if cut is not None:
                self._texts.append(xml[position : match.start()])
                self._cuts.append(cut)
                position = match.end()
        self._rest = xml[position:]
        if missing := changes - {cut.address for cut in self._cuts if isinstance(cut, _CellCut)}:
            raise ValueError(f"not in the blank: {sorted(missing)}")
        elements = formula_elements(self.formulas)
        self._cuts = [
            cut._replace(formula=elements.get(cut.address, b"")) if isinstance(cut, _CellCut) else cut
            for cut in self._cuts
        ]
        self._is_own = [
            bool(own.search(text) or (isinstance(cut, _CellCut) and own.search(cut.formula)))
            for text, cut in zip(self._texts, self._cuts, strict=True)
        ]
        self._last: list[tuple[Value, bytes] | None] = [None] * len(self._cuts)

    def _cut(self, match: re.Match[bytes], changes: frozenset[str]) -> _CellCut | _RowCut | None:
        if match["row"]:
            row, tag = int(match["row"]), match[0]
            return _RowCut(row, CUSTOM_HEIGHT.sub(b"", tag) if row in self._autofit else tag)
        address, formula = match["address"].decode(), FORMULA.search(match["content"] or b"")
        if formula:
            text = etree.fromstring(formula[0]).text or ""
            self.formulas[address] = text
        elif address not in changes:
            return None
        style = STYLE.search(match["attributes"])
        return _CellCut(address, style[0] if style else b"", b"")

    def filled(
        self,
        values: Mapping[str, Value],
        with_own: Rewrite,
        row_points: Mapping[int, float],
        pages: Pages | None = None,
    ) -> bytes:
        """The sheet with these values and row heights (in points, 0 hides); values may hold anything.

        with_own: puts what the workbook has of its own into the sheet's XML, never into values. pages: where they end.
        """
        pieces: list[bytes] = []
        for number, (text, cut, is_own) in enumerate(zip(self._texts, self._cuts, self._is_own, strict=True)):
            pieces.append(with_own(text) if is_own else text)
            if isinstance(cut, _CellCut):
                value = values.get(cut.address)
                own_cell = cell_xml(cut.address, cut.style, with_own(cut.formula), value) if is_own else b""
                pieces.append(own_cell or self._rendered(number, cut, value))
            else:
                pieces.append(_row_tag(cut, row_points.get(cut.row), is_custom=cut.row not in self._autofit))
        rest = FILTER.sub(FILTERED, self._rest) if 0 in row_points.values() else self._rest
        if pages:
            pieces[0], rest = FITS_PAGE.sub(b"", pieces[0]), pages.set(rest)
        return b"".join([*pieces, with_own(rest)])

    def _rendered(self, number: int, cut: _CellCut, value: Value) -> bytes:
        """A cell that has nothing of a workbook's own: most hold in one workbook what they held in the last."""
        last = self._last[number]
        if last is None or type(last[0]) is not type(value) or last[0] != value or isinstance(value, float | Decimal):
            self._last[number] = last = value, cell_xml(cut.address, cut.style, cut.formula, value)
        return last[1]


def _row_tag(cut: _RowCut, points: float | None, *, is_custom: bool) -> bytes:
    if points is None:
        return cut.tag
    if not points:
        return cut.tag.replace(b">", b' hidden="1">')
    custom = ' customHeight="1"' if is_custom else ""
    return HEIGHT.sub(b"", cut.tag).replace(b">", f' ht="{points:g}"{custom}>'.encode())
