"""What would embarrass in print: texts with markup or placeholders, words torn apart, one unit written in two ways."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from workbook_builder.centre.publish.choosing import Publication
from workbook_builder.findings import Finding
from workbook_builder.form.model import INDICATORS, Form
from workbook_builder.rule_ids import (
    GOAL_IDENTICAL_SIBLINGS,
    INDICATOR_NEAR_DUPLICATE,
    NAME_UNIT_ALIAS,
    NARRATIVE_AMOUNT_DIFFERS,
    TEXT_BROKEN_WORD,
    TEXT_MARKUP,
    TEXT_PLACEHOLDER,
)

EMBARRASSING = (
    TEXT_PLACEHOLDER, TEXT_MARKUP, TEXT_BROKEN_WORD, NAME_UNIT_ALIAS, NARRATIVE_AMOUNT_DIFFERS, INDICATOR_NEAR_DUPLICATE,
    GOAL_IDENTICAL_SIBLINGS,
)  # fmt: skip
OF_NARRATIVE = "narrative."


class Concern(NamedTuple):
    """Something to be mended before a project is published."""

    project_code: str
    project_name: str
    rule: str | None  # that found it; None for a section that is empty
    sheet: str | None  # of the workbook that came back
    cell: str | None
    message: str


def concerns(published: Iterable[Publication], form: Form) -> list[Concern]:
    """Of all that is published, in its order; what is not printed concerns nobody."""
    return [concern for one in published for concern in (*_without_place(one, form), *_found(one), *_empty(one, form))]


def _without_place(one: Publication, form: Form) -> Iterator[Concern]:
    """Indicators of a level that the form does not have, any more: they are not printed."""
    levels = {(row.level1, row.level2) for row in form.form_sheet.table}
    for declared in one.declarations:
        for row in declared.get(INDICATORS) or ():
            if (row.get("level1"), row.get("level2")) not in levels:
                name = f"“{declared.get('project_name')}”的指标“{row.get('name')}”"
                message = f"{name}列在“{row.get('level2')}”下，模板的表上没有这一类，没有印出。请改模板，或让单位按现在的表重交。"
                yield Concern(one.project_code, one.project_name, None, None, None, message)


def _found(one: Publication) -> Iterator[Concern]:
    for finding in sorted(one.findings, key=_weight):
        is_printed = one.has_narrative or not (finding.key or "").startswith(OF_NARRATIVE)
        if finding.rule in EMBARRASSING and is_printed:
            yield Concern(
                one.project_code, one.project_name, finding.rule, finding.sheet, finding.cell, finding.message
            )


def _weight(finding: Finding) -> int:
    return EMBARRASSING.index(finding.rule) if finding.rule in EMBARRASSING else len(EMBARRASSING)


def _empty(one: Publication, form: Form) -> Iterator[Concern]:
    """Sections that would be a heading and nothing under it."""
    texts: Mapping[str, Any] = one.declaration.get("narrative") or {}
    for key, field in form.fields.items():
        if one.has_narrative and key.startswith(OF_NARRATIVE) and not texts.get(key.removeprefix(OF_NARRATIVE)):
            message = f"情况说明“{field.label}”没有填写，公开的文档中只有标题。请让单位补填后重交。"
            yield Concern(one.project_code, one.project_name, None, None, None, message)
