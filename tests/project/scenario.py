"""A whole finance office as data: units with three sub-projects each, made from the real example's kinds of projects, what
each unit answers, and what goes wrong on the way.
"""

import datetime
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, NamedTuple

from tests.helpers import packaged
from workbook_builder.cli.demo import example_declaration
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.judge.fill import describe, open_ours
from workbook_builder.judge.opening import Desk

KINDS = ("“两新”党建", "社区党建", "党群阵地")
SEED = 2022
MONEY = ("total_fiscal", "total_other", "annual_appropriation", "annual_carryover", "annual_other")
FEN = Decimal("0.01")


class Answer(NamedTuple):
    """What a unit has to say in one workbook: the parent's own (number None) or that of a sub-project."""

    root_code: str
    project_code: str  # declared there
    number: int | None
    entry: Mapping[str, Any]  # as `fill` takes it


class Defect(NamedTuple):
    """Something that goes wrong in a workbook of a sub-project."""

    rule: str  # that finds it
    spoil: Callable[[dict[str, Any]], None]  # changes the declaration of the sub-project


def roster(units: int) -> Roster:
    """One root project for each unit, three sub-projects each; the third of them is another unit's work."""
    known = tuple(
        Unit(f"D{n:03}", f"第{n}街道社区党建服务中心", f"联系人{n}", f"021-{n:04}") for n in range(1, units + 1)
    )
    projects = tuple(_root(n, known[n - 1], known[n % units]) for n in range(1, units + 1))
    return Roster(Settings(2022, "一上", datetime.date(2022, 1, 31), "财政科", "021-9"), known, projects)


def _root(number: int, unit: Unit, neighbour: Unit) -> RosterProject:
    subs = tuple(
        RosterProject(
            f"R{number:03}-{place}",
            kind,
            "经常性项目",
            "某街道办事处",
            (neighbour if place == len(KINDS) else unit).unit_code,
            unit.unit_name,
        )
        for place, kind in enumerate(KINDS, start=1)
    )
    dates = datetime.date(2022, 1, 1), datetime.date(2022, 12, 31)
    return RosterProject(
        f"R{number:03}", f"党群综合服务{number}", "经常性项目", "某街道办事处", unit.unit_code, unit.unit_name, None, *dates,
        sub_projects=subs,
    )  # fmt: skip


def renamed(roster: Roster, codes: Collection[str]) -> Roster:
    """The same roster with another 实施单位 for these sub-projects."""
    projects = tuple(
        root._replace(
            sub_projects=tuple(
                sub._replace(implementing_unit="改名后的服务中心") if sub.project_code in codes else sub
                for sub in root.sub_projects
            )
        )
        for root in roster.projects
    )
    return roster._replace(projects=projects)


def answers(roster: Roster, seed: int = SEED) -> Iterator[Answer]:
    """What every workbook of the roster, split, has to say; amounts are drawn by chance, to the fen."""
    rng, example = random.Random(seed), example_declaration()
    for root in roster.projects:
        own = {key: example[key] for key in ("annual_goal", "narrative")} | _indicators(example)
        yield Answer(root.project_code, root.project_code, None, own | _filler(root))
        for number, sub in enumerate(root.sub_projects):
            kind = example["sub_projects"][number % len(example["sub_projects"])]
            words = {key: kind[key] for key in ("annual_goal", "start_date", "end_date")}
            declared = words | _indicators(kind) | _money(rng)
            yield Answer(root.project_code, sub.project_code, number, {"sub_projects": [declared], **_filler(sub)})


def _indicators(declared: Mapping[str, Any]) -> dict[str, Any]:
    """The example's indicators, each in a row of its own on the form: what is corrected goes where it stood."""
    levels = [row.level2 for row in packaged().form.form_sheet.table]
    free = {level: iter([row for row, found in enumerate(levels) if found == level]) for level in levels}
    return {"indicators": [{**entry, "row": next(free[entry["level2"]])} for entry in declared["indicators"]]}


def _filler(project: RosterProject) -> dict[str, str]:
    return {"filler": f"填表人{project.project_code}", "phone": "021-1"}


def _money(rng: random.Random) -> dict[str, str]:
    appropriation, carryover, other = (Decimal(rng.randrange(100_000, 90_000_000)) * FEN for _ in range(3))
    amounts = (appropriation + carryover, other, appropriation, carryover, other)
    return {key: str(amount) for key, amount in zip(MONEY, amounts, strict=True)}


def _set(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(declared: dict[str, Any]) -> None:
        declared[key] = value

    return spoil


def _set_in_row(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(declared: dict[str, Any]) -> None:
        declared["indicators"][0].update(changes)

    return spoil


DEFECTS = (
    Defect("amount.invalid", _set("annual_appropriation", "28.67万")),
    Defect("funds.annual_other_exceeds_total", _set("annual_other", "90000000.01")),
    Defect("text.required", _set("annual_goal", None)),
    Defect("date.invalid", _set("start_date", "2022年13月1日")),
    Defect("date.order", lambda declared: declared.update(start_date="2022-06-01", end_date="2022-05-31")),
    Defect("indicator.incomplete", _set_in_row(target=None)),
    Defect("indicator.comparator_unknown", _set_in_row(comparator="左右")),
    Defect("indicator.unit_required", _set_in_row(unit=None)),
)


def spoilt(answer: Answer, defect: Defect) -> Answer:
    """The same answer with the defect in it."""
    entry = deepcopy(dict(answer.entry))
    defect.spoil(entry["sub_projects"][0])
    return answer._replace(entry=entry)


def total(answers: Iterable[Answer], key: str) -> Decimal:
    """A money line summed over all answers, without anything of the product's."""
    declared = (sub for answer in answers for sub in answer.entry.get("sub_projects", ()))
    return sum((Decimal(sub[key]) for sub in declared), Decimal("0.00"))


def raised(answer: Answer) -> Answer:
    """The same with another million of this year's money."""
    (sub,) = answer.entry["sub_projects"]
    keys = ("annual_appropriation", "total_fiscal")
    more = {**sub, **{key: str(Decimal(sub[key]) + 1_000_000) for key in keys}}
    return answer._replace(entry={**answer.entry, "sub_projects": [more]})


def answer_of(answers: Iterable[Answer], code: str) -> Answer:
    return next(answer for answer in answers if answer.project_code == code)


def confirmed(answer: Answer, data: bytes, desk: Desk) -> dict[str, Any]:
    """What a unit adds to last year's texts: its money, who fills in, and that it has read each section."""
    asked = {
        entry["key"] for entry in describe(open_ours(data, "a.xlsx", desk))["inputs"] if "confirm." in entry["key"]
    }
    sections = {key.rpartition(".")[2]: "已核对" for key in asked}
    own = {key: answer.entry[key] for key in ("filler", "phone")}
    if answer.number is None:
        return {**own, "confirm": sections}
    declared = answer.entry["sub_projects"][0]
    return {**own, "sub_projects": [{**{key: declared[key] for key in MONEY}, "confirm": sections}]}
