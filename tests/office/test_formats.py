"""Workbooks that real programs save in other formats are judged as their .xlsx is."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, rules, single
from tests.judge.test_other_formats import PASSWORD, typed_over
from tests.office.programs import Job, Result
from tests.office.unit import inputs, keystrokes
from tests.ooxml.test_foreign import ONE_FILE
from workbook_builder.cli.demo import Demo
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.foreign.reading import read_any

pytestmark = pytest.mark.slow

Office = Callable[[Sequence[Job]], list[Result]]
OF_LIBREOFFICE = ("xls", "ods", "fods")
VALUES_ONLY = ("xls", "ods", "xlsb")


def typed(alone: Issued) -> dict[str, Any]:
    """What a person types into the empty form: a day, an amount with its unit, which the form's own sums pass over."""
    cells = inputs(alone)
    keys = keystrokes(alone, single())
    return {
        **keys,
        cells["total_other"]["address"]: "200,000元",
        cells["fill_date"]["address"]: "2022-01-10",
    }


class Saved:
    """The typed form and the real example as one LibreOffice saved them."""

    def __init__(self, office: Office, folder: Path, alone: Issued, shown: Demo):
        share = folder / "填了 87.5%.xlsx"  # in Excel this gives the cell the format of a share
        share.write_bytes(typed_over(alone, target=(0.875, "0.0%"), unit=None))
        books = {"typed": alone.path, "share": share, "example": shown.filled}
        self.desks = {"typed": alone.desk, "share": alone.desk, "example": Desk(shown.collection)}
        self.paths = {name: {form: folder / f"{name}.{form}" for form in ("xlsx", *OF_LIBREOFFICE)} for name in books}
        jobs: list[Job] = [
            {"book": path, "set": typed(alone) if name == "typed" else {}, "save": list(self.paths[name].values())}
            for name, path in books.items()
        ]
        office(jobs)

    def checked(self, name: str, form: str) -> Checked:
        return check(self.paths[name][form].read_bytes(), "甲", self.desks[name])


@pytest.fixture(scope="module")
def saved(office: Office, tmp_path_factory: pytest.TempPathFactory, alone: Issued, shown: Demo) -> Saved:
    return Saved(office, tmp_path_factory.mktemp("formats"), alone, shown)


def without_format(result: Checked) -> list[tuple[str, str | None, str]]:
    """What is found, apart from what a format does not let be judged."""
    found = [finding for finding in result.findings if finding.rule != "file.values_only"]
    return [(finding.rule, finding.cell, finding.message) for finding in found]


@pytest.mark.parametrize("book", ["typed", "share", "example"])
@pytest.mark.parametrize("form", OF_LIBREOFFICE)
def test_workbook_that_libreoffice_saved_in_another_format__is_judged_as_its_xlsx(
    saved: Saved, form: str, book: str
) -> None:
    wanted, found = saved.checked(book, "xlsx"), saved.checked(book, form)
    assert (found.declaration, found.status, found.identity) == (wanted.declaration, "accepted", wanted.identity)
    assert without_format(found) == without_format(wanted)
    assert ("file.values_only" in rules(found)) == (form in VALUES_ONLY)


@pytest.mark.parametrize("form", OF_LIBREOFFICE)
def test_share_and_amount_as_typed__are_read_and_told_of(saved: Saved, form: str) -> None:
    typed, shared = saved.checked("typed", form), saved.checked("share", form)
    assert typed.declaration is not None
    assert shared.declaration is not None
    (share,) = [one for one in shared.declaration.indicators if one.name == "党员满意度"]
    assert (share.comparator, share.target, share.unit) == ("≥", Decimal("87.5"), "%")
    assert typed.declaration.values["total_other"] == Decimal("200000.00")
    assert typed.declaration.values["total_funds"] == Decimal("1200000.00")
    assert str(typed.declaration.values["fill_date"]) == "2022-01-10"
    assert "amount.normalised" in rules(typed)
    assert "indicator.target_normalised" in rules(shared)


def test_xls_that_libreoffice_saved_with_a_password__is_read_with_it(
    office: Office, alone: Issued, tmp_path: Path
) -> None:
    book, locked, default = (tmp_path / name for name in ("甲.xlsx", "有密码.xls", "默认密码.xls"))
    book.write_bytes(alone.filled(single()))
    office(
        [
            {"book": book, "save": [locked], "password": PASSWORD},
            {"book": book, "save": [default], "password": "VelvetSweatshop"},
        ]
    )
    wanted = check(book.read_bytes(), "甲", alone.desk).declaration
    for path, passwords in ((locked, [PASSWORD]), (default, [])):
        result = check(path.read_bytes(), "甲", Desk(alone.collection, passwords))
        assert (result.declaration, rules(result)) == (wanted, ["file.values_only"])
    assert rules(check(locked.read_bytes(), "甲", alone.desk)) == ["file.encrypted"]
    assert "给出的密码打不开" in check(locked.read_bytes(), "甲", Desk(alone.collection, ["错"])).findings[0].message


@pytest.mark.parametrize("form", ["xlsb", "ods"])
def test_workbook_that_sheetjs_saved_in_another_format__is_judged_as_its_xlsx(
    sheetjs: Callable[[Path, Path], None], shown: Demo, tmp_path: Path, form: str
) -> None:
    sheetjs(shown.filled, tmp_path / f"甲.{form}")
    desk = Desk(shown.collection)
    wanted = check(shown.filled.read_bytes(), "甲", desk)
    found = check((tmp_path / f"甲.{form}").read_bytes(), "甲", desk)
    assert (found.declaration, found.status) == (wanted.declaration, "accepted")
    assert without_format(found) == without_format(wanted)


@pytest.mark.parametrize("words", ONE_FILE)
def test_table_in_one_file__is_read_through_libreoffice(office: Office, words: str) -> None:
    assert office([]) == []  # skips where there is none
    reading = read_any(ONE_FILE[words], "申报.xls")
    cells = reading.sheets["表"].cells
    assert {place: cell.value for place, cell in cells.items()} == {(3, 2): "项目", (3, 3): Decimal("12.5")}
    assert not reading.is_values_only
