"""Finds every key of a form in a workbook that came back, and types what it holds.

A value is read where the blank has its cell, moved only with the labels around it; by sheet titles as issued.
"""

from collections import Counter
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.cells import EMPTY, Cell, Place
from workbook_builder.findings import Finding, Subject, finding_at
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import META_CELL, Layout, Slot
from workbook_builder.form.meta_cell import Identity, from_text
from workbook_builder.form.workbook_names import cell_name
from workbook_builder.judge.placing import Placing, place_keys
from workbook_builder.judge.shifts import shows_all
from workbook_builder.ooxml.reader import Reading
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.indicators import NOTHING, indicator
from workbook_builder.values.normalised import Normalised, Problem
from workbook_builder.values.texts import choice, text

NO_TITLES: Mapping[str, str] = {}


class Located(NamedTuple):
    """What a workbook holds, by full key."""

    places: Mapping[str, Place]  # where each key stands in this file; missing where its sheet is missing
    cells: Mapping[str, Cell]  # as found
    values: Mapping[str, Typed]  # typed; inputs, prefilled cells and the constants that stand over formulas
    constants: frozenset[str]  # computed keys whose formula was typed over
    failed: frozenset[str]  # keys that a gate refused, and those whose sheet is missing
    findings: tuple[Finding, ...]
    placing: Placing
    titles: Mapping[str, str]  # the file's sheet for each of the layout's (placeholders) that is there, renamed or not


def identity_of(reading: Reading) -> Identity | None:
    """What the workbook says of itself; None where it has no readable meta cell."""
    sheet = reading.sheets.get(META_CELL.sheet)
    cell = sheet.cells.get((META_CELL.row, META_CELL.column), EMPTY) if sheet else EMPTY
    return from_text(cell.value) if isinstance(cell.value, str) else None


def real_title(title: str, layout: Layout, identity: Identity) -> str:
    """The title in the file for one of the layout's (placeholders stand for sub-projects)."""
    return real_titles(layout, identity).get(title, title)


def real_titles(layout: Layout, identity: Identity) -> dict[str, str]:
    """The same of all sheets."""
    of_sub_projects = (sheet.title for sheet in layout.sheets if sheet.sub_project is not None)
    titles = {sheet.title: sheet.title for sheet in layout.sheets}
    return titles | dict(zip(of_sub_projects, identity.titles, strict=True))


def locate(reading: Reading, blank: Blank, identity: Identity, known: Mapping[str, str] = NO_TITLES) -> Located:
    """Finds and types everything; gates that refuse a cell become findings, cells that were cut or dragged too.

    known: the file's sheet for each of the layout's of which that is settled already.
    """
    layout = blank.layout
    titles = {**titles_in(reading, layout, identity), **known}
    by_labels = _by_labels(reading, blank, titles)
    placing = place_keys(reading, blank, titles | by_labels, nameless=by_labels)
    places = placing.places
    cells = {key: _cell(reading, where) for key, where in places.items()}
    typing = _Typing(blank, places, cells, _computed(reading, places))
    for slot in layout.slots.values():
        if slot.key in places and slot.row is None:
            typing.scalar(slot)
    for sub_project in layout.declarations:
        typing.table(sub_project)
    return Located(
        places,
        cells,
        typing.values,
        frozenset(typing.constants),
        frozenset(typing.failed | (layout.slots.keys() - places.keys())),
        tuple(typing.findings),
        placing,
        titles | by_labels,
    )


def _cell(reading: Reading, where: Place) -> Cell:
    return reading.sheets[where.sheet].cells.get((where.row, where.column), EMPTY)


def _computed(reading: Reading, places: Mapping[str, Place]) -> frozenset[str]:
    """The keys whose cells hold what a formula gave, where the formula itself was not read."""
    if not any(sheet.computed for sheet in reading.sheets.values()):
        return frozenset()
    return frozenset(
        key for key, where in places.items() if (where.row, where.column) in reading.sheets[where.sheet].computed
    )


