"""What people type for an indicator's symbol, value and unit."""

from decimal import Decimal

import pytest

from tests.values.rows import cell, formula, only, percent, row, values
from workbook_builder.cells import Cell
from workbook_builder.values.indicators import IndicatorValues, indicator
from workbook_builder.values.normalised import shown


def test_indicator_as_the_form_asks__is_kept_without_a_problem() -> None:
    read = row("≥", Decimal(90), "%", "“七一”系列活动\n参与率 ")
    assert read == IndicatorValues("“七一”系列活动\n参与率", "≥", Decimal(90), "%")
    assert row(None, None) == IndicatorValues(None, None, None, None)
    assert row("定性", "明显 提高", None) == IndicatorValues(None, "定性", "明显 提高", None)


# targets


@pytest.mark.parametrize(
    ("target", "unit", "value", "expected"),
    [
        ("90", None, "90", "90"),
        (" ９０ ", "%", "90", "90"),
        ("1,200", "人", "1200", "1200"),
        ("90%", None, "90", "90 %"),
        ("90%", "％", "90", "90 %"),
        ("９０．５％", None, "90.5", "90.5 %"),
        ("90 %", "%", "90", "90 %"),
        (percent("0.9"), None, "90", "90 %"),
        (percent("0.90000000000000002"), "%", "90", "90 %"),
        (percent("0.905"), "%", "90.5", "90.5 %"),
        (percent("0.29"), "%", "29", "29 %"),
        (percent("1"), None, "100", "100 %"),
        (formula("90%"), None, "90", "90 %"),
        (formula("9/10", is_percent=True), None, "90", "90 %"),
        (formula("5+3"), "次", "8", "8"),
        ("百分之九十", None, "90", "90 %"),
        ("百分之九十点五", "%", "90.5", "90.5 %"),
        ("百分之90", None, "90", "90 %"),
        ("百分之百", None, "100", "100 %"),
        ("五", "次", "5", "5"),
        ("十二", "次", "12", "12"),
        ("一百二十", "人", "120", "120"),
        ("两次", None, "2", "2 次"),
        ("5次", None, "5", "5 次"),
        ("5 次", "次", "5", "5 次"),
        ("22.6万元", "万元", "22.6", "22.6 万元"),
        ("300元/人", None, "300", "300 元/人"),
    ],
)
def test_target_however_typed__is_a_number_and_unit_with_a_warning(
    target: str | Cell, unit: str | None, value: str, expected: str
) -> None:
    read = row("≥", target, unit)
    assert (read.comparator, read.failed) == ("≥", frozenset())
    assert str(read.target) == value
    assert read.unit == (expected.partition(" ")[2] or unit)
    problem = only(read)
    assert (problem.rule, problem.column) == ("indicator.target_normalised", "target")
    assert (problem.value, problem.expected) == (shown(cell(target)), expected)
    assert f"已读作 {expected}。" in problem.sentence


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("≥90%", ("≥", "90", "%")),
        (">=5次", ("≥", "5", "次")),
        ("＞＝ 5 次", ("≥", "5", "次")),
        ("90%以上", ("≥", "90", "%")),
        ("90%及以上", ("≥", "90", "%")),
        ("≥90%以上", ("≥", "90", "%")),
        ("不少于3场", ("≥", "3", "场")),
        ("不少于三场", ("≥", "3", "场")),
        ("控制在5%以内", ("≤", "5", "%")),
        ("3天内", ("≤", "3", "天")),
        ("不超过22.6万元", ("≤", "22.6", "万元")),
        ("》90%", (">", "90", "%")),
        ("＝100％", ("=", "100", "%")),
        ("至少百分之九十", ("≥", "90", "%")),
    ],
)
@pytest.mark.parametrize("column", ["comparator", "target", "unit"])
def test_whole_value_in_one_cell__is_split_with_one_warning(
    whole: str, parts: tuple[str, str, str], column: str
) -> None:
    symbol, number, unit = parts
    for agreeing in (False, True):
        cells: dict[str, str | Decimal | None] = dict.fromkeys(("comparator", "target", "unit"))
        if agreeing:
            cells = {"comparator": symbol, "target": Decimal(number), "unit": unit}
        cells[column] = whole
        read = indicator(cell("活动"), *(cell(content) for content in cells.values()))
        assert (values(read), read.failed) == ((symbol, Decimal(number), unit), frozenset())
        problem = only(read)
        assert (problem.rule, problem.column, problem.value) == ("indicator.target_normalised", column, whole)
        assert problem.expected == " ".join(parts)


