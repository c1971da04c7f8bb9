"""What is to come back, workbook by workbook, and what the ledger has of it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Row

from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.roster import ROUNDS, RosterProject
from workbook_builder.findings import Finding
from workbook_builder.form.declaration import sub_project_of
from workbook_builder.form.layout import Part
from workbook_builder.form.splitting import renumbered
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger


class Expected(NamedTuple):
    """One workbook that is to come back."""

    project: RosterProject  # that is declared there
    unit_code: str  # of the unit that fills it in
    part: Part
    row: Row[Any] | None  # the submission that counts; None where nothing of this round, or a later one, came
    of_whole: tuple[Finding, ...] = ()  # of a part: the errors that show only now that all parts are merged

    @property
    def is_accepted(self) -> bool:
        """Whether it came and nothing in it has to be mended."""
        return self.row is not None and self.row.status == "accepted" and not self.of_whole

    def missing_entry(self) -> dict[str, str]:
        """As `import --json` and `merge --json` name what is missing."""
        project = self.project
        return {
            "unit_code": self.unit_code,
            "project_code": project.project_code,
            "project_name": project.project_name,
        }


class Standing:
    """The roster of a collection beside what the ledger has of this round; the ledger is read when first asked for."""

    def __init__(self, collection: Collection, desk: Desk, ledger: Ledger):
        """Raises ContentError where the roster has mistakes."""
        self.roster, self._form_id, self._ledger = desk.roster, desk.form.form_id, ledger
        self._collection = collection
        self._split = {code for code, issue in collection.latest_issues().items() if issue.part == "parent"}

    @cached_property
    def current(self) -> tuple[Row[Any], ...]:
        """What counts this year, of whatever round; also of projects that the roster does not name."""
        year = self.roster.settings.fiscal_year
        return tuple(row for parts in (False, True) for row in self._ledger.current(self._form_id, year, parts=parts))

    @cached_property
    def _rows(self) -> dict[tuple[str, str], Row[Any]]:
        """What counts of this round or a later one, by project code and part."""
        this_round = ROUNDS.index(self.roster.settings.round)
        return {(row.project_code, row.part): row for row in self.current if row.round_order >= this_round}

    def strays(self) -> tuple[Row[Any], ...]:
        """The files of this collection that are for none of its projects, or that nobody can read, in their order.

        Of another form or year, of a project neither on the roster nor from below; a ledger may serve several
        collections, so the originals tell whose they are.
        """
        year = self.roster.settings.fiscal_year
        found = [*self._ledger.unassigned(), *self._ledger.of_others(self._form_id, year), *self._unexpected()]
        here = [row for row in found if self.original(row).is_file()]
        return tuple(sorted(here, key=lambda row: int(row.id)))

    def _unexpected(self) -> Iterator[Row[Any]]:
        """What counts this year of projects that the roster does not name and no package brought."""
        named = {part.project_code for root in self.roster.projects for part in (root, *root.sub_projects)}
        received = self._collection.received_issues()
        for row in self.current:
            if not (row.project_code in named or row.issue_id in received or row.parts_sha256):
                yield row

    def original(self, row: Row[Any]) -> Path:
        """Where this collection keeps the bytes of a file, if it came in here."""
        return self._collection.original(row.sha256, row.file)

    def expected(self) -> Iterator[Expected]:
        """Every workbook that is to come back; parts where a project went out in parts and did not come whole."""
        for root in self.roster.projects:
            whole = self._rows.get((root.project_code, "whole"))
            if root.project_code in self._split and (whole is None or whole.parts_sha256):
                yield from self.parts(root)
            else:
                yield Expected(root, root.unit_code or "", "whole", whole)

    def missing(self) -> Iterator[Expected]:
        """Those of units that must report for which nothing came; nothing, where all parts came and only clash."""
        silent = {unit.unit_code for unit in self.roster.units if not unit.must_report}
        return (item for item in self.expected() if item.row is None and item.unit_code not in silent)

    def parts(self, root: RosterProject) -> tuple[Expected, ...]:
        """The parts of a root project: its own form first, then each sub-project in the order of the roster."""
        parts: list[tuple[RosterProject, Part]] = [
            (root, "parent"),
            *((sub, "sub_project") for sub in root.sub_projects),
        ]
        found = [
            Expected(
                project,
                project.unit_code or root.unit_code or "",
                part,
                self._rows.get((project.project_code, part)),
            )
            for project, part in parts
        ]
        of_whole = _of_whole(self._rows.get((root.project_code, "whole")), [item.row for item in found])
        return tuple(item._replace(of_whole=errors) for item, errors in zip(found, of_whole, strict=True))

    def is_split(self, root: RosterProject) -> bool:
        """Whether a root project went out in parts last, or some part of it came."""
        return root.project_code in self._split or any(part.row is not None for part in self.parts(root))


def parts_sha256(rows: Iterable[Row[Any]]) -> str:
    """Tells these parts from others."""
    return sha256("".join(row.sha256 for row in rows).encode())


def _of_whole(whole: Row[Any] | None, rows: Sequence[Row[Any] | None]) -> list[tuple[Finding, ...]]:
    """The errors of what was merged from these parts, for each part those that concern it, at its own keys.

    None while a part has errors of its own: they may well be the cause.
    """
    none: list[tuple[Finding, ...]] = [() for _ in rows]
    parts = [row for row in rows if row is not None and row.status == "accepted"]
    if whole is None or len(parts) < len(rows) or whole.parts_sha256 != parts_sha256(parts):
        return none
    found: list[list[Finding]] = [[] for _ in rows]
    for finding in (Finding(**entry) for entry in json.loads(whole.document)["findings"]):
        number = sub_project_of(finding.key) if finding.key else None
        if finding.severity == "error":
            key = finding.key if number is None or finding.key is None else renumbered(finding.key, 0)
            found[0 if number is None else number + 1].append(finding._replace(key=key))
    return [tuple(errors) for errors in found]
