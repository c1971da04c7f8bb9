"""Cells cut out by a pattern and cells that a parser has read: whatever the file, both ways read the same."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ooxml.sheets import MAIN, archive, parts_of, saved
from tests.ooxml.whole_tables import kept, picked
from workbook_builder.errors import UnreadableError
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.ooxml import limits, table_cells
from workbook_builder.ooxml.plain_cells import NotPlainError, PlainCells
from workbook_builder.ooxml.reader import read_workbook
from workbook_builder.resources import packaged_template

STRINGS = "<si><t>甲</t></si><si><r><t>乙</t></r><r><t>丙</t></r></si><si/>"
STYLES = '<cellXfs><xf/><xf numFmtId="9"/><xf numFmtId="14"><protection locked="0"/></xf></cellXfs>'


def never_plain(_cells: PlainCells, _pieces: Iterator[bytes]) -> Iterator[bytes]:
    raise NotPlainError


HEADERS = ("1", "甲", "乙丙", "甲&乙", "9")  # some of what stands in the cells below


def outcome(data: bytes) -> object:
    """What is read, or why nothing is."""
    try:
        return read_workbook(data, "申报.xlsx")
    except UnreadableError as error:
        return error.finding.rule


def table(data: bytes, way: Callable[..., object] = kept) -> object:
    """The same of the sheet as a table whose header is one of the first two lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_cells, "HEADER_LINES", 2)
        try:
            return way(data, "主表", HEADERS)
        except UnreadableError as error:
            return error.finding.rule


def outcomes(data: bytes, read: Callable[[bytes], object] = outcome) -> list[object]:
    """By the pattern and by the parser, each at once and in small pieces."""
    found = []
    for is_plain in (True, False):
        for piece_bytes in (limits.CHUNK_BYTES, 48):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(limits, "CHUNK_BYTES", piece_bytes)
                patch.setattr(limits, "BLOCK_BYTES", 4 * piece_bytes)
                if not is_plain:
                    patch.setattr(PlainCells, "rest", never_plain)
                found.append(read(data))
    return found


def agreed(data: bytes) -> Any:
    """What all ways say."""
    first, *others = outcomes(data)
    assert [other == first for other in others] == [True] * 3, (first, others)
    whole, tables = table(data, picked), outcomes(data, table)
    assert [other == whole for other in tables] == [True] * 4, (whole, tables)
    return first


def of_sheet(sheet: str) -> bytes:
    return archive(parts_of(sheet, strings=STRINGS, styles=STYLES))


