"""What is stamped: workbooks of one blank know nothing of each other, and nothing typed is taken for a placeholder."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from tests.helpers import GOAL, PLAIN, Issued, packaged
from tests.loaded import opened
from workbook_builder.blank.blank import NO_ADDITIONS, Additions, Blank
from workbook_builder.blank.calculate import Calculator
from workbook_builder.blank.compile import compile_blank
from workbook_builder.blank.compiled import Compiled
from workbook_builder.cells import Place
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.fill import open_ours
from workbook_builder.ooxml import zip_write
from workbook_builder.ooxml.password import Lock
from workbook_builder.ooxml.zip_write import quickly_deflated

WITH_ROWS = FormShape(rows=(("数量指标", 9),), prefilled=frozenset(("project_name", "budget_ceiling")))
CONFIRMED = FormShape(sections=frozenset(("goals", "indicators")))
SHAPES = {
    "alone": Shape(PLAIN),
    "family": Shape(WITH_ROWS, (PLAIN, WITH_ROWS)),
    "sub-project's part": Shape(PLAIN, (WITH_ROWS,), "sub_project"),
    "return copy": Shape(PLAIN, (PLAIN,), "whole", 8),
    "rolled forward": Shape(CONFIRMED, (CONFIRMED,)),
}
LIKE_OURS = "⟦1⟧ ⟦项目⟧ <sheetProtection"
# By the type of a field: nothing, what is right, what is long or odd.
ANSWERS: Mapping[str, tuple[Any, ...]] = {
    "amount": (None, Decimal("1000.00"), Decimal("0.50")),
    "date": (None, date(2022, 1, 1), date(2022, 12, 31)),
    "target": (None, Decimal("90.0"), "明显改善"),
    "comparator": (None, "≥", "定性"),
}
TEXTS = (None, "社区培训", LIKE_OURS + "长文字。" * 150)

VALUES: tuple[dict[str, Any], ...] = (
    {},
    {"annual_goal": GOAL, "filler": "张三", "sub_projects[0].annual_appropriation": Decimal("0.10")},
    {"annual_goal": "0", "filler": None, "sub_projects[0].annual_appropriation": 0},
)


def answers(blank: Blank, number: int) -> dict[str, Any]:
    slots = [slot for slot in blank.layout.slots.values() if slot.kind in ("input", "prefilled")]
    return {slot.key: ANSWERS.get(slot.field.type, TEXTS)[number] for slot in slots}


def stamped(blank: Blank, number: int, *, hides: bool = True) -> bytes:
    shape, form = blank.layout.shape, packaged().form
    subs = tuple((f"P-{sub}", f"子项目{sub}之{number}") for sub in range(len(shape.sub_projects)))
    identity = Identity(form.form_id, form.version, 2022, "一上", "U1", f"P{number}", "ab", number, subs, shape)
    lock = Lock("aGFzaA==", "c2FsdA==", 1000) if number else None
    additions = NO_ADDITIONS
    if shape.opinion_rows:
        cells = dict.fromkeys(blank.addition_places[: 6 * number], f"意见{number}")
        additions = Additions(
            cells, {Place(blank.layout.returnable_sheets[number - 1].title, 5, 2): "请核对"} if number else {}
        )
    return blank.workbook(identity, answers(blank, number), lock, additions, hides_spare_rows=hides)


@pytest.fixture(scope="module", params=SHAPES.values(), ids=list(SHAPES))
def compiled(request: pytest.FixtureRequest) -> Compiled:
    return compile_blank(packaged(), request.param, packaged_catalogue())


def test_workbook_stamped_after_others__is_byte_for_byte_the_one_that_is_stamped_first(compiled: Compiled) -> None:
    used = Blank(compiled, packaged_catalogue())
    first = {number: stamped(Blank(compiled, packaged_catalogue()), number) for number in range(3)}
    assert len(set(first.values())) == 3
    for number in (0, 1, 2, 1, 0, 2, 0):
        assert stamped(used, number) == first[number]
        stamped(used, number, hides=False)


def test_workbooks_stamped_one_after_the_other__are_each_as_if_it_were_the_first(with_sub: Issued) -> None:
    ours = open_ours(with_sub.data, "甲.xlsx", with_sub.desk)
    blank, titles = ours.blank, (ours.identity, ours.identity._replace(sub_projects=(("P1-1", "另一个名称"),)))
    for values, identity in zip((*VALUES, *VALUES[:2]), (*titles, *titles, titles[0]), strict=True):
        fresh = Blank(blank.compiled, blank.catalogue)
        assert blank.workbook(identity, values, None) == fresh.workbook(identity, values, None)


def test_cached_values__are_what_the_calculator_gives_for_every_formula_of_the_form(compiled: Compiled) -> None:
    blank = Blank(compiled, packaged_catalogue())
    for number in (1, 0, 2):
        book = opened(stamped(blank, number), data_only=True)
        values = blank.calculator.formula_values()
        assert values == {place: blank.calculator.value(place) for place in blank.formulas}
        for place in (place for place in blank.formulas if place.sheet == packaged().form.form_sheet.title):
            assert (book[place.sheet].cell(place.row, place.column).value or "") == (values[place] or "")


def test_text_like_our_placeholders__stays_what_was_typed() -> None:
    blank = Blank(compile_blank(packaged(), SHAPES["family"], packaged_catalogue()), packaged_catalogue())
    stamped(blank, 2)
    book = opened(stamped(blank, 2), data_only=True)
    names = blank.layout.slots["sub_projects[0].project_name"].place
    assert book["子项目0之2"].cell(names.row, names.column).value == TEXTS[2]
    with zipfile.ZipFile(io.BytesIO(stamped(blank, 1))) as package:
        for name in package.namelist():
            assert not re.search("⟦.*?⟧", package.read(name).decode("utf-8", "replace")), name


ODD: Mapping[str, Any] = {
    "1/0": "#DIV/0!", "NA()": "#N/A", "1=1": 1, '""': "", "0.1+0.2": 0.1 + 0.2, "DATE(2022,1,1)": 44562,
}  # fmt: skip


def test_values_read_by_sheets__are_those_read_one_by_one() -> None:
    book, formulas = openpyxl.Workbook(), {}
    for number, formula in enumerate(ODD, start=1):
        place = Place("Sheet", 2 * number, 3 + number % 2)
        book["Sheet"].cell(place.row, place.column).value = "=" + formula
        formulas[place] = formula
    buffer = io.BytesIO()
    book.save(buffer)
    calculator = Calculator(buffer.getvalue(), formulas)
    calculator.calculate({})
    assert list(calculator.formula_values().values()) == [*ODD.values()]
    assert calculator.formula_values() == {place: calculator.value(place) for place in formulas}


DATA = b'<c r="A1" s="3"/>' * 5000


def test_part_compressed_without_isal__inflates_to_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_write, "ISAL", None)
    part = quickly_deflated("a.xml", DATA)
    assert (zlib.decompress(part.compressed, -15), part.size, part.crc) == (DATA, len(DATA), zlib.crc32(DATA))


def test_part_compressed_with_isal__inflates_to_the_same() -> None:
    pytest.importorskip("isal", reason="the extra `fast` is not installed")
    part, again = quickly_deflated("a.xml", DATA), quickly_deflated("a.xml", DATA)
    assert part == again
    assert (zlib.decompress(part.compressed, -15), part.size, part.crc) == (DATA, len(DATA), zlib.crc32(DATA))
