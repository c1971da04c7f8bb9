"""台账: what came back, declaration by declaration, kept whole or not at all; the newest of each project counts.

Which of two submissions is newer: round, issue, submission number, then the moments of saving, where both are believable;
else the later import (rules collection.*). The same bytes twice are kept once, and what repeats the answers that count
is no submission of its own. Two imports at once wait for each other, project by project.
"""

import copy
import datetime
import json
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workbook_builder.clock import instant
from workbook_builder.collection.folder import Collection
from workbook_builder.findings import Finding
from workbook_builder.form.declaration import Declaration, Indicator
from workbook_builder.form.meta_cell import Identity
from workbook_builder.judge.check import Checked
from workbook_builder.ledger import tables
from workbook_builder.ledger.acts import count_from_now, prefer, put_back, stands_again, take_back
from workbook_builder.ledger.approvals import Approval, keep_approvals
from workbook_builder.ledger.collections import claimed
from workbook_builder.ledger.database import open_database, transaction
from workbook_builder.ledger.lines import head_of, money_of, narrative_of, parts_of
from workbook_builder.ledger.queries import Questions, all_submissions
from workbook_builder.ledger.reviews import Assignment, LowerReview, Review, assign, keep, keep_lower
from workbook_builder.ledger.roster_acts import RosterBook
from workbook_builder.ledger.rows import (
    UNREADABLE,
    Document,
    Place,
    Submission,
    Unassigned,
    believable,
    is_later,
    latest,
)
from workbook_builder.values.numbers import decimal_text

if TYPE_CHECKING:
    from workbook_builder.ledger.frames import LedgerFrames

Outcome = Literal["current", "superseded", "undecided", "duplicate", "same_answers", "unreadable", "refused"]
OUTCOME_BY_ORDER: Mapping[bool | None, Outcome] = {True: "current", False: "superseded", None: "undecided"}


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


