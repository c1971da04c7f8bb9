"""What becomes of a file beside what came before of the same project. Pure.

Which of two submissions is newer: round, issue, submission number, then the moments of saving, where both are believable;
else the later import (rules collection.*). What repeats the answers that count is no submission of its own.
"""

import datetime
from collections.abc import Container, Iterable, Mapping
from typing import Literal, NamedTuple

from workbook_builder.findings import Finding
from workbook_builder.form.layout import Part
from workbook_builder.judge.check import Checked
from workbook_builder.ledger.rows import Document, Place, Submission, believable, is_later, latest

Outcome = Literal["current", "superseded", "undecided", "duplicate", "same_answers", "unreadable", "refused"]
OUTCOME_BY_ORDER: Mapping[bool | None, Outcome] = {True: "current", False: "superseded", None: "undecided"}
ProjectKey = tuple[str, int, str, Part]  # form, year, code of the project declared there, part


class Arrival(NamedTuple):
    """A file as it came in, and what `check` says of it."""

    checked: Checked
    round_order: int  # of the round, from 0; -1 where it is unknown
    issue_order: int  # of the issue among all that were sent out, from 1; 0 where no record of it is at hand
    modified_at: datetime.datetime | None  # UTC; by the sender's clock, which may be wrong
    merged_from: tuple[str, ...] = ()  # SHA-256 of the parts that it was merged from; () for a file that came in
    issued_at: datetime.datetime | None = None  # UTC; when its issue was sent out; None where no record says
    beside: Container[str] = ()  # SHA-256 of what came in the same import

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return self.checked.sha256 or ""

    @property
    def project(self) -> ProjectKey | None:
        """What it declares; None where it declares nothing."""
        identity = self.checked.identity
        if identity is None or self.checked.declaration is None:
            return None
        return identity.form_id, identity.fiscal_year, identity.declared_code, identity.shape.part

    @property
    def place(self) -> Place:
        """Of what was sent out: the later, the newer."""
        identity = self.checked.identity
        return self.round_order, self.issue_order, identity.submission if identity else 0


class Recorded(NamedTuple):
    """What became of an arrival."""

    outcome: Outcome
    replaced: Document | None = None  # of the submission that it replaced
    is_newer: bool = False  # the same answers, saved after all that came before
    is_by_import: bool = False  # neither clock could be believed: what was imported later counts
    other: Submission | None = None  # that counted until then


class Rivals(NamedTuple):
    """What came of a project before."""

    current: Submission  # that counts
    standing: Document  # what it says
    repeated: tuple[Submission, ...] = ()  # what only repeats it

    def last_saved(self, issued_at: datetime.datetime | None) -> datetime.datetime | None:
        """When what counts was last saved, by itself or by what repeats it; None where no clock can be believed."""
        return latest(filter(None, (one.saved_at(issued_at) for one in (self.current, *self.repeated))))


def outcome_of(arrival: Arrival, received_at: datetime.datetime, rivals: Rivals | None) -> Recorded:
    """What becomes of a file that came for the first time; rivals: None where nothing of its project counts."""
    if rivals:
        recorded = _beside(arrival, received_at, rivals)
        return recorded._replace(replaced=rivals.standing) if recorded.outcome == "current" else recorded
    if arrival.checked.declaration is None:
        return Recorded("unreadable" if arrival.checked.status == "unreadable" else "refused")
    return Recorded("current")


def _beside(arrival: Arrival, received_at: datetime.datetime, rivals: Rivals) -> Recorded:
    saved_at = believable(arrival.modified_at, arrival.issued_at, received_at)
    current, last_saved = rivals.current, rivals.last_saved(arrival.issued_at)
    if arrival.merged_from and current.is_merged:
        return Recorded("current")
    if not arrival.merged_from and _says_the_same(arrival, current, rivals.standing):
        is_newer = saved_at is not None and (last_saved is None or is_later(saved_at, last_saved) is True)
        return Recorded("same_answers", is_newer=is_newer)
    if arrival.place != current.place:
        return Recorded("current" if arrival.place > current.place else "superseded")
    if saved_at is not None and last_saved is not None:
        return Recorded(OUTCOME_BY_ORDER[is_later(saved_at, last_saved)])
    if current.sha256 in arrival.beside:
        return Recorded("undecided")
    return Recorded("current", is_by_import=True, other=current)


def _says_the_same(arrival: Arrival, current: Submission, standing: Document) -> bool:
    """Whether a file only repeats the answers that count: another program, or the same, has saved it anew."""
    checked = arrival.checked
    return (
        arrival.place[:2] == current.place[:2]
        and checked.status == current.status
        and checked.to_json()["declaration"] == standing.declaration
        and _errors(checked.findings) == _errors(standing.findings)
    )


def _errors(findings: Iterable[Finding]) -> set[tuple[str, str | None, str | None]]:
    return {(finding.rule, finding.key, finding.value) for finding in findings if finding.severity == "error"}
