"""Sheet 指标审核 read back: what reviewers say of single indicators."""

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from workbook_builder.centre.report.review_columns import (
    CODE,
    INDICATOR_READ,
    KIND,
    OPINION,
    ROW,
    SUB_PROJECT,
    SUBMISSION,
)
from workbook_builder.findings import Finding
from workbook_builder.ledger.reviews import OPINION_KINDS, Remark
from workbook_builder.ooxml.tables import Grid, Record, TableRules, accepted, finding, read_table
from workbook_builder.rule_ids import REVIEW_KIND_UNKNOWN, REVIEW_LINE_CHANGED, REVIEW_PROJECT_UNKNOWN
from workbook_builder.values.normalised import fold, shown
from workbook_builder.values.texts import choice, text

MOST_ROWS = 4  # digits of a row's number
Place = tuple[int, int]  # as of Remark


class Remarks(NamedTuple):
    """What stands on the sheet, by submission and indicator; None where a line says nothing."""

    lines: Mapping[str, Mapping[Place, Remark | None]]
    written: Mapping[str, Record]  # of each submission a line in which something is written
    unclear: Container[str]  # submissions of which a line cannot be understood

    def of(self, sha256: str, drawn: tuple[Remark, ...]) -> tuple[Remark, ...]:
        """What is said of one submission; of indicators that have no line there, as it was when the sheet was written."""
        said: dict[Place, Remark | None] = {remark.place: remark for remark in drawn}
        said |= self.lines.get(sha256, {})
        found = (said[place] for place in sorted(said))
        return tuple(remark for remark in found if remark is not None)

    def is_unclear(self, sha256: str) -> bool:
        """Whether a line of it cannot be understood."""
        return sha256 in self.unclear

    def without_line(self, reviewed: Container[str]) -> Iterator[Finding]:
        """What is written about submissions that have no line on sheet 审核."""
        for sha256, record in self.written.items():
            if sha256 not in reviewed:
                advice = "「审核」表中没有这个项目的行，请重新生成后再填写。"
                yield finding(REVIEW_PROJECT_UNKNOWN, record[CODE], "「审核」表中有的项目", advice)


def read_remarks(grids: Mapping[str, Grid], rules: TableRules, findings: list[Finding]) -> Remarks:
    """The sheet; a report of a former version has none."""
    is_there = INDICATOR_READ.title in grids
    table = read_table(grids, INDICATOR_READ, rules, findings) if is_there else None
    lines: dict[str, dict[Place, Remark | None]] = {}
    written: dict[str, Record] = {}
    unclear: set[str] = set()
    for record in table.records if table else ():
        mistakes: list[Finding] = []
        sha256 = fold(shown(record[SUBMISSION].cell))
        if remark := _remark(record, mistakes):
            own = lines.setdefault(sha256, {})
            own[remark.place] = remark if remark.words else own.get(remark.place)
            if remark.words:
                written.setdefault(sha256, record)
        if mistakes:
            unclear.add(sha256)
        findings += mistakes
    return Remarks(lines, written, unclear)


def _remark(record: Record, findings: list[Finding]) -> Remark | None:
    """What a line says; None where it is about no indicator."""
    kind = accepted(choice(record[KIND].cell, OPINION_KINDS), record[KIND], REVIEW_KIND_UNKNOWN, findings)
    words = text(record[OPINION].cell).value
    row, sub_project = (shown(record[key].cell) for key in (ROW, SUB_PROJECT))
    if _is_number(row) and (not sub_project or _is_number(sub_project)):
        return Remark(int(sub_project) if sub_project else None, int(row), kind, words)
    if kind or words:
        advice = "这一行的隐藏内容被改过，不知道是哪一条指标。请把意见填到该指标原来的行，再清空这一行。"
        findings.append(finding(REVIEW_LINE_CHANGED, record[CODE], "生成时的行", advice))
    return None


def _is_number(words: str) -> bool:
    return words.isascii() and words.isdecimal() and len(words) <= MOST_ROWS