def is_cut(data: bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether any sheet's cells were cut out."""
    seen: list[int] = []
    rest = PlainCells.rest

    def watched(cells: PlainCells, pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield from rest(cells, pieces)
        seen.append(len(cells.cells))

    monkeypatch.setattr(PlainCells, "rest", watched)
    outcome(data)
    return any(seen)


def form() -> bytes:
    """The packaged template, which openpyxl wrote."""
    template = load_template(packaged_template(), "模板.xlsx", packaged_catalogue())
    assert template.form.fields
    return packaged_template()


def by_xlsxwriter() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for row in range(60):
            sheet.write_row(row, 0, [row, f"第{row}行 <&>", row % 2 == 0, 0.1 * row])
            sheet.write_formula(row, 5, f'=IF(A{row + 1}>3,"甲&乙",B{row + 1})', None, row)
        sheet.merge_range("H1:I2", "合并")
        sheet.set_row(7, None, None, {"hidden": True})
        sheet.write_comment("A1", "批注")
    return buffer.getvalue()


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    for row in range(1, 400):
        book.worksheets[0].append([row, f"第{row}行", f"=A{row}*2", None, row / 7])
    book.create_sheet("空")
    return saved(book)


@pytest.mark.parametrize("write", [form, by_xlsxwriter, by_openpyxl])
def test_workbook_of_a_program__is_cut_and_reads_alike(
    write: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write()
    assert any(sheet.cells for sheet in agreed(data).sheets.values())
    assert is_cut(data, monkeypatch)


ROW = '<row r="1"><c r="A1" s="1"><v>1</v></c><c r="B1" t="s"><v>1</v></c></row>'


@pytest.mark.parametrize(
    "rows",
    [
        ROW,
        '<row r="1"/><row r="2"><c r="A2" t="inlineStr"><is><t xml:space="preserve"> 甲 </t></is></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><t>甲 乙</t></is></c><c r="B2" t="inlineStr"><is><t></t></is></c></row>',
        '<row r="3" hidden="1" ht="15"><c r="A3"><f t="shared" ref="A3:A4" si="0">B3&amp;"&lt;"</f><v>1</v></c></row>',
        '<row r="4"><c r="A4" t="str"><f t="shared" si="0"/><v/></c><c r="B4" /><c r="C4"><f /><v /></c></row>',
        '<row r="2"><c r="C2" t="e"><v>#N/A</v></c><c r="XFD2" t="b"><v>1</v></c></row>',
        "".join(f'<row r="{n}" s="1" customFormat="1"/>' for n in range(1, 90)) + '<row r="91"><c r="A91"><v>7</v></c></row>',
        "".join(f'<row r="{n}" hidden="1"/><row r="{n + 1}" hidden="0"/>' for n in range(1, 90, 2)) + '<row r="91"><c r="A91"><v>7</v></c></row>',
        "".join(f'<row r="{n}"><c r="A{n}" s="2"/></row>' for n in range(1, 90)) + '<row r="90"><c r="A90"><v>7</v></c></row>',
    ],
)  # fmt: skip
def test_cells_in_the_usual_spelling__are_cut(rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = of_sheet(f"<sheetData>{rows}</sheetData>")
    assert agreed(data).sheets["主表"].cells
    assert is_cut(data, monkeypatch)


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("<v>1</v></c><c", "<v>1</v></c> <c"),
        ("<v>1</v></c><c", "<!-- <c/> --><v>1</v></c><c"),
        ("<v>1</v></c><c", "<v><![CDATA[1]]></v></c><c"),
        ("<v>1</v></c><c", "<v>1</v><v>2</v></c><c"),
        ("<v>1</v></c><c", "<v>1</v><extLst><ext><c><v>9</v></c></ext></extLst></c><c"),
        ("<v>1</v></c><c", "<v>&#49;</v></c><c"),
        ("<v>1</v></c><c", "<v>&#38;lt;&#x31;</v></c><c"),
        ("<v>1</v></c><c", "<v>&#38;lt;</v></c><c"),
        ("<v>1</v></c><c", "<v>&#0;</v></c><c"),
        ("<v>1</v></c><c", "<v>&#55357;</v></c><c"),
        ("<v>1</v></c><c", "<v>&#13;&#10;1</v></c><c"),
        ("<v>1</v></c><c", "<v>& 1;</v></c><c"),
        ("<v>1</v></c><c", "<v>1&amp;amp;&lt;</v></c><c"),
        ("<v>1</v></c><c", "<v>&nbsp;</v></c><c"),
        ("<v>1</v></c><c", "<v>1</v></c><?go on?><c"),
        ("<v>1</v></c><c", "<v>1]]&gt;2</v></c><c"),
        ("<v>1</v></c><c", "<v>1]]>2</v></c><c"),
        ("<v>1</v></c><c", "<v>1\r\n2</v></c><c"),
        ("<v>1</v></c><c", "<v>1\t\n2</v></c><c"),
        ("<v>1</v></c><c", "<v>1\x022</v></c><c"),
        ("<v>1</v></c><c", "<v>1\uffff2</v></c><c"),
        ('s="1"', 's="1" s="2"'),
        ('s="1"', "s='1'"),
        ('s="1"', 's="1" cm="1"'),
        ('s="1"', 'x:s="1"'),
        ('r="A1"', 'r="A2"'),
        ('r="A1"', 'r="C1"'),
        ('r="A1"', 'r="B1"'),
        ('r="A1"', 'r="AAAA1"'),
        ('r="A1"', 'r="$A$1"'),
        ('r="A1" ', ""),
        ('<row r="1"', "<row"),
        ('<row r="1"', '<row r="01"'),
        ('<row r="1"', '<row r="1048577"'),
        ('<row r="1"', '<row r="2"/><row r="1"'),
        ('<row r="1"', '<row r="1"/><row r="1"'),
        ('<row r="1">', '<row r="1" r="2">'),
        ('<row r="1">', '<row r="1" x:y="2">'),
        ('<row r="1">', '<row r="1" y=">">'),
        ('<row r="1">', '<row r="1" xmlns="urn:other">'),
        ('<row r="1">', '<row r="1" ht="0.5">'),
        ('<row r="1">', '<row r="1" hidden="on" collapsed="1" thickBot="1">'),
        ('<row r="1">', '<row r="1" hidden="1" hidden="0">'),
        ('<row r="1">', '<row r="1" hidden="&#49;">'),
        ('<row r="1">', '<row r="1" hidden="\t1">'),
        ('<row r="1">', '<row r="1" x14ac:dyDescent="0.25">'),
        ('<row r="1">', '<row r="1" xml:lang="甲" hidden="1">'),
        ('<row r="1">', '<row r="1"><row r="2">'),
        ('<row r="1">', '<row r="1"/>'),
        ("</row>", '</row><c r="C1"><v>3</v></c>'),
        ("</row>", ""),
        ("<v>1</v></c></row>", "<v>9</v></c></row>"),
        ("<sheetData>", '<sheetData x="1">'),
        ("<sheetData>", "<sheetData/><sheetData>"),
        ("<sheetData>", '<!-- <sheetData><row r="1"><c r="A1"><v>5</v></c></row></sheetData> --><sheetData>'),
        ("<sheetData>", "<x><![CDATA[<sheetData>]]></x><sheetData>"),
        ("<sheetData>", '<other xmlns="urn:other"><sheetData>'),
        ("</sheetData>", '</sheetData><sheetData><row r="2"><c r="A2"><v>5</v></c></row></sheetData>'),
        ("</sheetData>", '</sheetData><extLst><ext><row r="1"><c r="A1"><v>5</v></c></row></ext></extLst>'),
        ("</sheetData>", '<row r="9" hidden="1"/></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>'),
        ("</sheetData>", '</sheetData><extLst><ext><row><c><v>5</v></c></row><row hidden="1"/></ext></extLst>'),
        ("</sheetData>", ""),
        (f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"'),
        (f'xmlns="{MAIN}"', f'xmlns="urn:other" xmlns:x="{MAIN}"'),
        (f'<worksheet xmlns="{MAIN}">', f'\ufeff<worksheet xmlns="{MAIN}">'),
        (f'<worksheet xmlns="{MAIN}">', f'<?xml version="1.0" encoding="GBK"?><worksheet xmlns="{MAIN}">'),
        (f'<worksheet xmlns="{MAIN}">', f'<?xml version="1.0" standalone="yes"?>\r\n<worksheet xmlns="{MAIN}">'),
        (f'<worksheet xmlns="{MAIN}">', f'<?xml version="1.1" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'),
        (f'<worksheet xmlns="{MAIN}">', f'<!DOCTYPE worksheet><worksheet xmlns="{MAIN}">'),
    ],
)  # fmt: skip
def test_cells_in_another_spelling__read_alike(usual: str, other: str) -> None:
    parts = parts_of(f"<sheetData>{ROW}</sheetData>", strings=STRINGS, styles=STYLES)
    sheet = parts["xl/worksheets/sheet1.xml"]
    changed = sheet.replace(usual, other, 1)
    assert changed != sheet
    agreed(archive(parts | {"xl/worksheets/sheet1.xml": changed}))


@pytest.mark.parametrize(("declaring", "is_refused"), [("worksheet", False), ("sheetPr", True)])
def test_prefix_of_a_rows_attribute__has_to_be_declared_around_it(declaring: str, *, is_refused: bool) -> None:
    rows = '<row r="1" x14ac:dyDescent="0.25"><c r="A1"><v>1</v></c></row>'
    parts = parts_of(f"<sheetPr/><sheetData>{rows}</sheetData>", strings=STRINGS, styles=STYLES)
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(f"<{declaring}", f'<{declaring} xmlns:x14ac="urn:excels"', 1)
    assert (agreed(archive(parts)) == "file.corrupt") is is_refused


def test_shared_texts__are_the_workbooks_own_whatever_was_read_before() -> None:
    sheet = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
    texts = [agreed(archive(parts_of(sheet, strings=f"<si><t>{text}</t></si>"))) for text in ("甲", "乙")]
    assert [reading.sheets["主表"].cells[1, 1].value for reading in texts] == ["甲", "乙"]


def test_styles__are_the_workbooks_own_whatever_was_read_before() -> None:
    sheet = '<sheetData><row r="1"><c r="A1" s="0"><v>1</v></c></row></sheetData>'
    styles = [f'<cellXfs><xf numFmtId="{number}"/></cellXfs>' for number in (9, 14, 0)]
    cells = [agreed(archive(parts_of(sheet, styles=style))).sheets["主表"].cells[1, 1] for style in styles]
    assert [(cell.is_percent, cell.is_date) for cell in cells] == [(True, False), (False, True), (False, False)]


CELLS = st.sampled_from([
    "", "/>", "><v>1</v></c>", ' t="s"><v>0</v></c>', ' t="s"><v>7</v></c>', ' s="2"><v>44562</v></c>', ' t="d"><v>2022-01-31</v></c>',
    ' t="inlineStr"><is><t>甲&amp;乙</t></is></c>', ' t="str"><f>A1&amp;"x"</f><v></v></c>', "><f>B1</f></c>",
    ' t="b"><v>0</v></c>', "><v>1e999</v></c>", ' t="inlineStr"><v>1</v><is><t>2</t></is></c>', "><is><t>2</t></is></c>",
])  # fmt: skip
PLACES = st.tuples(st.integers(1, 6), st.sampled_from("ABCZ"), CELLS)
ROWS = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["", ' hidden="1"', ' s="1" ht="9"']), st.lists(PLACES, max_size=4)), max_size=6)  # fmt: skip


