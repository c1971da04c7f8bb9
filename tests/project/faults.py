"""Commands that are killed or hindered (faulty.py), and what a collection holds, told so that it can be compared."""

import atexit
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers import files_under
from workbook_builder.collection.folder import Collection, sha256

PROGRAM = Path(__file__).with_name("faulty.py")
ROOT = Path(__file__).parents[2]
LEFT_BEHIND = ".~"  # what begins so is passed over by everything


class Case(NamedTuple):
    """A command to be run, hindered or not."""

    arguments: Sequence[str | Path]
    kill: int | None = None  # the moment at which it is killed
    largest: int | None = None  # bytes of the largest file that it may write
    minute: int = 0  # what the clock shows


class Outcome(NamedTuple):
    """What became of it."""

    code: int  # -9 where it was killed
    moments: int
    output: str


def run_at_once(groups: Iterable[Sequence[Case]], folder: Path) -> list[list[Outcome]]:
    """Group after group, the cases of each at once."""
    folder.mkdir(exist_ok=True)
    words = [[{**case._asdict(), "arguments": [str(word) for word in case.arguments]} for case in g] for g in groups]
    program = _program()
    assert program.stdin
    assert program.stdout
    program.stdin.write(json.dumps({"folder": str(folder), "groups": words}) + "\n")
    program.stdin.flush()
    answer = program.stdout.readline()
    assert answer, "faulty.py ended before it answered"
    return [[Outcome(**outcome) for outcome in group] for group in json.loads(answer)]


@cache
def _program() -> subprocess.Popen[str]:
    """faulty.py, started once for all: to load what it forks takes longer than most commands."""
    program = subprocess.Popen(
        [sys.executable, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "200", "LANG": "C.UTF-8"},
    )  # fmt: skip
    atexit.register(program.communicate)  # it ends where its input does
    return program


def run(cases: Iterable[Case], folder: Path) -> list[Outcome]:
    """One after the other."""
    return [outcome for (outcome,) in run_at_once([[case] for case in cases], folder)]


def dump(ledger: Path) -> list[str]:
    """Everything in a ledger: the clock of faulty.py stands still."""
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return sorted(map(_in_order, connection.iterdump()))


def _in_order(statement: str) -> str:
    """In what order a table's constraints are written is chance."""
    return "".join(sorted(statement.split(","))) if statement.startswith("CREATE TABLE") else statement


def is_counted(name: str) -> bool:
    """Whether a file is part of what a collection holds."""
    parts = Path(name).parts
    is_of_ledger = parts[-1].startswith("台账.db")
    return not is_of_ledger and not parts[-1].endswith(".lock") and not any(p.startswith(LEFT_BEHIND) for p in parts)


def held(folder: Path) -> dict[str, object]:
    """Every file with its bytes, the ledger as its rows."""
    files: dict[str, object] = {
        name: json.loads(data)["sha256"] if name.endswith("汇总.json") else data  # not of what it was before
        for name, data in files_under(folder).items()
        if is_counted(name)
    }
    ledgers = {path.relative_to(folder).as_posix(): dump(path) for path in folder.rglob("台账.db")}
    return files | ledgers


def half_written(folder: Path) -> Iterator[str]:
    """The files under their real names that are no whole ones."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or not is_counted(name):
            continue
        if path.suffix in (".xlsx", ".zip"):
            try:
                with zipfile.ZipFile(path) as archive:
                    if archive.testzip() is not None:
                        yield name
            except zipfile.BadZipFile:
                yield name
        elif path.suffix == ".json":
            try:
                json.loads(path.read_bytes())
            except ValueError:
                yield name
        if "原件" in path.parts and sha256(path.read_bytes()) != path.stem:
            yield name


def unrecorded(collection: Collection) -> set[str]:
    """What lies in 下发/ without a record by which it could be judged."""
    known = {issue.sha256 for issue in collection.issues().values()}
    files = [path for path in collection.outgoing.rglob("*.xlsx") if path.name != "下发清单.xlsx"]
    return {path.name for path in files if is_counted(path.name) and sha256(path.read_bytes()) not in known}


def unkept(collection: Collection) -> set[str]:
    """What the ledger knows without having kept its bytes."""
    if not collection.ledger.is_file():
        return set()
    with closing(sqlite3.connect(collection.ledger)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'submission'").fetchall():
            return set()
        recorded = {digest for (digest,) in connection.execute("SELECT sha256 FROM submission")}
    return recorded - {path.stem for path in collection.archive.joinpath("原件").glob("*")}


def moments(count: int, of: int, seed: int) -> list[int]:
    """Some of so many moments, by chance, and the last two, when outcomes take their places."""
    return sorted({*random.Random(seed).sample(range(1, of + 1), min(count, of)), of - 1, of})


def copied(template: Path, to: Path) -> Path:
    """A copy of a collection."""
    shutil.copytree(template, to)
    return to


def outcome_words(outcome: Outcome) -> dict[str, Any]:
    """For a failing assertion."""
    return {"code": outcome.code, "output": outcome.output[-2000:]}
