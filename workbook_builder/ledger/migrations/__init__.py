"""Schema versions of the ledger, for alembic."""
