"""名册.xlsx as finance staff see it: what a roster holds, its sheets and columns, and a new one to fill in.

Codes stand in text cells, so that Excel keeps their leading zeros; no cell is ever written as a formula.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import xlsxwriter

ROUNDS = ("一上", "二上", "批复", "调整")
YEARS = (2000, 2100)
ROWS = (1, 100)  # of one 二级指标
YES, NO = "是", "否"
FIRST_LINE, LAST_LINE = 4, 2003  # the rows of a new sheet that carry validations and borders; row 3 is the header
NO_ROWS: Mapping[str, int] = MappingProxyType({})


class Settings(NamedTuple):
    """What holds for the whole collection, from sheet 参数."""

    fiscal_year: int  # 0 where it is missing or wrong: a finding says so
    round: str  # one of ROUNDS; empty where it is missing or wrong
    deadline: date | None = None
    contact: str | None = None
    phone: str | None = None


class Unit(NamedTuple):
    """A unit that declares, from sheet 单位名册."""

    unit_code: str
    unit_name: str  # empty where it is missing: a finding says so
    contact: str | None = None
    phone: str | None = None
    email: str | None = None
    must_report: bool = True


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


class Roster(NamedTuple):
    """名册.xlsx; projects are the root projects, in the order of the sheet."""

    settings: Settings
    units: tuple[Unit, ...]
    projects: tuple[RosterProject, ...]


class Column(NamedTuple):
    """A column of a sheet, or a row of 参数."""

    key: str
    header: str
    kind: Literal["text", "amount", "date", "whole"]
    width: float  # in characters, as Excel counts them
    is_required: bool
    note: str


class Sheet(NamedTuple):
    """A sheet of 名册.xlsx: a title, a line of advice, a header and the rows under it."""

    title: str
    advice: str
    columns: tuple[Column, ...]


HEADER_ADVICE = "深蓝表头必填，浅蓝表头可以留空；把鼠标移到表头上可看填写说明。"
SETTINGS = Sheet(
    "参数",
    "只填“值”一列；年度和轮次必填。",
    (
        Column("name", "参数", "text", 14, True, "参数名称，请勿改动。"),
        Column("value", "值", "text", 26, True, "在这一列填写。"),
        Column("note", "说明", "text", 76, False, "怎样填写。"),
    ),
)
SETTING_ROWS = (
    Column("fiscal_year", "年度", "whole", 0, True, "申报的预算年度，四位数字，如 2022。"),
    Column("round", "轮次", "text", 0, True, "从下拉列表中选择：一上、二上、批复、调整。"),
    Column("deadline", "截止日期", "date", 0, False, "单位报送的最后一天，如 2022-01-31，可以留空。"),
    Column("contact", "联系人", "text", 0, False, "单位有疑问时找谁，可以留空。"),
    Column("phone", "电话", "text", 0, False, "联系人的电话，可以留空。"),
)
PROJECTS = Sheet(
    "项目名册",
    "每行一个项目；子项目另起一行，在“上级项目编码”填母项目的编码。留空的格由单位填写，填了的格下发后锁定。"
    + HEADER_ADVICE,
    (
        Column("project_code", "项目编码", "text", 15, True, "必填，不得重复。按文本保存，开头的 0 会保留。"),
        Column("project_name", "项目名称", "text", 30, True, "必填，下发的文件以它命名。"),
        Column("parent_code", "上级项目编码", "text", 15, False, "子项目填母项目的项目编码；母项目留空。只支持两级。"),
        Column("project_category", "项目类别", "text", 14, False, "从下拉列表中选择；留空则由单位选择。"),
        Column("department", "主管部门", "text", 32, False, "主管部门全称；留空则由单位填写。"),
        Column("unit_code", "单位编码", "text", 12, True, "母项目必填，须在“单位名册”中；子项目留空则同母项目。"),
        Column("implementing_unit", "实施单位", "text", 32, False, "实施单位全称；留空则由单位填写。"),
        Column("budget_ceiling", "预算控制数", "amount", 17, False, "单位：元，不小于 0，最多两位小数；没有则留空。"),
        Column("start_date", "计划开始日期", "date", 15, False, "如 2022-01-01；留空则由单位填写。"),
        Column("end_date", "计划完成日期", "date", 15, False, "如 2022-12-31，不早于开始日期；留空则由单位填写。"),
    ),
)
UNITS = Sheet(
    "单位名册",
    "每行一个单位。“应报”填“否”的单位不催报。" + HEADER_ADVICE,
    (
        Column("unit_code", "单位编码", "text", 14, True, "必填，不得重复。按文本保存，开头的 0 会保留。"),
        Column("unit_name", "单位名称", "text", 42, True, "必填，单位全称。"),
        Column("contact", "联系人", "text", 14, False, "单位的填报联系人，可以留空。"),
        Column("phone", "电话", "text", 18, False, "联系人的电话，可以留空。"),
        Column("email", "邮箱", "text", 28, False, "下发和退回文件用的邮箱，可以留空。"),
        Column("must_report", "应报", "text", 10, False, "从下拉列表中选择：是、否；留空按“是”。"),
    ),
)
INDICATOR_ROWS = Sheet(
    "指标行数",
    "可以整表留空。某个项目的某类指标行数不够时，在这里加行；没有列出的按模板的行数。",
    (
        Column("project_code", "项目编码", "text", 16, True, "“项目名册”中的项目编码，母项目、子项目都可以。"),
        Column("level2", "二级指标", "text", 30, True, "从下拉列表中选择。"),
        Column("rows", "行数", "whole", 10, True, f"这类指标在表上留几行：{ROWS[0]} 到 {ROWS[1]} 的整数。"),
    ),
)
EXAMPLE_TITLE = "填写示例"
EXAMPLE_ADVICE = "仅供参考，本表不会被读取：一个母项目和它的两个子项目。请到“项目名册”中填写。"
EXAMPLE_REMARKS = (
    "1. 第一行是母项目，“上级项目编码”留空；后两行是子项目，“上级项目编码”填母项目的编码 0101。",
    "2. 子项目的“单位编码”留空，就与母项目相同；这里的 001 须在“单位名册”中。",
    "3. 填了的格（如项目类别、预算控制数）写进下发的表并锁定；留空的格（如子项目的日期）由单位填写。",
)

_FONT = {"font_name": "宋体", "font_size": 11, "font_charset": 134, "font_family": 0, "font_scheme": "none"}
_HEADING = {"font_name": "黑体", "align": "center", "border": 1, "border_color": "#8EA9C8", "text_wrap": True}
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"num_format": "@", "text_wrap": True},
    "amount": {"num_format": "#,##0.00"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "whole": {"num_format": "0", "align": "center"},
}
_SETTING = {"align": "left", "indent": 1}
_EXAMPLE = {"italic": True, "font_color": "#7F7F7F"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"font_name": "黑体", "font_size": 16, "font_color": "#1F3864"},
    "advice": {"font_size": 10, "font_color": "#595959"},
    "required": _HEADING | {"font_color": "#FFFFFF", "bg_color": "#1F4E78"},
    "optional": _HEADING | {"font_color": "#1F3864", "bg_color": "#DDEBF7"},
    "rule": {"border": 1, "border_color": "#BFBFBF"},
    **_KINDS,
    **{f"setting_{kind}": {**style, **_SETTING} for kind, style in _KINDS.items()},
    **{f"example_{kind}": {**style, **_EXAMPLE} for kind, style in _KINDS.items()},
}
_DATES = {"validate": "date", "criteria": "between", "minimum": date(1990, 1, 1), "maximum": date(2100, 12, 31)}
_CREATED = datetime(2022, 1, 1)  # fixed: the same input gives the same bytes

_Record = Mapping[str, object]


def new_roster(
    year: int, *, project_categories: Sequence[str], level2_names: Sequence[str], example: Roster | None = None
) -> bytes:
    """名册.xlsx for the year, to be filled in; with example, filled in with its settings, units and projects.

    project_categories and level2_names are the template's; they become drop-down lists. The same input gives the same
    bytes.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": _FONT})
    book.set_properties({"title": f"{year}年度名册", "created": _CREATED})
    styles = {name: book.add_format({**_FONT, "valign": "vcenter", **style}) for name, style in _STYLES.items()}
    roster = example or Roster(Settings(year, ROUNDS[0]), (), ())
    _write_settings(book, styles, roster.settings._replace(fiscal_year=year))
    categories, level2 = _list_of("choices_category", project_categories), _list_of("choices_level2", level2_names)
    _write_table(book, styles, PROJECTS, _project_records(roster.projects), _project_guards(categories))
    _write_table(book, styles, UNITS, _unit_records(roster.units), {"must_report": _choice([YES, NO])})
    rows_guard = {"validate": "integer", "criteria": "between", "minimum": ROWS[0], "maximum": ROWS[1]}
    guards = {"level2": level2, "rows": rows_guard}
    _write_table(book, styles, INDICATOR_ROWS, _row_records(roster.projects), guards)
    _write_example(book, styles, year, project_categories)
    _write_lists(book, {"choices_category": project_categories, "choices_level2": level2_names})
    book.close()
    return buffer.getvalue()


