"""All that 汇总.xlsx, or a reviewer's part of it, holds, gathered before it is drawn; what is long is read while it is written."""

import datetime
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from workbook_builder.centre.report.approval_columns import ENTERING_ROUNDS, approved_fields
from workbook_builder.centre.report.approval_lines import Compared, decided_lines, entered_lines
from workbook_builder.centre.report.approval_sheet import columns_of as approval_columns
from workbook_builder.centre.report.approval_sheet import rows_of as approval_rows
from workbook_builder.centre.report.book import Column, Table
from workbook_builder.centre.report.facts import Project, money_fields, read_projects
from workbook_builder.centre.report.funds import TITLE as FUNDS
from workbook_builder.centre.report.funds import Funds, columns_of, plan_funds
from workbook_builder.centre.report.funds import rows_of as fund_rows
from workbook_builder.centre.report.goals import TITLE as GOALS
from workbook_builder.centre.report.goals import Goals
from workbook_builder.centre.report.indicator_sheet import IndicatorLines, indicator_columns
from workbook_builder.centre.report.review_columns import INDICATORS_TITLE
from workbook_builder.centre.report.review_columns import TITLE as REVIEW
from workbook_builder.centre.report.review_sheet import columns_of as review_columns
from workbook_builder.centre.report.review_sheet import rows_of as review_rows
from workbook_builder.centre.report.tables import (
    Files,
    Sources,
    change_table,
    finding_table,
    indicator_table,
    progress_table,
)
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.last_round import last_round_of
from workbook_builder.collection.roster import Settings
from workbook_builder.form.model import Form
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.status import Status, status_by
from workbook_builder.ooxml.listing import Content

if TYPE_CHECKING:
    import pandas as pd

UNASSIGNED = "未分配"  # projects that nobody is to review
GOALS_HEAD = Column("主管部门", "line", 24), Column("项目编码", "line", 14)


class Report(NamedTuple):
    """The report's sheets."""

    settings: Settings
    form: Form
    written_at: datetime.datetime  # by the clock here
    status: Status
    projects: tuple[Project, ...]
    funds: Funds
    goals: Goals
    progress: Table
    long_tables: tuple[Table, ...]
    indicator_lines: IndicatorLines
    compared: (
        Compared | None
    )  # of all projects: what was declared and what was approved, or what was approved and what came since
    whose: str = ""  # of a part: （审核人：张三）

    @property
    def heading(self) -> str:
        """Such as 2022年度（一上）绩效目标申报汇总."""
        return f"{self.settings.fiscal_year}年度（{self.settings.round}）绩效目标申报汇总{self.whose}"

    def as_tables(self) -> Iterator[Table]:
        """Every sheet that is more than a view of others, as a plain table."""
        yield Table(FUNDS, "", columns_of(self.funds.fields), lambda: fund_rows(self.funds))
        yield Table(GOALS, "", (*GOALS_HEAD, *self.goals.columns[1:]), self._goal_rows)
        yield from (self.progress, *self.long_tables)
        yield Table(REVIEW, "", review_columns(), lambda: review_rows(self.projects, self.settings.grades))
        yield Table(INDICATORS_TITLE, "", indicator_columns(), self.indicator_lines.rows)
        if compared := self.compared:
            fields = approved_fields(self.form)
            columns = approval_columns(compared.sides, fields)
            yield Table(compared.sides.title, "", columns, lambda: approval_rows(compared, fields))

    def _goal_rows(self) -> Iterator[Sequence[Content]]:
        for project, values in self.goals.rows():
            yield (project.department, project.root.project_code, *values)

    def to_pandas(self) -> "dict[str, pd.DataFrame]":
        """The same tables as DataFrames, by the titles of their sheets, under the headers of their columns.

        Money columns, whose headers end in （元）, scores, weights and 指标值 are objects: Decimal, else str or None.
        Counts are Int64, dates datetime64[s], as are moments, by the clock here; files are their paths within the
        collection's folder; all else is of dtype string.
        """
        from workbook_builder.centre.report.frames import table_frame

        return {table.title: table_frame(table) for table in self.as_tables()}


class Gathered(NamedTuple):
    """What the reports of a collection are made from, read once."""

    collection: Collection
    standing: Standing
    status: Status
    projects: tuple[Project, ...]
    files: Files

    def report(self) -> Report:
        """On all projects."""
        report = self._report(self.projects, self.status, self.files)
        return report._replace(compared=_compared(self.collection, self.standing, self.projects))

    @property
    def reviewers(self) -> tuple[str | None, ...]:
        """Who has reviewed, or is to review, some project, by name; None, where there are such, for those of nobody."""
        names = {project.reviewer for project in self.projects}
        return (*sorted(name for name in names if name), *((None,) if None in names else ()))

    def part(self, reviewer: str | None) -> Report:
        """On the projects of one reviewer, or of nobody, alone; for a file in a folder of the collection."""
        own = tuple(project for project in self.projects if project.reviewer == reviewer)
        codes = {part.project_code for project in own for part in (project.root, *project.subs.values())}
        entries = tuple(entry for entry in self.status.entries if entry.project_code in codes)
        status = self.status._replace(entries=entries, withdrawn=(), unread=())
        report = self._report(own, status, self.files.seen_from("../"), codes)
        return report._replace(whose=f"（审核人：{reviewer or UNASSIGNED}）")

    def _report(
        self, projects: tuple[Project, ...], status: Status, files: Files, codes: Container[str] | None = None
    ) -> Report:
        standing, form = self.standing, self.standing.form
        settings = standing.roster.settings
        sources = Sources(standing.ledger, form, settings.fiscal_year, projects, status, files, codes)
        return Report(
            settings,
            form,
            datetime.datetime.now().astimezone().replace(tzinfo=None, second=0, microsecond=0),
            status,
            projects,
            plan_funds(projects, money_fields(form)),
            Goals(standing.ledger, form.form_sheet, projects),
            progress_table(sources),
            (indicator_table(sources), finding_table(sources), change_table(sources)),
            IndicatorLines(standing.ledger, projects),
            None,
        )


def gathered(collection: Collection, ledger: Ledger, desk: Desk) -> Gathered:
    """What is reported of a collection, by its desk. Raises as `report_of` does."""
    standing = Standing(collection, desk, ledger)
    status, projects = status_by(standing, desk.catalogue), read_projects(standing)
    return Gathered(collection, standing, status, projects, Files(collection))


def report_of(collection: Collection, ledger: Ledger) -> Report:
    """The report on a collection, before it is drawn. What is long is read only when it is asked for.

    Raises ContentError where the roster has mistakes, UsageError where the ledger cannot be read.
    """
    return gathered(collection, ledger, Desk(collection)).report()


def _compared(collection: Collection, standing: Standing, projects: Sequence[Project]) -> Compared | None:
    """批复 as far as it is entered; in the rounds after it, what the collection started from beside what came since."""
    settings, form_id = standing.roster.settings, standing.form.form_id
    if settings.round in ENTERING_ROUNDS:
        return entered_lines(projects, standing.ledger.approvals(form_id, settings.fiscal_year))
    last = last_round_of(collection, settings)
    return decided_lines(last, projects, standing.roster) if last else None
