"""Which formulas are read again once cells changed, and that nothing is missed by it."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

import openpyxl
import pytest

from tests.helpers import packaged
from workbook_builder.blank.blank import Blank
from workbook_builder.blank.calculate import ASKED_BEFORE, Calculator
from workbook_builder.blank.compile import compile_blank
from workbook_builder.blank.dependents import Dependents
from workbook_builder.cells import Place
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ooxml import zip_write
from workbook_builder.ooxml.zip_write import of_blocks, quick_block, zip_bytes

MANY = {Place("甲", row, 26): f"A{row}" for row in range(10, 400)}  # so that one cell is few
FORMULAS = MANY | {
    Place("甲", 1, 2): "A1*2",
    Place("甲", 2, 2): "SUM($A$1:A5)+B1",
    Place("乙", 1, 1): "IF('甲'!B2>3,\"A1\",limit)",
    Place("乙", 2, 1): "A1&A1",
}
NAMES = {"limit": ("甲", 7, 1, 8, 1)}


def of(*changed: Place, formulas: Mapping[Place, str] = FORMULAS) -> set[Place]:
    return set(Dependents(formulas, NAMES).of(changed))


def test_cell_that_changes__is_seen_by_what_reads_it_itself_in_an_area_by_name_or_through_others() -> None:
    of_areas = {Place("甲", 2, 2), Place("乙", 1, 1), Place("乙", 2, 1)}
    assert of(Place("甲", 1, 1)) == of_areas | {Place("甲", 1, 2)}
    assert of(Place("甲", 3, 1)) == of_areas
    assert of(Place("甲", 8, 1)) == {Place("乙", 1, 1), Place("乙", 2, 1)}
    assert of(Place("甲", 10, 1)) == {Place("甲", 10, 26)}
    assert of(Place("甲", 10, 2)) == of() == set()


def test_value_set_over_a_formula__is_read_again_with_what_reads_it() -> None:
    assert of(Place("乙", 1, 1)) == {Place("乙", 1, 1), Place("乙", 2, 1)}


@pytest.mark.parametrize("formula", ["OFFSET(A1,1,1)", "unknown", "INDEX(A1:A3,1):A9", "甲!1:3"])
def test_formula_that_may_read_anything__has_all_read_again(formula: str) -> None:
    formulas = FORMULAS | {Place("乙", 3, 1): formula}
    assert of(Place("甲", 10, 1), formulas=formulas) == set(formulas)


def test_many_cells_that_change__have_all_read_again() -> None:
    assert of(*(Place("丙", row, 1) for row in range(40))) == set(FORMULAS)


def test_results_told_by_what_was_first__are_those_of_all_formulas() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    sheet.title = "甲"
    formulas = {place: text for place, text in FORMULAS.items() if place.sheet == "甲"}
    for place, text in formulas.items():
        sheet.cell(place.row, place.column).value = "=" + text
    buffer = BytesIO()
    book.save(buffer)
    calculator = Calculator(buffer.getvalue(), formulas)
    calculator.calculate({})
    for _ in range(ASKED_BEFORE):
        calculator.results()
    for values in ({}, {Place("甲", 1, 1): 4}, {Place("甲", 1, 2): "x"}, {Place("甲", 20, 1): 7}, {}):
        calculator.calculate(values)
        if values != {Place("甲", 1, 2): "x"}:  # a calculation that nobody asks about
            results = calculator.results()
            assert {place: results.get(place) for place in formulas} == calculator.formula_values()
    assert not results.since


def test_results_of_a_form__are_those_of_all_formulas_whatever_was_filled_in_before() -> None:
    blank = Blank(
        compile_blank(packaged(), Shape(FormShape(), (FormShape(),) * 2), packaged_catalogue()), packaged_catalogue()
    )
    places = sorted(slot.place for slot in blank.layout.slots.values() if slot.kind == "input")
    for number, place in enumerate(places[:: len(places) // (2 * ASKED_BEFORE)]):
        blank.calculator.calculate({place: number, places[number % 5]: "字"})
        results = blank.calculator.results()
        assert {place: results.get(place) for place in blank.formulas} == blank.calculator.formula_values()


@pytest.mark.parametrize("has_isal", [True, False])
def test_part_of_blocks_each_compressed_alone__inflates_to_all_of_them(
    has_isal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_isal:
        monkeypatch.setattr(zip_write, "ISAL", None)
    texts = [b"<row/>" * 5000, b"", b"<c/>", b"<row/>" * 9]
    with zipfile.ZipFile(BytesIO(zip_bytes([of_blocks("a.xml", [quick_block(text) for text in texts])]))) as archive:
        assert archive.testzip() is None
        assert archive.read("a.xml") == b"".join(texts)
