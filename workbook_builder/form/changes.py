"""What one declaration says otherwise than another of the same project, cell by cell, in the words of the form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from workbook_builder.form.declaration import SUB_PROJECT, SUB_PROJECTS, flat, sub_project_of
from workbook_builder.form.model import INDICATORS, Form

INDICATOR = re.compile(rf"{INDICATORS}\[([0-9]+)\]\.(\w+)")
HEAD_LABELS = {"fiscal_year": "年度", "round": "轮次", "project_code": "项目编码", "unit_code": "单位编码"}

Entry = Mapping[str, Any]  # a declaration as in `check --json`


class Change(NamedTuple):
    """What a resubmission says otherwise than the one it replaces."""

    key: str
    before: str | None
    after: str | None
    label: str = ""  # what the form calls the cell, behind the name of its sub-project


def changes(before: Entry, after: Entry) -> Iterator[Change]:
    """Every cell that holds something else, indicators by their row on the form."""
    old, new = dict(_values(before)), dict(_values(after))
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield Change(key, old.get(key), new.get(key))


def labelled(differences: Iterable[Change], form: Form, *entries: Entry) -> Iterator[Change]:
    """The same changes in the words of the form; entries: the declarations that know names, the newest first."""
    for change in differences:
        part, label = part_name(change.key, *entries), label_of(change.key, form, *entries)
        yield change._replace(label=f"「{part}」{label}" if part else label)


def _values(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every cell that holds something, by its key; an indicator by its row on the form."""
    for key, value in flat(entry):
        if isinstance(value, Mapping):
            table = f"{key.rpartition('[')[0]}[{value['row']}]"
            cells = {
                f"{table}.{column}": value[column] for column in value if column not in ("row", "level1", "level2")
            }
        else:
            cells = {key: value}
        yield from ((cell, str(content)) for cell, content in cells.items() if content not in (None, ""))


def part_name(key: str, *entries: Entry) -> str:
    """The sub-project that a full key is about, by its name in the first of the declarations that has it; "" for the root."""
    number = sub_project_of(key)
    if number is None:
        return ""
    subs = [entry.get(SUB_PROJECTS, ()) for entry in entries]
    names = (of_entry[number].get("project_name") for of_entry in subs if number < len(of_entry))
    return next((name for name in names if name), f"子项目{number + 1}")


def label_of(key: str, form: Form, *entries: Entry) -> str:
    """What the form calls the cell of a key; a cell of the indicator table by the name of its indicator, too."""
    own_key = SUB_PROJECT.sub("", key)
    match = INDICATOR.fullmatch(own_key)
    if not match:
        field = form.fields.get(own_key)
        return field.label if field else HEAD_LABELS.get(own_key, own_key)
    row, column = int(match[1]), match[2]
    label = form.fields[f"{INDICATORS}.{column}"].label
    indicators = [_indicator(entry, sub_project_of(key), row) for entry in entries]
    indicator: Entry = next((one for one in indicators if one), {})
    name = indicator.get("name") or f"第 {row + 1} 行"
    return f"{indicator.get('level2') or '指标'}“{name}”的{label}"


def _indicator(entry: Entry, sub_project: int | None, row: int) -> Entry | None:
    if sub_project is not None:
        subs = entry.get(SUB_PROJECTS, ())
        entry = subs[sub_project] if sub_project < len(subs) else {}
    return next((one for one in entry.get(INDICATORS, ()) if one["row"] == row), None)