def _list_of(name: str, choices: Sequence[str]) -> dict[str, Any] | None:
    """A drop-down list that stands on the hidden sheet: inline ones end at 255 characters."""
    return _choice(f"={name}") if choices else None


def _choice(source: Sequence[str] | str) -> dict[str, Any]:
    return {"validate": "list", "source": source}


def _project_guards(categories: dict[str, Any] | None) -> dict[str, dict[str, Any] | None]:
    ceiling = {"validate": "decimal", "criteria": ">=", "value": 0}
    return {"project_category": categories, "budget_ceiling": ceiling, "start_date": _DATES, "end_date": _DATES}


def _project_records(projects: Iterable[RosterProject], parent_code: str | None = None) -> Iterator[_Record]:
    for project in projects:
        yield {**project._asdict(), "parent_code": parent_code}
        yield from _project_records(project.sub_projects, project.project_code)


def _unit_records(units: Iterable[Unit]) -> Iterator[_Record]:
    for unit in units:
        yield {**unit._asdict(), "must_report": YES if unit.must_report else NO}


def _row_records(projects: Iterable[RosterProject]) -> Iterator[_Record]:
    for project in projects:
        for level2, rows in project.rows.items():
            yield {"project_code": project.project_code, "level2": level2, "rows": rows}
        yield from _row_records(project.sub_projects)


