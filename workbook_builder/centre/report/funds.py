"""资金汇总: departments, projects and sub-projects with their money lines; live subtotals, and each parent reconciled.

A line says in its first column what it is, so that a subtotal adds up exactly the lines below it, whatever is filtered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from workbook_builder.cells import column_letters
from workbook_builder.centre.report.book import FIRST, Book, Column, set_row
from workbook_builder.centre.report.facts import STATE_STYLES, Part, Project
from workbook_builder.form.model import Field
from workbook_builder.ooxml.listing import Content, row_points, write_cell

TITLE = "资金汇总"
TOTAL, DEPARTMENT, PROJECT, SUB, DIFFERENCE = "合计", "部门小计", "项目", "子项目", "差额"
MONEY_FROM = 6  # column of the first money line
COUNTED_FOR = "金额计入的单位"
ZERO = Decimal("0.00")
OUTLINE = {TOTAL: 0, DEPARTMENT: 0, PROJECT: 1, SUB: 2, DIFFERENCE: 2}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    TOTAL: {"bold": True, "bg_color": "#BDD7EE"},
    DEPARTMENT: {"bold": True, "bg_color": "#DDEBF7"},
    PROJECT: {},
    SUB: {"font_color": "#595959"},
    DIFFERENCE: {"font_color": "#7F7F7F", "italic": True},
}


class Line(NamedTuple):
    """A line of the sheet."""

    kind: str
    texts: tuple[str, ...]  # department, unit, project code, project name, state
    money: Mapping[str, Decimal]  # what each money cell shows, in yuan
    added: int = 0  # of the lines that it adds up: those below a subtotal, those above a difference
    counted_for: str = (
        ""  # the unit by which its amounts are counted: who filled them in; "" where other lines hold them
    )


class Funds(NamedTuple):
    """The sheet before it is drawn; the first line is the total."""

    fields: tuple[Field, ...]
    lines: tuple[Line, ...]

    @property
    def is_split(self) -> bool:
        """Whether sub-projects of some project were filled in by units of their own."""
        return any(line.kind == SUB and line.counted_for for line in self.lines)

    @property
    def unread(self) -> tuple[str, ...]:
        """Root projects of which an amount could not be read, in words: their sums are not there, and in no total."""
        computed = [field for field in self.fields if field.source == "formula"]
        told = (
            (line, [f.label for f in computed if f.key not in line.money])
            for line in self.lines
            if line.kind == PROJECT
        )
        return tuple(f"{line.texts[2]} {line.texts[3]}（{'、'.join(labels)}）" for line, labels in told if labels)

    def column(self, key: str) -> str:
        """The letters of a money line's column."""
        return column_letters(MONEY_FROM + 1 + [field.key for field in self.fields].index(key))

    @property
    def counted_for_column(self) -> str:
        """The letters of the column that says by which unit a line's amounts are counted."""
        return column_letters(MONEY_FROM + 1 + len(self.fields))

    def area(self, first: str, last: str | None = None) -> str:
        """The cells below the total in a column, or from one to another, as formulas on other sheets name them."""
        bottom = row_of(max(len(self.lines) - 1, 1))
        return f"'{TITLE}'!${first}${row_of(1)}:${last or first}${bottom}"


def row_of(number: int) -> int:
    """The row of a line, as Excel counts."""
    return FIRST + 1 + number


def plan_funds(projects: Iterable[Project], fields: tuple[Field, ...]) -> Funds:
    """The lines, projects in the order given, which keeps each department together."""
    lines: list[Line] = []
    for department, group in groupby(projects, key=lambda project: project.department):
        below = [line for project in group for line in _project_lines(project, fields)]
        total = _sum(line.money for line in below if line.kind == PROJECT)
        lines += [Line(DEPARTMENT, (department, "", "", "", ""), total, len(below)), *below]
    total = _sum(line.money for line in lines if line.kind == DEPARTMENT)
    return Funds(fields, (Line(TOTAL, ("", "", "", "", ""), total, len(lines)), *lines))


def _project_lines(project: Project, fields: Sequence[Field]) -> Iterator[Line]:
    own_unit, units = project.unit_name, project.sub_units
    is_read = all(field.key in project.root.money for field in fields if field.source == "formula")
    yield _part_line(PROJECT, project, project.root, project.state)._replace(counted_for="" if units else own_unit)
    for number, part in project.subs.items():
        unit = units.get(number, own_unit)
        line = _part_line(SUB, project, part, "")._replace(counted_for=unit if units and is_read else "")
        yield line._replace(texts=(line.texts[0], unit, *line.texts[2:]))
    if project.subs:
        parts = _sum(part.money for part in project.subs.values())
        own = project.root.money
        rest = {field.key: own.get(field.key, ZERO) - parts.get(field.key, ZERO) or ZERO for field in fields}
        texts = (project.department, project.unit_name, project.root.project_code, "项目减去各子项目之和", "")
        yield Line(DIFFERENCE, texts, rest, len(project.subs), own_unit if units and is_read else "")


