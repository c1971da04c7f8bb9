"""Runs a command and says what it used: `python -I launcher.py TOLD.json COMMAND…`.

A process of its own, and a small one: a child inherits the most memory that its parent ever held, and the benchmark itself
holds far more than what it measures.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """Writes seconds of processor time with children, seconds of wall clock, the most MiB of one process, and the code."""
    told, *words = sys.argv[1:]
    start = time.perf_counter()
    child = subprocess.Popen(words)  # noqa: S603 - our own command
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    code = child.returncode = os.waitstatus_to_exitcode(status)
    result = {"processor": used.ru_utime + used.ru_stime, "wall": wall, "peak": used.ru_maxrss / 1024, "code": code}
    Path(told).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
