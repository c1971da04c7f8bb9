"""退回: for each file that was returned a fresh locked workbook with its answers, its findings at their cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from workbook_builder.blank.opinion_sheet import KEPT_WORD
from workbook_builder.centre.returns.making import Copy, Opinion, Source, copy_of
from workbook_builder.clock import local
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.records import ReturnCopy
from workbook_builder.errors import InterruptedRun, UnreadableError
from workbook_builder.executors import fatal
from workbook_builder.files import file_name, read_file, write_files
from workbook_builder.judge.batch import Bench, Task
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import PASSED_AFTER_CHANGES, Remark, Review
from workbook_builder.ledger.rows import Document
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.stands import GoingBack
from workbook_builder.ooxml.password import Lock, lock_of
from workbook_builder.progress import Progress, untold
from workbook_builder.rule_ids import (
    ANY_FILE,
    ANY_STRUCTURE,
    NAME_NOT_ON_ROSTER,
    STRUCTURE_ISSUE_OUTDATED,
    STRUCTURE_WRONG_ROUND,
    STRUCTURE_WRONG_YEAR,
)

OF_FILES = (ANY_FILE, ANY_STRUCTURE, NAME_NOT_ON_ROSTER)  # rules of the whole file: why it is none of this task
ANEW = (STRUCTURE_ISSUE_OUTDATED, STRUCTURE_WRONG_ROUND, STRUCTURE_WRONG_YEAR)
FEW = 200  # copies that are not worth starting children for
AT_ONCE = 50  # copies that are recorded and written together
Outcome = Literal["written", "unchanged", "changed_by_hand", "impossible"]


NO_OPINION = Opinion("")


class Returned(NamedTuple):
    """What became of one file that was returned."""

    outcome: Outcome
    file: str  # as it came in
    unit_code: str | None
    project_code: str | None
    copy: Path | None = None
    submission: int | None = None  # the number that the copy carries
    errors: int = 0
    warnings: int = 0
    kept: int = 0  # lines of what has no cell
    message: str = ""  # why there is no copy, or none anew

    def to_json(self) -> dict[str, Any]:
        """One item of `return --json`."""
        return self._asdict() | {"copy": self.copy and str(self.copy)}


def return_copies(
    collection: Collection,
    ledger: Ledger,
    opinions: Mapping[str, Opinion] | None = None,
    progress: Progress = untold,
    passwords: Sequence[str] = (),
    executor: Executor | None = None,
) -> tuple[Returned, ...]:
    """Writes a copy for each submission that counts and was returned, unless it has one; files without project follow.

    opinions: of the centre's reviewers, by project code, those of the ledger unless given; where one changed, the copy
    is made anew. passwords: to try where a file is encrypted. executor: who makes the copies; by default child processes where
    there are many. All is written by this process. Raises ContentError where the roster has mistakes,
    UsageError where a file or the ledger cannot be written or read.
    """
    desk = Desk(collection, passwords)
    standing = Standing(collection, desk, ledger)
    told = _opinions(standing) if opinions is None else opinions
    returning = list(standing.returning(told))
    work, done = _Work(collection, desk), []
    try:
        with Bench(desk, executor) as bench:
            bench.expects(len(returning), FEW)
            for number, one in enumerate(work.all_returned(_sources(standing, desk, returning, told), bench)):
                progress(number, len(returning))
                done.append(one)
    except KeyboardInterrupt as error:
        raise InterruptedRun(f"已生成 {work.written} 份退回稿，共有 {len(returning)} 份申报要看。") from error
    progress(len(returning), len(returning))
    return (*done, *_without_copy(standing, {one.submission.id for one in returning}))


def _opinions(standing: Standing) -> dict[str, Opinion]:
    """What the centre's reviewers say, by project code."""
    return {
        code: opinion
        for root_code, review in standing.reviews_to_tell().items()
        for code, opinion in _of_parts(root_code, review, standing)
    }


