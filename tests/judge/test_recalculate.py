"""What the judge says of a declaration as a whole: one cause one finding, its place, its words."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from tests.helpers import Issued, changed_in_sub, family, found, rules, single
from tests.judge.rule_cases import BENEFIT, OUTPUT, indicators


def test_one_cause__is_one_finding_at_the_parent_too(with_sub: Issued) -> None:
    result = with_sub.checked(changed_in_sub(total_fiscal="2000万"))
    assert found(result) == {("amount.invalid", "sub_projects[0].total_fiscal")}
    (finding,) = result.findings
    assert (finding.sheet, finding.cell, finding.value) == ("01 书记工作室", "C7", "2000万")
    assert "20000000" in (finding.expected or "") + finding.message
    assert result.declaration is not None
    assert result.declaration.sub_projects[0].values["total_fiscal"] is None


def test_parent_line_typed_over_by_words__is_one_finding(with_sub: Issued) -> None:
    result = with_sub.checked(family(), {("申报表", "E7"): "八十万"})
    assert found(result) == {("amount.invalid", "annual_appropriation")}


def test_indicator_rules__name_the_row_of_the_slot(alone: Issued) -> None:
    result = alone.checked(indicators(OUTPUT, {**BENEFIT, "row": 19}, {**OUTPUT, "row": 9}))
    (finding,) = result.findings
    assert (finding.rule, finding.key, finding.cell) == ("indicator.duplicate", "indicators[9].name", "D24")


def test_missing_benefit__is_about_the_table_and_shown_at_its_first_row(alone: Issued) -> None:
    (finding,) = alone.checked(indicators(OUTPUT)).findings
    assert (finding.rule, finding.key, finding.cell) == ("indicator.no_benefit", "indicators", "D32")


def test_findings_of_a_second_file__do_not_depend_on_the_first(alone: Issued) -> None:
    before = alone.checked(single())
    assert rules(alone.checked(single(total_fiscal=None, indicators=[]))) != []
    assert alone.checked(single()) == before


@pytest.mark.parametrize(
    ("cell", "yuan", "rule", "key"),
    [
        ("C6", 1200000.01, "funds.total_sum", "total_funds"),
        ("E6", 1199999.99, "funds.annual_sum", "annual_funds"),
    ],
)
def test_total_typed_one_fen_off__reports_the_sum_rule(
    alone: Issued, cell: str, yuan: float, rule: str, key: str
) -> None:
    result = alone.checked(single(), {("申报表", cell): yuan})
    assert found(result) == {(rule, key), ("funds.single_year", "annual_funds")}
    (finding,) = [finding for finding in result.findings if finding.rule == rule]
    assert (finding.cell, finding.value, finding.expected) == (cell, f"{yuan:.2f}", "1200000.00")
    assert result.declaration is not None
    assert result.declaration.values[key] == Decimal(f"{yuan:.2f}")


@pytest.mark.parametrize("target", ["90", "90%", "≥90%", "0.5 %"])
def test_number_written_as_text_after_qualitative__is_an_error_here_and_in_the_workbook(
    alone: Issued, target: str
) -> None:
    entry = indicators(OUTPUT, {**BENEFIT, "target": target})
    assert rules(alone.checked(entry)) == ["indicator.target_invalid"]
    shown = load_workbook(io.BytesIO(alone.filled(entry)), data_only=True)
    assert shown["自检"]["A2"].value.startswith("尚有 1 项未通过")
