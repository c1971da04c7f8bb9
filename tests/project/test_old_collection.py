"""A collection that an earlier version made goes on: its workbooks are out in units' hands.

tests/data/collection-*.zip: four projects for 2022, of which P1 came and was accepted and P2 was returned; beside it in
后来交的 what units filled in in workbooks and a return copy of that version. In the first, records kept no meta cell yet, and
the workbooks have no guard against cells that are cut; in both, no blanks were kept, the form is of version 2022.1, and
自检 is the last sheet.
"""

import zipfile
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import changed, rules
from tests.recorded import recorded_sum
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.publish.publishing import Wish, check_published, publish
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[1] / "data"
ARCHIVES = ("collection-2026-11.zip", "collection-2026-11-29.zip")
FORM = "sh-performance-target"


class Old(NamedTuple):
    """The collection, and what was imported by this version."""

    collection: Collection
    ledger: Ledger
    imported: Imported


@pytest.fixture(scope="module", params=ARCHIVES)
def old(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Old]:
    folder = tmp_path_factory.mktemp("old")
    with zipfile.ZipFile(DATA / request.param) as archive:
        archive.extractall(folder)
    collection = Collection(folder / "任务")
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        yield Old(collection, ledger, import_files(collection, [folder / "后来交的"], ledger))


def test_workbooks_and_return_copies_that_were_out__are_taken(old: Old) -> None:
    items = {item.file: item for item in old.imported.items}
    found = {file: (item.outcome, item.checked and item.checked.status) for file, item in items.items()}
    assert found == {
        "甲改.xlsx": ("current", "accepted"),
        "乙改.xlsx": ("current", "accepted"),
        "丙.xlsx": ("current", "accepted"),
        "丁.xlsx": ("current", "returned"),
    }
    for item in items.values():
        assert item.checked is not None
        assert [rule for rule in rules(item.checked) if rule.startswith(("structure.", "file.", "name."))] == []
        assert item.checked.unverified == ()
    counting = {row.project_code: row.submission_number for row in old.ledger.current(FORM, 2022)}
    assert counting == {"P1": 1, "P2": 2, "P3": 1, "P4": 1}


def test_report_of_that_version__keeps_what_was_typed_into_it(tmp_path: Path) -> None:
    """汇总.xlsx as it lay there, without the columns and the sheet of today."""
    with zipfile.ZipFile(DATA / ARCHIVES[1]) as archive:
        archive.extractall(tmp_path)
    collection = Collection(tmp_path / "任务")
    cells = {"G4": "修改后通过", "H4": "请细化。", "I4": "王五", "I5": "李四"}
    typed = {("审核", address): value for address, value in cells.items()}
    collection.report.write_bytes(changed(collection.report.read_bytes(), typed))
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        done = write_report(collection, ledger)
        assert (done.kept, done.assigned, done.findings) == (1, 1, ())
        (review,) = ledger.reviews(FORM, 2022).values()
        assert (review.project_code, *review[2:5]) == ("P1", "修改后通过", "请细化。", "王五")
        assert ledger.assignments(FORM, 2022) == {"P2": ("李四",)}
        assert {entry.project_code: entry.state for entry in status_of(collection, ledger).entries}[
            "P1"
        ] == "awaiting_change"


def test_nothing_is_sent_out_again(old: Old) -> None:
    generated = generate(old.collection, packaged_catalogue())
    assert (generated.written, len(generated.unchanged)) == ((), 4)


def test_status_report_and_package__go_on(old: Old) -> None:
    states = {entry.project_code: entry.state for entry in status_of(old.collection, old.ledger).entries}
    assert states == {"P1": "accepted", "P2": "accepted", "P3": "accepted", "P4": "returned"}
    assert write_report(old.collection, old.ledger).projects == 4
    packed = pack(old.collection, old.ledger)
    assert {sent.project_code for sent in packed.manifest.sent} == {"P1", "P2", "P3"}
    assert packed.manifest.totals["annual_funds"] == Decimal("4800000.00")
    amounts = {row.project_code: row for row in old.ledger.current(FORM, 2022)}
    assert set(amounts) == {"P1", "P2", "P3", "P4"}
    assert recorded_sum(old.ledger, "annual_appropriation") == Decimal("4000000.00")


def test_documents_for_the_public__are_written_where_no_roster_says_what_is_public(
    old: Old, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbook_builder.ooxml.foreign.office.PROGRAMS", ())  # a PDF of each takes seconds
    done = publish(old.collection, old.ledger, Wish(output=tmp_path / "公开", is_draft=True))
    assert [one.project_code for one in done.published] == ["P1", "P2", "P3"]
    assert [one.project_code for one in done.left_out] == ["P4"]
    check = check_published(old.collection, old.ledger, tmp_path / "公开" / "公开汇编.docx")
    assert (len(check.compared.projects), check.compared.differences) == (3, ())


def test_returned_workbook__gets_a_copy_of_this_version_that_is_taken_again(old: Old) -> None:
    (returned,) = [item for item in return_copies(old.collection, old.ledger) if item.outcome == "written"]
    assert (returned.project_code, returned.submission) == ("P4", 2)
    assert returned.copy is not None
    assert returned.copy.is_file()
