"""Forms whose indicator table has a column of weights: drawn, filled, judged, returned as data."""

import io
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.helpers import (
    PLAIN,
    Issued,
    changed,
    family,
    found,
    is_chinese_sentence,
    issued,
    parent,
    project,
    rules,
    saved,
    single,
    weighted_template,
)
from tests.loaded import opened
from workbook_builder.blank.bind import Binder, list_names
from workbook_builder.errors import ContentError
from workbook_builder.findings import Finding
from workbook_builder.form.dialect import problems
from workbook_builder.form.laying_out import lay_out
from workbook_builder.form.layout import CONSTANTS, Shape
from workbook_builder.form.rules import Level, packaged_catalogue
from workbook_builder.form.template_reading import Template, load_template, read_template
from workbook_builder.form.template_text import describe as template_text
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import describe, fill
from workbook_builder.judge.opening import Opened

pytestmark = pytest.mark.slow

FORM, FIELDS = "申报表", "字段"
FIRST = "H15"  # the weight of the first row that `with_weights` fills
TWO_SUFFICE: dict[str, Level] = {"indicator.no_satisfaction": "off"}
WEIGHT_RULES = {"weight.invalid", "weight.positive", "weight.total"}


def read(data: bytes) -> Template:
    return read_template(data, "模板.xlsx", packaged_catalogue())


def with_weights(first: object = "60", second: object = "40", **changes: Any) -> dict[str, Any]:
    """Two indicators with these weights; the workbooks do without satisfaction."""
    entry = single(**changes)
    entry["indicators"] = entry["indicators"][:2]
    for indicator, weight in zip(entry["indicators"], (first, second), strict=True):
        indicator["weight"] = weight
    return entry


