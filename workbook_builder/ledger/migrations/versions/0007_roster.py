"""The roster as it was read, version by version, and what each says otherwise than the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing was compared yet: the first version is what is read next."""
    op.create_table(
        "roster_version",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("collection_id", sa.String, nullable=False, server_default=""),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("read_sha256", sa.String(64), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("collection_id", "number", name="uq_roster_version_collection_id_number"),
    )
    op.create_table(
        "roster_act",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "roster_version_id",
            sa.Integer,
            sa.ForeignKey("roster_version.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("project_code", sa.String),
        sa.Column("unit_code", sa.String),
        sa.Column("concerns", sa.Text),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
    )
