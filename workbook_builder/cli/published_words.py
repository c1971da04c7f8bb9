"""What was written for the public, and how a published document differs, shown in the terminal."""

from rich.console import Console

from workbook_builder.centre.publish.comparing import KIND_WORDS
from workbook_builder.centre.publish.publishing import Check, Published
from workbook_builder.cli.console import ENTRIES_NAMED, say
from workbook_builder.cli.text import one_line


def show_published(done: Published, console: Console) -> None:
    """What would embarrass first; then what is not published and why; then what was written."""
    for concern in done.concerns[:ENTRIES_NAMED]:
        whose = f"{concern.project_name}（{concern.project_code}）：{concern.message}"
        say(f"[yellow]公开前请改[/yellow] {one_line(whose)}", console)
    if len(done.concerns) > ENTRIES_NAMED:
        say(f"…… 共 {len(done.concerns)} 处，加 --json 全部列出。", console)
    for entry in done.left_out:
        words = f"{entry.unit_code} {entry.project_code} {entry.project_name}：{entry.why}。"
        say(f"[yellow]不公开[/yellow] {one_line(words)}", console)
    for one in done.published:
        if one.withheld:
            words = f"{one.project_name}：{'、'.join(one.withheld)}。"
            say(f"[yellow]子项目的表不公开[/yellow] {one_line(words)}", console)
    if done.is_stopped:
        say(f"[red]有 {len(done.concerns)} 处不宜公开的问题，没有写出任何文件。[/red]改正后再运行。", console)
        return
    for path in done.removed:
        say(f"已删去不再公开的 {one_line(str(path))}", console)
    if done.no_pdf:
        say(f"[yellow]{done.no_pdf}[/yellow]", console)
    files = f"写出 {len(done.written)} 个文件，{len(done.unchanged)} 个与上次相同"
    say(
        f"公开 {len(done.published)} 个项目，不公开 {len(done.left_out)} 个；{files}，在“{one_line(str(done.folder))}”。",
        console,
    )


def show_check(check: Check, console: Console) -> None:
    """Each difference with its place, then the conclusion."""
    compared = check.compared
    for one in check.unfit:
        say(f"[red]不应公开[/red] {one_line(f'{one.project_name}（{one.project_code}）：{one.why}。')}", console)
    for difference in compared.differences:
        say(f"[red]{KIND_WORDS[difference.kind]}[/red] {one_line(difference.message)}", console)
    name = one_line(check.file)
    if not compared.projects:
        say(f"“{name}”中没有认出台账里的任何项目，没有比较。请核对文件，或写明项目编码。", console)
        return
    what = f"“{name}”有 {len(compared.projects)} 个项目"
    verdict = f"，与台账不同的有 {len(compared.differences)} 处。" if compared.differences else "，与台账一致。"
    say(what + verdict, console)
