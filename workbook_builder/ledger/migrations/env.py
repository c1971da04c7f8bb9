"""Run by alembic with the connection, inside the transaction, that the ledger gives it."""

from alembic import context

from workbook_builder.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
