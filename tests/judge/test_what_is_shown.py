"""What the form shows is what is read: what a file holds twice, and formats that show another number, are told."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from openpyxl.styles import Alignment

from tests.helpers import Issued, found, rules, saved, single
from tests.loaded import opened
from workbook_builder.judge.check import Checked, check
from workbook_builder.ooxml.number_formats import misleads, misleads_texts
from workbook_builder.ooxml.reader import read_workbook

FORM = "申报表"
AMOUNT = re.compile(r'<c r="C7"[^>]*>.*?</c>', re.DOTALL)

pytestmark = pytest.mark.slow


def checked(form: Issued, data: bytes) -> Checked:
    return check(data, "交回.xlsx", form.desk)


def with_form_xml(data: bytes, change: Callable[[str], str]) -> bytes:
    """The workbook with the XML of its form changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/") and "其中：当年财政拨款" in part.decode():
                changed = change(part.decode())
                assert changed != part.decode()
                part = changed.encode()
            new.writestr(name, part)
    return buffer.getvalue()


def twice(xml: str) -> str:
    """The amount's cell a second time, with another amount."""
    cell = AMOUNT.search(xml)
    assert cell
    return xml.replace(cell[0], cell[0] + re.sub(r"<v>[^<]*</v>", "<v>1</v>", cell[0]), 1)


def two_values(xml: str) -> str:
    cell = AMOUNT.search(xml)
    assert cell
    return xml.replace(cell[0], cell[0].replace("</v>", "</v><v>1</v>"), 1)


def row_twice(xml: str) -> str:
    return xml.replace("</sheetData>", '<row r="7"><c r="C7"><v>1</v></c></row></sheetData>')


def data_twice(xml: str) -> str:
    extra = '<sheetData><row r="900"><c r="C900"><v>1</v></c></row></sheetData>'
    return xml.replace("</sheetData>", f"</sheetData>{extra}")


def row_in_an_extension(xml: str) -> str:
    extra = '<extLst><ext uri="{0}"><row r="7"><c r="C7"><v>1</v></c></row></ext></extLst></worksheet>'
    return xml.replace("</worksheet>", extra)


def cell_in_an_alternate_content(xml: str) -> str:
    cell = AMOUNT.search(xml)
    assert cell
    space = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    choice = f'<mc:AlternateContent xmlns:mc="{space}"><mc:Fallback>{cell[0]}</mc:Fallback></mc:AlternateContent>'
    return xml.replace(cell[0], cell[0] + choice, 1)


def value_in_an_element(xml: str) -> str:
    cell = AMOUNT.search(xml)
    assert cell
    return xml.replace(cell[0], re.sub(r"<v>(..)", r"<v>\1<x/>", cell[0]), 1)


def with_words(xml: str, words: str) -> str:
    """The amount's cell with these elements for its text."""
    inline = f't="inlineStr"><is>{words}</is></c>'
    cell = AMOUNT.search(xml)
    assert cell
    return xml.replace(cell[0], re.sub(r">.*</c>", f" {inline}", cell[0]), 1)


def text_in_two_pieces(xml: str) -> str:
    return with_words(xml, "<t>1000</t><t>000</t>")


def text_beside_runs(xml: str) -> str:
    return with_words(xml, "<t>1000</t><r><t>000</t></r>")


def run_in_two_pieces(xml: str) -> str:
    return with_words(xml, "<r><t>1000</t><t>000</t></r>")


def text_of_another_kind(xml: str) -> str:
    return text_in_one_piece(xml).replace(' t="inlineStr"><is><t>1000000', ' t="n"><is><t>1000000')


def text_in_one_piece(xml: str) -> str:
    return with_words(xml, "<t>1000000</t>")


def text_for_a_number(xml: str) -> str:
    cell = AMOUNT.search(xml)
    assert cell
    return xml.replace(cell[0], re.sub(r"<v>[^<]*</v>", "<v>1,000,000</v>", cell[0]), 1)


def data_of_another_namespace(xml: str) -> str:
    extra = '<s:row r="7"><s:c r="C7"><s:v>1</s:v></s:c></s:row>'
    space = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    return xml.replace("</sheetData>", f'</sheetData><s:sheetData xmlns:s="{space}">{extra}</s:sheetData>')


