"""名册.xlsx: the new one is complete and fit for Excel; a filled one is read, and each mistake is named by its cell."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from workbook_builder.collection.roster import Offered, Roster, RosterProject, Settings, Unit
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding

CATEGORIES = ["经常性项目", "一次性项目", "阶段性项目"]
LEVEL2 = ["数量指标", "质量指标", "时效指标", "成本指标", "服务对象满意度指标"]
OFFERED = Offered(CATEGORIES, LEVEL2)
SETTING_LINES: list[Sequence[object]] = [["参数", "值", "说明"], ["年度", 2022], ["轮次", "一上"]]
PROJECT_HEADER = ["项目编码", "项目名称", "上级项目编码", "项目类别", "主管部门", "单位编码", "实施单位",
                  "预算控制数", "计划开始日期", "计划完成日期"]  # fmt: skip
UNIT_HEADER = ["单位编码", "单位名称", "联系人", "电话", "邮箱", "应报"]
UNIT_LINE: list[object] = ["001", "文化中心", None, None, None, None]
ROWS_HEADER = ["项目编码", "二级指标", "行数"]
TITLES = ("参数", "项目名册", "单位名册", "指标行数")

EXAMPLE = Roster(
    Settings(2022, "二上", date(2022, 1, 31), "张三", "021-00000001"),
    (
        Unit("001", "社区党群服务中心", "李四", "13800000000", "li@example.cn"),
        Unit("002", "=1+1 中心", must_report=False),
    ),
    (
        RosterProject(
            "0101", "党群综合服务", "经常性项目", "街道办事处", "001", "社区党群服务中心", Decimal("1411700.50"),
            date(2022, 1, 1), date(2022, 12, 31), {"数量指标": 12, "质量指标": 3}, 4,
            (
                RosterProject("010101", "“两新”党建", "经常性项目", None, "001", line=5),
                RosterProject("010102", "社区党建", unit_code="002", rows={"数量指标": 5}, line=6),
            ),
        ),
        RosterProject("0102", "=SUM(A1)", unit_code="002", budget_ceiling=Decimal("0.00"), line=7),
    ),
)  # fmt: skip


def project(code: object = "0101", name: object = "党群服务", **others: object) -> list[object]:
    """A line of 项目名册; others by the column's header."""
    values = {"项目编码": code, "项目名称": name, "单位编码": "001", **others}
    return [values.get(header) for header in PROJECT_HEADER]


def sub(code: object, parent: object, **others: object) -> list[object]:
    return project(code, f"子项目{code}", **{"上级项目编码": parent, "单位编码": None, **others})


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    for title, lines in sheets.items():
        page = book.create_sheet(title)
        for line in lines:
            page.append(line)
    book.remove(book.worksheets[0])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sheets_with(
    *projects: Sequence[object],
    settings: Sequence[Sequence[object]] = SETTING_LINES,
    units: Sequence[Sequence[object]] = (UNIT_LINE,),
    rows: Sequence[Sequence[object]] = (),
) -> dict[str, list[Sequence[object]]]:
    """A roster with its headers in row 1, so that the first project stands in row 2."""
    tables = (settings, [PROJECT_HEADER, *projects], [UNIT_HEADER, *units], [ROWS_HEADER, *rows])
    return {title: list(lines) for title, lines in zip(TITLES, tables, strict=True)}


def read(sheets: Mapping[str, Sequence[Sequence[object]]]) -> tuple[Roster, list[Finding]]:
    return read_roster(workbook(sheets), "名册.xlsx")


def found(sheets: Mapping[str, Sequence[Sequence[object]]]) -> list[tuple[str, str | None, str | None]]:
    return [(finding.rule, finding.sheet, finding.cell) for finding in read(sheets)[1]]


def only_finding(sheets: Mapping[str, Sequence[Sequence[object]]]) -> Finding:
    findings = read(sheets)[1]
    assert len(findings) == 1, findings
    assert findings[0].severity == "error"
    return findings[0]


def in_projects(finding: Finding) -> tuple[str, str | None]:
    assert finding.sheet == "项目名册"
    return finding.rule, finding.cell


# A new roster


