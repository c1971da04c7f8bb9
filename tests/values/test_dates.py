"""What people type into dates."""

import datetime as dt

import pytest

from tests.values.typed import YES, error, number, only_rule, typed
from workbook_builder.cells import Cell
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import Normalised

JANUARY_FIRST = dt.date(2022, 1, 1)


@pytest.mark.parametrize(
    ("digits", "day"),
    [
        ("44562", JANUARY_FIRST),
        ("44562.99", JANUARY_FIRST),
        ("32874", dt.date(1990, 1, 1)),
        ("73415.5", dt.date(2100, 12, 31)),
    ],
)
@pytest.mark.parametrize("is_date", [True, False])
def test_date_serial_number__is_its_day_without_a_problem(digits: str, day: dt.date, *, is_date: bool) -> None:
    assert date(number(digits, is_date=is_date)) == Normalised(day)


@pytest.mark.parametrize(
    "cell",
    [
        typed("2022-01-01"),
        typed("2022/1/1"),
        typed("2022.1.1"),
        typed("2022。1。1"),
        typed("2022年1月1日"),
        typed("2022 年 1 月 1 日"),
        typed("２０２２－０１－０１"),
        typed("2022–1–1"),
        typed("20220101"),
        typed("44562"),
        typed("2022-01-01 00:00:00"),
        typed("2022-01-01T00:00:00.000"),
        typed("2022年1月1日00:00"),
        number("20220101"),
    ],
)
def test_date_however_typed__is_a_date_with_a_warning(cell: Cell) -> None:
    result = date(cell)
    assert (result.value, result.failed, only_rule(result)) == (JANUARY_FIRST, False, "date.normalised")
    assert result.problems[0].expected == "2022-01-01"


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        (typed("2022-02-30"), "没有这一天"),
        (typed("2022.13.1"), "没有这一天"),
        (typed("2022年0月1日"), "没有这一天"),
        (number("20221301"), "没有这一天"),
        (typed("1989-12-31"), "1990 年至 2100 年"),
        (typed("22-1-1"), "年份请写四位"),
        (typed("22年1月1日"), "年份请写四位"),
        (typed("2022年底"), "年月日齐全"),
        (typed("2022年1月"), "年月日齐全"),
        (typed("2022-01-0 1"), "年月日齐全"),
        (typed("12345"), "年月日齐全"),
        (number("2022.1"), "年月日齐全"),
        (number("32873"), "年月日齐全"),
        (number("73416"), "年月日齐全"),
        (number("-1"), "年月日齐全"),
        (number("Infinity"), "年月日齐全"),
        (YES, "年月日齐全"),
        (error("#REF!"), "年月日齐全"),
    ],
)
def test_date_that_is_none__is_an_error_that_says_what_to_do(cell: Cell, advice: str) -> None:
    result = date(cell)
    assert (result.value, result.failed, only_rule(result)) == (None, True, "date.invalid")
    assert advice in result.problems[0].sentence
    assert "如 2022-01-01。" in result.problems[0].sentence
