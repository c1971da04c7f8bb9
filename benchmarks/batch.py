"""What many files cost: `python benchmarks/batch.py 100 400`, the numbers of projects.

Collections of so many projects, of which every second one comes back with a mistake, go through generate, import, return and package, each
command in a process of its own; what has nothing to do is run a second time. A tenth as many root projects go out in three
parts each, come back and are merged. `--beside FOLDER`: the root of another version of the program, which takes turns.

Processor time of the command and its children, and the most memory that its own process held; wall time says nothing on a
machine that does other work. The least of several runs, for other programs only add.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from workbook_builder.collection.folder import INCOMING, Collection, new_collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.resources import packaged_template

ROOT = Path(__file__).parents[1]
UNITS, SUBS = 40, 2
ALONE = """
import json, resource, sys
from workbook_builder.cli.app import main
code = main(sys.argv[2:])
own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
used = {"own": own.ru_utime + own.ru_stime, "children": children.ru_utime + children.ru_stime, "peak": own.ru_maxrss / 1024}
open(sys.argv[1], "w").write(json.dumps({"code": code, **used}))
"""
GOAL = "全年组织培训五次，覆盖全部党支部，服务党员群众，提升基层党建工作水平。"
OF_PROJECT: dict[str, Any] = {  # a declaration without a mistake
    "project_category": "经常性项目", "department": "某街道办事处", "implementing_unit": "某街道党建服务中心",
    "start_date": "2022-01-01", "end_date": "2022-12-31", "annual_goal": GOAL,
    "indicators": [
        {"level2": "数量指标", "name": "培训次数", "comparator": "≥", "target": "5", "unit": "次"},
        {"level2": "社会效益指标", "name": "党建环境", "comparator": "定性", "target": "明显改善", "unit": None},
        {"level2": "服务对象满意度指标", "name": "党员满意度", "comparator": "≥", "target": "90", "unit": "%"},
    ],
}  # fmt: skip
OF_ROOT = {"filler": "张三", "phone": "021-1", "narrative": {"overview": "面向社区党员和居民开展培训。"}}
MONEY = {"total_fiscal": "1000000.00", "annual_appropriation": "1000000.00"}
WHOLE, PARENT = {**OF_PROJECT, **MONEY, **OF_ROOT}, {**OF_PROJECT, **OF_ROOT}
PART = {
    "filler": "李四",
    "phone": "021-2",
    "sub_projects": [{**OF_PROJECT, **MONEY, "start_date": None, "end_date": None}],
}
DECLARED = {"whole": WHOLE, "parent": PARENT, "sub_project": PART}


class Used(NamedTuple):
    """What a command used: seconds of processor time, MiB."""

    own: float
    children: float
    peak: float


class Step(NamedTuple):
    """A command that is measured, by what it does to which collection."""

    name: str
    collection: str  # 项目 or 母子
    words: tuple[str, ...]  # the collection's folder follows the first


STEPS = (
    Step("generate", "项目", ("generate",)),
    Step("generate, unchanged", "项目", ("generate",)),
    Step("import", "交回", ("import",)),
    Step("import, all known", "交回", ("import",)),
    Step("return", "交回", ("return",)),
    Step("return, unchanged", "交回", ("return",)),
    Step("package", "交回", ("package",)),
    Step("import of parts", "母子", ("import",)),
    Step("merge", "母子", ("merge", "-o")),
)


def roster_of(count: int, subs: int) -> Roster:
    """Projects for which as many units as there are take turns."""
    units = tuple(Unit(f"U{number:02}", f"单位{number}") for number in range(UNITS))
    projects = []
    for number in range(count):
        code, unit = f"P{number:05}", f"U{number % UNITS:02}"
        parts = (RosterProject(f"{code}-{sub}", f"子项目{number}之{sub}", unit_code=unit) for sub in range(subs))
        projects.append(RosterProject(code, f"项目{number}", unit_code=unit, sub_projects=tuple(parts)))
    return Roster(Settings(2022, "一上"), units, tuple(projects))


def collection_at(folder: Path, count: int, subs: int = 0) -> Collection:
    """A collection of so many projects."""
    template, catalogue = packaged_template(), packaged_catalogue()
    offered = offered_by(load_template(template, "模板.xlsx", catalogue).form, catalogue)
    new_collection(folder, new_roster(2022, offered, roster_of(count, subs)), template)
    return Collection(folder)


def come_back(collection: Collection) -> None:
    """Everything is sent out and comes back, every second project without its goal."""
    generate(collection, packaged_catalogue(), split=True)
    desk = Desk(collection)
    for number, issue in enumerate(collection.issues().values()):
        path, entry = collection.folder / issue.file, DECLARED[issue.part]
        if issue.part == "whole" and number % 2:
            entry = {**entry, "annual_goal": None}
        (collection.folder / INCOMING / path.name).write_bytes(fill(path.read_bytes(), path.name, entry, desk))


def used_by(version: Path, words: list[str]) -> Used:
    """Runs a command of this version."""
    with tempfile.TemporaryDirectory() as told:
        path = Path(told) / "used.json"
        environment = {**os.environ, "PYTHONPATH": str(version)}
        command = [sys.executable, "-c", ALONE, str(path), *words]
        done = subprocess.run(command, env=environment, cwd=version, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if not path.is_file():
            raise RuntimeError(done.stderr)
        used = json.loads(path.read_text())
    if used.pop("code") not in (0, 1):
        raise RuntimeError(done.stderr)
    return Used(**used)


def measured(place: Path, count: int, versions: list[Path], runs: int) -> Iterator[tuple[Step, list[Used]]]:
    """The least that each version used for each step."""
    ready = place / f"{count}"
    if not ready.is_dir():
        collection_at(ready / "项目", count)
        come_back(collection_at(ready / "交回", count))
        come_back(collection_at(ready / "母子", max(1, count // 10), SUBS))
    least: dict[tuple[Step, int], Used] = {}
    for run in range(runs):
        works = [place / f"{count}-{run}-{number}" for number in range(len(versions))]
        for work in works:
            shutil.copytree(ready, work)
        for step in STEPS:
            for number, (version, work) in enumerate(zip(versions, works, strict=True)):
                folder = work / step.collection
                more = [*step.words[1:], *([str(work / "合并")] if step.name == "merge" else [])]
                used = used_by(version, [step.words[0], str(folder), *more])
                before = least.get((step, number), used)
                least[step, number] = Used(*map(min, before, used))
        for work in works:
            shutil.rmtree(work)
    for step in STEPS:
        yield step, [least[step, number] for number in range(len(versions))]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=int, nargs="*", default=[100, 400])
    parser.add_argument("--beside", type=Path, help="the root of another version")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--place", type=Path, help="keeps the collections there for another run")
    asked = parser.parse_args()
    versions = [asked.beside.resolve(), ROOT] if asked.beside else [ROOT]
    table = Table("projects", "command", *(f"{version.name} {words}" for version in versions for words in
                                          ("s", "of it children s", "MiB")))  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        for count in asked.counts:
            for step, all_used in measured(asked.place or Path(temporary), count, versions, asked.runs):
                cells = (
                    (f"{one.own + one.children:.2f}", f"{one.children:.2f}", f"{one.peak:.0f}") for one in all_used
                )
                table.add_row(str(count), step.name, *(cell for three in cells for cell in three))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
