"""How far a long job is, shown in the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


@contextmanager
def progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and remaining time, where there is a person to see it."""
    columns = (
        TextColumn("已处理"),
        MofNCompleteColumn(),
        BarColumn(),
        SpeedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda done, total: bar.update(task, completed=done, total=total)


class SpeedColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        """The rate so far; nothing before the first file is done."""
        return Text(f"{task.speed:.1f} 个/秒" if task.speed else "")
