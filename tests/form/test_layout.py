"""Where every key stands: for any number of sub-projects and rows, each on a cell of its own."""

from collections import Counter

import pytest

from tests.helpers import PLAIN, laid_out, packaged
from workbook_builder.cells import Place
from workbook_builder.form.laying_out import PROBLEM_LINES, lay_out, rules_in_workbook
from workbook_builder.form.layout import FormShape, LaidSheet, Layout, Shape, Slot, table_key, title_placeholder
from workbook_builder.form.model import MONEY_LINES, FormSheet, Marker
from workbook_builder.form.rules import packaged_catalogue

FORM = "申报表"
FIRST_ROW, LAST_ROW = 15, 42  # of the indicator table in the template
SUMMED = ("total_fiscal", "total_other", "annual_appropriation", "annual_carryover", "annual_other")


def cells(slot: Slot) -> list[tuple[str, int, int]]:
    rows, columns = range(slot.place.row, slot.last_row + 1), range(slot.place.column, slot.last_column + 1)
    return [(slot.place.sheet, row, column) for row in rows for column in columns]


def sheet_of(layout: Layout, title: str) -> LaidSheet:
    return next(sheet for sheet in layout.sheets if sheet.title == title)


def kinds(layout: Layout, *keys: str) -> set[str]:
    return {layout.slots[key].kind for key in keys}


SHAPES = {
    "single": laid_out(),
    "family": laid_out(2),
    "large": laid_out(
        20, FormShape((("数量指标", 30), ("成本指标", 9)), frozenset({"project_name", "budget_ceiling"}))
    ),
}


@pytest.mark.parametrize("layout", SHAPES.values(), ids=SHAPES)
def test_no_two_keys__stand_on_one_cell(layout: Layout) -> None:
    taken = Counter(cell for slot in layout.slots.values() for cell in cells(slot))
    assert [cell for cell, count in taken.items() if count > 1] == []


@pytest.mark.parametrize("layout", SHAPES.values(), ids=SHAPES)
def test_hidden_cells__lie_right_of_print_area_hint_and_codes(layout: Layout) -> None:
    helpers = [slot for slot in layout.slots.values() if slot.kind == "helper"]
    assert helpers
    for slot in layout.slots.values():
        laid = sheet_of(layout, slot.place.sheet)
        assert laid.hint_column == laid.source.last_column + 2
        assert (laid.code_column, laid.next_column) == (laid.hint_column + 1, laid.hint_column + 2)
        if slot.kind == "helper":
            assert slot.place.column >= laid.first_helper_column > laid.next_column
        else:
            assert slot.last_column <= laid.source.last_column


def test_slots__stand_where_the_template_has_their_markers() -> None:
    slots = laid_out().slots
    assert slots["project_name"].place == Place(FORM, 3, 2)
    assert (slots["project_category"].place.address, slots["project_category"].last_column) == ("D3", 7)
    assert (slots["total_fiscal"].place.address, slots["total_fiscal"].last_row) == ("C7", 8)
    assert (slots["annual_goal"].place.address, slots["annual_goal"].last_row) == ("D11", 13)
    assert slots["narrative.overview"].place == Place("情况说明", 3, 2)
    assert slots["filler"].place == Place("填表说明", 9, 2)
    assert [slots[f"indicators[0].{name}"].place.address for name in ("name", "comparator", "target", "unit")] == [
        "D15",
        "E15",
        "F15",
        "G15",
    ]
    assert slots["indicators[27].unit"].place == Place(FORM, LAST_ROW, 7)


def test_year_and_round__are_no_keys_of_a_declaration() -> None:
    assert {"fiscal_year", "round"}.isdisjoint(laid_out().slots)


def test_sub_projects__have_full_keys_and_a_sheet_each_but_no_narrative() -> None:
    layout = laid_out(2)
    first = {slot.key for slot in layout.parts[0]}
    second = {slot.key for slot in layout.parts[1]}
    assert {"sub_projects[0].annual_funds", "sub_projects[0].indicators[3].target"} <= first
    assert second == {key.replace("sub_projects[0]", "sub_projects[1]") for key in first}
    assert not any("narrative" in key or "filler" in key for key in first)
    assert {slot.place.sheet for slot in layout.parts[1]} == {title_placeholder(1)}
    assert layout.slots["sub_projects[1].annual_funds"].place.address == layout.slots["annual_funds"].place.address
    assert layout.declarations == (None, 0, 1)


