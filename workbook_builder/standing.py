"""What is to come back, workbook by workbook, and what the ledger has of it."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Row

from workbook_builder.collection import Collection
from workbook_builder.desk import Desk
from workbook_builder.layout import Part
from workbook_builder.ledger import Ledger
from workbook_builder.roster_sheets import ROUNDS, RosterProject


class Expected(NamedTuple):
    """One workbook that is to come back."""

    project: RosterProject  # that is declared there
    unit_code: str  # of the unit that fills it in
    part: Part
    row: Row[Any] | None  # the submission that counts; None where nothing of this round, or a later one, came

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
        self._split = {code for code, issue in collection.latest_issues().items() if issue.part == "parent"}

    @cached_property
    def _rows(self) -> dict[tuple[str, str], Row[Any]]:
        """What counts, by project code and part."""
        settings = self.roster.settings
        this_round = ROUNDS.index(settings.round)
        return {
            (row.project_code, row.part): row
            for parts in (False, True)
            for row in self._ledger.current(self._form_id, settings.fiscal_year, parts=parts)
            if row.round_order >= this_round
        }

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
        return tuple(
            Expected(
                project,
                project.unit_code or root.unit_code or "",
                part,
                self._rows.get((project.project_code, part)),
            )
            for project, part in parts
        )

    def is_split(self, root: RosterProject) -> bool:
        """Whether a root project went out in parts last, or some part of it came."""
        return root.project_code in self._split or any(part.row is not None for part in self.parts(root))
