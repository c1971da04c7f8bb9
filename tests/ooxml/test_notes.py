"""Comments: written into the parts of a sheet, and read from whatever came back."""

import base64
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from tests.helpers import saved
from workbook_builder.blank.opinion_sheet import LINE_COUNTS, line_count, mark_text
from workbook_builder.cells import Cell, Place
from workbook_builder.form.model import Field, FieldType
from workbook_builder.judge.answers import as_typed
from workbook_builder.ooxml.notes_read import Note
from workbook_builder.ooxml.notes_write import SheetNotes
from workbook_builder.ooxml.reader import read_workbook

SHEET = b'<worksheet><cols><col min="1" max="2" width="10"/><col min="3" max="3" hidden="1"/></cols><sheetData>'
SHEET += b'<row r="1" ht="30" customHeight="1"><c r="A1"/></row><row r="2" ht="15"/></sheetData></worksheet>'

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # PNG, 1 by 1


def anchors(drawing: bytes) -> list[list[int]]:
    found = re.findall(r"<x:Anchor>([^<]*)</x:Anchor>", drawing.decode())
    return [[int(number) for number in anchor.split(",")] for anchor in found]


def test_box_of_a_comment__stands_right_of_its_cell_and_reaches_over_hidden_columns_and_higher_rows() -> None:
    notes, place = SheetNotes(SHEET, 0), Place("表", 2, 1)
    (low,) = anchors(notes.drawing({place: "短"}, {}))
    left, _, top, _, right, within, bottom, _ = low
    assert (left, top) == (1, 0)
    # 48 units of 7 pixels from 12 pixels on: the rest of B (75), nothing of C, three of the others (68 each), and 69.
    assert (right, within) == (7, 1)
    (high,) = anchors(notes.drawing({place: "短"}, {1: 300}))
    assert high[6] < bottom


def test_more_comments_than_a_block_of_numbers__have_numbers_of_their_own_and_name_both_blocks() -> None:
    notes = {Place("表", row, 1): "字" for row in range(1, 1100)}
    first, second = (SheetNotes(SHEET, number).drawing(notes, {}).decode() for number in (0, 1))
    numbers = [re.findall(r'id="_x0000_s([0-9]+)"', drawing) for drawing in (first, second)]
    assert len({*numbers[0], *numbers[1]}) == 2 * len(notes)
    assert 'data="1,2"' in first
    assert {int(number) // 1024 for number in numbers[0]} == {1, 2}


def test_texts_of_comments__come_in_the_order_of_the_cells_and_with_xml_signs_escaped() -> None:
    part = SheetNotes(SHEET, 0).comments({Place("表", 3, 1): "<后>", Place("表", 1, 2): "先"}).decode()
    assert re.findall(r'ref="([A-Z0-9]+)"', part) == ["B1", "A3"]
    assert "&lt;后&gt;" in part


def test_comments_and_boxes_of_other_programs__are_read_with_their_authors() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("甲<乙>")
        sheet.write_comment("B2", "请核对\n第二行", {"author": "张三"})
        sheet.insert_textbox("D4", "文本框里的话")
        sheet.insert_image("D9", "点.png", {"image_data": io.BytesIO(base64.b64decode(DOT))})
        book.add_worksheet("空")
    assert list(read_workbook(buffer.getvalue(), "表.xlsx").notes) == [
        Note("甲<乙>", "", "picture", "", "", "D9"),
        Note("甲<乙>", "", "text box", "", "文本框里的话", "D4:G10"),
        Note("甲<乙>", "B2", "comment", "张三", "请核对\n第二行"),
    ]


THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
EXCUSE = (
    "[线程批注]\n\n你的Excel版本可读取此线程批注; 但如果在更新版本的Excel中打开文件，则对批注所作的任何改动都将被删除。"
    "了解详细信息: https://go.microsoft.com/fwlink/?linkid=870924\n\n"
)


def with_thread(*, is_left: bool) -> bytes:
    """A workbook with a thread of two remarks and what stands for it; without the thread, as other programs save it."""
    book = openpyxl.Workbook()
    book.worksheets[0]["B2"].comment = Comment(f"{EXCUSE}注释:\n    请核对\n回复:\n    已核对", "tc={4B1C}")
    book.worksheets[0]["B3"].comment = Comment("好", "李四")
    remarks = "".join(
        f'<threadedComment ref="B2"><text>{words}</text></threadedComment>' for words in ("请核对", "已核对")
    )
    relation = '<Relationship Id="t1" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"'
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(book))) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            part = source.read(name).decode()
            if name == "xl/worksheets/_rels/sheet1.xml.rels" and is_left:
                part = part.replace("</Relationships>", f'{relation} Target="/xl/threads.xml"/></Relationships>')
            target.writestr(name, part)
        target.writestr("xl/threads.xml", f'<ThreadedComments xmlns="{THREADS}">{remarks}</ThreadedComments>')
    return buffer.getvalue()


