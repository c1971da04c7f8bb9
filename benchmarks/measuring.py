"""How everything is measured: works that take turns in one process, and commands in processes of their own.

Other programs on the machine lengthen processor time less than the clock, and works that take turns are lengthened alike.
"""

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LAUNCHER = Path(__file__).with_name("launcher.py")
PROGRAM = (sys.executable, "-m", "workbook_builder.cli")
DONE = (0, 1)  # exit codes of a command that did its work; 1: something is to be corrected
Work = Callable[[], object]


class Taken(NamedTuple):
    """The medians of some runs, in seconds."""

    processor: float
    wall: float


class Used(NamedTuple):
    """What a command used: seconds of processor time with its children, seconds of wall clock, MiB."""

    processor: float
    wall: float
    peak: float  # the most that one of its processes held


def processor_seconds() -> float:
    """Of this process and the children that it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def taking_turns(works: Mapping[str, Work], runs: int) -> dict[str, Taken]:
    """Runs every work once for nothing, then so often in turn: the medians, by name."""
    taken: dict[str, list[Taken]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            once = timed(work)
            if run:
                taken[name].append(once)
    return {name: medians(times) for name, times in taken.items()}


def timed(work: Work) -> Taken:
    """One run; the garbage of whoever ran before is not counted."""
    gc.collect()
    wall, processor = time.perf_counter(), processor_seconds()
    work()
    return Taken(processor_seconds() - processor, time.perf_counter() - wall)


def medians(times: Sequence[Taken]) -> Taken:
    """Each of its own."""
    return Taken(*map(statistics.median, zip(*times, strict=True)))


def used_by(words: Sequence[str | Path], version: Path = ROOT) -> Used:
    """Runs a command with this version of the program. Raises RuntimeError where it fails."""
    with tempfile.TemporaryDirectory(prefix="used-") as folder:
        told = Path(folder) / "used.json"
        command = [sys.executable, "-I", str(LAUNCHER), str(told), *map(str, words)]
        environment = {**os.environ, "PYTHONPATH": str(version)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # who uses the program has it compiled
        done = subprocess.run(command, env=environment, cwd=version, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        used = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else {"code": done.returncode}
    if used.pop("code") not in DONE:
        raise RuntimeError(f"{' '.join(map(str, words))}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return Used(**used)


def median_of(runs: Sequence[Used]) -> Used:
    """Each of its own."""
    return Used(*map(statistics.median, zip(*runs, strict=True)))
