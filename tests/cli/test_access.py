"""Folders that may not be read or written: a sentence, and nothing half done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import UNIT, change_roster, collection_of, files_under, is_chinese_sentence, project, single
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow

# What lets root pass over the permissions of files; whoever is not root has none of it anyway.
OF_ROOT = "-dac_override,-dac_read_search"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """The command as somebody runs it to whom permissions apply."""
    command = [sys.executable, "-m", "workbook_builder.cli", *map(str, words)]
    if os.geteuid() == 0:
        command = ["setpriv", f"--bounding-set={OF_ROOT}", f"--inh-caps={OF_ROOT}", *command]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """One project sent out, its workbook come back."""
    made = collection_of(tmp_path / "任务", project())
    (path,) = generate(made, packaged_catalogue()).written
    (made.folder / "收回" / "甲.xlsx").write_bytes(fill(path.read_bytes(), path.name, single(), Desk(made)))
    return made


@pytest.fixture
def closed(request: pytest.FixtureRequest, collection: Collection) -> Iterator[Path]:
    """A folder of the collection that may not be written (r-x) or not even opened (---)."""
    name, mode = request.param
    folder = collection.folder / name if name != "." else collection.folder
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    yield folder
    folder.chmod(0o755)


def closed_for_writing(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("closed", [(name, 0o555) for name in names], indirect=True, ids=names)


def refused(done: subprocess.CompletedProcess[str], code: int, folder: Path) -> bool:
    """Whether it ended with this code and a sentence that names the folder, and wrote no document."""
    words = done.stderr.strip()
    return (done.returncode, done.stdout, is_chinese_sentence(words), folder.name in words) == (code, "", True, True)


@pytest.mark.parametrize("closed", [("收回/街道", 0o000)], indirect=True)
def test_folder_that_may_not_be_opened__stops_the_import_before_anything_is_recorded(
    collection: Collection, closed: Path
) -> None:
    assert refused(run("import", collection.folder), 3, closed)
    assert not (collection.archive / "原件").exists()
    closed.chmod(0o755)
    assert main(["import", str(collection.folder)]) == 0


@closed_for_writing(f"下发/{UNIT.unit_code}_{UNIT.unit_name}")
def test_read_only_folder_of_a_unit__is_said_and_the_next_run_sends_out_what_this_one_could_not(
    collection: Collection, closed: Path
) -> None:
    change_roster(collection, project(department="某局"))
    before = files_under(collection.folder, "下发")
    assert refused(run("generate", collection.folder), 2, closed)
    assert files_under(collection.folder, "下发") == before
    closed.chmod(0o755)
    assert [path.name for path in generate(collection, packaged_catalogue()).written] == ["P1_社区培训.xlsx"]
    (issue,) = collection.latest_issues().values()
    assert sha256((collection.folder / issue.file).read_bytes()) == issue.sha256


@closed_for_writing("档案")
def test_read_only_archive__is_said_and_records_nothing(collection: Collection, closed: Path) -> None:
    before = files_under(collection.folder)
    assert refused(run("import", collection.folder), 2, closed)
    assert files_under(collection.folder) == before


@closed_for_writing(".")
def test_read_only_collection__is_said_by_what_would_write_there(collection: Collection, closed: Path) -> None:
    assert run("import", collection.folder).returncode == 0
    before = {name for name in files_under(closed) if "台账" not in name}
    assert refused(run("report", collection.folder), 2, collection.folder)
    done = run("status", collection.folder)
    assert "应报 1 个项目，未交 0，应退回修改 0，已接收 1" in done.stdout  # whatever becomes of the list
    assert (done.returncode, "催报清单.xlsx" in done.stderr, is_chinese_sentence(done.stderr.strip())) == (
        2,
        True,
        True,
    )
    after = {name for name in files_under(closed) if "台账" not in name}
    assert after - before <= {"档案/.汇总.lock"}  # 档案 itself may be written to
    assert before <= after


@closed_for_writing("退回")
def test_read_only_folder_for_return_copies__is_said(collection: Collection, closed: Path) -> None:
    (issue,) = collection.latest_issues().values()
    path = collection.folder / issue.file
    bad = fill(path.read_bytes(), path.name, single(annual_goal=None), Desk(collection))
    (collection.folder / "收回" / "甲.xlsx").write_bytes(bad)
    assert main(["import", str(collection.folder)]) == 1
    assert refused(run("return", collection.folder), 2, closed)
    assert files_under(collection.folder, "退回") == {}
    closed.chmod(0o755)
    assert main(["return", str(collection.folder)]) == 0
    assert len(files_under(collection.folder, "退回", f"{UNIT.unit_code}_{UNIT.unit_name}")) == 1
