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
)
from rich.text import Text

from workbook_builder.errors import InterruptedRun

RATE_SECONDS = 120  # over which the rate is taken: a large file takes twenty


@contextmanager
def progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and remaining time, where there is a person to see it, from when there is something to count."""
    columns = (
        TextColumn("已处理"),
        MofNCompleteColumn(),
        BarColumn(),
        SpeedColumn(),
        LeftColumn(),
    )
    bar = Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        speed_estimate_period=RATE_SECONDS,
    )
    task = bar.add_task("")

    def tell(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    except InterruptedRun as stop:
        bar.stop()
        console.print(str(stop), soft_wrap=True)
        raise
    finally:
        bar.stop()


class SpeedColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        """The rate so far; nothing before the first file is done."""
        return Text(f"{task.speed:.1f} 个/秒" if task.speed else "")


class LeftColumn(ProgressColumn):
    """How long it will still take."""

    max_refresh = 0.5  # seconds: it would flicker

    def render(self, task: Task) -> Text:
        """Nothing until there is a rate."""
        if task.time_remaining is None or task.finished:
            return Text("")
        minutes, seconds = divmod(round(task.time_remaining), 60)
        return Text(f"还需约 {minutes} 分 {seconds} 秒" if minutes else f"还需约 {seconds} 秒")
