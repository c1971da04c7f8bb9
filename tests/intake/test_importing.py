"""`import`: what came back is judged, archived and recorded; the newest of each project counts; nothing is lost."""

import io
import json
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import (
    FEBRUARY,
    JANUARY,
    UNIT,
    Issued,
    change_roster,
    collection_of,
    is_chinese_sentence,
    project,
    rules,
    single,
    stamped,
    write_roster,
)
from tests.recorded import history, recorded_sum
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.errors import UnreadableError
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.arrivals import sources_in
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ooxml.properties import modified_at_of

pytestmark = pytest.mark.slow


class Office(NamedTuple):
    """A finance office with two projects sent out, and its ledger."""

    collection: Collection
    ledger: Ledger

    @property
    def incoming(self) -> Path:
        return self.collection.folder / "收回"

    def issued(self, code: str = "P1") -> Issued:
        issues = [issue for issue in self.collection.issues().values() if issue.project_code == code]
        return Issued(self.collection, self.collection.folder / issues[-1].file, Desk(self.collection))

    def comes(self, name: str, data: bytes) -> Path:
        path = self.incoming / name
        path.write_bytes(data)
        return path

    def imports(self, *paths: Path) -> Imported:
        return import_files(self.collection, paths or [self.incoming], self.ledger)

    @property
    def documents(self) -> dict[str, Any]:
        """What counts, by project."""
        found = self.ledger.current("sh-performance-target", 2022)
        documents = self.ledger.documents(row.id for row in found)
        return {row.project_code: document.declaration for row, document in zip(found, documents, strict=True)}


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's collection, to be copied."""
    collection = collection_of(tmp_path_factory.mktemp("sent out") / "任务", project(), project("P2", "社区环境"))
    generate(collection, packaged_catalogue())
    Ledger(sqlite_url(collection.ledger)).close()
    return collection.folder


