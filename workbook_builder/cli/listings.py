"""What people read in the terminal of rules, and of the inputs of a workbook."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from workbook_builder.cli.text import Prose, one_line
from workbook_builder.form.rules import LEVEL_NAMES, Rule
from workbook_builder.form.rules_text import CLASS_NAMES
from workbook_builder.form.template_text import TYPE_WORDS


def rules_table(rules: Iterable[Rule]) -> Table:
    """Every rule with its level, where it is checked and what it is about."""
    table = Table(header_style="bold", expand=True, padding=(0, 1), box=box.SIMPLE_HEAD)
    for title in ("编号", "级别", "在哪里"):
        table.add_column(title, no_wrap=True)
    table.add_column("检查什么", ratio=1)
    for rule in rules:
        table.add_row(
            rule.id, LEVEL_NAMES[rule.level_now], CLASS_NAMES[rule.rule_class], Prose.of(one_line(rule.title))
        )
    return table


def inputs_table(inputs: Sequence[Mapping[str, Any]]) -> Table:
    """The input cells of a workbook."""
    table = Table(header_style="bold", padding=(0, 1))
    for title in ("字段", "名称", "工作表", "单元格", "类型", "必填"):
        table.add_column(title, overflow="fold")
    for entry in inputs:
        words = [*(entry[key] for key in ("key", "label", "sheet", "cell")), TYPE_WORDS[entry["type"]]]
        table.add_row(*(one_line(word) for word in words), "是" if entry["required"] else "")
    return table
