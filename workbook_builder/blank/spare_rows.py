"""The rows of a form that stay empty on paper: marked 空 beside the form, and hidden by a filter on those marks.

A unit hides and shows them with the filter's button, which the protection allows; what we fill in ourselves comes with
them hidden. Only rows without any content are marked, so that nothing filled in is ever hidden.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.bind import text_literal
from workbook_builder.blank.compiled import Metrics
from workbook_builder.blank.draw import Look
from workbook_builder.blank.selfcheck import CHINESE_CHARSET
from workbook_builder.cells import Place, column_letters
from workbook_builder.form.layout import LaidSheet, Layout, Slot
from workbook_builder.ooxml.heights import line_points, usable_points
from workbook_builder.ooxml.sheet_cut import NEEDED, SPARE

MARK_WIDTH, MARK_POINTS = 5, 14  # the size of the mark is what a row that fits itself is at least high
MARK_COLOUR, HEAD_POINTS, HOW_TO_POINTS = "BFBFBF", 9, 9
HEAD = "筛选"
LONG_TEXT = "较长：请看打印预览，放不下时拖高这一格所在的行。"
HOW_TO = "打印前点左侧的筛选按钮，只勾选“印”，没有填写的行就不打印；全选即恢复。"


class SpareRows(NamedTuple):
    """The rows of one sheet that may be spare, below the head of their filter."""

    sheet: str
    column: int  # of the marks
    head: int  # the row above
    last: int
    marks: Mapping[int, str]  # by row, the formula of its mark, without =
    taken: AbstractSet[int]  # rows of which the column holds something else

    @property
    def places(self) -> Iterator[Place]:
        """Of the marks."""
        return (Place(self.sheet, row, self.column) for row in self.marks)

    @property
    def area(self) -> str:
        """Of the filter, its head included."""
        letters = column_letters(self.column)
        return f"{letters}{self.head}:{letters}{self.last}"


def spare_rows(layout: Layout, laid: LaidSheet, metrics: Mapping[Place, Metrics]) -> SpareRows | None:
    """Those of a sheet; None where it has no indicator table."""
    if not laid.source.table or laid.is_shown_only:
        return None
    slots = [slot for slot in layout.parts[laid.sub_project] if slot.place.sheet == laid.title]
    own = (slot for slot in slots if slot.place.column == laid.confirm_column)
    taken = {row for slot in own for row in range(slot.place.row, slot.last_row + 1)}
    marks = {**dict(_of_texts(slots, metrics)), **dict(_of_table(slots))}
    rows = [row for row in marks if row not in taken]
    first = min(slot.place.row for slot in slots if slot.row is not None or _is_block(slot))
    last = max(slot.last_row for slot in slots if slot.row is not None)
    return SpareRows(laid.title, laid.confirm_column, first - 1, last, {row: marks[row] for row in sorted(rows)}, taken)


def _is_block(slot: Slot) -> bool:
    """Whether a text stands in a cell merged over several rows."""
    return slot.field.type == "long_text" and slot.last_row > slot.place.row


def _of_table(slots: list[Slot]) -> Iterator[tuple[int, str]]:
    """A row without content is spare, but one of each 二级指标 is left."""
    rows: dict[int, list[Slot]] = {}
    for slot in slots:
        if slot.row is not None and slot.kind in ("input", "prefilled"):
            rows.setdefault(slot.place.row, []).append(slot)
    groups: dict[str | None, list[int]] = {}
    for row, cells in rows.items():
        groups.setdefault(cells[0].level2, []).append(row)
    for group in groups.values():
        for row in group:
            empty = f"COUNTA({_area(rows[row], row, row)})=0"
            if row == group[0]:
                empty = f"AND({empty},COUNTA({_area(rows[row], row, group[-1])})>0)"
            yield row, f'IF({empty},"{SPARE}","{NEEDED}")'


def _area(cells: list[Slot], first: int, last: int) -> str:
    columns = [slot.place.column for slot in cells]
    return f"${column_letters(min(columns))}${first}:${column_letters(max(columns))}${last}"


def _of_texts(slots: list[Slot], metrics: Mapping[Place, Metrics]) -> Iterator[tuple[int, str]]:
    """The second and later rows of a text's cell are spare where the text does not reach them."""
    blocks: dict[tuple[int, int], list[Slot]] = {}
    for slot in slots:
        if _is_block(slot):
            blocks.setdefault((slot.place.row, slot.last_row), []).append(slot)
    for (first, last), texts in blocks.items():
        for row in range(first + 1, last + 1):
            fits = ",".join(_fits_above(slot.place, metrics[slot.place], row - first) for slot in texts)
            yield row, f'IFERROR(IF(AND({fits}),"{SPARE}","{NEEDED}"),"{NEEDED}")'


