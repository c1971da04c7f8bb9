"""Files of which nothing was taken when they first came: what they lacked has come since, and they come again."""

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers import Issued, change_roster, collection_of, project, single
from tests.passing_on import Level, parts_of
from workbook_builder.centre.deciding import history, take_back
from workbook_builder.centre.package_out import Packed
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

NOT_KNOWN = "structure.issue_unknown"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Level]:
    """An office that has sent out one project."""
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    place = Level(collection, Ledger(sqlite_url(collection.ledger)))
    yield place
    place.ledger.close()


@pytest.fixture
def handed_in(office: Level) -> Path:
    """Its workbook, filled in, which came while the records of what was sent out were not where they belong."""
    (issue,) = office.collection.issues().values()
    issued = Issued(office.collection, office.collection.folder / issue.file, Desk(office.collection))
    path = office.collection.folder / "收回" / "P1.xlsx"
    path.write_bytes(issued.filled(single()))
    return path


def without_records(place: Level, path: Path) -> Imported:
    """Imports while the records of what was sent out, and the list of it, are away."""
    there = place.collection.archive / "下发记录.jsonl", place.collection.outgoing / "下发清单.xlsx"
    for one in there:
        shutil.move(one, one.with_suffix(".away"))
    done = Level(Collection(place.collection.folder), place.ledger).imports(path)
    for one in there:
        shutil.move(one.with_suffix(".away"), one)
    return done


def loose(packed: Packed, folder: Path) -> list[Path]:
    """The workbooks of a package, each by itself, as somebody unpacks or copies them."""
    folder.mkdir()
    found = {name: data for name, data in parts_of(packed).items() if name.startswith("工作簿/")}
    for number, data in enumerate(found.values()):
        (folder / f"{number}.xlsx").write_bytes(data)
    return sorted(folder.iterdir())


def outcomes(done: Imported) -> set[str]:
    return {item.outcome for item in done.items}


def test_workbooks_refused_because_they_came_loose__are_taken_when_their_package_comes(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    assert outcomes(department.imports(*loose(packed, tmp_path / "散的"))) == {"refused"}
    done = department.imports(packed.path)
    assert (outcomes(done), done.packages[0].disagreements, done.exit_code) == ({"current"}, (), 0)
    assert department.recorded == sorted(sent.project_code for sent in packed.manifest.sent)


def test_workbooks_refused_and_taken_back__are_taken_when_their_package_comes(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    paths = loose(packed, tmp_path / "散的")
    department.imports(*paths)
    for path in paths:
        take_back(department.collection, department.ledger, path.name, "李会计")
    assert department.imports(packed.path).packages[0].disagreements == ()


def test_file_refused_while_the_records_were_away__is_taken_when_they_are_back(office: Level, handed_in: Path) -> None:
    (item,) = without_records(office, handed_in).items
    assert item.checked is not None
    assert (item.outcome, {finding.rule for finding in item.checked.findings}) == ("refused", {NOT_KNOWN})
    assert outcomes(office.imports(handed_in)) == {"current"}
    assert office.recorded == ["P1"]
    assert [event.kind for event in history(office.collection, office.ledger, "P1")] == ["received"]


def test_file_that_is_still_refused__is_known(office: Level, handed_in: Path) -> None:
    without_records(office, handed_in)
    assert outcomes(without_records(office, handed_in)) == {"duplicate"}


def test_file_refused_and_taken_back__is_taken_where_it_is_named_and_not_with_its_folder(
    office: Level, handed_in: Path
) -> None:
    without_records(office, handed_in)
    take_back(office.collection, office.ledger, handed_in.name, "李会计")
    assert outcomes(office.imports(handed_in.parent)) == {"duplicate"}
    assert outcomes(office.imports(handed_in)) == {"current"}


def returned_for(place: Level, handed_in: Path, rule: str) -> None:
    (item,) = place.imports(handed_in).items
    assert item.checked is not None
    assert (item.checked.status, {one.rule for one in item.checked.findings if one.severity == "error"}) == (
        "returned", {rule},
    )  # fmt: skip


def status_of(place: Level) -> list[tuple[str, bool]]:
    return [(one.status, one.is_taken_back) for one in place.ledger.submissions("sh-performance-target", 2022)]


def test_file_of_a_project_that_was_not_on_the_roster__is_accepted_once_it_is(office: Level, handed_in: Path) -> None:
    roster = office.collection.roster.read_bytes()
    change_roster(office.collection, project("P2", "社区环境"))
    returned_for(office, handed_in, "name.not_on_roster")
    assert outcomes(office.imports(handed_in)) == {"duplicate"}
    office.collection.roster.write_bytes(roster)
    done = office.imports(handed_in.parent)
    assert (outcomes(done), done.exit_code, status_of(office)) == ({"current"}, 0, [("accepted", False)])
    (document,) = office.ledger.documents(one.id for one in office.ledger.submissions("sh-performance-target", 2022))
    assert document.findings == done.items[0].checked.findings if done.items[0].checked else False
    assert outcomes(office.imports(handed_in)) == {"duplicate"}


def test_file_of_an_issue_that_a_change_had_outdated__is_accepted_once_that_is_undone(
    office: Level, handed_in: Path
) -> None:
    roster = office.collection.roster.read_bytes()
    change_roster(office.collection, project(budget_ceiling=Decimal("9.00")))
    generate(office.collection, packaged_catalogue())
    returned_for(office, handed_in, "structure.issue_outdated")
    office.collection.roster.write_bytes(roster)
    generate(office.collection, packaged_catalogue())
    assert outcomes(office.imports(handed_in)) == {"current"}
    assert status_of(office) == [("accepted", False)]


def test_returned_file_that_was_taken_back__stays_so_when_the_roster_is_mended(office: Level, handed_in: Path) -> None:
    roster = office.collection.roster.read_bytes()
    change_roster(office.collection, project("P2", "社区环境"))
    office.imports(handed_in)
    take_back(office.collection, office.ledger, handed_in.name, "李会计")
    office.collection.roster.write_bytes(roster)
    assert outcomes(office.imports(handed_in.parent)) == {"duplicate"}
    assert status_of(office) == [("returned", True)]
