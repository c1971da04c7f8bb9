"""台账: what came back, declaration by declaration, kept whole or not at all; the newest of each project counts.

Which of two submissions is newer: round, issue, submission number, then the file's own modified time (rules
collection.*). The same bytes twice are kept once. Two imports at once wait for each other, project by project.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from sqlalchemy import Column, Connection, Engine, Row, Select, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workbook_builder.form.declaration import Declaration
from workbook_builder.form.meta_cell import Identity
from workbook_builder.judge.check import Checked
from workbook_builder.ledger import tables
from workbook_builder.ledger.database import open_database, transaction
from workbook_builder.ledger.reviews import Review, keep, reviews_of, versions_of
from workbook_builder.values.numbers import decimal_text

Outcome = Literal["current", "superseded", "undecided", "duplicate", "unreadable", "refused"]
Order = tuple[int, int, int, datetime.datetime]

TEXT_COLUMNS = ("project_code", "project_name", "project_category", "department", "implementing_unit")
GOALS, DATES = ("overall_goal", "annual_goal"), ("start_date", "end_date")
LONG_AGO = datetime.datetime(1900, 1, 1)


class Arrival(NamedTuple):
    """A file as it came in, and what `check` says of it."""

    checked: Checked
    round_order: int  # of the round, from 0; -1 where it is unknown
    issue_order: int  # of the issue among all that were sent out, from 1; 0 where no record of it is at hand
    modified_at: datetime.datetime | None  # UTC
    merged_from: tuple[str, ...] = ()  # SHA-256 of the parts that it was merged from; () for a file that came in

    @property
    def order(self) -> Order:
        """The later, the newer."""
        identity = self.checked.identity
        number = identity.submission if identity else 0
        return self.round_order, self.issue_order, number, self.modified_at or LONG_AGO


class Recorded(NamedTuple):
    """What became of an arrival."""

    outcome: Outcome
    replaced: str | None = None  # the document (JSON) of the submission that it replaced


class Ledger:
    """The ledger of one or more collections."""

    def __init__(self, url: str):
        """Opens it; see ledger_store.open_database."""
        self._engine: Engine = open_database(url)

    def close(self) -> None:
        """Gives the database's connections back."""
        self._engine.dispose()

    def knows(self, sha256: str) -> bool:
        """Whether these bytes were recorded before."""
        with transaction(self._engine) as connection:
            return _known(connection, sha256)

    def record(self, arrival: Arrival) -> Recorded:
        """Records one file. Raises UsageError where the database refuses; nothing of it is kept then."""
        with transaction(self._engine) as connection:
            return _recorded(connection, arrival)

    def current(self, form_id: str, fiscal_year: int, *, parts: bool = False) -> list[Row[Any]]:
        """The submissions that count, one for each whole root project that has one; or those of parts, told by `part`."""
        with transaction(self._engine) as connection:
            return list(connection.execute(_counting(tables.submission.c, form_id, fiscal_year, parts=parts)))

    def current_heads(self, form_id: str, fiscal_year: int) -> list[Row[Any]]:
        """The same without the documents, which are large."""
        columns = [column for column in tables.submission.c if column is not tables.submission.c.document]
        with transaction(self._engine) as connection:
            return list(connection.execute(_counting(columns, form_id, fiscal_year, parts=False)))

    def rows(self, query: Select[Any]) -> list[Row[Any]]:
        """What a question over ledger_tables finds. Raises UsageError where the database refuses."""
        with transaction(self._engine) as connection:
            return list(connection.execute(query))

    def reviews(self, form_id: str, fiscal_year: int) -> dict[str, Review]:
        """By project: the centre's review of what counts; where there is none yet, the last one of what it replaced."""
        with transaction(self._engine) as connection:
            return reviews_of(connection, form_id, fiscal_year)

    def review_versions(self, form_id: str, fiscal_year: int) -> list[Review]:
        """Every review that was ever kept, the oldest first."""
        with transaction(self._engine) as connection:
            return versions_of(connection, form_id, fiscal_year)

    def keep_reviews(self, form_id: str, fiscal_year: int, reviews: Iterable[Review]) -> int:
        """Keeps all of them or none; gives how many say something new. Their submissions are in the ledger."""
        with transaction(self._engine) as connection:
            return keep(connection, form_id, fiscal_year, reviews)

    def finding_counts(self, form_id: str, fiscal_year: int) -> list[Row[Any]]:
        """How often each rule fails in each submission that counts: submission_id, rule, severity, times.

        Of a project that came in parts those of the parts, not what was merged from them.
        """
        found = tables.finding.c
        grouped = (found.submission_id, found.rule, found.severity)
        query = (
            select(*grouped, func.count().label("times"))
            .select_from(tables.finding.join(tables.submission).join(tables.project))
            .where(
                tables.submission.c.is_current,
                tables.submission.c.parts_sha256.is_(None),
                tables.project.c.form_id == form_id,
                tables.project.c.fiscal_year == fiscal_year,
            )
            .group_by(*grouped)
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(query))

    def unassigned(self) -> list[Row[Any]]:
        """The files of which nobody could tell whose they are, or that were refused, in the order in which they came."""
        query = select(tables.submission).where(tables.submission.c.project_id.is_(None))
        with transaction(self._engine) as connection:
            return list(connection.execute(query.order_by(tables.submission.c.id)))

    def of_others(self, form_id: str, fiscal_year: int) -> list[Row[Any]]:
        """The files of other forms and years that count there, or might, in the order in which they came."""
        query = (
            select(tables.submission, tables.project.c.part)
            .join(tables.project)
            .where(
                or_(tables.submission.c.is_current, tables.submission.c.is_undecided),
                tables.submission.c.parts_sha256.is_(None),
                or_(tables.project.c.form_id != form_id, tables.project.c.fiscal_year != fiscal_year),
            )
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(query.order_by(tables.submission.c.id)))

    def has_merged(self, parts_sha256: str) -> bool:
        """Whether what was merged from these parts was recorded."""
        query = select(tables.submission.c.id).where(tables.submission.c.parts_sha256 == parts_sha256)
        with transaction(self._engine) as connection:
            return connection.execute(query).first() is not None

    def undecided(self) -> list[Row[Any]]:
        """The submissions that are as new as the one that counts, and different."""
        query = select(tables.submission).where(tables.submission.c.is_undecided)
        with transaction(self._engine) as connection:
            return list(connection.execute(query.order_by(tables.submission.c.id)))

    def history(self, project_code: str) -> list[Row[Any]]:
        """All submissions of a project, in the order in which they came."""
        query = select(tables.submission).where(tables.submission.c.project_code == project_code)
        with transaction(self._engine) as connection:
            return list(connection.execute(query.order_by(tables.submission.c.id)))

    def money(self, form_id: str, fiscal_year: int) -> list[Row[Any]]:
        """The money lines of the root projects that count: project_code, sha256 of the file, key, amount_yuan."""
        query = (
            select(
                tables.submission.c.project_code,
                tables.submission.c.sha256,
                tables.money_line.c.key,
                tables.money_line.c.amount_yuan,
            )
            .select_from(tables.money_line.join(tables.declaration).join(tables.submission).join(tables.project))
            .where(
                tables.submission.c.is_current,
                tables.declaration.c.sub_project.is_(None),
                tables.project.c.part == "whole",
                tables.project.c.form_id == form_id,
                tables.project.c.fiscal_year == fiscal_year,
            )
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(query))

    def amounts(self, key: str) -> Decimal:
        """The sum of a money line over the root projects that count, in yuan."""
        query = (
            select(tables.money_line.c.amount_yuan)
            .select_from(tables.money_line.join(tables.declaration).join(tables.submission).join(tables.project))
            .where(
                tables.submission.c.is_current,
                tables.project.c.part == "whole",
                tables.declaration.c.sub_project.is_(None),
                tables.money_line.c.key == key,
            )
        )
        with transaction(self._engine) as connection:
            return sum((row[0] for row in connection.execute(query)), Decimal("0.00"))


