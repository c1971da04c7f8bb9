"""One collection to which everything happens: after each step all outputs give the sums of an independent model.

Withdrawn and moved projects, a verdict and a re-save that changes nothing, wrong clocks, a damaged archive, forged
identities, a second smaller package, older files late: told as one story, for each step stands on the one before.
"""

import csv
import datetime
import io
import itertools
import zipfile
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.helpers import collection_of, project, saved, single, stamped, with_meta, write_roster
from tests.loaded import opened
from tests.passing_on import Level, bureau
from tests.recorded import FORM, YEAR
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.report.write import write_report
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

ANNUAL = "年度资金申请总额（元）"
UNITS = tuple(Unit(f"U{number}", f"单位{number}") for number in (1, 2, 3))
CODES = [f"P{number}" for number in range(1, 9)]
MOMENTS = [f"2022-02-{day:02}T08:00:00Z" for day in range(1, 28)]


class Office:
    """The collection, the level above it, and the model: what each project declares and how it stands."""

    def __init__(self, folder: Path):
        self.collection: Collection = collection_of(folder / "街道", *map(project, CODES))
        self.units = {code: f"U{number % 3 + 1}" for number, code in enumerate(CODES)}
        self.has(*CODES)
        generate(self.collection, packaged_catalogue())
        self.ledger = Ledger(sqlite_url(self.collection.ledger))
        self.above: Level = bureau(folder / "区局")
        self.amounts: dict[str, Decimal] = {}
        self.accepted: set[str] = set()
        self.files = itertools.count()

    def has(self, *codes: str) -> None:
        """The roster as it is now."""
        self.codes = codes
        projects = tuple(project(code, f"项目{code}", unit_code=self.units[code]) for code in codes)
        write_roster(self.collection.roster, Roster(Settings(YEAR, "一上"), UNITS, projects))

    def filled(self, code: str, yuan: str, moment: str) -> bytes:
        issue = self.collection.latest_issues()[code]
        money = {"annual_appropriation": yuan, "annual_carryover": "0.00", "annual_other": "0.00"}
        entry = single(**money, end_date="2023-12-31", overall_goal="两年内培训十次，覆盖全部党支部。")
        data = (self.collection.folder / issue.file).read_bytes()
        return stamped(fill(data, f"{code}.xlsx", entry, Desk(self.collection)), moment)

    def comes(self, *files: bytes, suffix: str = "xlsx") -> Imported:
        paths = []
        for data in files:
            path = self.collection.folder / "收回" / f"{next(self.files):03}.{suffix}"
            path.write_bytes(data)
            paths.append(path)
        return import_files(self.collection, paths, self.ledger)

    def declares(self, code: str, yuan: str, moment: str) -> bytes:
        """A filled workbook comes in and counts, by the model."""
        data = self.filled(code, yuan, moment)
        self.comes(data)
        self.amounts[code] = Decimal(yuan)
        self.accepted.add(code)
        return data

    def agrees(self) -> None:
        """Every output gives the sums of the model."""
        standing = {code for code in self.codes if code in self.amounts}
        going_on = standing & self.accepted
        counted = sum((self.amounts[code] for code in standing), Decimal(0))
        passed = sum((self.amounts[code] for code in going_on), Decimal(0))
        status = status_of(self.collection, self.ledger)
        assert {entry.project_code for entry in status.entries if entry.state == "accepted"} == going_on
        assert {one.project_code for one in status.withdrawn} == set(self.amounts) - set(self.codes)
        write_report(self.collection, self.ledger, self.collection.folder / "csv")
        sheet = openpyxl.load_workbook(self.collection.report, data_only=True)["资金汇总"]
        header, together = (next(sheet.iter_rows(min_row=row, max_row=row, values_only=True)) for row in (3, 4))
        assert Decimal(str(together[header.index(ANNUAL)])).quantize(Decimal("0.01")) == counted
        (path,) = (self.collection.folder / "csv").glob("*资金汇总.csv")
        rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        by_code = {row["项目编码"]: Decimal(row[ANNUAL]) for row in rows if row["层级"] == "项目"}
        assert by_code == {code: self.amounts[code] for code in standing}
        packed = pack(self.collection, self.ledger, self.collection.folder.parent / f"{next(self.files)}.zip")
        assert packed.manifest.totals["annual_funds"] == passed
        self.above.imports(packed.path)
        onward = pack(
            self.above.collection, self.above.ledger, self.collection.folder.parent / f"{next(self.files)}.zip"
        )
        assert onward.manifest.totals["annual_funds"] == passed
        above = {entry.project_code for entry in onward.manifest.sent}
        assert above == going_on


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    minutes, start = itertools.count(), datetime.datetime(2022, 3, 1, 8)
    monkeypatch.setattr(
        "workbook_builder.centre.package_out.now", lambda: start + datetime.timedelta(minutes=next(minutes))
    )
    made = Office(tmp_path)
    with closing(made.ledger), closing(made.above.ledger):
        yield made


