"""Run as a program: has children judge for ever, and does not end by itself; the argument is a folder for their ids."""

import os
import sys
import time
from pathlib import Path

from workbook_builder.executors import IsolatedPool
from workbook_builder.ooxml.foreign import child


def never_ends(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()
    while True:
        time.sleep(0.01)


def reads_for_ever(folder: str) -> None:
    """As a foreign file that keeps its reader busy: a child of the child."""
    child.run("tests.project.busy_reader", b"", folder)


def main() -> None:
    pool = IsolatedPool(workers=2)
    for deed in (never_ends, reads_for_ever):
        pool.submit(deed, sys.argv[1])
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
