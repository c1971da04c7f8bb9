"""How far the sheets of a template reach: one cell at the far corner makes openpyxl build all cells before it."""

from collections.abc import Iterable, Iterator

from workbook_builder.cells import MAX_COLUMN, MAX_ROW, Place, row_and_column
from workbook_builder.findings import Finding
from workbook_builder.form.template_drawn import DrawnSheet
from workbook_builder.form.template_mistakes import template_finding
from workbook_builder.ooxml.reader import Reading
from workbook_builder.rule_ids import TEMPLATE_SHEET_TOO_LARGE

MOST_CELLS = 100_000  # of a sheet, from A1 to its last cell; forms have a few hundred
_BEYOND = (MAX_ROW, MAX_COLUMN)


def too_large_when_merged(reading: Reading) -> list[Finding]:
    """The sheets on which a merged area reaches too far, which is known before any of its cells is looked at."""
    corners = ((sheet.title, *_corner(area)) for sheet in reading.sheets.values() for area in sheet.merges)
    return list(_too_large(corners))


def too_large_when_drawn(sheets: Iterable[DrawnSheet]) -> list[Finding]:
    """The sheets on which a cell, if only with a border, or the print area reaches too far."""
    ends = [(sheet.title, (sheet.max_row, sheet.max_column), sheet.printed) for sheet in sheets]
    drawn = ((title, *end) for title, end, _ in ends)
    printed = ((title, *end) for title, _, end in ends if end)
    return list(_too_large((*drawn, *printed)))


def _corner(area: str) -> tuple[int, int]:
    """Row and column of the last cell of an area; those of the last cell of all where it lies on no sheet."""
    try:
        return row_and_column(area.rpartition(":")[2])
    except ValueError:
        return _BEYOND


def _too_large(corners: Iterable[tuple[str, int, int]]) -> Iterator[Finding]:
    """One finding for each sheet, at the first cell that lies too far out."""
    far = {title: (row, column) for title, row, column in reversed(list(corners)) if row * column > MOST_CELLS}
    for title, (row, column) in far.items():
        where = Place(title, row, column)
        sentence = (
            f"这张表（含合并单元格、只有格式的单元格和打印区域）一直到 {where.address}，从 A1 算起超过 {MOST_CELLS:,} 个单元格。"
            "请删除表格以外的行和列，并按表格设置打印区域，再保存。"
        )
        yield template_finding(TEMPLATE_SHEET_TOO_LARGE, where, None, sentence, where.address)
