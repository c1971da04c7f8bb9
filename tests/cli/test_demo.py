"""The round trip on the real example: what comes back is what was typed, with its own defects and no others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, changed, only_values, saved
from tests.loaded import opened
from workbook_builder.cli.demo import Demo, example_declaration, run
from workbook_builder.errors import UsageError
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "golden" / "demo_findings.txt"


def expected_declaration() -> dict[str, Any]:
    """The example as normalised: its signs and tags as the rules say, what is computed in the sub-projects added."""
    entry = example_declaration()
    entry["annual_goal"] = entry["annual_goal"].replace("<p>", "").replace("</p> ", "\n").replace("</p>", "")
    for form in (entry, *entry["sub_projects"]):
        form["budget_ceiling"] = None
        for key in ("total_fiscal", "total_other", "annual_appropriation", "annual_carryover", "annual_other"):
            form[key] = f"{float(form[key]):.2f}"
        form["total_funds"], form["annual_funds"] = form["total_fiscal"], form["annual_appropriation"]
        next_row = {level2: rows.start for level2, rows in ROWS.items()}
        for indicator in form["indicators"]:
            indicator["row"] = next_row[indicator["level2"]]
            next_row[indicator["level2"]] += 1
            indicator["comparator"] = {">=": "≥", None: "定性"}.get(indicator["comparator"], indicator["comparator"])
    return {**entry, "filler": None, "phone": None, "fill_date": None}


ROWS = {
    "数量指标": range(10),
    "质量指标": range(10, 13),
    "时效指标": range(13, 15),
    "成本指标": range(15, 17),
    "经济效益指标": range(17, 19),
    "社会效益指标": range(19, 22),
    "生态效益指标": range(22, 24),
    "可持续影响指标": range(24, 26),
    "服务对象满意度指标": range(26, 28),
}


def listed(result: Checked) -> list[str]:
    return [" ".join((f.severity, f.rule, f.sheet or "-", f.cell or "-")) for f in result.findings]


def test_findings_on_the_example__are_the_golden_list(shown: Demo) -> None:
    assert listed(shown.checked) == GOLDEN.read_text(encoding="utf-8").splitlines()
    assert shown.checked.status == "accepted"


def test_findings_on_the_example__say_the_place_what_was_found_and_what_to_do(shown: Demo) -> None:
    for finding in shown.checked.findings:
        assert finding.message.startswith(f"「{finding.sheet}」表 {finding.cell}（")
        assert finding.message.endswith("。")
        assert finding.value is None or finding.rule == "text.markup" or finding.value in finding.message


@pytest.mark.parametrize(
    ("save", "formulas_replaced"),
    [(lambda data: data, 0), (lambda data: saved(opened(data)), 0), (only_values, 1)],
    ids=["as filled", "saved by openpyxl", "sheets, names and values only"],
)
def test_example_saved_and_checked__is_equal_field_by_field(
    example: Issued, shown: Demo, save: Callable[[bytes], bytes], formulas_replaced: int
) -> None:
    result = check(save(shown.filled.read_bytes()), "交回.xlsx", example.desk)
    assert result.status == "accepted"
    assert result.to_json()["declaration"] == expected_declaration()
    golden = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert [line for line in listed(result) if "structure." not in line] == golden
    of_structure = [line for line in listed(result) if "structure." in line]
    assert of_structure == ["warning structure.formula_replaced - -"] * formulas_replaced


def test_amounts_of_the_sub_projects__arrive_in_the_parent_through_the_formulas(shown: Demo) -> None:
    book = opened(shown.filled.read_bytes())
    first, second = (book[title] for title in ("01 “两新”党建", "02 社区党建"))
    assert (first["E7"].value, second["E7"].value) == (286_700, 1_125_000)
    assert book["申报表"]["E7"].value.startswith("=")
    result = check(saved(book), "交回.xlsx", Desk(shown.collection))
    assert result.to_json()["declaration"]["annual_appropriation"] == "1411700.00"


def test_parent_line_of_the_example_typed_over__is_returned_with_both_sums(example: Issued) -> None:
    result = example.checked(example_declaration(), {("申报表", "E7"): 1_411_700.01})
    errors = {finding.rule: finding for finding in result.findings if finding.severity == "error"}
    assert errors.keys() == {
        "funds.sub_sum.annual_appropriation",
        "funds.sub_sum.annual_funds",
        "funds.annual_exceeds_total",
        "funds.annual_fiscal_exceeds_total",
    }
    assert errors["funds.sub_sum.annual_appropriation"].expected == "1411700.00"


def test_sub_project_of_the_example_a_fen_above_its_total__is_returned_there(example: Issued) -> None:
    entry = example_declaration()
    for key in ("annual_appropriation", "annual_funds", "total_funds", "total_fiscal"):
        del entry[key]
    entry["sub_projects"][0]["annual_appropriation"] = "286700.01"
    result = example.checked(entry)
    found = {(f.rule, f.sheet) for f in result.findings if f.severity == "error"}
    rules = ("funds.annual_exceeds_total", "funds.annual_fiscal_exceeds_total")
    assert found == {(rule, sheet) for rule in rules for sheet in ("申报表", "01 “两新”党建")}


def test_example_changed_in_the_file__is_no_longer_equal(example: Issued, shown: Demo) -> None:
    data = changed(shown.filled.read_bytes(), {("02 社区党建", "F15"): 2})
    declaration = check(data, "交回.xlsx", example.desk).to_json()["declaration"]
    expected = expected_declaration()
    assert declaration != expected
    expected["sub_projects"][1]["indicators"][0]["target"] = "2"
    assert declaration == expected


def test_demo_where_a_collection_is__is_refused_and_changes_nothing(shown: Demo) -> None:
    roster = shown.collection.roster.read_bytes()
    with pytest.raises(UsageError, match="已有任务"):
        run(shown.collection.folder)
    assert shown.collection.roster.read_bytes() == roster
