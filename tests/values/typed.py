"""What people type into one cell, and the one rule that a value of it breaks."""

from decimal import Decimal
from typing import Any

from workbook_builder.cells import Cell
from workbook_builder.values.normalised import Normalised

CATEGORIES = ("经常性项目", "一次性项目", "阶段性项目")


def typed(words: str) -> Cell:
    return Cell(words, "text")


def number(digits: str, *, is_percent: bool = False, is_date: bool = False) -> Cell:
    return Cell(Decimal(digits), "number", is_percent=is_percent, is_date=is_date)


def formula(content: str) -> Cell:
    """Its cached value is wrong on purpose: nobody may trust it."""
    return Cell(Decimal(4711), "number", formula=content)


def error(name: str) -> Cell:
    return Cell(name, "error")


YES = Cell(True, "boolean")


def only_rule(result: Normalised[Any]) -> str:
    (problem,) = result.problems
    return problem.rule
