"""Many files judged in child processes: none stops the others, and all are told in order."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import UNIT, Issued, collection_of, project, rules, single, write_roster
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.executors import IsolatedPool
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.batch import FEW, Bench, Job, checked_files
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow


class Sent(NamedTuple):
    """A file that came in."""

    name: str
    read: Callable[[], bytes]


@pytest.fixture(scope="module")
def files(alone: Issued) -> list[Job]:
    """One to be accepted, one to be returned, one that is none."""
    good, bad = alone.filled(single()), alone.filled(single(total_fiscal="1.00"))
    return [Job("好.xlsx", good), Job("坏.xlsx", bad), Job("别的.xlsx", b"no workbook")]


def test_children__say_what_is_said_here_in_the_order_given(alone: Issued, files: list[Job]) -> None:
    many = [Job(f"{number}{job.name}", job.data) for number in range(FEW) for job in files]
    sources = [Sent(job.name, lambda data=job.data: data) for job in many]  # type: ignore[misc]
    here = [check(job.data, job.name, alone.desk) for job in many]
    assert list(checked_files(sources, alone.desk)) == here


def test_without_a_collection__children_judge_by_what_comes_with_the_program(files: list[Job]) -> None:
    sources = [Sent(f"{number}.xlsx", lambda: files[0].data) for number in range(FEW + 1)]
    results = list(checked_files(sources, Desk()))
    assert {result.status for result in results} == {"accepted"}
    assert results[0].unverified == check(files[0].data, "0.xlsx", Desk()).unverified != ()


def test_threads_of_somebody_else__do_as_well(alone: Issued, files: list[Job]) -> None:
    with ThreadPoolExecutor(1) as executor, Bench(alone.desk, executor) as bench:
        results = list(bench.judged((job.name, job) for job in files))
    assert [(name, checked and checked.status) for name, checked in results] == [
        ("好.xlsx", "accepted"), ("坏.xlsx", "returned"), ("别的.xlsx", "unreadable"),
    ]  # fmt: skip


def test_threads__judge_different_files_as_they_are_judged_one_by_one(alone: Issued) -> None:
    """They share what is compiled of a form, in which a file's inputs are set."""
    amounts = [f"{number}00000.00" for number in range(1, 9)]
    jobs = [Job(f"{one}.xlsx", alone.filled(single(annual_appropriation=one))) for one in amounts]
    with ThreadPoolExecutor(4) as executor, Bench(alone.desk, executor) as bench:
        there = [checked for _, checked in bench.judged((None, job) for job in jobs)]
    assert there == [check(job.data, job.name, alone.desk) for job in jobs]


def test_executor_that_goes_on__knows_what_was_sent_out_since(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    with ThreadPoolExecutor(1) as executor:
        for code, name in (("P1", "社区培训"), ("P2", "文化活动")):
            write_roster(collection.roster, Roster(Settings(2022, "一上"), (UNIT,), (project(code, name),)))
            generate(collection, packaged_catalogue())
            issue = collection.latest_issues()[code]
            form = Issued(collection, collection.folder / issue.file, Desk(collection))
            with Bench(form.desk, executor) as bench:
                ((_, checked),) = bench.judged([(None, Job(f"{code}.xlsx", form.filled(single())))])
            assert checked is not None
            assert (checked.status, rules(checked)) == ("accepted", [])


class Deadly(IsolatedPool):
    """Children that one of the files kills, keeps busy for ever, or fills with memory."""

    def __init__(self, deed: Callable[[], object], **limits: Any) -> None:
        super().__init__(workers=2, **limits)
        self._deed = deed

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if any(isinstance(argument, Job) and argument.name == "坏.xlsx" for argument in args):
            return super().submit(self._deed)
        return super().submit(function, *args, **kwargs)


def dies() -> None:
    os._exit(1)


def loops() -> None:
    while True:
        time.sleep(0.01)


def swells() -> int:
    return len(bytearray(8 << 30))


@pytest.mark.parametrize(
    ("deed", "limits", "words"),
    [
        (dies, {}, "意外中止"),
        (loops, {"seconds": 15}, "用时过长"),
        (swells, {"memory_bytes": 2 << 30}, "意外中止"),
    ],
)
def test_file_that_is_too_much_for_its_child__is_a_finding_and_the_others_are_judged(
    alone: Issued, files: list[Job], deed: Callable[[], object], limits: dict[str, Any], words: str
) -> None:
    with Deadly(deed, **limits) as executor, Bench(alone.desk, executor) as bench:
        good, gone, foreign, again = [
            checked for _, checked in bench.judged((None, job) for job in [*files, files[0]]) if checked
        ]
    assert (good.status, foreign.status, again.status) == ("accepted", "unreadable", "accepted")
    assert (gone.status, rules(gone), gone.declaration) == ("unreadable", ["file.too_costly"], None)
    assert words in gone.findings[0].message
    assert gone.sha256 == check(files[1].data, "坏.xlsx", alone.desk).sha256


class Broken(ThreadPoolExecutor):
    """Somebody's pool of which a worker has died: nothing that it was given comes to an end."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        def breaks() -> None:
            raise BrokenExecutor(f"a worker died at {function.__name__} {args} {kwargs}")

        return super().submit(breaks)


def test_pool_that_breaks__is_replaced_by_our_own_and_every_file_is_judged(alone: Issued, files: list[Job]) -> None:
    with Bench(alone.desk, Broken()) as bench:
        results = [checked for _, checked in bench.judged((None, job) for job in files) if checked]
    assert [result.status for result in results] == ["accepted", "returned", "unreadable"]


def test_all_files_are_never_held_at_once(alone: Issued, files: list[Job]) -> None:
    begun = 0

    def jobs() -> Iterator[tuple[int, Job]]:
        nonlocal begun
        for number in range(200):
            begun += 1
            yield number, files[2]

    with ThreadPoolExecutor(1) as executor, Bench(alone.desk, executor) as bench:
        for number, _ in bench.judged(jobs()):
            assert begun - number <= 3 * (os.cpu_count() or 1) + 2
    assert begun == 200
