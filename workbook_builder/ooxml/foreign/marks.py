"""What calamine does not tell of a cell that holds a value: its number format, errors, and whether a formula gave it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from workbook_builder.ooxml.number_formats import shown_by

MAX_AREA = 10_000_000  # cells of a sheet, empty ones included
Marks = Mapping[tuple[int, int], "Mark"]  # by row and column, from 1; only cells with something to tell


class DamageError(Exception):
    """The file is not what its format asks for."""


class EncryptedError(Exception):
    """The file has an open password."""


class TooLargeError(Exception):
    """The file holds more than a workbook may."""


def refuse_far(row: int, column: int) -> None:
    """Of the last row and column that hold something: calamine takes memory for every cell before them."""
    if row * column > MAX_AREA:
        raise TooLargeError


class Mark(NamedTuple):
    """Of one cell."""

    is_percent: bool = False
    misleads: bool = False
    error: str | None = None  # its name, such as #N/A
    is_boolean: bool = False  # a number that stands for one
    is_computed: bool = False  # a formula gave it


class Looked(NamedTuple):
    """What was seen in a file before calamine reads it."""

    data: bytes  # for calamine, without what it stumbles over
    sheets: tuple[Marks, ...]  # of every sheet, in the order of the workbook
    saved_at: datetime | None = None  # as the file says, in UTC where it has no zone; None where it does not say


PLAIN = Mark()
ERROR_NAMES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


class FormatMarks:
    """The marks of cell formats by their number, for the two binary formats of Excel."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._marks: dict[int, Mark] = {}

    def see_code(self, number_format: int, code: str) -> None:
        """A number format of the file's own."""
        self._codes[number_format] = code

    def see_cell_format(self, number_format: int) -> None:
        """The next cell format."""
        self._formats.append(number_format)

    def of(self, cell_format: int) -> Mark:
        """The mark of a cell of this format. Raises DamageError where there is none."""
        if cell_format not in self._marks:
            if cell_format >= len(self._formats) > 0:
                raise DamageError
            number_format = self._formats[cell_format] if self._formats else 0
            shown = shown_by(str(number_format), self._codes.get(number_format))
            self._marks[cell_format] = Mark(shown.is_percent, shown.misleads)
        return self._marks[cell_format]
