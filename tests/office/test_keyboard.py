"""What a person at the keyboard is told, and what the cell holds afterwards. Look at the pictures in build/keyboard/."""

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import Issued
from tests.office.programs import Entry, Typed, Typing
from tests.office.unit import inputs
from workbook_builder.form.declaration import Indicator
from workbook_builder.judge.check import Checked, check

PICTURES = Path(__file__).parents[2] / "build" / "keyboard"
AMOUNT = ["财政资金", "请填写不小于 0、最多两位小数的金额（元），不写“元”“万”和逗号。"]
DATE = ["计划开始日期", "请填写 1990 年至 2100 年之间的日期，如 2022-01-01。"]
COMPARATOR = ["符号", "请从下拉列表中选择 ≥、>、=、<、≤ 或 定性。"]
VALUE = ["指标值", "定量指标请填不小于 0 的数，单位填在右边一格；定性指标请填文字。"]
UNIT = ["单位", "列表中没有这个单位，确定要用吗？"]
ALERTS = {
    "amount_negative": AMOUNT,
    "amount_in_words": AMOUNT,
    "date_early": DATE,
    "comparator_unknown": COMPARATOR,
    "target_in_words": VALUE,
    "target_number": VALUE,
    "unit_unknown": UNIT,
}
ACCEPTED = {
    "amount_good": 1234.56,
    "date_good": 44562,  # 2022-01-01
    "comparator_qualitative": "定性",
    "target_text": "good",
    "percent_name": "rate",
    "comparator_good": ">",
    "percent_unit": "%",
}
EQUAL_ROW, QUALITY_ROW, PERCENT_ROW = 0, 1, 2
TITLE, TITLE_CELL = "财政项目支出绩效目标申报表", "申报表!A1"


class Seen(NamedTuple):
    """What each entry led to, and what the centre says of the file that was saved."""

    typed: dict[str, Typed]
    checked: Checked

    def indicator(self, row: int) -> Indicator:
        assert self.checked.declaration is not None
        return next(indicator for indicator in self.checked.declaration.indicators if indicator.row == row)

    def told(self, name: str) -> tuple[list[str] | None, Any]:
        """The alert, and what the cell holds afterwards; None where it is empty."""
        typed = self.typed[name]
        return typed["alert"], None if typed["kind"] == "EMPTY" else typed["holds"]


def entries(address: dict[str, str]) -> dict[str, Entry]:
    """In this order; every name is a picture's."""
    amount, start = address["sub_projects[0].total_fiscal"], address["sub_projects[0].start_date"]
    equal, quality, percent = (
        {column: address[f"indicators[{row}].{column}"] for column in ("name", "comparator", "target", "unit")}
        for row in (EQUAL_ROW, QUALITY_ROW, PERCENT_ROW)
    )
    return {
        "amount_negative": {"cell": amount, "type": "-5"},
        "amount_in_words": {"cell": amount, "type": "2000wan"},
        "amount_good": {"cell": amount, "type": "1234.56"},
        "date_early": {"cell": start, "type": "1989-12-31"},
        "date_good": {"cell": start, "type": "2022-01-01"},
        "locked": {"cell": TITLE_CELL, "press": "5"},
        "comparator_unknown": {"cell": equal["comparator"], "type": "about"},
        "comparator_equals_typed": {"cell": equal["comparator"], "type": "="},
        "comparator_equals_chosen": {"cell": equal["comparator"], "choose": "="},
        "target_in_words": {"cell": equal["target"], "type": "many"},
        "unit_unknown": {"cell": equal["unit"], "type": "kg"},
        "comparator_qualitative": {"cell": quality["comparator"], "choose": "定性"},
        "target_number": {"cell": quality["target"], "type": "90"},
        "target_text": {"cell": quality["target"], "type": "good"},
        "percent_name": {"cell": percent["name"], "type": "rate"},
        "comparator_good": {"cell": percent["comparator"], "type": ">"},
        "percent_unit": {"cell": percent["unit"], "type": "%"},
        "percent_target": {"cell": percent["target"], "type": "90%"},
    }


@pytest.fixture(scope="module")
def seen(
    keyboard: Callable[[Typing], dict[str, Typed]], example: Issued, tmp_path_factory: pytest.TempPathFactory
) -> Seen:
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    folder = tmp_path_factory.mktemp("keyboard")
    book, saved = folder / "book.xlsx", folder / "saved.xlsx"
    book.write_bytes(example.data)
    asked = entries({key: entry["address"] for key, entry in inputs(example).items()})
    typed = keyboard({"book": book, "entries": asked, "pictures": PICTURES, "save": saved})
    return Seen(typed, check(saved.read_bytes(), saved.name, example.desk))


@pytest.mark.parametrize("name", ALERTS)
def test_bad_entry__is_answered_with_its_own_alert_and_dropped(seen: Seen, name: str) -> None:
    assert seen.told(name) == (ALERTS[name], None)


@pytest.mark.parametrize("name", ACCEPTED)
def test_good_entry__is_taken_without_a_word(seen: Seen, name: str) -> None:
    assert seen.told(name) == (None, ACCEPTED[name])


def test_key_in_a_locked_cell__is_refused_and_changes_nothing(seen: Seen) -> None:
    alert, held = seen.told("locked")
    assert alert is not None
    assert "Protected" in alert[-1]
    assert held == TITLE


def test_comparator_equals_typed__is_sent_to_the_list_for_libreoffice_takes_it_for_a_formula(seen: Seen) -> None:
    assert seen.told("comparator_equals_typed") == (COMPARATOR, None)


def test_comparator_equals_chosen__is_offered_and_is_text_here_and_at_the_centre(seen: Seen) -> None:
    assert seen.typed["comparator_equals_chosen"]["offered"] == ["≥", ">", "=", "<", "≤", "定性"]
    assert seen.told("comparator_equals_chosen") == (None, "=")
    assert seen.typed["comparator_equals_chosen"]["kind"] == "TEXT"
    assert seen.indicator(EQUAL_ROW).comparator == "="


def test_percent_typed_as_target__is_a_fraction_here_and_at_the_centre(seen: Seen) -> None:
    """The cell's own number format stays, or 90 typed later would turn into 90%; rules speak of the fraction."""
    assert seen.told("percent_target") == (None, 0.9)
    assert seen.typed["percent_target"]["shown"] == "0.9"
    indicator = seen.indicator(PERCENT_ROW)
    assert (indicator.comparator, indicator.target, indicator.unit) == (">", Decimal("0.9"), "%")


def test_amount_and_date_typed__are_read_at_the_centre(seen: Seen) -> None:
    assert seen.checked.declaration is not None
    values = seen.checked.declaration.sub_projects[0].values
    assert (values["total_fiscal"], values["start_date"]) == (Decimal("1234.56"), date(2022, 1, 1))


def test_every_entry__has_its_picture(seen: Seen) -> None:
    pictures = {path.stem for path in PICTURES.glob("*.png") if path.read_bytes().startswith(b"\x89PNG")}
    assert pictures == seen.typed.keys()
