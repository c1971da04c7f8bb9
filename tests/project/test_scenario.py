"""A district's units with three sub-projects each, out and back, summed up, passed on, rolled forward: nothing lost.

One story in three chapters, each a fixture: what came in first, the office after everything was corrected, and what may
happen to it then. Every defect comes several times with a hundred units; `make scenario` tells it of three hundred.
"""

import csv
import os
import random
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import changed, packaged, saved, stamped, with_meta
from tests.loaded import opened
from tests.office.programs import Job, Result, SdkProblem
from tests.office.unit import cached_formulas, calculated_formulas
from tests.project.scenario import (
    DEFECTS,
    MONEY,
    SEED,
    Answer,
    answer_of,
    answers,
    confirmed,
    raised,
    renamed,
    roster,
    spoilt,
    total,
)
from tests.recorded import recorded_sum, sums_shown
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.collection.folder import Collection, new_collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import fill, open_ours
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.status import status_of
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow

UNITS, BATCHES = int(os.environ.get("SCENARIO_UNITS", "100")), 3
DEFECTIVE, MISSING, TWICE, OLDER = 0.20, 0.05, 0.05, 0.03  # shares of the workbooks
TORN, OUTDATED = "file.corrupt", "structure.issue_outdated"
ANNUAL = "年度资金申请总额（元）"
ANNUAL_PARTS = ("annual_appropriation", "annual_carryover", "annual_other")
TOUCHED = ("structure.label_changed", "structure.prefilled_changed")


class File(NamedTuple):
    """A file on its way back."""

    name: str
    answer: Answer
    data: bytes
    rule: str | None = None  # that finds what is wrong with it; None where nothing is


class Office:
    """The centre, its units, and what is on its way between them."""

    def __init__(self, folder: Path, former: "Office | None" = None):
        """A new office; or, in another folder, the same as a former one."""
        if former:
            shutil.copytree(former.collection.folder, folder / "任务")
        else:
            new_collection(folder / "任务", b"", packaged_template())
        self.collection: Collection = Collection(folder / "任务")
        self.rng = random.Random(SEED)
        self.letters = folder / "来件"
        self.ledger = Ledger(sqlite_url(self.collection.ledger))
        self.imported: list[Imported] = list(former.imported) if former else []

    def issue(self, roster: Roster) -> int:
        """How many workbooks went out."""
        data = new_roster(2022, offered_by(packaged().form, packaged_catalogue()), roster)
        self.collection.roster.write_bytes(data)
        return len(generate(self.collection, packaged_catalogue(), split=True).written)

    def workbooks(self) -> dict[str, bytes]:
        """What is out now, by the code of the project declared there."""
        issues = self.collection.latest_issues()
        return {code: (self.collection.folder / issue.file).read_bytes() for code, issue in issues.items()}

    def imports(self, files: Iterable[File]) -> None:
        """One batch; every other one comes as an archive."""
        batch = self.letters / f"批次{len(self.imported)}"
        batch.mkdir(parents=True)
        if len(self.imported) % 2:
            for file in files:
                (batch / file.name).write_bytes(file.data)
        else:
            with zipfile.ZipFile(batch / "来件.zip", "w") as archive:
                for file in files:
                    archive.writestr(file.name, file.data)
        self.imported.append(import_files(self.collection, [batch], self.ledger))

    def named_missing(self) -> set[str]:
        return {entry["project_code"] for entry in self.imported[-1].missing}


class Round(NamedTuple):
    """What came in the first three batches, and what of it was wrong."""

    office: Office
    answers: list[Answer]
    files: list[File]
    twice: int  # files that came a second time, byte for byte
    gone: set[str]  # the projects whose workbooks did not come
    older: set[str]  # those of which a workbook came that had been issued anew since


def with_older_issues(office: Office, answers: list[Answer]) -> tuple[set[str], dict[str, bytes]]:
    """Issues 3 % of the sub-projects anew, for their roster has changed; gives their codes and the old workbooks."""
    first = roster(UNITS)
    assert office.issue(first) == len(answers)
    old = office.workbooks()
    of_subs = [answer.project_code for answer in answers if answer.number is not None]
    codes = set(office.rng.sample(of_subs, round(len(answers) * OLDER)))
    assert office.issue(renamed(first, codes)) == len(codes)
    return codes, old


