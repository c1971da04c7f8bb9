"""Each rule that only the centre can tell: what fires it, and a near miss that does not."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from workbook_builder.form.declaration import Declaration, Indicator, Typed
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.checks import remarks

YEAR: Mapping[str, Typed] = {
    "fiscal_year": 2022,
    "project_name": "党群综合服务",
    "start_date": date(2022, 1, 1),
    "end_date": date(2022, 12, 31),
    "annual_funds": Decimal("1411700.00"),
    "annual_appropriation": Decimal("1411700.00"),
}


def indicator(
    name: str,
    target: Decimal | str | None = Decimal(5),
    comparator: str = "≥",
    unit: str | None = "次",
    level2: str = "数量指标",
) -> Indicator:
    return Indicator(0, "产出指标", level2, name, comparator, target, unit)


def declared(*indicators: Indicator, subs: Sequence[Declaration] = (), **values: Typed) -> Declaration:
    numbered = tuple(row._replace(row=number) for number, row in enumerate(indicators))
    return Declaration({**YEAR, **values}, numbered, tuple(subs))


def answered(key: str, text: str, subs: Sequence[Declaration] = ()) -> Declaration:
    return Declaration({**YEAR, key: text}, (), tuple(subs))


def budget(text: str, subs: Sequence[Declaration] = ()) -> Declaration:
    return answered("narrative.annual_budget", text, subs)


def sub(name: str, *indicators: Indicator, **values: Typed) -> Declaration:
    part = declared(*indicators)
    return part._replace(values={**part.values, "project_name": name, **values})


def told(declaration: Declaration) -> list[tuple[str, str]]:
    return [(remark.rule, remark.key) for remark in remarks(declaration)]


PARTY, OTHER = indicator("培训次数"), indicator("活动次数")
RATE = indicator("合格率", Decimal(100), "=", "%", "质量指标")

FIRES: Mapping[str, tuple[Declaration, list[tuple[str, str]]]] = {
    "name alike but for quotes": (
        declared(indicator("“七一”活动"), indicator('"七一" 活动')),
        [("indicator.near_duplicate", "indicators[1].name")],
    ),
    "count in another unit": (
        declared(indicator("培训次数", unit="人")),
        [("indicator.unit_mismatch", "indicators[0].unit")],
    ),
    "rate without percent": (
        declared(indicator("覆盖率", Decimal(90), unit="个")),
        [("indicator.unit_mismatch", "indicators[0].unit")],
    ),
    "value in the unit's cell": (
        declared(indicator("培训", unit="≤6次")),
        [("indicator.unit_mismatch", "indicators[0].unit")],
    ),
    "number as text": (
        declared(indicator("覆盖面", "百分之九十", "定性", None)),
        [("indicator.number_as_text", "indicators[0].target")],
    ),
    "adverb alone": (
        declared(indicator("带动就业", "明显", "定性", None)),
        [("indicator.vague", "indicators[0].target")],
    ),
    "improve further": (
        declared(indicator("服务水平", "进一步提高。", "定性", None)),
        [("indicator.vague", "indicators[0].target")],
    ),
    "deadline after the end": (
        declared(indicator("完成时间", "2023年3月底前", "定性", None, "时效指标")),
        [("indicator.deadline_outside", "indicators[0].target")],
    ),
    "sub-project's indicator unknown to the parent": (
        declared(PARTY, subs=[sub("甲", PARTY, OTHER)]),
        [("indicator.not_in_parent", "sub_projects[0].indicators[1].name")],
    ),
    "parent's indicator in no sub-project": (
        declared(PARTY, OTHER, subs=[sub("甲", PARTY)]),
        [("indicator.not_in_any_sub", "indicators[1].name")],
    ),
    "shared rate differs": (
        declared(RATE, subs=[sub("甲", RATE._replace(target=Decimal(90)))]),
        [("indicator.target_conflict", "sub_projects[0].indicators[0].target")],
    ),
    "count below the sum of its parts": (
        declared(PARTY, subs=[sub("甲", PARTY), sub("乙", PARTY)]),
        [("indicator.target_conflict", "indicators[0].target")],
    ),
    "block copied": (
        declared(RATE, subs=[sub("甲", RATE), sub("乙", RATE)]),
        [("indicator.copied_block", "sub_projects[1].indicators")],
    ),
    "goal without number or outcome": (
        declared(annual_goal="1、贯彻落实各项要求。\n2、围绕中心抓重点。"),
        [("goal.no_number", "annual_goal")],
    ),
    "siblings' goals the same": (
        declared(subs=[sub("甲", annual_goal="完成培训 5 次"), sub("乙", annual_goal="完成培训5次")]),
        [("goal.identical_siblings", "sub_projects[1].annual_goal")],
    ),
    "instruction left over": (
        answered("narrative.period", "说明项目实施的周期，具体见表格。"),
        [("text.placeholder", "narrative.period")],
    ),
    "to be decided": (declared(department="待定"), [("text.placeholder", "department")]),
    "unit written in two ways": (
        declared(implementing_unit="广富林街道社区党建服务中心", subs=[sub("甲", implementing_unit="广富林街道社区党群服务中心")]),
        [("name.unit_alias", "sub_projects[0].implementing_unit")],
    ),
    "narrative names another amount": (
        budget("2022年党群综合服务安排 141.18 万元。"),
        [("narrative.amount_differs", "narrative.annual_budget")],
    ),
    "narrative names another amount for a sub-project, in another order": (
        budget(
            "2022年度社区党建 28.67万元，“两新”党建 112.50万元。",
            subs=[
                sub("“两新”党建", annual_funds=Decimal("286700.00"), annual_appropriation=Decimal("286700.00")),
                sub("社区党建", annual_funds=Decimal("1125000.00"), annual_appropriation=Decimal("1125000.00")),
            ],
        ),
        [("narrative.amount_differs", "narrative.annual_budget")] * 2,
    ),
    "amounts of other years only": (
        budget("2021年安排 100 万元；2023年计划 120 万元。"),
        [("narrative.annual_missing", "narrative.annual_budget")],
    ),
}  # fmt: skip

SILENT: Mapping[str, Declaration] = {
    "names that differ": declared(indicator("“七一”活动"), indicator("“八一”活动")),
    "people in 人次": declared(indicator("培训人数", Decimal(50), unit="人次")),
    "direction and degree": declared(indicator("服务水平", "明显提高", "定性", None)),
    "grade": declared(indicator("验收等次", "达到优良", "定性", None)),
    "deadline on the last day": declared(indicator("完成时间", "12月31日前", "定性", None, "时效指标")),
    "deadline in the last month": declared(indicator("完成时间", "2022年12月底前", "定性", None, "时效指标")),
    "all indicators answered": declared(PARTY, subs=[sub("甲", PARTY)]),
    "names that differ only in quotes": declared(
        indicator("“七一”活动次数"), subs=[sub("甲", indicator('"七一"活动次数'))]
    ),
    "count equal to the sum of its parts": declared(
        PARTY._replace(target=Decimal(10)), subs=[sub("甲", PARTY), sub("乙", PARTY)]
    ),
    "quantities alike in siblings": declared(
        PARTY._replace(target=Decimal(10)), subs=[sub("甲", PARTY), sub("乙", PARTY)]
    ),
    "answer that begins like a numeral": declared(indicator("满意程度", "十分满意", "定性", None)),
    "siblings' goals that differ in a number": declared(
        subs=[sub("甲", annual_goal="完成培训5次"), sub("乙", annual_goal="完成培训6次")]
    ),
    "goal with a number": declared(annual_goal="举办培训5次"),
    "goal with an outcome": declared(annual_goal="服务能力得到提升"),
    "answer that mentions the table": answered(
        "narrative.period", "项目自2022年1月至12月分三个阶段实施，各阶段任务具体见表格。"
    ),
    "another unit altogether": declared(
        implementing_unit="党建服务中心", subs=[sub("甲", implementing_unit="社区卫生服务中心")]
    ),
    "same amount in 万元": budget("2022年党群综合服务安排 141.17 万元。"),
    "same amount with separators": budget("2022年安排1,411,700.00元。"),
    "cumulative amount": budget("项目总投资 5,000 万元，2022年安排 141.17万元。"),
    "last year's amount": budget("上年安排 130 万元，2022年党群综合服务安排 141.17万元。"),
    "amount without a unit": budget("2022年安排 1411701。"),
    "amount of nobody in particular": budget("2022年慰问 3 万元。", subs=[sub("甲", annual_funds=Decimal("1.00"))]),
}


OUTSIDE_2023 = (
    "6.30前",
    "12-31",
    "2022.6.30",
    "2022年6月30日前",
    "6月底前",
    "12.31前完成",
    "11-30前",
    "提高3.5，6月底前完成",
    "1-6月",
)
NO_DAY = (
    "3-5个工作日", "提高1.5倍", "提高1.5", "第1-2季度", "3-5天内", "1.5万元", "每月1.5次", "2.5小时", "增长2.5%", "达到3.5", "1-2次",
    "约1.5", "10.5元/人", "版本1.2.3", "3/5以上",
)  # fmt: skip


@pytest.mark.parametrize("words", OUTSIDE_2023)
def test_day_in_a_deadline__is_compared_with_the_period(words: str) -> None:
    row = indicator("完成时间", words, "定性", None, "时效指标")
    remarks = told(declared(row, start_date=date(2023, 1, 1), end_date=date(2023, 12, 31)))
    assert ("indicator.deadline_outside", "indicators[0].target") in remarks


@pytest.mark.parametrize("words", NO_DAY)
def test_number_in_a_deadline__is_no_day(words: str) -> None:
    row = indicator("完成时间", words, "定性", None, "时效指标")
    remarks = told(declared(row, start_date=date(2023, 1, 1), end_date=date(2023, 12, 31)))
    assert "indicator.deadline_outside" not in {rule for rule, _ in remarks}


@pytest.mark.parametrize("name", [None, "", " ", "“”"])
def test_rows_without_a_name__have_nothing_in_common(name: str | None) -> None:
    row = indicator("x", Decimal(5))._replace(name=name)
    remarks = told(declared(row, subs=[sub("甲", row._replace(target=Decimal(9)))]))
    assert "indicator.target_conflict" not in {rule for rule, _ in remarks}


@pytest.mark.parametrize(("declaration", "expected"), FIRES.values(), ids=FIRES.keys())
def test_defect__is_told_at_its_cell(declaration: Declaration, expected: list[tuple[str, str]]) -> None:
    assert told(declaration) == expected


@pytest.mark.parametrize("declaration", SILENT.values(), ids=SILENT.keys())
def test_near_miss__is_not_told(declaration: Declaration) -> None:
    assert told(declaration) == []


# The case of SILENT that comes near the rule.
NEAR_MISSES: Mapping[str, str] = {
    "indicator.near_duplicate": "names that differ",
    "indicator.unit_mismatch": "people in 人次",
    "indicator.number_as_text": "answer that begins like a numeral",
    "indicator.vague": "direction and degree",
    "indicator.deadline_outside": "deadline on the last day",
    "indicator.not_in_parent": "names that differ only in quotes",
    "indicator.not_in_any_sub": "all indicators answered",
    "indicator.target_conflict": "count equal to the sum of its parts",
    "indicator.copied_block": "quantities alike in siblings",
    "goal.no_number": "goal with a number",
    "goal.identical_siblings": "siblings' goals that differ in a number",
    "text.placeholder": "answer that mentions the table",
    "name.unit_alias": "another unit altogether",
    "narrative.amount_differs": "same amount in 万元",
    "narrative.annual_missing": "last year's amount",
}


def test_every_rule_of_the_centre__has_a_case_and_a_near_miss() -> None:
    # told in the rule cases, in those of intake, of words and of identities
    elsewhere = {"text.markup", "name.not_on_roster", "text.broken_word", "name.roster_unfit"}
    wanted = {rule.id for rule in packaged_catalogue().rules if rule.rule_class == "C"} - elsewhere
    assert wanted == {rule for _, expected in FIRES.values() for rule, _ in expected}
    assert wanted == NEAR_MISSES.keys()
    assert {*NEAR_MISSES.values()} <= SILENT.keys()


@pytest.mark.parametrize(("shown", "rules"), [("22,614.51", []), ("22,614.52", ["narrative.amount_differs"])])
def test_rounding_shown__is_allowed_for(shown: str, rules: list[str]) -> None:
    declaration = budget(f"2022年党群综合服务安排 {shown}万元。")
    funds = dict.fromkeys(("annual_funds", "annual_appropriation"), Decimal("226145100.00"))
    declaration = declaration._replace(values={**declaration.values, **funds})
    assert [rule for rule, _ in told(declaration)] == rules


def test_nearest_indicator__is_named() -> None:
    declaration = declared(indicator("“七一”系列活动次数"), subs=[sub("甲", indicator("“七一”系列活动"))])
    said = {remark.rule: remark.expected for remark in remarks(declaration)}
    assert said == {
        "indicator.not_in_parent": "“七一”系列活动次数",
        "indicator.not_in_any_sub": "“七一”系列活动",
    }
