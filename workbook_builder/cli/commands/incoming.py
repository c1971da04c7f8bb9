"""What came back and what did not: import, status."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import (
    ERR,
    OUT,
    Folder,
    Json,
    LedgerOption,
    PasswordOption,
    SchedulerOption,
    opened_ledger,
    print_json,
    workers_at,
)
from workbook_builder.cli.text import one_line

app = typer.Typer()


@app.command("import")
def import_(
    folder: Folder = Path(),
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="文件或文件夹", readable=False, help="默认为任务文件夹中的 收回/")
    ] = None,
    ledger: LedgerOption = None,
    password: PasswordOption = None,
    scheduler: SchedulerOption = None,
    as_json: Json = False,
) -> int:
    """读取交回的文件、文件夹、压缩包或下级的报送包，检查后记入台账。"""
    from workbook_builder import Collection
    from workbook_builder.cli import console, progress_bar
    from workbook_builder.collection.folder import INCOMING, ROSTER
    from workbook_builder.intake.importing import import_files

    # A file of it, such as one dropped on 导入.cmd, or 收回/ itself; never wherever one happens to stand.
    collection = Collection(folder) if folder == Path() else Collection.at(folder)
    is_whole = folder.name == ROSTER or folder.samefile(collection.folder)
    chosen = [*([] if is_whole else [folder]), *(paths or ())]
    paths = chosen or [collection.folder / INCOMING]
    with (
        workers_at(scheduler) as executor,
        opened_ledger(collection, ledger) as book,
        progress_bar.progress(ERR) as progress,
    ):
        done = import_files(collection, paths, book, progress, password or (), executor)
    if as_json:
        print_json(done.to_json())
    else:
        console.show_imported(done, OUT)
    return done.exit_code


@app.command()
def status(folder: Folder = Path(), ledger: LedgerOption = None, as_json: Json = False) -> int:
    """收表进度：交了的、没交的、要改的、逾期的；另写 催报清单.xlsx。"""
    from workbook_builder import Collection
    from workbook_builder.centre.chase import write_chase_list
    from workbook_builder.cli import console
    from workbook_builder.ledger.status import status_of

    collection = Collection(folder)
    with opened_ledger(collection, ledger) as book:
        found = status_of(collection, book)
    if not as_json:
        console.show_status(found, OUT)  # whatever becomes of the list: it may be open in Excel
    chase_list = write_chase_list(collection, found)
    if as_json:
        print_json({**found.to_json(), "chase_list": str(chase_list)})
    else:
        OUT.print(one_line(f"催报清单：{chase_list}"), soft_wrap=True)
    return 0


@app.command()
def chase(folder: Folder = Path(), ledger: LedgerOption = None, as_json: Json = False) -> int:
    """为要催报的每个单位写一封邮件草稿（附退回稿或空表），放在 催报/。"""
    from workbook_builder import Collection
    from workbook_builder.centre.chase_mail import write_drafts
    from workbook_builder.cli import console
    from workbook_builder.clock import today
    from workbook_builder.ledger.status import status_of

    collection, day = Collection(folder), today()
    with opened_ledger(collection, ledger) as book:
        drafts = write_drafts(collection, status_of(collection, book, day), day)
    if as_json:
        print_json([draft.to_json() for draft in drafts])
    else:
        console.show_drafts(drafts, OUT)
    return 0


@app.command("return")
def return_(
    folder: Folder = Path(),
    ledger: LedgerOption = None,
    password: PasswordOption = None,
    scheduler: SchedulerOption = None,
    as_json: Json = False,
) -> int:
    """为应退回修改的申报生成退回稿（标出问题、附意见），写入 退回/。"""
    from workbook_builder import Collection, return_copies
    from workbook_builder.cli import console, progress_bar

    collection = Collection(folder)
    with (
        workers_at(scheduler) as executor,
        opened_ledger(collection, ledger) as book,
        progress_bar.progress(ERR) as progress,
    ):
        done = return_copies(collection, book, progress=progress, passwords=password or (), executor=executor)
    if as_json:
        print_json([item.to_json() for item in done])
    else:
        console.show_returned(done, OUT)
    return 1 if any(item.outcome in ("changed_by_hand", "impossible") for item in done) else 0
