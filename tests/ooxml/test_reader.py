"""Reading what came back: cells, formulas, locks and names as the file holds them, whoever wrote it."""

import datetime
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Protection
from openpyxl.workbook.defined_name import DefinedName

from tests.office.programs import Job, Result
from workbook_builder.cells import Cell
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml import package as packages
from workbook_builder.ooxml.reader import Reading, read_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relationships(relations: Iterable[tuple[str, str, str]], office: str = OFFICE) -> str:
    lines = (f'<Relationship Id="{key}" Type="{office}/{kind}" Target="{path}"/>' for key, kind, path in relations)
    return f'<Relationships xmlns="{PACKAGE}">{"".join(lines)}</Relationships>'


def archive(parts: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            written.writestr(name, content)
    return stream.getvalue()


def parts_of(
    sheet: str = "<sheetData/>",
    *,
    workbook: str = '<sheets><sheet name="主表" sheetId="1" r:id="s1"/></sheets>',
    strings: str | None = None,
    styles: str | None = None,
    more: Iterable[tuple[str, str, str]] = (),
) -> dict[str, str]:
    """The parts of a small workbook; sheet, workbook, strings and styles are what stands inside their roots."""
    relations = [("s1", "worksheet", "worksheets/sheet1.xml"), *more]
    parts = {
        "_rels/.rels": relationships([("r1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}</workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
    }
    for kind, root, content in (("sharedStrings", "sst", strings), ("styles", "styleSheet", styles)):
        if content is not None:
            relations.append((kind, kind, f"{kind}.xml"))
            parts[f"xl/{kind}.xml"] = f'<{root} xmlns="{MAIN}">{content}</{root}>'
    return parts | {"xl/_rels/workbook.xml.rels": relationships(relations)}


def read(parts: Mapping[str, str]) -> Reading:
    return read_workbook(archive(parts), "申报.xlsx")


def cells_of(cells: str, *, strings: str | None = None, styles: str | None = None) -> Mapping[tuple[int, int], Cell]:
    sheet = f"<sheetData><row>{cells}</row></sheetData>"
    return read(parts_of(sheet, strings=strings, styles=styles)).sheets["主表"].cells


def only_cell(cell: str, *, strings: str | None = None, styles: str | None = None) -> Cell:
    cells = cells_of(cell, strings=strings, styles=styles)
    assert list(cells) == [(1, 1)]
    return cells[1, 1]


def refused_rule(parts: Mapping[str, str]) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(parts)
    return caught.value.finding.rule


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


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


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", "5"),
        ("-0.1", "-0.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1411700.5500000001", "1411700.55"),
        (" 12 ", "12"),
        ("1E3", "1000"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-7", "1E-7"),
    ],
)
def test_number__is_the_shortest_decimal_of_the_stored_double(written: str, value: str) -> None:
    assert only_cell(f"<c><v>{written}</v></c>") == Cell(Decimal(value), "number")


@pytest.mark.parametrize(
    "written", ["NaN", "INF", "-inf", "1e999", "1_000", "１２", "2000万", "0x10", "1.2.3", "9" * 5000]
)
def test_text_where_a_number_should_be__stays_text(written: str) -> None:
    assert only_cell(f"<c><v>{written}</v></c>") == Cell(written, "text")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c t="str"><v> 甲 </v></c>', Cell(" 甲 ", "text")),
        ('<c t="str"><f>A2</f><v></v></c>', Cell("", "text", formula="A2")),
        ('<c t="inlineStr"><is><t>甲</t></is></c>', Cell("甲", "text")),
        (
            '<c t="inlineStr"><is><r><rPr/><t>甲</t></r><r><t xml:space="preserve"> 乙</t></r></is></c>',
            Cell("甲 乙", "text"),
        ),
        ('<c t="inlineStr"><is><t>东京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>', Cell("东京", "text")),
        ('<c t="b"><v>1</v></c>', Cell(value=True, kind="boolean")),
        ('<c t="b"><v>0</v></c>', Cell(value=False, kind="boolean")),
        ('<c t="b"><v>maybe</v></c>', Cell("maybe", "text")),
        ('<c t="e"><v>#REF!</v></c>', Cell("#REF!", "error")),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', Cell("#DIV/0!", "error", formula="1/0")),
        ('<c t="other"><v>12</v></c>', Cell("12", "text")),
        ('<c t="n"><v>1<!-- half -->2</v></c>', Cell(Decimal(12), "number")),
        ("<c><v>0</v></c>", Cell(Decimal(0), "number")),
        ("<c><f>SUM(B1:B2)</f><v>3</v></c>", Cell(Decimal(3), "number", formula="SUM(B1:B2)")),
        ("<c><f>SUM(B1:B2)</f></c>", Cell(None, "empty", formula="SUM(B1:B2)")),
        ('<c><f t="shared" ref="A1:A9" si="0">B1</f><v>3</v></c>', Cell(Decimal(3), "number", formula="B1")),
        ('<c><f t="shared" si="0"/><v>3</v></c>', Cell(Decimal(3), "number", formula="")),
        ('<c><f t="array" ref="A1">B1</f><v>3</v></c>', Cell(Decimal(3), "number", formula="B1")),
    ],
)
def test_cell_of_each_type__reads_as_its_kind(cell: str, expected: Cell) -> None:
    assert only_cell(cell) == expected


def test_cells_that_hold_nothing__are_left_out() -> None:
    nothing = (
        '<c/><c s="0"/><c><v/></c><c t="s"><v/></c><c t="str"><v/></c><c t="e"/><c t="b"><v/></c><c t="d"><v/></c>'
    )
    assert cells_of(nothing + '<c t="inlineStr"><is/></c><c t="s"><v>0</v></c>', strings="<si><t/></si>") == {}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("第一行_x000D_\n第二行", "第一行\r\n第二行"),
        ("_x0041__x0042_", "AB"),
        ("_x005F_x0041_", "_x0041_"),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_", "\N{REPLACEMENT CHARACTER}"),
        ("_x41_ _xlfn.", "_x41_ _xlfn."),
    ],
)
def test_escaped_characters__are_decoded_in_every_kind_of_text(written: str, text: str) -> None:
    expected = Cell(text, "text")
    assert only_cell('<c t="s"><v>0</v></c>', strings=f"<si><t>{written}</t></si>") == expected
    assert only_cell(f'<c t="str"><v>{written}</v></c>') == expected
    assert only_cell(f'<c t="inlineStr"><is><t>{written}</t></is></c>') == expected


