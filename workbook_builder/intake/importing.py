"""`import`: reads what came back, judges it, keeps the bytes in the archive and the answers in the ledger."""

import datetime
import getpass
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NamedTuple

from workbook_builder.collection.folder import INCOMING, OWN_FOLDERS, ROSTER, Collection, sha256
from workbook_builder.collection.records import Receipt, dropped_codes, first_issued_at
from workbook_builder.collection.roster import ROUNDS, RosterProject
from workbook_builder.errors import ContentError, UnreadableError, UsageError, UserError
from workbook_builder.form.changes import Change, changes, labelled
from workbook_builder.form.model import Form
from workbook_builder.intake.arrivals import Parcel, Source, parcels_in
from workbook_builder.intake.manifest import Manifest
from workbook_builder.intake.merge import Merger, merged_name
from workbook_builder.intake.package_in import Delivered, Delivery, delivered, is_package, labels_of, opened_package
from workbook_builder.intake.together import Together
from workbook_builder.judge.batch import Bench, Job
from workbook_builder.judge.check import Checked, failed, unreadable
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Arrival, Ledger, Outcome
from workbook_builder.ledger.reviews import LowerReview
from workbook_builder.ledger.rows import Document, Submission
from workbook_builder.ledger.stands import Expected
from workbook_builder.progress import Progress, untold


class Item(NamedTuple):
    """What became of one file; a package that is not taken in is one file, and rejected."""

    file: str
    outcome: Outcome | Literal["rejected"]
    checked: Checked | None  # None for a duplicate
    changes: tuple[Change, ...]  # against the submission that it replaced
    note: str = ""  # a sentence: why it counts, where no clock could tell


