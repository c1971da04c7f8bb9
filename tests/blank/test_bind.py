"""Formulas over keys become Excel formulas over cells."""

import re
from collections import Counter

import pytest

from tests.helpers import laid_out, packaged
from workbook_builder.blank.bind import (
    ALIASES_LIST,
    WORKBOOK_ALIASES,
    Binder,
    UnboundError,
    joined_formula,
    list_columns,
    list_names,
    quoted,
    text_literal,
)
from workbook_builder.cells import ADDRESS, Place
from workbook_builder.form.laying_out import lay_out
from workbook_builder.form.layout import Layout
from workbook_builder.form.model import FormSheet
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.workbook_names import cell_name

QUOTED_NAME = re.compile(r"'(?:[^']|'')+'")
REFERENCE_LIKE = re.compile(r"[A-Za-z]{1,3}[0-9]{1,7}|[Rr][0-9]*[Cc][0-9]*", re.ASCII)


def binder(sub_projects: int = 0, layout: Layout | None = None) -> Binder:
    return Binder(packaged_catalogue(), layout or laid_out(sub_projects))


def bound(formula: str, key: str, sub_projects: int = 0) -> str:
    on = binder(sub_projects)
    return on.bind(formula, on.layout.slots[key])[0]


@pytest.mark.parametrize(
    ("formula", "key", "expected"),
    [
        ("{annual_funds}", "total_funds", "$E$6"),
        ("{@}+{@}", "total_funds", "$C$6+$C$6"),
        ("{project_name}", "filler", "'申报表'!$B$3"),
        ("{fiscal_year}", "start_date", "collection_fiscal_year"),
        ("{round}", "start_date", "collection_round"),
        ("{list}", "project_category", "choices_project_category"),
        ("{list}", "indicators[0].unit", "choices_indicators_unit"),
        ("{row.target}", "indicators[3].unit", "$F18"),
        ("{above.name}", "indicators[3].name", "$D$15:$D17"),
        ("{above.name}", "indicators[1].name", "$D$15:$D15"),
        ("{indicators.name}", "annual_goal", "$D$15:$D$42"),
        ("{root.effective.end_date}", "end_date", "$O$5"),
        ("LEN(TRIM({row.name}))", "indicators[3].unit", "LEN($N18)"),
    ],
)
def test_reference__becomes_its_cell(formula: str, key: str, expected: str) -> None:
    assert bound(formula, key) == expected


def test_text_that_rules_trim_often__is_trimmed_in_a_hidden_cell_of_its_row_once() -> None:
    on = binder()
    cells = dict(on.cleaned())
    assert {place.column for place in cells} == {14, 15, 16}
    assert len(cells) == 3 * 28
    assert cells[Place("申报表", 18, 14)].startswith("TRIM(SUBSTITUTE(")
    assert cells[Place("申报表", 18, 14)].count("$D18") == 1
    taken = {slot.place for slot in on.layout.slots.values()}
    assert taken.isdisjoint(cells)
    assert on.bind("TRIM({row.name})", on.layout.slots["indicators[3].unit"])[1] == {"indicators[3].name"}
    assert "SUBSTITUTE" in bound("TRIM({row.unit})", "indicators[3].unit")


def test_names_of_the_sheet_with_lists__point_to_what_formulas_read_there() -> None:
    named = {name: area.text("") for name, area in list_names(laid_out()).items()}
    assert named == {
        "collection_fiscal_year": "'选项'!$B$1",
        "collection_round": "'选项'!$B$2",
        "collection_deadline": "'选项'!$B$4",
        "collection_contact": "'选项'!$B$5",
        "collection_contact_phone": "'选项'!$B$6",
        "collection_ceiling": "'选项'!$B$7",
        "choices_project_category": "'选项'!$D$2:$D$4",
        "choices_indicators_comparator": "'选项'!$E$2:$E$7",
        "choices_indicators_unit": "'选项'!$F$2:$F$27",
        "choices_comparator_aliases": f"'选项'!$G$2:$G${1 + len(WORKBOOK_ALIASES)}",
    }


def test_reference_in_a_sub_project__stays_on_its_sheet_and_root_leads_to_the_parent() -> None:
    assert bound("{annual_funds}", "sub_projects[1].total_funds", 2) == "$E$6"
    assert bound("{root.annual_funds}", "sub_projects[1].total_funds", 2) == "'申报表'!$E$6"
    assert bound("{sub_projects.@}", "total_funds", 2) == "'子项目资金汇总'!$C$4:$C$5"
    assert bound("{sub_projects.@}", "total_funds", 1) == "'子项目资金汇总'!$C$4"