@pytest.fixture(scope="module")
def weighted(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issued(
        tmp_path_factory.mktemp("weighted") / "任务", project(), template=weighted_template(), levels=TWO_SUFFICE
    )


@pytest.fixture(scope="module")
def of_ninety(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    folder = tmp_path_factory.mktemp("ninety") / "任务"
    return issued(folder, parent("书记工作室"), template=weighted_template(90), levels=TWO_SUFFICE)


def the(result: Checked) -> Finding:
    (finding,) = result.findings
    assert is_chinese_sentence(finding.message)
    return finding


def test_template_with_weights__has_no_findings_and_says_its_total() -> None:
    template = read(weighted_template(90))
    assert template.findings == ()
    assert (template.form.has_weights, template.form.weight_total) == (True, Decimal(90))
    assert [field.column for field in template.form.columns] == ["name", "comparator", "target", "unit", "weight"]
    text = template_text(template)
    assert "\n权重合计 90\n" in text
    assert "indicators.weight  权重  数值  填报" in text
    assert "G15 indicators.unit，H15 indicators.weight" in text


@pytest.mark.parametrize(("total", "expected"), [(None, "100"), ("100.00", "100.00"), (90.5, "90.5"), (1, "1")])
def test_total_of_the_weights__is_what_the_template_says_or_a_hundred(total: object, expected: str) -> None:
    assert read(weighted_template(total)).form.weight_total == Decimal(expected)


@pytest.mark.parametrize("total", ["一百", 0, -1, "90.555", "100分", 10**12])
def test_total_that_is_no_number_above_zero__is_reported_at_its_cell(total: object) -> None:
    (finding,) = read(weighted_template(total)).findings
    assert (finding.rule, finding.sheet, finding.cell) == ("template.setting_invalid", FIELDS, "B4")
    assert is_chinese_sentence(finding.message)


def test_row_without_the_weight_that_others_have__is_reported_at_the_row() -> None:
    (finding,) = read(changed(weighted_template(), {(FORM, "H20"): None})).findings
    assert (finding.rule, finding.sheet, finding.cell) == ("template.table_row", FORM, "D20")
    assert "缺少标记 {{indicators.weight}}。" in finding.message


def test_weight_of_another_type__is_reported_at_its_type() -> None:
    (finding,) = read(changed(weighted_template(), {(FIELDS, "C37"): "金额"})).findings
    assert (finding.rule, finding.cell) == ("template.type_differs", "C37")
    assert "类型应为“数值”" in finding.message


def test_number_that_is_no_weight__is_reported_at_its_line() -> None:
    (finding,) = read(changed(weighted_template(), {(FIELDS, "C34"): "数值"})).findings
    assert (finding.rule, finding.cell, finding.key) == ("template.type_misplaced", "A34", "filler")
    assert is_chinese_sentence(finding.message)


def test_field_of_weights_without_a_marker__is_reported_once() -> None:
    data = changed(weighted_template(), {(FORM, f"H{number}"): None for number in range(15, 48)})
    assert [(f.rule, f.cell) for f in read(data).findings] == [("template.marker_missing", "A37")]


def test_form_without_weights__knows_nothing_of_them(alone: Issued) -> None:
    with pytest.raises(ContentError) as caught:
        alone.filled(with_weights())
    assert [(f.rule, f.key) for f in caught.value.findings] == [
        ("fill.unknown_key", "indicators[0].weight"),
        ("fill.unknown_key", "indicators[1].weight"),
    ]
    result = alone.checked(single()).to_json()
    assert "weight" not in result["declaration"]["indicators"][0]
    bound = {instance.rule.id for instance in Binder(packaged_catalogue(), opened_by(alone).blank.layout).instances}
    assert not bound & WEIGHT_RULES
    lists = opened(alone.data)["选项"]
    assert lists.cell(*CONSTANTS["weight_total"][1:]).value is None


def opened_by(work: Issued) -> Opened:
    ours = work.desk.open(work.data, work.path.name)
    assert isinstance(ours, Opened)
    return ours


def test_weights__are_described_as_numbers_after_the_other_columns(weighted: Issued) -> None:
    entries = [entry for entry in describe(opened_by(weighted))["inputs"] if entry["key"].startswith("indicators[0].")]
    assert [entry["key"].partition(".")[2] for entry in entries] == ["name", "comparator", "target", "unit", "weight"]
    assert {name: entries[-1][name] for name in ("cell", "type", "label", "choices", "level2")} == {
        "cell": "H15", "type": "number", "label": "权重", "choices": None, "level2": "数量指标",
    }  # fmt: skip


def test_weights_that_add_up__are_accepted_and_given_as_decimal_strings(weighted: Issued) -> None:
    result = weighted.checked(with_weights("60.5", "39.5"))
    assert (result.status, result.findings) == ("accepted", ())
    indicators = result.to_json()["declaration"]["indicators"]
    assert [indicator["weight"] for indicator in indicators] == ["60.5", "39.5"]
    again = fill(weighted.data, "再.xlsx", {"indicators": indicators}, weighted.desk)
    assert opened(again)[FORM][FIRST].value == 60.5


def test_empty_weight__is_null_in_the_declaration(weighted: Issued) -> None:
    result = weighted.checked(with_weights("100", None))
    assert [entry["weight"] for entry in result.to_json()["declaration"]["indicators"]] == ["100", None]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (("60", "39.99"), [("weight.total", "indicators")]),
        (("60", "40.01"), [("weight.total", "indicators")]),
        (("33.33", "66.67"), []),
        (("100", "0"), [("weight.positive", "indicators[19].weight")]),
        (("100", None), [("weight.positive", "indicators[19].weight")]),
        (("-10", "110"), [("weight.invalid", "indicators[0].weight")]),
        (("33.333", "66.667"), [("weight.invalid", "indicators[0].weight"), ("weight.invalid", "indicators[19].weight")]),
        (("六十", "40"), [("weight.invalid", "indicators[0].weight")]),
    ],
    ids=str,
)  # fmt: skip
def test_weights__are_judged_row_by_row_and_together(
    weighted: Issued, weights: tuple[object, object], expected: list[tuple[str, str]]
) -> None:
    result = weighted.checked(with_weights(*weights))
    assert found(result) == set(expected)
    assert all(is_chinese_sentence(finding.message) and finding.severity == "error" for finding in result.findings)


def test_total__is_told_with_the_sum_and_what_it_should_be(of_ninety: Issued) -> None:
    entry = family()
    for form in (entry, *entry["sub_projects"]):
        form["indicators"] = form["indicators"][:2]
    for part in (entry, *entry["sub_projects"]):
        for indicator in part["indicators"]:
            indicator["weight"] = "45"
    assert "weight.total" not in rules(of_ninety.checked(entry))
    entry["sub_projects"][0]["indicators"][1]["weight"] = "54.5"
    finding = the(of_ninety.checked(entry))
    assert finding.message == "「01 书记工作室」表 H15（权重）：各行权重之和应为 90，现为 99.5。"
    assert (finding.key, finding.value, finding.expected) == ("sub_projects[0].indicators", "99.5", "90")