def _counting(columns: Iterable[Column[Any]], form_id: str, fiscal_year: int, *, parts: bool) -> Select[Any]:
    """The submissions that count, of wholes or of parts, in the order of their projects' codes."""
    part = tables.project.c.part
    return (
        select(*columns, part)
        .join(tables.project)
        .where(
            tables.submission.c.is_current,
            tables.project.c.form_id == form_id,
            tables.project.c.fiscal_year == fiscal_year,
            part != "whole" if parts else part == "whole",
        )
        .order_by(tables.submission.c.project_code)
    )


def _known(connection: Connection, sha256: str) -> bool:
    query = select(tables.submission.c.id).where(tables.submission.c.sha256 == sha256)
    return connection.execute(query).first() is not None


def _all_current(connection: Connection, digests: tuple[str, ...]) -> bool:
    found = tables.submission.c
    query = select(func.count()).where(found.sha256.in_(digests), found.is_current)
    return connection.scalar(query) == len(digests)


def _recorded(connection: Connection, arrival: Arrival) -> Recorded:
    checked, identity = arrival.checked, arrival.checked.identity
    project_id = _locked_project(connection, identity) if identity and checked.declaration else None
    if _known(connection, checked.sha256 or ""):  # only now: another import may have recorded it meanwhile
        return Recorded("duplicate")
    if not _all_current(connection, arrival.merged_from):  # one was replaced meanwhile: what was merged is past
        return Recorded("superseded")
    current = None if project_id is None else _current(connection, project_id)
    outcome = _outcome(arrival, current)
    if outcome == "current" and current is not None:
        query = update(tables.submission).where(tables.submission.c.project_id == project_id)
        connection.execute(query.values(is_current=False, is_undecided=False))
    row = _submission_row(arrival, project_id, outcome)
    submission_id = connection.execute(insert(tables.submission).values(row)).inserted_primary_key[0]  # type: ignore[index]
    _write_findings(connection, submission_id, checked)
    for number, part in _parts(checked.declaration):
        _write_declaration(connection, submission_id, number, part)
    return Recorded(outcome, current.document if current is not None and outcome == "current" else None)


