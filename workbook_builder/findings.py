"""Findings: what is wrong with something a user wrote, as data.

User data yields findings, never exceptions. Every check has one shape: it takes what it needs and returns findings.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from workbook_builder.cells import Place

Severity = Literal["error", "warning"]


class Finding(NamedTuple):
    """One thing that is wrong, with a whole Chinese sentence for the person who has to mend it."""

    rule: str  # id of the rule, such as funds.annual_sum
    severity: Severity
    sheet: str | None  # sheet title in the file at hand; None where the whole file is meant
    cell: str | None  # address such as E7
    key: str | None  # such as sub_projects[0].annual_funds
    message: str  # place, what was found, what is expected, what to do
    value: str | None = None  # as found
    expected: str | None = None


class Subject(NamedTuple):
    """The cell that a finding is about, and how people and programs call it."""

    place: Place
    label: str | None = None  # what the form prints beside it
    key: str | None = None


def finding_at(
    rule: str,
    severity: Severity,
    subject: Subject,
    sentence: str,
    value: str | None = None,
    expected: str | None = None,
) -> Finding:
    """A finding at a cell; sentence: what stands behind the place: what was found, what is expected, what to do."""
    where, label, key = subject
    message = f"{place(where.sheet, where.address, label)}：{sentence}"
    return Finding(rule, severity, where.sheet, where.address, key, message, value, expected)


def without_cell(finding: Finding) -> str:
    """The message of a finding at a cell, without the cell: 当年财政拨款：应为…; any other message as it is."""
    start = place(finding.sheet, finding.cell)
    if not start or not finding.message.startswith(start) or finding.message[len(start) :][:1] not in ("（", "："):
        return finding.message  # of several cells too: they are named together
    return finding.message.removeprefix(start).removeprefix("（").replace("）：", "：", 1).removeprefix("：")


def finding_of_file(
    rule: str, severity: Severity, message: str, value: str | None = None, expected: str | None = None
) -> Finding:
    """A finding about a file as a whole; message: the whole sentence."""
    return Finding(rule, severity, None, None, None, message, value, expected)


def file_refused(rule: str, file: str, sentence: str, path: str | None = None) -> Finding:
    """The error that says why a file is not taken and what to do, behind its name; sentence: without a full stop."""
    return finding_of_file(rule, "error", f"“{file}”：{sentence}。", path)


def place(sheet: str | None, cell: str | None, label: str | None = None) -> str:
    """The place in words: 「子项目2」表 D8（当年财政拨款）."""
    words = f"「{sheet}」表" if sheet else ""
    if cell:
        words += f" {cell}" if sheet else cell
    if label:
        words += f"（{label}）"
    return words


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings is an error, so that the declaration is to be returned."""
    return any(finding.severity == "error" for finding in findings)
