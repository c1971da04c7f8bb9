"""A round begins: demo, new, generate."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import (
    ERR,
    OUT,
    Folder,
    Json,
    LedgerOption,
    SchedulerOption,
    ledger_if_any,
    print_json,
    workers_at,
)
from workbook_builder.cli.text import one_line

app = typer.Typer()


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件夹", help="写到哪里")] = Path("演示"),
    as_json: Json = False,
) -> int:
    """用随附的真实例子走完一整轮：新建、下发、填报、检查、导入、汇总。"""
    from workbook_builder.cli import console, demo

    done = demo.run(output)
    if as_json:
        files = {"issued": str(done.issued), "filled": str(done.filled), "report": str(done.report)}
        print_json({"collection": str(done.collection.folder), **files, "checked": done.checked.to_json()})
    else:
        console.show_checked([done.checked], OUT)
        files_made = (
            ("名册", done.collection.roster),
            ("模板", done.collection.template),
            ("下发的工作簿", done.issued),
            ("填好的工作簿", done.filled),
            ("汇总", done.report),
            ("档案", done.collection.archive),
        )
        console.show_files("文件在这里", files_made, OUT)
    return 0


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="任务文件夹")],
    year: Annotated[int, typer.Option("--year", min=2000, max=2100, metavar="年度", help="如 2022")],
    template: Annotated[Path | None, typer.Option("--template", metavar="模板.xlsx", help="默认为随附模板")] = None,
    as_json: Json = False,
) -> int:
    """新建一个任务文件夹，其中 名册.xlsx 等待填写。"""
    from workbook_builder.collection.new_task import new_task

    collection = new_task(folder, year, template)
    if as_json:
        print_json({"folder": str(folder), "roster": str(collection.roster), "template": str(collection.template)})
    else:
        words = f"已新建“{folder}”。请在 Excel 中填写 {collection.roster}，再运行 workbook-builder generate。"
        OUT.print(one_line(words), soft_wrap=True)
    return 0


@app.command()
def generate(
    folder: Folder = Path(),
    split: Annotated[bool, typer.Option("--split", help="母项目和每个子项目各一个工作簿，分开填报")] = False,
    everything: Annotated[bool, typer.Option("--all", help="没有变动的也重新下发")] = False,
    archives: Annotated[bool, typer.Option("--zip", help="另为每个单位打一个压缩包，可以直接发出")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="编码", help="只发这个项目或单位的，可写几次")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="已接收的要重新填报时不再询问")] = False,
    ledger: LedgerOption = None,
    scheduler: SchedulerOption = None,
    as_json: Json = False,
) -> int:
    """按名册生成各项目的锁定工作簿，写入 下发/；再次运行只发变动的。

    已接收而因名册改动要重新填报的，先列出来；在终端运行时问一次。
    """
    import getpass

    from workbook_builder import Collection
    from workbook_builder import generate as write_workbooks
    from workbook_builder.centre.overtaken import accepted, keeping
    from workbook_builder.cli import console, progress_bar
    from workbook_builder.cli.overtaken import ask as ask_about
    from workbook_builder.form.rules import packaged_catalogue

    collection = Collection.at(folder)
    ask = partial(ask_about, console=ERR, is_asked=sys.stdin.isatty() and not (yes or as_json))
    with (
        workers_at(scheduler) as executor,
        ledger_if_any(collection, ledger) as book,
        progress_bar.progress(ERR) as progress,
    ):
        done = write_workbooks(
            collection,
            packaged_catalogue(),
            split=split,
            everything=everything,
            archives=archives,
            only=only or (),
            progress=progress,
            executor=executor,
            counted=accepted(collection, book),
            before=keeping(collection, book, getpass.getuser(), ask),
        )
    if as_json:
        print_json(done.to_json())
    else:
        console.show_generated(done, OUT)
    return 0
