"""Makes the ledger's tables, or brings them up to date, by alembic and the versions in migrations/."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from workbook_builder.errors import UsageError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, revision: str | None) -> None:
    """To the newest version, from this one or from nothing. Raises UsageError where a newer program made the ledger."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if revision is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError as error:
            sentence = f"台账是用更新版本的程序建立的（版本 {revision}），没有改动。请升级 workbook-builder 后再试。"
            raise UsageError(sentence) from error
    command.upgrade(config, "head")
