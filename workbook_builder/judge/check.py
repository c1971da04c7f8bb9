"""检查: reads one workbook, judges it, says what is wrong; writes nothing."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

from workbook_builder.cells import Value
from workbook_builder.collection.folder import sha256
from workbook_builder.errors import UnreadableError, UserError
from workbook_builder.files import crash_log, read_file
from workbook_builder.findings import Finding, Subject, finding_at, finding_of_file, has_errors
from workbook_builder.form.declaration import Declaration, Indicator, Typed, to_json
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import INDICATORS
from workbook_builder.judge.answers import Held
from workbook_builder.judge.checks import remarks
from workbook_builder.judge.checks.broken_words import with_whole_words
from workbook_builder.judge.checks.remark import Remark
from workbook_builder.judge.identities import another_round, not_on_roster, older_issue
from workbook_builder.judge.leftovers import outside
from workbook_builder.judge.opening import Desk, Opened, Refused
from workbook_builder.judge.recalculate import Judgement, judge
from workbook_builder.judge.structure import prefilled_findings, structure_findings
from workbook_builder.judge.unfilled import not_filled
from workbook_builder.judge.values_only import unjudged, values_only
from workbook_builder.judge.work_sheet import work_sheet
from workbook_builder.ooxml.limits import MAX_FILE_BYTES
from workbook_builder.ooxml.properties import modified_at_of
from workbook_builder.rule_ids import ANY_STRUCTURE, FILE_INTERNAL, INDICATOR_DUPLICATE, INDICATOR_NEAR_DUPLICATE
from workbook_builder.values.markup import visible
from workbook_builder.values.numbers import FEN

Status = Literal["accepted", "returned", "unreadable"]
PERSONAL = ("filler", "phone")
OTHERS_GO_ON = "，其他文件不受影响"


class Checked(NamedTuple):
    """What `check` says of one file."""

    file: str
    sha256: str | None  # None where the file could not be opened at all
    status: Status
    identity: Identity | None  # None where the file does not say what it is
    declaration: Declaration | None
    findings: tuple[Finding, ...]
    unverified: tuple[
        str, ...
    ] = ()  # prefilled keys without anything to compare with; rules that need what was not read
    modified_at: datetime | None = None  # UTC, as the file says; None where it does not
    held: Held | None = None  # of a part, what is merged

    @property
    def uncompared(self) -> tuple[str, ...]:
        """The prefilled keys among what is unverified."""
        return tuple(one for one in self.unverified if not one.startswith(ANY_STRUCTURE))

    def to_json(self) -> dict[str, Any]:
        """One item of `check --json`."""
        identity = self.identity
        return {
            "file": self.file,
            "sha256": self.sha256,
            "status": self.status,
            "form": identity and identity.form_id,
            "unit_code": identity and identity.unit_code,
            "project_code": identity and identity.declared_code,
            "part": identity and identity.shape.part,
            "declaration": to_json(self.declaration) if self.declaration else None,
            "findings": [finding._asdict() for finding in self.findings],
            "review": work_sheet(self.findings) if self.declaration else {},
            "unverified": list(self.unverified),
        }


def check_file(path: Path, desk: Desk) -> Checked:
    """Checks a file on disk; one that cannot be read is a finding, too."""
    return check_read(lambda: read_file(path, MAX_FILE_BYTES), path.name, desk)


def check_read(read: Callable[[], bytes], file: str, desk: Desk) -> Checked:
    """Checks the bytes that `read` gives, of a file on disk or in an archive; its UnreadableError is a finding, too."""
    try:
        data = read()
    except UnreadableError as error:
        return unreadable(file, None, error.finding)
    return check(data, file, desk)


def check(data: bytes, file: str, desk: Desk) -> Checked:
    """Checks the bytes of a workbook. A defect of ours that it meets is a finding, too: one file stops no other."""
    try:
        return check_or_raise(data, file, desk)
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other files are judged
        return failed(file, sha256(data), error, desk)


def check_or_raise(data: bytes, file: str, desk: Desk) -> Checked:
    """The same; raises where a defect of ours shows."""
    return _sayable(_checked(data, file, sha256(data), desk))


def failed(file: str, digest: str | None, error: Exception, desk: Desk) -> Checked:
    """What is said of a file at which the program itself failed; the log has the traceback."""
    log = crash_log(desk.collection.archive if desk.collection else None, file, error)
    message = (
        f"“{file}”：程序处理这个文件时内部出错（{type(error).__name__}），没有采用{OTHERS_GO_ON}。"
        f"请把这个文件和“{log}”发给维护人员。"
    )
    return unreadable(file, digest, finding_of_file(FILE_INTERNAL, "error", message))


def _checked(data: bytes, file: str, digest: str, desk: Desk) -> Checked:
    try:
        opened = desk.open(data, file)
    except UnreadableError as error:
        return unreadable(file, digest, error.finding)._replace(modified_at=modified_at_of(data))
    if isinstance(opened, Refused):
        refused = Checked(file, digest, "returned", opened.identity, None, opened.findings)
        return refused._replace(modified_at=opened.reading.modified_at)
    return judged(opened, digest, desk)


def unreadable(file: str, digest: str | None, finding: Finding) -> Checked:
    """What is said of a file that cannot be read."""
    return _sayable(Checked(file, digest, "unreadable", None, None, (finding,)))


def _sayable(checked: Checked) -> Checked:
    """With everything that acts unseen in a terminal or that a database refuses spelled out."""
    findings = tuple(
        finding._replace(
            message=visible(finding.message),
            value=finding.value and visible(finding.value),
            expected=finding.expected and visible(finding.expected),
            sheet=finding.sheet and visible(finding.sheet),
        )
        for finding in checked.findings
    )
    return checked._replace(file=visible(checked.file), findings=findings)


def judged(opened: Opened, digest: str, desk: Desk) -> Checked:
    """What is said of a workbook that was opened; digest is the SHA-256 of its bytes."""
    if blank := not_filled(opened, desk):
        moment = opened.reading.modified_at
        return Checked(opened.reading.file, digest, "returned", opened.identity, None, (blank,), modified_at=moment)
    judgement, issued = _judgement(opened), desk.issued_values(opened.identity)
    declaration = declaration_of(opened, judgement)
    comparable, torn = with_whole_words(declaration, _written_texts(opened))
    findings = [
        *_of_issue(opened.identity, desk),
        *values_only(opened),
        *structure_findings(opened, judgement),
        *outside(opened),
        *opened.located.findings,
        *judgement.findings,
        *(prefilled_findings(opened, issued) if issued is not None else ()),
        *_content_findings(opened, [*torn, *_not_told_yet(remarks(comparable), judgement)]),
    ]
    findings = [finding for finding in findings if opened.catalogue.rule(finding.rule).is_on]
    return Checked(
        opened.reading.file,
        digest,
        "returned" if has_errors(findings) else "accepted",
        opened.identity,
        declaration,
        tuple(_in_order(findings, opened)),
        (*(() if issued is not None else _prefilled_keys(opened)), *unjudged(opened.reading)),
        opened.reading.modified_at,
        Held.by(opened) if opened.identity.shape.part != "whole" else None,
    )


def _of_issue(identity: Identity, desk: Desk) -> Iterable[Finding]:
    """What the roster and later issues say of a workbook; its sender's roster knows one from below."""
    if not desk.is_received(identity):
        yield from another_round(identity, desk)
        yield from not_on_roster(identity, desk)
        yield from older_issue(identity, desk)


