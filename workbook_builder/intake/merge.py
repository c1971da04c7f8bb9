"""合并: the parts of a root project, as they came back, put together again.

The workbook is the one that `generate` would have made without --split, filled in with what the parts hold, as typed.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.roster import RosterProject
from workbook_builder.errors import ContentError, UnreadableError, UsageError
from workbook_builder.files import file_name, read_file, write_file
from workbook_builder.findings import Finding, finding_of_file, has_errors
from workbook_builder.form.declaration import sub_project_of
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.splitting import renumbered, values_of_whole, whole_of
from workbook_builder.judge.answers import Held
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.opening import Desk, Refused
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.rows import Document, Submission, parts_sha256
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.stands import Expected
from workbook_builder.ooxml.password import Lock, lock_of
from workbook_builder.rule_ids import MERGE_APART, MERGE_OTHER_ROOT, MERGE_UNDECIDED

SALT_BYTES = 16
PARTS_AT_HAND = 2_000  # of which is kept what they hold, about 10 KB each; the others are read again


class Merged(NamedTuple):
    """The workbook of a whole root project, merged from its parts."""

    file: str
    data: bytes
    checked: Checked  # with the errors of its parts
    parts: tuple[Submission, ...]  # that it was merged from, the parent's first


class _Part(NamedTuple):
    """A part, and what of it is merged."""

    file: str
    identity: Identity
    held: Held


class Merging(NamedTuple):
    """What one run of `merge` did."""

    written: tuple[tuple[Path, Checked], ...]
    missing: tuple[Mapping[str, str], ...]  # parts that nothing came for: unit_code, project_code, project_name
    clashes: tuple[Finding, ...]  # why other projects, of which all parts came, could not be merged

    @property
    def exit_code(self) -> int:
        """0 all merged and accepted, else 1."""
        is_sound = all(checked.status == "accepted" for _, checked in self.written)
        return 0 if is_sound and not self.missing and not self.clashes else 1

    def to_json(self) -> dict[str, Any]:
        """The document of `merge --json`."""
        return {
            "merged": [
                {
                    "project_code": checked.identity and checked.identity.project_code,
                    "file": str(path),
                    "status": checked.status,
                }
                for path, checked in self.written
            ],
            "missing": [dict(entry) for entry in self.missing],
            "clashes": [finding._asdict() for finding in self.clashes],
        }


def merge(
    collection: Collection, ledger: Ledger, codes: Sequence[str], folder: Path, passwords: Sequence[str] = ()
) -> Merging:
    """Writes the merged workbook of each root project of which all parts are in the ledger into `folder`.

    codes: the root projects to be merged; none for all that come in parts. passwords: to try where a part is encrypted.
    Raises UsageError for a code that is no such project, and where a file in the way is not as an earlier run wrote it;
    ContentError where the roster has mistakes.
    """
    merger = Merger(collection, Desk(collection, passwords), ledger)
    written: list[tuple[Path, Checked]] = []
    missing: list[dict[str, str]] = []
    clashes: list[Finding] = []
    for root in _wanted(merger.standing, codes):
        parts = merger.standing.parts(root)
        missing += (part.missing_entry() for part in parts if part.counted is None)
        if all(part.counted for part in parts):
            try:
                merged = merger.merged(root, parts)
            except ContentError as error:
                clashes += error.findings
                continue
            path = folder / merged.file
            _write_merged(path, merged.data, merger.standing.ledger)
            written.append((path, merged.checked))
    return Merging(tuple(written), tuple(missing), tuple(clashes))


def _wanted(standing: Standing, codes: Sequence[str]) -> list[RosterProject]:
    families = {root.project_code: root for root in standing.roster.projects if root.sub_projects}
    for code in codes:
        if code not in families:
            raise UsageError(f"“{code}”不是名册中有子项目的母项目，没有合并。请核对项目编码。")
    if codes:
        return [families[code] for code in dict.fromkeys(codes)]
    return [root for root in families.values() if standing.is_split(root)]


def _write_merged(path: Path, data: bytes, ledger: Ledger) -> None:
    """In the place of what was merged from older parts, but never of what somebody has worked on since."""
    if path.is_file() and not ledger.knows(sha256(read_file(path))):
        raise UsageError(f"“{path}”已存在，且不是合并出来时的样子（可能已有人修改），没有覆盖。请先移走它，再合并。")
    write_file(path, data, overwrite=True)


class Merger:
    """Merges the parts that count in a ledger."""

    def __init__(self, collection: Collection, desk: Desk, ledger: Ledger):
        """Raises ContentError where the roster has mistakes."""
        self.standing = Standing(collection, desk, ledger)
        self._collection, self._desk, self._ledger = collection, desk, self.standing.ledger
        self._at_hand: dict[str, tuple[Identity, Held]] = {}  # by the SHA-256 of their bytes

    def keep(self, checked: Checked) -> None:
        """Keeps what a part holds that was judged just now, so that it need not be read again for the whole."""
        if checked.held and checked.identity and checked.sha256 and len(self._at_hand) < PARTS_AT_HAND:
            self._at_hand[checked.sha256] = checked.identity, checked.held

    @cached_property
    def _lock(self) -> Lock:
        """The collection's password, hashed alike each time: the same parts give the same bytes."""
        salt = hashlib.sha256(next(iter(self._collection.issues()), "").encode()).digest()[:SALT_BYTES]
        return lock_of(self._collection.password, salt)

    @cached_property
    def _undecided(self) -> set[tuple[str, str]]:
        """Project and issue of the submissions between which the centre has to decide."""
        return {(one.project_code, one.issue_id) for one in self.standing.undecided}

    def complete(self) -> Iterator[tuple[RosterProject, tuple[Expected, ...]]]:
        """The root projects of which all parts came, as long as nothing was recorded that was merged from these."""
        done = self._ledger.merged()
        begun = {one.project_code for one in self.standing.current if one.part == "parent"}
        for root in (one for one in self.standing.roster.projects if one.sub_projects and one.project_code in begun):
            parts = self.standing.parts(root)
            submissions = _submissions(parts)
            if len(submissions) == len(parts) and parts_sha256(submissions) not in done:
                yield root, parts

    def merged(self, root: RosterProject, parts: Sequence[Expected]) -> Merged:
        """The merged workbook. Raises ContentError where parts clash: the findings say which and what to do."""
        submissions = _submissions(parts)
        parent, *subs = self._opened(root, submissions)
        form = self._desk.blank(parent.identity).layout.form
        identity = whole_of(parent.identity, [sub.identity for sub in subs], parts_sha256(submissions), form)
        contents = values_of_whole(parent.held.contents, [sub.held.contents for sub in subs])
        values = {**parent.held.notices, **contents}
        blank = self._desk.blank(identity)
        self._collection.keep_blank(blank.digest, lambda: blank.as_kept)
        data = blank.workbook(identity, values, self._lock)
        file = merged_name(root)
        documents = self._ledger.documents(part.id for part in submissions)
        checked = _with_errors_of_parts(check(data, file, self._desk), zip(submissions, documents, strict=True))
        return Merged(file, data, checked, submissions)

    def _opened(self, root: RosterProject, parts: Sequence[Submission]) -> list[_Part]:
        opened, findings = [], []
        for part in parts:
            try:
                opened.append(self._open(root, part))
            except UnreadableError as error:
                findings.append(error.finding)
        findings += list(self._apart(root, opened))
        if findings:
            raise ContentError(f"母项目“{root.project_name}”没有合并。", findings)
        return opened

    def _open(self, root: RosterProject, part: Submission) -> _Part:
        """One part, from its archived bytes unless it is at hand. Raises UnreadableError where it cannot be merged."""
        opened = _Part(part.file, *(self._at_hand.get(part.sha256) or self._read(part)))
        if opened.identity.project_code != root.project_code:
            raise UnreadableError(_clash(MERGE_OTHER_ROOT, _of_another_root(opened, root)))
        if (part.project_code, part.issue_id) in self._undecided:
            raise UnreadableError(_clash(MERGE_UNDECIDED, _undecided(part)))
        return opened

    def _read(self, part: Submission) -> tuple[Identity, Held]:
        opened = self._desk.open(read_file(self.standing.original(part)), part.file)
        if isinstance(opened, Refused):
            raise UnreadableError(opened.findings[0])
        return opened.identity, Held.by(opened)

    def _apart(self, root: RosterProject, opened: Sequence[_Part]) -> Iterator[Finding]:
        """Parts that were issued with another form, other rules or for another round than the first."""
        for other in opened[1:]:
            what = [words for words, one, two in self._differences(opened[0], other) if one != two]
            if what:
                first, second = (f"“{part.file}”" for part in (opened[0], other))
                sentence = (
                    f"母项目“{root.project_name}”的两部分 {first} 和 {second} 下发时的{'、'.join(what)}不同，不能合并。"
                    "请让交得较早的单位用最近下发的文件重交。"
                )
                yield _clash(MERGE_APART, sentence)

    def _differences(self, one: _Part, two: _Part) -> Iterator[tuple[str, Any, Any]]:
        first, second = self._desk.issue(one.identity), self._desk.issue(two.identity)
        yield "模板", first and first.template_sha256, second and second.template_sha256
        yield "规则", first and first.rules_sha256, second and second.rules_sha256
        yield "年度", one.identity.fiscal_year, two.identity.fiscal_year
        yield "轮次", one.identity.round, two.identity.round


