"""What the centre decides on what came: take-back, prefer, history."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import OUT, Json, LedgerOption, opened_ledger, print_json
from workbook_builder.cli.text import escape

app = typer.Typer()

Folder = Annotated[Path, typer.Argument(metavar="任务文件夹", readable=False)]
Reason = Annotated[str | None, typer.Option("--reason", metavar="原因", help="记入台账")]
By = Annotated[str | None, typer.Option("--by", metavar="姓名", help="由谁决定，默认为当前用户")]


@app.command("take-back")
def take_back(
    folder: Folder,
    files: Annotated[list[str], typer.Argument(metavar="文件", help="导入过的文件名、路径或 SHA-256 前几位")],
    undo: Annotated[bool, typer.Option("--undo", help="恢复撤回过的文件")] = False,
    reason: Reason = None,
    by: By = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """撤回导入错的文件，此前的一份重新计入；无法读取的文件不再处理。"""
    from workbook_builder import Collection
    from workbook_builder.centre import deciding

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        done = deciding.each(collection, book, files, by or getpass.getuser(), reason, is_back=undo)
    if as_json:
        print_json([one.to_json() for one in done])
    else:
        for one in done:
            OUT.print(escape(one.sentence), soft_wrap=True)
    return 0


@app.command()
def prefer(
    folder: Folder,
    word: Annotated[str, typer.Argument(metavar="文件或项目编码", help="以哪一个文件为准；写编码则确认现在的")],
    reason: Reason = None,
    by: By = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """同一项目有几份时，指定以哪一份为准；待人工确定的就此确定。"""
    from workbook_builder import Collection
    from workbook_builder.centre import deciding

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        done = deciding.prefer(collection, book, word, by or getpass.getuser(), reason)
    if as_json:
        print_json(done.to_json())
    else:
        OUT.print(escape(done.sentence), soft_wrap=True)
    return 0


@app.command()
def roster(
    folder: Folder,
    undo: Annotated[bool, typer.Option("--undo", help="恢复上一版名册，现在的一版另存")] = False,
    to: Annotated[int | None, typer.Option("--to", metavar="版次", help="恢复这一版")] = None,
    reason: Reason = None,
    by: By = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """记下名册的改动（谁、为什么），列出历次的版本；--undo 恢复上一版。"""
    from workbook_builder import Collection
    from workbook_builder.centre.roster_versions import recorded, restored
    from workbook_builder.cli.rosters import show_rosters

    collection, actor = Collection(folder), by or getpass.getuser()
    with opened_ledger(collection, ledger) as book:
        done = (
            restored(collection, book, to, actor, reason)
            if undo or to is not None
            else recorded(collection, book, actor, reason)
        )
    if as_json:
        print_json(done.to_json())
    else:
        show_rosters(done, OUT)
    return 0


@app.command()
def history(
    folder: Folder,
    code: Annotated[str | None, typer.Argument(metavar="项目编码", help="不写则列出对所有项目和名册的决定")] = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """一个项目的经过，按先后排列：文件、结论、审核、撤回、名册的改动。"""
    from workbook_builder import Collection
    from workbook_builder.centre import deciding
    from workbook_builder.cli.events import show_events

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        events = deciding.acts(collection, book) if code is None else deciding.history(collection, book, code)
    if as_json:
        print_json([event.to_json() for event in events])
    else:
        show_events(events, OUT, names_projects=code is None)
    return 0
