"""A batch in which somebody sent everything that can be wrong with a file: the good one among them is recorded."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers import issued, project, single
from tests.ooxml.hostile import hostile_files
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.rule_ids import FILE_TOO_LARGE, FILE_UNREADABLE

pytestmark = pytest.mark.slow

HOLDS_ANOTHER, HOLDS_NOTHING = "of_archives_10.xlsx", "of_archives_11.xlsx"


def rules(done: Imported) -> dict[str, list[str]]:
    """The rules of each file's findings."""
    checks = (item.checked for item in done.items if item.checked)
    return {checked.file: [finding.rule for finding in checked.findings] for checked in checks}


def test_batch_of_hostile_files__records_the_good_one_and_says_what_is_wrong_with_each_other(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    incoming = tmp_path / "来件"
    incoming.mkdir()
    expected = {hostile.name: hostile.rule for hostile in hostile_files()}
    for hostile in hostile_files():
        (incoming / hostile.name).write_bytes(hostile.data)
    (incoming / "好的.xlsx").write_bytes(form.filled(single()))
    with closing(Ledger(sqlite_url(form.collection.ledger))) as ledger:
        done = import_files(form.collection, [incoming], ledger)
        current = [row.project_code for row in ledger.current(form.desk.form.form_id, 2022)]
    found = rules(done)
    assert (found.pop("好的.xlsx"), current) == ([], ["P1"])
    # An archive is opened, whatever it is called: one holds another file, one nothing.
    expected[f"{HOLDS_ANOTHER}/inner.xlsx"] = expected.pop(HOLDS_ANOTHER)
    expected[HOLDS_NOTHING] = FILE_UNREADABLE
    assert found == {name: [rule] for name, rule in expected.items()}


def test_files_that_never_end__are_said_to_be_none(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project())
    pipe, sparse = tmp_path / "管道.xlsx", tmp_path / "很大.xlsx"
    os.mkfifo(pipe)
    with sparse.open("wb") as stream:
        stream.truncate(3 << 30)
    paths = [pipe, Path("/dev/zero"), sparse, pipe.rename(tmp_path / "管道.zip"), sparse]
    with closing(Ledger(sqlite_url(form.collection.ledger))) as ledger:
        done = import_files(form.collection, paths[1:], ledger)
    assert rules(done) == {"zero": [FILE_UNREADABLE], "很大.xlsx": [FILE_TOO_LARGE], "管道.zip": [FILE_UNREADABLE]}