def cell_of_another_row(xml: str) -> str:
    return re.sub(r'(<row r="9"[^>]*>)', r'\1<c r="C7"><v>1</v></c>', xml, count=1)


@pytest.mark.parametrize(
    "change",
    [
        twice, two_values, row_twice, data_twice, row_in_an_extension, cell_in_an_alternate_content, cell_of_another_row,
        value_in_an_element, text_in_two_pieces, text_beside_runs, run_in_two_pieces, text_of_another_kind,
        text_for_a_number, data_of_another_namespace,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_cell_that_the_file_holds_twice__is_refused(alone: Issued, change: Callable[[str], str]) -> None:
    result = checked(alone, with_form_xml(alone.filled(single()), change))
    (told,) = (finding for finding in result.findings if finding.rule == "structure.ambiguous")
    assert (told.severity, told.sheet, result.status) == ("error", FORM, "returned")
    assert "不同程序会显示不同的内容" in told.message


@pytest.mark.parametrize("kind", ["array", "dataTable"])
def test_amount_that_a_formula_of_another_cell_fills__is_no_answer(alone: Issued, kind: str) -> None:
    def change(xml: str) -> str:
        cell = re.search(r'<c r="C6"[^>]*>.*?</c>', xml)
        assert cell
        return xml.replace(cell[0], f'<c r="C6"><f t="{kind}" ref="C6:C7">E9*6</f><v>1200000</v></c>')

    result = checked(alone, with_form_xml(alone.filled(single()), change))
    assert ("structure.formula_in_input", "total_fiscal") in found(result)
    assert result.status == "returned"


def test_workbook_saved_by_a_program__holds_nothing_twice(alone: Issued) -> None:
    for data in (alone.filled(single()), saved(opened(alone.filled(single())))):
        assert [sheet.ambiguous for sheet in read_workbook(data, "").sheets.values() if sheet.ambiguous] == []


def formatted(form: Issued, number_format: str) -> Checked:
    book = opened(form.filled(single()))
    book[FORM]["C7"].number_format = number_format
    return checked(form, saved(book))


@pytest.mark.parametrize(
    "number_format",
    [
        '0"00"',
        "#,##0,",
        ";;;",
        '0"万"',
        "0\\万",
        "0万",
        "0[$00-804]",
        "0*0",
        "-0",
        "0!.0000",
        "[h]:mm",
        "yyyy-mm-dd",
        "0%",
    ],
)
def test_format_that_shows_another_amount__is_warned_about(alone: Issued, number_format: str) -> None:
    result = formatted(alone, number_format)
    assert found(result) == {("structure.number_format", "total_fiscal")}
    (told,) = result.findings
    assert (told.severity, told.cell, told.value, result.status) == ("warning", "C7", "1000000", "accepted")


@pytest.mark.parametrize(
    "number_format",
    ["General", "#,##0.00", '0.00"元"', "¥#,##0.00", "0_ ", "0.00;-0.00;;", "0;-0;0;", "0;-0;0;[White]@"],
)
def test_format_that_shows_the_amount__is_nothing_to_say(alone: Issued, number_format: str) -> None:
    assert rules(formatted(alone, number_format)) == []


@pytest.mark.parametrize(
    ("horizontal", "expected"), [("fill", ["structure.number_format"]), ("right", []), ("left", [])]
)
def test_alignment_that_shows_a_number_again_and_again__is_warned_about(
    alone: Issued, horizontal: str, expected: list[str]
) -> None:
    book = opened(alone.filled(single()))
    book[FORM]["C7"].alignment = Alignment(horizontal=horizontal)
    assert rules(checked(alone, saved(book))) == expected


@pytest.mark.parametrize(
    ("number_format", "is_misleading"),
    [
        ("General", False),
        ("General;-General;0;@", False),
        ("#,##0.00;[Red]-#,##0.00", False),
        ('_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)', False),
        ("[$¥-804]#,##0.00", False),
        ("0.00E+00", False),
        ("# ?/16", False),
        ("yyyy-mm-dd", False),
        ("0\\0", True),
        ('0!.0,"万"', True),
        ("0.00,,", True),
        ("0;;", True),
        ("05", True),
        ("", False),
        ("@", False),
        ("000000", False),
        ("[DBNum2][$-804]General", False),
        ("G/通用格式", False),  # General, as Chinese programs may write it
        ('G/通用格式"万"', True),
        ('_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', False),
        ('"（元）"0', False),
        ('"No."0', False),
        ("[<0]-0;0", False),
        ("000-0000-0000", False),
        ("0*-", False),
        ('0"元"', False),
        ('yyyy"年"m"月"d"日";@', False),
        ("yyyy-mm-dd;;", False),
        ("#,##0.00;-#,##0.00;;@", False),  # zeros are not seen
        ("0.00;[Red]-0.00;", False),
        ('[=0]"-";#,##0.00', False),
        ("[Red][=0.00];0.00", False),
        ('[=0]0;"无"', True),
        ("[White]0.00", True),
        ("[color2][>0]0.00;0", True),
        ("[颜色 2]General", True),
        ("[White]yyyy-mm-dd", True),
        ("0;-0;[White]0;[White]@", False),
        ("[White][=0]0;0.00", False),
        ('0"[White]"', False),
        ("[Color20]0", False),
        ('[>0]"-";0.00', True),
        ("0\\万", True),
        ("0万元", True),
        ("0!千", True),
        ("0[$万]", True),
        ("0[$00-804]", True),
        ("0*0", True),
        ('0"%"', True),
        ('0"w"', True),
        ('"-"0', True),
        ("-#,##0", True),
        ("0\\.0000", True),
        ('"已填"', True),
        ("h:mm", True),
        ("[mm]:ss", True),
        ("aaaa", True),
        ('"2023年"mm"月"dd"日"', True),
        ('"2023-12-31";yyyy', True),
        (";yyyy", True),
    ],
)
def test_number_format__misleads_by_digits_scales_and_empty_sections(number_format: str, is_misleading: bool) -> None:
    assert misleads(number_format) == is_misleading


@pytest.mark.parametrize(
    ("number_format", "is_misleading"),
    [
        ("General", False),
        ("@", False),
        ('0"元"', False),
        ("_ @_ ", False),
        ("0;0;0;@", False),
        ("0;0;0;", False),  # which is hidden
        ("@*.", False),
        ('"不"@', True),
        ('@"100次"', True),
        ('0;0;0;"一次性项目"', True),
        ("0;0;0;@\\万", True),
    ],
)
def test_number_format__misleads_by_what_it_writes_beside_a_text(number_format: str, is_misleading: bool) -> None:
    assert misleads_texts(number_format) == is_misleading


@pytest.mark.parametrize(
    ("cell", "key", "number_format"),
    [
        ("D3", "project_category", '0;0;0;"一次性项目"'),
        ("D15", "indicators[0].name", '@"100次"'),
        ("F15", "indicators[0].target", "yyyy-mm-dd"),
        ("D5", "end_date", '"2023年"mm"月"dd"日"'),
        ("D5", "end_date", "h:mm"),
        ("D15", "indicators[0].name", "0;0;0;"),
        ("D15", "indicators[0].name", "0;0;0;[White]@"),
        ("D15", "indicators[0].name", "[White]@"),
    ],
)
def test_format_that_shows_another_answer__is_warned_about(
    alone: Issued, cell: str, key: str, number_format: str
) -> None:
    book = opened(alone.filled(single()))
    book[FORM][cell].number_format = number_format
    result = checked(alone, saved(book))
    assert (found(result), result.status) == ({("structure.number_format", key)}, "accepted")


def test_day_in_a_target__is_asked_about_once(alone: Issued) -> None:
    entry = single()
    entry["indicators"][0] |= {"target": "44926", "unit": "日"}
    book = opened(alone.filled(entry))
    book[FORM]["F15"].number_format = "yyyy-mm-dd"
    assert ("indicator.date_as_number", "indicators[0].target") in found(checked(alone, saved(book)))
    assert "structure.number_format" not in rules(checked(alone, saved(book)))
