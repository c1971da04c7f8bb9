"""What a template asks for and no workbook could hold is refused by its cell, by every command, before anything goes out."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from openpyxl.workbook import Workbook

from tests.helpers import collection_of, is_chinese_sentence, project, saved
from tests.loaded import opened
from workbook_builder.blank.template_check import check_template
from workbook_builder.collection.generate import generate
from workbook_builder.errors import ContentError
from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow

HEADERS = ("字段", "名称", "类型", "来源", "必填", "选项")
MARKER = "{{{{{}}}}}"


def added(book: Workbook, key: str, kind: str, *, choices: str = "", required: str = "", cell: str = "D20") -> None:
    """A field more, and its marker on 填表说明."""
    sheet = book["字段"]
    (header,) = [cells for cells in sheet.iter_rows(max_row=20) if cells[0].value == "字段"]
    columns = {str(cell.value): cell.column or 0 for cell in header}
    row = sheet.max_row + 1
    for name, word in zip(HEADERS, (key, "另加的", kind, "填报", required, choices), strict=True):
        sheet.cell(row, columns[name]).value = word or None
    book["填表说明"][cell] = MARKER.format(key)
    book["填表说明"].print_area = "A1:F40"


def table_rows(book: Workbook) -> list[int]:
    return [
        cell.row or 0 for cells in book["申报表"].iter_rows() for cell in cells if cell.value == "{{indicators.name}}"
    ]


def with_column(book: Workbook, kind: str, *, choices: str = "", required: str = "") -> None:
    added(book, "indicators.note", kind, choices=choices, required=required)
    book["填表说明"]["D20"] = None
    for row in table_rows(book):
        book["申报表"].cell(row, 9).value = "{{indicators.note}}"
    book["申报表"].print_area = "A1:I47"


def table_twice_in_a_row(book: Workbook) -> None:
    for row in table_rows(book):
        for column, name in enumerate(("name", "comparator", "target", "unit"), start=9):
            book["申报表"].cell(row, column).value = MARKER.format(f"indicators.{name}")
    book["申报表"].print_area = "A1:L47"


def table_on_a_second_sheet(book: Workbook) -> None:
    sheet = book.create_sheet("指标二")
    for row in (3, 4):
        names = ("level1:产出指标", "level2:数量指标", "name", "comparator", "target", "unit")
        for column, name in enumerate(names, start=1):
            sheet.cell(row, column).value = MARKER.format(f"indicators.{name}")


def table_on_another_sheet_only(book: Workbook) -> None:
    table_on_a_second_sheet(book)
    for cells in book["申报表"].iter_rows():
        for cell in cells:
            if isinstance(cell.value, str) and cell.value.startswith("{{indicators."):
                cell.value = None


UNHELD: Mapping[str, tuple[Callable[[Workbook], None], str, str, str]] = {
    "table twice in a row": (table_twice_in_a_row, "template.marker_twice", "申报表", "I15"),
    "table on a second sheet": (table_on_a_second_sheet, "template.marker_twice", "字段", "A23"),
    "table on another sheet": (table_on_another_sheet_only, "template.table_misplaced", "字段", "A23"),
    **{
        f"own column of type {kind}": (
            partial(with_column, kind=kind, choices="项目类别" if kind in ("选项", "单位") else ""),
            "template.column_unknown",
            "字段",
            "A37",
        )
        for kind in ("文本", "长文本", "选项", "金额", "日期", "单位", "指标值")
    },
    "required text column": (partial(with_column, kind="文本", required="是"), "template.column_unknown", "字段", "A37"),
    **{
        f"{kind} with a list": (
            partial(added, key="leader", kind=kind, choices=choices),
            "template.list_needless",
            "字段",
            "F37",
        )
        for kind in ("文本", "长文本", "金额", "日期")
        for choices in ("没有的", "项目类别")
    },
    **{
        f"{kind} outside the table": (
            partial(added, key="leader", kind=kind, choices="计量单位" if kind in ("符号", "单位") else ""),
            "template.type_misplaced",
            "字段",
            "A37",
        )
        for kind in ("符号", "指标值", "单位", "数值")
    },
    "choice of a list that is not there": (
        partial(added, key="leader", kind="选项", choices="没有的"), "template.list_missing", "字段", "F37",
    ),
}  # fmt: skip


def template_with(change: Callable[[Workbook], None]) -> bytes:
    book = opened(packaged_template())
    change(book)
    return saved(book)


@pytest.mark.parametrize("name", UNHELD)
def test_what_no_workbook_can_hold__is_refused_by_its_cell_before_anything_goes_out(name: str, tmp_path: Path) -> None:
    change, rule, sheet, cell = UNHELD[name]
    data = template_with(change)
    findings = check_template(data, "模板.xlsx", packaged_catalogue())
    assert (rule, "error", sheet, cell) in {(f.rule, f.severity, f.sheet, f.cell) for f in findings}
    assert all(is_chinese_sentence(finding.message) for finding in findings)
    collection = collection_of(tmp_path / "任务", project(), template=data)
    with pytest.raises(ContentError) as caught:
        generate(collection, packaged_catalogue())
    assert caught.value.findings == findings
    assert list(collection.outgoing.iterdir()) == []


def checked(change: Callable[[Workbook], None]) -> tuple[Finding, ...]:
    return check_template(template_with(change), "模板.xlsx", packaged_catalogue())


def test_template_as_packaged_and_with_a_choice_more__has_no_mistake() -> None:
    assert check_template(packaged_template(), "模板.xlsx", packaged_catalogue()) == ()
    assert checked(partial(added, key="leader", kind="选项", choices="项目类别")) == ()
    assert checked(partial(added, key="leader", kind="文本", required="是")) == ()