@pytest.mark.parametrize(
    ("written", "serial"),
    [
        ("2022-01-31", "44592"),
        ("2022-01-31T12:00:00Z", "44592.5"),
        ("1900-03-01", "61"),
        ("1900-02-28", "59"),
        ("1900-02-28T18:00:00", "59.75"),
        ("1900-01-01", "1"),
    ],
)
def test_iso_date__reads_as_the_serial_excel_shows(written: str, serial: str) -> None:
    assert only_cell(f'<c t="d"><v>{written}</v></c>') == Cell(Decimal(serial), "number", is_date=True)


@pytest.mark.parametrize("written", ["2022-02-30", "1850-01-01", "12:30:00", "明天"])
def test_iso_date_that_is_none__stays_text(written: str) -> None:
    assert only_cell(f'<c t="d"><v>{written}</v></c>') == Cell(written, "text")


def test_dates_of_a_1904_workbook__count_from_1900() -> None:
    workbook = '<workbookPr date1904="1"/><sheets><sheet name="主表" sheetId="1" r:id="s1"/></sheets>'
    row = '<c s="1"><v>43130</v></c><c><v>43130</v></c><c s="1" t="d"><v>2022-01-31</v></c>'
    styles = '<cellXfs><xf/><xf numFmtId="14"/></cellXfs>'
    parts = parts_of(f"<sheetData><row>{row}</row></sheetData>", workbook=workbook, styles=styles)
    cells = read(parts).sheets["主表"].cells
    assert [cells[1, column].value for column in (1, 2, 3)] == [44592, 43130, 44592]


