"""The text of a formula as files hold it, and what programs write otherwise though it calculates the same.

Seen: LibreOffice writes TRUE() for TRUE and leaves out needless quotes around sheet titles; gnumeric writes numbers with
twenty digits. Source of shared formulas: ECMA-376 part 1, 18.3.1.40.
"""

import re
from functools import lru_cache

from lxml import etree

from workbook_builder.cells import MAX_ROW, column_letters
from workbook_builder.ooxml.places import COLUMNS
from workbook_builder.ooxml.shared_formulas import CELL

SIGNIFICANT_DIGITS, ROW_DIGITS = 15, 7
# A text stands as it is; so does a name. What is left: numbers, blanks between signs, prefixes of newer functions.
_TOKEN = re.compile(r'"[^"]*"|_xlfn\.(?:_xlws\.)?|(?<![\w.$])[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?(?![\w.])|\s+')


class Shared(str):
    """The text of a formula that several cells share: "" but in the first of them."""

    __slots__ = ("group",)
    group: str  # its number on the sheet


def formula_in(element: etree._Element) -> str:
    """What an element f holds, without "="."""
    return formula_of(element.text or "", element.get("si"))


def formula_of(text: str, group: str | None) -> str:
    """A formula by its text; group: the number under which cells of the sheet share it, None where none do."""
    if group is None:
        return text
    shared = Shared(text)
    shared.group = group
    return shared


def quickly_plain(formula: str) -> str:
    """Without what LibreOffice writes otherwise; cheap, and the same change for whatever is compared."""
    return formula.replace("TRUE()", "TRUE").replace("FALSE()", "FALSE").replace("'", "")


@lru_cache(maxsize=512)
def plain(formula: str) -> str:
    """Without what any program is known to write otherwise."""
    return _TOKEN.sub(_token, quickly_plain(formula)).upper()


def _token(match: re.Match[str]) -> str:
    token = match[0]
    if token.startswith('"'):
        return token
    return f"{float(token):.{SIGNIFICANT_DIGITS}g}" if token[0].isdigit() else ""


@lru_cache(maxsize=512)
def relative(formula: str, row: int, column: int) -> str:
    """With every relative reference counted from the cell it stands in, so that cells which share it are alike."""

    def counted(match: re.Match[str]) -> str:
        if match[3] is None or (place := _place(match)) is None:
            return match[0]
        to_row, to_column = place
        across = match[1] if match[1].startswith("$") else f"C[{to_column - column}]"
        return f"{across}{f'${to_row}' if match[2] else f'R[{to_row - row}]'}"

    return CELL.sub(counted, formula)


def moved(formula: str, rows: int, columns: int) -> str:
    """What a follower of a shared formula calculates: its relative references lead so much further."""

    def shifted(match: re.Match[str]) -> str:
        if match[3] is None or (place := _place(match)) is None:
            return match[0]
        row, column = place
        across = match[1] if match[1].startswith("$") else column_letters(max(column + columns, 1))
        return f"{across}{match[2]}{match[3] if match[2] else max(row + rows, 1)}"

    return CELL.sub(shifted, formula)


def _place(match: re.Match[str]) -> tuple[int, int] | None:
    column, row = COLUMNS.get(match[1].removeprefix("$")), match[3]
    if column is None or len(row) > ROW_DIGITS or row.startswith("0") or int(row) > MAX_ROW:
        return None
    return int(row), column
