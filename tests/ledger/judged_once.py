"""For imports that are run again and again: each file is judged once, for it is the recording that is looked at."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from workbook_builder.judge.batch import Job
from workbook_builder.judge.check import Checked


class JudgedOnce(Executor):
    """Judges here, what it does not know yet."""

    def __init__(self, known: dict[Job, Checked] | None = None):
        self.known = {} if known is None else known

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **_more: Any) -> Future[Any]:
        """As any executor does; the last argument is the file."""
        job: Job = arguments[-1]
        if job not in self.known:
            self.known[job] = function(*arguments)
        future: Future[Any] = Future()
        future.set_result(self.known[job])
        return future
