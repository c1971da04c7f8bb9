"""Reading what came back: cells, formulas, locks and names as the file holds them, whoever wrote it."""

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Protection
from openpyxl.workbook.defined_name import DefinedName

from tests.office.programs import Job, Result
from tests.ooxml.sheets import (
    MAIN,
    OFFICE,
    STRICT_MAIN,
    STRICT_OFFICE,
    parts_of,
    read,
    refused_rule,
    relationships,
    saved,
)
from workbook_builder.cells import Cell
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.reader import read_workbook


def filled_form() -> openpyxl.Workbook:
    """A form as this product issues one, with one cell of every kind."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "“两新”党建 '21"
    sheet["A1"] = "项目名称"
    sheet["B1"] = "“七一”系列活动 <b>&"
    sheet["B2"] = 1411700.55
    sheet["B3"] = "=B2*2"
    sheet["B4"] = 0.9
    sheet["B4"].number_format = "0%"
    sheet["B5"] = datetime.date(2022, 1, 31)
    sheet["B6"] = True
    sheet["B7"] = "#N/A"
    sheet["B8"] = "可填"
    sheet["B8"].protection = Protection(locked=False)
    sheet.merge_cells("A9:C10")
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["E"].hidden = True
    sheet.protection.enable()
    sheet.protection.set_password("财政")
    hidden = book.create_sheet("meta")
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = "declaration"
    book.create_sheet("选项").sheet_state = "hidden"
    title = "'“两新”党建 ''21'"
    book.defined_names["project_name"] = DefinedName("project_name", attr_text=f"{title}!$B$1")
    book.defined_names["indicators"] = DefinedName("indicators", attr_text=f"{title}!$B$3:$D$8")
    return book


FORM_CELLS = {
    (1, 1): Cell("项目名称", "text"),
    (1, 2): Cell("“七一”系列活动 <b>&", "text"),
    (2, 2): Cell(Decimal("1411700.55"), "number"),
    (4, 2): Cell(Decimal("0.9"), "number", is_percent=True),
    (5, 2): Cell(Decimal(44592), "number", is_date=True),
    (6, 2): Cell(value=True, kind="boolean"),
    (7, 2): Cell("#N/A", "error"),
    (8, 2): Cell("可填", "text", is_locked=False),
}


def test_openpyxl_workbook__reads_as_written() -> None:
    data = saved(filled_form())
    reading = read_workbook(data, "申报.xlsx")
    assert (reading.file, reading.sha256) == ("申报.xlsx", hashlib.sha256(data).hexdigest())
    assert [(sheet.title, sheet.state) for sheet in reading.sheets.values()] == [
        ("“两新”党建 '21", "visible"),
        ("meta", "veryHidden"),
        ("选项", "hidden"),
    ]
    form = reading.sheets["“两新”党建 '21"]
    assert form.cells == FORM_CELLS | {(3, 2): Cell(None, "empty", formula="B2*2")}
    assert form.merges == ("A9:C10",)
    assert (form.hidden_rows, form.hidden_columns) == (frozenset({4}), frozenset({5}))
    assert form.protection is not None
    assert form.protection["sheet"] == "1"
    assert reading.sheets["meta"].protection is None
    assert reading.names == {
        "project_name": ("“两新”党建 '21", 1, 2, 1, 2),
        "indicators": ("“两新”党建 '21", 3, 2, 8, 4),
    }


def test_workbook_saved_by_libreoffice__reads_like_the_original(
    tmp_path: Path, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    (tmp_path / "form.xlsx").write_bytes(saved(filled_form()))
    office([{"book": tmp_path / "form.xlsx", "save": [tmp_path / "saved.xlsx"]}])
    reading = read_workbook((tmp_path / "saved.xlsx").read_bytes(), "申报.xlsx")
    form = reading.sheets["“两新”党建 '21"]
    assert form.cells == FORM_CELLS | {
        (3, 2): Cell(Decimal("2823401.1"), "number", formula="B2*2"),
        (6, 2): Cell(value=True, kind="boolean", formula="TRUE()"),
        (7, 2): Cell("#N/A", "error", formula="#N/A"),
    }
    assert form.merges == ("A9:C10",)
    assert (form.hidden_rows, form.hidden_columns) == (frozenset({4}), frozenset({5}))
    assert reading.names["indicators"] == ("“两新”党建 '21", 3, 2, 8, 4)


def with_prefix(xml: str) -> str:
    return xml.replace("<", "<x:").replace("<x:/", "</x:").replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')


def test_main_namespace_with_a_prefix__reads_alike() -> None:
    parts = parts_of(
        '<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c s="1"><v>0.9</v></c></row></sheetData>',
        strings="<si><r><t>项目</t></r><r><t>名称</t></r></si>",
        styles='<cellXfs><xf/><xf numFmtId="9"><protection locked="0"/></xf></cellXfs>',
    )
    prefixed = {name: xml if ".rels" in name else with_prefix(xml) for name, xml in parts.items()}
    assert prefixed["xl/worksheets/sheet1.xml"] != parts["xl/worksheets/sheet1.xml"]
    expected = {
        (2, 2): Cell("项目名称", "text"),
        (2, 3): Cell(Decimal("0.9"), "number", is_percent=True, is_locked=False),
    }
    assert read(parts).sheets["主表"].cells == read(prefixed).sheets["主表"].cells == expected


def test_strict_workbook__reads_like_a_transitional_one() -> None:
    parts = parts_of(
        '<sheetData><row><c t="s"><v>0</v></c><c t="d"><v>2022-01-31</v></c></row></sheetData>',
        strings="<si><t>甲</t></si>",
    )
    strict = {
        name: xml.replace(MAIN, STRICT_MAIN).replace(OFFICE, STRICT_OFFICE).replace("<workbook ", "<workbook z='' ")
        for name, xml in parts.items()
    }
    assert all(MAIN not in xml and OFFICE not in xml for xml in strict.values())
    assert read(strict).sheets["主表"].cells == {
        (1, 1): Cell("甲", "text"),
        (1, 2): Cell(Decimal(44592), "number", is_date=True),
    }


def test_absolute_targets_and_other_part_names__are_followed() -> None:
    parts = {
        "_rels/.rels": relationships([("r1", "officeDocument", "/Books/Main.xml")]),
        "books/main.xml": parts_of()["xl/workbook.xml"],
        "books/_rels/main.xml.rels": relationships(
            [("s1", "worksheet", "/sheets/one.xml"), ("t", "sharedStrings", "../texts/all.xml")]
        ),
        "SHEETS/one.xml": parts_of('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>')[
            "xl/worksheets/sheet1.xml"
        ],
        "texts/all.xml": f'<sst xmlns="{MAIN}"><si><t>甲</t></si></sst>',
    }
    assert read(parts).sheets["主表"].cells == {(1, 1): Cell("甲", "text")}


def test_false_dimension__hides_no_cell() -> None:
    sheet = '<dimension ref="A1:A1"/><sheetData><row r="9"><c r="C9"><v>1</v></c></row></sheetData>'
    assert list(read(parts_of(sheet)).sheets["主表"].cells) == [(9, 3)]


def test_cell_in_the_far_corner__is_one_cell() -> None:
    sheet = (
        '<cols><col min="16384" max="16384" hidden="1"/></cols>'
        '<sheetData><row r="1048576" hidden="1"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    form = read(parts_of(sheet)).sheets["主表"]
    assert list(form.cells) == [(1048576, 16384)]
    assert (form.hidden_rows, form.hidden_columns) == (frozenset({1048576}), frozenset({16384}))


def test_hidden_columns__are_a_union_however_often_they_are_declared() -> None:
    columns = '<col min="2" max="4" hidden="1"/><col min="3" max="6" hidden="true"/><col min="9" max="9"/>'
    columns += '<col min="1" max="16384" hidden="0"/>' + '<col min="4" max="5" hidden="1"/>' * 1000
    assert read(parts_of(f"<cols>{columns}</cols><sheetData/>")).sheets["主表"].hidden_columns == {2, 3, 4, 5, 6}


def test_column_and_row_of_a_drawing_anchor__are_not_the_sheets() -> None:
    anchor = '<from xmlns:d="urn:drawing"><d:col>0</d:col><d:row>12</d:row></from>'
    sheet = f"<sheetData><row><c><v>1</v></c></row></sheetData><controls><control>{anchor}</control></controls>"
    assert list(read(parts_of(sheet)).sheets["主表"].cells) == [(1, 1)]


def test_protection__is_every_attribute_of_sheet_and_workbook() -> None:
    workbook = '<workbookProtection lockStructure="1"/><sheets><sheet name="主表" sheetId="1" r:id="s1"/></sheets>'
    protection = (
        '<sheetProtection algorithmName="SHA-512" hashValue="aA==" saltValue="bB==" spinCount="100000" sheet="1"/>'
    )
    reading = read(parts_of(f"<sheetData/>{protection}", workbook=workbook))
    assert reading.workbook_protection == {"lockStructure": "1"}
    assert reading.sheets["主表"].protection == {
        "algorithmName": "SHA-512", "hashValue": "aA==", "saltValue": "bB==", "spinCount": "100000", "sheet": "1",
    }  # fmt: skip
    assert read(parts_of()).workbook_protection is None


def names_of(*defined: str) -> Mapping[str, tuple[str, int, int, int, int]]:
    sheets = '<sheet name="主表" sheetId="1" r:id="s1"/><sheet name="“两新”党建 \'21" sheetId="2" r:id="s2"/>'
    workbook = f"<sheets>{sheets}</sheets><definedNames>{''.join(defined)}</definedNames>"
    parts = parts_of(workbook=workbook, more=[("s2", "worksheet", "worksheets/sheet2.xml")])
    return read(parts | {"xl/worksheets/sheet2.xml": parts["xl/worksheets/sheet1.xml"]}).names


def defined_name(reference: str, attributes: str = "") -> str:
    return f'<definedName name="annual_goal"{attributes}>{reference}</definedName>'


@pytest.mark.parametrize(
    ("reference", "area"),
    [
        ("主表!$B$3", ("主表", 3, 2, 3, 2)),
        ("'主表'!$B$3:$D$8", ("主表", 3, 2, 8, 4)),
        ("主表!$D$8:$B$3", ("主表", 3, 2, 8, 4)),
        ("主表!B3", ("主表", 3, 2, 3, 2)),
        ("'“两新”党建 ''21'!$B$3", ("“两新”党建 '21", 3, 2, 3, 2)),
    ],
)
def test_name_of_one_cell_or_area__is_read(reference: str, area: tuple[str, int, int, int, int]) -> None:
    assert names_of(defined_name(reference)) == {"annual_goal": area}


@pytest.mark.parametrize(
    "reference",
    [
        "#REF!", "主表!#REF!", "3", "SUM(主表!$A$1)", "主表!$A$1,主表!$B$2", "[1]主表!$A$1", "'[1]主表'!$A$1",
        "没有!$A$1", "主表!$A:$C", "主表!$A$1:主表!$B$2", "主表!$A$1+1", "主表!$XFE$1", "$A$1", "", "主表:主表!$A$1",
    ],
)  # fmt: skip
def test_name_of_anything_else__is_left_out(reference: str) -> None:
    assert names_of(defined_name(reference)) == {}


def test_sheet_scoped_twin__is_ignored_wherever_it_stands() -> None:
    twin = defined_name("主表!$Z$9", ' localSheetId="0"')
    assert names_of(twin, defined_name("主表!$B$3"), twin) == {"annual_goal": ("主表", 3, 2, 3, 2)}
    assert names_of(twin) == {}


@pytest.mark.parametrize("kind", ["chartsheet", "dialogsheet", "xlMacrosheet"])
def test_sheet_of_another_kind__is_skipped(kind: str) -> None:
    workbook = '<sheets><sheet name="图" sheetId="2" r:id="s2"/><sheet name="主表" sheetId="1" r:id="s1"/></sheets>'
    parts = parts_of(workbook=workbook, more=[("s2", kind, "other/sheet.xml")])
    assert list(read(parts | {"xl/other/sheet.xml": f"<{kind}/>"}).sheets) == ["主表"]


def test_texts_in_more_pieces_than_are_read__are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CONTENT", 50)
    run, spoken = "<r><t>甲</t></r>", '<phoneticPr fontId="1"/>'
    assert read(parts_of(strings=f"<si>{run * 10}{spoken}</si>" * 5)).file == "申报.xlsx"
    assert refused_rule(parts_of(strings=f"<si>{run * 10}</si>" * 5 + f"<si>{run}</si>")) == "file.too_large"


def test_sheets_that_together_have_more_cells_than_are_read__are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CELLS", 100)
    second = ("s2", "worksheet", "worksheets/sheet2.xml")
    parts = parts_of(
        workbook='<sheets><sheet name="甲" r:id="s1"/><sheet name="乙" r:id="s2"/></sheets>', more=[second]
    )
    empty = '<c r="A1" s="1"/>'
    rows = "".join(f'<row r="{number}">{empty.replace("1", str(number), 1)}</row>' for number in range(1, 31))
    sheet = parts["xl/worksheets/sheet1.xml"].replace("<sheetData/>", f"<sheetData>{rows}</sheetData>")
    one = parts | {"xl/worksheets/sheet1.xml": sheet, "xl/worksheets/sheet2.xml": parts["xl/worksheets/sheet1.xml"]}
    assert list(read(one).sheets) == ["甲", "乙"]
    assert refused_rule(one | {"xl/worksheets/sheet2.xml": sheet}) == "file.too_large"
