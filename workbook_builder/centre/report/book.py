"""汇总.xlsx as XlsxWriter writes it: row after row, at flat memory, so nothing ever goes back to a row above.

Texts are written as texts: nothing that a unit declared becomes a formula or a link.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from workbook_builder.cells import MAX_ROW
from workbook_builder.files import temporary_refused
from workbook_builder.ooxml.fitting import FittedColumns
from workbook_builder.ooxml.heights import line_units
from workbook_builder.ooxml.listing import (
    ADVICE_POINTS,
    ROW_POINTS,
    TITLE_POINTS,
    Content,
    Link,
    row_points,
    set_print,
    shown,
    write_cell,
)
from workbook_builder.ooxml.sheet_styles import ADVICE, DARK_HEADING, GRID, KINDS, LIST_FONT, LIST_POINTS, TITLE

FIRST = 3  # row of the first line under title, advice and header; rows and columns count from 0, as XlsxWriter does
ROWS_PER_SHEET = MAX_ROW - FIRST
ADVICE_UNITS = 120  # what a screen shows beside each other, in Excel's column width units
LINKS_PER_SHEET = 65_530  # Excel keeps no more
CONTAINED = ("text", "line", "link", "plain")
NO_MARKS: Mapping[str, str] = MappingProxyType({})

Kind = Literal["text", "line", "amount", "date", "moment", "whole", "number", "link", "plain"]


class Column(NamedTuple):
    """A column of a table: as wide as its contents, and what wraps, shrinks or is cut (CONTAINED) no wider than this."""

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
    printed: int | None = None  # so many columns go on paper, all unless given

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
    "line": {**GRID, "num_format": "@", "shrink": True},  # where it is longer than its column, rather than cut off
    "moment": {**GRID, **_CENTRED, "num_format": "yyyy-mm-dd hh:mm"},
    "number": {**GRID, "align": "right", "num_format": "General"},
    "good": {**GRID, **_CENTRED, "bg_color": "#E2EFDA", "font_color": "#375623"},
    "warn": {**GRID, **_CENTRED, "bg_color": "#FFF2CC", "font_color": "#7F6000"},
    "bad": {**GRID, **_CENTRED, "bg_color": "#F8CBAD", "font_color": "#9C0006"},
    "plain": {**GRID, **_CENTRED},
}


def fitted_columns(columns: Iterable[Column]) -> FittedColumns:
    """The columns before any row is seen."""
    known = tuple(columns)
    limits = [column.width if column.kind in CONTAINED else None for column in known]
    return FittedColumns([column.header for column in known], limits)


class Page(NamedTuple):
    """A sheet being written, and how wide its columns have to be so far."""

    sheet: Any
    fitted: FittedColumns

    def see(self, values: Iterable[Content]) -> None:
        """Takes in a row; of the last columns there may be no values."""
        self.fitted.see(values, shown)

    def fit(self, least: Sequence[float] = ()) -> None:
        """Makes the columns as wide as all rows need, the first ones no narrower than this."""
        for position, (width, at_least) in enumerate(zip_longest(self.fitted.widths, least, fillvalue=0)):
            self.sheet.set_column(position, position, max(width, at_least))


class Book:
    """A workbook being written; sheets stand in the order in which they are begun."""

    def __init__(self, path: Path, title: str):
        options = {"constant_memory": True, "default_format_properties": dict(LIST_FONT)}
        self._package = _Package(path)  # sheets grow in temporary files
        self.book = xlsxwriter.Workbook(self._package, options)
        self.book.set_properties({"title": title})
        self.book.set_calc_mode("auto")
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._asked: dict[tuple[Any, ...], Any] = {}  # the same by the words they are asked for with, cell after cell
        self._plain = {name: self.format(name) for name in STYLES}

    def style(self, name: str) -> Any:
        """The format of a style of STYLES."""
        return self._plain[name]

    def format(self, name: str, **more: Any) -> Any:
        """The format of a style of STYLES changed by these properties."""
        asked = name, *more.items()
        if asked not in self._asked:
            self._asked[asked] = self._made(name, more)
        return self._asked[asked]

    def _made(self, name: str, more: Mapping[str, Any]) -> Any:
        properties = {**LIST_FONT, "valign": "vcenter", **STYLES[name], **more}
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def begin(self, title: str, columns: Sequence[Column], *, heading: str, advice: str, frozen: int = 0) -> "Page":
        """A sheet with heading, advice and header; ready for its first line."""
        sheet = self.book.add_worksheet(title)
        sheet.hide_gridlines(2)
        fitted = fitted_columns(columns)
        for row, points in enumerate((TITLE_POINTS, ADVICE_POINTS, fitted.header_points)):
            sheet.set_row(row, points)
        sheet.write_string(0, 0, heading, self.style("title"))
        self._advise(sheet, advice, fitted)
        for position, column in enumerate(columns):
            sheet.write_string(2, position, column.header, self.style("header"))
        sheet.freeze_panes(FIRST, frozen)
        set_print(sheet, repeated=(2, 2))
        return Page(sheet, fitted)

    def _advise(self, sheet: Any, advice: str, fitted: FittedColumns) -> None:
        """The advice; what is longer than a screen or a page is wide wraps over the first columns."""
        if line_units(advice, LIST_POINTS) <= ADVICE_UNITS:
            sheet.write_string(1, 0, advice, self.style("advice"))
            return
        last = max(1, sum(total <= ADVICE_UNITS for total in accumulate(fitted.widths)) - 1)
        sheet.set_row(1, row_points([(advice, sum(fitted.widths[: last + 1]))]))
        sheet.merge_range(1, 0, 1, last, advice, self.format("advice", text_wrap=True))

    def draw(self, table: Table) -> None:
        """A table; what one sheet cannot hold goes on to the next."""
        for number, rows in enumerate(_pages(table.rows()), start=1):
            title = table.title if number == 1 else f"{table.title}{number}"
            page = self.begin(title, table.columns, heading=title, advice=table.advice, frozen=table.frozen)
            page.sheet.set_default_row(ROW_POINTS)
            last = self._draw_rows(page, table.columns, rows)
            page.fit()
            page.sheet.autofilter(FIRST - 1, 0, last, len(table.columns) - 1)
            if table.printed is not None:
                page.sheet.print_area(0, 0, last, table.printed - 1)

    def _draw_rows(self, page: "Page", columns: Sequence[Column], rows: Iterable[Sequence[Content]]) -> int:
        """Gives the last row, from 0."""
        row, links = FIRST - 1, 0
        for row, values in enumerate(rows, start=FIRST):
            page.see(values)
            self.set_height(page.sheet, row, columns, values)
            for position, (column, value) in enumerate(zip(columns, values, strict=True)):
                links += isinstance(value, Link)
                self.write(page.sheet, (row, position), column, value, is_linked=links <= LINKS_PER_SHEET)
        return row

    def set_height(self, sheet: Any, row: int, columns: Sequence[Column], values: Sequence[Content]) -> None:
        """Room for wrapped texts: not every program fits a row by itself. Where one line will do, none is set, so that
        the row still grows with what is typed.
        """
        cells = zip(values, columns, strict=True)
        height = row_points((value, column.width) for value, column in cells if column.kind == "text")
        if height > ROW_POINTS:
            set_row(sheet, row, height)

    def write(
        self, sheet: Any, cell: tuple[int, int], column: Column, value: Content, *, is_linked: bool = True
    ) -> None:
        """A value by its own type."""
        if isinstance(value, Link):
            write_cell(sheet, cell, value if is_linked else value.text, self.style("link"))
            return
        kind = "text" if column.kind == "link" else column.kind
        write_cell(sheet, cell, value, self.style(column.marks.get(value, kind) if isinstance(value, str) else kind))

    def close(self) -> None:
        """Writes the file. Raises UsageError where temporary files cannot be written, OSError where it cannot itself."""
        with self._package as package:
            try:
                self.book.close()
            except (XlsxWriterException, OSError) as error:
                if package.refusal:
                    raise package.refusal from error
                raise temporary_refused(error) from error


class _Package:
    """The file that XlsxWriter makes its package of.

    A package that it cannot write to a full disk it leaves open until it is forgotten, and what is written to it then would be
    refused once more, on the terminal. So whatever is written after a refusal, or once this is closed, is dropped.
    """

    def __init__(self, path: Path):
        self._stream = path.open("wb", buffering=0)
        self.refusal: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def write(self, data: bytes) -> int:
        """Writes all of it. Raises OSError where the disk refuses, the first time."""
        rest = memoryview(b"" if self.refusal or self._stream.closed else data)
        try:
            while rest:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            self.refusal = error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As files do."""
        return 0 if self._stream.closed else self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As files do."""
        return 0 if self._stream.closed else self._stream.tell()

    def flush(self) -> None:
        """Nothing waits to be written."""


def set_row(sheet: Any, row: int, points: float, options: Mapping[str, Any] | None = None) -> None:
    """A row's height and options, before its cells."""
    sheet.set_row(row, points, None, dict(options or {}))
    # XlsxWriter keeps for every row what was set of it; once the row is written only pictures would ask for it. Another
    # version may call it otherwise.
    for kept in (getattr(sheet, name, {}) for name in ("row_info", "row_sizes")):
        for done in [done for done in kept if done < sheet.previous_row]:
            del kept[done]


def _pages(rows: Iterable[Sequence[Content]]) -> Iterator[Iterable[Sequence[Content]]]:
    """The rows of each sheet, at least one sheet; each is to be used up before the next is asked for."""
    rest = iter(rows)
    yield islice(rest, ROWS_PER_SHEET)
    while (first := next(rest, None)) is not None:
        yield chain([first], islice(rest, ROWS_PER_SHEET - 1))
