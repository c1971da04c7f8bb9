"""Full and read-only disks, ledgers that are locked, damaged or newer, two runs at once: each is told, nothing is half."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from tests.helpers import files_under, is_chinese_sentence
from tests.project.commands import COMMANDS, Ready, wrong_in
from tests.project.faults import Case, copied, held, is_counted, outcome_words, run, run_at_once
from workbook_builder.cli.app import main

pytestmark = pytest.mark.slow

ROOM_BYTES = 64 << 20
SAME_AS_ONE = {name: command for name, command in COMMANDS.items() if name != "import"}


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(folder: Path, left: int) -> Path:
    """Leaves so many bytes free."""
    filler = folder / ".~full"
    with filler.open("wb") as stream:
        stream.write(bytes(max(0, shutil.disk_usage(folder).free - left)))
    return filler


def told(words: str) -> str:
    """The sentence that a command ends with."""
    sentence = words.strip().splitlines()[-1]
    assert is_chinese_sentence(sentence), words
    return sentence


@pytest.mark.parametrize("part", [0.0, 0.5])
@pytest.mark.parametrize("name", COMMANDS)
def test_full_disk__is_told_and_what_is_there_is_whole_and_completed_where_there_is_room(
    name: str, part: float, ready: Ready, tmp_path: Path
) -> None:
    command, says = COMMANDS[name], tmp_path / "说"
    minute = command.minutes[1]
    with disk(tmp_path / "盘") as place:
        whole = copied(command.before(ready), place / "整" / "任务")
        free = shutil.disk_usage(place).free
        (undisturbed,) = run([Case(command.words(whole), minute=minute)], says)
        assert undisturbed.code == command.code, undisturbed.output
        needed, expected = free - shutil.disk_usage(place).free, command.leaves(whole)
        folder = copied(command.before(ready), place / "满" / "任务")
        filler = fill_up(place, int(needed * part))
        (full,) = run([Case(command.words(folder), minute=minute)], says)
        assert full.code == 2, full.output
        assert "磁盘" in told(full.output)
        assert list(wrong_in(folder)) == []
        assert [path for path in folder.parent.rglob(".~*") if path.name != filler.name] == []
        filler.unlink()
        (again,) = run([Case(command.words(folder), minute=minute)], says)
        assert again.code in command.of_rerun, outcome_words(again)
        left = command.leaves(folder)
        assert left.keys() == expected.keys()
        assert [key for key in expected if left[key] != expected[key]] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_files_that_may_not_grow__are_told_as_a_full_disk_is(name: str, ready: Ready, tmp_path: Path) -> None:
    command = COMMANDS[name]
    folder = copied(command.before(ready), tmp_path / "任务")
    (done,) = run([Case(command.words(folder), largest=2048)], tmp_path / "说")
    assert done.code == 2, done.output
    assert any(words in told(done.output) for words in ("台账", "文件超过了允许的大小", "无法写入临时文件夹"))
    assert list(wrong_in(folder)) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_disk_that_is_read_only__is_told(name: str, ready: Ready, tmp_path: Path) -> None:
    command = COMMANDS[name]
    with disk(tmp_path / "盘") as place:
        folder = copied(command.before(ready), place / "任务")
        before = files_under(place)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        (done,) = run([Case(command.words(folder))], tmp_path / "说")
        assert done.code == 2, done.output
        assert "只读" in told(done.output)
        assert files_under(place) == before


def test_collection_that_is_read_only__still_checks_what_came_back(ready: Ready, tmp_path: Path) -> None:
    with disk(tmp_path / "盘") as place:
        folder = copied(ready.came_back, place / "任务")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        (done,) = run([Case(["check", folder / "收回" / "A1.xlsx"])], tmp_path / "说")
        assert done.code == 0, done.output


@pytest.mark.parametrize("name", SAME_AS_ONE)
def test_two_at_once__leave_what_one_does(name: str, ready: Ready, tmp_path: Path) -> None:
    command, says = COMMANDS[name], tmp_path / "说"
    folders = [copied(command.before(ready), tmp_path / which / "任务") for which in ("整", "双")]
    alone, twice = (Case(command.words(folder), minute=command.minutes[1]) for folder in folders)
    _, both = run_at_once([[alone], [twice, twice]], says)
    refused = [outcome.output for outcome in both if outcome.code != command.code]
    assert len(refused) < 2, refused
    assert all("已经存在" in told(words) for words in refused)
    expected, left = map(command.leaves, folders)
    assert left.keys() == expected.keys()
    assert [key for key in expected if left[key] != expected[key]] == []
    assert list(wrong_in(folders[1])) == []


def test_two_imports_at_once__record_everything_once(ready: Ready, tmp_path: Path) -> None:
    folders = [copied(ready.came_back, tmp_path / which / "任务") for which in ("整", "双")]
    alone, twice = (Case(["import", folder]) for folder in folders)
    _, both = run_at_once([[alone], [twice, twice]], tmp_path / "说")
    assert {outcome.code for outcome in both} <= {0, 1}, both  # whose files were all known has nothing to say of them
    one, two = map(recorded, folders)
    assert two == one
    files = [{name for name in held(folder) if is_counted(name)} for folder in folders]
    assert files[0] == files[1]
    assert list(wrong_in(folders[1])) == []


def recorded(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "档案" / "台账.db")) as connection:
        columns = "sha256, status, is_current, is_undecided, issue_order"
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall() for name in tables}  # noqa: S608
        rows = connection.execute(f"SELECT {columns} FROM submission ORDER BY sha256").fetchall()  # noqa: S608
    return {**counts, "submissions": rows}


# What has to open the ledger; generate does not.
WITH_LEDGER: dict[str, Callable[[Path], list[str | Path]]] = {
    **{name: COMMANDS[name].words for name in ("import", "report", "package", "rollover")},
    "status": lambda folder: ["status", folder],
    "return": lambda folder: ["return", folder],
    "merge": lambda folder: ["merge", folder],
}


@pytest.fixture
def imported(ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection with a ledger; nobody waits long."""
    monkeypatch.setattr("workbook_builder.ledger.database.SECONDS_TO_WAIT", 0.1)
    monkeypatch.setattr("workbook_builder.files.LOCK_SECONDS", 0.1)
    monkeypatch.setenv("COLUMNS", "200")
    return copied(ready.imported, tmp_path / "任务")


