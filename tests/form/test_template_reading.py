"""What is wrong with a template is said by sheet and cell, one finding for each mistake."""

import io
import zipfile
from collections.abc import Callable

import msoffcrypto.format.ooxml
import pytest
from openpyxl.workbook import Workbook

from tests.helpers import changed, is_chinese_sentence, packaged, saved
from tests.loaded import opened
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import Template, load_template, read_template
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow

FORM, FIELDS, LISTS, SUMMARY, CHECK = "申报表", "字段", "选项", "子项目资金汇总", "自检"
GUIDE = "填表说明"


def read(data: bytes) -> Template:
    return read_template(data, "模板.xlsx", packaged_catalogue())


def findings_with(*cells: tuple[str, str, object]) -> tuple[Finding, ...]:
    """The findings of the packaged template with these cells changed."""
    return read(changed(packaged_template(), {(sheet, cell): value for sheet, cell, value in cells})).findings


def findings_after(change: Callable[[Workbook], None]) -> tuple[Finding, ...]:
    book = opened(packaged_template())
    change(book)
    return read(saved(book)).findings


def where(findings: tuple[Finding, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(finding.rule.removeprefix("template."), finding.sheet, finding.cell) for finding in findings]


def rename_guide(title: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[GUIDE].title = title

    return change


@pytest.mark.parametrize("title", ["退回意见", "meta"])
def test_title_that_workbooks_have_for_a_sheet_of_their_own__is_refused(title: str) -> None:
    (finding,) = findings_after(rename_guide(title))
    assert (finding.rule, finding.sheet, finding.value) == ("template.title_taken", title, title)
    assert is_chinese_sentence(finding.message)


def add_line(*values: str) -> Callable[[Workbook], None]:
    """One more line of sheet 字段, in row 37."""

    def change(book: Workbook) -> None:
        for column, value in enumerate(values, start=1):
            book[FIELDS].cell(37, column).value = value

    return change


def without_sheet(title: str) -> Callable[[Workbook], None]:
    return lambda book: book.remove(book[title])


def test_packaged_template__has_no_findings() -> None:
    assert read(packaged_template()).findings == ()


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "rule", "key", "words"),
    [
        (FORM, "C5", "{{phones}}", "unknown_key", "phones", "{{phones}} 不是「字段」表中的字段"),
        (SUMMARY, "I5", "{{sum.phones}}", "unknown_key", "sum.phones", "{{sum.phones}}"),
        (FORM, "C5", "{{project_name}}", "marker_twice", "project_name", "已在 B3 写过"),
        (FORM, "A3", "{{项目名称", "marker_malformed", None, "左右各两个花括号"),
        (FORM, "A3", "项目名称}}", "marker_malformed", None, "左右各两个花括号"),
        (FORM, "A2", "（{{fiscal_year}}年度{{）", "marker_malformed", None, "左右各两个花括号"),
        (FORM, "B3", "名称：{{project_name}}", "marker_with_text", "project_name", "应单独占一格"),
        (FIELDS, "F7", "类别", "list_missing", "project_category", "没有名为“类别”的列"),
        (FIELDS, "F7", None, "list_missing", "project_category", "没有名为“（空）”的列"),
        (FIELDS, "F26", "别的", "list_missing", "indicators.unit", "没有名为“别的”的列"),
        (FIELDS, "C6", "文字", "type_unknown", "project_name", "没有“文字”这种类型，可用：文本、长文本、金额"),
        (FIELDS, "C6", None, "type_unknown", "project_name", "没有“”这种类型"),
        (FIELDS, "D6", "手填", "source_unknown", "project_name", "没有“手填”这种来源，可用：填报、名册、公式"),
        (FIELDS, "C14", "文本", "type_differs", "total_fiscal", "类型应为“金额”，现为“文本”"),
        (FIELDS, "C25", "金额", "type_differs", "indicators.target", "类型应为“指标值”，现为“金额”"),
        (FIELDS, "G6", "八十", "limit_invalid", "project_name", "应为整数，现为“八十”"),
        (FIELDS, "G6", 80.5, "limit_invalid", "project_name", "现为“80.5”"),
        (FIELDS, "G6", "²", "limit_invalid", "project_name", "现为“²”"),
    ],
)
def test_one_cell_wrong__is_reported_once_at_that_cell(
    sheet: str, cell: str, value: object, rule: str, key: str | None, words: str
) -> None:
    (finding,) = findings_with((sheet, cell, value))
    assert (finding.rule, finding.severity, finding.key) == (f"template.{rule}", "error", key)
    assert (finding.sheet, finding.cell) == (sheet, cell)
    assert finding.message.startswith(f"「{sheet}」表 {cell}：")
    assert words in finding.message
    assert is_chinese_sentence(finding.message)


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "rule", "found_at", "words"),
    [
        (GUIDE, "A1", "{{project_name}}", "marker_twice", "A6", "写在了几张表上"),
        (FORM, "D11", None, "marker_missing", "A22", "请在它的单元格写 {{annual_goal}}"),
        (FIELDS, "D34", "公式", "formula_unknown", "A34", "没有计算字段“filler”的公式"),
        (SUMMARY, "D4", None, "summary_missing", "A14", "{{sub_projects.total_fiscal}}"),
        (FIELDS, "B1", None, "setting_missing", "B1", "缺少“表单编号”"),
        (FIELDS, "B2", " ", "setting_missing", "B2", "缺少“版本”"),
        (FIELDS, "A3", "重复", "setting_missing", "B3", "缺少“按子项目重复的表”"),
        (FIELDS, "B3", "申报", "form_sheet_missing", "B3", "没有名为“申报”的工作表"),
        (FIELDS, "B3", LISTS, "form_sheet_missing", "B3", "没有名为“选项”的工作表"),
        (FIELDS, "A5", "键", "header_missing", "A5", "找不到标题行"),
        (FIELDS, "D5", "出处", "header_missing", "A5", "标题行缺少列“来源”"),
    ],
)
def test_mistake_that_shows_in_the_whole__is_reported_on_sheet_fields(
    sheet: str, cell: str, value: object, rule: str, found_at: str, words: str
) -> None:
    found = [f for f in findings_with((sheet, cell, value)) if f.rule != "template.summary_unknown"]
    assert where(tuple(found)) == [(rule, FIELDS, found_at)]
    assert words in found[0].message
    assert is_chinese_sentence(found[0].message)


