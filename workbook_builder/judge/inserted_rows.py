"""Rows that a unit inserted into an indicator table: rows of the 二级指标 between whose fixed texts they stand."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from workbook_builder.cells import Cell
from workbook_builder.form.layout import Slot
from workbook_builder.form.meta_cell import ROWS_LIMIT
from workbook_builder.judge.shifts import SheetShift, Shift
from workbook_builder.ooxml.reader import SheetReading


class Widened(NamedTuple):
    """A 二级指标 that has more rows in the file than the form: each issued row with the file's row read for it."""

    level2: str
    first: int  # of its rows in the file
    last: int
    rows: Mapping[int, int]  # issued -> the file's; empty rows are passed over as far as there are too many
    beyond: tuple[int, ...]  # rows of the file that hold something and for which the form has none

    @property
    def inserted(self) -> int:
        """How many rows it has more."""
        return self.last - self.first + 1 - len(self.rows)


def widened(table: Sequence[Slot], shift: SheetShift, sheet: SheetReading) -> Iterator[Widened]:
    """Those of one table; table: its inputs. A row between two texts belongs to the one above it."""
    rows = _Rows(table, shift, sheet)
    for level2, slots in groupby(table, key=lambda slot: slot.level2 or ""):
        issued = sorted({slot.place.row for slot in slots})
        here = rows.now(issued)
        if len(here) <= len(issued):
            continue
        filled = [row for row in rows.filled if row in here]
        empty = sorted({*here}.difference(filled))
        spare = max(0, len(issued) - len(filled))
        kept = sorted(filled[: len(issued)] + empty[len(empty) - spare :])
        beyond = tuple(filled[len(issued) :])
        yield Widened(level2, here[0], here[-1], dict(zip(issued, kept, strict=True)), beyond)


def with_end_of_table(
    levels: Sequence[Slot], labels: Sequence[int], shift: SheetShift, sheet: SheetReading
) -> SheetShift:
    """The same, and where the last row of a table went that no text stands behind.

    levels: the hidden cells that say the 二级指标 of each row, which go wherever the row goes; labels: rows with texts.
    """
    if not levels or max(labels, default=0) > levels[-1].place.row:
        return shift
    column = shift.columns.of(levels[-1].place.column)
    if column is None:
        return shift
    last, level2 = levels[-1].place.row, levels[-1].level2
    within = last + ROWS_LIMIT
    saying = (row for (row, at), cell in sheet.cells.items() if at == column and cell.value == level2)
    there = max((row for row in saying if row <= within), default=0)
    anchors = shift.rows.anchors or tuple((row, row) for row in labels)
    if there <= (Shift(anchors).of(last) or there):
        return shift
    others = (anchor for anchor in anchors if anchor[0] != last)
    return shift._replace(rows=Shift((*others, (last, there))))


class _Rows:
    """The rows of one table in the file."""

    def __init__(self, table: Sequence[Slot], shift: SheetShift, sheet: SheetReading) -> None:
        self._cells = sheet.cells
        self._anchors = dict(shift.rows.anchors)
        self._rows = sorted({slot.place.row for slot in table})
        columns = {slot.field.column: slot.place.column for slot in table}
        self._columns = {name: shift.columns.of(column) for name, column in columns.items()}

    @cached_property
    def filled(self) -> Sequence[int]:
        """The rows of the file that hold something in the table's columns."""
        inside = {*self._columns.values()}
        return sorted({row for (row, at), cell in self._cells.items() if at in inside and _is_filled(cell)})

    def now(self, issued: Sequence[int]) -> range:
        """Where these issued rows of one 二级指标 are, those inserted among them included; none where that is not told."""
        first, behind = self._first(issued[0]), self._behind(issued[-1] + 1)
        if first is None:
            return range(0)
        if behind is not None or issued[-1] != self._rows[-1]:
            return range(first, behind or first)
        last = max(first + len(issued) - 1, self._anchors.get(issued[-1], 0))
        return range(first, self._end_of_sheet(last + 1))

    def _first(self, row: int) -> int | None:
        """Of the first 二级指标 the row right behind the table's head, where a row with texts is the head."""
        head = self._anchors.get(row - 1) if row == self._rows[0] else None
        return self._now(row) if head is None else head + 1

    def _behind(self, row: int) -> int | None:
        """Where the row behind a 二级指标 stands, by the first one with texts from there on."""
        labelled = min((issued for issued in self._anchors if issued >= row), default=None)
        return None if labelled is None else self._anchors[labelled] - (labelled - row)

    def _now(self, row: int) -> int | None:
        return self._anchors.get(row) if self._anchors else row

    def _end_of_sheet(self, row: int) -> int:
        """Behind the last texts of a sheet: what follows without a gap and names an indicator and its target."""
        while self._holds(row, "name") and self._holds(row, "target"):
            row += 1
        return row

    def _holds(self, row: int, column: str) -> bool:
        return _is_filled(self._cells.get((row, self._columns[column] or 0)))


def _is_filled(cell: Cell | None) -> bool:
    if cell is None or (cell.kind == "empty" and cell.formula is None):
        return False
    return not (isinstance(cell.value, str) and not cell.value.strip())
