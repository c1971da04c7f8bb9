"""Alters workbooks in a LibreOffice of its own, as people do behind the form's back, and saves them.

Run as a child process under a Python that has `uno`: python3 alterer.py PROFILE_FOLDER, with a JSON list of
programs.Alteration on standard input and an empty list on standard output.
"""

import json
import sys
from pathlib import Path
from typing import Any

import uno
from driver import FILTERS, cells_at, options, start


class Desk:
    """One workbook that is altered; password: of its sheets and of the workbook."""

    def __init__(self, desktop: Any, document: Any, password: str) -> None:
        self._desktop, self._document, self._password = desktop, document, password

    def unprotect(self, *titles: str) -> None:
        for title in titles:
            self._bared(self._document.Sheets.getByName(title))

    def insert_row(self, title: str, row: int) -> None:
        self.unprotect(title)
        self._document.Sheets.getByName(title).Rows.insertByIndex(row - 1, 1)

    def insert_column(self, title: str, column: int) -> None:
        self.unprotect(title)
        self._document.Sheets.getByName(title).Columns.insertByIndex(column - 1, 1)

    def rename(self, title: str, now: str) -> None:
        self._bared(self._document)
        self._document.Sheets.getByName(title).Name = now

    def move_to_front(self, title: str) -> None:
        self._bared(self._document)
        self._document.Sheets.moveByName(title, 0)

    def copy_in(self, title: str, text: str) -> None:
        """A sheet of another workbook, behind all others."""
        self._bared(self._document)
        other = self._desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, options(Hidden=True))
        other.Sheets.getByIndex(0).Name = title
        other.Sheets.getByIndex(0).getCellByPosition(1, 1).setString(text)
        self._document.Sheets.importSheet(other, title, self._document.Sheets.Count)
        other.close(True)

    def delete_names(self) -> None:
        """Those of the form: what the rules need stays."""
        names = self._document.NamedRanges
        for name in [name for name in names.ElementNames if name.startswith(("root_", "sub"))]:
            names.removeByName(name)

    def paste_over(self, source: str, target: str) -> None:
        """As with Ctrl+C and Ctrl+V; what stood there is then typed again."""
        text = cells_at(self._document, target).String
        controller = self._document.CurrentController
        for address, command in ((source, "Copy"), (target, "Paste")):
            cells = cells_at(self._document, address)
            controller.setActiveSheet(cells.Spreadsheet)
            controller.select(cells)
            url = uno.createUnoStruct("com.sun.star.util.URL")
            url.Complete, url.Protocol, url.Path = f".uno:{command}", ".uno:", command
            controller.Frame.queryDispatch(url, "", 0).dispatch(url, options(SynchronMode=True))
        assert cells_at(self._document, target).String != text, target
        cells_at(self._document, target).setString(text)

    def type_number(self, address: str, number: float) -> None:
        cells_at(self._document, address).setValue(number)

    def type_text(self, address: str, text: str) -> None:
        cells_at(self._document, address).setString(text)

    def _bared(self, protected: Any) -> None:
        if protected.isProtected():
            protected.unprotect(self._password)
            assert not protected.isProtected()


def alter(desktop: Any, job: dict[str, Any]) -> None:
    document = desktop.loadComponentFromURL(Path(job["book"]).resolve().as_uri(), "_blank", 0, options(Hidden=True))
    try:
        desk = Desk(desktop, document, job["password"])
        for step, *arguments in job["steps"]:
            getattr(desk, step)(*arguments)
        document.calculateAll()
        for target in job["save"]:
            path = Path(target).resolve()
            document.storeToURL(path.as_uri(), options(FilterName=FILTERS[path.suffix.lower()]))
    finally:
        document.close(True)


def main() -> None:
    jobs = json.loads(sys.stdin.readline())
    desktop, process = start(Path(sys.argv[1]))
    for job in jobs:
        alter(desktop, job)
    desktop.terminate()
    process.wait()
    json.dump([], sys.stdout)


if __name__ == "__main__":
    main()
