"""Sheet 批复 of 汇总.xlsx: what is entered is kept as it is meant, every mistake is told by its cell, nothing by half."""

import datetime
import shutil
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import change_roster, changed, is_chinese_sentence, saved, seen, single
from tests.loaded import opened
from tests.rounds import APPROVED_P1, NUMBER, Year, enter, reported
from workbook_builder.cells import Place, column_letters
from workbook_builder.centre.deciding import history
from workbook_builder.centre.report.approval_intake import Approvals
from workbook_builder.centre.report.write import apply_reviews
from workbook_builder.collection.folder import Collection
from workbook_builder.findings import Finding
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

FORM = "sh-performance-target"
SHEET = "批复"
ANNUAL, CARRYOVER, OTHER = "批复当年财政拨款（元）", "批复上年结转资金（元）", "批复年度其他资金（元）"
FISCAL = "批复财政资金（元）"


@pytest.fixture
def place(year: Year, tmp_path: Path) -> Collection:
    """A copy of the collection of 二上, with its approvals."""
    shutil.copytree(year.second.collection.folder, tmp_path / "二上")
    return Collection(tmp_path / "二上")


def taken(place: Collection) -> tuple[int, tuple[Finding, ...]]:
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        return Approvals(place, Desk(place), ledger).take(place.report.read_bytes(), place.report.name)


def versions(place: Collection) -> list[Approval]:
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        return ledger.approval_versions(FORM, 2022)


def latest(place: Collection, code: str) -> Approval:
    return [one for one in versions(place) if one.project_code == code][-1]


def test_what_was_entered__is_kept_with_its_sums_and_with_who_and_when(place: Collection) -> None:
    alone, family = (latest(place, code) for code in ("P1", "P2"))
    assert alone.amounts == {
        "P1": {
            "annual_funds": Decimal("900000.00"),
            "annual_appropriation": Decimal("500000.00"),
            "annual_carryover": Decimal("200000.00"),
            "annual_other": Decimal("200000.00"),
            "total_funds": Decimal("900000.00"),  # of one year: it follows the year's
            "total_fiscal": Decimal("700000.00"),
            "total_other": Decimal("200000.00"),
        }
    }
    assert (alone.document_number, alone.approved_on) == (NUMBER, datetime.date(2022, 2, 1))
    assert family.amounts["P2"]["annual_appropriation"] == Decimal("1500000.07")
    assert all(one.actor and one.recorded_at for one in versions(place))


def test_sums_that_nobody_computed__are_looked_up_among_the_cells_and_not_each_among_all(
    place: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Place] = []

    def address(cell: Place) -> str:
        asked.append(cell)
        return f"{column_letters(cell.column)}{cell.row}"

    monkeypatch.setattr(Place, "address", property(address))
    book = opened(place.report.read_bytes())
    place.report.write_bytes(saved(book))  # openpyxl keeps no values of formulas
    assert taken(place) == (0, ())
    lines = [row for row in book[SHEET].iter_rows(min_row=4, values_only=True) if any(row)]
    assert len(asked) <= sum(map(len, lines))


def test_sheet_that_nobody_touched_since__says_nothing_new(place: Collection) -> None:
    before = versions(place)
    assert reported(place).approvals == 0
    assert versions(place) == before


@pytest.mark.parametrize(("yuan", "more"), [(400000, {FISCAL: None}), (400000, {}), (600000, {})])
def test_changed_amount__is_another_version_with_its_total_and_the_last_one_counts(
    place: Collection, yuan: int, more: Mapping[str, Any]
) -> None:
    reported(place)  # draws the total that followed the year's first amounts
    enter(place, SHEET, "P1", {ANNUAL: yuan, **more})
    assert reported(place).approvals == 1
    first, second = (one.amounts["P1"] for one in versions(place) if one.project_code == "P1")
    assert [first["annual_funds"], second["annual_funds"]] == [Decimal(900000), Decimal(yuan + 400000)]
    assert (second["total_fiscal"], second["total_funds"]) == (Decimal(yuan + 200000), second["annual_funds"])


