"""Formulas that lead out of their workbook."""

import pytest

from workbook_builder.values.links import asks_another_program, reads_another_file


@pytest.mark.parametrize("formula", ["cmd|'/c calc'!A1", "1+Excel.Sheet|表!A1", "MSEXCEL|'\\x'!''"])
def test_dynamic_data_exchange__is_seen(formula: str) -> None:
    assert asks_another_program(formula)


@pytest.mark.parametrize("formula", ['"a|b!c"&A1', "'表'!A1", "'甲|乙'!A1", "A1=1", "IF(A1>0,\"|\",'申报表'!B2)"])
def test_bar_in_a_text_and_reference_to_a_sheet__are_no_exchange(formula: str) -> None:
    assert not asks_another_program(formula)
    assert not reads_another_file(formula)
