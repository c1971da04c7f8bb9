"""What people type into choices and texts."""

import pytest

from tests.values.typed import CATEGORIES, YES, error, number, only_rule, typed
from workbook_builder.cells import EMPTY, Cell
from workbook_builder.values.normalised import Normalised
from workbook_builder.values.texts import choice, text

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
