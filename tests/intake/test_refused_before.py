"""Files of which nothing was taken when they first came: what they lacked has come since, and they come again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import Issued, collection_of, project, single
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
    """Imports while the records of what was sent out are away."""
    records = place.collection.archive / "下发记录.jsonl"
    away = shutil.move(records, records.with_suffix(".away"))
    done = Level(Collection(place.collection.folder), place.ledger).imports(path)
    shutil.move(away, records)
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
