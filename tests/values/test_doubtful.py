"""Values that are seen otherwise than they are stored: turned around by a control, or a number over several lines."""

import pytest

from tests.values.typed import number, only_rule, typed
from workbook_builder.cells import EMPTY
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.indicators import IndicatorValues, indicator

TURNED = "\u202e"
BREAKS = ["\n", "\r\n", "\t", " \n ", "\v", "\x85", "\u2028"]


def row(comparator: str, target: str) -> IndicatorValues:
    return indicator(typed("培训次数"), typed(comparator), typed(target), typed("次"))


@pytest.mark.parametrize("words", [f"{TURNED}000002", f"1{TURNED}23\u202c000", f"¥{TURNED}1,000"])
def test_amount_turned_around__is_refused_and_nothing_proposed(words: str) -> None:
    result = amount(typed(words))
    assert (result.value, result.failed, only_rule(result)) == (None, True, "amount.invalid")
    assert result.problems[0].expected is None
    assert "倒排" in result.problems[0].sentence


@pytest.mark.parametrize("between", BREAKS)
def test_two_numbers_over_lines__are_no_amount_and_no_target(between: str) -> None:
    result = amount(typed(f"100{between}200"))
    assert (result.value, result.failed, only_rule(result)) == (None, True, "amount.invalid")
    assert row("≥", f"5{between}000").target is None


@pytest.mark.parametrize("words", ["100 200", "100\u00a0200", "100\u202f200", "100, 200", "\n100200\n", "100200\n元"])
def test_number_on_one_line__is_an_amount(words: str) -> None:
    assert str(amount(typed(words)).value) == "100200.00"


@pytest.mark.parametrize("marks", ["\u200e", "\u200f", "\u202a", "\u2066"])
def test_marks_that_programs_put_around_what_is_copied__do_no_harm(marks: str) -> None:
    assert str(amount(typed(f"{marks}100200\u202c")).value) == "100200.00"
    assert str(date(typed(f"{marks}2022-01-05")).value) == "2022-01-05"


def test_date_and_comparator_turned_around__are_refused() -> None:
    assert only_rule(date(typed(f"{TURNED}2022-01-05"))) == "date.invalid"
    values = indicator(typed("培训次数"), typed(f"{TURNED}≥"), number("5"), typed("次"))
    assert "comparator" in values.failed
    assert "indicator.comparator_unknown" in {problem.rule for problem in values.problems}


def test_whole_value_turned_around__is_no_number() -> None:
    assert row("", f"{TURNED}5≥").target != 5
    assert row(f"{TURNED}≥5", "").comparator is None


def test_answer_in_words_over_lines__stays_what_it_is() -> None:
    values = indicator(typed("党建环境"), typed("定性"), typed("分两步：第1\n2 项"), EMPTY)
    assert (values.target, values.failed) == ("分两步：第1\n2 项", frozenset())