def test_sheets__sub_projects_behind_their_summary_and_the_self_check_second() -> None:
    titles = [sheet.title for sheet in laid_out(2).sheets]
    assert titles == ["填表说明", "自检", "情况说明", FORM, "子项目资金汇总", "⟦1⟧", "⟦2⟧"]
    assert "子项目资金汇总" not in [sheet.title for sheet in laid_out().sheets]


def test_checked_sheets__are_those_with_inputs() -> None:
    assert [sheet.title for sheet in laid_out(1).checked_sheets] == ["填表说明", "情况说明", FORM, "⟦1⟧"]


def test_money_of_a_root_without_sub_projects__is_typed_and_its_totals_are_formulas() -> None:
    layout = laid_out()
    assert kinds(layout, *SUMMED) == {"input"}
    assert kinds(layout, "total_funds", "annual_funds", "goal_period") == {"formula"}


def test_money_of_a_parent__is_computed_and_typed_in_its_sub_projects() -> None:
    layout = laid_out(2)
    assert kinds(layout, *MONEY_LINES) == {"formula"}
    for number in (0, 1):
        assert kinds(layout, *(f"sub_projects[{number}].{key}" for key in SUMMED)) == {"input"}
        assert kinds(layout, f"sub_projects[{number}].total_funds") == {"formula"}


def test_roster_keys__are_prefilled_where_the_shape_says_so_for_each_part_alone() -> None:
    form, named = packaged().form, FormShape(prefilled=frozenset({"project_name", "start_date"}))
    layout = lay_out(form, Shape(named, (PLAIN,)), packaged_catalogue())
    assert kinds(layout, "project_name", "start_date") == {"prefilled"}
    assert kinds(layout, "department", "sub_projects[0].project_name", "sub_projects[0].start_date") == {"input"}


def test_parent_line_that_the_roster_would_fill__stays_a_formula() -> None:
    shape = FormShape(prefilled=frozenset({"total_fiscal"}))
    assert kinds(laid_out(0, shape), "total_fiscal") == {"prefilled"}
    assert kinds(laid_out(1, shape), "total_fiscal") == {"formula"}


def test_raised_rows__follow_their_level2_and_push_the_rest_down() -> None:
    plain, raised = laid_out(), laid_out(0, FormShape((("数量指标", 15),)))
    rows = [slot for slot in raised.slots.values() if slot.field.key == table_key("name")]
    assert [slot.row for slot in rows] == list(range(33))
    assert Counter(slot.level2 for slot in rows)["数量指标"] == 15
    assert [slot.place.row for slot in rows] == list(range(FIRST_ROW, LAST_ROW + 6))
    assert raised.slots["indicators[14].name"].level2 == "数量指标"
    assert raised.slots["indicators[15].name"].level2 == "质量指标"
    assert raised.slots["indicators[14].name"].level1 == "产出指标"
    assert raised.slots["annual_goal"].place == plain.slots["annual_goal"].place
    form = sheet_of(raised, FORM)
    assert len(form.rows) == len(sheet_of(plain, FORM).rows) + 5
    assert (form.first(24), form.last(24), form.first(25)) == (24, 29, 30)


@pytest.mark.parametrize("rows", [("数量指标", 10), ("数量指标", 3), ("数量指标", -5), ("没有的指标", 50)])
def test_rows_that_ask_for_no_more_than_there_is__change_nothing(rows: tuple[str, int]) -> None:
    assert laid_out(0, FormShape((rows,))).slots == laid_out().slots


def test_rows_raised_in_one_sub_project__leave_the_others_as_they_are() -> None:
    layout = lay_out(packaged().form, Shape(PLAIN, (FormShape((("时效指标", 5),)), PLAIN)), packaged_catalogue())
    counts = Counter(slot.sub_project for slot in layout.slots.values() if slot.field.key == table_key("unit"))
    assert counts == {None: 28, 0: 31, 1: 28}


