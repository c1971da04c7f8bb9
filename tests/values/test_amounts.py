"""What people type into amounts."""

from decimal import Decimal

import pytest

from tests.values.typed import YES, error, formula, number, only_rule, typed
from workbook_builder.cells import Cell
from workbook_builder.values.amounts import amount
from workbook_builder.values.normalised import Normalised, quoted
from workbook_builder.values.numbers import decimal_text


@pytest.mark.parametrize(
    ("digits", "yuan"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("1411700", "1411700.00"),
        ("1411700.5", "1411700.50"),
        ("1411700.0000000002", "1411700.00"),
        ("286699.99999999994", "286700.00"),
        ("0.30000000000000004", "0.30"),
        ("1.4117E+6", "1411700.00"),
        ("9999999999999.99", "9999999999999.99"),
    ],
)
def test_amount_as_a_number__is_yuan_to_the_fen_without_a_problem(digits: str, yuan: str) -> None:
    result = amount(number(digits))
    assert result == Normalised(Decimal(yuan))
    assert str(result.value) == yuan


@pytest.mark.parametrize(
    ("words", "yuan"),
    [
        ("1411700", "1411700.00"),
        (" 1411700.5 ", "1411700.50"),
        ("1,411,700", "1411700.00"),
        ("1，411，700.00", "1411700.00"),
        ("1 411 700", "1411700.00"),
        ("1, 411, 700", "1411700.00"),
        ("１４１１７００．５０", "1411700.50"),
        ("¥1,411,700", "1411700.00"),
        ("￥ 1411700元", "1411700.00"),
        ("1411700元整", "1411700.00"),
        ("人民币1411700元", "1411700.00"),
        ("=200000+86700", "286700.00"),
        ("＝200000＋86700", "286700.00"),
    ],
)
def test_amount_typed_as_text__is_normalised_with_a_warning_that_shows_both(words: str, yuan: str) -> None:
    result = amount(typed(words))
    assert (result.value, result.failed, only_rule(result)) == (Decimal(yuan), False, "amount.normalised")
    problem = result.problems[0]
    assert (problem.column, problem.value, problem.expected) == ("", words, yuan)
    assert quoted(words) in problem.sentence
    assert yuan in problem.sentence


@pytest.mark.parametrize(
    ("content", "yuan"),
    [
        ("200000+86700", "286700.00"),
        (" 200000 + 86700 ", "286700.00"),
        ("(3-1)*100000/4", "50000.00"),
        ("1411700/3*3", "1411700.00"),
        ("0.1*3", "0.30"),
        ("0.1+0.2", "0.30"),
        ("+5-(-.5)--1.", "6.50"),
        ("10-2-3", "5.00"),
        ("100/10/5", "2.00"),
        ("2+3*4", "14.00"),
    ],
)
def test_amount_with_constant_arithmetic__is_evaluated_exactly_with_a_warning(content: str, yuan: str) -> None:
    result = amount(formula(content))
    assert (result.value, only_rule(result)) == (Decimal(yuan), "amount.normalised")
    assert result.problems[0].value == f"={content}"


@pytest.mark.parametrize(
    ("words", "proposal"),
    [
        ("2000万", "20000000.00"),
        ("1.2亿", "120000000.00"),
        ("1,200万元", "12000000.00"),
        ("2000ｗ", "20000000.00"),
        ("3千万元整", "30000000.00"),
        ("1,2O0", "1200.00"),
        ("l2oo.5元", "1200.50"),
    ],
)
def test_amount_with_wan_or_letters__is_an_error_that_proposes_yuan(words: str, proposal: str) -> None:
    result = amount(typed(words))
    assert (result.value, result.failed, only_rule(result)) == (None, True, "amount.invalid")
    assert result.problems[0].expected == proposal
    assert f"请改填 {decimal_text(Decimal(proposal))}。" in result.problems[0].sentence


def test_amount_with_wan__says_what_was_found_what_is_expected_and_what_to_do() -> None:
    sentence = amount(typed("2000万")).problems[0].sentence
    assert sentence == "应为不小于 0、最多两位小数的金额（元），现为“2000万”。请改填 20000000。"


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        (typed("1.2.3"), "阿拉伯数字"),
        (typed("OO"), "阿拉伯数字"),
        (typed("90%"), "阿拉伯数字"),
        (typed("约五千"), "阿拉伯数字"),
        (typed("200000+86700"), "阿拉伯数字"),
        (typed("=A1+1"), "阿拉伯数字"),
        (typed("12,34"), "分隔符"),
        (typed("0,500"), "分隔符"),
        (typed("1 2"), "分隔符"),
        (number("-5"), "不能为负"),
        (typed("-5"), "不能为负"),
        (formula("5-6"), "不能为负"),
        (number("0.005"), "小数多于两位"),
        (typed("100.456"), "小数多于两位"),
        (typed("0.005万"), ""),
        (formula("100/3"), "小数多于两位"),
        (formula("1/0"), "阿拉伯数字"),
        (formula("(1+2"), "阿拉伯数字"),
        (number("1E13"), "金额过大"),
        (number("1E+300"), "金额过大"),
        (number("1E+999999"), "阿拉伯数字"),
        (number("NaN"), "阿拉伯数字"),
        (typed("9" * 5000), "金额过大"),
        (YES, "阿拉伯数字"),
        (error("#N/A"), "阿拉伯数字"),
    ],
)
def test_amount_that_is_none__is_an_error_that_says_why_and_never_zero(cell: Cell, advice: str) -> None:
    result = amount(cell)
    assert (result.value, result.failed, only_rule(result)) == (None, True, "amount.invalid")
    assert advice in result.problems[0].sentence
    assert result.problems[0].expected in (None, "50.00")
