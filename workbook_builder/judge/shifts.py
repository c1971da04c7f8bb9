"""Where the rows and columns of a form went on a sheet, by its fixed texts."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from workbook_builder.ooxml.reader import SheetReading
from workbook_builder.values.normalised import tight

Position = tuple[int, int]  # row and column, from 1
LOOKING_AHEAD = 4  # rows with labels, to tell a row that moved from a label that was changed


class Shift(NamedTuple):
    """Where the lines of one direction went: an issued row (or column) and the file's, in order, for those with labels."""

    anchors: tuple[Position, ...]

    @property
    def is_none(self) -> bool:
        """Whether every line stands where it was issued."""
        return all(issued == now for issued, now in self.anchors)

    def of(self, line: int) -> int | None:
        """Where an issued line stands now; None where it was deleted, or where labels on both sides do not say."""
        if not self.anchors:
            return line
        lines = self.candidates(line)
        return lines[0] if len(lines) == 1 else None

    def candidates(self, line: int) -> tuple[int, ...]:
        """Where an issued line can stand now by the label before it and the one behind it."""
        before = max((anchor for anchor in self.anchors if anchor[0] <= line), default=None)
        after = min((anchor for anchor in self.anchors if anchor[0] >= line), default=None)
        shifts = [now - issued for anchor in (before, after) if anchor for issued, now in [anchor]]
        return tuple(dict.fromkeys(line + shift for shift in shifts)) or (line,)


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
    if not labels or shows_all(labels, sheet):
        return SheetShift()
    issued = {position: tight(label) for position, label in labels.items()}
    now = dict(_labels_on(sheet, {*issued.values()}))
    columns = Shift(tuple(_columns(issued, now)))
    moved = {(row, there): text for (row, column), text in issued.items() if (there := columns.of(column))}
    lines = {line.row: line for line in _lines(now)}
    return SheetShift(Shift(tuple(_row_anchors(_lines(moved), lines))), columns)


def shows_all(labels: Mapping[Position, str], sheet: SheetReading) -> bool:
    """Whether a sheet has these texts in these cells."""
    return all(_shows(sheet, position, label) for position, label in labels.items())


def _shows(sheet: SheetReading, position: Position, label: str) -> bool:
    cell = sheet.cells.get(position)
    if cell is None or not isinstance(cell.value, str):
        return False
    return cell.value == label or tight(cell.value) == tight(label)


def _labels_on(sheet: SheetReading, labels: Container[str]) -> Iterator[tuple[Position, str]]:
    """Where one of these texts stands; all others, of which there may be hundreds of thousands, say nothing."""
    known: dict[str, str] = {}
    for position, cell in sheet.cells.items():
        if isinstance(cell.value, str):
            text = known.get(cell.value)
            if text is None:
                text = tight(cell.value)
            if text in labels:
                known[cell.value] = text
                yield position, text


class _Line(NamedTuple):
    """A row with texts on it."""

    row: int
    texts: frozenset[tuple[int, str]]  # the column where each stands now, and the text

    def is_on(self, other: "_Line | None") -> bool:
        """Whether the other row shows all its texts."""
        return other is not None and self.texts <= other.texts


def _lines(texts: Mapping[Position, str]) -> list[_Line]:
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in sorted(texts.items()):
        by_row.setdefault(row, []).append((column, text))
    return [_Line(row, frozenset(cells)) for row, cells in sorted(by_row.items())]


def _row_anchors(issued: Sequence[_Line], now: Mapping[int, _Line]) -> Iterator[Position]:
    """Issued rows with labels and where they stand; the shift changes only where more of what follows fits another."""
    shift = 0
    for number, line in enumerate(issued):
        if not line.is_on(now.get(line.row + shift)):
            coming = issued[number : number + LOOKING_AHEAD]
            shifts = {other.row - line.row for other in now.values() if line.is_on(other)}
            best = max(
                sorted(shifts, key=lambda other: abs(other - shift)),
                key=lambda other: _fit(coming, now, other),
                default=shift,
            )
            if _fit(coming, now, best) > _fit(coming, now, shift):
                shift = best
        if line.is_on(now.get(line.row + shift)):
            yield line.row, line.row + shift


def _fit(lines: Sequence[_Line], now: Mapping[int, _Line], shift: int) -> int:
    """How many of these rows stand where this shift puts them."""
    return sum(line.is_on(now.get(line.row + shift)) for line in lines)


def _columns(issued: Mapping[Position, str], now: Mapping[Position, str]) -> Iterator[Position]:
    """For each issued column with texts, the one where most of them stand now.

    Only texts that stand in one column have a say: the levels of indicators are repeated in hidden columns, row by row.
    """
    before, after = _columns_of(issued), _columns_of(now)
    votes: dict[int, Counter[int]] = {}
    for text, columns in before.items():
        there = after.get(text, frozenset())
        if len(columns) == len(there) == 1:
            votes.setdefault(next(iter(columns)), Counter())[next(iter(there))] += 1
    for column, found in sorted(votes.items()):
        yield column, found.most_common(1)[0][0]


def _columns_of(texts: Mapping[Position, str]) -> dict[str, frozenset[int]]:
    """The columns in which each text stands."""
    columns: dict[str, set[int]] = {}
    for (_, column), text in texts.items():
        columns.setdefault(text, set()).add(column)
    return {text: frozenset(where) for text, where in columns.items()}
