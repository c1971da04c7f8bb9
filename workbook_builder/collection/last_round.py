"""上轮内容: what the last round of the same year brought, kept by the collection of the next one, which starts from it.

二上 and 调整 are prefilled with it; 批复 is it: the declarations with the approved amounts, for the units to keep.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.json_records import from_json, json_bytes, to_json
from workbook_builder.collection.roster import APPROVED, Settings
from workbook_builder.collection.suggestions import Suggestion
from workbook_builder.files import read_file
from workbook_builder.form.beside import beside_slots, line_beside
from workbook_builder.form.declaration import SUB_PROJECTS
from workbook_builder.form.layout import Layout
from workbook_builder.form.model import BESIDE_HEAD, CONFIRM, CONTACT_KEYS, INDICATORS
from workbook_builder.values.numbers import amount_text

LAST_ROUND_FILE = "上轮内容.json"
LEFT = (*CONTACT_KEYS, "fiscal_year", "round", "project_code", "unit_code")  # of the last filling, or of the collection
NUMBER_LABEL, DAY_LABEL, NOT_ENTERED = "批复文号", "批复日期", "（未填）"
NOTHING_TOLD: Mapping[str, str] = MappingProxyType({})


class Carried(NamedTuple):
    """A root project of the last round."""

    unit_code: str
    declaration: Mapping[str, Any]  # as in `check --json`; where it was approved, with the approved amounts
    compared: Mapping[str, Mapping[str, str]]  # project code of each part -> key -> the amount to compare with
    told: Mapping[str, str] = NOTHING_TOLD  # what is said above the amounts: label -> words

    @property
    def parts(self) -> Iterator[Mapping[str, Any]]:
        """The declarations of the root project and of its sub-projects."""
        return iter((self.declaration, *self.declaration.get(SUB_PROJECTS, ())))

    @property
    def document_number(self) -> str | None:
        """Of the document of approval, as it is told."""
        return self.told.get(NUMBER_LABEL)

    @property
    def approved_on(self) -> date | None:
        """The day of that document."""
        words = self.told.get(DAY_LABEL, NOT_ENTERED)
        return None if words == NOT_ENTERED else date.fromisoformat(words)


class LastRound(NamedTuple):
    """All that is carried from one round to the next."""

    fiscal_year: int
    round: str  # of the collection that starts from it
    compared_with: str  # how the amounts beside the form are called: 一上, 申报, 批复
    projects: tuple[Carried, ...]

    @property
    def is_decided(self) -> bool:
        """Whether it goes out as 批复, for nobody to answer."""
        return self.round == APPROVED

    @property
    def by_code(self) -> dict[str, Carried]:
        """Of each root project and sub-project its root project."""
        return {part["project_code"]: carried for carried in self.projects for part in carried.parts}

    def suggestions(self) -> dict[str, Suggestion]:
        """What goes into the form, by the code of each root project and sub-project."""
        parts = (part for carried in self.projects for part in carried.parts)
        return {part["project_code"]: Suggestion(dict(_texts(part)), part.get(INDICATORS, ())) for part in parts}

    def beside(
        self,
        layout: Layout,
        codes: Mapping[int | None, str],
        heads: Mapping[int | None, str],
        known: Mapping[str, Carried],
    ) -> dict[str, str]:
        """What stands beside the form, by full key; codes: the project declared as the root (None) or a sub-project.

        heads: what else is to be said above; known: by_code, made once for all workbooks.
        """
        words = {}
        for slot, amounts in beside_slots(layout):
            code = codes.get(slot.sub_project)
            carried = known.get(code) if code else None
            if carried is None or code is None:
                continue
            if slot.field.key == BESIDE_HEAD:
                told = [f"{label}：{text}" for label, text in carried.told.items()]
                words[slot.key] = "\n".join([*told, *filter(None, [heads.get(slot.sub_project)])])
                continue
            before = {key: Decimal(text) for key, text in carried.compared.get(code, {}).items()}
            lines = (line_beside(self.compared_with, one.field, before.get(one.field.key)) for one in amounts)
            words[slot.key] = "\n".join(lines)
        return {key: text for key, text in words.items() if text}


def _texts(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything that a declaration says besides its indicators and what each filling says anew."""
    for key, value in part.items():
        if isinstance(value, Mapping):
            if key != CONFIRM:
                yield from ((f"{key}.{name}", inner) for name, inner in value.items() if inner)
        elif key not in (*LEFT, INDICATORS, SUB_PROJECTS) and value not in (None, ""):
            yield key, value


def amounts_of(part: Mapping[str, Any], keys: Mapping[str, object]) -> dict[str, str]:
    """Of one declaration the amounts with these keys that are filled in."""
    return {key: amount_text(Decimal(part[key])) for key in keys if part.get(key)}


def last_round_json(last: LastRound) -> bytes:
    """The content of 档案/上轮内容.json."""
    return json_bytes(to_json(last))


def last_round_of(collection: Collection, settings: Settings) -> LastRound | None:
    """What a collection starts from; None where its round and year, which may have been changed since, are others."""
    path = collection.archive / LAST_ROUND_FILE
    if not path.is_file():
        return None
    last = from_json(json.loads(read_file(path)), LastRound)
    return last if (last.fiscal_year, last.round) == (settings.fiscal_year, settings.round) else None


def is_decided(collection: Collection, settings: Settings) -> bool:
    """Whether a collection sends out 批复, which nobody answers."""
    return settings.round == APPROVED and last_round_of(collection, settings) is not None
