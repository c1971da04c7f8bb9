"""A collection on disk: what a second run leaves alone, what it reissues, what it refuses to touch."""

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.helpers import (
    change_roster,
    changed,
    collection_of,
    files_under,
    is_chinese_sentence,
    issued,
    parent,
    project,
    rules,
    single,
)
from tests.loaded import opened
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection, new_collection, sha256
from workbook_builder.collection.generate import Generated, generate
from workbook_builder.errors import ContentError, UnreadableError, UsageError
from workbook_builder.files import write_file
from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow


def run(collection: Collection) -> Generated:
    return generate(collection, packaged_catalogue())


def test_new_collection__has_the_folders_and_is_not_made_twice(tmp_path: Path) -> None:
    folder = tmp_path / "任务"
    new_collection(folder, b"roster", b"template")
    assert {path.name for path in folder.iterdir()} == {"名册.xlsx", "模板.xlsx", "下发", "收回", "退回", "档案"}
    with pytest.raises(UsageError, match="已有任务"):
        new_collection(folder, b"other", b"other")
    assert (folder / "名册.xlsx").read_bytes() == b"roster"


def test_folder_without_a_roster__is_no_collection(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"不是任务文件夹（其中没有 名册\.xlsx）") as caught:
        Collection(tmp_path)
    assert caught.value.exit_code == 2


