"""The child process that reads the values of an .xls, .xlsb or .ods workbook: `python -m … FORMAT`, bytes in, JSON out.

calamine reads the values; it aborts the whole process where a far corner cell makes a sheet larger than the memory.
"""

import io
import json
import math
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from workbook_builder.ooxml.foreign import marks_ods, marks_xls, marks_xlsb
from workbook_builder.ooxml.foreign.child import DAMAGED, ENCRYPTED, TOO_LARGE, limit_itself
from workbook_builder.ooxml.foreign.marks import PLAIN, DamageError, EncryptedError, Mark, Marks, TooLargeError
from workbook_builder.ooxml.limits import MAX_CELLS, MAX_PART_BYTES
from workbook_builder.values.serials import DAY_ZERO

CELLS_A_LINE = 2_000  # so that whoever reads them never holds all as lists of words
LOOKS = {"xls": marks_xls.looked, "xlsb": marks_xlsb.looked, "ods": marks_ods.looked}
STATES = ((SheetVisibleEnum.Visible, "visible"), (SheetVisibleEnum.Hidden, "hidden"))
Value = int | float | str | bool | time | date | datetime | timedelta


def main() -> None:
    """Reads standard input, writes standard output; says by its exit code why it cannot."""
    limit_itself()
    try:
        document = b"\n".join(lines(read(sys.stdin.buffer.read(), sys.argv[1])))
    except (PasswordError, EncryptedError):
        sys.exit(ENCRYPTED)
    except TooLargeError:
        sys.exit(TOO_LARGE)
    except (CalamineError, DamageError):
        sys.exit(DAMAGED)
    if len(document) > MAX_PART_BYTES:
        sys.exit(TOO_LARGE)
    sys.stdout.buffer.write(document)


def lines(document: dict[str, Any]) -> Iterator[bytes]:
    """All that was read, as JSON: first what is said of the sheets, then some cells a line, behind the number of their sheet."""
    cells = [sheet.pop("cells") for sheet in document["sheets"]]
    yield json.dumps(document).encode()
    for number, of_sheet in enumerate(cells):
        for start in range(0, len(of_sheet), CELLS_A_LINE):
            yield json.dumps([number, of_sheet[start : start + CELLS_A_LINE]]).encode()


def read(data: bytes, kind: str) -> dict[str, Any]:
    """When it was saved and every worksheet: title, state, merged areas from 0, and cells as `cells_of` gives them."""
    looked = LOOKS[kind](data)
    book = CalamineWorkbook.from_filelike(io.BytesIO(looked.data))
    if len(book.sheets_metadata) != len(looked.sheets):
        raise DamageError
    sheets, count = [], 0
    for number, (about, marks) in enumerate(zip(book.sheets_metadata, looked.sheets, strict=True)):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(number)
        cells = []
        for cell in cells_of(sheet.to_python(skip_empty_area=False), marks):
            cells.append(cell)
            count += 1
            if count > MAX_CELLS:
                raise TooLargeError
        state = next((words for visible, words in STATES if visible == about.visible), "veryHidden")
        merges = sheet.merged_cell_ranges or []
        sheets.append({"title": about.name, "state": state, "merges": merges, "cells": cells})
    return {"saved_at": looked.saved_at.isoformat() if looked.saved_at else None, "sheets": sheets}


def cells_of(rows: list[list[Value]], marks: Marks) -> Iterator[list[Any]]:
    """Those that hold something: row and column from 1, whether a formula gave it, kind, value, percent, date, misleading."""
    for row, values in enumerate(rows, start=1):
        for column, value in enumerate(values, start=1):
            mark = marks.get((row, column), PLAIN)
            if value != "" or mark.error:
                yield [row, column, mark.is_computed, *told(value, mark)]


def told(value: Value, mark: Mark) -> tuple[str, str, bool, bool, bool]:
    """A value as text with its kind, and what its number format says; a date as its day number."""
    if mark.error:
        return "error", mark.error, False, False, False
    if isinstance(value, bool) or (mark.is_boolean and isinstance(value, int | float)):
        return "boolean", "1" if value else "", False, False, False
    if isinstance(value, str) or (isinstance(value, float) and not math.isfinite(value)):
        return "text", str(value), False, False, False
    if isinstance(value, int | float):
        return "number", repr(float(value)), mark.is_percent, False, mark.misleads
    is_date = isinstance(value, date)
    return "number", repr(days(value)), False, is_date, mark.misleads


def days(value: date | time | timedelta) -> float:
    """Since day zero; of a time its part of a day."""
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment - datetime.combine(DAY_ZERO, time())) / timedelta(days=1)


if __name__ == "__main__":
    main()