def test_thread_of_remarks__is_read_without_what_stands_for_it_in_older_programs() -> None:
    notes = read_workbook(with_thread(is_left=True), "").notes
    assert [(note.address, note.author, note.text) for note in notes] == [
        ("B3", "李四", "好"),
        ("B2", "", "请核对"),
        ("B2", "", "已核对"),
    ]


def test_what_is_left_of_a_thread__is_read_without_the_excuse_before_it() -> None:
    first, _ = read_workbook(with_thread(is_left=False), "").notes
    assert first.text == "注释:\n    请核对\n回复:\n    已核对"


@pytest.mark.parametrize("kind", ["comments", "drawing", "image", "ctrlProp", "threadedComment", "vmlDrawing"])
def test_relation_to_a_part_that_was_never_written__is_no_remark(kind: str) -> None:
    target = '<Relationship Id="rId9" Type="http://example.org/relationships/{}" Target="../x/none.xml"/>'
    part = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{target.format(kind)}</Relationships>'
    buffer = io.BytesIO(saved(openpyxl.Workbook()))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/worksheets/_rels/sheet1.xml.rels", part)
    assert read_workbook(buffer.getvalue(), "表.xlsx").notes == ()


def test_damaged_comments__are_said_to_be_and_others_still_read() -> None:
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first["A1"].comment = Comment("坏", "张三")
    book.create_sheet("二")["A1"].comment = Comment("好", "李四")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(book))) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"<comments" if name == "xl/comments/comment1.xml" else source.read(name))
    assert [(note.sheet, note.kind, note.text) for note in read_workbook(buffer.getvalue(), "表.xlsx").notes] == [
        ("Sheet", "unreadable", ""),
        ("二", "comment", "好"),
    ]


@pytest.mark.parametrize(
    ("cell", "field_type", "expected"),
    [
        (Cell(Decimal("0.9"), "number", is_percent=True), "target", "90%"),
        (Cell(Decimal("0.9"), "number", is_percent=True), "amount", Decimal("0.9")),
        (Cell(Decimal(44926), "number", is_date=True), "text", "2022-12-31"),
        (Cell(Decimal(44926), "number", is_date=True), "date", Decimal(44926)),
        (Cell(True, "boolean"), "amount", "TRUE"),
        (Cell("2000万", "text"), "amount", "2000万"),
        (Cell(None, "empty"), "text", None),
    ],
)
def test_content_of_a_cell__is_written_again_so_that_it_reads_the_same(
    cell: Cell, field_type: FieldType, expected: object
) -> None:
    assert as_typed(cell, Field("key", "名称", field_type, "input", False, None, None, None)) == expected


def test_mark_of_a_cell__remembers_how_its_content_begins_counted_as_excel_counts() -> None:
    assert mark_text(3, "2000万") == "3=2000万;"
    assert mark_text(3, "😀" * 40) == f"3={'😀' * 30};"


@pytest.mark.parametrize(("lines", "size"), [(0, 20), (20, 20), (21, 60), (601, 2000), (9999, 2000)])
def test_lines_of_a_sheet__are_rounded_up_to_few_sizes(lines: int, size: int) -> None:
    assert line_count(lines) == size
    assert LINE_COUNTS[-1] == 2000
