"""What a unit typed, taken from its file as it stands, to be written into another workbook of the same project."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.cells import Cell, Value
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import Slot
from workbook_builder.form.model import Field
from workbook_builder.judge.opening import Opened
from workbook_builder.values.normalised import shown

TEXT_LIMIT = 32_767  # characters that a cell holds
NUMBER_TYPES = ("amount", "date", "number")  # read as numbers whatever the cell's number format


class Answer(NamedTuple):
    """One input's content, and what of it no cell can take."""

    slot: Slot
    value: Value
    rest: str = ""  # a formula that a gate refused; what is beyond the length of a cell


class Held(NamedTuple):
    """What of a part goes into the whole that it is merged into: all that is left to know once it was read."""

    contents: Mapping[str, Value]  # of each cell that takes a value, by full key, as typed
    notices: Mapping[str, str]  # what it tells the unit beside the form

    @classmethod
    def by(cls, opened: Opened) -> "Held":
        """By a part that was opened."""
        return cls(dict(contents(opened)), opened.notices)


def as_typed(cell: Cell, field: Field) -> Value:
    """A cell's content, to be written into a cell of the blank's own number format and read there as it was here.

    Its formula is not looked at. A share or a date in a cell for words or targets becomes the text that was typed.
    """
    value = cell.value
    is_shown_otherwise = (cell.is_percent or cell.is_date) and field.type not in NUMBER_TYPES
    if isinstance(value, bool) or (isinstance(value, Decimal) and is_shown_otherwise):
        return shown(cell._replace(formula=None))
    return value


def contents(opened: Opened) -> Iterator[tuple[str, Value]]:
    """What each cell that takes a value holds, by full key, as typed; prefilled cells too."""
    for key, slot in opened.blank.layout.slots.items():
        if slot.kind not in ("formula", "pending") and key in opened.located.cells:
            yield key, as_typed(opened.located.cells[key], slot.field)


def answers(opened: Opened) -> Iterator[Answer]:
    """Every input that holds something, as typed: 2000万 stays the text it was."""
    located = opened.located
    for key, slot in opened.blank.layout.slots.items():
        cell = located.cells.get(key)
        if slot.kind == "input" and cell is not None and (cell.kind != "empty" or cell.formula is not None):
            yield _answer(slot, cell, located.values.get(key), is_refused=key in located.failed)


def _answer(slot: Slot, cell: Cell, read: Typed, *, is_refused: bool) -> Answer:
    if cell.kind == "error" or (cell.formula is not None and is_refused):
        return Answer(slot, None, shown(cell))
    if cell.formula is not None:  # =200000+86700, =90%: read as a number, so the sum stays as it was typed
        if slot.field.type == "amount":
            return Answer(slot, f"={cell.formula}")
        if isinstance(read, Decimal) and not cell.formula.endswith("%"):
            return Answer(slot, read)
        return Answer(slot, cell.formula)
    value = as_typed(cell, slot.field)
    if isinstance(value, str) and len(value) > TEXT_LIMIT:
        return Answer(slot, value[:TEXT_LIMIT], value[TEXT_LIMIT:])
    return Answer(slot, value)
