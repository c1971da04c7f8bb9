"""What all commands share: where they write, and the arguments that several of them take."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, ConsoleDimensions

from workbook_builder.values.markup import CONTROL

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from workbook_builder.collection.folder import Collection
    from workbook_builder.judge.opening import Desk
    from workbook_builder.ledger.recording import Ledger

LEAST_COLUMNS = 80  # below, tables leave out whole columns


class Paper(Console):
    """What is told, in as many columns as the terminal has, but not fewer than tables need: a narrower one breaks the lines
    itself, and nothing is lost.
    """

    @property
    def size(self) -> ConsoleDimensions:
        """In characters."""
        size = super().size
        return size._replace(width=max(size.width, LEAST_COLUMNS))

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size


OUT, ERR = Paper(highlight=False), Console(stderr=True, highlight=False)

Folder = Annotated[Path, typer.Argument(metavar="任务文件夹", readable=False, help="默认为当前文件夹")]
Json = Annotated[bool, typer.Option("--json", help="在标准输出写一个 JSON 文档")]
CollectionOption = Annotated[
    Path | None,
    typer.Option("--collection", metavar="任务文件夹", readable=False, help="默认为文件所在的任务，没有则用随附模板"),
]
LedgerOption = Annotated[str | None, typer.Option("--ledger", metavar="地址", help="台账数据库，默认为 档案/台账.db")]
PasswordOption = Annotated[
    list[str] | None,
    typer.Option("--password", metavar="密码", help="打开密码，可写几次；不写值则在终端输入"),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="地址", help="由 dask 集群分担，如 tcp://10.0.0.5:8786；默认用本机"),
]


def print_json(content: object) -> None:
    """The one JSON document of a command: UTF-8 whatever the terminal's code page; what would act in it is escaped."""
    document = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    harmless = CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", document)  # they stand in strings only
    sys.stdout.flush()
    sys.stdout.buffer.write(harmless.encode())
    sys.stdout.buffer.flush()


@contextmanager
def opened_ledger(collection: "Collection", url: str | None) -> "Iterator[Ledger]":
    """The ledger at the URL, else the collection's own."""
    from workbook_builder.ledger.recording import Ledger

    ledger = Ledger(url) if url else Ledger.own(collection)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def ledger_if_any(collection: "Collection", url: str | None) -> "Iterator[Ledger | None]":
    """The same where there is one already: who only sends out makes none."""
    if url is None and not collection.ledger.is_file() and not collection.has_lost_its_ledger():
        yield None
        return
    with opened_ledger(collection, url) as ledger:
        yield ledger


@contextmanager
def workers_at(scheduler: str | None) -> "Iterator[Executor | None]":
    """The workers of a scheduler of dask.distributed; None where none was named."""
    if scheduler is None:
        yield None
        return
    from workbook_builder.cluster import cluster

    with cluster(scheduler) as executor:
        yield executor


def desk_for(workbook: Path, folder: Path | None, passwords: Sequence[str] = ()) -> "Desk":
    """The desk of the named collection, else of the one in whose folder the workbook lies."""
    ((desk, _),) = desks_for([workbook], folder, passwords)
    return desk


def desks_for(
    workbooks: Sequence[Path], folder: Path | None, passwords: Sequence[str] = ()
) -> "Iterator[tuple[Desk, list[Path]]]":
    """The workbooks by what they are judged with: the named collection, else each one's own, in the order given."""
    from workbook_builder.collection.folder import Collection
    from workbook_builder.judge.opening import Desk

    if folder is not None:
        yield Desk(Collection(folder), passwords), list(workbooks)
        return
    own = ((Collection.of(path), path) for path in workbooks)
    for _, some in groupby(own, key=lambda one: one[0] and one[0].folder):
        found = list(some)
        yield Desk(found[0][0], passwords), [path for _, path in found]
