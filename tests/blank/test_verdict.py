"""What the judge calculates: less than the whole workbook, and the same."""

from collections.abc import Iterator

import pytest

from tests.blank.test_stamp import SHAPES, answers
from tests.helpers import packaged
from workbook_builder.blank.blank import Blank
from workbook_builder.blank.compile import compile_blank
from workbook_builder.blank.verdict import formulas_of_verdict
from workbook_builder.cells import Place
from workbook_builder.form.dialect import references
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ooxml.sheet_guards import boxes_in, holds


@pytest.fixture(scope="module", params=SHAPES)
def blank(request: pytest.FixtureRequest) -> Blank:
    catalogue = packaged_catalogue()
    return Blank(compile_blank(packaged(), SHAPES[request.param], catalogue), catalogue)


def needed(blank: Blank) -> dict[Place, str]:
    return dict(formulas_of_verdict(blank.compiled, blank.formulas, blank.pristine.names))


def read_by(formula: str, sheet: str, blank: Blank) -> Iterator[Place]:
    """The cells with formulas that a formula reads, as another program parses it."""
    for reference in references(formula):
        title, _, area = reference.replace("'", "").rpartition("!")
        if reference in blank.pristine.names:
            title, *box = blank.pristine.names[reference]
            boxes = [(box[0], box[1], box[2], box[3])]
        else:
            boxes = list(boxes_in(area))
        assert len(boxes) == 1, reference
        inside = (p for p in blank.formulas if p.sheet == (title or sheet) and holds(boxes[0], p.row, p.column))
        yield from inside


def test_what_a_verdict_needs__is_less_than_half_and_reads_nothing_else(blank: Blank) -> None:
    formulas = needed(blank)
    assert 0 < len(formulas) < len(blank.formulas) / 2
    sentences = ((one.slot.place.sheet, text) for one in blank.compiled.instances for text in one[4:7] if text)
    read = {place for sheet, text in sentences for place in read_by(text, sheet, blank)}
    read |= {other for place, text in formulas.items() for other in read_by(text, place.sheet, blank)}
    assert read <= formulas.keys()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_a_verdict_needs__gives_what_the_whole_workbook_gives(blank: Blank, number: int) -> None:
    typed = {
        slot.place: answers(blank, number)[slot.key] for slot in blank.layout.slots.values() if slot.kind == "input"
    }
    cells = {place: value for place, value in typed.items() if value is not None and not hasattr(value, "year")}
    for calculator in (blank.calculator, blank.judging):
        calculator.calculate(cells)
    assert blank.judging.formula_values() == {place: blank.calculator.value(place) for place in needed(blank)}


@pytest.mark.parametrize(
    "odd", ['INDIRECT("B2")', "SUM(A:A)", "SUM(1:3)", "A1:INDEX(B1:B9,2)", "INDEX(B1:B9,2):A1", "nobodys_name"]
)
def test_formula_of_which_it_cannot_be_told_what_it_reads__keeps_all(odd: str) -> None:
    catalogue = packaged_catalogue()
    blank = Blank(compile_blank(packaged(), SHAPES["alone"], catalogue), catalogue)
    place = next(iter(needed(blank)))
    formulas = {**blank.formulas, place: odd}
    assert formulas_of_verdict(blank.compiled, formulas, blank.pristine.names) == formulas
