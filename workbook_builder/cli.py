"""The command workbook-builder: reads its arguments, calls the library, shows what it says. No logic of its own."""

import json
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from workbook_builder.errors import ContentError, UnreadableError, UsageError, UserError
from workbook_builder.findings import Finding

app = typer.Typer(no_args_is_help=True, add_completion=False)
template_app = typer.Typer(help="检查和说明申报表模板。", no_args_is_help=True)
app.add_typer(template_app, name="template")

INTERRUPTED = 130  # as shells say it
USAGE_WORDS = {
    r"Missing argument '(.+?)'": r"缺少参数 \1。",
    r"Missing option '(.+?)'": r"缺少选项 \1。",
    r"Missing parameter: (.+)": r"缺少 \1。",
    r"No such command '(.+?)'": r"没有命令“\1”。",
    r"No such option: (\S+)": r"没有选项 \1。",
    r"Option '(.+?)' requires an argument": r"选项 \1 后面缺少内容。",
    r"Got unexpected extra arguments? \((.+?)\)": r"多出了参数 \1。",
    r"Invalid value for '(.+?)': ": r"\1 的内容不对。",
}

OUT, ERR = Console(highlight=False), Console(stderr=True, highlight=False)

Folder = Annotated[Path, typer.Argument(metavar="[任务文件夹]", help="默认为当前文件夹")]
Json = Annotated[bool, typer.Option("--json", help="在标准输出写一个 JSON 文档")]
CollectionOption = Annotated[
    Path | None, typer.Option("--collection", metavar="任务文件夹", help="默认：文件所在的任务文件夹，没有则用随附模板")
]