def new(example: Roster | None = None) -> bytes:
    return new_roster(2022, OFFERED, example)


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_new_roster_with_example__is_read_back_equal() -> None:
    roster, findings = read_roster(new(EXAMPLE), "名册.xlsx")
    assert findings == []
    assert roster == EXAMPLE
    assert (type(roster.settings.deadline), type(roster.projects[0].start_date)) == (date, date)


def test_new_roster__has_its_sheets_in_order_and_hides_the_lists() -> None:
    book = opened(new())
    assert book.sheetnames == ["参数", "项目名册", "单位名册", "指标行数", "填写示例", "选项"]
    assert [page.title for page in book if page.sheet_state != "visible"] == ["选项"]


def test_new_roster__is_short_of_projects_only() -> None:
    roster, findings = read_roster(new(), "名册.xlsx")
    assert [(finding.rule, finding.sheet, finding.cell) for finding in findings] == [("roster.empty", "项目名册", "A4")]
    assert roster == Roster(Settings(2022, "一上"), (), ())


def test_new_roster__gives_the_same_bytes_for_the_same_input() -> None:
    assert new(EXAMPLE) == new(EXAMPLE)
    with zipfile.ZipFile(io.BytesIO(new())) as package:
        assert b"2022-01-01T00:00:00Z" in package.read("docProps/core.xml")


def test_year__is_the_one_asked_for_even_with_an_example_of_another() -> None:
    data = new_roster(2023, OFFERED, EXAMPLE)
    assert read_roster(data, "名册.xlsx")[0].settings == EXAMPLE.settings._replace(fiscal_year=2023)


def test_new_roster__has_no_formula_even_for_text_that_looks_like_one() -> None:
    book = opened(new(EXAMPLE))
    cells = [cell for page in book for line in page.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    assert [cell.value for cell in cells if str(cell.value).startswith("=")] == ["=SUM(A1)", "=1+1 中心"]


def validations(page: Any) -> dict[str, Any]:
    return {str(rule.sqref): rule for rule in page.data_validations.dataValidation}


def test_new_roster__validates_what_is_typed_and_says_in_chinese_what_goes_in() -> None:
    book = opened(new())
    settings, projects = validations(book["参数"]), validations(book["项目名册"])
    units, rows = validations(book["单位名册"]), validations(book["指标行数"])
    assert (settings["B4"].type, settings["B4"].formula1, settings["B4"].formula2) == ("whole", "2000", "2100")
    assert (settings["B5"].type, settings["B5"].formula1) == ("list", '"一上,二上,批复,调整"')
    assert settings["B6"].type == "date"
    assert (projects["D4:D2003"].type, projects["D4:D2003"].formula1) == ("list", "choices_category")
    ceiling = projects["H4:H2003"]
    assert (ceiling.type, ceiling.operator, ceiling.formula1) == ("decimal", "greaterThanOrEqual", "0")
    assert "元" in ceiling.prompt
    assert {projects["I4:I2003"].type, projects["J4:J2003"].type} == {"date"}
    assert "留空则由单位填写" in projects["I4:I2003"].prompt
    assert (units["F4:F2003"].type, units["F4:F2003"].formula1) == ("list", '"是,否"')
    assert (rows["B4:B2003"].type, rows["B4:B2003"].formula1) == ("list", "choices_level2")
    assert (rows["C4:C2003"].type, rows["C4:C2003"].formula1, rows["C4:C2003"].formula2) == ("whole", "1", "100")


def test_lists__stand_behind_names_on_the_hidden_sheet() -> None:
    book = opened(new())
    listed = {}
    for name in ("choices_category", "choices_level2"):
        ((title, area),) = book.defined_names[name].destinations
        listed[name] = [cell.value for (cell,) in book[title][area]]
    assert listed == {"choices_category": CATEGORIES, "choices_level2": LEVEL2}


def test_template_without_categories__leaves_the_column_free() -> None:
    data = new_roster(2022, Offered(level2_names=LEVEL2))
    book = opened(data)
    assert "D4:D2003" not in validations(book["项目名册"])
    assert "choices_category" not in book.defined_names


def test_new_roster__keeps_codes_as_text_and_shows_amounts_and_dates() -> None:
    page = opened(new(EXAMPLE))["项目名册"]
    assert [page[address].number_format for address in ("A4", "F4", "H4", "I4")] == ["@", "@", "#,##0.00", "yyyy-mm-dd"]
    with zipfile.ZipFile(io.BytesIO(new())) as package:  # rows still to be typed take the format of their column
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    assert sheet.count("<col ") == sheet[sheet.index("<cols>") : sheet.index("</cols>")].count(" style=") > 0


def test_new_roster__has_frozen_filtered_commented_headers_and_prints_on_a4() -> None:
    book = opened(new())
    page = book["项目名册"]
    assert [cell.value for cell in page[3]] == [*PROJECT_HEADER, "上年结转"]
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A4", "A3:K2003", "$3:$3")
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight) == ("landscape", 9, 0)
    comments = [cell.comment.text for cell in page[3]]
    assert "开头的 0 会保留" in comments[0]
    assert "留空则由单位填写" in comments[9]


