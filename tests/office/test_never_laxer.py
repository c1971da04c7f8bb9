"""What the workbook calls 可以上报 the centre accepts, and both compute alike, on fillings drawn at random."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import GOAL, Issued, family, single
from tests.office.programs import Job, Result, Value
from tests.office.unit import BANNER, PASSED, inputs, keystrokes, opened
from workbook_builder.cells import Place
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Opened

Office = Callable[[Sequence[Job]], list[Result]]
FILLINGS, MOST_CHANGES = 24, 3
ANNUAL = ("annual_appropriation", "annual_carryover", "annual_other")
# What people type, by the type of the cell; no TRUE and no error values, which no two programs count
# alike; what looks empty and is not has its own test below.
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
    "text": (None, " ", "张三", "<b>张三</b>", "&nbsp;张三", "培训次数", "培训次 数", "培训次数 ", "=1+1", "张\u200b三"),
    "long_text": (None, " ", "短", f"<p>{GOAL}</p>", GOAL * 40, "见附件", "字" * 1000, "字 " * 501, "一\n\n二"),
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
    changes, columns = list(random_changes(with_sub)), code_columns(with_sub)
    paths = [folder / f"{number}.xlsx" for number in range(FILLINGS)]
    jobs: list[Job] = [
        {
            "book": with_sub.path,
            "set": {address: value for address, value in {**right, **change}.items() if value is not None},
            "save": [path],
            "read": [BANNER, *(column for column, _ in columns)],
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
    assert 5 <= passed <= FILLINGS - 5


def test_filling_that_the_workbook_passes__has_no_error_at_the_centre(fillings: list[Filling]) -> None:
    laxer = {str(filling.changes): filling.errors for filling in fillings if filling.is_passed and filling.errors}
    assert laxer == {}


def test_every_code_cell__is_what_formualizer_computes_from_the_same_raw_cells(
    fillings: list[Filling], with_sub: Issued
) -> None:
    columns = code_columns(with_sub)
    different = {}
    for filling in fillings:
        blank, located = filling.opened.blank, filling.opened.located
        raw = {key: cell.value for key, cell in located.cells.items()}
        blank.calculator.calculate(blank.cell_values(filling.opened.identity, raw))
        for address, places in columns:
            in_libreoffice = filling.result["values"][address]
            assert isinstance(in_libreoffice, list)
            codes = [blank.calculator.value(place) or None for place in places]
            if codes != [row[0] or None for row in in_libreoffice]:
                different[f"{filling.changes} {address}"] = (codes, in_libreoffice)
    assert different == {}
    assert len({str(filling.result["values"]) for filling in fillings}) > FILLINGS / 3


def code_columns(issued: Issued) -> list[tuple[str, list[Place]]]:
    """The hidden code column of each sheet: its address in the file, and its cells in the blank."""
    ours = opened(issued)
    layout = ours.blank.layout
    return [
        (
            f"{real_title(laid.title, layout, ours.identity)}!{places[0].address}:{places[-1].address}",
            places,
        )
        for laid in layout.checked_sheets
        if (places := [Place(laid.title, row, laid.code_column) for row in range(1, len(laid.rows) + 1)])
    ]


REQUIRED = ("annual_goal", "implementing_unit", "indicators[24].name")
# Of all that text() takes for nothing: white space of other writing, invisible characters, tags.
INVISIBLE = (
    "\u3000", "\u00a0", "\n", "\t", "\u2003", "\u200b", "<p></p>", "&nbsp;", " <b> </b>", "\u2009", "\u2028", "\u200e", "\ufeff",
    " \u2002 ",
)  # fmt: skip
OUTPUT, BENEFIT = "indicators[0].", "indicators[24]."
TRAPS_BY_HAND: dict[str, dict[str, Value]] = {
    **{f"{text!r} as a required text": {REQUIRED[n % len(REQUIRED)]: text} for n, text in enumerate(INVISIBLE)},
    "share typed beside another unit": {f"{OUTPUT}target": "90%"},
    "numeral beside 定性": {f"{BENEFIT}target": "九十"},
    "share in words beside 定性": {f"{BENEFIT}target": "百分之九十"},
    "whole value in words beside 定性": {f"{BENEFIT}target": "大于90"},
    "full-width number beside 定性": {f"{BENEFIT}target": "９０"},
    "number in the unit of 定性": {f"{BENEFIT}unit": 90},
    "number as text without symbol": {f"{OUTPUT}comparator": None, f"{OUTPUT}target": "'90"},
    "count as text without symbol": {f"{OUTPUT}comparator": None, f"{OUTPUT}target": "5次"},
    "numeral without symbol": {f"{OUTPUT}comparator": None, f"{OUTPUT}target": "五次"},
    "words before a number without symbol": {f"{OUTPUT}comparator": None, f"{OUTPUT}target": "不少于3场"},
    "another value in the unit": {f"{OUTPUT}unit": "≤6次"},
    "value without a unit in the unit": {f"{OUTPUT}unit": "≥5"},
    "value in the unit of an unused row": {"indicators[3].unit": "≥5次"},
    "spaces as the only output": {**dict.fromkeys(f"{OUTPUT}{c}" for c in ("comparator", "target", "unit")), f"{OUTPUT}name": " "},
    "a millionth of a yuan": {"total_fiscal": 0.000001, "total_other": 0, **dict.fromkeys(ANNUAL, 0)},
    "TRUE as an amount": {"total_fiscal": "TRUE"},
    "TRUE as a date": {"start_date": "TRUE"},
    "TRUE as a value": {f"{OUTPUT}target": "TRUE"},
    "error value that no rule reads": {"overall_goal": "=NA()"},
    "error value in the narrative": {"narrative.plan": "=NA()"},
}  # fmt: skip


def test_trap_made_by_hand__is_not_passed_where_the_centre_refuses_it(
    office: Office, alone: Issued, tmp_path: Path
) -> None:
    right, cells = keystrokes(alone, single()), inputs(alone)
    jobs: list[Job] = []
    for number, trap in enumerate(TRAPS_BY_HAND.values()):
        typed: dict[str, Value] = {**right, **{cells[key]["address"]: value for key, value in trap.items()}}
        kept: dict[str, Value] = {address: value for address, value in typed.items() if value is not None}
        job: Job = {"book": alone.path, "set": kept, "save": [tmp_path / f"{number}.xlsx"], "read": [BANNER]}
        jobs.append({**job, "save_where": {BANNER: PASSED}})
    laxer, passed = [], 0
    for name, job, result in zip(TRAPS_BY_HAND, jobs, office(jobs), strict=True):
        if str(result["values"][BANNER]).startswith(PASSED):
            passed += 1
            (path,) = job["save"]
            checked = check(Path(path).read_bytes(), "填.xlsx", alone.desk)
            laxer += [f"{name}: {finding.message}" for finding in checked.findings if finding.severity == "error"]
    assert laxer == []
    assert passed > len(TRAPS_BY_HAND) / 4
