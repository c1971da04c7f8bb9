"""下发: a locked workbook for every root project on the roster, or one for each part of it, recorded in the archive."""

import datetime
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.blank.blank import blank_of
from workbook_builder.cells import Place
from workbook_builder.collection.folder import ROSTER, TEMPLATE, Collection, sha256
from workbook_builder.collection.issue_list import write_archives, write_issue_list
from workbook_builder.collection.records import Issue
from workbook_builder.collection.roster import Roster, RosterProject, known_values, offered_by
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_sheets import PROJECTS
from workbook_builder.collection.suggestions import NO_SUGGESTION, Placed, Suggestion, placed, suggestions_for
from workbook_builder.errors import ContentError, UsageError
from workbook_builder.files import file_name, read_file, remove_file, sheet_title, write_file
from workbook_builder.findings import Finding, Subject, finding_at, has_errors
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import FormShape, Part, Shape, lay_out
from workbook_builder.form.meta_cell import Identity, to_text
from workbook_builder.form.model import Form, full_key
from workbook_builder.form.rules import Catalogue, Level
from workbook_builder.form.splitting import (
    parent_part,
    sub_project_part,
    titles_taken,
    values_of_parent,
    values_of_sub_project,
)
from workbook_builder.form.template_reading import Template, load_template
from workbook_builder.ooxml.password import lock_of
from workbook_builder.progress import Progress, untold
from workbook_builder.rule_ids import ROSTER_SUGGESTION_LOST

AT_ONCE = 50  # workbooks made before they are recorded and written: each record writes the whole list


