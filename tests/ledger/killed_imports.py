"""Run as a program: imports a collection into a fresh ledger again and again, each time killed at another moment.

Arguments: the collection's folder, a folder for the ledgers (0.db, 1.db, …; whole.db of an import left alone) that holds
what is judged of each file (judged, a pickle), how many, a seed. Moments are counted, not timed: before each statement,
each commit and each file that is written or moved. SQLite keeps so few pages in memory that a transaction is half in the
file before it ends.

Forks, so that an import does not spend its time on loading modules; the parent itself must not calculate, for the
threads that formualizer starts do not live on in a child.
"""

import os
import pickle
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.ledger.judged_once import JudgedOnce
from workbook_builder.collection.folder import ORIGINALS, Collection
from workbook_builder.intake import importing
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

FEWER_THAN_ALL = 3  # files in a transaction


def import_all(collection: Collection, path: Path) -> None:
    judged = JudgedOnce(pickle.loads(path.with_name("judged").read_bytes()))  # noqa: S301 - the test wrote it
    ledger = Ledger(sqlite_url(path))
    importing.AT_ONCE = FEWER_THAN_ALL
    import_files(collection, [collection.folder / "收回"], ledger, executor=judged)
    ledger.close()


def at_each_moment(do: Callable[[], None]) -> None:
    """Calls it before whatever leaves a trace, for as long as the process lives."""

    def audited(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "os.rename" or (name == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            do()

    sys.addaudithook(audited)
    event.listen(Engine, "before_cursor_execute", lambda *_: do())
    event.listen(Engine, "commit", lambda _: do())
    event.listen(Engine, "connect", lambda connection, _: connection.execute("PRAGMA cache_size = 1"))


def forked(collection: Collection, path: Path, last: int | None = None) -> int:
    """How many moments an import had to which everything is new; it was killed at the last one, if that is given."""
    shutil.rmtree(collection.archive / ORIGINALS, ignore_errors=True)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        moments = 0

        def count() -> None:
            nonlocal moments
            moments += 1
            if moments == last:
                os.kill(os.getpid(), signal.SIGKILL)

        at_each_moment(count)
        import_all(collection, path)
        os.write(writer, str(moments).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        moments_told = told.read()
    os.waitpid(child, 0)
    return int(moments_told) if moments_told else last or 0


def main() -> None:
    collection, ledgers, count, generator = (
        Collection(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]), random.Random(int(sys.argv[4])),
    )  # fmt: skip
    assert Desk(collection).form  # read once for all children; nothing is calculated
    moments = forked(collection, ledgers / "whole.db")
    for number, last in enumerate(generator.sample(range(1, moments + 1), count)):
        forked(collection, ledgers / f"{number}.db", last)


if __name__ == "__main__":
    main()
