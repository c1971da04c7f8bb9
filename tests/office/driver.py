"""Runs jobs on workbooks in a LibreOffice of its own: type, recalculate, read, inspect, save.

Run by the fixture `office` as a child process, under a Python that has `uno`: python3 driver.py PROFILE_FOLDER, with
JSON lists of jobs on standard input (see programs.Job), one a line, and for each a line on standard output, a JSON list of
results (programs.Result). It ends when standard input does, or with what a job raised.
LibreOffice's API writes to locked cells and past validations without a word: only typing meets those guards.
"""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.util import URL

Value = float | str | None

FORMULA = 16  # CellFlags
FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".ods": "calc8",
    ".fods": "OpenDocument Spreadsheet Flat XML",
    ".xls": "MS Excel 97",
    ".pdf": "calc_pdf_Export",
}
TEXT_FORMAT, PERCENT_FORMAT = 256, 128  # com.sun.star.util.NumberFormat
START_SECONDS = 120
# What it asks first where a person says yes: pasting over a filled cell, saving in a format that is not its own.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Input"><prop oor:name="ReplaceCellsWarning" oor:op="fuse">\
<value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="WarnAlienFormat" oor:op="fuse">\
<value>false</value></prop></item></oor:items>
"""


def start(profile: Path, *, headless: bool = True) -> tuple[Any, subprocess.Popen[bytes]]:
    """LibreOffice's desktop and process."""
    address = f"pipe,name={uuid.uuid4().hex};urp;"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    options = ["--norestore", "--nologo", "--nodefault", f"--accept={address}", *(["--headless"] if headless else [])]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        ["soffice", *options, f"-env:UserInstallation={profile.resolve().as_uri()}"],
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
    )
    return connect(address, process), process


