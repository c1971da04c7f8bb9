"""Rules raised, lowered or switched off on the roster: in the workbook as at the centre, and as they were issued."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.helpers import Issued, as_recorded_before, change_roster, collection_of, project, row, rules, single
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import Level, packaged_catalogue
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow

SHORT_GOAL = single(annual_goal="培训五次。")
VAGUE = row("社会效益指标", "党建环境", "定性", "明显")


def collection_with(folder: Path, levels: Mapping[str, Level]) -> Collection:
    collection = collection_of(folder / "任务", project())
    change_roster(collection, project(), levels=levels)
    return collection


def issued_with(folder: Path, levels: Mapping[str, Level]) -> Issued:
    collection = collection_with(folder, levels)
    (path,) = generate(collection, packaged_catalogue()).written
    return Issued(collection, path, Desk(collection))


def self_check(data: bytes) -> Any:
    """Sheet 自检 as the unit sees it: the banner, and the level and the count of each rule by its title."""
    sheet = load_workbook(io.BytesIO(data), data_only=True)["自检"]
    lines = {line[0]: line[1:3] for line in sheet.iter_rows(max_col=3, values_only=True) if line[1] in ("错误", "提醒")}
    return sheet["A2"].value, lines


TITLE = "年度总目标过短或过长"


@pytest.mark.parametrize(
    ("level", "status", "banner", "line"),
    [
        ("warning", "accepted", "可以上报（另有 1 项提醒）", ("提醒", 1)),
        ("error", "returned", "尚有 1 项未通过", ("错误", 1)),
        ("off", "accepted", "可以上报", None),
    ],
)
def test_rule_with_a_formula__has_its_level_in_the_workbook_and_at_the_centre(
    tmp_path: Path, level: Level, status: str, banner: str, line: tuple[str, int] | None
) -> None:
    issued = issued_with(tmp_path, {"goal.length": level})
    result = issued.checked(SHORT_GOAL)
    assert (result.status, rules(result)) == (status, [] if level == "off" else ["goal.length"])
    said, lines = self_check(issued.filled(SHORT_GOAL))
    assert (said, lines.get(TITLE)) == (banner, line)


def test_rule_switched_off__leaves_the_workbook(tmp_path: Path) -> None:
    book = load_workbook(issued_with(tmp_path, {"goal.length": "off"}).path)
    text = "".join(str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line)
    assert "宜为" not in text
    assert "TRIM" in text


def test_rule_that_is_off_unless_wanted__is_switched_on(tmp_path: Path) -> None:
    issued = issued_with(tmp_path, {"indicator.no_cost": "error"})
    assert rules(issued.checked(single())) == ["indicator.no_cost"]


@pytest.mark.parametrize(("level", "status"), [("error", "returned"), ("off", "accepted")])
def test_rule_of_the_centre__has_its_level(tmp_path: Path, level: Level, status: str) -> None:
    entry = single(indicators=[*single()["indicators"][::2], VAGUE])
    result = issued_with(tmp_path, {"indicator.vague": level}).checked(entry)
    assert (result.status, rules(result)) == (status, [] if level == "off" else ["indicator.vague"])


def test_normalisation_whose_rule_is_off__is_done_all_the_same(tmp_path: Path) -> None:
    issued = issued_with(tmp_path, {"text.markup": "off"})
    result = issued.checked(single(department="<b>某街道办事处</b>"))
    assert rules(result) == []
    assert result.declaration is not None
    assert result.declaration.values["department"] == "某街道办事处"


def test_level_changed_after_sending_out__does_not_change_what_was_issued(tmp_path: Path) -> None:
    issued = issued_with(tmp_path, {})
    came_back = issued.filled(SHORT_GOAL)
    change_roster(issued.collection, project(), levels={"goal.length": "error"})
    again = generate(issued.collection, packaged_catalogue())
    assert (again.written, again.levels) == ((issued.path,), {"goal.length": "error"})
    desk = Desk(issued.collection)
    assert check(came_back, "旧.xlsx", desk).status == "accepted"
    newly = Issued(issued.collection, issued.path, desk)
    assert newly.checked(SHORT_GOAL).status == "returned"
    assert check(came_back, "旧.xlsx", desk).status == "accepted"


def test_same_levels__send_nothing_out_again(tmp_path: Path) -> None:
    collection = issued_with(tmp_path, {"goal.length": "error"}).collection
    assert generate(collection, packaged_catalogue()).written == ()


def test_record_older_than_the_archive_of_rules__is_judged_by_the_packaged_rules(tmp_path: Path) -> None:
    issued = issued_with(tmp_path, {})
    as_recorded_before(issued.collection, "rules_sha256")
    old = Issued(issued.collection, issued.path, Desk(issued.collection))
    assert rules(old.checked(SHORT_GOAL)) == ["goal.length"]


def test_command__says_which_levels_it_sent_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collection = collection_with(tmp_path, {"goal.length": "error", "indicator.vague": "off"})
    assert main(["generate", str(collection.folder)]) == 0
    assert "2 条规则改了级别：goal.length 错误，indicator.vague 关闭。" in capsys.readouterr().out
    assert main(["generate", str(collection.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["levels"] == {"goal.length": "error", "indicator.vague": "off"}
