"""What people type for an indicator's symbol."""

from decimal import Decimal

import pytest

from tests.values.rows import only, row, values
from workbook_builder.values.indicators import IndicatorValues
from workbook_builder.values.normalised import quoted

AT_LEAST = "≥ >= => ≧ ⩾ ＞＝ ＞= 》= 》＝ 大于等于 大于或等于 不低于 不少于 不小于 至少 以上"
AT_MOST = "≤ <= =< ≦ ⩽ ＜＝ 《= 小于等于 不超过 不高于 不大于 不多于 至多 控制在以内 以内 以下"
SPELLINGS = {
    "≥": AT_LEAST,
    "≤": AT_MOST,
    ">": "> ＞ 》 大于 超过 高于 多于",
    "<": "< ＜ 《 小于 低于 少于 不足 不到",
    "=": "= ＝ == 等于",
    "定性": "定性 定性指标",
}
EVERY_SPELLING = [(words, symbol) for symbol, listed in SPELLINGS.items() for words in listed.split()]


@pytest.mark.parametrize(("words", "symbol"), EVERY_SPELLING)
def test_comparator_however_typed__is_its_symbol(words: str, symbol: str) -> None:
    read = row(f" {words}\n", "好" if symbol == "定性" else Decimal(5))
    assert (read.comparator, read.failed) == (symbol, frozenset())
    if words == symbol:
        assert read.problems == ()
    else:
        problem = only(read)
        assert (problem.rule, problem.column) == ("indicator.comparator_normalised", "comparator")
        assert (problem.value, problem.expected) == (f" {words}\n", symbol)
        assert f"已读作 {symbol}。" in problem.sentence


@pytest.mark.parametrize("words", ["左右", "约", "大约", "一般", "≥≤", "90", "5次", "TRUE"])
def test_comparator_unknown__is_an_error_that_lists_the_six(words: str) -> None:
    read = row(words, Decimal(5), "次")
    assert (values(read), read.failed) == ((None, Decimal(5), "次"), frozenset({"comparator"}))
    problem = only(read)
    assert (problem.rule, problem.column, problem.value) == ("indicator.comparator_unknown", "comparator", words)
    assert "≥、>、=、<、≤、定性" in problem.sentence


@pytest.mark.parametrize("words", ["左右", "约", "大约"])
def test_comparator_about__is_asked_which_limit_is_meant(words: str) -> None:
    assert "说不清是下限还是上限" in only(row(words, Decimal(5))).sentence


@pytest.mark.parametrize(
    "target", ["明显", "2022年12月底前", "12月底前", "十分明显", "一般", "一次性完成", "AAA", "100%完成整改"]
)
def test_text_without_comparator__is_read_as_qualitative_with_a_warning(target: str) -> None:
    read = row(None, target)
    assert (values(read), read.failed) == (("定性", target, None), frozenset())
    problem = only(read)
    assert (problem.rule, problem.column) == ("indicator.comparator_assumed", "comparator")
    assert (problem.value, problem.expected) == ("", "定性")
    assert quoted(target) in problem.sentence


def test_number_without_comparator__is_left_to_the_rule_on_incomplete_rows() -> None:
    assert row(None, Decimal(5), "次") == IndicatorValues(None, None, Decimal(5), "次")


def test_unknown_comparator__does_not_make_the_target_a_second_problem() -> None:
    read = row("大约", "明显", "次")
    assert (values(read), read.failed) == ((None, "明显", "次"), frozenset({"comparator"}))
    assert only(read).rule == "indicator.comparator_unknown"


def test_comparator_as_an_entity__is_decoded_with_the_warning_on_markup_alone() -> None:
    read = row("&ge;", Decimal(5))
    assert (read.comparator, only(read).rule, only(read).column) == ("≥", "text.markup", "comparator")
