"""Recalculates a blank with formualizer: one engine per shape, used again for every declaration of that shape."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import formualizer

from workbook_builder.blank.dependents import Dependents
from workbook_builder.cells import Place, Value
from workbook_builder.ooxml.reader import Area

ERRORS = {
    "Div": "#DIV/0!",
    "Na": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
SCRATCH_COLUMN = 500  # no formula reads it
ASKED_BEFORE = 25  # telling what formulas read takes longer than asking them all so often

NO_NAMES: Mapping[str, Area] = MappingProxyType({})


class Results(NamedTuple):
    """What formulas give, told by what they gave when they were first asked."""

    first: Mapping[Place, Value]
    since: Mapping[Place, Value]  # what is otherwise now

    def get(self, place: Place) -> Value:
        """Of a formula; None of any other cell."""
        return self.since[place] if place in self.since else self.first.get(place)


def _engine() -> formualizer.WorkbookConfig:
    """Without threads, for many are calculated at once, in processes, and threads take a quarter longer; without a log of
    changes, to undo them, which would grow with every workbook and takes more than half of the time of setting cells.
    """
    alone = formualizer.EvaluationConfig()
    alone.enable_parallel = False
    return formualizer.WorkbookConfig(
        mode=formualizer.WorkbookMode.Interactive, eval_config=alone, enable_changelog=False
    )


class Calculator:
    """The formulas of one blank.

    formualizer and LibreOffice agree inside the safe dialect (formulas/README.md); reuse is exact: only changed cells
    are set, None empties a cell.
    """

    def __init__(self, blank: bytes, formulas: Mapping[Place, str], names: Mapping[str, Area] = NO_NAMES):
        """names: of the workbook, and where each leads."""
        self._book = formualizer.Workbook.from_bytes(blank, config=_engine())
        self._book.set_temporal_egress("serial")
        self._formulas = formulas
        self._set: dict[Place, Value] = {}
        self._changed: set[Place] = set()  # since results were asked for
        self._dependents = Dependents(formulas, names)
        self._asked = 0  # so often for results
        self._results: tuple[dict[Place, Value], dict[Place, Value]] | None = None

    def calculate(self, values: Mapping[Place, Value]) -> None:
        """Sets exactly these cells, all others as in the blank, and evaluates. A value may stand over a formula."""
        for place in self._set.keys() | values.keys():
            if place not in values and place in self._formulas:
                self._book.set_formula(*place, "=" + self._formulas[place])
            elif self._set.get(place) != values.get(place) or place not in self._set:
                self._book.set_value(*place, _plain(values.get(place)))
            else:
                continue
            self._changed.add(place)
        self._set = dict(values)
        self._book.evaluate_all()

    def value(self, place: Place) -> Value:
        """What a cell holds after `calculate`; an error cell gives its name, an empty one None."""
        return _shown(self._book.get_value(*place))

    def formula_values(self) -> dict[Place, Value]:
        """The same of all cells with formulas: read by sheets, in half the time of one by one."""
        values: dict[Place, Value] = {}
        for title, (places, area) in self._areas.items():
            rows = self._book.sheet(title).get_values(area)
            values |= {place: _shown(rows[place.row - 1][place.column - 1]) for place in places}
        return values

    def results(self) -> Results:
        """The same; read are only the cells that may hold something else than when they were asked for before."""
        if self._results is None:
            self._results = self.formula_values(), {}
        elif self._changed:
            first, since = self._results
            for place, value in self._read_again():
                if value != first[place]:
                    since[place] = value
                else:
                    since.pop(place, None)
        self._changed.clear()
        self._asked += 1
        return Results(*self._results)

    def expect_many(self) -> None:
        """So many results will be asked for that telling what formulas read is worth it from the first on."""
        self._asked = max(self._asked, ASKED_BEFORE)

    def _read_again(self) -> Iterable[tuple[Place, Value]]:
        """At first all: few workbooks are not worth telling what formulas read."""
        places = self._formulas.keys() if self._asked < ASKED_BEFORE else self._dependents.of(self._changed)
        if len(places) == len(self._formulas):
            return self.formula_values().items()
        return [(place, self.value(place)) for place in places]

    @cached_property
    def _areas(self) -> dict[str, tuple[list[Place], formualizer.RangeAddress]]:
        """Of each sheet the cells with formulas, and the area from A1 that holds them."""
        places: dict[str, list[Place]] = {}
        for place in self._formulas:
            places.setdefault(place.sheet, []).append(place)
        return {title: (own, _area(title, own)) for title, own in places.items()}

    def evaluate(self, formula: str, sheet: str) -> Value:
        """The value of one more formula, written for the given sheet, over what was calculated last."""
        place = Place(sheet, 1, SCRATCH_COLUMN)
        self._book.set_formula(*place, "=" + formula)
        value = self._book.evaluate_cell(*place)
        self._book.set_value(*place, None)
        return _shown(value)


def _shown(value: Any) -> Value:
    if isinstance(value, str):  # as most are
        return value
    if isinstance(value, dict):
        return ERRORS.get(value.get("kind", ""), "#VALUE!")
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, int | float | None) else str(value)


def _area(title: str, places: Iterable[Place]) -> formualizer.RangeAddress:
    last_row, last_column = (max(numbers) for numbers in list(zip(*places, strict=True))[1:])
    return formualizer.RangeAddress(title, 1, 1, last_row, last_column)


def _plain(value: Value) -> str | int | float | None:
    return float(value) if isinstance(value, Decimal) else value
