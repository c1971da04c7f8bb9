"""The buttons' actions without Excel: what they answer, what goes wrong in words, the installation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, collection_of, files_under, is_chinese_sentence, parent, saved
from tests.loaded import opened
from workbook_builder.addin import actions, install, run
from workbook_builder.addin.actions import ACTIONS
from workbook_builder.addin.answers import Ask, Copy, Message, Open, Save, Select, Step, Table, escaped
from workbook_builder.addin.build import ADDIN
from workbook_builder.addin.call import Call
from workbook_builder.addin.tables import problems
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.errors import UsageError
from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.resources import folder

pytestmark = pytest.mark.slow


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return collection_of(tmp_path / "任务", parent("书记工作室"))


def begun(collection: Collection, path: Path) -> bytes:
    """A workbook in which a unit has only said who fills it in."""
    return Issued(collection, path, Desk(collection)).filled({"filler": "张三"})


@pytest.fixture(autouse=True)
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's Windows profile, with a Chinese name."""
    place = tmp_path / "张 三"
    for name in ("APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(place))
    return place


def click(action: str, book: Path | None, **more: Any) -> list[Step]:
    steps, _ = run.run(action, Call(book, **more))
    return list(steps)


def said(steps: list[Step]) -> str:
    (message,) = (step for step in steps if isinstance(step, Message))
    assert is_chinese_sentence(message.text)
    return message.text


def test_new__asks_for_place_and_year_then_makes_the_collection_and_opens_its_roster(tmp_path: Path) -> None:
    (place,) = click("new", None)
    assert isinstance(place, Ask)
    assert (place.name, place.kind) == ("folder", "folder")
    (year,) = click("new", None, answers={"folder": str(tmp_path)})
    assert isinstance(year, Ask)
    assert (year.name, year.kind) == ("year", "text")
    steps = click("new", None, answers={"folder": str(tmp_path), "year": " 2023 "})
    made = tmp_path / "2023年绩效目标申报"
    assert steps[0] == Open(made / "名册.xlsx")
    assert (made / "模板.xlsx").is_file()
    assert "生成下发" in said(steps)


@pytest.mark.parametrize("year", ["二〇二三", "23", "", "2023年"])
def test_new_with_a_year_that_is_none__says_what_was_found_and_makes_nothing(tmp_path: Path, year: str) -> None:
    steps = click("new", None, answers={"folder": str(tmp_path), "year": year})
    assert f"现为“{year}”" in said(steps)
    assert not list(tmp_path.glob("*年绩效目标申报"))


@pytest.mark.parametrize("action", [action for action in ACTIONS if action not in ("new", "help")])
def test_button_without_a_saved_workbook__says_to_open_one(action: str, tmp_path: Path) -> None:
    for book in (None, tmp_path / "没有.xlsx"):
        assert said(click(action, book)).startswith("当前没有已保存的工作簿。")


@pytest.mark.parametrize("action", ["generate", "import", "report", "return", "status"])
def test_button_outside_a_collection__says_to_open_its_roster(action: str, tmp_path: Path) -> None:
    book = tmp_path / "别处.xlsx"
    book.write_bytes(b"")
    assert "请打开任务文件夹里的 名册.xlsx" in said(click(action, book))


def test_workbook_with_changes_that_are_not_saved__is_saved_first(collection: Collection) -> None:
    before = files_under(collection.folder)
    (step,) = click("generate", collection.roster, is_unsaved=True)
    assert isinstance(step, Save)
    assert "“名册.xlsx”有未保存的修改" in step.prompt
    assert files_under(collection.folder) == before


def test_check_of_changes_that_are_not_saved__looks_at_a_copy_and_asks_nothing(
    collection: Collection, tmp_path: Path
) -> None:
    before = files_under(collection.folder)
    assert click("check", collection.roster, is_unsaved=True) == [Copy("copy")]
    book = opened(collection.roster.read_bytes())
    book["项目名册"]["B4"] = None
    copy = tmp_path / "副本.xlsx"
    copy.write_bytes(saved(book))
    steps = click("check", collection.roster, is_unsaved=True, answers={"copy": str(copy)})
    assert steps[0] == Select("项目名册", "B4")
    assert said(steps).startswith("“名册.xlsx”：")
    assert (copy.exists(), files_under(collection.folder)) == (False, before)


def test_check_of_a_declaration_that_is_not_saved__judges_what_is_typed(example: Issued, tmp_path: Path) -> None:
    book = opened(example.data)
    book["01 “两新”党建"]["C7"] = "28.67万"
    copy = tmp_path / "副本.xlsx"
    copy.write_bytes(saved(book))
    steps = click("check", example.path, is_unsaved=True, answers={"copy": str(copy)})
    (table,) = [step for step in steps if isinstance(step, Table)]
    assert ("01 “两新”党建", "C7") in {tuple(row[1:3]) for row in table.rows}
    assert said(steps).startswith(f"“{example.path.name}”：应退回修改")
    assert not copy.exists()


def test_generate__writes_the_workbooks_and_opens_the_list_of_issues(collection: Collection) -> None:
    words: list[str] = []
    answer = actions.generate_workbooks(Call(collection.roster, say=words.append))
    assert words == ["生成 0/1 …", "生成 1/1 …"]
    assert Open(collection.outgoing / "下发清单.xlsx") in answer
    assert len(list(collection.outgoing.glob("*/*.xlsx"))) == 1
    assert said(list(answer)).startswith("共生成 1 个工作簿")


def test_generate_from_a_roster_with_mistakes__lists_them_and_goes_to_the_first(collection: Collection) -> None:
    book = opened(collection.roster.read_bytes())
    book["项目名册"]["B4"] = None
    collection.roster.write_bytes(saved(book))
    steps, code = run.run("generate", Call(collection.roster))
    select, table, message = steps
    assert select == Select("项目名册", "B4")
    assert isinstance(table, Table)
    assert table.title == "问题"
    assert table.rows[0][:3] == ("错误", "项目名册", "B4")
    assert isinstance(message, Message)
    assert message.is_error
    assert code == 1
    assert not list(collection.outgoing.rglob("*.xlsx"))


def test_check__lists_errors_before_warnings_and_goes_to_the_first_error(example: Issued, tmp_path: Path) -> None:
    book = opened(example.data)
    book["01 “两新”党建"]["C7"] = "28.67万"
    path = tmp_path / "交回.xlsx"
    path.write_bytes(saved(book))
    before = path.read_bytes()
    steps = click("check", path)
    select, table = steps[:2]
    assert isinstance(table, Table)
    levels = [row[0] for row in table.rows]
    assert levels == sorted(levels, key=lambda level: level != "错误")
    assert set(levels) == {"错误", "提醒"}
    assert isinstance(select, Select)
    assert (select.sheet, select.cell) == next(row[1:3] for row in table.rows if row[2])
    assert "“交回.xlsx”：应退回修改。错误" in said(steps)
    assert path.read_bytes() == before


def test_check_of_roster_or_template__finds_nothing_and_says_so(collection: Collection) -> None:
    for path in (collection.roster, collection.template):
        assert said(click("check", path)) == f"“{path.name}”：没有发现问题。"


def test_check_of_a_file_that_is_no_workbook__says_so(tmp_path: Path) -> None:
    path = tmp_path / "图片.xlsx"
    path.write_bytes(b"no workbook")
    steps = click("check", path)
    assert isinstance(steps[0], Table)
    assert "“图片.xlsx”：无法读取。错误 1，提醒 0" in said(steps)


def test_import__says_how_far_it_is_and_lists_each_file(collection: Collection) -> None:
    actions.generate_workbooks(Call(collection.roster))
    (issued,) = collection.outgoing.glob("*/*.xlsx")
    (collection.folder / "收回" / "甲.xlsx").write_bytes(begun(collection, issued))
    (collection.folder / "收回" / "乙.xlsx").write_bytes(b"")
    words: list[str] = []
    table, report, of_report, message = actions.import_incoming(Call(collection.roster, say=words.append))
    assert report == Open(collection.folder / "汇总.xlsx")
    assert "汇总.xlsx 已重新生成，共 1 个项目。" in said([of_report])
    assert words == ["导入 0/2 …", "导入 1/2 …", "导入 2/2 …"]
    assert isinstance(table, Table)
    assert [(row[0], row[2]) for row in table.rows] == [("乙.xlsx", "无法读取"), ("甲.xlsx", "应退回修改")]
    assert set(table.colours) == {0, 1}
    assert "共 2 个文件，应退回 1 个，无法读取 1 个。" in said([message])


def test_import_of_the_last_part__lists_the_whole_too(collection: Collection) -> None:
    generate(collection, packaged_catalogue(), split=True)
    for number, part in enumerate(sorted(collection.outgoing.glob("*/*.xlsx"))):
        (collection.folder / "收回" / f"{number}.xlsx").write_bytes(begun(collection, part))
    table, *_ = actions.import_incoming(Call(collection.roster))
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == ["已记入台账", "已记入台账", "各部分已交齐，合成整份"]
    assert table.rows[2][2] == "应退回修改"


def test_import_of_an_empty_folder__says_where_to_put_the_files(collection: Collection) -> None:
    assert "收回”中没有文件" in said(click("import", collection.roster))


def test_report_that_is_open__is_left_and_what_was_imported_stays(collection: Collection) -> None:
    actions.generate_workbooks(Call(collection.roster))
    (issued,) = collection.outgoing.glob("*/*.xlsx")
    (collection.folder / "收回" / "甲.xlsx").write_bytes(begun(collection, issued))
    (collection.folder / "~$汇总.xlsx").write_bytes(b"")
    table, refused, _ = actions.import_incoming(Call(collection.roster))
    assert isinstance(table, Table)
    assert isinstance(refused, Message)
    assert refused.is_error
    assert refused.text.startswith("汇总.xlsx 没有重新生成：汇总.xlsx 正在 Excel 等程序中打开")
    (collection.folder / "~$汇总.xlsx").unlink()
    assert click("report", collection.roster)[0] == Open(collection.folder / "汇总.xlsx")
    assert "未交 0，应退回修改 1" in said(click("status", collection.roster))


def test_return__lists_the_copies_and_what_has_none(collection: Collection) -> None:
    assert "没有应退回修改的申报" in said(click("return", collection.roster))
    actions.generate_workbooks(Call(collection.roster))
    (issued,) = collection.outgoing.glob("*/*.xlsx")
    (collection.folder / "收回" / "甲.xlsx").write_bytes(begun(collection, issued))
    (collection.folder / "收回" / "乙.xlsx").write_bytes(b"")
    actions.import_incoming(Call(collection.roster))
    words: list[str] = []
    table, message = actions.make_return_copies(Call(collection.roster, say=words.append))
    assert words == ["退回 0/1 …", "退回 1/1 …"]
    assert isinstance(table, Table)
    assert [row[:3] for row in table.rows] == [("甲.xlsx", "P1", "已生成"), ("乙.xlsx", "", "没有退回稿")]
    assert (collection.folder / table.rows[0][5]).is_file()
    assert table.rows[1][6].endswith("。")
    assert "共生成 1 份退回稿" in said([message])


def test_status__opens_the_list_of_those_to_remind(collection: Collection) -> None:
    steps = click("status", collection.roster)
    assert steps[0] == Open(collection.folder / "催报清单.xlsx")
    assert (collection.folder / "催报清单.xlsx").is_file()
    assert said(steps).startswith("应报 1 个项目：未交 1，应退回修改 0，已接收 0，逾期 0。")


def test_help__tells_what_each_button_does() -> None:
    (table,) = click("help", None)
    assert isinstance(table, Table)
    assert len(table.rows) == len(ACTIONS)
    assert all(label and does.endswith("。") for label, does in table.rows)


def test_program_error__is_one_sentence_and_its_traceback_is_in_the_log(
    profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_call: Call) -> list[Step]:
        raise KeyError("secret")

    monkeypatch.setitem(ACTIONS, "help", fail)
    steps, code = run.run("help", Call())
    (log,) = (profile / "workbook_builder" / "logs").glob("*.txt")
    assert code == 70
    assert said(list(steps)) == f"程序内部出错（KeyError）。请把文件“{log}”发给维护人员。"
    assert "KeyError: 'secret'" in log.read_text(encoding="utf-8")


def test_program_error_where_no_log_can_be_written__is_still_a_sentence(
    profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile.write_text("a file in the way")
    monkeypatch.setitem(ACTIONS, "help", lambda _call: 1 // 0)
    assert "无法写入" in said(click("help", None))


def test_table_of_many_findings__colours_each_row_by_its_level() -> None:
    findings = [Finding("a", "warning", "表", "A1", None, "提醒。"), Finding("b", "error", None, None, None, "错误。")]
    table = problems(findings)
    assert [row[0] for row in table.rows] == ["错误", "提醒"]
    assert [area for area, _ in table.areas] == ["A1:E1", "A2:E2", "A3:E3"]


def test_command_run__writes_ascii_lines_and_says_the_same_as_json(
    tmp_path: Path, collection: Collection, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "结 果.txt"
    words = ["addin", "run", "generate", "--result", escaped(str(result)), "--book", escaped(str(collection.roster))]
    assert main([*words, "--unsaved", "--json", "--wb=名册.xlsx", "--hwnd=1", "--from_xl=1"]) == 0
    (step,) = json.loads(capsys.readouterr().out)
    assert step["step"] == "save"
    assert result.read_bytes() == f"save\t{escaped(step['prompt'])}\r\n".encode("ascii")


def test_command_run_of_an_unknown_button__is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["addin", "run", "print", "--result", str(tmp_path / "r.txt")]) == 2
    assert "没有按钮“print”。可用的有：new、generate" in "".join(capsys.readouterr())
    assert not (tmp_path / "r.txt").exists()


def test_installed__lies_where_excel_starts_it_and_knows_its_python(profile: Path) -> None:
    assert main(["addin", "install"]) == 0
    addin = profile / "Microsoft" / "Excel" / "XLSTART" / ADDIN
    assert addin.read_bytes() == (folder("macros") / ADDIN).read_bytes()
    note = (profile / "workbook_builder" / "addin.txt").read_bytes()
    assert note == f"{escaped(sys.executable)}\r\n".encode("ascii")
    assert main(["addin", "install", "--check"]) == 0


def test_installation_with_faults__names_each_with_its_remedy(
    profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["addin", "install", "--check", "--json"]) == 1
    missing = json.loads(capsys.readouterr().out)["faults"]
    where = install.install()
    where.addin.write_bytes(b"older")
    where.note.write_text(escaped(str(profile / "python.exe")))
    changed = install.faults()
    install.install()
    monkeypatch.setattr(install, "find_spec", lambda _name: None)
    assert [len(missing), len(changed), len(install.faults())] == [2, 2, 1]
    for fault in (*missing, *changed, *install.faults()):
        assert is_chinese_sentence(fault)
        assert "请" in fault
        assert "install" in fault


def test_uninstalled__leaves_nothing_behind(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["addin", "install"])
    assert main(["addin", "install", "--uninstall"]) == 0
    assert files_under(profile) == {}
    assert main(["addin", "install", "--uninstall"]) == 0
    assert "没有安装" in capsys.readouterr().out


def test_installation_without_a_windows_profile__says_where_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPDATA")
    with pytest.raises(UsageError, match="请在装有 Excel 的 Windows 上安装"):
        install.install()
    assert main(["addin", "install", "--uninstall", "--check"]) == 2


@pytest.mark.slow
def test_without_xlwings__library_and_buttons_work(collection: Collection, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['xlwings'] = None\n"
        "from workbook_builder import *; from workbook_builder.cli.app import main\n"
        f"sys.exit(main({['addin', 'run', 'check', '--result', str(tmp_path / 'r.txt'), '--book', str(collection.roster)]}))"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    assert (tmp_path / "r.txt").read_bytes().startswith(b"message\t")
