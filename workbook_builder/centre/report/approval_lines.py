"""The lines of sheet 批复 (申报 against 批复, to be entered or decided) and of 调整 (批复 against 调整)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.centre.report.approval_columns import ADJUSTING, APPROVING, Sides
from workbook_builder.centre.report.facts import Project
from workbook_builder.collection.last_round import LastRound
from workbook_builder.collection.roster import ADJUSTED, Roster
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.rows import NO_MONEY

TOTAL, PROJECT, SUB = "合计", "项目", "子项目"


class Line(NamedTuple):
    """A root project or a sub-project."""

    kind: str  # 项目, 子项目
    project_code: str
    project_name: str
    unit_name: str
    before: Mapping[str, Decimal]  # key -> yuan
    after: Mapping[str, Decimal]
    document_number: str | None = None
    approved_on: date | None = None
    version: int = 0
    subs: int = 0  # lines below it that are its sub-projects'


class Compared(NamedTuple):
    """A sheet before it is drawn."""

    sides: Sides
    lines: tuple[Line, ...]
    is_entered: bool  # by an officer, into this sheet


def entered_lines(projects: Iterable[Project], approvals: Mapping[str, Approval]) -> Compared:
    """What was declared beside what was approved, as far as that is known."""
    lines: list[Line] = []
    for project in projects:
        known = approvals.get(project.root.project_code, Approval(project.root.project_code, {}))
        for number, part in enumerate((project.root, *project.subs.values())):
            kind = SUB if number else PROJECT
            own = (part.money, known.amounts.get(part.project_code, NO_MONEY))
            line = Line(kind, part.project_code, part.project_name, project.unit_name, *own)
            if not number:
                line = line._replace(
                    document_number=known.document_number,
                    approved_on=known.approved_on,
                    version=known.version,
                    subs=len(project.subs),
                )
            lines.append(line)
    return Compared(APPROVING, tuple(lines), is_entered=True)


def decided_lines(last: LastRound, projects: Sequence[Project], roster: Roster) -> Compared:
    """What a collection of 批复 or 调整 started from, beside what came since."""
    units = {unit.unit_code: unit.unit_name for unit in roster.units}
    is_adjusting = last.round == ADJUSTED
    now = {part.project_code: part for one in projects for part in (one.root, *one.subs.values())}
    lines: list[Line] = []
    for carried in last.projects:
        for number, part in enumerate(carried.parts):
            code = part["project_code"]
            compared = _money(carried.compared.get(code, {}))
            came = now[code].money if code in now else NO_MONEY
            sides = (compared, came) if is_adjusting else (compared, _money(part))
            name, unit = part.get("project_name") or "", units.get(carried.unit_code, carried.unit_code)
            line = Line(SUB if number else PROJECT, code, name, unit, *sides)
            if not number:
                line = line._replace(
                    document_number=carried.document_number,
                    approved_on=carried.approved_on,
                    subs=sum(1 for _ in carried.parts) - 1,
                )
            lines.append(line)
    return Compared(ADJUSTING if is_adjusting else APPROVING, tuple(lines), is_entered=False)


def _money(part: Mapping[str, object]) -> dict[str, Decimal]:
    return {key: Decimal(str(part[key])) for key in MONEY_LINES if part.get(key)}
