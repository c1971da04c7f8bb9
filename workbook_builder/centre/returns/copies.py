"""退回: for each file that was returned a fresh locked workbook with its answers, its findings at their cells."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.blank.opinion_sheet import KEPT_WORD, line_count
from workbook_builder.centre.returns.lines import REMARK_WORD, Returning, laid_anew
from workbook_builder.clock import local
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.issuing import notices_for
from workbook_builder.collection.records import ReturnCopy
from workbook_builder.errors import UnreadableError
from workbook_builder.files import file_name, read_file, write_files
from workbook_builder.findings import Finding
from workbook_builder.form.meta_cell import NUMBER_LIMIT
from workbook_builder.judge.additions import additions
from workbook_builder.judge.answers import answers, as_typed
from workbook_builder.judge.leftovers import leftovers
from workbook_builder.judge.opening import Desk, Opened, Refused
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import PASSED_AFTER_CHANGES, Remark, Review
from workbook_builder.ledger.rows import Document, Submission
from workbook_builder.ledger.standing import Standing
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

LEVEL_COUNTS = (("错误", "错误"), ("提醒", "提醒"), (REMARK_WORD, "指标意见"), (KEPT_WORD, "没有对应单元格的内容"))
OF_FILES = (ANY_FILE, ANY_STRUCTURE, NAME_NOT_ON_ROSTER)  # rules of the whole file: why it is none of this task
ANEW = (STRUCTURE_ISSUE_OUTDATED, STRUCTURE_WRONG_ROUND, STRUCTURE_WRONG_YEAR)
AT_ONCE = 50  # copies that are recorded and written together
Outcome = Literal["written", "unchanged", "changed_by_hand", "impossible"]


class Opinion(NamedTuple):
    """What a reviewer of the centre says of a project, shown on top of 退回意见, and of single indicators, at their rows."""

    text: str
    reviewer: str = ""
    passes_when_changed: bool = False  # the verdict is 修改后通过
    remarks: tuple[Remark, ...] = ()  # sub_project None: of the declaration's own form

    @property
    def words(self) -> str:
        """All of it; what a former version of the program did not know comes last."""
        more = [PASSED_AFTER_CHANGES] if self.passes_when_changed else []
        more += [f"{remark.place}{remark.words}" for remark in self.remarks]
        return "\n".join((self.text, self.reviewer, *more))


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


class _Copy(NamedTuple):
    data: bytes
    levels: Sequence[str]  # of the lines of 退回意见


def return_copies(
    collection: Collection,
    ledger: Ledger,
    opinions: Mapping[str, Opinion] | None = None,
    progress: Progress = untold,
    passwords: Sequence[str] = (),
) -> tuple[Returned, ...]:
    """Writes a copy for each submission that counts and was returned, unless it has one; files without project follow.

    opinions: of the centre's reviewers, by project code, those of the ledger unless given; where one changed, the copy
    is made anew. passwords: to try where a file is encrypted. Raises ContentError where the roster has mistakes,
    UsageError where a file or the ledger cannot be written or read.
    """
    desk = Desk(collection, passwords)
    standing = Standing(collection, desk, ledger)
    told = _opinions(standing) if opinions is None else opinions
    returning = list(standing.returning(told))
    documents = standing.ledger.documents(one.submission.id for one in returning)
    work, done = _Work(collection, desk), []
    for number, (one, document) in enumerate(zip(returning, documents, strict=True)):
        progress(number, len(returning))
        done.append(
            work.returned(
                _Source(one.submission, document, one.of_whole, told.get(one.submission.project_code, NO_OPINION))
            )
        )
    work.write()
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
        message = "".join(finding.message for finding in document.findings if finding.rule.startswith(OF_FILES))
        yield Returned("impossible", stray.file, stray.unit_code, stray.project_code, message=message)


class _Source(NamedTuple):
    """A submission that goes back, and what is said of it."""

    submission: Submission
    document: Document
    of_whole: tuple[Finding, ...]  # what shows only beside the other parts
    opinion: Opinion

    @property
    def number(self) -> int:
        """The submission number that the copy carries."""
        return min(NUMBER_LIMIT, max(1, self.submission.submission_number) + 1)

    @property
    def project_name(self) -> str:
        """Of the project declared there: of a part, the sub-project's own."""
        declared = self.document.declaration
        if self.submission.part == "sub_project":
            declared = declared["sub_projects"][0]
        return str(declared.get("project_name") or "")

    @property
    def remarks(self) -> str:
        """What the copy says that may change after the submission was recorded; the copy is made anew then."""
        return "\n".join((self.opinion.words, *(finding.message for finding in self.of_whole))).strip()


