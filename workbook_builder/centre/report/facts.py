"""What the report tells, read from the ledger: the declarations that count, and what hangs on them.

What hangs on a submission never changes once it is recorded, so that it may be read bit by bit, at flat memory, and still
belong to the declarations that were read first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select, func, select

from workbook_builder.collection.roster import ROUNDS, Roster
from workbook_builder.findings import Finding
from workbook_builder.form.model import Field, Form
from workbook_builder.judge.work_sheet import BY_SYSTEM, work_sheet
from workbook_builder.ledger import tables
from workbook_builder.ledger.recording import LONG_AGO, Ledger
from workbook_builder.ledger.reviews import SENT_BACK, Review

T = TypeVar("T")

NO_MONEY: Mapping[str, Decimal] = MappingProxyType({})
AT_ONCE = 200  # submissions
NO_DEPARTMENT = "（未填主管部门）"
ACCEPTED, RETURNED, SENT_BACK_BY_REVIEW = "可以接收", "应退回修改", "审核退回"
STATE_STYLES = {ACCEPTED: "good", RETURNED: "warn", SENT_BACK_BY_REVIEW: "warn"}


class Part(NamedTuple):
    """A root project or one of its sub-projects as declared."""

    project_code: str
    project_name: str
    project_category: str
    department: str
    implementing_unit: str
    overall_goal: str
    annual_goal: str
    money: Mapping[str, Decimal] = NO_MONEY  # key of the line -> yuan; what was left empty is not in it


PART_TEXTS = Part._fields[:-1]


class Judged(NamedTuple):
    """What the findings of a submission come to."""

    errors: int
    warnings: int
    pre_scores: Mapping[str, Decimal]  # item of the review's work sheet -> points that they are evidence for


class Project(NamedTuple):
    """The declaration of a root project that counts."""

    submission_id: int
    sha256: str
    file: str  # as it came in
    is_accepted: bool  # it has no error
    unit_code: str
    unit_name: str
    root: Part
    subs: Mapping[int, Part]  # by number
    review: Review | None
    judged: Judged

    @property
    def department(self) -> str:
        """The one that it is counted under."""
        return self.root.department or NO_DEPARTMENT

    @property
    def state(self) -> str:
        """In words."""
        if not self.is_accepted:
            return RETURNED
        return SENT_BACK_BY_REVIEW if self.is_sent_back else ACCEPTED

    @property
    def is_sent_back(self) -> bool:
        """Whether a reviewer returned what counts now."""
        return self.review is not None and self.review.is_current and self.review.verdict == SENT_BACK


def money_fields(form: Form) -> tuple[Field, ...]:
    """The money lines of a declaration, in the order of the form: every amount that it prints."""
    printed = {marker.key for marker in form.form_sheet.markers}
    fields = form.fields.values()
    return tuple(field for field in fields if field.type == "amount" and field.key in printed and not field.is_column)


def read_projects(ledger: Ledger, form: Form, roster: Roster) -> tuple[Project, ...]:
    """What counts in the roster's round, by department, unit and project; of an earlier round nothing does."""
    year, this_round = roster.settings.fiscal_year, ROUNDS.index(roster.settings.round)
    unit_names = {unit.unit_code: unit.unit_name for unit in roster.units}
    heads = [head for head in ledger.current_heads(form.form_id, year) if head.round_order >= this_round]
    reviews = ledger.reviews(form.form_id, year)
    judged = judgements(ledger, [head.id for head in heads])
    parts = _parts(ledger, [head.id for head in heads])
    projects = []
    for head in heads:
        subs = parts[head.id]
        root = subs.pop(None)
        code = head.unit_code or ""
        name = unit_names.get(code) or root.implementing_unit or code
        projects.append(
            Project(
                head.id,
                head.sha256,
                head.file,
                head.status == "accepted",
                code,
                name,
                root,
                {number: part for number, part in subs.items() if number is not None},
                reviews.get(head.project_code),
                judged[head.id],
            )
        )
    return tuple(sorted(projects, key=lambda one: (one.department, one.unit_code, one.root.project_code)))


