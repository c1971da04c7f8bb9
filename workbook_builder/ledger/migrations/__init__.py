"""Schema versions of the ledger, for alembic.

None has a downgrade: an older program refuses a newer ledger (database.open_database), and nothing in the product takes a
ledger back to an older schema.
"""

HEAD = "0009"  # the newest, known without alembic: most ledgers are of today