def _of_parts(root_code: str, review: Review, standing: Standing) -> Iterator[tuple[str, Opinion]]:
    """What a review says of a root project, and of each sub-project that may have come in apart."""
    words = review.opinion_words or (f"审核结论：{review.verdict}。" if review.verdict else "")
    reviewer, is_passing = review.reviewer or "", review.verdict == PASSED_AFTER_CHANGES
    yield root_code, Opinion(words, reviewer, is_passing, review.remarks)
    by_sub: dict[int, list[Remark]] = {}
    for remark in review.remarks:
        if remark.sub_project is not None:
            by_sub.setdefault(remark.sub_project, []).append(remark._replace(sub_project=0))
    for number, remarks in by_sub.items():
        if code := standing.reviewing.code_of_sub(review, number):
            yield code, Opinion("指标有审核意见，见下列各条。", reviewer, is_passing, tuple(remarks))


def _without_copy(standing: Standing, worked_on: AbstractSet[int]) -> Iterator[Returned]:
    """What no workbook can be made of, being unreadable or for another task: none is forgotten.

    worked_on: the ids of the submissions of which a copy was tried.
    """
    for gone in standing.withdrawn():
        yield Returned("impossible", gone.file, gone.unit_code, gone.project_code, message=gone.sentence)
    strays = [stray for stray in standing.unsettled_strays() if stray.id not in worked_on]
    documents = standing.ledger.documents(stray.id for stray in strays)
    for stray, document in zip(strays, documents, strict=True):
        of_file = [finding.message for finding in document.findings if finding.rule.startswith(OF_FILES)]
        message = "".join(of_file or [finding.message for finding in document.findings])
        yield Returned("impossible", stray.file, stray.unit_code, stray.project_code, message=message)


class _Wanted(NamedTuple):
    """A copy that is being made."""

    source: Source
    path: Path
    copied: Returned  # as far as it is known


def _sources(
    standing: Standing, desk: Desk, returning: Sequence[GoingBack], told: Mapping[str, Opinion]
) -> Iterator[Source]:
    units = {unit.unit_code: unit.unit_name for unit in desk.roster.units}
    documents = standing.ledger.documents(one.submission.id for one in returning)
    for one, document in zip(returning, documents, strict=True):
        submission = one.submission
        opinion = told.get(submission.project_code, NO_OPINION)
        received = f"{local(submission.received_at):%Y-%m-%d %H:%M}"
        yield Source(submission, document, one.of_whole, opinion, received, units.get(submission.unit_code, ""))


