"""名册.xlsx: each mistake is named by its cell."""

from datetime import date

import pytest

from tests.collection.rosters import (
    PROJECT_HEADER,
    SETTING_LINES,
    UNIT_HEADER,
    UNIT_LINE,
    found,
    in_projects,
    only_finding,
    opened,
    project,
    read,
    sheets_with,
    sub,
    workbook,
)
from tests.helpers import saved
from workbook_builder.collection.roster_reading import read_roster


def test_missing_sheet__is_reported_once_and_nothing_that_follows_from_it() -> None:
    for title in ("参数", "项目名册", "单位名册"):
        sheets = sheets_with(project(), rows=[["0101", "数量指标", 5]])
        del sheets[title]
        finding = only_finding(sheets)
        assert (finding.rule, finding.sheet, finding.cell) == ("roster.sheet_missing", title, None)
        assert finding.message == f"应有工作表「{title}」，现未找到。请补上这张表，或把改过的表名改回“{title}”。"


def test_missing_column__is_named_at_the_header_row() -> None:
    sheets = sheets_with(project())
    sheets["项目名册"] = [["2022年项目名册"], *(line[:9] for line in sheets["项目名册"])]
    finding = only_finding(sheets)
    assert in_projects(finding) == ("roster.column_missing", "A2")
    assert (
        finding.message == "「项目名册」表 A2（表头）：应有“计划完成日期”列，现未找到。请在表头行补上这一列，次序不限。"
    )


def test_column_with_another_unit_in_its_name__is_pointed_at() -> None:
    sheets = sheets_with(project())
    sheets["项目名册"][0] = ["预算控制数（万元）" if name == "预算控制数" else name for name in PROJECT_HEADER]
    finding = only_finding(sheets)
    assert in_projects(finding) == ("roster.column_missing", "H1")
    assert "应有“预算控制数”列，现为“预算控制数(万元)”。" in finding.message


def test_sheet_without_a_header_in_ten_rows__is_one_finding() -> None:
    sheets = sheets_with(project())
    sheets["单位名册"] = [*([["说明"]] * 10), UNIT_HEADER, UNIT_LINE]
    finding = only_finding(sheets)
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.column_missing", "单位名册", "A1")


def test_column_twice__is_reported_at_the_second() -> None:
    sheets = sheets_with([*project(), 5])
    sheets["项目名册"][0] = [*PROJECT_HEADER, "预算控制数"]
    finding = only_finding(sheets)
    assert in_projects(finding) == ("roster.column_duplicate", "K1")
    assert "H1" in finding.message


def test_project_without_code__is_reported_at_the_empty_cell() -> None:
    finding = only_finding(sheets_with(project(), project(None, "无编码")))
    assert in_projects(finding) == ("roster.code_missing", "A3")
    assert (
        finding.message
        == "「项目名册」表 A3（项目编码）：应为已填写的项目编码，现为空。请填写项目编码；这一行不需要的，请整行清空。"
    )
    assert finding.key == "project_code"


@pytest.mark.parametrize("typed", [123456789012345678, 1.5, True, date(2022, 1, 1)])
def test_code_that_excel_has_changed__is_an_error(typed: object) -> None:
    finding = only_finding(sheets_with(project(typed)))
    assert in_projects(finding) == ("roster.code_invalid", "A2")
    assert "文本" in finding.message


def test_code_twice__names_the_other_cell() -> None:
    finding = only_finding(sheets_with(project("1001"), project("0102", "其他"), project(1001, "重复")))
    assert in_projects(finding) == ("roster.code_duplicate", "A4")
    assert "A2 已用了这个编码" in finding.message
    assert finding.value == "1001"


