"""What stands outside the form's cells: it counts for nothing, so it is said, and the return copy keeps it."""

from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from tests.helpers import Issued, changed, family, is_chinese_sentence, only_values, rules, saved, single
from tests.loaded import opened
from workbook_builder.findings import Finding
from workbook_builder.judge.check import check

pytestmark = pytest.mark.slow

ADDED, EXTRA = "structure.sheet_added", "structure.extra_content"


def outside(form: Issued, data: bytes) -> list[Finding]:
    result = check(data, "交回.xlsx", form.desk)
    assert result.status == "accepted"
    return [finding for finding in result.findings if finding.rule in (ADDED, EXTRA)]


def worked_on(data: bytes, work: Callable[[openpyxl.Workbook], Any]) -> bytes:
    book = opened(data)
    work(book)
    return saved(book)


def test_workbook_as_filled__has_nothing_outside(with_sub: Issued) -> None:
    filled = with_sub.filled(family())
    for data in (filled, saved(opened(filled)), only_values(filled)):
        assert outside(with_sub, data) == []


@pytest.mark.parametrize("address", ["Q8", "A200", "ZZ3"])
@pytest.mark.parametrize("content", ["其中含上年未付款 20000 元", 20000, True])
def test_content_beside_the_form__is_quoted_with_its_cell(alone: Issued, address: str, content: object) -> None:
    (finding,) = outside(alone, changed(alone.filled(single()), {("申报表", address): content}))
    assert (finding.rule, finding.severity, finding.sheet, finding.cell) == (EXTRA, "warning", "申报表", address)
    assert f"「申报表」表 {address}：" in finding.message
    assert finding.value
    assert is_chinese_sentence(finding.message)


def test_many_cells_beside_the_form__are_one_finding_with_their_number(alone: Issued) -> None:
    cells = {("申报表", f"Q{row}"): f"备注{row}" for row in range(3, 12)}
    (finding,) = outside(alone, changed(alone.filled(single()), cells))
    assert "等 9 处" in finding.message


def test_hundreds_of_cells_beside_the_form__are_counted_and_told_by_their_first_2000_characters(alone: Issued) -> None:
    def write(book: openpyxl.Workbook) -> None:
        for row in range(3, 703):
            book["申报表"][f"Q{row}"] = f"备注{row}"
        book["申报表"]["B3"].comment = Comment("这个数还要改", "张三")

    (finding,) = outside(alone, worked_on(alone.filled(single()), write))
    assert "「申报表」表 Q3：" in finding.message
    assert "等 701 处" in finding.message
    assert "Q7“备注7”" in finding.message.replace("写在填报单元格以外的内容", "")
    assert "Q8" not in finding.message
    assert finding.value == "\n".join(f"备注{row}" for row in range(3, 703))[:2000]


def test_blanks_beside_the_form__are_nothing(alone: Issued) -> None:
    assert outside(alone, changed(alone.filled(single()), {("申报表", "Q8"): "  "})) == []


def test_sheet_of_the_units_own__is_named(alone: Issued) -> None:
    def add(book: openpyxl.Workbook) -> None:
        book.create_sheet("测算明细")["B2"] = 20000

    (finding,) = outside(alone, worked_on(alone.filled(single()), add))
    assert (finding.rule, finding.severity, finding.sheet) == (ADDED, "warning", "测算明细")
    assert "「测算明细」" in finding.message
    assert is_chinese_sentence(finding.message)


def test_sheet_copied_by_hand__is_one_finding_and_counts_for_nothing(with_sub: Issued) -> None:
    def copy(book: openpyxl.Workbook) -> None:
        book.copy_worksheet(book["01 书记工作室"]).title = "01 书记工作室 (2)"

    filled = with_sub.filled(family())
    (finding,) = outside(with_sub, worked_on(filled, copy))
    assert (finding.rule, finding.sheet) == (ADDED, "01 书记工作室 (2)")
    before, after = (check(data, "a.xlsx", with_sub.desk) for data in (filled, worked_on(filled, copy)))
    assert after.declaration == before.declaration


def test_hidden_empty_sheet_of_a_program__is_nothing(alone: Issued) -> None:
    def add(book: openpyxl.Workbook) -> None:
        book.create_sheet("WpsReserved_CellImgList").sheet_state = "veryHidden"

    assert outside(alone, worked_on(alone.filled(single()), add)) == []


def test_comment__is_quoted_with_its_author(alone: Issued) -> None:
    def comment(book: openpyxl.Workbook) -> None:
        book["申报表"]["B3"].comment = Comment("这个数还要改", "张三")

    (finding,) = outside(alone, worked_on(alone.filled(single()), comment))
    assert (finding.rule, finding.cell) == (EXTRA, "B3")
    assert "批注（张三）“这个数还要改”" in finding.message


def test_rows_inserted_above__move_the_form_and_leave_nothing_outside(alone: Issued) -> None:
    def insert(book: openpyxl.Workbook) -> None:
        sheet = book["申报表"]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet.insert_rows(5, 2)

    result = check(worked_on(alone.filled(single()), insert), "交回.xlsx", alone.desk)
    assert EXTRA not in rules(result)
