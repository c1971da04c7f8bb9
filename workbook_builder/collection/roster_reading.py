"""名册.xlsx as finance staff filled it in, and each mistake in it named by its cell."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from workbook_builder.cells import EMPTY
from workbook_builder.collection.roster import (
    NO_ROWS,
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
from workbook_builder.ooxml.tables import (
    Entry,
    Grid,
    Record,
    Sheet,
    Table,
    TableRules,
    accepted,
    finding,
    folded,
    read_grids,
    read_table,
)
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import fold, quoted, shown
from workbook_builder.values.texts import choice, text

T = TypeVar("T")

DIGITS_KEPT = 15  # of a code that Excel holds as a number
NOTHING_OFFERED = Offered()
TABLE_RULES = TableRules(
    sheet_missing="roster.sheet_missing",
    column_missing="roster.column_missing",
    column_duplicate="roster.column_duplicate",
    error_value="roster.error_value",
    formula_without_value="roster.formula_without_value",
)
_SETTINGS_READ = SETTINGS._replace(columns=SETTINGS.columns[:2])  # its third column only explains


class _Row(NamedTuple):
    """A project as its row says, before parents and sub-projects have found each other."""

    project: RosterProject
    code: str | None
    parent_code: str | None
    record: Record


def read_roster(data: bytes, file: str, offered: Offered = NOTHING_OFFERED) -> tuple[Roster, list[Finding]]:
    """The roster in a workbook and what is wrong with it; file is its name in messages.

    Where something is offered to choose from, nothing else will do. What a finding speaks of is left out of the roster,
    so a roster with errors is not to be used. Raises errors.UnreadableError where the bytes are no workbook.
    """
    grids = read_grids(data, file, (SETTINGS, PROJECTS, UNITS, INDICATOR_ROWS, RULES))
    findings: list[Finding] = []
    settings = _read_settings(read_table(grids, _SETTINGS_READ, TABLE_RULES, findings), findings)
    unit_table = read_table(grids, UNITS, TABLE_RULES, findings)
    units = _read_units(unit_table.records if unit_table else (), findings)
    project_table = read_table(grids, PROJECTS, TABLE_RULES, findings)
    rows = _read_projects(project_table, findings) if project_table else []
    by_code = _by_code([(row.code, row.record["project_code"], row) for row in rows], findings)
    _check_categories(rows, offered.project_categories, findings)
    _check_units(rows, {unit.unit_code for unit in units}, findings)
    _check_parents(by_code, findings)
    _check_carryovers(by_code, findings)
    records = _optional(grids, INDICATOR_ROWS, findings)
    _check_level2(records, offered.level2_names, findings)
    counts = _read_counts(records, by_code if project_table else None, findings)
    levels = _read_levels(_optional(grids, RULES, findings), offered.rules, findings)
    return Roster(settings, units, _family(by_code, counts), levels), findings


def _optional(grids: Mapping[str, Grid], sheet: Sheet, findings: list[Finding]) -> tuple[Record, ...]:
    """The rows of a sheet that may be missing or empty."""
    is_used = sheet.title in grids and grids[sheet.title].rows
    table = read_table(grids, sheet, TABLE_RULES, findings) if is_used else None
    return table.records if table else ()


def _read_levels(records: Iterable[Record], rules: Iterable[Rule], findings: list[Finding]) -> dict[str, Level]:
    """The levels that differ from the catalogue's, by rule id."""
    known = {rule.id: rule for rule in rules}
    seen: dict[str, Entry] = {}
    levels: dict[str, Level] = {}
    for record in records:
        entry, rule = record["rule_id"], known.get(_text(record["rule_id"]) or "")
        if rule is None:
            advice = "请对照 workbook-builder rules 列出的编号改正，或删去这一行。"
            findings.append(finding("roster.rule_unknown", entry, "一条规则的编号", advice))
        elif rule.id in seen:
            advice = f"{seen[rule.id].place.address} 已有这条规则，请删去其中一行。"
            findings.append(finding("roster.rule_twice", entry, "没有重复的规则编号", advice))
        elif (level := _level(record["level"], rule, findings)) is not None and level != rule.level_now:
            levels[rule.id] = level
        if rule is not None:
            seen.setdefault(rule.id, entry)
    return levels


