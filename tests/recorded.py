"""What a ledger holds, and what a report shows of it, asked as only tests ask."""

import datetime
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from tests.helpers import Issued, collection_of, project, single, stamped
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Item
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.rows import Submission
from workbook_builder.ledger.status import Entry, status_of
from workbook_builder.ledger.upgrade import MIGRATIONS

FORM, YEAR = "sh-performance-target", 2022
FEN = Decimal("0.01")


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


def sums_shown(report: Path) -> dict[str, Decimal]:
    """The sums above 资金汇总, to the fen, by their headers."""
    with closing(openpyxl.load_workbook(report, read_only=True, data_only=True)) as book:
        header, together = book["资金汇总"].iter_rows(min_row=3, max_row=4, values_only=True)
    sums = zip(map(str, header), together, strict=True)
    return {title: Decimal(str(value)).quantize(FEN) for title, value in sums if isinstance(value, int | float)}


def history(ledger: Ledger, code: str) -> list[Submission]:
    """All submissions of a project, in the order in which they came."""
    return [submission for submission in ledger.submissions(FORM, YEAR) if submission.project_code == code]


def sent_out_in(folder: Path) -> Path:
    """A collection with one project that was sent out, and an empty ledger."""
    collection = collection_of(folder / "任务", project())
    generate(collection, packaged_catalogue())
    Ledger(sqlite_url(collection.ledger)).close()
    return collection.folder


@contextmanager
def office_in(folder: Path, sent_out: Path) -> "Iterator[Office]":
    """A copy of it, with its ledger open."""
    shutil.copytree(sent_out, folder / "任务")
    made = Office(folder / "任务")
    yield made
    made.ledger.close()


class Office:
    """A collection with one project, and its ledger."""

    def __init__(self, folder: Path):
        self.collection = Collection(folder)
        self.ledger = Ledger(sqlite_url(self.collection.ledger))
        (issue,) = self.collection.issues().values()
        self.form = Issued(self.collection, folder / issue.file, Desk(self.collection))

    def file(self, phone: str, moment: str, **more: Any) -> bytes:
        return stamped(self.form.filled(single(phone=phone, **more)), moment)

    def imports(self, *files: bytes) -> list[Item]:
        """All in one import, in this order."""
        paths = []
        for data in files:
            path = self.collection.folder / "收回" / f"{len(list((self.collection.folder / '收回').iterdir())):03}.xlsx"
            path.write_bytes(data)
            paths.append(path)
        return self.imports_paths(*paths)

    def imports_paths(self, *paths: Path) -> list[Item]:
        return list(import_files(self.collection, paths, self.ledger).items)

    @property
    def counting(self) -> tuple[str | None, str]:
        """Phone and status of what counts."""
        (one,) = self.ledger.current(FORM, YEAR)
        return one.phone, one.status

    def entry(self, today: datetime.date) -> Entry:
        (entry,) = status_of(self.collection, self.ledger, today).entries
        return entry
