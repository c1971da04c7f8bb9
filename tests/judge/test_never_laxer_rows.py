"""An indicator row that its own workbook lets pass is accepted by the centre, whatever its cells hold together.

The workbook is computed by formualizer on the raw cells: tests/office/ shows that LibreOffice gives the same, and what
only real programs tell (TRUE, error values, thin spaces).
"""

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest

from tests.helpers import Issued, single
from tests.office.unit import opened
from workbook_builder.cells import EMPTY, Cell, Place
from workbook_builder.judge.check import Checked, judged
from workbook_builder.judge.fill import open_ours
from workbook_builder.judge.locate import locate
from workbook_builder.judge.opening import Opened

pytestmark = pytest.mark.slow

ROUNDS, SEED = 120, 2022
KEPT = "indicators[24]."  # the one benefit
COLUMNS = ("name", "comparator", "target", "unit")
AROUND = ("", " ", "\u3000", "\u200b", "\n", "\u200e", "\ufeff", "<p>", "</p>", "&nbsp;")
WORDS: Mapping[str, tuple[str, ...]] = {
    "name": ("甲", "乙", "覆盖率", "5", "A", "a", "", " ", "<p></p>", "\u200e"),
    "comparator": (
        "", "≥", "≥", "≥", "=", "定性", "定性", "≤", ">=", "＞＝", "不低于", "约", "定性指标", "以上", "≥5", "控制在", "90",
    ),
    "target": (
        "明显", "90", "90%", "９０", "九十", "五次", "5次", "约5次", "约五次", "大约5", "大于90", "百分之九十", "百分之90", "≥90%", "≥5次",
        "不少于3场", "不少于5万人", "不少于3", "5万人", "五万人", "1.2.3", "9O%", "90-95", "/", "—", "①", "～5", "约", "2022年12月底前",
        "12月底", "3年", "5日内", "-5", "¥5", "＜5次", "2022-06-30", "9 0", "100%以上", "十分满意", "约束机制健全", "90²", "٣", "五",
        "&#57;0", "%", "定性", "=1+1", "5G", "零", "负五", "≥明显", "以上", "90%左右",
    ),
    "unit": (
        "", "次", "次", "%", "％", "≥5次", "≤6次", "≥90", "90", "5次", "5次以上", "≥5万次", "五次以上", "以内", "元/100人", "≥-5次", "两",
        "定性", "5%以内", " ",
    ),
}  # fmt: skip
NUMBERS = ("5", "0", "90", "0.9", "-1", "-0.0", "100.5", "1E+308", "44562")


def drawn(column: str, generator: random.Random) -> Cell:
    if (column == "target" and generator.random() < 0.4) or generator.random() < 0.05:
        return Cell(Decimal(generator.choice(NUMBERS)), "number", is_percent=generator.random() < 0.3)
    words = generator.choice(WORDS[column])
    if generator.random() < 0.3:
        words = generator.choice(AROUND) + words + generator.choice(AROUND)
    return Cell(words, "text") if words else EMPTY


class Desk:
    """The workbook of a project alone, its indicator rows changed."""

    def __init__(self, alone: Issued):
        self._desk = alone.desk
        self._base = open_ours(alone.filled(single()), alone.path.name, alone.desk)
        slots = self._base.blank.layout.indicator_rows(None)
        self.rows = [slot.key.removesuffix("name") for slot in slots if not slot.key.startswith(KEPT)]

    def passed_rows(self, cells: Mapping[str, Cell]) -> Iterator[str]:
        """The rows on which the workbook's own self-check finds no error."""
        blank, raw = self._base.blank, {**self._base.located.cells, **cells}
        values = {key: cell.value for key, cell in raw.items() if cell.formula is None}
        blank.calculator.calculate(blank.cell_values(self._base.identity, values))
        for row in self.rows:
            place = blank.layout.slots[f"{row}name"].place
            laid = next(laid for laid in blank.layout.checked_sheets if laid.title == place.sheet)
            codes = blank.calculator.value(Place(place.sheet, place.row, laid.code_column))
            if "E" not in str(codes or ""):
                yield row

    def checked(self, cells: Mapping[str, Cell]) -> Checked:
        """What the centre says of a file with these cells."""
        came = self._base
        sheets = dict(came.reading.sheets)
        for key, cell in cells.items():
            where = came.located.places[key]
            sheet = sheets[where.sheet]
            sheets[where.sheet] = sheet._replace(cells={**sheet.cells, (where.row, where.column): cell})
        reading = came.reading._replace(sheets=sheets)
        located = locate(reading, came.blank, came.identity)
        return judged(Opened(*came)._replace(reading=reading, located=located), "", self._desk)


def test_row_that_the_workbook_lets_pass__has_no_error_at_the_centre(alone: Issued) -> None:
    desk, generator = Desk(alone), random.Random(SEED)
    laxer, passed = [], 0
    for _ in range(ROUNDS):
        cells = {row + column: drawn(column, generator) for row in desk.rows for column in COLUMNS}
        errors = {
            f.key.rpartition(".")[0] + "." for f in desk.checked(cells).findings if f.key and f.severity == "error"
        }
        for row in desk.passed_rows(cells):
            passed += 1
            if row in errors:
                laxer.append([cells[row + column].value for column in COLUMNS])
    assert laxer == []
    assert passed > ROUNDS


def test_only_indicator_has_a_name_of_spaces__is_refused_by_the_workbook_too(alone: Issued) -> None:
    desk = Desk(alone)
    row = next(row for row in desk.rows if opened(alone).blank.layout.slots[f"{row}name"].level1 == "产出指标")
    cells = {f"{each}{column}": EMPTY for each in desk.rows for column in COLUMNS}
    cells[f"{row}name"] = Cell(" ", "text")
    assert "indicator.no_output" in [finding.rule for finding in desk.checked(cells).findings]
    assert row not in desk.passed_rows(cells)
