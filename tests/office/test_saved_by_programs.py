"""The real example, opened and saved again by real programs: nothing of its build is held against the unit."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.helpers import Issued, opened, rules, saved
from tests.judge.altering import altered
from tests.office.programs import APT_LINE, HERE, Job, Result
from workbook_builder.cli.demo import Demo
from workbook_builder.judge.check import check

Office = Callable[[Sequence[Job]], list[Result]]
BARE = "structure.protection_removed"

pytestmark = pytest.mark.office


def by_library(name: str, package: str) -> Callable[[Path, Path], None]:
    def save(book: Path, copy: Path) -> None:
        command = ["node", str(HERE / "resave.js"), name, str(book), str(copy)]
        if not shutil.which("node") or not _has(package):
            pytest.skip(f"needs Node.js with {package}: make test installs it with npm")
        subprocess.run(command, check=True, capture_output=True)

    return save


def _has(package: str) -> bool:
    found = ["node", "-e", f"require.resolve({package!r}, {{ paths: [{str(HERE)!r}] }})"]
    return subprocess.run(found, check=False, capture_output=True).returncode == 0


def by_gnumeric(book: Path, copy: Path) -> None:
    if not shutil.which("ssconvert"):
        pytest.skip(f"needs gnumeric: {APT_LINE}")
    subprocess.run(["ssconvert", book, copy], check=True, capture_output=True)


def by_openpyxl(book: Path, copy: Path) -> None:
    copy.write_bytes(saved(opened(book.read_bytes())))


SAVERS = {
    "SheetJS": by_library("sheetjs", "xlsx"),
    "ExcelJS": by_library("exceljs", "exceljs"),
    "gnumeric": by_gnumeric,
    "openpyxl": by_openpyxl,
}


@pytest.mark.parametrize("program", SAVERS)
def test_example_saved_by_a_program__has_the_findings_that_it_had(
    shown: Demo, example: Issued, tmp_path: Path, program: str
) -> None:
    copy = tmp_path / "另存.xlsx"
    SAVERS[program](shown.filled, copy)
    again = check(copy.read_bytes(), copy.name, example.desk)
    assert rules(again) == rules(shown.checked)
    assert again.declaration == shown.checked.declaration


def test_example_saved_by_libreoffice__has_the_findings_that_it_had_by_way_of_other_formats_too(
    shown: Demo, example: Issued, office: Office, tmp_path: Path
) -> None:
    copies = {suffix: tmp_path / f"经过{suffix[1:]}{suffix}" for suffix in (".ods", ".xls")}
    back = {suffix: tmp_path / f"经过{suffix[1:]}.xlsx" for suffix in copies}
    direct = tmp_path / "另存.xlsx"
    office([{"book": shown.filled, "save": [direct, *copies.values()]}])
    office([{"book": copies[suffix], "save": [back[suffix]]} for suffix in copies])
    for copy in (direct, *back.values()):
        again = check(copy.read_bytes(), copy.name, example.desk)
        assert rules(again) == rules(shown.checked), copy.name
        assert again.declaration == shown.checked.declaration


@pytest.mark.parametrize("program", SAVERS)
def test_one_sheet_without_protection__is_told_whatever_program_saves_it(
    shown: Demo, example: Issued, tmp_path: Path, program: str
) -> None:
    book, copy = tmp_path / "改过.xlsx", tmp_path / "另存.xlsx"
    book.write_bytes(altered(shown.filled.read_bytes(), lambda parts: parts.drop("社区党建", "sheetProtection")))
    SAVERS[program](book, copy)
    told = BARE in rules(check(copy.read_bytes(), copy.name, example.desk))
    assert told == (program != "SheetJS")  # which leaves none behind that could tell
