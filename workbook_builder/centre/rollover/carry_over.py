"""What a declaration of one year gives the next: a line of the roster, suggestions, and what did not fit. Pure.

Money is never carried: last year's amounts are no proposal, and 上年结转 is what was not spent.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from workbook_builder.collection.roster import NO_ROWS, RosterProject
from workbook_builder.collection.suggestions import Suggestion
from workbook_builder.form.declaration import SUB_PROJECTS
from workbook_builder.form.model import CONFIRM, CONTACT_KEYS, INDICATORS, MONEY_LINES, ROSTER_KEYS, Form

RECURRING, ONE_OFF = "经常性", "一次性"  # how 项目类别 begin
HEAD = ("fiscal_year", "round", "project_code", "unit_code")
LEAP_DAY = (2, 29)


class NotCarried(NamedTuple):
    """Something of last year that has no place in the new collection."""

    project_code: str
    project_name: str
    label: str  # as the old form prints it
    value: str
    why: str


class Years(NamedTuple):
    """From which year to which."""

    old: int
    new: int


class CarryOver:
    """Carries declarations from one form and year to the next, and remembers what did not fit."""

    def __init__(self, old: Form, new: Form, years: Years):
        self._old, self._new, self._years = old, new, years
        self._rows = new.rows_per_level2()
        self.suggestions: dict[str, Suggestion] = {}
        self.not_carried: list[NotCarried] = []

    def project(
        self, entry: Mapping[str, Any], unit_code: str, known: Mapping[str, RosterProject]
    ) -> list[RosterProject]:
        """The root project of a declaration (its JSON) for the new roster; none where it is over.

        known: root projects and sub-projects of the old roster, by code: they keep their units and their rows.
        """
        root = self._part(entry, known, is_root=True)
        if root is None:
            return []
        subs = (self._part(sub, known, is_root=False) for sub in entry.get(SUB_PROJECTS, ()))
        return [root._replace(unit_code=unit_code, sub_projects=tuple(sub for sub in subs if sub))]

    def _part(
        self, entry: Mapping[str, Any], known: Mapping[str, RosterProject], *, is_root: bool
    ) -> RosterProject | None:
        code, category = entry["project_code"] or "", entry.get("project_category")
        period = _period(entry, category or "", self._years)
        if period is None:
            why = f"已于 {entry['end_date']} 完成，没有延续；仍要实施的，请在新名册中补上"
            self._lose(entry, "项目", entry.get("project_name"), why)
            return None
        indicators = list(self._indicators(entry))
        self.suggestions[code] = Suggestion(dict(self._texts(entry, is_root=is_root)), indicators)
        return RosterProject(
            code,
            entry.get("project_name") or "",
            self._category(entry, category),
            entry.get("department"),
            known[code].unit_code if code in known else None,
            implementing_unit=entry.get("implementing_unit"),
            start_date=period[0],
            end_date=period[1],
            rows=self._rows_for(indicators, known[code].rows if code in known else NO_ROWS),
        )

    def _lose(self, entry: Mapping[str, Any], label: str, value: object, why: str) -> None:
        code, name = entry.get("project_code") or "", entry.get("project_name") or ""
        self.not_carried.append(NotCarried(code, name, label, str(value), why))

    def _category(self, entry: Mapping[str, Any], category: str | None) -> str | None:
        field = self._new.fields.get("project_category")
        if category is None or field is None or category in self._new.choices_of(field):
            return category
        self._lose(entry, self._label("project_category"), category, "新模板的选项中没有它，请在新名册中选择")
        return None

    def _label(self, key: str) -> str:
        return self._old.fields[key].label if key in self._old.fields else key

    def _texts(self, entry: Mapping[str, Any], *, is_root: bool) -> Iterator[tuple[str, str]]:
        """What units wrote in words, by key of the new form."""
        sheets = [sheet for sheet in self._new.sheets if sheet.kind == "form" or (is_root and sheet.kind == "root")]
        shown = {marker.key for sheet in sheets for marker in sheet.markers}
        for key, value in _scalars(entry):
            if value in (None, "") or self._is_left(key):
                continue
            if why := self._why_not(key, value, shown):
                self._lose(entry, self._label(key), value, why)
            else:
                yield key, value

    def _is_left(self, key: str) -> bool:
        """Whether a key is never carried as a suggestion: the roster has it, it is money, or of this one filling."""
        known = (*HEAD, *ROSTER_KEYS, *MONEY_LINES, *CONTACT_KEYS)
        old = self._old.fields.get(key)
        return key in known or key.startswith(f"{CONFIRM}.") or (old is not None and old.type == "amount")

    def _why_not(self, key: str, value: str, shown: set[str]) -> str | None:
        field = self._new.fields.get(key)
        if field is None or key not in shown:
            return "新模板没有这个字段"
        if not field.is_carried:
            return "新模板的这个字段不填文字，请重新填写"
        if field.type == "choice" and value not in self._new.choices_of(field):
            return "新模板的选项中没有它，请重新选择"
        return None

    def _indicators(self, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for indicator in entry.get(INDICATORS, ()):
            if indicator["level2"] not in self._rows:
                self._lose(entry, indicator["level2"], _words(indicator), "新模板没有这个二级指标")
                continue
            if indicator.get("weight") and not self._new.has_weights:
                self._lose(entry, f"{indicator['name']}的权重", indicator["weight"], "新模板没有权重")
            yield {key: value for key, value in indicator.items() if key not in ("row", "level1")}

    def _rows_for(self, indicators: Sequence[Mapping[str, Any]], before: Mapping[str, int]) -> dict[str, int]:
        """As many rows as last year, where the new form has fewer."""
        wanted = {level2: rows for level2, rows in before.items() if level2 in self._rows}
        for level2 in (indicator["level2"] for indicator in indicators):
            used = sum(indicator["level2"] == level2 for indicator in indicators)
            wanted[level2] = max(used, wanted.get(level2, 0))
        return {level2: rows for level2, rows in wanted.items() if rows > self._rows[level2]}


def _scalars(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values of one declaration, without its indicators and sub-projects."""
    for key, value in entry.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        elif key not in (INDICATORS, SUB_PROJECTS):
            yield key, value


def _words(indicator: Mapping[str, Any]) -> str:
    return "".join(str(indicator.get(key) or "") for key in ("name", "comparator", "target", "unit"))


def _period(entry: Mapping[str, Any], category: str, years: Years) -> tuple[date | None, date | None] | None:
    """The period in the new year; None where the project is over.

    One that reaches into the new year keeps its dates. A one-year project is shifted, unless it is 一次性. A recurring
    one whose years are over goes on, with dates for its unit to fill in.
    """
    start, end = (date.fromisoformat(text) if (text := entry.get(key)) else None for key in ("start_date", "end_date"))
    if end is None or end.year >= years.new:
        return start, end
    if category.startswith(ONE_OFF):
        return None
    if start is None or start.year == end.year == years.old:
        return _shifted(start, years), _shifted(end, years)
    return (None, None) if category.startswith(RECURRING) else None


def _shifted(day: date | None, years: Years) -> date | None:
    if day is None:
        return None
    year = day.year + years.new - years.old
    return date(year, 2, 28) if (day.month, day.day) == LEAP_DAY else day.replace(year=year)
