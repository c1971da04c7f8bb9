"""A LibreOffice that stays for all who ask it in this process: to start it takes as long as to load six workbooks."""

import json
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Driver:
    """A script of this folder that answers requests by the line, and all that it started: one group of processes."""

    def __init__(self, python: str, script: str, environment: Mapping[str, str]) -> None:
        # ignore_cleanup_errors: a killed LibreOffice may still be writing to its profile.
        self._profile = tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True)
        self._complaints = Path(self._profile.name, "complaints")
        self._script = script
        with self._complaints.open("w") as complaints:
            self._process = subprocess.Popen(
                [python, HERE / script, self._profile.name],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,
            )

    def answer(self, request: object, timeout_seconds: float) -> Any:
        """What the script answers.

        Raises RuntimeError with its words where it cannot do what was asked, TimeoutExpired where it takes too long; it has ended then.
        """
        try:
            answer = self._answered(json.dumps(request, default=str), timeout_seconds)
        except BaseException:
            self.end()
            raise
        if not answer:
            self._process.wait()
            complaint = self._complaints.read_text()
            self.end()
            raise RuntimeError(f"LibreOffice could not do what {self._script} was asked:\n{complaint}")
        return json.loads(answer)

    def _answered(self, request: str, timeout_seconds: float) -> str:
        """A line; empty where the script has ended without one."""
        to_script, from_script = self._process.stdin, self._process.stdout
        assert to_script is not None
        assert from_script is not None
        with suppress(BrokenPipeError):  # it has ended, and said why
            to_script.write(f"{request}\n")
            to_script.flush()
        if not select.select([from_script], [], [], timeout_seconds)[0]:
            raise subprocess.TimeoutExpired(self._script, timeout_seconds)
        return from_script.readline()

    @property
    def is_there(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def end(self) -> None:
        """Ends all of its processes and drops their profile."""
        with suppress(ProcessLookupError):  # LibreOffice is of the script's group, which holds nothing else
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(BrokenPipeError):
            self._process.communicate()
        self._profile.cleanup()