def test_examples__stand_on_a_sheet_of_their_own() -> None:
    page = opened(new())["填写示例"]
    lines = [[cell.value for cell in line] for line in page.iter_rows(min_row=3, max_row=6)]
    assert lines[0] == [*PROJECT_HEADER, "上年结转"]
    assert [(line[0], line[2]) for line in lines[1:]] == [("0101", None), ("010101", "0101"), ("010102", "0101")]


# Reading what is right


def test_complete_roster__is_read_with_sub_projects_and_rows() -> None:
    roster, findings = read(
        sheets_with(
            sub("010101", "0101"),
            project("0101", 预算控制数=20.5, 计划开始日期=datetime(2022, 1, 1)),
            project("0102", "另一项目"),
            rows=[["010101", "数量指标", 12]],
        )
    )
    assert findings == []
    assert roster.units == (Unit("001", "文化中心"),)
    assert [(item.project_code, item.line) for item in roster.projects] == [("0101", 3), ("0102", 4)]
    first = roster.projects[0]
    assert (first.budget_ceiling, first.start_date, first.end_date) == (Decimal("20.50"), date(2022, 1, 1), None)
    assert [(item.project_code, item.unit_code, item.rows) for item in first.sub_projects] == [
        ("010101", "001", {"数量指标": 12})
    ]
    assert first.department is None


def test_unit_of_a_sub_project__is_its_own_where_it_has_one() -> None:
    units: list[list[object]] = [UNIT_LINE, ["002", "图书馆"]]
    roster, findings = read(sheets_with(project(), sub("010101", "0101", 单位编码="002"), units=units))
    assert findings == []
    assert [item.unit_code for item in roster.projects[0].sub_projects] == ["002"]


@pytest.mark.parametrize(
    ("typed", "code"), [(1001, "1001"), (1001.0, "1001"), ("0101", "0101"), (" ０１０１ ", "0101"), ("A-1", "A-1")]
)
def test_code__is_text_with_its_zeros_and_without_decimals(typed: object, code: str) -> None:
    roster, findings = read(sheets_with(project(typed)))
    assert findings == []
    assert roster.projects[0].project_code == code


@pytest.mark.parametrize("typed", ["1,411,700.00", "１４１１７００", "1411700元", 1411700, 1411700.0000000001])
def test_amount_as_people_type_it__is_accepted(typed: object) -> None:
    roster, findings = read(sheets_with(project(预算控制数=typed)))
    assert findings == []
    assert roster.projects[0].budget_ceiling == Decimal("1411700.00")


@pytest.mark.parametrize("typed", ["2022-03-01", "2022年3月1日", "2022.3.1", 20220301, 44621, date(2022, 3, 1)])
def test_date_as_people_type_it__is_accepted(typed: object) -> None:
    roster, findings = read(sheets_with(project(计划开始日期=typed)))
    assert findings == []
    assert roster.projects[0].start_date == date(2022, 3, 1)


def test_columns__are_found_below_a_title_in_any_order_among_others() -> None:
    sheets = sheets_with(project())
    order = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    header = ["备注", *(f" {PROJECT_HEADER[position][:2]}\n{PROJECT_HEADER[position][2:]}" for position in order)]
    line = ["随手记", *(project()[position] for position in order)]
    empty: list[object] = []
    sheets["项目名册"] = [["2022年项目名册"], empty, ["项目编码按文件填写"], header, empty, ["只有备注"], line]
    roster, findings = read(sheets)
    assert findings == []
    assert [(item.project_code, item.project_name, item.line) for item in roster.projects] == [("0101", "党群服务", 7)]


