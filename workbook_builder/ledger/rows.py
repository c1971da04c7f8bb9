"""What the ledger answers with: its rows as named tuples. Pure data.

Moments are in UTC, without a zone; those that files say of themselves in whole seconds. Amounts in yuan with two places. What hangs on a submission (its
document, declarations, indicators, findings) never changes once it is recorded, but for a verdict of OF_OUR_ROSTER.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, NamedTuple

from workbook_builder.collection.folder import sha256
from workbook_builder.findings import Finding, Severity
from workbook_builder.form.layout import Part
from workbook_builder.form.meta_cell import ISSUES_JOINED
from workbook_builder.judge.check import Status
from workbook_builder.rule_ids import NAME_NOT_ON_ROSTER, STRUCTURE_ISSUE_OUTDATED
from workbook_builder.values.quantities import QUALITATIVE

NO_MONEY: Mapping[str, Decimal] = MappingProxyType({})
UNREADABLE: Status = "unreadable"
# Errors that say how a file stands to roster and records of ours, which may change while the file stays as it is.
OF_OUR_ROSTER = (NAME_NOT_ON_ROSTER, STRUCTURE_ISSUE_OUTDATED)
Place = tuple[int, int, int]  # round, issue, submission number


class Submission(NamedTuple):
    """A file that came back and declares a project; what it says is its document, which is large and read apart."""

    id: int
    form_id: str
    fiscal_year: int
    project_code: str  # of the project declared there: of a sub-project's part the sub-project
    part: Part
    unit_code: str
    sha256: str  # of its bytes
    file: str  # the name under which it came in, behind that of its archive: 包.zip/P1.xlsx
    status: Status  # what `check` made of it: accepted, returned
    is_current: bool  # the one that counts for its project
    is_undecided: bool  # as new as the one that counts, and different: the centre is asked
    round: str  # 轮次, as it says of itself
    round_order: int  # of the round, from 0; -1 where it is unknown
    form_version: str
    issue_id: str  # of a whole that was merged: those of its parts, joined
    issue_order: int  # of its issue among all that were sent out, from 1; 0 where no record of it is at hand
    submission_number: int  # 1 as issued, one more with every return copy
    modified_at: datetime | None  # when the file says that it was changed, else the file system
    received_at: datetime  # when it was imported
    filler: str | None
    phone: str | None
    fill_date: date | None
    parts_sha256: str | None  # of a whole that was merged: tells the parts it was merged from
    same_as: int | None  # the submission whose answers it only repeats, saved anew
    collection_id: str  # by which a ledger that serves several tells them apart; "" in one of the collection's own
    is_taken_back: bool = False  # by the centre: it counts nowhere
    stood: int | None = None  # how many of its project had come to count when it did; None where it never did

    @property
    def is_merged(self) -> bool:
        """Whether it did not come in as it is but was merged from parts that did."""
        return self.parts_sha256 is not None

    @property
    def issue_ids(self) -> tuple[str, ...]:
        """By what it was issued; several where it was merged from parts."""
        return tuple(self.issue_id.split(ISSUES_JOINED))

    @property
    def place(self) -> Place:
        """Of what was sent out: the later, the newer."""
        return self.round_order, self.issue_order, self.submission_number

    def saved_at(self, issued_at: datetime | None) -> datetime | None:
        """When it was last changed, by its own clock; None where that clock cannot be right."""
        return believable(self.modified_at, issued_at, self.received_at)


def parts_sha256(parts: Iterable[Submission]) -> str:
    """Tells these parts from others."""
    return sha256("".join(part.sha256 for part in parts).encode())


def believable(moment: datetime | None, issued_at: datetime | None, received_at: datetime) -> datetime | None:
    """A moment of saving, where it lies between issue and arrival; clocks of units go wrong. None where it does not."""
    if moment is None or moment > received_at or (issued_at is not None and moment < issued_at):
        return None
    return moment


def is_later(one: datetime, other: datetime) -> bool | None:
    """Of two moments of saving; None where they are the same as far as both can tell: a moment without microseconds is
    one in whole seconds, as files say it of themselves, and lies anywhere in its second.
    """
    if not (one.microsecond and other.microsecond):
        one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    return None if one == other else one > other


def latest(moments: Iterable[datetime]) -> datetime | None:
    """Of moments of saving; within one second the one in whole seconds, which nothing in that second is later than."""
    return max(moments, key=lambda one: (one.replace(microsecond=0), not one.microsecond, one), default=None)


class Act(NamedTuple):
    """What the centre did to a file that came."""

    id: int
    submission_id: int
    kind: str  # take_back, put_back, prefer
    was_current: bool  # whether the file counted before
    other_id: int | None  # the file that counted before it, or that counts instead
    actor: str
    reason: str | None
    recorded_at: datetime


class Unassigned(NamedTuple):
    """A file of which nobody can tell whose it is, or that was refused."""

    id: int
    unit_code: str | None  # as it says of itself; None where it says nothing
    project_code: str | None
    sha256: str
    file: str
    status: Status  # unreadable, returned
    received_at: datetime


class Document(NamedTuple):
    """What `check` said of a file."""

    submission_id: int
    declaration: Mapping[str, Any]  # as in `check --json`; empty where nothing could be read
    findings: tuple[Finding, ...]

    @classmethod
    def read(cls, submission_id: int, text: str) -> "Document":
        """From the JSON that is kept, which is an item of `check --json`."""
        entry = json.loads(text)
        return cls(submission_id, entry["declaration"] or {}, tuple(Finding(**one) for one in entry["findings"]))


class DeclaredPart(NamedTuple):
    """A root project or one of its sub-projects as declared; None where a text or date was left empty."""

    submission_id: int
    sub_project: int | None  # its number from 0; None for the root project
    project_code: str | None
    project_name: str | None
    project_category: str | None
    department: str | None
    implementing_unit: str | None
    start_date: date | None
    end_date: date | None
    overall_goal: str | None
    annual_goal: str | None
    money: Mapping[str, Decimal]  # key of the line, such as annual_funds -> yuan; what was left empty is not in it


class IndicatorRow(NamedTuple):
    """A used row of an indicator table."""

    submission_id: int
    sub_project: int | None
    row: int  # its slot on the form, from 0
    level1: str
    level2: str
    name: str | None
    comparator: str | None
    target: str | None  # a decimal string where it is a number
    unit: str | None
    weight: Decimal | None  # points, on forms that have them

    @property
    def typed_target(self) -> Decimal | str | None:
        """The target as a number where it is one: beside 定性 it never is."""
        try:
            number = None if self.comparator == QUALITATIVE else Decimal(self.target or "")
        except InvalidOperation:
            return self.target
        return number if number is not None and number.is_finite() else self.target


class NarrativeText(NamedTuple):
    """A part of 情况说明 that was filled in."""

    submission_id: int
    sub_project: int | None
    key: str  # such as overview
    text: str


class FindingRow(NamedTuple):
    """Something that is wrong with a submission."""

    submission_id: int
    finding: Finding


class FindingCount(NamedTuple):
    """How often a submission fails a rule."""

    submission_id: int
    rule: str
    severity: Severity
    times: int


class MoneyLine(NamedTuple):
    """A money line of a root project that counts."""

    project_code: str
    sha256: str  # of the file that says so
    key: str  # such as annual_appropriation
    amount_yuan: Decimal
