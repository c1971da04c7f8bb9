"""Columns become as wide as what stands in them, never narrower than their headers, and texts wrap at their limits."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook_builder.ooxml.fitting import FILTER_BUTTON_UNITS, FittedColumns
from workbook_builder.ooxml.heights import line_units, may_exceed, text_points

ONE_LINE = text_points("", 10, 10)
TEXTS = st.text(string.ascii_letters + string.digits + "，。绩效目标（）", min_size=1, max_size=300)


def fitted(header: str, limit: float | None, *texts: str) -> float:
    columns = FittedColumns([header], [limit])
    for text in texts:
        columns.see([text], str)
    (width,) = columns.widths
    return width


@given(TEXTS)
def test_width_of_a_line__is_what_the_text_needs_and_little_more(text: str) -> None:
    width = line_units(text, 10)
    assert text_points(text, width, 10) == ONE_LINE
    assert text_points(text, width - 0.3, 10) > ONE_LINE


@given(st.text(max_size=60), st.floats(0, 200))
def test_text_that_may_not_exceed_a_width__does_not(text: str, width: float) -> None:
    assert may_exceed(text, 10, width) or line_units(text, 10) <= width


def test_width_of_several_paragraphs__is_that_of_the_longest() -> None:
    assert line_units("项目\n年度资金申请总额\n元", 10) == line_units("年度资金申请总额", 10)


def test_column__is_as_wide_as_its_widest_text_up_to_its_limit() -> None:
    name = "社区文化活动系列展演"
    assert fitted("项目", 40, "培训", name, "") == line_units(name, 10)
    assert fitted("项目", 14, "培训", name) == 14


def test_column_of_amounts__has_no_limit() -> None:
    assert fitted("金额", None, "123,456,789,012.00") == line_units("123,456,789,012.00", 10)


@pytest.mark.parametrize("limit", [2, None])
def test_header_and_its_button__fit_whatever_stands_below(limit: float | None) -> None:
    assert fitted("联系人", limit) == line_units("联系人", 10) + FILTER_BUTTON_UNITS


def test_long_header__takes_two_lines_and_its_row_is_high_enough() -> None:
    short, long = FittedColumns(["单位编码"], [None]), FittedColumns(["年度资金申请总额（元）"], [None])
    assert long.widths[0] < line_units("年度资金申请总额（元）", 10)
    assert long.header_points > short.header_points > ONE_LINE
    assert long.header_points == text_points("年度资金申请总额（元）", long.widths[0], 10)
