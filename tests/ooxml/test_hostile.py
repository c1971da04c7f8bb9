"""Hostile files: each ends in its own verdict, and none stops a batch."""

import pytest

from tests.ooxml.hostile import Hostile, hostile_files
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow
FILES = list(hostile_files())


def test_there_are_many_of_them__each_of_another_name_and_content() -> None:
    assert len({hostile.name for hostile in FILES}) == len({hostile.data for hostile in FILES}) == len(FILES) >= 90


@pytest.mark.parametrize("hostile", FILES, ids=lambda hostile: hostile.name)
def test_hostile_file__has_the_verdict_it_deserves(hostile: Hostile) -> None:
    checked = check(hostile.data, hostile.name, Desk())
    assert [finding.rule for finding in checked.findings] == [hostile.rule]
    assert checked.status == ("returned" if hostile.rule == "structure.form_unknown" else "unreadable")
    assert checked.declaration is None
