"""Fillings by name with the rules they break, and for each rule one that comes near it and keeps it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.helpers import GOAL, changed_in_sub, family, row, single

OUTPUT = row("数量指标", "培训次数", "≥", "5", "次")
BENEFIT = row("社会效益指标", "党建环境", "定性", "明显改善")
RATE = row("质量指标", "覆盖率", "≥", "90", "%")
CONTENT = row("服务对象满意度指标", "群众满意度", "≥", "90", "%")
ALL_OTHER = {"total_fiscal": "0", "annual_appropriation": "0", "annual_carryover": "0"}
NOTHING = {**ALL_OTHER, "total_other": "0", "annual_other": "0"}
LESS_THIS_YEAR = {"annual_appropriation": "700000.00"}


class Case(NamedTuple):
    """A filling and the rules that it breaks."""

    entry: Mapping[str, Any]
    expected: tuple[str, ...] = ()


def indicators(*rows: Mapping[str, Any]) -> dict[str, Any]:
    """A project with these indicators and, unless they have one, the satisfaction that each should have."""
    is_whole = any(found["level2"] == CONTENT["level2"] for found in rows)
    return single(indicators=[*rows, *([] if is_whole else [CONTENT])])


ROOT_CASES = {
    "all in order": Case(single()),
    "a department of one letter": Case(single(department="局")),
    "category with spaces around it": Case(single(project_category=" 经常性项目 ")),
    "the last day of February": Case(single(end_date="2022-02-28")),
    "amount of two decimals": Case(single(total_fiscal="1000000.01", annual_appropriation="800000.01")),
    "percent without a space": Case(indicators(OUTPUT, BENEFIT, {**RATE, "unit": "%"})),
    "rate as quality": Case(indicators(OUTPUT, BENEFIT, RATE)),
    "one output of quality": Case(indicators(RATE, BENEFIT)),
    "one benefit to the economy": Case(indicators(OUTPUT, row("经济效益指标", "带动消费", "≥", "5", "万元"))),
    "word with a number after 定性": Case(indicators(OUTPUT, {**BENEFIT, "target": "90分以上，明显改善"})),
    "department of blanks": Case(single(department="  "), ("text.required",)),
    "no category": Case(single(project_category=None), ("text.required",)),
    "no implementing unit": Case(single(implementing_unit=None), ("text.required",)),
    "no goal": Case(single(annual_goal=None), ("text.required",)),
    "no filler": Case(single(filler=None), ("text.filler_missing",)),
    "no phone": Case(single(phone=None), ("text.filler_missing",)),
    "no narrative": Case(single(narrative={}), ("narrative.missing",)),
    "narrative of its last section alone": Case(single(narrative={"performance_goals": "全年培训 5 次。"})),
    "no overall goal over two years": Case(single(end_date="2023-01-01", **LESS_THIS_YEAR), ("goal.overall_missing",)),
    "overall goal over two years": Case(single(end_date="2023-01-01", overall_goal="三年内覆盖", **LESS_THIS_YEAR)),
    "goal of 19": Case(single(annual_goal=GOAL[:19]), ("goal.length",)),
    "goal of 20": Case(single(annual_goal=GOAL[:20])),
    "goal of 1000": Case(single(annual_goal="提升" * 500)),
    "goal of 1001": Case(single(annual_goal="提升" * 500 + "字"), ("goal.length",)),
    "category not in the list": Case(single(project_category="经常性"), ("choice.unknown",)),
    "no start": Case(single(start_date=None), ("date.required",)),
    "no end": Case(single(end_date=None), ("date.required",)),
    "no such day": Case(single(end_date="2022-02-30"), ("date.invalid",)),
    "end before start": Case(single(start_date="2022-06-02", end_date="2022-06-01"), ("date.order",)),
    "a single day": Case(single(start_date="2022-06-01", end_date="2022-06-01")),
    "the year before": Case(single(start_date="2021-01-01", end_date="2021-12-31"), ("date.outside_year",)),
    "the year after": Case(single(start_date="2023-01-01", end_date="2023-12-31"), ("date.outside_year",)),
    "first day in the year": Case(single(start_date="2021-12-31", end_date="2022-01-01", overall_goal="两年")),
    "amount in 万": Case(single(total_fiscal="2000万"), ("amount.invalid",)),
    "negative amount": Case(single(annual_other="-0.01"), ("amount.invalid",)),
    "three decimals": Case(single(total_fiscal="1000000.001"), ("amount.invalid",)),
    "amount as text": Case(single(total_fiscal="1,000,000.00"), ("amount.normalised",)),
    "no money": Case(single(**NOTHING), ("amount.zero",)),
    "no amounts at all": Case(single(**dict.fromkeys(NOTHING)), ("amount.zero",)),
    "year within the total": Case(single(**LESS_THIS_YEAR), ("funds.single_year",)),
    "fiscal of the year a fen above": Case(
        single(annual_appropriation="800000.01", total_other="200000.01"), ("funds.annual_fiscal_exceeds_total",)
    ),
    "fiscal of the year a fen below": Case(
        single(
            annual_appropriation="799999.99",
            total_other="199999.99",
            annual_other="199999.99",
            total_fiscal="999999.99",
        )
    ),
    "other of the year a fen above": Case(
        single(annual_other="200000.01", total_fiscal="1000000.01"), ("funds.annual_other_exceeds_total",)
    ),
    "year above total": Case(
        single(annual_other="200000.01"), ("funds.annual_exceeds_total", "funds.annual_other_exceeds_total")
    ),
    "999.99 yuan": Case(single(**ALL_OTHER, total_other="999.99", annual_other="999.99"), ("funds.unit_suspect",)),
    "1000 yuan": Case(single(**ALL_OTHER, total_other="1000", annual_other="1000")),
    "indicator without name": Case(indicators(OUTPUT, BENEFIT, {**OUTPUT, "name": None}), ("indicator.incomplete",)),
    "indicator without value": Case(
        indicators(OUTPUT, BENEFIT, {**OUTPUT, "name": "场次", "target": None}), ("indicator.incomplete",)
    ),
    "number without comparator": Case(
        indicators(OUTPUT, BENEFIT, {**OUTPUT, "name": "场次", "comparator": None}), ("indicator.incomplete",)
    ),
    "number without unit": Case(indicators({**OUTPUT, "unit": None}, BENEFIT), ("indicator.unit_required",)),
    "same name twice": Case(indicators(OUTPUT, BENEFIT, OUTPUT), ("indicator.duplicate",)),
    "names that differ in a space": Case(
        indicators(OUTPUT, BENEFIT, {**OUTPUT, "name": "培训次数 "}), ("indicator.near_duplicate",)
    ),
    "names that differ in the end": Case(indicators(OUTPUT, BENEFIT, {**OUTPUT, "name": "培训次数二"})),
    "no output": Case(indicators(BENEFIT), ("indicator.no_output",)),
    "no benefit": Case(indicators(OUTPUT), ("indicator.no_benefit",)),
    "no indicators": Case(
        single(indicators=[]), ("indicator.no_benefit", "indicator.no_output", "indicator.no_satisfaction")
    ),
    "no satisfaction": Case(single(indicators=[OUTPUT, BENEFIT]), ("indicator.no_satisfaction",)),
    "rate as quantity": Case(
        indicators(OUTPUT, BENEFIT, row("数量指标", "覆盖率", "≥", "90", "%")), ("indicator.rate_as_quantity",)
    ),
    "unknown comparator": Case(indicators({**OUTPUT, "comparator": "约"}, BENEFIT), ("indicator.comparator_unknown",)),
    "comparator as typed": Case(
        indicators({**OUTPUT, "comparator": ">="}, BENEFIT), ("indicator.comparator_normalised",)
    ),
    "no comparator before text": Case(
        indicators(OUTPUT, {**BENEFIT, "comparator": None}), ("indicator.comparator_assumed",)
    ),
    "text after a relation": Case(indicators({**OUTPUT, "target": "若干"}, BENEFIT), ("indicator.target_invalid",)),
    "number after 定性": Case(indicators(OUTPUT, {**BENEFIT, "target": "5"}), ("indicator.target_invalid",)),
    "percent in one cell": Case(
        indicators(OUTPUT, BENEFIT, {**RATE, "target": "90%", "unit": None}),
        ("indicator.target_normalised",),
    ),
    "unit after 定性": Case(indicators(OUTPUT, {**BENEFIT, "unit": "次"}), ("indicator.unit_on_qualitative",)),
    "fraction under percent": Case(
        indicators(OUTPUT, {**RATE, "target": "0.9"}, BENEFIT), ("indicator.percent_as_fraction",)
    ),
    "one under percent": Case(indicators(OUTPUT, {**RATE, "target": "1"}, BENEFIT)),
    "above 100 percent": Case(
        indicators(OUTPUT, {**RATE, "target": "100.1"}, BENEFIT), ("indicator.percent_above_100",)
    ),
    "growth above 100 percent": Case(indicators(OUTPUT, {**RATE, "name": "收入增长率", "target": "120"}, BENEFIT)),
    "100 percent": Case(indicators(OUTPUT, {**RATE, "target": "100"}, BENEFIT)),
    "date typed as a value": Case(
        indicators({**OUTPUT, "name": "完成时间", "target": "44926", "unit": "年"}, BENEFIT),
        ("indicator.date_as_number",),
    ),
    "day before all dates as a value": Case(
        indicators({**OUTPUT, "name": "完成时间", "target": "36525", "unit": "年"}, BENEFIT)
    ),
    "as many people as a date has days": Case(
        indicators({**OUTPUT, "name": "服务规模", "target": "44926", "unit": "人"}, BENEFIT)
    ),
    "at least nothing": Case(indicators({**OUTPUT, "target": "0"}, BENEFIT), ("indicator.empty_promise",)),
    "at most 100 percent": Case(
        indicators(OUTPUT, {**RATE, "comparator": "≤", "target": "100"}, BENEFIT), ("indicator.empty_promise",)
    ),
    "at most 99 percent": Case(indicators(OUTPUT, {**RATE, "comparator": "≤", "target": "99"}, BENEFIT)),
    "satisfaction equal to": Case(
        indicators(OUTPUT, BENEFIT, {**CONTENT, "comparator": "="}), ("indicator.empty_promise",)
    ),
    "satisfaction of 79.9": Case(
        indicators(OUTPUT, BENEFIT, {**CONTENT, "target": "79.9"}), ("indicator.satisfaction_low",)
    ),
    "satisfaction of 80": Case(indicators(OUTPUT, BENEFIT, {**CONTENT, "target": "80"})),
    "count as quality": Case(
        indicators(OUTPUT, BENEFIT, row("质量指标", "合格人数", "≥", "5", "人")), ("indicator.count_as_quality",)
    ),
    "count as quantity": Case(indicators(OUTPUT, BENEFIT, row("数量指标", "合格人数", "≥", "5", "人"))),
    "goal with tags": Case(single(annual_goal=f"<p>{GOAL}</p>"), ("text.markup",)),
    "day as typed": Case(single(start_date="2022.1.1"), ("date.normalised",)),
}


SUB_CASES = {
    "all in order": Case(family()),
    "no goal in the sub-project": Case(changed_in_sub(annual_goal=None), ("text.required",)),
    "own dates within the parent's": Case(changed_in_sub(start_date="2022-01-01", end_date="2022-12-31")),
    "own start a day before the parent's": Case(
        {**changed_in_sub(start_date="2022-01-01"), "start_date": "2022-01-02"}, ("date.outside_parent",)
    ),
    "own end before the parent's start": Case(
        {**changed_in_sub(end_date="2022-01-01"), "start_date": "2022-01-02"}, ("date.order",)
    ),
    "no money in the sub-project": Case(
        {**changed_in_sub(**NOTHING)}, ("amount.zero", "amount.zero_sub")
    ),
    "one yuan in the sub-project": Case(
        changed_in_sub(**{**NOTHING, "total_other": "1", "annual_other": "1"}),
        ("funds.unit_suspect", "funds.unit_suspect"),
    ),
    "dates of the parent alone": Case(family(start_date="2022-01-01", end_date="2022-12-31")),
    "no dates at all": Case(
        family(start_date=None, end_date=None),
        ("date.required", "date.required", "date.required_sub", "date.required_sub"),
    ),
    "dates that cannot be read are no dates to inherit": Case(family(start_date="元旦"), ("date.invalid",)),
    "appropriation a fen above the total of the sub-project": Case(
        changed_in_sub(total_other="0", annual_carryover="0", annual_other="0", annual_appropriation="1000000.01"),
        (
            "funds.annual_exceeds_total", "funds.annual_exceeds_total",
            "funds.annual_fiscal_exceeds_total", "funds.annual_fiscal_exceeds_total",
        ),
    ),
}  # fmt: skip

MONEY_CELLS = {
    "total_funds": ("C6", "1200000.01", "funds.total_sum"),
    "total_fiscal": ("C7", "1000000.01", "funds.sub_sum.total_funds"),
    "total_other": ("C9", "200000.01", "funds.sub_sum.total_funds"),
    "annual_funds": ("E6", "1199999.99", "funds.annual_sum"),
    "annual_appropriation": ("E7", "799999.99", "funds.sub_sum.annual_funds"),
    "annual_carryover": ("E8", "199999.99", "funds.sub_sum.annual_funds"),
    "annual_other": ("E9", "199999.99", "funds.sub_sum.annual_funds"),
}

CEILING_CASES = {
    ("一上", "800000.00"): (),
    ("一上", "799999.99"): ("funds.ceiling_first",),
    ("二上", "800000.00"): (),
    ("二上", "799999.99"): ("funds.ceiling",),
    ("批复", "799999.99"): ("funds.ceiling",),
    ("二上", "4000000000"): ("funds.unit_suspect",),
    ("二上", "3999999999"): (),
}

# A case that comes near the rule and keeps it.
NEAR_MISSES = {
    "text.required": "a department of one letter",
    "text.filler_missing": "all in order",
    "narrative.missing": "narrative of its last section alone",
    "goal.overall_missing": "overall goal over two years",
    "goal.length": "goal of 20",
    "choice.unknown": "category with spaces around it",
    "date.required": "a single day",
    "date.required_sub": "dates of the parent alone",
    "date.invalid": "the last day of February",
    "date.normalised": "a single day",
    "date.order": "a single day",
    "date.outside_year": "first day in the year",
    "date.outside_parent": "own dates within the parent's",
    "amount.zero": "1000 yuan",
    "amount.zero_sub": "one yuan in the sub-project",
    "amount.invalid": "amount of two decimals",
    "amount.normalised": "amount of two decimals",
    "funds.annual_exceeds_total": "all in order",
    "funds.annual_fiscal_exceeds_total": "fiscal of the year a fen below",
    "funds.annual_other_exceeds_total": "fiscal of the year a fen below",
    "funds.single_year": "overall goal over two years",
    "funds.unit_suspect": "1000 yuan",
    "indicator.incomplete": "names that differ in the end",
    "indicator.unit_required": "percent without a space",
    "indicator.duplicate": "names that differ in the end",
    "indicator.no_output": "one output of quality",
    "indicator.no_benefit": "one benefit to the economy",
    "indicator.no_satisfaction": "satisfaction of 80",
    "indicator.unit_on_qualitative": "all in order",
    "indicator.percent_as_fraction": "one under percent",
    "indicator.percent_above_100": "100 percent",
    "indicator.date_as_number": "day before all dates as a value",
    "indicator.empty_promise": "at most 99 percent",
    "indicator.satisfaction_low": "satisfaction of 80",
    "indicator.rate_as_quantity": "rate as quality",
    "indicator.count_as_quality": "count as quantity",
    "indicator.comparator_unknown": "all in order",
    "indicator.comparator_normalised": "all in order",
    "indicator.comparator_assumed": "all in order",
    "indicator.target_invalid": "word with a number after 定性",
    "indicator.target_normalised": "percent without a space",
}
