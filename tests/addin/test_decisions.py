"""The buttons by which the centre decides and sends on, without Excel: what they ask, and what then stands."""

import email
import email.policy
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers import Issued, collection_of, is_chinese_sentence, parent, stamped
from workbook_builder.addin import actions, run
from workbook_builder.addin.answers import Ask, Message, Open, Step, Table
from workbook_builder.addin.call import Call
from workbook_builder.cli.demo import example_declaration
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review

pytestmark = pytest.mark.slow

FORM, SETTLED = "sh-performance-target", {"reason": "单位来电说明"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """One project, of which two files came, one after the other: the second counts."""
    collection = collection_of(tmp_path_factory.mktemp("office") / "任务", parent("书记工作室"))
    (path,) = generate(collection, packaged_catalogue()).written
    issued = Issued(collection, path, Desk(collection))
    for number, (name, goal) in enumerate(
        (("先交.xlsx", example_declaration()["annual_goal"]), ("后交.xlsx", "另一份")), 1
    ):
        data = stamped(issued.filled({"filler": "张三", "annual_goal": goal}), f"2022-0{number}-20T08:00:00Z")
        (collection.folder / "收回" / name).write_bytes(data)
        click("import", collection)
    return collection


@pytest.fixture
def collection(office: Collection, tmp_path: Path) -> Collection:
    return Collection(shutil.copytree(office.folder, tmp_path / "任务"))


def click(action: str, collection: Collection, answers: Mapping[str, str] | None = None) -> list[Step]:
    steps, _ = run.run(action, Call(collection.roster, answers=answers or {}))
    return list(steps)


def said(steps: list[Step]) -> str:
    (message,) = (step for step in steps if isinstance(step, Message))
    assert is_chinese_sentence(message.text)
    return message.text


def files_that_count(collection: Collection) -> list[str]:
    (table,) = click("history", collection, {"code": "P1"})
    assert isinstance(table, Table)
    assert (table.title, tuple(table.columns)) == ("办理经过", ("时间", "经过", "文件", "谁", "现计入"))
    return [row[2] for row in table.rows if row[4] == "是"]


@pytest.mark.parametrize(("action", "name"), [("take_back", "file"), ("prefer", "file"), ("history", "code")])
def test_decision__asks_for_what_stands_in_the_selected_cell(action: str, name: str, collection: Collection) -> None:
    (asked,) = click(action, collection)
    assert isinstance(asked, Ask)
    assert (asked.name, asked.kind) == (name, "cell")
    assert is_chinese_sentence(asked.prompt)


def test_file_taken_back_and_clicked_again__counts_no_more_and_then_again(collection: Collection) -> None:
    (why,) = click("take_back", collection, {"file": "后交.xlsx"})
    assert isinstance(why, Ask)
    assert (why.name, why.kind) == ("reason", "text")
    assert "项目 P1 现以“先交.xlsx”为准" in said(click("take_back", collection, {"file": "后交.xlsx", **SETTLED}))
    assert files_that_count(collection) == ["先交.xlsx"]
    (undo,) = click("take_back", collection, {"file": "后交.xlsx"})
    assert isinstance(undo, Ask)
    assert (undo.name, undo.kind) == ("undo", "yes")
    steps = click("take_back", collection, {"file": "后交.xlsx", "undo": "yes", **SETTLED})
    assert said(steps).startswith("“后交.xlsx”已恢复，重新计入。")
    assert files_that_count(collection) == ["后交.xlsx"]


def test_file_preferred__counts_and_the_history_names_who_and_why(collection: Collection) -> None:
    (why,) = click("prefer", collection, {"file": "先交.xlsx"})
    assert isinstance(why, Ask)
    assert why.name == "reason"
    words = said(click("prefer", collection, {"file": "先交.xlsx", **SETTLED}))
    assert "现以“先交.xlsx”为准；此前计入的“后交.xlsx”不再计入" in words
    (table,) = click("history", collection, {"code": " P1 "})
    assert isinstance(table, Table)
    assert table.rows[-1][1] == "指定为准，代替“后交.xlsx”（单位来电说明）"
    assert table.rows[-1][3]


def test_file_that_is_not_in_the_ledger__is_said_and_nothing_changes(collection: Collection) -> None:
    for action in ("take_back", "prefer"):
        assert "台账中没有“别的.xlsx”" in said(click(action, collection, {"file": "别的.xlsx", **SETTLED}))
    assert "台账中没有项目“P9”的文件" in said(click("history", collection, {"code": "P9"}))
    assert files_that_count(collection) == ["后交.xlsx"]


def test_chase__writes_a_draft_for_each_unit_and_lists_it(collection: Collection) -> None:
    table, message = click("chase", collection)
    assert isinstance(table, Table)
    ((code, _, address, draft, _),) = table.rows
    assert table.colours  # the roster gives no address
    assert (code, address) == ("U1", "（名册中没有邮箱，请自己填）")
    read = email.message_from_bytes((collection.folder / draft).read_bytes(), policy=email.policy.default)
    assert read["Subject"].startswith("催报：2022 年度")
    assert "共写好 1 封邮件草稿" in said([message])


def test_package_of_nothing_accepted__is_not_written_and_the_reason_said(collection: Collection) -> None:
    assert "没有可以接收的申报，没有写报送包" in said(click("package", collection))
    assert not list(collection.folder.glob("*报送包*.zip"))


def test_package__is_written_and_its_code_said(example_collection: Collection) -> None:
    steps = click("package", example_collection)
    (file,) = example_collection.folder.glob("*报送包*.zip")
    assert f"已写报送包“{file}”，共 1 个项目，校验码 " in said(steps)
    assert "其中 1 个没有审核结论。" in said(steps)


def test_publish_of_what_nobody_reviewed__publishes_nothing_and_says_why(example_collection: Collection) -> None:
    table, message = click("publish", example_collection)
    assert isinstance(table, Table)
    assert (table.title, [row[1] for row in table.rows]) == ("没有公开的项目", ["DJ2022-01"])
    assert said([message]).startswith("没有可以公开的项目。1 个没有公开")


def test_publish_of_what_passed__writes_the_documents_and_lists_what_would_embarrass(
    example_collection: Collection,
) -> None:
    with closing(Ledger(sqlite_url(example_collection.ledger))) as ledger:
        (current,) = ledger.current(FORM, 2022)
        ledger.keep_reviews(FORM, 2022, [Review(current.project_code, current.sha256, "通过", reviewer="王五")])
    steps = click("publish", example_collection)
    (to_mend,) = (step for step in steps if isinstance(step, Table))
    assert (to_mend.title, len(to_mend.rows) > 0) == ("公开前改正", True)
    assert (example_collection.folder / "公开" / "党群综合服务.docx").is_file()
    assert said(steps).startswith("1 个项目的公开文件在“")


def test_next_round__asks_what_and_where_then_opens_the_new_roster(
    example_collection: Collection, tmp_path: Path
) -> None:
    (what,) = click("rollover", example_collection)
    assert isinstance(what, Ask)
    assert (what.kind, what.proposal) == ("text", "二上")
    (where,) = click("rollover", example_collection, {"next": "二上"})
    assert isinstance(where, Ask)
    assert where.kind == "folder"
    for wanted, name in (("二上", "2022年绩效目标申报（二上）"), (" 2023 ", "2023年绩效目标申报")):
        steps = click("rollover", example_collection, {"next": wanted, "place": str(tmp_path)})
        assert steps[0] == Open(tmp_path / name / "名册.xlsx")
        assert "带入 1 个项目。" in said(steps)
    for wrong in ("一上", "2022", "明年"):
        again = said(click("rollover", example_collection, {"next": wrong, "place": str(tmp_path)}))
        assert again.startswith("应是 二上、批复、调整 之一，或 2022 年以后的年度（四位数字），现为“" + wrong)


def test_split__writes_a_file_for_each_reviewer(example_collection: Collection) -> None:
    steps = click("split", example_collection)
    assert steps[-2] == Open(example_collection.folder / "汇总.xlsx")
    assert [path.name for path in (example_collection.folder / "审核").iterdir()] == ["审核_未分配.xlsx"]
    assert "另有 1 份审核表" in said(steps)


@pytest.fixture
def example_collection(example: Issued, tmp_path: Path) -> Collection:
    """The packaged example, filled in and imported."""
    collection = Collection(shutil.copytree(example.collection.folder, tmp_path / "例"))
    (collection.folder / "收回" / "例.xlsx").write_bytes(example.filled(example_declaration()))
    actions.import_incoming(Call(collection.roster))
    return collection
