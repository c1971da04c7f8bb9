"""Clicks the add-in's buttons in a LibreOffice of its own: ribbon callback, VBA, a Python child, cells on the screen.

Run by programs.click_buttons as a child process, under a Python that has `uno`: python3 addin_clicks.py PROFILE_FOLDER, with
one programs.Clicks on standard input and, on standard output, a programs.Clicked for each click.
LibreOffice passes over VBA errors without a word: what was not done is not seen in the result.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from driver import address_of, options, start, values_of

ALL_MACROS = 4  # MacroExecMode.ALWAYS_EXECUTE_NO_WARN
VBA_FILTER = "Calc MS Excel 2007 VBA XML"  # an .xlam opens under no other
NO_COLOUR = -1
# Or LibreOffice would ask, where nobody is, whether to keep the format of Excel when a macro saves.
PROBE = """Option VBASupport 1
Private Type Control
    ID As String
End Type
Public Function Click(buttonId As String, folder As String, text As String, yes As Boolean) As String
    Dim pressed As Control
    pressed.ID = buttonId
    WbShell.Prepare folder, text, yes
    WbRibbon.OnWbAction pressed
    Click = WbShell.GetSaid()
End Function
"""


def main() -> None:
    request = json.loads(sys.stdin.readline())
    profile = Path(sys.argv[1])
    desktop, process = start(profile)
    addin = load(desktop, request["addin"], FilterName=VBA_FILTER, MacroExecutionMode=ALL_MACROS, Hidden=True)
    addin.BasicLibraries.getByName("VBAProject").insertByName("Probe", PROBE)
    script = addin.getScriptProvider().getScript(
        "vnd.sun.star.script:VBAProject.Probe.Click?language=Basic&location=document"
    )
    results = [click(desktop, addin, script, entry) for entry in request["clicks"]]
    close_all(desktop, keep=addin)
    addin.close(True)
    desktop.terminate()
    process.wait()
    json.dump(results, sys.stdout)


def load(desktop: Any, path: str, **more: Any) -> Any:
    document = desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, options(**more))
    if document is None:
        raise RuntimeError(f"LibreOffice cannot open {path}")
    return document


def click(desktop: Any, addin: Any, script: Any, entry: dict[str, Any]) -> dict[str, Any]:
    """What one click led to; only the workbook it names, and what it opened, are open then."""
    if "python" in entry:
        Path(os.environ["APPDATA"], "workbook_builder", "addin.txt").write_text(entry["python"], "ascii")
    book: Any = load(desktop, entry["book"]) if entry.get("book") else None
    for address, text in entry.get("type", {}).items():
        sheet, _, cell = address.rpartition("!")
        book.Sheets.getByName(sheet).getCellRangeByName(cell).setString(text)
    if "at" in entry:
        select(book, entry["at"])
    said = script.invoke(
        (entry["button"], entry.get("folder", ""), entry.get("text", ""), entry.get("yes", False)), (), ()
    )[0]
    result = {
        "said": said.splitlines(),
        "opened": [shown(document) for document in documents(desktop) if document not in (addin, book)],
        "selected": selected(book) if book else None,
        "modified": bool(book and book.isModified()),
    }
    close_all(desktop, keep=addin)
    return result


def select(document: Any, address: str) -> None:
    """As with a click into the cell, such as 主表!B4."""
    title, _, cell = address.rpartition("!")
    sheet = document.Sheets.getByName(title)
    document.CurrentController.setActiveSheet(sheet)
    document.CurrentController.select(sheet.getCellRangeByName(cell))


def documents(desktop: Any) -> list[Any]:
    components, found = desktop.Components.createEnumeration(), []
    while components.hasMoreElements():
        found.append(components.nextElement())
    return found


def close_all(desktop: Any, keep: Any) -> None:
    for document in documents(desktop):
        if document != keep:
            document.setModified(False)
            document.close(True)


def shown(document: Any) -> dict[str, Any]:
    """An open workbook: its file ("" where it has none), first sheet, cells and the colours of column A."""
    sheet = document.Sheets.getByIndex(0)
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    used = sheet.getCellRangeByPosition(0, 0, cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow)
    colours = [used.getCellByPosition(0, row).CellBackColor for row in range(used.RangeAddress.EndRow + 1)]
    return {
        "url": document.URL,
        "sheet": sheet.Name,
        "cells": values_of(used),
        "formulas": [list(row) for row in used.getFormulaArray()],
        "colours": [None if colour == NO_COLOUR else f"{colour:06x}" for colour in colours],
    }


def selected(document: Any) -> str:
    """The first selected cell, such as 申报表!E7."""
    area, at = document.CurrentSelection, document.CurrentSelection.RangeAddress
    cell = area.Spreadsheet.getCellByPosition(at.StartColumn, at.StartRow)
    return f"{area.Spreadsheet.Name}!{address_of(cell)}"


if __name__ == "__main__":
    main()
