"""Ctrl-C while children or a cluster work: nothing of it goes on, it is said what was done, and the next run does the rest."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.dask_cluster import scheduler_with
from tests.helpers import UNIT, collection_of, files_under, issued, project, single, stamped, write_roster
from tests.project.processes import FIRST, LONG, Started, importing, session_of, started, until
from tests.recorded import FORM, YEAR
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.issuing import AT_ONCE, FEW_FORMS
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.judge.batch import FEW
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc to look into")]

GENERAL = "已中断。已经完成的部分保留，再运行一次即可接着做。"
FILES = FIRST + FEW + 10  # more than are recorded together, and than are judged without children


def interrupted(process: Started) -> str:
    """By Ctrl-C, as a terminal tells it to all of the session; gives what it said."""
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=LONG)
    assert process.returncode == 130, said
    until(lambda: not session_of(process))
    assert "Traceback" not in said
    assert GENERAL in said
    return said


def completed(*words: str | Path) -> int:
    """Runs it to its end."""
    process = started(*words)
    process.communicate(timeout=LONG * 5)
    return process.returncode


def test_generate_interrupted__says_what_it_wrote_and_the_next_run_writes_the_rest(
    tmp_path: Path, ended: list[Started]
) -> None:
    count = FEW_FORMS + 200
    collection = collection_of(tmp_path / "任务", project())
    projects = tuple(project(f"P{number:04}", f"项目{number}") for number in range(count))
    write_roster(collection.roster, Roster(Settings(2022, "一上"), (UNIT,), projects))
    process = started("-m", "workbook_builder.cli", "generate", collection.folder)
    ended.append(process)
    until(lambda: collection.outgoing.is_dir() and any(collection.outgoing.rglob("*.xlsx")))
    said = interrupted(process)
    written = len(files_under(collection.outgoing))
    assert 0 < written < count
    told = int(said.split("已生成 ")[1].split(" ", 1)[0])
    assert written - AT_ONCE <= told <= written
    assert completed("-m", "workbook_builder.cli", "generate", collection.folder) == 0
    recorded = {issue.file: issue.sha256 for issue in collection.issues().values()}
    files = {path: path.read_bytes() for path in collection.outgoing.rglob("*/*.xlsx")}
    there = {path.relative_to(collection.folder).as_posix(): sha256(data) for path, data in files.items()}
    assert there == recorded
    assert len(recorded) == count


@pytest.fixture
def came_back(tmp_path: Path) -> Collection:
    """Of one project, each saved later than the one before."""
    one = issued(tmp_path / "任务", project())
    for number in range(FILES):
        data = one.filled(single(filler=f"填表人{number}"))
        moment = f"2022-02-01T{8 + number // 60:02}:{number % 60:02}:00Z"
        (one.collection.folder / "收回" / f"{number:03}.xlsx").write_bytes(stamped(data, moment))
    return one.collection


@pytest.mark.parametrize("has_cluster", [False, True], ids=["children", "cluster"])
def test_import_interrupted__says_what_it_recorded_and_the_next_run_records_the_rest(
    came_back: Collection, ended: list[Started], tmp_path: Path, *, has_cluster: bool
) -> None:
    with scheduler_with(tmp_path) as address:
        process, recorded = importing(ended, came_back.folder, *(["--scheduler", address] if has_cluster else []))
        said = interrupted(process)
    with closing(Ledger(sqlite_url(came_back.ledger))) as ledger:
        assert 0 < len(ledger.submissions(FORM, YEAR)) == recorded < FILES
    assert f"已导入 {recorded} 个文件，还有 {FILES - recorded} 个没有导入。" in said
    assert completed("-m", "workbook_builder.cli", "import", came_back.folder) == 0
    with closing(Ledger(sqlite_url(came_back.ledger))) as ledger:
        assert len(ledger.submissions(FORM, YEAR)) == FILES
        (current,) = ledger.current(FORM, YEAR)
    assert current.file == f"{FILES - 1:03}.xlsx"


def test_check_interrupted__shows_what_it_has_found(came_back: Collection, ended: list[Started]) -> None:
    process = started("-u", "-c", CHECKS_SLOWLY, came_back.folder)
    ended.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    said = interrupted(process)
    assert "000.xlsx" in said
    assert f"还有 {FILES - 1} 个没有检查" in said


def test_interrupt_while_the_command_line_is_loaded__is_said_in_our_words(ended: list[Started]) -> None:
    for words, expected in (((), GENERAL), (("--json",), f'"error": "{GENERAL}"')):
        process = started("-c", INTERRUPTED_BY_LOADING, "status", *words)
        ended.append(process)
        said, _ = process.communicate(timeout=LONG)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert expected in said


INTERRUPTED_BY_LOADING = """
import sys
class Interrupts:
    def find_spec(name, *_):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts)
from workbook_builder.cli import main
sys.exit(main())
"""


def test_children__heed_no_interrupt_from_their_first_moment(ended: list[Started]) -> None:
    process = started("-c", TELLS_WHAT_CHILDREN_HEED)
    ended.append(process)
    said, _ = process.communicate(timeout=LONG)
    masks = [int(mask, 16) for mask in said.split()]
    assert len(masks) == 3
    assert all(mask & 1 << signal.SIGINT - 1 for mask in masks[:2])
    assert not masks[2] & 1 << signal.SIGINT - 1


TELLS_WHAT_CHILDREN_HEED = """
from pathlib import Path
from multiprocessing import active_children
from workbook_builder.executors import IsolatedPool
def blocked(process):
    return Path(f"/proc/{process}/status").read_text().split("SigBlk:")[1].split()[0]
if __name__ == "__main__":
    pool = IsolatedPool(2)
    pool.submit(abs, 1)
    for child in active_children():
        print(blocked(child.pid))
    print(blocked("self"))
    pool.shutdown(cancel_futures=True)
"""


CHECKS_SLOWLY = """
import sys, time
from workbook_builder.cli.app import main
from workbook_builder.judge import batch
batch.FEW = 1000
check = batch.check
def then_waits(data, name, desk):
    if not name.startswith("000"):
        print("begun", flush=True)
        time.sleep(600)
    return check(data, name, desk)
batch.check = then_waits
sys.exit(main(["check", sys.argv[1]]))
"""
