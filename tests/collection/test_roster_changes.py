"""What one roster says otherwise than another: every kind of change, whom it concerns, and what is said of it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.helpers import is_chinese_sentence
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.collection.roster_changes import APART, LABELS, SETTING_LABELS, roster_changes
from workbook_builder.collection.roster_sheets import setting_values

BEFORE = Roster(
    Settings(2022, "一上", date(2022, 1, 31), "王五", "021-9"),
    (Unit("U1", "甲中心"), Unit("U2", "乙中心", deadline=date(2022, 2, 7))),
    (
        RosterProject("P1", "社区培训", unit_code="U1", budget_ceiling=Decimal("100.50")),
        RosterProject(
            "P2",
            "社区综合",
            unit_code="U1",
            sub_projects=(RosterProject("P2-1", "党建", unit_code="U1"), RosterProject("P2-2", "环境", unit_code="U2")),
        ),
    ),
)
FIRST, SECOND = BEFORE.projects
ALL = ("P1", "P2", "P2-1", "P2-2")


def having(*projects: RosterProject) -> Roster:
    return BEFORE._replace(projects=projects)


def first(**values: Any) -> Roster:
    return having(FIRST._replace(**values), SECOND)


def subs(*sub_projects: RosterProject) -> Roster:
    return having(FIRST, SECOND._replace(sub_projects=sub_projects))


def units(**values: Any) -> Roster:
    return BEFORE._replace(units=(BEFORE.units[0]._replace(**values), BEFORE.units[1]))


def settings(**values: Any) -> Roster:
    return BEFORE._replace(settings=BEFORE.settings._replace(**values))


class Case(NamedTuple):
    after: Callable[[], Roster]
    kind: str
    concerns: tuple[str, ...] | None
    before: str | None
    now: str | None
    sentence: str


P2_1, P2_2 = SECOND.sub_projects
CASES = (
    Case(lambda: having(SECOND), "project_withdrawn", ("P1",), "社区培训", None, "项目“社区培训”（P1）从名册中撤下。"),
    Case(lambda: subs(P2_1), "project_withdrawn", ("P2", "P2-2"), "环境", None, "子项目“环境”（P2-2）从名册中撤下。"),
    Case(lambda: having(*BEFORE.projects, RosterProject("P3", "维修", unit_code="U2")), "project_added",
         ("P3",), None, "维修", "名册新增项目“维修”（P3）。"),
    Case(lambda: first(project_name="培训"), "project_renamed", ("P1",), "社区培训", "培训",
         "项目“社区培训”（P1）的项目名称由“社区培训”改为“培训”。"),
    Case(lambda: first(unit_code="U2"), "project_moved", ("P1",), "U1", "U2", "项目“社区培训”（P1）的单位编码由“U1”改为“U2”。"),
    Case(lambda: having(FIRST, SECOND._replace(unit_code="U2", sub_projects=(P2_1._replace(unit_code="U2"), P2_2))),
         "project_moved", ("P2",), "U1", "U2", "项目“社区综合”（P2）的单位编码由“U1”改为“U2”。"),
    Case(lambda: having(FIRST._replace(sub_projects=(P2_1,)), SECOND._replace(sub_projects=(P2_2,))), "parent_changed",
         ("P2", "P2-1", "P1"), "P2", "P1", "子项目“党建”（P2-1）的上级项目编码由“P2”改为“P1”。"),
    Case(lambda: first(budget_ceiling=Decimal("90.00")), "ceiling_changed", ("P1",), "100.50", "90.00",
         "项目“社区培训”（P1）的预算控制数由 100.50 元改为 90.00 元。"),
    Case(lambda: first(budget_ceiling=None), "ceiling_changed", ("P1",), "100.50", None,
         "项目“社区培训”（P1）的预算控制数由 100.50 元改为空。"),
    Case(lambda: first(department="某街道"), "value_changed", ("P1",), None, "某街道",
         "项目“社区培训”（P1）的主管部门由空改为“某街道”。"),
    Case(lambda: subs(P2_1._replace(annual_carryover=Decimal("1.00")), P2_2), "value_changed", ("P2", "P2-1"), None, "1.00",
         "子项目“党建”（P2-1）的上年结转由空改为 1.00 元。"),
    Case(lambda: first(rows={"数量指标": 5}), "rows_changed", ("P1",), None, "5",
         "项目“社区培训”（P1）的“数量指标”行数由空改为“5”。"),
    Case(lambda: BEFORE._replace(units=BEFORE.units[1:]), "unit_withdrawn", ("P1", "P2", "P2-1", "P2-2"), "甲中心", None,
         "单位“甲中心”（U1）从名册中撤下。"),
    Case(lambda: BEFORE._replace(units=(*BEFORE.units, Unit("U3", "丙中心"))), "unit_added", (), None, "丙中心",
         "名册新增单位“丙中心”（U3）。"),
    Case(lambda: units(unit_name="甲"), "unit_renamed", ALL, "甲中心", "甲", "单位“甲中心”（U1）的单位名称由“甲中心”改为“甲”。"),
    Case(lambda: units(must_report=False), "unit_changed", ALL, "是", "否", "单位“甲中心”（U1）的应报由“是”改为“否”。"),
    Case(lambda: units(deadline=date(2022, 2, 3)), "deadline_changed", ALL, None, "2022-02-03",
         "单位“甲中心”（U1）的截止日期由 2022-01-31 延长到 2022-02-03。"),
    Case(lambda: BEFORE._replace(units=(BEFORE.units[0], BEFORE.units[1]._replace(deadline=None))), "deadline_changed",
         ("P2-2",), "2022-02-07", None, "单位“乙中心”（U2）的截止日期由 2022-02-07 提前到 2022-01-31。"),
    Case(lambda: settings(deadline=date(2022, 2, 3)), "deadline_changed", None, "2022-01-31", "2022-02-03",
         "任务的截止日期由 2022-01-31 延长到 2022-02-03。"),
    Case(lambda: settings(deadline=None), "deadline_changed", None, "2022-01-31", None,
         "任务的截止日期由“2022-01-31”改为空。"),
    Case(lambda: settings(phone=None), "setting_changed", None, "021-9", None, "任务的电话由“021-9”改为空。"),
    Case(lambda: BEFORE._replace(levels={"funds.annual_sum": "warning"}), "level_changed", None, "原级别", "提醒",
         "规则 funds.annual_sum 的级别由“原级别”改为“提醒”。"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.now}")
def test_one_change__is_one_act_with_whom_it_concerns_and_a_sentence(case: Case) -> None:
    (change,) = roster_changes(BEFORE, case.after())
    told = change.kind, change.concerns, change.before, change.after, change.sentence
    assert told == case[1:]
    assert is_chinese_sentence(change.sentence)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.now}")
def test_change_and_back__are_as_many_acts(case: Case) -> None:
    (back,) = roster_changes(case.after(), BEFORE)
    assert (back.before, back.after) == (case.now, case.before)


def test_project_that_was_withdrawn_before__is_added_again() -> None:
    (change,) = roster_changes(having(SECOND), BEFORE, {"P1"})
    assert (change.kind, change.sentence) == ("project_added_again", "项目“社区培训”（P1）重新列入名册。")


def test_same_roster_in_another_order__has_no_change() -> None:
    assert list(roster_changes(BEFORE, BEFORE._replace(units=BEFORE.units[::-1], projects=(SECOND, FIRST)))) == []


def test_every_column_of_a_roster__has_a_label_in_these_sentences() -> None:
    assert set(RosterProject._fields) - APART <= LABELS.keys()
    assert set(Unit._fields) <= LABELS.keys()
    assert setting_values(Settings(2022, "一上")).keys() == SETTING_LABELS.keys()
