"""Reads a template drawn in Excel and says, in Excel's words, what is wrong with it.

Conventions: docs/template-format.md. The form stands on its sheets as {{key}} markers; sheet 字段 types each key, sheet
选项 holds the lists.
"""

import io
import warnings
from collections.abc import Mapping
from typing import NamedTuple, cast

from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.cells import Place
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.findings import Finding, has_errors
from workbook_builder.form.model import Form
from workbook_builder.form.rules import Catalogue
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

ADVICE = "请用 Excel 打开模板，去掉打开密码，另存为“Excel 工作簿(.xlsx)”后再试。"
TEMPLATES_KEPT = 8
NO_FORM = Form("", "", {}, {}, ())
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
    findings = too_large_when_merged(_reading(data, file))
    if findings:
        return NO_FORM, tuple(findings), None
    book = _open(data, file)
    findings += too_large_when_drawn(book.worksheets)
    for title in (FIELDS_SHEET, CHOICES_SHEET):
        if title not in [sheet.title for sheet in book.worksheets]:
            message = f"模板缺少「{title}」表，请按模板说明补上这张表。"
            findings.append(Finding(TEMPLATE_SHEET_MISSING, "error", title, None, None, message))
    if findings:
        return NO_FORM, tuple(findings), None
    form, places = _form(book, findings)
    return form, tuple(findings), places


def _form(book: Workbook, findings: list[Finding]) -> tuple[Form, Mapping[str, Place]]:
    """The form, and where sheet 字段 names each key; mistakes go to `findings` as they are met."""
    sheet = book[FIELDS_SHEET]
    settings = read_settings(sheet, findings)
    lists = read_lists(book[CHOICES_SHEET], findings)
    fields, places = read_fields(sheet, lists, findings)
    repeated = settings.get(REPEATED, "")
    drawn = (source for source in book.worksheets if source.title not in (FIELDS_SHEET, CHOICES_SHEET))
    sheets = tuple(read_sheet(cast(Worksheet, source), repeated, fields, findings) for source in drawn)
    if repeated and repeated not in [sheet.title for sheet in sheets]:
        where = Place(FIELDS_SHEET, SETTINGS.index(REPEATED) + 1, 2)
        sentence = f"模板中没有名为“{repeated}”的工作表，请改成申报表的表名。"
        findings.append(template_finding(TEMPLATE_FORM_SHEET_MISSING, where, None, sentence, repeated))
    total = read_weight_total(sheet, findings)
    return Form(settings.get("表单编号", ""), settings.get("版本", ""), fields, lists, sheets, total), places


def _loaded(data: bytes) -> Workbook:
    with warnings.catch_warnings(action="ignore"):  # of parts that a form does not need
        return load_workbook(io.BytesIO(data))


def _reading(data: bytes, file: str) -> Reading:
    """The template as units' files are read, within limits. Raises UnreadableError, with advice for those who draw forms."""
    try:
        return read_workbook(data, file)
    except UnreadableError as error:
        raise _with_advice(error) from error


def _open(data: bytes, file: str) -> Workbook:
    """The template's workbook. Raises UnreadableError."""
    try:
        book = _loaded(data)
        if book.loaded_theme:  # handed on as it is, into workbooks that are parsed part by part
            etree.fromstring(book.loaded_theme)
        return book
    except Exception as error:  # what zip and XML readers raise for a broken file has no common class
        raise _with_advice(corrupt(file, "模板的内容无法读取")) from error


def _with_advice(error: UnreadableError) -> UnreadableError:
    what = error.finding.message.partition("请")[0]  # the advice behind it is meant for units
    return UnreadableError(error.finding._replace(message=what + ADVICE))


_READ: dict[bytes, Read] = {}
