"""Merged areas in openpyxl, styled as it styles them in half the time of a load.

openpyxl compares whole borders and protections for each cell of each area. A workbook has few of them, each with a number, and what comes
of two numbers is worked out once for a workbook here: by openpyxl itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Border
from openpyxl.styles.cell_style import StyleArray
from openpyxl.workbook import Workbook
from openpyxl.worksheet.merge import MergedCellRange

OPENPYXL_BEGINS: Any = MergedCellRange._get_borders  # type: ignore[attr-defined]
OPENPYXL_FORMATS: Any = MergedCellRange.format
SIDES = ("top", "left", "right", "bottom")  # in the order in which openpyxl draws them
_known: WeakKeyDictionary[Workbook, dict[tuple[str, int, int], int]] = WeakKeyDictionary()


@contextmanager
def quickly_merged() -> Iterator[None]:
    """All that is loaded and merged meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MergedCellRange, "_get_borders", _begin)
        patch.setattr(MergedCellRange, "format", _format)
        yield


def _begin(area: Any) -> None:
    """As MergedCellRange._get_borders: the first cell takes the far borders of the last."""
    first = area.start_cell = area.ws.cell(area.min_row, area.min_col)
    last = area.ws._cells.get((area.max_row, area.max_col))
    if last is not None:
        _give(first, "borderId", "last", last, lambda: Border(right=last.border.right, bottom=last.border.bottom))


def _format(area: Any) -> None:
    """As MergedCellRange.format: the cells at each edge take its border of the first, and all are protected as it is."""
    first = area.start_cell
    for side in SIDES:
        drawn = getattr(first.border, side)
        if drawn and drawn.style is None:
            continue
        for place in getattr(area, side):
            _give(_cell(area, place), "borderId", side, first, lambda: Border(**{side: drawn}))  # noqa: B023 - called at once
    for place in area.cells:
        _give(_cell(area, place), "protectionId", "", first, None)


def _cell(area: Any, place: tuple[int, int]) -> Any:
    cells = area.ws._cells
    if place not in cells:
        cells[place] = MergedCell(area.ws, *place)
    return cells[place]


def _give(cell: Any, number: str, what: str, giver: Any, border: Callable[[], Border] | None) -> None:
    """To a cell's border what another gives, or its protection, by number where that is known."""
    known = _known.setdefault(cell.parent.parent, {})
    for one in (cell, giver):
        if not one._style:  # nobody has asked for it yet
            one._style = StyleArray()
    key = f"{number} {what}", getattr(cell._style, number) if border else 0, getattr(giver._style, number)
    if key in known:
        setattr(cell._style, number, known[key])
        return
    if border:
        cell.border += border()
    else:
        cell.protection = copy(giver.protection)
    known[key] = getattr(cell._style, number)