@pytest.mark.parametrize(
    ("cells", "failed"),
    [
        (("≤", "≥90%", None), {"comparator", "target"}),
        (("≥90%", Decimal(80), "%"), {"target"}),
        (("≥90%", "≤90%", None), {"comparator", "target"}),
        (("≥", "90%", "次"), {"target", "unit"}),
        (("≥", "5次", "场"), {"target", "unit"}),
        (("≥", "百分之九十", "人"), {"target", "unit"}),
        ((None, "≤90%以上", None), {"comparator", "target"}),
    ],
)
def test_cells_that_contradict__are_one_error_that_asks(
    cells: tuple[str | None, str | Decimal | Cell, str | None], failed: set[str]
) -> None:
    read = row(*cells)
    assert read.failed == failed
    assert (read.target, only(read).rule, only(read).expected) == (None, "indicator.target_invalid", None)
    assert "不一致" in only(read).sentence


@pytest.mark.parametrize(
    ("target", "unit", "proposal"),
    [("5次", None, "≥ 5 次"), ("5次", "次", "≥ 5 次"), (" 5 次", None, "≥ 5 次"), ("20天", None, "≥ 20 天")],
)
def test_quantity_without_comparator__is_an_error_that_proposes_one(
    target: str, unit: str | None, proposal: str
) -> None:
    read = row(None, target, unit)
    assert (read.target, read.failed) == (None, frozenset({"target"}))
    assert (only(read).rule, only(read).expected) == ("indicator.target_invalid", proposal)
    assert proposal in only(read).sentence


@pytest.mark.parametrize("target", ["90%", percent("0.9"), "９０％"])
def test_share_without_comparator__is_normalised_and_still_lacks_one(target: str | Cell) -> None:
    read = row(None, target)
    assert (values(read), only(read).rule) == ((None, Decimal(90), "%"), "indicator.target_normalised")


@pytest.mark.parametrize(
    ("target", "proposal"),
    [
        ("5万人", "50000 人"),
        ("5万", "50000"),
        ("1.2亿", "120000000"),
        ("≥5万人次", "≥ 50000 人次"),
        ("五万人", "50000 人"),
    ],
)
def test_target_with_wan__is_an_error_that_proposes_the_number(target: str, proposal: str) -> None:
    read = row("≥", target)
    assert (read.target, read.failed) == (None, frozenset({"target"}))
    assert (only(read).rule, only(read).expected) == ("indicator.target_invalid", proposal)
    assert f"请改填 {proposal}，" in only(read).sentence


@pytest.mark.parametrize(
    ("comparator", "target", "advice"),
    [
        ("≥", "明显", "请改填数字。"),
        ("≤", "2022年12月", "请改填数字。"),
        ("≥", "1.2.3", "请改填数字。"),
        ("≥", "90 95", "请改填数字。"),
        ("≥", "9" * 400, "请改填数字。"),
        (None, "1.2.3", "请改填数字。"),
        (None, "9O%", "请改填数字。"),
        (None, "90-95", "请改填数字。"),
        (None, "/", "请改填数字。"),
        (None, "约5次", "说不清是下限还是上限"),
        (None, "90%左右", "说不清是下限还是上限"),
        ("≥", Decimal(-1), "不小于 0"),
        ("≥", "-1", "不小于 0"),
        (None, "≥-1%", "不小于 0"),
        ("≥", Decimal("Infinity"), "超出"),
        ("≥", Decimal("1E+400"), "超出"),
        ("≥", Cell(True, "boolean"), "应为数字"),
        ("≥", Cell("#DIV/0!", "error"), "应为数字"),
        ("定性", Decimal(5), "应为文字"),
        ("定性", "90", "应为文字"),
        ("定性", "90%", "应为文字"),
        ("定性", "≥90%", "应为文字"),
        ("定性", "９０", "应为文字"),
        ("定性", percent("0.9"), "应为文字"),
    ],
)
def test_target_that_does_not_fit_its_comparator__is_an_error(
    comparator: str | None, target: str | Decimal | Cell, advice: str
) -> None:
    read = row(comparator, target)
    assert (read.target, read.failed) == (None, frozenset({"target"}))
    assert comparator in (None, read.comparator)
    assert (only(read).rule, only(read).column) == ("indicator.target_invalid", "target")
    assert advice in only(read).sentence


@pytest.mark.parametrize(
    "target", ["5次", "约5次", "≥5次", "2022年12月", "1.2.3。", "三级", "九十", "百分之九十", "大于90"]
)
def test_qualitative_target_with_figures_in_it__is_text(target: str) -> None:
    assert row("定性", target) == IndicatorValues(None, "定性", target, None)


