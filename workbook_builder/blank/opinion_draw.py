"""Draws what a return copy has besides the form: the sheet 退回意见, the marks, room for comments (opinion_sheet)."""

from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.draw import LOCKED_BLANK, label_footers
from workbook_builder.blank.guards import add_format, filled, font_coloured
from workbook_builder.blank.opinion_sheet import (
    ADDRESS_COLUMN,
    COLUMNS,
    FIRST_LINE,
    HEADER_ROW,
    HEADING_COLUMN,
    HEADING_WORDS,
    HEADINGS,
    HOW_TO,
    HOW_TO_ROW,
    LABEL_COLUMN,
    LABEL_FILL,
    MARK_CHARACTERS,
    MARK_FILL,
    TEXT_POINTS,
    TITLE,
    TITLE_POINTS,
)
from workbook_builder.blank.selfcheck import BROWN, CHINESE_CHARSET, RED
from workbook_builder.cells import column_letters
from workbook_builder.findings import Severity
from workbook_builder.form.layout import OPINION_SHEET, LaidSheet, Layout
from workbook_builder.form.rules import LEVEL_NAMES

THIN = Side(style="thin", color="808080")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
WRAPPED = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)


def draw_additions(book: Workbook, sheets: Mapping[str, Worksheet], layout: Layout) -> None:
    """Draws them into the workbook of a return copy; called when all else is drawn."""
    _draw_opinions(book.create_sheet(OPINION_SHEET, 0), layout.shape.opinion_rows)
    for laid in layout.returnable_sheets:
        _draw_marks(sheets[laid.title], laid, layout.mark_column(laid))
        # openpyxl then writes the parts for comments; the stamp replaces what is in them.
        sheets[laid.title]["A1"].comment = Comment("", "")


def _draw_marks(sheet: Worksheet, laid: LaidSheet, column: int) -> None:
    letters, last_row = column_letters(column), len(laid.rows)
    for row in range(1, last_row + 1):
        sheet.cell(row, column).alignment = LOCKED_BLANK
    sheet.column_dimensions[letters].hidden = True
    area = f"A1:{column_letters(laid.source.last_column)}{last_row}"
    add_format(sheet, area, _is_as_returned("A", letters), filled(MARK_FILL))
    if not laid.hint_column:
        return
    # Red and yellow of the self-check hide the mark of a cell: beside the form nothing hides that of its row.
    beside = column_letters(laid.confirm_column)
    columns = (column_letters(number) for number in range(1, laid.source.last_column + 1))
    any_cell = ",".join(_is_as_returned(f"${own}", letters) for own in columns)
    add_format(sheet, f"{beside}1:{beside}{last_row}", f"OR({any_cell})", filled(MARK_FILL))


def _is_as_returned(column: str, marks: str) -> str:
    """Whether a cell of row 1 holds what it held when it was returned, by the marks of its row."""
    own = f'";"&COLUMN({column}1)&"="&LEFT({column}1,{MARK_CHARACTERS})&";"'
    return f"ISNUMBER(FIND({own},${marks}1))"


def _draw_opinions(sheet: Worksheet, lines: int) -> None:
    _draw_heading(sheet)
    for number, (title, width) in enumerate(COLUMNS.values(), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        _style(sheet, HEADER_ROW, number, CENTRED, LABEL_FILL)
        sheet.cell(HEADER_ROW, number).value = title
    sheet.column_dimensions[get_column_letter(ADDRESS_COLUMN)].hidden = True
    for row in range(FIRST_LINE, FIRST_LINE + lines):
        _draw_line(sheet, row)
    last_row = FIRST_LINE + lines - 1
    level = f"$B{FIRST_LINE}"
    colours: Mapping[Severity, str] = {"error": RED, "warning": BROWN}
    for severity, colour in colours.items():
        area = f"B{FIRST_LINE}:B{last_row}"
        add_format(sheet, area, f'{level}="{LEVEL_NAMES[severity]}"', font_coloured(colour))
    _set_page(sheet, last_row)


def _draw_heading(sheet: Worksheet) -> None:
    last = len(COLUMNS)
    sheet.cell(1, 1).value = TITLE
    sheet.cell(1, 1).font = Font(name="黑体", size=TITLE_POINTS, charset=CHINESE_CHARSET)
    sheet.cell(1, 1).alignment = CENTRED
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=last)
    sheet.row_dimensions[1].height = 30
    for words, row in zip(HEADING_WORDS, HEADINGS.values(), strict=True):
        for column in range(1, last + 1):
            is_label = column < HEADING_COLUMN
            _style(sheet, row, column, CENTRED if is_label else WRAPPED, LABEL_FILL if is_label else None)
        sheet.cell(row, LABEL_COLUMN).value = words
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=HEADING_COLUMN - 1)
        sheet.merge_cells(start_row=row, start_column=HEADING_COLUMN, end_row=row, end_column=last)
        sheet.row_dimensions[row].height = 20
    how_to = sheet.cell(HOW_TO_ROW, 1)
    how_to.value, how_to.font, how_to.alignment = HOW_TO, _font(), WRAPPED
    sheet.merge_cells(start_row=HOW_TO_ROW, start_column=1, end_row=HOW_TO_ROW, end_column=last)
    sheet.row_dimensions[HOW_TO_ROW].height = 48


def _draw_line(sheet: Worksheet, row: int) -> None:
    for number, name in enumerate(COLUMNS, start=1):
        _style(sheet, row, number, CENTRED if name in ("number", "level", "link") else WRAPPED)
    address = f"${column_letters(ADDRESS_COLUMN)}{row}"
    link = sheet.cell(row, list(COLUMNS).index("link") + 1)
    title = f'SUBSTITUTE($C{row},"\'","\'\'")'
    link.value = f'=IF({address}="","",HYPERLINK("#\'"&{title}&"\'!"&{address},{address}))'
    link.font = Font(name="宋体", size=TEXT_POINTS, color="0563C1", underline="single", charset=CHINESE_CHARSET)
    sheet.cell(row, ADDRESS_COLUMN).alignment = LOCKED_BLANK
    sheet.row_dimensions[row].height = 20


def _style(sheet: Worksheet, row: int, column: int, alignment: Alignment, fill: str | None = None) -> None:
    """A boxed cell; a filled one is a label, in bold."""
    cell = sheet.cell(row, column)
    cell.font, cell.alignment, cell.border = _font(bold=fill is not None), alignment, BOX
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)


def _font(*, bold: bool = False) -> Font:
    return Font(name="宋体", size=TEXT_POINTS, bold=bold, charset=CHINESE_CHARSET)


def _set_page(sheet: Worksheet, last_row: int) -> None:
    sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.6, bottom=0.6, header=0.3, footer=0.3)
    sheet.print_options.horizontalCentered = True
    if (footer := sheet.oddFooter) is not None:  # an empty one is false
        footer.center.text = "第 &P 页"
    sheet.page_setup.firstPageNumber, sheet.page_setup.useFirstPageNumber = 1, True
    label_footers(sheet)
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.print_area = f"A1:{column_letters(len(COLUMNS))}{last_row}"
    sheet.freeze_panes = f"A{FIRST_LINE}"
    sheet.sheet_view.showGridLines = False
