"""名册.xlsx line by line, and what is read from it."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl

from workbook_builder.collection.roster import Offered, Roster, RosterProject, Settings, Unit
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster
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
    Settings(2022, "二上", date(2022, 1, 31), "张三", "021-00000001", (95, 85, 60)),
    (
        Unit("001", "社区党群服务中心", "李四", "13800000000", "li@example.cn", reviewer="王五"),
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


def new(example: Roster | None = None) -> bytes:
    return new_roster(2022, OFFERED, example)


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))
