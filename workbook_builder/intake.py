"""`import`: reads what came back, judges it, keeps the bytes in the archive and the answers in the ledger."""

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from workbook_builder.arrivals import Parcel, Source, modified_at, parcels_in
from workbook_builder.check import Checked, check, unreadable
from workbook_builder.collection import Collection, sha256
from workbook_builder.declaration import flat
from workbook_builder.desk import Desk
from workbook_builder.errors import UnreadableError
from workbook_builder.form import Form
from workbook_builder.ledger import Arrival, Ledger, Outcome
from workbook_builder.received import Delivered, Delivery, delivered, is_package, labels_of, opened_package
from workbook_builder.roster_sheets import ROUNDS, Roster

Progress = Callable[[int, int], None]  # files done, files in all


class Change(NamedTuple):
    """What a resubmission says otherwise than the one it replaces."""

    key: str
    before: str | None
    after: str | None


class Item(NamedTuple):
    """What became of one file; a package that is not taken in is one file, and rejected."""

    file: str
    outcome: Outcome | Literal["rejected"]
    checked: Checked | None  # None for a duplicate
    changes: tuple[Change, ...]  # against the submission that it replaced


class Imported(NamedTuple):
    """What one run of `import` did."""

    items: tuple[Item, ...]
    missing: tuple[Mapping[str, str], ...]  # unit_code, project_code, project_name of what nothing came for
    packages: tuple[Delivered, ...]

    def how_many(self, *, status: str | None = None, outcome: str | None = None) -> int:
        """How many files have this status and this outcome."""
        return sum(
            (outcome is None or item.outcome == outcome)
            and (status is None or (item.checked is not None and item.checked.status == status))
            for item in self.items
        )

    @property
    def exit_code(self) -> int:
        """0 all accepted, 1 something is to be returned or decided, 3 something could not be read."""
        if self.how_many(status="unreadable"):
            return 3
        is_open = self.how_many(status="returned") or self.how_many(outcome="undecided")
        return 1 if is_open or any(package.disagreements for package in self.packages) else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `import --json`."""
        return {
            "files": len(self.items),
            **{status: self.how_many(status=status) for status in ("accepted", "returned", "unreadable")},
            "duplicates": self.how_many(outcome="duplicate"),
            "superseded": self.how_many(outcome="superseded"),
            "undecided": self.how_many(outcome="undecided"),
            "missing": [dict(entry) for entry in self.missing],
            "packages": [package.to_json() for package in self.packages],
            "items": [_item_json(item) for item in self.items],
        }


def import_files(
    collection: Collection, paths: Sequence[Path], ledger: Ledger, progress: Progress = lambda _done, _all: None
) -> Imported:
    """Imports files, folders, zip archives of workbooks and packages from below, one transaction for each workbook.

    Stopping between two loses nothing. Of a package that was cut or changed nothing is recorded.

    Raises ContentError where the roster has mistakes (nothing is recorded then), UsageError where the archive or the
    ledger cannot be written: what was recorded before stays.
    """
    intake = _Intake(collection, ledger, parcels_in(paths), progress)
    intake.run()
    return Imported(
        tuple(intake.items), tuple(missing(intake.desk.roster, intake.desk.form, ledger)), tuple(intake.packages)
    )


class _Intake:
    """One run of `import`."""

    def __init__(self, collection: Collection, ledger: Ledger, parcels: Sequence[Parcel], progress: Progress):
        self._collection, self._ledger, self._parcels, self._progress = collection, ledger, parcels, progress
        self.desk = Desk(collection)
        _ = self.desk.roster  # before anything is recorded: whoever is missing could not be told without it
        self._issue_order = {issue_id: number for number, issue_id in enumerate(collection.issues(), start=1)}
        self._done, self._all = 0, sum(len(parcel.sources) for parcel in parcels)
        self.items: list[Item] = []
        self.packages: list[Delivered] = []

    def run(self) -> None:
        for parcel in self._parcels:
            if is_package(parcel):
                self._take_package(parcel)
            else:
                for source in parcel.sources:
                    self.items.append(self._imported(source))
                    self._tick()
        self._progress(self._all, self._all)

    def _tick(self) -> None:
        self._done += 1
        self._progress(self._done, self._all)

    def _take_package(self, parcel: Parcel) -> None:
        opened = opened_package(parcel, self._collection, self._ledger, self._tick)
        if not isinstance(opened, Delivery):
            checked = Checked(parcel.name, None, "returned", None, None, opened)
            self.items.append(Item(parcel.name, "rejected", checked, ()))
            return
        self._collection.receive(opened.manifest.issues, opened.templates, opened.rules)
        for sent, source, checked in opened.members:
            if self._ledger.knows(sent.sha256):
                self.items.append(Item(source.name, "duplicate", None, ()))
            else:
                self.items.append(self._recorded(source.read(), checked, sent.issue_order, sent.modified_at))
        self.packages.append(delivered(opened, self._ledger, labels_of(self.desk.form)))

    def _imported(self, source: Source) -> Item:
        try:
            data = source.read()
        except UnreadableError as error:
            return Item(source.name, "unreadable", unreadable(source.name, None, error.finding), ())
        if self._ledger.knows(sha256(data)):
            return Item(source.name, "duplicate", None, ())
        checked = check(data, source.name, self.desk)
        identity = checked.identity
        order = self._issue_order.get(identity.issue_id, 0) if identity else 0
        return self._recorded(data, checked, order, source.stored_at)

    def _recorded(self, data: bytes, checked: Checked, issue_order: int, stored_at: datetime.datetime | None) -> Item:
        self._collection.keep(data, checked.sha256 or sha256(data), Path(checked.file).suffix)
        identity = checked.identity
        round_order = ROUNDS.index(identity.round) if identity and identity.round in ROUNDS else -1
        recorded = self._ledger.record(Arrival(checked, round_order, issue_order, modified_at(data) or stored_at))
        if recorded.outcome == "duplicate":  # another import recorded the same bytes meanwhile
            return Item(checked.file, "duplicate", None, ())
        return Item(checked.file, recorded.outcome, checked, tuple(_changes(recorded.replaced, checked)))


def _changes(replaced: str | None, checked: Checked) -> Iterator[Change]:
    """Cell by cell, what a resubmission changed."""
    before = dict(_values(json.loads(replaced)["declaration"])) if replaced else {}
    after = dict(_values(checked.to_json()["declaration"])) if replaced else {}
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield Change(key, before.get(key), after.get(key))


def _values(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every cell that holds something, by its key; an indicator by its row on the form."""
    for key, value in flat(entry):
        if isinstance(value, Mapping):
            table = f"{key.rpartition('[')[0]}[{value['row']}]"
            cells = {
                f"{table}.{column}": value[column] for column in value if column not in ("row", "level1", "level2")
            }
        else:
            cells = {key: value}
        yield from ((cell, str(found)) for cell, found in cells.items() if found not in (None, ""))


def missing(roster: Roster, form: Form, ledger: Ledger) -> Iterable[dict[str, str]]:
    """The root projects of units that must report for which nothing of this round, or a later one, counts."""
    this_round = ROUNDS.index(roster.settings.round) if roster.settings.round in ROUNDS else 0
    came = {
        row.project_code
        for row in ledger.current(form.form_id, roster.settings.fiscal_year)
        if row.round_order >= this_round
    }
    silent = {unit.unit_code for unit in roster.units if not unit.must_report}
    for project in roster.projects:
        if project.project_code not in came and project.unit_code not in silent:
            yield {
                "unit_code": project.unit_code or "",
                "project_code": project.project_code,
                "project_name": project.project_name,
            }


def _item_json(item: Item) -> dict[str, Any]:
    checked = item.checked
    return {
        "file": item.file,
        "outcome": item.outcome,
        "status": checked.status if checked else None,
        "unit_code": checked.identity.unit_code if checked and checked.identity else None,
        "project_code": checked.identity.project_code if checked and checked.identity else None,
        "findings": [finding._asdict() for finding in checked.findings] if checked else [],
        "changes": [change._asdict() for change in item.changes],
    }
