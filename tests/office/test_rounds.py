"""The workbooks of 二上, 批复 and 调整 in LibreOffice and before the Open XML SDK."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.office.excel_limits import limit_problems
from tests.office.programs import Job, Result, SdkProblem
from tests.office.unit import BANNER
from tests.rounds import Year

pytestmark = pytest.mark.slow

Office = Callable[[Sequence[Job]], list[Result]]
SdkProblems = Callable[[Path], list[SdkProblem]]
SUB = "01 书记工作室"
AMOUNTS = ("申报表!C6", "申报表!E6", "申报表!E7", f"{SUB}!E6", f"{SUB}!E7")


def test_approved_workbook__shows_approved_sums_and_no_cell_can_be_edited(
    office: Office, year: Year, tmp_path: Path
) -> None:
    issued = year.approved.out["P2"]
    again = tmp_path / "另存.xlsx"
    (shown,) = office([{"book": issued.path, "read": [*AMOUNTS, f"{SUB}!H7"], "unlocked": True, "save": [again]}])
    values = shown["values"]
    assert [values[cell] for cell in AMOUNTS] == [2300000.07, 2300000.07, 1500000.07, 1100000.07, 700000.07]
    assert values[f"{SUB}!H7"] == "申报 财政资金 1,000,000.00\n申报 当年财政拨款 800,000.00"
    assert {sheet: cells for sheet, cells in shown["unlocked"].items() if cells} == {}
    refused = issued.desk.open(again.read_bytes(), again.name)
    assert [finding.rule for finding in refused.findings] == ["collection.decided"]  # type: ignore[union-attr]


def test_second_round__warns_of_the_ceiling_at_once_and_passes_when_the_amount_is_cut(
    office: Office, year: Year
) -> None:
    issued = year.second.out["P1"]
    person: dict[str, float | str | None] = {"填表说明!B9": "张三", "填表说明!B10": "1"}
    jobs: list[Job] = [
        {"book": issued.path, "set": person, "read": [BANNER, "申报表!I7"]},
        {"book": issued.path, "set": {**person, "申报表!E7": 600000, "申报表!C7": 800000}, "read": [BANNER]},
    ]
    above, cut = office(jobs)
    assert above["values"][BANNER] == "尚有 1 项未通过"
    assert "应不超过预算控制数 700,000.00 元" in str(above["values"]["申报表!I7"])
    assert str(cut["values"][BANNER]).startswith("可以上报")


@pytest.mark.parametrize("code", ["P1", "P2"])
def test_workbooks_of_the_rounds__are_valid(sdk_problems: SdkProblems, year: Year, code: str) -> None:
    for place in (year.second, year.approved, year.adjusted):
        path = place.out[code].path
        assert (sdk_problems(path), limit_problems(path.read_bytes())) == ([], [])


def test_report_with_the_sheet_of_approvals__is_valid_and_its_sums_live(
    sdk_problems: SdkProblems, office: Office, year: Year
) -> None:
    path = year.second.collection.report
    assert sdk_problems(path) == []
    sums = ["批复!F4", "批复!G4", "批复!F6", "批复!G6"]
    as_written, changed = office([{"book": path, "read": sums}, {"book": path, "set": {"批复!I7": 0}, "read": sums}])
    assert [as_written["values"][cell] for cell in sums] == [3200000.07, -199999.93, 2300000.07, -99999.93]
    assert [changed["values"][cell] for cell in sums] == [2500000, -900000, 1600000, -800000]
