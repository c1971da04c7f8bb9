"""退回: for each file that was returned a fresh locked workbook with its answers, its findings at their cells."""

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.blank.opinion_sheet import KEPT_WORD, line_count
from workbook_builder.centre.returns.lines import Returning
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.records import ReturnCopy
from workbook_builder.errors import UnreadableError
from workbook_builder.files import file_name, read_file, write_file
from workbook_builder.findings import Finding
from workbook_builder.form.meta_cell import NUMBER_LIMIT
from workbook_builder.judge.additions import additions, own_notes
from workbook_builder.judge.answers import answers, as_typed
from workbook_builder.judge.leftovers import leftovers
from workbook_builder.judge.opening import Desk, Opened, Refused
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import SENT_BACK
from workbook_builder.ledger.standing import Standing
from workbook_builder.ooxml.notes_read import read_notes
from workbook_builder.ooxml.password import Lock, lock_of
from workbook_builder.progress import Progress, untold
from workbook_builder.rule_ids import ANY_FILE, ANY_STRUCTURE, NAME_NOT_ON_ROSTER

OF_FILES = (ANY_FILE, ANY_STRUCTURE, NAME_NOT_ON_ROSTER)  # rules of the whole file: why it is none of this task
Outcome = Literal["written", "unchanged", "changed_by_hand", "impossible"]


class Opinion(NamedTuple):
    """What a reviewer of the centre says of a project, shown on top of 退回意见."""

    text: str
    reviewer: str = ""


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
) -> tuple[Returned, ...]:
    """Writes a copy for each submission that counts and was returned, unless it has one; files without project follow.

    opinions: of the centre's reviewers, by project code, those of the ledger unless given; where one changed, the copy
    is made anew. Raises ContentError where the roster has mistakes, UsageError where a file or the ledger cannot be
    written or read.
    """
    desk = Desk(collection)
    standing = Standing(collection, desk, ledger)
    if opinions is None:
        opinions = dict(_reviewed(standing, desk, ledger))
    of_whole = {item.row.id: item.of_whole for item in standing.expected() if item.row is not None}
    current = standing.current
    issues = collection.issues()
    # A ledger may serve several collections; and what was merged from parts goes back part by part.
    rows = [
        row
        for row in current
        if not row.parts_sha256
        and (row.status == "returned" or of_whole.get(row.id) or _is_spoken_of(row, opinions))
        and (row.issue_id in issues or standing.original(row).is_file())
    ]
    work, done = _Work(collection, desk, opinions), []
    for number, row in enumerate(rows):
        progress(number, len(rows))
        done.append(work.returned(row, of_whole.get(row.id, ())))
    progress(len(rows), len(rows))
    return (*done, *_without_copy(standing, {row.id for row in rows}))


def _reviewed(standing: Standing, desk: Desk, ledger: Ledger) -> Iterator[tuple[str, Opinion]]:
    """What reviewers say of what they sent back, and of what is returned anyway."""
    returned = {row.project_code for row in standing.current if row.status == "returned"}
    for code, review in ledger.reviews(desk.form.form_id, desk.roster.settings.fiscal_year).items():
        is_sent_back = review.verdict == SENT_BACK
        if review.is_current and (is_sent_back or (review.opinion and code in returned)):
            yield code, Opinion(review.opinion or "审核结论：退回。", review.reviewer or "")


def _is_spoken_of(row: Any, opinions: Mapping[str, Opinion]) -> bool:
    """An opinion is about a root project: of one in parts, its parent's part carries it."""
    return row.part != "sub_project" and row.project_code in opinions


def _without_copy(standing: Standing, worked_on: AbstractSet[int]) -> Iterator[Returned]:
    """What no workbook can be made of, being unreadable or for another task: none is forgotten.

    worked_on: the ids of the submissions of which a copy was tried.
    """
    newest = {row.project_code: row.id for row in standing.current}
    for row in standing.strays():
        is_settled = row.project_code is not None and newest.get(row.project_code, 0) > row.id
        if not is_settled and row.id not in worked_on:
            findings = json.loads(row.document)["findings"]
            message = "".join(finding["message"] for finding in findings if finding["rule"].startswith(OF_FILES))
            yield Returned("impossible", row.file, row.unit_code, row.project_code, message=message)


