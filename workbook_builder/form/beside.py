"""What stands beside the form in a round within a year: what the amounts were in the last one, and all else of it.

One cell a row that holds amounts, a line for each of them.
"""

from collections.abc import Iterator
from decimal import Decimal

from workbook_builder.form.layout import Layout, Slot
from workbook_builder.form.model import BESIDE_HEAD, Field, is_beside

NOTHING = "空"


def beside_slots(layout: Layout) -> Iterator[tuple[Slot, tuple[Slot, ...]]]:
    """Each cell beside the form, with the amounts of its row."""
    for slot in layout.slots.values():
        if is_beside(slot.key):
            row = (one for one in layout.parts[slot.sub_project] if one.place[:2] == slot.place[:2])
            amounts = (one for one in row if one.field.type == "amount" and one.kind != "helper")
            yield slot, tuple(amounts) if slot.field.key != BESIDE_HEAD else ()


def line_beside(word: str, field: Field, amount: Decimal | None) -> str:
    """Such as 申报 当年财政拨款 800,000.00."""
    return f"{word} {field.label} {NOTHING if amount is None else f'{amount:,.2f}'}"