def test_unit_code_twice__names_the_other_cell() -> None:
    finding = only_finding(sheets_with(project(), units=[UNIT_LINE, ["001", "另一单位"]]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.code_duplicate", "单位名册", "A3")
    assert "A2" in finding.message


def test_parent_that_is_not_on_the_roster__is_an_error() -> None:
    finding = only_finding(sheets_with(project(), sub("0201", "0200")))
    assert in_projects(finding) == ("roster.parent_unknown", "C3")
    assert "现为“0200”" in finding.message


def test_circle_of_parents__is_named_whole_and_once() -> None:
    finding = only_finding(sheets_with(project("X", "根"), sub("A", "B"), sub("B", "C"), sub("C", "A"), sub("D", "A")))
    assert in_projects(finding) == ("roster.parent_cycle", "C3")
    assert "A→B→C→A" in finding.message


def test_project_that_is_its_own_parent__is_a_circle() -> None:
    finding = only_finding(sheets_with(project("X", "根"), sub("A", "A")))
    assert in_projects(finding) == ("roster.parent_cycle", "C3")
    assert "A→A" in finding.message


def test_sub_project_of_a_sub_project__is_too_deep() -> None:
    finding = only_finding(sheets_with(project(), sub("010101", "0101"), sub("01010101", "010101")))
    assert in_projects(finding) == ("roster.too_deep", "C4")
    assert "只支持两级" in finding.message
    assert "0101" in finding.message


@pytest.mark.parametrize(
    ("typed", "proposal"), [("2000万", "20000000.00"), (-1, None), (1.005, None), ("待定", None), (True, None)]
)
def test_amount_that_is_none__is_an_error_with_a_proposal_where_there_is_one(typed: object, proposal: str) -> None:
    finding = only_finding(sheets_with(project(预算控制数=typed)))
    assert in_projects(finding) == ("roster.amount_invalid", "H2")
    assert finding.message.startswith("「项目名册」表 H2（预算控制数）：应为不小于 0、最多两位小数的金额（元），现为“")
    assert finding.expected == proposal


@pytest.mark.parametrize("typed", ["2022-02-30", "年初", 22, True])
def test_date_that_is_none__is_an_error(typed: object) -> None:
    finding = only_finding(sheets_with(project(计划完成日期=typed)))
    assert in_projects(finding) == ("roster.date_invalid", "J2")


@pytest.mark.parametrize("typed", ["2022-02-30", "月底", 22])
def test_deadline_of_a_unit_that_is_no_date__is_an_error(typed: object) -> None:
    sheets = sheets_with(project())
    header, unit = sheets["单位名册"]
    sheets["单位名册"] = [[*header, "截止日期"], [*unit, typed]]
    finding = only_finding(sheets)
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.date_invalid", "单位名册", "G2")


def test_start_after_end__is_an_error_at_the_end() -> None:
    dates = {"计划开始日期": date(2022, 12, 31), "计划完成日期": date(2022, 1, 1)}
    finding = only_finding(sheets_with(project(**dates)))
    assert in_projects(finding) == ("roster.date_order", "J2")
    assert "2022-12-31" in finding.message
    assert "I2" in finding.message
    dates["计划完成日期"] = dates["计划开始日期"]
    assert read(sheets_with(project(**dates)))[1] == []


def test_unit_that_is_not_on_the_roster__is_an_error_for_root_and_sub_project() -> None:
    sheets = sheets_with(project(单位编码="009"), sub("010101", "0101", 单位编码="008"))
    assert found(sheets) == [("roster.unit_unknown", "项目名册", "F2"), ("roster.unit_unknown", "项目名册", "F3")]


def test_roster_without_units__does_not_judge_unit_codes() -> None:
    assert read(sheets_with(project(单位编码="009"), units=[]))[1] == []


def test_root_project_without_unit__is_an_error() -> None:
    assert in_projects(only_finding(sheets_with(project(单位编码=None)))) == ("roster.unit_missing", "F2")


def test_project_without_name__is_an_error() -> None:
    assert in_projects(only_finding(sheets_with(project(name="  ")))) == ("roster.name_missing", "B2")


def test_unit_without_name__is_an_error() -> None:
    finding = only_finding(sheets_with(project(), units=[["001", None]]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.name_missing", "单位名册", "B2")


def test_unclear_answer_to_must_report__is_an_error() -> None:
    finding = only_finding(sheets_with(project(), units=[[*UNIT_LINE[:5], "也许"]]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.must_report_invalid", "单位名册", "F2")


@pytest.mark.parametrize(
    ("lines", "cell"),
    [([["年度", None], ["轮次", "一上"]], "B2"), ([["年度", 2022], ["轮次"]], "B3"), ([["年度", 2022]], "A1")],
)
def test_setting_without_value_or_row__is_missing(lines: list[list[object]], cell: str) -> None:
    finding = only_finding(sheets_with(project(), settings=[["参数", "值"], *lines]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.setting_missing", "参数", cell)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("年度", 1999),
        ("年度", 2101),
        ("年度", "22"),
        ("年度", date(2022, 1, 1)),
        ("轮次", "三上"),
        ("截止日期", "月底"),
        ("优的最低分", 101),
        ("优的最低分", "九十"),
        ("良的最低分", 90),
        ("中的最低分", 0),
    ],
)
def test_setting_with_a_wrong_value__is_invalid(name: str, value: object) -> None:
    lines = {"年度": 2022, "轮次": "一上", name: value}
    finding = only_finding(sheets_with(project(), settings=[["参数", "值"], *lines.items()]))
    assert (finding.rule, finding.sheet) == ("roster.setting_invalid", "参数")
    assert finding.cell == f"B{list(lines).index(name) + 2}"
    assert f"（{name}）：应为" in finding.message


def test_grade_from_no_fewer_points_than_the_one_above__is_invalid() -> None:
    lines = {"年度": 2022, "轮次": "一上", "优的最低分": 85, "良的最低分": 85}
    finding = only_finding(sheets_with(project(), settings=[["参数", "值"], *lines.items()]))
    assert (finding.rule, finding.cell) == ("roster.setting_invalid", "B5")
    assert "并低于上一等级的最低分，现为“85”" in finding.message


def test_setting_twice__names_the_other_cell() -> None:
    finding = only_finding(sheets_with(project(), settings=[*SETTING_LINES, ["年度", 2023]]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.setting_invalid", "参数", "A4")
    assert "B2" in finding.message


@pytest.mark.parametrize("typed", [0, 201, 1.5, "五", None, -1])
def test_number_of_rows_outside_1_to_200__is_an_error(typed: object) -> None:
    finding = only_finding(sheets_with(project(), rows=[["0101", "数量指标", typed]]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.rows_invalid", "指标行数", "C2")


def test_rows_without_or_with_a_repeated_level__are_errors() -> None:
    sheets = sheets_with(project(), rows=[["0101", None, 5], ["0101", "数量指标", 5], ["0101", "数量指标", 6]])
    assert found(sheets) == [("roster.rows_invalid", "指标行数", "B2"), ("roster.rows_invalid", "指标行数", "B4")]


def test_rows_for_a_project_that_is_not_on_the_roster__are_an_error() -> None:
    finding = only_finding(sheets_with(project(), rows=[["0102", "数量指标", 5]]))
    assert (finding.rule, finding.sheet, finding.cell) == ("roster.rows_project_unknown", "指标行数", "A2")


def test_roster_without_a_project__is_an_error_below_the_header() -> None:
    assert in_projects(only_finding(sheets_with())) == ("roster.empty", "A2")


@pytest.mark.parametrize("header", PROJECT_HEADER)
def test_error_value__is_one_finding_at_its_cell(header: str) -> None:
    finding = only_finding(sheets_with(project(**{header: "#N/A"}), units=[UNIT_LINE]))
    assert in_projects(finding) == ("roster.error_value", f"{'ABCDEFGHIJ'[PROJECT_HEADER.index(header)]}2")
    assert f"（{header}）" in finding.message


def test_error_value_among_settings_units_and_rows__is_one_finding_each() -> None:
    sheets = sheets_with(
        project(),
        settings=[["参数", "值"], ["年度", "#REF!"], ["轮次", "#N/A"]],
        units=[["001", "#N/A"]],
        rows=[["0101", "#N/A", "#VALUE!"]],
    )
    places = [("参数", "B2"), ("参数", "B3"), ("单位名册", "B2"), ("指标行数", "B2"), ("指标行数", "C2")]
    assert found(sheets) == [("roster.error_value", *where) for where in places]


@pytest.mark.parametrize("header", PROJECT_HEADER)
def test_formula_that_no_program_has_computed__is_one_finding_at_its_cell(header: str) -> None:
    finding = only_finding(sheets_with(project(**{header: "=Z9"})))  # openpyxl computes nothing
    address = f"{'ABCDEFGHIJ'[PROJECT_HEADER.index(header)]}2"
    assert in_projects(finding) == ("roster.formula_without_value", address)
    assert f"{address}（{header}）：应为填写的内容，现为公式“=Z9”，没有算出的值。请用 Excel 打开" in finding.message


def test_formulas_among_settings_units_and_rows_that_nobody_computed__are_one_finding_each() -> None:
    sheets = sheets_with(
        project(),
        settings=[["参数", "值"], ["年度", "=Z9"], ["轮次", "=Z9"], ["截止日期", "=Z9"]],
        units=[["001", "=Z9"], ["=Z9", "图书馆"]],
        rows=[["0101", "=Z9", "=1+1"]],
    )
    places = [("参数", "B2"), ("参数", "B3"), ("参数", "B4"), ("单位名册", "B2"), ("单位名册", "A3")]
    places += [("指标行数", "B2"), ("指标行数", "C2")]
    assert found(sheets) == [("roster.formula_without_value", *where) for where in places]


def test_mistakes_of_one_roster__are_all_reported() -> None:
    sheets = sheets_with(project(None, None, 预算控制数="2000万"), project("0102", None))
    assert [(rule, cell) for rule, _, cell in found(sheets)] == [
        ("roster.code_missing", "A2"),
        ("roster.name_missing", "B2"),
        ("roster.amount_invalid", "H2"),
        ("roster.name_missing", "B3"),
    ]


def test_carryover_of_a_project_with_sub_projects__is_refused_at_its_cell() -> None:
    sheets = sheets_with(project("01", "母项目"), sub("0101", "01"))
    lines = sheets["项目名册"]
    lines[0], lines[1] = [*PROJECT_HEADER, "上年结转"], [*lines[1], 100]
    (finding,) = read(sheets)[1]
    assert in_projects(finding) == ("roster.carryover_on_parent", "K2")


@pytest.mark.parametrize("area", ["C2:C8", "A3:B3", "C4:D6"])
def test_merged_cells__are_refused_by_their_area(area: str) -> None:
    rows = [project("0101"), *(project(f"01010{number}", f"子项目{number}") for number in range(1, 8))]
    book = opened(workbook(sheets_with(*rows)))
    book["项目名册"].merge_cells(area)
    findings = [
        finding for finding in read_roster(saved(book), "名册.xlsx")[1] if finding.rule == "roster.merged_cells"
    ]
    (finding,) = findings
    assert (finding.severity, finding.sheet, finding.cell) == ("error", "项目名册", area.partition(":")[0])
    assert f"「项目名册」表 {area}：" in finding.message


def test_title_merged_above_the_header__is_nothing_wrong() -> None:
    sheets = sheets_with(project())
    sheets["项目名册"] = [["2022年项目名册"], *sheets["项目名册"]]
    book = opened(workbook(sheets))
    book["项目名册"].merge_cells("A1:J1")
    assert read_roster(saved(book), "名册.xlsx")[1] == []


@pytest.mark.parametrize(("code", "severity"), [(3, "error"), ("3", "warning")])
def test_code_that_lost_its_zeros__is_asked_about(code: object, severity: str) -> None:
    roster, findings = read(sheets_with(project("0001"), project("0002", "别的"), project(code, "第三")))
    (finding,) = findings
    assert (finding.rule, finding.severity, finding.cell) == ("roster.code_short", severity, "A4")
    assert "改填 0003" in finding.message
    assert len(roster.projects) == 3


def test_codes_of_several_lengths__are_nothing_wrong() -> None:
    assert found(sheets_with(project("0101"), sub("010101", "0101"), project("2202", "别的"))) == []


@pytest.mark.parametrize("code", ["1.23E+15", "1e+20", "4.5E+12"])
def test_code_that_became_an_exponent__is_refused(code: str) -> None:
    (finding,) = [one for one in read(sheets_with(project(code)))[1] if one.rule == "roster.code_invalid"]
    assert (finding.severity, finding.cell) == ("error", "A2")


def test_same_name_twice_in_a_unit__is_a_warning_and_under_two_parents_none() -> None:
    (finding,) = read(sheets_with(project("0101", "培训"), project("0102", "培训")))[1]
    assert (finding.rule, finding.severity, finding.sheet, finding.cell) == (
        "roster.name_duplicate", "warning", "项目名册", "B3",
    )  # fmt: skip
    assert "B2 已是同一个名称" in finding.message
    rows = [
        project("0101", "甲"),
        project("0102", "乙"),
        sub("010101", "0101", 项目名称="同名"),
        sub("010201", "0102", 项目名称="同名"),
    ]
    assert read(sheets_with(*rows))[1] == []


def test_two_units_of_one_name__are_a_warning() -> None:
    sheets = sheets_with(project())
    sheets["单位名册"].append(["U2", *list(UNIT_LINE)[1:]])
    (finding,) = read(sheets)[1]
    assert (finding.rule, finding.severity, finding.sheet, finding.cell) == (
        "roster.name_duplicate", "warning", "单位名册", "B3",
    )  # fmt: skip
