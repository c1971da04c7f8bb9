"""What the form shows is what is read: what a file holds twice, and formats that show another number, are told."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from tests.helpers import Issued, found, rules, saved, single
from tests.loaded import opened
from workbook_builder.judge.check import Checked, check
from workbook_builder.ooxml.reader import read_workbook
from workbook_builder.ooxml.styles import misleads

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


def cell_of_another_row(xml: str) -> str:
    return re.sub(r'(<row r="9"[^>]*>)', r'\1<c r="C7"><v>1</v></c>', xml, count=1)


@pytest.mark.parametrize(
    "change",
    [
        twice, two_values, row_twice, data_twice, row_in_an_extension, cell_in_an_alternate_content, cell_of_another_row,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_cell_that_the_file_holds_twice__is_refused(alone: Issued, change: Callable[[str], str]) -> None:
    result = checked(alone, with_form_xml(alone.filled(single()), change))
    (told,) = (finding for finding in result.findings if finding.rule == "structure.ambiguous")
    assert (told.severity, told.sheet, result.status) == ("error", FORM, "returned")
    assert "不同程序会显示不同的内容" in told.message


def test_workbook_saved_by_a_program__holds_nothing_twice(alone: Issued) -> None:
    for data in (alone.filled(single()), saved(opened(alone.filled(single())))):
        assert [sheet.ambiguous for sheet in read_workbook(data, "").sheets.values() if sheet.ambiguous] == []


def formatted(form: Issued, number_format: str) -> Checked:
    book = opened(form.filled(single()))
    book[FORM]["C7"].number_format = number_format
    return checked(form, saved(book))


@pytest.mark.parametrize("number_format", ['0"00"', "#,##0,", ";;;", '0"万"', "yyyy-mm-dd", "0%"])
def test_format_that_shows_another_amount__is_warned_about(alone: Issued, number_format: str) -> None:
    result = formatted(alone, number_format)
    assert found(result) == {("structure.number_format", "total_fiscal")}
    (told,) = result.findings
    assert (told.severity, told.cell, told.value, result.status) == ("warning", "C7", "1000000", "accepted")


@pytest.mark.parametrize("number_format", ["General", "#,##0.00", '0.00"元"', "¥#,##0.00", "0_ "])
def test_format_that_shows_the_amount__is_nothing_to_say(alone: Issued, number_format: str) -> None:
    assert rules(formatted(alone, number_format)) == []


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
    ],
)
def test_number_format__misleads_by_digits_scales_and_empty_sections(number_format: str, is_misleading: bool) -> None:
    assert misleads(number_format) == is_misleading
