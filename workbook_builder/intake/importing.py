"""`import`: reads what came back, judges it, keeps the bytes in the archive and the answers in the ledger."""

import datetime
import getpass
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from workbook_builder.clock import local_minute
from workbook_builder.collection.folder import INCOMING, OWN_FOLDERS, ROSTER, Collection, sha256
from workbook_builder.collection.records import Receipt, dropped_codes, first_issued_at
from workbook_builder.collection.roster import ROUNDS, RosterProject
from workbook_builder.errors import ContentError, InterruptedRun, UnreadableError, UsageError, UserError
from workbook_builder.form.changes import Change, changes, labelled
from workbook_builder.form.model import Form
from workbook_builder.intake.arrivals import Parcel, Source, parcels_in
from workbook_builder.intake.imported import Imported, Item
from workbook_builder.intake.manifest import Manifest
from workbook_builder.intake.merge import Merged, Merger, merged_name
from workbook_builder.intake.package_in import Delivered, Delivery, delivered, is_package, labels_of, opened_package
from workbook_builder.intake.together import Together
from workbook_builder.judge.batch import Bench, Job
from workbook_builder.judge.check import Checked, failed, unreadable
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.outcome import Arrival, Recorded
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import LowerReview
from workbook_builder.ledger.rows import Document, Submission, latest
from workbook_builder.ledger.stands import Expected
from workbook_builder.progress import Progress, untold

AT_ONCE = 50  # files in a transaction: what a failure can leave to be judged again
AT_ONCE_BYTES = 4 << 20  # of these files together, unless one alone has more


def import_files(
    collection: Collection,
    paths: Sequence[Path],
    ledger: Ledger,
    progress: Progress = untold,
    passwords: Sequence[str] = (),
    executor: Executor | None = None,
) -> Imported:
    """Imports files, folders, zip archives of workbooks and packages from below, some workbooks in a transaction.

    Stopping at any moment loses nothing: what was not recorded yet is judged again by the next run.

    Of a package that was cut or changed nothing is recorded. Files are judged where the executor says, by default in
    child processes of their own where there are many; recorded in the order given.

    passwords: to try where a file is encrypted. What the collection made itself is passed over in folders.

    Raises ContentError where the roster has mistakes (nothing is recorded then), UsageError where the archive or the
    ledger cannot be written: what was recorded before stays; also for a path that names what the collection made itself.
    """
    _refuse_own(collection, paths)
    desk, parcels = Desk(collection, passwords), parcels_in(paths, collection.asked_of_many())
    merger = Merger(collection, desk, ledger)  # without a sound roster nothing is recorded
    count = sum(len(parcel.sources) for parcel in parcels)
    progress(0, count)
    with Bench(desk, executor) as bench:
        recorder = _Recorder(collection, desk, bench, merger, paths, count)
        try:
            recorder.take(parcels, lambda done: progress(done, count))
        except KeyboardInterrupt as error:
            done = len(recorder.items)
            raise InterruptedRun(f"已导入 {done} 个文件，还有 {max(0, count - done)} 个没有导入。") from error
    merged = recorder.merge(lambda done, complete: progress(count + done, count + complete))
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
    data: bytes | None  # None where it cannot be read, or is known: nobody needs it then
    refused: Checked | None  # what is said where it cannot be read
    sha256: str = ""


class _Judged(NamedTuple):
    """A file that waits for being recorded, or for being told that it is not."""

    arrived: _Arrived
    checked: Checked | None  # None where there was nothing to judge

    @property
    def is_to_be_recorded(self) -> bool:
        """Whether it came for the first time, and could be read."""
        return self.checked is not None

    @property
    def size_bytes(self) -> int:
        """Of what is held for it, which tells as well how long it takes to judge it again."""
        return len(self.arrived.data or b"")

    @property
    def changed_at(self) -> datetime.datetime | None:
        """UTC; as the file says, else as it lay there."""
        return (self.checked and self.checked.modified_at) or self.arrived.source.stored_at


