"""Reading what came back: whatever is broken or too large is refused, and never takes effect."""

import datetime
import hashlib
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.workbook.defined_name import DefinedName

from tests.ooxml.sheets import (
    MAIN,
    archive,
    parts_of,
    read,
    refused_rule,
    saved,
)
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.reader import read_workbook


@pytest.mark.parametrize(
    "sheet",
    [
        '<sheetData><row r="1"><c r="XFE1"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1048577"/></row></sheetData>',
        '<sheetData><row r="1"><c r="1A"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="XFD1"/><c/></row></sheetData>',
        '<sheetData><row r="1048577"/></sheetData>',
        '<sheetData><row r="1048576"/><row/></sheetData>',
        '<sheetData><row r="0"/></sheetData>',
        '<sheetData><row r="一"/></sheetData>',
        '<cols><col min="1" max="16385" hidden="1"/></cols><sheetData/>',
        '<cols><col max="3" hidden="1"/></cols><sheetData/>',
        '<sheetData/><mergeCells><mergeCell ref="A1:XFE2"/></mergeCells>',
        '<sheetData/><mergeCells><mergeCell ref="A1:B2:C3"/></mergeCells>',
        "<sheetData/><mergeCells><mergeCell/></mergeCells>",
    ],
)
def test_place_beyond_the_sheet__is_corrupt_and_names_the_sheet(sheet: str) -> None:
    with pytest.raises(UnreadableError, match="「主表」表") as caught:
        read(parts_of(sheet))
    assert caught.value.finding.rule == "file.corrupt"


@pytest.mark.parametrize(
    "workbook",
    [
        '<sheets><sheet name="主表" sheetId="1" r:id="nowhere"/></sheets>',
        '<sheets><sheet name="主表" sheetId="1"/></sheets>',
        '<sheets><sheet sheetId="1" r:id="s1"/></sheets>',
        '<sheets><sheet name="主表" r:id="s1"/><sheet name="副表" r:id="s1"/></sheets>',
    ],
)
def test_sheet_without_a_part_of_its_own__is_corrupt(workbook: str) -> None:
    assert refused_rule(parts_of(workbook=workbook)) == "file.corrupt"


@pytest.mark.parametrize("workbook", ["", "<sheets/>", "<sheets></sheets><definedNames/>"])
def test_workbook_without_a_sheet__is_corrupt_and_says_so(workbook: str) -> None:
    with pytest.raises(UnreadableError, match="没有任何工作表") as caught:
        read(parts_of(workbook=workbook))
    assert caught.value.finding.rule == "file.corrupt"


def test_two_sheets_of_one_title__are_corrupt() -> None:
    workbook = '<sheets><sheet name="主表" r:id="s1"/><sheet name="主表" r:id="s2"/></sheets>'
    parts = parts_of(workbook=workbook, more=[("s2", "worksheet", "worksheets/sheet2.xml")])
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet1.xml"]
    assert refused_rule(parts) == "file.corrupt"


@pytest.mark.parametrize("kind", ["worksheet", "sharedStrings", "styles"])
def test_two_parts_of_which_programs_take_different_ones__are_corrupt(kind: str) -> None:
    more = [("s1" if kind == "worksheet" else f"s{number}", kind, f"other{number}.xml") for number in (2, 3)]
    root = {"worksheet": "worksheet", "sharedStrings": "sst", "styles": "styleSheet"}[kind]
    parts = parts_of(more=more)
    assert refused_rule(parts | {f"xl/other{number}.xml": f'<{root} xmlns="{MAIN}"/>' for number in (2, 3)}) == (
        "file.corrupt"
    )


@pytest.mark.parametrize(
    "strings",
    [
        "<extLst><ext><si><t>甲</t></si></ext></extLst><si><t>乙</t></si>",
        "<si><si><t>甲</t></si><t>乙</t></si>",
        '<a:b xmlns:a="urn:a"><si><t>甲</t></si></a:b><si><t>乙</t></si>',
    ],
)
def test_shared_text_that_not_every_program_counts__is_corrupt(strings: str) -> None:
    sheet = '<sheetData><row><c t="s"><v>0</v></c></row></sheetData>'
    assert refused_rule(parts_of(sheet, strings=strings)) == "file.corrupt"


