"""What the roster of another year or round keeps of the one before: never a deadline, always what is not for the public."""

import datetime
from decimal import Decimal

import pytest

from tests.helpers import project
from workbook_builder.centre.rollover.rolled import next_roster
from workbook_builder.collection.roster import NOT_PUBLIC, PARTLY_PUBLIC, PUBLIC, Roster, Settings, Unit

DAY = datetime.date(2022, 1, 31)
UNIT = Unit("U1", "甲单位", "张三", "021-1", "a@example.com", deadline=DAY, reviewer="王五")
OLD = Roster(Settings(2022, "一上", DAY, "财政科", "021-9", (95, 85, 70)), (UNIT,), (), {"goal.length": "off"})


def test_settings_units_and_levels__stay_without_deadlines() -> None:
    new = next_roster(OLD, 2022, "二上", [project()], {})
    assert new.settings == Settings(2022, "二上", None, "财政科", "021-9", (95, 85, 70))
    assert new.units == (UNIT._replace(deadline=None),)
    assert new.levels == OLD.levels


def test_unit_that_only_a_package_knows__gets_a_line() -> None:
    new = next_roster(OLD, 2023, "一上", [project()._replace(unit_code="U9", implementing_unit="乙单位")], {})
    assert [unit[:2] for unit in new.units] == [("U1", "甲单位"), ("U9", "乙单位")]


@pytest.mark.parametrize(
    ("on_the_roster", "known", "kept"),
    [
        (None, PUBLIC, None),
        (PUBLIC, PUBLIC, PUBLIC),
        (NOT_PUBLIC, NOT_PUBLIC, NOT_PUBLIC),
        (None, NOT_PUBLIC, NOT_PUBLIC),  # as a package said
        (None, PARTLY_PUBLIC, PARTLY_PUBLIC),
    ],
)
def test_project_that_is_not_for_the_public__stays_so_and_so_do_its_sub_projects(
    on_the_roster: str | None, known: str, kept: str | None
) -> None:
    sub = project("P1-1")._replace(publicity=on_the_roster, budget_ceiling=Decimal("1.00"))
    root = project("P1")._replace(publicity=on_the_roster, sub_projects=(sub,))
    (new,) = next_roster(OLD, 2023, "一上", [root], {"P1": known, "P1-1": known}).projects
    assert (new.publicity, new.sub_projects[0].publicity) == (kept, kept)
    assert new.sub_projects[0].budget_ceiling == Decimal("1.00")