def spoilt_file(desk: Desk, answer: Answer, data: bytes, number: int) -> File:
    """A file with a defect, one kind after the other."""
    name, kind = f"{answer.project_code}.xlsx", number % (len(DEFECTS) + 1 + len(TOUCHED))
    if kind < len(DEFECTS):
        return File(name, answer, fill(data, name, spoilt(answer, DEFECTS[kind]).entry, desk), DEFECTS[kind].rule)
    good = fill(data, name, answer.entry, desk)
    if kind == len(DEFECTS):
        return File(name, answer, good[: len(good) // 2], TORN)
    rule, ours = TOUCHED[kind - len(DEFECTS) - 1], open_ours(data, name, desk)
    cell = {TOUCHED[0]: "A5", TOUCHED[1]: ours.located.places["sub_projects[0].project_name"].address}[rule]
    return File(name, answer, changed(good, {(ours.identity.titles[0], cell): "另写的字"}), rule)


def files_of(office: Office, answers: list[Answer], gone: set[str], older: set[str]) -> list[File]:
    """A file for every answer that comes, a fifth of all with a defect."""
    out, desk = office.workbooks(), Desk(office.collection)
    there = [answer for answer in answers if answer.project_code not in gone]
    sound = [answer for answer in there if answer.number is None or answer.project_code in older]
    bad = office.rng.sample([answer for answer in there if answer not in sound], round(len(answers) * DEFECTIVE))
    codes = {answer.project_code for answer in bad}
    files = [spoilt_file(desk, answer, out[answer.project_code], number) for number, answer in enumerate(bad)]
    for answer in (answer for answer in there if answer.project_code not in codes):
        name = f"{answer.project_code}.xlsx"
        files.append(File(name, answer, fill(out[answer.project_code], name, answer.entry, desk)))
    return files


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """Everything that came in three batches, in an order drawn by chance."""
    found, office = list(answers(roster(UNITS))), Office(tmp_path_factory.mktemp("office"))
    older, old = with_older_issues(office, found)
    gone = {answer.project_code for answer in office.rng.sample(found, round(len(found) * MISSING))}
    files = files_of(office, found, gone, older)
    twice = office.rng.sample([file for file in files if file.rule is None], round(len(found) * TWICE))
    files += [file._replace(name=f"再次_{file.name}") for file in twice]
    desk = Desk(office.collection)
    for answer in (answer for answer in found if answer.project_code in older):
        name = f"旧_{answer.project_code}.xlsx"
        files.append(File(name, answer, fill(old[answer.project_code], name, answer.entry, desk), OUTDATED))
    office.rng.shuffle(files)
    for number in range(BATCHES):
        office.imports(files[number::BATCHES])
    yield Round(office, found, files, len(twice), gone, older)
    office.ledger.close()


def test_every_defect__is_found_and_nothing_where_there_is_none(first: Round) -> None:
    items = {item.file.rpartition("/")[2]: item for done in first.office.imported for item in done.items}
    assert items.keys() == {file.name for file in first.files}
    for file in first.files:
        checked = items[file.name].checked
        errors = {found.rule for found in checked.findings if found.severity == "error"} if checked else set()
        assert (file.rule in errors) if file.rule else not errors, (file.name, errors)


def test_same_bytes_twice__are_recorded_once(first: Round) -> None:
    outcomes = Counter(item.outcome for done in first.office.imported for item in done.items)
    assert outcomes["duplicate"] == first.twice


def test_older_issue__never_counts_where_the_newer_came_too(first: Round) -> None:
    current = first.office.ledger.current("sh-performance-target", 2022, parts=True)
    newest = {code: issue.issue_id for code, issue in first.office.collection.latest_issues().items()}
    counts = {row.project_code: row.issue_id for row in current if row.project_code in first.older - first.gone}
    assert counts == {code: newest[code] for code in first.older - first.gone}


def test_every_missing_workbook__is_named_with_its_unit(first: Round) -> None:
    torn = {file.answer.project_code for file in first.files if file.rule == TORN}
    expected = (first.gone - first.older) | torn  # an old workbook is better than nothing
    assert first.office.named_missing() == expected
    status = status_of(first.office.collection, first.office.ledger)
    assert {entry.project_code for entry in status.entries if entry.state == "missing"} == expected
    units = {unit.unit_code for unit in roster(UNITS).units}
    assert {entry["unit_code"] for entry in first.office.imported[-1].missing} <= units


def waiting_for(office: Office, out: dict[str, bytes]) -> dict[str, bytes]:
    """The workbooks that units have to fill in now: what never came, and the copies of what was returned."""
    copies = {
        copy.project_code: copy.copy.read_bytes() if copy.copy else out[copy.project_code]
        for copy in return_copies(office.collection, office.ledger)
        if copy.project_code is not None
    }
    return {code: out[code] for code in office.named_missing()} | copies


@pytest.fixture(scope="module")
def corrected(first: Round, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """The same office after its units sent what was missing and mended what was returned, until nothing was."""
    office, out = Office(tmp_path_factory.mktemp("corrected"), first.office), first.office.workbooks()
    rounds = 0
    while to_send := waiting_for(office, out):
        rounds += 1
        assert rounds <= BATCHES, sorted(to_send)
        desk = Desk(office.collection)
        office.imports(
            File(
                f"{answer.project_code}.xlsx", answer, fill(to_send[answer.project_code], "a.xlsx", answer.entry, desk)
            )
            for answer in first.answers
            if answer.project_code in to_send
        )
    yield first._replace(office=office)
    office.ledger.close()


def test_what_is_returned_and_corrected__is_accepted_in_the_end_and_totals_agree_to_the_fen(corrected: Round) -> None:
    status = status_of(corrected.office.collection, corrected.office.ledger)
    assert Counter(entry.state for entry in status.entries) == {"accepted": len(corrected.answers)}
    for key in MONEY:
        assert recorded_sum(corrected.office.ledger, key) == total(corrected.answers, key)


def test_report_of_the_whole_office__sums_to_the_fen_in_libreoffice_too(
    corrected: Round,
    office: Callable[[Sequence[Job]], list[Result]],
    sdk_problems: Callable[[Path], list[SdkProblem]],
) -> None:
    centre = corrected.office
    assert write_report(centre.collection, centre.ledger).projects == UNITS
    (result,) = office([{"book": centre.collection.report, "formulas": True}])
    assert calculated_formulas(result) == cached_formulas(centre.collection.report.read_bytes())
    shown = [value for title, value in sums_shown(centre.collection.report).items() if title.endswith("（元）")]
    wanted = [total(corrected.answers, key) for key in MONEY]
    fiscal, other, appropriation, carryover, annual_other = wanted
    annual = appropriation + carryover + annual_other
    expected = [fiscal + other, fiscal, other, annual, appropriation, carryover, annual_other]
    assert shown == expected
    assert sdk_problems(centre.collection.report) == []


def level_above(folder: Path) -> Collection:
    """A collection with a project of its own, ready for packages from below."""
    new_collection(folder, b"", packaged_template())
    above = Collection(folder)
    own = Roster(Settings(2022, "一上"), (Unit("B1", folder.name),), (RosterProject("B", "本级", unit_code="B1"),))
    above.roster.write_bytes(new_roster(2022, offered_by(packaged().form, packaged_catalogue()), own))
    return above


def test_package_passed_on_twice__reconciles_at_each_level(corrected: Round, tmp_path: Path) -> None:
    packed = pack(corrected.office.collection, corrected.office.ledger).path
    for level in ("街道", "局"):
        above = level_above(tmp_path / level)
        with closing(Ledger(sqlite_url(above.ledger))) as ledger:
            done = import_files(above, [packed], ledger)
            assert Counter(item.outcome for item in done.items) == {"current": UNITS}
            for key in MONEY:
                assert recorded_sum(ledger, key) == total(corrected.answers, key)
            packed = pack(above, ledger).path


class Disturbed(NamedTuple):
    """The office after all that may happen to what was accepted, and the independent model of it."""

    office: Office
    standing: list[Answer]  # what still stands, as last declared
    going_on: list[Answer]  # without what a reviewer sent back


GONE, MOVED, FORGED, FORGER, SAVED_ANEW, CORRECTED, SENT_BACK = (
    "R010", "R020", "R030", "R031-1", "R040-1", "R050-2", "R060",
)  # fmt: skip


def originals(office: Office) -> dict[str, bytes]:
    """The bytes of the parts that count, by the code of the project declared there."""
    rows = office.ledger.current("sh-performance-target", 2022, parts=True)
    return {row.project_code: office.collection.original(row.sha256, row.file).read_bytes() for row in rows}


@pytest.fixture(scope="module")
def disturbed(corrected: Round, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    """A project leaves, one moves to another unit; a verdict; files forged, saved anew, by a wrong clock, damaged."""
    office = Office(tmp_path_factory.mktemp("disturbed"), corrected.office)
    current, desk = originals(office), Desk(office.collection)
    correction = raised(answer_of(corrected.answers, CORRECTED))
    (row,) = [row for row in office.ledger.current("sh-performance-target", 2022) if row.project_code == SENT_BACK]
    office.ledger.keep_reviews(
        "sh-performance-target", 2022, [Review(SENT_BACK, row.sha256, "退回", "目标太空", "王五")]
    )
    first = roster(UNITS)
    roots = [root for root in first.projects if root.project_code != GONE]
    moved = [root._replace(unit_code="D001") if root.project_code == MOVED else root for root in roots]
    office.issue(renamed(first._replace(projects=tuple(moved)), corrected.older))
    files = {
        "冒名.xlsx": with_meta(current[FORGER], project_code=FORGED),
        "另存.xlsx": saved(opened(current[SAVED_ANEW])),
        "改正.xlsx": stamped(fill(current[CORRECTED], "a.xlsx", correction.entry, desk), "2031-01-01T08:00:00Z"),
        "损坏.xlsx": current[FORGER][: len(current[FORGER]) // 3],  # no file that came torn before
    }
    office.imports(File(name, correction, data) for name, data in files.items())
    standing = [
        correction if answer.project_code == CORRECTED else answer
        for answer in corrected.answers
        if answer.root_code != GONE
    ]
    yield Disturbed(office, standing, [answer for answer in standing if answer.root_code != SENT_BACK])
    office.ledger.close()


def test_what_happens_to_accepted_projects__is_told_and_all_outputs_give_the_same_sums(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    office = disturbed.office
    outcomes = {item.file.rpartition("/")[2]: item.outcome for item in office.imported[-1].items}
    assert outcomes == {
        "冒名.xlsx": "refused", "另存.xlsx": "same_answers", "改正.xlsx": "current", "损坏.xlsx": "unreadable",
    }  # fmt: skip
    status = status_of(office.collection, office.ledger)
    assert [one.project_code for one in status.withdrawn] == [GONE]
    parts = {answer.project_code for answer in disturbed.standing}
    assert {entry.project_code for entry in status.entries} == parts
    returned = {entry.project_code for entry in status.entries if entry.state == "returned"}
    assert returned == {SENT_BACK}
    csv_folder = tmp_path / "csv"
    assert write_report(office.collection, office.ledger, csv_folder).projects == UNITS - 1
    wanted = sum((total(disturbed.standing, key) for key in ANNUAL_PARTS), Decimal(0))
    assert sums_shown(office.collection.report)[ANNUAL] == wanted
    (path,) = csv_folder.glob("*资金汇总.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert sum((Decimal(row[ANNUAL]) for row in rows if row["层级"] == "项目"), Decimal(0)) == wanted
    by_unit = (row for row in rows if row["金额计入的单位"])
    assert sum((Decimal(row[ANNUAL]) for row in by_unit), Decimal(0)) == wanted
    assert {row["单位"] for row in rows if row["项目编码"] == MOVED} == {"第1街道社区党建服务中心"}
    packed = pack(office.collection, office.ledger, tmp_path / "包.zip")
    passed = sum((total(disturbed.going_on, key) for key in ANNUAL_PARTS), Decimal(0))
    assert packed.manifest.totals["annual_funds"] == passed
    above = level_above(tmp_path / "街道")
    with closing(Ledger(sqlite_url(above.ledger))) as ledger:
        import_files(above, [packed.path], ledger)
        assert sum((recorded_sum(ledger, key) for key in ANNUAL_PARTS), Decimal(0)) == passed


def test_year_rolled_forward__is_filled_confirmed_and_imported(corrected: Round, tmp_path: Path) -> None:
    new = roll_over(corrected.office.collection, corrected.office.ledger, 2023, tmp_path / "2023").collection
    assert len(generate(new, packaged_catalogue(), split=True).written) == len(corrected.answers)
    desk, issues = Desk(new), new.latest_issues()
    some = [answer for answer in corrected.answers if answer.root_code in ("R001", "R060", "R100")]
    for answer in some:
        path = new.folder / issues[answer.project_code].file
        data = path.read_bytes()
        (new.folder / "收回" / path.name).write_bytes(fill(data, path.name, confirmed(answer, data, desk), desk))
    with closing(Ledger(sqlite_url(new.ledger))) as ledger:
        done = import_files(new, [new.folder / "收回"], ledger)
        assert {item.checked.status for item in (*done.items, *done.merged) if item.checked} == {"accepted"}
        for key in MONEY:
            assert recorded_sum(ledger, key, fiscal_year=2023) == total(some, key)
