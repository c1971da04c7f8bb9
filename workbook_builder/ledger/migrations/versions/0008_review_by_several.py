"""Review by several: opinions on indicators, what is disputed, who is to review, what lower levels decided."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing is disputed or assigned yet."""
    op.add_column("review", sa.Column("kind", sa.Text))
    op.add_column("review", sa.Column("is_disputed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "review_opinion",
        sa.Column("id", sa.Integer, primary_key=True),
        _belongs_to("review"),
        sa.Column("sub_project", sa.Integer),
        sa.Column("row", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("kind", "text")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer, primary_key=True),
        _belongs_to("project"),
        sa.Column("reviewer", sa.Text),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "lower_review",
        sa.Column("id", sa.Integer, primary_key=True),
        _belongs_to("submission"),
        sa.Column("packed_at", sa.String, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("level", "verdict", "opinion", "reviewer")),
        sa.Column("reviewed_on", sa.String, nullable=False),
    )


def _belongs_to(table: str) -> sa.Column[int]:
    return sa.Column(
        f"{table}_id", sa.Integer, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=True
    )
