"""Some files on their way into the ledger: a handful of statements for all of them, whatever their number.

The same bytes twice are kept once. Files that bear on each other, being of one project, follow one another.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from workbook_builder.clock import instant
from workbook_builder.form.declaration import Declaration, Indicator
from workbook_builder.judge.check import Checked
from workbook_builder.ledger import tables
from workbook_builder.ledger.acts import stands_again
from workbook_builder.ledger.lines import head_of, money_of, narrative_of, parts_of
from workbook_builder.ledger.outcome import Arrival, Outcome, ProjectKey, Recorded, Rivals, outcome_of
from workbook_builder.ledger.queries import all_submissions, returned_by_our_roster
from workbook_builder.ledger.rows import OF_OUR_ROSTER, UNREADABLE, Document, Submission
from workbook_builder.values.numbers import decimal_text

_COLUMNS = tables.submission.c
_KEY = ("form_id", "fiscal_year", "project_code", "part")  # of a project, as ProjectKey has them
Rows = dict[Table, list[dict[str, Any]]]


def entered(connection: Connection, arrivals: Sequence[Arrival], collection_id: str) -> list[Recorded]:
    """Records files of a collection in this order; gives what became of each."""
    projects = _locked_projects(connection, arrivals, collection_id)
    recorded: list[Recorded] = []
    for some in _in_turn(arrivals):
        before = _before(connection, some, projects, collection_id)
        entries = [_entry(one, before, projects.get(one.project) if one.project else None) for one in some]
        _settle(connection, entries)
        _insert(connection, [entry for entry in entries if entry.is_to_be_kept], collection_id)
        recorded += (entry.recorded for entry in entries)
    return recorded


def _in_turn(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """In groups within which nothing that is recorded bears on another: no project and no bytes twice, and no whole
    beside what may be one of its parts.
    """
    for _, alike in groupby(arrivals, key=lambda one: bool(one.merged_from)):
        some: list[Arrival] = []
        taken: set[object] = set()
        for one in alike:
            own = {one.sha256, one.project} - {None}
            if not taken.isdisjoint(own):
                yield some
                some, taken = [], set()
            some.append(one)
            taken |= own
        yield some


def _locked_projects(connection: Connection, arrivals: Iterable[Arrival], collection_id: str) -> dict[ProjectKey, int]:
    """The ids of what these files declare; until the transaction ends nobody else records for these projects.

    In one order, whatever that of the files: two imports at once would wait for each other for ever.
    """
    keys = sorted({one.project for one in arrivals if one.project})
    if not keys:
        return {}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"collection_id": collection_id, **dict(zip(_KEY, key, strict=True))} for key in keys]
    connection.execute(dialect.insert(tables.project).on_conflict_do_nothing(), rows)
    columns = tables.project.c
    wanted = [columns[name].in_({key[number] for key in keys}) for number, name in enumerate(_KEY)]
    query = select(columns.id, *(columns[name] for name in _KEY)).where(columns.collection_id == collection_id, *wanted)
    rows_there = connection.execute(query.order_by(columns.id).with_for_update())
    return {(row.form_id, row.fiscal_year, row.project_code, row.part): row.id for row in rows_there}


class _Known(NamedTuple):
    """What was recorded of the same bytes."""

    id: int
    sha256: str
    status: str
    received_at: datetime.datetime
    project_id: int | None  # None where nothing was taken of them
    is_current: bool
    is_of_our_roster: bool  # returned for what our roster, or a later issue, said of them

    def is_mended(self, checked: Checked) -> bool:
        """Whether roster and records have nothing against them any more."""
        errors = {finding.rule for finding in checked.findings if finding.severity == "error"}
        return self.is_of_our_roster and checked.declaration is not None and errors.isdisjoint(OF_OUR_ROSTER)

    def still_holds(self, checked: Checked) -> bool:
        """Whether nothing more can be taken of them now than then."""
        if self.project_id is not None:
            return True
        return checked.declaration is None and (self.status != UNREADABLE or checked.status == UNREADABLE)


class _Before(NamedTuple):
    """What stands before some files are recorded."""

    known: Mapping[str, _Known]  # by SHA-256
    rivals: Mapping[int, Rivals]  # by project: what counts
    stood: Mapping[int, int]  # by project: how many have come to count
    counting: set[str]  # SHA-256 of the parts that count, of those that some was merged from


def _before(
    connection: Connection, some: Sequence[Arrival], projects: Mapping[ProjectKey, int], collection_id: str
) -> _Before:
    mine = _COLUMNS.collection_id == collection_id
    is_of_our_roster = _COLUMNS.project_id.is_not(None) & _COLUMNS.id.in_(returned_by_our_roster())
    columns = (_COLUMNS[name] for name in _Known._fields[:-1])
    known = select(*columns, is_of_our_roster).where(mine, _COLUMNS.sha256.in_(_digests(some)))
    by_digest = {row.sha256: _Known._make(row) for row in connection.execute(known)}
    parts = {digest for one in some for digest in one.merged_from}
    counting = select(_COLUMNS.sha256).where(mine, _COLUMNS.sha256.in_(parts), _COLUMNS.is_current)
    history = _history(connection, {projects[one.project] for one in some if one.project})
    return _Before(
        by_digest,
        _rivals(connection, history),
        {project: max(one.stood or 0 for one in came) for project, came in history.items()},
        set(connection.scalars(counting)) if parts else set(),
    )


def _digests(some: Iterable[Arrival]) -> list[str]:
    return [one.sha256 for one in some]


def _history(connection: Connection, project_ids: AbstractSet[int]) -> dict[int, list[Submission]]:
    """All that came of these projects, by project."""
    history: dict[int, list[Submission]] = {}
    if project_ids:
        query = all_submissions().add_columns(_COLUMNS.project_id).where(_COLUMNS.project_id.in_(project_ids))
        for *cells, project_id in connection.execute(query):
            history.setdefault(project_id, []).append(Submission(*cells))
    return history


def _rivals(connection: Connection, history: Mapping[int, Sequence[Submission]]) -> dict[int, Rivals]:
    """What counts of each project of which something does."""
    current = {project: one for project, came in history.items() for one in came if one.is_current}
    if not current:
        return {}
    said = select(_COLUMNS.id, _COLUMNS.document).where(_COLUMNS.id.in_({one.id for one in current.values()}))
    documents = {row.id: Document.read(row.id, row.document) for row in connection.execute(said)}
    return {
        project: Rivals(one, documents[one.id], tuple(other for other in history[project] if other.same_as == one.id))
        for project, one in current.items()
    }


class _Entry(NamedTuple):
    """A file, and what becomes of it."""

    arrival: Arrival
    recorded: Recorded
    is_to_be_kept: bool = True
    received_at: datetime.datetime | None = None
    project_id: int | None = None
    current: Submission | None = None  # of its project, until now
    stood: int | None = None  # where it comes to count
    in_place_of: int | None = None  # what said of the same bytes that they cannot be read, or are refused
    judged_anew: int | None = None  # what said of the same bytes that our roster has something against them
    again: int | None = None  # what was merged from the same parts before one of them was taken back


def _entry(arrival: Arrival, before: _Before, project_id: int | None) -> _Entry:
    known, checked = before.known.get(arrival.sha256), arrival.checked
    is_whole = before.counting.issuperset(arrival.merged_from)
    if known and known.is_mended(checked):
        outcome: Outcome = "current" if known.is_current else "superseded"
        return _Entry(arrival, Recorded(outcome), is_to_be_kept=False, judged_anew=known.id)
    if known and known.still_holds(checked):
        again = known.id if arrival.merged_from and is_whole else None
        return _Entry(arrival, Recorded("duplicate"), is_to_be_kept=False, again=again)
    if not is_whole:  # one of its parts was replaced meanwhile: what was merged is past
        return _Entry(arrival, Recorded("superseded"), is_to_be_kept=False)
    received_at = known.received_at if known else instant()
    rivals = None if project_id is None else before.rivals.get(project_id)
    recorded = outcome_of(arrival, received_at, rivals)
    return _Entry(
        arrival,
        recorded,
        received_at=received_at,
        project_id=project_id,
        current=rivals.current if rivals else None,
        stood=before.stood.get(project_id or 0, 0) + 1 if recorded.outcome == "current" else None,
        in_place_of=known.id if known else None,
    )


def _settle(connection: Connection, entries: Iterable[_Entry]) -> None:
    """What counted until now, and what was as new and different, gives way; or is decided for what counts. What said of
    bytes that nothing can be taken of them goes, and a whole stands again of which all parts count.
    """
    replaced, decided, gone = set(), set(), set()
    for entry in entries:
        if entry.in_place_of is not None:
            gone.add(entry.in_place_of)
        if entry.judged_anew is not None:
            _judge_anew(connection, entry.judged_anew, entry.arrival.checked)
        if entry.again is not None:
            stands_again(connection, entry.again)
        if entry.current and entry.recorded.outcome == "current":
            replaced.add(entry.project_id)
        elif entry.recorded.is_newer:
            decided.add(entry.project_id)
    change = update(tables.submission)
    if replaced:
        changed = change.where(_COLUMNS.project_id.in_(replaced))
        connection.execute(changed.values(is_current=False, is_undecided=False))
    if decided:
        connection.execute(change.where(_COLUMNS.project_id.in_(decided)).values(is_undecided=False))
    if gone:
        connection.execute(delete(tables.finding).where(tables.finding.c.submission_id.in_(gone)))
        connection.execute(delete(tables.submission).where(_COLUMNS.id.in_(gone)))


def _judge_anew(connection: Connection, submission_id: int, checked: Checked) -> None:
    """The verdict on the same answers; reviews and acts stay with them."""
    values = {"status": checked.status, "document": json.dumps(checked.to_json(), ensure_ascii=False)}
    connection.execute(update(tables.submission).where(_COLUMNS.id == submission_id).values(values))
    connection.execute(delete(tables.finding).where(tables.finding.c.submission_id == submission_id))
    if checked.findings:
        rows = [{"submission_id": submission_id, **finding._asdict()} for finding in checked.findings]
        connection.execute(insert(tables.finding), rows)


def _insert(connection: Connection, entries: Sequence[_Entry], collection_id: str) -> None:
    """Whole rows with ids of their own, so that each table takes one statement."""
    ids = _new_ids(connection, tables.submission, len(entries))
    rows: Rows = {tables.submission: []}
    parts: list[tuple[int, int | None, Declaration]] = []
    for submission_id, entry in zip(ids, entries, strict=True):
        checked = entry.arrival.checked
        rows[tables.submission].append({"id": submission_id, "collection_id": collection_id, **_values(entry)})
        for finding in checked.findings:
            rows.setdefault(tables.finding, []).append({"submission_id": submission_id, **finding._asdict()})
        if checked.declaration:
            parts += ((submission_id, *part) for part in parts_of(checked.declaration))
    for declaration_id, part in zip(_new_ids(connection, tables.declaration, len(parts)), parts, strict=True):
        _add_part(rows, declaration_id, *part)
    for table, some in rows.items():
        if some:
            connection.execute(insert(table), some)


def _new_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Ids that nobody else takes, in ascending order: those that the database would give, known before rows are there.

    Until the transaction ends nobody else writes into a file; a server counts on for everybody.
    """
    if not count:
        return ()
    if connection.dialect.name == "postgresql":
        query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return sorted(connection.scalars(query, {"name": table.name, "count": count}))
    last = connection.scalar(select(func.max(table.c.id))) or 0
    return range(last + 1, last + 1 + count)