def test_sheet_titles__may_differ_in_white_space_and_width() -> None:
    sheets = sheets_with(project())
    sheets["项目名册 "] = sheets.pop("项目名册")
    assert read(sheets)[1] == []


def test_sheet_of_rows__may_be_missing_or_blank() -> None:
    sheets = sheets_with(project())
    del sheets["指标行数"]
    assert read(sheets)[1] == []
    assert read({**sheets, "指标行数": []})[1] == []


@pytest.mark.parametrize(("typed", "must_report"), [(None, True), ("是", True), (" 否", False)])
def test_unit__must_report_unless_it_says_no(typed: object, must_report: bool) -> None:
    line = ["001", "文化中心", None, 13800000000, None, typed]
    roster, findings = read(sheets_with(project(), units=[line]))
    assert findings == []
    assert roster.units == (Unit("001", "文化中心", phone="13800000000", must_report=must_report),)


def test_settings__are_read_by_name() -> None:
    settings = [["参数", "值"], ["电话", "021-1"], ["截止日期", "2022年1月31日"], ["轮 次", "二上"], ["年度", "2022"]]
    roster, findings = read(sheets_with(project(), settings=settings))
    assert findings == []
    assert roster.settings == Settings(2022, "二上", date(2022, 1, 31), None, "021-1")


# Mistakes: each is one finding at its cell


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
    ],
)
def test_setting_with_a_wrong_value__is_invalid(name: str, value: object) -> None:
    lines = {"年度": 2022, "轮次": "一上", name: value}
    finding = only_finding(sheets_with(project(), settings=[["参数", "值"], *lines.items()]))
    assert (finding.rule, finding.sheet) == ("roster.setting_invalid", "参数")
    assert finding.cell == f"B{list(lines).index(name) + 2}"
    assert f"（{name}）：应为" in finding.message


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


# Files that are no workbook


def damaged() -> bytes:
    data = bytearray(workbook(sheets_with(project())))
    start = data.index(b"xl/worksheets/sheet1.xml") + 60
    data[start : start + 40] = bytes(40)
    return bytes(data)


def zipped_text() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("word/document.xml", "<document/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "file.not_a_workbook"),
        ("项目编码,项目名称".encode(), "file.not_a_workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "file.not_a_workbook"),
        (zipped_text(), "file.not_a_workbook"),
        (damaged(), "file.corrupt"),
        (workbook(sheets_with(project()))[:3000], "file.corrupt"),
    ],
    ids=["empty", "csv", "xls", "docx", "damaged", "cut"],
)
def test_bytes_that_are_no_workbook__are_unreadable_with_advice(data: bytes, rule: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_roster(data, "名册.xlsx")
    assert caught.value.finding.rule == rule
    assert caught.value.finding.message.startswith("“名册.xlsx”：应为")
    assert "请" in caught.value.finding.message


def test_workbook_with_what_openpyxl_warns_of__is_read_without_a_warning() -> None:
    extension = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(sheets_with(project())))) as old, zipfile.ZipFile(buffer, "w") as package:
        for name in old.namelist():
            part = old.read(name)
            is_sheet = name.startswith("xl/worksheets/")
            package.writestr(name, part.replace(b"</worksheet>", extension) if is_sheet else part)
    assert read_roster(buffer.getvalue(), "名册.xlsx")[1] == []


def test_roster_with_carryover__is_read_and_one_without_the_column_is_as_if_it_were_empty() -> None:
    sheets = sheets_with(project("01", "某项目"), project("02", "另一项目"))
    assert [p.annual_carryover for p in read(sheets)[0].projects] == [None, None]
    lines = sheets["项目名册"]
    lines[0], lines[1] = [*PROJECT_HEADER, "上年结转"], [*lines[1], "1,200.50"]
    roster, findings = read(sheets)
    assert ([p.annual_carryover for p in roster.projects], findings) == ([Decimal("1200.50"), None], [])


def test_carryover_of_a_project_with_sub_projects__is_refused_at_its_cell() -> None:
    sheets = sheets_with(project("01", "母项目"), sub("0101", "01"))
    lines = sheets["项目名册"]
    lines[0], lines[1] = [*PROJECT_HEADER, "上年结转"], [*lines[1], 100]
    (finding,) = read(sheets)[1]
    assert in_projects(finding) == ("roster.carryover_on_parent", "K2")
