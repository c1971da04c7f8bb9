"""What has come in, seen and decided: report."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import ERR, OUT, Folder, Json, LedgerOption, opened_ledger, print_json
from workbook_builder.errors import UsageError

app = typer.Typer()


@app.command()
def report(
    folder: Folder = Path(),
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="文件", readable=False, help="与 --apply 连用：只记入这些文件中的审核"),
    ] = None,
    ledger: LedgerOption = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="文件夹", help="各表另存为 CSV，供其他程序读取")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="只把填好的审核记入台账，不重新生成")] = False,
    split: Annotated[bool, typer.Option("--split", help="另按审核人各生成一份，放在 审核/")] = False,
    as_json: Json = False,
) -> int:
    """先把 汇总.xlsx 和 审核/ 中填好的审核记入台账，再按台账重新生成 汇总.xlsx。"""
    from workbook_builder import Collection
    from workbook_builder.centre.report.write import apply_reviews, write_report
    from workbook_builder.cli import progress_bar
    from workbook_builder.cli.reported import show_reported

    if (files and not apply) or (apply and split):
        raise UsageError("用法不对：文件只与 --apply 连用；--apply 不生成文件，不与 --split 连用。请加 --help 看用法。")
    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book, progress_bar.progress(ERR) as progress:
        done = (
            apply_reviews(collection, book, files or ())
            if apply
            else write_report(collection, book, csv, split=split, progress=progress)
        )
    if as_json:
        print_json(done.to_json())
    else:
        show_reported(done, OUT)
    return done.exit_code
