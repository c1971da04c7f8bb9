"""What the report tells of each declaration that counts, and what it reads bit by bit of what hangs on them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from workbook_builder.findings import Finding, Severity
from workbook_builder.form.model import Field, Form
from workbook_builder.judge.work_sheet import BY_SYSTEM, work_sheet
from workbook_builder.ledger.queries import Questions
from workbook_builder.ledger.reviews import LowerReview, Review
from workbook_builder.ledger.rows import NO_MONEY, DeclaredPart, IndicatorRow, Submission
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.stands import Stand, State
from workbook_builder.ledger.status import STATE_NAMES

NO_DEPARTMENT = "（未填主管部门）"
ACCEPTED, RETURNED, SENT_BACK_BY_REVIEW = "可以接收", "应退回修改", "审核退回"
AWAITING_CHANGE = STATE_NAMES["awaiting_change"]
STATE_WORDS: Mapping[State, str] = {
    "accepted": ACCEPTED,
    "awaiting_change": AWAITING_CHANGE,
    "returned": RETURNED,
    "sent_back": SENT_BACK_BY_REVIEW,
}
COUNTED = (ACCEPTED, AWAITING_CHANGE)  # in the totals of what may go on
STATE_STYLES = {ACCEPTED: "good", AWAITING_CHANGE: "warn", RETURNED: "warn", SENT_BACK_BY_REVIEW: "warn"}


class Part(NamedTuple):
    """A root project or one of its sub-projects as declared."""

    project_code: str
    project_name: str
    project_category: str
    department: str
    implementing_unit: str
    overall_goal: str  # these two long texts of root projects only: nothing shows those of sub-projects
    annual_goal: str
    money: Mapping[str, Decimal] = NO_MONEY  # key of the line -> yuan; what was left empty is not in it


GOALS = "overall_goal", "annual_goal"
PART_TEXTS = tuple(name for name in Part._fields[:-1] if name not in GOALS)


class Judged(NamedTuple):
    """What the findings of a submission come to."""

    errors: int
    warnings: int
    pre_scores: Mapping[str, Decimal]  # item of the review's work sheet -> points that they are evidence for


class Project(NamedTuple):
    """The declaration of a root project that counts."""

    stand: Stand
    unit_code: str  # by the roster as it is now
    unit_name: str
    root: Part
    subs: Mapping[int, Part]  # by number
    judged: Judged
    sub_units: Mapping[int, str]  # by number, who filled in each; none where one unit filled in all
    lower: tuple[LowerReview, ...] = ()  # what lower levels decided on it

    @property
    def submission(self) -> Submission:
        """The file that says so."""
        return self.stand.submission

    @property
    def review(self) -> Review | None:
        """Of what counts now, else the last one of what it replaced."""
        return self.stand.review

    @property
    def assigned(self) -> str | None:
        """Who is to review it."""
        return self.stand.assigned

    @property
    def reviewer(self) -> str | None:
        """Who has reviewed what counts, else who is to."""
        said = self.stand.told.review
        return (said.reviewer if said else None) or self.assigned

    @property
    def is_counted(self) -> bool:
        """Whether its amounts are among those that may go on."""
        return self.state in COUNTED

    @property
    def department(self) -> str:
        """The one that it is counted under."""
        return self.root.department or NO_DEPARTMENT

    @property
    def state(self) -> str:
        """In words."""
        return STATE_WORDS[self.stand.state]


def money_fields(form: Form) -> tuple[Field, ...]:
    """The money lines of a declaration, in the order of the form: every amount that it prints."""
    printed = {marker.key for marker in form.form_sheet.markers}
    fields = form.fields.values()
    return tuple(field for field in fields if field.type == "amount" and field.key in printed and not field.is_column)


def read_projects(standing: Standing) -> tuple[Project, ...]:
    """What counts in the roster's round, by department, unit and project; of an earlier round nothing does."""
    unit_names = {unit.unit_code: unit.unit_name for unit in standing.roster.units}
    stands = {stand.submission.id: stand for stand in standing.wholes() if not stand.is_earlier}
    judged = judgements(standing.ledger, stands)
    parts = _parts(standing.ledger, stands)
    projects = []
    for submission_id, stand in stands.items():
        subs = parts[submission_id]
        root = subs.pop(None)
        unit_code = standing.unit_code(stand.submission)
        unit_name = unit_names.get(unit_code) or root.implementing_unit or unit_code
        numbered = {number: part for number, part in subs.items() if number is not None}
        filled_by = {n: standing.unit_of_part(stand.submission, part.project_code) for n, part in numbered.items()}
        sub_units = {n: unit_names.get(code, code) for n, code in filled_by.items() if code}
        lower = standing.reviewing.lower.get(stand.submission.sha256, ())
        projects.append(Project(stand, unit_code, unit_name, root, numbered, judged[submission_id], sub_units, lower))
    return tuple(sorted(projects, key=lambda one: (one.department, one.unit_code, one.root.project_code)))


def _parts(ledger: Questions, submission_ids: Iterable[int]) -> dict[int, dict[int | None, Part]]:
    """By submission, its root project (under None) and its sub-projects (under their numbers)."""
    parts: dict[int, dict[int | None, Part]] = {}
    for declared in ledger.declarations(submission_ids):
        parts.setdefault(declared.submission_id, {})[declared.sub_project] = _part(declared)
    return parts


def _part(declared: DeclaredPart) -> Part:
    texts = {name: getattr(declared, name) or "" for name in PART_TEXTS}
    goals = {name: "" if declared.sub_project is not None else getattr(declared, name) or "" for name in GOALS}
    return Part(**texts, **goals, money=declared.money)


def judgements(ledger: Questions, submission_ids: Iterable[int]) -> dict[int, Judged]:
    """By submission, what its findings come to."""
    kinds: dict[int, list[Finding]] = {submission_id: [] for submission_id in submission_ids}
    numbers: Counter[tuple[int, Severity]] = Counter()
    for count in ledger.finding_counts(kinds):
        kinds[count.submission_id].append(Finding(count.rule, count.severity, None, None, None, ""))
        numbers[count.submission_id, count.severity] += count.times
    scores = cache(_pre_scores)  # most declarations fail the same few rules
    return {
        submission_id: Judged(
            numbers[submission_id, "error"], numbers[submission_id, "warning"], scores(tuple(findings))
        )
        for submission_id, findings in kinds.items()
    }


def _pre_scores(findings: tuple[Finding, ...]) -> Mapping[str, Decimal]:
    items = work_sheet(findings)["items"]
    return {entry["item"]: Decimal(str(entry["score"])) for entry in items if entry["by"] == BY_SYSTEM}


def indicators(ledger: Questions, projects: Iterable[Project]) -> Iterator[tuple[Project, IndicatorRow]]:
    """Every indicator row, with its project."""
    by_id = {project.submission.id: project for project in projects}
    return ((by_id[row.submission_id], row) for row in ledger.indicators(by_id))


def findings(ledger: Questions, projects: Iterable[Project]) -> Iterator[tuple[Project, Finding]]:
    """Every finding, with its project, errors first within a project."""
    by_id = {project.submission.id: project for project in projects}
    return ((by_id[row.submission_id], row.finding) for row in ledger.findings(by_id))
