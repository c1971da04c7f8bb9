"""The desk on which workbooks are looked at: one is read, told from what is none of ours, and laid beside its blank."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workbook_builder.blank.blank import Blank, blank_of
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster_sheets import PROJECTS, UNITS
from workbook_builder.errors import UnreadableError, UserError
from workbook_builder.findings import Finding, file_refused, finding_of_file
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import CONSTANTS, LISTS_SHEET, META_SHEET, Layout
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import NOTICES
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_fields import CHOICES_SHEET, FIELDS_SHEET
from workbook_builder.judge.archive import Archive
from workbook_builder.judge.by_labels import ByLabels, by_labels
from workbook_builder.judge.identities import as_issued, contradiction, unknown_issue
from workbook_builder.judge.locate import Located, identity_of, locate
from workbook_builder.ooxml.foreign.reading import read_any
from workbook_builder.ooxml.password import Lock
from workbook_builder.ooxml.reader import Reading, read_workbook
from workbook_builder.ooxml.sheet_guards import password_words
from workbook_builder.rule_ids import (
    COLLECTION_DECIDED,
    FILE_PACKAGE_ALTERED,
    STRUCTURE_FORM_UNKNOWN,
    STRUCTURE_VERSION,
)


class Opened(NamedTuple):
    """A workbook of ours that was read: what it says of itself, its pristine blank and what it holds."""

    reading: Reading
    identity: Identity
    blank: Blank
    located: Located
    by_labels: ByLabels | None = None  # of a form copied by hand: what is not the form's own is nobody's to lose
    is_relocked: bool = False  # its sheets carry a password, and another than they were sent out with

    @property
    def notices(self) -> dict[str, str]:
        """What it tells the unit beside the form: deadline, contact, ceiling."""
        lists = self.reading.sheets.get(LISTS_SHEET)
        places = {key: CONSTANTS[key] for key in NOTICES} if lists else {}
        cells = {key: lists.cells.get((place.row, place.column)) for key, place in places.items() if lists}
        return {key: cell.value for key, cell in cells.items() if cell and isinstance(cell.value, str)}

    @property
    def is_beside_its_own_blank(self) -> bool:
        """Whether the blank is the very one it was stamped from: what other code compiled may differ in what is locked,
        computed, validated, merged.
        """
        return bool(self.identity.blank) and self.identity.blank == self.blank.digest

    @property
    def catalogue(self) -> Catalogue:
        """The rules it is judged by."""
        return self.blank.catalogue


class Refused(NamedTuple):
    """A readable workbook that is none of ours, or of another version."""

    reading: Reading
    identity: Identity | None
    findings: tuple[Finding, ...]


class Desk(Archive):
    """Opens workbooks by what is at hand; each shape is compiled once."""

    def __init__(self, collection: Collection | None = None, passwords: Sequence[str] = ()):
        """passwords: to try where a workbook is encrypted."""
        super().__init__(collection)
        self.passwords = tuple(passwords)
        self._sent_passwords: set[tuple[str, ...]] = set()  # as sheets keep them; all workbooks of a run share one

    def open(self, data: bytes, file: str) -> Opened | Refused:
        """Reads a workbook of any format. Raises UnreadableError where it cannot be read."""
        reading = read_any(data, file, self.passwords)
        identity = identity_of(reading)
        if identity is None:
            return self._by_labels(reading, file)
        if refusal := self._other_form(identity, file):
            return Refused(reading, identity, (refusal,))
        if refusal := contradiction(identity, reading, self):
            return Refused(reading, as_issued(identity, self) or identity, (refusal,))
        if refusals := unknown_issue(identity, file, self):
            return Refused(reading, identity, refusals)
        if identity.shape.is_decided:
            message = f"“{file}”是“{identity.round}”文件，供单位执行和留存，不是申报，没有采用。单位不用交回。"
            return Refused(reading, identity, (self._refusal(COLLECTION_DECIDED, message, identity.round, None),))
        blank = self._blank_for(identity, file)
        located = locate(reading, blank, identity)
        located = self._with_roster(located, identity, blank.layout)
        return Opened(reading, identity, blank, located, is_relocked=self._is_relocked(reading, identity))

    def _by_labels(self, reading: Reading, file: str) -> Opened | Refused:
        """A form without a word of what it is, read where its fixed texts leave no doubt."""
        try:
            found = by_labels(reading, self, self.blank)
        except UserError:  # the collection's template is not fit to compare with, which stops no other file
            found = None
        if found is None or isinstance(found, str):
            words = _what_it_seems(reading) or found or "中找不到表单信息，不是本系统下发的文件，或表单信息已被删除"
            message = f"“{file}”{words}。请用下发的原文件填写后交回。"
            return Refused(reading, None, (self._refusal(STRUCTURE_FORM_UNKNOWN, message, None, None),))
        blank = self.blank(found.identity)
        located = locate(reading, blank, found.identity, found.titles)
        issued = self.issued_values(found.identity) or {}
        located = _with_hidden(located, issued, blank.layout)
        return Opened(reading, found.identity, blank, located, found)

    def _other_form(self, identity: Identity, file: str) -> Finding | None:
        """Why a workbook of ours is not judged here: it is of another form, or of another version of it."""
        form = self.template(identity).form
        if identity.form_id != form.form_id:
            message = f"“{file}”的表单“{identity.form_id}”与任务的表单“{form.form_id}”不同。请用本任务下发的文件填写。"
            return self._refusal(STRUCTURE_FORM_UNKNOWN, message, identity.form_id, form.form_id)
        if identity.version != form.version:
            message = (
                f"“{file}”是版本 {identity.version} 的表单，本任务用的是版本 {form.version}。请用新下发的文件填写。"
            )
            return self._refusal(STRUCTURE_VERSION, message, identity.version, form.version)
        return None

    def _with_roster(self, located: Located, identity: Identity, layout: Layout) -> Located:
        """With what the roster keeps where no form shows it, such as a ceiling that the sender did not know."""
        return _with_hidden(located, self.roster_values(identity), layout)

    def blank(self, identity: Identity) -> Blank:
        """The pristine workbook of what an identity says it is: what it was stamped from, where that is kept; else what
        is compiled of the template and the rules of its issue.
        """
        form = self.template(identity), identity.shape, self.rules(identity)
        return blank_of(*form, identity.blank, lambda: self.kept_blank(identity.blank))

    def _blank_for(self, identity: Identity, file: str) -> Blank:
        """Raises UnreadableError where it was sent out by others with what cannot be compiled."""
        try:
            return self.blank(identity)
        except Exception as error:
            if not self.is_received(identity):
                raise
            clause = "下发它的单位所用的模板或规则有误，无法据此检查，请对方核对后重新发送报送包"
            raise UnreadableError(file_refused(FILE_PACKAGE_ALTERED, file, clause)) from error

    def _is_relocked(self, reading: Reading, identity: Identity) -> bool:
        """Looks at what was sent out only where the password is not known from another file, and hashes ours only where
        that has another hash: of what we merged, say.
        """
        own, lock = _password_in(reading), lock_in(reading)
        if not own or own in self._sent_passwords:
            return False
        data = self.as_sent_out(identity)
        sent = _password_in(read_workbook(data, "", META_SHEET.__eq__)) if data else ()
        self._sent_passwords.add(sent)
        if not sent or sent == own:
            return False
        if lock and self.is_own_password(lock):
            self._sent_passwords.add(own)
            return False
        return True

    def _refusal(self, rule: str, message: str, value: str | None, expected: str | None) -> Finding:
        return finding_of_file(rule, self.catalogue.severity(rule), message, value, expected)


def _with_hidden(located: Located, given: Mapping[str, Typed], layout: Layout) -> Located:
    """With those of the values given that no form shows."""
    hidden = {key: value for key, value in given.items() if key in layout.slots and layout.slots[key].kind == "helper"}
    return located._replace(values={**located.values, **hidden}) if hidden else located


def _what_it_seems(reading: Reading) -> str | None:
    """What a workbook is that is of ours, but no declaration; None for any other."""
    if {PROJECTS.title, UNITS.title} <= reading.sheets.keys():
        return "是名册，不是申报文件"
    if {FIELDS_SHEET, CHOICES_SHEET} <= reading.sheets.keys():
        return "是模板，不是申报文件"
    return None


def _password_in(reading: Reading) -> tuple[str, ...]:
    """That of the first sheet that has one."""
    return next(filter(None, (password_words(sheet.protection) for sheet in reading.sheets.values())), ())


def lock_in(reading: Reading) -> Lock | None:
    """The password hash that the workbook's sheets carry."""
    for sheet in reading.sheets.values():
        protection = sheet.protection or {}
        if {"hashValue", "saltValue", "spinCount"} <= protection.keys() and protection["spinCount"].isdigit():
            return Lock(protection["hashValue"], protection["saltValue"], int(protection["spinCount"]))
    return None
