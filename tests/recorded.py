"""What a ledger holds, asked as only tests ask."""

from decimal import Decimal

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from workbook_builder.ledger.database import MIGRATIONS
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.rows import Submission

FORM, YEAR = "sh-performance-target", 2022


def brought_up_to(connection: Connection, revision: str) -> None:
    """The tables of an empty database as this migration left them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def recorded_sum(ledger: Ledger, key: str, form_id: str = FORM, fiscal_year: int = YEAR) -> Decimal:
    """The sum of a money line over the root projects that count, in yuan."""
    lines = ledger.money(form_id, fiscal_year)
    return sum((line.amount_yuan for line in lines if line.key == key), Decimal("0.00"))


def history(ledger: Ledger, code: str) -> list[Submission]:
    """All submissions of a project, in the order in which they came."""
    return [submission for submission in ledger.submissions(FORM, YEAR) if submission.project_code == code]
