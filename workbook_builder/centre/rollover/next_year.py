"""`rollover`: next year's collection from this year's accepted declarations."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.rollover.carry_over import CarryOver, NotCarried, Years
from workbook_builder.collection.folder import ROLLOVER_LIST, ROSTER, Collection, new_collection
from workbook_builder.collection.roster import (
    ROUNDS,
    YEARS,
    Offered,
    Roster,
    RosterProject,
    Settings,
    Unit,
    offered_by,
)
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.collection.suggestions import SUGGESTIONS_FILE, Suggestion, suggestions_json
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file, whole_folder, write_file
from workbook_builder.findings import Finding
from workbook_builder.form.rules import LEVEL_NAMES
from workbook_builder.form.template_reading import load_template
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import Counting, counting
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing
from workbook_builder.ooxml.listing import Column, Content, Listing, list_workbook

CARRIED_COLUMNS = (
    Column("项目编码", 22), Column("上级项目编码", 22), Column("项目名称", 36), Column("单位编码", 14),
    Column("项目类别", 14), Column("计划开始日期", 13, "date"), Column("计划完成日期", 13, "date"),
    Column("带入的文字", 11, "whole"), Column("带入的指标", 11, "whole"),
)  # fmt: skip
LOST_COLUMNS = (
    Column("项目编码", 22), Column("项目名称", 28), Column("内容", 20), Column("上年的值", 40), Column("原因", 40),
)  # fmt: skip


class Rolled(NamedTuple):
    """What `rollover` made."""

    collection: Collection
    projects: tuple[RosterProject, ...]
    suggestions: Mapping[str, Suggestion]  # by project code
    not_carried: tuple[NotCarried, ...]
    findings: tuple[Finding, ...]  # what is still to be mended in the new roster
    list_path: Path

    def to_json(self) -> dict[str, Any]:
        """The document of `rollover --json`."""
        parts = [part for project in self.projects for part in (project, *project.sub_projects)]
        return {
            "folder": str(self.collection.folder),
            "roster": str(self.collection.roster),
            "list": str(self.list_path),
            "projects": len(self.projects),
            "sub_projects": len(parts) - len(self.projects),
            "not_carried": [entry._asdict() for entry in self.not_carried],
            "findings": [finding._asdict() for finding in self.findings],
        }


def roll_over(collection: Collection, ledger: Ledger, year: int, folder: Path, template: Path | None = None) -> Rolled:
    """Makes the collection of another year in `folder`, from the same template unless another is given.

    The folder appears whole or not at all. Raises UsageError where nothing accepted is there, the year is not a later
    one or the folder holds anything, ContentError where roster or template has mistakes; nothing is written then.
    """
    desk = Desk(collection)
    roster, source = desk.roster, template or collection.template
    years = _years(roster.settings.fiscal_year, year)
    data = read_file(source)
    form = load_template(data, source.name, desk.catalogue).form
    standing = Standing(collection, desk, ledger)
    counted = counting(standing)
    if not counted.accepted:
        raise UsageError(f"“{collection.folder}”的台账中没有可以接收的申报，没有什么可以延续。请先 import。")
    carry = CarryOver(desk.form, form, years)
    offered = offered_by(form, desk.catalogue)
    rolled = _roster(standing, counted, carry, offered, year)
    new_data = new_roster(year, offered, rolled)
    not_carried = (*_not_accepted(counted), *_levels_lost(roster, offered), *carry.not_carried)
    with whole_folder(folder) as unfinished:  # one without last year's texts would go out as if there had been none
        new_collection(unfinished, new_data, data)
        made = Collection(unfinished)
        write_file(made.archive / SUGGESTIONS_FILE, suggestions_json(year, carry.suggestions))
        write_file(unfinished / ROLLOVER_LIST, _list(rolled.projects, carry.suggestions, not_carried))
    findings = read_roster(new_data, ROSTER, offered)[1]
    path = folder / ROLLOVER_LIST
    return Rolled(Collection(folder), rolled.projects, carry.suggestions, not_carried, tuple(findings), path)


def _years(old: int, new: int) -> Years:
    if not old < new <= YEARS[1]:
        raise UsageError(f"--to 应是 {old} 年以后的年度，现为 {new}。没有写入任何内容。")
    return Years(old, new)


def _roster(standing: Standing, counted: Counting, carry: CarryOver, offered: Offered, year: int) -> Roster:
    """The next year's roster: it begins with the first round and without deadlines."""
    roster = standing.roster
    known_parts = {part.project_code: part for root in roster.projects for part in (root, *root.sub_projects)}
    projects = [
        project
        for accepted in counted.accepted
        for project in carry.project(accepted.declaration, standing.unit_code(accepted.submission), known_parts)
    ]
    known = {rule.id for rule in offered.rules}
    levels = {rule: level for rule, level in roster.levels.items() if rule in known}
    settings = Settings(year, ROUNDS[0], None, roster.settings.contact, roster.settings.phone)
    units = (unit._replace(deadline=None) for unit in roster.units)
    return Roster(settings, (*units, *_other_units(roster, projects)), tuple(projects), levels)


def _other_units(roster: Roster, projects: Sequence[RosterProject]) -> Iterator[Unit]:
    """The units whose declarations came in packages from below."""
    known = {unit.unit_code for unit in roster.units}
    for project in projects:
        if project.unit_code and project.unit_code not in known:
            known.add(project.unit_code)
            yield Unit(project.unit_code, project.implementing_unit or project.unit_code)


def _not_accepted(counted: Counting) -> Iterator[NotCarried]:
    for entry in counted.left_out:
        why = f"{entry.why}，没有延续；要延续的，请先接收，或在新名册中补上"
        yield NotCarried(entry.project_code, entry.project_name, "项目", entry.project_name, why)


def _levels_lost(roster: Roster, offered: Offered) -> Iterator[NotCarried]:
    known = {rule.id for rule in offered.rules}
    for rule, level in roster.levels.items():
        if rule not in known:
            yield NotCarried("", "", f"规则 {rule}", LEVEL_NAMES[level], "新模板用不到这条规则")


def _list(
    projects: Sequence[RosterProject], suggestions: Mapping[str, Suggestion], not_carried: Sequence[NotCarried]
) -> bytes:
    carried = Listing(
        "延续的项目",
        "文字和指标已带入新下发的工作簿，由单位修改并逐项核对；金额、上年结转一律留空。",
        CARRIED_COLUMNS,
        _carried_rows(projects, suggestions),
    )
    lost = Listing(
        "未带入的内容", "新任务中没有它的位置。请逐条核对，需要的在名册或模板中补上。", LOST_COLUMNS, not_carried
    )
    return list_workbook(carried, lost)


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