def test_total_without_its_column_on_the_summary__is_reported_at_the_total() -> None:
    (missing, unknown) = findings_with((SUMMARY, "D4", None))
    assert missing.key == "total_fiscal"
    assert (unknown.rule, unknown.sheet, unknown.cell) == ("template.summary_unknown", SUMMARY, "D5")


@pytest.mark.parametrize("marker", ["{{sub_projects.filler}}", "{{sub_projects.indicators.name}}"])
def test_summary_marker_that_no_form_can_fill__is_reported_at_its_cell(marker: str) -> None:
    assert where(findings_with((SUMMARY, "B4", marker))) == [("summary_unknown", SUMMARY, "B4")]


def test_empty_list__is_reported_under_its_name() -> None:
    findings = findings_with(*((LISTS, f"A{row}", None) for row in (2, 3, 4)))
    assert where(findings) == [("list_empty", LISTS, "A2")]
    assert "选项“项目类别”没有内容" in findings[0].message


def test_column_of_sheet_lists_without_a_name__is_no_list() -> None:
    template = read(changed(packaged_template(), {(LISTS, "E2"): "备注"}))
    assert template.findings == ()
    assert list(template.form.lists) == ["项目类别", "符号", "计量单位"]


def test_line_of_sheet_fields_without_a_key__is_no_field() -> None:
    assert findings_after(add_line("", "备注", "没有的类型")) == ()


def test_key_written_twice_on_sheet_fields__is_reported_at_the_second_line() -> None:
    findings = findings_after(add_line("filler", "填表人", "文本", "填报", "否"))
    assert where(findings) == [("key_twice", FIELDS, "A37")]
    assert "已在 A34 写过" in findings[0].message


@pytest.mark.parametrize("key", ["填表人", "Filler", "a.b.c", "2nd", "filler name"])
def test_key_that_is_no_key__is_reported_at_its_line(key: str) -> None:
    findings = findings_with((FIELDS, "A34", key), (GUIDE, "B9", f"{{{{{key}}}}}"))
    assert where(findings) == [("key_malformed", FIELDS, "A34")]


def test_marker_on_no_sheet__names_the_key_of_each_field() -> None:
    findings = findings_after(add_line("site", "地点", "文本", "填报", "否"))
    assert [(finding.rule, finding.cell, finding.key) for finding in findings] == [
        ("template.marker_missing", "A37", "site")
    ]


def test_roster_value_that_the_roster_does_not_have__is_reported_at_its_source() -> None:
    findings = findings_with((FIELDS, "D34", "名册"))
    assert where(findings) == [("source_invalid", FIELDS, "D34")]


def test_required_that_is_neither_yes_nor_no__is_reported_at_its_cell() -> None:
    assert where(findings_with((FIELDS, "E34", "必填"))) == [("required_invalid", FIELDS, "E34")]


def test_row_without_markers_inside_the_table__is_reported() -> None:
    findings = findings_with(*((FORM, f"{column}20", None) for column in "DEFG"))
    assert where(findings) == [("table_row", FORM, "A20")]


@pytest.mark.parametrize("title", [FIELDS, LISTS])
def test_sheet_fields_or_lists_missing__is_the_only_finding(title: str) -> None:
    assert where(findings_after(without_sheet(title))) == [("sheet_missing", title, None)]


def test_indicator_row_without_one_of_its_cells__is_reported_at_the_row() -> None:
    findings = findings_with((FORM, "D20", None), (FORM, "F20", None))
    assert where(findings) == [("table_row", FORM, "E20")]
    assert "{{indicators.name}}、{{indicators.target}}" in findings[0].message


@pytest.mark.parametrize("value", ["服务对象满意度指标", "{{indicators.level2}}", None])
def test_level_without_its_marker__is_reported_for_each_of_its_rows(value: str | None) -> None:
    findings = findings_with((FORM, "C41", value))
    assert where(findings) == [("table_level", FORM, "D41"), ("table_level", FORM, "D42")]