class _Work:
    """The making of copies for one collection."""

    def __init__(self, collection: Collection, desk: Desk):
        self._collection, self._desk = collection, desk
        self._lock: Lock = lock_of(collection.password)
        self._known: dict[tuple[str, str], ReturnCopy] = {}  # the last copy of a file and what is said of it
        self._ours: set[str] = set()  # the SHA-256 of all copies
        self._waiting: dict[Path, bytes] = {}  # made and not yet written, with their records
        self._unrecorded: list[ReturnCopy] = []
        self.written = 0
        for copy in collection.return_copies():
            self._know(copy)
        self._issues = collection.issues()

    def all_returned(self, sources: Iterable[Source], bench: Bench) -> Iterator[Returned]:
        """Writes the copy of each submission, unless it has one; in order."""
        for _, some in groupby(self._apart(sources), key=itemgetter(0)):
            self.write()  # the copies before them tell what lies there
            for begun, result in bench.done((self._begun(source) for _, source in some)):
                yield self._ended(begun, result) if isinstance(begun, _Wanted) else begun
        self.write()

    def _apart(self, sources: Iterable[Source]) -> Iterator[tuple[int, Source]]:
        """Those with one number do not get in each other's way."""
        number, taken = 0, set[Path]()
        for source in sources:
            path = self._path(source)
            if path in taken:
                number, taken = number + 1, set()
            taken.add(path)
            yield number, source

    def _begun(self, source: Source) -> tuple["Returned | _Wanted", Task[Copy] | None]:
        """A copy to be made, or what there is to say instead."""
        submission, path = source.submission, self._path(source)
        what = Returned("impossible", submission.file, submission.unit_code, submission.project_code)
        if replaced := _replaced_by_newer(source.document):
            return what._replace(message=replaced), None
        copied = what._replace(copy=path, submission=source.number)
        if (known := self._known.get((submission.sha256, source.remarks))) and path.is_file():
            return _as_it_is(copied, path, known), None
        if path.is_file() and sha256(read_file(path)) not in self._ours:
            return copied._replace(outcome="changed_by_hand", message=_in_the_way(path)), None
        try:
            data = read_file(self._collection.original(submission.sha256, submission.file))
        except UnreadableError as error:
            return what._replace(message=error.finding.message), None
        return _Wanted(source, path, copied), Task(copy_of, (source, data, self._lock))

    def _ended(self, wanted: "_Wanted", result: Callable[[], Copy]) -> Returned:
        impossible = wanted.copied._replace(copy=None, submission=None)
        try:
            copy = result()
        except UnreadableError as error:
            return impossible._replace(message=error.finding.message)
        except fatal():
            return impossible._replace(message=f"“{impossible.file}”占用的时间或内存过多，不能据此生成退回稿。")
        self._keep_copy(wanted.source, wanted.path, copy)
        errors, warnings, kept = (sum(level == word for level in copy.levels) for word in ("错误", "提醒", KEPT_WORD))
        return wanted.copied._replace(outcome="written", errors=errors, warnings=warnings, kept=kept)

    def _know(self, copy: ReturnCopy) -> None:
        self._known[copy.source_sha256, copy.opinion] = copy
        self._ours.add(copy.sha256)

    def _path(self, source: Source) -> Path:
        """Named like the workbook as it was sent out, with the copy's number."""
        submission = source.submission
        if issue := self._issues.get(submission.issue_id):
            sent = PurePosixPath(issue.file)
            folder, stem = sent.parent.name, sent.stem
        else:
            unit = submission.unit_code
            folder = file_name(f"{unit}_{source.unit_name}".strip("_"))
            stem = file_name(f"{submission.project_code}_{source.project_name}".strip("_"))
        return self._collection.returned / folder / f"{stem}_退回{source.number}.xlsx"

    def write(self) -> None:
        """Records and writes the copies that wait for it.

        The records first: a copy without one would be taken for a file that somebody else put there.
        """
        if self._waiting:
            self._collection.record_returns(self._unrecorded)
            write_files(self._waiting)
            self.written += len(self._waiting)
            self._unrecorded, self._waiting = [], {}

    def _keep_copy(self, source: Source, path: Path, copy: Copy) -> None:
        """To be written with some others."""
        data, to_keep = copy.data, copy.to_keep
        if to_keep is not None:
            self._collection.keep_blank(copy.blank, lambda: to_keep)
        submission, file = source.submission, path.relative_to(self._collection.folder).as_posix()
        issued_as = submission.issue_id, submission.project_code, source.number
        made = ReturnCopy(submission.sha256, *issued_as, file, sha256(data), source.remarks)
        self._know(made)
        self._unrecorded.append(made)
        self._waiting[path] = data
        if len(self._waiting) >= AT_ONCE:
            self.write()


def _replaced_by_newer(document: Document) -> str:
    """Why a file is not mended but filled in anew: what was issued since differs from it; "" where that is not so."""
    return "".join(finding.message for finding in document.findings if finding.rule in ANEW)


def _as_it_is(copied: Returned, path: Path, known: ReturnCopy) -> Returned:
    if sha256(read_file(path)) == known.sha256:
        return copied._replace(outcome="unchanged")
    return copied._replace(outcome="changed_by_hand", message=_in_the_way(path))


def _in_the_way(path: Path) -> str:
    return f"“{path}”已存在，且不是生成时的样子（可能已有人改动），没有覆盖。要重新生成，请先移走它。"
