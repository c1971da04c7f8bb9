"""The like of a workbook of ours, built by XlsxWriter: the same sheets, cells, styles, merged areas, lists and colours."""

import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

Properties = tuple[tuple[str, Any], ...]  # of a format, as XlsxWriter names them


class LikeSheet(NamedTuple):
    """What is said to XlsxWriter of one sheet, all of it prepared."""

    title: str
    is_hidden: bool
    columns: tuple[tuple[int, int, float], ...]  # first, last, width
    rows: tuple[tuple[int, float], ...]  # row, height
    cells: tuple[tuple[int, int, Any, Any, Properties], ...]  # row, column, content, cached value, format
    merged: tuple[str, ...]
    validations: tuple[tuple[str, dict[str, Any]], ...]
    conditions: tuple[tuple[str, str], ...]  # area, formula


class LikeWorkbook:
    """Prepared once; `built` is what XlsxWriter is measured by."""

    def __init__(self, data: bytes):
        book, values = load_workbook(io.BytesIO(data)), load_workbook(io.BytesIO(data), data_only=True)
        self.names = tuple((name, f"={one.attr_text}") for name, one in book.defined_names.items())
        self.sheets = tuple(_like(sheet, values[sheet.title]) for sheet in book.worksheets)
        self.formats = {cell[4] for sheet in self.sheets for cell in sheet.cells}

    @property
    def cell_count(self) -> int:
        """How many cells it writes."""
        return sum(len(sheet.cells) for sheet in self.sheets)

    def built(self) -> bytes:
        """The workbook, in memory."""
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            formats = {one: book.add_format(dict(one)) for one in self.formats}
            colour = book.add_format({"bg_color": "#FFC7CE"})
            for sheet in self.sheets:
                _write(book.add_worksheet(sheet.title), sheet, formats, colour)
            for name, formula in self.names:
                book.define_name(name, formula)
        return target.getvalue()


def _write(target: Any, sheet: LikeSheet, formats: Mapping[Properties, Any], colour: Any) -> None:
    for first, last, width in sheet.columns:
        target.set_column(first, last, width)
    for row, height in sheet.rows:
        target.set_row(row, height)
    for area in sheet.merged:
        target.merge_range(area, "")
    _write_cells(target, sheet, formats)
    for area, options in sheet.validations:
        target.data_validation(area, options)
    for area, formula in sheet.conditions:
        target.conditional_format(area, {"type": "formula", "criteria": formula, "format": colour})
    target.protect()
    if sheet.is_hidden:
        target.hide()


def _write_cells(target: Any, sheet: LikeSheet, formats: Mapping[Properties, Any]) -> None:
    for row, column, content, cached, style in sheet.cells:
        if content is None:
            target.write_blank(row, column, None, formats[style])
        elif isinstance(content, str) and content.startswith("="):
            target.write_formula(row, column, content, formats[style], cached)
        elif isinstance(content, str):
            target.write_string(row, column, content, formats[style])
        else:
            target.write_number(row, column, content, formats[style])


def _like(sheet: Worksheet, values: Worksheet) -> LikeSheet:
    cells = (cell for row in sheet.iter_rows() for cell in row if isinstance(cell, Cell))
    return LikeSheet(
        sheet.title,
        sheet.sheet_state != "visible",
        tuple(_columns(sheet)),
        tuple((row - 1, one.height) for row, one in sheet.row_dimensions.items() if one.height is not None),
        tuple(_cell(cell, values) for cell in cells if cell.value is not None or cell.has_style),
        tuple(str(area) for area in sheet.merged_cells.ranges),
        tuple((str(area), _validation(one)) for one in sheet.data_validations.dataValidation for area in one.sqref.ranges),
        tuple(
            (str(area), f"={rule.formula[0]}")
            for areas in sheet.conditional_formatting
            for rule in areas.rules
            for area in areas.sqref.ranges
            if rule.formula
        ),
    )  # fmt: skip


def _columns(sheet: Worksheet) -> Iterator[tuple[int, int, float]]:
    """Of the columns in use: XlsxWriter writes each by itself, and would take a second for the 16,384 that are styled."""
    for one in sheet.column_dimensions.values():
        first, last = one.min or 0, one.max or 0
        if 0 < first <= sheet.max_column:
            yield first - 1, min(last, sheet.max_column) - 1, one.width


def _cell(cell: Cell, values: Worksheet) -> tuple[int, int, Any, Any, Properties]:
    content = getattr(cell.value, "text", cell.value)
    return cell.row - 1, cell.column - 1, content, values.cell(cell.row, cell.column).value or "", _properties(cell)


def _properties(cell: Cell) -> Properties:
    font, alignment, border = cell.font, cell.alignment, cell.border
    found = {
        "font_name": font.name, "font_size": font.sz, "bold": bool(font.b), "num_format": cell.number_format,
        "align": alignment.horizontal, "valign": _VERTICAL.get(alignment.vertical or ""), "text_wrap": bool(alignment.wrap_text),
        "border": 1 if border.left and border.left.style else 0, "locked": bool(cell.protection.locked),
        "bg_color": f"#{cell.fill.fgColor.rgb[-6:]}" if cell.fill.fill_type and isinstance(cell.fill.fgColor.rgb, str) else None,
    }  # fmt: skip
    return tuple((name, value) for name, value in found.items() if value)


_VERTICAL = {"center": "vcenter", "top": "top", "bottom": "bottom"}


def _validation(one: Any) -> dict[str, Any]:
    """XlsxWriter's own words; all of ours are lists or formulas of their own."""
    if one.type == "list":
        return {"validate": "list", "source": f"={one.formula1}"}
    return {"validate": "custom", "value": f"={one.formula1}", "error_type": "stop"}
