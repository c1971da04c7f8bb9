"""Formulas that fill an area: only the first cell holds the formula, the others look as if their value had been typed.

Source: ECMA-376 part 1, 18.3.1.40 (f, attributes t and ref).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from workbook_builder.cells import Cell
from workbook_builder.ooxml.sheet_guards import Box, boxes_in, holds

CELLS_VISITED = 3_000_000  # of a sheet, by all areas together


class TooManyError(Exception):
    """More areas, or larger ones, than any sheet of a form has."""


def with_spread(cells: Mapping[tuple[int, int], Cell], areas: Iterable[str]) -> Mapping[tuple[int, int], Cell]:
    """The cells of a sheet, those that a formula fills among them as computed. Raises TooManyError."""
    computed = dict(cells)
    visited = 0
    for box in (box for area in areas for box in boxes_in(area)):
        visited += min(_size(box), len(cells))
        if visited > CELLS_VISITED:
            raise TooManyError
        for place in _places(box, cells):
            if computed[place].formula is None:
                computed[place] = computed[place]._replace(formula="")
    return computed


def _size(box: Box) -> int:
    return (box[2] - box[0] + 1) * (box[3] - box[1] + 1)


def _places(box: Box, cells: Mapping[tuple[int, int], Cell]) -> Iterator[tuple[int, int]]:
    """Where an area has cells."""
    if _size(box) > len(cells):
        yield from (place for place in cells if holds(box, *place))
    else:
        places = product(range(box[0], box[2] + 1), range(box[1], box[3] + 1))
        yield from (place for place in places if place in cells)
