"""What one cell holds, by its type, its text and its style, however the cell was spelled in the file."""

import math
import re
from collections.abc import Callable, Container, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from workbook_builder.cells import Cell
from workbook_builder.ooxml.places import DamageError
from workbook_builder.ooxml.styles import PLAIN, Style
from workbook_builder.ooxml.xml_text import Doubtful, PartlyStruck, PartlyUnseen, unescaped
from workbook_builder.values.serials import DAY_ZERO

CellValue = str | Decimal | bool | None

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MAX_NUMBER_LENGTH = 64  # characters; no program writes longer ones, and parsing time grows with the length
_USUAL_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")  # finite, and without white space
_DAYS_TO_MARCH_1900 = 61  # from day zero; Excel counts a 29 February 1900 that never was


class Context(NamedTuple):
    """What every cell of a workbook needs."""

    strings: tuple[str, ...]
    styles: Mapping[str | None, Style]  # by the text of a cell's attribute s
    unseen_formats: Container[str]  # see Styles
    days_to_add: int  # to a date's serial, so that it counts from 1900


def value_of(kind: str, text: str, context: Context) -> CellValue:
    """The value of a cell by its attribute t and its text. Raises DamageError for a text that the file does not hold."""
    if kind == "s":
        return _shared_string(text.strip(), context.strings)
    return _VALUES.get(kind, unescaped)(text)


def cell_of(value: CellValue, kind: str, formula: str | None, style: str | None, context: Context) -> Cell | None:
    """The cell; None where it holds neither a value nor a formula. style: its attribute s."""
    if formula is None and (value is None or value == ""):
        return None
    shown = context.styles.get(style, PLAIN)
    if isinstance(value, PartlyUnseen):
        value, shown = str(value), shown._replace(is_unseen=True)
    elif isinstance(value, PartlyStruck):
        value, shown = str(value), shown._replace(is_struck=True)
    elif isinstance(value, Doubtful):
        value = str(value)
    if isinstance(value, Decimal):
        if kind == "d":
            shown = _as_date(shown)
        elif shown.is_date:
            value += context.days_to_add
        return Cell(value, "number", formula, *shown)
    content: Literal["empty", "text", "boolean", "error"] = "error" if kind == "e" else "text"
    if not isinstance(value, str):
        content = "empty" if value is None else "boolean"
    return Cell(value, content, formula, *shown)


@lru_cache(maxsize=64)
def _as_date(shown: Style) -> Style:
    return shown._replace(is_date=True)


def number_cell(text: str, style: str, context: Context) -> Cell | None:
    """The cell, where it has neither a type nor a formula; style "" where it has none."""
    shown = context.styles.get(style or None, PLAIN)
    if shown.is_date or not _USUAL_NUMBER.fullmatch(text):
        return cell_of(_number(text), "n", None, style or None, context)
    # As Cell(…) does it, in two thirds of the time: there may be hundreds of thousands.
    return tuple.__new__(Cell, (Decimal(repr(float(text))), "number", None, *shown))


def _shared_string(index: str, strings: tuple[str, ...]) -> str | None:
    if index.isascii() and index.isdigit() and len(index) < _MAX_NUMBER_LENGTH and int(index) < len(strings):
        return strings[int(index)]
    if index:
        raise DamageError("有单元格的文字在文件里找不到")
    return None


def _text_or_none(text: str) -> str | None:
    return text.strip() or None


def _number(text: str) -> Decimal | str | None:
    """Doubtful where it is none: Excel repairs such a cell, other programs read a part of it, or nothing."""
    if _USUAL_NUMBER.fullmatch(text):
        return Decimal(repr(float(text)))
    stripped = text.strip()
    if len(stripped) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(stripped):
        return Doubtful(stripped) if stripped else None
    number = float(stripped)
    return Decimal(repr(number)) if math.isfinite(number) else Doubtful(stripped)


def _date_serial(text: str) -> Decimal | str | None:
    """Days since 1900 as Excel counts them, of an ISO date with or without time; other text as it is."""
    try:
        moment = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return _text_or_none(text)
    days = (moment - datetime.combine(DAY_ZERO, time())) / timedelta(days=1)
    if days < _DAYS_TO_MARCH_1900:
        days -= 1
    return Decimal(repr(days)) if days >= 0 else text.strip()


def _boolean(text: str) -> bool | str | None:
    return {"1": True, "true": True, "0": False, "false": False, "": None}.get(text.strip(), text)


# By a cell's type; any other type is text, and what does not fit its type stays text.
_VALUES: dict[str, Callable[[str], CellValue]] = {
    "n": _number, "b": _boolean, "d": _date_serial, "e": _text_or_none, "inlineStr": str,
}  # fmt: skip
