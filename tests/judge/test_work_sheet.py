"""The review's work sheet: pre-scored where findings are evidence, left to a person where they are not."""

import pytest

from workbook_builder.findings import Finding, Severity
from workbook_builder.judge.work_sheet import BY_PERSON, BY_SYSTEM, ITEMS, work_sheet


def finding(rule: str, severity: Severity) -> Finding:
    return Finding(rule, severity, "申报表", "E7", None, "说明")


def test_items__have_the_points_of_the_regulation() -> None:
    points: dict[str, int] = {}
    for item in ITEMS:
        points[item.group] = points.get(item.group, 0) + item.points
    assert points == {"完整性": 20, "相关性": 20, "适当性": 30, "可行性": 30}


def test_declaration_without_findings__meets_what_findings_can_tell_and_leaves_the_rest_to_a_person() -> None:
    entries = work_sheet([])["items"]
    by_system = {entry["item"]: entry["score"] for entry in entries if entry["by"] == BY_SYSTEM}
    assert by_system == {item.id: item.points for item in ITEMS if item.evidence}
    by_person = [entry for entry in entries if entry["by"] == BY_PERSON]
    assert len(by_person) == 4
    assert {(entry["verdict"], entry["score"]) for entry in by_person} == {(None, None)}


@pytest.mark.parametrize(("severity", "verdict", "score"), [("warning", "基本符合", 12.0), ("error", "不符合", 0.0)])
def test_finding_about_funds__lowers_the_item_of_funds_alone(severity: Severity, verdict: str, score: float) -> None:
    entries = {entry["item"]: entry for entry in work_sheet([finding("funds.single_year", severity)])["items"]}
    funds = entries.pop("review.suitability.funds")
    assert (funds["verdict"], funds["score"], funds["evidence"]) == (verdict, score, ["funds.single_year"])
    assert {entry["verdict"] for entry in entries.values() if entry["by"] == BY_SYSTEM} == {"符合"}


@pytest.mark.parametrize("rule", ["amount.zero", "amount.invalid"])
def test_amount_missing_or_unreadable__is_no_funding_that_matches(rule: str) -> None:
    entries = {entry["item"]: entry for entry in work_sheet([finding(rule, "error")])["items"]}
    assert entries["review.suitability.funds"]["score"] == 0.0


@pytest.mark.parametrize("key", ["annual_goal", "overall_goal", "sub_projects[0].annual_goal"])
def test_goal_that_is_not_filled_in__is_not_clear(key: str) -> None:
    missing = Finding("text.required", "error", "申报表", "E7", key, "说明")
    entries = {entry["item"]: entry for entry in work_sheet([missing])["items"]}
    assert entries["review.completeness.clarity"]["score"] == 0.0
    other = work_sheet([missing._replace(key="department")])["items"]
    assert {entry["item"]: entry["score"] for entry in other}["review.completeness.clarity"] == 10.0


def test_total_and_grade__are_for_a_person() -> None:
    sheet = work_sheet([finding("text.required", "error")])
    assert (sheet["total"], sheet["grade"]) == (None, None)
