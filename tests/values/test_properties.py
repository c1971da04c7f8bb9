"""Whatever a cell holds: no exception, at most one problem for one thing, and a value that is read again unchanged."""

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.indicators import IndicatorValues, indicator
from workbook_builder.values.normalised import Normalised, Problem
from workbook_builder.values.numbers import amount_text, decimal_text
from workbook_builder.values.quantities import COMPARATORS
from workbook_builder.values.serials import serial as day_number
from workbook_builder.values.texts import choice, text

SIGNS = "0123456789.,-/=+()<>&;%‰ \n\u3000年月日元次场人万亿十五两％约前底Oo¥"
LONGER = (
    "<p>",
    "</p>",
    "<br>",
    "&lt;",
    "&gt;",
    "&amp;",
    "&nbsp;",
    "&#60;",
    "90",
    "1,200",
    "百分之",
    "二十",
    "左右",
    "明显",
)
FRAGMENTS = st.sampled_from([*SIGNS, *LONGER, *COMPARATORS, "经常性项目", "A1", "SUM("])
ASSEMBLED = st.lists(FRAGMENTS, max_size=8).map("".join)

WORDS = st.one_of(st.text(st.characters(exclude_categories=()), max_size=30), ASSEMBLED)
CHOICES = st.lists(st.one_of(st.text(st.characters(codec="utf-8"), max_size=30), ASSEMBLED), max_size=3)
NUMBERS = st.one_of(
    st.decimals(),
    st.decimals(min_value=0, max_value=10**7, places=2),
    st.integers(20_000, 80_000).map(Decimal),
    st.floats(0, 10**9).map(lambda value: Decimal(repr(value))),
)
CELLS = st.one_of(
    st.just(EMPTY),
    st.builds(Cell, WORDS, st.just("text")),
    st.builds(Cell, NUMBERS, st.just("number"), is_percent=st.booleans(), is_date=st.booleans()),
    st.builds(Cell, st.booleans(), st.just("boolean")),
    st.builds(Cell, st.sampled_from(["#N/A", "#REF!", "#DIV/0!"]), st.just("error"), st.one_of(st.none(), WORDS)),
    st.builds(Cell, NUMBERS, st.just("number"), WORDS, is_percent=st.booleans()),
)


def typed(value: str | Decimal | None) -> Cell:
    """A normalised value, put back into a cell."""
    if value is None:
        return EMPTY
    return Cell(value, "text" if isinstance(value, str) else "number")


def assert_sentence(problem: Problem) -> None:
    assert problem.sentence.endswith("。")
    assert problem.sentence.encode(), "a console can print it"


def assert_contract(result: Normalised[Any]) -> None:
    """One problem at most; refused cells have no value and a reason."""
    assert len(result.problems) <= 1
    assert not result.failed or (result.value is None and result.problems)
    for problem in result.problems:
        assert_sentence(problem)


@given(CELLS)
def test_any_amount__is_a_stable_value_or_one_problem(cell: Cell) -> None:
    result = amount(cell)
    assert_contract(result)
    if result.value is not None:
        assert amount(typed(result.value)) == Normalised(result.value)
        assert Decimal(amount_text(result.value)) == result.value >= 0


@given(CELLS)
def test_any_date__is_a_stable_value_or_one_problem(cell: Cell) -> None:
    result = date(cell)
    assert_contract(result)
    if result.value is not None:
        serial = Decimal(day_number(result.value))
        assert date(Cell(serial, "number", is_date=True)) == Normalised(result.value)


@given(CELLS, CHOICES)
def test_any_choice__is_a_stable_value_or_one_problem(cell: Cell, choices: list[str]) -> None:
    result = choice(cell, choices)
    assert_contract(result)
    if result.value is not None:
        assert result.value in choices
        assert choice(typed(result.value), choices) == Normalised(result.value)


@given(cell=CELLS, squeeze=st.booleans())
def test_any_text__is_a_stable_value_or_one_problem(cell: Cell, *, squeeze: bool) -> None:
    result = text(cell, squeeze=squeeze)
    assert_contract(result)
    assert result.value != ""
    if result.value is not None:
        assert text(typed(result.value), squeeze=squeeze) == Normalised(result.value)


@given(CELLS, CELLS, CELLS, CELLS)
def test_any_indicator__is_stable_values_or_problems_in_its_columns(a: Cell, b: Cell, c: Cell, d: Cell) -> None:
    row = indicator(a, b, c, d)
    values = row._asdict()
    assert all(values[column] is None for column in row.failed)
    assert bool(row.failed) <= bool(row.problems)
    # Markup and what it wrapped are two causes; the same rule in the same column never is.
    assert len({(problem.rule, problem.column) for problem in row.problems}) == len(row.problems)
    for problem in row.problems:
        assert_sentence(problem)
    if not row.failed:
        again = indicator(typed(row.name), typed(row.comparator), typed(row.target), typed(row.unit))
        assert again == IndicatorValues(row.name, row.comparator, row.target, row.unit)


@given(
    comparator=st.sampled_from(sorted(COMPARATORS)),
    number=st.decimals(min_value=0, max_value=10**6, places=2),
    unit=st.sampled_from(["次", "%", "人次", "个工作日", "万元", "㎡"]),
)
def test_any_whole_value__is_split_into_its_three_parts(comparator: str, number: Decimal, unit: str) -> None:
    symbol = COMPARATORS[comparator]
    if symbol == "定性":
        return
    is_suffix = comparator.endswith(("上", "下", "内")) and comparator != "控制在以内"
    whole = f"{number}{unit}{comparator}" if is_suffix else f"{comparator} {number}{unit}"
    if comparator == "控制在以内":
        whole = f"控制在{number}{unit}以内"
    row = indicator(EMPTY, EMPTY, typed(whole), EMPTY)
    assert (row.comparator, row.target, row.unit, row.failed) == (symbol, number, unit, frozenset())
    assert [problem.expected for problem in row.problems] == [f"{symbol} {decimal_text(number)} {unit}"]


@given(
    st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_any_plausible_day__is_read_in_every_spelling(day: dt.date, spelling: str) -> None:
    assert date(typed(day.strftime(spelling))).value == day


@given(st.integers(0, 10**15 - 1), st.sampled_from(["{:.2f}", "{:,.2f}", "¥{:,.2f}", "{:.2f}元"]))
def test_any_amount_of_fen__is_read_in_every_spelling(fen: int, spelling: str) -> None:
    yuan = Decimal(fen).scaleb(-2)
    assert amount(typed(spelling.format(yuan))).value == yuan
