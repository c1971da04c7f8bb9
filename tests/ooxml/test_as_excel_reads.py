"""Reading what Excel reads, although other programs wrote it in a way of their own."""

import io
import zipfile

import pytest

from tests.ooxml.sheets import MAIN, archive, parts_of, read
from workbook_builder.cells import Cell
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.reader import read_workbook

SHEET = "xl/worksheets/sheet1.xml"
HELD = '<sheetData><row r="2"><c r="B2" t="inlineStr"><is><t>甲</t></is></c></row></sheetData>'


@pytest.mark.parametrize(
    ("written", "merged"),
    [
        ("S:T", "S1:T1048576"),
        ("$S:$T", "S1:T1048576"),
        ("3:5", "A3:XFD5"),
        ("B2:D4", "B2:D4"),
        ("B2", "B2"),
    ],
)
def test_merge_of_whole_columns_or_rows__is_read_by_its_corners(written: str, merged: str) -> None:
    merge = f'<mergeCells><mergeCell ref="{written}"/></mergeCells>'
    assert read(parts_of("<sheetData/>" + merge)).sheets["主表"].merges == (merged,)


@pytest.mark.parametrize("written", ["S:XFE", "A", "A1:B", "0:3", "1:1048577", "A:3", ":", "A:B:C"])
def test_merge_that_is_no_area__is_corrupt(written: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(parts_of(f'<sheetData/><mergeCells><mergeCell ref="{written}"/></mergeCells>'))
    assert caught.value.finding.rule == "file.corrupt"


def test_sheet_with_an_empty_relation__is_a_module_of_macros_and_passed_over() -> None:
    module = '<sheet name="Module1" sheetId="2" state="veryHidden" r:id=""/>'
    workbook = f'<sheets>{module}<sheet name="主表" sheetId="1" r:id="s1"/></sheets>'
    assert list(read(parts_of(HELD, workbook=workbook)).sheets) == ["主表"]


def renamed(data: bytes, name: str) -> bytes:
    """The archive with another name of the sheet in front of its bytes, the directory as it was."""
    start = data.index(b"PK\1\2")
    return data[:start].replace(SHEET.encode(), name.encode()) + data[start:]


@pytest.mark.parametrize("name", [SHEET.upper(), SHEET.replace("/", "\\"), "XL\\Worksheets/Sheet1.XML"])
def test_entry_that_differs_from_the_directory_in_case_or_slash__is_read(name: str) -> None:
    data = renamed(archive(parts_of(HELD)), name)
    assert read_workbook(data, "申报.xlsx").sheets["主表"].cells == {(2, 2): Cell("甲", "text")}


@pytest.mark.parametrize("name", [SHEET.replace("1", "2"), SHEET.replace("x", "X", 1).replace("1", "\0")])
def test_entry_of_another_name_than_the_directory_says__is_corrupt(name: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_workbook(renamed(archive(parts_of(HELD)), name), "申报.xlsx")
    assert caught.value.finding.rule == "file.corrupt"


def with_sheet(xml: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name, text in parts_of(HELD).items():
            written.writestr(name, xml if name == SHEET else text)
    return buffer.getvalue()


def declared(encoding: str) -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{MAIN}">{HELD}</worksheet>'
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "UTF-16", "GBK", "GB18030"])
def test_sheet_in_an_encoding_of_its_own__is_read(encoding: str) -> None:
    assert read_workbook(with_sheet(declared(encoding)), "申报.xlsx").sheets["主表"].cells[2, 2].value == "甲"


@pytest.mark.parametrize("encoding", ["UTF-7", "HZ", "ISO-2022-JP"])
def test_sheet_in_an_encoding_that_hides_markup__is_corrupt(encoding: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_workbook(with_sheet(declared(encoding)), "申报.xlsx")
    assert caught.value.finding.rule == "file.corrupt"