def test_no_indicator_at_all__says_nothing_of_weights(weighted: Issued) -> None:
    result = weighted.checked(single(indicators=[]))
    assert not WEIGHT_RULES & set(rules(result))
    assert "indicator.no_output" in rules(result)


def test_weight_on_a_row_without_an_indicator__is_an_error_there(weighted: Issued) -> None:
    result = weighted.checked(with_weights("60", "40"), {(FORM, "H16"): 5})
    wrong = {("weight.positive", "indicators[1].weight"), ("weight.total", "indicators")}
    assert found(result) == {*wrong, ("structure.hidden_content", None)}  # the filter had hidden that blank row


@pytest.mark.parametrize("typed", ["60", "６０", " 60 ", "60.00", "=50+10"])
def test_weight_typed_otherwise__is_read_with_a_warning(weighted: Issued, typed: str) -> None:
    book = opened(weighted.filled(with_weights()))
    book[FORM][FIRST].value = typed
    book[FORM][FIRST].data_type = "f" if typed.startswith("=") else "s"
    finding = the(check(saved(book), "权重.xlsx", weighted.desk))
    assert (finding.rule, finding.severity, finding.cell) == ("weight.normalised", "warning", FIRST)
    assert (finding.value, finding.expected) == (typed, "60")


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("60分", "weight.invalid"),
        ("60%", "weight.invalid"),
        (True, "weight.invalid"),
        ("=H34+20", "structure.formula_in_input"),
    ],
)
def test_weight_that_is_no_number__is_refused(weighted: Issued, typed: object, rule: str) -> None:
    finding = the(weighted.checked(with_weights(), {(FORM, FIRST): typed}))
    assert (finding.rule, finding.key) == (rule, "indicators[0].weight")


def test_filled_workbook__shows_what_is_wrong_with_its_weights(weighted: Issued) -> None:
    hints = shown_hints(weighted.filled(with_weights("60", "30")))
    assert [hint for hint in hints if "权重" in hint] == ["【错误】权重：各行权重之和应为 100，现为 90。"]
    assert not any("权重" in hint for hint in shown_hints(weighted.filled(with_weights())))


def shown_hints(data: bytes) -> Iterator[str]:
    """The words right of the form, as the file keeps them."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[FORM]
    return (str(sheet.cell(number, 10).value or "") for number in range(1, 48))


def test_inputs_of_weights__take_numbers_above_zero_only(weighted: Issued) -> None:
    validations = opened(weighted.data)[FORM].data_validations.dataValidation
    (check_of,) = [validation for validation in validations if "H15" in str(validation.sqref)]
    assert (check_of.type, check_of.operator, check_of.formula1) == ("decimal", "greaterThan", "0")
    assert "H42" in str(check_of.sqref)


def test_weights_left_of_the_names__are_found_when_columns_were_inserted(tmp_path: Path) -> None:
    work = issued(tmp_path / "任务", project(), template=weighted_template(column="D"))
    book = opened(work.filled(with_weights()))
    assert book.defined_names["root_indicators"].attr_text == "'申报表'!$D$15:$H$42"
    sheet = book[FORM]
    for area in [str(area) for area in sheet.merged_cells.ranges]:
        sheet.unmerge_cells(area)
    sheet.insert_cols(1, 20)
    result = check(saved(book), "移.xlsx", work.desk)
    assert result.declaration is not None
    assert [(i.name, i.weight) for i in result.declaration.indicators] == [
        ("培训次数", Decimal(60)),
        ("党建环境", Decimal(40)),
    ]
    assert "structure.rows_moved" in {finding.rule for finding in result.findings}


def test_formulas_of_weights__are_bound_and_inside_the_dialect() -> None:
    catalogue = packaged_catalogue()
    form = load_template(weighted_template(), "模板.xlsx", catalogue).form
    layout = lay_out(form, Shape(PLAIN, (PLAIN,)), catalogue)
    instances = [instance for instance in Binder(catalogue, layout).instances if instance.rule.id in WEIGHT_RULES]
    assert {instance.rule.id for instance in instances} == WEIGHT_RULES
    names = list_names(layout)
    conditions = [problems(instance.fails_when, names=names) for instance in instances]
    sentences = [
        problems(formula, is_guarded=True, names=names)
        for instance in instances
        for formula in (instance.message, instance.expected, instance.value)
        if formula is not None
    ]
    assert list(chain(*conditions, *sentences)) == []
