"""Checks across a parent and its sub-projects: indicators that should answer each other, names that should agree."""

import difflib
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from workbook_builder.form.declaration import Declaration, Indicator
from workbook_builder.form.model import INDICATORS, full_key
from workbook_builder.judge.checks.indicators import plain_name
from workbook_builder.judge.checks.remark import Remark, indicator_key, text_of
from workbook_builder.rule_ids import (
    GOAL_IDENTICAL_SIBLINGS,
    INDICATOR_COPIED_BLOCK,
    INDICATOR_NOT_IN_ANY_SUB,
    INDICATOR_NOT_IN_PARENT,
    INDICATOR_TARGET_CONFLICT,
    NAME_UNIT_ALIAS,
)
from workbook_builder.values.normalised import quoted
from workbook_builder.values.numbers import decimal_text

ALIKE = 0.8  # of difflib's ratio: from here on two names are one name written in two ways
NEAR = 0.5
QUANTITY = "数量指标"
UNIT_NAMES = ("department", "implementing_unit")


def not_in_parent(declaration: Declaration) -> Iterator[Remark]:
    """indicator.not_in_parent: a sub-project's indicator that the parent, as far as it has any, does not have."""
    names = {plain_name(indicator.name): indicator.name or "" for indicator in declaration.indicators}
    for number, sub in enumerate(declaration.sub_projects if names else ()):
        for indicator in sub.indicators:
            if indicator.name and plain_name(indicator.name) not in names:
                yield _lonely(INDICATOR_NOT_IN_PARENT, "母项目", names, number, indicator)


def not_in_any_sub(declaration: Declaration) -> Iterator[Remark]:
    """indicator.not_in_any_sub: an indicator of the parent that no sub-project has."""
    subs = declaration.sub_projects
    names = {plain_name(indicator.name): indicator.name or "" for sub in subs for indicator in sub.indicators}
    for indicator in declaration.indicators if subs else ():
        if indicator.name and plain_name(indicator.name) not in names:
            yield _lonely(INDICATOR_NOT_IN_ANY_SUB, "各子项目", names, None, indicator)


def _lonely(rule: str, whose: str, names: dict[str, str], number: int | None, indicator: Indicator) -> Remark:
    near = difflib.get_close_matches(plain_name(indicator.name), list(names), n=1, cutoff=NEAR)
    nearest = names[near[0]] if near else None
    hint = f"，最接近的是{quoted(nearest)}" if nearest else ""
    sentence = f"指标{quoted(indicator.name or '')}在{whose}中没有{hint}，请核对是否应一致。"
    return Remark(rule, indicator_key(number, indicator), sentence, indicator.name, nearest)


def target_conflicts(declaration: Declaration) -> Iterator[Remark]:
    """indicator.target_conflict: shared rates and texts differ, or a count of the parent is below its parts' sum."""
    shared: dict[str, list[tuple[int, Indicator]]] = {}
    for number, sub in enumerate(declaration.sub_projects):
        for indicator in sub.indicators:
            shared.setdefault(plain_name(indicator.name), []).append((number, indicator))
    shared.pop("", None)  # rows without a name have nothing in common
    for parent in declaration.indicators:
        for number, child in shared.get(plain_name(parent.name), ()):
            if _must_be_same(parent, child) and parent.target != child.target:
                sentence = f"与母项目同名指标的值{quoted(_target_text(parent))}不一致，现为{quoted(_target_text(child))}，请核对。"
                key = indicator_key(number, child, "target")
                yield Remark(INDICATOR_TARGET_CONFLICT, key, sentence, _target_text(child), _target_text(parent))
        if remark := _below_sum(parent, [child for _, child in shared.get(plain_name(parent.name), ())]):
            yield remark


def _must_be_same(parent: Indicator, child: Indicator) -> bool:
    if parent.target is None or child.target is None:
        return False
    is_text = isinstance(parent.target, str) and isinstance(child.target, str)
    return is_text or (parent.unit == child.unit == "%" and parent.comparator == child.comparator)


def _below_sum(parent: Indicator, children: list[Indicator]) -> Remark | None:
    """For counts with ≥: the parent promises less than its sub-projects together."""
    counts = [
        c.target for c in children if isinstance(c.target, Decimal) and c.unit == parent.unit and c.comparator == "≥"
    ]
    is_count = isinstance(parent.target, Decimal) and parent.unit != "%" and parent.comparator == "≥"
    total = sum(counts, Decimal(0))
    if not is_count or not isinstance(parent.target, Decimal) or parent.target >= total:
        return None
    sentence = f"指标{quoted(parent.name or '')}的值 {decimal_text(parent.target)} 小于各子项目之和 {decimal_text(total)}，请核对。"
    key = indicator_key(None, parent, "target")
    return Remark(INDICATOR_TARGET_CONFLICT, key, sentence, decimal_text(parent.target), decimal_text(total))


def _target_text(indicator: Indicator) -> str:
    target = indicator.target
    if isinstance(target, Decimal):
        return f"{indicator.comparator or ''}{decimal_text(target)}{indicator.unit or ''}"
    return target or ""


def copied_blocks(declaration: Declaration) -> Iterator[Remark]:
    """indicator.copied_block: two sub-projects share all rows but the quantities, word for word."""
    blocks = [
        [(i.level2, i.name, i.comparator, i.target, i.unit) for i in sub.indicators if i.level2 != QUANTITY]
        for sub in declaration.sub_projects
    ]
    told: set[int] = set()
    for first, second in combinations(range(len(blocks)), 2):
        if blocks[first] and blocks[first] == blocks[second] and second not in told:
            told.add(second)
            other = text_of(declaration.sub_projects[first], "project_name")
            sentence = (
                f"数量指标以外的 {len(blocks[second])} 个指标与子项目{quoted(other)}逐字相同，请按本项目的实际填写。"
            )
            yield Remark(INDICATOR_COPIED_BLOCK, full_key(second, INDICATORS), sentence, None, None)


def identical_goals(declaration: Declaration) -> Iterator[Remark]:
    """goal.identical_siblings: two sub-projects with the same annual goal."""
    first_with: dict[str, str] = {}
    for number, sub in enumerate(declaration.sub_projects):
        goal, name = plain_name(text_of(sub, "annual_goal")), text_of(sub, "project_name")
        if goal and goal in first_with:
            sentence = f"与子项目{quoted(first_with[goal])}的年度总目标相同，请按本项目的实际填写。"
            yield Remark(GOAL_IDENTICAL_SIBLINGS, full_key(number, "annual_goal"), sentence)
        first_with.setdefault(goal, name)


def unit_aliases(declaration: Declaration) -> Iterator[Remark]:
    """name.unit_alias: a unit's name that is nearly, but not quite, the parent's."""
    for key in UNIT_NAMES:
        of_parent = text_of(declaration, key)
        for number, sub in enumerate(declaration.sub_projects):
            own = text_of(sub, key)
            if own and of_parent and plain_name(own) != plain_name(of_parent):
                ratio = difflib.SequenceMatcher(None, plain_name(own), plain_name(of_parent)).ratio()
                if ratio >= ALIKE:
                    sentence = f"现为{quoted(own)}，母项目为{quoted(of_parent)}，疑为同一单位的两种写法，请统一。"
                    yield Remark(NAME_UNIT_ALIAS, full_key(number, key), sentence, own, of_parent)