class Generated(NamedTuple):
    """What one run sent out."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]  # issued before with the same content, so left as they are
    removed: tuple[Path, ...]  # unfilled older issues of the same project, under another name
    withdrawn: tuple[Path, ...]  # issued before for projects that are no longer on the roster; left as they are
    issue_list: Path  # 下发清单.xlsx
    archives: tuple[Path, ...]  # one for each unit, where they were asked for
    split: tuple[str, ...]  # codes of root projects that went out whole before and go out in parts now
    joined: tuple[str, ...]  # and of those that went out in parts before and go out whole now
    levels: Mapping[str, Level]  # of the rules that the roster raised, lowered or switched off
    warnings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """The document of `generate --json`."""
        paths = {name: getattr(self, name) for name in ("written", "unchanged", "removed", "withdrawn", "archives")}
        return {
            **{name: [str(path) for path in found] for name, found in paths.items()},
            "issue_list": str(self.issue_list),
            "split": list(self.split),
            "joined": list(self.joined),
            "levels": dict(self.levels),
            "findings": [finding._asdict() for finding in self.warnings],
        }


class _Order(NamedTuple):
    """One workbook to be made."""

    project: RosterProject  # that is declared there
    identity: Identity  # without an issue id yet
    values: Mapping[str, Typed]
    suggested: Placed
    path: Path
    fingerprint: str


def generate(
    collection: Collection,
    catalogue: Catalogue,
    *,
    split: bool = False,
    everything: bool = False,
    archives: bool = False,
    progress: Progress = untold,
) -> Generated:
    """Writes what is new or changed since the last run, 下发清单.xlsx, and where asked an archive for each unit.

    split: in place of a root project with sub-projects, one workbook for each of those and one for its own form.
    everything: issues again what has not changed, too. Raises ContentError for mistakes in 名册.xlsx or 模板.xlsx
    (nothing is written then), UsageError where a file that is in the way was changed by hand.
    """
    template = load_template(read_file(collection.template), TEMPLATE, catalogue)
    offered = offered_by(template.form, catalogue)
    roster, findings = read_roster(read_file(collection.roster), ROSTER, offered)
    if has_errors(findings):
        raise ContentError(f"{ROSTER} 有错误，没有生成任何文件。请按下列提示改正后再生成。", findings)
    issued = collection.latest_issues()
    sent = {issue.sha256 for issue in collection.issues().values()}
    orders = list(_orders(collection, roster, template, catalogue, split=split))
    findings += _lost_suggestions(orders)
    new = [
        order
        for order in orders
        if everything or not _is_issued(collection, order, issued.get(order.project.project_code), sent)
    ]
    _refuse_changed_by_hand(new, sent)
    _issue(collection, template, catalogue.with_levels(roster.levels), new, progress)
    written = tuple(order.path for order in new)
    removed = tuple(_without_older(collection, new, issued))
    expected = {order.project.project_code: order.path for order in orders}
    return Generated(
        written,
        tuple(path for path in expected.values() if path not in set(written)),
        removed,
        tuple(
            path
            for code, issue in issued.items()
            if code not in expected and (path := collection.folder / issue.file).is_file()
        ),
        write_issue_list(collection, roster, expected),
        tuple(write_archives(collection, expected)) if archives else (),
        tuple(_newly("parent", new, issued)),
        tuple(_newly("whole", new, issued)),
        roster.levels,
        tuple(findings),
    )


def _lost_suggestions(orders: Iterable[_Order]) -> Iterator[Finding]:
    """What a project said last year and has no row for now."""
    for order in orders:
        where = Place(PROJECTS.title, order.project.line, 1)
        for words in order.suggested.lost:
            sentence = (
                f"项目“{order.project.project_code}”上年的{words}没有空行可写，没有带入。"
                "请在“指标行数”表中为它或它的子项目增加行数后重新生成。"
            )
            yield finding_at(ROSTER_SUGGESTION_LOST, "warning", Subject(where), sentence)


def _newly(part: Part, orders: Iterable[_Order], issued: Mapping[str, Issue]) -> Iterator[str]:
    """The root projects that go out like this (whole, parent) and went out otherwise before."""
    for order in orders:
        before = issued.get(order.identity.project_code)
        if order.identity.shape.part == part and before and before.part != part:
            yield order.identity.project_code


def _orders(
    collection: Collection, roster: Roster, template: Template, catalogue: Catalogue, *, split: bool
) -> Iterator[_Order]:
    unit_names = {unit.unit_code: unit.unit_name for unit in roster.units}
    taken: set[str] = set()
    known = suggestions_for(collection, roster.settings)
    for root in roster.projects:
        for project, identity, values in _contents(root, roster, template.form, known, split=split):
            unit_code = identity.unit_code
            folder = file_name(f"{unit_code}_{unit_names.get(unit_code) or project.implementing_unit or ''}".strip("_"))
            path = _free_path(collection.outgoing / folder, f"{project.project_code}_{project.project_name}", taken)
            given = sorted((key, str(value)) for key, value in values.items()), sorted(roster.levels.items())
            suggested = _suggested(identity, template.form, catalogue, known)
            told = sorted((key, str(value)) for key, value in suggested.values.items())
            content = f"{to_text(identity)}{given}{sha256(template.data)}{told or ''}"
            yield _Order(project, identity, values, suggested, path, hashlib.sha256(content.encode()).hexdigest())


def _suggested(identity: Identity, form: Form, catalogue: Catalogue, known: Mapping[str, Suggestion]) -> Placed:
    """What is carried over into a workbook; a sub-project's part only shows its parent."""
    codes: dict[int | None, str] = {number: code for number, (code, _) in enumerate(identity.sub_projects)}
    if identity.shape.part != "sub_project":
        codes[None] = identity.project_code
    found = {number: known[code] for number, code in codes.items() if code in known}
    return placed(lay_out(form, identity.shape, catalogue), found) if found else Placed({}, ())


def _contents(
    root: RosterProject, roster: Roster, form: Form, known: Mapping[str, Suggestion], *, split: bool
) -> Iterator[tuple[RosterProject, Identity, dict[str, Typed]]]:
    """For each workbook of a root project: what is declared there, for whom, and what the roster gives."""
    whole, values = _identity(root, roster, form, known), dict(_prefilled_values(root, form))
    if not split or not root.sub_projects:
        yield root, whole, values
        return
    yield root, parent_part(whole), values_of_parent(values)
    for number, sub in enumerate(root.sub_projects):
        part = sub_project_part(whole, number, sub.unit_code or whole.unit_code, form)
        yield sub, part, values_of_sub_project(values, number, form)


