"""What follows a round: package, rollover."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import ERR, OUT, Folder, Json, LedgerOption, opened_ledger, print_json
from workbook_builder.cli.text import escape

app = typer.Typer()


@app.command("package")
def package(
    folder: Folder = Path(),
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="报送包.zip", help="写到哪里，不覆盖已有文件")
    ] = None,
    reviewed: Annotated[bool, typer.Option("--reviewed", help="只报送审核结论为“通过”的")] = False,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """把已接收的申报连同清单、下发记录打成一个报送包，交上级 import。"""
    from workbook_builder import Collection
    from workbook_builder.centre.package_out import pack
    from workbook_builder.cli import console, progress_bar

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book, progress_bar.progress(ERR) as progress:
        done = pack(collection, book, output, reviewed=reviewed, progress=progress)
    if as_json:
        print_json(done.to_json())
    else:
        console.show_packed(done, OUT)
        if done.earlier:
            named = "、".join(f"“{name}”" for name in done.earlier)
            OUT.print(escape(f"旁边还有以前写出的报送包：{named}。请只发送这一次写出的。"), soft_wrap=True)
    return 0


@app.command()
def rollover(
    folder: Annotated[Path, typer.Argument(metavar="任务文件夹", help="上一年或上一轮的任务")],
    new_folder: Annotated[Path, typer.Argument(metavar="新任务文件夹")],
    year: Annotated[int | None, typer.Option("--to", metavar="年度", help="下一年的任务，如 2023")] = None,
    round_name: Annotated[
        str | None, typer.Option("--round", metavar="轮次", help="同一年的下一轮：二上、批复、调整")
    ] = None,
    template: Annotated[Path | None, typer.Option("--template", metavar="模板.xlsx", help="默认沿用上年的")] = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """由已接收的申报新建下一年或同一年下一轮的任务。

    --to：带入文字和指标，金额留空。--round：内容和金额全部带入；批复取汇总.xlsx 中填写的批复金额。
    带入了什么、什么没有带入，另写 延续清单.xlsx。
    """
    from workbook_builder import Collection
    from workbook_builder.centre.rollover.next_round import next_round
    from workbook_builder.centre.rollover.next_year import roll_over
    from workbook_builder.cli import console
    from workbook_builder.errors import UsageError

    if (year is None) == (round_name is None):
        raise UsageError("请写 --to 年度 或 --round 轮次 之一：前者新建下一年的任务，后者新建同一年下一轮的任务。")
    if template and round_name:
        raise UsageError("--template 只用于 --to：同一年的各轮用同一份模板。")

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        is_next_round = round_name is not None
        done = (
            next_round(collection, book, round_name or "", new_folder)
            if is_next_round
            else roll_over(collection, book, year or 0, new_folder, template)
        )
    if as_json:
        print_json(done.to_json())
    else:
        console.show_rolled(done, OUT)
    return 0
