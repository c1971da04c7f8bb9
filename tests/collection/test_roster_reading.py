"""名册.xlsx: a filled one is read, however its columns stand and its cells are typed."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.collection.rosters import (
    PROJECT_HEADER,
    UNIT_LINE,
    project,
    read,
    sheets_with,
    sub,
    workbook,
)
from workbook_builder.collection.roster import Offered, Settings, Unit
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.tables import Grid, Sheet, read_grids


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


def test_roster_asked_for_again__is_read_once_and_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    data, other = workbook(sheets_with(project(), ["坏"])), workbook(sheets_with(project("0102")))
    read_from: list[bytes] = []

    def noted(data: bytes, file: str, sheets: Iterable[Sheet]) -> dict[str, Grid]:
        read_from.append(data)
        return read_grids(data, file, sheets)

    monkeypatch.setattr("workbook_builder.collection.roster_reading.read_grids", noted)
    roster, findings = read_roster(data, "名册.xlsx")
    wanted = list(findings)
    assert wanted
    findings.clear()  # a list of the caller's own
    assert read_roster(bytes(bytearray(data)), "名册.xlsx") == (roster, wanted)
    assert read_from == [data]
    assert read_roster(other, "名册.xlsx")[0].projects[0].project_code == "0102"
    offered = Offered(project_categories=("经常性项目",))
    for asked in ((data, "另一个.xlsx", Offered()), (data, "名册.xlsx", offered)):  # another name, other lists
        read_roster(*asked)
    assert read_from == [data, other, data, data]


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


def test_roster_with_what_is_public__is_read_and_other_words_are_refused_at_their_cell() -> None:
    sheets = sheets_with(project("01", "某项目"), project("02", "另一项目"), project("03", "再一项目"))
    assert [p.publicity for p in read(sheets)[0].projects] == [None, None, None]
    lines = sheets["项目名册"]
    lines[0], lines[1], lines[2] = [*PROJECT_HEADER, "公开"], [*lines[1], "否"], [*lines[2], " 部分 "]
    roster, findings = read(sheets)
    assert ([p.publicity for p in roster.projects], findings) == (["否", "部分", None], [])
    lines[3] = [*lines[3], "保密"]
    (finding,) = read(sheets)[1]
    assert (finding.rule, finding.severity, finding.cell) == ("roster.publicity_invalid", "error", "K4")
    assert "是、部分、否" in finding.message
