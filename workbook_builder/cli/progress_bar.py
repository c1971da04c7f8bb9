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
    """A bar with rate and remaining time, where there is a person to see it, from when there is something to count."""
    columns = (
        TextColumn("已处理"),
        MofNCompleteColumn(),
        BarColumn(),
        SpeedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("")

    def tell(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        bar.stop()


class SpeedColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        """The rate so far; nothing before the first file is done."""
        return Text(f"{task.speed:.1f} 个/秒" if task.speed else "")
