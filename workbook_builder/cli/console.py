"""What people read in the terminal: tables of findings, and what a run did."""

from __future__ import annotations  # nothing is loaded for its type: `check` needs no ledger

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from rich import box
from rich.console import Console
from rich.table import Table

from workbook_builder.centre.folding import folded
from workbook_builder.centre.words import MERGE_REFUSED, OUTCOME_WORDS, SEVERITY_WORDS, STATUS_WORDS, counted_words
from workbook_builder.cli.text import Prose, escape, one_line
from workbook_builder.collection.folder import REPORT
from workbook_builder.form.rules import LEVEL_NAMES
from workbook_builder.judge.work_sheet import BY_PERSON, BY_SYSTEM, work_sheet
from workbook_builder.values.normalised import quoted

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from workbook_builder.centre.chase_mail import Draft
    from workbook_builder.centre.package_out import Packed
    from workbook_builder.centre.returns.copies import Returned
    from workbook_builder.centre.rollover.rolled import Rolled
    from workbook_builder.collection.generate import Generated
    from workbook_builder.findings import Finding
    from workbook_builder.intake.imported import Imported, Item
    from workbook_builder.intake.merge import Merging
    from workbook_builder.intake.package_in import Delivered
    from workbook_builder.judge.check import Checked
    from workbook_builder.ledger.stands import Withdrawn
    from workbook_builder.ledger.status import Entry, Status

T = TypeVar("T", bound=str)
COLOURS = {
    "accepted": "green", "returned": "red", "unreadable": "red", "undecided": "yellow", "error": "red", "warning": "yellow",
}  # fmt: skip
MERGE_CLASH = f"[red]{MERGE_REFUSED}[/red]"
COUNT_WORDS = {
    "accepted": "可以接收", "returned": "应退回", "unreadable": "无法读取", "duplicates": "重复",
    "same_answers": "内容相同", "superseded": "较旧", "undecided": "待人工确定",
}  # fmt: skip
TOTALS = {"annual_funds": "年度资金", "total_funds": "项目资金总额"}
STATE_WIDTH, CONTACT_WIDTH = 10, 14  # two lines each, to leave room for names
FILES_NAMED, ENTRIES_NAMED = 20, 40  # in the terminal; the lists name all
LINES_AT_ONCE = 100  # printed together
RETURN_WORDS: Mapping[str, str] = {
    "written": "共生成退回稿",
    "unchanged": "已有而没有变化的",
    "changed_by_hand": "被改动过而没有覆盖的",
    "impossible": "不能生成、要另行联系单位的",
}


def coloured(word: T, names: Mapping[T, str]) -> str:
    """What a status, outcome or severity is called, in its colour."""
    colour = COLOURS.get(word)
    return f"[{colour}]{names[word]}[/{colour}]" if colour else names[word]


def say(words: str, console: Console) -> None:
    """A sentence in rich's markup; where it is longer than a line the terminal breaks it, which knows Chinese."""
    console.print(words, soft_wrap=True)


def show_checked(results: Iterable[Checked], console: Console, *, is_detailed: bool = False) -> None:
    """The verdict on each file and its findings; those about the file's build in one line, unless it is_detailed."""
    for result in results:
        errors = sum(1 for finding in result.findings if finding.severity == "error")
        warnings = len(result.findings) - errors
        counts = f"（错误 {errors}，提醒 {warnings}）" if result.findings else ""
        say(f"\n[bold]{one_line(result.file)}[/bold]：{coloured(result.status, STATUS_WORDS)}{counts}", console)
        if result.findings:
            console.print(findings_table(result.findings if is_detailed else folded(result.findings)))
        if result.declaration:
            say(review_line(result.findings), console)
        if result.uncompared:
            say(f"[dim]预先填写的 {len(result.uncompared)} 项内容未核对（没有任务文件夹可以比较）。[/dim]", console)


