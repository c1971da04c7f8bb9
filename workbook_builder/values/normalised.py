"""What every reading of a cell gives: a value and what had to be said of it; and how a cell is shown in a sentence.

Nothing in this room raises for what a user typed: what is converted or refused is a Problem. Every converted value is
stable: put back into a cell it is read as the same value without a problem.
"""

import re
from typing import Generic, NamedTuple, TypeVar

from workbook_builder.cells import Cell
from workbook_builder.rule_ids import STRUCTURE_FORMULA_IN_INPUT, STRUCTURE_LINK_IN_INPUT
from workbook_builder.values.links import reads_another_file
from workbook_builder.values.markup import CONTROL, INVISIBLE
from workbook_builder.values.numbers import decimal_text, denoised
from workbook_builder.values.serials import date_of_serial

T = TypeVar("T")
DOUBTFUL = "其中有换行、制表符或使文字倒排的控制字符，看到的与存的不同，请清空单元格后重新键入。"
_NUMBER_OVER_LINES = re.compile(
    r"[0-9０-９][,，]?[^\S\t-\r\x85\u2028\u2029]*[\t-\r\x85\u2028\u2029]\s*[,，]?[0-9０-９]"
)
_WIDTH = {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(94)} | {"￥": "¥"}
_FOLDING = str.maketrans(_WIDTH | {chr(code): "" for code in INVISIBLE})


class Problem(NamedTuple):
    """Why a cell's content was changed or refused; the caller adds place and severity."""

    rule: str  # id of the rule, such as amount.invalid
    column: str  # "" for an input of its own; comparator, target, unit or name in an indicator row
    value: str  # as found; a formula with its "="
    expected: str | None  # the normalised value or the proposal, such as 20000000.00; None where there is none
    sentence: str  # Chinese, without the place: what is expected, what was found, what to do


class Normalised(NamedTuple, Generic[T]):
    """A typed value and what had to be said about it."""

    value: T | None  # None for an empty cell and for a refused one
    problems: tuple[Problem, ...] = ()
    failed: bool = False  # whether a gate refused the cell


def formula_refused(cell: Cell) -> Normalised[T]:
    """The refusal of a formula, or of the error value a formula left behind, in an input."""
    formula = f"公式{quoted(shown(cell))}" if cell.formula != "" else "公式"
    kind = formula if cell.formula is not None else f"公式的错误值{quoted(shown(cell))}"
    sentence = f"应直接填写内容，不能有引用、函数或链接，现为{kind}。请删去后改填结果。"
    is_link = cell.formula is not None and reads_another_file(cell.formula)
    return refused(STRUCTURE_LINK_IN_INPUT if is_link else STRUCTURE_FORMULA_IN_INPUT, cell, sentence)


def refused(rule: str, cell: Cell, sentence: str, expected: str | None = None) -> Normalised[T]:
    """No value, for one reason."""
    return Normalised(None, (Problem(rule, "", shown(cell), expected, sentence),), failed=True)


def changed(value: T | None, rule: str, cell: Cell, expected: str | None, sentence: str) -> Normalised[T]:
    """A value that was read, but not as it was typed: what it was read as is shown."""
    return Normalised(value, (Problem(rule, "", shown(cell), expected, sentence),))


def shown(cell: Cell) -> str:
    """A cell's content as its user sees it: a formula with "=", a date as 2022-01-01, a share as 90%."""
    if cell.formula is not None:
        return f"={cell.formula}"
    if isinstance(cell.value, bool):
        return str(cell.value).upper()
    if isinstance(cell.value, str) or cell.value is None:
        return cell.value or ""
    day = date_of_serial(cell.value) if cell.is_date else None
    number = denoised(cell.value)
    if number is None:
        return str(cell.value)
    if day is not None:
        return day.isoformat()
    return f"{decimal_text(number * 100)}%" if cell.is_percent else decimal_text(number)


def quoted(words: str) -> str:
    """Something found, in Chinese quotes, on one line and not too long to read."""
    line = " ".join(CONTROL.sub("", words).split())
    left, right = "「」" if "“" in line else "“”"  # one pair inside the other is hard to read
    return f"{left}{line[:40]}…{right}" if len(line) > 41 else f"{left}{line}{right}"


def is_doubtful(words: str) -> bool:
    """Whether a value as typed is seen otherwise than it is read: turned around by a control, or a number over lines."""
    return "\u202e" in words or bool(_NUMBER_OVER_LINES.search(words))


def fold(words: str) -> str:
    """Half-width letters, digits and signs; single plain spaces; nothing invisible; no outer white space."""
    return " ".join((words if words.isascii() else words.translate(_FOLDING)).split())  # nothing is folded in ASCII


def tight(words: str) -> str:
    """Without white space, save between two digits, where joining would make another number."""
    return re.sub(r"\s+(?![0-9])|(?<![0-9])\s+", "", fold(words))
