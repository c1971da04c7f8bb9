"""Findings: what is wrong with something a user wrote, as data.

User data yields findings, never exceptions. Every check has one shape: it takes what it needs and returns findings.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

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
