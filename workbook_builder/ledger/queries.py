"""What may be asked of the ledger. Answers are named tuples; what is long is read some submissions at a time.

What hangs on a submission never changes once it is recorded (but for a verdict of rows.OF_OUR_ROSTER), so that it may be
read bit by bit, at flat memory and without keeping imports waiting, and still belong to the submissions that were read first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain, groupby, islice
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Engine, Row, Select, Table, and_, func, or_, select

from workbook_builder.findings import Finding
from workbook_builder.ledger import tables
from workbook_builder.ledger.approvals import Approval, approval_versions
from workbook_builder.ledger.database import transaction
from workbook_builder.ledger.reviews import (
    LowerReview,
    Review,
    assignments_of,
    by_project,
    lower_reviews_of,
    told,
    versions_of,
)
from workbook_builder.ledger.rows import (
    NO_MONEY,
    OF_OUR_ROSTER,
    UNREADABLE,
    Act,
    DeclaredPart,
    Document,
    FindingCount,
    FindingRow,
    IndicatorRow,
    MoneyLine,
    NarrativeText,
    Submission,
    Unassigned,
)

T = TypeVar("T")

AT_ONCE = 200  # submissions
ABOUT = "submission_id"  # the first column of what hangs on submissions

_SUBMISSION, _PROJECT, _DECLARATION = tables.submission.c, tables.project.c, tables.declaration.c
_OF_PROJECT = ("form_id", "fiscal_year", "project_code", "part")


def all_submissions() -> Select[Any]:
    """The submissions of all projects, column by column as Submission has them."""
    columns = (_PROJECT[name] if name in _OF_PROJECT else _SUBMISSION[name] for name in Submission._fields)
    return select(*columns).join_from(tables.submission, tables.project)


def returned_by_our_roster() -> Select[Any]:
    """The ids of submissions with an error that a change of the roster, or of what was sent out, may have mended."""
    found = tables.finding.c
    return select(found.submission_id).where(found.severity == "error", found.rule.in_(OF_OUR_ROSTER))


class Questions:
    """A ledger that answers, of all collections that it serves or of one. Methods raise UsageError where it refuses."""

    def __init__(self, engine: Engine, collection_id: str | None = None):
        self._engine = engine
        self._collection_id = collection_id

    def _mine(self, table: Table) -> tuple[ColumnElement[bool], ...]:
        """What of the table is asked about."""
        return () if self._collection_id is None else (table.c.collection_id == self._collection_id,)

    def _of(self, form_id: str, fiscal_year: int) -> tuple[ColumnElement[bool], ...]:
        return _PROJECT.form_id == form_id, _PROJECT.fiscal_year == fiscal_year, *self._mine(tables.project)

    # Which files came, and which count

    def knows(self, sha256: str) -> bool:
        """Whether something of these bytes was taken before.

        What could not be read then may be now, with a password; what was refused may be taken, now that the record of
        its issue has come with a package, or was put back.
        """
        recorded = select(_SUBMISSION.id).where(_SUBMISSION.sha256 == sha256, *self._mine(tables.submission))
        return self._is_any(recorded.where(_SUBMISSION.project_id.is_not(None)))

    def known(self) -> set[str]:
        """The SHA-256 of all that `knows` would know, less what our roster returned, which may have changed; and of what
        was refused and is to be passed over.
        """
        is_passed_over = (_SUBMISSION.status != UNREADABLE) & _SUBMISSION.is_taken_back
        is_settled = _SUBMISSION.project_id.is_not(None) & _SUBMISSION.id.not_in(returned_by_our_roster())
        recorded = select(_SUBMISSION.sha256).where(or_(is_settled, is_passed_over), *self._mine(tables.submission))
        return {row.sha256 for row in self._rows(recorded)}

    def submissions_of(self, sha256: str) -> list[Submission]:
        """What these bytes declare: one at most of each collection."""
        return self._submissions(all_submissions().where(_SUBMISSION.sha256 == sha256, *self._mine(tables.submission)))

    def merged(self) -> set[str]:
        """Of what was merged and still holds, what tells the parts (rows.parts_sha256)."""
        recorded = select(_SUBMISSION.parts_sha256).where(
            _SUBMISSION.parts_sha256.is_not(None), _SUBMISSION.is_taken_back.is_(False), *self._mine(tables.submission)
        )
        return {row.parts_sha256 for row in self._rows(recorded)}

    def submissions(self, form_id: str, fiscal_year: int) -> list[Submission]:
        """All that ever came of a form and year, wholes and parts, in the order in which they came."""
        return self._submissions(all_submissions().where(*self._of(form_id, fiscal_year)).order_by(_SUBMISSION.id))

    def current(self, form_id: str, fiscal_year: int, *, parts: bool = False) -> list[Submission]:
        """The submissions that count, by project code: of each whole root project that has one; or those of parts."""
        part = _PROJECT.part != "whole" if parts else _PROJECT.part == "whole"
        query = all_submissions().where(_SUBMISSION.is_current, *self._of(form_id, fiscal_year), part)
        return self._submissions(query.order_by(_PROJECT.project_code))

    def of_others(self, form_id: str, fiscal_year: int) -> list[Submission]:
        """The files of other forms and years that count there, or might, in the order in which they came."""
        query = all_submissions().where(
            or_(_SUBMISSION.is_current, _SUBMISSION.is_undecided),
            _SUBMISSION.parts_sha256.is_(None),
            *self._mine(tables.submission),
            or_(_PROJECT.form_id != form_id, _PROJECT.fiscal_year != fiscal_year),
        )
        return self._submissions(query.order_by(_SUBMISSION.id))

    def undecided(self) -> list[Submission]:
        """The submissions, of whatever form and year, that are as new as the one that counts, and different."""
        return self._submissions(
            all_submissions().where(_SUBMISSION.is_undecided, *self._mine(tables.submission)).order_by(_SUBMISSION.id)
        )

    def unassigned(self) -> list[Unassigned]:
        """The files of which nobody could tell whose they are, or that were refused, in the order in which they came."""
        return self._all(Unassigned, self._unassigned().where(_SUBMISSION.is_taken_back.is_(False)))

    def _unassigned(self) -> Select[Any]:
        columns = (_SUBMISSION[name] for name in Unassigned._fields)
        query = select(*columns).where(_SUBMISSION.project_id.is_(None), *self._mine(tables.submission))
        return query.order_by(_SUBMISSION.id)

    def files(self) -> list[Submission | Unassigned]:
        """Everything that ever came, what was taken back included, in the order in which it came."""
        query = all_submissions().where(*self._mine(tables.submission))
        files: list[Submission | Unassigned] = [*self._submissions(query)]
        files += self._all(Unassigned, self._unassigned())
        return sorted(files, key=lambda file: file.id)

    def as_it_is(self, file: Submission | Unassigned) -> Submission | Unassigned:
        """The same file as the ledger has it by now."""
        if isinstance(file, Unassigned):
            return file
        (known,) = self._submissions(all_submissions().where(_SUBMISSION.id == file.id))
        return known

    def counting_instead(self, submission: Submission) -> Submission | None:
        """What counts for the project, or the part of it, that a submission declares; itself where it does."""
        same = (_PROJECT[name] == getattr(submission, name) for name in _OF_PROJECT)
        counting = all_submissions().where(*same, *self._mine(tables.project), _SUBMISSION.is_current)
        return next(iter(self._submissions(counting)), None)

    def acts(self, submission_ids: Iterable[int]) -> Iterator[Act]:
        """What the centre did to these files, in order."""
        columns = (tables.act.c[name] for name in Act._fields)
        wanted = list(submission_ids)
        query = select(*columns).order_by(tables.act.c.id)
        for ids in _some_at_a_time(wanted):
            yield from self._all(Act, query.where(tables.act.c.submission_id.in_(ids)))

    def histories(self, form_id: str, fiscal_year: int) -> Iterator[list[Submission]]:
        """The submissions, oldest first, of each root project of which more than one came and can be put in order.

        What changed in a part has changed the whole, so parts have no history of their own.
        """
        in_order = and_(
            _SUBMISSION.is_undecided.is_(False), _SUBMISSION.same_as.is_(None), _SUBMISSION.is_taken_back.is_(False)
        )
        several = select(_PROJECT.id).join(tables.submission).where(*self._of(form_id, fiscal_year), in_order)
        several = several.where(_PROJECT.part == "whole").group_by(_PROJECT.id).having(func.count() > 1)
        for ids in _some_at_a_time(row.id for row in self._rows(several.order_by(_PROJECT.project_code))):
            query = all_submissions().where(_PROJECT.id.in_(ids), in_order).order_by(_PROJECT.project_code)
            for _, history in groupby(self._submissions(query), key=lambda one: one.project_code):
                yield sorted(history, key=in_history)

    def money(self, form_id: str, fiscal_year: int) -> list[MoneyLine]:
        """The money lines of the root projects that count."""
        columns = (_PROJECT.project_code, _SUBMISSION.sha256, *_of_table(tables.money_line, "key", "amount_yuan"))
        query = (
            select(*columns)
            .select_from(tables.money_line.join(tables.declaration).join(tables.submission).join(tables.project))
            .where(_SUBMISSION.is_current, _DECLARATION.sub_project.is_(None), _PROJECT.part == "whole")
            .where(*self._of(form_id, fiscal_year))
        )
        return self._all(MoneyLine, query)

    # What hangs on submissions: asked by their ids, answered in that order

    def documents(self, submission_ids: Iterable[int]) -> Iterator[Document]:
        """What `check` said of submissions or unassigned files, one for each."""
        return self._about(Document.read, select(_SUBMISSION.id.label(ABOUT), _SUBMISSION.document), submission_ids)

    def document(self, submission_id: int) -> Document:
        """What `check` said of one of them."""
        return next(self.documents([submission_id]))

    def declarations(self, submission_ids: Iterable[int]) -> Iterator[DeclaredPart]:
        """The root project of each and then its sub-projects."""
        columns = (_DECLARATION[name] for name in DeclaredPart._fields[:-1])
        query = select(*columns, _DECLARATION.id).order_by(_DECLARATION.id)
        for ids in _some_at_a_time(submission_ids):
            yield from self._about(partial(_declared, self._money_of(ids)), query, ids)

    def indicators(self, submission_ids: Iterable[int]) -> Iterator[IndicatorRow]:
        """Every used row of the indicator tables, the root project's first."""
        table = tables.indicator
        columns = _of_table(table, *IndicatorRow._fields[2:])
        return self._about(IndicatorRow, _of_declarations(table, columns).order_by(table.c.row), submission_ids)

    def narratives(self, submission_ids: Iterable[int]) -> Iterator[NarrativeText]:
        """The parts of 情况说明 that were filled in."""
        table = tables.narrative
        columns = _of_table(table, "key", "text")
        return self._about(NarrativeText, _of_declarations(table, columns).order_by(table.c.id), submission_ids)

    def findings(self, submission_ids: Iterable[int]) -> Iterator[FindingRow]:
        """Every finding, errors first."""
        table = tables.finding.c
        query = select(table.submission_id, *_of_table(tables.finding, *Finding._fields))
        return self._about(_finding_row, query.order_by(table.severity != "error", table.id), submission_ids)

    def finding_counts(self, submission_ids: Iterable[int]) -> Iterator[FindingCount]:
        """How often each fails which rules."""
        table = tables.finding.c
        failed = (table.submission_id, table.rule, table.severity)
        return self._about(FindingCount, select(*failed, func.count()).group_by(*failed), submission_ids)

    # What the centre decided

    def reviews(self, form_id: str, fiscal_year: int) -> dict[str, Review]:
        """By project: the centre's review of what counts; where there is none yet, the last one of what it replaced."""
        return by_project(told(self.review_versions(form_id, fiscal_year)))

    def review_versions(self, form_id: str, fiscal_year: int) -> list[Review]:
        """Every review that was ever kept, the oldest first."""
        with transaction(self._engine) as connection:
            return versions_of(connection, self._of(form_id, fiscal_year))

    def assignments(self, form_id: str, fiscal_year: int) -> dict[str, tuple[str | None, ...]]:
        """By project code, everybody who was ever to review it, the last one last; None: whom the roster names."""
        with transaction(self._engine) as connection:
            return assignments_of(connection, self._of(form_id, fiscal_year))

    def lower_reviews(self, form_id: str, fiscal_year: int) -> dict[str, tuple[LowerReview, ...]]:
        """By the SHA-256 of a submission, what lower levels decided on it, as their packages say."""
        with transaction(self._engine) as connection:
            return lower_reviews_of(connection, self._of(form_id, fiscal_year))

    def approval_versions(self, form_id: str, fiscal_year: int) -> list[Approval]:
        """Every approval that was ever kept, the oldest first: the last one of a project counts."""
        with transaction(self._engine) as connection:
            return approval_versions(connection, self._of(form_id, fiscal_year))

    def approvals(self, form_id: str, fiscal_year: int) -> dict[str, Approval]:
        """By root project, what was approved; without those of which an approval was taken back."""
        latest = {one.project_code: one for one in self.approval_versions(form_id, fiscal_year)}
        return {code: one for code, one in latest.items() if one.amounts}

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with transaction(self._engine) as connection:
            return connection.execute(query).all()

    def _is_any(self, query: Select[Any]) -> bool:
        return bool(self._rows(query.limit(1)))

    def _all(self, read: Callable[..., T], query: Select[Any]) -> list[T]:
        return [read(*row) for row in _held_once(self._rows(query))]

    def _submissions(self, query: Select[Any]) -> list[Submission]:
        return self._all(Submission, query)

    def _about(self, read: Callable[..., T], query: Select[Any], submission_ids: Iterable[int]) -> Iterator[T]:
        about = query.selected_columns[ABOUT]
        for ids in _some_at_a_time(submission_ids):
            hanging: dict[int, list[T]] = {submission_id: [] for submission_id in ids}
            for row in _held_once(self._rows(query.where(about.in_(ids)))):
                hanging[row[0]].append(read(*row))
            yield from chain.from_iterable(hanging.values())

    def _money_of(self, submission_ids: Sequence[int]) -> dict[int, dict[str, Decimal]]:
        """By the id of their declarations."""
        table = tables.money_line.c
        lines = select(table.declaration_id, table.key, table.amount_yuan).join(tables.declaration).order_by(table.id)
        money: dict[int, dict[str, Decimal]] = {}
        amounts: dict[Decimal, Decimal] = {}  # most are among a few: nothing, or what stands a line above, too
        for declaration_id, key, yuan in _held_once(
            self._rows(lines.where(_DECLARATION.submission_id.in_(submission_ids)))
        ):
            money.setdefault(declaration_id, {})[key] = amounts.setdefault(yuan, yuan)
        return money


