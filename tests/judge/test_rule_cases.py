"""Every rule with a formula, on a filling that breaks it alone and on one that just keeps it."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers import Issued, family, issued, project, rules, saved, single
from tests.judge.rule_cases import CEILING_CASES, MONEY_CELLS, NEAR_MISSES, ROOT_CASES, SUB_CASES
from tests.loaded import opened
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.resources import packaged_template


@pytest.mark.parametrize("name", ROOT_CASES)
def test_filling_of_a_project_alone__has_exactly_these_findings(alone: Issued, name: str) -> None:
    assert tuple(rules(alone.checked(ROOT_CASES[name].entry))) == ROOT_CASES[name].expected


@pytest.mark.parametrize("name", SUB_CASES)
def test_filling_with_a_sub_project__has_exactly_these_findings(with_sub: Issued, name: str) -> None:
    assert tuple(rules(with_sub.checked(SUB_CASES[name].entry))) == SUB_CASES[name].expected


@pytest.mark.parametrize("key", MONEY_CELLS)
def test_parent_line_typed_one_fen_off__reports_the_sum_of_sub_projects(with_sub: Issued, key: str) -> None:
    cell, yuan, implied = MONEY_CELLS[key]
    result = with_sub.checked(family(), {("申报表", cell): float(yuan)})
    assert rules(result) == sorted(["funds.single_year", f"funds.sub_sum.{key}", implied])
    assert result.status == "returned"
    (finding,) = [finding for finding in result.findings if finding.rule == f"funds.sub_sum.{key}"]
    assert (finding.sheet, finding.cell, finding.key, finding.value) == ("申报表", cell, key, yuan)
    assert finding.message.startswith(f"「申报表」表 {cell}（")
    assert f"{Decimal(finding.expected or 0):,} 元，现为 {Decimal(yuan):,} 元。" in finding.message


@pytest.mark.parametrize(("round_name", "ceiling"), CEILING_CASES)
def test_appropriation_beside_its_ceiling__warns_at_first_and_is_returned_later(
    tmp_path: Path, round_name: str, ceiling: str
) -> None:
    limited = issued(tmp_path / "任务", project(budget_ceiling=Decimal(ceiling)), round_name=round_name)
    result = limited.checked(single())
    assert tuple(rules(result)) == CEILING_CASES[round_name, ceiling]
    is_returned = "funds.ceiling" in rules(result)
    assert result.status == ("returned" if is_returned else "accepted")
    assert result.declaration is not None
    assert result.declaration.values["budget_ceiling"] == Decimal(ceiling)


@pytest.mark.parametrize(("start", "end", "expected"), [(2022, 2023, []), (2022, 2022, ["date.goal_years"])])
def test_typed_goal_years__are_compared_with_the_dates(
    tmp_path: Path, start: int, end: int, expected: list[str]
) -> None:
    form = issued(tmp_path / "任务", project(), template=template_with_typed_years())
    years = {"goal_start_year": str(start), "goal_end_year": str(end)}
    result = form.checked(single(end_date="2023-01-01", overall_goal="两年", **years))
    assert [rule for rule in rules(result) if rule != "funds.single_year"] == expected


def template_with_typed_years() -> bytes:
    """The packaged template, the years of its goal typed and not computed."""
    book = opened(packaged_template())
    fields, form = book["字段"], book["申报表"]
    for cells in fields.iter_rows():
        if cells[0].value == "goal_period":
            fields.delete_rows(cells[0].row)
            break
    for key, label in (("goal_start_year", "起始年"), ("goal_end_year", "终止年")):
        fields.append([key, label, "金额", "填报", "否", None, None, "四位年份"])
    form.unmerge_cells("B10:C10")
    form["B10"], form["C10"] = "{{goal_start_year}}", "{{goal_end_year}}"
    return saved(book)


def breaking() -> dict[str, list[set[str]]]:
    """By rule, what else each of its cases breaks; those of test_weights and of typed years are left out."""
    cases = [case.expected for case in (*ROOT_CASES.values(), *SUB_CASES.values())]
    cases += CEILING_CASES.values()
    cases += [("funds.single_year", f"funds.sub_sum.{key}", implied) for key, (*_, implied) in MONEY_CELLS.items()]
    cases += [(rule, "funds.single_year") for rule in ("funds.total_sum", "funds.annual_sum")]
    found: dict[str, list[set[str]]] = {}
    for case in cases:
        for rule in case:
            found.setdefault(rule, []).append({*case} - {rule})
    return found


WITH_FORMULA = {rule.id: rule for rule in packaged_catalogue().rules if rule.rule_class in ("F", "G")}
ELSEWHERE = {
    "date.goal_years",
    "indicator.no_cost",
    "rollover.unconfirmed",
    *(rule for rule in WITH_FORMULA if rule.startswith("weight.")),
}


@pytest.mark.parametrize("rule", sorted(WITH_FORMULA.keys() - ELSEWHERE))
def test_rule__has_a_case_that_breaks_it_and_no_more_than_what_it_implies(rule: str) -> None:
    assert any(others <= {*WITH_FORMULA[rule].implies} for others in breaking()[rule])


def test_what_a_rule_implies__is_broken_with_it_in_some_case() -> None:
    for rule in WITH_FORMULA.values():
        if rule.implies and not rule.id.startswith("funds.sub_sum."):  # each of which brings some of them
            assert {*rule.implies} <= set.union(*breaking()[rule.id]), rule.id
    of_sums = [others for rule, cases in breaking().items() if rule.startswith("funds.sub_sum.") for others in cases]
    assert {*WITH_FORMULA["funds.sub_sum.total_other"].implies} <= set.union(*of_sums)


def test_every_rule__has_a_near_miss() -> None:
    # Ceilings: CEILING_CASES. Sums: every case in which nothing is typed over.
    elsewhere = {"funds.ceiling", "funds.ceiling_first", "funds.total_sum", "funds.annual_sum", *ELSEWHERE}
    wanted = {rule for rule in WITH_FORMULA.keys() - elsewhere if not rule.startswith("funds.sub_sum.")}
    assert NEAR_MISSES.keys() == wanted
    for rule, name in NEAR_MISSES.items():
        cases = [found[name] for found in (ROOT_CASES, SUB_CASES) if name in found]
        assert cases, name
        assert all(rule not in case.expected for case in cases), rule
