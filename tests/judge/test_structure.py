"""What differs from the blank besides the answers: sheets, labels, formulas, the meta cell."""

import pytest

from tests.helpers import (
    META,
    Issued,
    changed,
    family,
    found,
    is_chinese_sentence,
    only_values,
    rules,
    saved,
    single,
    with_meta,
)
from tests.loaded import opened
from workbook_builder.judge.check import Checked, check

pytestmark = pytest.mark.slow


def without_sheet(data: bytes, title: str) -> bytes:
    book = opened(data)
    book.remove(book[title])
    return saved(book)


def checked(form: Issued, data: bytes) -> Checked:
    return check(data, "交回.xlsx", form.desk)


def test_workbook_as_issued__has_no_structure_finding(example: Issued) -> None:
    for data in (example.data, saved(opened(example.data)), only_values(example.data)):
        assert [rule for rule in rules(checked(example, data)) if rule.startswith("structure.")] == []


@pytest.mark.parametrize(
    ("sheet", "cell", "label", "found_there"),
    [
        ("申报表", "A3", "项目名称", "项目全称"),
        ("申报表", "D7", "其中：当年财政拨款", None),
        ("申报表", "D14", "三级指标", "指标名称"),
        ("01 书记工作室", "A3", "项目名称", "项目全称"),
    ],
)
def test_label_changed__is_returned_with_before_and_after(
    with_sub: Issued, sheet: str, cell: str, label: str, found_there: str | None
) -> None:
    result = with_sub.checked(family(), {(sheet, cell): found_there})
    (finding,) = result.findings
    assert (finding.rule, finding.severity, result.status) == ("structure.label_changed", "error", "returned")
    assert (finding.sheet, finding.cell, finding.expected) == (sheet, cell, label)
    assert f"“{label}”" in finding.message
    assert (f"“{found_there}”" if found_there else "空白") in finding.message


@pytest.mark.parametrize("typed", ["项 目 名 称", "项目名称 ", "项目\n名称"])
def test_label_touched_in_its_spaces__is_a_warning(alone: Issued, typed: str) -> None:
    result = alone.checked(single(), {("申报表", "A3"): typed})
    (finding,) = result.findings
    assert (finding.rule, finding.severity, result.status) == ("structure.label_touched", "warning", "accepted")
    assert (finding.cell, finding.value, finding.expected) == ("A3", typed, "项目名称")


def test_label_touched_in_its_width__is_a_warning(alone: Issued) -> None:
    result = alone.checked(single(), {("申报表", "B7"): "其中:\n财政资金"})
    assert rules(result) == ["structure.label_touched"]


def test_number_over_a_label__is_a_change(alone: Issued) -> None:
    assert rules(alone.checked(single(), {("申报表", "A3"): 1})) == ["structure.label_changed"]


@pytest.mark.parametrize("title", ["申报表", "01 书记工作室", "情况说明", "填表说明"])
def test_form_sheet_missing__is_one_finding_that_names_it(with_sub: Issued, title: str) -> None:
    result = checked(with_sub, without_sheet(with_sub.filled(family()), title))
    (finding,) = result.findings
    assert finding.rule == "structure.sheet_missing"
    assert (finding.severity, finding.sheet, finding.cell, result.status) == ("error", title, None, "returned")
    assert f"「{title}」" in finding.message
    assert result.declaration is not None


@pytest.mark.parametrize("title", ["自检", "子项目资金汇总"])
def test_sheet_that_only_calculates_missing__is_no_missing_form_but_formulas_that_are_gone(
    with_sub: Issued, title: str
) -> None:
    result = checked(with_sub, without_sheet(with_sub.filled(family()), title))
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.sheet) == ("structure.formula_changed", "warning", title)
    assert result.status == "accepted"


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", "null", '{"form":1}', "[" * 100_000])
def test_meta_cell_that_says_nothing__is_an_unknown_form(alone: Issued, text: str) -> None:
    result = checked(alone, changed(alone.data, {META: text[:32_000]}))
    (finding,) = result.findings
    assert (finding.rule, finding.severity, result.status) == ("structure.form_unknown", "error", "returned")
    assert is_chinese_sentence(finding.message)
    assert result.identity is None


def test_meta_sheet_missing__is_an_unknown_form(alone: Issued) -> None:
    assert rules(checked(alone, without_sheet(alone.data, "meta"))) == ["structure.form_unknown"]


def test_another_form__is_unknown_and_says_which(alone: Issued) -> None:
    result = checked(alone, with_meta(alone.data, form="another-form"))
    (finding,) = result.findings
    assert (finding.rule, finding.value, finding.expected) == (
        "structure.form_unknown", "another-form", "sh-performance-target",
    )  # fmt: skip
    assert result.identity is not None
    assert (result.identity.form_id, result.identity.unit_code, result.identity.project_code) == (
        "another-form", "U1", "P1",
    )  # fmt: skip


def test_another_version__is_returned_and_says_both(alone: Issued) -> None:
    result = checked(alone, with_meta(alone.data, version="2021.9"))
    (finding,) = result.findings
    assert (finding.rule, finding.severity, result.status) == ("structure.version", "error", "returned")
    assert (finding.value, finding.expected) == ("2021.9", "2022.2")
    assert "2021.9" in finding.message
    assert "2022.2" in finding.message


@pytest.mark.parametrize("year", [0, -5, 10**30, float("inf")])
def test_meta_cell_with_an_impossible_year__is_a_finding_and_no_crash(alone: Issued, year: float) -> None:
    result = checked(alone, with_meta(alone.filled(single()), fiscal_year=year))
    assert result.status == "returned"


def test_every_formula_as_a_value__is_one_warning(with_sub: Issued) -> None:
    result = checked(with_sub, only_values(with_sub.filled(family())))
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.sheet) == ("structure.formula_replaced", "warning", None)
    assert result.status == "accepted"


def test_formula_typed_over_in_a_sub_project__is_named_there(with_sub: Issued) -> None:
    result = with_sub.checked(family(), {("01 书记工作室", "C6"): 1_200_000})
    assert found(result) == {("structure.formula_replaced", "sub_projects[0].total_funds")}
    assert result.findings[0].message.startswith("「01 书记工作室」表 C6（项目资金总额）：公式被数值替换")


def test_formula_typed_over_by_text_of_the_same_value__is_read_as_the_number(alone: Issued) -> None:
    result = alone.checked(single(), {("申报表", "E6"): "1,200,000.00"})
    assert result.status == "accepted"
    assert {rule for rule, _ in found(result)} == {"amount.normalised", "structure.formula_replaced"}


def test_formula_emptied__is_computed_again(alone: Issued) -> None:
    result = alone.checked(single(), {("申报表", "E6"): None})
    assert result.to_json()["declaration"]["annual_funds"] == "1200000.00"
    assert result.status == "accepted"