@pytest.mark.parametrize("index", ["0", "-1", "1", "x", "9" * 5000])
def test_text_that_the_file_does_not_hold__is_corrupt(index: str) -> None:
    sheet = f'<sheetData><row><c t="s"><v>{index}</v></c></row></sheetData>'
    assert refused_rule(parts_of(sheet)) == "file.corrupt"
    if index != "0":
        assert refused_rule(parts_of(sheet, strings="<si><t>甲</t></si>")) == "file.corrupt"


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"]
)
@pytest.mark.parametrize("damage", ["cut", "entity", "root"])
def test_damage_in_any_part__is_corrupt(part: str, damage: str) -> None:
    parts = parts_of(strings="<si><t>甲</t></si>", styles="<cellXfs><xf/></cellXfs>")
    assert read(parts).sheets["主表"].cells == {}
    xml = parts[part]
    damaged = {
        "cut": xml[:-3],
        "entity": f'<!DOCTYPE x [<!ENTITY a "甲"><!ENTITY b "&a;&a;">]>{xml}',
        "root": "<html/>",
    }
    rule = refused_rule(parts | {part: damaged[damage]})
    assert rule == ("file.not_a_workbook" if (part, damage) == ("xl/workbook.xml", "root") else "file.corrupt")


def test_entity_that_names_a_file__is_never_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密")
    parts = parts_of('<sheetData><row><c t="str"><v>&amp;x;</v></c></row></sheetData>')
    declaration = f'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    sheet = declaration + parts["xl/worksheets/sheet1.xml"].replace("&amp;x;", "&x;")
    with pytest.raises(UnreadableError, match="DTD"):
        read(parts | {"xl/worksheets/sheet1.xml": sheet})


def test_more_cells_than_the_limit_in_all_sheets_together__are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.worksheets[0], book.create_sheet("二")):
        for row in range(1, 11):
            sheet.append([row] * 4)
    monkeypatch.setattr(limits, "MAX_CONTENT", 80)
    assert sum(len(sheet.cells) for sheet in read_workbook(saved(book), "申报.xlsx").sheets.values()) == 80
    book.worksheets[1]["E1"] = 1
    with pytest.raises(UnreadableError, match="超过 80 个") as caught:
        read_workbook(saved(book), "申报.xlsx")
    assert caught.value.finding.rule == "file.too_large"


def small_workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["项目名称", 1411700, "=A1", True, datetime.date(2022, 1, 31)])
    sheet.merge_cells("A3:B4")
    book.defined_names["project_name"] = DefinedName("project_name", attr_text="Sheet!$A$1")
    return saved(book)


SMALL = small_workbook()


def read_or_refuse(data: bytes) -> None:
    try:
        reading = read_workbook(data, "申报.xlsx")
    except UnreadableError as error:
        assert error.finding.rule.startswith("file.")  # noqa: PT017 - a reading is as good an outcome
    else:
        assert reading.sha256 == hashlib.sha256(data).hexdigest()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(flips=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_flipped_bytes__give_a_reading_or_a_refusal(flips: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for place, mask in flips:
        data[place] ^= mask
    read_or_refuse(bytes(data))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(start=st.integers(0, len(SMALL)), length=st.integers(0, len(SMALL)), filling=st.binary(max_size=20))
@example(start=0, length=0, filling=b"")
def test_replaced_stretch__gives_a_reading_or_a_refusal(start: int, length: int, filling: bytes) -> None:
    read_or_refuse(SMALL[:start] + filling + SMALL[start + length :])


XML_PIECES = st.sampled_from([
    "<row>", "</row>", '<row r="3">', "<c>", "</c>", '<c r="B2" t="s">', '<c t="d" s="9">', "<v>", "</v>",
    "<f>", "</f>", "<is>", "</is>", "<t>", "</t>", "1", "2022-01-01", "-", "e", "_xD800_", "&amp;", "&#10;", "&x;",
    "<c/>", "<row/>",
    '<mergeCell ref="A1:A"/>', '<col min="3" max="2" hidden="1"/>', '<sheetProtection a="b"/>', "<![CDATA[1]]>", "\0",
])  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(pieces=st.lists(XML_PIECES, max_size=30))
def test_arbitrary_sheet_markup__gives_a_reading_or_a_refusal(pieces: list[str]) -> None:
    read_or_refuse(archive(parts_of("".join(pieces), strings="<si><t>甲</t></si><si/>")))