def test_emptied_line__takes_the_approval_back(place: Collection) -> None:
    emptied = dict.fromkeys((*APPROVED_P1, FISCAL, "批复其他资金（元）", "批复文号", "批复日期"))
    enter(place, SHEET, "P1", emptied)
    assert reported(place).approvals == 1
    assert latest(place, "P1").amounts == {}
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        assert set(ledger.approvals(FORM, 2022)) == {"P2"}


def test_total_that_covers_more_than_the_year__stays_as_declared_where_it_is_left_empty(
    year: Year, tmp_path: Path
) -> None:
    shutil.copytree(year.first.collection.folder, tmp_path / "一上")
    first = Collection(tmp_path / "一上")
    issued = year.first.out["P1"]
    path = first.folder / "收回" / "P1.xlsx"
    path.write_bytes(issued.filled({**_long(), "filler": "李四", "phone": "1"}))
    with closing(Ledger(sqlite_url(first.ledger))) as ledger:
        import_files(first, [path], ledger)
    reported(first)
    enter(first, SHEET, "P1", APPROVED_P1)
    assert reported(first).approvals == 1
    money = latest(first, "P1").amounts["P1"]
    assert (money["total_fiscal"], money["annual_funds"]) == (Decimal("3000000.00"), Decimal("900000.00"))


def _long() -> dict[str, Any]:
    return single(total_fiscal="3000000.00", end_date="2024-12-31", overall_goal="三年内覆盖全部党支部。")


def test_amount_typed_over_the_sum_of_empty_lines__is_a_mistake_and_not_lost(place: Collection) -> None:
    enter(place, SHEET, "P2", {"批复文号": None, "批复日期": None, ANNUAL: 500000})
    for code in ("P2-1", "P2-2"):
        enter(place, SHEET, code, dict.fromkeys((ANNUAL, CARRYOVER, OTHER, FISCAL, "批复其他资金（元）")))
    before = versions(place)
    kept, findings = taken(place)
    assert (kept, [one.rule for one in findings]) == (0, ["approval.sub_sum"])
    assert versions(place) == before


MISTAKES: list[tuple[str, Mapping[str, Any], str, str]] = [
    ("P1", {ANNUAL: "20万"}, "approval.amount_invalid", "请改填 200000"),
    ("P1", {ANNUAL: -1}, "approval.amount_invalid", "不小于 0"),
    ("P1", {ANNUAL: 1.005}, "approval.amount_invalid", "最多两位小数"),
    ("P1", {OTHER: None}, "approval.amount_missing", "申报数是 200000.00 元；批复没有这项资金的，请填 0"),
    ("P1", {ANNUAL: 900000, FISCAL: 700001}, "approval.exceeds_total", "不小于年度批复 1100000.00 元"),
    ("P1", {"批复日期": "下个月"}, "approval.date_invalid", "日期"),
    ("P2-1", {ANNUAL: None}, "approval.amount_missing", "申报数是 800000.00 元"),
    ("P2", {ANNUAL: 999}, "approval.sub_sum", "各子项目之和 1400000.07 元"),
    ("P2-1", {"项目编码": "P2-2"}, "approval.twice", "请只留一行"),
    ("P2-1", {"项目编码": "X9"}, "approval.project_unknown", "请核对项目编码"),
    ("P2-1", {"项目编码": "X9"}, "approval.line_missing", "P2-1"),
    ("P1", {ANNUAL: "=1/0"}, "approval.formula_without_value", "没有算出的值"),
]


@pytest.mark.parametrize(("code", "values", "rule", "words"), MISTAKES)
def test_mistake__is_told_by_its_cell_and_nothing_is_kept(
    place: Collection, code: str, values: Mapping[str, Any], rule: str, words: str
) -> None:
    before, data = versions(place), place.report.read_bytes()
    enter(place, SHEET, "P2-2", {ANNUAL: 700000})  # right, but on the same sheet
    enter(place, SHEET, code, values)
    kept, findings = taken(place)
    found = [one for one in findings if one.rule == rule]
    assert (kept, versions(place)) == (0, before)
    assert found, findings
    assert (found[0].sheet, bool(found[0].cell)) == (SHEET, True)
    assert words in found[0].message
    assert is_chinese_sentence(found[0].message)
    assert data != place.report.read_bytes()


