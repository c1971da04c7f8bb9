"""Where the cells of a form stand in a file: as issued, unless whole rows or columns were inserted or deleted.

A value is read where the form shows it. The fixed texts say where the rows and columns of the form went; a workbook name
is a witness only: a name that leads elsewhere than the labels did means that a cell was cut or dragged.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.cells import Place
from workbook_builder.form.layout import Layout
from workbook_builder.form.model import INDICATORS
from workbook_builder.form.workbook_names import cell_name
from workbook_builder.ooxml.reader import Area, Reading, SheetReading
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
    issued = _lines((position, tight(label)) for position, label in labels.items())
    now = {
        line.row: line
        for line in _lines(
            (position, tight(cell.value)) for position, cell in sheet.cells.items() if isinstance(cell.value, str)
        )
    }
    rows = tuple(_row_anchors(issued, now))
    pairs = {line.row: line for line in issued}
    columns = _columns(_column_pairs(pairs[before], now[after]) for before, after in rows)
    return SheetShift(Shift(rows), Shift(tuple(columns)))


def shows_all(labels: Mapping[Position, str], sheet: SheetReading) -> bool:
    """Whether a sheet has these texts in these cells."""
    return all(_shows(sheet, position, label) for position, label in labels.items())


def _shows(sheet: SheetReading, position: Position, label: str) -> bool:
    cell = sheet.cells.get(position)
    return cell is not None and isinstance(cell.value, str) and tight(cell.value) == tight(label)


class _Line(NamedTuple):
    """A row with texts on it."""

    row: int
    texts: tuple[tuple[int, str], ...]  # column and text, in order

    def is_on(self, other: "_Line | None") -> bool:
        """Whether the other row shows all its texts."""
        return other is not None and {text for _, text in self.texts} <= {text for _, text in other.texts}


def _lines(texts: Iterable[tuple[Position, str]]) -> list[_Line]:
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in sorted(texts):
        by_row.setdefault(row, []).append((column, text))
    return [_Line(row, tuple(cells)) for row, cells in sorted(by_row.items())]


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


def _column_pairs(issued: _Line, now: _Line) -> Iterator[Position]:
    """Each label's column and the one where it stands now: its own where it is there."""
    for column, text in issued.texts:
        columns = [other for other, there in now.texts if there == text]
        yield column, column if column in columns else columns[0]


def _columns(pairs: Iterable[Iterable[Position]]) -> Iterator[Position]:
    """For each issued column, the one where most of its labels stand now."""
    votes: dict[int, Counter[int]] = {}
    for columns in pairs:
        for before, after in columns:
            votes.setdefault(before, Counter())[after] += 1
    for before, found in sorted(votes.items()):
        yield before, found.most_common(1)[0][0]


class Witness(NamedTuple):
    """What a workbook name says of where a cell, or a table, stands; areas by the sheet titles of the file."""

    issued: Area  # as issued
    expected: Area | None  # where labels say that it stands now; None where they do not
    now: Area | None  # where the name points; None where it is dead


def moved(witnesses: Mapping[str, Witness]) -> dict[str, Witness]:
    """Of the names of a workbook those that do not agree with the labels, by key.

    Programs that insert rows without minding names leave all of them behind, others lose all: labels decide then.
    """
    living = [witness for witness in witnesses.values() if witness.now is not None]
    stayed_behind = all(witness.now == witness.issued for witness in living)
    return {
        key: witness
        for key, witness in witnesses.items()
        if living and (witness.now is None or (not stayed_behind and witness.now != witness.expected))
    }


class Placing(NamedTuple):
    """Where the keys of a form stand in a file."""

    places: Mapping[str, Place]  # missing where its sheet is missing, or its row or column was deleted
    moved: Mapping[str, Witness]  # keys whose names led elsewhere; a table's by the key of its first cell
    shifts: Mapping[str, SheetShift]  # by sheet title as issued (placeholders), of the sheets that are there

    def of(self, place: Place, title: str) -> Place | None:
        """Where an issued cell stands now on the sheet of this title; None where it was deleted or cannot be told."""
        position = self.shifts[place.sheet].of(place.row, place.column) if place.sheet in self.shifts else None
        return None if position is None else Place(title, *position)


def place_keys(
    reading: Reading, blank: Blank, titles: Mapping[str, str], nameless: Collection[str] = frozenset()
) -> Placing:
    """Where every key stands. titles: the file's sheet for each of the layout's, as far as it is there; nameless: those
    of them to which no name leads, because somebody gave the sheet another title behind the names' back.
    """
    labels: dict[str, dict[Position, str]] = {}
    for place, label in blank.labels.items():
        labels.setdefault(place.sheet, {})[place.row, place.column] = label
    shifts = {
        laid.title: sheet_shift(labels.get(laid.title, {}), reading.sheets[titles[laid.title]])
        for laid in blank.layout.sheets
        if laid.title in titles
    }
    placing = Placing({}, {}, shifts)
    slots = [slot for slot in blank.layout.slots.values() if slot.place.sheet in titles]
    places = {}
    for slot in slots:
        title = titles[slot.place.sheet]
        where = placing.of(slot.place, title)
        if where is None and slot.row is None and slot.place.row not in {row for row, _ in labels[slot.place.sheet]}:
            where = _by_content(slot.place, shifts[slot.place.sheet], reading.sheets[title])
        if where is not None:
            places[slot.key] = where
    placing = placing._replace(places=places)
    named = {title: now for title, now in titles.items() if title not in nameless}
    return placing._replace(moved=moved(dict(_witnesses(reading, blank.layout, named, placing))))


def _by_content(place: Place, shift: SheetShift, sheet: SheetReading) -> Place | None:
    """Of a cell on a row without labels, between rows that went different ways: the one place that holds something."""
    column = shift.columns.of(place.column)
    rows = shift.rows.candidates(place.row)
    filled = [row for row in rows if column is not None and (row, column) in sheet.cells]
    if column is None or len(filled) > 1:
        return None
    return Place(sheet.title, filled[0] if filled else rows[0], column)


def _witnesses(
    reading: Reading, layout: Layout, titles: Mapping[str, str], placing: Placing
) -> Iterator[tuple[str, Witness]]:
    for number, slots in layout.parts.items():
        table = [slot for slot in slots if slot.row is not None and slot.kind == "input"]
        named = [(cell_name(number, slot.field.key), slot, slot) for slot in slots if slot.row is None]
        if table:
            first = min(table, key=lambda slot: (slot.place.row, slot.place.column))
            last = max(table, key=lambda slot: (slot.last_row, slot.last_column))
            named.append((cell_name(number, INDICATORS), first, last))
        for name, first, last in named:
            if (title := titles.get(first.place.sheet)) is None:
                continue
            corners = first.place, first.place._replace(row=last.last_row, column=last.last_column)
            corners = corners if first is not last else (first.place, first.place)
            now = reading.names.get(name)
            if first is last and now is not None:  # some programs name the whole merged cell
                now = (*now[:3], now[1], now[2])
            here = placing.places.get(first.key)
            expected = _moved_area(title, corners, placing) if first is not last else here and _area(title, here, here)
            yield first.key, Witness(_area(title, *corners), expected, now)


def _area(title: str, first: Place, last: Place) -> Area:
    return title, first.row, first.column, last.row, last.column


def _moved_area(title: str, corners: tuple[Place, Place], placing: Placing) -> Area | None:
    first, last = (placing.of(corner, title) for corner in corners)
    return _area(title, first, last) if first and last else None
