"""A form as it is printed follows the sheet of whatever template the collection has."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers import packaged, row, saved, single, weighted_template
from tests.loaded import opened
from workbook_builder.centre.publish.computed import Computed
from workbook_builder.centre.publish.printed_form import FormPrinter, PrintedForm
from workbook_builder.centre.publish.printed_values import MoneyUnit, amount, day, target
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_looks import looks_of
from workbook_builder.form.template_reading import load_template
from workbook_builder.resources import packaged_template

LEVELS = {row.level2: row.level1 for row in packaged().form.form_sheet.table}


def changed(change: Callable[[Any], None]) -> bytes:
    book = opened(packaged_template())
    change(book)
    return saved(book)


def printed(data: bytes, unit: MoneyUnit | None = None, **changes: Any) -> PrintedForm:
    template = load_template(data, "模板.xlsx", packaged_catalogue())
    looks = looks_of(template, template.form.form_sheet)
    computed = Computed(template, packaged_catalogue())
    printer = FormPrinter(template.form, looks, computed, {"fiscal_year": "2022", "round": "一上"}, unit)
    declared = single(project_name="培训", total_funds="1200000.00", annual_funds="1000000.01", **changes)
    declared["indicators"] = [one | {"level1": LEVELS[one["level2"]]} for one in declared["indicators"]]
    return printer.printed(declared, declared)


def texts(form: PrintedForm) -> list[list[list[str]]]:
    return [[[c.text for c in row.cells if not c.is_continued] for row in table.rows] for table in form.tables]


def every_text(form: PrintedForm) -> set[str]:
    return {text for table in texts(form) for row in table for text in row}


def test_packaged_form__has_its_headings_and_the_head_of_the_indicators_repeated() -> None:
    form = printed(packaged_template())
    assert form.headings == ("财政项目支出绩效目标申报表", "（2022年度）")
    assert [table.repeated for table in form.tables] == [0, 1]
    assert texts(form)[1] == [
        ["", "一级指标", "二级指标", "三级指标", "年度指标值"],
        ["绩效\n指标", "产出指标", "数量指标", "培训次数", "≥5次"],
        ["效益指标", "社会效益指标", "党建环境", "明显改善"],
        ["满意度指标", "服务对象满意度指标", "党员满意度", "≥90%"],
    ]
    assert all(sum(cell.columns for cell in row.cells) == 7 for table in form.tables for row in table.rows)


def test_years_of_the_goal__come_of_the_formula_and_follow_the_parent() -> None:
    form = printed(packaged_template(), start_date="2021-07-01", end_date="2023-06-30")
    assert "项目总目标 (2021年-2023年)" in every_text(form)
    assert "项目总目标 (    年-    年)" in every_text(printed(packaged_template(), start_date=None, end_date=None))


def test_rows_of_levels_that_nobody_filled_in__are_not_printed_and_others_grow() -> None:
    rows = [row("质量指标", f"合格率{number}", "≥", str(90 + number), "%") for number in range(5)]
    body = texts(printed(packaged_template(), indicators=rows))[1]
    assert [line[-1] for line in body] == ["年度指标值", "≥90%", "≥91%", "≥92%", "≥93%", "≥94%"]
    assert [len(line) for line in body] == [5, 5, 2, 2, 2, 2]
    assert texts(printed(packaged_template(), indicators=[]))[1] == [
        ["绩效\n指标", "一级指标", "二级指标", "三级指标", "年度指标值"]
    ]


def test_form_with_weights__prints_them_in_their_column() -> None:
    rows = [row("数量指标", "培训次数", "≥", "5", "次") | {"weight": "30"}]
    body = texts(printed(weighted_template(column="H"), indicators=rows))[1]
    assert body[0][-2:] == ["年度指标值", "权重（分值）"]
    assert body[1][-2:] == ["≥5次", "30"]


def test_heads_that_stand_apart__keep_comparator_target_and_unit_apart() -> None:
    def change(book: Any) -> None:
        sheet = book["申报表"]
        sheet.unmerge_cells("E14:G14")
        sheet["E14"], sheet["F14"], sheet["G14"] = "符号", "值", "单位"

    body = texts(printed(changed(change)))[1]
    assert body[0][-3:] == ["符号", "值", "单位"]
    assert [line[-3:] for line in body[1:]] == [["≥", "5", "次"], ["定性", "明显改善", ""], ["≥", "90", "%"]]


def test_form_without_repeated_rows__is_one_table() -> None:
    def change(book: Any) -> None:
        book["申报表"]._print_rows = None

    form = printed(changed(change))
    (table,) = texts(form)
    assert table[-4][:2] == ["绩效\n指标", "一级指标"]
    assert form.tables[0].repeated == 0


def test_contacts_on_the_form__are_not_printed_nor_is_the_row_that_holds_nothing_else() -> None:
    def change(book: Any) -> None:
        sheet = book["申报表"]
        for address in ("B9", "B10", "B11"):
            book["填表说明"][address] = None
        sheet.print_area = "A1:G43"
        sheet["A43"], sheet["B43"], sheet["C43"], sheet["D43"] = "填表人", "{{filler}}", "电话", "{{phone}}"
        sheet["E43"] = "{{fill_date}}"

    said = every_text(printed(changed(change), filler="某甲", phone="12345678901", fill_date="2022-01-05"))
    assert not said & {"填表人", "某甲", "电话", "12345678901", "2022-01-05"}


@pytest.mark.parametrize("word", ["（万元）", "(万元)"])
def test_form_that_says_wan__prints_amounts_in_it_to_the_last_fen(word: str) -> None:
    def change(book: Any) -> None:
        book["申报表"]["A6"] = f"项目资金{word}"

    said = every_text(printed(changed(change)))
    assert {"120.00", "100.000001", f"项目资金{word}"} <= said
    assert "1,200,000.00" in every_text(printed(changed(change), unit="元"))
    assert "100.000001" in every_text(printed(packaged_template(), unit="万元"))


@pytest.mark.parametrize(
    ("yuan", "number_format", "unit", "expected"),
    [
        ("1411700.00", "#,##0.00", "元", "1,411,700.00"),
        ("1411700.00", "0.00", "元", "1411700.00"),
        ("0.00", "#,##0.00", "万元", "0.00"),
        ("123456789.10", "#,##0.00", "万元", "12,345.67891"),
        ("0.01", "0.00", "万元", "0.000001"),
    ],
)
def test_amount__is_exact(yuan: str, number_format: str, unit: MoneyUnit, expected: str) -> None:
    assert amount(yuan, number_format, unit) == expected


def test_dates_and_targets__are_as_the_form_writes_them() -> None:
    assert day("2022-01-05", "yyyy-mm-dd") == "2022-01-05"
    assert day("2022-01-05", 'yyyy"年"m"月"d"日"') == "2022年1月5日"
    assert target({"comparator": "定性", "target": "明显", "unit": None}) == "明显"
    assert target({"comparator": None, "target": None, "unit": None}) == ""
    assert target({"comparator": "≤", "target": "5.5", "unit": "万元"}) == "≤5.5万元"
