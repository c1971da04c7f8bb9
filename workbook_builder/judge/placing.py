"""Where the cells of a form stand in a file: as issued, unless whole rows or columns were inserted or deleted.

A value is read where the form shows it. The fixed texts say where the rows and columns of the form went (shifts); a workbook
name is a witness only: a name that leads elsewhere than the labels did means that a cell was cut or dragged.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.cells import MAX_ROW, Place
from workbook_builder.form.layout import Layout, Slot
from workbook_builder.form.model import INDICATORS
from workbook_builder.form.workbook_names import cell_name
from workbook_builder.judge.inserted_rows import Widened, widened, with_end_of_table
from workbook_builder.judge.shifts import SheetShift, sheet_shift
from workbook_builder.ooxml.reader import Area, Reading, SheetReading


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
    widened: Mapping[str, tuple[Widened, ...]] = {}  # by the same, what has more rows than were issued

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
    sheets = {laid.title: reading.sheets[titles[laid.title]] for laid in blank.layout.sheets if laid.title in titles}
    shifts = {title: _shift(blank, title, sheet) for title, sheet in sheets.items()}
    more = {title: _widened(blank, title, shifts[title], sheet) for title, sheet in sheets.items()}
    placing = Placing({}, {}, shifts, more)
    unmoved = {title for title in sheets if shifts[title].is_none and not more[title]}
    places = {}
    for slot in blank.layout.slots.values():
        issued = slot.place.sheet
        if issued in unmoved:
            places[slot.key] = Place(titles[issued], slot.place.row, slot.place.column)
        elif issued in sheets and (where := _moved_to(slot, placing, blank, sheets[issued])) is not None:
            places[slot.key] = where
    placing = placing._replace(places=places)
    named = {title: now for title, now in titles.items() if title not in nameless}
    return placing._replace(moved=moved(dict(_witnesses(reading, blank.layout, named, placing))))


def _moved_to(slot: Slot, placing: Placing, blank: Blank, sheet: SheetReading) -> Place | None:
    """Where a cell stands on a sheet of which rows or columns went elsewhere."""
    if slot.row is not None:
        return _in_table(slot, sheet.title, placing)
    where = placing.of(slot.place, sheet.title)
    if where is None and slot.place.row not in {row for row, _ in blank.labels_of[slot.place.sheet]}:
        return _by_content(slot.place, placing.shifts[slot.place.sheet], sheet)
    return where


def _shift(blank: Blank, title: str, sheet: SheetReading) -> SheetShift:
    labels = blank.labels_of.get(title, {})
    levels = blank.levels.get(title, ())
    return with_end_of_table(levels, sorted({row for row, _ in labels}), sheet_shift(labels, sheet), sheet)


def _widened(blank: Blank, title: str, shift: SheetShift, sheet: SheetReading) -> tuple[Widened, ...]:
    return tuple(widened(blank.tables[title], shift, sheet)) if title in blank.tables else ()


def _in_table(slot: Slot, title: str, placing: Placing) -> Place | None:
    """Where a cell of an indicator row stands."""
    for level in placing.widened[slot.place.sheet]:
        if slot.place.row in level.rows:
            column = placing.shifts[slot.place.sheet].columns.of(slot.place.column)
            return None if column is None else Place(title, level.rows[slot.place.row], column)
    return placing.of(slot.place, title)


def _by_content(place: Place, shift: SheetShift, sheet: SheetReading) -> Place | None:
    """Of a cell on a row without labels, between rows that went different ways: the one place that holds something.

    It lies between those rows still: what stands on them, or beyond them, are labels and other answers.
    """
    column = shift.columns.of(place.column)
    above = max((now for issued, now in shift.rows.anchors if issued < place.row), default=0)
    below = min((now for issued, now in shift.rows.anchors if issued > place.row), default=MAX_ROW + 1)
    rows = [row for row in shift.rows.candidates(place.row) if above < row < below]
    filled = [row for row in rows if (row, column) in sheet.cells]
    if column is None or not rows or len(filled) > 1:
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
            expected = (
                _table_area(title, corners, placing, now) if first is not last else here and _area(title, here, here)
            )
            yield first.key, Witness(_area(title, *corners), expected, now)


def _area(title: str, first: Place, last: Place) -> Area:
    return title, first.row, first.column, last.row, last.column


def _table_area(title: str, corners: tuple[Place, Place], placing: Placing, now: Area | None) -> Area | None:
    """Where labels put a table; as long as its name says where rows may have been inserted behind its last label."""
    first, last = corners[0], corners[1]
    begins, ends = placing.of(first, title), placing.of(last, title)
    shift = placing.shifts[first.sheet]
    column, rows = shift.columns.of(last.column), shift.rows.candidates(last.row)
    if begins and column and now and now[:3] == (title, begins.row, begins.column) and now[4] == column:
        return (*now[:3], max(now[3], min(rows)), column)
    return _area(title, begins, ends) if begins and ends else None
