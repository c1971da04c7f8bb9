"""What was sent out is known by its record, whoever adds to it."""

from pathlib import Path

from workbook_builder.collection.folder import Collection, new_collection
from workbook_builder.collection.records import Issue


def issue(number: int) -> Issue:
    return Issue(f"i{number}", f"P{number}", "U1", f"下发/{number}.xlsx", "s", "t", "f", {"project_name": "培训"})


def test_issues_that_another_run_recorded__are_seen_by_a_collection_that_was_asked_before(tmp_path: Path) -> None:
    new_collection(tmp_path / "任务", b"roster", b"template")
    here, elsewhere = Collection(tmp_path / "任务"), Collection(tmp_path / "任务")
    here.record([issue(1)], b"template", "{}")
    assert list(here.issues()) == ["i1"]
    elsewhere.record([issue(2)], b"template", "{}")
    assert list(here.issues().values()) == [issue(1), issue(2)]