@pytest.mark.parametrize(
    ("code", "is_percent", "is_date"),
    [
        ("0.00%", True, False),
        ("0%;[Red]-0%", True, False),
        ('0"%"', False, False),
        ("0\\%", False, False),
        ("0_%", False, False),
        ("General;-General;0;@", False, False),
        ('yyyy"年"m"月"d"日"', False, True),
        ("[$-804]yyyy/m/d;@", False, True),
        ("m月", False, True),
        ("h:mm:ss", False, False),
        ("mm:ss.0", False, False),
        ("[h]:mm", False, False),
        ("[mm]:ss", False, False),
        ("yyyy-mm-dd hh:mm", False, True),
        ('#,##0.00"yd"', False, False),
        ("[Magenta]0.00E+00", False, False),
        ("#,##0\\d", False, False),
        ("[[" * 5000, False, False),
    ],
)
def test_custom_number_format__shows_percent_or_date(code: str, is_percent: bool, is_date: bool) -> None:
    quoted = code.replace('"', "&quot;")
    styles = f'<numFmts><numFmt numFmtId="164" formatCode="{quoted}"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    assert only_cell("<c><v>0.5</v></c>", styles=styles) == Cell(
        Decimal("0.5"), "number", is_percent=is_percent, is_date=is_date
    )


@pytest.mark.parametrize(
    ("number", "is_percent", "is_date"),
    [
        (0, 0, 0),
        (9, 1, 0),
        (10, 1, 0),
        (14, 0, 1),
        (22, 0, 1),
        (31, 0, 1),
        (58, 0, 1),
        (20, 0, 0),
        (32, 0, 0),
        (49, 0, 0),
    ],
)
def test_built_in_number_format__shows_percent_or_date(number: int, is_percent: int, is_date: int) -> None:
    cell = only_cell("<c><v>1</v></c>", styles=f'<cellXfs><xf numFmtId="{number}"/></cellXfs>')
    assert (cell.is_percent, cell.is_date) == (is_percent, is_date)


def test_lock__is_the_cells_own_and_stands_unless_taken_off() -> None:
    styles = (
        '<cellStyleXfs><xf><protection locked="0"/></xf></cellStyleXfs>'
        '<cellXfs><xf><protection locked="0"/></xf><xf/><xf><protection hidden="1"/></xf></cellXfs>'
        '<dxfs><dxf><protection locked="0"/></dxf></dxfs>'
    )
    written = "".join(f'<c s="{style}"><v>1</v></c>' for style in ("0", "1", "2", "7", "x")) + "<c><v>1</v></c>"
    cells = cells_of(written, styles=styles)
    assert [cells[1, column].is_locked for column in range(1, 7)] == [False, True, True, True, True, False]


def test_number_formats_of_differential_styles__do_not_count() -> None:
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="0%"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="yyyy"/></dxf></dxfs>'
    )
    assert only_cell("<c><v>1</v></c>", styles=styles).is_percent


def test_cells_without_an_address__take_the_next_place() -> None:
    sheet = (
        "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"
        '<row r="7"><c r="D7"><v>4</v></c><c><v>5</v></c></row><row><c><v>6</v></c></row></sheetData>'
    )
    cells = read(parts_of(sheet)).sheets["主表"].cells
    assert {place: cell.value for place, cell in cells.items()} == {
        (1, 1): 1, (1, 2): 2, (2, 1): 3, (7, 4): 4, (7, 5): 5, (8, 1): 6,
    }  # fmt: skip


def test_cell_that_stands_twice__is_the_last_one() -> None:
    assert only_cell('<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>').value == 2
    assert cells_of('<c r="A1"><v>1</v></c><c r="A1"/>') == {}


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


def test_two_sheets_of_one_title__are_corrupt() -> None:
    workbook = '<sheets><sheet name="主表" r:id="s1"/><sheet name="主表" r:id="s2"/></sheets>'
    parts = parts_of(workbook=workbook, more=[("s2", "worksheet", "worksheets/sheet2.xml")])
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet1.xml"]
    assert refused_rule(parts) == "file.corrupt"


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
    monkeypatch.setattr(packages, "MAX_CELLS", 80)
    assert sum(len(sheet.cells) for sheet in read_workbook(saved(book), "申报.xlsx").sheets.values()) == 80
    book.worksheets[1]["E1"] = 1
    with pytest.raises(UnreadableError, match="单元格超过 80 个") as caught:
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