def notes_of_long_texts(
    layout: Layout, laid: LaidSheet, metrics_of: Callable[[Slot], Metrics]
) -> Iterator[tuple[int, str]]:
    """By row, the formula that says beside a cell merged over rows, which never grows, when its text may not fit."""
    for slot in layout.parts[laid.sub_project]:
        if slot.place.sheet == laid.title and slot.kind == "input" and _is_block(slot):
            fits = _fits_above(slot.place, metrics_of(slot), slot.last_row - slot.place.row + 1)
            yield slot.place.row, f'IFERROR(IF({fits},"",{text_literal(slot.field.label + LONG_TEXT)}),"")'


def _fits_above(place: Place, metrics: Metrics, rows: int) -> str:
    """Whether a text needs no more than so many rows, by its characters and line breaks: never too few."""
    cell = f"${column_letters(place.column)}${place.row}"
    breaks = f'LEN({cell})-LEN(SUBSTITUTE({cell},CHAR(10),""))'
    characters = int(usable_points(metrics.width_units) / metrics.font_points)
    lines = int(metrics.row_points * rows / line_points(metrics.font_points))
    return f"LEN({cell})/{characters}+{breaks}+1<={lines}"


def draw_spare_rows(sheet: Worksheet, spare: SpareRows, hint_column: int, fitting: AbstractSet[int]) -> None:
    """Writes the marks, the filter and what to do with it; fitting: the rows that fit themselves, but not to nothing.

    All of it as formulas, fixed words too: words beside the form are taken for somebody's own.
    """
    letters = column_letters(spare.column)
    look = Look(
        font=Font(name="宋体", size=MARK_POINTS, color=MARK_COLOUR, charset=CHINESE_CHARSET),
        alignment=Alignment(horizontal="center", vertical="center"),
    )
    for row in range(spare.head + 1, spare.last + 1):
        cell = sheet.cell(row, spare.column)
        if cell.value is None and row not in spare.taken:  # where a unit confirms, its word stands
            cell.value = "=" + spare.marks.get(row, text_literal(NEEDED))
            look.on(cell)
    over = spare.head - 1  # the button covers the head itself
    above = sheet.cell(over, spare.column) if over and over not in spare.taken else None
    if above is not None and above.value is None:
        above.value = f"={text_literal(HEAD)}"
        above.font = Font(name="宋体", size=HEAD_POINTS, charset=CHINESE_CHARSET)
        above.alignment = Alignment(horizontal="center", vertical="bottom")
    for row in fitting - spare.marks.keys():
        sheet.cell(row, spare.column).font = Font(name="宋体", size=MARK_POINTS, charset=CHINESE_CHARSET)
    sheet.column_dimensions[letters].width = max(sheet.column_dimensions[letters].width or 0, MARK_WIDTH)
    sheet.auto_filter.ref = spare.area
    hint = sheet.cell(spare.head, hint_column)
    if hint.value is None:
        hint.value = f"={text_literal(HOW_TO)}"
        hint.font = Font(name="宋体", size=HOW_TO_POINTS, charset=CHINESE_CHARSET)
        hint.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
