"""A declaration: what one workbook says about its project, typed and normalised. Pure data."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from workbook_builder.form.model import INDICATORS, Field, full_key
from workbook_builder.values.numbers import amount_text, decimal_text

SUB_PROJECTS = "sub_projects"
DIGITS_LIMIT = 20  # before or behind the point; a number beyond them is written as text, and so judged
SUB_PROJECT = re.compile(r"sub_projects\[([0-9]{1,4})\]\.")

Typed = str | int | Decimal | date | None


class Indicator(NamedTuple):
    """One used row of the indicator table."""

    row: int  # its slot on the form, from 0
    level1: str
    level2: str
    name: str | None
    comparator: str | None
    target: Decimal | str | None
    unit: str | None
    weight: Decimal | None = None


class Declaration(NamedTuple):
    """A root project with its sub-projects, or one sub-project."""

    values: Mapping[str, Typed]  # by key, such as annual_funds or narrative.overview; amounts in yuan
    indicators: tuple[Indicator, ...]
    sub_projects: tuple["Declaration", ...] = ()
    has_weights: bool = False  # whether its form has them


def as_printed(value: Typed) -> str | None:
    """A value as messages show it: amounts with two places; None where there is none."""
    if isinstance(value, Decimal):
        return amount_text(value)
    return None if value is None else str(value)


def to_json(declaration: Declaration) -> dict[str, Any]:
    """As in the outside contract: amounts, weights and numeric targets are decimal strings, dates ISO strings, empty is null."""
    entry: dict[str, Any] = {}
    for key, value in declaration.values.items():
        group, _, name = key.partition(".")
        if name:
            entry.setdefault(group, {})[name] = _plain(value)
        else:
            entry[key] = _plain(value)
    entry[INDICATORS] = [_indicator_json(indicator, declaration.has_weights) for indicator in declaration.indicators]
    if declaration.sub_projects:
        entry[SUB_PROJECTS] = [to_json(sub) for sub in declaration.sub_projects]
    return entry


def _indicator_json(indicator: Indicator, has_weights: bool) -> dict[str, Any]:
    entry = indicator._asdict()
    for column in ("target", "weight"):
        if isinstance(number := entry[column], Decimal):
            entry[column] = decimal_text(number)
    if not has_weights:
        del entry["weight"]
    return entry


def _plain(value: Typed) -> str | int | None:
    if isinstance(value, Decimal):
        return amount_text(value)
    return value.isoformat() if isinstance(value, date) else value


def flat(entry: Mapping[str, Any], sub_project: int | None = None) -> Iterator[tuple[str, Any]]:
    """The full keys and values of a declaration in JSON; indicator rows come whole, under indicators[n] by position."""
    for key, value in entry.items():
        if key == SUB_PROJECTS and sub_project is None and isinstance(value, list):
            for number, sub in enumerate(value):
                yield from flat(sub, number) if isinstance(sub, Mapping) else [(f"{SUB_PROJECTS}[{number}]", sub)]
        elif key == INDICATORS and isinstance(value, list):
            for number, indicator in enumerate(value):
                yield full_key(sub_project, f"{INDICATORS}[{number}]"), indicator
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                yield full_key(sub_project, f"{key}.{name}"), inner
        else:
            yield full_key(sub_project, key), value


def sub_project_of(key: str) -> int | None:
    """The number of the sub-project that a full key names; None for the root."""
    match = SUB_PROJECT.match(key)
    return int(match[1]) if match else None


def typed(field: Field, value: Any) -> Typed:
    """A value of a declaration in JSON as its cell takes it; what its type cannot hold stays text."""
    if value is None or value == "":
        return None
    text = str(value)
    try:
        if field.type in ("amount", "target", "number"):
            number = Decimal(text)
            is_number = number.is_finite() and (not number or abs(number.adjusted()) < DIGITS_LIMIT)
            return number if is_number else text
        if field.type == "date":
            return date.fromisoformat(text)
    except (InvalidOperation, ValueError):
        return text
    return text
