"""One return copy made: a fresh locked workbook with the answers of a file and its findings at their cells.

Made wherever there is a desk; whoever asked for it records and writes it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.blank.opinion_sheet import KEPT_WORD, line_count
from workbook_builder.centre.returns.lines import REMARK_WORD, Returning, laid_anew
from workbook_builder.collection.issuing import deadline_words
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding
from workbook_builder.form.meta_cell import NUMBER_LIMIT
from workbook_builder.judge.additions import additions
from workbook_builder.judge.answers import answers, as_typed
from workbook_builder.judge.leftovers import leftovers
from workbook_builder.judge.opening import Desk, Opened, Refused
from workbook_builder.ledger.reviews import PASSED_AFTER_CHANGES, Remark
from workbook_builder.ledger.rows import Document, Submission
from workbook_builder.ooxml.password import Lock

LEVEL_COUNTS = (("错误", "错误"), ("提醒", "提醒"), (REMARK_WORD, "指标意见"), (KEPT_WORD, "没有对应单元格的内容"))


class Opinion(NamedTuple):
    """What a reviewer of the centre says of a project, shown on top of 退回意见, and of single indicators, at their rows."""

    text: str
    reviewer: str = ""
    passes_when_changed: bool = False  # the verdict is 修改后通过
    remarks: tuple[Remark, ...] = ()  # sub_project None: of the declaration's own form

    @property
    def words(self) -> str:
        """All of it; what a former version of the program did not know comes last."""
        more = [PASSED_AFTER_CHANGES] if self.passes_when_changed else []
        more += [f"{remark.place}{remark.words}" for remark in self.remarks]
        return "\n".join((self.text, self.reviewer, *more))


class Source(NamedTuple):
    """A submission that goes back, and what is said of it."""

    submission: Submission
    document: Document
    of_whole: tuple[Finding, ...]  # what shows only beside the other parts
    opinion: Opinion
    received: str  # when it was, in local time
    unit_name: str  # as the roster has it; "" where it does not

    @property
    def number(self) -> int:
        """The submission number that the copy carries."""
        return min(NUMBER_LIMIT, max(1, self.submission.submission_number) + 1)

    @property
    def project_name(self) -> str:
        """Of the project declared there: of a part, the sub-project's own."""
        declared = self.document.declaration
        if self.submission.part == "sub_project":
            declared = declared["sub_projects"][0]
        return str(declared.get("project_name") or "")

    @property
    def remarks(self) -> str:
        """What the copy says that may change after the submission was recorded; the copy is made anew then."""
        return "\n".join((self.opinion.words, *(finding.message for finding in self.of_whole))).strip()


class Copy(NamedTuple):
    """A return copy."""

    data: bytes
    levels: Sequence[str]  # of the lines of 退回意见
    blank: str  # the digest of what it was stamped from
    to_keep: bytes | None  # that blank, where the collection does not keep it yet


def copy_of(desk: Desk, source: Source, data: bytes, lock: Lock) -> Copy:
    """The copy of a file that holds these bytes. Raises UnreadableError where it is none of ours by now."""
    return _Making(desk, lock).copy(source, data)


class _Making(NamedTuple):
    """What copies are made with."""

    desk: Desk
    lock: Lock

    def _notices(self, opened: Opened) -> dict[str, str]:
        """What it tells the unit beside the form, with the deadline as it is by now; a level below has its own."""
        told = opened.notices
        if "deadline" in told and not self.desk.is_received(opened.identity):
            told["deadline"] = deadline_words(self.desk.deadlines.of(opened.identity.unit_code))
        return told

    def copy(self, source: Source, data: bytes) -> Copy:
        """Of the file that holds these bytes. Raises UnreadableError where it is none of ours by now."""
        opened = self.desk.open(data, source.submission.file)
        if isinstance(opened, Refused):
            raise UnreadableError(opened.findings[0])
        typed = tuple(answers(opened))
        values = {
            **self._notices(opened),
            **self._issued(opened),
            **{answer.slot.key: answer.value for answer in typed},
        }
        cells = opened.blank.cell_values(opened.identity, values)
        opened.blank.calculator.calculate(cells)
        returning = Returning(opened)
        findings = (*source.document.findings, *(_in_part(finding, opened) for finding in source.of_whole))
        lines = returning.lines(findings, leftovers(opened, typed), source.opinion.remarks)
        contents = returning.contents(lines, cells)
        shape = opened.identity.shape._replace(opinion_rows=line_count(len(lines)))
        identity = opened.identity._replace(submission=source.number, shape=shape, blank="")
        blank: Blank = self.desk.blank(identity)
        levels = [line.level for line in lines]
        anew = laid_anew(opened.blank.layout, blank.layout)
        lines = [line._replace(place=line.place and anew(line.place)) for line in lines]
        contents = {where: content for place, content in contents.items() if (where := anew(place))}
        added = additions(blank.layout, self._headings(source, levels), lines, contents)
        return Copy(blank.workbook(identity, values, self.lock, added), levels, blank.digest, self._to_keep(blank))

    def _to_keep(self, blank: Blank) -> bytes | None:
        kept = self.desk.collection and self.desk.collection.kept_blank(blank.digest)
        return None if kept else blank.as_kept

    def _issued(self, opened: Opened) -> dict[str, Any]:
        """What the roster gave; without a record of the issue, what stands in its cells."""
        issued = self.desk.issued_values(opened.identity)
        if issued is not None:
            return dict(issued)
        return {
            key: as_typed(opened.located.cells[key], slot.field)
            for key, slot in opened.blank.layout.slots.items()
            if slot.kind in ("prefilled", "helper") and key in opened.located.cells
        }

    def _headings(self, source: Source, levels: Sequence[str]) -> dict[str, str]:
        submission = source.submission
        counts = "、".join(f"{words} {levels.count(level)} 处" for level, words in LEVEL_COUNTS if level in levels)
        why = f"：{counts}" if counts else "，见审核意见"
        verdict = "修改后通过，请按审核意见修改" if source.opinion.passes_when_changed else "应退回修改"
        return {
            "project": f"{submission.project_code} {source.project_name}".strip(),
            "unit": f"{submission.unit_code} {source.unit_name}".strip(),
            "file": f"{submission.file}（{source.received} 收到）",
            "verdict": f"{verdict}{why}。改好后交回，记为第 {source.number} 次填报。",
            "opinion": source.opinion.text,
            "reviewer": source.opinion.reviewer,
        }


def _in_part(finding: Finding, opened: Opened) -> Finding:
    """A finding about the whole, at its place in a part."""
    where = opened.located.places.get(finding.key or "")
    message = f"各部分合并后：{finding.message}"
    if where is None:
        return finding._replace(sheet=None, cell=None, message=message)
    return finding._replace(sheet=where.sheet, cell=where.address, message=message)
