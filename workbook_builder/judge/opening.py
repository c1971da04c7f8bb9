"""The desk on which workbooks are looked at: the rules, the templates at hand and the blanks compiled from them."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from workbook_builder.blank.blank import Blank, blank_of
from workbook_builder.collection.folder import ROSTER, TEMPLATE, Collection, Issue, sha256
from workbook_builder.collection.roster import PROJECTS, UNITS, Roster, RosterProject, known_values, offered_by
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.errors import ContentError, UsageError, UserError
from workbook_builder.files import read_file
from workbook_builder.findings import Finding, has_errors
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import Layout
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import Form, full_key
from workbook_builder.form.rules import Catalogue, load_catalogue, read_catalogue
from workbook_builder.form.splitting import values_of_whole
from workbook_builder.form.template_reading import CHOICES_SHEET, FIELDS_SHEET, Template, load_template
from workbook_builder.judge.locate import Located, identity_of, locate
from workbook_builder.ooxml.password import Lock
from workbook_builder.ooxml.reader import Reading, read_workbook
from workbook_builder.resources import folder

PACKAGED_TEMPLATE = "declaration_template.xlsx"


class Opened(NamedTuple):
    """A workbook of ours that was read: what it says of itself, its pristine blank and what it holds."""

    reading: Reading
    identity: Identity
    blank: Blank
    located: Located

    @property
    def catalogue(self) -> Catalogue:
        """The rules it is judged by."""
        return self.blank.binder.catalogue


class Refused(NamedTuple):
    """A readable workbook that is none of ours, or of another version."""

    reading: Reading
    identity: Identity | None
    finding: Finding


def packaged_template() -> bytes:
    """The form that comes with the product."""
    return read_file(folder("templates") / PACKAGED_TEMPLATE)


def packaged_catalogue() -> Catalogue:
    """The rules that come with the product."""
    return load_catalogue(folder("formulas"))


class Desk:
    """Opens workbooks; compiles each shape once.

    With a collection, a workbook is judged by the template and the rules it was issued with; without one, by the
    packaged ones.
    """

    def __init__(self, collection: Collection | None = None):
        self.catalogue = packaged_catalogue()
        self.collection = collection
        self._issues = collection.issues() if collection else {}
        self._received = collection.received_issues() if collection else {}
        self._templates: dict[str, Template] = {}
        self._catalogues: dict[str, Catalogue] = {}

    def open(self, data: bytes, file: str) -> Opened | Refused:
        """Reads a workbook. Raises UnreadableError where it cannot be read."""
        reading = read_workbook(data, file)
        identity = identity_of(reading)
        if identity is None:
            message = f"“{file}”{_what_it_seems(reading)}。请用下发的原文件填写后交回。"
            return Refused(reading, None, self._refusal("structure.form_unknown", message, None, None))
        form = self._template(identity).form
        if identity.form_id != form.form_id:
            message = f"“{file}”的表单“{identity.form_id}”与任务的表单“{form.form_id}”不同。请用本任务下发的文件填写。"
            refusal = self._refusal("structure.form_unknown", message, identity.form_id, form.form_id)
            return Refused(reading, identity, refusal)
        if identity.version != form.version:
            message = (
                f"“{file}”是版本 {identity.version} 的表单，本任务用的是版本 {form.version}。请用新下发的文件填写。"
            )
            refusal = self._refusal("structure.version", message, identity.version, form.version)
            return Refused(reading, identity, refusal)
        blank = self.blank(identity)
        located = locate(reading, blank.layout, identity, blank.binder.catalogue)
        return Opened(reading, identity, blank, self._with_roster(located, identity, blank.layout))

    def receive(self, issues: Iterable[Issue], templates: Iterable[Template], rules: Iterable[Catalogue]) -> None:
        """Lays out what came with a package, for workbooks that others sent out; our own records come first."""
        self._received = {**{issue.issue_id: issue for issue in issues}, **self._received}
        self._templates |= {sha256(template.data): template for template in templates}
        self._catalogues |= {known.sha256: known.completed_by(self.catalogue) for known in rules}

    def is_received(self, identity: Identity) -> bool:
        """Whether others sent the workbook out, and passed it on to us in a package."""
        return any(issue_id in self._received and issue_id not in self._issues for issue_id in identity.issue_ids)

    def _roster_values(self, identity: Identity) -> dict[str, Typed]:
        """Of a workbook from a package: what our roster says of its projects, by full key."""
        known = self._rostered if self.is_received(identity) else {}
        codes = {None: identity.project_code} | {n: code for n, (code, _) in enumerate(identity.sub_projects)}
        return {
            full_key(number, key): value
            for number, code in codes.items()
            if code in known
            for key, value in known_values(known[code], self._template(identity).form)
        }

    def _with_roster(self, located: Located, identity: Identity, layout: Layout) -> Located:
        """With what the roster keeps where no form shows it, such as a ceiling that the sender did not know."""
        hidden = {
            key: value
            for key, value in self._roster_values(identity).items()
            if key in layout.slots and layout.slots[key].kind == "helper"
        }
        return located._replace(values={**located.values, **hidden}) if hidden else located

    def blank(self, identity: Identity) -> Blank:
        """The pristine workbook of what an identity says it is, by the template and the rules of its issue."""
        return blank_of(self._template(identity), identity.shape, self._catalogue(identity))

    def _refusal(self, rule: str, message: str, value: str | None, expected: str | None) -> Finding:
        return Finding(rule, self.catalogue.severity(rule), None, None, None, message, value, expected)

    def issued_values(self, identity: Identity) -> dict[str, Typed] | None:
        """What the roster gave when the workbook was issued; None where no record of it is at hand."""
        given = [issue.prefilled for issue_id in identity.issue_ids if (issue := self._record(issue_id))]
        if len(given) < len(identity.issue_ids):
            return None
        return {**values_of_whole(given[0], given[1:]), **self._roster_values(identity)}

    def issue(self, identity: Identity) -> Issue | None:
        """The record of what a workbook, or the parent's part of a merged one, was issued as; None without one."""
        return self._record(identity.issue_ids[0])

    def _record(self, issue_id: str) -> Issue | None:
        return self._issues.get(issue_id) or self._received.get(issue_id)

    @cached_property
    def form(self) -> Form:
        """The form of the collection, or the packaged one."""
        if self.collection is None:
            return load_template(packaged_template(), PACKAGED_TEMPLATE, self.catalogue).form
        return load_template(read_file(self.collection.template), TEMPLATE, self.catalogue).form

    @cached_property
    def _roster(self) -> tuple[Roster, list[Finding]] | None:
        if self.collection is None:
            return None
        return read_roster(read_file(self.collection.roster), ROSTER, offered_by(self.form, self.catalogue))

    @property
    def sound_roster(self) -> Roster | None:
        """The collection's roster; None without a collection, or where mistakes make it unfit to judge by."""
        try:
            found = self._roster
        except UserError:
            return None
        return None if found is None or has_errors(found[1]) else found[0]

    @cached_property
    def _rostered(self) -> dict[str, RosterProject]:
        """Root projects and sub-projects of the roster by code."""
        roster = self.sound_roster
        parts = [part for project in roster.projects for part in (project, *project.sub_projects)] if roster else []
        return {part.project_code: part for part in parts}

    @property
    def roster(self) -> Roster:
        """The collection's roster. Raises ContentError where it has mistakes, UsageError without a collection."""
        if self._roster is None:
            raise UsageError("这里没有任务文件夹，没有名册可用。")
        roster, findings = self._roster
        if has_errors(findings):
            raise ContentError(f"{ROSTER} 有错误。请按下列提示改正后再试。", findings)
        return roster

    def _catalogue(self, identity: Identity) -> Catalogue:
        issue = self.issue(identity)
        key = issue.rules_sha256 if issue else ""
        if self.collection is None or not key:
            return self.catalogue
        if key not in self._catalogues:
            text = read_file(self.collection.archived_rules(key)).decode()
            self._catalogues[key] = read_catalogue(text).completed_by(self.catalogue)
        return self._catalogues[key]

    def _template(self, identity: Identity) -> Template:
        issue = self.issue(identity)
        key = issue.template_sha256 if issue else ""
        if key not in self._templates:
            if self.collection is None:
                data, name = packaged_template(), PACKAGED_TEMPLATE
            else:
                path = self.collection.archived_template(key) if issue else self.collection.template
                data, name = read_file(path), path.name
            self._templates[key] = load_template(data, name, self.catalogue)
        return self._templates[key]


def _what_it_seems(reading: Reading) -> str:
    if {PROJECTS.title, UNITS.title} <= reading.sheets.keys():
        return "是名册，不是申报文件"
    if {FIELDS_SHEET, CHOICES_SHEET} <= reading.sheets.keys():
        return "是模板，不是申报文件"
    return "中找不到表单信息，不是本系统下发的文件，或表单信息已被删除"


def lock_in(reading: Reading) -> Lock | None:
    """The password hash that the workbook's sheets carry."""
    for sheet in reading.sheets.values():
        found = sheet.protection or {}
        if {"hashValue", "saltValue", "spinCount"} <= found.keys() and found["spinCount"].isdigit():
            return Lock(found["hashValue"], found["saltValue"], int(found["spinCount"]))
    return None
