"""名册.xlsx as finance staff filled it in, and each mistake in it named by its cell."""

import datetime as dt
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.cells import EMPTY
from workbook_builder.collection.roster import (
    GRADES,
    NO_ROWS,
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
from workbook_builder.collection.roster_cells import by_code, code_in, line_in, name_in, whole_in
from workbook_builder.collection.roster_checks import (
    ProjectRow,
    check_carryovers,
    check_categories,
    check_codes,
    check_level2,
    check_names,
    check_parents,
    check_units,
    is_root,
)
from workbook_builder.collection.roster_sheets import (
    GRADE_ROWS,
    INDICATOR_ROWS,
    LEVEL_WORDS,
    NO,
    PROJECTS,
    RULES,
    SETTING_ROWS,
    SETTINGS,
    UNITS,
    YES,
)
from workbook_builder.findings import Finding, place
from workbook_builder.form.rules import LEVEL_NAMES, Level, Rule
from workbook_builder.ooxml.table_cells import folded
from workbook_builder.ooxml.tables import (
    Entry,
    Grid,
    Record,
    Sheet,
    Table,
    TableRules,
    accepted,
    finding,
    read_grids,
    read_table,
)
from workbook_builder.rule_ids import (
    ROSTER_AMOUNT_INVALID,
    ROSTER_COLUMN_DUPLICATE,
    ROSTER_COLUMN_MISSING,
    ROSTER_DATE_INVALID,
    ROSTER_DATE_ORDER,
    ROSTER_EMPTY,
    ROSTER_ERROR_VALUE,
    ROSTER_FORMULA_WITHOUT_VALUE,
    ROSTER_LEVEL_FIXED,
    ROSTER_LEVEL_INVALID,
    ROSTER_MERGED_CELLS,
    ROSTER_MUST_REPORT_INVALID,
    ROSTER_PUBLICITY_INVALID,
    ROSTER_ROWS_INVALID,
    ROSTER_ROWS_PROJECT_UNKNOWN,
    ROSTER_RULE_TWICE,
    ROSTER_RULE_UNKNOWN,
    ROSTER_SETTING_INVALID,
    ROSTER_SETTING_MISSING,
    ROSTER_SHEET_MISSING,
)
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import shown
from workbook_builder.values.texts import choice

NOTHING_OFFERED = Offered()
FULL_POINTS = 100  # of a review
TABLE_RULES = TableRules(
    sheet_missing=ROSTER_SHEET_MISSING,
    column_missing=ROSTER_COLUMN_MISSING,
    column_duplicate=ROSTER_COLUMN_DUPLICATE,
    error_value=ROSTER_ERROR_VALUE,
    formula_without_value=ROSTER_FORMULA_WITHOUT_VALUE,
    merged=ROSTER_MERGED_CELLS,
)
ROSTERS_KEPT = 2  # one of now and one of before; thousands of projects take a second to read
_SETTINGS_READ = SETTINGS._replace(columns=SETTINGS.columns[:2])  # its third column only explains


def read_roster(data: bytes, file: str, offered: Offered = NOTHING_OFFERED) -> tuple[Roster, list[Finding]]:
    """The roster in a workbook and what is wrong with it; file is its name in messages.

    Where something is offered to choose from, nothing else will do. What a finding speaks of is left out of the roster,
    so a roster with errors is not to be used. The last few are kept: a command asks for the same roster several times.
    Raises errors.UnreadableError where the bytes are no workbook.
    """
    asked = data, file, offered
    for kept in tuple(_READ):
        if kept.asked == asked:
            return kept.roster, [*kept.findings]
    roster, findings = _read_roster(data, file, offered)
    _READ.append(_Read(asked, roster, tuple(findings)))
    return roster, findings


class _Read(NamedTuple):
    """A roster that was read, and of what."""

    asked: tuple[bytes, str, Offered]
    roster: Roster
    findings: tuple[Finding, ...]


_READ: deque[_Read] = deque(maxlen=ROSTERS_KEPT)


def _read_roster(data: bytes, file: str, offered: Offered) -> tuple[Roster, list[Finding]]:
    grids = read_grids(data, file, (_SETTINGS_READ, PROJECTS, UNITS, INDICATOR_ROWS, RULES))
    findings: list[Finding] = []
    settings = _read_settings(read_table(grids, _SETTINGS_READ, TABLE_RULES, findings), findings)
    unit_table = read_table(grids, UNITS, TABLE_RULES, findings)
    units = _read_units(unit_table.records if unit_table else (), findings)
    project_table = read_table(grids, PROJECTS, TABLE_RULES, findings)
    rows = _read_projects(project_table, findings) if project_table else []
    projects = by_code([(row.code, row.record["project_code"], row) for row in rows], findings)
    check_codes([row.record["project_code"] for row in rows], findings)
    check_codes([record["unit_code"] for record in (unit_table.records if unit_table else ())], findings)
    check_names(rows, unit_table.records if unit_table else (), findings)
    check_categories(rows, offered.project_categories, findings)
    check_units(rows, {unit.unit_code for unit in units}, findings)
    check_parents(projects, findings)
    check_carryovers(projects, findings)
    records = _optional(grids, INDICATOR_ROWS, findings)
    check_level2(records, offered.level2_names, findings)
    counts = _read_counts(records, projects if project_table else None, findings)
    levels = _read_levels(_optional(grids, RULES, findings), offered.rules, findings)
    return Roster(settings, units, _family(projects, counts), levels), findings


def _optional(grids: Mapping[str, Grid], sheet: Sheet, findings: list[Finding]) -> Sequence[Record]:
    """The rows of a sheet that may be missing or empty."""
    is_used = sheet.title in grids and not grids[sheet.title].cells.is_empty
    table = read_table(grids, sheet, TABLE_RULES, findings) if is_used else None
    return table.records if table else ()


def _read_levels(records: Iterable[Record], rules: Iterable[Rule], findings: list[Finding]) -> dict[str, Level]:
    """The levels that differ from the catalogue's, by rule id."""
    known = {rule.id: rule for rule in rules}
    seen: dict[str, Entry] = {}
    levels: dict[str, Level] = {}
    for record in records:
        entry, rule = record["rule_id"], known.get(line_in(record["rule_id"]) or "")
        if rule is None:
            advice = "请对照 workbook-builder rules 列出的编号改正，或删去这一行。"
            findings.append(finding(ROSTER_RULE_UNKNOWN, entry, "一条规则的编号", advice))
        elif rule.id in seen:
            advice = f"{seen[rule.id].place.address} 已有这条规则，请删去其中一行。"
            findings.append(finding(ROSTER_RULE_TWICE, entry, "没有重复的规则编号", advice))
        elif (level := _level(record["level"], rule, findings)) is not None and level != rule.level_now:
            levels[rule.id] = level
        if rule is not None:
            seen.setdefault(rule.id, entry)
    return levels


def _level(entry: Entry, rule: Rule, findings: list[Finding]) -> Level | None:
    word = accepted(choice(entry.cell, list(LEVEL_WORDS)), entry, ROSTER_LEVEL_INVALID, findings)
    level = LEVEL_WORDS[word] if word else None
    if level not in (None, rule.level_now) and not rule.is_adjustable:
        advice = "这条规则是固定的，其他规则要靠它才算得出，请改回来。"
        findings.append(finding(ROSTER_LEVEL_FIXED, entry, LEVEL_NAMES[rule.level_now], advice))
        return None
    return level


def _read_settings(table: Table | None, findings: list[Finding]) -> Settings:
    if not table:
        return Settings(0, "")
    entries = _setting_entries(table, findings)
    rule = ROSTER_SETTING_INVALID
    return Settings(
        _year(entries["fiscal_year"], findings),
        accepted(choice(entries["round"].cell, ROUNDS), entries["round"], rule, findings) or "",
        accepted(date(entries["deadline"].cell), entries["deadline"], rule, findings),
        line_in(entries["contact"]),
        line_in(entries["phone"]),
        _grades([entries[row.key] for row in GRADE_ROWS], findings),
    )


def _grades(entries: Sequence[Entry], findings: list[Finding]) -> tuple[int, int, int]:
    """The least points of each grade; a grade without any has those of the Ministry's."""
    points: list[int] = []
    for entry, usual in zip(entries, GRADES, strict=True):
        given = usual if entry.cell.kind == "empty" else whole_in(entry, (1, points[-1] - 1 if points else FULL_POINTS))
        if given is None or (points and given >= points[-1]):
            expected = f"1 到 {FULL_POINTS} 的整数，并低于上一等级的最低分" if points else f"1 到 {FULL_POINTS} 的整数"
            findings.append(finding(ROSTER_SETTING_INVALID, entry, expected, f"请改填整数，或留空，按 {usual}。"))
            return GRADES
        points.append(given)
    best, good, fair = points
    return best, good, fair


def _setting_entries(table: Table, findings: list[Finding]) -> dict[str, Entry]:
    """The value cell of each setting; an empty one at the header for a setting that has no row."""
    entries: dict[str, Entry] = {}
    names = {folded(row.header): row for row in SETTING_ROWS}
    for record in table.records:
        row = names.get(folded(shown(record["name"].cell)))
        if row and row.key in entries:
            advice = f"{entries[row.key].place.address} 已是“{row.header}”，请删去其中一行。"
            findings.append(finding(ROSTER_SETTING_INVALID, record["name"], "不重复的参数", advice))
        elif row:
            entries[row.key] = record["value"]._replace(column=row)
    for row in SETTING_ROWS:
        entry = entries.setdefault(row.key, Entry(row, table.header, EMPTY))
        if row.is_required and entry.cell.kind == "empty":
            advice = f"请填写。{row.note}" if entry.place != table.header else f"请补上“{row.header}”一行。{row.note}"
            findings.append(finding(ROSTER_SETTING_MISSING, entry, f"已填写的{row.header}", advice))
    return entries


def _year(entry: Entry, findings: list[Finding]) -> int:
    year = whole_in(entry, YEARS)
    if year is None and entry.cell.kind not in ("empty", "error"):
        expected = f"{YEARS[0]} 到 {YEARS[1]} 的四位年度"
        findings.append(finding(ROSTER_SETTING_INVALID, entry, expected, "请改填四位数字，如 2022。"))
    return year or 0


def _read_units(records: Iterable[Record], findings: list[Finding]) -> tuple[Unit, ...]:
    coded = []
    for record in records:
        code = code_in(record["unit_code"], findings)
        answer = choice(record["must_report"].cell, (YES, NO))
        must_report = accepted(answer, record["must_report"], ROSTER_MUST_REPORT_INVALID, findings) != NO
        name = name_in(record["unit_name"], "请填写单位全称。", findings)
        contact, phone, email = (line_in(record[key]) for key in ("contact", "phone", "email"))
        deadline, reviewer = _date(record["deadline"], findings), line_in(record["reviewer"])
        unit = Unit(code or "", name, contact, phone, email, must_report, deadline, reviewer)
        coded.append((code, record["unit_code"], unit))
    return tuple(by_code(coded, findings).values())


def _read_projects(table: Table, findings: list[Finding]) -> list[ProjectRow]:
    if not table.records:
        first = table.header._replace(row=table.header.row + 1)
        where = place(first.sheet, first.address)
        sentence = f"{where}：应至少有一个项目，现为空。请在表头下逐行填写项目。"
        findings.append(Finding(ROSTER_EMPTY, "error", first.sheet, first.address, None, sentence))
    return [_read_project(record, findings) for record in table.records]


def _read_project(record: Record, findings: list[Finding]) -> ProjectRow:
    code = code_in(record["project_code"], findings)
    project = RosterProject(
        project_code=code or "",
        project_name=name_in(record["project_name"], "请填写项目名称，下发的文件以它命名。", findings),
        project_category=line_in(record["project_category"]),
        department=line_in(record["department"]),
        unit_code=code_in(record["unit_code"], findings, may_be_empty=True),
        implementing_unit=line_in(record["implementing_unit"]),
        budget_ceiling=_amount(record["budget_ceiling"], findings),
        start_date=_date(record["start_date"], findings),
        end_date=_date(record["end_date"], findings),
        line=record["project_code"].place.row,
        annual_carryover=_amount(record["annual_carryover"], findings),
        publicity=_publicity(record["publicity"], findings),
    )
    if project.start_date and project.end_date and project.start_date > project.end_date:
        expected = f"不早于计划开始日期（{project.start_date}）的日期"
        advice = f"请核对 {record['start_date'].place.address} 和 {record['end_date'].place.address}。"
        findings.append(finding(ROSTER_DATE_ORDER, record["end_date"], expected, advice))
    return ProjectRow(project, code, code_in(record["parent_code"], findings, may_be_empty=True), record)


def _publicity(entry: Entry, findings: list[Finding]) -> str | None:
    return accepted(choice(entry.cell, PUBLICITY), entry, ROSTER_PUBLICITY_INVALID, findings)


def _amount(entry: Entry, findings: list[Finding]) -> Decimal | None:
    return accepted(amount(entry.cell), entry, ROSTER_AMOUNT_INVALID, findings)


def _date(entry: Entry, findings: list[Finding]) -> dt.date | None:
    return accepted(date(entry.cell), entry, ROSTER_DATE_INVALID, findings)


def _family(projects: Mapping[str, ProjectRow], counts: Mapping[str, Mapping[str, int]]) -> tuple[RosterProject, ...]:
    """The root projects with their sub-projects, each in the order of the sheet."""
    children: dict[str, list[RosterProject]] = {}
    for code, row in projects.items():
        if row.parent_code and row.parent_code in projects:
            parent = projects[row.parent_code].project
            unit_code = row.project.unit_code or parent.unit_code
            child = row.project._replace(unit_code=unit_code, rows=counts.get(code, NO_ROWS))
            children.setdefault(row.parent_code, []).append(child)
    return tuple(
        row.project._replace(rows=counts.get(code, NO_ROWS), sub_projects=tuple(children.get(code, ())))
        for code, row in projects.items()
        if is_root(row)
    )


def _read_counts(
    records: Iterable[Record], project_codes: Collection[str] | None, findings: list[Finding]
) -> dict[str, dict[str, int]]:
    """The rows of each 二级指标 of each project; project_codes is None where the projects could not be read."""
    counts: dict[str, dict[str, int]] = {}
    for record in records:
        code, level2, rows = _count(record, project_codes, findings)
        if not code or not level2 or rows is None:
            continue
        if level2 in counts.setdefault(code, {}):
            advice = "同一项目的同一二级指标只填一行，请删去重复的行。"
            findings.append(finding(ROSTER_ROWS_INVALID, record["level2"], "没有重复的二级指标", advice))
        counts[code][level2] = rows
    return counts


def _count(
    record: Record, project_codes: Collection[str] | None, findings: list[Finding]
) -> tuple[str | None, str | None, int | None]:
    """Of one line project code, 二级指标 and rows; None for what cannot be read."""
    code, level2 = code_in(record["project_code"], findings), line_in(record["level2"])
    rows = whole_in(record["rows"], ROWS)
    if code and project_codes is not None and code not in project_codes:
        expected, advice = "“项目名册”中的项目编码", "请核对编码，或删去这一行。"
        findings.append(finding(ROSTER_ROWS_PROJECT_UNKNOWN, record["project_code"], expected, advice))
    if rows is None and record["rows"].cell.kind != "error":
        expected, advice = f"{ROWS[0]} 到 {ROWS[1]} 的整数", "请改填行数，如 5。"
        findings.append(finding(ROSTER_ROWS_INVALID, record["rows"], expected, advice))
    if level2 is None and record["level2"].cell.kind != "error":
        findings.append(finding(ROSTER_ROWS_INVALID, record["level2"], "一个二级指标", "请从下拉列表中选择。"))
    return code, level2, rows
