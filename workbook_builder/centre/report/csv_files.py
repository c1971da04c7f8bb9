"""The report's tables as CSV files for machines: UTF-8 with BOM, amounts as 1411700.00, dates as 2022-01-31."""

import csv
import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from workbook_builder.files import whole_file
from workbook_builder.ooxml.listing import Content, Link
from workbook_builder.values.numbers import FEN, amount_text, decimal_text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Content]]) -> None:
    """One table, row after row. Raises UsageError where it cannot be written."""
    with whole_file(path, overwrite=True) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(map(as_shown, headers))
        writer.writerows([_csv_text(value) for value in row] for row in rows)


def _csv_text(value: Content) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return amount_text(value) if value.as_tuple().exponent == FEN.as_tuple().exponent else decimal_text(value)
        case datetime.date():
            return value.isoformat()
        case Link():
            return as_shown(value.target)
    return as_shown(str(value))


def as_shown(text: str) -> str:
    """A text that no spreadsheet takes for a formula: behind an apostrophe where it begins as one does."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
