"""A workbook of every kind that the product writes: a small round, out and back and into the next year, and one by parts.

Some titles of projects, and so of sheets, hold the sign that stands between a sheet and a cell in formulas.
"""

import datetime
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.centre_of_parts import centre_at, coded, entries
from tests.helpers import UNIT, Issued, collection_of, family, project, single
from workbook_builder.centre.chase import write_chase_list
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import RosterProject
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.intake.manifest import SUMMARY
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

PLAIN, MARKED = ("书记工作室", "社区环境"), ("书记!工作室", "环境整治!")


def _family(code: str, name: str, subs: Sequence[str]) -> RosterProject:
    return project(code, name, sub_projects=tuple(project(f"{code}-{n}", sub) for n, sub in enumerate(subs, start=1)))


FAMILIES = {"family": _family("P2", "党群服务", PLAIN), "family with !": _family("P3", "党群!服务", MARKED)}
PROJECTS = (
    project("P1", "培训!二期", budget_ceiling=Decimal(800000)),
    *FAMILIES.values(),
    project("P4", "维修!"),
    project("P5", "未交"),
)
ENTRIES: Mapping[str, dict[str, Any]] = {
    "P1": single(),
    "P2": family(2),
    "P3": family(2),
    "P4": single(annual_goal=None),
}


class Kind(NamedTuple):
    """A workbook, and something that is known to stand in it."""

    path: Path
    sheet: str
    cell: str
    value: str | float


def kinds(folder: Path) -> dict[str, Kind]:
    """By name: all that a round leaves behind, but for what is there several times."""
    return {**dict(_round(folder / "2022年", folder / "2023年")), **dict(_parts(folder / "分报"))}


def _round(this_year: Path, next_year: Path) -> Iterator[tuple[str, Kind]]:
    collection = collection_of(this_year, *PROJECTS)
    generate(collection, packaged_catalogue())
    yield "template", Kind(collection.template, "申报表", "A1", "财政项目支出绩效目标申报表")
    yield "roster", Kind(collection.roster, "项目名册", "B4", "培训!二期")
    yield "list of what was sent out", Kind(collection.outgoing / "下发清单.xlsx", "下发清单", "A1", "下发清单")
    yield from _filled(collection)
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        import_files(collection, [this_year / "收回"], ledger)
        yield from _of_the_centre(collection, ledger)
        rolled = roll_over(collection, ledger, 2023, next_year)
    yield "list of what was carried over", Kind(rolled.list_path, "延续的项目", "A1", "延续的项目")
    yield "roster of the next year", Kind(rolled.collection.roster, "项目名册", "B4", "培训!二期")
    generate(rolled.collection, packaged_catalogue())
    yield "single, rolled forward", Kind(_issued(rolled.collection, "P1").path, "申报表", "B3", "培训!二期")
    for name, root in FAMILIES.items():
        sub = root.sub_projects[1].project_name
        path = _issued(rolled.collection, root.project_code).path
        yield f"{name}, rolled forward", Kind(path, f"02 {sub}", "B3", sub)


def _issued(collection: Collection, code: str) -> Issued:
    return Issued(collection, collection.folder / collection.latest_issues()[code].file, Desk(collection))


def _filled(collection: Collection) -> Iterator[tuple[str, Kind]]:
    issues = {code: _issued(collection, code) for code in ENTRIES}
    back = {code: collection.folder / "收回" / f"{code}.xlsx" for code in ENTRIES}
    for code, issued in issues.items():
        back[code].write_bytes(issued.filled(ENTRIES[code]))
    yield "single, issued", Kind(issues["P1"].path, "申报表", "N7", 800000)
    yield "single, filled", Kind(back["P1"], "申报表", "E6", 1200000)
    for name, root in FAMILIES.items():
        sub = root.sub_projects[1].project_name
        yield f"{name}, issued", Kind(issues[root.project_code].path, f"02 {sub}", "B3", sub)
        yield f"{name}, filled", Kind(back[root.project_code], "子项目资金汇总", "B5", sub)


def _of_the_centre(collection: Collection, ledger: Ledger) -> Iterator[tuple[str, Kind]]:
    (returned,) = return_copies(collection, ledger)
    assert returned.copy
    yield "return copy", Kind(returned.copy, "申报表", "B3", "维修!")
    write_report(collection, ledger)
    yield "report", Kind(collection.report, "概览", "A1", "2022年度（一上）绩效目标申报汇总")
    status = status_of(collection, ledger, datetime.date(2022, 2, 1))
    yield "list for reminding", Kind(write_chase_list(collection, status), "催报清单", "A1", "催报清单")
    package = pack(collection, ledger).path
    with zipfile.ZipFile(package) as archive:
        archive.extract(SUMMARY, package.parent)
    yield "summary of a package", Kind(package.parent / SUMMARY, "报送项目", "A1", "报送项目")


def _parts(folder: Path) -> Iterator[tuple[str, Kind]]:
    centre = centre_at(folder, *FAMILIES.values())
    with closing(centre.ledger):
        for name, root in FAMILIES.items():
            titles = {sub.project_code: sub.project_name for sub in root.sub_projects}
            for code, entry in entries(coded(family(2), root)).items():
                sheet = f"{code.rpartition('-')[2]:0>2} {titles[code]}" if code in titles else "申报表"
                part = f"{name}: part {code.removeprefix(root.project_code) or 'of the parent'}"
                known = titles.get(code, root.project_name)
                yield f"{part}, issued", Kind(centre.issued(code).path, sheet, "B3", known)
                yield f"{part}, filled", Kind(centre.comes(code, entry), sheet, "D4", UNIT.unit_name)
        centre.imports()
        merged = [path for path, _ in centre.merges().written]
    for path, (name, root) in zip(merged, FAMILIES.items(), strict=True):
        yield f"{name}: merged", Kind(path, f"02 {root.sub_projects[1].project_name}", "C7", 1000000)
