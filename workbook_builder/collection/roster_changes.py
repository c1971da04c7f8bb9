"""What one roster says otherwise than the one before it: each change with whom it concerns and a Chinese sentence. Pure.

The order of rows is no change. A change of a unit concerns its projects, one of the settings or of a rule all of them.
"""

from collections.abc import Container, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, NamedTuple

from workbook_builder.collection.roster import Roster, RosterProject, Unit
from workbook_builder.collection.roster_sheets import NO, PROJECTS, SETTING_ROWS, UNITS, YES, setting_values
from workbook_builder.form.declaration import as_printed
from workbook_builder.form.rules import LEVEL_NAMES

ChangeKind = Literal[
    "project_withdrawn", "project_added", "project_added_again", "project_renamed", "project_moved", "parent_changed",
    "ceiling_changed", "value_changed", "rows_changed", "unit_withdrawn", "unit_added", "unit_renamed", "unit_changed",
    "deadline_changed", "setting_changed", "level_changed", "restored", "invalidated", "unknown",
]  # fmt: skip
PROJECT_KINDS: Mapping[str, ChangeKind] = MappingProxyType(
    {"project_name": "project_renamed", "unit_code": "project_moved", "budget_ceiling": "ceiling_changed"}
)
UNIT_KINDS: Mapping[str, ChangeKind] = MappingProxyType({"unit_name": "unit_renamed", "deadline": "deadline_changed"})
APART = frozenset({"project_code", "rows", "line", "sub_projects"})  # of a project, what is no value of its own row
LABELS = {column.key: column.header for column in (*UNITS.columns, *PROJECTS.columns)}
SETTING_LABELS = {column.key: column.header for column in SETTING_ROWS}
CATALOGUE_LEVEL = "原级别"


class RosterChange(NamedTuple):
    """One thing that a roster says otherwise than the one before it."""

    kind: ChangeKind
    project_code: str | None  # None where it is not about one project
    unit_code: str | None  # of the project as it is now, or of the unit that it is about; None for settings and rules
    concerns: tuple[str, ...] | None  # codes of the projects, roots and sub-projects, that it touches; None: all
    before: str | None  # amounts "1411700.00", dates ISO; None where nothing was there
    after: str | None
    sentence: str  # in Chinese


class _Row(NamedTuple):
    """A project and its place in the family."""

    project: RosterProject
    root: RosterProject  # itself where it is one

    @property
    def parent_code(self) -> str | None:
        return None if self.root is self.project else self.root.project_code

    @property
    def named(self) -> str:
        return f"{'子项目' if self.parent_code else '项目'}“{self.project.project_name}”（{self.project.project_code}）"

    @property
    def family(self) -> tuple[str, ...]:
        """Its root project and itself."""
        return tuple(dict.fromkeys((self.root.project_code, self.project.project_code)))


def roster_changes(before: Roster, after: Roster, gone: Container[str] = ()) -> Iterator[RosterChange]:
    """Every difference: settings, units, projects, rules. gone: codes of projects that were withdrawn at some time."""
    yield from _of_settings(before, after)
    yield from _of_units(before, after)
    yield from _of_projects(_rows(before), _rows(after), gone)
    yield from _of_levels(before, after)


def _rows(roster: Roster) -> dict[str, _Row]:
    return {
        project.project_code: _Row(project, root) for root in roster.projects for project in (root, *root.sub_projects)
    }


def _of_settings(before: Roster, after: Roster) -> Iterator[RosterChange]:
    was, now = setting_values(before.settings), setting_values(after.settings)
    for key, label in SETTING_LABELS.items():
        old, new = was[key], now[key]
        if old == new:
            continue
        if key == "deadline":
            yield RosterChange(
                "deadline_changed", None, None, None, _plain(old), _plain(new), f"任务的截止日期{_moved(old, new)}。"
            )
        else:
            sentence = f"任务的{label}{_changed(old, new)}。"
            yield RosterChange("setting_changed", None, None, None, _plain(old), _plain(new), sentence)


