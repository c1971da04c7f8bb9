"""Reading what came back: what one cell holds, by its type, its text and its format."""

from decimal import Decimal

import pytest

from tests.ooxml.sheets import cells_of, only_cell, parts_of, read
from workbook_builder.cells import Cell


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
@pytest.mark.parametrize("kind", ["", ' t="n"'])
def test_text_where_a_number_should_be__stays_text_and_is_told(written: str, kind: str) -> None:
    sheet = read(parts_of(f'<sheetData><row r="1"><c r="A1"{kind}><v>{written}</v></c></row></sheetData>')).sheets[
        "主表"
    ]
    assert (sheet.cells, sheet.ambiguous) == ({(1, 1): Cell(written, "text")}, ((1, 1),))


@pytest.mark.parametrize("cell", ["<f>A2</f><v>可以上报</v>", "<v> </v>", "<v>1E3</v>", "<v/>", "<v>\n 5\n</v>"])
def test_number_or_what_a_formula_gave__is_never_doubtful(cell: str) -> None:
    assert (
        read(parts_of(f'<sheetData><row r="1"><c r="A1">{cell}</c></row></sheetData>')).sheets["主表"].ambiguous == ()
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<t>\n   名称  \n</t>", "名称"),
        ("<t> 项目 名称</t>", "项目 名称"),
        ("<t>名称 </t>", "名称"),
        ('<t xml:space="preserve"> 名称 </t>', " 名称 "),
        ('<t xml:space="default"> 名称 </t>', "名称"),
        ("<t>\u3000名称</t>", "\u3000名称"),
        ("<r><t>项目 </t></r><r><t> 名称</t></r>", "项目  名称"),
    ],
)
def test_blanks_around_a_text__count_where_it_says_so(written: str, text: str) -> None:
    cell = f'<c r="A1" t="inlineStr"><is>{written}</is></c>'
    assert cells_of(cell) == {(1, 1): Cell(text, "text")}
    assert only_cell('<c t="s"><v>0</v></c>', strings=f"<si>{written}</si>") == Cell(text, "text")
    numbered = read(parts_of(f'<sheetData><row r="1">{cell}</row></sheetData>')).sheets["主表"].cells
    assert numbered == {(1, 1): Cell(text, "text")}


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
    cell = only_cell("<c><v>0.5</v></c>", styles=styles)
    assert (cell.value, cell.is_percent, cell.is_date) == (Decimal("0.5"), is_percent, is_date)


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


def test_text_in_doubtful_pieces__is_plain_text_in_a_cell_that_is_told() -> None:
    sheet = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>甲</t><t>乙</t></is></c></row></sheetData>'
    read_sheet = read(parts_of(sheet)).sheets["主表"]
    assert (type(read_sheet.cells[1, 1].value), read_sheet.ambiguous) == (str, ((1, 1),))
