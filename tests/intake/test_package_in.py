"""`import` of a package: judged by what it was issued with; what was cut or changed on the way is found out."""

import json
from collections import UserDict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import (
    is_chinese_sentence,
    packaged,
    project,
    write_roster,
)
from tests.passing_on import STREET_UNITS, Level, Parts, bureau, level, parts_of, zipped
from workbook_builder.centre.package_out import Packed
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import sha256
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake import package_in
from workbook_builder.intake.manifest import FORMAT_VERSION, MANIFEST, Manifest, _manifest, read_manifest, totals_of
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow


def test_workbooks_of_a_package__are_judged_by_what_they_were_issued_with(packed: Packed, department: Level) -> None:
    for item in department.imports(packed.path).items:
        assert item.checked is not None
        assert (item.checked.status, item.checked.unverified) == ("accepted", ())
    issues = {issue.issue_id for issue in packed.manifest.issues}
    assert department.collection.received_issues().keys() == issues
    assert department.collection.issues() == {}  # our own records are ours alone


def test_what_the_receivers_roster_says__wins(packed: Packed, tmp_path: Path) -> None:
    known = project("P2", "文化惠民", unit_code="U2"), project("P1", unit_code="U1", budget_ceiling=Decimal("1.00"))
    place = level(tmp_path / "部门", STREET_UNITS, *known)
    done = {item.checked.identity.project_code: item.checked for item in place.imports(packed.path).items
            if item.checked and item.checked.identity}  # fmt: skip
    (renamed,) = [f for f in done["P2"].findings if f.severity == "error"]
    assert (renamed.rule, renamed.value, renamed.expected) == ("structure.prefilled_changed", "文化活动", "文化惠民")
    assert done["P1"].status == "accepted"
    assert "funds.ceiling_first" in {finding.rule for finding in done["P1"].findings}
    place.ledger.close()


UNFIT = "file.package_unfit"


def edited(parts: Parts, change: Callable[[dict[str, Any]], None], *, rehashed: bool = False) -> None:
    """Changes the manifest, as with a text editor, or with all its hashes made anew."""
    content = json.loads(parts[MANIFEST])
    change(content)
    parts[MANIFEST] = json.dumps(content, ensure_ascii=False).encode()
    if rehashed:
        parts[MANIFEST] = forged(parts).to_bytes()


def forged(parts: Parts) -> Manifest:
    """The manifest with every hash and total as a careful forger would write it."""
    content = json.loads(parts[MANIFEST])
    del content["sha256"]
    content["files"] = {name: sha256(data) for name, data in parts.items() if name != MANIFEST}
    for entry in content["workbooks"]:
        entry["sha256"] = content["files"][entry["file"]]
    manifest = _manifest(content)
    return manifest._replace(totals=totals_of(manifest.sent))


FIRST, SECOND = "工作簿/U1/P1_社区培训.xlsx", "工作簿/U2/P2_文化活动.xlsx"


def without_a_workbook(parts: Parts) -> None:
    del parts[FIRST]


def without_manifest(parts: Parts) -> None:
    del parts[MANIFEST]


def with_one_workbook_in_the_place_of_another(parts: Parts) -> None:
    parts[FIRST] = parts[SECOND]


def with_one_workbook_in_the_place_of_another_and_new_hashes(parts: Parts) -> None:
    parts[FIRST] = parts[SECOND]
    parts[MANIFEST] = forged(parts).to_bytes()


def with_a_file_more(parts: Parts) -> None:
    parts["工作簿/U1/多出来.xlsx"] = parts[FIRST]


def with_an_amount_edited(parts: Parts) -> None:
    edited(parts, lambda content: content["workbooks"][0]["amounts"].update(annual_appropriation="800000.08"))


def with_an_amount_edited_and_new_hashes(parts: Parts) -> None:
    change = {"annual_appropriation": "800000.08"}
    edited(parts, lambda content: content["workbooks"][0]["amounts"].update(change), rehashed=True)


def with_a_declaration_taken_out_of_the_manifest(parts: Parts) -> None:
    edited(parts, lambda content: content["workbooks"].pop(0))


def with_laxer_rules(parts: Parts) -> None:
    name = next(name for name in parts if name.startswith("档案/规则-"))
    parts[name] = parts[name].replace(b'"severity": "error"', b'"severity": "warning"')


def with_no_manifest_but_a_list(parts: Parts) -> None:
    parts[MANIFEST] = b"[1, 2]"


def of_a_newer_program(parts: Parts) -> None:
    edited(parts, lambda content: content.update(format_version=FORMAT_VERSION + 1))


CHANGES: dict[Callable[[Parts], None], str] = {
    without_a_workbook: f"缺少“{FIRST}”",
    without_manifest: "没有 清单.json",
    with_one_workbook_in_the_place_of_another: f"“{FIRST}”与清单记载的不同",
    with_one_workbook_in_the_place_of_another_and_new_hashes: f"“{FIRST}”是项目“P2”的申报，清单记为项目“P1”",
    with_a_file_more: "“工作簿/U1/多出来.xlsx”不在清单中",
    with_an_amount_edited: "清单.json 被改动过",
    with_an_amount_edited_and_new_hashes: "项目“P1”的“当年财政拨款”在工作簿中是 800000.07，清单记为 800000.08",
    with_a_declaration_taken_out_of_the_manifest: "清单.json 被改动过",
    with_laxer_rules: "与清单记载的不同",
    with_no_manifest_but_a_list: "清单.json 无法读取",
    of_a_newer_program: "请升级 workbook-builder",
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Level]:
    place = bureau(tmp_path_factory.mktemp("receiver") / "部门")
    yield place
    place.ledger.close()


