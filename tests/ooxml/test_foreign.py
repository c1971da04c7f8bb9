"""Workbooks in other formats: values and positions as they are, and whatever a file does to its reader is a finding."""

import datetime
import math
import os
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.ooxml.foreign_books import WRITERS, Content, Day, Failed, Percent, Sheets, container, ods, xls, xlsb
from tests.ooxml.packages import compound_file, real_workbook
from workbook_builder.cells import Cell
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding
from workbook_builder.ooxml.foreign import child, office
from workbook_builder.ooxml.foreign.reading import read_any
from workbook_builder.ooxml.reader import Reading

KINDS = tuple(WRITERS)
ROOT = Path(__file__).parents[2]
MANY: dict[str, Callable[[Sheets], bytes]] = {
    **WRITERS,
    "xlsb with short cells": lambda sheets: xlsb(sheets, is_short=True),
    "ods with space between cells": lambda sheets: ods(sheets, space="\n   "),
}


def read(data: bytes, file: str = "申报.xlsx") -> Reading:
    return read_any(data, file)


def refusal(data: bytes, file: str = "申报.xlsx") -> Finding:
    with pytest.raises(UnreadableError) as caught:
        read_any(data, file)
    assert f"「{file}」" in caught.value.finding.message
    return caught.value.finding


def outcome(data: bytes) -> str:
    """The format as which it was read, or the rule by which it was refused."""
    try:
        return read(data).format
    except UnreadableError as error:
        return error.finding.rule


def number(words: str, *, is_percent: bool = False, is_date: bool = False) -> Cell:
    return Cell(Decimal(words), "number", None, is_percent, is_date)


CONTENTS: dict[str, tuple[Content, Cell]] = {
    "text": ("项目名称", Cell("项目名称", "text")),
    "text of several lines": ("一\n二", Cell("一\n二", "text")),
    "long text": ("长" * 3000, Cell("长" * 3000, "text")),
    "only spaces": ("  ", Cell("  ", "text")),
    "number as text": ("007", Cell("007", "text")),
    "number": (1411700.25, number("1411700.25")),
    "zero": (0.0, number("0.0")),
    "share": (Percent(0.9), number("0.9", is_percent=True)),
    "truth": (True, Cell(True, "boolean")),
    "untruth": (False, Cell(False, "boolean")),
    "error": (Failed("#DIV/0!"), Cell("#DIV/0!", "error")),
}


@pytest.mark.parametrize("kind", MANY)
def test_cells_of_every_content__stand_where_they_were_written(kind: str) -> None:
    places = {name: (row, 3 + row % 3) for row, name in enumerate(CONTENTS, start=4)}
    cells = {place: CONTENTS[name][0] for name, place in places.items()}
    reading = read(MANY[kind]({"空": {}, "申报表": cells, "meta": {(1, 1): "{}"}}))
    assert {title: dict(sheet.cells) for title, sheet in reading.sheets.items()} == {
        "空": {},
        "申报表": {place: CONTENTS[name][1] for name, place in places.items()},
        "meta": {(1, 1): Cell("{}", "text")},
    }
    assert reading.is_values_only
    assert reading.format == kind[:4].strip()


@pytest.mark.parametrize("kind", MANY)
def test_neighbours_in_a_row__are_all_read(kind: str) -> None:
    row: dict[tuple[int, int], Content] = {(2, column): float(column) for column in range(2, 40)}
    cells = read(MANY[kind]({"表": row | {(3, 1): "甲", (3, 2): "乙", (3, 9): "丙"}})).sheets["表"].cells
    assert [cells[2, column].value for column in range(2, 40)] == list(range(2, 40))
    assert {place: cell.value for place, cell in cells.items() if place[0] == 3} == {
        (3, 1): "甲",
        (3, 2): "乙",
        (3, 9): "丙",
    }


