"""What has come in, seen and decided: report."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.commands.common import OUT, Folder, Json, LedgerOption, print_json

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
    from workbook_builder import Collection, console
    from workbook_builder.ledger import Ledger
    from workbook_builder.ledger_store import sqlite_url
    from workbook_builder.report.write import apply_reviews, write_report

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