class Imported(NamedTuple):
    """What one run of `import` did."""

    items: tuple[Item, ...]
    merged: tuple[Item, ...]  # root projects of which the last part came
    missing: tuple[Mapping[str, str], ...]  # unit_code, project_code, project_name of what nothing came for
    packages: tuple[Delivered, ...]
    missing_parts: int = 0  # of what is missing, the parts of projects that went out in parts

    def how_many(self, *, status: str | None = None, outcome: str | None = None) -> int:
        """How many files have this status and this outcome."""
        return sum(
            (outcome is None or item.outcome == outcome)
            and (status is None or (item.checked is not None and item.checked.status == status))
            for item in self.items
        )

    @property
    def exit_code(self) -> int:
        """0 all accepted, 1 something is to be returned or decided, 3 something could not be read."""
        if self.how_many(status="unreadable"):
            return 3
        is_merged_returned = any(item.checked and item.checked.status == "returned" for item in self.merged)
        is_to_be_mended = self.how_many(status="returned") or self.how_many(outcome="undecided") or is_merged_returned
        return 1 if is_to_be_mended or any(package.disagreements for package in self.packages) else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `import --json`."""
        return {
            "files": len(self.items),
            **{status: self.how_many(status=status) for status in ("accepted", "returned", "unreadable")},
            "duplicates": self.how_many(outcome="duplicate"),
            "superseded": self.how_many(outcome="superseded"),
            "same_answers": self.how_many(outcome="same_answers"),
            "undecided": self.how_many(outcome="undecided"),
            "missing": [dict(entry) for entry in self.missing],
            "packages": [package.to_json() for package in self.packages],
            "items": [_item_json(item) for item in self.items],
            "merged": [_item_json(item) for item in self.merged],
        }


def import_files(
    collection: Collection,
    paths: Sequence[Path],
    ledger: Ledger,
    progress: Progress = untold,
    passwords: Sequence[str] = (),
    executor: Executor | None = None,
) -> Imported:
    """Imports files, folders, zip archives of workbooks and packages from below, one transaction for each workbook.

    Stopping between two loses nothing. Of a package that was cut or changed nothing is recorded. Files are judged where
    the executor says, by default in child processes of their own where there are many; recorded in the order given.

    passwords: to try where a file is encrypted. What the collection made itself is passed over in folders.

    Raises ContentError where the roster has mistakes (nothing is recorded then), UsageError where the archive or the
    ledger cannot be written: what was recorded before stays; also for a path that names what the collection made itself.
    """
    _refuse_own(collection, paths)
    desk, parcels = Desk(collection, passwords), parcels_in(paths, collection.made)
    merger = Merger(collection, desk, ledger)  # without a sound roster nothing is recorded
    count = sum(len(parcel.sources) for parcel in parcels)
    progress(0, count)
    with Bench(desk, executor) as bench:
        bench.expects(count)
        recorder = _Recorder(collection, desk, bench, merger.standing.ledger, paths)
        recorder.take(parcels, lambda done: progress(done, count))
    merged = recorder.merge(merger, lambda done, complete: progress(count + done, count + complete))
    recorder.end()
    missing = list(merger.standing.missing())
    entries = tuple(item.missing_entry() for item in missing)
    parts = sum(item.part != "whole" for item in missing)
    return Imported(tuple(recorder.items), merged, entries, tuple(recorder.packages), parts)


def _refuse_own(collection: Collection, paths: Iterable[Path]) -> None:
    """What this collection made itself did not come back from anybody."""
    for path in paths:
        if collection.made(path):
            raise UsageError(
                f"“{path}”是本任务自己的文件（{ROSTER}、{'/、'.join(OWN_FOLDERS)}/ 等），不是交回来的文件，没有导入。"
                f"请把单位交回的文件放进 {INCOMING}/ 再导入。"
            )


class _Arrived(NamedTuple):
    """A file that was looked at."""

    source: Source
    data: bytes | None  # None where it cannot be read
    refused: Checked | None  # what is said then


class _Recorder:
    """Records what comes into one collection."""

    def __init__(self, collection: Collection, desk: Desk, bench: Bench, ledger: Ledger, paths: Sequence[Path]) -> None:
        """paths: the files and folders that were asked for."""
        self._collection, self._desk, self._bench, self._ledger = collection, desk, bench, ledger
        self._together = Together(collection, paths)
        self._named = {path.name for path in paths if path.is_file()}  # asked for by their own names
        self._tell: Callable[[int], None] = lambda _: None
        self._issue_order = {issue_id: number for number, issue_id in enumerate(collection.issues(), start=1)}
        self._issues = {**collection.received_issues(), **collection.issues()}
        self._judging: set[str] = set()  # SHA-256 of what it has begun to judge
        self._done = 0  # files
        self.items: list[Item] = []
        self.packages: list[Delivered] = []

    def _count(self, done: int) -> None:
        self._done = done
        self._tell(done)

    def take(self, parcels: Iterable[Parcel], tell: Callable[[int], None]) -> None:
        """Judges and records files and the files of archives one by one, a package as a whole; tells how many are done."""
        self._tell = tell
        for are_packages, group in groupby(parcels, is_package):
            if are_packages:
                for parcel in group:
                    self._take_package(parcel)
            else:
                self._take_files(source for parcel in group for source in parcel.sources)

    def _take_files(self, sources: Iterable[Source]) -> None:
        for arrived, checked in self._bench.judged(map(self._read, sources)):
            self.items.append(self._taken(arrived, checked))
            self._count(self._done + 1)

    def _read(self, source: Source) -> tuple[_Arrived, Job | None]:
        """What came, and what is to be judged of it: nothing where it cannot be read or is known."""
        try:
            data = source.read()
        except UnreadableError as error:
            return _Arrived(source, None, unreadable(source.name, None, error.finding)), None
        except Exception as error:  # noqa: BLE001 - a defect of ours, said with the file's name and the log's place
            return _Arrived(source, None, failed(source.name, None, error, self._desk)), None
        digest = sha256(data)
        if self._ledger.knows(digest) or digest in self._judging:
            return _Arrived(source, data, None), None
        self._judging.add(digest)
        return _Arrived(source, data, None), Job(source.name, data)

    def _taken(self, arrived: _Arrived, checked: Checked | None) -> Item:
        """One file recorded. Whatever unexpected happens to it, the others are taken all the same."""
        source, data, refused = arrived
        if data is None:
            return Item(source.name, "unreadable", refused, ())
        if checked is None:
            return Item(source.name, "duplicate", None, (), self._put_back(source, data))
        try:
            self._collection.keep(data, sha256(data), source.name)
            return self._recorded(checked, checked.modified_at or source.stored_at)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours, said with the file's name and the log's place
            return Item(source.name, "unreadable", failed(source.name, None, error, self._desk), ())

    def _put_back(self, source: Source, data: bytes) -> str:
        """A file that was taken back counts again where somebody imports it by its name: not with its folder."""
        if source.name not in self._named:
            return ""
        taken = (one for one in self._ledger.submissions_of(sha256(data)) if one.is_taken_back)
        counts = [self._ledger.put_back(one, getpass.getuser(), "重新导入") for one in taken]
        if not counts:
            return ""
        return "此前撤回过，现重新计入。" if any(counts) else "此前撤回过，现已恢复，但此后的文件仍计入。"

    def _take_package(self, parcel: Parcel) -> None:
        before = self._done

        def tell(done: int, _total: int) -> None:
            self._count(before + done)

        opened = opened_package(parcel, self._collection, self._ledger, tell, self._desk.passwords, self._bench)
        if not isinstance(opened, Delivery):
            checked = Checked(parcel.name, None, "returned", None, None, opened)
            self.items.append(Item(parcel.name, "rejected", checked, ()))
            return
        self._collection.receive(opened.manifest.issues, opened.templates, opened.rules)
        self._desk.look_again()
        self._issues = {**{issue.issue_id: issue for issue in opened.manifest.issues}, **self._issues}
        for sent, source, checked in opened.members:
            if self._ledger.knows(sent.sha256):
                self.items.append(Item(source.name, "duplicate", None, ()))
                continue
            data = source.read()
            self._collection.keep(data, sent.sha256, source.name)
            changed_at = checked.modified_at or sent.modified_at
            self.items.append(self._recorded(checked, changed_at, issue_order=sent.issue_order))
        below = {sent.sha256: [LowerReview(*one) for one in sent.reviews] for sent in opened.manifest.sent}
        manifest = opened.manifest
        self._ledger.keep_lower_reviews(manifest.form_id, manifest.fiscal_year, below, manifest.packed_at)
        before_it = dropped_codes(self._collection.receipts())
        self._collection.record_receipt(_receipt(opened.manifest))
        dropped = tuple(sorted(dropped_codes(self._collection.receipts()) - before_it))
        done = delivered(opened, self._ledger, labels_of(self._desk.form))
        self.packages.append(done._replace(dropped=dropped))

    def merge(self, merger: Merger, progress: Progress) -> tuple[Item, ...]:
        """Merges and records the root projects of which the last part came."""
        complete, merged = list(merger.complete()), []
        for number, (root, parts) in enumerate(complete):
            progress(number, len(complete))
            merged.append(self._merged(merger, root, parts))
        if complete:
            progress(len(complete), len(complete))
        return tuple(merged)

    def end(self) -> None:
        """Nothing more comes of this import."""
        self._together.end()

    def _merged(self, merger: Merger, root: RosterProject, parts: Sequence[Expected]) -> Item:
        """The whole of these parts, or what clashes where they cannot be merged."""
        try:
            merged = merger.merged(root, parts)
        except ContentError as error:
            name = merged_name(root)
            return Item(name, "refused", Checked(name, None, "returned", None, None, tuple(error.findings)), ())
        self._collection.keep(merged.data, sha256(merged.data), merged.file)
        moments = [part.modified_at for part in merged.parts if part.modified_at]
        digests = tuple(part.sha256 for part in merged.parts)
        return self._recorded(merged.checked, max(moments, default=None), digests)

    def _recorded(
        self,
        checked: Checked,
        changed_at: datetime.datetime | None,
        merged_from: tuple[str, ...] = (),
        issue_order: int | None = None,
    ) -> Item:
        """Into the ledger; issue_order: as the sender of a package knows it, else as our own record does."""
        round_order, own_order = -1, 0
        if identity := checked.identity:
            round_order = ROUNDS.index(identity.round) if identity.round in ROUNDS else -1
            if identity.submission:  # a form copied by hand is older than all that was sent out
                own_order = max(self._issue_order.get(issue_id, 0) for issue_id in identity.issue_ids)
        order = own_order if issue_order is None else issue_order
        issued_at = first_issued_at(self._issues, checked.identity.issue_ids if checked.identity else ())
        arrival = Arrival(checked, round_order, order, changed_at, merged_from, issued_at, self._together)
        self._together.add(checked.sha256 or "")
        recorded = self._ledger.record(arrival)
        if recorded.outcome == "duplicate":  # another import recorded the same bytes meanwhile
            return Item(checked.file, "duplicate", None, ())
        if recorded.replaced is None:
            return Item(checked.file, recorded.outcome, checked, ())
        changed = tuple(_changes(recorded.replaced, checked, self._desk.form))
        note = _by_import(changed_at, recorded.other) if recorded.is_by_import and recorded.other else ""
        return Item(checked.file, recorded.outcome, checked, changed, note)


def _receipt(manifest: Manifest) -> Receipt:
    codes = tuple(sent.project_code for sent in manifest.sent)
    return Receipt(
        manifest.sender,
        manifest.form_id,
        manifest.fiscal_year,
        manifest.round,
        manifest.packed_at,
        manifest.sha256,
        codes,
        manifest.publicity,
    )


def _by_import(changed_at: datetime.datetime | None, other: Submission) -> str:
    """Why the later import counts, with both moments."""
    here, there = map(_local_words, (changed_at, other.modified_at))
    return (
        f"保存时间不可信，无法比较先后（这一份：{here}；台账中的“{other.file}”：{there}），以后导入的这一份为准。"
        "如不对，请让单位用下发的文件重新保存后再交。"
    )


def _local_words(moment: datetime.datetime | None) -> str:
    return f"{moment.replace(tzinfo=datetime.UTC).astimezone():%Y-%m-%d %H:%M}" if moment else "没有写明"


def _changes(replaced: Document, checked: Checked, form: Form) -> Iterator[Change]:
    """What a resubmission changed."""
    before, after = replaced.declaration, checked.to_json()["declaration"]
    return labelled(changes(before, after), form, after, before)


def _item_json(item: Item) -> dict[str, Any]:
    checked = item.checked
    return {
        "file": item.file,
        "outcome": item.outcome,
        "status": checked.status if checked else None,
        "unit_code": checked.identity.unit_code if checked and checked.identity else None,
        "project_code": checked.identity.declared_code if checked and checked.identity else None,
        "findings": [finding._asdict() for finding in checked.findings] if checked else [],
        "changes": [change._asdict() for change in item.changes],
        "note": item.note,
    }
