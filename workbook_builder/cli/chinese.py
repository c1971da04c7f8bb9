"""What the command line's library says of itself in Chinese, and what is typed as values, without its slower parts.

Help is drawn and values are validated by libraries that take longer to load than a file takes to be checked. Help in
Chinese is prepared where help is shown; texts and paths, which need no validating, are taken as they are.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import typer

PLAIN: dict[Any, type] = {str: str, Path: Path, list[str]: str, list[Path]: Path}


def in_chinese(whole: Any) -> Any:
    """A command of the library with all commands in it, made to behave so."""
    for one in _with_subcommands(whole):
        one.format_help = partial(_help, one, one.format_help)
        one.get_usage = partial(_usage, one.get_usage)
        one.options_metavar, one.subcommand_metavar = "[选项]", "命令 [参数]…"
        for parameter in one.get_params(typer.Context(one)):
            parameter.get_runtime_param = partial(_Reader, parameter.get_runtime_param)
    return whole


def _with_subcommands(command: Any) -> Iterator[Any]:
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from _with_subcommands(one)


def _help(command: Any, of_library: Callable[[Any, Any], None], context: Any, formatter: Any) -> None:
    from typer import rich_utils  # noqa: PLC0415 - see above

    panels = ("参数", "选项", "命令")
    rich_utils.ARGUMENTS_PANEL_TITLE, rich_utils.OPTIONS_PANEL_TITLE, rich_utils.COMMANDS_PANEL_TITLE = panels
    rich_utils.REQUIRED_LONG_STRING, rich_utils.DEFAULT_STRING = "[必填]", "[默认：{}]"
    if option := command.get_help_option(context):
        option.help = "显示用法"
    for parameter in command.get_params(context):
        if (parameter.display_type_rich(ctx=context) or "").startswith("<"):  # such as <path>: for programmers
            parameter.display_type_rich = _no_type
    of_library(context, formatter)


def _usage(of_library: Callable[[Any], str], context: Any) -> str:
    return of_library(context).replace("Usage: ", "用法：", 1)


def _no_type(**_context: Any) -> None:
    return None


class _Reader(NamedTuple):
    """Turns what is typed into the value of a parameter, as the library's own reader does."""

    of_library: Callable[[], Any]

    def coerce(self, value: Any, param: Any, ctx: typer.Context) -> Any:
        """The value; only what has to be validated is given to the library."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        wanted = param.type_descriptor
        kind = PLAIN.get(wanted.annotation)
        if kind is None or (kind is Path and wanted.parameter_info.readable):
            return self.of_library().coerce(value, param=param, ctx=ctx)
        return [kind(one) for one in value] if wanted.is_list else kind(value)
