"""What holds for every type of value."""

import pytest

from tests.values.typed import CATEGORIES, formula, only_rule, typed
from workbook_builder.cells import EMPTY, Cell
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import Normalised
from workbook_builder.values.texts import choice, text


@pytest.mark.parametrize("cell", [EMPTY, typed(""), typed(" \u3000\n"), typed("\u200b")])
def test_empty_cell__is_none_whatever_the_type(cell: Cell) -> None:
    nothing: Normalised[object] = Normalised(None)
    assert (amount(cell), date(cell), choice(cell, CATEGORIES)) == (nothing, nothing, nothing)


@pytest.mark.parametrize("content", ["A1", "SUM(1,2)", "[1]Sheet1!B2", 'HYPERLINK("http://x")', "1+B2", '"文字"', ""])
def test_formula_in_an_input__is_refused_whatever_the_type(content: str) -> None:
    cell = formula(content)
    for result in (amount(cell), date(cell), choice(cell, CATEGORIES), text(cell)):
        assert (result.value, result.failed, only_rule(result)) == (None, True, "structure.formula_in_input")
        assert result.problems[0].value == f"={content}"


def test_long_content__is_shortened_in_the_sentence_and_whole_in_the_value() -> None:
    raw = "很长的话\n" * 50
    problem = amount(typed(raw)).problems[0]
    assert problem.value == raw
    assert len(problem.sentence) < 120
    assert "\n" not in problem.sentence
