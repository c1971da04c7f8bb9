"""What is taken from the paths of an import, and what is not: our own files, the system's, and those that stop nothing."""

import io
import lzma
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, changed, collection_of, is_chinese_sentence, project, saved, single
from tests.loaded import opened
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.errors import UsageError
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake import arrivals, importing
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.judge import check as checking
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

FORM = "sh-performance-target"


class Place:
    """A collection with two projects sent out, and what is imported into it."""

    def __init__(self, folder: Path):
        self.collection = collection_of(folder, project(), project("P2", "社区环境"))
        generate(self.collection, packaged_catalogue())
        self.ledger = Ledger(sqlite_url(self.collection.ledger))
        self.incoming = folder / "收回"

    def issued(self, code: str = "P1") -> Issued:
        issue = self.collection.latest_issues()[code]
        return Issued(self.collection, self.collection.folder / issue.file, Desk(self.collection))

    def imports(self, *paths: Path) -> Imported:
        return import_files(self.collection, paths or [self.incoming], self.ledger)

    @property
    def counting(self) -> dict[str, str]:
        return {row.project_code: row.file for row in self.ledger.current(FORM, 2022)}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "任务")
    yield made
    made.ledger.close()


# What a collection made itself


@pytest.mark.parametrize("way", [".", "收回/..", "../任务"])
def test_whole_collection_as_a_path__gives_only_what_was_handed_in(
    place: Place, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.incoming / "甲.xlsx").write_bytes(place.issued().filled(single()))
    (place.collection.folder / "汇总.xlsx").write_bytes(b"PK")
    monkeypatch.chdir(place.collection.folder)
    items = place.imports(Path(way)).items
    assert [(item.file, item.outcome) for item in items] == [("甲.xlsx", "current")]
    assert place.ledger.unassigned() == []


def test_same_folder_twice__gives_each_file_once(place: Place) -> None:
    (place.incoming / "甲.xlsx").write_bytes(place.issued().filled(single()))
    assert [item.outcome for item in place.imports(place.incoming, place.incoming).items] == ["current"]


@pytest.mark.parametrize(
    "name", ["下发", "退回", "档案", "名册.xlsx", "模板.xlsx", "汇总.xlsx", "任务_一上_报送包.zip"]
)
def test_own_file_that_is_named__is_refused_and_nothing_taken(place: Place, name: str) -> None:
    (place.collection.folder / "汇总.xlsx").write_bytes(b"PK")
    (place.collection.folder / "任务_一上_报送包.zip").write_bytes(b"PK")
    link = place.collection.folder.parent / "别处"
    link.symlink_to(place.collection.folder / name)
    for path in (place.collection.folder / name, link):
        with pytest.raises(UsageError, match="是本任务自己的文件") as caught:
            place.imports(path)
        assert is_chinese_sentence(str(caught.value))
    assert place.ledger.unassigned() == []


def test_package_from_below_beside_the_roster__is_none_of_our_own(place: Place) -> None:
    path = place.collection.folder / "街道_一上_报送包.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("甲.xlsx", place.issued().filled(single()))
    assert [item.outcome for item in place.imports(path).items] == ["current"]


@pytest.mark.parametrize("name", ["Thumbs.db", "thumbs.db", "desktop.ini", ".DS_Store", "~$甲.xlsx", ".~lock.甲.xlsx#"])
def test_file_that_a_program_left_behind__is_passed_over(place: Place, name: str) -> None:
    (place.incoming / name).write_bytes(b"x")
    with zipfile.ZipFile(place.incoming / "来件.zip", "w") as archive:
        archive.writestr(f"单位/{name}", b"x")
        archive.writestr("单位/甲.xlsx", place.issued().filled(single()))
    assert [item.file for item in place.imports().items] == ["来件.zip/单位/甲.xlsx"]


# Copies that nobody filled in


def test_blank_copy__is_one_sentence_and_never_takes_the_place_of_a_filled_one(place: Place) -> None:
    form = place.issued()
    (place.incoming / "甲.xlsx").write_bytes(form.filled(single()))
    place.imports()
    for name, data in {"原样.xlsx": form.data, "另存.xlsx": saved(opened(form.data))}.items():
        (place.incoming / name).write_bytes(data)
        (item,) = place.imports(place.incoming / name).items
        assert item.checked is not None
        (finding,) = item.checked.findings
        assert (finding.rule, item.outcome, item.checked.status) == ("collection.not_filled", "refused", "returned")
        assert "没有填写" in finding.message
        assert is_chinese_sentence(finding.message)
    assert place.counting == {"P1": "甲.xlsx"}


def test_blank_copy_first__leaves_the_project_missing(place: Place) -> None:
    (place.incoming / "原样.xlsx").write_bytes(place.issued().data)
    assert {entry["project_code"] for entry in place.imports().missing} == {"P1", "P2"}