def _level(entry: Entry, rule: Rule, findings: list[Finding]) -> Level | None:
    word = accepted(choice(entry.cell, list(LEVEL_WORDS)), entry, "roster.level_invalid", findings)
    level = LEVEL_WORDS[word] if word else None
    if level not in (None, rule.level_now) and not rule.is_adjustable:
        advice = "这条规则是固定的，其他规则要靠它才算得出，请改回来。"
        findings.append(finding("roster.level_fixed", entry, LEVEL_NAMES[rule.level_now], advice))
        return None
    return level


def _read_settings(table: Table | None, findings: list[Finding]) -> Settings:
    if not table:
        return Settings(0, "")
    entries = _setting_entries(table, findings)
    rule = "roster.setting_invalid"
    return Settings(
        _year(entries["fiscal_year"], findings),
        accepted(choice(entries["round"].cell, ROUNDS), entries["round"], rule, findings) or "",
        accepted(date(entries["deadline"].cell), entries["deadline"], rule, findings),
        _text(entries["contact"]),
        _text(entries["phone"]),
    )


def _setting_entries(table: Table, findings: list[Finding]) -> dict[str, Entry]:
    """The value cell of each setting; an empty one at the header for a setting that has no row."""
    entries: dict[str, Entry] = {}
    names = {folded(row.header): row for row in SETTING_ROWS}
    for record in table.records:
        row = names.get(folded(shown(record["name"].cell)))
        if row and row.key in entries:
            advice = f"{entries[row.key].place.address} 已是“{row.header}”，请删去其中一行。"
            findings.append(finding("roster.setting_invalid", record["name"], "不重复的参数", advice))
        elif row:
            entries[row.key] = record["value"]._replace(column=row)
    for row in SETTING_ROWS:
        entry = entries.setdefault(row.key, Entry(row, table.header, EMPTY))
        if row.is_required and entry.cell.kind == "empty":
            advice = f"请填写。{row.note}" if entry.place != table.header else f"请补上“{row.header}”一行。{row.note}"
            findings.append(finding("roster.setting_missing", entry, f"已填写的{row.header}", advice))
    return entries


def _year(entry: Entry, findings: list[Finding]) -> int:
    year = _whole(entry, YEARS)
    if year is None and entry.cell.kind not in ("empty", "error"):
        expected = f"{YEARS[0]} 到 {YEARS[1]} 的四位年度"
        findings.append(finding("roster.setting_invalid", entry, expected, "请改填四位数字，如 2022。"))
    return year or 0


def _read_units(records: Iterable[Record], findings: list[Finding]) -> tuple[Unit, ...]:
    coded = []
    for record in records:
        code = _code(record["unit_code"], findings)
        answer = choice(record["must_report"].cell, (YES, NO))
        must_report = accepted(answer, record["must_report"], "roster.must_report_invalid", findings) != NO
        name = _name(record["unit_name"], "请填写单位全称。", findings)
        contact, phone, email = (_text(record[key]) for key in ("contact", "phone", "email"))
        coded.append((code, record["unit_code"], Unit(code or "", name, contact, phone, email, must_report)))
    return tuple(_by_code(coded, findings).values())


def _read_projects(table: Table, findings: list[Finding]) -> list[_Row]:
    if not table.records:
        first = table.header._replace(row=table.header.row + 1)
        where = place(first.sheet, first.address)
        sentence = f"{where}：应至少有一个项目，现为空。请在表头下逐行填写项目。"
        findings.append(Finding("roster.empty", "error", first.sheet, first.address, None, sentence))
    return [_read_project(record, findings) for record in table.records]


def _read_project(record: Record, findings: list[Finding]) -> _Row:
    code = _code(record["project_code"], findings)
    project = RosterProject(
        project_code=code or "",
        project_name=_name(record["project_name"], "请填写项目名称，下发的文件以它命名。", findings),
        project_category=_text(record["project_category"]),
        department=_text(record["department"]),
        unit_code=_code(record["unit_code"], findings, may_be_empty=True),
        implementing_unit=_text(record["implementing_unit"]),
        budget_ceiling=accepted(
            amount(record["budget_ceiling"].cell), record["budget_ceiling"], "roster.amount_invalid", findings
        ),
        start_date=accepted(date(record["start_date"].cell), record["start_date"], "roster.date_invalid", findings),
        end_date=accepted(date(record["end_date"].cell), record["end_date"], "roster.date_invalid", findings),
        line=record["project_code"].place.row,
        annual_carryover=accepted(
            amount(record["annual_carryover"].cell), record["annual_carryover"], "roster.amount_invalid", findings
        ),
    )
    if project.start_date and project.end_date and project.start_date > project.end_date:
        expected = f"不早于计划开始日期（{project.start_date}）的日期"
        advice = f"请核对 {record['start_date'].place.address} 和 {record['end_date'].place.address}。"
        findings.append(finding("roster.date_order", record["end_date"], expected, advice))
    return _Row(project, code, _code(record["parent_code"], findings, may_be_empty=True), record)


