"""What `rollover` makes: a collection, with the list of what was carried into it and what was not."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.rollover.carry_over import NotCarried
from workbook_builder.collection.folder import PUBLISH_TEMPLATE_FILE, ROLLOVER_LIST, ROSTER, Collection, new_collection
from workbook_builder.collection.roster import PUBLIC, Offered, Roster, RosterProject, Unit
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.collection.suggestions import Suggestion
from workbook_builder.files import read_file, whole_folder, write_file
from workbook_builder.findings import Finding
from workbook_builder.ledger.counting import Counting
from workbook_builder.ooxml.listing import Column, Content, Listing, list_workbook

CARRIED_COLUMNS = (
    Column("项目编码", 22), Column("上级项目编码", 22), Column("项目名称", 36), Column("单位编码", 14),
    Column("项目类别", 14), Column("计划开始日期", 13, "date"), Column("计划完成日期", 13, "date"),
    Column("带入的文字", 11, "whole"), Column("带入的指标", 11, "whole"),
)  # fmt: skip
LOST_COLUMNS = (
    Column("项目编码", 22), Column("项目名称", 28), Column("内容", 20), Column("原来的值", 40), Column("原因", 40),
)  # fmt: skip


class Rolled(NamedTuple):
    """What `rollover` made."""

    collection: Collection
    projects: tuple[RosterProject, ...]
    suggestions: Mapping[str, Suggestion]  # by project code
    not_carried: tuple[NotCarried, ...]
    findings: tuple[Finding, ...]  # what is still to be mended in the new roster
    list_path: Path
    fiscal_year: int
    round: str
    advice: str  # about what was carried, and what is to be done

    def to_json(self) -> dict[str, Any]:
        """The document of `rollover --json`."""
        parts = [part for project in self.projects for part in (project, *project.sub_projects)]
        return {
            "folder": str(self.collection.folder),
            "roster": str(self.collection.roster),
            "list": str(self.list_path),
            "fiscal_year": self.fiscal_year,
            "round": self.round,
            "projects": len(self.projects),
            "sub_projects": len(parts) - len(self.projects),
            "not_carried": [entry._asdict() for entry in self.not_carried],
            "findings": [finding._asdict() for finding in self.findings],
        }


class Draft(NamedTuple):
    """A collection before it is written."""

    roster: Roster
    offered: Offered
    template: bytes
    source: Collection  # where a Word template for the public may lie
    kept: tuple[str, bytes]  # what it starts from: the name of a file in its archive, and the content
    suggestions: Mapping[str, Suggestion]  # by project code
    not_carried: Sequence[NotCarried]
    advice: str  # about what was carried

    def written(self, folder: Path) -> Rolled:
        """Writes it. The folder appears whole or not at all. Raises UsageError where it holds anything."""
        settings = self.roster.settings
        roster = new_roster(settings.fiscal_year, self.offered, self.roster)
        with whole_folder(
            folder
        ) as unfinished:  # one without what it starts from would go out as if there had been none
            new_collection(unfinished, roster, self.template)
            write_file(Collection(unfinished).archive / self.kept[0], self.kept[1])
            write_file(unfinished / ROLLOVER_LIST, self._list())
            if (own := self.source.folder / PUBLISH_TEMPLATE_FILE).is_file():
                write_file(unfinished / PUBLISH_TEMPLATE_FILE, read_file(own))
        return Rolled(
            Collection(folder),
            self.roster.projects,
            self.suggestions,
            tuple(self.not_carried),
            tuple(read_roster(roster, ROSTER, self.offered)[1]),
            folder / ROLLOVER_LIST,
            settings.fiscal_year,
            settings.round,
            self.advice,
        )

    def _list(self) -> bytes:
        rows = _carried_rows(self.roster.projects, self.suggestions)
        carried = Listing("延续的项目", self.advice, CARRIED_COLUMNS, rows)
        lost_advice = "新任务中没有它的位置。请逐条核对，需要的在名册或模板中补上。"
        return list_workbook(carried, Listing("未带入的内容", lost_advice, LOST_COLUMNS, self.not_carried))


def _carried_rows(
    projects: Sequence[RosterProject], suggestions: Mapping[str, Suggestion], parent: RosterProject | None = None
) -> Iterator[Sequence[Content]]:
    for project in projects:
        told = suggestions[project.project_code]
        yield (
            project.project_code, parent and parent.project_code, project.project_name,
            project.unit_code or (parent and parent.unit_code), project.project_category,
            project.start_date, project.end_date, len(told.texts), len(told.indicators),
        )  # fmt: skip
        yield from _carried_rows(project.sub_projects, suggestions, project)


def not_accepted(counted: Counting) -> Iterator[NotCarried]:
    """The projects of which nothing may go on, and why."""
    for entry in counted.left_out:
        why = f"{entry.why}，没有延续；要延续的，请先接收，或在新名册中补上"
        yield NotCarried(entry.project_code, entry.project_name, "项目", entry.project_name, why)


def next_roster(
    old: Roster,
    fiscal_year: int,
    round_name: str,
    projects: Sequence[RosterProject],
    publicity: Mapping[str, str],
) -> Roster:
    """The roster of another year or round: units and what is set stay, deadlines go, and what was not for the public stays so.

    publicity: by the code of a project or sub-project.
    """
    settings = old.settings._replace(fiscal_year=fiscal_year, round=round_name, deadline=None)
    units = (unit._replace(deadline=None) for unit in old.units)
    told = (_with_publicity(project, publicity) for project in projects)
    return old._replace(settings=settings, units=(*units, *_other_units(old, projects)), projects=tuple(told))


def _with_publicity(project: RosterProject, publicity: Mapping[str, str]) -> RosterProject:
    known = publicity.get(project.project_code, PUBLIC)
    subs = tuple(_with_publicity(sub, publicity) for sub in project.sub_projects)
    return project._replace(publicity=project.publicity if known == PUBLIC else known, sub_projects=subs)


def _other_units(roster: Roster, projects: Sequence[RosterProject]) -> Iterator[Unit]:
    """The units whose declarations came in packages from below."""
    known = {unit.unit_code for unit in roster.units}
    for project in projects:
        if project.unit_code and project.unit_code not in known:
            known.add(project.unit_code)
            yield Unit(project.unit_code, project.implementing_unit or project.unit_code)
