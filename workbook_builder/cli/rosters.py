"""The versions of a roster, shown in the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from workbook_builder.centre.roster_versions import Rosters
from workbook_builder.cli.events import TIME_WIDTH, WHO_WIDTH
from workbook_builder.cli.text import Prose, one_line
from workbook_builder.clock import local_minute


def show_rosters(rosters: Rosters, console: Console) -> None:
    """All versions with what each changed, and what this command did."""
    table = Table(header_style="bold", expand=True, padding=(0, 1), box=box.SIMPLE_HEAD)
    for title, width in (("版次", 4), ("记录时间", TIME_WIDTH), ("谁", WHO_WIDTH)):
        table.add_column(title, width=width)
    table.add_column("改动", ratio=1)
    for version, _, acts in rosters.versions:
        reasons = (f"{act.sentence}{f'（{act.reason}）' if act.reason else ''}" for act in acts)
        words = "\n".join(map(one_line, reasons)) or "（第一次记录）"
        table.add_row(str(version.number), local_minute(version.recorded_at), one_line(version.actor), Prose.of(words))
    console.print(table)
    newest, file, _ = rosters.versions[-1]
    if rosters.restored:
        words = f"名册.xlsx 已恢复为第 {rosters.restored} 版；恢复前的一版也留着，再运行一次 --undo 即可改回。"
        console.print(one_line(words), soft_wrap=True)
    words = f"现为第 {newest.number} 版，这次记下 {len(rosters.recorded)} 项改动。各版存在“{file.parent}”。"
    console.print(one_line(words), soft_wrap=True)