Row = tuple[int, str, list[tuple[int, str, str]]]


def _in_order(rows: list[Row]) -> list[Row]:
    """One of each number, with one cell of each column, all of them its own."""
    each = sorted({row[0]: row for row in rows}.values())
    return [
        (n, more, sorted({letter: (n, letter, text) for _, letter, text in cells}.values())) for n, more, cells in each
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, is_in_order=st.booleans())
def test_rows_in_and_out_of_order__read_alike(rows: list[Row], is_in_order: bool) -> None:
    written = []
    for number, more, cells in _in_order(rows) if is_in_order else rows:
        inner = "".join(f'<c r="{letter}{row}"{content}' for row, letter, content in cells if content)
        written.append(f'<row r="{number}"{more}>{inner}</row>')
    agreed(of_sheet(f"<sheetData>{''.join(written)}</sheetData>"))


HIDDEN = ' hidden="1"'


def _styled_rows(altered: str) -> str:
    """Thirty rows of four cells that have a style only, of which the twentieth has these instead."""
    cells = ("".join(f'<c r="{letter}{row}" s="1"/>' for letter in ("A", "C", "AA", "XFD")) for row in range(1, 31))
    return "".join(
        f'<row r="{row}"{HIDDEN if row % 7 == 0 else ""}>{altered if row == 20 else some}</row>'
        for row, some in enumerate(cells, start=1)
    )


