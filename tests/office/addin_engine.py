"""An xlwings engine over LibreOffice: the workbooks, sheets and ranges that workbook_builder.addin.excel needs.

Only the BSD part of xlwings is used. What the add-in's code does not call is not here: xlwings then raises
NotImplementedError or AttributeError. It proves what the code does, not how it looks in Excel.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uno
import xlwings
from driver import options
from xlwings import base_classes, utils

NO_COLOUR = -1
NEW_BOOK = "private:factory/scalc"
HUNDREDTHS_OF_MM_A_CHARACTER = 200


class Engine:
    """What xlwings asks of an engine."""

    name, type = "libreoffice", "desktop"

    def __init__(self, desktop: Any):
        self.apps = Apps(App(desktop, self))

    @staticmethod
    def prepare_xl_data_element(value: Any, _options: Any) -> Any:
        return "" if value is None else value


class Apps(base_classes.Apps):
    """The one LibreOffice."""

    def __init__(self, app: "App"):
        self._app = app

    def __iter__(self) -> Iterator["App"]:
        return iter([self._app])

    def __len__(self) -> int:
        return 1

    def __getitem__(self, key: Any) -> "App":
        return self._app


class App(base_classes.App):
    """LibreOffice; remembers all that its status bar showed."""

    pid = 0

    def __init__(self, desktop: Any, engine: Engine):
        self.desktop, self.engine = desktop, engine
        self.shown: list[str | bool] = []

    @property
    def status_bar(self) -> str | bool:
        return self.shown[-1] if self.shown else False

    @status_bar.setter
    def status_bar(self, words: str | bool) -> None:
        self.shown.append(words)

    @property
    def books(self) -> "Books":
        return Books(self)

    def activate(self, _steal_focus: Any = None) -> None:
        """Nothing to bring to the front."""


class Books(base_classes.Books):
    """The open workbooks."""

    def __init__(self, app: App):
        self.app = app

    def __iter__(self) -> Iterator["Book"]:
        components = self.app.desktop.Components.createEnumeration()
        while components.hasMoreElements():
            yield Book(self.app, components.nextElement())

    def __call__(self, key: Any) -> "Book":
        for book in self:
            if book.name.casefold() == key.casefold():
                return book
        raise KeyError(key)

    def add(self) -> "Book":
        return Book(self.app, load(self.app.desktop, NEW_BOOK))

    def open(self, fullname: str, *_options: Any) -> "Book":
        return Book(self.app, load(self.app.desktop, Path(fullname).as_uri()))


def load(desktop: Any, url: str) -> Any:
    document = desktop.loadComponentFromURL(url, "_blank", 0, options())
    if document is None:
        raise RuntimeError(f"LibreOffice cannot open {url}")
    return document


class Book(base_classes.Book):
    """An open workbook."""

    app: Any = None
    api: Any = None
    name: Any = None
    fullname: Any = None

    def __init__(self, app: App, api: Any):
        self.app, self.api = app, api
        self.fullname = uno_path(api.URL)
        self.name = Path(self.fullname).name

    @property
    def sheets(self) -> "Sheets":
        return Sheets(self)

    def activate(self) -> None:
        self.api.CurrentController.Frame.activate()


def uno_path(url: str) -> str:
    return str(uno.fileUrlToSystemPath(url)) if url else ""


class Sheets(base_classes.Sheets):
    """The sheets of a workbook, by title or by number from 1."""

    def __init__(self, book: Book):
        self.book = book

    def __call__(self, key: Any) -> "Sheet":
        sheets = self.book.api.Sheets
        return Sheet(self.book, sheets.getByName(key) if isinstance(key, str) else sheets.getByIndex(key - 1))

    def __len__(self) -> int:
        return int(self.book.api.Sheets.Count)


class Sheet(base_classes.Sheet):
    """One sheet."""

    book: Any = None
    api: Any = None

    def __init__(self, book: Book, api: Any):
        self.book, self.api = book, api

    @property
    def name(self) -> str:
        return str(self.api.Name)

    @name.setter
    def name(self, title: str) -> None:
        self.api.Name = title

    def activate(self) -> None:
        self.book.api.CurrentController.setActiveSheet(self.api)

    def range(self, first: Any, last: Any = None) -> "Range":
        """By A1:B2, or by (row, column) of one or two corners, from 1."""
        if isinstance(first, str):
            first, last = utils.a1_to_tuples(first)  # type: ignore[no-untyped-call]
        if isinstance(first, Range):
            first, last = (first.row, first.column), (last.row, last.column)
        last = last or first
        return Range(self, self.api.getCellRangeByPosition(first[1] - 1, first[0] - 1, last[1] - 1, last[0] - 1))


class Range(base_classes.Range):
    """Cells."""

    sheet: Any = None
    api: Any = None
    row: Any = None
    column: Any = None
    shape: Any = None
    options: Any = None

    def __init__(self, sheet: Sheet, api: Any):
        self.sheet, self.api, at = sheet, api, api.RangeAddress
        self.row, self.column = at.StartRow + 1, at.StartColumn + 1
        self.shape = at.EndRow - at.StartRow + 1, at.EndColumn - at.StartColumn + 1

    def __len__(self) -> int:
        return int(self.shape[0] * self.shape[1])

    @property
    def coords(self) -> tuple[Any, ...]:
        return (self.sheet.name, self.row, self.column, *self.shape)

    def __call__(self, row: int, column: int = 1) -> "Range":
        return Range(self.sheet, self.api.getCellByPosition(column - 1, row - 1))

    @property
    def raw_value(self) -> Any:
        return self.api.DataArray

    @raw_value.setter
    def raw_value(self, rows: Any) -> None:
        """As typed, which is what Excel makes of a text, too: 'x is the text x."""
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                self.api.getCellByPosition(column, number).setFormula(text)

    @property
    def color(self) -> Any:
        return None

    @color.setter
    def color(self, colour: tuple[int, int, int]) -> None:
        self.api.CellBackColor = colour[0] << 16 | colour[1] << 8 | colour[2]

    @property
    def column_width(self) -> float:
        return float(self.api.Columns.getByIndex(0).Width / HUNDREDTHS_OF_MM_A_CHARACTER)

    @column_width.setter
    def column_width(self, characters: float) -> None:
        self.api.Columns.getByIndex(0).Width = int(characters * HUNDREDTHS_OF_MM_A_CHARACTER)

    @property
    def wrap_text(self) -> bool:
        return bool(self.api.IsTextWrapped)

    @wrap_text.setter
    def wrap_text(self, is_wrapped: bool) -> None:
        self.api.IsTextWrapped = is_wrapped

    def select(self) -> None:
        self.sheet.book.api.CurrentController.select(self.api)


def over(desktop: Any) -> App:
    """Makes LibreOffice the engine that xlwings uses; its one application."""
    if xlwings.__pro__:
        raise RuntimeError("xlwings.pro is loaded: run without a licence key")
    engine = Engine(desktop)
    shown = xlwings.Engine(impl=engine)
    xlwings.engines.add(shown)
    shown.activate()
    return engine.apps[0]