def _check_categories(rows: Iterable[_Row], known: Sequence[str], findings: list[Finding]) -> None:
    for row in rows:
        if row.project.project_category and known and row.project.project_category not in known:
            entry, advice = row.record["project_category"], "请从下拉列表中选择，或先在模板的“选项”中补上。"
            findings.append(finding("roster.category_unknown", entry, "、".join(known) + " 之一", advice))


def _check_level2(records: Iterable[Record], known: Collection[str], findings: list[Finding]) -> None:
    for record in records:
        if known and (level2 := _text(record["level2"])) and level2 not in known:
            advice = "请从下拉列表中选择。"
            findings.append(finding("roster.level2_unknown", record["level2"], "模板中的二级指标", advice))


def _check_units(rows: Iterable[_Row], unit_codes: Collection[str], findings: list[Finding]) -> None:
    for row in rows:
        entry, code = row.record["unit_code"], row.project.unit_code
        if entry.cell.kind == "empty" and _is_root(row):
            findings.append(finding("roster.unit_missing", entry, "母项目的单位编码", "请填写“单位名册”中的单位编码。"))
        elif code and unit_codes and code not in unit_codes:
            advice = "请核对编码，或在“单位名册”中补上这个单位。"
            findings.append(finding("roster.unit_unknown", entry, "“单位名册”中的单位编码", advice))


def _is_root(row: _Row) -> bool:
    return row.record["parent_code"].cell.kind == "empty"


def _check_parents(by_code: Mapping[str, _Row], findings: list[Finding]) -> None:
    """Each parent is on the roster, and a root project itself; a circle of parents is one finding."""
    circles = _circles({code: row.parent_code for code, row in by_code.items() if row.parent_code})
    for circle in circles:
        entry = by_code[circle[0]].record["parent_code"]
        way = "→".join([*circle, circle[0]])
        advice = "请把其中的母项目的“上级项目编码”清空。"
        findings.append(finding("roster.parent_cycle", entry, "另一个母项目的编码", advice, f"循环：{way}"))
    circling = {code for circle in circles for code in circle}
    for code, row in by_code.items():
        if code in circling or not row.parent_code:
            continue
        entry, parent = row.record["parent_code"], by_code.get(row.parent_code)
        if parent is None:
            advice = "请核对编码，或在本表中补上母项目；本身是母项目的请留空。"
            findings.append(finding("roster.parent_unknown", entry, "本表中另一个项目的编码", advice))
        elif parent.parent_code and parent.parent_code in by_code and row.parent_code not in circling:
            found = f"{quoted(row.parent_code)}，它本身是{quoted(parent.parent_code)}的子项目"
            advice = f"只支持两级，请改填 {parent.parent_code}，或留空作为母项目。"
            findings.append(finding("roster.too_deep", entry, "母项目的编码", advice, found))


def _check_carryovers(by_code: Mapping[str, _Row], findings: list[Finding]) -> None:
    """Money of a project with sub-projects is the sum of theirs."""
    for code in {row.parent_code: None for row in by_code.values()}:
        row = by_code.get(code or "")
        if row is not None and row.project.annual_carryover is not None:
            advice = "母项目的金额由子项目加总，请填在子项目的行。"
            findings.append(finding("roster.carryover_on_parent", row.record["annual_carryover"], "空", advice))


def _circles(parents: Mapping[str, str]) -> list[list[str]]:
    """Each circle of parents once, from the project of it that is met first."""
    seen: set[str] = set()
    circles = []
    for start in parents:
        path, code = [], start
        while code in parents and code not in seen:
            seen.add(code)
            path.append(code)
            code = parents[code]
        if code in path:
            circles.append(path[path.index(code) :])
    return circles


