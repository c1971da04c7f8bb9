"""Comments as a sheet's package parts hold them: the texts (comments) and, for Excel, the boxes around them (VML).

Written by ourselves because the stamp replaces both parts in each return copy; what a box needs is XlsxWriter's
practice and ECMA-376 part 4, 19.4 (urn:schemas-microsoft-com:office:excel).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import Place
from workbook_builder.ooxml.heights import text_points
from workbook_builder.ooxml.xml_text import xml_text

SizeOf = Callable[[int], float]

AUTHOR = "财政部门"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FONT_POINTS, BOX_WIDTH_UNITS, BOX_POINTS_LIMIT = 9, 48, 400
PIXELS_PER_UNIT, CELL_PADDING_PIXELS, PIXELS_PER_POINT = 7, 5, 4 / 3
DEFAULT_WIDTH_UNITS, DEFAULT_ROW_POINTS = 9, 15
GAP_PIXELS = 12  # between a cell and the box beside it
SHAPES_PER_BLOCK, BLOCKS_PER_SHEET = 1024, 64  # numbers of shapes come in blocks, and a block belongs to one sheet
COLUMN = re.compile(rb"<col [^>]*>")
ROW = re.compile(rb"<row [^>]*>")
VML_HEAD = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" '
    'data="{blocks}"/></o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" '
    'o:connecttype="rect"/></v:shapetype>'
)
VML_SHAPE = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;width:{width:g}pt;height:{height:g}pt;'
    'z-index:{order};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


class Grid(NamedTuple):
    """How wide the columns and how high the rows of a sheet are, in pixels; those not named have the default."""

    columns: Mapping[int, float]
    rows: Mapping[int, float]

    def column(self, number: int) -> float:
        """The width of a column, from 1."""
        return self.columns.get(number, DEFAULT_WIDTH_UNITS * PIXELS_PER_UNIT + CELL_PADDING_PIXELS)

    def row(self, number: int) -> float:
        """The height of a row, from 1."""
        return self.rows.get(number, DEFAULT_ROW_POINTS * PIXELS_PER_POINT)


class SheetNotes:
    """The comments of one sheet of a blank; number counts its sheets with comments, from 0."""

    def __init__(self, sheet_xml: bytes, number: int):
        self._first_block = 1 + number * BLOCKS_PER_SHEET
        self._columns = dict(_column_pixels(sheet_xml))
        self._rows = dict(_row_pixels(sheet_xml))

    def comments(self, notes: Mapping[Place, str]) -> bytes:
        """The part with the texts."""
        texts = "".join(_comment(place, notes[place]) for place in _in_order(notes))
        authors = f"<authors><author>{AUTHOR}</author></authors>"
        part = f'<comments xmlns="{MAIN}">{authors}<commentList>{texts}</commentList></comments>'
        return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + part.encode()

    def drawing(self, notes: Mapping[Place, str], row_points: Mapping[int, float]) -> bytes:
        """The part with the boxes; row_points: heights where they differ from the blank's."""
        heights = {row: points * PIXELS_PER_POINT for row, points in row_points.items()}
        grid = Grid(self._columns, {**self._rows, **heights})
        first = self._first_block * SHAPES_PER_BLOCK + 1
        shapes = [_shape(place, notes[place], grid, number) for number, place in enumerate(_in_order(notes), first)]
        blocks = range(self._first_block, self._first_block + len(notes) // SHAPES_PER_BLOCK + 1)
        return "".join([VML_HEAD.format(blocks=",".join(map(str, blocks))), *shapes, "</xml>"]).encode()


def _in_order(notes: Mapping[Place, str]) -> list[Place]:
    return sorted(notes, key=lambda place: (place.row, place.column))


def _comment(place: Place, text: str) -> str:
    font = f'<rPr><sz val="{FONT_POINTS}"/><rFont val="宋体"/><charset val="134"/></rPr>'
    run = f'<r>{font}<t xml:space="preserve">{xml_text(text)}</t></r>'
    return f'<comment ref="{place.address}" authorId="0"><text>{run}</text></comment>'


def _shape(place: Place, text: str, grid: Grid, number: int) -> str:
    height = min(BOX_POINTS_LIMIT, text_points(text, BOX_WIDTH_UNITS, FONT_POINTS) + FONT_POINTS)
    width_pixels = BOX_WIDTH_UNITS * PIXELS_PER_UNIT
    left = place.column + 1, float(GAP_PIXELS)
    top = max(1, place.row - 1), GAP_PIXELS / 2
    right = _reached(grid.column, *left, width_pixels)
    bottom = _reached(grid.row, *top, height * PIXELS_PER_POINT)
    corners = (position for corner in ((left, top), (right, bottom)) for position in corner)
    anchor = ", ".join(f"{index - 1}, {int(offset)}" for index, offset in corners)
    return VML_SHAPE.format(
        number=number,
        width=width_pixels / PIXELS_PER_POINT,
        height=height,
        order=number,
        anchor=anchor,
        row=place.row - 1,
        column=place.column - 1,
    )


def _reached(size: SizeOf, index: int, offset: float, length: float) -> tuple[int, float]:
    """The column (or row) and the offset in it that lie so many pixels further."""
    offset += length
    while offset >= (pixels := size(index)):
        offset -= pixels
        index += 1
    return index, offset


def _column_pixels(sheet_xml: bytes) -> Iterator[tuple[int, float]]:
    for match in COLUMN.finditer(sheet_xml):
        column = etree.fromstring(match[0])
        pixels = float(column.get("width", DEFAULT_WIDTH_UNITS)) * PIXELS_PER_UNIT + CELL_PADDING_PIXELS
        first, last = int(column.get("min", "1")), int(column.get("max", "1"))
        for number in range(first, min(last, first + SHAPES_PER_BLOCK) + 1):  # the last span goes to the sheet's end
            yield number, 0 if column.get("hidden") == "1" else pixels


def _row_pixels(sheet_xml: bytes) -> Iterator[tuple[int, float]]:
    for match in ROW.finditer(sheet_xml):
        row = etree.fromstring(match[0].rstrip(b"/>") + b"/>")
        yield int(row.get("r", "1")), float(row.get("ht", DEFAULT_ROW_POINTS)) * PIXELS_PER_POINT
