"""Reviews in the ledger: what the centre decided on a submission, and who is to decide.

Every version is kept. The last one holds, unless it is disputed: said by somebody who did not know what others had said of
the same submission since. A disputed version holds never; it is open until a version that is none follows it.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from workbook_builder.clock import instant
from workbook_builder.ledger import tables

NO_SCORES: Mapping[str, Decimal] = MappingProxyType({})
PASSED, PASSED_AFTER_CHANGES, SENT_BACK = VERDICTS = ("通过", "修改后通过", "退回")
OPINION_KINDS = (  # as reviewers in the national system pick them
    "指标不够完整", "指标不够细化、量化", "与项目相关性不够", "指标与指标值不匹配", "建议拆分指标", "一级指标类型错误",
    "二级指标类型错误", "建议增加明确效益指标", "建议增加明确产出指标", "建议增加满意度指标", "其他",
)  # fmt: skip


Wanted = Sequence[ColumnElement[bool]]  # which projects are asked about


def opinion_words(kind: str | None, text: str | None) -> str:
    """What is said, behind its kind: 【指标不够完整】请补充质量指标."""
    return f"【{kind}】{text or ''}" if kind else text or ""


class Remark(NamedTuple):
    """What a review says of one indicator."""

    sub_project: int | None  # its number from 0; None for the root project
    row: int  # of the indicator, its slot on the form, from 0
    kind: str | None = None  # one of OPINION_KINDS
    text: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """The indicator, in the order of the workbook."""
        return -1 if self.sub_project is None else self.sub_project, self.row

    @property
    def words(self) -> str:
        """What is said, on one line."""
        return opinion_words(self.kind, self.text)


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
    kind: str | None = None  # of the opinion, one of OPINION_KINDS
    is_disputed: bool = False
    remarks: tuple[Remark, ...] = ()  # on single indicators, in the order of the workbook

    @property
    def said(self) -> tuple[Any, ...]:
        """All that the person says, for comparison; a name alone says nothing."""
        said = self.verdict, self.opinion, self.reviewed_on, dict(self.scores), self.kind, self.remarks
        return (*said, self.reviewer) if any(said) else ()

    @property
    def is_empty(self) -> bool:
        """Whether the person has said nothing."""
        return not self.said

    @property
    def opinion_words(self) -> str:
        """The opinion on the whole, with its kind."""
        return opinion_words(self.kind, self.opinion)

    @property
    def spoken(self) -> str:
        """The review in a few words, for a sentence about it."""
        said = [word for word in (self.verdict, self.opinion_words.rstrip("。"), self.reviewer) if word]
        said += [f"{len(self.remarks)} 条指标意见"] if self.remarks else []
        said += [f"{len(self.scores)} 项得分"] if self.scores else []
        return "，".join(said) or "（空）"


class Told(NamedTuple):
    """What was said of one submission."""

    review: Review | None = None  # that holds; None where nobody said anything, or took it back
    disputes: tuple[Review, ...] = ()  # that are open
    version: int = 0  # number of the last that was said


class Assignment(NamedTuple):
    """Who is to review a project, from now on."""

    project_code: str
    reviewer: str | None  # None: nobody but whom the roster names


class LowerReview(NamedTuple):
    """What a lower level decided on a submission, as its package says."""

    level: str  # name of the folder of those who decided
    verdict: str
    opinion: str = ""
    reviewer: str = ""
    reviewed_on: str = ""  # 2022-02-01

    @property
    def words(self) -> str:
        """Such as 街道：通过（王五，2022-02-01）：指标明确."""
        who = "，".join(word for word in (self.reviewer, self.reviewed_on) if word)
        return f"{self.level}：{self.verdict}{f'（{who}）' if who else ''}{f'：{self.opinion}' if self.opinion else ''}"


def told(versions: Iterable[Review]) -> dict[str, Told]:
    """By submission, from all versions in their order; submissions stand in the order in which they were last spoken of."""
    found: dict[str, Told] = {}
    for review in versions:
        before = found.pop(review.sha256, Told())
        if review.is_disputed:
            found[review.sha256] = Told(before.review, (*before.disputes, review), review.version)
        else:
            found[review.sha256] = Told(None if review.is_empty else review, (), review.version)
    return found


def by_project(of_submissions: Mapping[str, Told]) -> dict[str, Review]:
    """By project: the review of what counts, else the last one of an earlier submission."""
    given = sorted((one.review for one in of_submissions.values() if one.review), key=lambda review: review.is_current)
    return {review.project_code: review for review in given}


def keep(connection: Connection, wanted: Wanted, reviews: Iterable[Review]) -> int:
    """Keeps what differs from what holds of the same submission, or ends a dispute on it; gives how many."""
    said, kept = list(reviews), 0
    known = told(versions_of(connection, wanted)) if said else {}
    for review in said:
        before = known.get(review.sha256, Told())
        if review.is_disputed or before.disputes or review.said != (before.review.said if before.review else ()):
            _insert(connection, wanted, review)
            kept += not review.is_disputed
    return kept


def versions_of(connection: Connection, wanted: Wanted) -> list[Review]:
    """Every review that was ever kept, in the order in which they were written."""
    about = tables.submission.c
    joined = tables.review.join(tables.submission).join(tables.project)
    query = select(tables.review, about.project_code, about.sha256, about.is_current).select_from(joined)
    scores: dict[int, dict[str, Decimal]] = {}
    score_query = select(tables.review_score).select_from(joined.join(tables.review_score))
    for score in connection.execute(score_query.where(*wanted)):
        scores.setdefault(score.review_id, {})[score.item] = score.points
    remarks: dict[int, list[Remark]] = {}
    remark_query = select(tables.review_opinion).select_from(joined.join(tables.review_opinion))
    for one in connection.execute(remark_query.where(*wanted).order_by(tables.review_opinion.c.id)):
        remarks.setdefault(one.review_id, []).append(Remark(one.sub_project, one.row, one.kind, one.text))
    rows = connection.execute(query.where(*wanted).order_by(tables.review.c.id))
    return [_review(row, scores.get(row.id, {}), remarks.get(row.id, ())) for row in rows]


def _review(row: Row[Any], scores: Mapping[str, Decimal], remarks: Iterable[Remark]) -> Review:
    given = (row.verdict, row.opinion, row.reviewer, row.reviewed_on)
    known = row.is_current, row.id, row.recorded_at
    return Review(row.project_code, row.sha256, *given, scores, *known, row.kind, row.is_disputed, tuple(remarks))


def _insert(connection: Connection, wanted: Wanted, review: Review) -> None:
    own = ("verdict", "opinion", "reviewer", "reviewed_on", "kind", "is_disputed")
    values = {
        "submission_id": _submission_id(connection, wanted, review.sha256),
        **{name: getattr(review, name) for name in own},
        "recorded_at": instant(),
    }
    review_id = connection.execute(insert(tables.review).values(values)).inserted_primary_key[0]  # type: ignore[index]
    scores = [{"review_id": review_id, "item": item, "points": points} for item, points in review.scores.items()]
    if scores:
        connection.execute(insert(tables.review_score), scores)
    remarks = [{"review_id": review_id, **remark._asdict()} for remark in review.remarks]
    if remarks:
        connection.execute(insert(tables.review_opinion), remarks)


def _submission_id(connection: Connection, wanted: Wanted, sha256: str) -> int:
    columns = tables.submission.c
    about = select(columns.id).join_from(tables.submission, tables.project).where(columns.sha256 == sha256)
    return int(connection.execute(about.where(*wanted)).scalar_one())


def assignments_of(connection: Connection, wanted: Wanted) -> dict[str, tuple[str | None, ...]]:
    """By project code, everybody it was ever given to, the last one last; a roster is not asked."""
    columns = tables.assignment.c
    query = select(tables.project.c.project_code, columns.reviewer).join_from(tables.assignment, tables.project)
    given: dict[str, tuple[str | None, ...]] = {}
    for code, reviewer in connection.execute(query.where(*wanted).order_by(columns.id)):
        given[code] = (*given.get(code, ()), reviewer)
    return given


def assign(connection: Connection, wanted: Wanted, assignments: Iterable[Assignment]) -> int:
    """Keeps what is not so yet; gives how many."""
    wished, kept = list(assignments), 0
    known = assignments_of(connection, wanted) if wished else {}
    for one in wished:
        if known.get(one.project_code, (None,))[-1] == one.reviewer:
            continue
        of_project = tables.project.c.project_code == one.project_code, tables.project.c.part == "whole"
        project_id = connection.execute(select(tables.project.c.id).where(*of_project, *wanted)).scalar_one()
        values = {"project_id": project_id, "reviewer": one.reviewer, "recorded_at": instant()}
        connection.execute(insert(tables.assignment).values(values))
        kept += 1
    return kept


def lower_reviews_of(connection: Connection, wanted: Wanted) -> dict[str, tuple[LowerReview, ...]]:
    """By the SHA-256 of a submission, what each lower level said of it, the lowest first."""
    columns = tables.lower_review.c
    joined = tables.lower_review.join(tables.submission).join(tables.project)
    cells = (tables.submission.c.sha256, *(columns[name] for name in LowerReview._fields))
    said: dict[str, tuple[LowerReview, ...]] = {}
    for sha256, *words in connection.execute(select(*cells).select_from(joined).where(*wanted).order_by(columns.id)):
        said[sha256] = (*said.get(sha256, ()), LowerReview(*words))
    return said


def keep_lower(
    connection: Connection, wanted: Wanted, reviews: Mapping[str, Iterable[LowerReview]], packed_at: str
) -> None:
    """Keeps what a package says of its workbooks, by their SHA-256, in the place of what an older one said."""
    columns = tables.lower_review.c
    about = tables.submission.c
    joined = select(about.id, about.sha256).join_from(tables.submission, tables.project)
    ids = {row.sha256: row.id for row in connection.execute(joined.where(*wanted))}
    for sha256, said in reviews.items():
        newer = select(columns.id).where(columns.submission_id == ids.get(sha256), columns.packed_at > packed_at)
        if sha256 not in ids or connection.execute(newer.limit(1)).first():
            continue
        connection.execute(delete(tables.lower_review).where(columns.submission_id == ids[sha256]))
        values = [{"submission_id": ids[sha256], "packed_at": packed_at, **one._asdict()} for one in said]
        if values:
            connection.execute(insert(tables.lower_review), values)
