"""Root projects that come in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

UNIQUE, KEY = "uq_project_form_id_fiscal_year_project_code", ["form_id", "fiscal_year", "project_code"]


def upgrade() -> None:
    """Tells parts from wholes: whatever came before was whole."""
    with op.batch_alter_table("project") as table:
        table.add_column(sa.Column("part", sa.String, nullable=False, server_default="whole"))
        table.drop_constraint(UNIQUE, type_="unique")
        table.create_unique_constraint(f"{UNIQUE}_part", [*KEY, "part"])
    op.add_column("submission", sa.Column("parts_sha256", sa.String(64)))
    op.create_index("ix_submission_parts_sha256", "submission", ["parts_sha256"])
