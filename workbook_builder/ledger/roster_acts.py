"""What became of 名册.xlsx: every version of it that a command met, and each change as an act that is kept.

The roster is a file that an officer edits, so changes are found by comparing: what is read now with what was read last,
whose bytes lie in the archive. A ledger that was just made has nothing to compare with: what is read first is version 1.
"""

import getpass
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workbook_builder.clock import instant
from workbook_builder.collection.folder import ROSTER, Collection, sha256
from workbook_builder.collection.roster import Roster, offered_by
from workbook_builder.collection.roster_changes import ChangeKind, RosterChange, roster_changes
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.errors import UserError
from workbook_builder.files import read_file
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger import tables
from workbook_builder.ledger.database import transaction

_VERSION, _ACT = tables.roster_version.c, tables.roster_act.c


class RosterVersion(NamedTuple):
    """A roster as it was read."""

    id: int
    number: int  # from 1
    sha256: str  # of the bytes that are kept
    read_sha256: str  # of those read last that say the same
    actor: str  # who ran the command that met it
    recorded_at: datetime  # UTC


class RosterAct(NamedTuple):
    """A change of the roster, or what was done because of one."""

    id: int
    roster_version_id: int
    kind: ChangeKind
    project_code: str | None
    unit_code: str | None
    concerns: tuple[str, ...] | None  # codes of the projects that it touches; None: all
    before: str | None
    after: str | None
    sentence: str
    actor: str
    reason: str | None
    recorded_at: datetime  # UTC

    def touches(self, project_code: str) -> bool:
        """Whether it belongs to the history of a project."""
        return self.concerns is None or project_code in self.concerns

    def to_json(self) -> dict[str, Any]:
        """An item of `recorded` of `roster --json`."""
        own = self._asdict()
        for name in ("id", "roster_version_id", "concerns"):
            del own[name]
        return {**own, "recorded_at": self.recorded_at.isoformat()}


class RosterBook:
    """The versions of one collection's roster, and the acts on it, in the ledger."""

    def __init__(self, engine: Engine, collection_id: str):
        """Of the collection by whose id the ledger knows its rows. Methods raise UsageError where it refuses."""
        self._engine, self._id = engine, collection_id

    def versions(self) -> list[RosterVersion]:
        """All that were met, the oldest first."""
        with transaction(self._engine) as connection:
            return self._versions(connection)

    def acts(self) -> list[RosterAct]:
        """All of them, in order."""
        query = select(*(_ACT[name] for name in RosterAct._fields)).join_from(tables.roster_act, tables.roster_version)
        with transaction(self._engine) as connection:
            rows = connection.execute(query.where(_VERSION.collection_id == self._id).order_by(_ACT.id)).all()
        return [_act(row) for row in rows]

    def keep(
        self, collection: Collection, desk: Desk, actor: str | None = None, reason: str | None = None
    ) -> list[RosterAct]:
        """Records what the roster on the desk says otherwise than the one that was read last; gives the new acts.

        actor: by default who is logged in. Raises ContentError where the roster has mistakes, UsageError where archive
        or ledger cannot be written.
        """
        roster, data = desk.roster, desk.roster_data
        digest, versions = sha256(data), self.versions()
        if versions and versions[-1].read_sha256 == digest:
            return []
        if sha256(read_file(collection.roster)) != digest:  # saved anew since: whoever reads that will record it
            return []
        changes = list(self._changes(collection, versions[-1], desk, roster)) if versions else []
        if versions and not changes:
            self._seen(versions[-1], digest)
            return []
        collection.keep_roster(data)
        self._insert(len(versions) + 1, digest, changes, (actor or getpass.getuser(), reason))
        known = {one.id for one in versions}
        return [act for act in self.acts() if act.roster_version_id not in known]

    def add(self, changes: Iterable[RosterChange], actor: str, reason: str | None = None) -> None:
        """Keeps what was done because of the newest version."""
        with transaction(self._engine) as connection:
            for newest in self._versions(connection)[-1:]:  # none yet where nothing was ever compared
                _insert_acts(connection, newest.id, changes, (actor, reason))

    def _changes(
        self, collection: Collection, last: RosterVersion, desk: Desk, roster: Roster
    ) -> Iterator[RosterChange]:
        gone = {act.project_code or "" for act in self.acts() if act.kind == "project_withdrawn"}
        try:
            data = read_file(collection.old_roster(last.sha256))
            before, _ = read_roster(data, ROSTER, offered_by(desk.form, desk.catalogue))
        except UserError:
            sentence = f"上次记录的名册（第 {last.number} 版）在档案中已找不到或读不出，不能说明改了什么。"
            yield RosterChange("unknown", None, None, None, None, None, sentence)
            return
        yield from roster_changes(before, roster, gone)

    def _seen(self, version: RosterVersion, digest: str) -> None:
        with transaction(self._engine) as connection:
            mine = update(tables.roster_version).where(_VERSION.id == version.id)
            connection.execute(mine.values(read_sha256=digest))

    def _insert(self, number: int, digest: str, changes: Iterable[RosterChange], said: tuple[str, str | None]) -> None:
        """Nothing where another command has recorded this version meanwhile."""
        values = {
            "collection_id": self._id,
            "number": number,
            "sha256": digest,
            "read_sha256": digest,
            "actor": said[0],
            "recorded_at": instant(),
        }
        with transaction(self._engine) as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            made = connection.execute(dialect.insert(tables.roster_version).values(values).on_conflict_do_nothing())
            if made.rowcount:
                _insert_acts(connection, self._versions(connection)[-1].id, changes, said)

    def _versions(self, connection: Connection) -> list[RosterVersion]:
        query = select(*(_VERSION[name] for name in RosterVersion._fields)).where(_VERSION.collection_id == self._id)
        return [RosterVersion(*row) for row in connection.execute(query.order_by(_VERSION.number))]


def _insert_acts(
    connection: Connection, version_id: int, changes: Iterable[RosterChange], said: tuple[str, str | None]
) -> None:
    values = [
        {
            **change._asdict(),
            "concerns": None if change.concerns is None else json.dumps(change.concerns, ensure_ascii=False),
            "roster_version_id": version_id,
            "actor": said[0],
            "reason": said[1],
            "recorded_at": instant(),
        }
        for change in changes
    ]
    if values:
        connection.execute(insert(tables.roster_act), values)


def _act(row: Row[Any]) -> RosterAct:
    values = row._asdict()
    concerns = values.pop("concerns")
    return RosterAct(**values, concerns=None if concerns is None else tuple(json.loads(concerns)))