def _write_settings(book: Any, styles: Mapping[str, Any], settings: Settings) -> None:
    page = _new_page(book, styles, SETTINGS)
    guards = {
        "fiscal_year": {"validate": "integer", "criteria": "between", "minimum": YEARS[0], "maximum": YEARS[1]},
        "round": _choice(list(ROUNDS)),
        "deadline": _DATES,
    }
    values = settings._asdict()
    for row, column in enumerate(SETTING_ROWS, FIRST_LINE - 1):
        page.set_row(row, 24)
        for position, value in enumerate((column.header, values[column.key], column.note)):
            _write(page, row, position, value, styles[f"setting_{column.kind if position == 1 else 'text'}"])
        _guard(page, (row, 1, row, 1), column, guards.get(column.key))
    _rule_used_rows(page, styles, len(SETTINGS.columns))


def _write_table(
    book: Any,
    styles: Mapping[str, Any],
    sheet: Sheet,
    records: Iterable[_Record],
    guards: Mapping[str, dict[str, Any] | None],
) -> None:
    page = _new_page(book, styles, sheet)
    for row, record in enumerate(records, FIRST_LINE - 1):
        for position, column in enumerate(sheet.columns):
            _write(page, row, position, record[column.key], styles[column.kind])
    for position, column in enumerate(sheet.columns):
        _guard(page, (FIRST_LINE - 1, position, LAST_LINE - 1, position), column, guards.get(column.key))
    page.autofilter(FIRST_LINE - 2, 0, LAST_LINE - 1, len(sheet.columns) - 1)
    _rule_used_rows(page, styles, len(sheet.columns))


