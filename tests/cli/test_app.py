"""The command: exit codes, one JSON document on stdout, Chinese sentences, no traceback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import typer

from tests.cli.commands import Command
from tests.helpers import Issued, changed_in_sub, collection_of, family, files_under, issued, project, single
from tests.loaded import opened
from workbook_builder.cli import console
from workbook_builder.cli.app import app, main
from workbook_builder.cli.commands import workbooks
from workbook_builder.cli.demo import Demo
from workbook_builder.errors import UsageError

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def written(path: Path, entry: Any) -> Path:
    path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")
    return path


def commands(group: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*names, name))
        else:
            yield (*names, name), one


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command__has_json_and_a_chinese_help(command: Command, names: tuple[str, ...]) -> None:
    assert ["--json"] in [parameter.opts for parameter in COMMANDS[names].params]
    ran = command(*names, "--help")
    assert ran.code == 0
    assert "--json" in ran.out
    assert "显示用法" in ran.out
    assert not re.search(r"\[required\]|\[default|Show this|and exit", ran.out)
    assert any("一" <= letter <= "鿿" for letter in COMMANDS[names].help)


@pytest.mark.parametrize(
    "words", [(), ("nonsense",), ("check",), ("fill", "a"), ("new", "x", "--year", "99"), ("check", "--x")]
)
def test_wrong_usage__is_2_with_a_sentence(command: Command, words: tuple[str, ...]) -> None:
    ran = command(*words)
    assert ran.code == 2
    assert any("一" <= letter <= "鿿" for letter in ran.out + ran.err)
    if words:
        assert ran.out == ""
        assert "用法不对" in ran.err
        assert "用法不对" in command(*words, "--json").json["error"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("genrate",), "没有命令“genrate”，是不是 generate？"),
        (("check", "x.xlsx", "--jsn"), "没有选项 --jsn，是不是 --json？"),
        (("new", "x", "--year", "abc"), "--year 应为整数。"),
        (("new", "x", "--year", "2500"), "--year 应不大于 2100。"),
        (("new", "x", "--year", "99"), "--year 应不小于 "),
    ],
)
def test_wrong_usage__says_what_is_expected_or_meant(command: Command, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in command(*words).err


def test_round_by_commands__from_new_to_check(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "任务[甲]"
    ran = command("new", folder, "--year", "2022")
    assert (ran.code, ran.err) == (0, "")
    assert "已新建" in ran.out
    assert str(folder / "名册.xlsx") in ran.out.replace("\n", "")
    roster = openpyxl.load_workbook(folder / "名册.xlsx")
    for cell, value in {"A4": "P1", "B4": "社区培训", "F4": "U1"}.items():
        roster["项目名册"][cell] = value
    roster["单位名册"]["A4"], roster["单位名册"]["B4"] = "U1", "某单位"
    roster.save(folder / "名册.xlsx")

    done = command("generate", folder, "--json").json
    assert (len(done["written"]), done["unchanged"], done["findings"]) == (1, [], [])
    workbook = Path(done["written"][0])
    again = command("generate", folder)
    assert (again.code, "另有 1 个工作簿与上次下发时相同" in again.out) == (0, True)

    described = command("describe", workbook, "--json").json
    assert described["form"] == {
        "id": "sh-performance-target", "version": "2022.2", "fiscal_year": 2022, "round": "一上",
    }  # fmt: skip
    assert "…" not in command("describe", workbook).out

    data, filled = written(tmp_path / "数据.json", single()), tmp_path / "填好[1].xlsx"
    assert command("fill", workbook, data, "-o", filled, "--json").json == {"file": str(filled)}
    ran = command("check", filled, "--collection", folder, "--json")
    (item,) = ran.json
    assert (ran.code, ran.err, item["status"], item["findings"]) == (0, "", "accepted", [])
    assert (item["file"], item["declaration"]["annual_funds"]) == ("填好[1].xlsx", "1200000.00")
    shown = command("check", filled)
    assert (shown.code, "可以接收" in shown.out, "未核对" in shown.out) == (0, True, True)
    assert "未核对" not in command("check", filled, "--collection", folder).out


def test_new_in_a_collection__is_2_and_changes_nothing(command: Command, tmp_path: Path) -> None:
    assert command("new", tmp_path / "任务", "--year", "2022").code == 0
    before = files_under(tmp_path)
    ran = command("new", tmp_path / "任务", "--year", "2023")
    assert (ran.code, "已有任务" in ran.err) == (2, True)
    assert files_under(tmp_path) == before


@pytest.mark.parametrize(("content", "code"), [(PNG, 3), (None, 3)])
def test_new_from_a_template_that_is_none__writes_nothing(
    command: Command, tmp_path: Path, content: bytes | None, code: int
) -> None:
    template = tmp_path / "模板.xlsx"
    if content is not None:
        template.write_bytes(content)
    ran = command("new", tmp_path / "任务", "--year", "2022", "--template", template, "--json")
    assert (ran.code, ran.json["error"] in ran.err.replace("\n", "")) == (code, True)
    assert not (tmp_path / "任务").exists()


def test_generate_outside_a_collection__is_2(command: Command, tmp_path: Path) -> None:
    ran = command("generate", tmp_path / "[/red]没有", "--json")
    assert (ran.code, ran.json["findings"]) == (2, [])
    assert "不是任务文件夹" in ran.json["error"]
    assert "[/red]没有" in ran.err


def test_check_of_several_files__ends_with_how_many_there_are_of_each_verdict(
    command: Command, tmp_path: Path, alone: Issued
) -> None:
    (tmp_path / "甲.xlsx").write_bytes(alone.filled(single()))
    assert "共 1 个文件" not in command("check", tmp_path).out
    (tmp_path / "乙.xlsx").write_bytes(alone.filled(single(annual_goal=None)))
    (tmp_path / "丙.xlsx").write_bytes(b"")
    assert command("check", tmp_path).out.endswith("共 3 个文件：可以接收 1，应退回修改 1，无法读取 1。\n")


def test_generate_with_a_mistake_on_the_roster__is_1_and_names_the_cell(command: Command, tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project(), project("P2", "甲[/b]"), project("P2", "乙"))
    before = files_under(tmp_path)
    ran = command("generate", collection.folder, "--json")
    (finding,) = ran.json["findings"]
    assert (ran.code, finding["rule"], finding["sheet"], finding["cell"]) == (
        1, "roster.code_duplicate", "项目名册", "A6",
    )  # fmt: skip
    assert "「项目名册」表 A6" in command("generate", collection.folder).err
    assert files_under(tmp_path) == before


def test_demo__shows_the_findings_and_where_the_files_are(command: Command, tmp_path: Path) -> None:
    ran = command("demo", "-o", tmp_path / "演示")
    assert ran.code == 0
    for words in ("可以接收（错误 0，提醒 50）", "同样的问题还有", "填好的工作簿", "档案", "text.markup"):
        assert words in ran.out
    assert command("demo", "-o", tmp_path / "演示").code == 2
    report = command("demo", "-o", tmp_path / "又一次", "--json").json
    assert report["checked"]["declaration"]["annual_appropriation"] == "1411700.00"
    assert Path(report["filled"]).is_file()


def test_rules__are_listed_with_their_levels_and_formulas(command: Command) -> None:
    found = {rule["id"]: rule for rule in command("rules", "--json").json}
    assert found["funds.annual_other_exceeds_total"]["needs"] == ["annual_other", "total_other"]
    assert (found["indicator.no_cost"]["level"], found["indicator.no_cost"]["severity"]) == ("off", "warning")
    assert (found["amount.invalid"]["class"], found["amount.invalid"]["adjustable"]) == ("G", False)
    assert found["indicator.vague"]["fails_when"] is None
    shown = command("rules").out
    assert all(rule_id in shown for rule_id in found)


def test_check__gives_the_review_work_sheet_in_one_line(command: Command, shown: Demo) -> None:
    out = command("check", shown.filled).out
    assert "审核工作单 系统初评：规范完整性 8/10、" in out
    assert "待人工审核：目标相关性、" in out


def test_check_of_good_and_bad_files__has_the_highest_code(command: Command, shown: Demo, tmp_path: Path) -> None:
    png = tmp_path / "照片.png"
    png.write_bytes(PNG)
    foreign = tmp_path / "别的.xlsx"
    openpyxl.Workbook().save(foreign)
    assert command("check", shown.filled).code == 0
    assert command("check", shown.filled, foreign).code == 1
    ran = command("check", png, shown.filled, foreign, tmp_path / "没有.xlsx", "--json")
    assert (ran.code, ran.err) == (3, "")
    assert [(item["file"], item["status"]) for item in ran.json] == [
        ("照片.png", "unreadable"),
        (shown.filled.name, "accepted"),
        ("别的.xlsx", "returned"),
        ("没有.xlsx", "unreadable"),
    ]
    assert [item["findings"][0]["rule"] for item in ran.json if item["status"] == "unreadable"] == [
        "file.not_a_workbook", "file.unreadable",
    ]  # fmt: skip


def test_check_of_a_folder__takes_every_file_in_it_but_lock_files(
    command: Command, shown: Demo, tmp_path: Path
) -> None:
    (tmp_path / "甲").mkdir()
    (tmp_path / "甲" / "一.xlsx").write_bytes(shown.filled.read_bytes())
    (tmp_path / "二.png").write_bytes(PNG)
    (tmp_path / "~$二.xlsx").write_bytes(b"lock")
    assert [item["file"] for item in command("check", tmp_path, "--json").json] == ["二.png", "一.xlsx"]


def test_check_of_a_collection__takes_what_came_back(command: Command, shown: Demo) -> None:
    ran = command("check", shown.collection.folder, "--json")
    assert [(item["file"], item["unverified"]) for item in ran.json] == [(shown.filled.name, [])]


def test_check_of_an_empty_folder__says_what_to_do(command: Command, tmp_path: Path) -> None:
    ran = command("check", tmp_path)
    assert ran.code == 2
    assert "没有文件" in ran.err


def test_no_words__give_the_help_and_nothing_else(command: Command) -> None:
    ran = command()
    assert (ran.code, ran.err) == (2, "")


def test_roster_or_template_given_to_check__is_called_by_its_name(command: Command, shown: Demo) -> None:
    ran = command("check", shown.collection.roster, shown.collection.template, "--json")
    assert ["是名册" in ran.json[0]["findings"][0]["message"], "是模板" in ran.json[1]["findings"][0]["message"]] == [
        True
    ] * 2


def test_check__writes_nothing(command: Command, shown: Demo) -> None:
    before = files_under(shown.collection.folder)
    command("check", shown.filled)
    assert files_under(shown.collection.folder) == before


def test_check_of_a_declaration_with_errors__is_1_and_shows_errors_first(
    command: Command, with_sub: Issued, tmp_path: Path
) -> None:
    path = tmp_path / "[red]错.xlsx"
    entry = changed_in_sub(annual_goal="[/b]<提升>", total_fiscal="2000万")
    path.write_bytes(with_sub.filled({**entry, "filler": None}))
    ran = command("check", path, "--collection", with_sub.collection.folder)
    assert ran.code == 1
    assert "[red]错.xlsx：应退回修改（错误 1，提醒 2）" in ran.out
    assert ran.out.index("amount.invalid") < ran.out.index("text.filler_missing")


def test_fill_over_an_existing_file__is_2_and_leaves_it(command: Command, alone: Issued, tmp_path: Path) -> None:
    data, output = written(tmp_path / "数据.json", single()), tmp_path / "结果.xlsx"
    output.write_bytes(b"mine")
    ran = command("fill", alone.path, data, "-o", output)
    assert (ran.code, "没有覆盖" in ran.err, output.read_bytes()) == (2, True, b"mine")
    assert command("fill", alone.path, data, "-o", alone.path).code == 2


@pytest.mark.parametrize(
    ("entry", "code", "rule"),
    [
        (single(anual_funds="1"), 1, "fill.unknown_key"),
        (
            single(indicators=[{"level2": "成本指标", "name": f"成本{n}", "target": "1"} for n in range(4)]),
            1,
            "fill.no_row",
        ),
        (family(), 1, "fill.unknown_key"),
        ([single()], 3, "fill.not_json"),
    ],
)
def test_fill_with_data_that_does_not_fit__writes_nothing(
    command: Command, alone: Issued, tmp_path: Path, entry: Any, code: int, rule: str
) -> None:
    ran = command("fill", alone.path, written(tmp_path / "数据.json", entry), "-o", tmp_path / "结果.xlsx", "--json")
    assert (ran.code, {finding["rule"] for finding in ran.json["findings"]}) == (code, {rule})
    assert ran.json["error"] in ran.err.replace("\n", "")
    assert files_under(tmp_path).keys() == {"数据.json"}


@pytest.mark.parametrize("name", ["describe", "fill"])
def test_describe_and_fill_of_no_workbook__are_3(command: Command, tmp_path: Path, name: str) -> None:
    png = tmp_path / "a.xlsx"
    png.write_bytes(PNG)
    more = (written(tmp_path / "b.json", {}), "-o", tmp_path / "c.xlsx") if name == "fill" else ()
    ran = command(name, png, *more, "--json")
    assert (ran.code, ran.json["findings"][0]["rule"]) == (3, "file.not_a_workbook")
    assert not (tmp_path / "c.xlsx").exists()


def test_template_commands__check_and_describe(command: Command, shown: Demo, tmp_path: Path) -> None:
    template = shown.collection.template
    ran = command("template", "check", template, "--json")
    assert (ran.code, ran.json) == (0, {"file": "模板.xlsx", "findings": []})
    assert "没有错误" in command("template", "check", template).out
    described = command("template", "describe", template)
    assert described.out.startswith("表单 sh-performance-target")
    assert command("template", "describe", template, "--json").json["text"] == described.out.splitlines()
    book = opened(template.read_bytes())
    book["申报表"]["B3"] = "{{projct_name}}"
    book.save(tmp_path / "错.xlsx")
    ran = command("template", "check", tmp_path / "错.xlsx", "--json")
    assert (ran.code, ("申报表", "B3") in [(f["sheet"], f["cell"]) for f in ran.json["findings"]]) == (1, True)
    assert "「申报表」表 B3" in command("template", "check", tmp_path / "错.xlsx").out


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError("our defect")

    monkeypatch.setattr(console, "show_checked", fails)
    monkeypatch.setattr(workbooks, "desks_for", fails)


@pytest.mark.usefixtures("broken")
def test_defect_of_ours__is_70_with_a_sentence_and_a_traceback_only_for_debug(command: Command) -> None:
    ran = command("check", "a.xlsx")
    assert (ran.code, ran.out) == (70, "")
    assert "程序内部出错：ZeroDivisionError" in ran.err
    assert "--debug" in ran.err
    assert "ZeroDivisionError" in command("check", "a.xlsx", "--json").json["error"]
    debugged = command("check", "a.xlsx", "--debug")
    assert (debugged.code, "Traceback" in debugged.err, "our defect" in debugged.err) == (70, True, True)


def test_program_in_a_plain_terminal__gives_its_code_and_utf8(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "workbook_builder.cli", "check", str(tmp_path / "没有.xlsx"), "--json"]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(program, capture_output=True, env=environment, check=False)
    assert (ran.returncode, ran.stderr) == (3, b"")
    assert json.loads(ran.stdout)[0]["file"] == "没有.xlsx"


def test_interrupt__is_said_and_leaves_a_document(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workbooks, "desks_for", stops)
    ran = command("check", "a.xlsx")
    assert (ran.code, ran.out, ran.err) == (130, "", "已中断。已经完成的部分保留，再运行一次即可接着做。\n")
    assert command("check", "a.xlsx", "--json").json["error"].startswith("已中断。")


@pytest.mark.parametrize("kind", [ValueError, UsageError])
def test_interrupt_that_a_library_made_an_error_of_its_own__is_said_as_one(
    command: Command, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def stops(*_: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise kind("what was begun cannot be ended now")

    monkeypatch.setattr(workbooks, "desks_for", stops)
    ran = command("check", "a.xlsx")
    assert (ran.code, ran.out, ran.err) == (130, "", "已中断。已经完成的部分保留，再运行一次即可接着做。\n")


def test_check_of_files_of_two_collections__judges_each_by_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for name in ("甲", "乙", "丙"):
        form = issued(tmp_path / name, project(name, name))
        path = form.collection.folder / "收回" / f"{name}.xlsx"
        path.write_bytes(form.filled(single()))
        paths.append(str(path))
    assert main(["check", *paths, paths[0], "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [(entry["file"], entry["unverified"], entry["findings"]) for entry in entries] == [
        (f"{name}.xlsx", [], []) for name in ("甲", "乙", "丙", "甲")
    ]
