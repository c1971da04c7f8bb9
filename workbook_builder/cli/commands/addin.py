"""The Excel add-in: addin build, addin install, and addin run, which its buttons call."""

from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import OUT, Json, print_json
from workbook_builder.cli.text import one_line
from workbook_builder.errors import UsageError

app = typer.Typer()
addin_app = typer.Typer(help="Excel 加载项：生成、安装。", no_args_is_help=True)
app.add_typer(addin_app, name="addin")


@addin_app.command("build")
def build(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="加载项.xlam", help="写到哪里")] = Path(
        "workbook_builder.xlam"
    ),
    as_json: Json = False,
) -> int:
    """由 macros/ 中的文本生成加载项。"""
    from workbook_builder.addin import build as builder
    from workbook_builder.files import write_file

    write_file(output, builder.build(builder.module_texts()), overwrite=True)
    if as_json:
        print_json({"file": str(output)})
    else:
        OUT.print(one_line(f"已写入“{output}”。"), soft_wrap=True)
    return 0


@addin_app.command("install")
def install(
    uninstall: Annotated[bool, typer.Option("--uninstall", help="卸载")] = False,
    check: Annotated[bool, typer.Option("--check", help="只检查安装是否完好")] = False,
    as_json: Json = False,
) -> int:
    """为当前 Windows 用户安装加载项。

    重新启动 Excel 后出现“申报工作簿”选项卡。
    """
    from workbook_builder.addin import install as installer

    if uninstall and check:
        raise UsageError("--uninstall 和 --check 不能同时使用。")
    if check:
        faults = installer.faults()
        _say(faults or ["加载项安装完好。"], {"faults": faults}, as_json=as_json)
        return 1 if faults else 0
    if uninstall:
        removed = [str(path) for path in installer.uninstall()]
        words = [f"已删除“{path}”。" for path in removed] or ["加载项没有安装，没有改动。"]
        _say(words, {"removed": removed}, as_json=as_json)
        return 0
    where = installer.install()
    words = [f"加载项已安装到“{where.addin}”。请重新启动 Excel，使用“申报工作簿”选项卡。"]
    _say(words, {"addin": str(where.addin), "note": str(where.note)}, as_json=as_json)
    return 0


@addin_app.command("run", context_settings={"ignore_unknown_options": True})
def run(
    action: Annotated[str, typer.Argument(metavar="按钮")],
    result: Annotated[
        Path, typer.Option("--result", metavar="文件", readable=False, help="结果写到哪里，由加载项读取")
    ],
    book: Annotated[str, typer.Option("--book", metavar="工作簿", help="当前工作簿，转义为 ASCII")] = "",
    unsaved: Annotated[bool, typer.Option("--unsaved", help="当前工作簿有未保存的修改")] = False,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="名称=内容", help="对提问的回答，转义为 ASCII")
    ] = None,
    _of_xlwings: Annotated[list[str] | None, typer.Argument(metavar="xlwings 的参数")] = None,
    as_json: Json = False,
) -> int:
    """由加载项的按钮调用：执行一个按钮的功能，把要显示的内容写成结果行。"""
    from workbook_builder.addin.actions import ACTIONS
    from workbook_builder.addin.answers import to_json, to_lines, unescaped
    from workbook_builder.addin.call import Call
    from workbook_builder.addin.run import run as click
    from workbook_builder.files import write_file

    if action not in ACTIONS:
        raise UsageError(f"没有按钮“{action}”。可用的有：{'、'.join(ACTIONS)}。")
    answers = dict(unescaped(text).partition("=")[::2] for text in answer or ())
    steps, code = click(action, Call(Path(unescaped(book)) if book else None, unsaved, answers))
    write_file(Path(unescaped(str(result))), to_lines(steps), overwrite=True)
    if as_json:
        print_json(to_json(steps))
    return code


def _say(words: list[str], content: object, *, as_json: bool) -> None:
    if as_json:
        print_json(content)
    else:
        for line in words:
            OUT.print(one_line(line), soft_wrap=True)
