"""What a form computes and no declaration holds, such as the years of a goal, by the formula that the unit saw."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from workbook_builder.blank.calculate import Calculator
from workbook_builder.cells import Place, Value, column_letters
from workbook_builder.form.model import Form
from workbook_builder.form.rules import REFERENCE, Catalogue, Link
from workbook_builder.form.template_reading import Template
from workbook_builder.values.serials import serial

FAR_COLUMN = 401  # right of any form: nothing that is drawn reads it
ROOT = "root."
DEEPEST = 20  # formulas that rest on each other


class Computed:
    """Evaluates the formulas of the catalogue over declarations, one at a time."""

    def __init__(self, template: Template, catalogue: Catalogue):
        self._form, self._links = template.form, catalogue.links
        self._calculator = Calculator(template.data, {})
        self._sheet = template.form.form_sheet.title

    def text(self, key: str, declared: Mapping[str, Any], root: Mapping[str, Any]) -> str:
        """What a form shows of a key that its declaration does not hold; "" where no formula says.

        declared: in JSON; root: the root project's, which is the same for the root itself.
        """
        cells: dict[Place, Value] = {}
        formula = self._expanded(key, declared, root, cells, DEEPEST)
        if formula is None:
            return ""
        self._calculator.calculate(cells)
        value = self._calculator.evaluate(formula, self._sheet)
        return "" if value is None or str(value).startswith("#") else str(value)

    def _expanded(
        self, key: str, declared: Mapping[str, Any], root: Mapping[str, Any], cells: dict[Place, Value], depth: int
    ) -> str | None:
        """A formula over cells that gives the key's value; None where there is none. The cells are added."""
        if key.startswith(ROOT):
            return self._expanded(key.removeprefix(ROOT), root, root, cells, depth)
        link = self._link(key, is_root=declared is root)
        if link is None or "@" in link.formula or not depth:
            return self._cell(key, declared, cells)
        parts = {
            name: self._expanded(name, declared, root, cells, depth - 1) for name in REFERENCE.findall(link.formula)
        }
        if any(part is None for part in parts.values()):
            return None
        return f"({REFERENCE.sub(lambda match: parts[match[1]] or '', ' '.join(link.formula.split(chr(10)))).strip()})"

    def _link(self, key: str, *, is_root: bool) -> Link | None:
        scopes = ("form", "root" if is_root else "sub_project")
        field = self._form.fields.get(key)
        if field is not None and field.source != "formula":
            return None
        return next((link for link in self._links if key in link.keys and link.scope in scopes), None)

    def _cell(self, key: str, declared: Mapping[str, Any], cells: dict[Place, Value]) -> str | None:
        if key not in self._form.fields:
            return None
        row = len(cells) + 1
        cells[Place(self._sheet, row, FAR_COLUMN)] = _value(declared.get(key), self._form, key)
        return f"${column_letters(FAR_COLUMN)}${row}"


def _value(declared: Any, form: Form, key: str) -> Value:
    """As a cell holds it: dates as numbers."""
    if declared is None:
        return None
    kind = form.fields[key].type
    if kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", str(declared)):
        return serial(date.fromisoformat(declared))
    return float(declared) if kind == "amount" else str(declared)
