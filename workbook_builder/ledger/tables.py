"""The tables of the ledger, as SQLAlchemy sees them; what is on disk is made and changed by migrations/."""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeDecorator

FEN_PER_YUAN = 100


class Yuan(TypeDecorator[Decimal]):
    """An amount in yuan with two places: NUMERIC(18, 2), and whole fen in SQLite, which has no exact decimals."""

    impl = Numeric(18, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The column's type in this database."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(18, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Yuan to what the database keeps."""
        return int(value * FEN_PER_YUAN) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """What the database keeps to yuan."""
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]  # NUMERIC gives a Decimal
        return (Decimal(value) / FEN_PER_YUAN).quantize(Decimal("0.01"))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _belongs_to(table: str) -> Column[int]:
    return Column(f"{table}_id", ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=True)


# A root project of one form and year of a collection, or a part of one that units fill in apart from each other; the
# submissions of all rounds of each compete for being the current one.
project = Table(
    "project",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", String, nullable=False, server_default=""),  # "" in a ledger of the collection's own
    Column("form_id", String, nullable=False),
    Column("fiscal_year", Integer, nullable=False),
    Column("project_code", String, nullable=False),  # of the project declared there
    Column("part", String, nullable=False, server_default="whole"),  # whole, parent, sub_project
    UniqueConstraint("collection_id", "form_id", "fiscal_year", "project_code", "part"),
)

# One file that came back, of each collection once for the same bytes. project_id is null where it could not be told whose it is.
submission = Table(
    "submission",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("project.id"), index=True),
    Column("collection_id", String, nullable=False, server_default=""),  # as its project's
    Column("sha256", String(64), nullable=False),
    Column("file", Text, nullable=False),
    Column("status", String, nullable=False),  # accepted, returned, unreadable
    Column("is_current", Boolean, nullable=False),  # the one that counts for its project
    Column("is_undecided", Boolean, nullable=False),  # as new as the current one and different: the centre is asked
    Column("unit_code", String),
    Column("project_code", String),
    Column("round", String),
    Column("form_version", String),
    Column("issue_id", String),
    Column("round_order", Integer),
    Column("issue_order", Integer),
    Column("submission_number", Integer),
    Column("modified_at", DateTime),  # UTC, as the file says, else as the file system does
    Column("received_at", DateTime, nullable=False),  # UTC
    Column("filler", Text),
    Column("phone", Text),
    Column("fill_date", Date),
    Column("document", Text),  # declaration and findings as in `check --json`
    Column("same_as", Integer, index=True),  # the submission whose answers these bytes repeat: it stands for them
    Column("parts_sha256", String(64), index=True),  # where it was merged from parts: tells those parts from others
    Column(
        "is_taken_back", Boolean, nullable=False, server_default=false()
    ),  # by an act of the centre: it counts nowhere
    Column("stood", Integer),  # how many of its project had come to count when it did; null where it never did
    UniqueConstraint("collection_id", "sha256"),
)
Index(
    "uq_submission_current",
    submission.c.project_id,
    unique=True,
    sqlite_where=submission.c.is_current,
    postgresql_where=submission.c.is_current,
)

