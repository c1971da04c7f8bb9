"""Recalculates a blank with formualizer: one engine per shape, used again for every declaration of that shape."""

from collections.abc import Mapping
from decimal import Decimal

import formualizer

from workbook_builder.cells import Place, Value

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


class Calculator:
    """The formulas of one blank.

    formualizer and LibreOffice agree inside the safe dialect (formulas/README.md); reuse is exact: only changed cells
    are set, None empties a cell.
    """

    def __init__(self, blank: bytes, formulas: Mapping[Place, str]):
        self._book = formualizer.load_workbook_bytes(blank)
        self._book.set_temporal_egress("serial")
        self._formulas = formulas
        self._set: dict[Place, Value] = {}

    def calculate(self, values: Mapping[Place, Value]) -> None:
        """Sets exactly these cells, all others as in the blank, and evaluates. A value may stand over a formula."""
        for place in self._set.keys() | values.keys():
            if place not in values and place in self._formulas:
                self._book.set_formula(*place, "=" + self._formulas[place])
            elif self._set.get(place) != values.get(place) or place not in self._set:
                self._book.set_value(*place, _plain(values.get(place)))
        self._set = dict(values)
        self._book.evaluate_all()

    def value(self, place: Place) -> Value:
        """What a cell holds after `calculate`; an error cell gives its name, an empty one None."""
        value = self._book.get_value(*place)
        if isinstance(value, dict):
            return ERRORS.get(value.get("kind", ""), "#VALUE!")
        if isinstance(value, bool):
            return int(value)
        return value if isinstance(value, str | int | float | None) else str(value)

    def evaluate(self, formula: str, sheet: str) -> Value:
        """The value of one more formula, written for the given sheet, over what was calculated last."""
        place = Place(sheet, 1, SCRATCH_COLUMN)
        self._book.set_formula(*place, "=" + formula)
        value = self._book.evaluate_cell(*place)
        self._book.set_value(*place, None)
        if isinstance(value, dict):
            return ERRORS.get(value.get("kind", ""), "#VALUE!")
        return value if isinstance(value, str | int | float | None) else str(value)


def _plain(value: Value) -> str | int | float | None:
    return float(value) if isinstance(value, Decimal) else value