@pytest.fixture
def centre(sent_out: Path, tmp_path: Path) -> Any:
    collection = Collection(shutil.copytree(sent_out, tmp_path / "任务"))
    office = Office(collection, Ledger(sqlite_url(collection.ledger)))
    yield office
    office.ledger.close()


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    """A package, one of its parts exchanged."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return buffer.getvalue()


def outcomes(imported: Imported) -> list[str]:
    return [item.outcome for item in imported.items]


def test_good_and_bad_files__are_recorded_counted_and_the_rest_named_as_missing(centre: Office) -> None:
    centre.comes("甲.xlsx", centre.issued().filled(single()))
    centre.comes("照片.xlsx", b"\x89PNG\r\n")
    done = centre.imports()
    assert (outcomes(done), done.exit_code) == (["unreadable", "current"], 3)
    entry = done.to_json()
    assert {key: entry[key] for key in ("files", "accepted", "returned", "unreadable", "duplicates", "superseded")} == {
        "files": 2, "accepted": 1, "returned": 0, "unreadable": 1, "duplicates": 0, "superseded": 0,
    }  # fmt: skip
    assert entry["missing"] == [{"unit_code": "U1", "project_code": "P2", "project_name": "社区环境"}]
    assert centre.documents["P1"]["annual_appropriation"] == "800000.00"
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("800000.00")
    kept = {path.name for path in (centre.collection.archive / "原件").iterdir()}
    assert kept == {f"{item.checked.sha256}.xlsx" for item in done.items if item.checked}


def test_same_bytes_again__are_no_more_than_counted(centre: Office) -> None:
    centre.comes("甲.xlsx", centre.issued().filled(single()))
    centre.imports()
    before = history(centre.ledger, "P1")
    centre.comes("甲（又一份）.xlsx", (centre.incoming / "甲.xlsx").read_bytes())
    again = centre.imports()
    assert (outcomes(again), again.exit_code) == (["duplicate", "duplicate"], 0)
    assert history(centre.ledger, "P1") == before


def test_known_files__need_no_children_however_many(centre: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.comes("甲.xlsx", centre.issued().filled(single()))
    centre.imports()
    monkeypatch.setattr("workbook_builder.judge.batch.FEW", 0)
    monkeypatch.setattr("workbook_builder.executors.Crew.hire", lambda *_: pytest.fail("children begin"))
    assert outcomes(centre.imports()) == ["duplicate"]


def test_resubmission_changed_later__replaces_the_older_and_shows_what_changed(centre: Office) -> None:
    first = stamped(centre.issued().filled(single()), JANUARY)
    second = stamped(centre.issued().filled(single(filler="李四", overall_goal="新目标")), FEBRUARY)
    centre.comes("甲.xlsx", first)
    centre.imports()
    centre.comes("乙.xlsx", second)
    (item,) = [item for item in centre.imports().items if item.file == "乙.xlsx"]
    assert item.outcome == "current"
    assert {change.key: (change.before, change.after) for change in item.changes} == {
        "overall_goal": (None, "新目标"),
        "filler": ("张三", "李四"),
    }
    assert centre.documents["P1"]["filler"] == "李四"
    assert [(row.is_current, row.filler) for row in history(centre.ledger, "P1")] == [(False, "张三"), (True, "李四")]


def test_older_file_arriving_late__is_kept_and_replaces_nothing(centre: Office) -> None:
    centre.comes("新.xlsx", stamped(centre.issued().filled(single(filler="李四")), FEBRUARY))
    centre.imports()
    done = centre.imports(centre.comes("旧.xlsx", stamped(centre.issued().filled(single()), JANUARY)))
    assert (outcomes(done), done.to_json()["superseded"]) == (["superseded"], 1)
    assert centre.documents["P1"]["filler"] == "李四"
    assert len(history(centre.ledger, "P1")) == 2


def test_file_of_an_older_issue__does_not_replace_one_of_a_newer_though_saved_later(centre: Office) -> None:
    old = centre.issued()
    late = stamped(old.filled(single(filler="旧版")), FEBRUARY)
    old.path.unlink()
    change_roster(centre.collection, project(), project("P2", "社区环境"), levels={"goal.length": "error"})
    generate(centre.collection, packaged_catalogue())
    centre.comes("新.xlsx", stamped(centre.issued().filled(single(filler="新版")), JANUARY))
    centre.imports()
    assert outcomes(centre.imports(centre.comes("旧.xlsx", late))) == ["superseded"]
    assert centre.documents["P1"]["filler"] == "新版"


def test_two_files_as_new_as_each_other_and_different__are_left_to_the_centre(centre: Office) -> None:
    centre.comes("甲.xlsx", stamped(centre.issued().filled(single()), JANUARY))
    centre.imports()
    done = centre.imports(centre.comes("乙.xlsx", stamped(centre.issued().filled(single(filler="李四")), JANUARY)))
    assert (outcomes(done), done.exit_code, done.to_json()["undecided"]) == (["undecided"], 1, 1)
    assert centre.documents["P1"]["filler"] == "张三"
    assert [row.file for row in centre.ledger.undecided()] == ["乙.xlsx"]
    centre.imports(centre.comes("丙.xlsx", stamped(centre.issued().filled(single(filler="王五")), FEBRUARY)))
    assert centre.ledger.undecided() == []


def test_zip_of_workbooks__is_opened_chinese_names_of_windows_included(centre: Office, tmp_path: Path) -> None:
    path = tmp_path / "单位.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("甲/申报.xlsx"), centre.issued().filled(single()))
        archive.writestr("~$申报.xlsx", b"lock")
        archive.writestr("__MACOSX/._a.xlsx", b"")
        info = zipfile.ZipInfo("乙.xlsx")
        archive.writestr(info, centre.issued("P2").filled(single()))
    raw = path.read_bytes().replace("乙.xlsx".encode(), "乙.xlsx".encode("gbk") + b"a")
    assert raw != path.read_bytes()
    assert [source.name for source in sources_in([path])] == ["单位.zip/甲/申报.xlsx", "单位.zip/乙.xlsx"]
    done = centre.imports(path)
    assert (outcomes(done), done.missing) == (["current", "current"], ())


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_name_without_the_flag_of_utf_8__is_read_as_chinese(tmp_path: Path, encoding: str) -> None:
    path, name = tmp_path / "单位.zip", "申报".encode(encoding)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a" * len(name) + ".xlsx", b"x")
    path.write_bytes(path.read_bytes().replace(b"a" * len(name), name))
    assert [source.name for source in sources_in([path])] == ["单位.zip/申报.xlsx"]


def test_archive_without_files__is_one_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "空.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("甲")
    (source,) = sources_in([path])
    with pytest.raises(UnreadableError, match="压缩包中没有文件") as caught:
        source.read()
    assert is_chinese_sentence(caught.value.finding.message)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive"])
def test_broken_archive__is_one_unreadable_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "坏.zip"
    path.write_bytes(data)
    (source,) = sources_in([path])
    with pytest.raises(UnreadableError) as caught:
        source.read()
    assert caught.value.finding.rule == "file.corrupt"
    assert is_chinese_sentence(caught.value.finding.message)


def test_moment_of_change__is_what_the_workbook_says(centre: Office) -> None:
    data = stamped(centre.issued().filled(single()), JANUARY)
    assert str(modified_at_of(data)) == "2022-01-10 08:00:00"
    assert modified_at_of(centre.issued().data) is None  # ours carry no clock
    assert modified_at_of(b"PK") is None


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("docProps/app.xml", "accepted"),
        ("xl/worksheets/sheet1.xml", "unreadable"),
        ("xl/styles.xml", "unreadable"),
    ],
)
def test_moment_of_change__is_known_of_a_broken_workbook_too(centre: Office, part: str, status: str) -> None:
    data = with_part(stamped(centre.issued().filled(single()), JANUARY), part, b"<")
    checked = check(data, "甲.xlsx", centre.issued().desk)
    assert (checked.status, str(checked.modified_at)) == (status, "2022-01-10 08:00:00")


def test_moment_of_change__is_known_of_a_foreign_workbook_too(centre: Office) -> None:
    checked = check(stamped(centre.collection.roster.read_bytes(), JANUARY), "名册.xlsx", centre.issued().desk)
    assert (checked.status, str(checked.modified_at)) == ("returned", "2022-01-10 08:00:00")


def test_project_or_unit_that_is_not_on_the_roster__is_returned(centre: Office) -> None:
    data = centre.issued("P2").filled(single())
    change_roster(centre.collection, project())
    (item,) = centre.imports(centre.comes("别的.xlsx", data)).items
    assert item.checked is not None
    assert (item.checked.status, rules(item.checked)) == ("returned", ["name.not_on_roster"])
    assert "“P2”" in item.checked.findings[0].message


def test_workbook_of_another_collection__is_of_the_wrong_year_and_round(centre: Office, tmp_path: Path) -> None:
    other = collection_of(tmp_path / "另一个", project())
    write_roster(other.roster, Roster(Settings(2023, "二上"), (UNIT,), (project(),)))
    (path,) = generate(other, packaged_catalogue()).written
    data = Issued(other, path, Desk(other)).filled(single(start_date="2023-01-01", end_date="2023-12-31"))
    (item,) = centre.imports(centre.comes("明年.xlsx", data)).items
    assert item.checked is not None
    assert (item.checked.status, rules(item.checked)) == (
        "returned", ["structure.issue_unknown", "structure.wrong_round", "structure.wrong_year"],
    )  # fmt: skip


def test_unit_that_need_not_report__is_not_missing(centre: Office) -> None:
    change_roster(centre.collection, project())
    assert [entry["project_code"] for entry in centre.imports().missing] == ["P1"]


def test_command__imports_and_says_what_became_of_each_file(centre: Office, capsys: pytest.CaptureFixture[str]) -> None:
    centre.comes("甲.xlsx", stamped(centre.issued().filled(single()), JANUARY))
    folder = str(centre.collection.folder)
    assert main(["import", folder]) == 0
    out = capsys.readouterr().out
    assert "甲.xlsx：已记入台账，可以接收" in out
    assert "还缺 1 个项目，用 status 列出" in out
    assert main(["status", folder]) == 0
    assert "社区环境" in capsys.readouterr().out
    centre.comes("乙.xlsx", stamped(centre.issued().filled(single(annual_goal=None)), FEBRUARY))
    assert main(["import", folder]) == 1
    out = capsys.readouterr().out
    assert "甲.xlsx：与以前导入的完全相同，跳过" in out
    assert "乙.xlsx：已记入台账，应退回修改" in out
    assert "text.required" in out
    assert "年度总目标：" in out
    assert main(["import", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["duplicates"] == 2


def test_what_the_centre_made_itself__is_not_imported(centre: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = centre.collection.folder / "下发"
    for arguments in (["import", str(inside)], ["import", str(centre.collection.folder), str(inside)]):
        assert main(arguments) == 2
    monkeypatch.chdir(inside)
    assert main(["import"]) == 2  # wherever one happens to stand
    assert centre.documents == {}


def test_resubmission_that_says_the_same__is_said_to(centre: Office, capsys: pytest.CaptureFixture[str]) -> None:
    centre.comes("甲.xlsx", stamped(centre.issued().filled(single()), JANUARY))
    centre.imports()
    centre.comes("乙.xlsx", stamped(centre.issued().filled(single()), FEBRUARY))
    assert main(["import", str(centre.collection.folder)]) == 0
    assert "与台账中的内容相同，只是重新保存过" in capsys.readouterr().out


def test_archive__is_checked_as_it_is_imported(centre: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(centre.incoming / "来件.zip", "w") as archive:
        archive.writestr("甲.xlsx", centre.issued().filled(single()))
    assert main(["check", str(centre.collection.folder), "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["file"], entry["status"]) == ("来件.zip/甲.xlsx", "accepted")


def test_roster_with_mistakes__stops_the_import_before_anything_is_recorded(
    centre: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    centre.comes("甲.xlsx", centre.issued().filled(single()))
    change_roster(centre.collection, project(), project())
    assert main(["import", str(centre.collection.folder)]) == 1
    assert "名册.xlsx 有错误" in capsys.readouterr().err
    assert (history(centre.ledger, "P1"), centre.ledger.unassigned()) == ([], [])