def test_print_area_that_cuts_the_form__is_reported_once_at_the_first_marker_outside() -> None:
    def cut(book: Workbook) -> None:
        book[FORM].print_area = "A1:G36"

    findings = findings_after(cut)
    assert [(f.rule, f.sheet) for f in findings] == [("template.outside_print_area", FORM)]
    assert findings[0].cell == "B32"  # 效益指标 stands in merged cells that reach below row 36


def test_marker_right_of_the_print_area__is_reported_at_its_cell() -> None:
    assert where(findings_with((GUIDE, "B9", None), (GUIDE, "D3", "{{filler}}"))) == [
        ("outside_print_area", GUIDE, "D3")
    ]


def test_sheet_without_a_print_area__ends_at_its_last_cell() -> None:
    book = opened(packaged_template())
    book[FORM].print_area = None
    template = read(saved(book))
    assert template.findings == ()
    assert (template.form.form_sheet.last_row, template.form.form_sheet.last_column) == (42, 7)


def test_self_check_sheet_missing__is_reported() -> None:
    (finding,) = findings_after(without_sheet(CHECK))
    assert (finding.rule, finding.sheet) == ("template.check_missing", None)
    assert "{{check.banner}}" in finding.message


def test_self_check_without_one_of_its_places__is_reported_by_the_marker() -> None:
    (finding,) = findings_with((CHECK, "A2", None))
    assert (finding.rule, finding.sheet, finding.key) == ("template.check_missing", CHECK, "check.banner")


def test_template_with_a_mistake__cannot_be_loaded() -> None:
    data = changed(packaged_template(), {(FIELDS, "C6"): "文字"})
    with pytest.raises(ContentError, match=r"模板“甲\.xlsx”有错误，请先改正。") as caught:
        load_template(data, "甲.xlsx", packaged_catalogue())
    assert [finding.rule for finding in caught.value.findings] == ["template.type_unknown"]


def test_fields__are_read_with_all_their_columns() -> None:
    field = packaged().form.fields["project_category"]
    assert field.label == "项目类别"
    assert (field.type, field.source, field.is_required, field.choices) == ("choice", "roster", True, "项目类别")
    assert (field.limit, field.prompt) == (None, "从下拉列表中选择。")
    assert packaged().form.fields["overall_goal"].limit == 1000


def encrypted(data: bytes) -> bytes:
    target = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(data)).encrypt("密码", target)
    return target.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """The packaged template with one part of the package replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packaged_template())) as source, zipfile.ZipFile(target, "w") as copy:
        for part in source.namelist():
            copy.writestr(part, content if part == name else source.read(part))
    return target.getvalue()


def plain_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("说明.txt", "模板")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        (b"", "file.not_a_workbook", "是空的"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "file.not_a_workbook", "PNG 图片"),
        (plain_zip(), "file.not_a_workbook", "普通压缩包"),
        (encrypted(packaged_template()), "file.encrypted", "打开密码"),
        (packaged_template()[:-2000], "file.corrupt", "已损坏"),
        (with_part("xl/worksheets/sheet3.xml", b"<worksheet><sheetData>"), "file.corrupt", "已损坏"),
        (with_part("xl/styles.xml", b"<styleSheet/>"), "file.corrupt", "已损坏"),
        (with_part("xl/theme/theme1.xml", b"<theme"), "file.corrupt", "已损坏"),
    ],
    ids=["empty", "png", "zip", "encrypted", "truncated", "broken sheet", "empty styles", "broken theme"],
)
def test_file_that_is_no_readable_workbook__is_unreadable_with_the_right_rule(
    data: bytes, rule: str, words: str
) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(data)
    finding = caught.value.finding
    assert (finding.rule, finding.severity) == (rule, "error")
    assert "模板.xlsx" in finding.message
    assert words in finding.message
    assert is_chinese_sentence(finding.message)


def test_field_that_a_formula_needs_taken_out__is_reported_at_the_computed_field() -> None:
    findings = findings_with(
        (FIELDS, "A19", None), (FORM, "E9", None), (SUMMARY, "I4", None), (SUMMARY, "I5", None)
    )  # annual_other
    assert where(findings) == [("formula_needs", FIELDS, "A16")]
    assert "annual_other" in findings[0].message


def test_template_read_again__is_not_loaded_again_but_judged_by_its_own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    data = changed(packaged_template(), {(FIELDS, "B2"): "2022.7"})
    first = read(data)
    monkeypatch.setattr("workbook_builder.form.template_reading.read_workbook", None)
    monkeypatch.setattr("openpyxl.load_workbook", None)
    assert read_template(data, "另一个名字.xlsx", packaged_catalogue()) == first
    without_links = read_template(data, "模板.xlsx", packaged_catalogue()._replace(links=()))
    assert {finding.rule for finding in without_links.findings} == {"template.formula_unknown"}


def test_book_of_a_template__is_its_own_each_time() -> None:
    template = packaged()
    template.book()[FORM]["A1"] = "改过"
    assert template.book()[FORM]["A1"].value != "改过"
