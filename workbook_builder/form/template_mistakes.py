"""Mistakes of a template that show only when the whole of it is read."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, get_args

from workbook_builder.cells import Place
from workbook_builder.findings import Finding, Subject, finding_at, finding_of_file
from workbook_builder.form.layout import META_SHEET, OPINION_SHEET
from workbook_builder.form.model import KNOWN_TYPES, Field, FieldType, Form, SheetKind
from workbook_builder.form.rules import Catalogue
from workbook_builder.rule_ids import (
    TEMPLATE_CHECK_MISSING,
    TEMPLATE_FORMULA_NEEDS,
    TEMPLATE_FORMULA_UNKNOWN,
    TEMPLATE_MARKER_MISSING,
    TEMPLATE_MARKER_TWICE,
    TEMPLATE_SUMMARY_MISSING,
    TEMPLATE_SUMMARY_UNKNOWN,
    TEMPLATE_TABLE_MISPLACED,
    TEMPLATE_TITLE_TAKEN,
    TEMPLATE_TYPE_MISPLACED,
)

KINDS: tuple[SheetKind, ...] = get_args(SheetKind)
OF_THE_TABLE: Mapping[FieldType, tuple[str, str]] = {  # the word for a type, and what alone may be of it
    "comparator": ("符号", "指标的符号（indicators.comparator）"),
    "target": ("指标值", "指标的值（indicators.target）"),
    "unit": ("单位", "指标的单位（indicators.unit）"),
    "number": ("数值", "权重（indicators.weight）"),
}
CHECK_KEYS = (
    "check.banner", "check.sheet.title", "check.sheet.errors", "check.sheet.warnings", "check.sheet.first",
    "check.sheet_titles", "check.rule.message", "check.rule.severity", "check.rule.count", "check.rule.by_sheet",
)  # fmt: skip
PROBLEM_KEYS = ("check.problem.sheet", "check.problem.cell", "check.problem.message")  # all or none of them


def whole_findings(form: Form, catalogue: Catalogue, places: Mapping[str, Place]) -> Iterator[Finding]:
    """All of them; places: where sheet 字段 names each key."""
    yield from _title_findings(form)
    yield from _form_findings(form, catalogue, places)
    yield from _summary_findings(form, catalogue, places)
    yield from _check_findings(form)


def template_finding(rule: str, where: Place, key: str | None, sentence: str, value: str | None = None) -> Finding:
    """A mistake at a cell of the template."""
    return finding_at(rule, "error", Subject(where, key=key), sentence, value)


def _title_findings(form: Form) -> Iterator[Finding]:
    """Titles of sheets that workbooks have of their own."""
    for sheet in form.sheets:
        if sheet.title.casefold() in (META_SHEET, OPINION_SHEET):
            sentence = f"表名“{sheet.title}”已由系统使用，请改用别的表名。"
            yield template_finding(TEMPLATE_TITLE_TAKEN, Place(sheet.title, 1, 1), None, sentence, sheet.title)


class _Mistake(NamedTuple):
    """What is wrong with a field."""

    rule: str
    sentence: str


def _form_findings(form: Form, catalogue: Catalogue, places: Mapping[str, Place]) -> Iterator[Finding]:
    """Fields without a cell, formulas that nobody knows; of each field the first mistake."""
    for key, field in form.fields.items():
        mistake = (
            _formula_mistake(field, form, catalogue) or _place_mistake(field, form, catalogue) or _type_mistake(field)
        )
        if mistake:
            yield template_finding(mistake.rule, places[key], key, mistake.sentence)


def _formula_mistake(field: Field, form: Form, catalogue: Catalogue) -> _Mistake | None:
    """Of a computed field whose formula is unknown, or needs what the form does not have."""
    if field.source != "formula":
        return None
    links = [link for link in catalogue.links if field.key in link.keys]
    if not links:
        sentence = f"没有计算字段“{field.key}”的公式，请把来源改为“填报”或“名册”。"
        return _Mistake(TEMPLATE_FORMULA_UNKNOWN, sentence)
    missing = {key for link in links for key in link.reads} - form.fields.keys()
    if not missing:
        return None
    needed = "、".join(sorted(missing))
    sentence = f"计算“{field.key}”要用到字段 {needed}，请补上，或把来源改为“填报”。"
    return _Mistake(TEMPLATE_FORMULA_NEEDS, sentence)


def _place_mistake(field: Field, form: Form, catalogue: Catalogue) -> _Mistake | None:
    """Of a field that stands on no sheet and is no hidden helper, or on more than one."""
    key = field.key
    sheets = [sheet for sheet in form.sheets if sheet.kind in ("form", "root")]
    times = sum(any(marker.key == key for marker in sheet.markers) for sheet in sheets)
    is_helper = field.source == "roster" and key in catalogue.roster_helpers
    if not times and not is_helper:
        sentence = f"字段“{key}”没有写在任何一张表上，请在它的单元格写 {{{{{key}}}}}，或删去这一行。"
        return _Mistake(TEMPLATE_MARKER_MISSING, sentence)
    if times > 1:
        return _Mistake(TEMPLATE_MARKER_TWICE, f"字段“{key}”写在了几张表上，只能写一处。")
    drawn = {marker.key for sheet in sheets if sheet.kind == "form" for marker in sheet.markers}
    if field.is_column and drawn and key not in drawn:
        sentence = f"指标表的“{key}”应写在申报表（“按子项目重复的表”）上，现写在别的表上。请移过去。"
        return _Mistake(TEMPLATE_TABLE_MISPLACED, sentence)
    return None


def _type_mistake(field: Field) -> _Mistake | None:
    """Of a type that only a column of the indicator table has."""
    if field.type not in OF_THE_TABLE or field.key in KNOWN_TYPES:
        return None
    word, use = OF_THE_TABLE[field.type]
    sentence = f"“{word}”只用于{use}，“{field.key}”请改用“金额”“选项”或“文本”。"
    return _Mistake(TEMPLATE_TYPE_MISPLACED, sentence)


def _summary_findings(form: Form, catalogue: Catalogue, places: Mapping[str, Place]) -> Iterator[Finding]:
    """The summary of sub-projects shows what their forms have, and whatever a parent's formulas add up."""
    keys = {kind: {m.key for sheet in form.sheets if sheet.kind == kind for m in sheet.markers} for kind in KINDS}
    for key in form.fields:
        if key in catalogue.parent_linked & keys["form"] and f"sub_projects.{key}" not in keys["summary"]:
            sentence = f"母项目的“{key}”由各子项目加总，请在子项目汇总表写 {{{{sub_projects.{key}}}}}。"
            yield template_finding(TEMPLATE_SUMMARY_MISSING, places[key], key, sentence)
    if keys["form"]:
        yield from _sourceless_markers(form, keys)


