"""Cells and their addresses: what a sheet holds, before it means anything."""

import re
from decimal import Decimal
from typing import Literal, NamedTuple

ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384


CellKind = Literal["empty", "text", "number", "boolean", "error"]
Value = str | int | float | Decimal | None  # what is written into a cell


class Cell(NamedTuple):
    """One cell as a file holds it."""

    value: str | Decimal | bool | None  # error cells: the error's name, such as #N/A
    kind: CellKind
    formula: str | None = None  # without "="; None where there is none; "" where it only follows a shared formula
    is_percent: bool = False  # its number format shows percent
    is_date: bool = False  # its number format shows a date
    is_locked: bool = True
    misleads: bool = False  # its number format, or its alignment, shows another number than it holds
    is_unseen: bool = False  # its font is too small to read or of the colour of its ground
    misleads_text: bool = False  # its number format shows another text than it holds, or none
    is_struck: bool = False  # its letters, or some of them, are struck through


EMPTY = Cell(None, "empty")


class Place(NamedTuple):
    """A cell's place in a workbook; row and column count from 1."""

    sheet: str
    row: int
    column: int

    @property
    def address(self) -> str:
        """Such as E7."""
        return f"{column_letters(self.column)}{self.row}"


def column_letters(column: int) -> str:
    """1 -> A, 28 -> AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_address(text: str) -> bool:
    """Whether a text is the address of a cell on a sheet."""
    try:
        row_and_column(text)
    except ValueError:
        return False
    return True


def row_and_column(address: str) -> tuple[int, int]:
    """C12 or $C$12 -> (12, 3). Raises ValueError for what is no address on a sheet."""
    match = ADDRESS.fullmatch(address)
    if not match:
        raise ValueError(f"not a cell address: {address!r}")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(match[2])
    if row > MAX_ROW or column > MAX_COLUMN:
        raise ValueError(f"not on a sheet: {address!r}")
    return row, column
