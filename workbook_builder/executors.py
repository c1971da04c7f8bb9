"""Where work is done besides this process: in children that nobody's file can stop, or with somebody's executor.

The children are spawned, never forked: a fork hangs once formualizer ran.
"""

import contextlib
import multiprocessing
import os
import signal
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from itertools import islice
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from workbook_builder.garbage import collect_seldom
from workbook_builder.ooxml.foreign.child import end_with_parent

SECONDS_A_TASK = 120  # a form with 200 sub-projects takes twenty
MEMORY_BYTES = 2 << 30  # of one child, over all its tasks
AHEAD = 3  # tasks per worker that wait for it

Result = TypeVar("Result")
Thing = TypeVar("Thing")


class WorkersDiedError(Exception):
    """Somebody's workers died, one after the other, of whom each was to do this task."""


class Shared(NamedTuple):
    """What many tasks need, and no task changes."""

    key: str  # alike where it is the same
    near: Callable[[], Any]  # for processes of this machine
    far: Callable[[], Any]  # for workers that see none of its folders


class SharingExecutor(Executor):
    """One whose workers share no folder with this machine."""

    workers: int  # tasks that it does at once

    @abstractmethod
    def share(self, thing: Any) -> Any:
        """What may be given to tasks in the place of a thing, which is sent to each worker only once."""


class IsolatedPool(Executor):
    """Spawned child processes, as many as there are processors, each with a limit of memory, each task with one of time.

    A task that breaks a limit, or whose child dies, fails alone: its future raises TimeoutError, MemoryError or
    pebble.ProcessExpired. Where the system knows no limit of memory there is none.
    """

    def __init__(
        self, workers: int | None = None, seconds: float = SECONDS_A_TASK, memory_bytes: int = MEMORY_BYTES
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
        with _heeding_no_interrupt():
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


@contextlib.contextmanager
def _heeding_no_interrupt() -> Iterator[None]:
    """Threads that begin now, and the children of these, are left alone by Ctrl-C: this process ends them.

    A child that is only beginning would say in its own words that it was interrupted.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing.resource_tracker import ensure_running  # noqa: PLC0415 - not on Windows

    ensure_running()  # else it begins with the first child, and heeds interrupts again once it has
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def fatal() -> tuple[type[Exception], ...]:
    """What a task did to the process that did it."""
    from pebble import ProcessExpired  # noqa: PLC0415 - see IsolatedPool

    return ProcessExpired, TimeoutError, MemoryError


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin_there(memory_bytes: int) -> None:
    """In a child, before anything else: it is ended at once by whoever ends it, and ends with its parent."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler waits for what is calculated to come to an end
    end_with_parent()
    collect_seldom()
    _limit_memory(memory_bytes)


def _limit_memory(limit_bytes: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))


class Crew:
    """Whoever works: an executor that was given, children of our own where they are worth it, else nobody."""

    def __init__(self, executor: Executor | None = None):
        self._executor = executor
        self._own: IsolatedPool | None = None
        self._sent: tuple[str, Any] | None = None  # the last that was shared

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._own:
            self._own.shutdown(cancel_futures=kind is not None)

    @property
    def is_empty(self) -> bool:
        """Whether all is to be done here."""
        return self._executor is None

    @property
    def ahead(self) -> int:
        """How many tasks to begin before the first has ended, so that nobody waits and few are held in memory."""
        workers = self._executor.workers if isinstance(self._executor, SharingExecutor) else processors()
        return AHEAD * workers

    def hire(self, ready: Callable[[], object] = os.getpid) -> None:
        """Children of our own, instead of nobody or of an executor that broke.

        ready: what loads the modules that they need; they do it while this process gets the first task ready.
        """
        children = self._children()
        if self._executor is children:
            return
        self._executor, self._sent = children, None
        for _worker in range(processors()):
            children.submit(ready)

    def dismiss(self) -> None:
        """Nobody is needed any more: children of our own end while something else is done, and are waited for at the end."""
        if self._own:
            self._own.shutdown(wait=False, cancel_futures=True)

    def _children(self) -> IsolatedPool:
        self._own = self._own or IsolatedPool()
        return self._own

    def submit(self, function: Callable[..., Result], shared: Shared, *args: Any) -> "Future[Result]":
        """Begins function(what is shared, *args); with children of our own where an executor that was given broke."""
        if self._executor is None:
            self.hire()
        try:
            return self._given(function, shared, *args)
        except BrokenExecutor:
            self.hire()
            return self._given(function, shared, *args)

    def _given(self, function: Callable[..., Result], shared: Shared, *args: Any) -> "Future[Result]":
        executor = self._executor or self._children()
        if not isinstance(executor, SharingExecutor):
            return executor.submit(function, shared.near(), *args)
        if self._sent is None or self._sent[0] != shared.key:
            self._sent = shared.key, executor.share(shared.far())
        return executor.submit(function, self._sent[1], *args)

    def submit_apart(self, function: Callable[..., Result], shared: Shared, *args: Any) -> "Future[Result]":
        """The same in a child of our own, whoever does the rest: there it fails alone."""
        return self._children().submit(function, shared.near(), *args)


class Begun(Protocol):
    """A task that was begun with."""

    @property
    def is_done(self) -> bool:
        """Whether it takes no waiting to tell what came of it."""
        ...


Waiting = TypeVar("Waiting", bound=Begun)


def in_order(tasks: Iterable[Waiting], ahead: Callable[[], int]) -> Iterator[Waiting]:
    """Each task as its turn to be told comes; no more than so many are begun ahead of it."""
    waiting: deque[Waiting] = deque()
    for task in tasks:
        waiting.append(task)
        while len(waiting) > ahead() or (waiting and waiting[0].is_done):
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


def batched(things: Iterable[Thing], count: int) -> Iterator[list[Thing]]:
    """So many at a time; of the last, what is left."""
    rest = iter(things)
    while some := list(islice(rest, count)):
        yield some
