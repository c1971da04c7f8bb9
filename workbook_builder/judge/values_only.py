"""Workbooks in a format of which only the values are read: what of them cannot be judged, and the sentence that says so."""

from collections.abc import Iterator, Mapping

from workbook_builder.findings import Finding, finding_of_file, place
from workbook_builder.judge.opening import Opened
from workbook_builder.ooxml.kinds import ODS, XLS, XLSB, Format, Kind
from workbook_builder.ooxml.reader import Reading
from workbook_builder.rule_ids import (
    FILE_VALUES_ONLY,
    STRUCTURE_AMBIGUOUS,
    STRUCTURE_CELL_MOVED,
    STRUCTURE_DDE,
    STRUCTURE_EMBEDDED,
    STRUCTURE_EXTERNAL_LINK,
    STRUCTURE_FORMULA_CHANGED,
    STRUCTURE_FORMULA_IN_INPUT,
    STRUCTURE_FORMULA_REPLACED,
    STRUCTURE_HIDDEN_CONTENT,
    STRUCTURE_LINK_IN_INPUT,
    STRUCTURE_MACRO,
    STRUCTURE_MERGE_CHANGED,
    STRUCTURE_NUMBER_FORMAT,
    STRUCTURE_PROTECTION_REMOVED,
    STRUCTURE_VALIDATION_REMOVED,
)

CELLS_NAMED = 5
_KINDS: Mapping[Format, Kind] = {"xls": XLS, "xlsb": XLSB, "ods": ODS}
_NEED_MORE = (
    STRUCTURE_FORMULA_IN_INPUT, STRUCTURE_FORMULA_REPLACED, STRUCTURE_FORMULA_CHANGED, STRUCTURE_CELL_MOVED,
    STRUCTURE_AMBIGUOUS, STRUCTURE_PROTECTION_REMOVED, STRUCTURE_VALIDATION_REMOVED, STRUCTURE_HIDDEN_CONTENT,
    STRUCTURE_MERGE_CHANGED, STRUCTURE_MACRO, STRUCTURE_EMBEDDED, STRUCTURE_DDE, STRUCTURE_EXTERNAL_LINK,
    STRUCTURE_LINK_IN_INPUT,
)  # fmt: skip
UNJUDGED: Mapping[Format, tuple[str, ...]] = {
    "xls": _NEED_MORE,
    "xlsb": _NEED_MORE,
    "ods": (*_NEED_MORE, STRUCTURE_NUMBER_FORMAT),
}


def unjudged(reading: Reading) -> tuple[str, ...]:
    """The rules that need what was not read."""
    return UNJUDGED.get(reading.format, ())


def _computed_inputs(opened: Opened) -> str:
    """A sentence about inputs whose values formulas gave; "" where there are none. What the formulas say was not read."""
    sheets, slots = opened.reading.sheets, opened.blank.layout.slots
    cells = [
        place(where.sheet, where.address, slots[key].field.label)
        for key, where in opened.located.places.items()
        if slots[key].kind == "input" and (where.row, where.column) in sheets[where.sheet].computed
    ]
    more = f"等 {len(cells)} 处" if len(cells) > CELLS_NAMED else ""
    return f"{'、'.join(cells[:CELLS_NAMED])}{more}的内容是公式算出的，请核对。" if cells else ""


def values_only(opened: Opened) -> Iterator[Finding]:
    """What is said of a workbook of which only the values were read."""
    reading = opened.reading
    if reading.is_values_only:
        severity = opened.catalogue.severity(FILE_VALUES_ONLY)
        message = (
            f"“{reading.file}”是{_KINDS[reading.format].words}，只读取了单元格里的内容；公式、锁定、批注和图片没有读取，未核对。"
            f"{_computed_inputs(opened)}请打开原文件看一遍；以后请交回下发的 .xlsx 文件，不要改用其他格式。"
        )
        yield finding_of_file(FILE_VALUES_ONLY, severity, message)
