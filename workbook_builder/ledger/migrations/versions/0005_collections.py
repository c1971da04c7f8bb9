"""Several collections in one ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UNIQUE, KEY = "uq_project", ["form_id", "fiscal_year", "project_code", "part"]


def upgrade() -> None:
    """Tells collections apart: "" is that of a ledger of one's own, and where nobody has claimed a row yet."""
    with op.batch_alter_table("project") as table:
        table.add_column(sa.Column("collection_id", sa.String, nullable=False, server_default=""))
        table.drop_constraint("_".join((UNIQUE, *KEY)), type_="unique")
        table.create_unique_constraint("_".join((UNIQUE, "collection_id", *KEY)), ["collection_id", *KEY])
    with op.batch_alter_table("submission") as table:
        table.add_column(sa.Column("collection_id", sa.String, nullable=False, server_default=""))
        table.drop_constraint("uq_submission_sha256", type_="unique")
        table.create_unique_constraint("uq_submission_collection_id_sha256", ["collection_id", "sha256"])
