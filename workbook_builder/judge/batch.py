"""Many files judged, in child processes of which none can stop the others, and told in the order given.

Whatever a file does to the process that judges it, loops, takes all memory or kills it, is a finding of that file. The
children are spawned, never forked: a fork hangs once formualizer ran. Few files are judged here, for a child costs a
second to start.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.errors import UnreadableError, UserError
from workbook_builder.findings import file_refused
from workbook_builder.judge.archive import Received
from workbook_builder.judge.check import OTHERS_GO_ON, Checked, check, failed, unreadable
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.foreign.child import end_with_parent
from workbook_builder.rule_ids import FILE_TOO_COSTLY

FEW = 12  # files that are not worth starting children for
SECONDS_A_FILE = 120  # a form with 200 sub-projects takes twenty
MEMORY_BYTES = 2 << 30  # of one child, over all its files
AHEAD = 3  # files per child that wait for it

_JUDGING = threading.Lock()
_AT_HAND: list["tuple[str, Desk]"] = []  # the one desk that this process has laid out, and its state
Context = TypeVar("Context")
Result = TypeVar("Result")


class Job(NamedTuple):
    """A file to be judged."""

    name: str
    data: bytes


class Orders(NamedTuple):
    """By what a desk is laid out elsewhere as it is here."""

    state: str
    folder: Path | None
    passwords: tuple[str, ...]
    came: Received

    @classmethod
    def of(cls, desk: Desk) -> "Orders":
        """As the desk stands now."""
        folder = desk.collection.folder.resolve() if desk.collection else None
        return cls(desk.state, folder, desk.passwords, desk.came)


class IsolatedPool(Executor):
    """Spawned child processes, as many as there are processors, each with a limit of memory, each task with one of time.

    A task that breaks a limit, or whose child dies, fails alone: its future raises TimeoutError, MemoryError or
    pebble.ProcessExpired. Where the system knows no limit of memory there is none.
    """

    def __init__(
        self, workers: int | None = None, seconds: float = SECONDS_A_FILE, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        from pebble import ProcessPool  # noqa: PLC0415 - a few files need no children, and should not wait for it

        self._seconds = seconds
        self._pool: Any = ProcessPool(
            max_workers=workers or processors(),
            context=multiprocessing.get_context("spawn"),
            initializer=_begin_there,
            initargs=(memory_bytes,),
        )

    def submit(self, function: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """As any executor does."""
        future: Future[Result] = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self._seconds)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As any executor does; with cancel_futures what is running is ended, too."""
        if cancel_futures:
            self._pool.stop()
        else:
            self._pool.close()
        if wait:
            self._pool.join()


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin_there(memory_bytes: int) -> None:
    """In a child, before anything else: it is ended at once by whoever ends it, and ends with its parent."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler waits for what is calculated to come to an end
    end_with_parent()
    _limit_memory(memory_bytes)


def _limit_memory(limit_bytes: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))


class _Waiting(NamedTuple, Generic[Context]):
    """A file that was begun with."""

    context: Context
    job: Job | None
    desk: Desk
    future: "Future[Checked] | None"


class Bench:
    """Where the files of one desk are judged: with an executor there, without one here."""

    def __init__(self, desk: Desk, executor: Executor | None = None):
        self._desk, self._executor = desk, executor
        self._own: IsolatedPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._own:
            self._own.shutdown(cancel_futures=kind is not None)

    def expects(self, count: int) -> None:
        """Makes children where so many files are worth it and no executor was given."""
        if self._executor is None and count > FEW:
            self._own_pool()

    def judged(
        self, jobs: Iterable[tuple[Context, Job | None]], desk: Desk | None = None
    ) -> Iterator[tuple[Context, Checked | None]]:
        """Each job's result beside what came with it, in order; None where nothing was to be judged.

        desk: in the place of the bench's own, such as a package's. Takes few more jobs than it has given results for, so that not all files are in memory.
        """
        desk, waiting = desk or self._desk, deque[_Waiting[Context]]()
        ahead = AHEAD * processors()
        for context, job in jobs:
            waiting.append(_Waiting(context, job, desk, self._begun(job, desk)))
            while len(waiting) > ahead or (waiting and self._is_done(waiting[0].future)):
                yield self._ended(waiting.popleft())
        while waiting:
            yield self._ended(waiting.popleft())

    def _begun(self, job: Job | None, desk: Desk) -> "Future[Checked] | None":
        if job is None or self._executor is None:
            return None
        try:
            return self._executor.submit(_check_there, Orders.of(desk), job)
        except BrokenExecutor:
            return self._own_pool().submit(_check_there, Orders.of(desk), job)

    def _own_pool(self) -> Executor:
        """Instead of none, or of one that broke."""
        if self._own is None:
            self._executor = self._own = IsolatedPool()
        return self._own

    @staticmethod
    def _is_done(future: "Future[Checked] | None") -> bool:
        return future is None or future.done()

    def _ended(self, waiting: "_Waiting[Context]") -> tuple[Context, Checked | None]:
        context, job, desk, future = waiting
        if job is None:
            return context, None
        if future is None:
            return context, check(job.data, job.name, desk)
        from pebble import ProcessExpired  # noqa: PLC0415 - see IsolatedPool

        try:
            return context, future.result()
        except UserError:
            raise
        except BrokenExecutor:  # of somebody else's: whichever file it was, in a child of our own it fails alone
            self._own_pool()
            return self._ended(waiting._replace(future=self._begun(job, desk)))
        except (ProcessExpired, TimeoutError, MemoryError) as error:
            return context, _given_up(job, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are judged
            return context, failed(job.name, sha256(job.data), error, desk)


def _given_up(job: Job, error: Exception) -> Checked:
    why = (
        "检查这个文件用时过长" if isinstance(error, TimeoutError) else "检查这个文件的进程意外中止（可能占用内存过多）"
    )
    sentence = (
        f"{why}，没有采用{OTHERS_GO_ON}。请用 Excel 或 WPS 打开文件，删除多余的内容后另存为 .xlsx 再交；"
        "如仍不行，请把内容填进下发的原文件"
    )
    return unreadable(job.name, sha256(job.data), file_refused(FILE_TOO_COSTLY, job.name, sentence))


def _desk_there(orders: Orders) -> Desk:
    """Laid out anew where it stands otherwise by now: somebody's executor may outlive what a collection holds."""
    if not _AT_HAND or _AT_HAND[0][0] != orders.state:
        desk = Desk(Collection(orders.folder) if orders.folder else None, orders.passwords)
        desk.receive(orders.came)
        _AT_HAND[:] = [(orders.state, desk)]
    return _AT_HAND[0][1]


def _check_there(orders: Orders, job: Job) -> Checked:
    """One file at a time in each process, for threads would set their inputs in the same blank."""
    with _JUDGING:
        return check(job.data, job.name, _desk_there(orders))


class _Readable(Protocol):
    """A file that came in."""

    @property
    def name(self) -> str: ...
    @property
    def read(self) -> Callable[[], bytes]: ...


def checked_files(sources: Sequence[_Readable], desk: Desk, executor: Executor | None = None) -> Iterator[Checked]:
    """What is said of each file, in order; of one that cannot be read, too."""
    with Bench(desk, executor) as bench:
        bench.expects(len(sources))
        for refused, checked in bench.judged(map(_opened, sources)):
            if result := refused or checked:
                yield result


def _opened(source: _Readable) -> tuple[Checked | None, Job | None]:
    try:
        return None, Job(source.name, source.read())
    except UnreadableError as error:
        return unreadable(source.name, None, error.finding), None
