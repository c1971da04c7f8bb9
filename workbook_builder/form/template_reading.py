"""Reads a template drawn in Excel and says, in Excel's words, what is wrong with it.

Conventions: docs/template-format.md. The form stands on its sheets as {{key}} markers; sheet 字段 types each key, sheet
选项 holds the lists.
"""

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, cast

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.cells import Place
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.findings import Finding, has_errors
from workbook_builder.form.dialect import problems
from workbook_builder.form.model import (
    COLLECTION_KEYS,
    DEFAULT_WEIGHT_TOTAL,
    INDICATORS,
    KNOWN_TYPES,
    LEVELS,
    OPTIONAL_COLUMNS,
    ROSTER_KEYS,
    TABLE_COLUMNS,
    Field,
    FieldType,
    Form,
    FormSheet,
    Marker,
    SheetKind,
    Source,
    TableRow,
    markers_in,
)
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_mistakes import CHECK_KEYS, template_finding, whole_findings
from workbook_builder.ooxml.package import corrupt, open_package

FIELDS_SHEET, CHOICES_SHEET = "字段", "选项"
SETTINGS = ("表单编号", "版本", "按子项目重复的表")
WEIGHT_TOTAL = "权重合计"  # a fourth setting, for forms with weights
SETTINGS_LAST_ROW = 10
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
ADVICE = "请用 Excel 打开模板，去掉打开密码，另存为“Excel 工作簿(.xlsx)”后再试。"
TABLE_INPUTS = tuple(f"{INDICATORS}.{name}" for name in TABLE_COLUMNS)
OPTIONAL_INPUTS = tuple(f"{INDICATORS}.{name}" for name in OPTIONAL_COLUMNS)
LEVEL_KEYS = tuple(f"{INDICATORS}.{name}" for name in LEVELS)
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
TOTAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
TEMPLATES_KEPT = 8
# The form, what is wrong with it by itself, and where 字段 types each key; None where a sheet is missing.
Read = tuple[Form, tuple[Finding, ...], Mapping[str, Place] | None]


class Template(NamedTuple):
    """A template as read: the form, what is wrong with it, and the bytes that the compiler draws from."""

    form: Form
    findings: tuple[Finding, ...]
    data: bytes

    def book(self) -> Workbook:
        """The template's workbook, newly loaded, to draw from."""
        return _loaded(self.data)


def load_template(data: bytes, file: str, catalogue: Catalogue) -> Template:
    """Reads a template. Raises UnreadableError where it is no workbook, ContentError where it has mistakes."""
    template = read_template(data, file, catalogue)
    if has_errors(template.findings):
        raise ContentError(f"模板“{file}”有错误，请先改正。", template.findings)
    return template


def read_template(data: bytes, file: str, catalogue: Catalogue) -> Template:
    """Reads a template with its mistakes as findings; the form holds what could be understood.

    The last few are kept: every command asks for the same template several times, and openpyxl takes a tenth of a second.

    Raises UnreadableError where the file is no readable .xlsx workbook.
    """
    read = _READ.pop(data, None)
    _READ[data] = form, findings, field_places = read or _read(data, file)
    if len(_READ) > TEMPLATES_KEPT:
        del _READ[next(iter(_READ))]
    if field_places is not None:
        findings += tuple(whole_findings(form, catalogue, field_places))
    return Template(form, findings, data)


def _read(data: bytes, file: str) -> Read:
    book = _open(data, file)
    findings: list[Finding] = []
    for title in (FIELDS_SHEET, CHOICES_SHEET):
        if title not in [sheet.title for sheet in book.worksheets]:
            message = f"模板缺少「{title}」表，请按模板说明补上这张表。"
            findings.append(Finding("template.sheet_missing", "error", title, None, None, message))
    if findings:
        return Form("", "", {}, {}, ()), tuple(findings), None
    reader = _Reader(book, findings)
    form = reader.form()
    return form, tuple(findings), reader.field_places


def _loaded(data: bytes) -> Workbook:
    with warnings.catch_warnings(action="ignore"):  # of parts that a form does not need
        return load_workbook(io.BytesIO(data))


def _open(data: bytes, file: str) -> Workbook:
    """The template's workbook. Raises UnreadableError, with advice for those who draw forms."""
    try:
        open_package(data, file)
        try:
            return _loaded(data)
        except Exception as error:  # what zip and XML readers raise for a broken file has no common class
            raise corrupt(file, "模板的内容无法读取") from error
    except UnreadableError as error:
        what = error.finding.message.partition("请")[0]  # the advice behind it is meant for units
        raise UnreadableError(error.finding._replace(message=what + ADVICE)) from error


