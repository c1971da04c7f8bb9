"""A form copied by hand is recorded, returned in a workbook of ours, and never counts before one of ours."""

from pathlib import Path
from typing import Any

import pytest

from tests.centre.returning import Centre, centre_of, issued_in
from tests.copied_by_hand import FORM, by_hand
from tests.helpers import FEBRUARY, JANUARY, collection_of, project, rules, single, stamped
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow


@pytest.fixture
def centre(tmp_path: Path) -> Any:
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    found = centre_of(collection)
    yield found
    found.ledger.close()


def outcome(centre: Centre, name: str, data: bytes) -> str:
    path = centre.collection.folder / "收回" / name
    path.write_bytes(data)
    (item,) = import_files(centre.collection, [path], centre.ledger).items
    return item.outcome


def counting(centre: Centre) -> list[str]:
    return [one.file for one in centre.ledger.current("sh-performance-target", 2022)]


def test_saved_later_than_the_workbook_that_was_sent_out__does_not_replace_it(centre: Centre) -> None:
    ours = issued_in(centre).filled(single())
    assert outcome(centre, "原文件.xlsx", stamped(ours, JANUARY)) == "current"
    copied = stamped(by_hand(ours, cells={(FORM, "E7"): 700_000}), FEBRUARY)
    assert outcome(centre, "手工.xlsx", copied) == "superseded"
    assert counting(centre) == ["原文件.xlsx"]


def test_workbook_that_was_sent_out__replaces_it_though_saved_before(centre: Centre) -> None:
    ours = issued_in(centre).filled(single())
    assert outcome(centre, "手工.xlsx", stamped(by_hand(ours, cells={(FORM, "E7"): 700_000}), FEBRUARY)) == "current"
    assert outcome(centre, "原文件.xlsx", stamped(ours, JANUARY)) == "current"
    assert counting(centre) == ["原文件.xlsx"]


def test_its_return_copy__is_a_workbook_of_ours_that_comes_back(centre: Centre) -> None:
    ours = issued_in(centre).filled(single())
    assert outcome(centre, "手工.xlsx", by_hand(ours, cells={(FORM, "C7"): "一百万"})) == "current"
    (returned,) = centre.returns()
    assert returned.copy is not None
    assert returned.submission == 2
    again = fill(returned.copy.read_bytes(), "退回.xlsx", {"total_fiscal": "1000000.00"}, Desk(centre.collection))
    checked = centre.imports("改好.xlsx", again)
    assert (checked.status, rules(checked)) == ("accepted", [])
    assert counting(centre) == ["改好.xlsx"]
