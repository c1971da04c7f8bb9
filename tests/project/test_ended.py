"""A run that is ended, killed or by Ctrl-C, takes its children with it, and the next one completes what it began."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers import issued, project, single, stamped
from tests.project.faults import LEFT_BEHIND
from tests.project.processes import FIRST, LONG, Started, alive, importing, session_of, started, until
from tests.recorded import FORM, YEAR
from workbook_builder.collection.folder import Collection
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.batch import FEW
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc to look into")]

FILES = FIRST + FEW  # more than are recorded together, and than are judged without children
ASKS_FOR_A_PDF = """
import sys
from workbook_builder.ooxml.foreign import office
office.PROGRAMS = (sys.argv[1],)
list(office.turned_into("pdf", {"a.docx": b""}))
"""


def test_children_of_a_killed_run__end_whatever_they_are_doing(tmp_path: Path, ended: list[Started]) -> None:
    process = started("-m", "tests.project.busy_pool", tmp_path)
    ended.append(process)
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    busy = {int(path.name) for path in tmp_path.iterdir()}
    assert alive(busy) == busy
    process.kill()
    until(lambda: not session_of(process))
    assert alive(busy) == set()


def test_office_of_a_killed_run__ends_with_it(tmp_path: Path, ended: list[Started]) -> None:
    office, log = tmp_path / "soffice", tmp_path / "log"
    office.write_text(f'#!/bin/sh\necho $$ > "{log}.part"\nmv "{log}.part" "{log}"\nexec sleep 600\n')
    office.chmod(0o755)
    process = started("-c", ASKS_FOR_A_PDF, office)
    ended.append(process)
    until(log.is_file)
    busy = {int(log.read_text())}
    assert alive(busy) == busy
    process.kill()
    until(lambda: not alive(busy))


@pytest.fixture
def batch(tmp_path: Path) -> Collection:
    """More files than are judged without children, of one project, each saved later than the one before."""
    one = issued(tmp_path / "任务", project())
    for number in range(FILES):
        data = stamped(
            one.filled(single(filler=f"填表人{number}")), f"2022-02-01T{8 + number // 60:02}:{number % 60:02}:00Z"
        )
        (one.collection.folder / "收回" / f"{number:02}.xlsx").write_bytes(data)
    return one.collection


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_batched_import_that_is_ended__leaves_no_child_and_is_completed_by_the_next(
    batch: Collection, ended: list[Started], sign: signal.Signals, code: int
) -> None:
    originals = batch.archive / "原件"
    process, recorded = importing(ended, batch.folder)
    os.killpg(process.pid, sign) if sign == signal.SIGINT else process.kill()
    assert process.wait(LONG) == code
    until(lambda: not session_of(process))
    if sign == signal.SIGINT:
        said = process.stdout.read() if process.stdout else ""
        assert "已中断。已经完成的部分保留，再运行一次即可接着做。" in said
        assert "Traceback" not in said
    with closing(Ledger(sqlite_url(batch.ledger))) as ledger:
        before = len(ledger.submissions(FORM, YEAR))
        assert 0 < before == recorded < FILES
        done = import_files(batch, [batch.folder / "收回"], ledger)
        assert [item.outcome for item in done.items] == ["duplicate"] * before + ["current"] * (FILES - before)
        (current,) = ledger.current(FORM, YEAR)
        assert current.file == f"{FILES - 1:02}.xlsx"
        kept = [path.name for path in originals.iterdir() if not path.name.startswith(LEFT_BEHIND)]
        assert len(kept) == len(ledger.submissions(FORM, YEAR)) == FILES
