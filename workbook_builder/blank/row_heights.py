"""How high the rows of a workbook are: as high as their texts need, or left to Excel, which fits a row while one types.

Excel fits only rows whose height nobody set, and only to cells that are not merged.
"""

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING

from workbook_builder.blank.compiled import Metrics
from workbook_builder.blank.opinion_sheet import wrapped_texts
from workbook_builder.cells import Place, Value, column_letters
from workbook_builder.form.layout import Layout, Slot
from workbook_builder.form.model import is_beside
from workbook_builder.ooxml.heights import ROW_LIMIT_POINTS, text_points

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

BLOCK_FLOOR_POINTS = 40  # a block of merged rows shrinks to its text, but not to nothing
GROWING = ("text", "long_text", "target")
LONGEST = 255  # of a text without a limit of its own

TEXT_TYPES = ("text", "long_text", "choice", "target", "unit")
DEFAULT_FONT_POINTS, DEFAULT_ROW_POINTS, INDENT_UNITS = 10, 15, 1.8

RowKey = tuple[str, int]  # sheet (placeholder title) and row


def metrics_of_sheets(sheets: "Mapping[str, Worksheet]", layout: Layout) -> Iterator[tuple[Place, Metrics]]:
    """Of every cell that takes text, and of what shows texts of other sheets; called when all widths are set."""
    for slot in layout.slots.values():
        if slot.field.type in TEXT_TYPES and slot.kind != "helper" and not is_beside(slot.key):
            yield slot.place, metrics_of_slot(sheets, slot)
    if names := layout.summary_range("project_name"):
        first, last_row = names
        for row in range(first.row, last_row + 1):
            yield first._replace(row=row), _metrics_of(sheets[first.sheet], first, first.column, 1)
    for place in layout.headings:
        yield place, _metrics_of(sheets[place.sheet], place, place.column, 1)
    for text in wrapped_texts(layout):
        yield text.place, Metrics(text.width_units, text.font_points, DEFAULT_ROW_POINTS, 1)


def metrics_of_slot(sheets: "Mapping[str, Worksheet]", slot: Slot) -> Metrics:
    """Of the cell of one key."""
    return _metrics_of(sheets[slot.place.sheet], slot.place, slot.last_column, slot.last_row - slot.place.row + 1)


def _metrics_of(sheet: "Worksheet", place: Place, last_column: int, rows: int) -> Metrics:
    letters = (column_letters(column) for column in range(place.column, last_column + 1))
    width = sum(sheet.column_dimensions[letter].width for letter in letters)
    cell = sheet.cell(place.row, place.column)
    width -= INDENT_UNITS * (cell.alignment.indent or 0)
    size = cell.font.size or DEFAULT_FONT_POINTS
    return Metrics(width, size, sheet.row_dimensions[place.row].height or DEFAULT_ROW_POINTS, rows)


def self_fitting_rows(layout: Layout, metrics: Mapping[Place, Metrics]) -> frozenset[RowKey]:
    """The rows that Excel fits: with an input that may hold more than the row shows, and no merged one that may."""
    growing: set[RowKey] = set()
    fixed: set[RowKey] = set()
    for slot in layout.slots.values():
        if slot.kind == "input" and slot.field.type in GROWING and _may_outgrow(slot, metrics[slot.place]):
            is_single = slot.last_row == slot.place.row and slot.last_column == slot.place.column
            (growing if is_single else fixed).add((slot.place.sheet, slot.place.row))
    return frozenset(growing - fixed)


def _may_outgrow(slot: Slot, metrics: Metrics) -> bool:
    longest = "字" * (slot.field.limit or LONGEST)
    return text_points(longest, metrics.width_units, metrics.font_points) > metrics.row_points


def row_points(
    metrics: Mapping[Place, Metrics], shown: Mapping[Place, Value], hidden: Container[RowKey]
) -> dict[RowKey, float]:
    """Heights of rows whose texts need another than the template's; what is hidden gives a text no room."""
    points: dict[RowKey, float] = {}
    for place, value in shown.items():
        if isinstance(value, str) and place in metrics:
            width, size, height, rows = metrics[place]
            keys = [(place.sheet, row) for row in range(place.row, place.row + rows)]
            open_rows = [key for key in keys if key not in hidden]
            needed = text_points(value, width, size) / max(len(open_rows), 1)
            floor = BLOCK_FLOOR_POINTS if rows > 1 else height
            for key in open_rows:
                points[key] = min(ROW_LIMIT_POINTS, max(needed, floor, points.get(key, 0)))
    return points
