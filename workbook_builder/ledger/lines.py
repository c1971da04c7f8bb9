"""How a declaration falls into lines: what the ledger's tables, and DataFrames, hold of each of its parts. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from workbook_builder.form.declaration import Declaration, Typed

TEXTS = ("project_code", "project_name", "project_category", "department", "implementing_unit")
DATES, GOALS = ("start_date", "end_date"), ("overall_goal", "annual_goal")
OF_PART = (*TEXTS, *DATES, *GOALS)  # what is said once of a root project or a sub-project


def parts_of(declaration: Declaration) -> Iterator[tuple[int | None, Declaration]]:
    """The root project, under None, then each sub-project with its number from 0."""
    yield None, declaration
    yield from enumerate(declaration.sub_projects)


def head_of(part: Declaration) -> dict[str, Typed]:
    """What is said once, by the keys of OF_PART."""
    return {key: part.values.get(key) for key in OF_PART}


def money_of(part: Declaration) -> Iterator[tuple[str, Decimal]]:
    """Key and yuan of each money line that was filled in."""
    for key, value in part.values.items():
        if isinstance(value, Decimal):
            yield key, value


def narrative_of(part: Declaration) -> Iterator[tuple[str, str]]:
    """Key, such as overview, and text of each part of 情况说明 that was filled in."""
    for key, value in part.values.items():
        group, _, name = key.partition(".")
        if name and group == "narrative" and value:
            yield name, str(value)
