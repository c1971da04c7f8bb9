"""Run as a program: imports a collection into a fresh ledger again and again, each time killed at a random moment.

Arguments: the collection's folder, a folder for the ledgers (0.db, 1.db, …; whole.db of an import left alone), how
many, a seed. Forks, so that an import does not spend its time on loading modules; the parent itself must not calculate,
for the threads that formualizer starts do not live on in a child.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from workbook_builder.collection.folder import Collection
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger


def import_all(collection: Collection, path: Path) -> None:
    ledger = Ledger(sqlite_url(path))
    import_files(collection, [collection.folder / "收回"], ledger)
    ledger.close()


def forked(collection: Collection, path: Path) -> int:
    child = os.fork()
    if child == 0:
        import_all(collection, path)
        os._exit(0)
    return child


def main() -> None:
    collection, ledgers, count, generator = (
        Collection(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]), random.Random(int(sys.argv[4])),
    )  # fmt: skip
    start = time.monotonic()
    os.waitpid(forked(collection, ledgers / "whole.db"), 0)
    seconds = time.monotonic() - start
    for number in range(count):
        child = forked(collection, ledgers / f"{number}.db")
        time.sleep(generator.uniform(seconds / 3, seconds))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
