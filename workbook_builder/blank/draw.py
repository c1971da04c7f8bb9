"""Draws the sheets of a layout into the template's workbook: what the form looks like, repeated as the shape asks.

Works in the template's own workbook, so that styles are shared; the template's sheets are taken out at the end.
"""

from collections.abc import Iterator
from copy import copy
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.cells import MAX_COLUMN
from workbook_builder.form.layout import FOOTER_PLACEHOLDER, LaidSheet, Layout

UNLOCKED = Protection(locked=False)
# Any style but the default: the default (Normal) is the one unlocked style, see styles in package_parts.
PAGE_SETUP = (
    "paperSize",
    "orientation",
    "fitToWidth",
    "fitToHeight",
    "blackAndWhite",
    "firstPageNumber",
    "useFirstPageNumber",
    "scale",
)
LOCKED_BLANK = Alignment(vertical="center")


def draw_sheets(book: Workbook, layout: Layout) -> dict[str, Worksheet]:
    """Adds a sheet for each of the layout's and removes the template's; gives them by title (placeholders kept)."""
    originals = {sheet.title: sheet for sheet in book.worksheets}
    for number, sheet in enumerate(originals.values()):
        sheet.title = f"template {number}"
    drawn = {laid.title: _draw(book, originals[laid.source.title], laid) for laid in layout.sheets}
    for sheet in originals.values():
        book.remove(sheet)
    return drawn


def _draw(book: Workbook, source: Worksheet, laid: LaidSheet) -> Worksheet:
    target: Worksheet = book.create_sheet(laid.title)
    markers = {(marker.row, marker.column) for marker in laid.source.markers}
    for row, template_row in enumerate(laid.rows, start=1):
        target.row_dimensions[row].height = source.row_dimensions[template_row].height
        for column in range(1, laid.source.last_column + 1):
            original, cell = source.cell(template_row, column), target.cell(row, column)
            if original.has_style:
                copy_style(original, cell)
            if (template_row, column) not in markers and original.value is not None:
                cell.value = original.value
    for area in _merged(source, laid):
        target.merged_cells.add(area)  # merge_cells would draw borders anew, which the cells bring already
    _copy_page(source, target, laid)
    return target


def copy_style(source: Any, target: Any) -> None:
    """Makes a cell look like another of the same workbook; typed loosely, since the stubs do not know _style."""
    target._style = copy(source._style)


class Look:
    """A style for cells of one workbook. openpyxl looks a style up by all that it says, which takes most of styling: once."""

    def __init__(self, **parts: Any):
        """parts: font, alignment … as cells have them."""
        self._parts = parts
        self._first: Any = None

    def on(self, cell: Any) -> None:
        """Makes a cell look so; what it has besides, it keeps."""
        is_plain = not cell.has_style
        if is_plain and self._first is not None:
            copy_style(self._first, cell)
            return
        for name, part in self._parts.items():
            setattr(cell, name, part)
        if is_plain:
            self._first = cell


def _merged(source: Worksheet, laid: LaidSheet) -> Iterator[str]:
    """The merged areas: one over several rows grows with them, one within a repeated row is repeated."""
    for area in source.merged_cells.ranges:
        if area.max_row > laid.source.last_row:
            continue
        first, last = laid.first(area.min_row), laid.last(area.max_row)
        if area.min_row == area.max_row:
            for row in range(first, last + 1):
                yield CellRange(None, area.min_col, row, area.max_col, row).coord
        else:
            yield CellRange(None, area.min_col, first, area.max_col, last).coord


def _copy_page(source: Worksheet, target: Worksheet, laid: LaidSheet) -> None:
    for column in range(1, laid.source.last_column + 1):
        letter = get_column_letter(column)
        target.column_dimensions[letter].width = source.column_dimensions[letter].width
    for name in PAGE_SETUP:
        setattr(target.page_setup, name, getattr(source.page_setup, name))
    target.page_margins = copy(source.page_margins)
    target.print_options = copy(source.print_options)
    target.sheet_properties.pageSetUpPr = copy(source.sheet_properties.pageSetUpPr)
    for name in ("oddHeader", "oddFooter", "firstHeader", "firstFooter"):
        setattr(target, name, copy(getattr(source, name)))
    target.HeaderFooter.differentFirst = source.HeaderFooter.differentFirst
    label_footers(target)
    target.freeze_panes = source.freeze_panes
    target.sheet_view.showGridLines = False
    last_row = len(laid.rows)
    target.print_area = f"A1:{get_column_letter(laid.source.last_column)}{last_row}"
    if source.print_title_rows:
        first, last = map(int, source.print_title_rows.replace("$", "").split(":"))
        if {first, last} <= set(laid.rows):  # not below the head of a form that is only shown
            target.print_title_rows = f"{laid.first(first)}:{laid.last(last)}"


def label_footers(sheet: Worksheet) -> None:
    """Whose a loose page is: project at the left (put in by the stamp), sheet at the right, where nothing stands there."""
    footers = (sheet.oddFooter, sheet.firstFooter if sheet.HeaderFooter.differentFirst else None)
    for footer in footers:
        if footer is not None:
            footer.left.text = footer.left.text or FOOTER_PLACEHOLDER
            footer.right.text = footer.right.text or "&A"


def lock_unstyled(sheet: Worksheet) -> None:
    """Gives every column, the unused ones included, and every cell without a style of its own an explicit locked one.

    Normal itself is unlocked, and a cell with content and no style has that one, whatever its column's.
    """
    locked = Look(alignment=LOCKED_BLANK)
    for cell in (cell for cells in sheet.iter_rows() for cell in cells):
        if cell.value is not None and not cell.has_style:
            locked.on(cell)
    last = sheet.max_column
    for column in range(1, last + 1):
        sheet.column_dimensions[get_column_letter(column)].alignment = LOCKED_BLANK
    rest = ColumnDimension(sheet, index=get_column_letter(last + 1), min=last + 1, max=MAX_COLUMN, width=9)
    rest.alignment = LOCKED_BLANK
    sheet.column_dimensions[get_column_letter(last + 1)] = rest