def test_levels_of_each_indicator_row__are_kept_hidden_on_the_row() -> None:
    layout = laid_out()
    helper = sheet_of(layout, FORM).first_helper_column
    for number in (0, 27):
        row = layout.slots[f"indicators[{number}].name"].place.row
        levels = [layout.slots[f"indicators[{number}].{name}"] for name in ("level1", "level2")]
        assert [slot.place for slot in levels] == [Place(FORM, row, helper), Place(FORM, row, helper + 1)]
        assert {slot.kind for slot in levels} == {"helper"}


def test_hidden_values__stand_in_the_row_of_the_key_they_go_with() -> None:
    layout = laid_out(1)
    for prefix in ("", "sub_projects[0]."):
        for key, beside in packaged_catalogue().helpers.items():
            helper, shown = layout.slots[prefix + key], layout.slots[prefix + beside]
            assert helper.place.row == shown.place.row
            assert helper.place.sheet == shown.place.sheet
            assert helper.kind == "helper"
    assert layout.slots["budget_ceiling"].field.source == "roster"
    assert layout.slots["effective.end_date"].field == layout.slots["end_date"].field._replace(
        key="effective.end_date", source="formula"
    )


def test_roster_value_that_the_form_shows__needs_no_hidden_cell() -> None:
    form = packaged().form
    sheet = form.form_sheet
    shown = sheet._replace(markers=(*sheet.markers, Marker("budget_ceiling", None, 3, 1, 3, 1, "{{budget_ceiling}}")))
    others = tuple(shown if other is sheet else other for other in form.sheets)
    layout = lay_out(form._replace(sheets=others), Shape(PLAIN), packaged_catalogue())
    assert (layout.slots["budget_ceiling"].kind, layout.slots["budget_ceiling"].place.address) == ("input", "A3")


def test_summary__has_a_row_per_sub_project_and_one_range_per_key() -> None:
    layout = laid_out(3)
    assert layout.summary_range("annual_other") == (Place("子项目资金汇总", 4, 9), 6)
    assert layout.summary_range("overall_goal") is None
    assert laid_out().summary_range("annual_other") is None
    assert sheet_of(layout, "子项目资金汇总").first(5) == 7  # 合计


def test_self_check__has_a_line_per_sheet_and_per_rule() -> None:
    single, family = sheet_of(laid_out(), "自检"), sheet_of(laid_out(3), "自检")
    assert single.rows.count(5) == 3
    assert family.rows.count(5) == 6
    assert family.rows.count(8) == single.rows.count(8) == PROBLEM_LINES
    assert family.rows.count(11) > single.rows.count(11) > 20
    assert family.hint_column == 0


def test_sheet_without_keys__has_no_self_check() -> None:
    form = packaged().form
    cover = FormSheet("封面", "root", (), (), 3, 3)
    layout = lay_out(form._replace(sheets=(cover, *form.sheets)), Shape(PLAIN), packaged_catalogue())
    assert sheet_of(layout, "封面").hint_column == 0
    assert sheet_of(layout, "封面").rows == (1, 2, 3)


PARENT_PART = Shape(PLAIN, (), "parent")
SUB_PART = Shape(FormShape(prefilled=frozenset({"project_name", "start_date"})), (PLAIN,), "sub_project")


def part_of(shape: Shape) -> Layout:
    return lay_out(packaged().form, shape, packaged_catalogue())


def rules_of(shape: Shape) -> set[str]:
    return {rule.id for rule in rules_in_workbook(packaged_catalogue(), packaged().form, shape)}


def test_rules_of_a_workbook__leave_out_families_where_there_are_none() -> None:
    single, family = rules_of(Shape(PLAIN)), rules_of(Shape(PLAIN, (PLAIN,)))
    of_families = {"date.required_sub", "date.outside_parent", "amount.zero_sub"}
    assert family - single == of_families | {f"funds.sub_sum.{key}" for key in MONEY_LINES}
    assert "date.goal_years" not in family  # this form types no years
    assert "structure.version" not in family  # no formula


