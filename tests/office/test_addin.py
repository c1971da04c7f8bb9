"""The buttons in LibreOffice, from the ribbon's callback to the cells: by VBA and a Python child, and by xlwings.

What stays unseen here: the ribbon itself, the trust prompts, Excel's COM, WPS (docs/windows-checklist.md).
"""

import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import Issued, collection_of, parent
from tests.office.programs import Click, Clicked, SdkProblem
from workbook_builder.addin.actions import ACTIONS
from workbook_builder.addin.answers import escaped
from workbook_builder.addin.build import ADDIN, RIBBON_PART, build, module_texts
from workbook_builder.addin.ribbon import buttons
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge import opening as judging
from workbook_builder.resources import folder

TWINS = Path(__file__).parent / "addin"
ClickByVba = Callable[[Path, Path, Sequence[Click]], list[Clicked]]
ClickInExcel = Callable[[Sequence[Click]], list[Clicked]]
ERROR, WARNING, HEADER = "ffc7ce", "ffeb9c", "ddebf7"
NAME_OF_THE_PROJECT, CODE_OF_THE_PROJECT = "项目名册!B4", "项目名册!A4"
FILE_IN_THE_REPORT = "收表进度!J4"
FORMULA = "=1+1"


class Desk(NamedTuple):
    """What the clicks are about."""

    place: Path
    collection: Collection  # in a folder whose name has a space and "="
    returned: Path  # in 收回/, its name the same; little is filled in

    @property
    def roster(self) -> Path:
        return self.collection.roster


def desk_in(place: Path) -> Desk:
    collection = collection_of(place / "任务 a=b" / "2022", parent("书记工作室"))
    (issued,) = generate(collection, packaged_catalogue()).written
    returned = collection.folder / "收回" / "=1+1.xlsx"
    returned.write_bytes(Issued(collection, issued, judging.Desk(collection)).filled({"filler": "张三"}))
    return Desk(place, collection, returned)


