"""What is at hand to judge by: issues, templates, rules and the roster, the collection's own and those of packages."""

import secrets
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from workbook_builder.collection.folder import ROSTER, TEMPLATE, Collection, sha256
from workbook_builder.collection.records import Issue, ReturnCopy
from workbook_builder.collection.roster import Deadlines, Roster, RosterProject, known_values, offered_by
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.errors import ContentError, UsageError, UserError
from workbook_builder.findings import Finding, has_errors
from workbook_builder.form.declaration import Typed
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import Form, full_key
from workbook_builder.form.rules import Catalogue, packaged_catalogue, read_catalogue
from workbook_builder.form.rules_mistakes import read_foreign_catalogue
from workbook_builder.form.splitting import values_of_whole
from workbook_builder.form.template_reading import Template, load_template
from workbook_builder.ooxml.password import Lock
from workbook_builder.resources import PACKAGED_TEMPLATE, packaged_template

NO_COLLECTION = "这里没有任务文件夹，没有名册可用。"
RECEIVED_TEMPLATE = "报送包中的模板"


class Received(NamedTuple):
    """What came with a package, of workbooks that others sent out, before it is taken in."""

    issues: tuple[Issue, ...] = ()
    templates: tuple[bytes, ...] = ()
    rules: tuple[bytes, ...] = ()


NOTHING_RECEIVED = Received()


