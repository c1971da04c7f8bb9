"""Runs the add-in's actions on LibreOffice through xlwings, as in Excel: the answer is carried out by xlwings calls.

Run by programs.click_buttons as a child process, under a Python that has `uno` and borrows the packages of the virtual
environment: python3 addin_in_process.py PROFILE_FOLDER, programs.Clicks on standard input, a programs.Clicked for each click.
"""

import json
import sys
from pathlib import Path
from typing import Any

import addin_engine as engine
import xlwings
from addin_clicks import close_all, documents, load, selected, shown
from driver import start

from workbook_builder.addin.answers import to_json
from workbook_builder.addin.call import Call
from workbook_builder.addin.run import run


def main() -> None:
    request = json.loads(sys.stdin.readline())
    desktop, process = start(Path(sys.argv[1]))
    app = engine.over(desktop)
    results = [click(desktop, app, entry) for entry in request["clicks"]]
    desktop.terminate()
    process.wait()
    json.dump(results, sys.stdout)


def click(desktop: Any, app: engine.App, entry: dict[str, Any]) -> dict[str, Any]:
    """As addin_clicks.click; said is what is left for the VBA, and status_bar all that it showed."""
    app.shown.clear()
    path = Path(entry["book"])
    book = load(desktop, entry["book"])
    xlwings.Book(impl=app.books(path.name)).set_mock_caller()
    left, code = run(entry["button"], Call(path, answers=entry.get("answers", {})))
    result = {
        "said": [step["text"] for step in to_json(left)],
        "code": code,
        "opened": [shown(document) for document in documents(desktop) if document != book],
        "selected": selected(book),
        "modified": bool(book.isModified()),
        "status_bar": list(app.shown),
    }
    close_all(desktop, keep=None)
    return result


if __name__ == "__main__":
    main()