def _locked_project(connection: Connection, identity: Identity) -> int:
    """The project's id; until the transaction ends nobody else records for it."""
    key = {
        "form_id": identity.form_id,
        "fiscal_year": identity.fiscal_year,
        "project_code": identity.declared_code,
        "part": identity.shape.part,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(tables.project).values(key).on_conflict_do_nothing())
    wanted = [tables.project.c[name] == value for name, value in key.items()]
    return int(connection.execute(select(tables.project.c.id).where(*wanted).with_for_update()).scalar_one())


def _current(connection: Connection, project_id: int) -> Row[Any] | None:
    query = select(tables.submission).where(
        tables.submission.c.project_id == project_id, tables.submission.c.is_current
    )
    return connection.execute(query).one_or_none()


def _outcome(arrival: Arrival, current: Row[Any] | None) -> Outcome:
    if arrival.checked.declaration is None:
        return "unreadable" if arrival.checked.status == "unreadable" else "refused"
    if current is None or (arrival.merged_from and current.parts_sha256):
        return "current"
    known = (
        current.round_order,
        current.issue_order,
        current.submission_number,
        current.modified_at or LONG_AGO,
    )
    if arrival.order == known:
        return "undecided"
    return "current" if arrival.order > known else "superseded"


def _submission_row(arrival: Arrival, project_id: int | None, outcome: Outcome) -> dict[str, Any]:
    checked, identity = arrival.checked, arrival.checked.identity
    values = checked.declaration.values if checked.declaration else {}
    row = {
        "project_id": project_id,
        "sha256": checked.sha256,
        "file": checked.file,
        "status": checked.status,
        "is_current": outcome == "current",
        "is_undecided": outcome == "undecided",
        "round_order": arrival.round_order,
        "issue_order": arrival.issue_order,
        "modified_at": arrival.modified_at,
        "received_at": datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0),
        "filler": values.get("filler"),
        "phone": values.get("phone"),
        "fill_date": values.get("fill_date"),
        "document": json.dumps(checked.to_json(), ensure_ascii=False),
    }
    if identity is None:
        return row
    return row | {
        "unit_code": identity.unit_code,
        "project_code": identity.declared_code,
        "round": identity.round,
        "form_version": identity.version,
        "issue_id": identity.issue_id,
        "submission_number": identity.submission,
        "parts_sha256": identity.parts_sha256 if arrival.merged_from else None,
    }


def _write_findings(connection: Connection, submission_id: int, checked: Checked) -> None:
    rows = [{"submission_id": submission_id, **finding._asdict()} for finding in checked.findings]
    if rows:
        connection.execute(insert(tables.finding), rows)


def _parts(declaration: Declaration | None) -> Iterator[tuple[int | None, Declaration]]:
    if declaration:
        yield None, declaration
        yield from enumerate(declaration.sub_projects)


def _write_declaration(connection: Connection, submission_id: int, number: int | None, part: Declaration) -> None:
    row = {key: part.values.get(key) for key in (*TEXT_COLUMNS, *GOALS, *DATES)}
    values = {"submission_id": submission_id, "sub_project": number, **row}
    written = connection.execute(insert(tables.declaration).values(values))
    declaration_id = written.inserted_primary_key[0]  # type: ignore[index]
    _write_rows(connection, tables.money_line, declaration_id, _money(part.values))
    _write_rows(connection, tables.narrative, declaration_id, _narrative(part.values))
    _write_rows(connection, tables.indicator, declaration_id, _indicators(part))


def _write_rows(connection: Connection, table: Any, declaration_id: int, rows: Iterator[dict[str, Any]]) -> None:
    found = [{"declaration_id": declaration_id, **row} for row in rows]
    if found:
        connection.execute(insert(table), found)


def _money(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Decimal):
            yield {"key": key, "amount_yuan": value}


def _narrative(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in values.items():
        group, _, name = key.partition(".")
        if name and group == "narrative" and value:
            yield {"key": name, "text": value}


def _indicators(part: Declaration) -> Iterator[dict[str, Any]]:
    for indicator in part.indicators:
        target = indicator.target
        yield {**indicator._asdict(), "target": decimal_text(target) if isinstance(target, Decimal) else target}
