"""Warnings about a file's build, folded into one line a file, so that an officer is not drowned in them.

What a person has to read or look for stays apart: remarks, sheets of the unit's own, hidden content, misleading formats.
"""

from collections import Counter
from collections.abc import Iterable

from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.rule_ids import (
    STRUCTURE_EXTERNAL_LINK,
    STRUCTURE_FORMULA_CHANGED,
    STRUCTURE_FORMULA_REPLACED,
    STRUCTURE_HIDDEN_SHEET_EDITED,
    STRUCTURE_LABEL_TOUCHED,
    STRUCTURE_LISTS_EDITED,
    STRUCTURE_MERGE_CHANGED,
    STRUCTURE_PROTECTION_REMOVED,
    STRUCTURE_ROWS_MOVED,
    STRUCTURE_SHEET_MOVED,
    STRUCTURE_SHEET_RENAMED,
    STRUCTURE_VALIDATION_REMOVED,
)

FOLDED = frozenset(
    (
        STRUCTURE_EXTERNAL_LINK, STRUCTURE_FORMULA_CHANGED, STRUCTURE_FORMULA_REPLACED, STRUCTURE_HIDDEN_SHEET_EDITED,
        STRUCTURE_LABEL_TOUCHED, STRUCTURE_LISTS_EDITED, STRUCTURE_MERGE_CHANGED, STRUCTURE_PROTECTION_REMOVED,
        STRUCTURE_ROWS_MOVED, STRUCTURE_SHEET_MOVED, STRUCTURE_SHEET_RENAMED, STRUCTURE_VALIDATION_REMOVED,
    )
)  # fmt: skip


def folded(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one file, those about its build as one where there are several, in the place of the first."""
    all_findings = list(findings)
    of_build = [one for one in all_findings if one.rule in FOLDED and one.severity == "warning"]
    if len(of_build) < 2:
        return all_findings
    first, others = of_build[0], of_build[1:]
    return [_as_one(of_build) if one is first else one for one in all_findings if not any(one is o for o in others)]


def _as_one(findings: list[Finding]) -> Finding:
    counts = Counter(one.rule for one in findings)
    kinds = "、".join(f"{_title(rule)} {count} 处" for rule, count in counts.items())
    message = (
        f"文件与下发时相比有 {len(findings)} 处改动，申报内容照常读取：{kinds}。"
        "逐条内容见 workbook-builder check 加 --details 或 --json。"
    )
    return Finding("、".join(counts), "warning", None, None, None, message)


def _title(rule: str) -> str:
    return packaged_catalogue().rule(rule).title
