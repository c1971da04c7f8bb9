"""What an action found, as tables of a new workbook."""

from __future__ import annotations  # nothing is loaded for its type: 检查本表 needs no ledger and no library that draws

from typing import TYPE_CHECKING

from workbook_builder.addin.answers import ERROR_COLOUR, WARNING_COLOUR, Answer, Colour, Select, Table
from workbook_builder.centre.words import MERGE_REFUSED, OUTCOME_WORDS, SEVERITY_WORDS, STATUS_WORDS
from workbook_builder.clock import local_minute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from workbook_builder.centre.chase_mail import Draft
    from workbook_builder.centre.deciding import Event
    from workbook_builder.centre.publish.concerns import Concern
    from workbook_builder.centre.returns.copies import Outcome as ReturnOutcome
    from workbook_builder.centre.returns.copies import Returned
    from workbook_builder.findings import Finding, Severity
    from workbook_builder.intake.imported import Imported, Item
    from workbook_builder.judge.check import Checked
    from workbook_builder.ledger.counting import LeftOut

COLOURS: dict[Severity, Colour] = {"error": ERROR_COLOUR, "warning": WARNING_COLOUR}
PROBLEM_COLUMNS = {"级别": 6.0, "工作表": 18.0, "单元格": 8.0, "问题": 90.0, "规则": 30.0}
RETURN_COLUMNS = {
    "交回的文件": 40.0,
    "项目编码": 16.0,
    "处理": 16.0,
    "错误": 6.0,
    "提醒": 6.0,
    "退回稿": 60.0,
    "说明": 60.0,
}
RETURN_OUTCOMES: dict[ReturnOutcome, str] = {
    "written": "已生成",
    "unchanged": "已有，没有变化",
    "changed_by_hand": "没有重新生成",
    "impossible": "没有退回稿",
}
IMPORT_COLUMNS = {"文件": 40.0, "处理": 30.0, "结论": 12.0, "错误": 6.0, "提醒": 6.0, "第一处错误": 90.0}

DRAFT_COLUMNS = {"单位编码": 14.0, "单位": 36.0, "收件人": 30.0, "草稿": 60.0, "附件": 60.0}
EVENT_COLUMNS = {"时间": 17.0, "经过": 60.0, "文件": 40.0, "谁": 14.0, "现计入": 8.0}
CONCERN_COLUMNS = {"项目编码": 18.0, "项目名称": 30.0, "工作表": 18.0, "单元格": 8.0, "问题": 90.0}
LEFT_OUT_COLUMNS = {"单位编码": 14.0, "项目编码": 18.0, "项目名称": 36.0, "原因": 60.0}


def problems(findings: Iterable[Finding]) -> Table:
    """The sheet 问题: a row for each finding, errors first."""
    ordered = errors_first(findings)
    rows = [
        (SEVERITY_WORDS[f.severity], f.sheet or "", f.cell or "", f.message, f.rule)
        for f in ordered
    ]  # fmt: skip
    return Table("问题", PROBLEM_COLUMNS, rows, {row: COLOURS[f.severity] for row, f in enumerate(ordered)})


def errors_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, each in the order of the workbook."""
    return sorted(findings, key=lambda finding: finding.severity != "error")


def first_cell(findings: Iterable[Finding]) -> list[Select]:
    """Where to go: the first wrong cell, if any finding names one."""
    places = [Select(f.sheet, f.cell) for f in errors_first(findings) if f.sheet and f.cell]
    return places[:1]


def shown(findings: Sequence[Finding]) -> Answer:
    """The findings listed, the first wrong cell gone to; the list comes last, so that it lies in front."""
    return [*first_cell(findings), problems(findings)] if findings else []


def counted(findings: Sequence[Finding]) -> str:
    """错误 2，提醒 3."""
    errors = sum(finding.severity == "error" for finding in findings)
    return f"错误 {errors}，提醒 {len(findings) - errors}"


def verdict(checked: Checked) -> str:
    """可以接收, 应退回修改 or 无法读取."""
    return STATUS_WORDS[checked.status]


def imported(done: Imported) -> Table:
    """The sheet 导入结果: a row for each file and for each whole made of parts, in the colour of what is to be done."""
    told = [(item, OUTCOME_WORDS[item.outcome]) for item in done.items]
    told += [(item, _merged_words(item)) for item in done.merged if item.checked]
    rows, colours = [], {}
    for number, (item, words) in enumerate(told):
        rows.append(_import_row(item, words))
        if item.outcome == "undecided":
            colours[number] = WARNING_COLOUR
        elif item.checked and item.checked.status != "accepted":
            colours[number] = ERROR_COLOUR
    return Table("导入结果", IMPORT_COLUMNS, rows, colours)


def _merged_words(item: Item) -> str:
    return "各部分已交齐，合成整份" if item.is_declared else MERGE_REFUSED


def _import_row(item: Item, words: str) -> tuple[str, ...]:
    if item.checked is None:
        return item.file, words, "", "", "", ""
    words = f"{words}。{item.note}" if item.note else words
    errors = [finding.message for finding in item.checked.findings if finding.severity == "error"]
    warnings = len(item.checked.findings) - len(errors)
    return item.file, words, verdict(item.checked), str(len(errors)), str(warnings), next(iter(errors), "")


def returned(items: Sequence[Returned], folder: Path) -> Table:
    """The sheet 退回结果: a row for each file that was returned; copies by their path in the collection's folder."""
    rows, colours = [], {}
    for number, item in enumerate(items):
        copy = item.copy.relative_to(folder).as_posix() if item.copy else ""
        outcome = RETURN_OUTCOMES[item.outcome]
        counts = (str(item.errors), str(item.warnings)) if item.outcome == "written" else ("", "")
        rows.append((item.file, item.project_code or "", outcome, *counts, copy, item.message))
        if item.message:
            colours[number] = WARNING_COLOUR
    return Table("退回结果", RETURN_COLUMNS, rows, colours)


def drafted(drafts: Sequence[Draft], folder: Path) -> Table:
    """The sheet 催报邮件: a row for each draft; those without an address in colour."""
    rows = [
        (one.unit_code, one.unit_name, one.address or "（名册中没有邮箱，请自己填）",
         one.file.relative_to(folder).as_posix(), "、".join(one.attachments))
        for one in drafts
    ]  # fmt: skip
    return Table(
        "催报邮件", DRAFT_COLUMNS, rows, {n: WARNING_COLOUR for n, one in enumerate(drafts) if not one.address}
    )


def happened(events: Iterable[Event]) -> Table:
    """The sheet 办理经过: a row for each event, in order."""
    rows = [
        (local_minute(one.moment), one.words, one.file, one.who, "是" if one.counts and one.kind == "received" else "")
        for one in events
    ]
    return Table("办理经过", EVENT_COLUMNS, rows, {})


def left_out(entries: Iterable[LeftOut], title: str) -> Table:
    """The sheet of what does not go on, and why."""
    rows = [(one.unit_code, one.project_code, one.project_name, one.why) for one in entries]
    return Table(title, LEFT_OUT_COLUMNS, rows, {})


def to_mend(concerns: Iterable[Concern]) -> Table:
    """The sheet 公开前改正: a row for each thing that would embarrass, by its place in the workbook that came back."""
    rows = [(one.project_code, one.project_name, one.sheet or "", one.cell or "", one.message) for one in concerns]
    return Table("公开前改正", CONCERN_COLUMNS, rows, dict.fromkeys(range(len(rows)), WARNING_COLOUR))
