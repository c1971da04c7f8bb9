"""Issued workbooks, filled and checked as a unit and the centre would; small declarations to start from."""

import datetime
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from copy import copy, deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.loaded import opened
from workbook_builder.collection.folder import Collection, new_collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import NO_LEVELS, Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.form.laying_out import lay_out
from workbook_builder.form.layout import FormShape, Layout, Shape
from workbook_builder.form.rules import Level, packaged_catalogue
from workbook_builder.form.template_reading import Template, load_template
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.resources import packaged_template

UNIT = Unit("U1", "某街道社区党建服务中心")
META = ("meta", "A1")
SENT_OUT = datetime.datetime(2022, 1, 4, 8)  # UTC; when what tests send out went out
JANUARY, FEBRUARY = "2022-01-10T08:00:00Z", "2022-02-10T08:00:00Z"
FILLED_KEPT = 64
GOAL = "全年组织培训五次，覆盖全部党支部，服务党员群众，提升基层党建工作水平。"


class Issued(NamedTuple):
    """A workbook that was sent out, and the desk of its collection."""

    collection: Collection
    path: Path
    desk: Desk

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def filled(self, entry: Mapping[str, Any]) -> bytes:
        """Filled in; what was filled in alike just before is not filled in again."""
        key = hashlib.sha256(self.data).digest(), self.path.name, repr(entry), self.desk
        _FILLED[key] = data = _FILLED.pop(key, b"") or fill(self.data, self.path.name, entry, self.desk)
        if len(_FILLED) > FILLED_KEPT:
            del _FILLED[next(iter(_FILLED))]
        return data

    def checked(self, entry: Mapping[str, Any], cells: Mapping[tuple[str, str], Any] | None = None) -> Checked:
        """Filled, these cells typed over in another program, then checked."""
        data = self.filled(entry)
        return check(changed(data, cells) if cells else data, self.path.name, self.desk)


def write_roster(path: Path, roster: Roster) -> None:
    offered = offered_by(packaged().form, packaged_catalogue())
    path.write_bytes(new_roster(roster.settings.fiscal_year, offered, roster))


def collection_of(
    folder: Path,
    *projects: RosterProject,
    round_name: str = "一上",
    template: bytes | None = None,
    levels: Mapping[str, Level] = NO_LEVELS,
) -> Collection:
    """A collection of these projects for 2022, with the packaged template unless another is given."""
    new_collection(folder, b"", template or packaged_template())
    collection = Collection(folder)
    change_roster(collection, *projects, round_name=round_name, levels=levels)
    return collection


def change_roster(
    collection: Collection,
    *projects: RosterProject,
    round_name: str = "一上",
    levels: Mapping[str, Level] = NO_LEVELS,
) -> None:
    write_roster(collection.roster, Roster(Settings(2022, round_name), (UNIT,), projects, levels))


def as_recorded_before(collection: Collection, *words: str) -> None:
    """Its issues as a version recorded them that did not know these words: one list."""
    path = collection.archive / "下发记录.jsonl"
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    old = [{name: word for name, word in entry.items() if name not in words} for entry in entries]
    path.with_suffix(".json").write_text(json.dumps(old, ensure_ascii=False), encoding="utf-8")
    path.unlink()


def issued(folder: Path, project: RosterProject, **more: Any) -> Issued:
    """The workbook of a collection with one root project; more as for `collection_of`."""
    collection = collection_of(folder, project, **more)
    (path,) = generate(collection, packaged_catalogue()).written
    return Issued(collection, path, Desk(collection))


def project(code: str = "P1", name: str = "社区培训", **more: Any) -> RosterProject:
    """A project of which the roster knows only code, name and unit, unless told more."""
    return RosterProject(code, name, **{"unit_code": UNIT.unit_code, **more})


def parent(*names: str, **more: Any) -> RosterProject:
    """A project with sub-projects of these names."""
    subs = tuple(project(f"P1-{number}", name) for number, name in enumerate(names, start=1))
    return project(**{"sub_projects": subs, **more})


def row(level2: str, name: str, comparator: str | None, target: str, unit: str | None = None) -> dict[str, Any]:
    return {"level2": level2, "name": name, "comparator": comparator, "target": target, "unit": unit}


_FORM: dict[str, Any] = {
    "project_category": "经常性项目",
    "department": "某街道办事处",
    "implementing_unit": "某街道社区党建服务中心",
    "start_date": "2022-01-01",
    "end_date": "2022-12-31",
    "annual_goal": GOAL,
    "indicators": [
        row("数量指标", "培训次数", "≥", "5", "次"),
        row("社会效益指标", "党建环境", "定性", "明显改善"),
        row("服务对象满意度指标", "党员满意度", "≥", "90", "%"),
    ],
}
_OF_THE_ROOT = {"filler": "张三", "phone": "021-1", "narrative": {"overview": "面向社区党员和居民开展培训。"}}
_MONEY = {
    "total_fiscal": "1000000.00",
    "total_other": "200000.00",
    "annual_appropriation": "800000.00",
    "annual_carryover": "200000.00",
    "annual_other": "200000.00",
}


def single(**changes: Any) -> dict[str, Any]:
    """A declaration without sub-projects that has no finding; changed by these values."""
    return deepcopy({**_FORM, **_MONEY, **_OF_THE_ROOT, **changes})


