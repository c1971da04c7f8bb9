"""收表进度: the roster against the ledger: what came, what is missing, what is to be mended, what is late."""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import Settings, Unit
from workbook_builder.findings import Severity
from workbook_builder.form.model import Form
from workbook_builder.form.rules import Catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import SENT_BACK
from workbook_builder.ledger.standing import Expected, Standing

State = Literal["missing", "returned", "accepted"]
STATE_NAMES: Mapping[State, str] = {"missing": "未交", "returned": "应退回修改", "accepted": "已接收"}
WORST_RULES = 10


class Entry(NamedTuple):
    """Where one project stands."""

    unit: Unit
    project_code: str
    project_name: str
    state: State
    is_late: bool  # not accepted although the deadline is past, or last changed after it
    is_undecided: bool  # another submission is as new and different: the centre is asked
    errors: int
    warnings: int
    file: str | None  # as it came in; None where nothing came
    sha256: str | None
    received_at: datetime.datetime | None  # UTC

    @property
    def state_words(self) -> str:
        """Such as 未交（逾期）."""
        return (
            STATE_NAMES[self.state]
            + ("（逾期）" if self.is_late else "")
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
    unread: tuple[str, ...]  # names of files that could not be read or are none of ours, in the order they came
    worst_rules: tuple[RuleCount, ...]  # errors first, the most frequent first

    def how_many(self, state: State | None = None, *, late: bool = False) -> int:
        """How many projects are in this state; late: only those that are late."""
        return sum(state in (None, entry.state) and (entry.is_late or not late) for entry in self.entries)

    def to_json(self) -> dict[str, Any]:
        """The document of `status --json`."""
        return {
            "expected": len(self.entries),
            **{state: self.how_many(state) for state in STATE_NAMES},
            "late": self.how_many(late=True),
            "undecided": sum(entry.is_undecided for entry in self.entries),
            "deadline": self.settings.deadline and self.settings.deadline.isoformat(),
            "entries": [_entry_json(entry) for entry in self.entries],
            "unread": list(self.unread),
            "worst_rules": [rule._asdict() for rule in self.worst_rules],
        }


def _entry_json(entry: Entry) -> dict[str, Any]:
    own = entry._asdict()
    unit: Unit = own.pop("unit")
    received = own.pop("received_at")
    words = {name: getattr(unit, name) for name in ("unit_code", "unit_name", "contact", "phone", "email")}
    return {**words, **own, "received_at": received and received.isoformat()}


def status_of(collection: Collection, ledger: Ledger, today: datetime.date | None = None) -> Status:
    """Where every project of the roster stands; part by part where it went out in parts.

    A file of an earlier round does not count. Units that need not report are left out unless something of theirs came.
    Raises ContentError where the roster has mistakes, UsageError where the ledger cannot be read.
    """
    desk = Desk(collection)
    roster, form = desk.roster, desk.form
    standing = Standing(collection, desk, ledger)
    return Status(
        roster.settings,
        tuple(_entries(standing, form, ledger, today or _today())),
        tuple(row.file for row in standing.strays()),
        tuple(_worst_rules(form, roster.settings.fiscal_year, ledger, desk.catalogue)),
    )


def _today() -> datetime.date:
    return datetime.datetime.now().astimezone().date()


def _entries(standing: Standing, form: Form, ledger: Ledger, today: datetime.date) -> Iterator[Entry]:
    settings = standing.roster.settings
    undecided = {row.project_code for row in ledger.undecided()}
    counts: Counter[tuple[int, str]] = Counter()
    for found in ledger.finding_counts(form.form_id, settings.fiscal_year):
        counts[found.submission_id, found.severity] += found.times
    sent_back = _sent_back(form, settings.fiscal_year, ledger)
    units = {unit.unit_code: unit for unit in standing.roster.units}
    for item in standing.expected():
        project, row = item.project, item.row
        unit = units.get(item.unit_code) or Unit(item.unit_code, project.implementing_unit or "")
        if row is None and not unit.must_report:
            continue
        state = _state(item, is_sent_back=project.project_code in sent_back)
        yield Entry(
            unit,
            project.project_code,
            project.project_name,
            state,
            _is_late(row, state, settings.deadline, today),
            project.project_code in undecided,
            counts[row.id, "error"] + len(item.of_whole) if row else 0,
            counts[row.id, "warning"] if row else 0,
            row.file if row else None,
            row.sha256 if row else None,
            row.received_at if row else None,
        )


def _sent_back(form: Form, fiscal_year: int, ledger: Ledger) -> set[str]:
    """The codes of the projects whose declaration a reviewer returned."""
    reviews = ledger.reviews(form.form_id, fiscal_year).items()
    return {code for code, review in reviews if review.is_current and review.verdict == SENT_BACK}


def _state(item: Expected, *, is_sent_back: bool) -> State:
    """What a reviewer sent back is to be mended even where no rule has anything against it."""
    if item.row is None:
        return "missing"
    return "accepted" if item.is_accepted and not is_sent_back else "returned"


def _is_late(row: Row[Any] | None, state: State, deadline: datetime.date | None, today: datetime.date) -> bool:
    """Late is what the deadline found unfinished. When a file was last changed says more than when it was imported:
    the centre may import on Monday what came on Friday.
    """
    if deadline is None:
        return False
    if row is None or state != "accepted":
        return today > deadline
    moment = row.modified_at or row.received_at
    return bool(moment.replace(tzinfo=datetime.UTC).astimezone().date() > deadline)


def _worst_rules(form: Form, fiscal_year: int, ledger: Ledger, catalogue: Catalogue) -> Sequence[RuleCount]:
    declarations: Counter[tuple[str, Severity]] = Counter()
    findings: Counter[tuple[str, Severity]] = Counter()
    for found in ledger.finding_counts(form.form_id, fiscal_year):
        declarations[found.rule, found.severity] += 1
        findings[found.rule, found.severity] += found.times
    titles = {rule.id: rule.title_on(form) for rule in catalogue.rules}
    counted = [
        RuleCount(rule, titles.get(rule, rule), severity, declarations[rule, severity], count)
        for (rule, severity), count in findings.items()
    ]
    return sorted(counted, key=lambda c: (c.severity != "error", -c.declarations, -c.findings, c.rule))[:WORST_RULES]