def _of_units(before: Roster, after: Roster) -> Iterator[RosterChange]:
    old, new = ({unit.unit_code: unit for unit in roster.units} for roster in (before, after))
    had, has = map(_codes_by_unit, (before, after))
    for code, unit in old.items():
        if code not in new:
            sentence = f"单位“{unit.unit_name}”（{code}）从名册中撤下。"
            concerned = tuple(had.get(code, ()))
            yield RosterChange("unit_withdrawn", None, code, concerned, unit.unit_name, None, sentence)
    for code, unit in new.items():
        concerned = tuple(has.get(code, ()))
        if code not in old:
            sentence = f"名册新增单位“{unit.unit_name}”（{code}）。"
            yield RosterChange("unit_added", None, code, concerned, None, unit.unit_name, sentence)
            continue
        for key in Unit._fields[1:]:
            was, now = getattr(old[code], key), getattr(unit, key)
            if was != now:
                kind = UNIT_KINDS.get(key, "unit_changed")
                told = f"单位“{old[code].unit_name}”（{code}）的{LABELS[key]}"
                if key == "deadline":
                    told += _moved(was or before.settings.deadline, now or after.settings.deadline)
                else:
                    told += _changed(was, now)
                yield RosterChange(kind, None, code, concerned, _plain(was), _plain(now), f"{told}。")


def _codes_by_unit(roster: Roster) -> dict[str | None, list[str]]:
    """By unit, the projects that are its own, and the sub-projects of those."""
    codes: dict[str | None, list[str]] = {}
    for code, row in _rows(roster).items():
        for unit_code in dict.fromkeys((row.project.unit_code, row.root.unit_code)):
            codes.setdefault(unit_code, []).append(code)
    return codes


def _of_projects(old: Mapping[str, _Row], new: Mapping[str, _Row], gone: Container[str]) -> Iterator[RosterChange]:
    for code, row in old.items():
        if code not in new:
            sentence = f"{row.named}从名册中撤下。"
            whose = row.project.unit_code
            yield RosterChange("project_withdrawn", code, whose, row.family, row.project.project_name, None, sentence)
    for code, row in new.items():
        if code in old:
            yield from _of_project(old[code], row)
            continue
        kind: ChangeKind = "project_added_again" if code in gone else "project_added"
        sentence = f"{row.named}重新列入名册。" if code in gone else f"名册新增{row.named}。"
        yield RosterChange(kind, code, row.project.unit_code, row.family, None, row.project.project_name, sentence)


def _of_project(old: _Row, new: _Row) -> Iterator[RosterChange]:
    code, unit_code = new.project.project_code, new.project.unit_code
    concerned = tuple(dict.fromkeys((*old.family, *new.family)))
    if old.parent_code != new.parent_code:
        sentence = f"{old.named}的上级项目编码{_changed(old.parent_code, new.parent_code)}。"
        yield RosterChange("parent_changed", code, unit_code, concerned, old.parent_code, new.parent_code, sentence)
    for key in RosterProject._fields:
        was, now = getattr(old.project, key), getattr(new.project, key)
        if key in APART or was == now or (key == "unit_code" and _moved_with_its_root(old, new)):
            continue
        sentence = f"{old.named}的{LABELS[key]}{_changed(was, now)}。"
        kind = PROJECT_KINDS.get(key, "value_changed")
        yield RosterChange(kind, code, unit_code, concerned, _plain(was), _plain(now), sentence)
    for level2 in dict.fromkeys((*old.project.rows, *new.project.rows)):
        was, now = old.project.rows.get(level2), new.project.rows.get(level2)
        if was != now:
            sentence = f"{old.named}的“{level2}”行数{_changed(was, now)}。"
            yield RosterChange("rows_changed", code, unit_code, concerned, _plain(was), _plain(now), sentence)


def _moved_with_its_root(old: _Row, new: _Row) -> bool:
    """A sub-project without a unit of its own has its parent's: one move, told once."""
    return (
        old.parent_code is not None
        and old.parent_code == new.parent_code
        and (old.project.unit_code, new.project.unit_code) == (old.root.unit_code, new.root.unit_code)
    )


def _of_levels(before: Roster, after: Roster) -> Iterator[RosterChange]:
    for rule in dict.fromkeys((*before.levels, *after.levels)):
        old, new = before.levels.get(rule), after.levels.get(rule)
        if old != new:
            was, now = (LEVEL_NAMES[level] if level else CATALOGUE_LEVEL for level in (old, new))
            sentence = f"规则 {rule} 的级别由“{was}”改为“{now}”。"
            yield RosterChange("level_changed", None, None, None, was, now, sentence)


def _moved(old: object, new: object) -> str:
    """How a deadline moved."""
    if not (isinstance(old, date) and isinstance(new, date)) or old == new:
        return _changed(old, new)
    return f"由 {old} {'延长' if new > old else '提前'}到 {new}"


def _changed(old: object, new: object) -> str:
    return f"由{_words(old)}改为{_words(new)}"


def _words(value: object) -> str:
    if isinstance(value, Decimal):
        return f" {as_printed(value)} 元"
    plain = _plain(value)
    return "空" if plain is None else f"“{plain}”"


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return YES if value else NO
    return as_printed(value) if value is None or isinstance(value, str | Decimal | date) else str(value)
