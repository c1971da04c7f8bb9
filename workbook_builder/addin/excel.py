"""Excel as xlwings reaches it (its BSD part only): the workbook that was clicked in, its status bar, new workbooks.

The only module that needs xlwings, the extra `excel`; without it, or where no Excel answers (WPS), nothing is attached.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_builder.addin.answers import Answer, Message, Open, Select, Step, Table

if TYPE_CHECKING:
    from xlwings import App, Book


def attached(book: Path | None) -> "Book | None":
    """The workbook that was clicked in, by the flags --wb, --hwnd and --from_xl in sys.argv; None where out of reach."""
    try:
        if book is None:
            return None
        with _left_out("numpy", "pandas"):
            import xlwings  # noqa: PLC0415 - an extra

        if "=" in book.name:  # Book.caller cuts the name there
            return xlwings.books[book.name]
        return xlwings.Book.caller()
    except Exception:  # noqa: BLE001 - whatever COM or xlwings raises, the answer goes another way
        return None


@contextmanager
def _left_out(*names: str) -> Iterator[None]:
    """What xlwings would load where it is installed, to turn into tables what we never ask of it: half of a click."""
    missing = [name for name in names if name not in sys.modules]
    sys.modules |= dict.fromkeys(missing)  # type: ignore[arg-type] # so Python is told that there is none
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


@contextmanager
def status_bar(book: "Book | None") -> Iterator[Callable[[str], None]]:
    """A way to say how far the work is; whatever happens, Excel has its status bar back afterwards."""
    if book is None:
        yield lambda _words: None
        return
    app = book.app

    def say(words: str) -> None:
        with suppress(Exception):  # Excel may be busy: the work goes on unseen
            app.status_bar = words

    try:
        yield say
    finally:
        with suppress(Exception):
            app.status_bar = False


def show(answer: Answer, book: "Book") -> Answer:
    """Carries out what Excel can be told from outside; what is left (messages, questions) is for the add-in's VBA."""
    left: list[Step] = []
    for step in answer:
        match step:
            case Open():
                left += _open(step, book.app)
            case Select(sheet, cell):
                _select(book, sheet, cell)
            case Table():
                _add(step, book.app)
            case _:
                left.append(step)
    return left


def _open(step: Open, app: "App") -> list[Message]:
    try:
        app.books.open(step.path).activate()
    except Exception:  # noqa: BLE001 - whatever COM or xlwings raises, the file is there to be opened by hand
        return [Message(step.refusal, is_error=True)]
    return []


def _select(book: "Book", sheet: str, cell: str) -> None:
    with suppress(Exception):  # hidden sheets and cells that may not be selected: the list names the place, too
        book.activate()
        book.sheets[sheet].activate()
        book.sheets[sheet].range(cell).select()


def _add(table: Table, app: "App") -> None:
    sheet = app.books.add().sheets[0]
    sheet.name = table.title
    for column, width in enumerate(table.columns.values(), start=1):
        sheet.range((1, column)).column_width = width
    rows = [tuple(table.columns), *table.rows]
    area = sheet.range((1, 1), (len(rows), len(table.columns)))
    area.value = [[f"'{text}" if text else None for text in row] for row in rows]  # ' keeps =1+1 and 001 as they are
    area.wrap_text = True
    for address, colour in table.areas:
        sheet.range(address).color = colour