def family(subs: int = 1, **changes: Any) -> dict[str, Any]:
    """A declaration with sub-projects; their dates are empty. It has the findings of `of_family`."""
    sub = {**_FORM, **_MONEY, "start_date": None, "end_date": None}
    sub_projects = [deepcopy(sub) | {"annual_goal": f"{GOAL}分项{number}。"} for number in range(subs)]
    form = {**_FORM, "indicators": [row("数量指标", "培训次数", "≥", str(5 * subs), "次"), *_FORM["indicators"][1:]]}
    return deepcopy({**form, **_OF_THE_ROOT, "sub_projects": sub_projects, **changes})


def of_family(subs: int) -> list[str]:
    """The rules that `family` breaks: its sub-projects, from the second on, share what is no quantity."""
    return ["indicator.copied_block"] * (subs - 1)


def changed_in_sub(**changes: Any) -> dict[str, Any]:
    """The same with these values in its one sub-project."""
    entry = family()
    entry["sub_projects"][0].update(changes)
    return entry


@lru_cache(4)
def seen(data: bytes, *, data_only: bool = False) -> Any:
    """The workbook in openpyxl, opened once for all who only look at it."""
    return opened(data, data_only=data_only)


def titles_of(data: bytes) -> list[str]:
    """The titles of all sheets, in order; nothing else is read."""
    with closing(openpyxl.load_workbook(io.BytesIO(data), read_only=True)) as book:
        return list(book.sheetnames)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def changed(data: bytes, cells: Mapping[tuple[str, str], Any]) -> bytes:
    """The workbook with these cells typed over and saved by openpyxl, as a foreign program would."""
    book = opened(data)
    for (sheet, address), value in cells.items():
        book[sheet][address] = value
    return saved(book)


def meta_of(data: bytes) -> Any:
    """What a workbook says of itself."""
    return json.loads(seen(data)[META[0]][META[1]].value)


def with_meta(data: bytes, **words: Any) -> bytes:
    """The same workbook, its hidden cell saying these words instead."""
    return changed(data, {META: json.dumps({**meta_of(data), **words}, ensure_ascii=False)})


def stamped(data: bytes, moment: str) -> bytes:
    """As saved at a moment by a program that keeps all else as it was."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode() if name == "docProps/core.xml" else ""
            changed = re.sub("(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{moment}", part)
            new.writestr(name, changed or old.read(name))
    return buffer.getvalue()


def only_values(data: bytes) -> bytes:
    """What the poorest program keeps: sheet names, workbook names and values."""
    source, target = opened(data, data_only=True), openpyxl.Workbook()
    target.remove(target.worksheets[0])
    for sheet in source.worksheets:
        copy = target.create_sheet(sheet.title)
        for cell in (cell for cells in sheet.iter_rows() for cell in cells if cell.value is not None):
            copy[cell.coordinate] = cell.value
            if isinstance(cell.value, str):
                copy[cell.coordinate].data_type = "s"
    target.defined_names.update(source.defined_names)
    return saved(target)


def rules(result: Checked) -> list[str]:
    """The rules of all findings, in alphabetical order."""
    return sorted(finding.rule for finding in result.findings)


def found(result: Checked) -> set[tuple[str, str | None]]:
    """Rule and key of all findings."""
    return {(finding.rule, finding.key) for finding in result.findings}


def is_chinese_sentence(words: str) -> bool:
    return words.endswith("。") and any("一" <= letter <= "鿿" for letter in words) and "Traceback" not in words


def files_under(folder: Path, *parts: str) -> dict[str, bytes]:
    """Every file of a folder with its bytes, to see that nothing was written."""
    paths: Iterable[Path] = folder.joinpath(*parts).rglob("*")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


@cache
def packaged() -> Template:
    """The packaged template as read."""
    return load_template(packaged_template(), "模板.xlsx", packaged_catalogue())


def weighted_template(total: object = None, *, column: str = "H") -> bytes:
    """The packaged template with weights: a column of its own right of the table, or in the place of the names (D)."""
    book = opened(packaged_template())
    form, fields = book["申报表"], book["字段"]
    fields["A4"], fields["B4"] = "权重合计", total
    line = ("indicators.weight", "权重", "数值", "填报", "否", None, None, "各行权重之和应等于合计。")
    fields.append(line)
    form.print_area = "A1:H42"
    form["H14"] = "权重（分值）"
    for number in range(15, 43):
        form[f"H{number}"]._style = copy(form[f"G{number}"]._style)
        form[f"H{number}"] = "{{indicators.name}}"
        form[f"D{number}"] = "{{indicators.name}}"
        form[f"{column}{number}"] = "{{indicators.weight}}"
    return saved(book)


PLAIN = FormShape()
_FILLED: dict[tuple[bytes, str, str, Desk], bytes] = {}


def laid_out(sub_projects: int = 0, root: FormShape = PLAIN) -> Layout:
    """The packaged form for a root project of this shape with some plain sub-projects."""
    return lay_out(packaged().form, Shape(root, (PLAIN,) * sub_projects), packaged_catalogue())


def calls_of(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[tuple[Any, ...]]:
    """What a function is called with from now on."""
    called: list[tuple[Any, ...]] = []
    real: Callable[..., Any] = getattr(owner, name)

    def noted(*args: Any, **named: Any) -> Any:
        called.append(args)
        return real(*args, **named)

    monkeypatch.setattr(owner, name, noted)
    return called