class _Work:
    """The making of copies for one collection."""

    def __init__(self, collection: Collection, desk: Desk):
        self._collection, self._desk = collection, desk
        self._lock: Lock = lock_of(collection.password)
        self._known: dict[tuple[str, str], ReturnCopy] = {}  # the last copy of a file and what is said of it
        self._ours: set[str] = set()  # the SHA-256 of all copies
        self._waiting: dict[Path, bytes] = {}  # made and not yet written, with their records
        self._unrecorded: list[ReturnCopy] = []
        for copy in collection.return_copies():
            self._know(copy)
        self._issues = collection.issues()
        self._units = {unit.unit_code: unit.unit_name for unit in desk.roster.units}

    def returned(self, source: _Source) -> Returned:
        """Writes the copy of one submission, unless it has one."""
        submission, path = source.submission, self._path(source)
        what = Returned("impossible", submission.file, submission.unit_code, submission.project_code)
        if replaced := _replaced_by_newer(source.document):
            return what._replace(message=replaced)
        copied = what._replace(copy=path, submission=source.number)
        if path in self._waiting:
            self.write()
        if (known := self._known.get((submission.sha256, source.remarks))) and path.is_file():
            return _as_it_is(copied, path, known)
        if path.is_file() and sha256(read_file(path)) not in self._ours:
            return copied._replace(outcome="changed_by_hand", message=_in_the_way(path))
        try:
            copy = self._copy(source)
        except UnreadableError as error:
            return what._replace(message=error.finding.message)
        self._keep_copy(source, path, copy.data)
        errors, warnings, kept = (sum(level == word for level in copy.levels) for word in ("错误", "提醒", KEPT_WORD))
        return copied._replace(outcome="written", errors=errors, warnings=warnings, kept=kept)

    def _know(self, copy: ReturnCopy) -> None:
        self._known[copy.source_sha256, copy.opinion] = copy
        self._ours.add(copy.sha256)

    def _path(self, source: _Source) -> Path:
        """Named like the workbook as it was sent out, with the copy's number."""
        submission = source.submission
        if issue := self._issues.get(submission.issue_id):
            sent = PurePosixPath(issue.file)
            folder, stem = sent.parent.name, sent.stem
        else:
            unit = submission.unit_code
            folder = file_name(f"{unit}_{self._units.get(unit, '')}".strip("_"))
            stem = file_name(f"{submission.project_code}_{source.project_name}".strip("_"))
        return self._collection.returned / folder / f"{stem}_退回{source.number}.xlsx"

    def write(self) -> None:
        """Records and writes the copies that wait for it.

        The records first: a copy without one would be taken for a file that somebody else put there.
        """
        if self._waiting:
            self._collection.record_returns(self._unrecorded)
            write_files(self._waiting)
            self._unrecorded, self._waiting = [], {}

    def _keep_copy(self, source: _Source, path: Path, data: bytes) -> None:
        """To be written with some others."""
        submission, file = source.submission, path.relative_to(self._collection.folder).as_posix()
        issued_as = submission.issue_id, submission.project_code, source.number
        made = ReturnCopy(submission.sha256, *issued_as, file, sha256(data), source.remarks)
        self._know(made)
        self._unrecorded.append(made)
        self._waiting[path] = data
        if len(self._waiting) >= AT_ONCE:
            self.write()

    def _notices(self, opened: Opened) -> dict[str, str]:
        """What it tells the unit beside the form, with the deadline as it is by now; a level below has its own."""
        told = opened.notices
        if "deadline" in told and not self._desk.is_received(opened.identity):
            told["deadline"] = notices_for(self._desk.roster, opened.identity.unit_code)["deadline"]
        return told

    def _copy(self, source: _Source) -> _Copy:
        submission = source.submission
        data = read_file(self._collection.original(submission.sha256, submission.file))
        opened = self._desk.open(data, submission.file)
        if isinstance(opened, Refused):
            raise UnreadableError(opened.findings[0])
        typed = tuple(answers(opened))
        values = {
            **self._notices(opened),
            **self._issued(opened),
            **{answer.slot.key: answer.value for answer in typed},
        }
        cells = opened.blank.cell_values(opened.identity, values)
        opened.blank.calculator.calculate(cells)
        returning = Returning(opened)
        findings = (*source.document.findings, *(_in_part(finding, opened) for finding in source.of_whole))
        lines = returning.lines(findings, leftovers(opened, typed), source.opinion.remarks)
        contents = returning.contents(lines, cells)
        shape = opened.identity.shape._replace(opinion_rows=line_count(len(lines)))
        identity = opened.identity._replace(submission=source.number, shape=shape, blank="")
        blank: Blank = self._desk.blank(identity)
        self._collection.keep_blank(blank.digest, blank.to_bytes)
        levels = [line.level for line in lines]
        anew = laid_anew(opened.blank.layout, blank.layout)
        lines = [line._replace(place=line.place and anew(line.place)) for line in lines]
        contents = {where: content for place, content in contents.items() if (where := anew(place))}
        added = additions(blank.layout, self._headings(source, levels), lines, contents)
        return _Copy(blank.workbook(identity, values, self._lock, added), levels)

    def _issued(self, opened: Opened) -> dict[str, Any]:
        """What the roster gave; without a record of the issue, what stands in its cells."""
        issued = self._desk.issued_values(opened.identity)
        if issued is not None:
            return dict(issued)
        return {
            key: as_typed(opened.located.cells[key], slot.field)
            for key, slot in opened.blank.layout.slots.items()
            if slot.kind in ("prefilled", "helper") and key in opened.located.cells
        }

    def _headings(self, source: _Source, levels: Sequence[str]) -> dict[str, str]:
        submission = source.submission
        received = local(submission.received_at)
        counts = "、".join(f"{words} {levels.count(level)} 处" for level, words in LEVEL_COUNTS if level in levels)
        why = f"：{counts}" if counts else "，见审核意见"
        verdict = "修改后通过，请按审核意见修改" if source.opinion.passes_when_changed else "应退回修改"
        return {
            "project": f"{submission.project_code} {source.project_name}".strip(),
            "unit": f"{submission.unit_code} {self._units.get(submission.unit_code, '')}".strip(),
            "file": f"{submission.file}（{received:%Y-%m-%d %H:%M} 收到）",
            "verdict": f"{verdict}{why}。改好后交回，记为第 {source.number} 次填报。",
            "opinion": source.opinion.text,
            "reviewer": source.opinion.reviewer,
        }


def _replaced_by_newer(document: Document) -> str:
    """Why a file is not mended but filled in anew: what was issued since differs from it; "" where that is not so."""
    return "".join(finding.message for finding in document.findings if finding.rule in ANEW)


def _as_it_is(copied: Returned, path: Path, known: ReturnCopy) -> Returned:
    if sha256(read_file(path)) == known.sha256:
        return copied._replace(outcome="unchanged")
    return copied._replace(outcome="changed_by_hand", message=_in_the_way(path))


def _in_part(finding: Finding, opened: Opened) -> Finding:
    """A finding about the whole, at its place in a part."""
    where = opened.located.places.get(finding.key or "")
    message = f"各部分合并后：{finding.message}"
    if where is None:
        return finding._replace(sheet=None, cell=None, message=message)
    return finding._replace(sheet=where.sheet, cell=where.address, message=message)


def _in_the_way(path: Path) -> str:
    return f"“{path}”已存在，且不是生成时的样子（可能已有人改动），没有覆盖。要重新生成，请先移走它。"
