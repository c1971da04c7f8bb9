"""A sheet read as a table: columns by their headers, what a formula gave, and what cannot be read named by its cell."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
import xlsxwriter

from tests.helpers import is_chinese_sentence
from workbook_builder.cells import Cell
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.tables import Column, Sheet, Table, TableRules, read_grids, read_table
from workbook_builder.values.normalised import shown

CODE, SHARE = Column("code", "编码", "text", 10, True, ""), Column("share", "比例", "amount", 10, False, "")
LATER = Column("later", "后加的列", "text", 10, False, "", may_be_missing=True)
GOODS = Sheet("物品", "", (CODE, SHARE, LATER))
RULES = TableRules("t.no_sheet", "t.no_column", "t.column_twice", "t.error", "t.no_value", "t.merged")


class Formula(NamedTuple):
    """A formula and what it gave when the file was saved; None where no program has computed it."""

    text: str
    gave: object = None


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], percent: str = "") -> bytes:
    """The sheets; percent: the address of a cell that shows percent on each."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for title, lines in sheets.items():
        page = book.add_worksheet(title)
        for row, values in enumerate(lines):
            for column, value in enumerate(values):
                if isinstance(value, Formula):
                    page.write_formula(row, column, value.text, None, "" if value.gave is None else value.gave)
                else:
                    page.write(row, column, value)
        if percent:
            page.write_number(percent, 0.9, book.add_format({"num_format": "0%"}))
    book.close()
    return buffer.getvalue()


def read(data: bytes) -> tuple[Table | None, list[Finding]]:
    findings: list[Finding] = []
    return read_table(read_grids(data, "物品.xlsx", [GOODS]), GOODS, RULES, findings), findings


def cells(data: bytes) -> list[tuple[Cell, Cell]]:
    table, findings = read(data)
    assert table is not None
    assert findings == []
    return [(record["code"].cell, record["share"].cell) for record in table.records]


def only_finding(data: bytes) -> Finding:
    (finding,) = read(data)[1]
    assert is_chinese_sentence(finding.message)
    return finding


def test_formula__is_read_as_the_value_it_gave() -> None:
    data = workbook({"物品": [["编码", "比例"], [Formula('="A"&1', "A1"), Formula("=1/4", 0.25)]]})
    assert cells(data) == [(Cell("A1", "text"), Cell(Decimal("0.25"), "number"))]


def test_formula_that_nobody_computed__is_named_and_not_taken_for_an_empty_cell() -> None:
    table, (finding,) = read(workbook({"物品": [["编码", "比例"], ["A1", Formula("=B9*2")]]}))
    assert (finding.rule, finding.severity, finding.sheet, finding.cell) == ("t.no_value", "error", "物品", "B2")
    assert finding.message == (
        "「物品」表 B2（比例）：应为填写的内容，现为公式“=B9*2”，没有算出的值。"
        "请用 Excel 打开这个文件，保存后再试，或直接填写内容。"
    )
    assert table is not None
    assert table.records[0]["share"].cell.kind == "error"


def test_row_of_formulas_that_nobody_computed__is_a_row() -> None:
    table, findings = read(workbook({"物品": [["编码", "比例"], [Formula("=A9")]]}))
    assert [(finding.rule, finding.cell) for finding in findings] == [("t.no_value", "A2")]
    assert table is not None
    assert len(table.records) == 1


def test_formula_that_shows_nothing__is_an_empty_cell() -> None:
    data = workbook({"物品": [["编码", "比例"], ["A1", Formula('=IF(A9="","",A9)', "nothing")]]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>nothing</v>", b"<v></v>"))
    assert [share.kind for _, share in cells(buffer.getvalue())] == ["empty"]


@pytest.mark.parametrize("name", ["#N/A", "#DIV/0!", "#SPILL!"])
def test_error_value__is_named_as_the_cell_shows_it(name: str) -> None:
    data = workbook({"物品": [["编码", "比例"], ["A1", Formula("=1/0", "#NAME?")]]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b"#NAME?", name.encode()))
    finding = only_finding(buffer.getvalue())
    assert (finding.rule, finding.cell, finding.value) == ("t.error", "B2", name)
    assert finding.message == (
        f"「物品」表 B2（比例）：应为填写的内容，现为公式的错误值“{name}”。请改正公式，或直接填写内容。"
    )


def test_share__is_shown_as_percent() -> None:
    ((_, share),) = cells(workbook({"物品": [["编码", "比例"], ["A1"]]}, percent="B2"))
    assert (share.value, shown(share)) == (Decimal("0.9"), "90%")


def test_blank_lines_and_blank_texts__are_no_records() -> None:
    lines: list[list[object]] = [["物品一览"], ["比例", "编码"], [], ["　", " "], [1, "A1"], ["只是空格 "], []]
    table, findings = read(workbook({"物品": lines}))
    assert findings == []
    assert table is not None
    assert (table.header.address, [record["code"].place.address for record in table.records]) == ("A2", ["B5", "B6"])


def test_sheets_that_are_not_asked_for__are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    goods: list[list[object]] = [["编码", "比例"], ["A1", 1]]
    alone, data = workbook({"物品": goods}), workbook({"物品": goods, "明细": [["x" * 30_000] * 5] * 40})
    expected = cells(alone)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 100)
    monkeypatch.setattr(limits, "MAX_PART_BYTES", sizes["xl/sharedStrings.xml"])
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", sum(sizes.values()) - sizes["xl/worksheets/sheet2.xml"])
    assert cells(data) == expected


def test_sheet_beyond_the_limits__is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook({"物品": [["编码", "比例"], *([f"A{number}", number] for number in range(100))]})
    monkeypatch.setattr(limits, "MAX_CELLS", 150)
    with pytest.raises(UnreadableError) as caught:
        read(data)
    assert caught.value.finding.rule == "file.too_large"
    assert caught.value.finding.message == (
        "“物品.xlsx”：应为大小合适的 Excel 工作簿，现内容过多，没有读取。请选中表格下方只有格式的空行，整行删除，保存后重试。"
    )


@pytest.mark.parametrize(
    ("usual", "as_it_came"),
    [
        pytest.param(rb'<c r="B299"', rb"<c r='B299'", id="another spelling"),
        pytest.param(
            rb'(<row r="2".*?</row>)(.*)(?=</sheetData>)', rb"\2\1", id="a line of the head behind all others"
        ),
    ],
)
def test_sheet_spelled_unusually__is_counted_once(
    usual: bytes, as_it_came: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = workbook({"物品": [["编码", "比例"], *([f"A{row}", row] for row in range(300))]})
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet], times = re.subn(usual, as_it_came, parts[sheet], count=1, flags=re.DOTALL)
    assert times == 1
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    monkeypatch.setattr(limits, "MAX_CELLS", 1_000)
    assert len(cells(buffer.getvalue())) == 300
