"""Commands in sessions of their own, so that all that comes of one can be told, interrupted and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.project.faults import ROOT

LONG = 60  # seconds after which a test gives up; nothing is measured
Started = subprocess.Popen[str]


def started(*words: str | Path) -> Started:
    return subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=_heeds_interrupts,  # noqa: PLW1509 - no threads here
    )  # fmt: skip


FIRST = 5  # files that are recorded together
WAITS_ONCE_IT_RECORDED = f"""
import sys, time
from workbook_builder.cli import main
from workbook_builder.intake import importing
from workbook_builder.ledger.recording import Ledger
importing.AT_ONCE = {FIRST}
record_all = Ledger.record_all
recorded = 0
def waits(self, arrivals):
    global recorded
    if recorded:
        print(recorded, flush=True)
        time.sleep(600)
    recorded = len(arrivals)
    return record_all(self, arrivals)
Ledger.record_all = waits
sys.exit(main(sys.argv[1:]))
"""


def importing(ended: list[Started], *words: str | Path) -> tuple[Started, int]:
    """An import that waits before it records more than its FIRST files, and how many these were.

    ended: where what is started is put, to be ended.
    """
    process = started("-c", WAITS_ONCE_IT_RECORDED, "import", *words)
    ended.append(process)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def _heeds_interrupts() -> None:
    """What a shell starts in the background ignores them, and so does all that comes of it: these tests, for one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def alive(process_ids: set[int]) -> set[int]:
    """Those that run; a dead one that nobody has asked after is none."""
    return {one for one in process_ids if (state := _status(one)) and state[0] != "Z"}


def _status(process_id: int) -> list[str]:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def session_of(process: Started) -> set[int]:
    """The process and all that came of it."""
    ids = {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}
    return alive({one for one in ids if (state := _status(one)) and int(state[3]) == process.pid})
