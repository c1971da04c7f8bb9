"""`rollover --round`: the next round of the same year, from what was accepted or approved in the last one."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.rollover.carry_over import NotCarried
from workbook_builder.centre.rollover.rolled import Draft, Rolled, next_roster, not_accepted
from workbook_builder.centre.rollover.told import told_of_approval, told_of_review
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.last_round import (
    LAST_ROUND_FILE,
    Carried,
    LastRound,
    amounts_of,
    last_round_json,
    last_round_of,
)
from workbook_builder.collection.roster import (
    ADJUSTED,
    APPROVED,
    FIRST,
    SECOND,
    Roster,
    RosterProject,
    offered_by,
)
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file
from workbook_builder.form.declaration import SUB_PROJECTS
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.counting import Accepted, counting
from workbook_builder.ledger.publicity import publicity_of
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing
from workbook_builder.values.numbers import amount_text

FROM: Mapping[str, tuple[str, ...]] = {
    SECOND: (FIRST,),
    APPROVED: (FIRST, SECOND),
    ADJUSTED: (APPROVED, FIRST, SECOND),
}
DECLARED = "申报"
ADVICE: Mapping[str, str] = {
    SECOND: "上一轮的内容已全部带入新下发的工作簿，没有锁定，由单位按审核意见和预算控制数修改。请先在新名册中填好预算控制数再下发。",
    APPROVED: "批复工作簿里是批复的金额，全部锁定，供单位执行，不用交回。",
    ADJUSTED: "批复的金额和内容已全部带入新下发的工作簿，没有锁定，由单位改要调整的部分；表旁写着批复数。",
}
NOT_APPROVED = "没有批复的金额，没有延续；已批复的，请在汇总.xlsx 的“批复”表中填写，report 后再运行"


class _Source(NamedTuple):
    """What may go on from the last round, and what may not."""

    carried: tuple[Carried, ...]
    left_out: tuple[NotCarried, ...]


def next_round(collection: Collection, ledger: Ledger, round_name: str, folder: Path) -> Rolled:
    """Makes the collection of a later round of the same year in `folder`.

    The folder appears whole or not at all. Raises UsageError where the round does not follow that of the collection,
    nothing may go on or the folder holds anything, ContentError where roster or template has mistakes; nothing is
    written then.
    """
    desk = Desk(collection)
    old, form = desk.roster, desk.form
    _refuse_out_of_order(old.settings.round, round_name)
    source = _source(Standing(collection, desk, ledger), collection, round_name)
    if not source.carried:
        what = "已接收的申报" if round_name == SECOND else "已批复的项目"
        advice = "请先 import。" if round_name == SECOND else "请在汇总.xlsx 的“批复”表中填写批复，再运行 report。"
        raise UsageError(f"“{collection.folder}”中没有{what}，没有什么可以延续到“{round_name}”。{advice}")
    compared = {SECOND: old.settings.round, APPROVED: DECLARED, ADJUSTED: APPROVED}[round_name]
    last = LastRound(old.settings.fiscal_year, round_name, compared, source.carried)
    kept = LAST_ROUND_FILE, last_round_json(last)
    roster, offered = _roster(old, last, publicity_of(collection, old)), offered_by(form, desk.catalogue)
    template = read_file(collection.template)
    draft = Draft(roster, offered, template, collection, kept, last.suggestions(), source.left_out, ADVICE[round_name])
    return draft.written(folder)


def _refuse_out_of_order(old: str, new: str) -> None:
    if new not in FROM:
        raise UsageError(f"--round 应是 {'、'.join(FROM)} 之一，现为“{new}”。没有写入任何内容。")
    if old not in FROM[new]:
        raise UsageError(
            f"“{new}”应由“{'”或“'.join(FROM[new])}”的任务延续，这个任务是“{old}”。没有写入任何内容。"
            "请把要延续的任务写在前面；下一年度的任务用 --to。"
        )


def _source(standing: Standing, collection: Collection, round_name: str) -> _Source:
    settings = standing.roster.settings
    if settings.round == APPROVED:
        last = last_round_of(collection, settings)
        return _Source(tuple(map(_from_approved, last.projects)) if last else (), ())
    counted = counting(standing)
    left_out = tuple(not_accepted(counted))
    if round_name == SECOND:
        reviews = {stand.submission.id: stand.review for stand in standing.wholes()}
        return _Source(
            tuple(
                Carried(
                    standing.unit_code(one.submission),
                    one.declaration,
                    _amounts(one.declaration),
                    told_of_review(reviews[one.submission.id], settings.round),
                )
                for one in counted.accepted
            ),
            left_out,
        )
    approvals = standing.ledger.approvals(standing.form.form_id, settings.fiscal_year)
    carried = [
        _approved(standing.unit_code(one.submission), one.declaration, approvals[one.submission.project_code])
        for one in counted.accepted
        if one.submission.project_code in approvals
    ]
    if round_name == ADJUSTED:
        carried = list(map(_from_approved, carried))
    return _Source(tuple(carried), (*left_out, *_without_approval(counted.accepted, approvals)))


def _without_approval(accepted: Sequence[Accepted], approvals: Mapping[str, Approval]) -> Iterator[NotCarried]:
    for one in accepted:
        code, name = one.submission.project_code, one.project_name
        if code not in approvals:
            yield NotCarried(code, name, "项目", name, NOT_APPROVED)


def _amounts(declaration: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By project code, the amounts of a root project and of its sub-projects."""
    keys = dict.fromkeys(MONEY_LINES)
    parts = (declaration, *declaration.get(SUB_PROJECTS, ()))
    return {part["project_code"]: amounts_of(part, keys) for part in parts}


