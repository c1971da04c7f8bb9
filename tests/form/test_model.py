"""What a template declares."""

import pytest

from tests.helpers import packaged
from workbook_builder.form.model import Field, Marker, full_key, markers_in

NAME = Field("project_name", "项目名称", "text", "roster", True, None, 80, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{annual_funds}}", [("annual_funds", None)]),
        ("{{ annual_funds }}", [("annual_funds", None)]),
        ("{{indicators.level1:产出指标}}", [("indicators.level1", "产出指标")]),
        ("{{indicators.level1 : 产出指标 }}", [("indicators.level1", "产出指标")]),
        ("{{indicators.level1:}}", [("indicators.level1", "")]),
        ("{{fiscal_year}}年度 {{round}}", [("fiscal_year", None), ("round", None)]),
        ("（{{fiscal_year}}年度）", [("fiscal_year", None)]),
        ("项目名称", []),
        ("{项目名称}", []),
        ("{{}}", []),
        ("{{项目名称", []),
    ],
)
def test_markers__are_found_in_a_text(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert list(markers_in(text)) == expected


@pytest.mark.parametrize(
    ("sub_project", "key", "row", "expected"),
    [
        (None, "annual_funds", None, "annual_funds"),
        (0, "annual_funds", None, "sub_projects[0].annual_funds"),
        (None, "narrative.overview", None, "narrative.overview"),
        (None, "indicators.target", 0, "indicators[0].target"),
        (2, "indicators.target", 13, "sub_projects[2].indicators[13].target"),
    ],
)
def test_full_key__is_how_a_key_is_addressed_from_outside(
    sub_project: int | None, key: str, row: int | None, expected: str
) -> None:
    assert full_key(sub_project, key, row) == expected


def test_marker__has_its_area_and_knows_the_table() -> None:
    single = Marker("indicators.name", None, 15, 4, 15, 4, "{{indicators.name}}")
    merged = Marker("indicators.level1", "产出指标", 15, 2, 36, 2, "{{indicators.level1:产出指标}}")
    assert (single.area, merged.area) == ("D15", "B15:B36")
    assert single.is_table_input
    assert not merged.is_table_input
    assert not single._replace(key="annual_funds").is_table_input


def test_field__is_a_column_where_it_belongs_to_the_table() -> None:
    assert not NAME.is_column
    assert NAME._replace(key="indicators.name").is_column
    assert not NAME._replace(key="indicators_total").is_column


def test_choices__are_the_entries_of_the_fields_list() -> None:
    form = packaged().form
    assert form.choices_of(form.fields["project_category"]) == ("经常性项目", "一次性项目", "阶段性项目")
    assert form.choices_of(form.fields["indicators.comparator"]) == ("≥", ">", "=", "<", "≤", "定性")
    assert form.choices_of(NAME) == ()
    assert form.choices_of(NAME._replace(choices="没有的表")) == ()


def test_packaged_form__has_the_rows_that_the_real_declaration_needs() -> None:
    rows = packaged().form.rows_per_level2()
    assert list(rows) == [
        "数量指标", "质量指标", "时效指标", "成本指标",
        "经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标",
        "服务对象满意度指标",
    ]  # fmt: skip
    assert rows["数量指标"] >= 10
    assert min(rows.values()) >= 2


def test_columns__are_the_cells_of_an_indicator_row_in_order() -> None:
    form = packaged().form
    keys = ["indicators.name", "indicators.comparator", "indicators.target", "indicators.unit"]
    assert [field.key for field in form.columns] == keys
    without = {key: field for key, field in form.fields.items() if key != "indicators.unit"}
    assert [field.key for field in form._replace(fields=without).columns] == keys[:3]


def test_form_sheet__is_the_one_that_repeats() -> None:
    assert packaged().form.form_sheet.title == "申报表"
