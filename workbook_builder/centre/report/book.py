"""汇总.xlsx as XlsxWriter writes it: row after row, at flat memory, so nothing ever goes back to a row above.

Texts are written as texts: nothing that a unit declared becomes a formula or a link.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from workbook_builder.cells import MAX_ROW
from workbook_builder.errors import UsageError
from workbook_builder.ooxml.listing import ROW_POINTS, Content, Link, row_points, write_cell
from workbook_builder.ooxml.sheet_styles import ADVICE, DARK_HEADING, FONT, GRID, KINDS, TITLE

FIRST = 3  # row of the first line under title, advice and header; rows and columns count from 0, as XlsxWriter does
ROWS_PER_SHEET = MAX_ROW - FIRST
LINKS_PER_SHEET = 65_530  # Excel keeps no more
A4 = 9
NO_MARKS: Mapping[str, str] = MappingProxyType({})

Kind = Literal["text", "line", "amount", "date", "moment", "whole", "number", "link", "plain"]


class Column(NamedTuple):
    """A column of a table."""

    header: str
    kind: Kind
    width: float  # in characters, as Excel counts them
    marks: Mapping[str, str] = NO_MARKS  # text -> style of the cells that hold it


class Table(NamedTuple):
    """A sheet that is a header and the rows under it, as many as there are."""

    title: str
    advice: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Sequence[Content]]]
    frozen: int = 0  # columns that stay in sight

    @property
    def headers(self) -> list[str]:
        """The words of the header."""
        return [column.header for column in self.columns]


_CENTRED = {"align": "center"}
STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": TITLE,
    "advice": ADVICE,
    "header": DARK_HEADING,
    **{kind: {**GRID, **KINDS[kind]} for kind in ("text", "amount", "date", "whole", "link")},
    "line": {**GRID, "num_format": "@"},
    "moment": {**GRID, **_CENTRED, "num_format": "yyyy-mm-dd hh:mm"},
    "number": {**GRID, "align": "right", "num_format": "General"},
    "good": {**GRID, **_CENTRED, "bg_color": "#E2EFDA", "font_color": "#375623"},
    "warn": {**GRID, **_CENTRED, "bg_color": "#FFF2CC", "font_color": "#7F6000"},
    "bad": {**GRID, **_CENTRED, "bg_color": "#F8CBAD", "font_color": "#9C0006"},
    "plain": {**GRID, **_CENTRED},
}


class Book:
    """A workbook being written; sheets stand in the order in which they are begun."""

    def __init__(self, path: Path, title: str):
        options = {"constant_memory": True, "default_format_properties": dict(FONT)}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.set_properties({"title": title})
        self.book.set_calc_mode("auto")
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._plain = {name: self.format(name) for name in STYLES}

    def style(self, name: str) -> Any:
        """The format of a style of STYLES."""
        return self._plain[name]

    def format(self, name: str, **more: Any) -> Any:
        """The format of a style of STYLES changed by these properties."""
        properties = {**FONT, "valign": "vcenter", **STYLES[name], **more}
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def begin(self, title: str, columns: Sequence[Column], *, heading: str, advice: str, frozen: int = 0) -> Any:
        """A sheet with heading, advice and header; ready for its first line."""
        page = self.book.add_worksheet(title)
        page.hide_gridlines(2)
        for row, height in enumerate((30, 20, 30)):
            page.set_row(row, height)
        for position, column in enumerate(columns):
            page.set_column(position, position, column.width)
        page.write_string(0, 0, heading, self.style("title"))
        page.write_string(1, 0, advice, self.style("advice"))
        for position, column in enumerate(columns):
            page.write_string(2, position, column.header, self.style("header"))
        page.freeze_panes(FIRST, frozen)
        set_print(page, repeated=(2, 2))
        return page

    def draw(self, table: Table) -> None:
        """A table; what one sheet cannot hold goes on to the next."""
        for number, rows in enumerate(_pages(table.rows()), start=1):
            title = table.title if number == 1 else f"{table.title}{number}"
            page = self.begin(title, table.columns, heading=title, advice=table.advice, frozen=table.frozen)
            last = self._draw_rows(page, table.columns, rows)
            page.autofilter(FIRST - 1, 0, last, len(table.columns) - 1)

    def _draw_rows(self, page: Any, columns: Sequence[Column], rows: Iterable[Sequence[Content]]) -> int:
        """Gives the last row, from 0."""
        row, links = FIRST - 1, 0
        for row, values in enumerate(rows, start=FIRST):
            self.set_height(page, row, columns, values)
            for position, (column, value) in enumerate(zip(columns, values, strict=True)):
                links += isinstance(value, Link)
                self.write(page, (row, position), column, value, is_linked=links <= LINKS_PER_SHEET)
        return row

    def set_height(self, page: Any, row: int, columns: Sequence[Column], values: Sequence[Content]) -> None:
        """Room for wrapped texts: not every program fits a row by itself. Where one line will do, none is set, so that
        the row still grows with what is typed.
        """
        cells = zip(values, columns, strict=True)
        height = row_points((value, column.width) for value, column in cells if column.kind == "text")
        if height > ROW_POINTS:
            page.set_row(row, height)

    def write(
        self, page: Any, cell: tuple[int, int], column: Column, value: Content, *, is_linked: bool = True
    ) -> None:
        """A value by its own type."""
        if isinstance(value, Link):
            write_cell(page, cell, value if is_linked else value.text, self.style("link"))
            return
        kind = "text" if column.kind == "link" else column.kind
        write_cell(page, cell, value, self.style(column.marks.get(value, kind) if isinstance(value, str) else kind))

    def close(self) -> None:
        """Writes the file. Raises UsageError where that cannot be done."""
        try:
            self.book.close()
        except (XlsxWriterException, OSError) as error:
            raise UsageError(f"无法写入汇总（{error}）。请检查磁盘空间和权限后再试。") from error


def _pages(rows: Iterable[Sequence[Content]]) -> Iterator[Iterable[Sequence[Content]]]:
    """The rows of each sheet, at least one sheet; each is to be used up before the next is asked for."""
    rest = iter(rows)
    yield islice(rest, ROWS_PER_SHEET)
    while (first := next(rest, None)) is not None:
        yield chain([first], islice(rest, ROWS_PER_SHEET - 1))


def set_print(page: Any, *, repeated: tuple[int, int]) -> None:
    """A4, landscape, as wide as the page, with these rows on each page."""
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(*repeated)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&A&C第 &P 页，共 &N 页")
