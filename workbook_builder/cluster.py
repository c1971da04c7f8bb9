"""Workers on other machines, reached through a scheduler of dask.distributed, which does all of the distributing."""

import asyncio
import contextlib
import logging
import platform
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, InvalidStateError
from functools import partial
from importlib.metadata import version
from threading import Thread
from types import ModuleType
from typing import Any, TypeVar

from workbook_builder.errors import UsageError
from workbook_builder.executors import SharingExecutor, WorkersDiedError

SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 30  # a worker may be busy
SAME_EVERYWHERE = ("workbook-builder", "formualizer", "rjieba", "distributed")  # what is said of a file depends on them
INSTALL = 'pip install "workbook-builder[cluster]"'
Result = TypeVar("Result")


@contextlib.contextmanager
def cluster(address: str) -> Iterator["ClusterExecutor"]:
    """The workers of the scheduler at an address such as tcp://10.0.0.5:8786.

    Raises UsageError where dask.distributed is not installed here, nobody answers there within a few seconds, no worker
    is there, or one has another version of what decides.
    """
    distributed = _distributed()
    client = _connected(distributed, address)
    try:
        workers = _workers(client, address)
        yield ClusterExecutor(client, workers, distributed.KilledWorker)
    finally:
        with contextlib.suppress(OSError, RuntimeError):  # it may be gone
            client.close(timeout=1)


def _distributed() -> ModuleType:
    try:
        import dask  # noqa: PLC0415 - of the extra, where somebody asks for it
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(f"使用 --scheduler 要先安装 dask.distributed：{INSTALL}，各台工作机器也一样。") from error
    for name in ("distributed", "distributed.client", "distributed.core", "tornado", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is to be said the command says, in Chinese
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})  # what a desk needs goes as one
    return distributed


def _connected(distributed: ModuleType, address: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # of versions: ours are compared below
            asyncio.run(_greeted(address))
            return distributed.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
        raise UsageError(
            f"连不上调度器“{address}”（等了 {SECONDS_TO_CONNECT} 秒）。请核对地址（如 tcp://10.0.0.5:8786），"
            "确认调度器正在运行、网络可达、dask 版本与本机相同后再试；去掉 --scheduler 就在本机运行。"
        ) from error


async def _greeted(address: str) -> None:
    """Raises OSError or ValueError: a client would wait for ever for whatever takes its call and never answers."""
    from distributed.comm.core import connect  # noqa: PLC0415 - as above

    attempt = connect(address, timeout=SECONDS_TO_CONNECT)  # type: ignore[no-untyped-call]
    comm = await asyncio.wait_for(attempt, SECONDS_TO_CONNECT)
    await comm.close()


def _workers(client: Any, address: str) -> int:
    """How many tasks they do at once. Raises UsageError where there are none, or where one has other versions."""
    own = versions()
    try:
        theirs: dict[str, dict[str, str]] = _within(SECONDS_TO_ANSWER, lambda: client.run(versions))
        count = int(sum(_within(SECONDS_TO_ANSWER, client.nthreads).values()))
    except Exception as error:
        raise UsageError(
            f"调度器“{address}”的工作机器上用不了本程序：{type(error).__name__}。请在调度器和每台工作机器上安装与本机相同的版本"
            f"（{_words(own)}）后再试。"
        ) from error
    if not count:
        raise UsageError(f"调度器“{address}”没有工作进程。请在工作机器上运行 dask worker {address} 后再试。")
    for worker, others in theirs.items():
        if others != own:
            different = {name: others[name] for name in own if others[name] != own[name]}
            mine = {name: own[name] for name in different}
            raise UsageError(
                f"工作进程“{worker}”的版本与本机不同（那里是 {_words(different)}，本机是 {_words(mine)}），"
                "检查结果可能不一样，没有运行。请安装相同的版本后再试。"
            )
    return count


def _within(seconds: float, function: Callable[[], Result]) -> Result:
    """What it gives. Raises TimeoutError: dask waits for ever."""
    told: Future[Result] = Future()

    def attempt() -> None:
        try:
            told.set_result(function())
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            told.set_exception(error)

    Thread(target=attempt, daemon=True).start()
    return told.result(seconds)


def versions() -> dict[str, str]:
    """Of Python and of what decides what is said of a file."""
    minor = ".".join(platform.python_version_tuple()[:2])
    return {"Python": minor, **{name: version(name) for name in SAME_EVERYWHERE}}


def _words(found: dict[str, str]) -> str:
    return "、".join(f"{name} {number}" for name, number in found.items())


class ClusterExecutor(SharingExecutor):
    """dask's own executor; what its workers die of, and that it is gone, it says as others do."""

    def __init__(self, client: Any, workers: int, killed: type[Exception]):
        """killed: what dask raises of a task at which several workers died."""
        self._client, self._executor, self._killed = client, client.get_executor(pure=False), killed
        self.workers = workers

    def share(self, thing: Any) -> Any:
        """The result of a task: dask sends it to each worker once, and makes it anew where all that had it died."""
        with _reached():
            return self._client.submit(_as_it_is, thing, pure=False)

    def submit(self, function: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """As any executor does. Raises BrokenExecutor where the scheduler is gone."""
        with _reached():
            there = self._executor.submit(function, *args, **kwargs)
        here: Future[Result] = Future()
        there.add_done_callback(partial(self._tell, here))
        return here

    def _tell(self, here: "Future[Any]", there: "Future[Any]") -> None:
        with contextlib.suppress(InvalidStateError):  # nobody waits for it any more
            if there.cancelled():
                here.set_exception(BrokenExecutor())
            elif (error := there.exception()) is None:
                here.set_result(there.result())
            elif isinstance(error, self._killed):
                here.set_exception(WorkersDiedError(str(error)))
            else:
                here.set_exception(error)


@contextlib.contextmanager
def _reached() -> Iterator[None]:
    """Raises BrokenExecutor where the scheduler is gone."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        raise BrokenExecutor(str(error)) from error


def _as_it_is(thing: Result) -> Result:
    return thing
