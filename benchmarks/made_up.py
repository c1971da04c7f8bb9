"""Made-up projects: their workbooks, each with other values, and whole collections that went out and came back."""

import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from workbook_builder.blank.blank import blank_of
from workbook_builder.collection.folder import INCOMING, Collection, new_collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.executors import processors
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import full_key
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.resources import packaged_template

UNITS, YEAR = 40, 2022
KNOWN = frozenset(("project_name", "implementing_unit"))  # by the roster
TABLE_ROWS = (0, 5, 9, 12, 20)  # indicator rows that a workbook stamped filled in uses
GOAL = "全年组织培训{0}次，覆盖全部党支部，服务党员群众，提升第{0}片区基层党建工作水平。"


class Projects:
    """Projects of one shape, each another one: no two of their workbooks hold the same."""

    def __init__(self, subs: int):
        self.catalogue = packaged_catalogue()
        self.template = load_template(packaged_template(), "模板.xlsx", self.catalogue)
        own = FormShape(prefilled=KNOWN)
        self.shape = Shape(own, (own,) * subs)
        self.blank = blank_of(self.template, self.shape, self.catalogue)
        self._number = count()

    def workbook(self, *, is_filled: bool) -> bytes:
        """Of one more project: filled in, or as it is sent out with what the roster knows."""
        return self.blank.workbook(*self._next(is_filled=is_filled), None, hides_spare_rows=is_filled)

    def _next(self, *, is_filled: bool) -> tuple[Identity, dict[str, Any]]:
        form, number = self.template.form, next(self._number)
        subs = tuple((f"P{sub}", f"子项目{sub}之{number}") for sub in range(len(self.shape.sub_projects)))
        about = form.form_id, form.version, YEAR, "一上", "U1", f"P{number}", "a1", 1, subs, self.shape
        values: dict[str, Any] = {}
        for part in (None, *range(len(subs))):
            own = {"project_name": f"社区培训{number}", "implementing_unit": f"中心{number}"}
            own |= dict(_answers(number)) if is_filled else {}
            values |= {full_key(part, key): value for key, value in own.items()}
        return Identity(*about), values


def _answers(number: int) -> Iterator[tuple[str, Any]]:
    amount = Decimal(1000 + number)
    yield from (("project_category", "经常性项目"), ("start_date", date(YEAR, 1, 1)), ("end_date", date(YEAR, 12, 31)))
    yield from (("annual_goal", GOAL.format(number)), ("total_fiscal", amount), ("annual_appropriation", amount))
    for row in TABLE_ROWS:
        own = {"name": f"培训{row}次数{number}", "comparator": "≥", "target": 5 + number, "unit": "次"}
        yield from ((f"indicators[{row}].{column}", value) for column, value in own.items())


def roster_of(count: int, subs: int, prefix: str = "P") -> Roster:
    """Projects of which as many units as there are have the same number; without sub-projects where subs is 0."""
    units = tuple(Unit(f"U{number:02}", f"单位{number}") for number in range(UNITS))
    projects = []
    for number in range(count):
        code, unit = f"{prefix}{number:06}", f"U{number % UNITS:02}"
        parts = (RosterProject(f"{code}-{sub}", f"子项目{number}之{sub}", unit_code=unit) for sub in range(subs))
        projects.append(RosterProject(code, f"项目{number}", unit_code=unit, sub_projects=tuple(parts)))
    return Roster(Settings(YEAR, "一上"), units, tuple(projects))


def collection_of(folder: Path, roster: Roster) -> Collection:
    """A new collection with the packaged form."""
    template, catalogue = packaged_template(), packaged_catalogue()
    offered = offered_by(load_template(template, "模板.xlsx", catalogue).form, catalogue)
    new_collection(folder, new_roster(YEAR, offered, roster), template)
    return Collection(folder)


def come_back(collection: Collection) -> None:
    """Everything is sent out and comes back filled in, every second project without its goal, and so to be returned."""
    generate(collection, packaged_catalogue())
    issues = [issue.file for issue in collection.issues().values()]
    spawned = multiprocessing.get_context("spawn")  # a fork hangs once formulas were calculated
    with ProcessPoolExecutor(processors(), mp_context=spawned) as pool:
        done = pool.map(_came_back, [collection.folder] * len(issues), issues, range(len(issues)), chunksize=8)
        for _ in done:
            pass


def _came_back(folder: Path, file: str, number: int) -> None:
    path, desk = folder / file, _desk(folder)
    data = fill(path.read_bytes(), path.name, declared(number, _subs(desk)), desk)
    (folder / INCOMING / path.name).write_bytes(data)


@lru_cache(maxsize=1)
def _desk(folder: Path) -> Desk:
    return Desk(Collection(folder))


def _subs(desk: Desk) -> int:
    return len(desk.roster.projects[0].sub_projects)


def declared(number: int, subs: int) -> Mapping[str, Any]:
    """What a unit declares of a project, as JSON; the odd ones lack their goal."""
    money = {"total_fiscal": f"{1_000_000 + number}.00", "annual_appropriation": f"{1_000_000 + number}.00"}
    parts = [{**_form(number * 100 + sub), **money} for sub in range(subs)]
    own = {"filler": "张三", "phone": "021-1", "narrative": {"overview": f"面向第{number}片区社区党员和居民开展培训。"}}
    whole = {**_form(number), **own, **({"sub_projects": parts} if parts else money)}
    return {**whole, "annual_goal": None} if number % 2 else whole


def _form(number: int) -> dict[str, Any]:
    return {
        "project_category": "经常性项目", "department": "某街道办事处", "implementing_unit": "某街道党建服务中心",
        "start_date": f"{YEAR}-01-01", "end_date": f"{YEAR}-12-31", "annual_goal": GOAL.format(number),
        "indicators": [
            {"level2": "数量指标", "name": f"第{number}类培训次数", "comparator": "≥", "target": str(5 + number), "unit": "次"},
            {"level2": "质量指标", "name": "培训合格率", "comparator": "≥", "target": "95", "unit": "%"},
            {"level2": "时效指标", "name": "培训完成时间", "comparator": "定性", "target": f"{YEAR}年12月底前", "unit": None},
            {"level2": "社会效益指标", "name": "党建环境", "comparator": "定性", "target": "明显改善", "unit": None},
            {"level2": "服务对象满意度指标", "name": "党员满意度", "comparator": "≥", "target": "90", "unit": "%"},
        ],
    }  # fmt: skip
