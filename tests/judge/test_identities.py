"""Who a workbook speaks for: what it says of itself is held against the record of its issue, never believed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import (
    FEBRUARY,
    GOAL,
    JANUARY,
    META,
    Issued,
    as_recorded_before,
    change_roster,
    changed,
    collection_of,
    family,
    is_chinese_sentence,
    issued,
    meta_of,
    parent,
    project,
    rules,
    single,
    stamped,
    with_meta,
)
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

CHANGED, UNKNOWN = "structure.identity_changed", "structure.issue_unknown"
OUTDATED, NOT_LATEST = "structure.issue_outdated", "structure.not_latest_issue"
CEILING = 500_000


def renamed_sub(meta: Any) -> dict[str, Any]:
    return {"sub_projects": [{**meta["sub_projects"][0], "project_code": "P9"}]}


def more_rows(meta: Any) -> dict[str, Any]:
    return {"rows": {**meta["rows"], "数量指标": 40}}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"project_code": "P2"}, "项目编码写的是“P2”，应为“P1”"),
        ({"unit_code": "U2"}, "单位编码写的是“U2”，应为“U1”"),
        ({"fiscal_year": 2023}, "年度写的是“2023”，应为“2022”"),
        ({"round": "二上"}, "轮次写的是“二上”，应为“一上”"),
        ({"part": "parent", "sub_projects": []}, "填报的部分写的是“母项目部分”，应为“整个项目”"),
        ({"prefilled": ["project_name", "annual_goal"]}, "指标行数和预先填写的项目"),
        ({"submission": 2, "opinion_rows": 20}, "填报次数写的是“2”，应为“1”"),
        ({"submission": 0}, "填报次数写的是“0”，应为“1”"),
        ({"opinion_rows": 9999}, "退回意见的行数写的是“9999”，应为“0”"),
        (renamed_sub, "子项目写的是“P9（01 书记工作室）”，应为“P1-1（01 书记工作室）”"),
        (more_rows, "指标行数和预先填写的项目"),
    ],
)
def test_word_that_the_record_does_not_say__is_an_error_and_nothing_is_read(
    with_sub: Issued, words: Callable[[Any], dict[str, Any]] | dict[str, Any], named: str
) -> None:
    data = with_sub.filled(family())
    result = check(with_meta(data, **(words(meta_of(data)) if callable(words) else words)), "甲.xlsx", with_sub.desk)
    (finding,) = result.findings
    assert (finding.rule, result.status, result.declaration) == (CHANGED, "returned", None)
    assert named in finding.message
    assert is_chinese_sentence(finding.message)
    assert result.identity is not None
    assert (result.identity.project_code, result.identity.submission) == ("P1", 1)  # as recorded, not as claimed


def test_word_that_is_written_otherwise_and_says_the_same__is_nothing_to_say(with_sub: Issued) -> None:
    data = with_sub.filled(family())
    spaced = changed(data, {META: json.dumps(meta_of(data), ensure_ascii=True, indent=2, sort_keys=True)})
    assert rules(check(spaced, "甲.xlsx", with_sub.desk)) == rules(check(data, "甲.xlsx", with_sub.desk))


@pytest.mark.parametrize(
    "words",
    [
        {
            "sub_projects": [
                {"project_code": f"P{n}", "sheet": f"表{n}", "rows": {}, "prefilled": []} for n in range(390)
            ]
        },
        {"rows": {"数量指标": 400, "质量指标": 400}},
        {"opinion_rows": 9999, "submission": 2},
        {"opinion_rows": 20},
    ],
)
def test_size_that_the_file_does_not_hold__is_refused_before_a_blank_is_drawn(
    alone: Issued, words: dict[str, Any]
) -> None:
    result = check(with_meta(alone.data, **words), "甲.xlsx", Desk())
    assert (rules(result), result.declaration) == ([CHANGED], None)


def test_issue_that_was_never_given_out__is_an_error_only_where_the_collection_is_at_hand(alone: Issued) -> None:
    data = with_meta(alone.filled(single()), issue_id="0123456789ab")
    result = check(data, "甲.xlsx", alone.desk)
    assert (rules(result), result.status, result.declaration) == ([UNKNOWN], "returned", None)
    assert "0123456789ab" in result.findings[0].message
    without = check(data, "甲.xlsx", Desk())
    assert (without.status, UNKNOWN in rules(without)) == ("accepted", False)
    assert without.unverified


def test_record_from_before_it_kept_the_meta_cell__still_knows_project_unit_and_part(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    as_recorded_before(form.collection, "meta")
    desk, data = Desk(form.collection), form.filled(single())
    assert rules(check(data, "甲.xlsx", desk)) == []
    assert rules(check(with_meta(data, project_code="P2"), "甲.xlsx", desk)) == [CHANGED]
    assert rules(check(with_meta(data, unit_code="U2"), "甲.xlsx", desk)) == [CHANGED]


def imported(collection: Collection, files: dict[str, bytes]) -> dict[str, Checked | None]:
    for name, data in files.items():
        (collection.folder / "收回" / name).write_bytes(data)
    ledger = Ledger(sqlite_url(collection.ledger))
    try:
        done = import_files(collection, [collection.folder / "收回" / name for name in files], ledger)
        return {item.file: item.checked for item in done.items}
    finally:
        ledger.close()


def what_counts(collection: Collection) -> dict[str, tuple[str, str]]:
    ledger = Ledger(sqlite_url(collection.ledger))
    try:
        return {row.project_code: (row.file, row.status) for row in ledger.current("sh-performance-target", 2022)}
    finally:
        ledger.close()


def test_forged_project__takes_nobodys_place_and_the_owners_correction_counts(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project(), project("P2", "社区环境"))
    generate(collection, packaged_catalogue())
    desk = Desk(collection)
    files = {issue.project_code: collection.folder / issue.file for issue in collection.issues().values()}
    own = stamped(fill(files["P2"].read_bytes(), "乙.xlsx", single(), desk), JANUARY)
    forged = with_meta(fill(files["P1"].read_bytes(), "甲.xlsx", single(), desk), project_code="P2", submission=9)
    imported(collection, {"乙.xlsx": own})
    imported(collection, {"冒名.xlsx": forged})
    assert what_counts(collection) == {"P2": ("乙.xlsx", "accepted")}
    corrected = stamped(fill(files["P2"].read_bytes(), "乙.xlsx", single(phone="021-2"), desk), FEBRUARY)
    imported(collection, {"乙改.xlsx": corrected})
    assert what_counts(collection) == {"P2": ("乙改.xlsx", "accepted")}


def test_return_copy_that_was_made__counts_under_its_number_and_no_other(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    imported(form.collection, {"甲.xlsx": form.filled(single(annual_goal=None))})
    ledger = Ledger(sqlite_url(form.collection.ledger))
    (copy,) = return_copies(form.collection, ledger)
    ledger.close()
    assert copy.copy is not None
    desk = Desk(form.collection)
    mended = fill(copy.copy.read_bytes(), "甲.xlsx", {"annual_goal": GOAL}, desk)
    result = check(mended, "甲.xlsx", desk)
    assert rules(result) == []
    assert (result.status, result.identity and result.identity.submission) == ("accepted", 2)
    assert rules(check(with_meta(mended, submission=3), "甲.xlsx", desk)) == [CHANGED]
    assert rules(check(with_meta(mended, opinion_rows=60), "甲.xlsx", desk)) != [CHANGED]  # sizes are not recorded


def test_older_issue__is_told_apart_by_whether_anything_has_changed_since(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project(budget_ceiling=CEILING))
    old = form.filled(single())
    generate(form.collection, packaged_catalogue(), everything=True)
    result = check(old, "甲.xlsx", Desk(form.collection))
    assert (NOT_LATEST in rules(result), OUTDATED in rules(result)) == (True, False)
    change_roster(form.collection, project(budget_ceiling=400_000))
    generate(form.collection, packaged_catalogue())
    result = check(old, "甲.xlsx", Desk(form.collection))
    (finding,) = [finding for finding in result.findings if finding.rule == OUTDATED]
    assert result.status == "returned"
    assert "由“500000.00”改为“400000.00”" in finding.message
    assert is_chinese_sentence(finding.message)


def test_file_of_the_first_round__is_returned_in_the_second(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    data = form.filled(single())
    change_roster(form.collection, project(), round_name="二上")
    result = check(data, "甲.xlsx", Desk(form.collection))
    assert (rules(result), result.status) == (["structure.wrong_round"], "returned")


def test_roster_with_a_mistake__is_said_not_to_have_been_compared(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    data = form.filled(single())
    change_roster(form.collection, project(), project(name="别的名字"))  # the code twice
    assert rules(check(data, "甲.xlsx", Desk(form.collection))) == ["name.roster_unfit"]


def test_sub_projects_of_a_family__are_compared_part_by_part(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", parent("书记工作室", "“两新”党建"))
    generate(collection, packaged_catalogue(), split=True)
    desk = Desk(collection)
    (issue,) = [issue for issue in collection.issues().values() if issue.project_code == "P1-2"]
    data = (collection.folder / issue.file).read_bytes()
    assert CHANGED not in rules(check(data, "甲.xlsx", desk))
    meta = meta_of(data)
    other = {"sub_projects": [{**meta["sub_projects"][0], "project_code": "P1-1"}]}
    assert rules(check(with_meta(data, **other), "甲.xlsx", desk)) == [CHANGED]
    joined = "+".join(reversed(list(collection.issues())))  # parts in an order that makes no whole
    assert rules(check(with_meta(data, issue_id=joined), "甲.xlsx", desk)) == [CHANGED]
