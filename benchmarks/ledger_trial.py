"""A trial of what breaks first in a province: `python -m benchmarks.ledger_trial --minutes 10`.

Several processes at once record made-up declarations into one ledger on PostgreSQL, collection after collection, as imports do,
fifty in a transaction. What is made up are codes and names: every declaration is a real one with two sub-projects, judged
once. Rates are told as the ledger grows; at the end the commands that ask are run on the collection that came last. Apart from that
a folder is filled with as many small files as are asked for, as the archive keeps what came in.
"""

import argparse
import hashlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, text

from benchmarks.chapters import Chapter, Table, keep
from benchmarks.document import write_document
from benchmarks.made_up import collection_of, declared, roster_of
from benchmarks.measuring import PROGRAM, Used, used_by
from benchmarks.servers import Databases
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.batch import processors
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Arrival, Ledger

SUBS, AT_ONCE = 2, 50  # sub-projects of each; declarations of a transaction, as in an import
ARRIVED = datetime(2022, 1, 10)
QUESTIONS = ("status", "report", "import")  # import: of nothing


class Recorded(NamedTuple):
    """One collection, recorded."""

    ledger_size: int  # declarations in the ledger then
    projects: int
    seconds: float


def main() -> None:
    """Runs the trial, keeps what it found, and writes docs/benchmarks.md anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--collection", type=int, default=10_000, help="projects of each collection")
    parser.add_argument("--processes", type=int, default=2 * processors())
    parser.add_argument("--archived", type=int, default=500_000, help="files in one folder")
    asked = parser.parse_args()
    keep("trial", measured(asked.minutes, asked.collection, asked.processes, asked.archived))
    write_document()


def measured(minutes: float, size: int, processes: int, archived: int) -> Chapter:
    """Records until the time is up, and then asks."""
    with tempfile.TemporaryDirectory(prefix="trial-") as name, Databases.running() as databases:
        url = databases.new()
        recorded: list[Recorded] = []
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            folder = Path(name) / f"collection-{len(recorded)}"
            collection = collection_of(folder, roster_of(size, SUBS, _prefix(len(recorded))))
            before = recorded[-1].ledger_size if recorded else 0
            recorded.append(_filled(collection, url, before, size, processes))
        asked = [(words, used_by([*PROGRAM, words, folder, "--ledger", url])) for words in QUESTIONS]
        filled = _filled_folder(Path(name) / "archive", archived)
        return _chapter(recorded, asked, filled, _database_bytes(url), processes)


def _prefix(number: int) -> str:
    return f"C{number:03}P"


def _filled(collection: Collection, url: str, before: int, size: int, processes: int) -> Recorded:
    with closing(Ledger(url)) as ledger:
        ledger.within(collection)  # makes the tables, and claims what nobody else may
    prefix = _prefix(before // size)
    starts = range(0, size, AT_ONCE)
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawned) as pool:
        list(pool.map(_record, [(url, collection.folder, prefix, -1)] * processes))  # lays out everything
        start = time.monotonic()
        jobs = [(url, collection.folder, prefix, first) for first in starts]
        for _ in pool.map(_record, jobs):
            pass
        return Recorded(before + size, size, time.monotonic() - start)


def _record(job: tuple[str, Path, str, int]) -> None:
    url, folder, prefix, first = job
    ledger, checked = _at_hand(url, folder), _declared()
    if first >= 0:
        ledger.record_all([_arrival(checked, prefix, number) for number in range(first, first + AT_ONCE)])


@lru_cache(maxsize=1)
def _at_hand(url: str, folder: Path) -> Ledger:
    return Ledger(url).within(Collection(folder))


@lru_cache(maxsize=1)
def _declared() -> Checked:
    """One that is accepted."""
    with tempfile.TemporaryDirectory(prefix="declared-") as name:
        collection = collection_of(Path(name) / "任务", roster_of(1, SUBS))
        (path,) = generate(collection, packaged_catalogue()).written
        desk = Desk(collection)
        checked = check(fill(path.read_bytes(), path.name, declared(0, SUBS), desk), path.name, desk)
    if checked.status != "accepted":
        raise RuntimeError(f"our own workbook is {checked.status}: {[one.message for one in checked.findings]}")
    return checked


def _arrival(checked: Checked, prefix: str, number: int) -> Arrival:
    code = f"{prefix}{number:06}"
    declaration, identity = checked.declaration, checked.identity
    if declaration is None or identity is None:
        raise RuntimeError("nothing is declared")
    own = checked._replace(
        file=f"{code}.xlsx",
        sha256=hashlib.sha256(code.encode()).hexdigest(),
        identity=identity._replace(project_code=code, issue_id=code),
        declaration=declaration._replace(values={**declaration.values, "project_code": code, "project_name": f"项目{code}"}),
    )  # fmt: skip
    return Arrival(own, 0, number + 1, ARRIVED)


class Folder(NamedTuple):
    """What a folder of many files takes, in seconds."""

    files: int
    writing_first: float  # a file of the first tenth
    writing_last: float  # of the last
    finding: float  # a file by its name
    listing: float  # all of them


def _filled_folder(folder: Path, count: int) -> Folder:
    folder.mkdir()
    names = [f"{hashlib.sha256(str(number).encode()).hexdigest()}.xlsx" for number in range(count)]
    tenth = max(1, count // 10)
    first = _seconds_each(lambda name: (folder / name).write_bytes(b""), names[:tenth])
    _seconds_each(lambda name: (folder / name).write_bytes(b""), names[tenth:-tenth])
    last = _seconds_each(lambda name: (folder / name).write_bytes(b""), names[-tenth:])
    finding = _seconds_each(lambda name: (folder / name).is_file(), names[::10])
    start = time.perf_counter()
    found = sum(1 for _ in os.scandir(folder))
    return Folder(found, first, last, finding, time.perf_counter() - start)


def _seconds_each(work: Callable[[str], object], names: Sequence[str]) -> float:
    start = time.perf_counter()
    for name in names:
        work(name)
    return (time.perf_counter() - start) / max(1, len(names))


def _database_bytes(url: str) -> int:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        size = int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    engine.dispose()
    return size


def _chapter(
    recorded: Sequence[Recorded], asked: Sequence[tuple[str, Used]], folder: Folder, size: int, processes: int
) -> Chapter:
    last = recorded[-1]
    header = "declarations in the ledger", "of them recorded last", "seconds", "a second"
    rates = Table(
        f"**Recording**, {processes} processes at once, {AT_ONCE} declarations a transaction, {SUBS} sub-projects each.",
        header,
        [tuple(f"{one:,.0f}" for one in (*item, item.projects / item.seconds)) for item in recorded],
    )
    questions = Table(
        f"**Asking** of a collection of {last.projects:,} projects in a ledger of {last.ledger_size:,}.",
        ("command", "clock, s", "processor, s", "most memory, MiB"),
        [(words, f"{used.wall:.1f}", f"{used.processor:.1f}", f"{used.peak:.0f}") for words, used in asked],
    )
    files = Table(
        f"**A folder** of {folder.files:,} files, empty ones, by the clock.",
        ("writing one of the first tenth, ms", "of the last, ms", "finding one by its name, ms", "listing all, s"),
        [(*(f"{1000 * one:.3f}" for one in folder[1:4]), f"{folder.listing:.1f}")],
    )
    figures = {
        "trial_bytes_each": size / last.ledger_size,
        "trial_folder_files": folder.files,
        "trial_listing": folder.listing,
    }
    return Chapter(
        "Trial: many declarations in one ledger", [rates, questions, files], {**figures, **dict(_figures(recorded, asked))}
    )  # fmt: skip


def _figures(recorded: Sequence[Recorded], asked: Sequence[tuple[str, Used]]) -> Iterator[tuple[str, float]]:
    yield "trial_declarations", recorded[-1].ledger_size
    yield "trial_collection", recorded[-1].projects
    yield "trial_rate_first", recorded[0].projects / recorded[0].seconds
    yield "trial_rate_last", recorded[-1].projects / recorded[-1].seconds
    for words, used in asked:
        yield f"trial_{words}_wall", used.wall
        yield f"trial_{words}_peak", used.peak


if __name__ == "__main__":
    main()
