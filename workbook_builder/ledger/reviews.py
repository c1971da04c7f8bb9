"""Reviews in the ledger: what the centre decided on a submission. Every version is kept, the last one counts."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, insert, select

from workbook_builder.clock import now
from workbook_builder.ledger import tables

NO_SCORES: Mapping[str, Decimal] = MappingProxyType({})
PASSED, PASSED_AFTER_CHANGES, SENT_BACK = VERDICTS = ("通过", "修改后通过", "退回")


Wanted = Sequence[ColumnElement[bool]]  # which projects are asked about


class Review(NamedTuple):
    """What a person says of one submission."""

    project_code: str
    sha256: str  # of the submission
    verdict: str | None = None  # one of VERDICTS
    opinion: str | None = None
    reviewer: str | None = None
    reviewed_on: datetime.date | None = None
    scores: Mapping[str, Decimal] = NO_SCORES  # item of the review's work sheet -> points, where the person gave them
    is_current: bool = True  # whether it is about the submission that counts
    version: int = 0  # its number in the ledger; 0 where it is not in it
    recorded_at: datetime.datetime | None = None  # UTC; None where it is not in the ledger

    @property
    def said(self) -> tuple[Any, ...]:
        """All that the person says, for comparison."""
        return self.verdict, self.opinion, self.reviewer, self.reviewed_on, dict(self.scores)

    @property
    def is_empty(self) -> bool:
        """Whether the person has said nothing."""
        return not any(self.said)


def reviews_of(connection: Connection, wanted: Wanted) -> dict[str, Review]:
    """By project: the review of what counts, else the last one of an earlier submission."""
    latest = _latest(connection, wanted).values()
    given = sorted((review for review in latest if not review.is_empty), key=lambda review: review.is_current)
    return {review.project_code: review for review in given}


def keep(connection: Connection, wanted: Wanted, reviews: Iterable[Review]) -> int:
    """Keeps what differs from what was last said of the same submission; gives how many."""
    known = _latest(connection, wanted)
    kept = 0
    for review in reviews:
        before = known.get(review.sha256, Review(review.project_code, review.sha256))
        if review.said != before.said:
            _insert(connection, wanted, review)
            kept += 1
    return kept


def _latest(connection: Connection, wanted: Wanted) -> dict[str, Review]:
    """The last review of each submission, by its SHA-256, in the order in which they were written."""
    latest: dict[str, Review] = {}
    for review in versions_of(connection, wanted):
        latest.pop(review.sha256, None)  # or it would keep its old place in the order
        latest[review.sha256] = review
    return latest


def versions_of(connection: Connection, wanted: Wanted) -> list[Review]:
    """Every review that was ever kept, in the order in which they were written."""
    about = tables.submission.c
    joined = tables.review.join(tables.submission).join(tables.project)
    query = select(tables.review, about.project_code, about.sha256, about.is_current).select_from(joined)
    scores: dict[int, dict[str, Decimal]] = {}
    score_query = select(tables.review_score).select_from(joined.join(tables.review_score))
    for score in connection.execute(score_query.where(*wanted)):
        scores.setdefault(score.review_id, {})[score.item] = score.points
    rows = connection.execute(query.where(*wanted).order_by(tables.review.c.id))
    return [_review(row, scores.get(row.id, {})) for row in rows]


def _review(row: Row[Any], scores: Mapping[str, Decimal]) -> Review:
    given = (row.verdict, row.opinion, row.reviewer, row.reviewed_on)
    return Review(row.project_code, row.sha256, *given, scores, row.is_current, row.id, row.recorded_at)


def _insert(connection: Connection, wanted: Wanted, review: Review) -> None:
    columns = tables.submission.c
    about = select(columns.id).join_from(tables.submission, tables.project).where(columns.sha256 == review.sha256)
    values = {
        "submission_id": connection.execute(about.where(*wanted)).scalar_one(),
        "verdict": review.verdict,
        "opinion": review.opinion,
        "reviewer": review.reviewer,
        "reviewed_on": review.reviewed_on,
        "recorded_at": now(),
    }
    review_id = connection.execute(insert(tables.review).values(values)).inserted_primary_key[0]  # type: ignore[index]
    scores = [{"review_id": review_id, "item": item, "points": points} for item, points in review.scores.items()]
    if scores:
        connection.execute(insert(tables.review_score), scores)
