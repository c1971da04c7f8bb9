"""What a roster holds: settings, units, projects and the levels of rules."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from workbook_builder.form.declaration import Typed
from workbook_builder.form.model import Form
from workbook_builder.form.rules import Catalogue, Level, Rule, rules_for

ROUNDS = FIRST, SECOND, APPROVED, ADJUSTED = ("一上", "二上", "批复", "调整")
PUBLIC, PARTLY_PUBLIC, NOT_PUBLIC = PUBLICITY = ("是", "部分", "否")  # partly: the forms without 情况说明
YEARS = (2000, 2100)
ROWS = (1, 100)  # of one 二级指标
GRADES, GRADE_NAMES = (90, 80, 60), ("优", "良", "中", "差")  # from these points on; the last one needs none
NO_ROWS: Mapping[str, int] = MappingProxyType({})
NO_LEVELS: Mapping[str, Level] = MappingProxyType({})


class Settings(NamedTuple):
    """What holds for the whole collection, from sheet 参数."""

    fiscal_year: int  # 0 where it is missing or wrong: a finding says so
    round: str  # one of ROUNDS; empty where it is missing or wrong
    deadline: date | None = None
    contact: str | None = None
    phone: str | None = None
    grades: tuple[int, int, int] = GRADES  # points from which on all grades but the last are given


class Unit(NamedTuple):
    """A unit that declares, from sheet 单位名册."""

    unit_code: str
    unit_name: str  # empty where it is missing: a finding says so
    contact: str | None = None
    phone: str | None = None
    email: str | None = None
    must_report: bool = True
    deadline: date | None = None  # its own; None where the collection's holds
    reviewer: str | None = None  # who reviews its projects


class RosterProject(NamedTuple):
    """A project, from sheet 项目名册; None is left for the unit to fill in."""

    project_code: str
    project_name: str  # empty where it is missing: a finding says so
    project_category: str | None = None
    department: str | None = None
    unit_code: str | None = None  # a sub-project without one has its parent's
    implementing_unit: str | None = None
    budget_ceiling: Decimal | None = None  # yuan, at most two places
    start_date: date | None = None
    end_date: date | None = None
    rows: Mapping[str, int] = NO_ROWS  # 二级指标 -> rows of the indicator table, from sheet 指标行数
    line: int = 0  # its row on 项目名册, counted from 1; 0 where it comes from no sheet
    sub_projects: tuple["RosterProject", ...] = ()
    annual_carryover: Decimal | None = None  # yuan, at most two places; never of a project with sub-projects
    publicity: str | None = None  # one of PUBLICITY; None as PUBLIC


class Deadlines(NamedTuple):
    """Until when units are to report, made once for all of them."""

    of_all: date | None  # the collection's
    own: Mapping[str, date]  # by unit code, of those that have one

    def of(self, unit_code: str) -> date | None:
        """A unit's own, else the collection's."""
        return self.own.get(unit_code, self.of_all)


class Roster(NamedTuple):
    """名册.xlsx; projects are the root projects, in the order of the sheet."""

    settings: Settings
    units: tuple[Unit, ...]
    projects: tuple[RosterProject, ...]
    levels: Mapping[str, Level] = NO_LEVELS  # rule id -> level, from sheet 规则, where it is not the catalogue's

    def deadlines(self) -> Deadlines:
        """Until when each unit is to report."""
        return Deadlines(self.settings.deadline, {one.unit_code: one.deadline for one in self.units if one.deadline})


class Offered(NamedTuple):
    """What a form and a catalogue offer to choose from in a roster."""

    project_categories: Sequence[str] = ()
    level2_names: Sequence[str] = ()
    rules: Sequence[Rule] = ()  # those that can concern the form, with its labels


def offered_by(form: Form, catalogue: Catalogue) -> Offered:
    """The lists and rules that a roster for this form knows."""
    field = form.fields.get("project_category")
    categories = form.choices_of(field) if field else ()
    return Offered(categories, list(form.rows_per_level2()), rules_for(catalogue, form))


def known_values(project: RosterProject, form: Form) -> Iterator[tuple[str, Typed]]:
    """What the roster knows of one form's keys: a value is written and locked, an empty one leaves an input."""
    for field in form.fields.values():
        if field.source == "roster" and (value := getattr(project, field.key, None)) is not None:
            yield field.key, value
