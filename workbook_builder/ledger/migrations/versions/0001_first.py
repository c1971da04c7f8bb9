"""The first ledger."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from workbook_builder.ledger.tables import Yuan

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes all tables."""
    op.create_table(
        "project",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("form_id", sa.String, nullable=False),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("project_code", sa.String, nullable=False),
        sa.UniqueConstraint("form_id", "fiscal_year", "project_code"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id")),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.Column("is_undecided", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.String) for name in ("unit_code", "project_code", "round", "form_version", "issue_id")),
        *(sa.Column(name, sa.Integer) for name in ("round_order", "issue_order", "submission_number")),
        sa.Column("modified_at", sa.DateTime),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("filler", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("fill_date", sa.Date),
        sa.Column("document", sa.Text),
    )
    op.create_index("ix_submission_project_id", "submission", ["project_id"])
    current = sa.text("is_current")
    op.create_index(
        "uq_submission_current",
        "submission",
        ["project_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    _table(
        "declaration",
        "submission",
        sa.Column("sub_project", sa.Integer),
        sa.Column("project_code", sa.String),
        *(sa.Column(name, sa.Text) for name in ("project_name", "project_category", "department", "implementing_unit")),
        sa.Column("start_date", sa.Date),
        sa.Column("end_date", sa.Date),
        sa.Column("overall_goal", sa.Text),
        sa.Column("annual_goal", sa.Text),
    )
    key: tuple[str, Any] = ("key", sa.String)
    _table(
        "money_line",
        "declaration",
        sa.Column(*key, nullable=False),
        sa.Column("amount_yuan", Yuan, nullable=False),
    )
    _table(
        "indicator",
        "declaration",
        sa.Column("row", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("level1", "level2")),
        *(sa.Column(name, sa.Text) for name in ("name", "comparator", "target", "unit")),
        sa.Column("weight", Yuan),
    )
    _table("narrative", "declaration", sa.Column(*key, nullable=False), sa.Column("text", sa.Text, nullable=False))
    _table(
        "finding",
        "submission",
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("sheet", sa.Text),
        sa.Column("cell", sa.String),
        sa.Column(*key),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("expected", sa.Text),
    )


def _table(name: str, parent: str, *columns: Any) -> None:
    """A table whose rows go with a row of another."""
    key = sa.Column(f"{parent}_id", sa.Integer, sa.ForeignKey(f"{parent}.id", ondelete="CASCADE"), nullable=False)
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), key, *columns)
    op.create_index(f"ix_{name}_{parent}_id", name, [f"{parent}_id"])
