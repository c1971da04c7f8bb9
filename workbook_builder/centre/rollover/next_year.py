"""`rollover --to`: next year's collection from this year's accepted declarations."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbook_builder.centre.rollover.carry_over import CarryOver, NotCarried, Years
from workbook_builder.centre.rollover.rolled import Draft, Rolled, next_roster, not_accepted
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.last_round import is_decided, last_round_of
from workbook_builder.collection.roster import FIRST, YEARS, Offered, Roster, RosterProject, offered_by
from workbook_builder.collection.suggestions import SUGGESTIONS_FILE, suggestions_json
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file
from workbook_builder.form.rules import LEVEL_NAMES, Level
from workbook_builder.form.template_reading import load_template
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import counting
from workbook_builder.ledger.publicity import publicity_of
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing

ADVICE = "文字和指标已带入新下发的工作簿，由单位修改并逐项核对；金额、上年结转一律留空。"
Declared = tuple[str, Mapping[str, Any]]  # the unit's code and the declaration in JSON


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
    declared, left_out = _declared(Standing(collection, desk, ledger), collection)
    if not declared:
        raise UsageError(f"“{collection.folder}”的台账中没有可以接收的申报，没有什么可以延续。请先 import。")
    carry = CarryOver(desk.form, form, years)
    offered = offered_by(form, desk.catalogue)
    projects = _projects(roster, declared, carry)
    rolled = next_roster(roster, year, FIRST, projects, publicity_of(collection, roster))
    rolled = rolled._replace(levels=_levels_kept(roster, offered))
    kept = SUGGESTIONS_FILE, suggestions_json(year, carry.suggestions)
    not_carried = (*left_out, *_levels_lost(roster, offered), *carry.not_carried)
    return Draft(rolled, offered, data, collection, kept, carry.suggestions, not_carried, ADVICE).written(folder)


def _years(old: int, new: int) -> Years:
    if not old < new <= YEARS[1]:
        raise UsageError(f"--to 应是 {old} 年以后的年度，现为 {new}。没有写入任何内容。")
    return Years(old, new)


def _declared(standing: Standing, collection: Collection) -> tuple[Sequence[Declared], Sequence[NotCarried]]:
    """What may go on, and what may not: what was accepted, or, where 批复 went out, all that was approved."""
    settings = standing.roster.settings
    last = last_round_of(collection, settings) if is_decided(collection, settings) else None
    if last:
        return [(carried.unit_code, carried.declaration) for carried in last.projects], ()
    counted = counting(standing)
    accepted = [(standing.unit_code(one.submission), one.declaration) for one in counted.accepted]
    return accepted, tuple(not_accepted(counted))


def _projects(roster: Roster, declared: Sequence[Declared], carry: CarryOver) -> list[RosterProject]:
    known = {part.project_code: part for root in roster.projects for part in (root, *root.sub_projects)}
    return [project for unit_code, entry in declared for project in carry.project(entry, unit_code, known)]


def _levels_kept(roster: Roster, offered: Offered) -> dict[str, Level]:
    known = {rule.id for rule in offered.rules}
    return {rule: level for rule, level in roster.levels.items() if rule in known}


def _levels_lost(roster: Roster, offered: Offered) -> Iterator[NotCarried]:
    kept = _levels_kept(roster, offered)
    for rule, level in roster.levels.items():
        if rule not in kept:
            yield NotCarried("", "", f"规则 {rule}", LEVEL_NAMES[level], "新模板用不到这条规则")
