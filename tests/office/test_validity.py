"""Every workbook that goes out or comes from `fill` is one that Excel opens without a word."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.helpers import Issued, family, issued, project, single
from tests.office.excel_limits import limit_problems
from tests.office.programs import SdkProblem
from workbook_builder.cli.demo import Demo
from workbook_builder.resources import packaged_template

SdkProblems = Callable[[Path], list[SdkProblem]]
LONG = "字" * 1000


@pytest.fixture
def assert_valid(sdk_problems: SdkProblems, tmp_path: Path) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        path = tmp_path / "表.xlsx"
        path.write_bytes(data)
        assert (sdk_problems(path), limit_problems(data)) == ([], [])

    return check


AssertValid = Callable[[bytes], None]


def test_packaged_template__is_valid(assert_valid: AssertValid) -> None:
    assert_valid(packaged_template())


def test_new_roster__is_valid(assert_valid: AssertValid, shown: Demo) -> None:
    assert_valid(shown.collection.roster.read_bytes())


def test_example__is_valid_issued_and_filled(assert_valid: AssertValid, shown: Demo) -> None:
    assert_valid(shown.issued.read_bytes())
    assert_valid(shown.filled.read_bytes())


def test_workbook_without_sub_projects__is_valid_issued_and_filled_with_the_longest_texts(
    assert_valid: AssertValid, alone: Issued
) -> None:
    assert_valid(alone.data)
    narrative = dict.fromkeys(("overview", "legal_basis", "plan", "period"), LONG + "二" * 200)
    assert_valid(alone.filled(single(annual_goal=LONG, overall_goal=LONG, narrative=narrative)))


def test_texts_that_xml_and_formulas_trip_over__leave_the_workbook_valid(
    assert_valid: AssertValid, alone: Issued
) -> None:
    trap = '=1+1 <p>&amp;</p> ]]> "引号" \x07 _x000D_ \r\n 末' + "😀"
    narrative = dict.fromkeys(("overview", "plan"), trap)
    assert_valid(alone.filled(single(annual_goal=trap * 3, filler=trap[:30], narrative=narrative)))


def test_text_as_long_as_a_cell_holds__leaves_the_workbook_valid(assert_valid: AssertValid, alone: Issued) -> None:
    assert_valid(alone.filled(single(annual_goal="字\n" * 16383)))


def test_twenty_sub_projects_with_odd_names_and_more_rows__are_valid_issued_and_filled(
    assert_valid: AssertValid, twenty: Issued
) -> None:
    assert_valid(twenty.data)
    assert_valid(twenty.filled(family(subs=20)))


def test_more_rows_than_formualizer_takes_operators_in_one_formula__are_valid_and_still_self_checking(
    assert_valid: AssertValid, tmp_path: Path
) -> None:
    made = issued(tmp_path / "任务", project(rows={"数量指标": 100, "质量指标": 100, "时效指标": 100}))
    assert_valid(made.data)
    filled = load_workbook(io.BytesIO(made.filled(single())), data_only=True)
    assert filled["自检"]["A2"].value == "可以上报"
