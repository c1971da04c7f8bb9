"""A trial of what breaks first in a province: `python -m benchmarks.ledger_trial`, ten minutes on a machine that does other work.

Several processes at once record a collection of made-up declarations into one ledger on PostgreSQL, as imports do, fifty in a
transaction; then the ledger is made as large as asked by copies that the database makes by itself, and the next collection is
recorded. What is made up are codes and names: every declaration is a real one with two sub-projects, judged once. At the end the
commands that ask are run on the collection that came last. Apart from that a folder is filled with as many small files as
are asked for, as the archive keeps what came in.
"""

import argparse
import hashlib
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from sqlalchemy import Connection, Engine, create_engine, func, select, text

from benchmarks.chapters import Chapter, Table, keep
from benchmarks.document import write_document
from benchmarks.made_up import collection_of, declared, roster_of
from benchmarks.measuring import PROGRAM, Used, used_by
from benchmarks.paper import FEW
from benchmarks.servers import Databases
from benchmarks.trial_parts import Folder, Tops, copy_up_to, filled_folder, highest_ids
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.executors import processors
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger import tables
from workbook_builder.ledger.outcome import Arrival
from workbook_builder.ledger.recording import Ledger

SUBS, AT_ONCE = 2, 50  # sub-projects of each; declarations of a transaction, as in an import
ARRIVED = datetime(2022, 1, 10)
SAY = Console(stderr=True)
SECONDS_TO_BEGIN = 600
QUESTIONS = ("status", "report", "import")  # import: of nothing


class Recorded(NamedTuple):
    """One collection, recorded."""

    ledger_size: int  # declarations in the ledger before
    projects: int
    seconds: float  # by the clock
    processor: float  # seconds of all recording processes, without the server's


class Asked(NamedTuple):
    """A command that asks, of collections with few and with many projects."""

    words: str
    few: Used
    many: Used


