"""A list for people who work in Excel: a title, a line of advice, a header, rows; to be filtered, printed, clicked."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import xlsxwriter

from workbook_builder.ooxml.fitting import FittedColumns
from workbook_builder.ooxml.fixed_time import CREATED
from workbook_builder.ooxml.heights import ROW_LIMIT_POINTS, line_units, may_exceed, text_points
from workbook_builder.ooxml.sheet_styles import ADVICE, DARK_HEADING, GRID, KINDS, LIST_FONT, LIST_POINTS, TITLE

NOT_IN_TARGETS = re.compile(r'[%# "<>\[\]^`{}]')  # as Excel escapes them; it leaves Chinese as it is
ROW_POINTS, TITLE_POINTS, ADVICE_POINTS = 20, 28, 18  # a row of one line
MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6}  # inches
A4 = 9
CONTAINED = ("text", "link", "code")
TEXT_LIMIT = 32_767  # characters that Excel takes in a cell; XlsxWriter leaves out what is longer
HEADER_ROW = 2  # from 0: title and advice stand above


class Link(NamedTuple):
    """A cell that opens a file; target is relative to the folder of the list, with slashes."""

    target: str
    text: str
    anchor: str | None = None  # the cell to go to, such as '申报表'!E7


Content = str | int | Decimal | date | Link | None


class Column(NamedTuple):
    """A column of a list: as wide as its contents, and what wraps or is cut (text, link, code) no wider than this."""

    header: str
    width: float  # in characters, as Excel counts them
    kind: Literal["text", "amount", "date", "whole", "code", "link"] = "text"


class Listing(NamedTuple):
    """One sheet of a list."""

    title: str
    advice: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Content]]
    printed: int | None = None  # so many columns go on paper, all unless given


def list_workbook(*listings: Listing) -> bytes:
    """The lists as a workbook, one sheet each. The same input gives the same bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": dict(LIST_FONT)})
    book.set_properties({"created": CREATED})
    looks = {"title": TITLE, "advice": ADVICE, "header": DARK_HEADING}
    looks |= {kind: {**GRID, **look} for kind, look in KINDS.items()}
    styles = {name: book.add_format({**LIST_FONT, "valign": "vcenter", **look}) for name, look in looks.items()}
    for listing in listings:
        _write_listing(book.add_worksheet(listing.title), listing, styles)
    book.close()
    return buffer.getvalue()


def _write_listing(sheet: Any, listing: Listing, styles: dict[str, Any]) -> None:
    headers = [column.header for column in listing.columns]
    fitted = FittedColumns(headers, [c.width if c.kind in CONTAINED else None for c in listing.columns])
    for number, points in enumerate((TITLE_POINTS, ADVICE_POINTS, fitted.header_points)):
        sheet.set_row(number, points)
    sheet.write_string(0, 0, listing.title, styles["title"])
    sheet.write_string(1, 0, listing.advice, styles["advice"])
    for number, header in enumerate(headers):
        sheet.write_string(HEADER_ROW, number, header, styles["header"])
    last = HEADER_ROW
    for last, row in enumerate(listing.rows, start=HEADER_ROW + 1):
        cells = zip(row, listing.columns, strict=True)
        sheet.set_row(last, row_points((c, column.width) for c, column in cells if column.kind in ("text", "link")))
        for number, (column, content) in enumerate(zip(listing.columns, row, strict=True)):
            write_cell(sheet, (last, number), content, styles[column.kind])
        fitted.see(row, shown)
    for number, width in enumerate(fitted.widths):
        sheet.set_column(number, number, width)
    sheet.autofilter(HEADER_ROW, 0, last, len(headers) - 1)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    set_print(sheet, repeated=(HEADER_ROW, HEADER_ROW))
    if listing.printed is not None:
        sheet.print_area(0, 0, last, listing.printed - 1)


def set_print(sheet: Any, *, repeated: tuple[int, int]) -> None:
    """A4, landscape, as wide as the page, with these rows on each page and the pages numbered."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(*repeated)
    sheet.set_margins(**MARGINS)
    sheet.set_footer("&L&A&C第 &P 页，共 &N 页")


def shown(content: Content) -> str:
    """What a cell shows."""
    match content:
        case str():
            return content
        case None:
            return ""
        case Link():
            return content.text
        case datetime():
            return f"{content:%Y-%m-%d %H:%M}"
        case Decimal():
            return f"{content:,.2f}"
        case _:
            return str(content)


def row_points(wrapped: Iterable[tuple[Content, float]]) -> float:
    """The height of a row by its wrapped cells and their widths: programs do not all fit them when they open a file."""
    texts = ((content.text if isinstance(content, Link) else content, width) for content, width in wrapped)
    long = ((text, width) for text, width in texts if isinstance(text, str) and _wraps(text, width))
    return min(ROW_LIMIT_POINTS, max((text_points(*one, LIST_POINTS) for one in long), default=ROW_POINTS))


def _wraps(text: str, width: float) -> bool:
    return may_exceed(text, LIST_POINTS, width) and line_units(text, LIST_POINTS) > width


def write_text(sheet: Any, place: tuple[int, int], text: str, style: Any) -> None:
    """A text as a text, whatever it looks like: a formula, or the XML that XlsxWriter takes for runs of its own."""
    shortened = text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"
    if shortened.startswith("<r>") and shortened.endswith("</r>"):  # it would be put into the sheet as it is
        sheet.write_rich_string(*place, shortened[:1], shortened[1:2], shortened[2:], style)
    else:
        sheet.write_string(*place, shortened, style)


def write_cell(sheet: Any, place: tuple[int, int], content: Content, style: Any) -> None:
    """A cell by the type of its content; place is row and column from 0."""
    match content:
        case str() if content:  # nearly all are texts
            write_text(sheet, place, content, style)
        case None | "":
            sheet.write_blank(*place, None, style)
        case Link():
            target = NOT_IN_TARGETS.sub(lambda match: f"%{ord(match[0]):02X}", content.target)
            anchor = f"#{content.anchor}" if content.anchor else ""
            sheet.write_url(*place, f"external:{target}{anchor}", style, ".")
            write_text(sheet, place, content.text, style)
        case date():
            sheet.write_datetime(*place, content, style)
        case _:
            sheet.write_number(*place, content, style)
