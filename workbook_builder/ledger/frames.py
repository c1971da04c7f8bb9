"""The ledger, a declaration, any table as pandas DataFrames. Importing this imports pandas, so it is done when asked for.

One rule for every column, so that nothing becomes a float or loses its type:

    amounts, points, targets   object: Decimal, exact to the fen (a target in words is a str); None where empty
    dates, moments             datetime64[s]: a date is its midnight; moments are in UTC, without a zone; NaT where empty
    whole numbers              Int64; NA where empty
    texts                      string; NA where empty
    yes or no                  boolean
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from workbook_builder.findings import Finding
from workbook_builder.form.declaration import Declaration
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.lines import DATES, OF_PART, head_of, money_of, narrative_of, parts_of
from workbook_builder.ledger.reviews import Remark, Review
from workbook_builder.ledger.rows import IndicatorRow, Submission

if TYPE_CHECKING:
    from workbook_builder.ledger.queries import Questions

Kind = Literal["text", "whole", "flag", "date", "moment", "exact"]
DTYPES: Mapping[Kind, str] = {
    "text": "string",
    "whole": "Int64",
    "flag": "boolean",
    "date": "datetime64[s]",
    "moment": "datetime64[s]",
    "exact": "object",
}
KINDS: Mapping[str, Kind] = {  # of the columns that are no texts
    **dict.fromkeys(("submission_id", "sub_project", "fiscal_year", "round_order", "issue_order", "same_as"), "whole"),
    **dict.fromkeys(("submission_number", "row", "version"), "whole"),
    **dict.fromkeys(("is_current", "is_undecided", "is_disputed"), "flag"),
    **dict.fromkeys((*DATES, "fill_date", "reviewed_on", "approved_on"), "date"),
    **dict.fromkeys(("modified_at", "received_at"), "moment"),
    **dict.fromkeys(("amount_yuan", "target", "weight", "points"), "exact"),
}
PART, MONEY, NARRATIVE = (
    ("sub_project", *OF_PART),
    ("sub_project", "key", "amount_yuan"),
    ("sub_project", "key", "text"),
)
INDICATORS = IndicatorRow._fields[1:]
SUBMISSIONS = ("submission_id", *Submission._fields[1:])
FINDINGS = ("submission_id", *Finding._fields)
REVIEWS = (
    "version",
    "submission_id",
    "project_code",
    "is_current",
    "verdict",
    "opinion",
    "reviewer",
    "reviewed_on",
    "kind",
    "is_disputed",
)
REMARKS = ("version", *Remark._fields)
SCORES = ("version", "item", "points")
APPROVALS = ("version", "root_code", "document_number", "approved_on", "actor", "project_code", "key", "amount_yuan")


class DeclarationFrames(NamedTuple):
    """A declaration. sub_project tells the parts: their numbers from 0, NA for the root project."""

    declarations: pd.DataFrame  # a row for each part: code, name, category, department, unit, dates and goals
    money_lines: pd.DataFrame  # key, such as annual_funds, and amount_yuan: Decimal yuan with two places
    indicators: pd.DataFrame  # the rows of the tables; target: Decimal in its unit, or str; weight: Decimal points
    narratives: pd.DataFrame  # key, such as overview, and text of 情况说明


class LedgerFrames(NamedTuple):
    """What the ledger holds of a form and year; submission_id joins all with the submissions.

    Everything that ever came is there, wholes and parts: what counts is where submissions.is_current, of root projects
    where part is "whole". Columns without a word here are those of ledger.rows.Submission.
    """

    submissions: pd.DataFrame  # a row for each file that came and declares a project
    declarations: pd.DataFrame  # this and the next three as in DeclarationFrames
    money_lines: pd.DataFrame
    indicators: pd.DataFrame
    narratives: pd.DataFrame
    findings: pd.DataFrame  # a row for each: rule, severity, sheet, cell, key, message, value, expected
    reviews: pd.DataFrame  # every version of every review; is_current: it is about what counts
    review_scores: pd.DataFrame  # points: Decimal, with two places; version: of the review
    review_opinions: pd.DataFrame  # on single indicators: sub_project, row, kind, text; version: of the review
    approvals: pd.DataFrame  # every version of every approval, a row for each amount: the last one of a root counts


def to_pandas(declaration: Declaration) -> DeclarationFrames:
    """A declaration, such as `check` gives it, as DataFrames."""
    parts = list(parts_of(declaration))
    return DeclarationFrames(
        _frame(PART, ((number, *head_of(part).values()) for number, part in parts)),
        _frame(MONEY, ((number, *line) for number, part in parts for line in money_of(part))),
        _frame(INDICATORS, ((number, *indicator) for number, part in parts for indicator in part.indicators)),
        _frame(NARRATIVE, ((number, *text) for number, part in parts for text in narrative_of(part))),
    )


def ledger_frames(ledger: "Questions", form_id: str, fiscal_year: int) -> LedgerFrames:
    """See Ledger.to_pandas."""
    submissions = ledger.submissions(form_id, fiscal_year)
    reviews = ledger.review_versions(form_id, fiscal_year)
    ids = {one.sha256: one.id for one in submissions}
    declarations = list(ledger.declarations(ids.values()))
    about = ("submission_id",)
    return LedgerFrames(
        _frame(SUBMISSIONS, submissions),
        _frame(about + PART, (part[:-1] for part in declarations)),
        _frame(about + MONEY, ((*part[:2], *line) for part in declarations for line in part.money.items())),
        _frame(about + INDICATORS, (_typed(row) for row in ledger.indicators(ids.values()))),
        _frame(about + NARRATIVE, ledger.narratives(ids.values())),
        _frame(FINDINGS, ((row.submission_id, *row.finding) for row in ledger.findings(ids.values()))),
        _frame(REVIEWS, (_review_cells(one, ids[one.sha256]) for one in reviews)),
        _frame(SCORES, ((one.version, *score) for one in reviews for score in one.scores.items())),
        _frame(REMARKS, ((one.version, *remark) for one in reviews for remark in one.remarks)),
        _frame(APPROVALS, _approved_cells(ledger.approval_versions(form_id, fiscal_year))),
    )


def _approved_cells(approvals: Iterable[Approval]) -> Iterator[tuple[object, ...]]:
    """One that takes an approval back has no amount."""
    for one in approvals:
        head = one.version, one.project_code, one.document_number, one.approved_on, one.actor
        lines = ((*head, code, *line) for code, own in one.amounts.items() for line in own.items())
        yield from lines if one.amounts else [(*head, None, None, None)]


def _typed(row: IndicatorRow) -> tuple[object, ...]:
    return tuple(row.typed_target if name == "target" else cell for name, cell in row._asdict().items())


def _review_cells(review: Review, submission_id: int) -> tuple[object, ...]:
    head = review.version, submission_id, review.project_code, review.is_current
    said = review.verdict, review.opinion, review.reviewer, review.reviewed_on
    return *head, *said, review.kind, review.is_disputed


def _frame(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    return frame({name: KINDS.get(name, "text") for name in columns}, rows)


def frame(columns: Mapping[str, Kind], rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """A table of these columns, each with the type of its kind; also where it has no rows."""
    cells = zip(*rows, strict=True)
    values = list(cells) or [()] * len(columns)
    typed = zip(columns.items(), values, strict=True)
    return pd.DataFrame({name: pd.Series(some, dtype=DTYPES[kind]) for (name, kind), some in typed})
