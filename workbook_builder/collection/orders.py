"""What is to be sent out: for every root project on the roster a workbook, or one for each part of it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.last_round import Carried, LastRound, last_round_of
from workbook_builder.collection.roster import Roster, RosterProject, known_values
from workbook_builder.collection.suggestions import NO_SUGGESTION, Placed, Suggestion, placed, suggestions_for
from workbook_builder.errors import UsageError
from workbook_builder.files import file_name, numbered_title, sheet_title
from workbook_builder.form.declaration import Typed
from workbook_builder.form.laying_out import lay_out
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity, to_text
from workbook_builder.form.model import Form, full_key
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.splitting import (
    parent_part,
    sub_project_part,
    titles_taken,
    values_of_parent,
    values_of_sub_project,
)
from workbook_builder.form.template_reading import Template


class Order(NamedTuple):
    """One workbook to be made."""

    project: RosterProject  # that is declared there
    identity: Identity  # without an issue id yet
    values: Mapping[str, Typed]  # what the roster gives, by full key
    suggested: Placed
    path: Path
    fingerprint: str  # of all that decides its content but the issue id


class _Source(NamedTuple):
    """What all workbooks are made from."""

    roster: Roster
    template: Template
    catalogue: Catalogue
    suggestions: Mapping[str, Suggestion]  # by project code
    last: LastRound | None  # of the same year, where the collection starts from it
    carried: Mapping[str, Carried]  # what of it is of each root project and sub-project, by code
    template_sha256: str

    @property
    def form(self) -> Form:
        return self.template.form


class _Declared(NamedTuple):
    """What one workbook declares, for whom, and what the roster gives."""

    project: RosterProject
    identity: Identity
    values: dict[str, Typed]
    untitled: Identity  # the same with the sheet titles of earlier versions, by which fingerprints are still taken


def orders_for(
    collection: Collection, roster: Roster, template: Template, catalogue: Catalogue, *, split: bool
) -> Iterator[Order]:
    """The workbooks that a roster asks for, in its order; split: those with sub-projects in parts.

    Raises UsageError where 批复 is to go out in parts, or for a project that was not approved.
    """
    last = last_round_of(collection, roster.settings)
    carried = last.by_code if last else {}
    if last and last.is_decided:
        _refuse_undecided(roster, carried, split=split)
    suggestions = last.suggestions() if last else suggestions_for(collection, roster.settings)
    source = _Source(roster, template, catalogue, suggestions, last, carried, sha256(template.data))
    unit_names = {unit.unit_code: unit.unit_name for unit in roster.units}
    taken: set[str] = set()
    for root in roster.projects:
        for declared in _declared(root, source, split=split):
            project, identity, values, untitled = declared
            unit_name = unit_names.get(identity.unit_code) or project.implementing_unit or ""
            folder = collection.outgoing / file_name(f"{identity.unit_code}_{unit_name}".strip("_"))
            path = _free_path(folder, f"{project.project_code}_{project.project_name}", taken)
            suggested = _suggested(identity, source)
            if source.last:
                values |= _beside(identity, values, source, source.last)
            if source.last and source.last.is_decided:
                values, suggested = {**suggested.values, **values}, suggested._replace(values={})
            fingerprint = _fingerprint(untitled, values, suggested, source)
            yield Order(project, identity, values, suggested, path, fingerprint)


def _fingerprint(identity: Identity, values: Mapping[str, Typed], suggested: Placed, source: _Source) -> str:
    """Stays the same from version to version, or everything would be issued again."""
    given = sorted((key, str(value)) for key, value in values.items()), sorted(source.roster.levels.items())
    carried = sorted((key, str(value)) for key, value in suggested.values.items())
    content = f"{to_text(identity)}{given}{source.template_sha256}{carried or ''}"
    return sha256(content.encode())


def _refuse_undecided(roster: Roster, known: Mapping[str, Carried], *, split: bool) -> None:
    if split:
        raise UsageError("批复按母项目整本下发，不分开（金额要由子项目加总到母项目）。请去掉 --split 再运行。")
    codes = [part.project_code for root in roster.projects for part in (root, *root.sub_projects)]
    if unknown := [code for code in codes if code not in known]:
        raise UsageError(
            f"名册中的项目“{'、'.join(unknown)}”没有批复内容，没有生成任何文件。请从名册中删去，"
            "或在上一轮的汇总.xlsx“批复”表中填写它的批复金额，再重新 rollover。"
        )


def _codes_in(identity: Identity) -> dict[int | None, str]:
    """The projects that are declared in a workbook: the root (None), the sub-projects by number."""
    codes: dict[int | None, str] = {number: code for number, (code, _) in enumerate(identity.sub_projects)}
    if identity.shape.part != "sub_project":
        codes[None] = identity.project_code
    return codes


def _beside(identity: Identity, values: Mapping[str, Typed], source: _Source, last: LastRound) -> dict[str, str]:
    """What a workbook says of the last round beside the form, and what the ceiling is now."""
    codes = _codes_in(identity)
    ceilings = {number: values.get(full_key(number, "budget_ceiling")) for number in codes}
    heads = {number: f"预算控制数：{ceiling:,} 元" for number, ceiling in ceilings.items() if ceiling is not None}
    return last.beside(lay_out(source.form, identity.shape, source.catalogue), codes, heads, source.carried)


def _suggested(identity: Identity, source: _Source) -> Placed:
    """What is carried over into a workbook; a sub-project's part only shows its parent."""
    codes = _codes_in(identity)
    by_number = {number: source.suggestions[code] for number, code in codes.items() if code in source.suggestions}
    if not by_number:
        return Placed({}, ())
    return placed(lay_out(source.form, identity.shape, source.catalogue), by_number)