def main() -> None:
    """Runs the trial, keeps what it found, and writes docs/benchmarks.md anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[0, 10_000, 60_000], help="of the ledger, before recording"
    )
    parser.add_argument("--collection", type=int, default=2_000, help="projects of each collection")
    parser.add_argument("--processes", type=int, default=2 * processors())
    parser.add_argument("--archived", type=int, default=500_000, help="files in one folder")
    asked = parser.parse_args()
    keep("trial", measured(asked.sizes, asked.collection, asked.processes, asked.archived))
    write_document()


def measured(sizes: Sequence[int], projects: int, processes: int, archived: int) -> Chapter:
    """Records a collection at each size of the ledger, smallest first, and then asks."""
    with tempfile.TemporaryDirectory(prefix="trial-") as name, Databases.running() as databases:
        url = databases.new()
        recorded: list[Recorded] = []
        tops: Tops = {}
        for number, size in enumerate(sizes):
            tops = _enlarged(url, size, projects, tops) if recorded else {}
            folder, prefix = Path(name) / f"collection-{number}", f"C{number:03}P"
            collection = collection_of(folder, roster_of(projects, SUBS, prefix))
            recorded.append(_filled(collection, url, prefix, projects, processes))
            SAY.print(recorded[-1])
        asked = _asked(url, Path(name) / "few", folder)
        return _chapter(
            recorded, asked, filled_folder(Path(name) / "archive", archived), _database_bytes(url), processes
        )


def _asked(url: str, few: Path, many: Path) -> Sequence[Asked]:
    """Of a collection that is made with a few projects, and of one with many: the difference goes by projects."""
    collection_of(few, roster_of(FEW, SUBS, "FEW"))
    both = [[used_by([*PROGRAM, words, folder, "--ledger", url]) for folder in (few, many)] for words in QUESTIONS]
    return [Asked(words, *used) for words, used in zip(QUESTIONS, both, strict=True)]


def _enlarged(url: str, size: int, projects: int, tops: Tops) -> Tops:
    """By copies of the first collection, which ended at these ids; {}: it is all that there is."""
    engine = _engine(url)
    with engine.begin() as connection:
        tops = tops or highest_ids(connection)
        copy_up_to(connection, tops, (size - _declarations(connection)) // projects)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return tops


def _declarations(connection: Connection) -> int:
    return int(connection.scalar(select(func.count()).select_from(tables.submission)) or 0)


def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def _filled(collection: Collection, url: str, prefix: str, projects: int, processes: int) -> Recorded:
    with closing(Ledger(url)) as ledger:
        ledger.within(collection)  # makes the tables, and claims what nobody else may
    engine = _engine(url)
    with engine.connect() as connection:
        before = _declarations(connection)
    engine.dispose()
    spawned = multiprocessing.get_context("spawn")
    starts = range(0, projects, AT_ONCE)
    processes = min(processes, len(starts))  # a pool starts no more than it has work for
    ready = spawned.Barrier(processes + 1, timeout=SECONDS_TO_BEGIN)
    with ProcessPoolExecutor(processes, spawned, _lay_out, (ready, url, collection.folder, _declared())) as pool:
        recording = pool.map(_record, [(prefix, first) for first in starts])
        ready.wait()
        start = time.monotonic()
        processor = sum(recording)
        return Recorded(before, projects, time.monotonic() - start, processor)


def _lay_out(ready: Barrier, url: str, folder: Path, checked: Checked) -> None:
    """In a process that records; all begin together."""
    _AT_HAND.append((Ledger(url).within(Collection(folder)), checked))
    ready.wait()


def _record(job: tuple[str, int]) -> float:
    """Fifty; gives seconds of processor time."""
    (prefix, first), ((ledger, checked),) = job, _AT_HAND
    start = time.process_time()
    ledger.record_all([_arrival(checked, prefix, number) for number in range(first, first + AT_ONCE)])
    return time.process_time() - start


_AT_HAND: list[tuple[Ledger, Checked]] = []


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


def _database_bytes(url: str) -> int:
    engine = _engine(url)
    with engine.connect() as connection:
        size = int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    engine.dispose()
    return size


def _chapter(
    recorded: Sequence[Recorded], asked: Sequence[Asked], folder: Folder, size: int, processes: int
) -> Chapter:
    last = recorded[-1]
    header = (
        "declarations in the ledger",
        "recorded",
        "a second, by the clock",
        "processor time of each, ms, without the server's",
    )
    rates = Table(
        f"**Recording**, {processes} processes at once, {AT_ONCE} declarations a transaction, {SUBS} sub-projects each.",
        header,
        [
            (
                f"{one.ledger_size:,}",
                f"{one.projects:,}",
                f"{one.projects / one.seconds:,.0f}",
                f"{1000 * one.processor / one.projects:.1f}",
            )
            for one in recorded
        ],
    )
    questions = Table(
        f"**Asking** of a collection of {last.projects:,} projects in a ledger of {last.ledger_size + last.projects:,}.",
        ("command", f"of {FEW} projects, processor, s", "of all, processor, s", "clock, s", "most memory, MiB"),
        [
            (
                one.words,
                f"{one.few.processor:.1f}",
                f"{one.many.processor:.1f}",
                f"{one.many.wall:.1f}",
                f"{one.many.peak:.0f}",
            )
            for one in asked
        ],
    )
    files = Table(
        f"**A folder** of {folder.files:,} files, empty ones, by the clock.",
        ("writing one of the first tenth, ms", "of the last, ms", "finding one by its name, ms", "listing all, s"),
        [(*(f"{1000 * one:.3f}" for one in folder[1:4]), f"{folder.listing:.1f}")],
    )
    figures = {
        "trial_bytes_each": size / (last.ledger_size + last.projects),
        "trial_folder_files": folder.files,
        "trial_listing": folder.listing,
    }
    return Chapter(
        "Trial: many declarations in one ledger", [rates, questions, files], {**figures, **dict(_figures(recorded, asked))}
    )  # fmt: skip


def _figures(recorded: Sequence[Recorded], asked: Sequence[Asked]) -> Iterator[tuple[str, float]]:
    yield "trial_declarations", recorded[-1].ledger_size + recorded[-1].projects
    yield "trial_collection", recorded[-1].projects
    yield "trial_rate_first", recorded[0].projects / recorded[0].seconds
    yield "trial_rate_last", recorded[-1].projects / recorded[-1].seconds
    yield "trial_recording_first_ms", 1000 * recorded[0].processor / recorded[0].projects
    yield "trial_recording_last_ms", 1000 * recorded[-1].processor / recorded[-1].projects
    for one in asked:
        yield f"trial_{one.words}_few", one.few.processor
        yield f"trial_{one.words}_many", one.many.processor
        yield f"trial_{one.words}_peak", one.many.peak


if __name__ == "__main__":
    main()