def _values(entry: _Entry) -> dict[str, Any]:
    """Of a submission."""
    arrival, checked, outcome = entry.arrival, entry.arrival.checked, entry.recorded.outcome
    identity, declared = checked.identity, checked.declaration.values if checked.declaration else {}
    return {
        "project_id": entry.project_id,
        "received_at": entry.received_at,
        "stood": entry.stood,
        "same_as": entry.current.id if entry.current and outcome == "same_answers" else None,
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
        "unit_code": identity and identity.unit_code,
        "project_code": identity and identity.declared_code,
        "round": identity and identity.round,
        "form_version": identity and identity.version,
        "issue_id": identity and identity.issue_id,
        "submission_number": identity and identity.submission,
        "parts_sha256": identity.parts_sha256 if identity and arrival.merged_from else None,
    }


def _add_part(rows: Rows, declaration_id: int, submission_id: int, sub_project: int | None, part: Declaration) -> None:
    """A declaration, and what hangs on it."""
    head = {"id": declaration_id, "submission_id": submission_id, "sub_project": sub_project, **head_of(part)}
    rows.setdefault(tables.declaration, []).append(head)
    lines: Mapping[Table, Iterable[dict[str, Any]]] = {
        tables.money_line: ({"key": key, "amount_yuan": amount} for key, amount in money_of(part)),
        tables.narrative: ({"key": key, "text": words} for key, words in narrative_of(part)),
        tables.indicator: map(_indicator_values, part.indicators),
    }
    for table, some in lines.items():
        rows.setdefault(table, []).extend({"declaration_id": declaration_id, **line} for line in some)


def _indicator_values(indicator: Indicator) -> dict[str, Any]:
    target = indicator.target
    return {**indicator._asdict(), "target": decimal_text(target) if isinstance(target, Decimal) else target}