@pytest.mark.parametrize(
    "altered",
    [
        '<c r="A20" s="1"/><c r="B20" s="20"/>',
        '<c r="A20" s="1"/><c r="A20" s="1"/>',
        '<c r="C20" s="1"/><c r="A20" s="1"/>',
        '<c r="A20" s="1"/><c r="A21" s="1"/>',
        '<c r="A20" s="1"/><c r="XFE20" s="1"/>',
        '<c r="A20" s="1"/><c r="C20" s="1"><v>5</v></c>',
    ],
)
def test_rows_of_styled_cells__read_alike(altered: str) -> None:
    agreed(of_sheet(f"<sheetData>{_styled_rows(altered)}</sheetData>"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, 10_000), mask=st.integers(1, 255), is_deleted=st.booleans())
def test_sheet_with_one_byte_changed__reads_alike(place: int, mask: int, is_deleted: bool) -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(of_sheet(f"<sheetData>{ROW}</sheetData>"))) as old,
        zipfile.ZipFile(buffer, "w") as new,
    ):
        for name in old.namelist():
            part = bytearray(old.read(name))
            if name.endswith("sheet1.xml"):
                at = place % len(part)
                part[at : at + 1] = b"" if is_deleted else bytes([part[at] ^ mask])
            new.writestr(name, bytes(part))
    agreed(buffer.getvalue())