class Archive:
    """What is at hand. With a collection, a workbook is judged by the template and the rules it was issued with; without
    one, by the packaged ones.
    """

    def __init__(self, collection: Collection | None = None):
        self.catalogue = packaged_catalogue()
        self.collection = collection
        self._issues = collection.issues() if collection else {}
        self._latest = {issue.project_code: issue for issue in self._issues.values()}
        self._received = collection.received_issues() if collection else {}
        self._templates: dict[str, Template] = {}
        self._catalogues: dict[str, Catalogue] = {}
        self._made: tuple[ReturnCopy, ...] = ()  # the return copies that were made, and the same by their issues
        self._copies: dict[str, list[ReturnCopy]] = {}
        self.came = NOTHING_RECEIVED
        self.state = secrets.token_hex(8)  # tells what is at hand now from what was before, and from all other archives

    def receive(self, came: Received) -> None:
        """Lays out what came with a package, for workbooks that others sent out; our own records come first.

        Raises BrokenRulesError, UnreadableError or ContentError where a template or rules cannot be used.
        """
        self.came, self.state = came, secrets.token_hex(8)
        self._received = {**{issue.issue_id: issue for issue in came.issues}, **self._received}
        for data in came.templates:
            self._templates[sha256(data)] = load_template(data, RECEIVED_TEMPLATE, self.catalogue)
        for data in came.rules:
            self._catalogues[sha256(data)] = read_foreign_catalogue(data).completed_by(self.catalogue)

    def look_again(self) -> None:
        """Knows what the collection has taken in since."""
        if self.collection:
            self._received, self.state = self.collection.received_issues(), secrets.token_hex(8)

    def is_received(self, identity: Identity) -> bool:
        """Whether others sent the workbook out, and passed it on to us in a package."""
        return any(issue_id in self._received and issue_id not in self._issues for issue_id in identity.issue_ids)

    def roster_values(self, identity: Identity) -> dict[str, Typed]:
        """Of a workbook from a package: what our roster says of its projects, by full key."""
        known = self.rostered if self.is_received(identity) else {}
        codes = {None: identity.project_code} | {n: code for n, (code, _) in enumerate(identity.sub_projects)}
        return {
            full_key(number, key): value
            for number, code in codes.items()
            if code in known
            for key, value in known_values(known[code], self.template(identity).form)
        }

    def issued_values(self, identity: Identity) -> dict[str, Typed] | None:
        """What the roster gave when the workbook was issued; None where no record of it is at hand."""
        given = [issue.prefilled for issue in self.records(identity)]
        return {**values_of_whole(given[0], given[1:]), **self.roster_values(identity)} if given else None

    def records(self, identity: Identity) -> tuple[Issue, ...]:
        """The record of each issue that a workbook names, several where it was merged; () where one is not at hand."""
        records = [self._record(issue_id) for issue_id in identity.issue_ids]
        return tuple(record for record in records if record) if all(records) else ()

    def latest(self, issue: Issue) -> Issue | None:
        """What this collection sent out last for the project of an issue; None for one that others sent out."""
        return self._latest.get(issue.project_code) if issue.issue_id in self._issues else None

    @property
    def last_issues(self) -> Iterable[Issue]:
        """What this collection sent out last for each project."""
        return self._latest.values()

    def copy_numbers(self, identity: Identity) -> frozenset[int] | None:
        """The submission numbers of the return copies that were made of a workbook; None where others made them."""
        if self.collection is None or self.is_received(identity):
            return None
        return frozenset(copy.submission for copy in self._copies_of(identity, self.collection))

    def _copies_of(self, identity: Identity, collection: Collection) -> Iterator[ReturnCopy]:
        """The return copies that were made of a workbook."""
        made = collection.return_copies()
        if made is not self._made:
            self._made, self._copies = made, {}
            for copy in made:
                self._copies.setdefault(copy.issue_id, []).append(copy)
        ids = dict.fromkeys((identity.issue_id, *identity.issue_ids))
        return (copy for issue_id in ids for copy in self._copies.get(issue_id, ()))

    def issue(self, identity: Identity) -> Issue | None:
        """The record of what a workbook, or the parent's part of a merged one, was issued as; None without one."""
        return self._record(identity.issue_ids[0])

    def _record(self, issue_id: str) -> Issue | None:
        return self._issues.get(issue_id) or self._received.get(issue_id)

    def as_sent_out(self, identity: Identity) -> bytes | None:
        """What we sent out as this submission; None where it does not lie there unchanged any more."""
        if self.collection is None:
            return None
        copies = self._copies_of(identity, self.collection) if identity.submission > 1 else iter(())
        issue = self._issues.get(identity.issue_ids[0]) if identity.submission == 1 else None
        sent = issue or next((copy for copy in copies if copy.submission == identity.submission), None)
        return self.collection.sent_out(sent.file, sent.sha256) if sent else None

    def is_own_password(self, lock: Lock) -> bool:
        """Whether a hash is of the collection's password, whatever its salt: every run of ours has another."""
        return self.collection is not None and self.collection.is_own_password(lock)

    def kept_blank(self, digest: str) -> bytes | None:
        """What the collection keeps of a blank; None where it does not."""
        return self.collection.kept_blank(digest) if self.collection else None

    @cached_property
    def form(self) -> Form:
        """The form of the collection, or the packaged one."""
        if self.collection is None:
            return self._loaded(packaged_template(), PACKAGED_TEMPLATE).form
        return self._loaded(self.collection.read(self.collection.template), TEMPLATE).form

    @cached_property
    def roster_data(self) -> bytes:
        """The bytes that the roster was read from. Raises UsageError without a collection."""
        if self.collection is None:
            raise UsageError(NO_COLLECTION)
        return self.collection.read(self.collection.roster)

    @cached_property
    def _roster(self) -> tuple[Roster, list[Finding]] | None:
        if self.collection is None:
            return None
        return read_roster(self.roster_data, ROSTER, offered_by(self.form, self.catalogue))

    @cached_property
    def sound_roster(self) -> Roster | None:
        """The collection's roster; None without a collection, or where mistakes make it unfit to judge by."""
        try:
            read = self._roster
        except UserError:
            return None
        return None if read is None or has_errors(read[1]) else read[0]

    @cached_property
    def rostered(self) -> dict[str, RosterProject]:
        """Root projects and sub-projects of the roster by code."""
        roster = self.sound_roster
        parts = [part for project in roster.projects for part in (project, *project.sub_projects)] if roster else []
        return {part.project_code: part for part in parts}

    @cached_property
    def unit_codes(self) -> frozenset[str]:
        """Of the units on the roster."""
        return frozenset(unit.unit_code for unit in self.sound_roster.units) if self.sound_roster else frozenset()

    @property
    def roster(self) -> Roster:
        """The collection's roster. Raises ContentError where it has mistakes, UsageError without a collection."""
        if self.sound_roster is not None:
            return self.sound_roster
        if self._roster is None:
            raise UsageError(NO_COLLECTION)
        raise ContentError(f"{ROSTER} 有错误。请按下列提示改正后再试。", self._roster[1])

    @cached_property
    def deadlines(self) -> Deadlines:
        """Those of the roster. Raises as that does."""
        return self.roster.deadlines()

    def rules(self, identity: Identity) -> Catalogue:
        """The rules that a workbook was issued with; without a record of it, those that come with the product."""
        issue = self.issue(identity)
        key = issue.rules_sha256 if issue else ""
        if self.collection is None or not key:
            return self.catalogue
        if key not in self._catalogues:
            data = _as_kept(self.collection, self.collection.archived_rules(key), key)
            self._catalogues[key] = read_catalogue(data.decode()).completed_by(self.catalogue)
        return self._catalogues[key]

    def template(self, identity: Identity) -> Template:
        """The template that a workbook was issued with; without a record, the collection's, or else the packaged one."""
        return self.template_of(self.issue(identity))

    def template_of(self, issue: Issue | None) -> Template:
        """The template of an issue; None: the collection's, or else the packaged one."""
        key = issue.template_sha256 if issue else ""
        if key not in self._templates:
            if self.collection is None:
                data, name = packaged_template(), PACKAGED_TEMPLATE
            else:
                path = self.collection.archived_template(key) if issue else self.collection.template
                data, name = _as_kept(self.collection, path, key), path.name
            self._templates[key] = self._loaded(data, name)
        return self._templates[key]

    def _loaded(self, data: bytes, name: str) -> Template:
        """A template; what is packaged or was sent out was drawn from before, and is not tried again."""
        drawn = {issue.template_sha256 for issue in self._issues.values()}
        is_known = self.collection is None or sha256(data) in drawn
        return load_template(data, name, self.catalogue, is_known=is_known)


def _as_kept(collection: Collection, path: Path, digest: str) -> bytes:
    """A template or rules of the archive, which workbooks are judged by. Raises UsageError where they were changed since.

    digest: as recorded; "" for what may change.
    """
    data = collection.read(path)
    if digest and sha256(data) != digest:
        raise UsageError(
            f"“{path}”与下发时保存的不同，可能被改动或损坏，据此下发的文件无法检查。请从备份中恢复这个文件后再试。"
        )
    return data