class _Work:
    """The making of copies for one collection."""

    def __init__(self, collection: Collection, desk: Desk, opinions: Mapping[str, Opinion]):
        self._collection, self._desk, self._opinions = collection, desk, opinions
        self._lock: Lock = lock_of(collection.password)
        self._copies = list(collection.return_copies())
        self._issues = collection.issues()
        self._units = {unit.unit_code: unit.unit_name for unit in desk.roster.units}

    def returned(self, row: Any, of_whole: Sequence[Finding]) -> Returned:
        """Writes the copy of one submission; row: of the ledger; of_whole: what shows only beside the other parts."""
        what = Returned("impossible", row.file, row.unit_code, row.project_code)
        opinion = self._opinions.get(row.project_code, Opinion("")) if row.part != "sub_project" else Opinion("")
        said = "\n".join((*opinion, *(finding.message for finding in of_whole))).strip()
        path = self._path(row)
        known = next((c for c in reversed(self._copies) if (c.source_sha256, c.opinion) == (row.sha256, said)), None)
        what = what._replace(copy=path, submission=_next_number(row))
        if known and path.is_file():
            return self._as_it_is(what, path, known)
        if path.is_file() and sha256(read_file(path)) not in {copy.sha256 for copy in self._copies}:
            return what._replace(outcome="changed_by_hand", message=_in_the_way(path))
        try:
            copy = self._copy(row, opinion, of_whole)
        except UnreadableError as error:
            return what._replace(copy=None, submission=None, message=error.finding.message)
        self._write(row, said, path, copy.data)
        errors, warnings, kept = (sum(level == word for level in copy.levels) for word in ("错误", "提醒", KEPT_WORD))
        return what._replace(outcome="written", errors=errors, warnings=warnings, kept=kept)

    def _as_it_is(self, what: Returned, path: Path, known: ReturnCopy) -> Returned:
        if sha256(read_file(path)) == known.sha256:
            return what._replace(outcome="unchanged")
        return what._replace(outcome="changed_by_hand", message=_in_the_way(path))

    def _path(self, row: Any) -> Path:
        """Named like the workbook as it was sent out, with the copy's number."""
        issue = self._issues.get(row.issue_id)
        if issue:
            sent = PurePosixPath(issue.file)
            folder, stem = sent.parent.name, sent.stem
        else:
            unit = row.unit_code or ""
            folder = file_name(f"{unit}_{self._units.get(unit, '')}".strip("_"))
            stem = file_name(f"{row.project_code}_{_project_name(row)}".strip("_"))
        return self._collection.returned / folder / f"{stem}_退回{_next_number(row)}.xlsx"

    def _write(self, row: Any, opinion: str, path: Path, data: bytes) -> None:
        """The record first: a copy without one would be taken for a file that somebody else put there."""
        file = path.relative_to(self._collection.folder).as_posix()
        record = ReturnCopy(
            row.sha256, row.issue_id or "", row.project_code, _next_number(row), file, sha256(data), opinion
        )
        self._copies.append(record)
        self._collection.record_returns(self._copies)
        write_file(path, data, overwrite=True)

    def _copy(self, row: Any, opinion: Opinion, of_whole: Sequence[Finding]) -> _Copy:
        data = read_file(self._collection.original(row.sha256, row.file))
        opened = self._desk.open(data, row.file)
        if isinstance(opened, Refused):
            raise UnreadableError(opened.finding)
        typed = tuple(answers(opened))
        values = {**self._issued(opened), **{answer.slot.key: answer.value for answer in typed}}
        cells = opened.blank.cell_values(opened.identity, values)
        opened.blank.calculator.calculate(cells)
        returning = Returning(opened)
        findings = [Finding(**entry) for entry in json.loads(row.document)["findings"]]
        findings += [_in_part(finding, opened) for finding in of_whole]
        notes = own_notes(opened, read_notes(data, row.file))
        lines = returning.lines(findings, leftovers(opened, typed, notes))
        contents = returning.contents(lines, cells)
        shape = opened.identity.shape._replace(opinion_rows=line_count(len(lines)))
        identity = opened.identity._replace(submission=_next_number(row), shape=shape)
        blank: Blank = self._desk.blank(identity)
        levels = [line.level for line in lines]
        added = additions(blank.layout, self._headings(row, opinion, levels), lines, contents)
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

    def _headings(self, row: Any, opinion: Opinion, levels: Sequence[str]) -> dict[str, str]:
        came = row.received_at.replace(tzinfo=datetime.UTC).astimezone()
        counts = "、".join(
            f"{words} {levels.count(level)} 处"
            for level, words in (("错误", "错误"), ("提醒", "提醒"), (KEPT_WORD, "没有对应单元格的内容"))
            if level in levels
        )
        found = f"：{counts}" if counts else "，见审核意见"
        return {
            "project": f"{row.project_code} {_project_name(row)}".strip(),
            "unit": f"{row.unit_code} {self._units.get(row.unit_code, '')}".strip(),
            "file": f"{row.file}（{came:%Y-%m-%d %H:%M} 收到）",
            "verdict": f"应退回修改{found}。改好后交回，记为第 {_next_number(row)} 次填报。",
            "opinion": opinion.text,
            "reviewer": opinion.reviewer,
        }


def _in_part(finding: Finding, opened: Opened) -> Finding:
    """A finding about the whole, at its place in a part."""
    where = opened.located.places.get(finding.key or "")
    message = f"各部分合并后：{finding.message}"
    if where is None:
        return finding._replace(sheet=None, cell=None, message=message)
    return finding._replace(sheet=where.sheet, cell=where.address, message=message)


def _next_number(row: Any) -> int:
    return min(NUMBER_LIMIT, int(row.submission_number) + 1)


def _project_name(row: Any) -> str:
    """Of the project declared there: of a part, the sub-project's own."""
    declaration = json.loads(row.document)["declaration"] or {}
    declared = declaration["sub_projects"][0] if row.part == "sub_project" else declaration
    return str(declared.get("project_name") or "")


def _in_the_way(path: Path) -> str:
    return f"“{path}”已存在，且不是生成时的样子（可能已有人改动），没有覆盖。要重新生成，请先移走它。"