declaration = Table(
    "declaration",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("submission"),
    Column("sub_project", Integer),  # its number from 0; null for the root project
    Column("project_code", String),
    Column("project_name", Text),
    Column("project_category", Text),
    Column("department", Text),
    Column("implementing_unit", Text),
    Column("start_date", Date),
    Column("end_date", Date),
    Column("overall_goal", Text),
    Column("annual_goal", Text),
)
money_line = Table(
    "money_line",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("declaration"),
    Column("key", String, nullable=False),  # such as annual_appropriation
    Column("amount_yuan", Yuan, nullable=False),
)
indicator = Table(
    "indicator",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("declaration"),
    Column("row", Integer, nullable=False),
    Column("level1", Text, nullable=False),
    Column("level2", Text, nullable=False),
    Column("name", Text),
    Column("comparator", Text),
    Column("target", Text),  # a decimal string where it is a number
    Column("unit", Text),
    Column("weight", Yuan),  # points with two places, on forms that have them
)
narrative = Table(
    "narrative",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("declaration"),
    Column("key", String, nullable=False),  # such as overview
    Column("text", Text, nullable=False),
)
finding = Table(
    "finding",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("submission"),
    Column("rule", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("sheet", Text),
    Column("cell", String),
    Column("key", String),
    Column("message", Text, nullable=False),
    Column("value", Text),
    Column("expected", Text),
)

# What the centre decides on a submission, each version once; the last one that is not disputed counts.
review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("submission"),
    Column("verdict", Text),  # 通过, 修改后通过, 退回
    Column("opinion", Text),
    Column("reviewer", Text),
    Column("reviewed_on", Date),
    Column("recorded_at", DateTime, nullable=False),  # UTC
    Column("kind", Text),  # 意见类型 of the opinion, such as 指标不够完整
    Column("is_disputed", Boolean, nullable=False, server_default=false()),  # said in ignorance of what others had said
)
review_score = Table(
    "review_score",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("review"),
    Column("item", String, nullable=False),  # such as review.relevance.goal
    Column("points", Yuan, nullable=False),  # with two places
)
review_opinion = Table(  # of a review, on one indicator
    "review_opinion",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("review"),
    Column("sub_project", Integer),  # its number from 0; null for the root project
    Column("row", Integer, nullable=False),  # of the indicator, as in the table indicator
    Column("kind", Text),
    Column("text", Text),
)
# Who is to review a project, each change once; the last one holds.
assignment = Table(
    "assignment",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("project"),
    Column("reviewer", Text),  # null: nobody but whom the roster names
    Column("recorded_at", DateTime, nullable=False),  # UTC
)
# What a lower level decided on a submission, as its package says; never a decision of this centre.
lower_review = Table(
    "lower_review",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("submission"),
    Column("packed_at", String, nullable=False),  # UTC, of the package
    Column("level", Text, nullable=False),  # name of the folder of those who decided
    Column("verdict", Text, nullable=False),
    Column("opinion", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("reviewed_on", String, nullable=False),  # 2022-02-01; "" where nobody says
)

# What the centre did to what came, each act once, in order.
act = Table(
    "act",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("submission"),
    Column("kind", String, nullable=False),  # take_back, put_back, prefer
    Column("was_current", Boolean, nullable=False),  # whether the submission counted before the act
    Column(
        "other_id", Integer
    ),  # the submission that counted before the act (prefer), or that counts instead (take_back)
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("recorded_at", DateTime, nullable=False),  # UTC
)

# A roster as it was read, each content once in a row: the next one says something else. Its bytes lie in the archive.
roster_version = Table(
    "roster_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", String, nullable=False, server_default=""),  # as with project
    Column("number", Integer, nullable=False),  # within the collection, from 1
    Column("sha256", String(64), nullable=False),  # of the bytes that are kept
    Column("read_sha256", String(64), nullable=False),  # of those read last that say the same: Excel saved it anew
    Column("actor", Text, nullable=False),
    Column("recorded_at", DateTime, nullable=False),  # UTC
    UniqueConstraint("collection_id", "number"),
)
# What a version says otherwise than the one before, or what was done because of it, each act once, in order.
roster_act = Table(
    "roster_act",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("roster_version"),
    Column("kind", String, nullable=False),  # collection.roster_changes.ChangeKind
    Column("project_code", String),  # null where it is not about one project
    Column("unit_code", String),
    Column("concerns", Text),  # codes of the projects that it touches, as JSON; null: all
    Column("before", Text),
    Column("after", Text),
    Column("sentence", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("recorded_at", DateTime, nullable=False),  # UTC
)

# What was approved of a root project, each version once; the last one counts, and one without amounts takes it back.
approval = Table(
    "approval",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("project"),
    Column("document_number", Text),
    Column("approved_on", Date),
    Column("actor", Text, nullable=False),  # who entered it
    Column("recorded_at", DateTime, nullable=False),  # UTC
)
approved_amount = Table(
    "approved_amount",
    metadata,
    Column("id", Integer, primary_key=True),
    _belongs_to("approval"),
    Column("project_code", String, nullable=False),  # of the root project or of one of its sub-projects
    Column("key", String, nullable=False),  # such as annual_appropriation
    Column("amount_yuan", Yuan, nullable=False),
)
