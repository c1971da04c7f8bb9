"""What has come in, seen and decided: report."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import OUT, Folder, Json, LedgerOption, print_json

app = typer.Typer()


@app.command()
def report(
    folder: Folder = Path(),
    ledger: LedgerOption = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="文件夹", help="各表另存为 CSV，供其他程序读取")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="只把 汇总.xlsx 中填好的审核记入台账")] = False,
    as_json: Json = False,
) -> int:
    """先把 汇总.xlsx 中填好的审核记入台账，再按台账重新生成 汇总.xlsx。"""
    from workbook_builder import Collection
    from workbook_builder.centre.report.write import apply_reviews, write_report
    from workbook_builder.cli import console
    from workbook_builder.ledger.database import sqlite_url
    from workbook_builder.ledger.recording import Ledger

    collection = Collection(folder)
    book = Ledger(ledger or sqlite_url(collection.ledger))
    try:
        done = apply_reviews(collection, book) if apply else write_report(collection, book, csv)
    finally:
        book.close()
    if as_json:
        print_json(done.to_json())
    else:
        console.show_reported(done, OUT)
    return done.exit_code
