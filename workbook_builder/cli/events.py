"""What happened to a project, or what the centre did, shown in the terminal."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table

from workbook_builder.centre.deciding import Event
from workbook_builder.cli.text import Prose, one_line
from workbook_builder.clock import local_minute

TIME_WIDTH, WHO_WIDTH = 16, 10


def show_events(events: Iterable[Event], console: Console, *, names_projects: bool = False) -> None:
    """In order; what counts now is marked."""
    table = Table(header_style="bold", expand=True, padding=(0, 1), box=box.SIMPLE_HEAD)
    table.add_column("时间", width=TIME_WIDTH)
    table.add_column("经过", ratio=3)
    table.add_column("文件", ratio=2)
    table.add_column("谁", width=WHO_WIDTH)
    if names_projects:
        table.add_column("项目", ratio=1)
    for event in events:
        mark = "[green]现计入[/green] " if event.counts and event.kind == "received" else ""
        words = [mark + one_line(event.words), one_line(event.file), one_line(event.who)]
        if names_projects:
            words.append(one_line(event.project_code or ""))
        table.add_row(local_minute(event.moment), *map(Prose.of, words))
    console.print(table)
