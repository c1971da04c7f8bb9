"""Reads a template drawn in Excel and says, in Excel's words, what is wrong with it.

Conventions: docs/template-format.md. The form stands on its sheets as {{key}} markers; sheet 字段 types each key, sheet
选项 holds the lists.
"""

import io
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from workbook_builder.cells import Place
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.findings import Finding, has_errors
from workbook_builder.form.model import Form
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_drawn import DrawnSheet, drawn_sheets
from workbook_builder.form.template_extent import too_large_when_drawn, too_large_when_merged
from workbook_builder.form.template_fields import (
    CHOICES_SHEET,
    FIELDS_SHEET,
    REPEATED,
    SETTINGS,
    read_fields,
    read_lists,
    read_settings,
    read_weight_total,
)
from workbook_builder.form.template_mistakes import template_finding, whole_findings
from workbook_builder.form.template_sheets import read_sheet
from workbook_builder.ooxml.reader import Reading, read_workbook
from workbook_builder.ooxml.refusals import corrupt
from workbook_builder.rule_ids import TEMPLATE_FORM_SHEET_MISSING, TEMPLATE_SHEET_MISSING

if TYPE_CHECKING:
    from openpyxl import Workbook

ADVICE = "请用 Excel 打开模板，去掉打开密码，另存为“Excel 工作簿(.xlsx)”后再试。"
TEMPLATES_KEPT = 8
NO_FORM = Form("", "", {}, {}, ())


class _Read(NamedTuple):
    """What a template's bytes hold, whatever the rules."""

    form: Form
    findings: tuple[Finding, ...]  # what is wrong with it by itself
    field_places: Mapping[str, Place] | None  # where 字段 types each key; None where a sheet is missing
    can_be_drawn: bool = False  # whether that was tried, or need not be tried


class Template(NamedTuple):
    """A template as read: the form, what is wrong with it, and the bytes that the compiler draws from."""

    form: Form
    findings: tuple[Finding, ...]
    data: bytes

    def book(self) -> "Workbook":
        """The template's workbook, newly loaded, to draw from."""
        return loaded_book(self.data)


def load_template(data: bytes, file: str, catalogue: Catalogue, *, is_known: bool = False) -> Template:
    """Reads a template; is_known: as in read_template.

    Raises UnreadableError where it is no workbook, ContentError where it has mistakes.
    """
    template = read_template(data, file, catalogue, is_known=is_known)
    if has_errors(template.findings):
        raise ContentError(f"模板“{file}”有错误，请先改正。", template.findings)
    return template


def read_template(data: bytes, file: str, catalogue: Catalogue, *, is_known: bool = False) -> Template:
    """Reads a template with its mistakes as findings; the form holds what could be understood.

    The last few are kept: every command asks for the same template several times. is_known: workbooks were drawn from
    these very bytes already, so that nobody has to try whether openpyxl can load them, which takes a third of a second.

    Raises UnreadableError where the file is no readable .xlsx workbook.
    """
    read = _READ.pop(data, None) or _read(data, file)
    if not (is_known or read.can_be_drawn):
        _try_to_draw(data, file)
        read = read._replace(can_be_drawn=True)
    _READ[data] = read
    if len(_READ) > TEMPLATES_KEPT:
        del _READ[next(iter(_READ))]
    findings = read.findings
    if read.field_places is not None:
        findings += tuple(whole_findings(read.form, catalogue, read.field_places))
    return Template(read.form, findings, data)


def _read(data: bytes, file: str) -> _Read:
    reading = _reading(data, file)
    if findings := too_large_when_merged(reading):
        return _Read(NO_FORM, tuple(findings), None, can_be_drawn=True)
    sheets = drawn_sheets(reading, data)
    findings = too_large_when_drawn(sheets.values())
    for title in (FIELDS_SHEET, CHOICES_SHEET):
        if title not in sheets:
            message = f"模板缺少「{title}」表，请按模板说明补上这张表。"
            findings.append(Finding(TEMPLATE_SHEET_MISSING, "error", title, None, None, message))
    if findings:
        return _Read(NO_FORM, tuple(findings), None, can_be_drawn=True)
    form, places = _form(sheets, findings)
    return _Read(form, tuple(findings), places)


def _form(sheets: Mapping[str, DrawnSheet], findings: list[Finding]) -> tuple[Form, Mapping[str, Place]]:
    """The form, and where sheet 字段 names each key; mistakes go to `findings` as they are met."""
    sheet = sheets[FIELDS_SHEET]
    settings = read_settings(sheet, findings)
    lists = read_lists(sheets[CHOICES_SHEET], findings)
    fields, places = read_fields(sheet, lists, findings)
    repeated = settings.get(REPEATED, "")
    drawn = (source for title, source in sheets.items() if title not in (FIELDS_SHEET, CHOICES_SHEET))
    form_sheets = tuple(read_sheet(source, repeated, fields, findings) for source in drawn)
    if repeated and repeated not in [form_sheet.title for form_sheet in form_sheets]:
        where = Place(FIELDS_SHEET, SETTINGS.index(REPEATED) + 1, 2)
        sentence = f"模板中没有名为“{repeated}”的工作表，请改成申报表的表名。"
        findings.append(template_finding(TEMPLATE_FORM_SHEET_MISSING, where, None, sentence, repeated))
    total = read_weight_total(sheet, findings)
    return Form(settings.get("表单编号", ""), settings.get("版本", ""), fields, lists, form_sheets, total), places


def loaded_book(data: bytes) -> "Workbook":
    """A template's workbook, newly loaded."""
    from openpyxl import load_workbook  # noqa: PLC0415 - for who draws: whoever reads a form should not wait for it

    with warnings.catch_warnings(action="ignore"):  # of parts that a form does not need
        return load_workbook(io.BytesIO(data))


def _reading(data: bytes, file: str) -> Reading:
    """The template as units' files are read, within limits. Raises UnreadableError, with advice for those who draw forms."""
    try:
        return read_workbook(data, file)
    except UnreadableError as error:
        raise _with_advice(error) from error


def _try_to_draw(data: bytes, file: str) -> None:
    """Raises UnreadableError where openpyxl cannot load the template."""
    try:
        book = loaded_book(data)
        if book.loaded_theme:  # handed on as it is, into workbooks that are parsed part by part
            etree.fromstring(book.loaded_theme)
    except Exception as error:  # what zip and XML readers raise for a broken file has no common class
        raise _with_advice(corrupt(file, "模板的内容无法读取")) from error


def _with_advice(error: UnreadableError) -> UnreadableError:
    what = error.finding.message.partition("请")[0]  # the advice behind it is meant for units
    return UnreadableError(error.finding._replace(message=what + ADVICE))


_READ: dict[bytes, _Read] = {}
