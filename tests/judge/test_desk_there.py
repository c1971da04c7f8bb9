"""A desk that travels as data says what it says at home, though its collection's folder is out of reach there."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, family, rules, single
from tests.judge.altering import altered
from tests.judge.test_altered_guards import relocked
from tests.project.faults import ROOT
from workbook_builder.executors import SharingExecutor
from workbook_builder.judge.batch import Bench, Job
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.password import lock_of

pytestmark = pytest.mark.slow


def travelled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own


class Elsewhere(SharingExecutor):
    """Does each task at once, with what was pickled only, while the folder is not there."""

    workers = 1

    def __init__(self, folder: Path):
        self._folder, self.shared, self.given = folder, 0, 0

    def share(self, thing: Any) -> Any:
        self.shared += 1
        return travelled(thing)

    def submit(self, function: Callable[..., Any], /, *args: Any, **_more: Any) -> "Future[Any]":
        self.given += 1
        there, arguments = travelled((function, args))
        away = self._folder.with_name("别处")
        self._folder.rename(away)
        done: Future[Any] = Future()
        try:
            done.set_result(travelled(there(*arguments)))
        except Exception as error:  # noqa: BLE001 - as an executor does
            done.set_exception(error)
        finally:
            away.rename(self._folder)
        return done


def said(form: Issued, executor: Elsewhere, *files: bytes) -> None:
    """Here and there alike."""
    jobs = [Job(f"{number}.xlsx", data) for number, data in enumerate(files)]
    here = [check(job.data, job.name, Desk(form.collection)) for job in jobs]
    with Bench(Desk(form.collection), executor) as bench:
        assert [one for _, one in bench.judged((None, job) for job in jobs)] == here


def test_worker_without_the_folder__says_the_same_of_every_file(alone: Issued) -> None:
    executor = Elsewhere(alone.collection.folder)
    good, wrong = alone.filled(single()), alone.filled(single(total_fiscal="1.00"))
    said(alone, executor, good, wrong, alone.path.read_bytes(), b"no workbook", good)
    assert executor.shared == 1


def test_password_set_anew__is_told_by_what_only_the_folder_knows(with_sub: Issued) -> None:
    executor = Elsewhere(with_sub.collection.folder)
    data = with_sub.filled(family())
    anew = altered(data, lambda parts: relocked(parts, "AAAA", "BBBB"))
    lock = lock_of(with_sub.collection.password)
    ours = altered(data, lambda parts: relocked(parts, lock.hash_value, lock.salt_value))
    assert "structure.protection_removed" in rules(check(anew, "甲.xlsx", Desk(with_sub.collection)))
    said(with_sub, executor, anew, ours, data)
    assert executor.given > 3  # questions were answered


def test_password_of_the_collection__does_not_travel(alone: Issued) -> None:
    class Listening(Elsewhere):
        def share(self, thing: Any) -> Any:
            assert alone.collection.password.encode() not in pickle.dumps(thing)
            return super().share(thing)

    said(alone, Listening(alone.collection.folder), alone.filled(single()))


def test_defect_of_ours_that_a_file_meets_there__stands_in_the_log_here(
    alone: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("workbook_builder.judge.check._checked", breaks)
    executor = Elsewhere(alone.collection.folder)
    with Bench(Desk(alone.collection), executor) as bench:
        ((_, told),) = bench.judged([(None, Job("坏.xlsx", b""))])
    assert told is not None
    assert rules(told) == ["file.internal"]
    assert str(alone.collection.archive) in told.findings[0].message


STUCK = """
import re
from workbook_builder.judge.archive import NOTHING_RECEIVED
from workbook_builder.judge.desk_there import Orders, at_desk
at_desk(Orders("甲", None, (), NOTHING_RECEIVED, 2.0), {}, lambda desk: desk.form)
at_desk(Orders("甲", None, (), NOTHING_RECEIVED, 2.0), {}, lambda desk: re.match("(a+)+$", "a" * 60 + "b"))
"""


def test_task_that_takes_too_long_on_a_worker__ends_its_process_whatever_it_does() -> None:
    """The expression holds the interpreter, as native code of a library does."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", STUCK], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
