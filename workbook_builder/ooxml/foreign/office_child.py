"""Runs LibreOffice, by the command given, for a program that may be killed meanwhile.

It stands between them in a session of its own, looks whether that program still lives, and else ends all of the session:
LibreOffice starts other processes, and a killed parent ends none of them.
"""

import os
import signal
import subprocess
import sys
import threading
import time

SECONDS_BETWEEN_LOOKS = 0.5


def main() -> int:
    """Gives LibreOffice's exit code."""
    if hasattr(os, "killpg"):
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    quiet = subprocess.DEVNULL
    return subprocess.run(sys.argv[1:], stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode  # noqa: S603 - of office.py


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
