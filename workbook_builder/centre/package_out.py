"""`package`: the accepted declarations of a collection as one file for the next level."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.clock import now
from workbook_builder.collection.folder import PACKAGE_ENDING, Collection, sha256
from workbook_builder.collection.records import Issue
from workbook_builder.errors import UsageError
from workbook_builder.files import file_name, read_file, whole_file
from workbook_builder.form.declaration import SUB_PROJECTS
from workbook_builder.form.model import MONEY_LINES, Form
from workbook_builder.intake.arrivals import MAX_MEMBERS
from workbook_builder.intake.manifest import (
    ARCHIVED,
    MANIFEST,
    SUMMARY,
    WORKBOOKS,
    Manifest,
    Sent,
    SentReview,
    totals_of,
)
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import DISPUTED, Accepted, LeftOut, counting
from workbook_builder.ledger.publicity import publicity_of
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import PASSED, LowerReview
from workbook_builder.ledger.rows import Submission
from workbook_builder.ledger.standing import Standing
from workbook_builder.ooxml.listing import Column, Content, Listing, list_workbook
from workbook_builder.progress import Progress, untold
from workbook_builder.values.numbers import amount_text

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".fods", ".xml", ".et")  # of workbooks, as they came
CODE_IN_NAME = 8  # digits of the manifest's code
OTHER_FILES = 50  # manifest, summary, templates and rules, at most
HEAD_COLUMNS = (
    Column("单位编码", 14), Column("项目编码", 14), Column("项目名称", 24), Column("实施单位", 20),
    Column("子项目数", 8, "whole"),
)  # fmt: skip
LEFT_OUT_COLUMNS = (Column("单位编码", 14), Column("项目编码", 18), Column("项目名称", 36), Column("原因", 36))


class Packed(NamedTuple):
    """A package as written."""

    path: Path
    manifest: Manifest
    left_out: tuple[LeftOut, ...]
    unreviewed: tuple[str, ...] = ()  # codes of projects in it on which nobody has given a verdict
    awaiting: tuple[str, ...] = ()  # codes of projects in it that passed but for a change, which has not come
    disputed: tuple[str, ...] = ()  # codes of projects in it on which reviewers contradict one another
    earlier: tuple[str, ...] = ()  # names of packages of the same collection that lie beside it

    def to_json(self) -> dict[str, Any]:
        """The document of `package --json`."""
        manifest = self.manifest
        return {
            "file": str(self.path),
            "code": manifest.code,
            "sha256": manifest.sha256,
            "projects": len(manifest.sent),
            "totals": {key: amount_text(amount) for key, amount in manifest.totals.items()},
            "left_out": [entry._asdict() for entry in self.left_out],
            "unreviewed": list(self.unreviewed),
            "awaiting_change": list(self.awaiting),
            "disputed": list(self.disputed),
            "earlier": list(self.earlier),
        }


class _Kept(NamedTuple):
    """An accepted declaration whose file and records are all at hand."""

    accepted: Accepted
    original: Path  # read when its turn comes: not all of them are in memory
    issues: tuple[Issue, ...]

    @property
    def submission(self) -> Submission:
        """As the ledger has it."""
        return self.accepted.submission


def pack(
    collection: Collection,
    ledger: Ledger,
    output: Path | None = None,
    *,
    reviewed: bool = False,
    progress: Progress = untold,
) -> Packed:
    """Writes the package, by default into the collection's folder; an older one is never overwritten.

    reviewed: only what a reviewer let pass as it is. Raises ContentError where the roster has mistakes, UsageError where
    there is nothing to pass on or the file exists.
    """
    desk = Desk(collection)
    standing = Standing(collection, desk, ledger)
    counted = counting(standing, _in_summary)
    left_out = list(counted.left_out)
    passing = list(_passing(counted.accepted, left_out)) if reviewed else counted.accepted
    kept = list(_kept(collection, passing, left_out))
    if not kept:
        lacking, advice = ("审核通过", "请先审核") if reviewed else ("可以接收", "请先 import")
        raise UsageError(f"“{collection.folder}”的台账中没有{lacking}的申报，没有写报送包。{advice}。")
    if len(kept) > MAX_MEMBERS - OTHER_FILES:
        most = f"一个报送包最多 {MAX_MEMBERS - OTHER_FILES} 个"
        advice = "请按主管部门分成几个任务，各自下发、收表、报送"
        raise UsageError(f"有 {len(kept)} 个项目可以报送，{most}，没有写报送包。{advice}。")
    manifest, files = _content(collection, desk, standing, kept, left_out)
    # The code tells packages apart that others packed in folders of the same name.
    code = manifest.code.replace("-", "")[:CODE_IN_NAME]
    whose = f"{collection.folder.resolve().name}_{desk.roster.settings.round}_"
    name = f"{whose}{code}{PACKAGE_ENDING}"
    path = output or collection.folder / name
    with whole_file(path) as temporary:
        _write_zip(temporary, {MANIFEST: manifest.to_bytes(), **files}, progress)
    told_of = (
        tuple(one.submission.project_code for one in kept if is_so(one.accepted))
        for is_so in (lambda one: one.verdict is None, lambda one: one.is_awaiting_change, lambda one: one.is_disputed)
    )
    beside = sorted(one.name for one in path.parent.glob(f"*{PACKAGE_ENDING}") if one.name.startswith(whose))
    earlier = tuple(name for name in beside if name != path.name)
    return Packed(path, manifest, tuple(left_out), *told_of)._replace(earlier=earlier)


def _passing(accepted: Iterable[Accepted], left_out: list[LeftOut]) -> Iterator[Accepted]:
    """What a reviewer let pass as it is, uncontradicted; a change that was asked for is waited for, and reviewed in its turn."""
    for entry in accepted:
        if entry.is_disputed:
            left_out.append(entry.left_out(DISPUTED))
        elif entry.verdict == PASSED:
            yield entry
        elif entry.is_awaiting_change:
            left_out.append(entry.left_out("审核结论为“修改后通过”，改好的还没有交来"))
        else:
            left_out.append(entry.left_out("还没有审核结论"))


def _kept(collection: Collection, accepted: Iterable[Accepted], left_out: list[LeftOut]) -> Iterator[_Kept]:
    known = {**collection.received_issues(), **collection.issues()}
    for entry in accepted:
        submission = entry.submission
        original, ids = collection.original(submission.sha256, submission.file), submission.issue_ids
        if sha256(read_file(original)) != submission.sha256:
            left_out.append(entry.left_out("档案中的原件被改动过"))
        elif not known.keys() >= set(ids):
            left_out.append(entry.left_out("档案中没有它的下发记录，上级无法核对"))
        else:
            yield _Kept(entry, original, tuple(known[issue_id] for issue_id in ids))


def _content(
    collection: Collection, desk: Desk, standing: Standing, kept: Sequence[_Kept], left_out: Sequence[LeftOut]
) -> tuple[Manifest, dict[str, bytes | Path]]:
    """The manifest and every other file, or where it lies, by its name in the package."""
    settings, form = desk.roster.settings, desk.form
    lines = _money(standing.ledger, form, settings.fiscal_year)
    names = list(_names(kept))
    level, lower = collection.folder.resolve().name, standing.reviewing.lower
    sent = tuple(
        _sent(entry, name, lines)._replace(reviews=_reviews(entry, lower.get(entry.submission.sha256, ()), level))
        for entry, name in zip(kept, names, strict=True)
    )
    issues = {issue.issue_id: issue for entry in kept for issue in entry.issues}
    made = _issued_with(collection, issues.values())
    made[SUMMARY] = _summary(form, kept, sent, left_out)
    digests = {name: entry.submission.sha256 for entry, name in zip(kept, names, strict=True)}
    files: dict[str, bytes | Path] = {name: entry.original for entry, name in zip(kept, names, strict=True)}
    moment = now().isoformat()
    manifest = Manifest(
        level,
        form.form_id,
        settings.fiscal_year,
        settings.round,
        moment,
        sent,
        tuple(issues.values()),
        digests | {name: sha256(data) for name, data in made.items()},
        totals_of(sent),
        publicity_of(collection, standing.roster),
    )
    return manifest, files | made


def _money(ledger: Ledger, form: Form, fiscal_year: int) -> dict[str, dict[str, Decimal]]:
    """The money lines of every file that counts, by its SHA-256."""
    lines: dict[str, dict[str, Decimal]] = {}
    for line in ledger.money(form.form_id, fiscal_year):
        if line.key in MONEY_LINES:
            lines.setdefault(line.sha256, {})[line.key] = line.amount_yuan
    return lines


def _names(kept: Iterable[_Kept]) -> Iterator[str]:
    """A name of its own for each workbook; what file names cannot hold may be all that differs."""
    taken: set[str] = set()
    for entry in kept:
        folder = f"{WORKBOOKS}/{file_name(entry.submission.unit_code)}"
        name, number = f"{entry.submission.project_code}_{entry.accepted.project_name}", 1
        came_as = Path(entry.submission.file).suffix.lower()
        suffix = came_as if came_as in SUFFIXES else SUFFIXES[0]
        path = f"{folder}/{file_name(name)}{suffix}"
        while path.casefold() in taken:
            number += 1
            path = f"{folder}/{file_name(name)}({number}){suffix}"
        taken.add(path.casefold())
        yield path


def _sent(entry: _Kept, name: str, lines: Mapping[str, Mapping[str, Decimal]]) -> Sent:
    submission = entry.submission
    return Sent(
        name,
        submission.sha256,
        submission.unit_code,
        submission.project_code,
        entry.accepted.project_name,
        submission.status,
        lines.get(submission.sha256, {}),
        tuple(issue.issue_id for issue in entry.issues),
        submission.issue_order,
        submission.modified_at,
    )


def _reviews(entry: _Kept, lower: Iterable[LowerReview], level: str) -> tuple[SentReview, ...]:
    """What lower levels and this one decided on a declaration."""
    below = [SentReview(*one) for one in lower]
    review = entry.accepted.review
    if review is None or review.verdict is None:
        return tuple(below)
    day = str(review.reviewed_on or "")
    return (*below, SentReview(level, review.verdict, review.opinion_words, review.reviewer or "", day))


def _issued_with(collection: Collection, issues: Iterable[Issue]) -> dict[str, bytes]:
    """The templates and rules of the issues, under their names in the archive."""
    paths = {collection.archived_template(issue.template_sha256) for issue in issues}
    paths |= {collection.archived_rules(issue.rules_sha256) for issue in issues if issue.rules_sha256}
    return {f"{ARCHIVED}/{path.name}": read_file(path) for path in sorted(paths)}


def _summary(form: Form, kept: Sequence[_Kept], sent: Sequence[Sent], left_out: Sequence[LeftOut]) -> bytes:
    """汇总清单.xlsx: a row for each project and the totals; what was left out."""
    lines = [key for key in MONEY_LINES if key in form.fields]
    columns = (*HEAD_COLUMNS, *(Column(form.fields[key].label, 15, "amount") for key in lines))
    rows = [_row(entry, declared, lines) for entry, declared in zip(kept, sent, strict=True)]
    totals = totals_of(sent)
    last: tuple[Content, ...] = ("合计", *(None for _ in HEAD_COLUMNS[1:]), *(totals.get(key) for key in lines))
    passed = Listing("报送项目", "一行一个项目，金额单位：元；合计与清单一致。", columns, [*rows, last])
    missing = Listing("未纳入的项目", "不在本报送包中，原因见最后一列。", LEFT_OUT_COLUMNS, left_out)
    return list_workbook(passed, missing)


def _in_summary(declaration: Mapping[str, Any]) -> Mapping[str, Any]:
    """What 汇总清单.xlsx shows of a declaration, its sub-projects by their number only."""
    shown = {key: declaration.get(key) for key in ("project_name", "implementing_unit")}
    return {**shown, SUB_PROJECTS: ({},) * len(declaration.get(SUB_PROJECTS, ()))}


def _row(entry: _Kept, sent: Sent, lines: Sequence[str]) -> tuple[Content, ...]:
    declaration = entry.accepted.declaration
    return (
        sent.unit_code, sent.project_code, sent.project_name, declaration.get("implementing_unit"),
        len(declaration[SUB_PROJECTS]), *(sent.amounts.get(key) for key in lines),
    )  # fmt: skip


def _write_zip(path: Path, files: Mapping[str, bytes | Path], progress: Progress) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for done, (name, content) in enumerate(files.items()):
            progress(done, len(files))
            data = read_file(content) if isinstance(content, Path) else content
            is_packed = name.endswith(".xlsx")  # compressed already
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED)
    progress(len(files), len(files))
