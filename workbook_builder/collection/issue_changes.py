"""What a later issue of a project says otherwise than an earlier one, as Chinese clauses. Pure."""

from collections.abc import Iterator, Mapping

from workbook_builder.form.declaration import Typed, as_printed, sub_project_of
from workbook_builder.form.model import Form, is_beside

WORDS_SHOWN = 60  # characters of a value


def changed_units(units: tuple[str, str]) -> Iterator[str]:
    """As a Chinese clause, that a project moved from one unit to another."""
    before, now = units
    if before != now:
        yield f"单位由“{short(before)}”改为“{short(now)}”"


def changed_values(before: Mapping[str, Typed], now: Mapping[str, Typed], form: Form) -> Iterator[str]:
    """What the roster gives otherwise, by full keys, as Chinese clauses."""
    for key in dict.fromkeys((*before, *now)):
        if before.get(key) != now.get(key) and not is_beside(key):  # which says in words what stands in the form
            sub_project, name = sub_project_of(key), key.rpartition(".")[2]
            label = form.fields[name].label if name in form.fields else name
            where = "" if sub_project is None else f"第 {sub_project + 1} 个子项目的"
            old, new = (as_printed(values.get(key)) for values in (before, now))
            yield f"{where}{label}由{_quoted(old)}改为{_quoted(new)}"


def _quoted(words: str | None) -> str:
    return f"“{short(words)}”" if words else "空"


def short(words: str) -> str:
    """The beginning of what is too long for a sentence."""
    return words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN]}…"