def _sourceless_markers(form: Form, keys: Mapping[SheetKind, Collection[str]]) -> Iterator[Finding]:
    """Markers of the summary that have nothing to show; keys: of all markers, by kind of sheet."""
    for sheet in form.sheets:
        for marker in sheet.markers if sheet.kind == "summary" else ():
            prefix, _, key = marker.key.partition(".")
            field = form.fields.get(key)
            is_elsewhere = key in keys["root"] or (field is not None and field.is_column)
            is_unlisted = field is not None and f"sub_projects.{key}" not in keys["summary"]
            if (prefix == "sub_projects" and is_elsewhere) or (prefix == "sum" and is_unlisted):
                sentence = f"标记 {{{{{marker.key}}}}} 没有数据来源：申报表或本表中没有“{key}”，请改正或删去。"
                where = Place(sheet.title, marker.row, marker.column)
                yield template_finding(TEMPLATE_SUMMARY_UNKNOWN, where, marker.key, sentence, marker.text)


def _check_findings(form: Form) -> Iterator[Finding]:
    """自检 is there and has all its places."""
    sheets = [sheet for sheet in form.sheets if sheet.kind == "check"]
    if not sheets:
        message = "模板中没有自检表（写有 {{check.banner}} 等标记的表），请从随附模板复制一张。"
        yield finding_of_file(TEMPLATE_CHECK_MISSING, "error", message)
    for sheet in sheets:
        written = {marker.key for marker in sheet.markers}
        wanted = CHECK_KEYS if written.isdisjoint(PROBLEM_KEYS) else (*CHECK_KEYS, *PROBLEM_KEYS)
        for key in (key for key in wanted if key not in written):
            sentence = f"自检表缺少标记 {{{{{key}}}}}，请参照随附模板补上。"
            yield template_finding(TEMPLATE_CHECK_MISSING, Place(sheet.title, 1, 1), key, sentence)