class _Reader:
    """Reads one template; mistakes go to `findings` as they are met."""

    def __init__(self, book: Workbook, findings: list[Finding]):
        self._book, self._findings = book, findings
        self.field_places: dict[str, Place] = {}

    def _report(self, rule: str, where: Place, key: str | None, sentence: str, value: str | None = None) -> None:
        self._findings.append(template_finding(rule, where, key, sentence, value))

    def form(self) -> Form:
        sheet = self._book[FIELDS_SHEET]
        settings = self._settings(sheet)
        lists = self._lists(self._book[CHOICES_SHEET])
        fields = self._fields(sheet, lists)
        repeated = settings.get("按子项目重复的表", "")
        sheets = tuple(
            self._sheet(cast(Worksheet, source), repeated, fields)
            for source in self._book.worksheets
            if source.title not in (FIELDS_SHEET, CHOICES_SHEET)
        )
        if repeated and repeated not in [sheet.title for sheet in sheets]:
            where = Place(FIELDS_SHEET, SETTINGS.index("按子项目重复的表") + 1, 2)
            self._report(
                "form_sheet_missing", where, None, f"模板中没有名为“{repeated}”的工作表，请改成申报表的表名。", repeated
            )
        total = self._weight_total(sheet)
        return Form(settings.get("表单编号", ""), settings.get("版本", ""), fields, lists, sheets, total)

    def _settings(self, sheet: Worksheet) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in range(1, SETTINGS_LAST_ROW + 1):
            label = _text(sheet.cell(row, 1).value)
            if label in SETTINGS and (value := _text(sheet.cell(row, 2).value)):
                found[label] = value
        for number, label in enumerate(SETTINGS, start=1):
            if label not in found:
                where = Place(FIELDS_SHEET, number, 2)
                self._report(
                    "setting_missing", where, None, f"缺少“{label}”，请在 A 列写“{label}”，在 B 列写它的内容。"
                )
        return found

    def _weight_total(self, sheet: Worksheet) -> Decimal:
        """The setting 权重合计; 100 where it is left out."""
        for row in range(1, SETTINGS_LAST_ROW + 1):
            words = _text(sheet.cell(row, 2).value)
            if _text(sheet.cell(row, 1).value) == WEIGHT_TOTAL and words:
                if TOTAL.fullmatch(words) and Decimal(words):
                    return Decimal(words)
                sentence = f"“{WEIGHT_TOTAL}”应为大于 0、最多两位小数的数，如 100，现为“{words}”。"
                self._report("setting_invalid", Place(FIELDS_SHEET, row, 2), None, sentence, words)
        return DEFAULT_WEIGHT_TOTAL

    def _lists(self, sheet: Worksheet) -> dict[str, tuple[str, ...]]:
        lists: dict[str, tuple[str, ...]] = {}
        for column in range(1, sheet.max_column + 1):
            name = _text(sheet.cell(1, column).value)
            entries = tuple(
                text for row in range(2, sheet.max_row + 1) if (text := _text(sheet.cell(row, column).value))
            )
            if not name:
                continue
            if not entries:
                where = Place(CHOICES_SHEET, 2, column)
                self._report("list_empty", where, None, f"选项“{name}”没有内容，请在下面逐行写出各选项。", name)
            lists[name] = entries
        return lists

    def _fields(self, sheet: Worksheet, lists: Mapping[str, tuple[str, ...]]) -> dict[str, Field]:
        header = self._header(sheet)
        fields: dict[str, Field] = {}
        if header is None:
            return fields
        row_number, columns = header
        for row in range(row_number + 1, sheet.max_row + 1):
            values = {name: _text(sheet.cell(row, column).value) for name, column in columns.items()}
            if not values["字段"]:
                continue
            where = Place(FIELDS_SHEET, row, columns["字段"])
            field = self._field(values, where, columns, lists)
            if field.key in fields:
                other = self.field_places[field.key].address
                self._report("key_twice", where, field.key, f"字段“{field.key}”已在 {other} 写过，请删去一行。")
            self.field_places.setdefault(field.key, where)
            fields.setdefault(field.key, field)
        return fields

    def _header(self, sheet: Worksheet) -> tuple[int, dict[str, int]] | None:
        for row in range(1, 21):
            columns = {_text(sheet.cell(row, column).value): column for column in range(1, sheet.max_column + 1)}
            if "字段" in columns:
                if missing := [name for name in HEADERS if name not in columns]:
                    sentence = f"标题行缺少列“{'”“'.join(missing)}”，请补上。"
                    self._report("header_missing", Place(FIELDS_SHEET, row, columns["字段"]), None, sentence)
                    return None
                return row, columns
        self._report("header_missing", Place(FIELDS_SHEET, 5, 1), None, "找不到标题行（第一格为“字段”），请补上。")
        return None

    def _field(
        self, values: Mapping[str, str], where: Place, columns: Mapping[str, int], lists: Mapping[str, tuple[str, ...]]
    ) -> Field:
        key = values["字段"]

        def wrong(rule: str, column: str, sentence: str) -> None:
            self._report(rule, where._replace(column=columns[column]), key, sentence, values[column])

        if not KEY.fullmatch(key):
            wrong("key_malformed", "字段", f"“{key}”不能作字段：只用小写英文字母、数字、下划线，至多一个点。")
        kind, source = TYPES.get(values["类型"]), SOURCES.get(values["来源"])
        if kind is None:
            wrong("type_unknown", "类型", f"没有“{values['类型']}”这种类型，可用：{'、'.join(TYPES)}。")
        if source is None:
            wrong("source_unknown", "来源", f"没有“{values['来源']}”这种来源，可用：{'、'.join(SOURCES)}。")
        if kind in LISTED_TYPES and values["选项"] not in lists:
            name = values["选项"] or "（空）"
            wrong(
                "list_missing",
                "选项",
                f"「选项」表中没有名为“{name}”的列，请在「选项」表第 1 行写出这个名称，下面写各选项。",
            )
        if kind and key in KNOWN_TYPES and kind != KNOWN_TYPES[key]:
            needed = next(name for name, value in TYPES.items() if value == KNOWN_TYPES[key])
            wrong("type_differs", "类型", f"字段“{key}”的类型应为“{needed}”，现为“{values['类型']}”。")
        if values["必填"] not in ("是", "否", ""):
            wrong("required_invalid", "必填", f"应为“是”或“否”，现为“{values['必填']}”。")
        if source == "roster" and key not in ROSTER_KEYS:
            wrong("source_invalid", "来源", f"名册中没有“{key}”这一列，来源请改为“填报”。")
        if values["最多字数"] and not values["最多字数"].isdecimal():
            wrong("limit_invalid", "最多字数", f"应为整数，现为“{values['最多字数']}”。")
        limit = int(values["最多字数"]) if values["最多字数"].isdecimal() else None
        is_required, choices = values["必填"] == "是", values["选项"] or None
        label, prompt = values["名称"] or key, values["提示"] or None
        return Field(key, label, kind or "text", source or "input", is_required, choices, limit, prompt)

    def _sheet(self, sheet: Worksheet, repeated: str, fields: Mapping[str, Field]) -> FormSheet:
        markers = tuple(self._markers(sheet, fields))
        self._refuse_formulas(sheet)
        area = _print_area(sheet)
        kind: SheetKind = "root"
        if sheet.title == repeated:
            kind = "form"
        elif any(marker.key.startswith("sub_projects.") for marker in markers):
            kind = "summary"
        elif any(marker.key.startswith("check.") for marker in markers):
            kind = "check"
        table = tuple(self._table(sheet.title, markers))
        last_row, last_column = area or (sheet.max_row, sheet.max_column)
        for marker in markers:
            if marker.last_row > last_row or marker.last_column > last_column:
                sentence = f"标记 {{{{{marker.key}}}}} 在打印区域之外，请扩大打印区域，或把它移到打印区域里。"
                where = Place(sheet.title, marker.row, marker.column)
                self._report("outside_print_area", where, marker.key, sentence, marker.text)
                break
        return FormSheet(sheet.title, kind, markers, table, last_row, last_column)

    def _refuse_formulas(self, sheet: Worksheet) -> None:
        """Rows and titles change from project to project, so a formula drawn by hand would miss its cells."""
        for cell in (cell for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"):
            advice = "模板里不写公式，因为行数和表名随项目变化。要自动计算的，请用来源为“公式”的字段；其余请写成文字。"
            found = "".join(problems(str(cell.value).removeprefix("=")))
            where = Place(sheet.title, cell.row or 0, cell.column or 0)
            self._report("formula", where, None, f"这一格写了公式。{found}{advice}", str(cell.value))

    def _markers(self, sheet: Worksheet, fields: Mapping[str, Field]) -> Iterator[Marker]:
        merged = {(area.min_row, area.min_col): (area.max_row, area.max_col) for area in sheet.merged_cells.ranges}
        seen: dict[str, Place] = {}
        for row in range(1, sheet.max_row + 1):
            for column in range(1, sheet.max_column + 1):
                value = sheet.cell(row, column).value
                text = value if isinstance(value, str) else ""
                if "{{" not in text and "}}" not in text:
                    continue
                where = Place(sheet.title, row, column)
                found = list(markers_in(text))
                if not found or text.count("{{") != len(found):
                    self._report("marker_malformed", where, None, "标记应写成 {{字段}}，左右各两个花括号。", text)
                for key, fixed in found:
                    self._check_marker(key, where, text, fields, seen)
                    last_row, last_column = merged.get((row, column), (row, column))
                    yield Marker(key, fixed, row, column, last_row, last_column, text)

    def _check_marker(
        self, key: str, where: Place, text: str, fields: Mapping[str, Field], seen: dict[str, Place]
    ) -> None:
        base = key.removeprefix("sub_projects.").removeprefix("sum.")
        if not fields or key in (*LEVEL_KEYS, *COLLECTION_KEYS, *CHECK_KEYS, "sub_projects.number"):
            return
        if base not in fields:
            sentence = (
                f"标记 {{{{{key}}}}} 不是「{FIELDS_SHEET}」表中的字段，请改正拼写或在「{FIELDS_SHEET}」表中补上一行。"
            )
            self._report("unknown_key", where, key, sentence, text)
        elif not fields[base].is_column and key in seen:
            sentence = f"标记 {{{{{key}}}}} 已在 {seen[key].address} 写过，一张表中只能写一次。"
            self._report("marker_twice", where, key, sentence, text)
        elif text.strip() != f"{{{{{key}}}}}":
            self._report("marker_with_text", where, key, f"标记 {{{{{key}}}}} 应单独占一格，不与其他文字同格。", text)
        seen.setdefault(key, where)

    def _table(self, title: str, markers: Sequence[Marker]) -> Iterator[TableRow]:
        """The indicator rows, each with the 一级 and 二级指标 whose merged cell covers it."""
        by_row: dict[int, dict[str, int]] = {}
        for marker in markers:
            if marker.key in TABLE_INPUTS:
                by_row.setdefault(marker.row, {})[marker.key] = marker.column
        written = {key for columns in by_row.values() for key in columns}
        needed = [key for key in TABLE_INPUTS if key not in OPTIONAL_INPUTS or key in written]
        for row in range(min(by_row, default=0), max(by_row, default=-1) + 1):
            columns = by_row.get(row)
            if columns is None:
                self._report(
                    "table_row", Place(title, row, 1), None, "指标表中间的这一行没有标记，请从上一行复制过来。"
                )
                continue
            where = Place(title, row, min(columns.values()))
            if missing := [key for key in needed if key not in columns]:
                self._report("table_row", where, None, f"指标行缺少标记 {{{{{'}}、{{'.join(missing)}}}}}。")
            elif columns != by_row[min(by_row)]:
                self._report("table_row", where, None, "指标行的各个标记应与第一行指标写在同样的列，请对齐。")
            level1, level2 = (_level(markers, key, row) for key in LEVEL_KEYS)
            if not (level1 and level2):
                sentence = (
                    "指标行没有一级或二级指标，请在左边的合并单元格写 {{indicators.level1:产出指标}} 这样的标记。"
                )
                self._report("table_level", where, None, sentence)
            yield TableRow(row, level1, level2)


def _level(markers: Iterable[Marker], key: str, row: int) -> str:
    """The 一级 or 二级指标 whose cell covers a row; "" where none does."""
    return next((m.fixed for m in markers if m.key == key and m.row <= row <= m.last_row and m.fixed), "")


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _print_area(sheet: Any) -> tuple[int, int] | None:
    """Last row and column of the print area: what stands right of it is not the form."""
    match = re.search(r"\$?([A-Z]+)\$?(\d+)'?$", sheet.print_area or "")
    if not match:
        return None
    cell = sheet[f"{match[1]}{match[2]}"]
    return cell.row, cell.column


_READ: dict[bytes, Read] = {}
