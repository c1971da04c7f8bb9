"""One ledger for several collections: each has its own projects, files, clashes and reviews there."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import create_engine, text

from tests.helpers import FEBRUARY, Issued, project, single, stamped
from tests.passing_on import PERIOD, Level, amounts, bureau, declared, independent_sums, ledger_sums, new_street
from tests.recorded import brought_up_to
from workbook_builder.centre.package_out import pack
from workbook_builder.collection.folder import Collection
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.stands import Expected
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow
FORM, YEAR = "sh-performance-target", 2022
Places = tuple[Level, Level]


def on(url: str, place: Level) -> Level:
    """The same collection with another ledger."""
    place.ledger.close()
    return Level(place.collection, Ledger(url))


@pytest.fixture
def twins(url: str, tmp_path: Path) -> Iterator[Places]:
    """Two departments whose projects have the same codes, on one ledger."""
    roots = [project(code, f"项目{code}", unit_code="B1") for code in ("B", "C")]
    places = tuple(on(url, bureau(tmp_path / name, *roots)) for name in ("甲局", "乙局"))
    first, second = places
    declared(first, {"B": single(**PERIOD, **amounts("500000.05"))})
    declared(second, {"B": single(**PERIOD, **amounts("7.00"))})
    with closing(first.ledger), closing(second.ledger):
        yield first, second


def mine(place: Level) -> Ledger:
    return place.ledger.within(place.collection)


def test_projects_with_the_same_code__count_each_in_its_own_collection(twins: Places, tmp_path: Path) -> None:
    for place, amount in zip(twins, ("500000.05", "7.00"), strict=True):
        (row,) = mine(place).current(FORM, YEAR)
        assert row.is_current
        status = status_of(place.collection, place.ledger)
        assert [entry.state for entry in status.entries] == ["accepted", "missing"]
        assert (status.unread, status.withdrawn) == ((), ())
        packed = pack(place.collection, place.ledger, tmp_path / f"{amount}.zip")
        assert packed.manifest.totals["annual_appropriation"] == Decimal(amount)
    first, second = twins
    assert len(first.ledger.current(FORM, YEAR)) == 2
    assert {row.collection_id for row in first.ledger.current(FORM, YEAR)} == {
        first.collection.collection_id,
        second.collection.collection_id,
    }


def test_review_of_one__says_nothing_of_the_other(twins: Places) -> None:
    first, second = twins
    (row,) = mine(first).current(FORM, YEAR)
    mine(first).keep_reviews(FORM, YEAR, [Review("B", row.sha256, "退回", "目标太空", "王五")])
    states = [status_of(place.collection, place.ledger).entries[0].state for place in twins]
    assert states == ["returned", "accepted"]
    assert mine(second).reviews(FORM, YEAR) == {}


def test_clash_in_one__is_none_of_the_others(twins: Places) -> None:
    first, second = twins
    issue = first.collection.latest_issues()["C"]
    issued = Issued(first.collection, first.collection.folder / issue.file, Desk(first.collection))
    incoming = first.collection.folder / "收回"
    for name, amount in (("甲.xlsx", "1.00"), ("乙.xlsx", "2.00")):
        data = issued.filled(single(**PERIOD, **amounts(amount)))
        (incoming / name).write_bytes(stamped(data, FEBRUARY))
    first.imports(incoming)
    assert [one.project_code for one in mine(first).undecided()] == ["C"]
    assert mine(second).undecided() == []
    is_undecided = [item.is_undecided for place in twins for item in standing_of(place)]
    assert is_undecided == [False, True, False, False]


def standing_of(place: Level) -> list[Expected]:
    return list(Standing(place.collection, Desk(place.collection), place.ledger).expected())


def test_workbooks_passed_up_within_one_ledger__count_below_and_above(url: str, tmp_path: Path) -> None:
    below, above = on(url, new_street(tmp_path / "街道")), on(url, bureau(tmp_path / "部门"))
    with closing(below.ledger), closing(above.ledger):
        below.imports(below.collection.folder / "收回")
        done = above.imports(below.packs(tmp_path / "包.zip").path)
        assert {item.outcome for item in done.items} == {"current"}
        (package,) = done.packages
        assert package.disagreements == ()
        assert [row.project_code for row in mine(above).current(FORM, YEAR)] == ["P1", "P2", "P3"]
        assert ledger_sums(Level(above.collection, mine(above))) == independent_sums()
        again = above.imports(tmp_path / "包.zip")
        assert {item.outcome for item in again.items} == {"duplicate"}
        assert [row.project_code for row in mine(below).current(FORM, YEAR)] == ["P1", "P2", "P3", "P4"]


class Before(NamedTuple):
    """A ledger of the version before, in which no row says whose it is."""

    url: str
    first: Collection
    second: Collection


@pytest.fixture
def before(url: str, tmp_path: Path) -> Before:
    """What came of the first is current; of the second, saved later and of the same code, one file came between."""
    places = [bureau(tmp_path / name) for name in ("甲局", "乙局")]
    for place, amount in zip(places, ("1.00", "2.00"), strict=True):
        declared(place, {"B": single(**PERIOD, **amounts(amount))})
    first, second = (place.collection for place in places)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        brought_up_to(connection, "0004")
        connection.execute(
            text("INSERT INTO project (form_id, fiscal_year, project_code) VALUES (:form, 2022, 'B')"), {"form": FORM}
        )
        for number, place in enumerate(places):
            (row,) = place.ledger.current(FORM, YEAR)
            connection.execute(
                text(
                    "INSERT INTO submission (project_id, sha256, file, status, is_current, is_undecided, project_code, "
                    "unit_code, round, round_order, form_version, issue_id, issue_order, submission_number, received_at, "
                    "document) VALUES ((SELECT id FROM project), :sha256, :file, :status, :is_current, false, 'B', 'B1', '一上', 0, "
                    ":form_version, :issue_id, 1, 1, :received_at, :document)"
                ),
                {
                    "is_current": number == 0,
                    "document": "{}",
                    **{name: getattr(row, name) for name in ("sha256", "file", "status", "form_version", "issue_id")},
                    "received_at": row.received_at,
                },
            )
    engine.dispose()
    for place in places:
        place.ledger.close()
    return Before(url, first, second)


def test_rows_of_the_version_before__are_claimed_by_whose_archive_holds_their_bytes(before: Before) -> None:
    with closing(Ledger(before.url)) as ledger:
        for collection in (before.second, before.first, before.second):
            (row,) = ledger.within(collection).current(FORM, YEAR)
            assert row.collection_id == collection.collection_id
            assert collection.original(row.sha256, row.file).is_file()
        assert {row.collection_id for row in ledger.submissions(FORM, YEAR)} == {
            before.first.collection_id,
            before.second.collection_id,
        }
        done = import_files(before.first, [before.first.folder / "收回"], ledger)
        assert [item.outcome for item in done.items] == ["duplicate"]


def test_ledger_of_ones_own__needs_no_name_and_no_password(tmp_path: Path) -> None:
    place = bureau(tmp_path / "任务")
    declared(place, {"B": single(**PERIOD, **amounts("1.00"))})
    (place.collection.archive / "任务.json").unlink()
    with closing(place.ledger):
        (row,) = mine(place).current(FORM, YEAR)
        assert row.collection_id == ""
    moved = shutil.copytree(place.collection.folder, tmp_path / "别处")
    with closing(Ledger(sqlite_url(Collection(moved).ledger))) as ledger:
        assert [row.project_code for row in ledger.within(Collection(moved)).current(FORM, YEAR)] == ["B"]