@pytest.mark.parametrize("piece", ["百分之", "不少于", "以上", "五", "5十", "-", "1,", "约"])
def test_cell_full_of_one_piece__is_refused_like_any_other(piece: str) -> None:
    full = piece * (32_767 // len(piece))
    assert row("≥", full).failed == {"target"}
    assert row(full, Decimal(5)).failed == {"comparator"}


# what the unit's workbook cannot see is no error


@pytest.mark.parametrize(
    "target",
    ["九十", "百分之九十", "三场", "约三场", "大于90", "不少于5万人", "3年", "2022-06月", "—", "①", "～5", "\u200e90%"],
)
def test_text_that_may_be_a_number_without_comparator__is_read_as_qualitative(target: str) -> None:
    read = row(None, target, name="活动")
    assert (read.comparator, read.failed) == ("定性", frozenset())
    assert [problem.rule for problem in read.problems if problem.column == "comparator"] == [
        "indicator.comparator_assumed"
    ]
    assert row("定性", read.target, name="活动").problems == ()


@pytest.mark.parametrize(
    ("unit", "kept"), [("≤6次", "≤6次"), ("≥90", "≥90"), ("≥5万次", "≥5万次"), ("五次以上", "五次以上")]
)
def test_whole_value_in_the_unit_of_a_row_that_says_otherwise__stays_a_unit(unit: str, kept: str) -> None:
    assert row("≥", Decimal(90), unit) == IndicatorValues(None, "≥", Decimal(90), kept)


def test_whole_value_in_the_unit_of_an_unused_row__stays_a_unit() -> None:
    assert row(None, None, "≥5次") == IndicatorValues(None, None, None, "≥5次")
    assert values(row(None, None, "≥5次", name="活动")) == ("≥", Decimal(5), "次")


def test_share_in_a_number_cell_beside_another_unit__is_a_share_with_a_warning() -> None:
    read = row("≥", percent("0.9"), "次")
    assert (values(read), read.failed) == (("≥", Decimal(90), "%"), frozenset())
    assert (only(read).rule, only(read).value, only(read).expected) == ("indicator.target_normalised", "90%", "90 %")


def test_share_that_no_cell_could_hold_as_a_number__stays_as_it_is() -> None:
    assert row("≥", percent("1E+308")).target == Decimal("1E+308")


def test_markup_around_a_number_beside_qualitative__leaves_its_letters() -> None:
    read = row("定性", "<p>90</p>")
    assert (read.target, only(read).rule) == ("p90/p", "text.markup")
    assert row("定性", read.target).problems == ()


# one cause, one problem


@pytest.mark.parametrize("column", ["name", "comparator", "target", "unit"])
@pytest.mark.parametrize("refused", [formula("A1"), formula("SUM(1,2)"), formula("")])
def test_formula__is_refused_in_its_own_column(column: str, refused: Cell) -> None:
    cells = {"name": cell("次数"), "comparator": cell("≥"), "target": cell(Decimal(5)), "unit": cell("次")}
    read = indicator(*(cells | {column: refused}).values())
    assert (only(read).rule, only(read).column, read.failed) == (
        "structure.formula_in_input",
        column,
        frozenset({column}),
    )
    kept = {"name": "次数", "comparator": "≥", "target": Decimal(5), "unit": "次"} | {column: None}
    assert (read.name, *values(read)) == tuple(kept.values())


def test_refused_target__leaves_the_unit_as_it_is() -> None:
    read = row("≥", formula("A1"), "5次")
    assert (values(read), only(read).rule) == (("≥", None, "5次"), "structure.formula_in_input")


def test_two_causes_in_one_row__are_two_problems() -> None:
    assert [problem.rule for problem in row(">=", "90%").problems] == [
        "indicator.comparator_normalised",
        "indicator.target_normalised",
    ]


# names and units


def test_name_and_unit_with_markup__are_stripped_with_a_warning_each() -> None:
    read = row("≥", Decimal(5), "<p>人 次</p>", "<p>活动次 数</p>")
    assert (read.name, read.unit) == ("活动次 数", "人次")
    assert [problem.rule for problem in read.problems] == ["text.markup", "text.markup"]
    assert [problem.column for problem in read.problems] == ["name", "unit"]


def test_unit__has_no_white_space_and_a_plain_percent_sign() -> None:
    assert row("≥", Decimal(5), " 人\n次 ").unit == "人次"
    assert row("≥", Decimal(5), " ％") == IndicatorValues(None, "≥", Decimal(5), "%")