def _approved(unit_code: str, declaration: Mapping[str, Any], approval: Approval) -> Carried:
    """A declaration with what was approved in the place of what was asked for; that stands beside it."""
    decided = _with_amounts(declaration, approval)
    if subs := declaration.get(SUB_PROJECTS):
        decided[SUB_PROJECTS] = [_with_amounts(sub, approval) for sub in subs]
    return Carried(unit_code, decided, _amounts(declaration), told_of_approval(approval))


def _with_amounts(part: Mapping[str, Any], approval: Approval) -> dict[str, Any]:
    money = approval.amounts.get(part["project_code"], {})
    return {**part, **{key: amount_text(yuan) for key, yuan in money.items() if key in part}}


def _from_approved(carried: Carried) -> Carried:
    """The same for 调整, which starts from what was approved and is compared with it."""
    return carried._replace(compared=_amounts(carried.declaration))


def _roster(old: Roster, last: LastRound, publicity: Mapping[str, str]) -> Roster:
    """The same roster without what does not go on, for the new round."""
    known = {project.project_code: project for project in old.projects}
    carried = {one.declaration["project_code"]: one for one in last.projects}
    ours = [project for code, project in known.items() if code in carried]
    below = [_from_below(one) for code, one in carried.items() if code not in known]
    projects = [project if last.round == SECOND else _without_money(project) for project in (*ours, *below)]
    return next_roster(old, old.settings.fiscal_year, last.round, projects, publicity)


def _without_money(project: RosterProject) -> RosterProject:
    """What was approved takes the place of the ceiling and of the carry-over that were known before."""
    subs = tuple(map(_without_money, project.sub_projects))
    return project._replace(budget_ceiling=None, annual_carryover=None, sub_projects=subs)


def _from_below(carried: Carried) -> RosterProject:
    """A project that a package brought: the roster does not know it."""

    def line(part: Mapping[str, Any]) -> RosterProject:
        unit = part.get("implementing_unit")
        return RosterProject(part["project_code"], part.get("project_name") or "", implementing_unit=unit)

    subs = tuple(map(line, carried.declaration.get(SUB_PROJECTS, ())))
    return line(carried.declaration)._replace(unit_code=carried.unit_code, sub_projects=subs)
