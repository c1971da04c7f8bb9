"""What the workbook calls 可以上报 the centre accepts, and both compute alike, on fillings drawn at random."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import GOAL, Issued, family
from tests.office.programs import Job, Result, Value
from tests.office.unit import BANNER, PASSED, code_cells, inputs, keystrokes
from workbook_builder.check import Checked, check
from workbook_builder.desk import Opened
from workbook_builder.locate import real_title

Office = Callable[[Sequence[Job]], list[Result]]
FILLINGS, MOST_CHANGES = 48, 3
# What people type, by the type of the cell; no TRUE and no error values, which no two programs count alike.
TRAPS: dict[str, Sequence[Value]] = {
    "amount": (
        None, 0, -1, 0.01, 12.345, 1e13, 999999.99, "2000万", "1,000.00", "１２３", " 5 ", "5元", "¥5", "1.2.3", "=200000+86700",
        "'5", " ",
    ),
    "date": (
        None, "2022-12-31", "2021-06-30", "2022.1.1", "2022年1月1日", "1989-12-31", "2023-02-30", 20220101, 44562.5, " ", "随便",
    ),
    "choice": (None, "一次性项目", " 经常性项目", "经常性 项目", "其他项目", "经常性项目\n", " "),
    "comparator": (
        None, "≥", "=", "定性", ">=", "＞＝", "》=", "不低于", "大于等于", "约", "左右", " ", " ≥ ", "≦", "至少", "≥5", "以上",
    ),
    "target": (
        None, 5, "90%", 0.9, -1, 0, "明显", "百分之九十", "≥90%", "5次", "90 %", "９０", " ", "约5", "5-10", "2022-06-30", "1e3",
    ),
    "unit": (None, "次", "%", " ", "斤", "％", "次\n"),
    "text": (None, " ", "　", "张三", "<b></b>", "&nbsp;", "培训次数", "培训次 数", "培训次数 ", "=1+1", "\u200b", "\u00a0"),
    "long_text": (None, " ", "短", "<p></p>", f"<p>{GOAL}</p>", GOAL * 40, "见附件", "字" * 1000, "字 " * 501, "\n", "\u3000\u200b"),
}  # fmt: skip


class Filling(NamedTuple):
    """One filling: as typed, as LibreOffice sees it, as the centre reads what it saved."""

    changes: dict[str, Value]
    result: Result
    opened: Opened
    checked: Checked

    @property
    def is_passed(self) -> bool:
        return str(self.result["values"][BANNER]).startswith(PASSED)

    @property
    def errors(self) -> list[str]:
        return [finding.message for finding in self.checked.findings if finding.severity == "error"]


def random_changes(issued: Issued) -> Iterator[dict[str, Value]]:
    """Up to three traps in cells of different types, so that the many texts do not crowd out the rest."""
    generator = random.Random(2022)
    cells: dict[str, list[str]] = {}
    for entry in inputs(issued).values():
        is_used = "indicators" not in entry["key"] or entry["level2"] in ("数量指标", "社会效益指标")
        if is_used:
            cells.setdefault(entry["type"], []).append(entry["address"])
    for _ in range(FILLINGS):
        kinds = generator.sample(sorted(TRAPS), generator.randint(1, MOST_CHANGES))
        yield {generator.choice(cells[kind]): generator.choice(TRAPS[kind]) for kind in kinds}


@pytest.fixture(scope="module")
def fillings(office: Office, with_sub: Issued, tmp_path_factory: pytest.TempPathFactory) -> list[Filling]:
    folder: Path = tmp_path_factory.mktemp("fillings")
    right = keystrokes(with_sub, family())
    changes = list(random_changes(with_sub))
    paths = [folder / f"{number}.xlsx" for number in range(FILLINGS)]
    jobs: list[Job] = [
        {
            "book": with_sub.path,
            "set": {address: value for address, value in {**right, **change}.items() if value is not None},
            "save": [path],
            "read": [BANNER],
            "formulas": True,
        }
        for change, path in zip(changes, paths, strict=True)
    ]
    found = []
    for change, path, result in zip(changes, paths, office(jobs), strict=True):
        data = path.read_bytes()
        came = with_sub.desk.open(data, path.name)
        assert isinstance(came, Opened)
        found.append(Filling(change, result, came, check(data, path.name, with_sub.desk)))
    return found


def test_fillings__are_passed_and_refused_by_the_workbook_alike_often_enough(fillings: list[Filling]) -> None:
    passed = sum(filling.is_passed for filling in fillings)
    assert 8 <= passed <= FILLINGS - 8


def test_filling_that_the_workbook_passes__has_no_error_at_the_centre(fillings: list[Filling]) -> None:
    laxer = {str(filling.changes): filling.errors for filling in fillings if filling.is_passed and filling.errors}
    assert laxer == {}


def test_every_formula_cell__is_what_formualizer_computes_from_the_same_raw_cells(
    fillings: list[Filling], with_sub: Issued
) -> None:
    differing: dict[str, list[str]] = {}
    codes = {f"{place.sheet}!{place.address}" for place, _ in code_cells(with_sub)}
    assert len(codes) > 60
    for filling in fillings:
        computed = by_formualizer(filling.opened)
        assert codes <= computed.keys()
        in_libreoffice = {
            f"{title}!{cell}": value
            for title, cells in filling.result["formulas"].items()
            for cell, value in cells.items()
        }
        different = [
            f"{address}: LibreOffice {in_libreoffice.get(address)!r}, formualizer {value!r}"
            for address, value in computed.items()
            if not same(in_libreoffice.get(address), value)
        ]
        if different:
            differing[str(filling.changes)] = different
    assert differing == {}


def by_formualizer(came: Opened) -> dict[str, object]:
    """Every formula cell of the pristine blank with the raw cells that came in."""
    blank = came.blank
    raw = {key: cell.value for key, cell in came.located.cells.items()}
    blank.calculator.calculate(blank.cell_values(came.identity, raw))
    titles = {place.sheet: real_title(place.sheet, blank.layout, came.identity) for place in blank.formulas}
    return {f"{titles[place.sheet]}!{place.address}": blank.calculator.value(place) for place in blank.formulas}


def same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-12)
    return (one or "") == (other or "")


def test_workbook_of_another_raw_cell__would_differ(fillings: list[Filling]) -> None:
    """The comparison is not blind: the codes that formualizer computes depend on what is put in."""
    assert len({tuple(sorted(map(str, by_formualizer(filling.opened).items()))) for filling in fillings}) > FILLINGS / 2
