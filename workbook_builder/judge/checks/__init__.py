"""Rules that only the centre can tell: each a plain function from a typed declaration to remarks."""

from collections.abc import Iterator

from workbook_builder.form.declaration import Declaration
from workbook_builder.judge.checks import family, indicators, narrative, texts
from workbook_builder.judge.checks.remark import Check, Remark

CHECKS: tuple[Check, ...] = (
    texts.placeholders,
    texts.goals_without_number,
    indicators.near_duplicates,
    indicators.unit_mismatches,
    indicators.numbers_as_text,
    indicators.vague_targets,
    indicators.deadlines_outside,
    family.not_in_parent,
    family.not_in_any_sub,
    family.target_conflicts,
    family.copied_blocks,
    family.identical_goals,
    family.unit_aliases,
    narrative.amounts_differ,
    narrative.annual_missing,
)


def remarks(declaration: Declaration) -> Iterator[Remark]:
    """What all checks have to say."""
    for check in CHECKS:
        yield from check(declaration)