def _family(by_code: Mapping[str, _Row], counts: Mapping[str, Mapping[str, int]]) -> tuple[RosterProject, ...]:
    """The root projects with their sub-projects, each in the order of the sheet."""
    children: dict[str, list[RosterProject]] = {}
    for code, row in by_code.items():
        if row.parent_code and row.parent_code in by_code:
            parent = by_code[row.parent_code].project
            unit_code = row.project.unit_code or parent.unit_code
            child = row.project._replace(unit_code=unit_code, rows=counts.get(code, NO_ROWS))
            children.setdefault(row.parent_code, []).append(child)
    return tuple(
        row.project._replace(rows=counts.get(code, NO_ROWS), sub_projects=tuple(children.get(code, ())))
        for code, row in by_code.items()
        if _is_root(row)
    )


def _read_counts(
    records: Iterable[Record], project_codes: Collection[str] | None, findings: list[Finding]
) -> dict[str, dict[str, int]]:
    """The rows of each 二级指标 of each project; project_codes is None where the projects could not be read."""
    counts: dict[str, dict[str, int]] = {}
    rule = "roster.rows_invalid"
    for record in records:
        code, level2, rows = (
            _code(record["project_code"], findings),
            _text(record["level2"]),
            _whole(record["rows"], ROWS),
        )
        if code and project_codes is not None and code not in project_codes:
            advice = "请核对编码，或删去这一行。"
            findings.append(
                finding("roster.rows_project_unknown", record["project_code"], "“项目名册”中的项目编码", advice)
            )
        if rows is None and record["rows"].cell.kind != "error":
            findings.append(finding(rule, record["rows"], f"{ROWS[0]} 到 {ROWS[1]} 的整数", "请改填行数，如 5。"))
        if level2 is None and record["level2"].cell.kind != "error":
            findings.append(finding(rule, record["level2"], "一个二级指标", "请从下拉列表中选择。"))
        if not code or not level2 or rows is None:
            continue
        if level2 in counts.setdefault(code, {}):
            advice = "同一项目的同一二级指标只填一行，请删去重复的行。"
            findings.append(finding(rule, record["level2"], "没有重复的二级指标", advice))
        counts[code][level2] = rows
    return counts


def _by_code(items: Iterable[tuple[str | None, Entry, T]], findings: list[Finding]) -> dict[str, T]:
    """The items that have a code, by it; of those that share one, the first."""
    found: dict[str, tuple[Entry, T]] = {}
    for code, entry, item in items:
        if code in found:
            other = found[code][0].place.address
            advice = f"{other} 已用了这个编码，请改其中一个。"
            findings.append(finding("roster.code_duplicate", entry, f"没有重复的{entry.column.header}", advice))
        elif code:
            found[code] = entry, item
    return {code: item for code, (_, item) in found.items()}


def _code(entry: Entry, findings: list[Finding], *, may_be_empty: bool = False) -> str | None:
    """A code as text. What Excel may have changed before it was saved is a finding: a date, a number it rounds."""
    cell = entry.cell
    words = fold(shown(cell))
    if cell.kind == "error":
        return None
    if cell.kind == "empty":
        if not may_be_empty:
            advice = f"请填写{entry.column.header}；这一行不需要的，请整行清空。"
            findings.append(finding("roster.code_missing", entry, f"已填写的{entry.column.header}", advice))
        return None
    is_whole_number = cell.kind == "number" and not cell.is_date and words.isdecimal() and len(words) <= DIGITS_KEPT
    if cell.kind == "text" or is_whole_number:
        return words
    advice = "Excel 可能已改动了它：请把单元格格式设为“文本”，再重新填写。"
    findings.append(finding("roster.code_invalid", entry, "按文本填写的编码", advice))
    return None


def _name(entry: Entry, advice: str, findings: list[Finding]) -> str:
    words = _text(entry)
    if words is None and entry.cell.kind != "error":
        findings.append(finding("roster.name_missing", entry, f"已填写的{entry.column.header}", advice))
    return words or ""


def _text(entry: Entry) -> str | None:
    """One line without markup and control characters; None where nothing is left."""
    return " ".join((text(entry.cell).value or "").split()) or None


def _whole(entry: Entry, limits: tuple[int, int]) -> int | None:
    words = fold(shown(entry.cell))
    number = int(words) if re.fullmatch("[0-9]{1,4}", words) else None
    return number if number is not None and limits[0] <= number <= limits[1] else None
