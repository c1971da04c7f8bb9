"""Many files judged, in child processes of which none can stop the others, and told in the order given.

Whatever a file does to the process that judges it, loops, takes all memory or kills it, is a finding of that file. Few
files are judged here, for a child costs a second to start.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from workbook_builder.collection.carried import Answer, Carried, Question, answered
from workbook_builder.collection.folder import sha256
from workbook_builder.errors import UnreadableError, UserError
from workbook_builder.executors import Crew, WorkersDiedError, fatal, in_order
from workbook_builder.findings import file_refused
from workbook_builder.judge.check import OTHERS_GO_ON, Checked, check, check_or_raise, failed, unreadable
from workbook_builder.judge.desk_there import at_desk, shared
from workbook_builder.judge.opening import Desk
from workbook_builder.rule_ids import FILE_TOO_COSTLY

FEW = 12  # files that are not worth starting children for

NO_ANSWERS: Mapping[Question, Answer] = MappingProxyType({})
Context = TypeVar("Context")
Result = TypeVar("Result")


class Job(NamedTuple):
    """A file to be judged."""

    name: str
    data: bytes


class Task(NamedTuple, Generic[Result]):
    """Something to do at a desk, here or elsewhere: function(desk, *args)."""

    function: Callable[..., Result]
    args: tuple[Any, ...]


class _Begun(NamedTuple, Generic[Context, Result]):
    """A task that was begun with."""

    context: Context
    task: Task[Result] | None
    desk: Desk
    future: "Future[Result | Question] | None"  # None: to be done here

    @property
    def is_done(self) -> bool:
        return self.future is None or self.future.done()


class Bench:
    """Where work is done at one desk: with an executor there, without one here."""

    def __init__(self, desk: Desk, executor: Executor | None = None):
        self._desk, self._crew = desk, Crew(executor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._crew.__exit__(kind, *rest)

    def expects(self, count: int, few: int | None = None) -> None:
        """Makes children where so many tasks are worth it and no executor was given; few are not: FEW unless given."""
        if self._crew.is_empty and count > (FEW if few is None else few):
            self._crew.hire(ready)

    def judged(
        self, jobs: Iterable[tuple[Context, Job | None]], desk: Desk | None = None
    ) -> Iterator[tuple[Context, Checked | None]]:
        """Each job's result beside what came with it, in order; None where nothing was to be judged.

        desk: in the place of the bench's own, such as a package's. Takes few more jobs than it has given results for, so that not all files are in memory.
        """
        tasks = (((context, job), job and Task(_checked, (job,))) for context, job in jobs)
        for (context, job), result in self.done(tasks, desk):
            yield context, job and _judged(job, result, desk or self._desk)

    def done(
        self, tasks: Iterable[tuple[Context, Task[Result] | None]], desk: Desk | None = None
    ) -> Iterator[tuple[Context, Callable[[], Result]]]:
        """What gives each task's result beside what came with it, in order; it raises what the task raised, or one of fatal()."""
        begun = (self._begun(context, task, desk or self._desk) for context, task in tasks)
        for one in in_order(begun, lambda: self._crew.ahead):
            yield one.context, lambda one=one: self._result(one)  # type: ignore[misc]

    def _begun(self, context: Context, task: Task[Result] | None, desk: Desk) -> _Begun[Context, Result]:
        future = None if task is None or self._crew.is_empty else self._submitted(task, desk)
        return _Begun(context, task, desk, future)

    def _submitted(
        self, task: Task[Result], desk: Desk, answers: Mapping[Question, Answer] = NO_ANSWERS
    ) -> "Future[Result | Question]":
        return self._crew.submit(at_desk, shared(desk), dict(answers), task.function, *task.args)

    def _result(self, begun: _Begun[Context, Result]) -> Result:
        task, future, desk = begun.task, begun.future, begun.desk
        if task is None:
            raise LookupError
        answers: dict[Question, Answer] = {}
        while future is not None:
            try:
                result = future.result()
            except BrokenExecutor:  # whichever task it was, in a child of our own it fails alone
                self._crew.hire(ready)
                future = self._submitted(task, desk)
            except WorkersDiedError:  # of this task, or of another that they had beside it: a child of our own tells
                future = self._crew.submit_apart(at_desk, shared(desk), {}, task.function, *task.args)
            else:
                if not isinstance(result, Question):
                    return result
                answers[result] = answered(result, desk.collection)
                future = self._submitted(task, desk, answers)
        return task.function(desk, *task.args)


def ready() -> None:
    """To be called where files will be judged: what that needs is loaded by now."""


def _checked(desk: Desk, job: Job) -> Checked:
    if isinstance(desk.collection, Carried):  # whoever gave the job keeps the log of our defects
        return check_or_raise(job.data, job.name, desk)
    return check(job.data, job.name, desk)


def _judged(job: Job, result: Callable[[], Checked], desk: Desk) -> Checked:
    try:
        return result()
    except UserError:
        raise
    except fatal() as error:
        return _given_up(job, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other files are judged
        return failed(job.name, sha256(job.data), error, desk)


def _given_up(job: Job, error: Exception) -> Checked:
    why = (
        "检查这个文件用时过长" if isinstance(error, TimeoutError) else "检查这个文件的进程意外中止（可能占用内存过多）"
    )
    sentence = (
        f"{why}，没有采用{OTHERS_GO_ON}。请用 Excel 或 WPS 打开文件，删除多余的内容后另存为 .xlsx 再交；"
        "如仍不行，请把内容填进下发的原文件"
    )
    return unreadable(job.name, sha256(job.data), file_refused(FILE_TOO_COSTLY, job.name, sentence))


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
