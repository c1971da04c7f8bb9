"""Sheet 审核 read back: what reviewers wrote, and what of it cannot be understood, by its cell."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.centre.report.review_columns import (
    CODE,
    DAY,
    OPINION,
    READ,
    REVIEWER,
    SUBMISSION,
    TITLE,
    VERDICT,
    VERSION,
)  # fmt: skip
from workbook_builder.collection.folder import REPORT
from workbook_builder.findings import Finding
from workbook_builder.judge.work_sheet import BY_PERSON, ITEMS, Item
from workbook_builder.ledger.reviews import VERDICTS, Review
from workbook_builder.ooxml.tables import Entry, Record, TableRules, accepted, finding, read_grids, read_table
from workbook_builder.rule_ids import (
    REVIEW_COLUMN_DUPLICATE,
    REVIEW_COLUMN_MISSING,
    REVIEW_CONFLICT,
    REVIEW_DATE_INVALID,
    REVIEW_ERROR_VALUE,
    REVIEW_FORMULA_WITHOUT_VALUE,
    REVIEW_LINE_CHANGED,
    REVIEW_MERGED_CELLS,
    REVIEW_PROJECT_UNKNOWN,
    REVIEW_SCORE_INVALID,
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
    versions: Mapping[int, Review]  # all that was ever said of it


class ReviewsRead(NamedTuple):
    """What stands on the sheet."""

    reviews: tuple[Review, ...]  # of the lines that say something else than when they were written
    findings: tuple[Finding, ...]  # by cell; what they speak of is in none of the reviews


def read_reviews(data: bytes, file: str, known: Mapping[str, Known]) -> ReviewsRead:
    """The reviews in 汇总.xlsx; known are the submissions by SHA-256.

    Raises errors.UnreadableError where the bytes are no workbook.
    """
    findings: list[Finding] = []
    table = read_table(read_grids(data, file, [READ]), READ, TABLE_RULES, findings)
    reviews: dict[str, Review] = {}
    for record in table.records if table else ():
        mistakes: list[Finding] = []
        review = _review(record, known, reviews, mistakes)
        findings += mistakes
        if review is not None and not mistakes:
            reviews[review.sha256] = review
    return ReviewsRead(tuple(reviews.values()), tuple(findings))


def _review(
    record: Record, known: Mapping[str, Known], before: Mapping[str, Review], findings: list[Finding]
) -> Review | None:
    digest = fold(str(record[SUBMISSION].cell.value or ""))
    about = known.get(digest)
    if about is None or _code(record) != about.project_code:
        findings += _misplaced(record, known)
        return None
    review = _written(record, digest, about, findings)
    # A line nobody has touched says nothing, or an old copy of the file would take back what the ledger knows since.
    as_drawn = about.versions.get(_version(record), Review(about.project_code, digest))
    if review.said == as_drawn.said:
        return None
    newest = about.versions[max(about.versions)] if about.versions else as_drawn
    if newest.version > _version(record) and newest.said not in (review.said, as_drawn.said):
        findings.append(_conflict(record, review, newest))
        return None
    if digest in before and before[digest] != review:
        advice = "这个项目在上面已有一行，请只留一行。"
        findings.append(finding(REVIEW_TWICE, record[CODE], "没有重复的项目", advice))
    return review


def _conflict(record: Record, review: Review, newest: Review) -> Finding:
    """What this copy says and what another one, applied since this copy was written, has said of the same submission."""
    here, there = (_spoken(one) for one in (review, newest))
    advice = f"生成这份{REPORT}以后，台账中已记入另一份审核：{there}。请两人商定，重新生成{REPORT}后在新的一份中填写。"
    return finding(REVIEW_CONFLICT, record[VERDICT], "生成以后没有别人改过的审核", advice, here)


def _spoken(review: Review) -> str:
    said = "，".join(words for words in (review.verdict, review.opinion, review.reviewer) if words)
    return f"“{said}”" if said else "“（空）”"


def _written(record: Record, digest: str, about: Known, findings: list[Finding]) -> Review:
    """The review as it stands on the line."""
    return Review(
        about.project_code,
        digest,
        accepted(choice(record[VERDICT].cell, VERDICTS), record[VERDICT], REVIEW_VERDICT_UNKNOWN, findings),
        text(record[OPINION].cell).value,
        text(record[REVIEWER].cell).value,
        accepted(date(record[DAY].cell), record[DAY], REVIEW_DATE_INVALID, findings),
        _scores(record, about.pre_scores, findings),
    )


def _version(record: Record) -> int:
    """The version of the review that the line was written with; 0 where there was none."""
    words = shown(record[VERSION].cell)
    return int(words) if words.isdecimal() else 0


def _code(record: Record) -> str:
    return text(record[CODE].cell).value or ""


def _misplaced(record: Record, known: Mapping[str, Known]) -> list[Finding]:
    """A line that is about no submission: harmless only where nobody has written into it."""
    code, entry = _code(record), record[CODE]
    if not any(_is_written(record[key]) for key in (CODE, VERDICT, OPINION, REVIEWER, DAY, *(one.id for one in ITEMS))):
        return []
    if code in {submission.project_code for submission in known.values()}:
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
