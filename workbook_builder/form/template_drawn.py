"""The sheets of a template as they are read: what stands in each cell, what is merged, how far a sheet is drawn.

Our own reader reads them: openpyxl, which only draws from a template, takes many times as long to be loaded and to load it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.cells import Cell, row_and_column
from workbook_builder.ooxml.extents import Corner, Extent, extents
from workbook_builder.ooxml.reader import Reading, SheetReading
from workbook_builder.values.numbers import decimal_text
from workbook_builder.values.serials import DAY_ZERO

_NOT_TYPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # stays spelled out: openpyxl, which draws with it, refuses it


class DrawnSheet(NamedTuple):
    """One worksheet of a template; its merged areas are no larger than a form."""

    title: str
    words: Mapping[Corner, str]  # in the order of reading; formulas begin with "="
    formulas: frozenset[Corner]
    merged: Mapping[Corner, Corner]  # the last cell of each merged area by its first
    max_row: int  # the last with a cell, if only with a border, or with a merged area
    max_column: int
    printed: Corner | None  # the last cell of the print area: what stands right of it is not the form

    def text(self, row: int, column: int) -> str:
        """What is written in a cell, without outer white space."""
        return self.words.get((row, column), "").strip()


def drawn_sheets(reading: Reading, data: bytes) -> dict[str, DrawnSheet]:
    """The worksheets by title, in order; data: what the reading was read from."""
    reach = extents(data, reading.file)
    return {title: _drawn(sheet, reach[title]) for title, sheet in reading.sheets.items()}


def _drawn(sheet: SheetReading, reach: Extent) -> DrawnSheet:
    areas = [area.partition(":")[::2] for area in sheet.merges]
    merged = {row_and_column(first): row_and_column(last or first) for first, last in areas}
    covered = set(_covered(merged))
    shown = {place: cell for place, cell in sorted(sheet.cells.items()) if place not in covered}
    return DrawnSheet(
        sheet.title,
        {place: _words(cell) for place, cell in shown.items()},
        frozenset(place for place, cell in shown.items() if cell.formula is not None),
        merged,
        max(reach.last_row, *(row for row, _ in merged.values()), 1),
        max(reach.last_column, *(column for _, column in merged.values()), 1),
        reach.printed,
    )


def _covered(merged: Mapping[Corner, Corner]) -> Iterator[Corner]:
    """All cells of merged areas but the first ones: what they hold is not shown."""
    for (row, column), (last_row, last_column) in merged.items():
        area = ((r, c) for r in range(row, last_row + 1) for c in range(column, last_column + 1))
        yield from (place for place in area if place != (row, column))


def _words(cell: Cell) -> str:
    if cell.formula is not None:
        return f"={cell.formula}"
    if isinstance(cell.value, Decimal):
        return str(_moment(cell.value)) if cell.is_date else decimal_text(cell.value)
    return _NOT_TYPED.sub(lambda match: f"_x{ord(match[0]):04X}_", str(cell.value))


def _moment(serial: Decimal) -> datetime:
    return datetime.combine(DAY_ZERO, time()) + timedelta(days=float(serial))