def titles_in(reading: Reading, layout: Layout, identity: Identity) -> dict[str, str]:
    """The file's sheet for each of the layout's that is there: the one of its title, else the one where its names lead."""
    titles = real_titles(layout, identity)
    here = {title: real for title, real in titles.items() if real in reading.sheets}
    for title in titles.keys() - here.keys():
        names = (cell_name(s.sub_project, s.field.key) for s in layout.slots.values() if s.place.sheet == title)
        led_to = Counter(area[0] for name in names if (area := reading.names.get(name)))
        if led_to and (renamed := led_to.most_common(1)[0][0]) not in titles.values():
            here[title] = renamed
    return here


def _by_labels(reading: Reading, blank: Blank, here: Mapping[str, str]) -> dict[str, str]:
    """Sheets to which no name leads any more: the only ones that show all fixed texts of one that is missing."""
    found: dict[str, str] = {}
    for title in (laid.title for laid in blank.layout.sheets if laid.title not in here):
        labels = {(place.row, place.column): text for place, text in blank.labels.items() if place.sheet == title}
        others = (sheet for other, sheet in reading.sheets.items() if other not in here.values())
        showing = [sheet.title for sheet in others if labels and shows_all(labels, sheet)]
        if len(showing) == 1 and showing[0] not in found.values():
            found[title] = showing[0]
    return found


class _Typing:
    """Types the cells of a workbook; gathers values and what the gates have to say."""

    def __init__(
        self,
        blank: Blank,
        places: Mapping[str, Place],
        cells: Mapping[str, Cell],
        computed: Container[str],
    ) -> None:
        self._layout, self._catalogue, self._tables = blank.layout, blank.catalogue, blank.table_keys
        self._places, self._cells, self._computed = places, cells, computed
        self.values: dict[str, Typed] = {}
        self.constants: set[str] = set()
        self.failed: set[str] = set()
        self.findings: list[Finding] = []

    def scalar(self, slot: Slot) -> None:
        """An input, a prefilled cell, or a computed one whose formula was typed over by a constant."""
        cell = self._cells[slot.key]
        if slot.kind == "formula":
            is_computed = cell.formula is not None or slot.key in self._computed
            if is_computed or cell.kind == "empty" or slot.field.type != "amount":
                return
            self.constants.add(slot.key)
        elif slot.kind == "pending" or (slot.kind == "helper" and slot.field.source != "roster"):
            return
        typed = self._typed(slot, cell)
        self.values[slot.key] = typed.value
        if typed.failed:
            self.failed.add(slot.key)
        for problem in typed.problems:
            self._report(slot, problem)

    def _typed(self, slot: Slot, cell: Cell) -> Normalised[Any]:
        match slot.field.type:
            case "amount":
                return amount(cell)
            case "date":
                return date(cell)
            case "choice":
                return choice(cell, self._layout.form.choices_of(slot.field))
            case _:
                return text(cell)

    def table(self, sub_project: int | None) -> None:
        """The rows of one indicator table."""
        for keys in self._tables[sub_project]:
            if not all(key in self._places for key in keys.values()):
                continue
            typed = indicator(**{column: self._cells[key] for column, key in keys.items()})
            if typed is NOTHING:
                self.values.update(dict.fromkeys(keys.values()))
                continue
            for column, key in keys.items():
                self.values[key] = getattr(typed, column)
            self.failed |= {keys[column] for column in typed.failed}
            for problem in typed.problems:
                self._report(self._layout.slots[keys[problem.column or "name"]], problem)

    def _report(self, slot: Slot, problem: Problem) -> None:
        subject = Subject(self._places[slot.key], slot.field.label, slot.key)
        severity, value = self._catalogue.severity(problem.rule), problem.value or None
        self.findings.append(finding_at(problem.rule, severity, subject, problem.sentence, value, problem.expected))
