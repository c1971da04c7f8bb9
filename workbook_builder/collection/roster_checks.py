"""Whether the rows of 名册.xlsx go together: projects with their parents, units and categories."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from workbook_builder.collection.roster import RosterProject
from workbook_builder.collection.roster_cells import line_in
from workbook_builder.findings import Finding
from workbook_builder.ooxml.tables import Entry, Record, finding
from workbook_builder.rule_ids import (
    ROSTER_CARRYOVER_ON_PARENT,
    ROSTER_CATEGORY_UNKNOWN,
    ROSTER_CODE_SHORT,
    ROSTER_LEVEL2_UNKNOWN,
    ROSTER_NAME_DUPLICATE,
    ROSTER_PARENT_CYCLE,
    ROSTER_PARENT_UNKNOWN,
    ROSTER_TOO_DEEP,
    ROSTER_UNIT_MISSING,
    ROSTER_UNIT_UNKNOWN,
)
from workbook_builder.values.normalised import fold, quoted, shown


class ProjectRow(NamedTuple):
    """A project as its row says, before parents and sub-projects have found each other."""

    project: RosterProject
    code: str | None
    parent_code: str | None
    record: Record


def check_codes(entries: Sequence[Entry], findings: list[Finding]) -> None:
    """Codes of one column that have lost the zeros in front of them, told by the others that still have theirs."""
    words = [fold(shown(entry.cell)) for entry in entries]
    lengths = sorted({len(code) for code in words if code.isdecimal() and code.startswith("0")})
    for entry, code in zip(entries, words, strict=True):
        length = next((length for length in lengths if length >= len(code)), len(code))
        if code.isdecimal() and len(code) < length:
            usual = code.zfill(length)
            advice = f"前面的 0 可能丢了：如是，请把单元格格式设为“文本”，改填 {usual}。"
            told = finding(ROSTER_CODE_SHORT, entry, f"和其他编码一样长的编码，如 {usual}", advice)
            # A number that Excel only shows as 0003 is 3 to everybody else.
            findings.append(told if entry.cell.kind == "number" else told._replace(severity="warning"))


def check_names(rows: Iterable[ProjectRow], units: Iterable[Record], findings: list[Finding]) -> None:
    """Two projects of one unit, or two units, with one name: people will take one for the other."""
    projects = ((row.record["project_name"], (row.project.unit_code, row.parent_code)) for row in rows)
    seen: dict[tuple[object, str], Entry] = {}
    for entry, whose in (*projects, *((record["unit_name"], None) for record in units)):
        name = line_in(entry)
        if name is None:
            continue
        before = seen.setdefault((whose, name), entry)
        if before is not entry:
            advice = f"{before.place.address} 已是同一个名称，请核对是否重复填写，或写出区别。"
            expected = f"没有重复的{entry.column.header}"
            findings.append(finding(ROSTER_NAME_DUPLICATE, entry, expected, advice)._replace(severity="warning"))


def check_categories(rows: Iterable[ProjectRow], known: Sequence[str], findings: list[Finding]) -> None:
    """Where the form knows categories, each is one of them."""
    for row in rows:
        if row.project.project_category and known and row.project.project_category not in known:
            entry, advice = row.record["project_category"], "请从下拉列表中选择，或先在模板的“选项”中补上。"
            findings.append(finding(ROSTER_CATEGORY_UNKNOWN, entry, "、".join(known) + " 之一", advice))


def check_level2(records: Iterable[Record], known: Collection[str], findings: list[Finding]) -> None:
    """Where the form knows 二级指标, each is one of them."""
    for record in records:
        if known and (level2 := line_in(record["level2"])) and level2 not in known:
            advice = "请从下拉列表中选择。"
            findings.append(finding(ROSTER_LEVEL2_UNKNOWN, record["level2"], "模板中的二级指标", advice))


def check_units(rows: Iterable[ProjectRow], unit_codes: Collection[str], findings: list[Finding]) -> None:
    """Each root project has a unit, and every unit is on the roster."""
    for row in rows:
        entry, code = row.record["unit_code"], row.project.unit_code
        if entry.cell.kind == "empty" and is_root(row):
            findings.append(finding(ROSTER_UNIT_MISSING, entry, "母项目的单位编码", "请填写“单位名册”中的单位编码。"))
        elif code and unit_codes and code not in unit_codes:
            advice = "请核对编码，或在“单位名册”中补上这个单位。"
            findings.append(finding(ROSTER_UNIT_UNKNOWN, entry, "“单位名册”中的单位编码", advice))


def is_root(row: ProjectRow) -> bool:
    """Whether nothing stands where a sub-project names its parent."""
    return row.record["parent_code"].cell.kind == "empty"


def check_parents(by_code: Mapping[str, ProjectRow], findings: list[Finding]) -> None:
    """Each parent is on the roster, and a root project itself; a circle of parents is one finding."""
    circles = _circles({code: row.parent_code for code, row in by_code.items() if row.parent_code})
    for circle in circles:
        entry = by_code[circle[0]].record["parent_code"]
        way = "→".join([*circle, circle[0]])
        advice = "请把其中的母项目的“上级项目编码”清空。"
        findings.append(finding(ROSTER_PARENT_CYCLE, entry, "另一个母项目的编码", advice, f"循环：{way}"))
    circling = {code for circle in circles for code in circle}
    for code, row in by_code.items():
        if code in circling or not row.parent_code:
            continue
        entry, parent = row.record["parent_code"], by_code.get(row.parent_code)
        if parent is None:
            advice = "请核对编码，或在本表中补上母项目；本身是母项目的请留空。"
            findings.append(finding(ROSTER_PARENT_UNKNOWN, entry, "本表中另一个项目的编码", advice))
        elif parent.parent_code and parent.parent_code in by_code and row.parent_code not in circling:
            content = f"{quoted(row.parent_code)}，它本身是{quoted(parent.parent_code)}的子项目"
            advice = f"只支持两级，请改填 {parent.parent_code}，或留空作为母项目。"
            findings.append(finding(ROSTER_TOO_DEEP, entry, "母项目的编码", advice, content))


def check_carryovers(by_code: Mapping[str, ProjectRow], findings: list[Finding]) -> None:
    """Money of a project with sub-projects is the sum of theirs."""
    for code in {row.parent_code: None for row in by_code.values()}:
        row = by_code.get(code or "")
        if row is not None and row.project.annual_carryover is not None:
            advice = "母项目的金额由子项目加总，请填在子项目的行。"
            findings.append(finding(ROSTER_CARRYOVER_ON_PARENT, row.record["annual_carryover"], "空", advice))


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
