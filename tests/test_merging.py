"""How tests have openpyxl merge changes nothing of what it loads, merges and saves."""

import io
import zipfile
from contextlib import nullcontext
from itertools import cycle, product
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Border, Protection, Side
from openpyxl.worksheet.merge import MergedCellRange

from tests.helpers import Issued, packaged, saved
from tests.merging import OPENPYXL_BEGINS, OPENPYXL_FORMATS, quickly_merged
from workbook_builder.cli.demo import Demo

SIDES = (None, Side("thin"), Side("thick", "FF0000"), Side())


def loaded(data: bytes, *, quickly: bool) -> Any:
    """Loaded by openpyxl as it is, or quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MergedCellRange, "_get_borders", OPENPYXL_BEGINS)
        patch.setattr(MergedCellRange, "format", OPENPYXL_FORMATS)
        with quickly_merged() if quickly else nullcontext():
            assert (MergedCellRange.format is OPENPYXL_FORMATS) is not quickly
            return openpyxl.load_workbook(io.BytesIO(data))


def parts(book: Any) -> dict[str, bytes]:
    """All but when it was saved."""
    with zipfile.ZipFile(io.BytesIO(saved(book))) as package:
        return {name: package.read(name) for name in package.namelist() if name != "docProps/core.xml"}


def styles(book: Any) -> dict[tuple[str, int, int], Any]:
    return {
        (sheet.title, *place): (type(cell), list(cell._style or []))
        for sheet in book
        for place, cell in sheet._cells.items()
    }


def drawn() -> bytes:
    """Areas of every size up to three by three, whose first and last cells have all kinds of borders and locks."""
    book = openpyxl.Workbook()
    sheet = book["Sheet"]
    borders = cycle(Border(left=a, right=b, top=c, bottom=d) for a, b, c, d in product(SIDES, repeat=4))
    locks = cycle((Protection(locked=False), Protection(hidden=True), Protection()))
    for number, (rows, columns) in enumerate(product(range(1, 4), repeat=2)):
        for again in range(20):
            row, column = 1 + number * 4, 1 + again * 4
            for cell in (sheet.cell(row, column), sheet.cell(row + rows - 1, column + columns - 1)):
                cell.border, cell.protection = next(borders), next(locks)
            if (rows, columns) != (1, 1):
                sheet.merged_cells.add(f"{sheet.cell(row, column).coordinate}:{cell.coordinate}")
    return saved(book)


@pytest.mark.parametrize("which", ["every border", "template", "issued", "filled"])
def test_workbook_merged_quickly__is_as_openpyxl_merges_it(which: str, with_sub: Issued, shown: Demo) -> None:
    data = {
        "every border": drawn,
        "template": lambda: packaged().data,
        "issued": lambda: with_sub.data,
        "filled": shown.filled.read_bytes,
    }[which]()
    slow, quick = loaded(data, quickly=False), loaded(data, quickly=True)
    assert any(sheet.merged_cells.ranges for sheet in slow)
    assert styles(quick) == styles(slow)
    assert parts(quick) == parts(slow)
