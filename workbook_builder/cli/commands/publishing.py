"""What the public reads: publish."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import ERR, OUT, Folder, Json, LedgerOption, opened_ledger, print_json

app = typer.Typer()


@app.command()
def publish(
    folder: Folder = Path(),
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="项目编码", help="默认为全部母项目，并有汇编和目录")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="文件夹", help="默认为任务文件夹中的 公开/")
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="也写审核还没有通过的，每页注明征求意见稿，写入 征求意见稿/")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="有不宜公开的问题就停下，不写出文件")] = False,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="文件.docx", help="把已公开的文件与台账比较，不写出文件")
    ] = None,
    ledger: LedgerOption = None,
    as_json: Json = False,
) -> int:
    """把审核通过的申报写成公开的 Word 文档、PDF、汇编和目录。"""
    from workbook_builder import Collection
    from workbook_builder.centre.publish.publishing import Wish, check_published
    from workbook_builder.centre.publish.publishing import publish as publish_all
    from workbook_builder.cli import progress_bar, published_words

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        if check is not None:
            compared = check_published(collection, book, check, codes or ())
            print_json(compared.to_json()) if as_json else published_words.show_check(compared, OUT)
            return compared.exit_code
        with progress_bar.progress(ERR) as progress:
            wish = Wish(codes or (), output, draft, strict)
            done = publish_all(collection, book, wish, progress)
    print_json(done.to_json()) if as_json else published_words.show_published(done, OUT)
    return done.exit_code