def _write_example(book: Any, styles: Mapping[str, Any], year: int, categories: Sequence[str]) -> None:
    page = _new_page(book, styles, Sheet(EXAMPLE_TITLE, EXAMPLE_ADVICE, PROJECTS.columns), tab_color="#A6A6A6")
    row = FIRST_LINE - 1
    for record in _project_records([_example_project(year, categories[0] if categories else None)]):
        for position, column in enumerate(PROJECTS.columns):
            _write(page, row, position, record[column.key], styles[f"example_{column.kind}"])
        row += 1
    _rule_used_rows(page, styles, len(PROJECTS.columns), last_line=row)
    for remark in EXAMPLE_REMARKS:
        row += 1
        _write(page, row, 0, remark, styles["advice"])


def _example_project(year: int, category: str | None) -> RosterProject:
    department, unit = "某区人民政府某街道办事处", "某街道社区文化活动中心"
    subs = (
        RosterProject("010101", "社区文化活动", category, department, None, unit, Decimal(800_000)),
        RosterProject("010102", "文化场馆运行", category, department, None, unit, Decimal("400000.50")),
    )
    period = date(year, 1, 1), date(year, 12, 31)
    ceiling = Decimal("1200000.50")
    return RosterProject("0101", "社区文化服务", category, department, "001", unit, ceiling, *period, sub_projects=subs)


def _write_lists(book: Any, lists: Mapping[str, Sequence[str]]) -> None:
    page = book.add_worksheet("选项")
    page.hide()
    for position, (name, choices) in enumerate(lists.items()):
        for row, choice in enumerate(choices):
            page.write_string(row, position, choice)
        if choices:
            letter = chr(ord("A") + position)
            book.define_name(name, f"='选项'!${letter}$1:${letter}${len(choices)}")


def _new_page(book: Any, styles: Mapping[str, Any], sheet: Sheet, tab_color: str = "#1F4E78") -> Any:
    """A worksheet with title, advice and header, ready for its first row."""
    page = book.add_worksheet(sheet.title)
    page.set_tab_color(tab_color)
    page.set_row(0, 30)
    page.set_row(1, 20)
    page.set_row(2, 28)
    page.write_string(0, 0, sheet.title, styles["title"])
    page.write_string(1, 0, sheet.advice, styles["advice"])
    for position, column in enumerate(sheet.columns):
        page.set_column(position, position, column.width, styles[column.kind])
        page.write_string(2, position, column.header, styles["required" if column.is_required else "optional"])
        size = {"width": 240, "height": 60, "font_name": "宋体", "font_size": 9, "author": ""}
        page.write_comment(2, position, column.note, size)
    page.freeze_panes(3, 0)
    page.hide_gridlines(1)
    _set_print(page)
    return page


def _set_print(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(2)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.set_footer("&C第 &P 页，共 &N 页")


def _rule_used_rows(page: Any, styles: Mapping[str, Any], columns: int, last_line: int = LAST_LINE) -> None:
    """Borders for rows with something in them: empty ones would print as pages of blank boxes."""
    last_letter = chr(ord("A") + columns - 1)
    used = f"=COUNTA($A{FIRST_LINE}:${last_letter}{FIRST_LINE})>0"
    rule = {"type": "formula", "criteria": used, "format": styles["rule"]}
    page.conditional_format(FIRST_LINE - 1, 0, last_line - 1, columns - 1, rule)


def _guard(page: Any, area: tuple[int, int, int, int], column: Column, guard: dict[str, Any] | None) -> None:
    if guard:
        words = {"input_title": column.header, "input_message": column.note}
        refusal = {"error_title": column.header, "error_message": f"填写不符合要求。{column.note}"}
        page.data_validation(*area, {**guard, **words, **refusal})


def _write(page: Any, row: int, position: int, value: object, style: Any) -> None:
    """A value by its own type: nothing a roster says becomes a formula or a link."""
    match value:
        case None:
            page.write_blank(row, position, None, style)
        case str():
            page.write_string(row, position, value, style)
        case date():
            page.write_datetime(row, position, value, style)
        case int() | Decimal():
            page.write_number(row, position, value, style)
