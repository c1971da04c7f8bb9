"""自检: every row with something wrong is a line that names it, leads to its cell, and says what stands beside it."""

from typing import NamedTuple

import pytest

from tests.helpers import Issued, changed_in_sub, family, issued, parent, row, seen, single
from workbook_builder.form.laying_out import PROBLEM_LINES, SHEETS_LISTED, problem_lines

FIRST = {"alone": 10, "with_sub": 11, "twenty": 30}  # the row of the first problem: behind a line for each sheet


class Line(NamedTuple):
    """A line of the list."""

    sheet: str
    cell: str
    words: str


def lines(data: bytes, first: int) -> list[Line]:
    rows = seen(data, data_only=True)["自检"].iter_rows(
        min_row=first, max_row=first + PROBLEM_LINES - 1, values_only=True
    )
    return [Line(cells[0], cells[1], cells[3]) for cells in rows if cells[0]]


def hints(data: bytes, column: str = "I") -> list[tuple[str, int, str]]:
    """What stands beside the rows of all forms, in the order of the sheets."""
    found = []
    for sheet in seen(data, data_only=True).worksheets:
        if sheet.title not in ("自检", "子项目资金汇总", "选项", "meta"):
            letters = column if sheet.title not in ("填表说明", "情况说明") else "D"
            cells = ((cell.row, cell.value) for cell in sheet[letters][1:])
            found += [(sheet.title, number, text) for number, text in cells if str(text).startswith("【")]
    return found


def test_every_row_with_something_wrong__is_listed_with_its_cell_and_sentence(with_sub: Issued) -> None:
    data = with_sub.filled(changed_in_sub(annual_appropriation="1000000.00", annual_goal=None))
    listed, beside = lines(data, FIRST["with_sub"]), [one for one in hints(data) if one[2].startswith("【错误】")]
    assert [(line.sheet, line.words) for line in listed] == [(title, text) for title, _, text in beside]
    assert [int(line.cell.lstrip("ABCDEFG")) for line in listed] == [number for _, number, _ in beside]
    cells = {(line.sheet, line.cell): line.words for line in listed}
    assert cells["书记工作室", "E6"].startswith("【错误】年度资金申请总额")
    assert cells["书记工作室", "D11"] == "【错误】年度总目标：为必填项，请填写。"


def test_first_code_of_a_row__decides_to_which_cell_of_it_the_line_leads(alone: Issued) -> None:
    rows = [
        row("数量指标", "培训次数", "≥", "5", None), row("社会效益指标", "党建环境", "定性", "明显改善"),
        {**row("满意度指标", "满意", "≥", "90", "%"), "level2": "服务对象满意度指标"},
    ]  # fmt: skip
    listed = {line.cell: line.words for line in lines(alone.filled(single(indicators=rows)), FIRST["alone"])}
    assert "单位" in listed["G15"] or "单位" in listed["D15"]


def test_errors__come_first_in_the_list_and_on_a_row_and_reminders_follow_when_they_are_gone(alone: Issued) -> None:
    """Of reminders there may be more than the list holds: no error waits behind them."""
    many = [row("数量指标", f"培训{number}次数", ">=", "5", "次") for number in range(10)]
    rows = [
        *many,
        {**row("服务对象满意度指标", "满意率", "≥", "60", None)},
        row("社会效益指标", "环境", "定性", "明显改善"),
    ]
    listed = lines(alone.filled(single(indicators=rows, filler=None)), FIRST["alone"])
    assert {line.words[:4] for line in listed} == {"【错误】"}
    rows[10]["unit"] = "%"
    listed = lines(alone.filled(single(indicators=rows, filler=None)), FIRST["alone"])
    assert {line.words[:4] for line in listed} == {"【提醒】"}
    assert len(listed) > 10


HALF_FEN = {
    "total_fiscal": "2000000.005", "total_other": "2000000.005",
    "annual_appropriation": "100.005", "annual_carryover": "100.005", "annual_other": "100.005",
}  # fmt: skip


@pytest.mark.parametrize("key", HALF_FEN)
def test_amount_of_half_a_fen__is_wrong_itself_and_no_sum_is_said_to_differ_from_what_it_is(
    with_sub: Issued, key: str
) -> None:
    """Amounts are shown in fen: the sentence about a sum would find the very amount that it expects."""
    data = with_sub.filled(changed_in_sub(**{key: HALF_FEN[key]}))
    words = [line.words for line in lines(data, FIRST["with_sub"]) if line.sheet == "书记工作室"]
    assert any("最多两位小数" in sentence for sentence in words)
    assert not [text for _, _, text in hints(data) if "应等于" in text]


def test_nothing_wrong__lists_nothing(alone: Issued) -> None:
    assert lines(alone.filled(single()), FIRST["alone"]) == []


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issued(tmp_path_factory.mktemp("twenty") / "任务", parent(*(f"子项目甲{n}" for n in range(20))))


def test_more_problems_than_lines__are_cut_and_nothing_else(twenty: Issued) -> None:
    listed = lines(twenty.data, FIRST["twenty"])
    errors = [one for one in hints(twenty.data) if one[2].startswith("【错误】")]
    assert len(listed) == PROBLEM_LINES < len(errors)
    assert [(line.sheet, line.words) for line in listed] == [
        (title, words) for title, _, words in errors[:PROBLEM_LINES]
    ]


def test_links__lead_to_the_cell_on_sheets_of_any_name(with_sub: Issued) -> None:
    first = FIRST["with_sub"]
    formula = seen(with_sub.filled(family()))["自检"][f"D{first}"].value
    assert f'HYPERLINK("#\'"&SUBSTITUTE(A{first},"\'","\'\'")&"\'!"&B{first},LEFT(CHOOSE(' in formula


@pytest.mark.parametrize(
    ("sheets", "count"), [(1, PROBLEM_LINES), (SHEETS_LISTED, PROBLEM_LINES), (SHEETS_LISTED + 1, 1)]
)
def test_list__stands_where_its_formulas_stay_short(sheets: int, count: int) -> None:
    assert problem_lines(sheets) == count
