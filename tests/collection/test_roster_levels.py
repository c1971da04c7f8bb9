"""Sheet 规则 of 名册.xlsx: every rule with its level, raised, lowered or switched off; what cannot be is named."""

import io
from collections.abc import Iterable
from typing import Any

import openpyxl
import pytest

from tests.helpers import is_chinese_sentence, packaged, project, saved
from tests.loaded import opened
from workbook_builder.collection.roster import Roster, Settings, Unit, offered_by
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue

CATALOGUE = packaged_catalogue()
OFFERED = offered_by(packaged().form, CATALOGUE)
EXAMPLE = Roster(Settings(2022, "一上"), (Unit("U1", "某中心"),), (project(),))


def data(roster: Roster = EXAMPLE) -> bytes:
    return new_roster(2022, OFFERED, roster)


def lines(page: Any) -> dict[str, int]:
    """The row of each rule id."""
    return {page.cell(row, 1).value: row for row in range(4, page.max_row + 1) if page.cell(row, 1).value}


def read_with(*changes: tuple[str, int, object], added: Iterable[object] = ()) -> tuple[Roster, list[Finding]]:
    """The roster with cells of sheet 规则 changed, by rule id and column, and a row added."""
    book = opened(data())
    page = book["规则"]
    rows = lines(page)
    for rule_id, column, value in changes:
        page.cell(rows[rule_id], column).value = value
    for column, value in enumerate(added, start=1):
        page.cell(max(rows.values()) + 1, column).value = value
    return read_roster(saved(book), "名册.xlsx", OFFERED)


def test_new_roster__lists_every_rule_that_can_concern_the_form_with_its_level() -> None:
    page = openpyxl.load_workbook(io.BytesIO(data()))["规则"]
    rows = lines(page)
    form_has_no_cell_for = {"date.goal_years", "weight.invalid", "weight.positive", "weight.total"}
    assert set(rows) == {rule.id for rule in CATALOGUE.rules} - form_has_no_cell_for
    shown = {rule_id: [page.cell(row, column).value for column in (4, 5)] for rule_id, row in rows.items()}
    assert shown["funds.annual_sum"] == ["错误", "可以调整"]
    assert shown["goal.length"] == ["提醒", "可以调整"]
    assert shown["indicator.no_cost"] == ["关闭", "可以调整"]
    assert shown["amount.invalid"] == ["错误", "固定"]
    assert shown["structure.label_changed"] == ["错误", "固定"]
    assert page.cell(rows["funds.sub_sum.total_other"], 2).value == "其他资金与子项目之和不符"
    assert "{" not in "".join(str(cell.value) for line in page.iter_rows() for cell in line)


def test_levels_as_issued__change_nothing() -> None:
    roster, findings = read_with()
    assert (roster.levels, findings) == ({}, [])


def test_rule_raised_lowered_switched_on_and_off__is_read_and_written_again() -> None:
    levels = {
        "goal.length": "error",
        "funds.annual_exceeds_total": "warning",
        "indicator.no_cost": "warning",
        "indicator.vague": "off",
    }
    words = {"error": "错误", "warning": "提醒", "off": "关闭"}
    roster, findings = read_with(*((rule_id, 4, words[level]) for rule_id, level in levels.items()))
    assert (roster.levels, findings) == (levels, [])
    assert read_roster(data(roster), "名册.xlsx", OFFERED) == (roster, [])


@pytest.mark.parametrize(
    ("change", "rule", "column"),
    [
        (("amount.invalid", 4, "关闭"), "roster.level_fixed", "D"),
        (("structure.label_changed", 4, "提醒"), "roster.level_fixed", "D"),
        (("goal.length", 4, "警告"), "roster.level_invalid", "D"),
        (("goal.length", 1, "goal.lenght"), "roster.rule_unknown", "A"),
        (("goal.length", 1, None), "roster.rule_unknown", "A"),
    ],
)
def test_level_that_cannot_be__is_named_by_its_cell(change: tuple[str, int, object], rule: str, column: str) -> None:
    row = lines(opened(data())["规则"])[change[0]]
    roster, (finding,) = read_with(change)
    assert (finding.rule, finding.severity, finding.sheet, finding.cell) == (rule, "error", "规则", f"{column}{row}")
    assert is_chinese_sentence(finding.message)
    assert roster.levels == {}


def test_rule_listed_twice__is_named_with_its_first_row() -> None:
    first = lines(opened(data())["规则"])["goal.length"]
    roster, (finding,) = read_with(("goal.length", 4, "错误"), added=("goal.length", None, None, "关闭", None))
    assert finding.rule == "roster.rule_twice"
    assert f"A{first}" in finding.message
    assert roster.levels == {"goal.length": "error"}


def test_level_left_empty_or_row_deleted__is_the_catalogues() -> None:
    book = opened(data())
    page = book["规则"]
    page.cell(lines(page)["goal.length"], 4).value = None
    page.delete_rows(lines(page)["indicator.vague"])
    roster, findings = read_roster(saved(book), "名册.xlsx", OFFERED)
    assert (roster.levels, findings) == ({}, [])


def test_roster_without_the_sheet__has_the_catalogues_levels() -> None:
    book = opened(data())
    del book["规则"]
    roster, findings = read_roster(saved(book), "名册.xlsx", OFFERED)
    assert (roster.levels, findings) == ({}, [])
