"""What came back: import."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.commands.common import ERR, OUT, Folder, Json, LedgerOption, print_json

app = typer.Typer()


@app.command("import")
def import_(
    folder: Folder = Path(),
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[文件或文件夹]…", help="默认为任务文件夹中的 收回/")
    ] = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """读取交回的工作簿（文件、文件夹、zip 压缩包），检查后记入台账。"""
    from workbook_builder import Collection, console
    from workbook_builder.collection import INCOMING
    from workbook_builder.intake import import_files
    from workbook_builder.ledger import Ledger
    from workbook_builder.ledger_store import sqlite_url

    collection = Collection(folder)
    book = Ledger(ledger or sqlite_url(collection.ledger))
    try:
        with console.progress(ERR) as progress:
            done = import_files(collection, paths or [collection.folder / INCOMING], book, progress)
    finally:
        book.close()
    if as_json:
        print_json(done.to_json())
    else:
        console.show_imported(done, OUT)
    return done.exit_code
