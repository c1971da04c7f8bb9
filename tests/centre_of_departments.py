"""Collections with declarations of several departments and units in their ledger, for what is made of them."""

import datetime
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers import Issued, collection_of, family, single, write_roster
from tests.loaded import opened
from workbook_builder.centre.report.write import Reported, write_report
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

FORM = "sh-performance-target"
PARTY, STREET = "某街道党工委", "某街道办事处"
UNITS = tuple(
    Unit(f"U{number}", name, "张三", "021-1", f"u{number}@example.com")
    for number, name in enumerate(("党建服务中心", "文化活动中心", "事务受理中心"), start=1)
)
PROJECTS = (
    RosterProject(
        "0101",
        "党群综合服务",
        department=PARTY,
        unit_code="U1",
        sub_projects=(RosterProject("010101", "“两新”党建"), RosterProject("010102", "书记工作室")),
    ),
    RosterProject("0102", "社区培训", department=PARTY, unit_code="U1"),
    RosterProject("0201", "=1+1文化活动", department=STREET, unit_code="U2"),
    RosterProject("0301", "受理中心运行", department=STREET, unit_code="U3"),
    RosterProject("0302", "窗口服务", department=STREET, unit_code="U3"),
)
ODD = {  # figures whose sum in floats is not exact
    "total_fiscal": "1234567.89",
    "total_other": "0.10",
    "annual_appropriation": "1000000.07",
    "annual_carryover": "234567.82",
    "annual_other": "0.10",
}


def _typed() -> dict[str, dict[str, Any]]:
    entries = {"0101": family(2), "0102": single(**ODD), "0201": single(annual_goal="=1+1 文化活动十次，服务居民。")}
    entries["0101"]["sub_projects"][1].update(ODD)
    entries["0301"] = single(annual_goal=None)
    for entry in entries.values():
        del entry["department"]  # the roster gives it
    return entries


TYPED = _typed()  # what the units type, by project; nothing comes of 0302
INPUT_LINES = ("total_fiscal", "total_other", "annual_appropriation", "annual_carryover", "annual_other")


def typed_money(code: str) -> dict[str, Decimal]:
    """All money lines of a project as they follow from what was typed, summed up here."""
    parts = TYPED[code].get("sub_projects") or [TYPED[code]]
    money = {key: sum((Decimal(part[key]) for part in parts), Decimal(0)) for key in INPUT_LINES}
    money["total_funds"] = money["total_fiscal"] + money["total_other"]
    money["annual_funds"] = money["annual_appropriation"] + money["annual_carryover"] + money["annual_other"]
    return money


class Centre(NamedTuple):
    """A finance office."""

    collection: Collection
    ledger: Ledger

    def issued(self, code: str) -> Issued:
        issues = [issue for issue in self.collection.issues().values() if issue.project_code == code]
        return Issued(self.collection, self.collection.folder / issues[-1].file, Desk(self.collection))

    def comes(self, name: str, data: bytes) -> Imported:
        path = self.collection.folder / "收回" / name
        path.write_bytes(data)
        return import_files(self.collection, [path], self.ledger)

    def reports(self, csv_folder: Path | None = None) -> Reported:
        return write_report(self.collection, self.ledger, csv_folder)

    def sheet(self, title: str) -> Any:
        """A sheet of 汇总.xlsx with what its formulas give."""
        return opened(self.collection.report.read_bytes(), data_only=True)[title]

    def lines(self, title: str) -> list[dict[str, Any]]:
        """The rows of a sheet under their headers."""
        rows = list(self.sheet(title).iter_rows(min_row=3, values_only=True))
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def new_centre(folder: Path) -> None:
    """A collection to be copied: all but 0302 came in and is in the ledger."""
    collection = collection_of(folder)
    settings = Settings(2022, "一上", datetime.date(2022, 1, 31), "王五", "021-2")
    write_roster(collection.roster, Roster(settings, UNITS, PROJECTS))
    generate(collection, packaged_catalogue())
    with centre_of(folder) as centre:
        for code, entry in TYPED.items():
            centre.comes(f"{code} 交表#1.xlsx", centre.issued(code).filled(entry))


@contextmanager
def centre_of(folder: Path, template: Path | None = None) -> Iterator[Centre]:
    """The centre in a folder, copied from another one first where that is given."""
    if template is not None:
        shutil.copytree(template, folder)
    collection = Collection(folder)
    ledger = Ledger(sqlite_url(collection.ledger))
    try:
        yield Centre(collection, ledger)
    finally:
        ledger.close()
