"""The work sheet of the official review of performance targets: its items, pre-scored where findings are evidence.

Items and points: 财预〔2015〕88号, annex 绩效目标审核表 (完整性 20, 相关性 20, 适当性 30, 可行性 30). No total and no grade:
those are for a person, who completes what findings cannot tell.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workbook_builder.findings import Finding
from workbook_builder.rule_ids import (
    AMOUNT_INVALID,
    AMOUNT_ZERO,
    AMOUNT_ZERO_SUB,
    ANY_AMOUNT,
    ANY_CHOICE,
    ANY_DATE,
    ANY_FUNDS,
    ANY_FUNDS_SUB_SUM,
    ANY_GOAL,
    ANY_INDICATOR,
    ANY_INDICATOR_COMPARATOR,
    ANY_NAME,
    ANY_NARRATIVE,
    ANY_STRUCTURE,
    ANY_TEXT,
    ANY_WEIGHT,
    FUNDS_ANNUAL_SUM,
    FUNDS_TOTAL_SUM,
    INDICATOR_INCOMPLETE,
    INDICATOR_TARGET_INVALID,
    INDICATOR_TARGET_NORMALISED,
    INDICATOR_UNIT_REQUIRED,
    INDICATOR_VAGUE,
    TEXT_PLACEHOLDER,
)

BY_SYSTEM, BY_PERSON = "系统初评", "待人工审核"
FULL, PARTLY, NOT_MET = "符合", "基本符合", "不符合"
SHARE_OF_POINTS = {FULL: 1.0, PARTLY: 0.8, NOT_MET: 0.0}


class Item(NamedTuple):
    """One item of the review."""

    id: str
    group: str
    title: str
    points: int
    question: str  # what the reviewer asks
    evidence: tuple[str, ...]  # rules, or the beginning of their ids, that speak to it; () where no finding can
    fields: tuple[str, ...] = ()  # any error there, a missing text say, speaks to it as well

    def is_spoken_to_by(self, finding: Finding) -> bool:
        """Whether a finding is evidence; that of a field also in a sub-project."""
        field = (finding.key or "").rpartition(".")[2]
        return finding.rule.startswith(self.evidence) or (finding.severity == "error" and field in self.fields)


ITEMS = (
    Item(
        "review.completeness.format", "完整性", "规范完整性", 10, "格式规范、内容齐全，没有缺项和错项？",
        (ANY_TEXT, ANY_DATE, ANY_AMOUNT, ANY_CHOICE, ANY_STRUCTURE, FUNDS_TOTAL_SUM, FUNDS_ANNUAL_SUM, ANY_FUNDS_SUB_SUM,
         INDICATOR_INCOMPLETE, ANY_INDICATOR_COMPARATOR, INDICATOR_TARGET_INVALID, INDICATOR_TARGET_NORMALISED,
         INDICATOR_UNIT_REQUIRED, ANY_NAME, ANY_WEIGHT),
    ),
    Item(
        "review.completeness.clarity", "完整性", "明确清晰性", 10, "目标明确，写清了要做什么、预期有什么产出和效果？",
        (ANY_GOAL, TEXT_PLACEHOLDER, INDICATOR_VAGUE), ("annual_goal", "overall_goal"),
    ),
    Item(
        "review.relevance.goal", "相关性", "目标相关性", 10, "目标与政策要求、单位职责和年度计划密切相关？", (),
    ),
    Item(
        "review.relevance.indicators", "相关性", "指标科学性", 10, "指标全面、细化、量化，抓住了关键，有明确的值？",
        (ANY_INDICATOR,),
    ),
    Item(
        "review.suitability.performance", "适当性", "绩效合理性", 15, "预期绩效显著而合理，与同类项目相称？", (),
    ),
    Item(
        "review.suitability.funds", "适当性", "资金匹配性", 15, "资金规模、使用方向与目标相称？",
        (ANY_FUNDS, AMOUNT_ZERO, AMOUNT_ZERO_SUB, AMOUNT_INVALID, ANY_NARRATIVE),
    ),
    Item(
        "review.feasibility.attainable", "可行性", "实现可能性", 15, "经过论证和测算，措施可行，能如期实现？", (),
    ),
    Item(
        "review.feasibility.conditions", "可行性", "条件充分性", 15, "方案、组织、制度和条件能保证实施？", (),
    ),
)  # fmt: skip


def work_sheet(findings: Sequence[Finding]) -> dict[str, Any]:
    """The review's items for one declaration, as in `check --json`; total and grade stay null."""
    return {"items": [_entry(item, findings) for item in ITEMS], "total": None, "grade": None}


def _entry(item: Item, findings: Iterable[Finding]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "item": item.id, "group": item.group, "title": item.title, "points": item.points, "question": item.question,
    }  # fmt: skip
    if not item.evidence:
        return entry | {"by": BY_PERSON, "verdict": None, "score": None, "evidence": []}
    evidence = [finding for finding in findings if item.is_spoken_to_by(finding)]
    verdict = FULL
    if evidence:
        verdict = NOT_MET if any(finding.severity == "error" for finding in evidence) else PARTLY
    score = item.points * SHARE_OF_POINTS[verdict]
    rules = sorted({finding.rule for finding in evidence})
    return entry | {"by": BY_SYSTEM, "verdict": verdict, "score": score, "evidence": rules}
