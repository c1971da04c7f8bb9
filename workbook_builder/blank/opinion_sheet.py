"""What a return copy has besides the form: the sheet 退回意见, a mark on each returned cell, room for comments.

Drawn once per shape; what stands in it is stamped for each copy (additions).
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from workbook_builder.cells import Place
from workbook_builder.form.layout import OPINION_SHEET, Layout

TITLE = "申报退回意见"
HOW_TO = (
    "请逐条修改后保存，交回本文件；不要另用旧文件。点“单元格”一列可前往。表中紫色的格是退回时有问题、内容尚未改动的格，"
    "鼠标移到格上可看批注；改动后紫色消失。格上另有红色或黄色的，看同一行右侧窄列的紫色。“留存”各条是原文件中没有对应单元格的内容，列在这里供查对。"
)
HEADINGS: Mapping[str, int] = {
    "project": 2, "unit": 3, "file": 4, "verdict": 5, "opinion": 6, "reviewer": 7,
}  # fmt: skip
HEADING_WORDS = ("项目", "单位", "退回的文件", "结论", "审核意见", "审核人")
HOW_TO_ROW, HEADER_ROW, FIRST_LINE = 8, 9, 10
LABEL_COLUMN, HEADING_COLUMN = 1, 3
COLUMNS: Mapping[str, tuple[str, float]] = {
    "number": ("序号", 6),
    "level": ("级别", 7),
    "sheet": ("工作表", 18),
    "link": ("单元格", 9),
    "problem": ("问题和要求", 66),
    "value": ("退回时的内容", 34),
}
ADDRESS_COLUMN = len(COLUMNS) + 1  # hidden; the link reads it
STAMPED_COLUMNS: Mapping[str, int] = {
    "number": 1, "level": 2, "sheet": 3, "problem": 5, "value": 6, "address": ADDRESS_COLUMN,
}  # fmt: skip
LINE_COUNTS = (20, 60, 200, 600, 2000)  # few sizes, since each is a shape to be compiled
KEPT_WORD = "留存"
TEXT_POINTS, TITLE_POINTS, LABEL_FILL, MARK_FILL = 10, 16, "F2F2F2", "D9C8EE"
INDENT_UNITS = 2  # of a column's width, that an indented text cannot use
MARK_CHARACTERS = 60  # of a cell's content that its mark remembers


class WrappedText(NamedTuple):
    """A cell whose row must be high enough for its text."""

    place: Place
    width_units: float
    font_points: float


def line_count(lines: int) -> int:
    """The size of sheet for so many lines; the largest holds no more than it does."""
    return next((size for size in LINE_COUNTS if lines <= size), LINE_COUNTS[-1])


def heading_place(name: str) -> Place:
    """Where a heading's value stands: project, unit, file, verdict, opinion, reviewer."""
    return Place(OPINION_SHEET, HEADINGS[name], HEADING_COLUMN)


def line_place(line: int, column: str) -> Place:
    """Where a line (from 0) has its number, level, sheet, address, problem or value."""
    return Place(OPINION_SHEET, FIRST_LINE + line, STAMPED_COLUMNS[column])


def addition_places(layout: Layout) -> Iterator[Place]:
    """Every cell that is stamped in a return copy besides the form's own; none in other workbooks."""
    lines = layout.shape.opinion_rows
    if not lines:
        return
    yield from (heading_place(name) for name in HEADINGS)
    yield from (line_place(line, column) for line in range(lines) for column in STAMPED_COLUMNS)
    for laid in layout.returnable_sheets:
        column = layout.mark_column(laid)
        yield from (Place(laid.title, row, column) for row in range(1, len(laid.rows) + 1))


def unused_rows(layout: Layout, cells: Collection[Place]) -> Iterator[tuple[str, int]]:
    """The rows of 退回意见 that these cells leave empty: hidden, so that they are not printed."""
    if not layout.shape.opinion_rows:
        return
    lines = (line_place(line, "number") for line in range(layout.shape.opinion_rows))
    for place in (*map(heading_place, HEADINGS), *lines):
        if place not in cells:
            yield place.sheet, place.row


def wrapped_texts(layout: Layout) -> Iterator[WrappedText]:
    """The cells of 退回意见 that take long texts."""
    heading_width = sum(width for _, width in list(COLUMNS.values())[HEADING_COLUMN - 1 :]) - INDENT_UNITS
    if layout.shape.opinion_rows:
        yield from (WrappedText(heading_place(name), heading_width, TEXT_POINTS) for name in HEADINGS)
    for line in range(layout.shape.opinion_rows):
        for column in ("sheet", "problem", "value"):
            yield WrappedText(line_place(line, column), COLUMNS[column][1] - INDENT_UNITS, TEXT_POINTS)


def mark_text(column: int, content: str) -> str:
    """What the mark of a row holds for one cell: its column and how its content begins."""
    return f"{column}={_beginning(content)};"


def _beginning(content: str) -> str:
    """The first characters as Excel counts them: in UTF-16 units."""
    return content.encode("utf-16-le", "surrogatepass")[: 2 * MARK_CHARACTERS].decode("utf-16-le", "ignore")
