"""A root project in parts, and the parts as a whole again: a workbook for its own form, one for each sub-project.

A part keeps the address of its root (project_code). In a sub-project's part the sub-project has number 0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from workbook_builder.files import sheet_title
from workbook_builder.findings import Finding
from workbook_builder.form.declaration import SUB_PROJECT, sub_project_of
from workbook_builder.form.layout import LISTS_SHEET, META_SHEET, PARENT_TITLE, FormShape, Shape
from workbook_builder.form.meta_cell import ISSUES_JOINED, Identity
from workbook_builder.form.model import Form

Value = TypeVar("Value")


def titles_taken(form: Form) -> list[str]:
    """The titles that no sub-project's sheet may have."""
    return [*(sheet.title for sheet in form.sheets), LISTS_SHEET, META_SHEET, PARENT_TITLE]


def parent_part(whole: Identity) -> Identity:
    """What the parent's own workbook says of itself."""
    return whole._replace(sub_projects=(), shape=whole.shape._replace(sub_projects=(), part="parent"))


def sub_project_part(whole: Identity, number: int, unit_code: str, form: Form) -> Identity:
    """What the workbook of a sub-project says of itself; unit_code: whoever fills it in."""
    shown = FormShape(prefilled=whole.shape.root.prefilled & _keys_of_form(form))
    shape = whole.shape._replace(root=shown, sub_projects=(whole.shape.sub_projects[number],), part="sub_project")
    return whole._replace(unit_code=unit_code, sub_projects=(whole.sub_projects[number],), shape=shape)


def _keys_of_form(form: Form) -> set[str]:
    """What a sub-project's part can show of its parent."""
    return {marker.key for marker in form.form_sheet.markers}


def values_of_parent(values: Mapping[str, Value]) -> dict[str, Value]:
    """Of the values of a whole, by full key, the root's own."""
    return {key: value for key, value in values.items() if sub_project_of(key) is None}


def values_of_sub_project(values: Mapping[str, Value], number: int, form: Form) -> dict[str, Value]:
    """Of the values of a whole, by full key, those of a sub-project's part."""
    shown = {key: value for key, value in values_of_parent(values).items() if key in _keys_of_form(form)}
    own = {renumbered(key, 0): value for key, value in values.items() if sub_project_of(key) == number}
    return {**shown, **own}


def renumbered(key: str, number: int) -> str:
    """The full key of a sub-project's cell, where that sub-project has another number."""
    return SUB_PROJECT.sub(f"sub_projects[{number}].", key, count=1)


def whole_of(parent: Identity, subs: Sequence[Identity], parts_sha256: str, form: Form) -> Identity:
    """What the workbook merged from these parts says of itself; parts_sha256 tells their files from others."""
    titles: list[str] = []
    for sub in subs:
        titles.append(sheet_title(sub.titles[0], [*titles_taken(form), *titles]))
    return parent._replace(
        issue_id=ISSUES_JOINED.join(part.issue_id for part in (parent, *subs)),
        submission=max(part.submission for part in (parent, *subs)),
        sub_projects=tuple((sub.declared_code, title) for sub, title in zip(subs, titles, strict=True)),
        shape=Shape(
            parent.shape.root,
            tuple(sub.shape.sub_projects[0] for sub in subs),
            has_beside=parent.shape.has_beside,
        ),
        parts_sha256=parts_sha256,
        blank="",
    )


def values_of_whole(parent: Mapping[str, Value], subs: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    """The values of all parts, each by its full key, as those of the whole."""
    return dict(_joined(parent, subs))


def _joined(parent: Mapping[str, Value], subs: Sequence[Mapping[str, Value]]) -> Iterator[tuple[str, Value]]:
    yield from parent.items()
    for number, sub in enumerate(subs):
        for key, value in sub.items():
            if sub_project_of(key) is not None:
                yield renumbered(key, number), value


def errors_by_part(findings: Iterable[Finding], count: int) -> list[tuple[Finding, ...]]:
    """The errors of a whole by the part that they concern, the parent's first."""
    errors: list[list[Finding]] = [[] for _ in range(count)]
    for finding in findings:
        number = sub_project_of(finding.key) if finding.key else None
        if finding.severity == "error":
            key = finding.key if number is None or finding.key is None else renumbered(finding.key, 0)
            errors[0 if number is None else number + 1].append(finding._replace(key=key))
    return [tuple(some) for some in errors]