@pytest.mark.parametrize("kind", ["xls", "xlsb"])
def test_date_by_its_number_format__is_one(kind: str) -> None:
    cells = read(WRITERS[kind]({"表": {(5, 2): Day(44562)}})).sheets["表"].cells
    assert cells == {(5, 2): number("44562.0", is_date=True)}


@pytest.mark.parametrize("kind", KINDS)
def test_format__is_told_by_the_bytes_and_never_by_the_name(kind: str) -> None:
    data = WRITERS[kind]({"表": {(1, 1): "甲"}})
    for file in ("申报.xlsx", "申报.xls", "申报.ods", "申报", "申报.et"):
        assert read(data, file).format == kind
    assert read(real_workbook(), f"申报.{kind}").format == "xlsx"


def test_workbook_in_ods__says_when_it_was_saved() -> None:
    assert read(ods({"表": {}})).modified_at == datetime.datetime(2022, 1, 10, 8)
    assert read(xls({"表": {}})).modified_at is None


@pytest.mark.parametrize("kind", ["xls", "xlsb"])
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_number_that_is_none__is_text_as_in_xlsx(kind: str, odd: float) -> None:
    cells = read(WRITERS[kind]({"表": {(1, 1): odd, (1, 2): 1e300}})).sheets["表"].cells
    assert cells == {(1, 1): Cell(str(odd), "text"), (1, 2): number("1E+300")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_workbook_with_bytes_changed_at_random__is_read_or_refused(kind: str, seed: int) -> None:
    chance = random.Random(f"{kind}{seed}")
    cells: dict[tuple[int, int], Content] = {
        (row, row % 7 + 1): row / 4 if row % 2 else "字" * row for row in range(1, 60)
    }
    data = bytearray(WRITERS[kind]({"甲": cells, "乙": cells}))
    for _ in range(1 << seed):
        data[chance.randrange(64, len(data))] = chance.randrange(256)
    assert outcome(bytes(data)) in (kind, "file.corrupt", "file.too_large", "file.encrypted", "file.not_a_workbook")


@pytest.mark.parametrize("kind", KINDS)
def test_far_corner_cell__is_too_large_and_says_why(kind: str) -> None:
    corner = (65_536, 256) if kind == "xls" else (1_048_576, 16_384)
    finding = refusal(WRITERS[kind]({"表": {(1, 1): "甲", corner: "乙"}}))
    assert finding.rule == "file.too_large"
    assert "很远的单元格里有内容" in finding.message


@pytest.mark.parametrize("kind", KINDS)
def test_stray_cell_far_down_or_far_right__is_read_with_the_others(kind: str) -> None:
    for corner in ((65_536, 3), (9, 256)):
        assert len(read(WRITERS[kind]({"表": {(1, 1): "甲", corner: "乙"}})).sheets["表"].cells) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_truncated_workbook__is_corrupt(kind: str, kept: float) -> None:
    data = WRITERS[kind]({"表": {(row, 1): "项目名称" * 20 for row in range(1, 400)}})
    assert refusal(data[: int(len(data) * kept)]).rule == "file.corrupt"


@pytest.mark.parametrize(
    "data",
    [
        compound_file("Workbook"),
        container("Workbook", b"\xff" * 5000),
        container("Workbook", b"\x09\x08\x10\0\0\6\5\0" + bytes(5000)),
        ods({"表": {}}, instead=("</office:spreadsheet>", "")),
        ods({"表": {}}, instead=("table:name", "table:nome")),
    ],
    ids=["no content", "no records", "no end", "broken XML", "sheet without name"],
)
def test_damaged_workbook__is_corrupt(data: bytes) -> None:
    finding = refusal(data)
    assert finding.rule == "file.corrupt"
    assert "请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后重交" in finding.message


def test_ods_with_a_password__is_encrypted_and_says_what_to_do() -> None:
    finding = refusal(ods({"表": {}}, manifest="<manifest><encryption-data/></manifest>"))
    assert finding.rule == "file.encrypted"
    assert "去掉打开密码，另存为 .xlsx 后重交" in finding.message


def test_damaged_file_of_wps__is_named_as_what_it_is() -> None:
    finding = refusal(container("Workbook", b"\xff" * 5000), "申报.et")
    assert finding.rule == "file.unsupported"
    assert "请用 WPS 另存为 .xlsx 后重交" in finding.message


def test_sheet_that_stands_twice__is_corrupt() -> None:
    data = xls({"甲表": {(1, 1): "a"}, "乙表": {(1, 1): "b"}})
    assert "重复出现" in refusal(data.replace("乙表".encode("utf-16-le"), "甲表".encode("utf-16-le"))).message


# Whatever becomes of the child


@pytest.mark.parametrize(
    ("conduct", "fate"),
    [
        ("answers", "done"),
        ("raises", "damaged"),
        ("aborts", "damaged"),
        ("grows", "too large"),
        ("10", "damaged"),
        ("11", "encrypted"),
        ("12", "too large"),
    ],
)
def test_child_that_dies__says_of_what(conduct: str, fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    ended = child.run("tests.ooxml.misbehaving", b"abc", conduct)
    assert (ended.fate, ended.output) == (fate, b"cba" if conduct == "answers" else b"")


def test_child_that_hangs__is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(child, "SECONDS", 1)
    assert child.run("tests.ooxml.misbehaving", b"", "hangs").fate == "too slow"


@pytest.mark.parametrize(
    ("fate", "rule", "words"),
    [
        ("too slow", "file.too_large", "秒还没有读完"),
        ("too large", "file.too_large", "内容太多"),
        ("damaged", "file.corrupt", "内容有错"),
        ("encrypted", "file.encrypted", "设有打开密码"),
    ],
)
def test_fate_of_the_child__is_a_finding(
    fate: child.Fate, rule: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "run", lambda *_: child.Ended(fate, b""))
    finding = refusal(ods({"表": {}}))
    assert finding.rule == rule
    assert words in finding.message


# Tables in one XML file

XML_TABLE = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table><Row ss:Index="3">
<Cell ss:Index="2"><Data ss:Type="String">项目</Data></Cell><Cell><Data ss:Type="Number">12.5</Data></Cell></Row></Table>
</Worksheet></Workbook>""".encode()
FLAT_TABLE = """<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>
<table:table table:name="表"><table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
<table:table-row><table:table-cell/><table:table-cell office:value-type="string"><text:p>项目</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="12.5"><text:p>12.5</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document>""".encode()
ONE_FILE = {"XML 表格": XML_TABLE, ".fods": FLAT_TABLE}


@pytest.mark.parametrize("words", ONE_FILE)
def test_table_in_one_file_without_libreoffice__is_named_with_what_to_do(
    words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = refusal(ONE_FILE[words])
    assert finding.rule == "file.unsupported"
    assert words in finding.message
    assert "另存为 .xlsx 后重交" in finding.message


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize("does", ["exit 1", "exec sleep 600"])
def test_libreoffice_that_fails_or_hangs__leaves_the_format_unsupported(
    does: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(office, "SECONDS", 1)
    assert refusal(FLAT_TABLE).rule == "file.unsupported"


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_links_and_scripts__are_taken_out_before_libreoffice_sees_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program, seen = tmp_path / "soffice", tmp_path / "seen"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\n/bin/cp "$last" {seen}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file:///etc/passwd"'
    extras = f"<office:scripts>run()</office:scripts><table:dde-source {link}/><text:a {link}>甲</text:a>"
    body = FLAT_TABLE.replace(b"</office:spreadsheet>", f"{extras}</office:spreadsheet>".encode())
    declared = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'
    refusal(body.replace(b'<?xml version="1.0"?>', declared))
    words = seen.read_text(encoding="utf-8")
    assert "项目" in words
    assert "甲" in words
    assert not [word for word in ("href=", "run()", "dde-source", "DOCTYPE", "ENTITY", "file:") if word in words]