def installed(profile: Path, python: str) -> Path:
    """A profile in which `addin install` noted this Python."""
    note = profile / "workbook_builder" / "addin.txt"
    note.parent.mkdir(parents=True)
    note.write_bytes(f"{escaped(python)}\r\n".encode("ascii"))
    return profile


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The add-in with the one module replaced that knows Windows."""
    path = tmp_path_factory.mktemp("addin") / "加载项.xlam"
    path.write_bytes(build(module_texts(TWINS)))
    return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_in(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def by_vba(click_by_vba: ClickByVba, addin: Path, desk: Desk) -> Mapping[str, Clicked]:
    """What clicks led to, all in one LibreOffice, each in a Python child."""
    clicks: dict[str, Click] = {
        "help": {"button": "help"},
        "check": {"button": "check", "book": desk.returned},
        "not saved": {"button": "generate", "book": desk.roster, "type": {NAME_OF_THE_PROJECT: "改名"}},
        "checked unsaved": {"button": "check", "book": desk.roster, "type": {NAME_OF_THE_PROJECT: ""}},
        "cancelled": {"button": "new", "book": desk.roster},
        "new": {"button": "new", "folder": str(desk.place / "新 建"), "text": "2023"},
        "generate": {"button": "generate", "book": desk.roster},
        "import": {"button": "import", "book": desk.roster},
        "report": {"button": "report", "book": desk.roster},
        "return": {"button": "return", "book": desk.roster},
        "status": {"button": "status", "book": desk.roster},
        "chase": {"button": "chase", "book": desk.roster},
        "history": {"button": "history", "book": desk.roster, "at": CODE_OF_THE_PROJECT},
        "prefer": {"button": "prefer", "book": desk.roster, "at": CODE_OF_THE_PROJECT},
        "package": {"button": "package", "book": desk.roster},
        "publish": {"button": "publish", "book": desk.roster},
        "rollover": {"button": "rollover", "book": desk.roster, "folder": str(desk.place), "text": "2023"},
        "split": {"button": "split", "book": desk.roster},
        "take back": {"button": "take_back", "book": desk.collection.report, "at": FILE_IN_THE_REPORT},
        "not put back": {"button": "take_back", "book": desk.collection.report, "at": FILE_IN_THE_REPORT},
        "put back": {"button": "take_back", "book": desk.collection.report, "at": FILE_IN_THE_REPORT, "yes": True},
        "mistake": {"button": "generate", "book": desk.roster, "type": {NAME_OF_THE_PROJECT: ""}, "yes": True},
        "python missing": {"button": "help", "python": "/nowhere/python"},
        "python broken": {"button": "help", "python": "/bin/false"},
    }
    assert {click["button"] for click in clicks.values()} == set(ACTIONS)
    profile = installed(desk.place / "张 三", sys.executable)
    return dict(zip(clicks, click_by_vba(addin, profile, list(clicks.values())), strict=True))


@pytest.fixture(scope="module")
def in_excel(click_in_excel: ClickInExcel, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Clicked]:
    """The same where xlwings reaches the program, on a desk of its own; `new` has been answered."""
    desk = desk_in(tmp_path_factory.mktemp("desk"))
    elsewhere = desk.place / "别处.xlsx"
    elsewhere.write_bytes(desk.roster.read_bytes())
    answers = {"folder": str(desk.place / "新 建"), "year": "2023"}
    clicks: dict[str, Click] = {
        "help": {"button": "help", "book": desk.roster},
        "check": {"button": "check", "book": desk.returned},
        "new": {"button": "new", "book": desk.returned, "answers": answers},
        "generate": {"button": "generate", "book": desk.roster},
        "import": {"button": "import", "book": desk.roster},
        "report": {"button": "report", "book": desk.roster},
        "return": {"button": "return", "book": desk.roster},
        "status": {"button": "status", "book": desk.roster},
        "chase": {"button": "chase", "book": desk.roster},
        "history": {"button": "history", "book": desk.roster, "answers": {"code": "P1"}},
        "prefer": {"button": "prefer", "book": desk.roster, "answers": {"file": "P1", "reason": "核对过"}},
        "package": {"button": "package", "book": desk.roster},
        "publish": {"button": "publish", "book": desk.roster},
        "rollover": {"button": "rollover", "book": desk.roster, "answers": {"next": "2023", "place": str(desk.place)}},
        "split": {"button": "split", "book": desk.roster},
        "take back": {
            "button": "take_back",
            "book": desk.collection.report,
            "answers": {"file": desk.returned.name, "reason": "交错了"},
        },
        "elsewhere": {"button": "status", "book": elsewhere},
    }
    assert {click["button"] for click in clicks.values()} == set(ACTIONS)
    return dict(zip(clicks, click_in_excel(list(clicks.values())), strict=True))


@pytest.fixture(params=[pytest.param(way, marks=pytest.mark.office) for way in ("by_vba", "in_excel")])
def clicked(request: pytest.FixtureRequest) -> Mapping[str, Clicked]:
    """Either way."""
    found: Mapping[str, Clicked] = request.getfixturevalue(request.param)
    return found


def test_help__lists_the_buttons_in_a_new_workbook(clicked: Mapping[str, Clicked]) -> None:
    (table,) = clicked["help"]["opened"]
    assert (table["url"], table["sheet"], table["colours"][0]) == ("", "帮助", HEADER)
    assert [row[0] for row in table["cells"]] == ["按钮", *(button.label for button in buttons())]


def test_check__lists_findings_in_a_new_workbook_and_selects_the_first_wrong_cell(
    clicked: Mapping[str, Clicked],
) -> None:
    done = clicked["check"]
    (table,) = done["opened"]
    assert (table["url"], table["sheet"]) == ("", "问题")
    assert table["cells"][0] == ["级别", "工作表", "单元格", "问题", "规则"]
    colours = {"错误": ERROR, "提醒": WARNING, "级别": HEADER}
    assert table["colours"] == [colours[str(row[0])] for row in table["cells"]]
    first = next(row for row in table["cells"][1:] if row[2])
    assert done["selected"] == f"{first[1]}!{first[2]}"
    assert f"“{FORMULA}.xlsx”：应退回修改。错误" in done["said"][-1]
    assert not done["modified"]


def test_import__lists_the_files_whatever_they_are_called(clicked: Mapping[str, Clicked]) -> None:
    table, report = sorted(clicked["import"]["opened"], key=lambda book: book["url"])
    assert report["url"].endswith(Path("/2022/汇总.xlsx").as_uri().removeprefix("file://"))
    assert table["sheet"] == "导入结果"
    assert table["cells"][1][:3] == [f"{FORMULA}.xlsx", "已记入台账", "应退回修改"]


def test_return__lists_the_copies(clicked: Mapping[str, Clicked]) -> None:
    (table,) = clicked["return"]["opened"]
    assert table["sheet"] == "退回结果"
    assert table["cells"][1][:3] == [f"{FORMULA}.xlsx", "P1", "已生成"]
    assert "共生成 1 份退回稿" in clicked["return"]["said"][-1]


def test_new_generate_report_status__open_what_they_wrote(clicked: Mapping[str, Clicked]) -> None:
    wanted = {
        "new": "2023年绩效目标申报/名册.xlsx",
        "generate": "下发/下发清单.xlsx",
        "report": "2022/汇总.xlsx",
        "status": "2022/催报清单.xlsx",
    }
    for action, path in wanted.items():
        (book,) = clicked[action]["opened"]
        assert book["url"].endswith(Path("/", path).as_uri().removeprefix("file://"))
    assert "已新建“" in clicked["new"]["said"][-1]
    assert "另有 1 个与上次下发时相同" in clicked["generate"]["said"][-1]
    assert "应报 1 个项目：未交 0，应退回修改 1" in clicked["status"]["said"][-1]


def test_drafts_history_and_the_package__are_said_and_listed(clicked: Mapping[str, Clicked]) -> None:
    (drafts,), (history,) = clicked["chase"]["opened"], clicked["history"]["opened"]
    assert (drafts["sheet"], drafts["cells"][1][0]) == ("催报邮件", "U1")
    assert (history["sheet"], history["cells"][1][2]) == ("办理经过", f"{FORMULA}.xlsx")
    assert "没有可以接收的申报，没有写报送包" in clicked["package"]["said"][-1]
    assert "没有可以接收的申报，没有什么可以延续" in clicked["rollover"]["said"][-1]
    (left_out,) = clicked["publish"]["opened"]
    assert (left_out["sheet"], left_out["cells"][1][1]) == ("没有公开的项目", "P1")
    assert "另有 1 份审核表" in clicked["split"]["said"][-1]


def test_file_taken_back__counts_no_more_by_what_stands_in_the_selected_cell(clicked: Mapping[str, Clicked]) -> None:
    assert f"项目 P1 以“{FORMULA}.xlsx”为准，已确认。" in clicked["prefer"]["said"][-1]
    assert f"“{FORMULA}.xlsx”已撤回，不再计入；项目 P1 现在没有计入的申报" in clicked["take back"]["said"][-1]


def test_file_taken_back_clicked_again__is_put_back_where_that_is_wanted(by_vba: Mapping[str, Clicked]) -> None:
    asked = f"yes or no: “{FORMULA}.xlsx”已经撤回过。要恢复它吗？"
    assert by_vba["not put back"]["said"][-1] == asked
    assert asked in by_vba["put back"]["said"]
    assert f"“{FORMULA}.xlsx”已恢复，重新计入。" in by_vba["put back"]["said"][-1]


def test_changes_not_saved__are_asked_about_and_nothing_is_done_without_leave(by_vba: Mapping[str, Clicked]) -> None:
    done = by_vba["not saved"]
    assert done["said"] == ["yes or no: “名册.xlsx”有未保存的修改，生成下发按已保存的名册进行。现在保存并继续吗？"]
    assert done["opened"] == []
    assert done["modified"]


def test_check_of_what_is_not_saved__lists_it_asks_nothing_and_saves_nothing(by_vba: Mapping[str, Clicked]) -> None:
    done = by_vba["checked unsaved"]
    (table,) = done["opened"]
    assert table["cells"][1][:3] == ["错误", *NAME_OF_THE_PROJECT.split("!")]
    assert done["selected"] == NAME_OF_THE_PROJECT
    assert [line for line in done["said"] if line.startswith("yes or no")] == []
    assert done["modified"]


def test_question_cancelled__ends_the_action(by_vba: Mapping[str, Clicked]) -> None:
    assert by_vba["cancelled"]["said"] == ["folder: 请选择新任务放在哪个文件夹里"]
    assert by_vba["cancelled"]["opened"] == []


def test_roster_with_a_mistake_saved_when_asked__is_listed_and_the_cell_selected(by_vba: Mapping[str, Clicked]) -> None:
    done = by_vba["mistake"]
    (table,) = done["opened"]
    assert table["cells"][1][:3] == ["错误", *NAME_OF_THE_PROJECT.split("!")]
    assert done["selected"] == NAME_OF_THE_PROJECT
    assert done["said"][-1].startswith("error: 名册.xlsx 有错误，没有生成任何文件。")
    assert not done["modified"]


def test_status_bar__counts_and_is_given_back(in_excel: Mapping[str, Clicked]) -> None:
    assert in_excel["import"]["status_bar"] == ["导入 0/1 …", "导入 1/1 …", False]
    assert all(done["status_bar"][-1] is False for done in in_excel.values())


def test_error_in_excel__is_left_for_the_vba_to_say(in_excel: Mapping[str, Clicked]) -> None:
    done = in_excel["elsewhere"]
    assert done["said"] == ["“别处.xlsx”不在任务文件夹中。请打开任务文件夹里的 名册.xlsx，再点这个按钮。"]
    assert done["code"] == 2


def test_python_missing_or_broken__is_said_in_chinese_with_the_next_step(by_vba: Mapping[str, Clicked]) -> None:
    (missing,), (broken,) = by_vba["python missing"]["said"], by_vba["python broken"]["said"]
    assert missing.startswith("error: 没有找到程序：")
    assert "请运行安装包中的 install.cmd" in missing
    assert broken.startswith("error: 程序没有给出结果。请运行 workbook-builder addin install --check")


def test_addin__is_well_formed(sdk_problems: Callable[[Path], list[SdkProblem]], tmp_path: Path) -> None:
    built, broken = folder("macros") / ADDIN, tmp_path / ADDIN
    assert sdk_problems(built) == []
    with zipfile.ZipFile(built) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"onAction=", b"onclick=") if name == RIBBON_PART else data)
    assert sdk_problems(broken) != []
