"""Sheet 审核 read back: what reviewers wrote, and what of it cannot be understood, by its cell."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.centre.report.indicator_reading import Remarks, read_remarks
from workbook_builder.centre.report.review_columns import (
    ASSIGNED,
    CODE,
    DAY,
    INDICATOR_READ,
    KIND,
    OPINION,
    READ,
    REVIEWER,
    SETTLED,
    SUBMISSION,
    THIS_LINE_HOLDS,
    TITLE,
    VERDICT,
    VERSION,
)  # fmt: skip
from workbook_builder.findings import Finding
from workbook_builder.judge.work_sheet import BY_PERSON, ITEMS, Item
from workbook_builder.ledger.reviews import OPINION_KINDS, VERDICTS, Assignment, Review, Told, told
from workbook_builder.ooxml.tables import Entry, Record, TableRules, accepted, finding, read_grids, read_table
from workbook_builder.rule_ids import (
    REVIEW_COLUMN_DUPLICATE,
    REVIEW_COLUMN_MISSING,
    REVIEW_CONFLICT,
    REVIEW_DATE_INVALID,
    REVIEW_ERROR_VALUE,
    REVIEW_FORMULA_WITHOUT_VALUE,
    REVIEW_KIND_UNKNOWN,
    REVIEW_LINE_CHANGED,
    REVIEW_MERGED_CELLS,
    REVIEW_PROJECT_UNKNOWN,
    REVIEW_SCORE_INVALID,
    REVIEW_SETTLED_UNKNOWN,
    REVIEW_SHEET_MISSING,
    REVIEW_TWICE,
    REVIEW_VERDICT_UNKNOWN,
)
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import fold, shown
from workbook_builder.values.numbers import FEN, decimal_text
from workbook_builder.values.texts import choice, text

POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
TABLE_RULES = TableRules(
    sheet_missing=REVIEW_SHEET_MISSING,
    column_missing=REVIEW_COLUMN_MISSING,
    column_duplicate=REVIEW_COLUMN_DUPLICATE,
    error_value=REVIEW_ERROR_VALUE,
    formula_without_value=REVIEW_FORMULA_WITHOUT_VALUE,
    merged=REVIEW_MERGED_CELLS,
)


class Known(NamedTuple):
    """A submission of the ledger that a line may be about."""

    project_code: str
    pre_scores: Mapping[str, Decimal]
    versions: Sequence[Review]  # all that was ever said of it, in order
    assigned: Sequence[str | None] = ()  # everybody to whom its project was ever given, in order

    def told(self, version: int | None = None) -> Told:
        """What was said of it; up to a version, where one is given."""
        said = [one for one in self.versions if version is None or one.version <= version]
        return next(iter(told(said).values()), Told())


class ReviewsRead(NamedTuple):
    """What stands on the sheet."""

    reviews: tuple[Review, ...]  # of the lines that say something else than when they were written; some are disputed
    assignments: tuple[Assignment, ...]
    findings: tuple[Finding, ...]  # by cell; what cannot be understood is in none of the reviews


def read_reviews(data: bytes, file: str, known: Mapping[str, Known]) -> ReviewsRead:
    """The reviews in 汇总.xlsx, or a part of it; known are the submissions by SHA-256.

    Raises errors.UnreadableError where the bytes are no workbook.
    """
    findings: list[Finding] = []
    grids = read_grids(data, file, [READ, INDICATOR_READ])
    table = read_table(grids, READ, TABLE_RULES, findings)
    if table is None:
        return ReviewsRead((), (), tuple(findings))
    remarks = read_remarks(grids, TABLE_RULES, findings)
    reading = _Reading(file, known, remarks)
    for record in table.records:
        findings += reading.line(record)
    findings += remarks.without_line(reading.lines)
    return ReviewsRead(tuple(reading.reviews.values()), tuple(reading.assignments), tuple(findings))


class _Reading:
    """One sheet, line by line."""

    def __init__(self, file: str, known: Mapping[str, Known], remarks: Remarks):
        self._file, self._known, self._remarks = file, known, remarks
        self._codes = frozenset(one.project_code for one in known.values())
        self.lines: set[str] = set()  # submissions that have a line, by SHA-256
        self.reviews: dict[str, Review] = {}
        self.assignments: list[Assignment] = []

    def line(self, record: Record) -> list[Finding]:
        """Takes in what a line says; gives what is wrong with it."""
        digest = fold(str(record[SUBMISSION].cell.value or ""))
        about = self._known.get(digest)
        if about is None or about.project_code not in (shown(record[CODE].cell), _code(record)):
            return _misplaced(record, self._codes)
        self.lines.add(digest)
        mistakes: list[Finding] = []
        drawn = about.told(_version(record))
        as_drawn = drawn.review or Review(about.project_code, digest)
        review = _written(record, as_drawn, about.pre_scores, mistakes)
        review = review._replace(remarks=self._remarks.of(digest, as_drawn.remarks))
        settled = accepted(
            choice(record[SETTLED].cell, [THIS_LINE_HOLDS]), record[SETTLED], REVIEW_SETTLED_UNKNOWN, mistakes
        )
        if mistakes or self._remarks.is_unclear(digest):
            return mistakes
        if review.said != as_drawn.said or (settled and drawn.disputes):
            mistakes += self._said(record, review, about)
        if review.is_empty:
            mistakes += self._assigned(record, about)
        return mistakes

    def _said(self, record: Record, review: Review, about: Known) -> list[Finding]:
        """Takes in a review; where it was given in ignorance of another, as a disputed one."""
        version, now = _version(record), about.told()
        later = [one for one in about.versions if one.version > version]
        if any(one.said == review.said and one not in now.disputes for one in later):
            return []  # heard before, whatever became of it since: a copy that is applied again
        if before := self.reviews.get(review.sha256):
            advice = "这个项目在上面已有一行，请只留一行。"
            return [] if before == review else [finding(REVIEW_TWICE, record[CODE], "没有重复的项目", advice)]
        others = _others(later, about.told(version), now)
        if not others:
            self.reviews[review.sha256] = review
            return []
        if all(one.said != review.said for one in now.disputes):
            self.reviews[review.sha256] = review._replace(is_disputed=True)
        return [self._conflict(record[VERDICT], review.spoken, [one.spoken for one in others])]

    def _conflict(self, entry: Entry, here: str, others: Iterable[str]) -> Finding:
        """What this file says and what others said since it was written."""
        there = "；".join(f"“{one}”" for one in others)
        advice = (
            f"生成这份“{self._file}”以后，台账中已记入另一份：{there}，两份都没有丢失，仍以台账中的为准。"
            "请两人商定，重新生成汇总后在“审核”表这一行填写最后的意见。"
        )
        return finding(REVIEW_CONFLICT, entry, "与台账中一致的意见", advice, f"“{here}”")

    def _assigned(self, record: Record, about: Known) -> list[Finding]:
        """Takes in a name that stands alone, and is not the one that stood there when the file was written."""
        name = text(record[REVIEWER].cell).value
        stood = text(record[ASSIGNED].cell).value or _reviewer_drawn(about, _version(record))
        if name == stood or (about.assigned and about.assigned[-1] == name):
            return []
        if about.assigned and about.assigned[-1] not in (None, stood):
            if name in about.assigned:
                return []  # heard before
            return [self._conflict(record[REVIEWER], name or "（空）", [about.assigned[-1] or ""])]
        self.assignments.append(Assignment(about.project_code, name))
        return []


def _others(later: Iterable[Review], drawn: Told, now: Told) -> list[Review]:
    """What others said since a line was drawn, where it holds and differs, or is disputed and open."""
    said = drawn.review.said if drawn.review else ()
    since = list(later)
    holds = [one for one in since if not one.is_disputed][-1:]
    return [*(one for one in holds if one.said != said), *(one for one in now.disputes if one in since)]


def _reviewer_drawn(about: Known, version: int) -> str | None:
    """The name that a former version of the program kept on a line, and wrote there, without anything else."""
    return next((one.reviewer for one in about.versions if one.version == version and one.is_empty), None)


def _written(record: Record, drawn: Review, pre_scores: Mapping[str, Decimal], findings: list[Finding]) -> Review:
    """The review as it stands on the line; of what is on no sheet of a former version, as it was."""
    return Review(
        drawn.project_code,
        drawn.sha256,
        accepted(choice(record[VERDICT].cell, VERDICTS), record[VERDICT], REVIEW_VERDICT_UNKNOWN, findings),
        text(record[OPINION].cell).value,
        text(record[REVIEWER].cell).value,
        accepted(date(record[DAY].cell), record[DAY], REVIEW_DATE_INVALID, findings),
        _scores(record, pre_scores, findings),
        kind=accepted(choice(record[KIND].cell, OPINION_KINDS), record[KIND], REVIEW_KIND_UNKNOWN, findings),
    )


def _version(record: Record) -> int:
    """The number of the last that was said of the submission when the line was written; 0 where nothing was."""
    words = shown(record[VERSION].cell)
    return int(words) if words.isdecimal() else 0


def _code(record: Record) -> str:
    return text(record[CODE].cell).value or ""


def _misplaced(record: Record, codes: Container[str]) -> list[Finding]:
    """A line that is about no submission: harmless only where nobody has written into it. codes: of known projects."""
    code, entry = _code(record), record[CODE]
    typed = (CODE, VERDICT, KIND, OPINION, REVIEWER, DAY, SETTLED, *(one.id for one in ITEMS))
    if not any(_is_written(record[key]) for key in typed):
        return []
    if code in codes:
        advice = "这一行的项目编码或隐藏的“申报标识”被改过。请把审核内容填到该项目原来的行，再删去这一行的内容。"
        return [finding(REVIEW_LINE_CHANGED, entry, "生成时的项目编码", advice)]
    advice = f"请核对项目编码，把审核内容填到「{TITLE}」表中该项目自己的行，再删去这一行的内容。"
    return [finding(REVIEW_PROJECT_UNKNOWN, entry, "台账中已有申报的项目的编码", advice)]


def _is_written(entry: Entry) -> bool:
    return entry.cell.kind != "empty" and entry.cell.value != BY_PERSON


def _scores(record: Record, pre_scores: Mapping[str, Decimal], findings: list[Finding]) -> dict[str, Decimal]:
    """What the reviewer gave otherwise than the system."""
    scores = {}
    for item in ITEMS:
        points = _points(record[item.id], item, findings)
        if points is not None and points != pre_scores.get(item.id):
            scores[item.id] = points
    return scores


def _points(entry: Entry, item: Item, findings: list[Finding]) -> Decimal | None:
    if not _is_written(entry):
        return None
    value = entry.cell.value
    words = decimal_text(value) if isinstance(value, Decimal) else fold(str(value)).removesuffix("分")
    if not POINTS.fullmatch(words) or Decimal(words) > item.points:
        expected = f"0 到 {item.points} 之间、最多两位小数的得分"
        findings.append(finding(REVIEW_SCORE_INVALID, entry, expected, "请改填数字，或清空这一格。"))
        return None
    return Decimal(words).quantize(FEN)
