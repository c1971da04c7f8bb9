"""Sheets that were renamed, put elsewhere or hidden."""

from collections.abc import Iterator

from workbook_builder.findings import Finding
from workbook_builder.judge.alterations.compared import Compared, sheets_named
from workbook_builder.rule_ids import (
    STRUCTURE_HIDDEN_CONTENT,
    STRUCTURE_SHEET_ADDED,
    STRUCTURE_SHEET_MOVED,
    STRUCTURE_SHEET_RENAMED,
)


def sheets(compared: Compared) -> Iterator[Finding]:
    """What became of the sheets as a whole."""
    yield from _renamed(compared)
    yield from _rearranged(compared)
    yield from _hidden(compared)
    for title in compared.reading.belongings.other_sheets:
        message = f"「{title}」图表工作表不是下发时就有的，其中的内容不计入申报。请删除这张表。"
        yield compared.told(STRUCTURE_SHEET_ADDED, message, title)


def _renamed(compared: Compared) -> Iterator[Finding]:
    for issued, now in compared.located.titles.items():
        title = compared.title_as_issued(issued)
        if title != now:
            message = f"「{now}」表：下发时名为「{title}」，内容已照常读取。请把工作表的名称改回，不要改名。"
            yield compared.told(STRUCTURE_SHEET_RENAMED, message, now, value=now, expected=title)


def _rearranged(compared: Compared) -> Iterator[Finding]:
    """Sheets in another order than issued; earlier versions laid them out in another."""
    if not compared.opened.is_beside_its_own_blank:
        return
    issued = [pair.now.title for pair in compared.pairs]
    now = [title for title in compared.reading.sheets if title in {*issued}]
    if issued != now:
        order = "、".join(issued)
        message = f"工作表的先后次序被改动，内容已照常读取。下发时依次为：{order}。"
        yield compared.told(STRUCTURE_SHEET_MOVED, message, value="、".join(now), expected=order)


def _hidden(compared: Compared) -> Iterator[Finding]:
    hidden = [
        pair.now.title
        for pair in compared.pairs
        if pair.laid and pair.issued.state == "visible" and pair.now.state != "visible"
    ]
    if hidden:
        message = f"{sheets_named(hidden)}被隐藏，其中的内容照常读取，打开文件时却看不到。请取消隐藏后再看。"
        yield compared.told(STRUCTURE_HIDDEN_CONTENT, message, hidden[0])
