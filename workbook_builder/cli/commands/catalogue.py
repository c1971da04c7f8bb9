"""The rules and the template: rules, template check, template describe."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbook_builder.cli.commands.common import OUT, Json, print_json
from workbook_builder.cli.text import one_line

app = typer.Typer()
template_app = typer.Typer(help="检查和说明申报表模板。", no_args_is_help=True)
app.add_typer(template_app, name="template")


@app.command()
def rules(
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="写成 Markdown，即 docs/rules.md")] = False,
) -> int:
    """列出全部规则：编号、级别、检查什么。"""
    from workbook_builder.cli.listings import rules_table
    from workbook_builder.form import rules_text
    from workbook_builder.form.rules import listed, packaged_catalogue
    from workbook_builder.form.template_reading import load_template
    from workbook_builder.resources import PACKAGED_TEMPLATE, packaged_template

    catalogue = packaged_catalogue()
    form = load_template(packaged_template(), PACKAGED_TEMPLATE, catalogue).form
    known = listed(catalogue.rules, form)
    if as_json:
        print_json(rules_text.to_json(known))
    elif as_markdown:
        sys.stdout.write(rules_text.to_markdown(known))
    else:
        OUT.print(rules_table(known))
    return 0


@template_app.command("check")
def template_check(
    template: Annotated[Path, typer.Argument(metavar="模板.xlsx", readable=False)], as_json: Json = False
) -> int:
    """检查模板，按工作表和单元格指出错误。"""
    from workbook_builder.blank.template_check import check_template
    from workbook_builder.cli import console
    from workbook_builder.files import read_file
    from workbook_builder.findings import has_errors
    from workbook_builder.form.rules import packaged_catalogue

    found = check_template(read_file(template), template.name, packaged_catalogue())
    if as_json:
        print_json({"file": template.name, "findings": [finding._asdict() for finding in found]})
    elif found:
        OUT.print(console.findings_table(found))
    else:
        OUT.print(one_line(f"模板“{template.name}”没有错误。"), soft_wrap=True)
    return 1 if has_errors(found) else 0


@template_app.command("describe")
def template_describe(
    template: Annotated[Path, typer.Argument(metavar="模板.xlsx", readable=False)], as_json: Json = False
) -> int:
    """用文字说明模板：字段、选项、每张表上的标记。"""
    from workbook_builder.files import read_file
    from workbook_builder.form.rules import packaged_catalogue
    from workbook_builder.form.template_reading import load_template
    from workbook_builder.form.template_text import describe

    data = read_file(template)
    text = describe(load_template(data, template.name, packaged_catalogue()))
    if as_json:
        print_json({"file": template.name, "text": text.splitlines()})
    else:
        sys.stdout.write(text)
    return 0


@template_app.command("document")
def template_document(
    target: Annotated[Path, typer.Argument(metavar="公开模板.docx", readable=False, help="写到哪里，不覆盖已有文件")],
    as_json: Json = False,
) -> int:
    """写出随附的公开文档模板：用 Word 改好，放进任务文件夹，publish 就用它。"""
    from workbook_builder.files import write_file
    from workbook_builder.resources import packaged_publish_template

    write_file(target, packaged_publish_template())
    if as_json:
        print_json({"file": str(target)})
    else:
        OUT.print(one_line(f"已写出“{target}”。用 Word 改好后，以 公开模板.docx 为名放进任务文件夹。"), soft_wrap=True)
    return 0