def test_file_that_others_have_gone_past__takes_nothing_back_and_is_told_where_it_says_otherwise(
    place: Collection,
) -> None:
    old = place.report.read_bytes()
    enter(place, SHEET, "P1", {ANNUAL: 450000})
    assert reported(place).approvals == 1
    place.report.write_bytes(old)
    assert taken(place) == (0, ())
    enter(place, SHEET, "P1", {ANNUAL: 420000})
    kept, (found,) = taken(place)
    assert (kept, found.rule) == (0, "approval.conflict")


def test_mistake_on_one_of_the_sheets__leaves_the_file_as_it_is(place: Collection) -> None:
    enter(place, SHEET, "P1", {ANNUAL: "二十万"})
    data = place.report.read_bytes()
    done = reported(place)
    assert (done.file, done.exit_code, done.approvals) == (None, 1, 0)
    assert place.report.read_bytes() == data
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        assert apply_reviews(place, ledger).findings == done.findings


def test_report_of_an_earlier_version__has_no_such_sheet_and_is_taken_as_before(place: Collection) -> None:
    book = opened(place.report.read_bytes())
    del book[SHEET]
    place.report.write_bytes(saved(book))
    assert taken(place) == (0, ())


def test_only_what_is_entered__is_unlocked_and_sums_are_formulas(year: Year) -> None:
    page = seen(year.second.collection.report.read_bytes())[SHEET]
    headers = {cell.column_letter: "".join(str(cell.value).split()) for cell in page[3]}
    free: dict[str, set[str]] = {}
    for row in page.iter_rows(min_row=4):
        code = row[1].value or ""
        free[code] = {headers[cell.column_letter] for cell in row if not cell.protection.locked}
    entered = {ANNUAL, CARRYOVER, OTHER, FISCAL, "批复其他资金（元）"}
    document = {"批复文号", "批复日期"}
    assert free == {"": set(), "P1": entered | document, "P2": document, "P2-1": entered, "P2-2": entered}
    assert page.protection.sheet
    assert str(page["I6"].value).startswith("=IF(COUNT(I7:I8)")


def test_typed_over_in_another_program__keeps_lines_that_were_not_changed(place: Collection) -> None:
    place.report.write_bytes(changed(place.report.read_bytes(), {(SHEET, "Z99"): "备注"}))
    assert taken(place) == (0, ())


def test_history_of_a_project__tells_what_was_approved_and_taken_back(place: Collection) -> None:
    enter(place, SHEET, "P1", dict.fromkeys((*APPROVED_P1, FISCAL, "批复其他资金（元）", "批复文号", "批复日期")))
    assert reported(place).approvals == 1
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        told = [event.words for event in history(place, ledger, "P1") if event.kind == "approval"]
    assert told == [f"批复：年度资金 900000.00 元，{NUMBER}", "收回批复"]


@pytest.mark.parametrize("gone", ["P1", "P2"])
def test_project_that_left_the_roster_after_the_sheet_was_drawn__hinders_no_report(
    place: Collection, gone: str
) -> None:
    reported(place)  # with what was approved of both
    left = [one for one in Desk(place).roster.projects if one.project_code != gone]
    change_roster(place, *left, round_name="二上")
    done = reported(place)
    assert (done.findings, done.file) == ((), place.report)
    assert latest(place, gone).amounts


def test_amount_typed_for_a_project_that_left_the_roster__is_told_and_kept_in_the_file(place: Collection) -> None:
    reported(place)
    change_roster(place, *(one for one in Desk(place).roster.projects if one.project_code == "P1"), round_name="二上")
    enter(place, SHEET, "P2-1", {OTHER: 1})
    (finding,) = reported(place).findings
    assert (finding.rule, finding.value) == ("approval.project_unknown", "P2-1")
