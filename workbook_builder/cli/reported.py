"""What people read in the terminal of a report and of the reviews taken over for it."""

from rich.console import Console

from workbook_builder.centre.report.review_intake import Applied
from workbook_builder.centre.report.write import Reported
from workbook_builder.centre.words import outdated_words
from workbook_builder.cli.console import FILES_NAMED, findings_table, say, show_withdrawn
from workbook_builder.cli.text import one_line
from workbook_builder.collection.folder import REPORT


def show_reported(reported: Reported, console: Console) -> None:
    """What was taken over from 汇总.xlsx and its parts, and what was written."""
    for applied in reported.applied:
        _show_applied(applied, console)
    if reported.copy:
        words = f"{REPORT} 上次生成后被改动过，原来的一份已另存为 {one_line(str(reported.copy))}。"
        say(words, console)
    if reported.file:
        say(f"已生成 {one_line(str(reported.file))}，共 {reported.projects} 个项目。", console)
    else:
        _show_not_written(reported, console)
    for path in reported.parts:
        say(f"已生成 {one_line(str(path))}", console)
    _show_open(reported, console)
    show_withdrawn(reported.withdrawn, console)
    for words in reported.unread[:FILES_NAMED]:
        say(f"[yellow]没有读出、不在合计中[/yellow]：{one_line(words)}。", console)
    for path in reported.csv_files:
        say(f"已生成 {one_line(str(path))}", console)


def _show_open(reported: Reported, console: Console) -> None:
    """What reviewers have to look at once more."""
    if reported.disputed:
        codes = one_line("、".join(reported.disputed[:FILES_NAMED]))
        words = f"{len(reported.disputed)} 个项目的审核意见不一[/yellow]：{codes}。请在 {REPORT} 的“审核”表按提示确定。"
        say(f"[yellow]{words}", console)
    if reported.outdated:
        say(f"[yellow]{one_line(outdated_words(reported.outdated))}[/yellow]", console)


def _show_not_written(reported: Reported, console: Console) -> None:
    if any(one.mistakes for one in reported.applied):
        words = "请按上面的提示改正、保存并关闭后，再运行一次；不要其中这些内容的，把它移走后再运行。"
        say(f"有读不懂的内容的文件原样保留，没有重新生成。{words}", console)
    elif not any(_says_something(one) for one in reported.applied):
        say("没有新的审核、批复，台账没有变。", console)


def _says_something(applied: Applied) -> bool:
    """Whether a file held something new, or something that could not be taken over."""
    return bool(applied.kept or applied.assigned or applied.approvals or applied.findings)


def _show_applied(applied: Applied, console: Console) -> None:
    """What was taken over from one file."""
    name = one_line(applied.path.name)
    if applied.kept:
        say(f"{name} 中有 {applied.kept} 个项目的审核有新内容，已记入台账。", console)
    if applied.assigned:
        say(f"{name} 中有 {applied.assigned} 个项目改了审核人，已记入台账。", console)
    if applied.approvals:
        say(f"{name} 中有 {applied.approvals} 个项目的批复有新内容，已记入台账。", console)
    if applied.findings:
        console.print(findings_table(applied.findings))
    if applied.mistakes:
        say(f"[red]{name} 有 {len(applied.mistakes)} 处读不懂[/red]，这些行没有记入台账。", console)
    if applied.conflicts:
        say(
            f"[red]{name} 有 {len(applied.conflicts)} 处与别人的意见不一[/red]，没有采用，其余的行已记入台账。", console
        )
    if applied.copy:
        say(f"{name} 另存了一份：{one_line(str(applied.copy))}。", console)