def assert_refused(place: Level, path: Path, words: str, rule: str = "file.package_altered") -> None:
    before = place.archive
    done = place.imports(path)
    (item,) = done.items
    assert (item.outcome, done.exit_code, done.packages) == ("rejected", 1, ())
    assert item.checked is not None
    assert any(words in finding.message for finding in item.checked.findings), item.checked.findings
    assert all(is_chinese_sentence(finding.message) for finding in item.checked.findings)
    assert {finding.rule for finding in item.checked.findings} == {rule}
    assert (place.recorded, place.ledger.unassigned(), place.archive) == ([], [], before)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_package_changed_on_the_way__is_refused_and_nothing_of_it_recorded(
    packed: Packed, receiver: Level, tmp_path: Path, change: Callable[[Parts], None]
) -> None:
    parts = parts_of(packed)
    change(parts)
    path = tmp_path / "包.zip"
    path.write_bytes(zipped(parts))
    assert_refused(receiver, path, CHANGES[change])


def test_package_cut_in_the_middle__is_unreadable(packed: Packed, receiver: Level, tmp_path: Path) -> None:
    path = tmp_path / "包.zip"
    path.write_bytes(packed.path.read_bytes()[:-5000])
    done = receiver.imports(path)
    assert (done.exit_code, done.items[0].outcome, receiver.recorded) == (3, "unreadable", [])


def test_package_packed_again_in_a_folder__is_the_same_package(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    path = tmp_path / "又压缩.zip"
    path.write_bytes(zipped({f"解压/{name}": data for name, data in parts_of(packed).items()}))
    done = department.imports(path)
    assert (done.exit_code, done.packages[0].code) == (0, packed.manifest.code)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fiscal_year": 2023}, "报送包是 2022 年度的，本任务是 2023 年度"),
        ({"round": "二上"}, "报送包是“一上”的，本任务是“二上”"),
    ],
)
def test_package_of_another_year_or_round__is_refused(
    packed: Packed, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    place = bureau(tmp_path / "部门", **settings)
    assert_refused(place, packed.path, words, UNFIT)
    place.ledger.close()


def test_project_code_that_another_unit_has_here__is_refused(packed: Packed, tmp_path: Path) -> None:
    place = bureau(tmp_path / "部门", project("P1", "同码项目", unit_code="B1"))
    assert_refused(place, packed.path, "项目编码“P1”已用于单位“B1”的项目，报送包中是单位“U1”的", UNFIT)
    place.ledger.close()


def test_unit_of_a_project_that_the_roster_has_otherwise__is_told_with_what_to_do_and_then_taken(
    packed: Packed, tmp_path: Path
) -> None:
    place = bureau(tmp_path / "部门", project("P1", "同一个项目", unit_code="B1"))
    assert_refused(place, packed.path, "请在本级名册中删去它（项目由报送包带来），或把它的单位编码改为“U1”", UNFIT)
    write_roster(place.collection.roster, Roster(Settings(2022, "一上"), STREET_UNITS, (project("P1"),)))
    assert (place.imports(packed.path).exit_code, place.recorded[0]) == (0, "P1")
    place.ledger.close()


def test_issue_id_that_is_one_of_our_own__is_refused_and_our_record_stays(packed: Packed, tmp_path: Path) -> None:
    place = bureau(tmp_path / "部门")
    foreign = packed.manifest.issues[0]
    own = foreign._replace(project_code="B", unit_code="B1")
    place.collection.record([own], packaged_template(), packaged_catalogue().text)
    assert_refused(place, packed.path, f"下发编号“{foreign.issue_id}”在本任务的档案中已有另一份记录", UNFIT)
    assert place.collection.issues() == {own.issue_id: own}
    place.ledger.close()


def test_zip_of_workbooks_without_manifest__is_what_it_always_was(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    path = tmp_path / "打包.zip"
    path.write_bytes(zipped({"P1.xlsx": parts_of(packed)[FIRST]}))
    (item,) = department.imports(path).items
    assert (item.file, item.outcome) == ("打包.zip/P1.xlsx", "refused")
    assert item.checked is not None
    assert {"structure.issue_unknown", "name.not_on_roster"} <= {finding.rule for finding in item.checked.findings}


def test_refused_package__is_said_in_the_terminal_and_in_json(
    packed: Packed, department: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = parts_of(packed)
    with_a_file_more(parts)
    path = tmp_path / "包.zip"
    path.write_bytes(zipped(parts))
    words = ["import", str(department.collection.folder), str(path)]
    assert main(words) == 1
    assert "包.zip：没有导入，应退回修改" in capsys.readouterr().out
    assert main([*words, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["packages"], document["items"][0]["outcome"]) == ([], "rejected")
    assert document["items"][0]["findings"][0]["rule"] == "file.package_altered"


def test_every_money_line_of_the_form__is_one_that_packages_carry() -> None:
    shown = {key for key in packaged().form.fields if key.startswith(("total_", "annual_")) and key != "annual_goal"}
    assert shown == set(MONEY_LINES)


class Named(UserDict[str, str]):
    """The files that a manifest names; counts how often somebody goes through them all."""

    times = 0

    def __iter__(self) -> Iterator[str]:
        Named.times += 1
        return super().__iter__()


def test_files_of_a_package__are_held_against_the_manifest_without_going_through_it_for_each(
    packed: Packed, department: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(data: bytes) -> Manifest:
        manifest = read_manifest(data)
        return manifest._replace(files=Named(manifest.files))

    monkeypatch.setattr(package_in, "read_manifest", read)
    before = Named.times
    assert department.imports(packed.path).packages
    assert Named.times - before < len(parts_of(packed))