def connect(address: str, process: subprocess.Popen[bytes]) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            context = resolver.resolve(f"uno:{address}StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            time.sleep(0.1)
    raise RuntimeError("LibreOffice did not start")


def run(desktop: Any, job: dict[str, Any]) -> dict[str, Any]:
    """The result of one job."""
    book = Path(job["book"]).resolve()
    document = desktop.loadComponentFromURL(book.as_uri(), "_blank", 0, options(Hidden=True))
    if document is None:
        raise RuntimeError(f"LibreOffice cannot open {book}")
    try:
        document.enableAutomaticCalculation(False)  # or every cell that is set costs a recalculation
        for address, value in job.get("set", {}).items():
            cell = cells_at(document, address)
            enter(cell, value, is_text=bool(document.NumberFormats.getByKey(cell.NumberFormat).Type & TEXT_FORMAT))
        for source, target in job.get("cut", {}).items():
            cut_and_paste(document, source, target)
        document.enableAutomaticCalculation(True)
        document.calculateAll()  # or it shows the values that the file brought
        password = {"Password": job["password"]} if "password" in job else {}
        for target in job.get("save", []) if holds(document, job.get("save_where", {})) else []:
            path = Path(target).resolve()
            document.storeToURL(path.as_uri(), options(FilterName=FILTERS[path.suffix.lower()], **password))
        return {
            "values": {address: read(cells_at(document, address), address) for address in job.get("read", [])},
            "formulas": formulas_of(document) if job.get("formulas") else {},
            "unlocked": unlocked_of(document) if job.get("unlocked") else {},
            "guards": {address: guards_of(cells_at(document, address)) for address in job.get("inspect", [])},
            "fillings": list(filled(document, job["fillings"])) if "fillings" in job else [],
        }
    finally:
        document.close(True)


def holds(document: Any, wanted: dict[str, str]) -> bool:
    """Whether each of these cells begins with its words."""
    return all(cells_at(document, address).String.startswith(words) for address, words in wanted.items())


def options(**values: Any) -> tuple[Any, ...]:
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def cells_at(document: Any, address: str) -> Any:
    """The cells of an address such as 主表!B4 or 主表!A1:Z99."""
    sheet, _, cells = address.rpartition("!")
    return document.Sheets.getByName(sheet).getCellRangeByName(cells)


def enter(cell: Any, value: Value, is_text: bool) -> None:
    """A text as typed in an English Excel: 12.5 is a number but where the cell is_text, =A1 a formula; None empties."""
    if value is None:
        cell.setFormula("")
        if cell.Type.value != "EMPTY":  # the one change that a lock does stop, silently
            raise RuntimeError(f"a locked cell cannot be emptied: {cell.AbsoluteName}")
    elif not isinstance(value, str):
        cell.setValue(value)
    elif is_text:
        cell.setString(value)
    else:
        cell.setFormula(value)


def cut_and_paste(document: Any, source: str, target: str) -> None:
    """As with Ctrl+X and Ctrl+V: commands of the program, which mind the protection of sheets."""
    controller = document.CurrentController
    for address, command in ((source, "Cut"), (target, "Paste")):
        sheet = cells_at(document, address).Spreadsheet
        cells = sheet.createCursorByRange(cells_at(document, address))
        cells.collapseToMergedArea()
        controller.setActiveSheet(sheet)
        controller.select(cells)
        url = URL(Complete=f".uno:{command}", Protocol=".uno:", Path=command)
        controller.Frame.queryDispatch(url, "", 0).dispatch(url, options(SynchronMode=True))


def filled(document: Any, fillings: list[dict[str, Value]]) -> Iterator[dict[str, Any]]:
    """For each filling what its cells hold and which formula cells then give something else than before all of them."""
    before = formulas_of(document)
    document.enableAutomaticCalculation(False)
    for filling in fillings:
        cells = {address: cells_at(document, address) for address in filling}
        kept = {address: state_of(cell) for address, cell in cells.items()}
        for address, value in filling.items():
            cell = cells[address]
            is_text = bool(document.NumberFormats.getByKey(cell.NumberFormat).Type & TEXT_FORMAT)
            enter(cell, value, is_text=is_text)
        document.calculateAll()
        yield {
            "typed": {address: [*typed(cell), shows_percent(document, cell)] for address, cell in cells.items()},
            "changed": {
                sheet: {cell: value for cell, value in values.items() if value != before[sheet].get(cell)}
                for sheet, values in formulas_of(document).items()
            },
        }
        for address, cell in cells.items():
            restore(cell, kept[address])


def state_of(cell: Any) -> tuple[Any, ...]:
    return cell.Type.value, cell.Value, cell.String, cell.Formula, cell.NumberFormat


def restore(cell: Any, kept: tuple[Any, ...]) -> None:
    kind, number, string, formula, number_format = kept
    if kind == "VALUE":
        cell.setValue(number)
    elif kind == "TEXT":
        cell.setString(string)
    else:
        cell.setFormula(formula if kind == "FORMULA" else "")
    cell.NumberFormat = number_format


def typed(cell: Any) -> list[Value]:
    """What a cell holds after typing: its value (an error as shown) and its formula, None for a constant."""
    is_formula = cell.Type.value == "FORMULA"
    return [
        values_of(cell.Spreadsheet.getCellRangeByName(address_of(cell)))[0][0],
        cell.Formula if is_formula else None,
    ]


def shows_percent(document: Any, cell: Any) -> float:
    return float(bool(document.NumberFormats.getByKey(cell.NumberFormat).Type & PERCENT_FORMAT))


def address_of(cell: Any) -> str:
    return str(cell.AbsoluteName).rpartition(".")[2].replace("$", "")


def read(cells: Any, address: str) -> Value | list[list[Value]]:
    """The value of a cell; the rows of values of a range."""
    rows = values_of(cells)
    return rows if ":" in address else rows[0][0]


def values_of(cells: Any) -> list[list[Value]]:
    """Number, text, None for an empty cell, or an error as shown, such as #DIV/0! or Err:502."""
    formulas = cells.getFormulaArray()
    return [
        [
            (None if formulas[row][column] == "" else value)
            if value is not None
            else cells.getCellByPosition(column, row).String
            for column, value in enumerate(values)
        ]
        for row, values in enumerate(cells.getDataArray())
    ]


def formulas_of(document: Any) -> dict[str, dict[str, Value]]:
    """The value of every formula cell, by sheet and address."""
    return {sheet.Name: dict(formula_cells(sheet)) for sheet in document.Sheets}


def formula_cells(sheet: Any) -> Iterator[tuple[str, Value]]:
    """Asked for all at once: each question to the other process takes as long as a thousand cells."""
    areas = sheet.queryContentCells(FORMULA).RangeAddresses
    if not areas:
        return
    columns, rows = (max(getattr(at, end) for at in areas) + 1 for end in ("EndColumn", "EndRow"))
    cells = sheet.getCellRangeByPosition(0, 0, columns - 1, rows - 1)
    values = cells.getDataArray()
    for at in areas:
        for row in range(at.StartRow, at.EndRow + 1):
            for column in range(at.StartColumn, at.EndColumn + 1):
                value = values[row][column]
                shown = cells.getCellByPosition(column, row).String if value is None else value
                yield f"{column_name(column)}{row + 1}", shown


def column_name(column: int) -> str:
    """The letters of a column, from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def unlocked_of(document: Any) -> dict[str, list[str]]:
    """The areas without a lock, by sheet, such as B3:B4; also those where nothing was ever written."""
    return {
        sheet.Name: [
            area.AbsoluteName.rpartition(".")[2].replace("$", "")
            for area in sheet.CellFormatRanges
            if not area.CellProtection.IsLocked
        ]
        for sheet in document.Sheets
    }


def guards_of(cell: Any) -> dict[str, Any]:
    check = cell.Validation
    return {
        "locked": cell.CellProtection.IsLocked,
        "protected": cell.Spreadsheet.isProtected(),
        "validation": {
            "type": check.Type.value,
            "operator": check.getOperator().value,
            "formulas": [check.getFormula1(), check.getFormula2()],
            "input_title": check.InputTitle,
            "input_message": check.InputMessage,
            "error_title": check.ErrorTitle,
            "error_message": check.ErrorMessage,
        },
    }


def main() -> None:
    desktop, process = start(Path(sys.argv[1]))
    for jobs in sys.stdin:
        json.dump([run(desktop, job) for job in json.loads(jobs)], sys.stdout)
        sys.stdout.write("\n")
        sys.stdout.flush()
    desktop.terminate()
    process.wait()


if __name__ == "__main__":
    main()
