"""What was accepted and the roster has overtaken, shown in the terminal; whether to go on, asked of a person there."""

from collections.abc import Sequence

import typer
from rich.console import Console

from workbook_builder.cli.text import one_line
from workbook_builder.collection.invalidating import Invalidated

DECLINED = "没有生成任何文件。名册的改动仍然有效；要改回去，请运行 workbook-builder roster 任务文件夹 --undo。"


def ask(overtaken: Sequence[Invalidated], new: Sequence[Invalidated], *, console: Console, is_asked: bool) -> None:
    """Lists them, and asks where one of them is new. Ends the command where the person says no."""
    for one in overtaken:
        console.print(f"[yellow]{one_line(one.sentence)}[/yellow]", soft_wrap=True)
    if not new:
        return
    again = sum(one.kind == "changed" for one in new)
    words = f"名册的改动涉及已接收的申报：要重新填报 {again} 份，不再计入 {len(new) - again} 份。"
    console.print(words, soft_wrap=True)
    if is_asked and not typer.confirm("继续下发吗", err=True):
        console.print(one_line(DECLINED), soft_wrap=True)
        raise typer.Exit(0)
    console.print("已记入台账，用 history 可查。", soft_wrap=True)
