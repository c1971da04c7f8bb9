"""`import`: reads what came back, judges it, keeps the bytes in the archive and the answers in the ledger."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.arrivals import Source, modified_at, sources_in
from workbook_builder.check import Checked, check, unreadable
from workbook_builder.collection import Collection, sha256
from workbook_builder.declaration import flat
from workbook_builder.desk import Desk
from workbook_builder.errors import UnreadableError
from workbook_builder.form import Form
from workbook_builder.ledger import Arrival, Ledger, Outcome
from workbook_builder.roster_sheets import ROUNDS, Roster

Progress = Callable[[int, int], None]  # files done, files in all


class Change(NamedTuple):
    """What a resubmission says otherwise than the one it replaces."""

    key: str
    before: str | None
    after: str | None


class Item(NamedTuple):
    """What became of one file."""

    file: str
    outcome: Outcome
    checked: Checked | None  # None for a duplicate
    changes: tuple[Change, ...]  # against the submission that it replaced


class Imported(NamedTuple):
    """What one run of `import` did."""

    items: tuple[Item, ...]
    missing: tuple[Mapping[str, str], ...]  # unit_code, project_code, project_name of what nothing came for

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
        return 1 if self.how_many(status="returned") or self.how_many(outcome="undecided") else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `import --json`."""
        return {
            "files": len(self.items),
            **{status: self.how_many(status=status) for status in ("accepted", "returned", "unreadable")},
            "duplicates": self.how_many(outcome="duplicate"),
            "superseded": self.how_many(outcome="superseded"),
            "undecided": self.how_many(outcome="undecided"),
            "missing": [dict(entry) for entry in self.missing],
            "items": [_item_json(item) for item in self.items],
        }


def import_files(
    collection: Collection, paths: Sequence[Path], ledger: Ledger, progress: Progress = lambda _done, _all: None
) -> Imported:
    """Imports files, folders and zip archives of workbooks, one transaction each; stopping between two loses nothing.

    Raises ContentError where the roster has mistakes (nothing is recorded then), UsageError where the archive or the
    ledger cannot be written: what was recorded before stays.
    """
    desk, sources = Desk(collection), sources_in(paths)
    roster = desk.roster  # before anything is recorded: whoever is missing could not be told without it
    issue_order = {issue_id: number for number, issue_id in enumerate(collection.issues(), start=1)}
    items = []
    for number, source in enumerate(sources):
        progress(number, len(sources))
        items.append(_imported(source, collection, desk, ledger, issue_order))
    progress(len(sources), len(sources))
    return Imported(tuple(items), tuple(missing(roster, desk.form, ledger)))


def _imported(
    source: Source, collection: Collection, desk: Desk, ledger: Ledger, issue_order: Mapping[str, int]
) -> Item:
    try:
        data = source.read()
    except UnreadableError as error:
        return Item(source.name, "unreadable", unreadable(source.name, None, error.finding), ())
    digest = sha256(data)
    if ledger.knows(digest):
        return Item(source.name, "duplicate", None, ())
    checked = check(data, source.name, desk)
    collection.keep(data, digest, Path(source.name).suffix)
    identity = checked.identity
    arrival = Arrival(
        checked,
        ROUNDS.index(identity.round) if identity and identity.round in ROUNDS else -1,
        issue_order.get(identity.issue_id, 0) if identity else 0,
        modified_at(data) or source.stored_at,
    )
    recorded = ledger.record(arrival)
    if recorded.outcome == "duplicate":  # another import recorded the same bytes meanwhile
        return Item(source.name, "duplicate", None, ())
    return Item(source.name, recorded.outcome, checked, tuple(_changes(recorded.replaced, checked)))


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
