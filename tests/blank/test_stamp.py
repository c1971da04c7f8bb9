"""Many workbooks come of one blank: what one holds is never seen in the next."""

from decimal import Decimal
from typing import Any

from tests.helpers import GOAL, Issued
from workbook_builder.blank.blank import Blank
from workbook_builder.judge.fill import open_ours

VALUES: tuple[dict[str, Any], ...] = (
    {},
    {"annual_goal": GOAL, "filler": "张三", "sub_projects[0].annual_appropriation": Decimal("0.10")},
    {"annual_goal": "0", "filler": None, "sub_projects[0].annual_appropriation": 0},
)


def test_workbooks_stamped_one_after_the_other__are_each_as_if_it_were_the_first(with_sub: Issued) -> None:
    ours = open_ours(with_sub.data, "甲.xlsx", with_sub.desk)
    blank, titles = ours.blank, (ours.identity, ours.identity._replace(sub_projects=(("P1-1", "另一个名称"),)))
    for values, identity in zip((*VALUES, *VALUES[:2]), (*titles, *titles, titles[0]), strict=True):
        fresh = Blank(blank.compiled, blank.catalogue)
        assert blank.workbook(identity, values, None) == fresh.workbook(identity, values, None)
