"""Cells and their addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook_builder.cells import MAX_COLUMN, MAX_ROW, Cell, Place, column_letters, row_and_column


@pytest.mark.parametrize(
    ("column", "letters"),
    [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")],
)
def test_column__has_its_letters(column: int, letters: str) -> None:
    assert column_letters(column) == letters


@pytest.mark.parametrize(
    ("address", "expected"),
    [("A1", (1, 1)), ("C12", (12, 3)), ("$C$12", (12, 3)), ("C$12", (12, 3)), ("XFD1048576", (MAX_ROW, MAX_COLUMN))],
)
def test_address__is_row_and_column(address: str, expected: tuple[int, int]) -> None:
    assert row_and_column(address) == expected


@pytest.mark.parametrize(
    "address",
    ["", "A", "1", "A0", "a1", "A1:B2", "A1 ", "1A", "A１", "表!A1", "XFE1", "A1048577", "AAAA1", "A99999999"],
)
def test_what_is_no_address__raises_value_error(address: str) -> None:
    with pytest.raises(ValueError, match="not "):
        row_and_column(address)


@given(st.integers(1, MAX_ROW), st.integers(1, MAX_COLUMN))
def test_every_place__is_found_again_by_its_address(row: int, column: int) -> None:
    assert row_and_column(Place("表", row, column).address) == (row, column)


def test_cell__is_locked_and_plain_unless_told() -> None:
    cell = Cell("甲", "text")
    assert (cell.formula, cell.is_percent, cell.is_date, cell.is_locked) == (None, False, False, True)