@pytest.mark.parametrize("cell", [("填表说明", "B9"), ("申报表", "Q9")])
def test_copy_with_one_word_in_it__is_not_blank(place: Place, cell: tuple[str, str]) -> None:
    form = place.issued()
    data = form.filled({"filler": "张三"}) if cell[0] == "填表说明" else changed(form.data, {cell: "请核实"})
    result = checking.check(data, "甲.xlsx", form.desk)
    assert ("collection.not_filled" in {finding.rule for finding in result.findings}) == (cell[1] == "Q9")


# One bad file stops nothing


def damaged(kind: str) -> bytes:
    """An archive with one member that cannot be unpacked and one that can."""
    content = bytes(range(256)) * 64
    method = {"lzma": zipfile.ZIP_LZMA, "bzip2": zipfile.ZIP_BZIP2}.get(kind, zipfile.ZIP_DEFLATED)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("坏.xlsx", content)
        start = archive.infolist()[0].header_offset
    data = bytearray(stream.getvalue())
    name_length, extra_length = struct.unpack("<HH", data[start + 26 : start + 30])
    body = start + 30 + name_length + extra_length
    if kind == "method":
        central = data.index(b"PK\x01\x02")
        data[start + 8 : start + 10] = data[central + 10 : central + 12] = struct.pack("<H", 97)
    else:
        data[body : body + 40] = bytes(255 - byte for byte in data[body : body + 40])
    return bytes(data)


@pytest.mark.parametrize("kind", ["deflate", "lzma", "bzip2", "method"])
def test_damaged_archive__is_said_and_the_others_are_taken(place: Place, kind: str) -> None:
    (place.incoming / "1坏.zip").write_bytes(damaged(kind))
    (place.incoming / "2好.xlsx").write_bytes(place.issued().filled(single()))
    items = {item.file: item for item in place.imports().items}
    assert (items["1坏.zip/坏.xlsx"].outcome, items["2好.xlsx"].outcome) == ("unreadable", "current")
    checked = items["1坏.zip/坏.xlsx"].checked
    assert checked is not None
    assert {finding.rule for finding in checked.findings} == {"file.corrupt"}


ERRORS = (
    zlib.error("x"),
    lzma.LZMAError("x"),
    NotImplementedError("x"),
    KeyError("x"),
    RecursionError(),
    MemoryError(),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["read", "judge", "record"])
def test_whatever_goes_wrong_with_one_file__is_its_finding_with_the_logs_place(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception, where: str
) -> None:
    for name, code in (("1坏.xlsx", "P1"), ("2好.xlsx", "P2")):
        (place.incoming / name).write_bytes(place.issued(code).filled(single()))

    def failing(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if any("1坏" in str(argument) for argument in arguments):
                raise error
            return function(*arguments)

        return call

    module, name = {
        "read": (arrivals, "read_file"),
        "judge": (checking, "_checked"),
        "record": (importing._Recorder, "_recorded"),
    }[where]
    monkeypatch.setattr(module, name, failing(getattr(module, name)))
    items = {item.file: item for item in place.imports().items}
    bad = items["1坏.xlsx"].checked
    assert bad is not None
    (finding,) = bad.findings
    assert (finding.rule, bad.status, items["2好.xlsx"].outcome) == ("file.internal", "unreadable", "current")
    log = place.collection.archive / "内部错误.log"
    assert f"“1坏.xlsx”：程序处理这个文件时内部出错（{type(error).__name__}）" in finding.message
    assert str(log) in finding.message
    assert type(error).__name__ in log.read_text(encoding="utf-8")


def test_control_characters__reach_neither_database_nor_terminal(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    form, odd = place.issued(), "甲_x0000__x001B_]0;标题_x0007_\u202e乙"
    data = changed(form.filled(single()), {("申报表", "A3"): odd})
    (place.incoming / "\x1b[31m红.xlsx").write_bytes(data)
    assert main(["import", str(place.collection.folder)]) == 1
    shown = capsys.readouterr().out
    assert not {"\x00", "\x1b", "\x07", "\u202e"} & set(shown)
    assert "⟨U+001B⟩" in shown
    (row,) = [row for row in place.ledger.current(FORM, 2022) if row.project_code == "P1"]
    (document,) = place.ledger.documents([row.id])
    kept = "".join(str(value) for finding in document.findings for value in (row.file, *finding))
    assert not {"\x00", "\x1b", "\x07", "\u202e"} & set(kept)


# Who may read what


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_password__is_for_its_owner_alone_and_others_keep_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        made = Place(tmp_path / "任务")
        made.ledger.close()
    finally:
        os.umask(before)
    settings = made.collection.archive / "任务.json"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.issued().path.stat().st_mode) == 0o640
    settings.chmod(0o644)  # as a version before left it
    assert Collection(made.collection.folder).password == made.collection.password
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600


def test_copied_collection__is_imported_like_the_first(place: Place, tmp_path: Path) -> None:
    (place.incoming / "甲.xlsx").write_bytes(place.issued().filled(single()))
    shutil.copytree(place.collection.folder, tmp_path / "副本")
    ledger = Ledger(sqlite_url(Collection(tmp_path / "副本").ledger))
    done = import_files(Collection(tmp_path / "副本"), [tmp_path / "副本"], ledger)
    ledger.close()
    assert [item.outcome for item in done.items] == ["current"]
