"""A PostgreSQL server of our own for the tests: made, started and taken away with the session."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.office.programs import APT_LINE

USER, PASSWORD = "centre", "geheim"
SERVER_ACCOUNT = "postgres"  # the server refuses to run as root


def programs() -> Path | None:
    """The folder with initdb and pg_ctl; Debian keeps them away from PATH."""
    found = [Path(path).parent for path in (shutil.which("initdb"),) if path]
    return next(iter([*found, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]), None)


@contextmanager
def server(*settings: str) -> Iterator[str]:
    """The URL of a running server, with a password; skips the test where PostgreSQL is missing.

    settings: such as fsync=off, which is quick and keeps nothing when the machine fails.
    """
    found = programs()
    if found is None:
        pytest.skip(f"needs PostgreSQL: {APT_LINE}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        data, password = Path(folder) / "data", Path(folder) / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (Path(folder), password):
                shutil.chown(path, SERVER_ACCOUNT)
        _run(found / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} " + " ".join(f"-c {one}" for one in settings)
        _run(found / "pg_ctl", "-D", data, "-w", "-l", Path(folder) / "log", "-o", options, "start")
        try:
            yield f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            _run(found / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _run(*words: str | Path) -> None:
    as_server = ["runuser", "-u", SERVER_ACCOUNT, "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_server, *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd="/")