def print_json(content: object) -> None:
    """The one JSON document of a command."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"workbook-builder {version('workbook-builder')}\n")
        raise typer.Exit


@app.callback()
def command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本")
    ] = False,
) -> None:
    """绩效目标申报工作簿：生成下发、检查。每个命令加 --help 看用法。"""


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件夹", help="写到哪里")] = Path("演示"),
    as_json: Json = False,
) -> int:
    """在随附的真实例子上走完一整轮：新建任务、下发、填报、检查。"""
    from workbook_builder import console, demo

    done = demo.run(output)
    if as_json:
        files = {"issued": str(done.issued), "filled": str(done.filled)}
        print_json({"collection": str(done.collection.folder), **files, "checked": done.checked.to_json()})
    else:
        console.show_checked([done.checked], OUT)
        files_made = (
            ("名册", done.collection.roster),
            ("模板", done.collection.template),
            ("下发的工作簿", done.issued),
            ("填好的工作簿", done.filled),
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
    from workbook_builder import desk
    from workbook_builder.collection import Collection, new_collection
    from workbook_builder.files import read_file
    from workbook_builder.roster_sheets import offered_by
    from workbook_builder.roster_workbook import new_roster
    from workbook_builder.template import load_template

    data, catalogue = read_file(template) if template else desk.packaged_template(), desk.packaged_catalogue()
    form = load_template(data, template.name if template else "模板.xlsx", catalogue).form
    new_collection(folder, new_roster(year, offered_by(form, catalogue)), data)
    collection = Collection(folder)
    if as_json:
        print_json({"folder": str(folder), "roster": str(collection.roster), "template": str(collection.template)})
    else:
        words = f"已新建“{folder}”。请在 Excel 中填写 {collection.roster}，再运行 workbook-builder generate。"
        OUT.print(escape(words), soft_wrap=True)
    return 0


@app.command()
def generate(folder: Folder = Path(), as_json: Json = False) -> int:
    """按名册为每个项目生成锁定的工作簿，写入 下发/。"""
    from workbook_builder import Collection, console, desk
    from workbook_builder import generate as write_workbooks

    done = write_workbooks(Collection(folder), desk.packaged_catalogue())
    if as_json:
        print_json(
            {
                "written": [str(path) for path in done.written],
                "unchanged": [str(path) for path in done.unchanged],
                "levels": dict(done.levels),
                "findings": [finding._asdict() for finding in done.warnings],
            }
        )
    else:
        console.show_generated(done, OUT)
    return 0


@app.command()
def describe(
    workbook: Annotated[Path, typer.Argument(metavar="工作簿")],
    collection: CollectionOption = None,
    as_json: Json = False,
) -> int:
    """列出工作簿的每个填报单元格。"""
    from workbook_builder import console, open_ours
    from workbook_builder import describe as inputs_of
    from workbook_builder.files import read_file

    opened = open_ours(read_file(workbook), workbook.name, _desk([workbook], collection))
    content = inputs_of(opened)
    if as_json:
        print_json(content)
    else:
        OUT.print(console.inputs_table(content["inputs"]))
    return 0


@app.command()
def fill(
    workbook: Annotated[Path, typer.Argument(metavar="工作簿")],
    data: Annotated[Path, typer.Argument(metavar="数据.json")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="结果.xlsx", help="写到哪里，不覆盖已有文件")],
    collection: CollectionOption = None,
    as_json: Json = False,
) -> int:
    """把 JSON 数据写入工作簿的填报单元格，另存为新文件。"""
    from workbook_builder import fill as filled_workbook
    from workbook_builder.files import read_file, write_file
    from workbook_builder.fill import read_entry

    entry = read_entry(read_file(data), data.name)
    filled = filled_workbook(read_file(workbook), workbook.name, entry, _desk([workbook], collection))
    write_file(output, filled)
    if as_json:
        print_json({"file": str(output)})
    else:
        OUT.print(escape(f"已写入“{output}”。"), soft_wrap=True)
    return 0


@app.command()
def check(
    workbooks: Annotated[
        list[Path], typer.Argument(metavar="工作簿…", help="文件、文件夹或任务文件夹（检查其中的 收回/）")
    ],
    collection: CollectionOption = None,
    as_json: Json = False,
) -> int:
    """检查填好的工作簿：可以接收，还是应退回修改。不写任何文件。"""
    from workbook_builder import check_file, console
    from workbook_builder.collection import incoming

    paths = [file for path in workbooks for file in incoming(path)]
    if not paths:
        raise UsageError(f"“{workbooks[0]}”中没有文件。请把交回的工作簿放进去再检查。")
    desk = _desk(paths, collection)
    results = [check_file(path, desk) for path in paths]
    if as_json:
        print_json([result.to_json() for result in results])
    else:
        console.show_checked(results, OUT)
    codes = {"accepted": 0, "returned": 1, "unreadable": 3}
    return max(codes[result.status] for result in results)


@app.command("import")
def import_(
    folder: Folder = Path(),
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[文件或文件夹]…", help="默认为任务文件夹中的 收回/")
    ] = None,
    ledger: Annotated[
        str | None, typer.Option("--ledger", metavar="地址", help="台账数据库，默认为 档案/台账.db")
    ] = None,
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


@app.command()
def rules(
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="写成 Markdown，即 docs/rules.md")] = False,
) -> int:
    """列出全部规则：编号、级别、检查什么。"""
    from workbook_builder import console, desk, rules_text
    from workbook_builder.catalogue import listed
    from workbook_builder.template import load_template

    catalogue = desk.packaged_catalogue()
    form = load_template(desk.packaged_template(), desk.PACKAGED_TEMPLATE, catalogue).form
    known = listed(catalogue.rules, form)
    if as_json:
        print_json(rules_text.to_json(known))
    elif as_markdown:
        sys.stdout.write(rules_text.to_markdown(known))
    else:
        OUT.print(console.rules_table(known))
    return 0


@template_app.command("check")
def template_check(template: Annotated[Path, typer.Argument(metavar="模板.xlsx")], as_json: Json = False) -> int:
    """检查模板，按工作表和单元格指出错误。"""
    from workbook_builder import console, desk
    from workbook_builder.files import read_file
    from workbook_builder.findings import has_errors
    from workbook_builder.template_check import check_template

    found = check_template(read_file(template), template.name, desk.packaged_catalogue())
    if as_json:
        print_json({"file": template.name, "findings": [finding._asdict() for finding in found]})
    elif found:
        OUT.print(console.findings_table(found))
    else:
        OUT.print(escape(f"模板“{template.name}”没有错误。"), soft_wrap=True)
    return 1 if has_errors(found) else 0


@template_app.command("describe")
def template_describe(template: Annotated[Path, typer.Argument(metavar="模板.xlsx")], as_json: Json = False) -> int:
    """用文字说明模板：字段、选项、每张表上的标记。"""
    from workbook_builder import desk
    from workbook_builder.files import read_file
    from workbook_builder.template import load_template
    from workbook_builder.template_text import describe

    data = read_file(template)
    text = describe(load_template(data, template.name, desk.packaged_catalogue()))
    if as_json:
        print_json({"file": template.name, "text": text.splitlines()})
    else:
        sys.stdout.write(text)
    return 0


def _desk(workbooks: Sequence[Path], folder: Path | None) -> Any:
    from workbook_builder.collection import Collection
    from workbook_builder.desk import Desk

    if folder is not None:
        return Desk(Collection(folder))
    return Desk(Collection.of(workbooks[0]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit code. No traceback reaches the user unless --debug asks for it."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        return _run(lambda: app(words, standalone_mode=False), as_json="--json" in words)
    except Exception as error:
        if "--json" in words:
            print_json({"error": f"程序内部出错：{type(error).__name__}", "findings": []})
        if debug:
            traceback.print_exc()
        else:
            ERR.print(
                f"[red]程序内部出错[/red]：{type(error).__name__}。请加 --debug 重新运行，把显示的内容发给维护人员。"
            )
        return 3


def _run(command: Callable[[], Any], *, as_json: bool) -> int:
    try:
        return int(command() or 0)
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        ERR.print("已中断。")
        return INTERRUPTED
    except typer.TyperException as error:
        if words := _usage_words(error.format_message()):
            if as_json:
                print_json({"error": f"用法不对：{words}", "findings": []})
            ERR.print(f"[red]用法不对[/red]：{escape(words)}\n请加 --help 看用法。", soft_wrap=True)
        return 2
    except UserError as error:
        _show(error, as_json=as_json)
        return error.exit_code


def _usage_words(message: str) -> str:
    """What the command line's library says, in Chinese as far as it is known; "" where it has shown the help already."""
    for pattern, words in USAGE_WORDS.items():
        if match := re.match(pattern, message):
            return match.expand(words)
    return message


def _show(error: UserError, *, as_json: bool) -> None:
    from workbook_builder.console import findings_table

    findings: tuple[Finding, ...] = ()
    if isinstance(error, ContentError):
        findings = error.findings
    elif isinstance(error, UnreadableError):
        findings = (error.finding,)
    if as_json:
        print_json({"error": str(error), "findings": [finding._asdict() for finding in findings]})
    ERR.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
    if isinstance(error, ContentError):
        ERR.print(findings_table(findings))


if __name__ == "__main__":
    sys.exit(main())
