"""Reviews: what the centre decides on a submission."""

import sqlalchemy as sa
from alembic import op

from workbook_builder.ledger.tables import Yuan

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables of reviews."""
    op.create_table(
        "review",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "submission_id", sa.Integer, sa.ForeignKey("submission.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        *(sa.Column(name, sa.Text) for name in ("verdict", "opinion", "reviewer")),
        sa.Column("reviewed_on", sa.Date),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "review_score",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("review_id", sa.Integer, sa.ForeignKey("review.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("item", sa.String, nullable=False),
        sa.Column("points", Yuan, nullable=False),
    )
