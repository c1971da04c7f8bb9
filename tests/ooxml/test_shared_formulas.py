"""Formulas that are one formula down a column are written once, and mean in every cell what binding meant."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from lxml import etree
from openpyxl.formula.translate import Translator

from tests.helpers import packaged
from workbook_builder.blank.blank import Blank, blank_of
from workbook_builder.blank.stamp import sheet_parts
from workbook_builder.cells import Place, row_and_column
from workbook_builder.form.layout import FormShape, Shape, title_placeholder
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import SECTIONS
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ooxml.reader import read_workbook
from workbook_builder.ooxml.shared_formulas import formula_elements, from_row

pytestmark = pytest.mark.slow

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FAR_FROM_EXCELS_LIMIT = 8192 // 2
PLAIN = FormShape()
SHAPES = {
    "alone, more rows": Shape(FormShape((("数量指标", 20),))),
    "parent with two": Shape(PLAIN, (PLAIN, FormShape((("时效指标", 5),)))),
    "part of a parent": Shape(PLAIN, (), "parent"),
    "part of a sub-project": Shape(FormShape((), frozenset({"project_name"})), (PLAIN,), "sub_project"),
    "rolled forward": Shape(FormShape(sections=frozenset(SECTIONS)), (FormShape(sections=frozenset(SECTIONS)),)),
    "return copy": Shape(PLAIN, (PLAIN, PLAIN), "whole", 12),
}


def stamped(blank: Blank) -> bytes:
    form, shape = packaged().form, blank.layout.shape
    subs = tuple((f"P{number}", title_placeholder(number)) for number in range(len(shape.sub_projects)))
    identity = Identity(form.form_id, form.version, 2022, "一上", "U1", "P", "", 1, subs, shape)
    return blank.workbook(identity, {}, None)


def elements(workbook: bytes) -> Iterator[tuple[str, str, etree._Element]]:
    """Sheet title, address and element of every formula."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        for part, title in sheet_parts(package).items():
            for cell in etree.fromstring(package.read(part)).iter(MAIN + "c"):
                formula = cell.find(MAIN + "f")
                if formula is not None:
                    yield title, str(cell.get("r")), formula


def expanded(workbook: bytes) -> dict[Place, str]:
    """Every formula, shared ones as openpyxl translates them."""
    found: dict[Place, str] = {}
    masters: dict[tuple[str, str], Translator] = {}
    for title, address, element in elements(workbook):
        text, place = element.text or "", Place(title, *row_and_column(address))
        group = title, str(element.get("si"))
        if element.get("t") == "shared" and text:
            masters[group] = Translator("=" + text, address)
        elif element.get("t") == "shared":
            text = masters[group].translate_formula(address).removeprefix("=")
        found[place] = text
    return found


@pytest.fixture(scope="module", params=SHAPES.values(), ids=list(SHAPES))
def blank(request: pytest.FixtureRequest) -> Blank:
    return blank_of(packaged(), request.param, packaged_catalogue())


def test_shared_formulas_of_a_workbook__mean_in_each_cell_what_binding_meant(blank: Blank) -> None:
    workbook = stamped(blank)
    shared = [element for _, _, element in elements(workbook) if element.get("t") == "shared"]
    assert len([element for element in shared if not element.text]) > 100
    assert [element.text for element in shared if "!" in (element.text or "")] == []
    assert expanded(workbook) == blank.formulas


def test_each_shared_formula__stands_once_and_its_area_holds_its_cells(blank: Blank) -> None:
    groups: dict[tuple[str, str | None], list[tuple[str, etree._Element]]] = {}
    for title, address, element in elements(stamped(blank)):
        if element.get("t") == "shared":
            groups.setdefault((title, element.get("si")), []).append((address, element))
    for cells in groups.values():
        (first, element), *followers = cells
        assert element.text
        assert element.get("ref") == f"{first}:{followers[-1][0]}"
        assert [(other.text, other.get("ref")) for _, other in followers] == [(None, None)] * len(followers)
        rows = [row_and_column(address) for address, _ in cells]
        assert rows == [(rows[0][0] + down, rows[0][1]) for down in range(len(rows))]


def test_longest_formula__stays_far_from_what_excel_takes(blank: Blank) -> None:
    assert max(map(len, blank.formulas.values())) < FAR_FROM_EXCELS_LIMIT


def test_cell_that_follows_a_shared_formula__is_read_as_a_formula(blank: Blank) -> None:
    sheets = read_workbook(stamped(blank), "").sheets
    read = {Place(t, *at) for t, sheet in sheets.items() for at, c in sheet.cells.items() if c.formula is not None}
    assert read == blank.formulas.keys()


def test_only_what_is_relative_to_the_row__moves() -> None:
    assert from_row('IF($D15="$D15""",A14&$E$6,D$15:$D16)', 15) == 'IF($D[0]="$D15""",A[-1]&$E$6,D$15:$D[1])'
    assert from_row("LOG10(A1)+choices_A1+F1.5", 1) == "LOG10(A[0])+choices_A1+F1.5"


def test_neighbours_in_a_column__share_and_others_do_not() -> None:
    formulas = {
        "A1": "B1&1",
        "A2": "B2&1",
        "A4": "B4&1",
        "C1": "D1<1",
        "C2": "D3<1",
        "C3": "D4<1",
        "C4": "$D$5",
        "C5": "$D$5",
    }
    assert formula_elements(formulas) == {
        "A1": b'<f t="shared" ref="A1:A2" si="0">B1&amp;1</f>',
        "A2": b'<f t="shared" si="0"/>',
        "A4": b"<f>B4&amp;1</f>",
        "C1": b"<f>D1&lt;1</f>",
        "C2": b'<f t="shared" ref="C2:C3" si="1">D3&lt;1</f>',
        "C3": b'<f t="shared" si="1"/>',
        "C4": b'<f t="shared" ref="C4:C5" si="2">$D$5</f>',
        "C5": b'<f t="shared" si="2"/>',
    }


def test_formula_that_leads_to_another_sheet__stands_in_every_cell() -> None:
    formulas = {f"A{row}": f"'选项'!$B{row}" for row in (1, 2)}
    assert formula_elements(formulas) == {"A1": "<f>'选项'!$B1</f>".encode(), "A2": "<f>'选项'!$B2</f>".encode()}
