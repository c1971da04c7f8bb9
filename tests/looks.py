"""What a person would see of a list or report: what is cut off, and how far its columns reach on the screen."""

import datetime
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from openpyxl.cell import MergedCell

from workbook_builder.ooxml.heights import line_units, text_points

SCREEN_ACROSS, SCREEN_DOWN = 1300, 490  # pixels that 1366 × 768 leaves to a sheet's cells at 100 %
PIXELS_PER_UNIT, PIXELS_PER_POINT = 7, 4 / 3  # where the Normal font is 宋体 10
PADDING_UNITS = 5 / 7  # of a column, in the width that a file says
ROUNDING_UNITS, ROUNDING_POINTS = 0.05, 0.75  # widths and heights are whole pixels
HEADER_ROW = 3  # title and advice, which may run on to the right, stand above


def widths(sheet: Any) -> list[float]:
    """The width of each column in characters, as Excel counts them; 0 where it is hidden."""
    found = dict.fromkeys(range(1, sheet.max_column + 1), 8.0)
    for dimension in sheet.column_dimensions.values():
        width = 0 if dimension.hidden else dimension.width - PADDING_UNITS
        found |= dict.fromkeys(range(dimension.min, min(dimension.max, sheet.max_column) + 1), width)
    return list(found.values())


def right_edge(sheet: Any, header: str) -> float:
    """How far from the left, in pixels, the column under this header ends."""
    edges = list(accumulate(width * PIXELS_PER_UNIT + 5 for width in widths(sheet)))
    return edges[[cell.value for cell in sheet[HEADER_ROW]].index(header)]


def row_height(sheet: Any, row: int) -> float:
    return float(sheet.row_dimensions[row].height or sheet.sheet_format.defaultRowHeight)


def cut_off(sheet: Any) -> list[str]:
    """The addresses of cells, from the header on, that do not show all that they hold, by the product's own measure."""
    across = widths(sheet)
    cells = [c for row in sheet.iter_rows(min_row=HEADER_ROW) for c in row if not isinstance(c, MergedCell)]
    told = [cell for cell in cells if cell.value not in (None, "") and cell.coordinate not in sheet.merged_cells]
    return [cell.coordinate for cell in told if across[cell.column - 1] and _is_cut(cell, across[cell.column - 1])]


def _is_cut(cell: Any, width: float) -> bool:
    text, size = _shown(cell), cell.font.size
    if isinstance(cell.value, str) and (cell.alignment.shrink_to_fit or cell.alignment.horizontal == "fill"):
        return False
    if isinstance(cell.value, str) and cell.alignment.wrap_text:
        one_line, least = text_points("", width, size), row_height(cell.parent, cell.row) + ROUNDING_POINTS
        return text_points(text, width + ROUNDING_UNITS, size) > max(one_line, least)
    return line_units(text, size) > width + 0.25 + ROUNDING_UNITS


def _shown(cell: Any) -> str:
    if isinstance(cell.value, datetime.datetime):
        return f"{cell.value:%Y-%m-%d %H:%M}" if "hh" in cell.number_format else f"{cell.value:%Y-%m-%d}"
    return f"{cell.value:,.2f}" if cell.number_format == "#,##0.00" else str(cell.value)


def row_tops(sheet: Any) -> Iterator[float]:
    """How far from the top, in points, each row begins; one more for the end of the last."""
    yield from accumulate((row_height(sheet, row) for row in range(1, sheet.max_row + 1)), initial=0.0)


def rectangles(sheet: Any) -> list[tuple[int, ...]]:
    """Left, top, right and bottom of each chart, in pixels."""
    left = [0.0, *accumulate(width * PIXELS_PER_UNIT + 5 for width in widths(sheet))]
    top = [points * PIXELS_PER_POINT for points in row_tops(sheet)]
    return [tuple(round(edge) for edge in _edges(chart.anchor, left, top)) for chart in sheet._charts]


def _edges(anchor: Any, left: list[float], top: list[float]) -> Iterator[float]:
    for marker in (anchor._from, anchor.to):
        beyond = max(marker.col - len(left) + 1, 0)  # columns without a width of their own
        yield left[min(marker.col, len(left) - 1)] + beyond * 61 + marker.colOff / 9525
        yield top[marker.row] + marker.rowOff / 9525
