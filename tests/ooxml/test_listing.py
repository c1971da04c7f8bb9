"""Every list: its head stays in sight, can be filtered, is repeated on paper; nothing in it is cut off."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.loaded import opened
from tests.looks import cut_off, widths
from workbook_builder.ooxml.heights import line_units
from workbook_builder.ooxml.listing import Column, Link, Listing, list_workbook

NAME = "某区某某街道社区平安综合治理服务办公室（信访接待室）"
COLUMNS = (
    Column("单位", 20), Column("文件", 20, "link"), Column("年度资金申请总额", 5, "amount"), Column("日期", 5, "date"),
    Column("子项目数", 5, "whole"), Column("校验", 12, "code"),
)  # fmt: skip
ROWS = (
    (NAME, Link("下发/甲.xlsx", f"{NAME}.xlsx"), Decimal("123456789012.34"), datetime.date(2022, 1, 31), 3, "9f" * 32),
    ("甲", None, None, None, None, None),
)


def listed(printed: int | None = None) -> Any:
    return opened(list_workbook(Listing("清单", "一行一个。", COLUMNS, ROWS, printed)))["清单"]


def test_head__stays_in_sight_is_filtered_and_repeated_on_each_numbered_page() -> None:
    sheet = listed()
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A4", "A3:F5", "$3:$3")
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToWidth or 1, page.fitToHeight) == ("landscape", 9, 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert "&P" in sheet.oddFooter.center.text


def test_nothing__is_cut_off() -> None:
    sheet = listed()
    assert cut_off(sheet) == []
    assert sheet.row_dimensions[4].height > sheet.row_dimensions[5].height


def test_columns__are_as_wide_as_their_contents_and_texts_no_wider_than_told() -> None:
    unit, _, amount, _, _, code = widths(listed())
    assert [unit, code] == pytest.approx([20, 12], abs=0.1)
    assert amount == pytest.approx(line_units("123,456,789,012.34", 10), abs=0.1)


@pytest.mark.parametrize(("printed", "area"), [(None, None), (3, "'清单'!$A$1:$C$5")])
def test_columns_that_are_not_for_paper__are_left_out_of_the_print(printed: int | None, area: str | None) -> None:
    assert (listed(printed).print_area or None) == area