def kept_files(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in files_under(folder.parent).items() if not name.endswith((".lock", "-journal"))}


def refuses_all(folder: Path, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command that needs the ledger says so, and leaves everything as it is."""
    before = kept_files(folder)
    for name, command in WITH_LEDGER.items():
        assert main([str(word) for word in command(folder)]) == 2, name
        assert words in told(capsys.readouterr().err), name
        assert kept_files(folder) == before, name


def test_ledger_that_another_program_holds__is_told(imported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(imported / "档案" / "台账.db")) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        refuses_all(imported, "正被另一个程序占用", capsys)


def test_ledger_of_a_newer_version__is_told_and_left_alone(imported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(imported / "档案" / "台账.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refuses_all(imported, "请升级 workbook-builder 后再试", capsys)


def headless(data: bytes) -> bytes:
    return bytes(4096) + data[4096:]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2 // 4096 * 4096]


def blotted(data: bytes) -> bytes:
    """Every page but the first: what a bad disk gives."""
    return data[:4096] + b"\xa5" * (len(data) - 4096)


@pytest.mark.parametrize("damage", [headless, cut, blotted])
def test_damaged_ledger__is_told_and_left_alone(
    damage: Callable[[bytes], bytes], imported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = imported / "档案" / "台账.db"
    ledger.write_bytes(damage(ledger.read_bytes()))
    refuses_all(imported, "已损坏", capsys)


@pytest.mark.parametrize(
    ("lock", "name", "words"), [(".下发.lock", "generate", "生成工作簿"), (".汇总.lock", "report", "生成 汇总.xlsx")]
)
def test_what_another_run_is_doing__is_told_after_waiting(
    lock: str, name: str, words: str, imported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept_files(imported)
    with FileLock(imported / "档案" / lock):
        assert main([str(word) for word in COMMANDS[name].words(imported)]) == 2
    assert f"另一个程序正在{words}" in told(capsys.readouterr().err)
    assert kept_files(imported) == before