def _declared(root: RosterProject, source: _Source, *, split: bool) -> Iterator[_Declared]:
    """For each workbook of a root project."""
    whole, values = _identity(root, source), dict(_prefilled_values(root, source.form))
    untitled = whole._replace(sub_projects=tuple(_titled_before(root.sub_projects, source.form)))
    if not split or not root.sub_projects:
        yield _Declared(root, whole, values, untitled)
        return
    yield _Declared(root, parent_part(whole), values_of_parent(values), parent_part(untitled))
    for number, sub in enumerate(root.sub_projects):
        filled_by = sub.unit_code or whole.unit_code
        part, before = (sub_project_part(one, number, filled_by, source.form) for one in (whole, untitled))
        yield _Declared(sub, part, values_of_sub_project(values, number, source.form), before)


def _free_path(folder: Path, name: str, taken: set[str]) -> Path:
    """A path of its own for each workbook, whatever the case: what file names cannot hold may be all that differs."""
    path, number = folder / f"{file_name(name)}.xlsx", 1
    while str(path).casefold() in taken:
        number += 1
        path = folder / f"{file_name(name)}({number}).xlsx"
    taken.add(str(path).casefold())
    return path


def _identity(project: RosterProject, source: _Source) -> Identity:
    form, settings = source.form, source.roster.settings
    return Identity(
        form.form_id,
        form.version,
        settings.fiscal_year,
        settings.round,
        project.unit_code or "",
        project.project_code,
        issue_id="",
        submission=1,
        sub_projects=tuple(_titled(project.sub_projects, form)),
        shape=Shape(
            _shape(project, source),
            tuple(_shape(sub, source) for sub in project.sub_projects),
            has_beside=source.last is not None,
            is_decided=source.last is not None and source.last.is_decided,
        ),
    )


def _titled(sub_projects: Iterable[RosterProject], form: Form) -> Iterator[tuple[str, str]]:
    """The code and a sheet title of its own for each sub-project, numbered in the roster's order."""
    taken = titles_taken(form)
    for number, sub in enumerate(sub_projects, start=1):
        title = numbered_title(number, sub.project_name, taken)
        taken.append(title)
        yield sub.project_code, title


def _titled_before(sub_projects: Iterable[RosterProject], form: Form) -> Iterator[tuple[str, str]]:
    """The same by their names alone: a workbook that only has other titles is not sent out again."""
    taken = titles_taken(form)
    for sub in sub_projects:
        title = sheet_title(sub.project_name, taken)
        taken.append(title)
        yield sub.project_code, title


def _shape(project: RosterProject, source: _Source) -> FormShape:
    rows = tuple(sorted(project.rows.items()))
    suggestion = source.suggestions.get(project.project_code, NO_SUGGESTION)
    sections = suggestion.sections if source.last is None else frozenset()  # of the same year: nothing to be confirmed
    return FormShape(rows, frozenset(key for key, _ in known_values(project, source.form)), sections)


def _prefilled_values(project: RosterProject, form: Form) -> Iterator[tuple[str, Typed]]:
    for number, part in enumerate((project, *project.sub_projects)):
        for key, value in known_values(part, form):
            yield full_key(number - 1 if number else None, key), value
