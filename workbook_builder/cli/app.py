"""The command workbook-builder: puts the commands together, and turns what goes wrong into words and exit codes."""

import io
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from workbook_builder.cli.chinese import in_chinese
from workbook_builder.cli.commands import (
    addin,
    catalogue,
    deciding,
    incoming,
    merging,
    onward,
    publishing,
    reporting,
    rounds,
    workbooks,
)
from workbook_builder.cli.commands.common import ERR, print_json
from workbook_builder.cli.interruption import INTERRUPTED, interrupted
from workbook_builder.cli.password import with_passwords
from workbook_builder.cli.text import one_line
from workbook_builder.errors import CRASHED, ContentError, UnreadableError, UserError, came_of_interrupt
from workbook_builder.findings import Finding
from workbook_builder.garbage import collect_seldom

app = typer.Typer(no_args_is_help=True, add_completion=False)
# In the order of a round, as --help lists them.
for group in (rounds, workbooks, incoming, deciding, merging, reporting, onward, publishing, catalogue, addin):
    app.add_typer(group.app)

USAGE_WORDS = {
    r"Missing argument '(.+?)'": r"缺少参数 \1。",
    r"Missing option '(.+?)'": r"缺少选项 \1。",
    r"Missing parameter: (.+)": r"缺少 \1。",
    r"No such command '(.+?)'\. Did you mean '(.+?)'": r"没有命令“\1”，是不是 \2？",
    r"No such command '(.+?)'": r"没有命令“\1”。",
    r"No such option: (\S+) \(Possible options: (.+)\)": r"没有选项 \1，是不是 \2？",
    r"No such option: (\S+)": r"没有选项 \1。",
    r"Option '(.+?)' requires an argument": r"选项 \1 后面缺少内容。",
    r"Got unexpected extra argument(?:s|\(s\))? \((.+?)\)": r"多出了参数 \1。",
    r"Invalid value for '(.+?)': Input should be a valid integer": r"\1 应为整数。",
    r"Invalid value for '(.+?)': Input should be less than or equal to (\d+)": r"\1 应不大于 \2。",
    r"Invalid value for '(.+?)': Input should be greater than or equal to (\d+)": r"\1 应不小于 \2。",
    r"Invalid value for '(.+?)': ": r"\1 的内容不对。",
}


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"workbook-builder {version('workbook-builder')}\n")
        raise typer.Exit


@app.callback()
def command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本")
    ] = False,
) -> None:
    """绩效目标申报工作簿：下发、检查、收表、汇总。每个命令加 --help 看用法。"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit code. No traceback reaches the user unless --debug asks for it."""
    collect_seldom()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # redirected, it may be of a code page that lacks our letters
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        return _run(
            lambda: in_chinese(typer.main.get_command(app))(list(with_passwords(words)), standalone_mode=False),
            as_json="--json" in words,
        )
    except Exception as error:
        if "--json" in words:
            print_json({"error": f"程序内部出错：{type(error).__name__}", "findings": []})
        if debug:
            traceback.print_exc()
        else:
            ERR.print(
                f"[red]程序内部出错[/red]：{type(error).__name__}。请加 --debug 重新运行，把显示的内容发给维护人员。"
            )
        return CRASHED


def _run(command: Callable[[], Any], *, as_json: bool) -> int:
    try:
        code = _carried_out(command)
        return interrupted(as_json=as_json) if code == INTERRUPTED else code
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return interrupted(as_json=as_json)
    except typer.TyperException as error:
        if words := _usage_words(error.format_message()):
            if as_json:
                print_json({"error": f"用法不对：{words}", "findings": []})
            ERR.print(f"[red]用法不对[/red]：{one_line(words)}\n请加 --help 看用法。", soft_wrap=True)
        return 2
    except UserError as error:
        _show(error, as_json=as_json)
        return error.exit_code


def _carried_out(command: Callable[[], Any]) -> int:
    """Gives its exit code. Ctrl-C stays Ctrl-C, whatever a library that it came upon made of it."""
    try:
        return int(command() or 0)
    except Exception as error:
        if came_of_interrupt(error):
            raise KeyboardInterrupt from error
        raise


def _usage_words(message: str) -> str:
    """What the command line's library says, in Chinese as far as it is known; "" where it has shown the help already."""
    for pattern, words in USAGE_WORDS.items():
        if match := re.match(pattern, message):
            return match.expand(words)
    return message


def _show(error: UserError, *, as_json: bool) -> None:
    from workbook_builder.cli.console import findings_table

    findings: tuple[Finding, ...] = ()
    if isinstance(error, ContentError):
        findings = error.findings
    elif isinstance(error, UnreadableError):
        findings = (error.finding,)
    if as_json:
        print_json({"error": str(error), "findings": [finding._asdict() for finding in findings]})
    ERR.print(f"[red]{one_line(str(error))}[/red]", soft_wrap=True)
    if isinstance(error, ContentError):
        ERR.print(findings_table(findings))
