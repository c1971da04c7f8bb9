"""A child process that reads what nobody vouches for: it may die, hang or grow, and this program goes on.

A new Python, never a fork: a fork hangs once formualizer has run.
"""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from multiprocessing import connection
from typing import Literal, NamedTuple

SECONDS = 60  # a workbook of ours takes less than one
SECONDS_BETWEEN_LOOKS = 0.5  # at whether the parent still lives
MEMORY_BYTES = 1 << 30  # of address space, where the system has such a limit; a workbook of ours takes a tenth
# How a child ends that has something to say; whatever else it ends with, it died of the file.
DONE, DAMAGED, ENCRYPTED, TOO_LARGE = 0, 10, 11, 12
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows; the add-in's user should not see one flash by
_OUT_OF_MEMORY = (b"MemoryError", b"memory allocation")  # as Python and Rust say it

Fate = Literal["done", "damaged", "encrypted", "too large", "too slow"]


class Ended(NamedTuple):
    """What became of a child."""

    fate: Fate
    output: bytes


def run(module: str, request: bytes, *arguments: str) -> Ended:
    """Runs a module on a request, which it reads from standard input; its time is limited, whatever becomes of it.

    It limits itself (limit_itself) before it reads.
    """
    command = [sys.executable, "-P", "-m", module, *arguments]
    try:
        ended = subprocess.run(  # noqa: S603 - this Python, a module of ours
            command, input=request, capture_output=True, timeout=SECONDS, check=False, creationflags=_NO_WINDOW
        )
    except subprocess.TimeoutExpired:
        return Ended("too slow", b"")
    fates: dict[int, Fate] = {DONE: "done", DAMAGED: "damaged", ENCRYPTED: "encrypted", TOO_LARGE: "too large"}
    is_out_of_memory = any(words in ended.stderr for words in _OUT_OF_MEMORY)
    return Ended(fates.get(ended.returncode, "too large" if is_out_of_memory else "damaged"), ended.stdout)


def limit_itself() -> None:
    """Said by the child itself before it reads anything: memory and time, where the system has such limits.

    The parent keeps the time, too; but it may be gone before the child.
    """
    end_with_parent()
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def end_with_parent() -> None:
    """From now on this process ends when the one that started it is gone, whatever it is doing then.

    Nobody else would end it: a killed parent ends no children, and what they read may keep them busy for ever.
    """
    threading.Thread(target=_outlive, args=(os.getppid(),), daemon=True).start()


def _outlive(parent: int) -> None:
    if process := multiprocessing.parent_process():  # spawned by it: known on every system
        connection.wait([process.sentinel])
    else:
        while os.getppid() == parent:  # never changes on Windows
            time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)
