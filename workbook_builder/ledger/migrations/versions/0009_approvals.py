"""What was approved of each project, with the number and day of the document."""

import sqlalchemy as sa
from alembic import op

from workbook_builder.ledger.tables import Yuan

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the tables of approvals."""
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "project_id", sa.Integer, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("document_number", sa.Text),
        sa.Column("approved_on", sa.Date),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "approved_amount",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "approval_id", sa.Integer, sa.ForeignKey("approval.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("project_code", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("amount_yuan", Yuan, nullable=False),
    )
