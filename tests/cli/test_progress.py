"""How far a command is: shown on a terminal alone, and nowhere near the JSON."""

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.progress import Progress

from tests.helpers import Issued, issued, project, single
from tests.project.faults import ROOT
from workbook_builder.cli.progress_bar import LeftColumn, SpeedColumn

COMMANDS = ("generate", "check", "import", "return", "report", "package")


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """With one file to be returned and one to be accepted, of two projects."""
    form = issued(tmp_path_factory.mktemp("progress") / "任务", project())
    (form.collection.folder / "收回" / "好.xlsx").write_bytes(form.filled(single()))
    return form


def run(*words: str, stderr: int) -> bytes:
    """What the command writes on standard output."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "workbook_builder.cli", *words]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, check=False).stdout


def shown_on_a_terminal(work: Callable[[int], object]) -> str:
    ours, theirs = pty.openpty()
    parts: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                parts.append(os.read(ours, 4096))
            except OSError:  # the other end is closed
                return

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        work(theirs)
    finally:
        os.close(theirs)
        listener.join()
        os.close(ours)
    return b"".join(parts).decode()


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)  # in the order of a round
def test_progress__is_on_the_terminal_and_json_alone_on_standard_output(form: Issued, command: str) -> None:
    words = [command, str(form.collection.folder), "--json", *(["--all"] if command == "generate" else [])]
    written: list[bytes] = []
    shown = shown_on_a_terminal(lambda terminal: written.append(run(*words, stderr=terminal)))
    assert "已处理" in shown
    assert "error" not in json.loads(written[0])


@pytest.mark.slow
def test_progress__is_nowhere_without_a_terminal(form: Issued, tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("wb") as stream:
        assert run("check", str(form.collection.folder), "--json", stderr=stream.fileno())
    assert (tmp_path / "stderr").read_bytes() == b""


def test_rate_and_time_left__are_said_in_files_and_minutes() -> None:
    now = [0.0]
    progress = Progress(get_time=lambda: now[0])
    task = progress.add_task("", total=100)

    def said(seconds: float, done: int) -> tuple[str, str]:
        now[0] = seconds
        progress.update(task, completed=done)
        return SpeedColumn().render(progress.tasks[0]).plain, LeftColumn().render(progress.tasks[0]).plain

    assert said(0, 0) == ("", "")
    said(10, 10)
    assert said(20, 20) == ("1.0 个/秒", "还需约 1 分 20 秒")
    assert said(40, 40) == ("1.0 个/秒", "还需约 1 分 0 秒")
    assert said(60, 60) == ("1.0 个/秒", "还需约 40 秒")
    assert said(90, 100)[1] == ""
