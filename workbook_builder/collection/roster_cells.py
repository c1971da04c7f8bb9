"""Cells of 名册.xlsx: codes as text, names, lines, whole numbers; what is wrong with one is a finding at its place."""

import re
from collections.abc import Iterable
from typing import TypeVar

from workbook_builder.findings import Finding
from workbook_builder.ooxml.tables import Entry, finding
from workbook_builder.rule_ids import (
    ROSTER_CODE_DUPLICATE,
    ROSTER_CODE_INVALID,
    ROSTER_CODE_MISSING,
    ROSTER_NAME_MISSING,
)
from workbook_builder.values.markup import CONTROL
from workbook_builder.values.normalised import fold, shown
from workbook_builder.values.texts import text

T = TypeVar("T")

SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+[0-9]{1,3}")  # what is left of a long code that was taken for a number
DIGITS_KEPT = 15  # of a code that Excel holds as a number


def by_code(items: Iterable[tuple[str | None, Entry, T]], findings: list[Finding]) -> dict[str, T]:
    """The items that have a code, by it; of those that share one, the first."""
    coded: dict[str, tuple[Entry, T]] = {}
    for code, entry, item in items:
        if code in coded:
            other = coded[code][0].place.address
            advice = f"{other} 已用了这个编码，请改其中一个。"
            findings.append(finding(ROSTER_CODE_DUPLICATE, entry, f"没有重复的{entry.column.header}", advice))
        elif code:
            coded[code] = entry, item
    return {code: item for code, (_, item) in coded.items()}


def code_in(entry: Entry, findings: list[Finding], *, may_be_empty: bool = False) -> str | None:
    """A code as text. What Excel may have changed before it was saved is a finding: a date, a number it rounds."""
    cell = entry.cell
    words = CONTROL.sub("", fold(shown(cell)))  # with one of these in it no workbook could say whose it is
    if cell.kind == "error":
        return None
    if cell.kind == "empty":
        if not may_be_empty:
            advice = f"请填写{entry.column.header}；这一行不需要的，请整行清空。"
            findings.append(finding(ROSTER_CODE_MISSING, entry, f"已填写的{entry.column.header}", advice))
        return None
    is_whole_number = cell.kind == "number" and not cell.is_date and words.isdecimal() and len(words) <= DIGITS_KEPT
    if (cell.kind == "text" and words and not SCIENTIFIC.fullmatch(words)) or is_whole_number:
        return words
    advice = "Excel 可能已改动了它：请把单元格格式设为“文本”，再重新填写。"
    findings.append(finding(ROSTER_CODE_INVALID, entry, "按文本填写的编码", advice))
    return None


def name_in(entry: Entry, advice: str, findings: list[Finding]) -> str:
    """A name that must be there; empty, and a finding, where it is not."""
    words = line_in(entry)
    if words is None and entry.cell.kind != "error":
        findings.append(finding(ROSTER_NAME_MISSING, entry, f"已填写的{entry.column.header}", advice))
    return words or ""


def line_in(entry: Entry) -> str | None:
    """One line without markup and control characters; None where nothing is left."""
    return " ".join((text(entry.cell).value or "").split()) or None


def whole_in(entry: Entry, limits: tuple[int, int]) -> int | None:
    """A whole number of at most four digits; None where there is none, or it lies outside the limits."""
    words = fold(shown(entry.cell))
    number = int(words) if re.fullmatch("[0-9]{1,4}", words) else None
    return number if number is not None and limits[0] <= number <= limits[1] else None
