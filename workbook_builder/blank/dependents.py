"""Which formulas may give something else once some cells change: of what is sent out, few see what differs."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from workbook_builder.blank.references import References
from workbook_builder.cells import Place
from workbook_builder.ooxml.reader import Area
from workbook_builder.ooxml.sheet_guards import holds

FORMULAS_A_CELL = 50  # where more than one cell for so many formulas changed, nearly all of them see it


class _Readers(NamedTuple):
    """The formulas that read something, by what they read."""

    of_cells: Mapping[Place, Collection[Place]]
    of_areas: Mapping[str, Mapping[Area, Collection[Place]]]  # by sheet


class Dependents:
    """The formulas of a workbook, and what each reads."""

    def __init__(self, formulas: Mapping[Place, str], names: Mapping[str, Area]):
        """names: of the workbook, and where each leads."""
        self._formulas, self._names = formulas, names
        self._direct: dict[Place, Collection[Place]] = {}

    def of(self, changed: Collection[Place]) -> Collection[Place]:
        """Those that may give something else; all where that is as quick, or one is not of the dialect."""
        if len(changed) * FORMULAS_A_CELL > len(self._formulas) or self._readers is None:
            return self._formulas.keys()
        found = self._formulas.keys() & changed
        waiting = list(changed)
        while waiting:
            new = set(self._of_one(waiting.pop(), self._readers)) - found
            found |= new
            waiting.extend(new)
        return found

    def _of_one(self, place: Place, readers: _Readers) -> Collection[Place]:
        """The formulas that read this very cell."""
        if place not in self._direct:
            self._direct[place] = tuple(_reading(place, readers))
        return self._direct[place]

    @cached_property
    def _readers(self) -> _Readers | None:
        """None where one of the formulas is not of the dialect."""
        references = References(self._names)
        cells: dict[Place, list[Place]] = {}
        areas: dict[str, dict[Area, list[Place]]] = {}
        try:
            for place, formula in self._formulas.items():
                for area in references.of(formula, place.sheet):
                    title, top, left, bottom, right = area
                    if (top, left) == (bottom, right):
                        cells.setdefault(Place(title, top, left), []).append(place)
                    else:
                        areas.setdefault(title, {}).setdefault(area, []).append(place)
        except LookupError:
            return None
        return _Readers(cells, areas)


def _reading(place: Place, readers: _Readers) -> Iterator[Place]:
    yield from readers.of_cells.get(place, ())
    for (_, top, left, bottom, right), formulas in readers.of_areas.get(place.sheet, {}).items():
        if holds((top, left, bottom, right), place.row, place.column):
            yield from formulas
