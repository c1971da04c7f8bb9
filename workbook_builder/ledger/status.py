"""收表进度: the roster against the ledger: what came, what is missing, what is to be mended, what is late."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from workbook_builder import clock
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import Settings, Unit
from workbook_builder.findings import Severity
from workbook_builder.form.layout import Part
from workbook_builder.form.rules import Catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.rows import FindingCount
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.stands import ANNUAL_FUNDS, Expected, Withdrawn
from workbook_builder.ledger.stands import State as StandingState
from workbook_builder.values.numbers import amount_text

State = Literal["missing", "returned", "awaiting_change", "accepted"]
STATE_NAMES: Mapping[State, str] = {
    "missing": "未交",
    "returned": "应退回修改",
    "awaiting_change": "修改后通过（待修改）",
    "accepted": "已接收",
}
SHOWN_AS: Mapping[StandingState, State] = {  # what a reviewer sent back is to be mended like what rules returned
    "missing": "missing",
    "earlier_round": "missing",
    "returned": "returned",
    "sent_back": "returned",
    "awaiting_change": "awaiting_change",
    "accepted": "accepted",
}
SPOKEN_OF = ("sent_back", "awaiting_change")
WORST_RULES = 10


class Entry(NamedTuple):
    """Where one project stands."""

    unit: Unit
    project_code: str
    project_name: str
    state: State
    is_late: bool  # not accepted although the deadline is past, or last changed after it
    is_lateness_unknown: bool  # imported after the deadline, and saved by a clock that cannot be believed
    is_undecided: bool  # another submission is as new and different: the centre is asked
    errors: int
    warnings: int
    file: str | None  # as it came in; None where nothing came
    sha256: str | None
    received_at: datetime.datetime | None  # UTC
    part: Part = "whole"  # of a project that went out in parts, the part that is to come back
    opinion: str | None = None  # of the reviewer who asks for a change; "" where that says no more
    deadline: datetime.date | None = None  # of its unit

    @property
    def state_words(self) -> str:
        """Such as 未交（逾期）."""
        return (
            STATE_NAMES[self.state]
            + ("（逾期）" if self.is_late else "")
            + ("（是否逾期无法判断）" if self.is_lateness_unknown else "")
            + ("，待人工确定" if self.is_undecided else "")
        )


class RuleCount(NamedTuple):
    """How often one rule fails in what counts now."""

    rule: str
    title: str
    severity: Severity
    declarations: int
    findings: int


class Status(NamedTuple):
    """How far a collection has come."""

    settings: Settings
    entries: tuple[Entry, ...]  # of every expected project, in the order of the roster
    withdrawn: tuple[Withdrawn, ...]  # what came of projects that have left the roster; it counts nowhere
    unread: tuple[str, ...]  # names of files that could not be read or are none of ours, in the order they came
    worst_rules: tuple[RuleCount, ...]  # errors first, the most frequent first
    is_asking: bool = True  # whether units are to send anything back: not where 批复 went out

    @property
    def parts(self) -> int:
        """How many of the entries are parts of projects that went out in parts."""
        return sum(entry.part != "whole" for entry in self.entries)

    def how_many(self, state: State | None = None, *, late: bool = False) -> int:
        """How many projects are in this state; late: only those that are late."""
        return sum(state in (None, entry.state) and (entry.is_late or not late) for entry in self.entries)

    @property
    def counts_words(self) -> str:
        """How many projects are in each state; in that of a change awaited where any is."""
        counts = {state: self.how_many(state) for state in STATE_NAMES}
        shown = {state: count for state, count in counts.items() if count or state != "awaiting_change"}
        return "，".join(f"{STATE_NAMES[state]} {count}" for state, count in shown.items())

    def to_json(self) -> dict[str, Any]:
        """The document of `status --json`."""
        return {
            "asking": self.is_asking,
            "expected": len(self.entries),
            **{state: self.how_many(state) for state in STATE_NAMES},
            "late": self.how_many(late=True),
            "undecided": sum(entry.is_undecided for entry in self.entries),
            "deadline": self.settings.deadline and self.settings.deadline.isoformat(),
            "entries": [_entry_json(entry) for entry in self.entries],
            "withdrawn": [
                {**gone._asdict(), ANNUAL_FUNDS: gone.annual_funds and amount_text(gone.annual_funds)}
                for gone in self.withdrawn
            ],
            "unread": list(self.unread),
            "worst_rules": [rule._asdict() for rule in self.worst_rules],
        }


def _entry_json(entry: Entry) -> dict[str, Any]:
    own = entry._asdict()
    unit: Unit = own.pop("unit")
    received, deadline = own.pop("received_at"), own.pop("deadline")
    words = {name: getattr(unit, name) for name in ("unit_code", "unit_name", "contact", "phone", "email")}
    moments = {
        "received_at": received and received.isoformat(timespec="seconds"),
        "deadline": deadline and deadline.isoformat(),
    }
    return {**words, **own, **moments}


def status_of(collection: Collection, ledger: Ledger, today: datetime.date | None = None) -> Status:
    """Where every project of the roster stands; part by part where it went out in parts.

    A file of an earlier round does not count. Units that need not report are left out unless something of theirs came.
    Raises ContentError where the roster has mistakes, UsageError where the ledger cannot be read.
    """
    desk = Desk(collection)
    return status_by(Standing(collection, desk, ledger), desk.catalogue, today)


def status_by(standing: Standing, catalogue: Catalogue, today: datetime.date | None = None) -> Status:
    """The same by what counts; catalogue: for the titles of rules."""
    came_in = (one.id for one in standing.current if not one.is_merged)  # errors of merged wholes are those of parts
    failed = tuple(standing.ledger.finding_counts(came_in))
    return Status(
        standing.roster.settings,
        tuple(_entries(standing, failed, today or clock.today())),
        tuple(standing.withdrawn()),
        tuple(stray.file for stray in standing.unsettled_strays()),
        tuple(_worst_rules(standing, failed, catalogue)),
        not standing.is_decided,
    )


def _entries(standing: Standing, failed: Iterable[FindingCount], today: datetime.date) -> Iterator[Entry]:
    counts: Counter[tuple[int, Severity]] = Counter()
    for count in failed:
        counts[count.submission_id, count.severity] += count.times
    units = {unit.unit_code: unit for unit in standing.roster.units}
    deadlines = standing.roster.deadlines()
    for item in standing.expected():
        unit = units.get(item.unit_code) or Unit(item.unit_code, item.project.implementing_unit or "")
        if item.counted or unit.must_report:
            deadline = deadlines.of(item.unit_code)
            entry = _entry(item, unit, counts, _is_late(item, standing, deadline, today))
            yield entry._replace(deadline=deadline)


def _entry(item: Expected, unit: Unit, counts: Mapping[tuple[int, Severity], int], is_late: bool | None) -> Entry:
    counted, of_whole = item.counted, item.stand.of_whole if item.stand else ()
    return Entry(
        unit,
        item.project.project_code,
        item.project.project_name,
        SHOWN_AS[item.state],
        bool(is_late),
        is_late is None,
        item.is_undecided,
        counts[counted.id, "error"] + len(of_whole) if counted else 0,
        counts[counted.id, "warning"] if counted else 0,
        counted.file if counted else None,
        counted.sha256 if counted else None,
        counted.received_at if counted else None,
        item.part,
        item.stand.review.opinion_words if item.state in SPOKEN_OF and item.stand and item.stand.review else None,
    )


def _is_late(item: Expected, standing: Standing, deadline: datetime.date | None, today: datetime.date) -> bool | None:
    """Late is what the unit's deadline found unfinished. When a file was last changed says more than when it was imported:
    the centre may import on Monday what came on Friday. None where its clock cannot be believed and it came after that.
    """
    if deadline is None:
        return False
    if item.counted is None or item.state not in ("accepted", "awaiting_change"):
        return today > deadline
    if saved_at := item.counted.saved_at(standing.issued_at(item.counted)):
        return _day(saved_at) > deadline
    return None if _day(item.counted.received_at) > deadline else False


def _day(moment: datetime.datetime) -> datetime.date:
    return clock.local(moment).date()


def _worst_rules(standing: Standing, failed: Iterable[FindingCount], catalogue: Catalogue) -> Sequence[RuleCount]:
    """Over everything that counts this year, of whatever round and of every collection that the ledger serves."""
    declarations: Counter[tuple[str, Severity]] = Counter()
    findings: Counter[tuple[str, Severity]] = Counter()
    for count in failed:
        declarations[count.rule, count.severity] += 1
        findings[count.rule, count.severity] += count.times
    titles = {rule.id: rule.title_on(standing.form) for rule in catalogue.rules}
    counted = [
        RuleCount(rule, titles.get(rule, rule), severity, declarations[rule, severity], times)
        for (rule, severity), times in findings.items()
    ]
    return sorted(counted, key=lambda c: (c.severity != "error", -c.declarations, -c.findings, c.rule))[:WORST_RULES]
