"""Arithmetic in cells, and numbers in words."""

from decimal import Decimal

import pytest

from workbook_builder.values.numbers import amount_text, arithmetic, decimal_text


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


@pytest.mark.parametrize(
    ("value", "words"),
    [("90", "90"), ("90.50", "90.5"), ("9E+1", "90"), ("1E-7", "0.0000001"), ("-0.0", "0"), ("100", "100"), ("0", "0")],
)
def test_decimal_text__is_plain_without_trailing_zeros(value: str, words: str) -> None:
    assert decimal_text(Decimal(value)) == words


@pytest.mark.parametrize(("value", "words"), [("1411700", "1411700.00"), ("0.5", "0.50"), ("1E+6", "1000000.00")])
def test_amount_text__has_two_places(value: str, words: str) -> None:
    assert amount_text(Decimal(value)) == words