def _judgement(opened: Opened) -> Judgement:
    located = opened.located
    return judge(
        opened.blank,
        opened.identity,
        {**located.values, **dict(_names_as_written(opened))},
        constants=located.constants,
        failed=located.failed,
        places=located.places,
    )


def _not_told_yet(of_content: Iterable[Remark], judgement: Judgement) -> Iterable[Remark]:
    """Without names that are nearly alike where the workbook itself has told that they are alike."""
    alike = {finding.key for finding in judgement.findings if finding.rule == INDICATOR_DUPLICATE}
    return (remark for remark in of_content if remark.rule != INDICATOR_NEAR_DUPLICATE or remark.key not in alike)


def _names_as_written(opened: Opened) -> Iterable[tuple[str, str | Decimal]]:
    """Names of indicators for the judge: two that differ in a space only are alike to nobody but us (near_duplicate)."""
    located = opened.located
    for sub_project in opened.blank.layout.declarations:
        for slot in opened.blank.layout.indicator_rows(sub_project):
            cell = located.cells.get(slot.key)
            # To a formula 5 is not "5", but 0 is an empty cell.
            if located.values.get(slot.key) and cell and cell.value and isinstance(cell.value, str | Decimal):
                yield slot.key, cell.value


def _prefilled_keys(opened: Opened) -> Iterable[str]:
    """The keys that the roster filled, a ceiling in its hidden cell included."""
    for key, slot in opened.blank.layout.slots.items():
        is_kept = slot.kind == "helper" and slot.field.source == "roster"
        is_unknown = opened.by_labels is not None and slot.field.source == "roster" and slot.kind == "input"
        if slot.kind == "prefilled" or is_unknown or (is_kept and opened.located.values.get(key) is not None):
            yield key


