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


def refused_for(content: str) -> set[str]:
    """The rules that refuse a formula, whatever the type of the input."""
    cell, refusals = formula(content), set()
    for result in (amount(cell), date(cell), choice(cell, CATEGORIES), text(cell)):
        assert (result.value, result.failed, result.problems[0].value) == (None, True, f"={content}")
        refusals.add(only_rule(result))
    return refusals


@pytest.mark.parametrize("content", ["A1", "SUM(1,2)", 'HYPERLINK("http://x")', "1+B2", '"文字"', '"[1]表!"&A1', ""])
def test_formula_in_an_input__is_refused_whatever_the_type(content: str) -> None:
    assert refused_for(content) == {"structure.formula_in_input"}


@pytest.mark.parametrize(
    "content", ["[1]Sheet1!B2", "1+[账.xlsx]表!A1", "'C:\\账\\[账.xlsx]表'!$A$1", "SUM([2]表!A1:A9)"]
)
def test_input_that_reads_another_file__is_refused_for_that(content: str) -> None:
    assert refused_for(content) == {"structure.link_in_input"}


def test_long_content__is_shortened_in_the_sentence_and_whole_in_the_value() -> None:
    raw = "很长的话\n" * 50
    problem = amount(typed(raw)).problems[0]
    assert problem.value == raw
    assert len(problem.sentence) < 120
    assert "\n" not in problem.sentence
