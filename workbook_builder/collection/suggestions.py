"""上年建议: what projects said last year, written into this year's workbooks for their units to change and confirm."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.json_records import from_json, json_bytes, to_json
from workbook_builder.collection.roster import ROUNDS, Settings
from workbook_builder.files import read_file
from workbook_builder.form.declaration import Typed, typed
from workbook_builder.form.layout import Layout
from workbook_builder.form.model import CONFIRM, INDICATORS, UNCONFIRMED, full_key, section_of
from workbook_builder.values.quantities import QUALITATIVE

SUGGESTIONS_FILE = "上年建议.json"


class Suggestion(NamedTuple):
    """What one project, or sub-project, said last year, as far as this year's form has a place for it; or last round."""

    texts: Mapping[str, str]  # by key of the form; of the same year dates and amounts, too
    indicators: Sequence[Mapping[str, Any]]  # as in a declaration's JSON

    @property
    def sections(self) -> frozenset[str]:
        """The sections that its unit has to confirm."""
        return frozenset(section_of(key) for key in (*self.texts, *([INDICATORS] if self.indicators else ())))


NO_SUGGESTION = Suggestion({}, ())


class Placed(NamedTuple):
    """Suggestions laid into a workbook."""

    values: Mapping[str, Typed]  # by full key, the confirmations still open included
    lost: tuple[str, ...]  # indicators for which the roster left no row, in words


def suggestions_json(fiscal_year: int, suggestions: Mapping[str, Suggestion]) -> bytes:
    """The content of 档案/上年建议.json; suggestions by project code, for the collection of this year."""
    entries = {code: to_json(suggestion) for code, suggestion in suggestions.items() if suggestion.sections}
    return json_bytes({"fiscal_year": fiscal_year, "projects": entries})


def suggestions_for(collection: Collection, settings: Settings) -> dict[str, Suggestion]:
    """By project code; none after the first round, which has declarations of its own year to start from."""
    path = collection.archive / SUGGESTIONS_FILE
    if settings.round != ROUNDS[0] or not path.is_file():
        return {}
    content = json.loads(read_file(path))
    if content["fiscal_year"] != settings.fiscal_year:
        return {}
    return from_json(content["projects"], dict[str, Suggestion])


def placed(layout: Layout, suggested: Mapping[int | None, Suggestion]) -> Placed:
    """Lays suggestions into a workbook; suggested: of the root (None) and of the sub-projects that have some."""
    values: dict[str, Typed] = {}
    lost: list[str] = []
    for number, suggestion in suggested.items():
        values |= dict(_texts(layout, number, suggestion))
        rows = {slot.row: slot.level2 for slot in layout.indicator_rows(number)}
        for indicator in suggestion.indicators:
            row = next((row for row, level2 in rows.items() if level2 == indicator["level2"]), None)
            if row is None:
                lost.append(f"{indicator['level2']}“{indicator['name']}”")
                continue
            del rows[row]
            values |= _indicator(layout, number, row, indicator)
    return Placed(values, tuple(lost))


def _texts(layout: Layout, number: int | None, suggestion: Suggestion) -> Iterator[tuple[str, Typed]]:
    kind = "prefilled" if layout.shape.is_decided else "input"
    for slot in layout.parts[number]:
        text = suggestion.texts.get(slot.field.key)
        if slot.kind == kind and slot.field.key.startswith(f"{CONFIRM}."):
            yield slot.key, UNCONFIRMED
        elif slot.kind == kind and text:
            yield slot.key, typed(slot.field, text)


def _indicator(layout: Layout, number: int | None, row: int | None, entry: Mapping[str, Any]) -> dict[str, Typed]:
    """The cells of one row; a number stands as a number, which the workbook's rules count with."""
    numbers = {"target", "weight"} if entry["comparator"] != QUALITATIVE else {"weight"}
    cells: dict[str, Typed] = {}
    for field in layout.form.columns:
        value = entry.get(field.column)
        cells[full_key(number, field.key, row)] = Decimal(value) if value and field.column in numbers else value
    return cells
