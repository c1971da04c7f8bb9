"""What a check of a typed declaration gives: remarks, which become findings where the cell is known."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from workbook_builder.form.declaration import Declaration, Indicator
from workbook_builder.form.model import INDICATORS, full_key


class Remark(NamedTuple):
    """One thing that only the centre can tell."""

    rule: str
    key: str  # full key of the cell it is about
    sentence: str  # behind the place: what was found, what is expected, what to do
    value: str | None = None
    expected: str | None = None


Check = Callable[[Declaration], Iterable[Remark]]


def parts(declaration: Declaration) -> Iterator[tuple[int | None, Declaration]]:
    """The root (None) and each sub-project with its number."""
    yield None, declaration
    yield from enumerate(declaration.sub_projects)


def indicator_key(sub_project: int | None, indicator: Indicator, column: str = "name") -> str:
    """The full key of a cell on an indicator's row."""
    return full_key(sub_project, f"{INDICATORS}.{column}", indicator.row)


def text_of(declaration: Declaration, key: str) -> str:
    """A text value; "" where it is empty or the form does not have it."""
    value = declaration.values.get(key)
    return value if isinstance(value, str) else ""
