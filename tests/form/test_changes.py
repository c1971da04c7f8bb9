"""What a resubmission changed, in the words of the form."""

import pytest

from tests.helpers import packaged
from workbook_builder.form.changes import Change, changes, label_of, part_name

BEFORE = {
    "annual_appropriation": "1.00",
    "narrative": {"overview": "旧"},
    "indicators": [{"row": 3, "level1": "产出指标", "level2": "数量指标", "name": "培训次数", "target": "5"}],
    "sub_projects": [{"project_name": "书记工作室", "filler": None, "indicators": []}],
}
AFTER = {
    "annual_appropriation": "2.00",
    "narrative": {"overview": "新"},
    "indicators": [{"row": 3, "level1": "产出指标", "level2": "数量指标", "name": "培训次数", "target": "6"}],
    "sub_projects": [
        {
            "project_name": "书记工作室",
            "filler": None,
            "indicators": [{"row": 0, "level1": "产出指标", "level2": "数量指标", "name": None, "target": "7"}],
        },
        {"project_name": None, "indicators": []},
    ],
}


def test_every_cell_that_says_something_else__is_a_change() -> None:
    assert set(changes(BEFORE, AFTER)) == {
        Change("annual_appropriation", "1.00", "2.00"),
        Change("narrative.overview", "旧", "新"),
        Change("indicators[3].target", "5", "6"),
        Change("sub_projects[0].indicators[0].target", None, "7"),
    }
    assert list(changes(AFTER, AFTER)) == []


@pytest.mark.parametrize(
    ("key", "part", "label"),
    [
        ("annual_appropriation", "", "当年财政拨款"),
        ("narrative.overview", "", "一、项目概述"),
        ("round", "", "轮次"),
        ("indicators[3].target", "", "数量指标“培训次数”的指标值"),
        ("sub_projects[0].annual_goal", "书记工作室", "年度总目标"),
        ("sub_projects[0].indicators[0].target", "书记工作室", "数量指标“第 1 行”的指标值"),
        ("sub_projects[1].annual_goal", "子项目2", "年度总目标"),
        ("sub_projects[2].indicators[4].name", "子项目3", "指标“第 5 行”的三级指标"),
    ],
)
def test_cell__is_named_by_sub_project_indicator_and_label(key: str, part: str, label: str) -> None:
    assert (part_name(key, AFTER, BEFORE), label_of(key, packaged().form, AFTER, BEFORE)) == (part, label)
