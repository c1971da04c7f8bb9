"""What the centre does to what came: files taken back, files that are to count."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing was taken back yet; who stood before whom is known from now on."""
    op.add_column("submission", sa.Column("is_taken_back", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("submission", sa.Column("stood", sa.Integer))
    op.create_table(
        "act",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "submission_id", sa.Integer, sa.ForeignKey("submission.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("was_current", sa.Boolean, nullable=False),
        sa.Column("other_id", sa.Integer),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
    )