def test_keys_that_a_formula_reads__are_full() -> None:
    on = binder(2)
    slots = on.layout.slots
    read = on.bind("{total_funds}{root.total_funds}", slots["sub_projects[1].annual_funds"])[1]
    assert read == {"sub_projects[1].total_funds", "total_funds"}
    read = on.bind("{sub_projects.@}", slots["total_funds"])[1]
    assert read == {"sub_projects[0].total_funds", "sub_projects[1].total_funds"}
    read = on.bind("{above.name}{row.unit}", slots["sub_projects[0].indicators[2].name"])[1]
    assert read == {
        "sub_projects[0].indicators[0].name",
        "sub_projects[0].indicators[1].name",
        "sub_projects[0].indicators[2].unit",
    }
    assert on.bind("{fiscal_year}{list}", slots["project_category"])[1] == frozenset()


@pytest.mark.parametrize(
    ("formula", "key"),
    [
        ("{goal_start_year}", "total_funds"),
        ("{list}", "project_name"),
        ("{above.name}", "indicators[0].name"),
        ("{row.name}", "total_funds"),
        ("{row.weight}", "indicators[0].name"),
        ("{sub_projects.total_funds}", "total_funds"),
    ],
)
def test_reference_to_what_the_form_has_not__is_unbound(formula: str, key: str) -> None:
    with pytest.raises(UnboundError):
        bound(formula, key)


def test_summary_without_the_column__is_unbound() -> None:
    with pytest.raises(UnboundError):
        bound("{sub_projects.overall_goal}", "total_funds", 1)


def test_apostrophes_in_a_title__are_doubled() -> None:
    assert quoted("社区's '党建'") == "'社区''s ''党建'''"
    form = packaged().form
    sheets = tuple(sheet._replace(title="申报'表") if sheet.kind == "form" else sheet for sheet in form.sheets)
    layout = laid_out()
    other = binder(layout=relaid(layout, sheets))
    assert other.bind("{project_name}", other.layout.slots["filler"])[0] == "'申报''表'!$B$3"


def relaid(layout: Layout, sheets: tuple[FormSheet, ...]) -> Layout:
    return lay_out(layout.form._replace(sheets=sheets), layout.shape, packaged_catalogue())


def test_texts__are_quoted_and_joined_with_what_they_hold() -> None:
    assert text_literal('填"90"') == '"填""90"""'
    values = {"value": "$A$1", "expected": 'TEXT($B$1,"0.00")', "label": '"金额"'}
    assert joined_formula("应为 {expected} 元，现为 {value}", values) == '"应为 "&TEXT($B$1,"0.00")&" 元，现为 "&$A$1'
    assert joined_formula("{label}{value}", values) == '"金额"&$A$1'
    assert joined_formula("未填写", values) == '"未填写"'


def test_lists__stand_side_by_side_with_the_aliases_behind_them() -> None:
    columns = list_columns(laid_out())
    assert list(columns) == ["项目类别", "符号", "计量单位", ALIASES_LIST]
    assert [column for column, _ in columns.values()] == [4, 5, 6, 7]
    assert columns[ALIASES_LIST][1] == 1 + len(WORKBOOK_ALIASES)
    assert {">=", "不低于"} <= set(WORKBOOK_ALIASES)
    assert {"≥", "＞", "定性"}.isdisjoint(WORKBOOK_ALIASES)


def instances(on: Binder, rule_id: str) -> list[str]:
    return [instance.slot.key for instance in on.instances if instance.rule.id == rule_id]


def test_rule_of_a_parent__has_an_instance_and_an_id_for_each_line() -> None:
    on = binder(2)
    assert instances(on, "funds.sub_sum.annual_other") == ["annual_other"]
    assert len([i for i in on.instances if i.rule.id.startswith("funds.sub_sum.")]) == 7
    assert [i for i in binder().instances if i.rule.id.startswith("funds.sub_sum.")] == []


def test_rule_of_all_forms__stands_on_the_root_and_each_sub_project() -> None:
    keys = ["total_funds", "sub_projects[0].total_funds", "sub_projects[1].total_funds"]
    assert instances(binder(2), "funds.total_sum") == keys
    assert instances(binder(2), "amount.zero") == keys[:1]
    assert instances(binder(2), "amount.zero_sub") == keys[1:]


