"""Run as a program: commands of ours, each in a fork of its own, some of them killed at a given moment.

Standard input, line by line until it ends: {"folder": for what they say, "groups": [[case, …], …]} in JSON; a case is
{"arguments": […], "kill": the moment at which it dies or null, "largest": bytes of the largest file that it may write or null,
"minute": what the standing clock shows}. The cases of a group run at once. Standard output: for each line one, which has for
each group a list of {"code", "moments", "output"}.

Moments are counted, not timed: before each statement and commit, and before a file or folder is opened for writing,
synced, moved or removed. What is killed while a file is synced leaves a part of what it wrote, as when the power fails.
SQLite keeps so few pages in memory that a transaction is half in the file before it ends.

Forks, so that a command does not spend its time on loading modules and reading the packaged template; the parent itself must not
calculate, for the threads that formualizer starts do not live on in a child. The clock stands still, so that outcomes can be compared.
"""

import datetime
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import xlsxwriter.core
from sqlalchemy import Engine, event

import workbook_builder
from workbook_builder import clock
from workbook_builder.centre.report import content
from workbook_builder.cli.app import main as command
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.resources import PACKAGED_TEMPLATE, packaged_template

AUDITED = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate")
EDGES = ("workbook_builder.cli.__main__", "workbook_builder.addin", "workbook_builder.ledger.migrations")


def load_everything() -> None:
    for module in pkgutil.walk_packages(workbook_builder.__path__, "workbook_builder."):
        if not module.name.startswith(EDGES) and not module.name.endswith("_child"):
            importlib.import_module(module.name)


def stop_clocks(minute: int) -> None:
    moment, originals = datetime.datetime(2022, 3, 1, 8, minute), {clock.now, clock.instant}

    class Standing(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Standing":
            return cls(*moment.timetuple()[:6], tzinfo=tz)

    for name, loaded in list(sys.modules.items()):
        for called in ("now", "instant"):
            if name.startswith("workbook_builder") and getattr(loaded, called, None) in originals:
                setattr(loaded, called, lambda: moment)
    setattr(content, "datetime", SimpleNamespace(datetime=Standing))  # noqa: B010 - it is no name that it offers
    xlsxwriter.core.datetime = Standing


class Moments:
    """Counts whatever leaves a trace, and dies at the last one, if that is given."""

    def __init__(self, last: int | None) -> None:
        self.count, self._last = 0, last
        self._kept: dict[int, int] = {}  # inode -> bytes that were there before
        self._sync, self._sync_all = os.fsync, os.sync
        self._written: dict[Path, None] = {}  # files that take their place later, since all were synced

    def begin(self) -> None:
        sys.addaudithook(self._audited)
        event.listen(Engine, "before_cursor_execute", lambda *_: self._comes())
        event.listen(Engine, "commit", lambda _: self._comes())
        event.listen(Engine, "connect", lambda connection, _: connection.execute("PRAGMA cache_size = 1"))
        os.fsync = self._synced  # type: ignore[assignment]
        os.sync = self._all_synced

    def _audited(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            if isinstance(arguments[0], str | bytes | os.PathLike) and os.path.exists(arguments[0]):  # noqa: PTH110
                found = os.stat(arguments[0])  # noqa: PTH116 - as it is given, bytes too
                self._kept.setdefault(found.st_ino, found.st_size)
            self._comes()
            if isinstance(arguments[0], os.PathLike) and Path(arguments[0]).name.startswith(".~"):
                self._written[Path(arguments[0])] = None
        elif name in AUDITED:
            self._comes()

    def _synced(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        kept = self._kept.get(found.st_ino, 0)
        self._comes(lambda: os.ftruncate(descriptor, kept + (found.st_size - kept) * (self.count % 7) // 7))
        self._sync(descriptor)
        self._kept[found.st_ino] = found.st_size

    def _all_synced(self) -> None:
        self._comes(self._lose)
        self._sync_all()
        self._written.clear()

    def _lose(self) -> None:
        """Some of what was written is not on the disk, or only a part of it."""
        for number, path in enumerate(filter(Path.is_file, self._written)):
            os.truncate(path, path.stat().st_size * ((self.count + number) % 7) // 7)

    def _comes(self, spoil: Callable[[], None] = lambda: None) -> None:
        self.count += 1
        if self.count == self._last:
            spoil()
            os.kill(os.getpid(), signal.SIGKILL)


def forked(case: dict[str, Any], said: Path) -> tuple[int, int]:
    """The child's process id, and where it tells how many moments there were."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # what comes in is the parent's
    os.dup2(os.open(said, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), 1)
    os.dup2(1, 2)
    if case["largest"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (case["largest"], case["largest"]))
    stop_clocks(case["minute"])
    moments = Moments(case["kill"])
    moments.begin()
    code = command(case["arguments"])
    os.write(writer, str(moments.count).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(group: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    said = [folder / f"{number}.txt" for number in range(len(group))]
    started = [forked(*one) for one in zip(group, said, strict=True)]
    outcomes = []
    for (child, reader), path, case in zip(started, said, group, strict=True):
        with os.fdopen(reader) as told:
            moments = told.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        outcomes.append({"code": code, "moments": int(moments or case["kill"] or 0), "output": path.read_text()})
    return outcomes


def main() -> None:
    load_everything()
    load_template(packaged_template(), PACKAGED_TEMPLATE, packaged_catalogue())
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps([run(group, Path(task["folder"])) for group in task["groups"]]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