class _Recorder:
    """Records what comes into one collection."""

    def __init__(
        self, collection: Collection, desk: Desk, bench: Bench, merger: Merger, paths: Sequence[Path], count: int
    ) -> None:
        """paths: the files and folders that were asked for; count: of the files that they stand for."""
        self._collection, self._desk, self._bench, self._merger = collection, desk, bench, merger
        self._ledger = merger.standing.ledger
        self._together = Together(collection, paths)
        self._named = {path.name for path in paths if path.is_file()}  # asked for by their own names
        self._tell: Callable[[int], None] = lambda _: None
        issues = collection.issues()
        self._issue_order = {issue_id: number for number, issue_id in enumerate(issues, start=1)}
        self._issues = {**collection.received_issues(), **issues}
        self._seen = self._ledger.known()  # SHA-256 of what needs no judging, or is being judged
        self._done, self._unread = 0, count  # files
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
        some: list[_Judged] = []
        size_bytes = 0
        for one in itertools.starmap(_Judged, self._bench.judged(map(self._read, sources))):
            if is_apart := self._is_named_again(one):
                self._take_some(some)
            some.append(one)
            size_bytes += one.size_bytes
            if is_apart or len(some) >= AT_ONCE or size_bytes >= AT_ONCE_BYTES:
                self._take_some(some)
                size_bytes = 0
            self._count(self._done + 1)
        self._take_some(some)

    def _take_some(self, some: list["_Judged"]) -> None:
        """Into the ledger in one transaction, and out of the list."""
        items = iter(self._recorded_together([one for one in some if one.is_to_be_recorded]))
        self.items += [next(items) if one.is_to_be_recorded else self._passed_over(one.arrived) for one in some]
        some.clear()

    def _read(self, source: Source) -> tuple[_Arrived, Job | None]:
        """What came, and what is to be judged of it: nothing where it cannot be read or is known."""
        self._unread -= 1
        try:
            data = source.read()
        except UnreadableError as error:
            return _Arrived(source, None, unreadable(source.name, None, error.finding)), None
        except Exception as error:  # noqa: BLE001 - a defect of ours, said with the file's name and the log's place
            return _Arrived(source, None, failed(source.name, None, error, self._desk)), None
        digest = sha256(data)
        if digest in self._seen and not self._is_asked_for(source, digest):
            self._keep_again(source, digest)
            return _Arrived(source, None, None, digest), None
        self._seen.add(digest)
        self._bench.expects(1 + self._unread)  # not before: what is known needs nobody
        return _Arrived(source, data, None, digest), Job(source.name, data)

    def _keep_again(self, source: Source, digest: str) -> None:
        """Somebody may have removed the bytes of a known file from the archive."""
        if not self._collection.original(digest, source.name).is_file():
            recorded = next((one.file for one in self._ledger.submissions_of(digest)), source.name)
            self._collection.keep(source.read(), digest, recorded)

    def _is_asked_for(self, source: Source, digest: str) -> bool:
        """Whether a file that was refused and taken back is named again: it may be taken now."""
        return source.name in self._named and not self._ledger.knows(digest)

    def _is_named_again(self, one: "_Judged") -> bool:
        """Whether a file may count again (_put_back): not before what came before it, and before what comes behind."""
        return one.checked is None and one.arrived.source.name in self._named

    def _passed_over(self, arrived: _Arrived) -> Item:
        """A file that cannot be read, or is known."""
        if arrived.refused:
            return Item(arrived.source.name, "unreadable", arrived.refused, ())
        return Item(arrived.source.name, "duplicate", None, (), self._put_back(arrived))

    def _recorded_together(self, some: Sequence["_Judged"]) -> list[Item]:
        """Where not all can be recorded at once, each is alone: the others are taken whatever happens to one of them."""
        if len(some) > 1:
            with suppress(Exception):
                return self._kept_and_recorded(some)
        return [item for one in some for item in self._recorded_alone(one)]

    def _recorded_alone(self, one: "_Judged") -> list[Item]:
        try:
            return self._kept_and_recorded([one])
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours, said with the file's name and the log's place
            name = one.arrived.source.name
            return [Item(name, "unreadable", failed(name, None, error, self._desk), ())]

    def _kept_and_recorded(self, some: Sequence["_Judged"]) -> list[Item]:
        files = [(one.arrived.data or b"", one.checked) for one in some if one.checked]
        self._collection.keep_all((data, checked.sha256 or sha256(data), checked.file) for data, checked in files)
        return self._recorded([self._arrival(one.checked, one.changed_at) for one in some if one.checked])

    def _put_back(self, arrived: _Arrived) -> str:
        """A file that was taken back counts again where somebody imports it by its name: not with its folder."""
        if arrived.source.name not in self._named:
            return ""
        taken = (one for one in self._ledger.submissions_of(arrived.sha256) if one.is_taken_back)
        counts = [self._ledger.put_back(one, getpass.getuser(), "重新导入") for one in taken]
        if not counts:
            return ""
        return "此前撤回过，现重新计入。" if any(counts) else "此前撤回过，现已恢复，但此后的文件仍计入。"

    def _take_package(self, parcel: Parcel) -> None:
        before = self._done
        self._bench.expects(self._unread)
        self._unread -= len(parcel.sources)

        def tell(done: int, _total: int) -> None:
            self._count(before + done)

        opened = opened_package(parcel, self._collection, self._ledger, tell, self._desk.passwords, self._bench)
        if not isinstance(opened, Delivery):
            checked = Checked(parcel.name, None, "returned", None, None, opened)
            self.items.append(Item.of("rejected", checked))
            return
        self._collection.receive(opened.manifest.issues, opened.templates, opened.rules)
        self._desk.look_again()
        self._issues = {**{issue.issue_id: issue for issue in opened.manifest.issues}, **self._issues}
        for sent, source, checked in opened.members:
            if self._ledger.knows(sent.sha256):
                self._keep_again(source, sent.sha256)
                self.items.append(Item(source.name, "duplicate", None, ()))
                continue
            data = source.read()
            self._collection.keep(data, sent.sha256, source.name)
            changed_at = checked.modified_at or sent.modified_at
            self.items += self._recorded([self._arrival(checked, changed_at, issue_order=sent.issue_order)])
            self._seen.add(sent.sha256)
        below = {sent.sha256: [LowerReview(*one) for one in sent.reviews] for sent in opened.manifest.sent}
        manifest = opened.manifest
        self._ledger.keep_lower_reviews(manifest.form_id, manifest.fiscal_year, below, manifest.packed_at)
        before_it = dropped_codes(self._collection.receipts())
        self._collection.record_receipt(_receipt(opened.manifest))
        dropped = tuple(sorted(dropped_codes(self._collection.receipts()) - before_it))
        done = delivered(opened, self._ledger, labels_of(self._desk.form))
        self.packages.append(done._replace(dropped=dropped))

    def merge(self, progress: Progress) -> tuple[Item, ...]:
        """Merges and records the root projects of which the last part came."""
        complete = list(self._merger.complete())
        items: list[Item] = []
        some: list[Merged | Item] = []
        for number, (root, parts) in enumerate(complete):
            progress(number, len(complete))
            some.append(self._merged(root, parts))
            size_bytes = sum(len(one.data) for one in some if isinstance(one, Merged))
            if len(some) >= AT_ONCE or size_bytes >= AT_ONCE_BYTES:
                items += self._wholes(some)
                some.clear()
        items += self._wholes(some)
        if complete:
            progress(len(complete), len(complete))
        return tuple(items)

    def end(self) -> None:
        """Nothing more comes of this import."""
        self._together.end()

    def _merged(self, root: RosterProject, parts: Sequence[Expected]) -> Merged | Item:
        """The whole of these parts, or what clashes where they cannot be merged."""
        try:
            return self._merger.merged(root, parts)
        except ContentError as error:
            name = merged_name(root)
            return Item.of("refused", Checked(name, None, "returned", None, None, tuple(error.findings)))

    def _wholes(self, some: Sequence[Merged | Item]) -> list[Item]:
        """Records what was merged, in one transaction; what clashes stays between."""
        wholes = [one for one in some if isinstance(one, Merged)]
        self._collection.keep_all((one.data, sha256(one.data), one.file) for one in wholes)
        arrivals = [
            self._arrival(
                one.checked,
                latest(part.modified_at for part in one.parts if part.modified_at),
                tuple(part.sha256 for part in one.parts),
            )
            for one in wholes
        ]
        recorded = iter(self._recorded(arrivals) if arrivals else ())
        return [next(recorded) if isinstance(one, Merged) else one for one in some]

    def _arrival(
        self,
        checked: Checked,
        changed_at: datetime.datetime | None,
        merged_from: tuple[str, ...] = (),
        issue_order: int | None = None,
    ) -> Arrival:
        """As the ledger takes it; issue_order: as the sender of a package knows it, else as our own record does."""
        round_order, own_order = -1, 0
        if identity := checked.identity:
            round_order = ROUNDS.index(identity.round) if identity.round in ROUNDS else -1
            if identity.submission:  # a form copied by hand is older than all that was sent out
                own_order = max(self._issue_order.get(issue_id, 0) for issue_id in identity.issue_ids)
        order = own_order if issue_order is None else issue_order
        issued_at = first_issued_at(self._issues, checked.identity.issue_ids if checked.identity else ())
        return Arrival(checked, round_order, order, changed_at, merged_from, issued_at, self._together)

    def _recorded(self, arrivals: Sequence[Arrival]) -> list[Item]:
        """Into the ledger, all of them or none."""
        self._together.add([arrival.checked.sha256 or "" for arrival in arrivals])
        return list(map(self._item, arrivals, self._ledger.record_all(arrivals)))

    def _item(self, arrival: Arrival, recorded: Recorded) -> Item:
        checked = arrival.checked
        self._merger.keep(checked)
        if recorded.outcome == "duplicate":  # another import recorded the same bytes meanwhile
            return Item(checked.file, "duplicate", None, ())
        if recorded.replaced is None:
            return Item.of(recorded.outcome, checked)
        note = _by_import(arrival.modified_at, recorded.other) if recorded.is_by_import and recorded.other else ""
        return Item.of(recorded.outcome, checked, _changes(recorded.replaced, checked, self._desk.form), note)


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
    return local_minute(moment) if moment else "没有写明"


def _changes(replaced: Document, checked: Checked, form: Form) -> Iterator[Change]:
    """What a resubmission changed."""
    before, after = replaced.declaration, checked.to_json()["declaration"]
    return labelled(changes(before, after), form, after, before)