def test_row_rule__stands_on_every_indicator_row() -> None:
    on = binder()
    assert instances(on, "indicator.incomplete") == [f"indicators[{row}].name" for row in range(28)]
    assert instances(on, "indicator.duplicate") == [f"indicators[{row}].name" for row in range(1, 28)]


def test_rule_about_a_level1__stands_on_its_first_row_and_is_about_the_table() -> None:
    on = binder(1)
    assert instances(on, "indicator.no_output") == ["indicators[0].name", "sub_projects[0].indicators[0].name"]
    assert instances(on, "indicator.no_benefit") == ["indicators[17].name", "sub_projects[0].indicators[17].name"]
    finding_keys = {i.finding_key for i in on.instances if i.rule.id == "indicator.no_output"}
    assert finding_keys == {"indicators", "sub_projects[0].indicators"}
    assert {i.finding_key for i in on.instances if i.rule.id == "amount.zero"} == {"total_funds"}


def test_rule_about_a_level1_that_the_form_has_not__has_no_instance() -> None:
    form = packaged().form
    table = tuple(row for row in form.form_sheet.table if row.level1 != "效益指标")
    sheets = tuple(sheet._replace(table=table) if sheet.kind == "form" else sheet for sheet in form.sheets)
    on = binder(layout=relaid(laid_out(), sheets))
    assert instances(on, "indicator.no_output") == ["indicators[0].name"]
    assert instances(on, "indicator.no_benefit") == []


def test_gate__stands_on_inputs_only() -> None:
    assert "total_fiscal" in instances(binder(), "amount.invalid")
    assert "total_fiscal" not in instances(binder(1), "amount.invalid")
    assert "sub_projects[0].total_fiscal" in instances(binder(1), "amount.invalid")


def test_codes_on_one_row__are_different() -> None:
    rows = Counter((i.slot.place.sheet, i.slot.place.row, i.code) for i in binder(2).instances)
    assert set(rows.values()) == {1}


def test_message__ends_as_a_sentence_and_shows_values_as_they_are_read() -> None:
    by_id = {instance.rule.id: instance for instance in binder().instances}
    total = by_id["funds.annual_sum"]
    assert total.message.endswith('&" 元。"')
    assert 'TEXT($E$6,"#,##0.00")' in total.message
    assert total.value == 'IF(ISNUMBER($E$6),TEXT($E$6,"0.00"),$E$6)'
    assert by_id["date.required"].value == 'IF(ISNUMBER($D$5),TEXT($D$5,"yyyy-mm-dd"),$D$5)'
    assert by_id["text.required"].value == "$D$11"
    assert by_id["text.required"].expected is None


def test_fixed_messages__stand_for_every_code_that_the_form_can_show() -> None:
    on = binder(2)
    assert {instance.code for instance in on.instances} <= on.messages.keys()
    assert all(message.endswith("。") and "{" not in message for message in on.messages.values())
    code = next(i.code for i in on.instances if i.rule.id == "funds.total_sum")
    assert on.messages[code] == "项目资金总额：应等于财政资金与其他资金之和 … 元，现为 … 元。"


def test_notes__stand_beside_the_dates_of_sub_projects_only() -> None:
    on = binder(1)
    slots = on.layout.slots
    assert on.note(slots["start_date"]) is None
    note = on.note(slots["sub_projects[0].start_date"])
    assert note is not None
    assert note.startswith("IF(ISBLANK($B$5)")
    assert on.note(slots["sub_projects[0].total_funds"]) is None


def test_names_of_cells__are_no_cell_references_and_unique() -> None:
    layout = laid_out(12)
    names = [cell_name(slot.sub_project, slot.field.key) for slot in layout.slots.values() if slot.row is None]
    names += [cell_name(number, "indicators") for number in layout.declarations]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z_][a-z0-9_]{0,254}", name)
        assert not ADDRESS.fullmatch(name.upper())
        assert not REFERENCE_LIKE.fullmatch(name)


def test_references_to_other_sheets__are_quoted() -> None:
    for instance in binder(2).instances:
        without_titles = QUOTED_NAME.sub("''", instance.fails_when)
        assert re.fullmatch(r"(?:[^!]|''!)*", without_titles), instance.fails_when
