"""Where the cells of a form stand in a file: as issued, unless whole rows or columns were inserted or deleted.

A value is read where the form shows it. The fixed texts say where the rows and columns of the form went; a workbook name
is a witness only: a name that leads elsewhere than the labels did means that a cell was cut or dragged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from workbook_builder.cells import Place
from workbook_builder.ooxml.reader import Area, SheetReading
from workbook_builder.values.normalised import tight

Position = tuple[int, int]  # row and column, from 1


class Shift(NamedTuple):
    """Where the lines of one direction went: an issued row (or column) and the file's, in order, for those with labels."""

    anchors: tuple[Position, ...]

    @property
    def is_none(self) -> bool:
        """Whether every line stands where it was issued."""
        return all(issued == now for issued, now in self.anchors)

    def of(self, line: int) -> int | None:
        """Where an issued line stands now; None where it was deleted, or where labels on both sides do not say."""
        before = max((anchor for anchor in self.anchors if anchor[0] <= line), default=None)
        after = min((anchor for anchor in self.anchors if anchor[0] >= line), default=None)
        shifts = {now - issued for anchor in (before, after) if anchor for issued, now in [anchor]}
        if not shifts:
            return line
        return line + shifts.pop() if len(shifts) == 1 else None


UNMOVED = Shift(())


class SheetShift(NamedTuple):
    """Where the rows and columns of one sheet went."""

    rows: Shift = UNMOVED
    columns: Shift = UNMOVED

    @property
    def is_none(self) -> bool:
        """Whether nothing was inserted or deleted, as far as labels tell."""
        return self.rows.is_none and self.columns.is_none

    def of(self, row: int, column: int) -> Position | None:
        """Where an issued cell stands now; None where it was deleted or cannot be told."""
        now = self.rows.of(row), self.columns.of(column)
        return None if None in now else (now[0] or 0, now[1] or 0)


def sheet_shift(labels: Mapping[Position, str], sheet: SheetReading) -> SheetShift:
    """How the fixed texts of a form moved on a sheet; labels: as issued, by row and column."""
    if not labels or all(_shows(sheet, position, label) for position, label in labels.items()):
        return SheetShift()
    known = {tight(label) for label in labels.values()}
    issued = _lines((position, tight(label)) for position, label in labels.items())
    now = _lines(
        (position, text)
        for position, cell in sorted(sheet.cells.items())
        if isinstance(cell.value, str) and (text := tight(cell.value)) in known
    )
    pairs = tuple(_alike_lines(issued, now))
    rows = tuple((before, after) for before, after, _ in pairs)
    return SheetShift(Shift(rows), Shift(tuple(_columns(columns for _, _, columns in pairs))))


def _shows(sheet: SheetReading, position: Position, label: str) -> bool:
    cell = sheet.cells.get(position)
    return cell is not None and isinstance(cell.value, str) and tight(cell.value) == tight(label)


class _Line(NamedTuple):
    """A row with labels on it."""

    row: int
    columns: tuple[int, ...]
    texts: tuple[str, ...]


def _lines(texts: Iterable[tuple[Position, str]]) -> list[_Line]:
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in sorted(texts):
        by_row.setdefault(row, []).append((column, text))
    return [
        _Line(row, tuple(column for column, _ in cells), tuple(text for _, text in cells))
        for row, cells in sorted(by_row.items())
    ]


def _alike_lines(issued: Sequence[_Line], now: Sequence[_Line]) -> Iterator[tuple[int, int, Sequence[Position]]]:
    """The rows that show the same labels, in the same order, and how their columns answer each other."""
    matcher = SequenceMatcher(None, [line.texts for line in issued], [line.texts for line in now], autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            before, after = issued[block.a + step], now[block.b + step]
            yield before.row, after.row, tuple(zip(before.columns, after.columns, strict=True))


def _columns(pairs: Iterable[Iterable[Position]]) -> Iterator[Position]:
    """For each issued column, the one where most of its labels stand now."""
    votes: dict[int, Counter[int]] = {}
    for columns in pairs:
        for before, after in columns:
            votes.setdefault(before, Counter())[after] += 1
    for before, found in sorted(votes.items()):
        yield before, found.most_common(1)[0][0]


class Witness(NamedTuple):
    """What a workbook name says of where a cell, or a table, stands."""

    issued: Area  # sheet title in the file, first and last row and column, as issued
    expected: Area | None  # where labels say that it stands now; None where they do not
    now: Area | None  # where the name points; None where it is dead


def moved(witnesses: Mapping[str, Witness]) -> dict[str, Witness]:
    """Of the names of a workbook those that do not agree with the labels, by key.

    Programs that insert rows without minding names leave all of them behind, others lose all: labels decide then.
    """
    living = [witness for witness in witnesses.values() if witness.now is not None]
    if not living or all(witness.now == witness.issued for witness in living):
        return {} if not _dead_among_living(witnesses, living) else _dead(witnesses)
    return {key: witness for key, witness in witnesses.items() if witness.now != witness.expected}


def _dead_among_living(witnesses: Mapping[str, Witness], living: Sequence[Witness]) -> bool:
    return 0 < len(living) < len(witnesses)


def _dead(witnesses: Mapping[str, Witness]) -> dict[str, Witness]:
    return {key: witness for key, witness in witnesses.items() if witness.now is None}


def cell_of(area: Area) -> Place:
    """The first cell of an area."""
    return Place(area[0], area[1], area[2])
