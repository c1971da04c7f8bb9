"""An import that was killed and is run again comes to what it would have come to if nobody had disturbed it."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers import FEBRUARY, JANUARY
from tests.recorded import FORM, YEAR, Office, office_in, sent_out_in
from workbook_builder.collection.folder import Collection
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.outcome import Arrival, Recorded, Rivals, outcome_of
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

FAST, SLOW = "2031-05-06T08:00:00Z", "2009-05-06T08:00:00Z"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path, sent_out_in(tmp_path / "发出")) as made:
        yield made


@pytest.fixture(autouse=True)
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many files are recorded in one transaction: one, unless a test says more."""
    number: int = getattr(request, "param", 1)
    monkeypatch.setattr("workbook_builder.intake.importing.AT_ONCE", number)
    return number


class Dying(Ledger):
    """Of an import that is killed before it records its next files, or right after it recorded some."""

    def __init__(self, url: str, lives: int, *, after: bool):
        super().__init__(url)
        self.lives, self.after = lives, after

    def within(self, collection: Collection) -> "Dying":
        scoped = super().within(collection)
        assert isinstance(scoped, Dying)
        return scoped

    def record_all(self, arrivals: Sequence[Arrival]) -> list[Recorded]:
        self.lives -= 1
        if self.lives < 0 and not self.after:
            raise KeyboardInterrupt
        recorded = super().record_all(arrivals)
        if self.lives < 0:
            raise KeyboardInterrupt
        return recorded


def killed(office: Office, paths: list[Path], lives: int, *, after: bool = False) -> None:
    with closing(Dying(sqlite_url(office.collection.ledger), lives, after=after)) as ledger:
        try:
            import_files(office.collection, paths, ledger)
        except KeyboardInterrupt:
            return
    pytest.fail("nobody killed it")


def came(office: Office) -> Path:
    """A folder with three files of which no clock can tell which is the newest."""
    folder = office.collection.folder / "收回"
    for phone, moment in (("1", FAST), ("2", SLOW), ("3", FAST)):
        (folder / f"{phone}.xlsx").write_bytes(office.file(phone, moment))
    return folder


def stands(office: Office) -> dict[str, tuple[bool, bool]]:
    """By file, whether it counts and whether the centre is asked."""
    return {one.file: (one.is_current, one.is_undecided) for one in office.ledger.submissions(FORM, YEAR)}


@pytest.mark.parametrize(("at_once", "lives"), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)], indirect=["at_once"])
@pytest.mark.parametrize("after", [False, True])
def test_import_killed_between_rivals__asks_the_centre_as_one_that_was_not(
    office: Office, lives: int, *, after: bool
) -> None:
    folder = came(office)
    killed(office, [folder], lives, after=after)
    office.imports_paths(folder)
    assert stands(office) == {"1.xlsx": (True, False), "2.xlsx": (False, True), "3.xlsx": (False, True)}
    assert not list(office.collection.archive.glob(".导入中*"))


@pytest.mark.parametrize("at_once", [2, 3], indirect=True)
def test_file_that_cannot_be_recorded__does_not_stop_those_that_are_recorded_with_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(arrival: Arrival, received_at: datetime.datetime, rivals: Rivals | None) -> Recorded:
        if arrival.checked.file == "2.xlsx":
            raise RuntimeError("a defect")
        return outcome_of(arrival, received_at, rivals)

    monkeypatch.setattr("workbook_builder.ledger.entering.outcome_of", failing)
    items = office.imports_paths(came(office))
    assert [item.outcome for item in items] == ["current", "unreadable", "undecided"]
    assert stands(office) == {"1.xlsx": (True, False), "3.xlsx": (False, True)}


@pytest.mark.parametrize("at_once", [1, 50], indirect=True)
def test_file_that_was_taken_back__counts_again_in_its_turn_whatever_is_recorded_with_it(
    office: Office,
) -> None:
    folder = office.collection.folder / "收回"
    for name, moment in (("1", JANUARY), ("2", FEBRUARY)):
        (folder / f"{name}.xlsx").write_bytes(office.file(name, moment))
    office.imports_paths(folder / "1.xlsx")
    (one,) = office.ledger.submissions(FORM, YEAR)
    office.ledger.take_back(one, "某人")
    items = office.imports_paths(folder / "1.xlsx", folder / "2.xlsx")
    assert [(item.outcome, item.note) for item in items] == [("duplicate", "此前撤回过，现重新计入。"), ("current", "")]
    assert stands(office) == {"1.xlsx": (False, False), "2.xlsx": (True, False)}


def test_import_killed_twice__asks_the_centre(office: Office) -> None:
    folder = came(office)
    killed(office, [folder], 1)
    killed(office, [folder], 1)
    office.imports_paths(folder)
    assert stands(office)["3.xlsx"] == (False, True)


def test_file_that_comes_after_the_killed_import_was_completed__counts(office: Office) -> None:
    folder = came(office)
    killed(office, [folder], 1)
    office.imports_paths(folder)
    (item,) = office.imports(office.file("4", SLOW))
    assert (item.outcome, office.counting[0]) == ("current", "4")


def test_file_of_another_import_after_a_killed_one__counts(office: Office) -> None:
    folder = came(office)
    killed(office, [folder / "1.xlsx", folder / "2.xlsx"], 1)
    (item,) = office.imports_paths(folder / "3.xlsx")
    assert (item.outcome, office.counting[0]) == ("current", "3")
