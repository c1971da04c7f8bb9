"""What people type into amounts, dates, choices and texts."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import Normalised, quoted
from workbook_builder.values.numbers import amount_text, arithmetic, decimal_text
from workbook_builder.values.texts import choice, text

CATEGORIES = ("经常性项目", "一次性项目", "阶段性项目")
JANUARY_FIRST = dt.date(2022, 1, 1)


def typed(words: str) -> Cell:
    return Cell(words, "text")


def number(digits: str, *, is_percent: bool = False, is_date: bool = False) -> Cell:
    return Cell(Decimal(digits), "number", is_percent=is_percent, is_date=is_date)


def formula(content: str) -> Cell:
    """Its cached value is wrong on purpose: nobody may trust it."""
    return Cell(Decimal(4711), "number", formula=content)


def error(name: str) -> Cell:
    return Cell(name, "error")


YES = Cell(True, "boolean")


def only_rule(result: Normalised[Any]) -> str:
    (problem,) = result.problems
    return problem.rule


# amounts


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


@pytest.mark.parametrize("cell", [EMPTY, typed(""), typed(" \u3000\n"), typed("\u200b")])
def test_empty_cell__is_none_whatever_the_type(cell: Cell) -> None:
    nothing: Normalised[object] = Normalised(None)
    assert (amount(cell), date(cell), choice(cell, CATEGORIES)) == (nothing, nothing, nothing)


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


@pytest.mark.parametrize(
    "content",
    ["", "A1", "1+", "1 2", "2**3", "1.2.3", ".", "()", "(1", "(1 2)", "1)", "1/0", "int", "(" * 500, "1+" * 999],
)
def test_arithmetic__refuses_everything_else(content: str) -> None:
    assert arithmetic(content) is None


def test_arithmetic__bears_deep_nesting_and_long_chains_of_signs() -> None:
    assert arithmetic("(" * 64 + "1" + ")" * 64) == 1
    assert arithmetic("(" * 65 + "1" + ")" * 65) is None
    assert arithmetic("-" * 900 + "1") == 1


@pytest.mark.parametrize("content", ["A1", "SUM(1,2)", "[1]Sheet1!B2", 'HYPERLINK("http://x")', "1+B2", '"文字"', ""])
def test_formula_in_an_input__is_refused_whatever_the_type(content: str) -> None:
    cell = formula(content)
    for result in (amount(cell), date(cell), choice(cell, CATEGORIES), text(cell)):
        assert (result.value, result.failed, only_rule(result)) == (None, True, "structure.formula_in_input")
        assert result.problems[0].value == f"={content}"


# dates


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


# choices


@pytest.mark.parametrize("words", ["经常性项目", " 经常性 项目\n", "经常性\u3000项目", "经常性项目\u200b"])
def test_choice__is_the_lists_own_spelling_silently(words: str) -> None:
    assert choice(typed(words), CATEGORIES) == Normalised("经常性项目")


def test_choice_of_another_width__is_the_lists_own_spelling() -> None:
    assert choice(typed("Ａ类(1)"), ["B类（1）", "A类（1）"]) == Normalised("A类（1）")
    assert choice(number("1"), ["1", "2"]) == Normalised("1")


@pytest.mark.parametrize("cell", [typed("经常性"), typed("其他"), number("1"), YES, error("#N/A")])
def test_choice_not_in_its_list__names_the_choices(cell: Cell) -> None:
    result = choice(cell, CATEGORIES)
    assert (result.value, result.failed, only_rule(result)) == (None, True, "choice.unknown")
    assert "经常性项目、一次性项目、阶段性项目，" in result.problems[0].sentence


def test_choice_of_a_long_list__names_eight() -> None:
    sentence = choice(typed("x"), [f"选项{index}" for index in range(1, 13)]).problems[0].sentence
    assert "选项8 等 12 项" in sentence
    assert "选项9" not in sentence


# texts


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (typed("党建服务中心"), "党建服务中心"),
        (typed("\n \u3000一、概况\r\n二、依据\r三、其他\n\n"), "一、概况\n二、依据\n三、其他"),
        (typed("第一段\n\n第二段"), "第一段\n\n第二段"),
        (typed("活动次 数"), "活动次 数"),
        (typed("温度<5度且>3"), "温度<5度且>3"),
        (typed("<5次"), "<5次"),
        (typed("a<b且b>c"), "a<b且b>c"),
        (typed("R&D 经费 &unknown; AT&T"), "R&D 经费 &unknown; AT&T"),
        (number("13800000000"), "13800000000"),
        (number("13800000000.0"), "13800000000"),
        (number("1.38E+10"), "13800000000"),
        (number("0.90", is_percent=True), "90%"),
        (number("44562", is_date=True), "2022-01-01"),
        (YES, "TRUE"),
        (EMPTY, None),
        (typed(" \n "), None),
    ],
)
def test_text__is_kept_as_shown_without_a_problem(cell: Cell, value: str | None) -> None:
    assert text(cell) == Normalised(value)


@pytest.mark.parametrize(
    ("raw", "value", "removed"),
    [
        ("<p>加强党建</p>", "加强党建", "“<p>”“</p>”"),
        ("<p>一</p><p>二</p>", "一\n二", "“<p>”“</p>”"),
        ("<p>一</p>\n<P class='x'>二</P>", "一\n二", "“<p>”“</p>”“<P class='x'>”"),
        ("一<br>二<br/>三<BR />四</br>五", "一\n二\n三\n四\n五", "“<br>”"),
        ("<span style='color:red'>红</span>字", "红字", "“<span style='color:red'>”"),
        ("<!--[if gte mso 9]>x<![endif]-->正文", "正文", "“<!--[if gte mso 9]>x<![endif]-->”"),
        ("温度&lt;5度", "温度<5度", "“&lt;”"),
        ("一&nbsp;二&#65;&#x42;", "一 二AB", "“&nbsp;”“&#65;”“&#x42;”"),
        ("&amp;lt;p&amp;gt;双重转义", "双重转义", "“&amp;”“&lt;”“&gt;”“<p>”"),
        ("甲\x07乙\u200b丙\ufeff", "甲乙丙", "“U+0007”“U+200B”“U+FEFF”"),
        ("甲\ud800乙", "甲乙", "“U+D800”"),
        ("<p></p>", "p/p", "“<p>”“</p>”"),
        ("\x1b", "U+001B", "“U+001B”"),
        ("\u2009", "U+2009", "“U+2009”"),
        ("<p>\u200e</p>", "pU+200E/p", "“<p>”"),
    ],
)
def test_text_with_markup__is_stripped_with_a_warning_that_shows_it(raw: str, value: str | None, removed: str) -> None:
    result = text(typed(raw))
    assert (result.value, result.failed, only_rule(result)) == (value, False, "text.markup")
    assert (result.problems[0].value, result.problems[0].expected) == (raw, value)
    assert removed in result.problems[0].sentence


@pytest.mark.parametrize("raw", ["<" * 3000 + "p>" * 3000, "&" + "amp;" * 8000 + "lt;p>", "<&#60;" * 2000 + "p>"])
def test_text_with_markup_nested_without_end__holds_no_markup_afterwards(raw: str) -> None:
    value = text(typed(raw)).value
    assert text(typed(value or "")) == Normalised(value)


def test_error_value_in_a_text__is_refused_like_the_formula_that_left_it() -> None:
    result = text(error("#N/A"))
    assert (result.value, result.failed, only_rule(result)) == (None, True, "structure.formula_in_input")
    assert "“#N/A”" in result.problems[0].sentence


def test_text_squeezed__has_no_white_space() -> None:
    assert text(typed(" 人 \n次 "), squeeze=True) == Normalised("人次")
    assert text(typed("< p>元</ p>"), squeeze=True).value == "元"


# notation


@pytest.mark.parametrize(
    ("value", "words"),
    [("90", "90"), ("90.50", "90.5"), ("9E+1", "90"), ("1E-7", "0.0000001"), ("-0.0", "0"), ("100", "100"), ("0", "0")],
)
def test_decimal_text__is_plain_without_trailing_zeros(value: str, words: str) -> None:
    assert decimal_text(Decimal(value)) == words


@pytest.mark.parametrize(("value", "words"), [("1411700", "1411700.00"), ("0.5", "0.50"), ("1E+6", "1000000.00")])
def test_amount_text__has_two_places(value: str, words: str) -> None:
    assert amount_text(Decimal(value)) == words


def test_long_content__is_shortened_in_the_sentence_and_whole_in_the_value() -> None:
    raw = "很长的话\n" * 50
    problem = amount(typed(raw)).problems[0]
    assert problem.value == raw
    assert len(problem.sentence) < 120
    assert "\n" not in problem.sentence
