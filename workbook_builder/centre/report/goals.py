"""绩效目标汇总表: the official summary of each department, for printing; it holds what may go on as it is."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from workbook_builder.cells import column_letters
from workbook_builder.centre.report.book import FIRST, Book, Column, Page, set_row
from workbook_builder.centre.report.facts import Project, indicators
from workbook_builder.executors import batched
from workbook_builder.form.model import FormSheet
from workbook_builder.ledger.queries import Questions
from workbook_builder.ledger.rows import IndicatorRow
from workbook_builder.ooxml.heights import ROW_LIMIT_POINTS, text_points
from workbook_builder.ooxml.listing import Content, write_cell
from workbook_builder.values.quantities import QUALITATIVE

TITLE = "绩效目标汇总表"
SIZE = 9
AT_ONCE = 200  # projects of which the indicators are read together
MONEY = ("total_funds", "total_fiscal", "total_other")
INDICATORS_WIDTH = 17
HEAD = (
    Column("序号", "plain", 6),
    Column("项目名称", "text", 17),
    Column("项目类别", "text", 8),
    Column("实施单位", "text", 12),
    Column("项目资金总额", "amount", 15),
    Column("其中：财政资金", "amount", 15),
    Column("其他资金", "amount", 14),
    Column("绩效目标", "text", 38),
)
MONEY_FROM, TEXT_FROM = 4, 7


class Goals:
    """The sheet before it is drawn: projects that are accepted and not sent back, with their key indicators."""

    def __init__(self, ledger: Questions, sheet: FormSheet, projects: Sequence[Project]):
        self.level1 = tuple(dict.fromkeys(row.level1 for row in sheet.table))
        self.projects = [project for project in projects if project.is_counted]
        self.left_out = len(projects) - len(self.projects)
        self._ledger = ledger

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, one for each 一级指标 of the form."""
        return (*HEAD, *(Column(name, "text", INDICATORS_WIDTH) for name in self.level1))

    def rows(self) -> Iterator[tuple[Project, tuple[Content, ...]]]:
        """Each project and its values, but for its number."""
        for some in batched(self.projects, AT_ONCE):
            key_indicators = self._key_indicators(some)
            for project in some:
                root = project.root
                goals = (root.overall_goal, root.annual_goal)
                labels = ("项目总目标：", "年度总目标：") if all(goals) else ("", "")
                goal = "\n".join(label + text for label, text in zip(labels, goals, strict=True) if text)
                texts = key_indicators.get(project.submission.id, {})
                head = (root.project_name, root.project_category, root.implementing_unit)
                money = (root.money.get(key) for key in MONEY)
                yield project, (*head, *money, goal, *("\n".join(texts.get(name, ())) for name in self.level1))

    def _key_indicators(self, projects: Sequence[Project]) -> dict[int, dict[str, list[str]]]:
        """By submission and 一级指标, the first indicator of each 二级指标 of the root project."""
        first: dict[int, dict[str, list[str]]] = {}
        seen = set()
        for _, row in indicators(self._ledger, projects):
            key = row.submission_id, row.level2
            if row.sub_project is None and key not in seen:
                seen.add(key)
                texts = first.setdefault(row.submission_id, {})
                texts.setdefault(row.level1, []).append(f"{row.name or ''}{_target(row)}")
        return first


def _target(row: IndicatorRow) -> str:
    if row.comparator == QUALITATIVE:
        return f"：{row.target or ''}"
    return f"{row.comparator or ''}{row.target or ''}{row.unit or ''}"


def draw_goals(book: Book, goals: Goals, year: int) -> None:
    """The sheet, each department from a new page on."""
    left_out = f"另有 {goals.left_out} 个项目应退回修改或审核未通过，没有列入。" if goals.left_out else ""
    advice = f"金额单位：元。只列可以接收的项目；每类二级指标列第一条，全部指标见“指标明细”。{left_out}"
    page = book.begin(TITLE, goals.columns, heading=f"{year}年度项目支出绩效目标汇总表", advice=advice)
    page.sheet.repeat_rows(0, FIRST - 1)
    row, breaks = FIRST, []
    for department, group in groupby(goals.rows(), key=lambda entry: entry[0].department):
        if row > FIRST:
            breaks.append(row)
        row = _draw_department(book, page, row, department, goals.columns, (values for _, values in group))
    page.fit([column.width for column in goals.columns])
    page.sheet.set_h_pagebreaks(breaks)


def _draw_department(
    book: Book, page: Page, row: int, department: str, columns: Sequence[Column], rows: Iterable[tuple[Content, ...]]
) -> int:
    """A department's heading, projects and total; gives the row after it."""
    bold, sheet = {"bold": True, "bg_color": "#DDEBF7", "font_size": 10}, page.sheet
    set_row(sheet, row, 22)
    sheet.merge_range(row, 0, row, len(columns) - 1, "", book.format("line", **bold))
    sheet.write_string(row, 0, f"主管部门：{department}", book.format("line", **bold))
    first, last = row + 1, row
    totals = dict.fromkeys(range(MONEY_FROM, TEXT_FROM), Decimal("0.00"))
    for last, values in enumerate(rows, start=first):
        _draw_project(book, sheet, last, columns, (last - row, *values))
        for position in totals:
            if isinstance(value := values[position - 1], Decimal):
                totals[position] += value
    set_row(sheet, last + 1, 22)
    page.see([totals.get(position) for position in range(TEXT_FROM)])  # the widest amounts
    for position, column in enumerate(columns):
        style = book.format(column.kind, **bold | {"font_size": SIZE})
        if position in totals:
            letters = column_letters(position + 1)
            formula = f"=ROUND(SUM({letters}{first + 1}:{letters}{last + 1}),2)"
            sheet.write_formula(last + 1, position, formula, style, float(totals[position]))
        else:
            write_cell(sheet, (last + 1, position), f"合计（{last - row} 个项目）" if position == 1 else None, style)
    return last + 2


def _draw_project(book: Book, sheet: Any, row: int, columns: Sequence[Column], values: Sequence[Content]) -> None:
    texts = [
        (str(value or ""), column.width) for value, column in zip(values, columns, strict=True) if column.kind == "text"
    ]
    height = max(text_points(text, width, SIZE) for text, width in texts)
    set_row(sheet, row, min(max(height, 24), ROW_LIMIT_POINTS))
    for position, (column, value) in enumerate(zip(columns, values, strict=True)):
        write_cell(sheet, (row, position), value, book.format(column.kind, font_size=SIZE))
