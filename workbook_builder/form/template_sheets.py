"""The form as it is drawn on a template's sheets: the {{key}} markers and the rows of the indicator table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from workbook_builder.cells import Place
from workbook_builder.findings import Finding
from workbook_builder.form.dialect import problems
from workbook_builder.form.model import (
    COLLECTION_KEYS,
    INDICATORS,
    LEVELS,
    NOTICES,
    OPTIONAL_COLUMNS,
    TABLE_COLUMNS,
    Field,
    FormSheet,
    Marker,
    SheetKind,
    TableRow,
    markers_in,
)
from workbook_builder.form.template_drawn import DrawnSheet
from workbook_builder.form.template_fields import FIELDS_SHEET
from workbook_builder.form.template_mistakes import CHECK_KEYS, PROBLEM_KEYS, template_finding
from workbook_builder.rule_ids import (
    TEMPLATE_FORMULA,
    TEMPLATE_MARKER_MALFORMED,
    TEMPLATE_MARKER_TWICE,
    TEMPLATE_MARKER_WITH_TEXT,
    TEMPLATE_OUTSIDE_PRINT_AREA,
    TEMPLATE_TABLE_LEVEL,
    TEMPLATE_TABLE_ROW,
    TEMPLATE_UNKNOWN_KEY,
)

TABLE_INPUTS = tuple(f"{INDICATORS}.{name}" for name in TABLE_COLUMNS)
OPTIONAL_INPUTS = tuple(f"{INDICATORS}.{name}" for name in OPTIONAL_COLUMNS)
LEVEL_KEYS = tuple(f"{INDICATORS}.{name}" for name in LEVELS)
FORMULA_ADVICE = "模板里不写公式，因为行数和表名随项目变化。要自动计算的，请用来源为“公式”的字段；其余请写成文字。"


def read_sheet(sheet: DrawnSheet, repeated: str, fields: Mapping[str, Field], findings: list[Finding]) -> FormSheet:
    """One drawn sheet; repeated: the title of the one that each sub-project has."""
    markers = tuple(_markers(sheet, fields, findings))
    findings += _formulas(sheet)
    table = tuple(_table(sheet.title, markers, findings))
    last_row, last_column = sheet.printed or (sheet.max_row, sheet.max_column)
    for marker in markers:
        if marker.last_row > last_row or marker.last_column > last_column:
            sentence = f"标记 {{{{{marker.key}}}}} 在打印区域之外，请扩大打印区域，或把它移到打印区域里。"
            where = Place(sheet.title, marker.row, marker.column)
            findings.append(template_finding(TEMPLATE_OUTSIDE_PRINT_AREA, where, marker.key, sentence, marker.text))
            break
    return FormSheet(sheet.title, _kind(sheet.title, repeated, markers), markers, table, last_row, last_column)


def _kind(title: str, repeated: str, markers: Iterable[Marker]) -> SheetKind:
    if title == repeated:
        return "form"
    keys = [marker.key for marker in markers]
    if any(key.startswith("sub_projects.") for key in keys):
        return "summary"
    return "check" if any(key.startswith("check.") for key in keys) else "root"


def _formulas(sheet: DrawnSheet) -> Iterator[Finding]:
    """Rows and titles change from project to project, so a formula drawn by hand would miss its cells."""
    for row, column in sorted(sheet.formulas):
        words = sheet.words[row, column]
        outside_dialect = "".join(problems(words.removeprefix("=")))
        sentence = f"这一格写了公式。{outside_dialect}{FORMULA_ADVICE}"
        yield template_finding(TEMPLATE_FORMULA, Place(sheet.title, row, column), None, sentence, words)


def _markers(sheet: DrawnSheet, fields: Mapping[str, Field], findings: list[Finding]) -> Iterator[Marker]:
    seen: dict[str, Place] = {}
    for where, text in _texts_with_braces(sheet):
        markers = list(markers_in(text))
        if not markers or text.count("{{") != len(markers):
            sentence = "标记应写成 {{字段}}，左右各两个花括号。"
            findings.append(template_finding(TEMPLATE_MARKER_MALFORMED, where, None, sentence, text))
        for key, fixed in markers:
            if fields and _is_of_a_field(key):
                findings += _marker_mistakes(key, where, text, fields, seen)
                seen.setdefault(key, where)
            last_row, last_column = sheet.merged.get((where.row, where.column), (where.row, where.column))
            yield Marker(key, fixed, where.row, where.column, last_row, last_column, text)


def _texts_with_braces(sheet: DrawnSheet) -> Iterator[tuple[Place, str]]:
    for (row, column), words in sheet.words.items():
        if "{{" in words or "}}" in words:
            yield Place(sheet.title, row, column), words


def _is_of_a_field(key: str) -> bool:
    return key not in (*LEVEL_KEYS, *COLLECTION_KEYS, *NOTICES, *CHECK_KEYS, *PROBLEM_KEYS, "sub_projects.number")


def _marker_mistakes(
    key: str, where: Place, text: str, fields: Mapping[str, Field], seen: Mapping[str, Place]
) -> Iterator[Finding]:
    """seen: where the markers before it stand, by key."""
    marker, base = f"标记 {{{{{key}}}}} ", key.removeprefix("sub_projects.").removeprefix("sum.")
    if base not in fields:
        sentence = f"{marker}不是「{FIELDS_SHEET}」表中的字段，请改正拼写或在「{FIELDS_SHEET}」表中补上一行。"
        yield template_finding(TEMPLATE_UNKNOWN_KEY, where, key, sentence, text)
    elif not fields[base].is_column and key in seen:
        sentence = f"{marker}已在 {seen[key].address} 写过，一张表中只能写一次。"
        yield template_finding(TEMPLATE_MARKER_TWICE, where, key, sentence, text)
    elif text.strip() != f"{{{{{key}}}}}":
        sentence = f"{marker}应单独占一格，不与其他文字同格。"
        yield template_finding(TEMPLATE_MARKER_WITH_TEXT, where, key, sentence, text)


def _table(title: str, markers: Sequence[Marker], findings: list[Finding]) -> Iterator[TableRow]:
    """The indicator rows, each with the 一级 and 二级指标 whose merged cell covers it."""
    by_row: dict[int, dict[str, int]] = {}
    for marker in markers:
        if marker.key in TABLE_INPUTS:
            of_row = by_row.setdefault(marker.row, {})
            if marker.key in of_row:
                sentence = f"标记 {{{{{marker.key}}}}} 在这一行写了两次，一行只能写一次。请删去一个。"
                where = Place(title, marker.row, marker.column)
                findings.append(template_finding(TEMPLATE_MARKER_TWICE, where, marker.key, sentence, marker.text))
            of_row.setdefault(marker.key, marker.column)
    for row in range(min(by_row, default=0), max(by_row, default=-1) + 1):
        findings += _row_mistakes(title, row, by_row)
        if columns := by_row.get(row):
            level1, level2 = (_level(markers, key, row) for key in LEVEL_KEYS)
            if not (level1 and level2):
                sentence = (
                    "指标行没有一级或二级指标，请在左边的合并单元格写 {{indicators.level1:产出指标}} 这样的标记。"
                )
                where = Place(title, row, min(columns.values()))
                findings.append(template_finding(TEMPLATE_TABLE_LEVEL, where, None, sentence))
            yield TableRow(row, level1, level2)


def _row_mistakes(title: str, row: int, by_row: Mapping[int, Mapping[str, int]]) -> Iterator[Finding]:
    """by_row: the column of each key on each row of the table."""
    columns = by_row.get(row)
    if columns is None:
        sentence = "指标表中间的这一行没有标记，请从上一行复制过来。"
        yield template_finding(TEMPLATE_TABLE_ROW, Place(title, row, 1), None, sentence)
        return
    where = Place(title, row, min(columns.values()))
    written = {key for columns_of_row in by_row.values() for key in columns_of_row}
    needed = (key for key in TABLE_INPUTS if key not in OPTIONAL_INPUTS or key in written)
    if missing := [key for key in needed if key not in columns]:
        sentence = f"指标行缺少标记 {{{{{'}}、{{'.join(missing)}}}}}。"
        yield template_finding(TEMPLATE_TABLE_ROW, where, None, sentence)
    elif columns != by_row[min(by_row)]:
        sentence = "指标行的各个标记应与第一行指标写在同样的列，请对齐。"
        yield template_finding(TEMPLATE_TABLE_ROW, where, None, sentence)


def _level(markers: Iterable[Marker], key: str, row: int) -> str:
    """The 一级 or 二级指标 whose cell covers a row; "" where none does."""
    return next((m.fixed for m in markers if m.key == key and m.row <= row <= m.last_row and m.fixed), "")
