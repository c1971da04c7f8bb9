"""Files whole or not at all, and names that Windows and Excel take."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import files_under, is_chinese_sentence
from workbook_builder.errors import UnreadableError, UsageError
from workbook_builder.files import (
    FILE_NAME_LIMIT,
    TAIL_BYTES,
    append_lines,
    file_name,
    read_file,
    sheet_title,
    write_file,
    write_files,
)

ILLEGAL_IN_FILE_NAMES = '\\/:*?"<>|\n\t\0'
ILLEGAL_IN_TITLES = "\\/*?:[]'\n\t\0"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_file__is_written_whole_with_its_folders_and_nothing_beside_it(tmp_path: Path) -> None:
    write_file(tmp_path / "下发" / "单位" / "项目.xlsx", b"data")
    assert files_under(tmp_path) == {"下发/单位/项目.xlsx": b"data"}
    assert (tmp_path / "下发" / "单位" / "项目.xlsx").stat().st_mode & 0o777 == 0o644


def test_existing_file__is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(UsageError, match="已经存在，没有覆盖"):
        write_file(path, b"new")
    assert files_under(tmp_path) == {"项目.xlsx": b"old"}


def test_existing_file__is_replaced_where_that_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(b"old")
    write_file(path, b"new", overwrite=True)
    assert files_under(tmp_path) == {"项目.xlsx": b"new"}


def test_some_files__are_written_in_the_place_of_what_is_there_and_nothing_beside_them(tmp_path: Path) -> None:
    (tmp_path / "乙.xlsx").write_bytes(b"old")
    write_files({tmp_path / "单位" / "甲.xlsx": b"one", tmp_path / "乙.xlsx": b"two"})
    assert files_under(tmp_path) == {"单位/甲.xlsx": b"one", "乙.xlsx": b"two"}
    assert (tmp_path / "乙.xlsx").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_some_files__are_on_the_disk_before_any_takes_its_place(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    monkeypatch.setattr("workbook_builder.files.sys.platform", platform)
    monkeypatch.setattr(os, "sync", lambda: seen.append({path.name for path in tmp_path.iterdir()}))
    monkeypatch.setattr(os, "fsync", lambda _: seen.append({path.name for path in tmp_path.iterdir()}))
    write_files({tmp_path / "甲.xlsx": b"one", tmp_path / "乙.xlsx": b"two"})
    assert len(seen) == (1 if platform == "linux" else 2)
    assert all(len(names) == 2 and all(name.startswith(".~") for name in names) for names in seen)


def test_one_of_some_files_that_cannot_be_written__leaves_none_of_them_and_no_rest(tmp_path: Path) -> None:
    (tmp_path / "单位").write_bytes(b"no folder")
    with pytest.raises(UsageError, match=r"无法写入.*单位") as caught:
        write_files({tmp_path / "甲.xlsx": b"one", tmp_path / "单位" / "乙.xlsx": b"two"})
    assert is_chinese_sentence(str(caught.value))
    assert files_under(tmp_path) == {"单位": b"no folder"}


@pytest.mark.parametrize("torn", [b"", b'{"b":', b"x" * (TAIL_BYTES + 1), b"x" * TAIL_BYTES])
@pytest.mark.parametrize("whole", [b"", b'{"a":1}\n', b"\n", b'{"a":1}\n' * TAIL_BYTES])
def test_line_that_was_cut_off__goes_before_lines_are_added(whole: bytes, torn: bytes, tmp_path: Path) -> None:
    path = tmp_path / "记录.jsonl"
    path.write_bytes(whole + torn)
    append_lines(path, b'{"c":1}\n')
    append_lines(path, b'{"d":1}\n')
    assert path.read_bytes() == whole + b'{"c":1}\n{"d":1}\n'


def test_folder_that_is_a_file__is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "下发").write_bytes(b"no folder")
    with pytest.raises(UsageError, match="无法写入") as caught:
        write_file(tmp_path / "下发" / "项目.xlsx", b"data")
    assert is_chinese_sentence(str(caught.value))
    assert files_under(tmp_path) == {"下发": b"no folder"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_file_that_is_a_folder__is_a_usage_error_and_leaves_no_rest(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "项目.xlsx").mkdir()
    with pytest.raises(UsageError):
        write_file(tmp_path / "项目.xlsx", b"data", overwrite=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["项目.xlsx"]


def test_name_that_is_too_long_for_the_disk__is_a_usage_error_and_leaves_no_rest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="无法写入"):
        write_file(tmp_path / ("项" * 200), b"data")
    assert list(tmp_path.iterdir()) == []


def test_file__is_read(tmp_path: Path) -> None:
    (tmp_path / "项目.xlsx").write_bytes(b"data")
    assert read_file(tmp_path / "项目.xlsx") == b"data"


@pytest.mark.parametrize(
    ("name", "why"),
    [("没有.xlsx", "文件不存在"), ("文件夹", "这是文件夹"), ("文件/里面.xlsx", "无法读取"), ("项" * 200, "无法读取")],
)
def test_file_that_cannot_be_read__says_why(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "文件夹").mkdir()
    (tmp_path / "文件").write_bytes(b"")
    with pytest.raises(UnreadableError, match=why) as caught:
        read_file(tmp_path / name)
    finding = caught.value.finding
    assert (finding.rule, finding.severity, finding.value) == ("file.unreadable", "error", str(tmp_path / name))
    assert is_chinese_sentence(finding.message)


def test_file_that_is_larger_than_asked_for__is_too_large_and_says_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "大.xlsx"
    with path.open("wb") as stream:
        stream.truncate(3 << 20)
    assert len(read_file(path, 3 << 20)) == 3 << 20
    with pytest.raises(UnreadableError, match="文件有 3 MiB，最多 2 MiB") as caught:
        read_file(path, 2 << 20)
    assert caught.value.finding.rule == "file.too_large"
    assert is_chinese_sentence(caught.value.finding.message)


@pytest.mark.parametrize("name", ["管道.xlsx", "套接字.xlsx"])
def test_what_is_no_file__is_not_opened(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind("套接字.xlsx")
        os.mkfifo("管道.xlsx")
        with pytest.raises(UnreadableError, match="不是普通文件") as caught:
            read_file(tmp_path / name)
    assert caught.value.finding.rule == "file.unreadable"
    assert is_chinese_sentence(caught.value.finding.message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("党群综合服务", "党群综合服务"),
        ("2022/23:*项目?", "2022_23__项目_"),
        (" 项目. ", "项目"),
        ("..", "_"),
        ("", "_"),
        ("项" * 81, "项" * FILE_NAME_LIMIT),
        ("[甲]项目", "_甲_项目"),
        ("CON", "_CON"),
        ("nul.2022", "_nul.2022"),
        ("com7", "_com7"),
        ("CONtrol", "CONtrol"),
        ("项" * 59 + ". 目", "项" * 59),
    ],
)
def test_text__becomes_a_legal_file_name(text: str, expected: str) -> None:
    assert file_name(text) == expected


def test_deepest_file__leaves_room_for_where_the_collection_lies() -> None:
    longest = file_name("项" * 300)
    assert len(f"退回/{longest}/{longest}_退回9999.xlsx") + 70 < 218


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_file_name__is_always_legal(text: str) -> None:
    name = file_name(text)
    assert 0 < len(name) <= FILE_NAME_LIMIT
    assert not set(name) & set(ILLEGAL_IN_FILE_NAMES)
    assert name == name.strip(" .")


@pytest.mark.parametrize(
    ("text", "taken", "expected"),
    [
        ("社区党建", [], "社区党建"),
        ("党建[一]: 甲/乙?*\\", [], "党建一 甲乙"),
        ("'两新'党建", [], "两新党建"),
        ("党建\n 服务", [], "党建 服务"),
        ("", [], "子项目"),
        ("[]", ["子项目"], "子项目(2)"),
        ("ABC", ["abc", "Abc(2)"], "ABC(3)"),
        ("History", [], "History(2)"),
        ("字" * 40, [], "字" * 31),
        ("字" * 40, ["字" * 31], "字" * 28 + "(2)"),
        ("😀" * 16, [], "😀" * 15),
        ("字" + "😀" * 16, [], "字" + "😀" * 15),
        ("字" * 30 + " 甲", [], "字" * 30),
        ("⟦1⟧", [], "1"),
    ],
)
def test_text__becomes_a_legal_sheet_title_unlike_the_others(text: str, taken: list[str], expected: str) -> None:
    assert sheet_title(text, taken) == expected


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=30))
def test_sheet_titles__are_always_legal_and_unique_whatever_the_case(texts: list[str]) -> None:
    taken: list[str] = []
    for text in texts:
        taken.append(sheet_title(text, taken))
    assert len({title.casefold() for title in taken}) == len(texts)
    for title in taken:
        assert 0 < units(title) <= 31
        assert not set(title) & set(ILLEGAL_IN_TITLES)


def test_many_projects_of_one_name__are_numbered_within_the_limit() -> None:
    taken: list[str] = []
    for _ in range(120):
        taken.append(sheet_title("字" * 40, taken))
    assert taken[9] == "字" * 27 + "(10)"
    assert taken[119] == "字" * 26 + "(120)"
    assert len(set(taken)) == 120