def test_rules_of_a_part__are_those_that_it_can_tell() -> None:
    single, parent, sub = rules_of(Shape(PLAIN)), rules_of(PARENT_PART), rules_of(SUB_PART)
    money = {rule for rule in single if rule.startswith("funds.")} | {"amount.zero"}
    assert single - parent == money
    assert parent <= single
    assert sub - single == {"date.required_sub", "date.outside_parent", "amount.zero_sub"}
    assert single - sub == {"date.required", "amount.zero", "narrative.missing"}
    assert "text.filler_missing" in sub


def test_parent_part__has_its_form_with_money_pending_and_nothing_of_sub_projects() -> None:
    layout = part_of(PARENT_PART)
    assert [sheet.title for sheet in layout.sheets] == ["填表说明", "自检", "情况说明", FORM]
    assert kinds(layout, *MONEY_LINES) == {"pending"}
    others = {key for key in SHAPES["single"].slots if key not in MONEY_LINES}
    assert {key: layout.slots[key].kind for key in others} == {key: SHAPES["single"].slots[key].kind for key in others}


def test_part_of_a_sub_project__has_its_form_and_shows_the_head_of_its_parent() -> None:
    layout = part_of(SUB_PART)
    assert [sheet.title for sheet in layout.sheets] == ["填表说明", "自检", title_placeholder(0), "母项目"]
    assert kinds(layout, "filler", "phone", "fill_date") == {"input"}
    assert kinds(layout, "project_name", "start_date") == {"prefilled"}
    assert kinds(layout, "end_date", "department") == {"pending"}
    assert layout.indicator_rows(None) == ()
    assert [sheet.title for sheet in layout.checked_sheets] == ["填表说明", title_placeholder(0)]
    whole = lay_out(packaged().form, Shape(PLAIN, (PLAIN,)), packaged_catalogue())
    assert [(slot.key, slot.kind, slot.place.address) for slot in layout.parts[0]] == [
        (slot.key, slot.kind, slot.place.address) for slot in whole.parts[0]
    ]


def test_sheet_that_shows_the_parent__has_a_title_of_its_own_whatever_the_template_calls_its_sheets() -> None:
    form = packaged().form
    sheets = tuple(sheet._replace(title="母项目") if sheet.kind == "check" else sheet for sheet in form.sheets)
    layout = lay_out(form._replace(sheets=sheets), SUB_PART, packaged_catalogue())
    assert [sheet.title for sheet in layout.sheets] == ["填表说明", "母项目", title_placeholder(0), FORM]


def test_form_that_holds_nothing_of_rosters__shows_no_parent() -> None:
    form = packaged().form
    sheets = tuple(
        sheet._replace(markers=tuple(m for m in sheet.markers if m.row > 5)) if sheet.kind == "form" else sheet
        for sheet in form.sheets
    )
    layout = lay_out(form._replace(sheets=sheets), SUB_PART, packaged_catalogue())
    assert [sheet.title for sheet in layout.sheets] == ["填表说明", "自检", title_placeholder(0)]


def test_confirmations__stand_beside_the_heading_or_in_the_first_row_of_their_section() -> None:
    own = packaged().form
    leader = own.fields["annual_goal"]._replace(key="leader", label="负责人", type="text")
    renamed = own.form_sheet._replace(
        markers=tuple(m._replace(key="leader") if m.key == "implementing_unit" else m for m in own.form_sheet.markers)
    )
    form = own._replace(
        fields={**own.fields, "leader": leader},
        sheets=tuple(renamed if sheet.kind == "form" else sheet for sheet in own.sheets),
    )
    shape = Shape(FormShape(sections=frozenset({"goals", "indicators", "details"})), (FormShape(),))
    slots = lay_out(form, shape, packaged_catalogue()).slots
    found = {key: (slot.place.sheet, slot.place.address) for key, slot in slots.items() if "confirm." in key}
    assert found == {  # above the leader's row others are filled in
        "confirm.goals": ("申报表", "H10"),
        "confirm.indicators": ("申报表", "H14"),
        "confirm.details": ("申报表", "H4"),
    }
    assert {slots[key].kind for key in found} == {"input"}
