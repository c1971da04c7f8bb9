"""Parts put together: merge."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import (
    OUT,
    Folder,
    Json,
    LedgerOption,
    PasswordOption,
    opened_ledger,
    print_json,
)

app = typer.Typer()


@app.command()
def merge(
    folder: Folder = Path(),
    codes: Annotated[list[str] | None, typer.Argument(metavar="项目编码", help="默认为分开填报的每个母项目")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="文件夹", help="默认为任务文件夹中的 合并/")
    ] = None,
    ledger: LedgerOption = None,
    password: PasswordOption = None,
    as_json: Json = False,
) -> int:
    """把分开填报、已导入的各部分合并成母项目的一个工作簿，写入 合并/。"""
    from workbook_builder import Collection
    from workbook_builder import merge as merge_parts
    from workbook_builder.cli import console
    from workbook_builder.collection.folder import MERGED

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        done = merge_parts(collection, book, codes or [], output or collection.folder / MERGED, password or ())
    if as_json:
        print_json(done.to_json())
    else:
        console.show_merging(done, OUT)
    return done.exit_code
