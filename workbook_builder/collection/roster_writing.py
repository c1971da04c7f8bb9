"""A new 名册.xlsx to fill in.

Codes stand in text cells, so that Excel keeps their leading zeros; no cell is ever written as a formula.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from workbook_builder.collection.roster import (
    PUBLICITY,
    ROUNDS,
    ROWS,
    YEARS,
    Offered,
    Roster,
    RosterProject,
    Settings,
    Unit,
)
from workbook_builder.collection.roster_sheets import (
    EXAMPLE_ADVICE,
    EXAMPLE_REMARKS,
    EXAMPLE_TITLE,
    FIRST_LINE,
    GRADE_ROWS,
    INDICATOR_ROWS,
    LAST_LINE,
    LEVEL_WORDS,
    NO,
    PROJECTS,
    RULES,
    SETTING_ROWS,
    SETTINGS,
    UNITS,
    YES,
    setting_values,
)
from workbook_builder.form.rules import LEVEL_NAMES, Level, Rule, readable_message
from workbook_builder.ooxml.fixed_time import CREATED
from workbook_builder.ooxml.listing import write_text
from workbook_builder.ooxml.sheet_styles import (
    ADVICE,
    DARK_HEADING,
    FONT,
    GRID,
    KINDS,
    LIGHT_HEADING,
    TITLE,
)
from workbook_builder.ooxml.tables import Column, Sheet
from workbook_builder.values.serials import FIRST_DATE, LAST_DATE

_SETTING = {"align": "left", "indent": 1}
_EXAMPLE = {"italic": True, "font_color": "#7F7F7F"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": TITLE,
    "advice": ADVICE,
    "required": DARK_HEADING,
    "optional": LIGHT_HEADING,
    "rule": GRID,
    **KINDS,
    **{f"setting_{kind}": {**style, **_SETTING} for kind, style in KINDS.items()},
    **{f"example_{kind}": {**style, **_EXAMPLE} for kind, style in KINDS.items()},
}
_DATES = {"validate": "date", "criteria": "between", "minimum": FIRST_DATE, "maximum": LAST_DATE}
_UNIT_GUARDS: Mapping[str, dict[str, Any] | None] = {
    "must_report": {"validate": "list", "source": [YES, NO]},
    "deadline": _DATES,
}

_Record = Mapping[str, object]


def new_roster(year: int, offered: Offered, example: Roster | None = None) -> bytes:
    """名册.xlsx for the year, to be filled in; with example, filled in with its settings, units, projects and levels.

    What is offered becomes drop-down lists and the sheet 规则. The same input gives the same bytes.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": dict(FONT)})
    book.set_properties({"title": f"{year}年度名册", "created": CREATED})
    styles = {name: book.add_format({**FONT, "valign": "vcenter", **style}) for name, style in _STYLES.items()}
    roster = example or Roster(Settings(year, ROUNDS[0]), (), ())
    _write_settings(book, styles, roster.settings._replace(fiscal_year=year))
    lists = {"choices_category": offered.project_categories, "choices_level2": offered.level2_names}
    categories, level2 = (_list_of(name, choices) for name, choices in lists.items())
    _write_table(book, styles, PROJECTS, _project_records(roster.projects), _project_guards(categories))
    _write_table(book, styles, UNITS, _unit_records(roster.units), _UNIT_GUARDS)
    rows_guard = {"validate": "integer", "criteria": "between", "minimum": ROWS[0], "maximum": ROWS[1]}
    guards = {"level2": level2, "rows": rows_guard}
    _write_table(book, styles, INDICATOR_ROWS, _row_records(roster.projects), guards)
    if offered.rules:
        records = _rule_records(offered.rules, roster.levels)
        _write_table(book, styles, RULES, records, {"level": _choice(list(LEVEL_WORDS))})
    _write_example(book, styles, year, offered.project_categories)
    _write_lists(book, lists)
    book.close()
    return buffer.getvalue()


def _list_of(name: str, choices: Sequence[str]) -> dict[str, Any] | None:
    """A drop-down list that stands on the hidden sheet: inline ones end at 255 characters."""
    return _choice(f"={name}") if choices else None


def _choice(source: Sequence[str] | str) -> dict[str, Any]:
    return {"validate": "list", "source": source}


def _project_guards(categories: dict[str, Any] | None) -> dict[str, dict[str, Any] | None]:
    money = {"validate": "decimal", "criteria": ">=", "value": 0}
    dates = {"start_date": _DATES, "end_date": _DATES}
    return {
        "project_category": categories,
        "budget_ceiling": money,
        "annual_carryover": money,
        **dates,
        "publicity": _choice(list(PUBLICITY)),
    }


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


def _rule_records(rules: Iterable[Rule], levels: Mapping[str, Level]) -> Iterator[_Record]:
    for rule in rules:
        level = LEVEL_NAMES[levels.get(rule.id, rule.level_now)]
        note = "可以调整" if rule.is_adjustable else "固定"
        message = readable_message(rule)
        yield {"rule_id": rule.id, "title": rule.title, "message": message, "level": level, "note": note}


def _write_settings(book: Any, styles: Mapping[str, Any], settings: Settings) -> None:
    page = _new_page(book, styles, SETTINGS)
    grade = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 100}
    guards = {
        "fiscal_year": {"validate": "integer", "criteria": "between", "minimum": YEARS[0], "maximum": YEARS[1]},
        "round": _choice(list(ROUNDS)),
        "deadline": _DATES,
        **dict.fromkeys((row.key for row in GRADE_ROWS), grade),
    }
    values = setting_values(settings)
    for row, column in enumerate(SETTING_ROWS, FIRST_LINE - 1):
        page.set_row(row, 24)
        for position, value in enumerate((column.header, values[column.key], column.note)):
            _write_value(page, row, position, value, styles[f"setting_{column.kind if position == 1 else 'text'}"])
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
            _write_value(page, row, position, record[column.key], styles[column.kind])
    for position, column in enumerate(sheet.columns):
        _guard(page, (FIRST_LINE - 1, position, LAST_LINE - 1, position), column, guards.get(column.key))
    page.autofilter(FIRST_LINE - 2, 0, LAST_LINE - 1, len(sheet.columns) - 1)
    _rule_used_rows(page, styles, len(sheet.columns))


def _write_example(book: Any, styles: Mapping[str, Any], year: int, categories: Sequence[str]) -> None:
    page = _new_page(book, styles, Sheet(EXAMPLE_TITLE, EXAMPLE_ADVICE, PROJECTS.columns), tab_color="#A6A6A6")
    row = FIRST_LINE - 1
    for record in _project_records([_example_project(year, categories[0] if categories else None)]):
        for position, column in enumerate(PROJECTS.columns):
            _write_value(page, row, position, record[column.key], styles[f"example_{column.kind}"])
        row += 1
    _rule_used_rows(page, styles, len(PROJECTS.columns), last_line=row)
    for remark in EXAMPLE_REMARKS:
        row += 1
        _write_value(page, row, 0, remark, styles["advice"])


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


def _write_value(page: Any, row: int, position: int, value: object, style: Any) -> None:
    """A value by its own type: nothing a roster says becomes a formula or a link."""
    match value:
        case None:
            page.write_blank(row, position, None, style)
        case str():
            write_text(page, (row, position), value, style)
        case date():
            page.write_datetime(row, position, value, style)
        case int() | Decimal():
            page.write_number(row, position, value, style)