class Ledger(Questions):
    """The ledger of one or more collections: records what came, and answers.

    One that was just opened answers for all of them; what works on a collection asks `within` it.
    """

    def __init__(self, url: str):
        """Opens it; see database.open_database."""
        super().__init__(open_database(url))

    def within(self, collection: Collection) -> "Ledger":
        """The same ledger for one of the collections that it serves; closed with this one."""
        scoped = copy.copy(self)
        Questions.__init__(scoped, self._engine, claimed(self._engine, collection))
        return scoped

    @property
    def rosters(self) -> RosterBook:
        """What became of the roster of the collection that it is asked for."""
        return RosterBook(self._engine, self._collection_id or "")

    def close(self) -> None:
        """Gives the database's connections back."""
        self._engine.dispose()

    def record(self, arrival: Arrival) -> Recorded:
        """Records one file. Raises UsageError where the database refuses; nothing of it is kept then."""
        return self.record_all([arrival])[0]

    def record_all(self, arrivals: Sequence[Arrival]) -> list[Recorded]:
        """Records some files in this order, all of them or none. Raises UsageError where the database refuses."""
        collection_id = self._collection_id or ""
        with transaction(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                _lock_projects(connection, arrivals, collection_id)
            return [_recorded(connection, arrival, collection_id) for arrival in arrivals]

    def take_back(self, file: Submission | Unassigned, actor: str, reason: str | None = None) -> Submission | None:
        """Lets a file count nowhere; what counted before it stands again, and is given. None where there is nothing."""
        with transaction(self._engine) as connection:
            return take_back(connection, file.id, actor, reason)

    def put_back(self, file: Submission | Unassigned, actor: str, reason: str | None = None) -> bool:
        """Undoes that; gives whether the file counts: not where something newer came meanwhile."""
        with transaction(self._engine) as connection:
            return put_back(connection, file.id, actor, reason)

    def prefer(self, submission: Submission, actor: str, reason: str | None = None) -> Submission | None:
        """Lets a submission count, whatever came later; gives what counted until now. What was undecided is decided."""
        with transaction(self._engine) as connection:
            return prefer(connection, submission.id, actor, reason)

    def keep_reviews(
        self, form_id: str, fiscal_year: int, reviews: Iterable[Review], assignments: Iterable[Assignment] = ()
    ) -> tuple[int, int]:
        """Keeps all of them or none; gives how many reviews, disputed ones aside, and how many assignments are new.

        Their submissions are in the ledger.
        """
        wanted = self._of(form_id, fiscal_year)
        with transaction(self._engine) as connection:
            return keep(connection, wanted, reviews), assign(connection, wanted, assignments)

    def keep_lower_reviews(
        self, form_id: str, fiscal_year: int, reviews: Mapping[str, Iterable[LowerReview]], packed_at: str
    ) -> None:
        """Keeps what lower levels decided, by the SHA-256 of the submissions, as a package of that moment says it."""
        with transaction(self._engine) as connection:
            keep_lower(connection, self._of(form_id, fiscal_year), reviews, packed_at)

    def keep_approvals(self, form_id: str, fiscal_year: int, approvals: Iterable[Approval]) -> int:
        """Keeps all of them or none; gives how many say something new. Their projects are in the ledger."""
        with transaction(self._engine) as connection:
            return keep_approvals(connection, self._of(form_id, fiscal_year), approvals)

    def to_pandas(self, form_id: str, fiscal_year: int) -> "LedgerFrames":
        """All that came of a form and year as DataFrames: frames.LedgerFrames says what is in each, and its types.

        form_id: such as sh-performance-target. Amounts are Decimal yuan, dates datetime64[s].
        """
        from workbook_builder.ledger.frames import ledger_frames

        return ledger_frames(self, form_id, fiscal_year)


def _recorded(connection: Connection, arrival: Arrival, collection_id: str) -> Recorded:
    checked, identity = arrival.checked, arrival.checked.identity
    project_id = _locked_project(connection, identity, collection_id) if identity and checked.declaration else None
    known = _known(connection, checked.sha256 or "", collection_id)  # only now: another import may have recorded it
    if known and (known.status != UNREADABLE or checked.status == UNREADABLE):
        if arrival.merged_from and _all_current(connection, arrival.merged_from, collection_id):
            stands_again(connection, known.id)  # what was merged from these parts, before one of them was taken back
        return Recorded("duplicate")
    if not _all_current(
        connection, arrival.merged_from, collection_id
    ):  # one was replaced meanwhile: what was merged is past
        return Recorded("superseded")
    current = None if project_id is None else _current(connection, project_id)
    received_at = _taken_back(connection, known) if known else instant()
    standing = _document(connection, current) if current else None
    recorded = Recorded(_outcome_without_rival(arrival))
    if current and standing:
        recorded = _beside(arrival, received_at, current, standing, _last_saved(connection, arrival, current))
        _settle(connection, project_id, recorded)
    if recorded.outcome == "current":
        recorded = recorded._replace(replaced=standing)
    same_as = current.id if current and recorded.outcome == "same_answers" else None
    values = {
        **_submission_values(arrival, project_id, recorded.outcome),
        "collection_id": collection_id,
        "received_at": received_at,
        "same_as": same_as,
    }
    submission_id = _inserted(connection, tables.submission, values)
    if recorded.outcome == "current":
        count_from_now(connection, submission_id)
    _record_findings(connection, submission_id, checked)
    for sub_project, part in parts_of(checked.declaration) if checked.declaration else ():
        _record_part(connection, submission_id, sub_project, part)
    return recorded


def _settle(connection: Connection, project_id: int | None, recorded: Recorded) -> None:
    """What counted until now, and what was as new and different, gives way; or is decided for what counts."""
    of_project = update(tables.submission).where(tables.submission.c.project_id == project_id)
    if recorded.outcome == "current":
        connection.execute(of_project.values(is_current=False, is_undecided=False))
    elif recorded.is_newer:
        connection.execute(of_project.values(is_undecided=False))


class _Known(NamedTuple):
    """What was recorded of the same bytes."""

    id: int
    status: str
    received_at: datetime.datetime


def _known(connection: Connection, sha256: str, collection_id: str) -> _Known | None:
    columns = tables.submission.c
    query = select(*(columns[name] for name in _Known._fields))
    row = connection.execute(query.where(columns.sha256 == sha256, columns.collection_id == collection_id)).first()
    return _Known(*row) if row else None


def _taken_back(connection: Connection, known: _Known) -> datetime.datetime:
    """Removes what said of the bytes that they cannot be read; gives when they came."""
    connection.execute(delete(tables.finding).where(tables.finding.c.submission_id == known.id))
    connection.execute(delete(tables.submission).where(tables.submission.c.id == known.id))
    return known.received_at


def _all_current(connection: Connection, digests: tuple[str, ...], collection_id: str) -> bool:
    columns = tables.submission.c
    mine = columns.collection_id == collection_id
    query = select(func.count()).where(columns.sha256.in_(digests), columns.is_current, mine)
    return connection.scalar(query) == len(digests)


def _lock_projects(connection: Connection, arrivals: Iterable[Arrival], collection_id: str) -> None:
    """In one order, whatever the order of the files: two imports at once would wait for each other for ever."""
    declared = (one.checked.identity for one in arrivals if one.checked.declaration)
    projects = {(one.form_id, one.fiscal_year, one.declared_code, one.shape.part): one for one in declared if one}
    for _, identity in sorted(projects.items()):
        _locked_project(connection, identity, collection_id)


def _locked_project(connection: Connection, identity: Identity, collection_id: str) -> int:
    """The project's id; until the transaction ends nobody else records for it."""
    key = {
        "collection_id": collection_id,
        "form_id": identity.form_id,
        "fiscal_year": identity.fiscal_year,
        "project_code": identity.declared_code,
        "part": identity.shape.part,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(tables.project).values(key).on_conflict_do_nothing())
    wanted = [tables.project.c[name] == value for name, value in key.items()]
    return int(connection.execute(select(tables.project.c.id).where(*wanted).with_for_update()).scalar_one())


def _current(connection: Connection, project_id: int) -> Submission | None:
    columns = tables.submission.c
    query = all_submissions().where(columns.project_id == project_id, columns.is_current)
    row = connection.execute(query).one_or_none()
    return Submission(*row) if row else None


def _document(connection: Connection, submission: Submission) -> Document:
    columns = tables.submission.c
    text = connection.execute(select(columns.document).where(columns.id == submission.id)).scalar_one()
    return Document.read(submission.id, text)


def _last_saved(connection: Connection, arrival: Arrival, current: Submission) -> datetime.datetime | None:
    """When what counts was last saved, by itself or by a file that only repeats it; None where no clock can be believed."""
    query = all_submissions().where(tables.submission.c.same_as == current.id)
    repeated = (Submission(*row) for row in connection.execute(query))
    return latest(filter(None, (one.saved_at(arrival.issued_at) for one in (current, *repeated))))


def _outcome_without_rival(arrival: Arrival) -> Outcome:
    if arrival.checked.declaration is None:
        return "unreadable" if arrival.checked.status == "unreadable" else "refused"
    return "current"


def _beside(
    arrival: Arrival,
    received_at: datetime.datetime,
    current: Submission,
    standing: Document,
    last_saved: datetime.datetime | None,
) -> Recorded:
    """What becomes of an arrival where another submission of the project counts."""
    saved_at = believable(arrival.modified_at, arrival.issued_at, received_at)
    if arrival.merged_from and current.is_merged:
        return Recorded("current")
    if not arrival.merged_from and _says_the_same(arrival, current, standing):
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


def _submission_values(arrival: Arrival, project_id: int | None, outcome: Outcome) -> dict[str, Any]:
    checked = arrival.checked
    declared = checked.declaration.values if checked.declaration else {}
    return {
        "project_id": project_id,
        "sha256": checked.sha256,
        "file": checked.file,
        "status": checked.status,
        "is_current": outcome == "current",
        "is_undecided": outcome == "undecided",
        "round_order": arrival.round_order,
        "issue_order": arrival.issue_order,
        "modified_at": arrival.modified_at,
        **{key: declared.get(key) for key in ("filler", "phone", "fill_date")},
        "document": json.dumps(checked.to_json(), ensure_ascii=False),
        **(_identity_values(checked.identity) if checked.identity else {}),
        "parts_sha256": checked.identity.parts_sha256 if checked.identity and arrival.merged_from else None,
    }


def _identity_values(identity: Identity) -> dict[str, Any]:
    return {
        "unit_code": identity.unit_code,
        "project_code": identity.declared_code,
        "round": identity.round,
        "form_version": identity.version,
        "issue_id": identity.issue_id,
        "submission_number": identity.submission,
    }


def _record_findings(connection: Connection, submission_id: int, checked: Checked) -> None:
    findings = [{"submission_id": submission_id, **finding._asdict()} for finding in checked.findings]
    if findings:
        connection.execute(insert(tables.finding), findings)


def _record_part(connection: Connection, submission_id: int, sub_project: int | None, part: Declaration) -> None:
    values = {"submission_id": submission_id, "sub_project": sub_project, **head_of(part)}
    declaration_id = _inserted(connection, tables.declaration, values)
    lines: Mapping[Table, list[dict[str, Any]]] = {
        tables.money_line: [{"key": key, "amount_yuan": amount} for key, amount in money_of(part)],
        tables.narrative: [{"key": key, "text": text} for key, text in narrative_of(part)],
        tables.indicator: list(map(_indicator_values, part.indicators)),
    }
    for table, some in lines.items():
        if some:
            connection.execute(insert(table), [{"declaration_id": declaration_id, **line} for line in some])


def _indicator_values(indicator: Indicator) -> dict[str, Any]:
    target = indicator.target
    return {**indicator._asdict(), "target": decimal_text(target) if isinstance(target, Decimal) else target}


def _inserted(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """The id of a new row."""
    return int(connection.execute(insert(table).values(values)).inserted_primary_key[0])  # type: ignore[index]