def test_something_inside_a_collection__is_told_where_the_collection_is(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    run(collection)
    for inside in (collection.folder / "收回", collection.roster):
        with pytest.raises(UsageError, match="请把任务文件夹写在前面") as caught:
            Collection(inside)
        assert f"任务文件夹“{collection.folder}”里面" in str(caught.value)


def test_file_of_a_collection__stands_for_it_in_generate_and_import(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    assert main(["generate", str(collection.roster)]) == 0
    (issued,) = collection.outgoing.glob("*/*.xlsx")
    incoming = collection.folder / "收回" / "甲.xlsx"
    incoming.write_bytes(issued.read_bytes())
    assert main(["import", str(incoming)]) == 1  # nothing is filled in
    assert main(["import", str(collection.roster)]) == 0  # the same file again
    assert Collection.at(incoming).folder == collection.folder
    assert main(["generate", str(tmp_path)]) == 2


def test_generate__writes_one_folder_per_unit_and_archives_what_it_used(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project(), project("P2", "走访/慰问"))
    done = run(collection)
    names = [path.relative_to(collection.folder).as_posix() for path in done.written]
    folder = "下发/U1_某街道社区党建服务中心"
    assert names == [f"{folder}/P1_社区培训.xlsx", f"{folder}/P2_走访_慰问.xlsx"]
    assert (done.unchanged, done.warnings) == ((), ())
    issues = list(collection.issues().values())
    assert [issue.project_code for issue in issues] == ["P1", "P2"]
    assert collection.archived_template(issues[0].template_sha256).read_bytes() == packaged_template()
    metas = [json.loads(opened(path.read_bytes())["meta"]["A1"].value) for path in done.written]
    assert [meta["issue_id"] for meta in metas] == [issue.issue_id for issue in issues]
    assert {
        (m["form"], m["version"], m["fiscal_year"], m["round"], m["unit_code"], m["submission"]) for m in metas
    } == {("sh-performance-target", "2022.2", 2022, "一上", "U1", 1)}


def test_collection_of_a_file__is_the_one_in_whose_folder_it_lies(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    found = Collection.of(form.path)
    assert found is not None
    assert found.folder == form.collection.folder.resolve()
    assert Collection.of(tmp_path / "x.xlsx") is None


def test_second_run__leaves_everything_alone(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project(), parent("甲", code="P2"))
    first = run(collection)
    before = files_under(collection.folder)
    second = run(collection)
    assert (second.written, second.unchanged) == ((), first.written)
    assert files_under(collection.folder) == before


@pytest.mark.parametrize(
    "change",
    [{"department": "某区民政局"}, {"rows": {"成本指标": 4}}, {"sub_projects": (project("P1-1", "甲"),)}],
    ids=["a value", "rows", "a sub-project"],
)
def test_changed_project__is_issued_again_and_the_others_left_alone(tmp_path: Path, change: dict[str, Any]) -> None:
    collection = collection_of(tmp_path / "任务", project(), project("P2", "走访"))
    first, second = run(collection).written
    before = second.read_bytes()
    change_roster(collection, project(**change), project("P2", "走访"))
    done = run(collection)
    assert (done.written, done.unchanged) == ((first,), (second,))
    assert second.read_bytes() == before
    issues = [issue for issue in collection.issues().values() if issue.project_code == "P1"]
    assert len({issue.issue_id for issue in issues}) == 2


def test_deleted_file__is_written_again(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    (path,) = run(collection).written
    path.unlink()
    assert run(collection).written == (path,)


def test_workbook_of_an_earlier_issue__is_still_checked_against_what_was_issued_then(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project(department="某区民政局"))
    entry = {key: value for key, value in single().items() if key != "department"}
    data = form.filled(entry)
    change_roster(form.collection, project(department="某区财政局"))
    run(form.collection)
    assert rules(check(data, "交回.xlsx", Desk(form.collection))) == ["structure.issue_outdated"]


def test_file_changed_by_hand__is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project(), project("P2", "走访"))
    _, path = run(collection).written
    path.write_bytes(changed(path.read_bytes(), {("填表说明", "B9"): "张三"}))
    change_roster(collection, project(department="某局"), project("P2", "走访", department="某局"), project("P3", "新"))
    before = files_under(collection.folder)
    with pytest.raises(UsageError, match="不是上次下发时的样子") as caught:
        run(collection)
    assert path.name in str(caught.value)
    assert is_chinese_sentence(str(caught.value))
    assert files_under(collection.folder) == before


def test_foreign_file_in_the_way__is_refused(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    way = collection.outgoing / "U1_某街道社区党建服务中心" / "P1_社区培训.xlsx"
    way.parent.mkdir(parents=True)
    way.write_bytes(b"mine")
    with pytest.raises(UsageError):
        run(collection)
    assert way.read_bytes() == b"mine"


def test_run_with_children_that_is_refused__leaves_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = collection_of(tmp_path / "任务", project())
    path = collection.outgoing / "U1_某街道社区党建服务中心" / "P1_社区培训.xlsx"
    write_file(path, b"a draft of somebody")
    monkeypatch.setattr("workbook_builder.collection.issuing.FEW_FORMS", 0)
    with pytest.raises(UsageError, match="没有覆盖"):
        run(collection)
    assert multiprocessing.active_children() == []
    path.unlink()
    assert len(run(collection).written) == 1
    assert multiprocessing.active_children() == []


def test_files_of_a_collection_asked_one_after_the_other__are_told_as_each_alone(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    run(collection)
    folder, incoming = collection.folder, collection.folder / "收回"
    (incoming / "甲.xlsx").write_bytes(b"")
    (incoming / "乙.xlsx").symlink_to(folder / "名册.xlsx")
    (tmp_path / "别处").symlink_to(folder)
    ways = [folder, tmp_path / "别处", incoming / "..", tmp_path / "没有"]
    names = [
        "名册.xlsx",
        "模板.xlsx",
        "收回/甲.xlsx",
        "收回/乙.xlsx",
        "下发/下发清单.xlsx",
        "档案",
        "..",
        "任务_报送包.zip",
    ]
    paths = [way / name for way in ways for name in names]
    is_ours = collection.asked_of_many()
    assert [is_ours(path) for path in paths] == [collection.made(path) for path in paths]
    assert {True, False} == {is_ours(path) for path in paths}


def test_projects_whose_names_make_one_file_name__get_a_file_each(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project("A/1", "甲"), project("A:1", "甲"), project("a*1", "甲"))
    names = [path.name for path in run(collection).written]
    assert names == ["A_1_甲.xlsx", "A_1_甲(2).xlsx", "a_1_甲(3).xlsx"]
    assert run(collection).written == ()


def test_template_changed_without_a_new_version__is_told_apart_by_its_content(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    before = form.filled(single())
    book = opened(form.collection.template.read_bytes())
    book["申报表"]["A3"] = "项目全称"
    book.save(form.collection.template)
    (path,) = run(form.collection).written
    desk = Desk(form.collection)
    assert rules(check(before, "旧.xlsx", desk)) == ["structure.issue_outdated"]
    result = check(path.read_bytes(), "新.xlsx", desk)
    assert "structure.label_changed" not in rules(result)


ROSTER_MISTAKES: dict[str, tuple[Callable[[Workbook], None], str, str, str | None]] = {
    "cycle": (
        lambda book: _set(book, "项目名册", C4="P2", C5="P1", F4=None, F5=None), "roster.parent_cycle", "项目名册", "C4",
    ),
    "unknown parent": (lambda book: _set(book, "项目名册", C5="P9"), "roster.parent_unknown", "项目名册", "C5"),
    "duplicate code": (lambda book: _set(book, "项目名册", A5="P1"), "roster.code_duplicate", "项目名册", "A5"),
    "missing column": (lambda book: _set(book, "项目名册", H3="限额"), "roster.column_missing", "项目名册", "A3"),
    "text in an amount": (lambda book: _set(book, "项目名册", H5="2000万"), "roster.amount_invalid", "项目名册", "H5"),
    "unknown category": (lambda book: _set(book, "项目名册", D5="其他项目"), "roster.category_unknown", "项目名册", "D5"),
    "unknown 二级指标": (
        lambda book: _set(book, "指标行数", A4="P1", B4="环境指标", C4=3), "roster.level2_unknown", "指标行数", "B4",
    ),
    "category after a moved column": (
        lambda book: _set(book, "项目名册", D3="主管部门", E3="项目类别", E5="其他项目"),
        "roster.category_unknown", "项目名册", "E5",
    ),
    "no sheet": (lambda book: book.remove(book["单位名册"]), "roster.sheet_missing", "单位名册", None),
}  # fmt: skip


def _set(book: Workbook, sheet: str, **cells: Any) -> None:
    for address, value in cells.items():
        book[sheet][address] = value


@pytest.mark.parametrize("name", ROSTER_MISTAKES)
def test_mistake_on_the_roster__names_its_cell_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    mistake, rule, sheet, cell = ROSTER_MISTAKES[name]
    collection = collection_of(tmp_path / "任务", project(), project("P2", "走访"))
    book = openpyxl.load_workbook(collection.roster)
    mistake(book)
    book.save(collection.roster)
    before = files_under(collection.folder)
    with pytest.raises(ContentError) as caught:
        run(collection)
    assert caught.value.exit_code == 1
    assert (rule, sheet, cell) in [(finding.rule, finding.sheet, finding.cell) for finding in caught.value.findings]
    for finding in caught.value.findings:
        assert_sentence(finding)
    assert files_under(collection.folder) == before


def assert_sentence(finding: Finding) -> None:
    assert is_chinese_sentence(finding.message)
    assert finding.sheet is not None
    assert f"「{finding.sheet}」" in finding.message
    assert finding.cell is None or finding.cell in finding.message


def test_template_with_mistakes__stops_generate_before_anything_is_written(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    book = opened(collection.template.read_bytes())
    book["申报表"]["B3"] = "{{projct_name}}"
    book.save(collection.template)
    before = files_under(collection.folder)
    with pytest.raises(ContentError) as caught:
        run(collection)
    assert ("申报表", "B3") in [(finding.sheet, finding.cell) for finding in caught.value.findings]
    assert files_under(collection.folder) == before


@pytest.mark.parametrize("name", ["名册.xlsx", "模板.xlsx"])
def test_roster_or_template_that_is_no_workbook__is_unreadable(tmp_path: Path, name: str) -> None:
    collection = collection_of(tmp_path / "任务", project())
    (collection.folder / name).write_bytes(b"\x89PNG")
    with pytest.raises(UnreadableError) as caught:
        run(collection)
    assert name in str(caught.value)
    assert is_chinese_sentence(str(caught.value))
    assert files_under(collection.folder, "下发") == {}


def test_write_file__is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "深" / "结果.xlsx"
    write_file(path, b"1")
    with pytest.raises(UsageError, match="已经存在，没有覆盖"):
        write_file(path, b"2")
    assert path.read_bytes() == b"1"
    write_file(path, b"2", overwrite=True)
    assert [file.name for file in path.parent.iterdir()] == ["结果.xlsx"]
    with pytest.raises(UsageError, match="无法写入"):
        write_file(path / "x.xlsx", b"3")
    with pytest.raises(UsageError, match="无法写入"):
        write_file(path.parent, b"3", overwrite=True)
    assert files_under(tmp_path) == {"深/结果.xlsx": b"2"}


def test_password__is_random_and_kept(tmp_path: Path) -> None:
    first, second = (collection_of(tmp_path / name, project()) for name in ("一", "二"))
    assert first.password == Collection(first.folder).password
    assert first.password != second.password


def test_runs_at_once__send_each_project_out_once_and_lose_no_record(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", *(project(f"P{number}", f"项目{number}") for number in range(8)))
    command = [sys.executable, "-m", "workbook_builder.cli", "generate", str(collection.folder), "--json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    written = [json.loads(run.communicate()[0])["written"] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sorted(map(len, written)) == [0, 0, 8]
    issues = collection.issues().values()
    assert sorted(issue.project_code for issue in issues) == [f"P{number}" for number in range(8)]
    for issue in issues:
        assert sha256((collection.folder / issue.file).read_bytes()) == issue.sha256


def test_run_beside_another_that_does_not_end__says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = collection_of(tmp_path / "任务", project())
    monkeypatch.setattr("workbook_builder.files.LOCK_SECONDS", 0.2)
    with (
        Collection(collection.folder).issuing(),
        pytest.raises(UsageError, match="另一个程序正在生成工作簿") as caught,
    ):
        run(collection)
    assert is_chinese_sentence(str(caught.value))
    assert collection.issues() == {}
    assert len(run(collection).written) == 1


@pytest.mark.parametrize("mark", ["~$名册.xlsx", ".~lock.名册.xlsx#", ".~名册.xlsx"])
def test_roster_that_is_open_in_a_program__is_warned_about(tmp_path: Path, mark: str) -> None:
    collection = collection_of(tmp_path / "任务", project())
    (collection.folder / mark).write_bytes(b"")
    (warning,) = run(collection).warnings
    assert (warning.rule, warning.severity) == ("roster.open", "warning")
    assert is_chinese_sentence(warning.message)
    (collection.folder / mark).unlink()
    assert run(collection).warnings == ()
