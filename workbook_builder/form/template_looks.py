"""How a sheet of a template looks, as data: widths, heights, merged areas, texts. For who shows a form elsewhere than in Excel."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.form.model import FormSheet
from workbook_builder.form.template_reading import Template, loaded_book

DEFAULT_WIDTH = 9.0  # of a column that nobody drew, in characters


class CellLook(NamedTuple):
    """One cell as drawn."""

    text: str  # markers included
    is_bold: bool
    horizontal: str | None  # left, center, right …; None as the content asks
    number_format: str  # as Excel writes it: #,##0.00
    has_border: bool


class Area(NamedTuple):
    """A cell, or a merged area; rows and columns from 1, the last ones included."""

    row: int
    column: int
    last_row: int
    last_column: int


class SheetLooks(NamedTuple):
    """A sheet as drawn, as far as it is printed."""

    widths: tuple[float, ...]  # of its columns, in characters
    heights: tuple[float | None, ...]  # of its rows, in points; None where it is as high as its text
    cells: Mapping[tuple[int, int], CellLook]  # by row and column
    areas: tuple[Area, ...]  # merged ones
    repeated: tuple[int, int] | None  # first and last row of those that head each page


def looks_of(template: Template, source: FormSheet) -> SheetLooks:
    """How a sheet of a template looks. The last few are kept: for each the whole template is loaded."""
    return _looks(template.data, source.title, source.last_row, source.last_column)


@lru_cache(maxsize=4)
def _looks(data: bytes, title: str, last_row: int, last_column: int) -> SheetLooks:
    sheet = cast(Worksheet, loaded_book(data)[title])
    rows, columns = range(1, last_row + 1), range(1, last_column + 1)
    merged = (area for area in sheet.merged_cells.ranges if area.max_row <= last_row)
    dimensions = (sheet.column_dimensions[get_column_letter(column)] for column in columns)
    return SheetLooks(
        tuple(float(one.width or DEFAULT_WIDTH) for one in dimensions),
        tuple(sheet.row_dimensions[row].height for row in rows),
        {(row, column): _look(sheet.cell(row, column)) for row in rows for column in columns},
        tuple(sorted(Area(a.min_row, a.min_col, a.max_row, min(a.max_col, last_column)) for a in merged)),
        _repeated(sheet),
    )


def _look(cell: Any) -> CellLook:
    sides = (cell.border.left, cell.border.right, cell.border.top, cell.border.bottom)
    return CellLook(
        "" if cell.value is None else str(cell.value),
        bool(cell.font.b),
        cell.alignment.horizontal,
        cell.number_format or "General",
        any(side is not None and side.style for side in sides),
    )


def _repeated(sheet: Worksheet) -> tuple[int, int] | None:
    if not sheet.print_title_rows:
        return None
    first, last = map(int, sheet.print_title_rows.replace("$", "").split(":"))
    return first, last
