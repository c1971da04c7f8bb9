"""An indicator's cells as people fill them in, and what is read from them."""

from decimal import Decimal

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.values.indicators import IndicatorValues, indicator
from workbook_builder.values.normalised import Problem


def cell(content: str | Decimal | Cell | None) -> Cell:
    if isinstance(content, Cell):
        return content
    if content is None:
        return EMPTY
    return Cell(content, "text" if isinstance(content, str) else "number")


def row(
    comparator: str | Cell | None,
    target: str | Decimal | Cell | None,
    unit: str | Cell | None = None,
    name: str | Cell | None = None,
) -> IndicatorValues:
    return indicator(cell(name), cell(comparator), cell(target), cell(unit))


def percent(digits: str) -> Cell:
    return Cell(Decimal(digits), "number", is_percent=True)


def formula(content: str, *, is_percent: bool = False) -> Cell:
    return Cell(Decimal(4711), "number", formula=content, is_percent=is_percent)


def values(read: IndicatorValues) -> tuple[str | None, Decimal | str | None, str | None]:
    return read.comparator, read.target, read.unit


def only(read: IndicatorValues) -> Problem:
    (problem,) = read.problems
    return problem
