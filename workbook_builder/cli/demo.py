"""The whole round on the packaged real example: a collection, its workbook, filled in, judged, recorded, reported."""

import contextlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.report.write import write_report
from workbook_builder.collection.folder import INCOMING, Collection, new_collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.files import read_file, write_file
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import Checked, check_file
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.resources import packaged_template

EXAMPLE = Path(__file__).parent / "example" / "declaration.json"
FIRST_PROJECT_LINE = 4


class Demo(NamedTuple):
    """What the demonstration made."""

    collection: Collection
    issued: Path
    filled: Path
    checked: Checked
    report: Path


def example_declaration() -> dict[str, Any]:
    """The three real declarations of 党群综合服务, as they were typed; words that the page had broken are rejoined."""
    entry: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return entry


def example_roster() -> Roster:
    """The roster that the example's workbook is issued from."""
    entry = example_declaration()
    unit = Unit(entry["unit_code"], "广富林街道社区党建服务中心", must_report=True)
    root = _roster_project(entry, entry["unit_code"], FIRST_PROJECT_LINE)
    return Roster(Settings(entry["fiscal_year"], entry["round"]), (unit,), (root,))


def _roster_project(entry: Mapping[str, Any], unit_code: str, line: int) -> RosterProject:
    subs = enumerate(entry.get("sub_projects", ()), start=line + 1)
    return RosterProject(
        entry["project_code"],
        entry["project_name"],
        entry["project_category"],
        entry["department"],
        unit_code,
        entry["implementing_unit"],
        start_date=_date(entry["start_date"]),
        end_date=_date(entry["end_date"]),
        line=line,
        sub_projects=tuple(_roster_project(sub, unit_code, number) for number, sub in subs),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def run(folder: Path) -> Demo:
    """Makes the collection in `folder`. Raises UsageError where it already holds one."""
    template_data, catalogue = packaged_template(), packaged_catalogue()
    form = load_template(template_data, "模板.xlsx", catalogue).form
    entry, roster = example_declaration(), example_roster()
    roster_data = new_roster(entry["fiscal_year"], offered_by(form, catalogue), roster)
    new_collection(folder, roster_data, template_data)
    collection = Collection(folder)
    issued = generate(collection, catalogue).written[0]
    desk = Desk(collection)
    filled = folder / INCOMING / f"{issued.stem}（已填）.xlsx"
    write_file(filled, fill(read_file(issued), issued.name, entry, desk))
    with contextlib.closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        import_files(collection, [filled], ledger)
        write_report(collection, ledger)
    return Demo(collection, issued, filled, check_file(filled, desk), collection.report)