def merged_name(root: RosterProject) -> str:
    """The name of the file that the parts of a root project are merged into."""
    return f"{file_name(f'合并_{root.project_code}_{root.project_name}')}.xlsx"


def _of_another_root(part: _Part, root: RosterProject) -> str:
    return (
        f"“{part.file}”是母项目“{part.identity.project_code}”的一部分，"
        f"名册中它属于“{root.project_code}”，不能合并。请按现在的名册重新下发后重交。"
    )


def _undecided(part: Submission) -> str:
    return (
        f"“{part.file}”与台账中另一份同样新而内容不同，还没有确定用哪一份，不能合并。"
        "请让单位把要用的一份重新保存后再交一次。"
    )


def _clash(rule: str, message: str) -> Finding:
    return finding_of_file(rule, "error", message)


def _submissions(parts: Iterable[Expected]) -> tuple[Submission, ...]:
    """What counts of the parts, as far as it came."""
    return tuple(part.counted for part in parts if part.counted)


def _with_errors_of_parts(checked: Checked, parts: Iterable[tuple[Submission, Document]]) -> Checked:
    """The whole is returned where a part is: a formula typed over, or a label changed, is not seen in what was merged."""
    known = {(finding.rule, finding.key) for finding in checked.findings}
    errors = (error for number, part in enumerate(parts, start=-1) for error in _errors(*part, number))
    more = [error for error in errors if error.key is None or (error.rule, error.key) not in known]
    findings = (*checked.findings, *more)
    return checked._replace(findings=findings, status="returned" if has_errors(findings) else "accepted")


def _errors(part: Submission, document: Document, number: int) -> Iterator[Finding]:
    """The errors of one part, at the keys of the whole; number: of its sub-project, -1 for the parent's part."""
    for finding in document.findings:
        if finding.severity != "error":
            continue
        if number < 0 or (finding.key and sub_project_of(finding.key) is not None):
            yield finding._replace(key=finding.key and renumbered(finding.key, max(number, 0)))
        else:
            message = f"“{part.file}”：{finding.message}"
            yield finding._replace(sheet=None, cell=None, key=None, message=message)