def _free_path(folder: Path, name: str, taken: set[str]) -> Path:
    """A path of its own for each workbook, whatever the case: what file names cannot hold may be all that differs."""
    path, number = folder / f"{file_name(name)}.xlsx", 1
    while str(path).casefold() in taken:
        number += 1
        path = folder / f"{file_name(name)}({number}).xlsx"
    taken.add(str(path).casefold())
    return path


def _identity(project: RosterProject, roster: Roster, form: Form, known: Mapping[str, Suggestion]) -> Identity:
    taken = titles_taken(form)
    subs: list[tuple[str, str]] = []
    for sub in project.sub_projects:
        title = sheet_title(sub.project_name, taken)
        taken.append(title)
        subs.append((sub.project_code, title))
    return Identity(
        form.form_id,
        form.version,
        roster.settings.fiscal_year,
        roster.settings.round,
        project.unit_code or "",
        project.project_code,
        issue_id="",
        submission=1,
        sub_projects=tuple(subs),
        shape=Shape(_shape(project, form, known), tuple(_shape(sub, form, known) for sub in project.sub_projects)),
    )


def _shape(project: RosterProject, form: Form, known: Mapping[str, Suggestion]) -> FormShape:
    rows = tuple(sorted(project.rows.items()))
    sections = known.get(project.project_code, NO_SUGGESTION).sections
    return FormShape(rows, frozenset(key for key, _ in known_values(project, form)), sections)


def _prefilled_values(project: RosterProject, form: Form) -> Iterator[tuple[str, Typed]]:
    for number, part in enumerate((project, *project.sub_projects)):
        for key, value in known_values(part, form):
            yield full_key(number - 1 if number else None, key), value


def _is_issued(collection: Collection, order: _Order, issue: Issue | None, sent: AbstractSet[str]) -> bool:
    """Whether its workbook lies there, touched since or not; an older issue lies there where the last run was cut off."""
    if issue is None or issue.fingerprint != order.fingerprint or not (collection.folder / issue.file).is_file():
        return False
    return sha256(read_file(collection.folder / issue.file)) not in sent - {issue.sha256}


def _refuse_changed_by_hand(orders: Iterable[_Order], sent: AbstractSet[str]) -> None:
    """A file in the way may be replaced only where it is, byte for byte, what an earlier run wrote."""
    for order in orders:
        if order.path.is_file() and sha256(read_file(order.path)) not in sent:
            raise UsageError(
                f"“{order.path}”已存在，且不是上次下发时的样子（可能已有人填写），没有覆盖，也没有生成任何文件。"
                "请先移走它，再重新生成。"
            )


def _without_older(collection: Collection, orders: Iterable[_Order], issued: Mapping[str, Issue]) -> Iterator[Path]:
    """Removes the older issues that a renamed project leaves behind, as long as nobody has touched them."""
    for order in orders:
        issue = issued.get(order.project.project_code)
        path = collection.folder / issue.file if issue else order.path
        if issue and path != order.path and path.is_file() and sha256(read_file(path)) == issue.sha256:
            remove_file(path)
            yield path


def _issue(
    collection: Collection, template: Template, catalogue: Catalogue, orders: Iterable[_Order], progress: Progress
) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0).isoformat()
    by_shape = sorted(orders, key=lambda order: repr(order.identity.shape))  # each shape is compiled only once
    lock = lock_of(collection.password) if by_shape else None
    for start in range(0, len(by_shape), AT_ONCE):
        made = []
        for number, order in enumerate(by_shape[start : start + AT_ONCE], start=start):
            progress(number, len(by_shape))
            identity = order.identity._replace(issue_id=secrets.token_hex(6))
            values = {**order.suggested.values, **order.values}
            data = blank_of(template, identity.shape, catalogue).workbook(identity, values, lock)
            digests = sha256(data), sha256(template.data), order.fingerprint
            codes = identity.issue_id, identity.declared_code, identity.unit_code
            file = order.path.relative_to(collection.folder).as_posix()
            kind = catalogue.sha256, now, identity.shape.part
            made.append((order.path, data, Issue(*codes, file, *digests, order.values, *kind)))
        # The record first: a workbook without one could not be judged when it comes back.
        collection.record([issue for _, _, issue in made], template.data, catalogue.text)
        for path, data, _ in made:
            write_file(path, data, overwrite=True)
    progress(len(by_shape), len(by_shape))