def damaged_archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("坏.xlsx", bytes(range(256)) * 99)
    data = bytearray(stream.getvalue())
    data[50:80] = bytes(255 - byte for byte in data[50:80])
    return bytes(data)


def all_declare(office: Office) -> None:
    for number, code in enumerate(CODES):
        office.declares(code, f"{100000 + number}.{number:02}", MOMENTS[0])


def corrections_and_older_files(office: Office) -> None:
    office.comes(office.filled("P1", "5.55", "2022-01-20T08:00:00Z"))
    office.declares("P2", "222222.22", MOMENTS[1])


def wrong_clocks(office: Office) -> None:
    """One of the future buries no correction, and a slow one makes none older."""
    office.declares("P3", "1.01", "2031-01-01T08:00:00Z")
    office.declares("P3", "333333.33", MOMENTS[2])
    office.declares("P3", "343434.34", "2009-01-01T08:00:00Z")


def forged_identities(office: Office) -> None:
    """Another project, another unit, an issue out of thin air: nobody's place is taken, and the owner may correct."""
    data = office.filled("P4", "9999999.99", MOMENTS[3])
    done = office.comes(
        with_meta(data, project_code="P5"),
        with_meta(data, unit_code="U9"),
        with_meta(data, submission=9, issue_id="f" * 12),
    )
    assert {item.outcome for item in done.items} == {"refused"}
    office.declares("P5", "555555.55", MOMENTS[4])


def damaged_archive_beside_a_correction(office: Office) -> None:
    bad = office.comes(damaged_archive(), suffix="zip").items
    good = office.comes(office.filled("P6", "666666.66", MOMENTS[5])).items
    assert [item.outcome for item in (*bad, *good)] == ["unreadable", "current"]
    office.amounts["P6"] = Decimal("666666.66")


def sent_back_by_a_reviewer(office: Office) -> None:
    (submission,) = [row for row in office.ledger.current(FORM, YEAR) if row.project_code == "P7"]
    office.ledger.keep_reviews(FORM, YEAR, [Review("P7", submission.sha256, "退回", "目标太空", "王五")])
    office.accepted.discard("P7")


def saved_anew_without_a_change(office: Office) -> None:
    """What was sent back stays sent back."""
    (submission,) = [row for row in office.ledger.current(FORM, YEAR) if row.project_code == "P7"]
    original = office.collection.original(submission.sha256, submission.file).read_bytes()
    (item,) = office.comes(stamped(saved(opened(original)), MOMENTS[6])).items
    assert item.outcome == "same_answers"


def one_moves_and_one_leaves(office: Office) -> None:
    """P8 moves to another unit, P1 leaves the roster, so that the next package is smaller; a blank copy comes in."""
    office.units["P8"] = "U1"
    office.has(*CODES[1:])
    generate(office.collection, packaged_catalogue())
    office.comes((office.collection.folder / office.collection.latest_issues()["P2"].file).read_bytes())


def corrected_and_put_back(office: Office) -> None:
    office.declares("P7", "777777.77", MOMENTS[7])
    office.has(*CODES)
    generate(office.collection, packaged_catalogue())


STORY = (
    all_declare, corrections_and_older_files, wrong_clocks, forged_identities, damaged_archive_beside_a_correction,
    sent_back_by_a_reviewer, saved_anew_without_a_change, one_moves_and_one_leaves, corrected_and_put_back,
)  # fmt: skip


def test_whatever_happens_to_a_collection__all_outputs_give_the_same_sums(office: Office) -> None:
    for step in STORY:
        step(office)
        office.agrees()