def _part_line(kind: str, project: Project, part: Part, state: str) -> Line:
    texts = (project.department, project.unit_name, part.project_code, part.project_name, state)
    return Line(kind, texts, part.money)


def _sum(rows: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for row in rows:
        for key, amount in row.items():
            total[key] = total.get(key, ZERO) + amount
    return total


def columns_of(fields: Iterable[Field]) -> tuple[Column, ...]:
    """The columns of the sheet."""
    return (
        Column("层级", "plain", 10),
        Column("主管部门", "text", 16),
        Column("单位", "text", 20),
        Column("项目编码", "line", 16),
        Column("项目名称", "text", 20),
        Column("状态", "plain", 21),
        *(Column(f"{field.label}（元）", "amount", 23) for field in fields),
        Column(COUNTED_FOR, "text", 20),
    )


def rows_of(funds: Funds) -> Iterator[tuple[str | Decimal | None, ...]]:
    """The sheet's rows as values."""
    for line in funds.lines:
        yield (line.kind, *line.texts, *(line.money.get(field.key) for field in funds.fields), line.counted_for)


def draw_funds(book: Book, funds: Funds) -> None:
    """The sheet."""
    advice = (
        "金额单位：元。小计是公式，只加“项目”一层；有子项目的，下面一行是项目减去各子项目之和，不为零时标红。"
        "左侧 1、2、3 可收起或展开层级。"
    )
    if funds.is_split:
        advice += "各单位分开填报的子项目，金额计入填报的单位（最右一列）。"
    if funds.unread:
        advice += f"没有读出、不在合计中的：{'；'.join(funds.unread)}。"
    columns = columns_of(funds.fields)
    page = book.begin(TITLE, columns, heading=TITLE, advice=advice, frozen=MONEY_FROM)
    sheet = page.sheet
    sheet.outline_settings(True, False, False, False)  # a group stands below its subtotal
    for number, (line, values) in enumerate(zip(funds.lines, rows_of(funds), strict=True)):
        page.see(values)
        _draw_line(book, sheet, row_of(number) - 1, columns, line, values)
    page.fit()
    last = row_of(len(funds.lines) - 1)
    sheet.autofilter(FIRST - 1, 0, last - 1, len(columns) - 1)
    if not funds.is_split:
        sheet.print_area(0, 0, last - 1, len(columns) - 2)  # on paper, the last column would repeat the units
    _mark_differences(book, sheet, last, len(columns))


def _draw_line(
    book: Book, sheet: Any, row: int, columns: Sequence[Column], line: Line, values: Sequence[Content]
) -> None:
    cells = tuple(zip(values, columns, strict=True))
    points = row_points((value, column.width) for value, column in cells if column.kind == "text")
    set_row(sheet, row, points, {"level": OUTLINE[line.kind]})
    for position, (value, column) in enumerate(cells):
        style = STATE_STYLES.get(str(value), column.kind)
        form = book.format(style, **(LOOKS[line.kind] if style not in ("good", "warn") else {}))
        if column.kind == "amount" and line.kind not in (PROJECT, SUB):
            shown = float(value) if isinstance(value, Decimal) else 0.0
            sheet.write_formula(row, position, _formula(line, row, position), form, shown)
        else:
            write_cell(sheet, (row, position), value, form)


def _formula(line: Line, row: int, position: int) -> str:
    """Of a subtotal or a difference; row and position count from 0."""
    column = column_letters(position + 1)
    if line.kind == DIFFERENCE:
        first, last = row + 1 - line.added, row
        return f"=ROUND({column}{first - 1}-SUM({column}{first}:{column}{last}),2)"
    first, last = row + 2, max(row + 1 + line.added, row + 2)
    below = DEPARTMENT if line.kind == TOTAL else PROJECT
    return f'=ROUND(SUMIF($A${first}:$A${last},"{below}",{column}${first}:{column}${last}),2)'


def _mark_differences(book: Book, page: Any, last: int, columns: int) -> None:
    first, letters = row_of(0), column_letters(MONEY_FROM + 1)
    rule = {
        "type": "formula",
        "criteria": f'=AND($A{first}="{DIFFERENCE}",{letters}{first}<>0)',
        "format": book.book.add_format({"bg_color": "#F8CBAD", "font_color": "#9C0006", "bold": True}),
    }
    page.conditional_format(first - 1, MONEY_FROM, last - 1, columns - 2, rule)
