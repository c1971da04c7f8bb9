"""Where the pages of a filled form end: between two 二级指标, so that no label is cut in two.

Only where a form needs more than a page; and only what we fill in, for a break set beforehand would stay where rows are
hidden later. Excel passes over breaks on sheets that fit their page's width: those with breaks get their scale instead.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from workbook_builder.cells import column_letters
from workbook_builder.form.layout import LaidSheet, Layout

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

PAPER_POINTS = {9: (595, 842)}  # A4, by the number that page setups have for it
INCH_POINTS, DEFAULT_ROW_POINTS = 72, 15
UNIT_POINTS = 5.6  # of a column width of 1: 5.25 with 宋体, more where another font stands in for it
RESERVE = 0.97  # programs differ a little in how high a row is on paper


class PageFit(NamedTuple):
    """What decides where the pages of a sheet end."""

    heights: tuple[float, ...]  # of the rows as drawn, in points
    page_points: float  # that rows may take on a page
    head_points: float  # of these, what repeated rows take on the pages behind the first
    percent: int  # the scale at which the sheet is as wide as its page
    starts: tuple[int, ...]  # the rows before which a page may end


def page_fit(sheet: "Worksheet", laid: LaidSheet, layout: Layout) -> PageFit | None:
    """Of a sheet with an indicator table that fits its page's width; None for others."""
    room = _room(sheet)
    if not (laid.source.table and room):
        return None
    width, height = room
    percent = min(100, math.floor(100 * width / _drawn_width(sheet, laid.source.last_column)))
    heights = _drawn_heights(sheet, len(laid.rows))
    points = height * 100 / percent * RESERVE
    return PageFit(tuple(heights), points, _repeated(sheet, heights), percent, tuple(_starts(layout, laid)))


def fits_one_page(sheet: "Worksheet", last_row: int, last_column: int, least_percent: int) -> bool:
    """Whether a sheet that fits its page's width, down to a row, fits its height as well, at this scale or a larger."""
    room = _room(sheet)
    if room is None:
        return False
    width, height = room
    drawn = _drawn_width(sheet, last_column), sum(_drawn_heights(sheet, last_row)) / RESERVE
    return 100 * min(width / drawn[0], height / drawn[1]) >= least_percent


def _room(sheet: "Worksheet") -> tuple[float, float] | None:
    """Width and height between the margins in points; None where a sheet does not fit its page's width, or of no known paper."""
    size = PAPER_POINTS.get(sheet.page_setup.paperSize or 0)
    fits = sheet.sheet_properties.pageSetUpPr is not None and sheet.sheet_properties.pageSetUpPr.fitToPage
    if not (size and fits):
        return None
    across = sheet.page_setup.orientation == "landscape"
    width, height = reversed(size) if across else size
    margins = sheet.page_margins
    return width - INCH_POINTS * (margins.left + margins.right), height - INCH_POINTS * (margins.top + margins.bottom)


def _drawn_width(sheet: "Worksheet", last_column: int) -> float:
    columns = range(1, last_column + 1)
    return float(sum(sheet.column_dimensions[column_letters(number)].width for number in columns)) * UNIT_POINTS


def _drawn_heights(sheet: "Worksheet", last_row: int) -> list[float]:
    return [sheet.row_dimensions[row].height or DEFAULT_ROW_POINTS for row in range(1, last_row + 1)]


def _repeated(sheet: "Worksheet", heights: list[float]) -> float:
    rows = (sheet.print_title_rows or "").replace("$", "")
    first, _, last = rows.partition(":")
    return sum(heights[int(first) - 1 : int(last)]) if first else 0


def _starts(layout: Layout, laid: LaidSheet) -> Iterator[int]:
    """The head of the table, and the first row of each 二级指标."""
    before = None
    for slot in layout.indicator_rows(laid.sub_project):
        if slot.place.sheet == laid.title and slot.level2 != before:
            yield slot.place.row - (before is None)
            before = slot.level2


def breaks(fit: PageFit, points: Mapping[int, float]) -> Iterable[int]:
    """The rows with which pages begin, besides the first; points: heights that differ from the drawn, 0 hides."""
    begin, filled, room = 1, 0.0, fit.page_points
    found: list[int] = []
    for row, drawn in enumerate(fit.heights, start=1):
        filled += points.get(row, drawn)
        if filled > room:
            start = max((one for one in fit.starts if begin < one <= row), default=None)
            if start is None:
                continue  # one piece higher than a page: the program breaks it
            found.append(start)
            begin, room = start, fit.page_points - fit.head_points
            filled = sum(points.get(one, fit.heights[one - 1]) for one in range(start, row + 1))
    return found
