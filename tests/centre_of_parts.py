"""A root project that is filled in by parts: who types what, and what comes back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers import UNIT, Issued, collection_of, family, parent, write_roster
from tests.loaded import opened
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import Generated, generate
from workbook_builder.collection.roster import NO_LEVELS, Roster, RosterProject, Settings, Unit
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import Level, packaged_catalogue
from workbook_builder.intake.imported import Imported
from workbook_builder.intake.importing import import_files
from workbook_builder.intake.merge import Merging, merge
from workbook_builder.judge.check import Checked
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

OTHER_UNIT = Unit("U2", "某街道社区服务中心")


def entries(whole: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The declaration of a whole as its parts are filled in, by the code of the project that each declares."""
    own = {key: value for key, value in whole.items() if key not in ("sub_projects", *MONEY_LINES)}
    subs = whole["sub_projects"]
    return {whole["project_code"]: own} | {
        sub["project_code"]: {"sub_projects": [sub], "filler": "李四", "phone": "021-2"} for sub in subs
    }


def coded(whole: dict[str, Any], root: RosterProject) -> dict[str, Any]:
    """The declaration with the codes of the roster."""
    whole["project_code"] = root.project_code
    for entry, sub in zip(whole["sub_projects"], root.sub_projects, strict=True):
        entry["project_code"] = sub.project_code
    return whole


ROOT = parent("书记工作室", "社区环境", name="党群服务")
ROOT = ROOT._replace(sub_projects=(ROOT.sub_projects[0], ROOT.sub_projects[1]._replace(unit_code="U2")))
CODES = ("P1", "P1-1", "P1-2")


def declared(**changes: Any) -> dict[str, dict[str, Any]]:
    """What the three units declare for ROOT; changes are those of its second sub-project."""
    whole = coded(family(2), ROOT)
    whole["sub_projects"][1].update(changes)
    return entries(whole)


def came(checked: Checked | None) -> Checked:
    assert checked is not None
    return checked


def cells_of(data: bytes) -> dict[tuple[str, str], Any]:
    """Every cell that holds something, but for the meta cell."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in opened(data).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and sheet.title != "meta"
    }


class Centre(NamedTuple):
    """A finance office that sends out parts, and its ledger."""

    collection: Collection
    ledger: Ledger

    @property
    def incoming(self) -> Path:
        return self.collection.folder / "收回"

    def roster(self, *roots: RosterProject, levels: Mapping[str, Level] = NO_LEVELS, round_name: str = "一上") -> None:
        write_roster(self.collection.roster, Roster(Settings(2022, round_name), (UNIT, OTHER_UNIT), roots, levels))

    def generates(self) -> Generated:
        return generate(self.collection, packaged_catalogue(), split=True)

    def issued(self, code: str) -> Issued:
        issue = self.collection.latest_issues()[code]
        return Issued(self.collection, self.collection.folder / issue.file, Desk(self.collection))

    def comes(self, code: str, entry: Mapping[str, Any], name: str | None = None) -> Path:
        return self.comes_as(name or f"{code}.xlsx", self.issued(code).filled(entry))

    def comes_as(self, name: str, data: bytes) -> Path:
        path = self.incoming / name
        path.write_bytes(data)
        return path

    def imports(self, *paths: Path) -> Imported:
        return import_files(self.collection, paths or [self.incoming], self.ledger)

    def merges(self, *codes: str) -> Merging:
        return merge(self.collection, self.ledger, codes, self.collection.folder / "合并")


def centre_at(folder: Path, *roots: RosterProject, round_name: str = "一上") -> Centre:
    """An office that has sent out ROOT, or other root projects, in parts."""
    collection = collection_of(folder, ROOT)
    centre = Centre(collection, Ledger(sqlite_url(collection.ledger)))
    centre.roster(*(roots or (ROOT,)), round_name=round_name)
    centre.generates()
    return centre