def _parts(ledger: Ledger, submission_ids: Sequence[int]) -> dict[int, dict[int | None, Part]]:
    """By submission, its root project (under None) and its sub-projects (under their numbers)."""
    money: dict[int, dict[str, Decimal]] = {}
    about = tables.declaration.c.submission_id
    lines = select(tables.money_line).join(tables.declaration)
    for line in _of(ledger, lines, about, submission_ids):
        money.setdefault(line.declaration_id, {})[line.key] = line.amount_yuan
    parts: dict[int, dict[int | None, Part]] = {}
    for row in _of(ledger, select(tables.declaration).order_by(tables.declaration.c.id), about, submission_ids):
        texts = {name: getattr(row, name) or "" for name in PART_TEXTS}
        parts.setdefault(row.submission_id, {})[row.sub_project] = Part(**texts, money=money.get(row.id, NO_MONEY))
    return parts


def judgements(ledger: Ledger, submission_ids: Sequence[int]) -> dict[int, Judged]:
    """By submission, what its findings come to."""
    kinds: dict[int, list[Finding]] = {submission_id: [] for submission_id in submission_ids}
    numbers: Counter[tuple[int, str]] = Counter()
    columns = tables.finding.c
    kind = (columns.submission_id, columns.rule, columns.severity)
    query = select(*kind, func.count().label("number")).group_by(*kind)
    for row in _of(ledger, query, columns.submission_id, submission_ids):
        kinds[row.submission_id].append(Finding(row.rule, row.severity, None, None, None, ""))
        numbers[row.submission_id, row.severity] += row.number
    return {
        submission_id: Judged(numbers[submission_id, "error"], numbers[submission_id, "warning"], _pre_scores(found))
        for submission_id, found in kinds.items()
    }


def _pre_scores(found: Sequence[Finding]) -> dict[str, Decimal]:
    items = work_sheet(found)["items"]
    return {entry["item"]: Decimal(str(entry["score"])) for entry in items if entry["by"] == BY_SYSTEM}


def indicators(ledger: Ledger, projects: Iterable[Project]) -> Iterator[tuple[Project, Row[Any]]]:
    """Every indicator row, with its project; sub_project is its part's number, None for the root."""
    table, part = tables.indicator.c, tables.declaration.c
    query = (
        select(part.submission_id, part.sub_project, *(column for column in table if column.name != "id"))
        .join_from(tables.declaration, tables.indicator)
        .order_by(part.id, table.row)
    )
    return _in_order(ledger, query, part.submission_id, projects)


def findings(ledger: Ledger, projects: Iterable[Project]) -> Iterator[tuple[Project, Row[Any]]]:
    """Every finding, with its project, errors first within a project."""
    table = tables.finding.c
    query = select(tables.finding).order_by(table.severity != "error", table.id)
    return _in_order(ledger, query, table.submission_id, projects)


def documents(ledger: Ledger, form: Form, fiscal_year: int) -> Iterator[list[Row[Any]]]:
    """The submissions, oldest first, of each project of which more than one came and can be put in order."""
    columns = tables.submission.c
    wanted = [
        tables.project.c.form_id == form.form_id,
        tables.project.c.fiscal_year == fiscal_year,
        tables.project.c.part == "whole",  # what changed in a part has changed the whole
        columns.is_undecided.is_(False),
    ]
    heads = select(columns.id, columns.project_id).join(tables.project).where(*wanted)
    by_project: dict[int, list[int]] = {}
    for head in ledger.rows(heads.order_by(columns.project_code, columns.id)):
        by_project.setdefault(head.project_id, []).append(head.id)
    for ids in by_project.values():
        if len(ids) > 1:
            rows = ledger.rows(select(tables.submission).where(columns.id.in_(ids)))
            yield sorted(rows, key=_age)


def _age(row: Row[Any]) -> tuple[Any, ...]:
    moment = row.modified_at or LONG_AGO
    return row.is_current, row.round_order, row.issue_order, row.submission_number, moment, row.id


def _in_order(
    ledger: Ledger, query: Select[Any], column: Any, projects: Iterable[Project]
) -> Iterator[tuple[Project, Row[Any]]]:
    for some in _some_at_a_time(projects):
        rows: dict[int, list[Row[Any]]] = {project.submission_id: [] for project in some}
        for row in ledger.rows(query.where(column.in_(rows))):
            rows[row.submission_id].append(row)
        yield from ((project, row) for project in some for row in rows[project.submission_id])


def _of(ledger: Ledger, query: Select[Any], column: Any, submission_ids: Iterable[int]) -> Iterator[Row[Any]]:
    """A question about many submissions, asked for some at a time."""
    for some in _some_at_a_time(submission_ids):
        yield from ledger.rows(query.where(column.in_(some)))


def _some_at_a_time(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while some := list(islice(rest, AT_ONCE)):
        yield some
