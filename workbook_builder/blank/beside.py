"""Draws what stands beside the form in a round within a year; an amount that is another now is filled with a colour."""

from collections.abc import Mapping

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.bind import text_literal
from workbook_builder.blank.guards import add_format, filled
from workbook_builder.blank.selfcheck import CHINESE_CHARSET
from workbook_builder.form.beside import NOTHING, beside_slots
from workbook_builder.form.layout import Layout, Slot

WIDTH, POINTS, CHANGED_FILL, OWN_FILL = 40, 8, "D9C8EE", "F2F2F2"
THIN = Side("thin", color="808080")


def draw_beside(sheets: Mapping[str, Worksheet], layout: Layout) -> None:
    """The cells, and what marks the amounts that are others now."""
    for slot, amounts in beside_slots(layout):
        sheet, column = sheets[slot.place.sheet], get_column_letter(slot.place.column)
        if slot.last_row > slot.place.row:
            sheet.merge_cells(f"{column}{slot.place.row}:{column}{slot.last_row}")
        for row in range(slot.place.row, slot.last_row + 1):
            _style(sheet, row, slot.place.column)
        sheet.column_dimensions[column].width = WIDTH
        for amount in amounts:
            last = f"{get_column_letter(amount.last_column)}{amount.last_row}"
            is_other = _is_other(amount, f"${column}${slot.place.row}")
            add_format(sheet, f"{amount.place.address}:{last}", is_other, filled(CHANGED_FILL))


def _style(sheet: Worksheet, row: int, column: int) -> None:
    cell = sheet.cell(row, column)
    cell.font = Font(name="宋体", size=POINTS, charset=CHINESE_CHARSET)
    cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
    cell.border = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
    cell.fill = PatternFill("solid", fgColor=OWN_FILL)


def _is_other(amount: Slot, beside: str) -> str:
    """Whether an amount is another than its line beside the form says; where nothing is said, no."""
    letters = get_column_letter(amount.place.column)
    cell = f"${letters}${amount.place.row}"
    shown = f'IF({cell}="",{text_literal(NOTHING)},TEXT({cell},"#,##0.00"))'
    line = f"{text_literal(f' {amount.field.label} ')}&{shown}&CHAR(10)"
    return f'AND({beside}<>"",ISERROR(FIND({line},{beside}&CHAR(10))))'
