"""All that 汇总.xlsx holds, gathered before it is drawn; what is long is read only while it is written."""

import datetime
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workbook_builder.centre.report.book import Table
from workbook_builder.centre.report.facts import Project, money_fields, read_projects
from workbook_builder.centre.report.funds import TITLE as FUNDS
from workbook_builder.centre.report.funds import Funds, columns_of, plan_funds
from workbook_builder.centre.report.funds import rows_of as fund_rows
from workbook_builder.centre.report.goals import TITLE as GOALS
from workbook_builder.centre.report.goals import Goals
from workbook_builder.centre.report.review_columns import ALL
from workbook_builder.centre.report.review_columns import TITLE as REVIEW
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
from workbook_builder.collection.roster import Settings
from workbook_builder.form.model import Form
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import Status, status_of
from workbook_builder.ooxml.listing import Content


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

    @property
    def heading(self) -> str:
        """Such as 2022年度（一上）绩效目标申报汇总."""
        return f"{self.settings.fiscal_year}年度（{self.settings.round}）绩效目标申报汇总"

    def as_tables(self) -> Iterable[tuple[str, Sequence[str], Iterable[Sequence[Content]]]]:
        """Title, header and rows of every sheet that is more than a view of others."""
        yield FUNDS, [column.header for column in columns_of(self.funds.fields)], fund_rows(self.funds)
        headers = ["主管部门", "项目编码", *(column.header for column in self.goals.columns[1:])]
        rows = ((one.department, one.root.project_code, *values) for one, values in self.goals.rows())
        yield GOALS, headers, rows
        for table in (self.progress, *self.long_tables):
            yield table.title, table.headers, table.rows()
        yield REVIEW, [column.header for column in ALL], review_rows(self.projects)


def gather(collection: Collection, ledger: Ledger) -> Report:
    """Everything for a report. Raises ContentError where the roster has mistakes."""
    desk = Desk(collection)
    roster, form = desk.roster, desk.form
    year = roster.settings.fiscal_year
    projects = read_projects(ledger, form, roster)
    status = status_of(collection, ledger)
    sources = Sources(ledger, form, year, projects, status, Files(collection))
    return Report(
        roster.settings,
        form,
        datetime.datetime.now().astimezone().replace(tzinfo=None, second=0, microsecond=0),
        status,
        projects,
        plan_funds(projects, money_fields(form)),
        Goals(ledger, form.form_sheet, projects),
        progress_table(sources),
        (indicator_table(sources), finding_table(sources), change_table(sources)),
    )