def review_line(findings: Sequence[Finding]) -> str:
    """The official review's work sheet in one line: what findings are evidence for, and what a person has to judge."""
    items = work_sheet(findings)["items"]
    scored = [f"{item['title']} {item['score']:g}/{item['points']}" for item in items if item["by"] == BY_SYSTEM]
    open_items = [item["title"] for item in items if item["by"] == BY_PERSON]
    return f"绩效目标审核工作单 {BY_SYSTEM}：{'、'.join(scored)}；{BY_PERSON}：{'、'.join(open_items)}。"


def findings_table(findings: Sequence[Finding]) -> Table:
    """One line per finding; alike ones on the same sheet share a line, so that the others are not lost among them."""
    table = Table(header_style="bold", expand=True, padding=(0, 1), box=box.SIMPLE_HEAD)
    table.add_column("级别", no_wrap=True, width=4)
    table.add_column("问题", ratio=1)
    for alike in _alike(findings):
        first, places = alike[0], "、".join(filter(None, (finding.cell or finding.key for finding in alike[1:])))
        more = f"\n[dim]同样的问题还有 {len(alike) - 1} 处：{places}[/dim]" if places else ""
        words = Prose.of(f"{one_line(first.message)} [dim]{first.rule}[/dim]{more}")
        table.add_row(coloured(first.severity, SEVERITY_WORDS), words)
    return table


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one rule on one sheet that say the same of the same value, or without a place the same; errors first."""
    groups: dict[tuple[str | None, ...], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.severity != "error"):
        words = None if finding.cell or finding.key else finding.message
        alike = (finding.severity, finding.rule, finding.sheet, finding.value, words)
        groups.setdefault(alike, []).append(finding)
    return list(groups.values())


def show_generated(generated: Generated, console: Console) -> None:
    """What was sent out, and what has become of earlier issues."""
    if generated.warnings:
        console.print(findings_table(generated.warnings))
    for path in generated.written[:FILES_NAMED]:
        say(f"已生成 {one_line(str(path))}", console)
    if len(generated.written) > FILES_NAMED:
        say(f"…… 共 {len(generated.written)} 个，全部列在下发清单中。", console)
    _show_not_written(generated, console)
    for codes, words in ((generated.split, "改为分开填报"), (generated.joined, "改回整份填报")):
        if codes:
            told = f"{len(codes)} 个母项目{words}：{'、'.join(codes)}。以前下发的工作簿交回后仍可导入，以后下发的为准。"
            say(one_line(told), console)
    if generated.levels:
        changed = "，".join(f"{rule} {LEVEL_NAMES[level]}" for rule, level in generated.levels.items())
        say(f"按名册的“规则”表，{len(generated.levels)} 条规则改了级别：{changed}。", console)
    packed = f"，打了 {len(generated.archives)} 个压缩包" if generated.archives else ""
    say(f"共生成 {len(generated.written)} 个工作簿{packed}。清单：{one_line(str(generated.issue_list))}", console)


def _show_not_written(generated: Generated, console: Console) -> None:
    """What was removed, left or passed over."""
    for path in generated.removed:
        say(f"已删除改名或换单位前的 {one_line(str(path))}", console)
    for path in generated.withdrawn:
        say(f"[yellow]名册中已没有这个项目，或它不再单独下发，核对后可以删除：{one_line(str(path))}[/yellow]", console)
    for path in generated.left_over[:FILES_NAMED]:
        say(f"[yellow]不属于现在的任何项目，核对后可以删除：{one_line(str(path))}[/yellow]", console)
    if len(generated.left_over) > FILES_NAMED:
        say(f"…… 这样的文件共 {len(generated.left_over)} 个。", console)
    for path in generated.outdated_archives:
        say(f"[yellow]压缩包里还是以前的工作簿，请加 --zip 重新打包：{one_line(str(path))}[/yellow]", console)
    for path in generated.emptied:
        say(f"已删除空文件夹 {one_line(str(path))}", console)
    if generated.waiting:
        say(f"[yellow]另有 {len(generated.waiting)} 个新的或有变动的没有生成（不在 --only 之中）。[/yellow]", console)
    if generated.unchanged:
        say(
            f"另有 {len(generated.unchanged)} 个工作簿与上次下发时相同，没有重新生成（要全部重新下发，请加 --all）。",
            console,
        )


def show_imported(imported: Imported, console: Console) -> None:
    """What became of each file, what changed, what is missing."""
    lines: list[str] = []
    for item in imported.items:
        words = coloured(item.outcome, OUTCOME_WORDS)
        status = f"，{coloured(item.checked.status, STATUS_WORDS)}" if item.checked else ""
        lines.append(f"[bold]{one_line(item.file)}[/bold]：{words}{status}")
        if item.checked and item.checked.status != "accepted":
            _say_all(lines, console)
            console.print(findings_table([f for f in item.checked.findings if f.severity == "error"]))
        lines += _more_on(item)
        if len(lines) >= LINES_AT_ONCE:
            _say_all(lines, console)
    _say_all(lines, console)
    for package in imported.packages:
        show_delivered(package, console)
    for item in imported.merged:
        _show_merged_item(item, console)
    counts = imported.to_json()
    words = "，".join(
        f"{label} {counts[key]}" for key, label in COUNT_WORDS.items() if counts[key] or key == "accepted"
    )
    say(
        f"\n共 {counts['files']} 个文件：{words}。还缺 {counted_words(len(imported.missing), imported.missing_parts)}"
        f"{'，用 status 列出' if imported.missing else ''}。",
        console,
    )


def _say_all(lines: list[str], console: Console) -> None:
    """And empties the list: rich takes hardly longer for many lines than for one."""
    if lines:
        say("\n".join(lines), console)
        lines.clear()


def _more_on(item: Item) -> Iterator[str]:
    """What is to be decided of a file that came, why it counts, what it changed."""
    if item.outcome == "undecided":
        yield "  请与单位核对，再用 prefer 指定以哪一份为准。"
    if item.note:
        yield f"  [yellow]{one_line(item.note)}[/yellow]"
    for change in item.changes:
        before, after = (one_line(quoted(text)) if text else "空" for text in (change.before, change.after))
        yield f"  {one_line(change.label)}：{before} → {after}"


def show_status(status: Status, console: Console) -> None:
    """How far a collection has come: counts, what is still to come, what fails most."""
    if status.is_asking:
        say(_counts_line(status), console)
    else:
        say(f"{status.settings.fiscal_year} 年度（{status.settings.round}）：批复供单位执行和留存，不用交回。", console)
    open_entries = [entry for entry in status.entries if entry.state != "accepted" or entry.is_undecided]
    if open_entries:
        console.print(_entries_table(open_entries))  # all of them: whoever asks wants to know whom to call
    show_withdrawn(status.withdrawn, console)
    if status.unread:
        say(
            f"[yellow]有 {len(status.unread)} 个文件没有采用（读不出、没有填写或不是本任务的）：{one_line('、'.join(status.unread[:FILES_NAMED]))}[/yellow]",
            console,
        )
    for rule in status.worst_rules:
        say(
            f"{coloured(rule.severity, SEVERITY_WORDS)} {one_line(rule.title)} [dim]{rule.rule}[/dim]：{rule.declarations} 份申报，{rule.findings} 处",
            console,
        )


def show_drafts(drafts: Sequence[Draft], console: Console) -> None:
    """The reminders that wait to be sent."""
    for draft in drafts:
        attached = f"，附 {len(draft.attachments)} 个工作簿" if draft.attachments else ""
        if draft.without:
            attached += f"，[yellow]{one_line('、'.join(draft.without))} 没有附件[/yellow]"
        address = one_line(draft.address) if draft.address else "[yellow]名册中没有可用的邮箱，请填写收件人[/yellow]"
        say(
            f"{one_line(draft.unit_name or draft.unit_code)}：{address}{attached}，{one_line(str(draft.file))}", console
        )
    if drafts:
        say(f"共 {len(drafts)} 封草稿。用邮件程序打开，核对后发送；程序自己不发邮件。", console)
        if any(draft.without for draft in drafts):
            words = "要退回的先用 return 生成退回稿，没交的空表在 下发/ 中被移走或改动过的用 generate 重新下发"
            say(f"没有附件的：{words}；再运行一次 chase，草稿就带上附件。", console)
    else:
        say("没有要催报的单位。", console)


def _counts_line(status: Status) -> str:
    settings = status.settings
    deadline = f"，截止 {settings.deadline}" if settings.deadline else ""
    own = {entry.unit.unit_code for entry in status.entries if entry.deadline != settings.deadline}
    deadline += f"，{len(own)} 个单位另有期限" if own else ""
    accepted = status.how_many("accepted", late=True)  # they are in no line of the table
    late = f"，逾期 {status.how_many(late=True)}{f'（其中已接收 {accepted}）' if accepted else ''}"
    title = f"[bold]{settings.fiscal_year} 年度（{settings.round}）[/bold]{deadline}"
    return f"{title}：应报 {counted_words(len(status.entries), status.parts)}，{status.counts_words}{late}。"


def _entries_table(entries: Iterable[Entry]) -> Table:
    table = Table(header_style="bold", expand=True, padding=(0, 1), box=box.SIMPLE_HEAD)
    table.add_column("单位", ratio=2)
    table.add_column("项目", ratio=3)
    for title, width in (("情况", STATE_WIDTH), ("错误", 4), ("联系人", CONTACT_WIDTH)):
        table.add_column(title, width=width)
    for entry in entries:
        unit = entry.unit
        words = (
            f"{unit.unit_code}\n{unit.unit_name}",
            f"{entry.project_code}\n{entry.project_name}",
            entry.state_words.replace("（", "\n（"),
            str(entry.errors or ""),
            "\n".join(filter(None, (unit.contact, unit.phone))),
        )
        table.add_row(*(Prose.of(escape(word)) for word in words))
    return table


def _show_merged_item(item: Item, console: Console) -> None:
    """A root project of which the last part came, or whose parts clash."""
    if item.checked is None:
        return
    status = f"各部分已交齐，{coloured(item.checked.status, STATUS_WORDS)}" if item.is_declared else MERGE_CLASH
    say(f"[bold]{one_line(item.file)}[/bold]：{status}", console)
    if errors := [finding for finding in item.checked.findings if finding.severity == "error"]:
        console.print(findings_table(errors))


def show_merging(merging: Merging, console: Console) -> None:
    """What was merged, what is missing, what clashes."""
    for path, checked in merging.written:
        say(f"已合并 {one_line(str(path))}，{coloured(checked.status, STATUS_WORDS)}", console)
        if errors := [finding for finding in checked.findings if finding.severity == "error"]:
            console.print(findings_table(errors))
    if merging.clashes:
        say(MERGE_CLASH, console)
        console.print(findings_table(merging.clashes))
    say(f"共合并 {len(merging.written)} 个母项目。还缺 {len(merging.missing)} 个部分。", console)
    for entry in merging.missing:
        _show_missing(entry, console)


def _show_missing(entry: Mapping[str, str], console: Console) -> None:
    words = f"{entry['unit_code']} {entry['project_code']} {entry['project_name']}"
    say(f"  {one_line(words)}", console)


def show_returned(items: Sequence[Returned], console: Console) -> None:
    """What was written into 退回/, and what no copy could be made of."""
    for item in items:
        if item.outcome == "written":
            counts = f"错误 {item.errors}，提醒 {item.warnings}"
            kept = f"，另列出没有对应单元格的内容 {item.kept} 条" if item.kept else ""
            say(f"已生成 {one_line(str(item.copy))}（{counts}{kept}）", console)
        elif item.message:
            what = "没有退回稿" if item.outcome == "impossible" else "没有重新生成"
            say(f"[yellow]{what}[/yellow] {one_line(item.file)}：{one_line(item.message)}", console)
    counted = {outcome: sum(item.outcome == outcome for item in items) for outcome in RETURN_WORDS}
    say("，".join(f"{words} {counted[outcome]}" for outcome, words in RETURN_WORDS.items()) + "。", console)


def show_withdrawn(withdrawn: Sequence[Withdrawn], console: Console) -> None:
    """Each project that came in and has left the roster since."""
    for gone in withdrawn[:FILES_NAMED]:
        say(f"[yellow]{one_line(gone.sentence)}[/yellow]", console)
    if len(withdrawn) > FILES_NAMED:
        say(f"…… 共 {len(withdrawn)} 个，全部列在 {REPORT} 的收表进度中。", console)


def show_delivered(package: Delivered, console: Console) -> None:
    """A package beside the ledger."""
    head = f"报送包“{package.name}”：{package.projects} 个项目，{_total(package.totals)}"
    if package.disagreements:
        say(f"[red]{one_line(head)}，台账与清单不一致[/red]（校验码 {package.code}）。", console)
    else:
        say(f"[green]{one_line(head)}，与清单一致[/green]（校验码 {package.code}）。", console)
    if package.dropped:
        words = f"同一个下级较早的报送包中有、较新的没有：{'、'.join(package.dropped)}。名册中有的仍计入，没有的不再计入。请与下级核对。"
        say(f"  [yellow]{one_line(words)}[/yellow]", console)
    if package.reviewed:
        say(
            f"  下级审核过其中 {package.reviewed} 个项目，结论和意见见汇总的“审核”表“下级审核”一列，不代替本级审核。",
            console,
        )
    for sentence in package.disagreements:
        say(f"  {one_line(sentence)}", console)


def _total(totals: Mapping[str, Decimal]) -> str:
    """The annual funds and those of all years, or what a form has in their place; each by its name."""
    shown = {label: totals[key] for key, label in TOTALS.items() if key in totals}
    if not shown and totals:
        shown = {"金额": next(iter(totals.values()))}
    return "，".join(f"{label}合计 {amount:,.2f} 元" for label, amount in shown.items()) or "没有金额"


def show_packed(packed: Packed, console: Console) -> None:
    """What is passed on and what is not."""
    for entry in packed.left_out:
        words = f"{entry.unit_code} {entry.project_code} {entry.project_name}：{entry.why}。"
        say(f"[yellow]未纳入[/yellow] {one_line(words)}", console)
    manifest = packed.manifest
    say(
        f"已写出报送包“{one_line(str(packed.path))}”：{len(manifest.sent)} 个项目，{_total(manifest.totals)}；"
        f"未纳入 {len(packed.left_out)} 个。校验码 {manifest.code}，上级导入时显示的应与它相同。",
        console,
    )
    for codes, what in (
        (packed.unreviewed, "还没有审核结论"),
        (packed.awaiting, "“修改后通过”，改好的还没有交来"),
        (packed.disputed, "审核意见不一，请在“审核”表中确定"),
    ):
        if codes:
            named = "、".join(codes[:FILES_NAMED]) + (" 等" if len(codes) > FILES_NAMED else "")
            say(f"[yellow]其中 {len(codes)} 个项目{what}[/yellow]：{one_line(named)}。", console)


def show_rolled(rolled: Rolled, console: Console) -> None:
    """Next year's collection, and what did not fit into it."""
    for entry in rolled.not_carried[:ENTRIES_NAMED]:
        whose = f"{entry.project_code} {entry.project_name}：" if entry.project_code else ""
        say(
            f"[yellow]未带入[/yellow] {one_line(f'{whose}{entry.label} {quoted(entry.value)}，{entry.why}。')}", console
        )
    if len(rolled.not_carried) > ENTRIES_NAMED:
        say(f"…… 共 {len(rolled.not_carried)} 条，全部列在延续清单中。", console)
    if rolled.findings:
        console.print(findings_table(rolled.findings))
    say(
        f"已新建“{one_line(str(rolled.collection.folder))}”：{len(rolled.projects)} 个项目，未带入 {len(rolled.not_carried)} 条。"
        f"请核对 {one_line(str(rolled.collection.roster))}，再运行 workbook-builder generate。清单：{one_line(str(rolled.list_path))}",
        console,
    )
    say(rolled.advice, console)


def show_files(title: str, files: Iterable[tuple[str, Path]], console: Console) -> None:
    """Where things lie."""
    say(f"\n[bold]{title}[/bold]", console)
    for label, path in files:
        say(f"  {label}：{one_line(str(path))}", console)
