"""The real example, opened and saved again by real programs: nothing of its build is held against the unit."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.helpers import Issued, rules
from tests.judge.altering import altered
from tests.office.programs import Job, Result
from tests.office.survival import SAVERS
from workbook_builder.cli.demo import Demo
from workbook_builder.judge.check import check

Office = Callable[[Sequence[Job]], list[Result]]
BARE = "structure.protection_removed"

pytestmark = pytest.mark.office


@pytest.mark.parametrize("program", SAVERS)
def test_example_saved_by_a_program__has_the_findings_that_it_had(
    shown: Demo, example: Issued, tmp_path: Path, program: str
) -> None:
    copy = tmp_path / "另存.xlsx"
    SAVERS[program]([(shown.filled, copy)])
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
    book.write_bytes(altered(shown.filled.read_bytes(), lambda parts: parts.drop("02 社区党建", "sheetProtection")))
    SAVERS[program]([(book, copy)])
    told = BARE in rules(check(copy.read_bytes(), copy.name, example.desk))
    assert told == (program != "SheetJS")  # which leaves none behind that could tell
