"""A real cluster on this machine: a scheduler and two workers of dask, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).parents[1]
LONG = 120  # seconds after which a test gives up; nothing is measured
LOCAL = ("--host", "127.0.0.1")


@contextmanager
def scheduler_with(folder: Path, workers: int = 2) -> Iterator[str]:
    """Gives the scheduler's address once its workers are there, of which each does one task at a time."""
    told = folder / "scheduler.json"
    processes = [_started("scheduler", folder, *LOCAL, "--port", "0", "--no-dashboard", "--scheduler-file", str(told))]
    try:
        address = _address(told)
        if workers:
            own = (address, *LOCAL, "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard")
            processes.append(_started("worker", folder, *own, "--local-directory", str(folder)))
            with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
                client.wait_for_workers(workers, LONG)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(LONG)


def _started(command: str, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Elsewhere than the collections are, and without what the tests changed of the program."""
    environment: dict[str, str] = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0",
    }
    log = (folder / f"{command}.log").open("wb")
    module: Sequence[str] = (sys.executable, "-m", f"distributed.cli.dask_{command}", *words)
    with log:
        return subprocess.Popen(module, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)


def _address(told: Path) -> str:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        try:
            return str(json.loads(told.read_text())["address"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.05)
    raise TimeoutError(told)