def in_history(submission: Submission) -> tuple[Any, ...]:
    """The order in which what came of a project followed each other; what counts is the last."""
    return submission.is_current, *in_time(submission)


def in_time(submission: Submission) -> tuple[Any, ...]:
    """The order of what was sent out, of saving and of coming, where nothing else is known."""
    one = submission
    return one.place, one.saved_at(None) or one.received_at, one.id


def _of_table(table: Table, *names: str) -> tuple[Column[Any], ...]:
    return tuple(table.c[name] for name in names)


def _of_declarations(table: Table, columns: Iterable[Column[Any]]) -> Select[Any]:
    """What hangs on declarations, behind its submission and the number of its sub-project."""
    query = select(_DECLARATION.submission_id, _DECLARATION.sub_project, *columns)
    return query.join_from(tables.declaration, table).order_by(_DECLARATION.id)


def _declared(money: Mapping[int, Mapping[str, Decimal]], *cells: Any) -> DeclaredPart:
    *texts, declaration_id = cells
    return DeclaredPart._make((*texts, money.get(declaration_id, NO_MONEY)))


def _finding_row(submission_id: int, *cells: Any) -> FindingRow:
    return FindingRow(submission_id, Finding(*cells))


def _held_once(rows: Iterable[Row[Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows; what many of them say in the same words, such as their department, is held once."""
    known: dict[str, str] = {}
    for row in rows:
        yield tuple(known.setdefault(cell, cell) if type(cell) is str else cell for cell in row)


def _some_at_a_time(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while some := list(islice(rest, AT_ONCE)):
        yield some
