"""Files that say what another one says."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Which submission a file only repeats; before, each was a submission of its own."""
    op.add_column("submission", sa.Column("same_as", sa.Integer))
    op.create_index("ix_submission_same_as", "submission", ["same_as"])
