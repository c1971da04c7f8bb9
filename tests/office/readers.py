"""Libraries of others that load our workbooks: what each finds in the cells, an empty cell or text being nothing."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ironcalc
import openpyxl
from python_calamine import CalamineWorkbook

from tests.office.programs import run_node
from workbook_builder.cells import Place, column_letters
from workbook_builder.ooxml.reader import read_workbook

Cells = Mapping[str, Mapping[str, Any]]  # sheet -> A1 -> value; a formula's cached one


def by_ours(path: Path) -> Cells:
    return {
        title: {
            Place(title, *where).address: cell.value
            for where, cell in sheet.cells.items()
            if cell.value is not None and cell.value != ""
        }
        for title, sheet in read_workbook(path.read_bytes(), path.name).sheets.items()
    }


def by_openpyxl(path: Path) -> Cells:
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {
            cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")
        }
        for sheet in book.worksheets
    }


def by_calamine(path: Path) -> Cells:
    book = CalamineWorkbook.from_path(path)
    found: dict[str, dict[str, Any]] = {}
    for title in book.sheet_names:
        rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        found[title] = {
            f"{column_letters(column)}{row}": value
            for row, values in enumerate(rows, start=1)
            for column, value in enumerate(values, start=1)
            if value != ""
        }
    return found


def by_ironcalc(path: Path) -> Cells:
    model = ironcalc.load_from_xlsx(str(path))
    titles = [sheet["name"] for sheet in model.get_worksheets_properties()]
    found: dict[str, dict[str, Any]] = {title: {} for title in titles}
    for sheet, row, column in model.get_all_cells():
        value = model.get_cell_value(sheet, row, column)
        if value not in (None, ""):
            found[titles[sheet]][f"{column_letters(column)}{row}"] = value
    return found


def by_node(paths: Sequence[Path]) -> Mapping[str, Sequence[Cells]]:
    """ExcelJS and SheetJS, by name: what each finds in the workbooks."""
    found: Mapping[str, Sequence[Cells]] = run_node("readers.js", [str(path) for path in paths])
    return found


IN_PYTHON: Mapping[str, Callable[[Path], Cells]] = {
    "openpyxl": by_openpyxl,
    "calamine": by_calamine,
    "ironcalc": by_ironcalc,
}
IN_NODE = ("ExcelJS", "SheetJS")
