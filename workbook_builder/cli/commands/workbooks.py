"""Single workbooks: describe, fill, check."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbook_builder.cli.commands.common import (
    ERR,
    OUT,
    CollectionOption,
    Json,
    PasswordOption,
    SchedulerOption,
    desk_for,
    desks_for,
    print_json,
    workers_at,
)
from workbook_builder.cli.text import one_line
from workbook_builder.errors import InterruptedRun, UsageError

if TYPE_CHECKING:
    from workbook_builder.judge.check import Checked

app = typer.Typer()
EXIT_CODES = {"accepted": 0, "returned": 1, "unreadable": 3}  # of check, by the worst verdict


@app.command()
def describe(
    workbook: Annotated[Path, typer.Argument(metavar="工作簿", readable=False)],
    collection: CollectionOption = None,
    password: PasswordOption = None,
    as_json: Json = False,
) -> int:
    """列出工作簿的每个填报单元格。"""
    from workbook_builder import describe as inputs_of
    from workbook_builder import open_ours
    from workbook_builder.cli.listings import inputs_table
    from workbook_builder.files import read_file

    opened = open_ours(read_file(workbook), workbook.name, desk_for(workbook, collection, password or ()))
    content = inputs_of(opened)
    if as_json:
        print_json(content)
    else:
        OUT.print(inputs_table(content["inputs"]))
    return 0


@app.command()
def fill(
    workbook: Annotated[Path, typer.Argument(metavar="工作簿", readable=False)],
    data: Annotated[Path | None, typer.Argument(metavar="数据.json", readable=False)] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="结果.xlsx", help="写到哪里，不覆盖已有文件")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="只给出数据.json 的 JSON Schema")] = False,
    collection: CollectionOption = None,
    password: PasswordOption = None,
    as_json: Json = False,
) -> int:
    """把 JSON 数据写入工作簿的填报单元格，另存为新文件。"""
    from workbook_builder.files import read_file, write_file
    from workbook_builder.judge.fill import fill as filled_workbook
    from workbook_builder.judge.fill import open_ours, read_entry
    from workbook_builder.judge.filling_schema import filling_schema

    desk = desk_for(workbook, collection, password or ())
    if schema:
        print_json(filling_schema(open_ours(read_file(workbook), workbook.name, desk)))
        return 0
    if data is None or output is None:
        raise UsageError("用法不对：fill 要有数据.json 和 -o 结果.xlsx；要知道数据怎样写，请用 --schema。")
    entry = read_entry(read_file(data), data.name)
    write_file(output, filled_workbook(read_file(workbook), workbook.name, entry, desk))
    if as_json:
        print_json({"file": str(output)})
    else:
        OUT.print(one_line(f"已写入“{output}”。"), soft_wrap=True)
    return 0


def _verdicts(results: Sequence["Checked"]) -> str:
    """How many files there are of each verdict; nothing of a single one."""
    from workbook_builder.centre.words import STATUS_WORDS

    if len(results) == 1:
        return ""
    counts = Counter(result.status for result in results)
    told = "，".join(f"{words} {counts[status]}" for status, words in STATUS_WORDS.items() if counts[status])
    return f"\n共 {len(results)} 个文件：{told}。\n"


@app.command()
def check(
    workbooks: Annotated[
        list[Path],
        typer.Argument(metavar="工作簿", readable=False, help="文件、压缩包、文件夹，或任务文件夹"),
    ],
    collection: CollectionOption = None,
    password: PasswordOption = None,
    scheduler: SchedulerOption = None,
    details: Annotated[bool, typer.Option("--details", help="文件结构方面的提醒也逐条列出")] = False,
    as_json: Json = False,
) -> int:
    """检查填好的工作簿：可以接收，还是应退回修改。不写任何文件。

    给出任务文件夹时，检查其中的 收回/。
    """
    from workbook_builder.cli import console, progress_bar
    from workbook_builder.collection.folder import incoming
    from workbook_builder.intake.arrivals import sources_in
    from workbook_builder.judge.batch import checked_files

    paths = [file for path in workbooks for file in incoming(path)]
    if not paths:
        raise UsageError(f"“{workbooks[0]}”中没有文件。请把交回的工作簿放进去再检查。")
    batches = [(desk, sources_in(own)) for desk, own in desks_for(paths, collection, password or ())]
    count = sum(len(sources) for _, sources in batches)
    results: list[Checked] = []
    with workers_at(scheduler) as executor, progress_bar.progress(ERR) as progress:
        try:
            for desk, sources in batches:
                for result in checked_files(sources, desk, executor):
                    results.append(result)
                    progress(len(results), count)
        except KeyboardInterrupt as error:
            if not as_json:
                console.show_checked(results, OUT, is_detailed=details)
            words = (
                f"已检查 {len(results)} 个文件，还有 {count - len(results)} 个没有检查；检查不写任何文件，要从头再做。"
            )
            raise InterruptedRun(words) from error
    if as_json:
        print_json([result.to_json() for result in results])
    else:
        console.show_checked(results, OUT, is_detailed=details)
        OUT.print(_verdicts(results), end="", soft_wrap=True)
    return max(EXIT_CODES[result.status] for result in results)