def _written_texts(opened: Opened) -> set[str]:
    """The keys of what the unit wrote in words; a name in 填表人 is written as its bearer likes it."""
    slots = opened.blank.layout.slots.values()
    texts = (slot for slot in slots if slot.kind == "input" and slot.field.type in ("text", "long_text"))
    return {slot.key for slot in texts if slot.key not in PERSONAL}


def _content_findings(opened: Opened, of_content: Iterable[Remark]) -> Iterable[Finding]:
    """What only the centre can tell; silent where a gate has refused the cell, or where a whole sheet is missing."""
    slots, places = opened.blank.layout.slots, opened.located.places
    if places.keys() < slots.keys():
        return
    for remark in of_content:
        key = remark.key
        if key.endswith(INDICATORS):  # about the whole table: shown at its first row
            key = f"{remark.key}[0].name"
        where, slot = places.get(key), slots.get(key)
        if where is None or slot is None or key in opened.located.failed:
            continue
        severity, subject = opened.catalogue.severity(remark.rule), Subject(where, slot.field.label, remark.key)
        yield finding_at(remark.rule, severity, subject, remark.sentence, remark.value, remark.expected)


def _in_order(findings: Iterable[Finding], opened: Opened) -> list[Finding]:
    """By sheet and row, as one reads the workbook; what concerns the whole file first."""
    sheets = {title: number for number, title in enumerate(opened.reading.sheets, start=1)}

    def order(finding: Finding) -> tuple[int, int, str]:
        row = int("".join(c for c in finding.cell or "" if c.isdigit()) or 0)
        return sheets.get(finding.sheet or "", 0), row, finding.cell or ""

    return sorted(findings, key=order)


def declaration_of(opened: Opened, judgement: Judgement) -> Declaration:
    """The normalised declaration, prefilled and computed values included."""
    identity = opened.identity
    subs = []
    for number, (code, _) in enumerate(identity.sub_projects):
        head: dict[str, Typed] = {"project_code": code or None}
        subs.append(_part(opened, judgement, number, head))
    head = {
        "fiscal_year": identity.fiscal_year,
        "round": identity.round,
        "project_code": identity.project_code or None,
        "unit_code": identity.unit_code or None,
    }
    root = _part(opened, judgement, None, head)
    return root._replace(sub_projects=tuple(subs))


def _part(opened: Opened, judgement: Judgement, sub_project: int | None, head: Mapping[str, Typed]) -> Declaration:
    values: dict[str, Typed] = dict(head)
    slots = {slot.field.key: slot for slot in opened.blank.layout.parts[sub_project] if slot.row is None}
    for key in opened.blank.layout.form.fields:
        slot = slots.get(key)
        if slot is None or (slot.kind == "formula" and slot.field.type != "amount"):
            continue
        if slot.kind == "formula" and slot.key not in opened.located.constants:
            # A sum over what could not be read is no sum: the amount would pass for a smaller one.
            is_known = slot.key not in judgement.tainted
            values[key] = _amount(judgement.computed[slot.key]) if is_known else None
        else:
            values[key] = opened.located.values.get(slot.key)
    form = opened.blank.layout.form
    return Declaration(values, tuple(_indicators(opened, sub_project)), has_weights=form.has_weights)


def _amount(value: Value) -> Decimal | None:
    return None if isinstance(value, str | None) else Decimal(repr(float(value))).quantize(FEN)


def _indicators(opened: Opened, sub_project: int | None) -> Iterable[Indicator]:
    blank, values = opened.blank, opened.located.values
    slots = blank.layout.indicator_rows(sub_project)
    for row, (slot, keys) in enumerate(zip(slots, blank.table_keys[sub_project], strict=True)):
        cells: dict[str, Any] = {column: values.get(key) for column, key in keys.items()}
        if any(value is not None for value in cells.values()):
            yield Indicator(row, slot.level1 or "", slot.level2 or "", **cells)
