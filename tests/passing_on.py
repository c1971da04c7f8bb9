"""Levels of government that pass their declarations on: sub-district, department, bureau."""

import io
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers import (
    Issued,
    family,
    files_under,
    project,
    single,
    write_roster,
)
from tests.recorded import recorded_sum
from workbook_builder.centre.package_out import Packed, pack
from workbook_builder.collection.folder import Collection, new_collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.resources import packaged_template

STREET_UNITS = (Unit("U1", "党建服务中心"), Unit("U2", "文化活动中心"))
PARTS = ("annual_appropriation", "annual_carryover", "annual_other")


class Level(NamedTuple):
    """One level of government: its collection and ledger."""

    collection: Collection
    ledger: Ledger

    def imports(self, *paths: Path) -> Imported:
        return import_files(self.collection, paths, self.ledger)

    def packs(self, output: Path | None = None) -> Packed:
        return pack(self.collection, self.ledger, output)

    @property
    def archive(self) -> dict[str, bytes]:
        """All that lies there but the ledger and its own rosters, which any command keeps that reads them."""
        files = files_under(self.collection.archive)
        return {name: data for name, data in files.items() if not name.startswith(("台账", "旧名册"))}

    @property
    def recorded(self) -> list[str]:
        return [row.project_code for row in self.ledger.current("sh-performance-target", 2022)]


def amounts(yuan: str, carryover: str = "0.00", other: str = "0.00") -> dict[str, str]:
    """Amounts of one declaration; in total a million more than this year."""
    fiscal = Decimal(yuan) + Decimal(carryover) + 1_000_000
    return {
        "annual_appropriation": yuan, "annual_carryover": carryover, "annual_other": other,
        "total_fiscal": str(fiscal), "total_other": other,
    }  # fmt: skip


PERIOD = {"start_date": "2022-01-01", "end_date": "2024-12-31", "overall_goal": "三年内覆盖全部党支部。"}
SINGLES = {"P1": amounts("800000.07", "1234.56"), "P2": amounts("333333.33", other="0.01")}
SUBS = (amounts("400000.10"), amounts("99999.99", "0.02", "50000.00"))


def told() -> dict[str, Mapping[str, Any]]:
    parent = family(subs=2, **PERIOD)
    for sub, money in zip(parent["sub_projects"], SUBS, strict=True):
        sub.update(money)
    return {**{code: single(**PERIOD, **money) for code, money in SINGLES.items()}, "P3": parent}


def independent_sums() -> dict[str, Decimal]:
    """What the three roots declare together, added up from the entries and not by the program."""
    declared = [*SINGLES.values(), *SUBS]
    sums = {key: sum((Decimal(entry[key]) for entry in declared), Decimal(0)) for key in declared[0]}
    total = sums["total_fiscal"] + sums["total_other"]
    return {**sums, "total_funds": total, "annual_funds": sum((sums[key] for key in PARTS), Decimal(0))}


def level(folder: Path, units: tuple[Unit, ...], *projects: RosterProject, **settings: Any) -> Level:
    new_collection(folder, b"", packaged_template())
    write_roster(
        folder / "名册.xlsx", Roster(Settings(**{"fiscal_year": 2022, "round": "一上", **settings}), units, projects)
    )
    collection = Collection(folder)
    return Level(collection, Ledger(sqlite_url(collection.ledger)))


def bureau(folder: Path, *projects: RosterProject, **settings: Any) -> Level:
    return level(folder, (Unit("B1", "区财政局"),), *(projects or (project("B", "本级", unit_code="B1"),)), **settings)


def declared(place: Level, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Sends out, has filled and imports."""
    generate(place.collection, packaged_catalogue())
    desk, incoming = Desk(place.collection), place.collection.folder / "收回"
    for issue in place.collection.latest_issues().values():
        if issue.project_code in entries:
            issued = Issued(place.collection, place.collection.folder / issue.file, desk)
            (incoming / f"{issue.project_code}.xlsx").write_bytes(issued.filled(entries[issue.project_code]))
    place.imports(incoming)


def ledger_sums(place: Level) -> dict[str, Decimal]:
    return {key: recorded_sum(place.ledger, key) for key in MONEY_LINES}


Parts = dict[str, bytes]


def parts_of(packed: Packed) -> Parts:
    with zipfile.ZipFile(packed.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def new_street(folder: Path) -> Level:
    """Two units, three declared roots, one returned and one missing."""
    subs = (project("P3-1", "书记工作室", unit_code=None), project("P3-2", "社区党建", unit_code=None))
    roots = [
        project(), project("P2", "文化活动", unit_code="U2", department="某街道办事处"),
        project("P3", "党群服务", sub_projects=subs), project("P4", "退回的"), project("P5", "未交的", unit_code="U2"),
    ]  # fmt: skip
    place = level(folder, STREET_UNITS, *roots)
    declared(place, {**told(), "P4": single(annual_goal=None)})
    return place
