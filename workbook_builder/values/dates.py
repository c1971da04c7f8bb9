"""Calendar dates, as people type them."""

import datetime as dt
import re
from decimal import Decimal

from workbook_builder.cells import Cell
from workbook_builder.rule_ids import DATE_INVALID, DATE_NORMALISED
from workbook_builder.values.normalised import (
    DOUBTFUL,
    Normalised,
    changed,
    fold,
    formula_refused,
    is_doubtful,
    quoted,
    refused,
    shown,
    tight,
)
from workbook_builder.values.numbers import decimal_text, denoised
from workbook_builder.values.serials import FIRST_DATE, FIRST_YEAR, LAST_DATE, LAST_YEAR, date_of_serial

_DATE = re.compile(r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})")
_DATE_IN_WORDS = re.compile(r"(?P<year>[0-9]{4}) ?年 ?(?P<month>[0-9]{1,2}) ?月 ?(?P<day>[0-9]{1,2}) ?[日号]?")
_DATE_IN_DIGITS = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_TIME = re.compile(r"(?:T| |(?<=日))[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
_DASHES = str.maketrans(dict.fromkeys("‐‑–—−", "-") | {"。": "."})


def date(cell: Cell) -> Normalised[dt.date]:
    """A calendar date from 1990 to 2100; None for an empty cell. Of a serial number (1900 system) whole days count."""
    if cell.formula is not None:
        return formula_refused(cell)
    if isinstance(cell.value, Decimal):
        value = date_of_serial(cell.value)
        if value is not None:
            return Normalised(value)
        return _date_read(cell, decimal_text(denoised(cell.value) or Decimal(0)))
    if isinstance(cell.value, str) and cell.kind == "text":
        words = fold(cell.value)
        if words and is_doubtful(cell.value):
            return refused(DATE_INVALID, cell, f"应为日期，现为{quoted(shown(cell))}。{DOUBTFUL}")
        return _date_read(cell, words) if words else Normalised(None)
    return Normalised(None) if cell.kind == "empty" else _date_refused(cell, "")


def _date_read(cell: Cell, words: str) -> Normalised[dt.date]:
    day = tight(_TIME.sub("", words.translate(_DASHES)))
    match = _DATE.fullmatch(day) or _DATE_IN_WORDS.fullmatch(day) or _DATE_IN_DIGITS.fullmatch(day)
    if match:
        value = _calendar_date(int(match["year"]), int(match["month"]), int(match["day"]))
    else:
        value = date_of_serial(Decimal(day)) if re.fullmatch("[0-9]{5}", day) else None
    if value is None:
        return _date_refused(cell, day)
    sentence = f"应为日期，现为{quoted(shown(cell))}，已读作 {value}。请核对。"
    return changed(value, DATE_NORMALISED, cell, value.isoformat(), sentence)


def _date_refused(cell: Cell, day: str) -> Normalised[dt.date]:
    advice = "请改填年月日齐全的日期，如 2022-01-01。"
    if re.fullmatch(r"[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{2}年.*", day):
        advice = "年份请写四位，如 2022-01-01。"
    elif _DATE.fullmatch(day) or _DATE_IN_WORDS.fullmatch(day) or _DATE_IN_DIGITS.fullmatch(day):
        advice = f"没有这一天，或不在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间，请核对后改填，如 2022-01-01。"
    return refused(DATE_INVALID, cell, f"应为日期，现为{quoted(shown(cell))}。{advice}")


def _calendar_date(year: int, month: int, day: int) -> dt.date | None:
    try:
        value = dt.date(year, month, day)
    except ValueError:
        return None
    return value if FIRST_DATE <= value <= LAST_DATE else None
