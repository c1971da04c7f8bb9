"""An office with two projects, both accepted, whose ledger has seen the roster; for what becomes of it when that changes."""

import datetime
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.helpers import collection_of, project, single, write_roster
from workbook_builder.centre.deciding import history
from workbook_builder.centre.roster_versions import Rosters, restored
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import counting
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing

DEADLINE, LATER = datetime.date(2031, 1, 31), datetime.date(2031, 2, 3)
AMOUNTS = {"P1": Decimal("800000.07"), "P2": Decimal("200000.50")}
FULL = AMOUNTS["P1"] + AMOUNTS["P2"]
FIRST, SECOND = (project(code, f"项目{code}", unit_code="U1") for code in AMOUNTS)
BEFORE = Roster(Settings(2022, "一上", DEADLINE), (Unit("U1", "甲中心"), Unit("U2", "乙中心")), (FIRST, SECOND))


class Office:
    """Two projects, both accepted; the ledger has seen the roster."""

    def __init__(self, folder: Path):
        self.collection = Collection(folder)
        self.ledger = Ledger(sqlite_url(self.collection.ledger))

    def has(self, roster: Roster) -> None:
        write_roster(self.collection.roster, roster)

    @property
    def total(self) -> Decimal:
        """年度资金 of what counts, yuan."""
        counted = counting(Standing(self.collection, Desk(self.collection), self.ledger))
        return sum((Decimal(one.declaration["annual_funds"]) for one in counted.accepted), Decimal(0))

    def told(self, code: str) -> list[str]:
        """What the history of a project says of the roster."""
        return [event.words for event in history(self.collection, self.ledger, code) if event.file == "名册.xlsx"]

    def undoes(self) -> Rosters:
        return restored(self.collection, self.ledger, None, "赵六")


def accepted_in(folder: Path) -> Path:
    """The folder of such an office, to be copied."""
    collection = collection_of(folder, FIRST, SECOND)
    write_roster(collection.roster, BEFORE)
    generate(collection, packaged_catalogue())
    desk = Desk(collection)
    for code, issue in collection.latest_issues().items():
        money = {"annual_appropriation": str(AMOUNTS[code]), "annual_carryover": "0.00", "annual_other": "0.00"}
        data = (collection.folder / issue.file).read_bytes()
        filled = fill(data, f"{code}.xlsx", single(**money, project_category="阶段性项目"), desk)
        (collection.folder / "收回" / f"{code}.xlsx").write_bytes(filled)
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        done = import_files(collection, [collection.folder / "收回"], ledger)
    assert [item.checked.status for item in done.items if item.checked] == ["accepted", "accepted"]
    return collection.folder


def first(**values: Any) -> Roster:
    """The roster with other values of the first project."""
    return BEFORE._replace(projects=(FIRST._replace(**values), SECOND))
