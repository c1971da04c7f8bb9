"""What the terminal and the add-in call verdicts, outcomes and severities."""

from __future__ import annotations  # a verdict is shown without loading what the ledger is made with

from typing import TYPE_CHECKING, Literal

from workbook_builder.form.rules import LEVEL_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbook_builder.findings import Severity
    from workbook_builder.judge.check import Status
    from workbook_builder.ledger.outcome import Outcome

STATUS_WORDS: Mapping[Status, str] = {"accepted": "可以接收", "returned": "应退回修改", "unreadable": "无法读取"}
OUTCOME_WORDS: Mapping[Outcome | Literal["rejected"], str] = {
    "current": "已记入台账",
    "superseded": "已存档，不如台账中的新，没有替换",
    "undecided": "与台账中的同样新而内容不同，没有替换，待人工确定",
    "duplicate": "与以前导入的完全相同，跳过",
    "same_answers": "与台账中的内容相同，只是重新保存过，记录、审核结论和交来时间都不变",
    "unreadable": "已存档，没有记入",
    "refused": "已存档，没有记入",
    "rejected": "没有导入",
}
MERGE_REFUSED = "各部分已交齐，但互相冲突，没有合并"


def counted_words(total: int, parts: int) -> str:
    """How many workbooks, by what is counted: a project, or each part of one that units fill in apart."""
    if not parts:
        return f"{total} 个项目"
    return f"{total} 份申报（按各部分分别计，其中分开填报的 {parts} 份）"


def outdated_words(codes: Sequence[str]) -> str:
    """That something else counts by now than what was reviewed, of these projects."""
    return (
        f"{len(codes)} 个项目的审核写在现已不计入的一份上（此后又交来或改以另一份为准），只作提示："
        f"{'、'.join(codes)}。请在新的汇总.xlsx 中审核现在的一份。"
    )


SEVERITY_WORDS: Mapping[Severity, str] = {"error": LEVEL_NAMES["error"], "warning": LEVEL_NAMES["warning"]}
