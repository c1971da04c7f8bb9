"""Sheets 字段 and 选项 of a template: the settings, the type of each key, the lists."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.cells import Place
from workbook_builder.findings import Finding
from workbook_builder.form.model import (
    DEFAULT_WEIGHT_TOTAL,
    INDICATORS,
    KNOWN_TYPES,
    ROSTER_KEYS,
    TABLE_COLUMNS,
    Field,
    FieldType,
    Source,
)
from workbook_builder.form.template_drawn import DrawnSheet
from workbook_builder.form.template_mistakes import template_finding
from workbook_builder.rule_ids import (
    TEMPLATE_COLUMN_UNKNOWN,
    TEMPLATE_HEADER_MISSING,
    TEMPLATE_KEY_MALFORMED,
    TEMPLATE_KEY_TWICE,
    TEMPLATE_LIMIT_INVALID,
    TEMPLATE_LIST_EMPTY,
    TEMPLATE_LIST_MISSING,
    TEMPLATE_LIST_NEEDLESS,
    TEMPLATE_REQUIRED_INVALID,
    TEMPLATE_SETTING_INVALID,
    TEMPLATE_SETTING_MISSING,
    TEMPLATE_SOURCE_INVALID,
    TEMPLATE_SOURCE_UNKNOWN,
    TEMPLATE_TYPE_DIFFERS,
    TEMPLATE_TYPE_UNKNOWN,
)

FIELDS_SHEET, CHOICES_SHEET = "字段", "选项"
REPEATED = "按子项目重复的表"
SETTINGS = ("表单编号", "版本", REPEATED)
WEIGHT_TOTAL = "权重合计"  # a fourth setting, for forms with weights
SETTINGS_LAST_ROW, HEADER_LAST_ROW = 10, 20
HEADERS = ("字段", "名称", "类型", "来源", "必填", "选项", "最多字数", "提示")
TYPES: Mapping[str, FieldType] = {
    "文本": "text",
    "长文本": "long_text",
    "金额": "amount",
    "日期": "date",
    "选项": "choice",
    "符号": "comparator",
    "指标值": "target",
    "单位": "unit",
    "数值": "number",
}
SOURCES: Mapping[str, Source] = {"填报": "input", "名册": "roster", "公式": "formula"}
LISTED_TYPES = ("choice", "comparator", "unit")
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
TOTAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")

Lists = Mapping[str, tuple[str, ...]]


class Fields(NamedTuple):
    """The fields that sheet 字段 declares, and where it names each."""

    fields: Mapping[str, Field]
    places: Mapping[str, Place]


class _Line(NamedTuple):
    """A line of sheet 字段: its words under each header, and where they stand."""

    row: int
    columns: Mapping[str, int]
    words: Mapping[str, str]

    @property
    def key(self) -> str:
        return self.words["字段"]

    @property
    def type(self) -> FieldType | None:
        return TYPES.get(self.words["类型"])

    @property
    def source(self) -> Source | None:
        return SOURCES.get(self.words["来源"])

    def place(self, header: str) -> Place:
        return Place(FIELDS_SHEET, self.row, self.columns[header])


class _Mistake(NamedTuple):
    """What is wrong with a line, and under which header."""

    rule: str
    header: str
    sentence: str


def read_settings(sheet: DrawnSheet, findings: list[Finding]) -> dict[str, str]:
    """The settings that stand above the fields."""
    settings = {label: words for label, words, _ in _settings(sheet) if label in SETTINGS and words}
    for number, label in enumerate(SETTINGS, start=1):
        if label not in settings:
            sentence = f"缺少“{label}”，请在 A 列写“{label}”，在 B 列写它的内容。"
            where = Place(FIELDS_SHEET, number, 2)
            findings.append(template_finding(TEMPLATE_SETTING_MISSING, where, None, sentence))
    return settings


def read_weight_total(sheet: DrawnSheet, findings: list[Finding]) -> Decimal:
    """The setting 权重合计; 100 where it is left out."""
    for label, words, where in _settings(sheet):
        if label == WEIGHT_TOTAL and words:
            if TOTAL.fullmatch(words) and Decimal(words):
                return Decimal(words)
            sentence = f"“{WEIGHT_TOTAL}”应为大于 0、最多两位小数的数，如 100，现为“{words}”。"
            findings.append(template_finding(TEMPLATE_SETTING_INVALID, where, None, sentence, words))
    return DEFAULT_WEIGHT_TOTAL


def _settings(sheet: DrawnSheet) -> Iterator[tuple[str, str, Place]]:
    """Label and content of each line above the fields, and where the content stands."""
    for row in range(1, SETTINGS_LAST_ROW + 1):
        yield sheet.text(row, 1), sheet.text(row, 2), Place(FIELDS_SHEET, row, 2)


def read_lists(sheet: DrawnSheet, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """The lists of sheet 选项, one a column, by the names above them."""
    lists: dict[str, tuple[str, ...]] = {}
    for column in range(1, sheet.max_column + 1):
        name = sheet.text(1, column)
        if not name:
            continue
        entries = (sheet.text(row, column) for row in range(2, sheet.max_row + 1))
        lists[name] = tuple(entry for entry in entries if entry)
        if not lists[name]:
            where, sentence = Place(CHOICES_SHEET, 2, column), f"选项“{name}”没有内容，请在下面逐行写出各选项。"
            findings.append(template_finding(TEMPLATE_LIST_EMPTY, where, None, sentence, name))
    return lists


def read_fields(sheet: DrawnSheet, lists: Lists, findings: list[Finding]) -> Fields:
    """The fields by key; of a key named twice, the first."""
    fields: dict[str, Field] = {}
    places: dict[str, Place] = {}
    for line in _lines(sheet, findings):
        key, where = line.key, line.place("字段")
        mistakes = (check(line, lists) for check in LINE_CHECKS)
        findings += [_finding(line, mistake) for mistake in mistakes if mistake]
        if key in fields:
            sentence = f"字段“{key}”已在 {places[key].address} 写过，请删去一行。"
            findings.append(template_finding(TEMPLATE_KEY_TWICE, where, key, sentence))
        places.setdefault(key, where)
        fields.setdefault(key, _field(line))
    return Fields(fields, places)


def _lines(sheet: DrawnSheet, findings: list[Finding]) -> Iterator[_Line]:
    header = _header(sheet, findings)
    if header is None:
        return
    header_row, columns = header
    for row in range(header_row + 1, sheet.max_row + 1):
        words = {name: sheet.text(row, column) for name, column in columns.items()}
        if words["字段"]:
            yield _Line(row, columns, words)


def _header(sheet: DrawnSheet, findings: list[Finding]) -> tuple[int, dict[str, int]] | None:
    """The row of the header, and the column of each of its words."""
    for row in range(1, HEADER_LAST_ROW + 1):
        columns = {sheet.text(row, column): column for column in range(1, sheet.max_column + 1)}
        if "字段" in columns:
            missing = [name for name in HEADERS if name not in columns]
            if not missing:
                return row, columns
            where, sentence = Place(FIELDS_SHEET, row, columns["字段"]), f"标题行缺少列“{'”“'.join(missing)}”，请补上。"
            break
    else:
        where, sentence = Place(FIELDS_SHEET, 5, 1), "找不到标题行（第一格为“字段”），请补上。"
    findings.append(template_finding(TEMPLATE_HEADER_MISSING, where, None, sentence))
    return None


def _field(line: _Line) -> Field:
    """The field of a line; where a line is mistaken, what comes near."""
    words, key = line.words, line.key
    label, prompt = words["名称"] or key, words["提示"] or None
    is_required, choices = words["必填"] == "是", words["选项"] or None
    limit = int(words["最多字数"]) if words["最多字数"].isdecimal() else None
    return Field(key, label, line.type or "text", line.source or "input", is_required, choices, limit, prompt)


def _finding(line: _Line, mistake: _Mistake) -> Finding:
    rule, header, sentence = mistake
    return template_finding(rule, line.place(header), line.key, sentence, line.words[header])


def _malformed_key(line: _Line, _lists: Lists) -> _Mistake | None:
    if KEY.fullmatch(line.key):
        return None
    sentence = f"“{line.key}”不能作字段：只用小写英文字母、数字、下划线，至多一个点。"
    return _Mistake(TEMPLATE_KEY_MALFORMED, "字段", sentence)


def _unknown_type(line: _Line, _lists: Lists) -> _Mistake | None:
    if line.type:
        return None
    sentence = f"没有“{line.words['类型']}”这种类型，可用：{'、'.join(TYPES)}。"
    return _Mistake(TEMPLATE_TYPE_UNKNOWN, "类型", sentence)


def _unknown_source(line: _Line, _lists: Lists) -> _Mistake | None:
    if line.source:
        return None
    sentence = f"没有“{line.words['来源']}”这种来源，可用：{'、'.join(SOURCES)}。"
    return _Mistake(TEMPLATE_SOURCE_UNKNOWN, "来源", sentence)


def _own_column(line: _Line, _lists: Lists) -> _Mistake | None:
    prefix, _, column = line.key.partition(".")
    if prefix != INDICATORS or column in TABLE_COLUMNS:
        return None
    sentence = (
        f"指标表没有“{line.key}”这一列：只有三级指标、符号、值、单位和权重，不能另加。请删去这一行和它的标记，"
        "要单位另写的内容放在指标表以外的格。"
    )
    return _Mistake(TEMPLATE_COLUMN_UNKNOWN, "字段", sentence)


def _missing_list(line: _Line, lists: Lists) -> _Mistake | None:
    name = line.words["选项"]
    if line.type not in LISTED_TYPES:
        if not name:
            return None
        sentence = f"类型“{line.words['类型']}”不用列表，现写有“{name}”。请清空“选项”，或把类型改为“选项”。"
        return _Mistake(TEMPLATE_LIST_NEEDLESS, "选项", sentence)
    if name in lists:
        return None
    name = name or "（空）"
    sentence = f"「选项」表中没有名为“{name}”的列，请在「选项」表第 1 行写出这个名称，下面写各选项。"
    return _Mistake(TEMPLATE_LIST_MISSING, "选项", sentence)


def _other_type(line: _Line, _lists: Lists) -> _Mistake | None:
    known = KNOWN_TYPES.get(line.key)
    if line.type is None or known in (None, line.type):
        return None
    needed = next(words for words, field_type in TYPES.items() if field_type == known)
    sentence = f"字段“{line.key}”的类型应为“{needed}”，现为“{line.words['类型']}”。"
    return _Mistake(TEMPLATE_TYPE_DIFFERS, "类型", sentence)


def _neither_yes_nor_no(line: _Line, _lists: Lists) -> _Mistake | None:
    words = line.words["必填"]
    if words in ("是", "否", ""):
        return None
    return _Mistake(TEMPLATE_REQUIRED_INVALID, "必填", f"应为“是”或“否”，现为“{words}”。")


def _not_on_the_roster(line: _Line, _lists: Lists) -> _Mistake | None:
    if line.source != "roster" or line.key in ROSTER_KEYS:
        return None
    sentence = f"名册中没有“{line.key}”这一列，来源请改为“填报”。"
    return _Mistake(TEMPLATE_SOURCE_INVALID, "来源", sentence)


def _no_whole_limit(line: _Line, _lists: Lists) -> _Mistake | None:
    words = line.words["最多字数"]
    if not words or words.isdecimal():
        return None
    return _Mistake(TEMPLATE_LIMIT_INVALID, "最多字数", f"应为整数，现为“{words}”。")


LINE_CHECKS: tuple[Callable[[_Line, Lists], _Mistake | None], ...] = (  # in the order in which they are told
    _malformed_key,
    _own_column,
    _unknown_type,
    _unknown_source,
    _missing_list,
    _other_type,
    _neither_yes_nor_no,
    _not_on_the_roster,
    _no_whole_limit,
)
