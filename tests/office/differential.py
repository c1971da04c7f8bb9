"""Random fillings of workbooks, recalculated by LibreOffice and by formualizer, and judged by the centre.

`make differential` runs this file as a program over the full number of fillings; test_differential.py runs fewer.
"""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import formualizer
from openpyxl.utils import column_index_from_string

from tests.helpers import GOAL, Issued, family, issued, parent, project, single
from tests.office.engines import value_in_formualizer
from tests.office.programs import Filled, Job, Result, Value, run_office
from tests.office.unit import PASSED, inputs, keystrokes, opened
from workbook_builder.cells import EMPTY, Cell, Place
from workbook_builder.judge.check import judged
from workbook_builder.judge.locate import locate, real_title
from workbook_builder.judge.opening import Opened

Office = Callable[[Sequence[Job]], list[Result]]

SEED, MOST_CHANGES_IN_TURN = 2022, (25, 3, 1)
CI_FILLINGS = {0: 28, 2: 24, 20: 10}
ALL_FILLINGS = {0: 260, 2: 200, 20: 60}
# Of the project alone also one filling for each trap in each kind of cell; of these tests run every so many.
CI_STEP = 6

# What people type, paste or leave behind, by the type of the cell. "=NA()" stands for an error value that came along.
ANYWHERE: tuple[Value, ...] = (None, " ", "\u3000", "=NA()", "=1/0", "*", "?", "~*", '"', "a\u00a0b", "'=1+1")
TRAPS: dict[str, Sequence[Value]] = {
    "amount": (
        0, -1, 0.01, 12.345, 1e13, 999999.99, 500, 2000000, 800000.01, 0.1 + 0.2, "2000万", "1,000.00", "１２３", " 5 ",
        "5元", "¥5", "1.2.3", "=200000+86700", "'5", "1e5", "-0.00",
    ),
    "date": (
        "2022-12-31", "2021-06-30", "2023-01-01", "2022.1.1", "2022年1月1日", "1989-12-31", "2023-02-30", 20220101, 44562.5,
        44561, 73416, "随便", -1,
    ),
    "choice": ("一次性项目", " 经常性项目", "经常性 项目", "其他项目", "经常性项目\n", "经常性*"),
    "comparator": (
        "≥", "=", "<", "≤", ">", "定性", ">=", "＞＝", "》=", "不低于", "大于等于", "约", "左右", " ≥ ", "≦", "至少", "≥5", "以上",
    ),
    "target": (
        5, 0, 100, 100.5, 79.9, 0.9, -1, 1e9, "90%", "明显", "百分之九十", "≥90%", "5次", "90 %", "９０", "九十", "约5",
        "5-10", "2022-06-30", "1e3", "明显改善", "90\n", "①", "<5", "～5", "大于90", "'90", "'5次", "约五次", "不少于3场", "五万人",
        "12月底前", "3年", "/", "约", "大约90%", "<p>90</p>",
    ),
    "unit": ("次", "%", "斤", "％", "次\n", "% ", "人次", "≥5次", "≤6次", "≥90", 90, "五次以上", "5次"),
    "text": ("张三", "<b>张三</b>", "&nbsp;张三", "培训次数", "培训次 数", "培训次数 ", "完成率", "合格人数", "收入增长率", "张\u200b三"),
    "long_text": ("短", f"<p>{GOAL}</p>", GOAL * 30, "见附件", "字" * 1000, "字 " * 501, "一\n\n二", "字" * 19, "字" * 20),
}  # fmt: skip
USED = ("数量指标", "社会效益指标", "服务对象满意度指标")
# Of a whole row: what meets the traps of the other columns most often.
ROW: dict[str, Sequence[Value]] = {
    "comparator": (*["定性"] * 8, *["≥"] * 6, *[None] * 8),
    "target": (None, *["明显改善"] * 4, *[5] * 4),
    "unit": (None, None, "次", "次"),
}


class Filling(NamedTuple):
    """One filling of one workbook and what each side makes of it."""

    changes: Mapping[str, Value]
    different: Mapping[str, tuple[Value, Value]]  # formula cells: LibreOffice's value, formualizer's
    compared: int
    is_passed: bool
    errors: tuple[str, ...]  # what the centre finds wrong

    @property
    def is_laxer(self) -> bool:
        """Whether the workbook says 可以上报 where the centre returns it."""
        return self.is_passed and bool(self.errors)


def workbook(folder: Path, subs: int) -> tuple[Issued, dict[str, Any]]:
    """An issued workbook with so many sub-projects, and a declaration that keeps the rules."""
    ceiling = Decimal(800_000)
    if not subs:
        return issued(folder, project(budget_ceiling=ceiling), round_name="二上"), single()
    names = [f"子项目{number}" for number in range(1, subs + 1)]
    return issued(folder, parent(*names, budget_ceiling=ceiling * subs)), family(subs)


def fillings(folder: Path, subs: int, count: int, office: Office, step: int = 1) -> list[Filling]:
    """So many fillings of one workbook, always the same ones, half as many of whole rows; step: of lone traps."""
    book, entry = workbook(folder / f"{subs}", subs)
    changes = [*random_changes(book, count), *whole_rows(book, keystrokes(book, entry), count // 2)]
    changes += [] if subs else list(lone_traps(book))[::step]
    (result,) = office(
        [{"book": book.path, "set": {**keystrokes(book, entry)}, "save": [folder / f"{subs}.xlsx"],
          "formulas": True, "fillings": changes}]
    )  # fmt: skip
    came = book.desk.open((folder / f"{subs}.xlsx").read_bytes(), "填.xlsx")
    assert isinstance(came, Opened)
    sides = _Sides(book, came, result)
    return [sides.filling(change, filled) for change, filled in zip(changes, result["fillings"], strict=True)]


def cells_by_kind(book: Issued, generator: random.Random) -> dict[str, list[str]]:
    """The addresses of inputs by their type, of the many indicator rows mostly those that are used."""
    kinds: dict[str, list[str]] = {}
    for entry in inputs(book).values():
        is_likely = "indicators" not in entry["key"] or entry["level2"] in USED
        if is_likely or generator.random() < 0.1:
            kinds.setdefault(entry["type"], []).append(entry["address"])
    return kinds


def lone_traps(book: Issued) -> Iterator[dict[str, Value]]:
    """Each trap alone, in the first cell of its kind that is filled in, everything else being right."""
    first = {kind: addresses[0] for kind, addresses in cells_by_kind(book, random.Random(SEED)).items()}
    for kind, address in sorted(first.items()):
        yield from ({address: value} for value in (*ANYWHERE, *TRAPS[kind]))


def whole_rows(book: Issued, filled: Container[str], count: int) -> Iterator[dict[str, Value]]:
    """Symbol, value and unit of one filled indicator row, drawn together, everything else being right."""
    generator = random.Random(SEED)
    rows: dict[str, dict[str, str]] = {}
    for key, entry in inputs(book).items():
        row, _, column = key.rpartition(".")
        if column in ROW and entry["address"] in filled:
            rows.setdefault(row, {})[column] = entry["address"]
    whole = [row for row in rows.values() if "target" in row and "comparator" in row]
    for _ in range(count):
        cells = generator.choice(whole)
        yield {address: generator.choice((*ROW[column], *TRAPS[column])) for column, address in cells.items()}


def random_changes(book: Issued, count: int) -> Iterator[dict[str, Value]]:
    """A third of the fillings changes one cell, a third up to three, so that many stay right; the others up to 25."""
    generator = random.Random(SEED)
    kinds = cells_by_kind(book, generator)
    over = [slot.place.address for slot in opened(book).blank.layout.parts[None] if slot.kind == "formula"]
    kinds["over"] = [f"申报表!{address}" for address in over]
    for number in range(count):
        most = MOST_CHANGES_IN_TURN[number % 3]
        filling: dict[str, Value] = {}
        for _ in range(generator.randint(1, most)):
            kind = generator.choice([kind for kind in sorted(kinds) if kind != "over" or generator.random() < 0.1])
            values = (
                (800000, 1200000.01, 0)
                if kind == "over"
                else (*ANYWHERE[: 11 if most > 3 else 2 if most > 1 else 0], *TRAPS[kind])
            )
            filling[generator.choice(kinds[kind])] = generator.choice(values)
        yield filling


class _Sides:
    """LibreOffice, formualizer and the centre on the fillings of one workbook."""

    def __init__(self, book: Issued, came: Opened, result: Result):
        self._desk, self._came, self._base = book.desk, came, result["formulas"]
        blank = came.blank
        titles = {laid.title: real_title(laid.title, blank.layout, came.identity) for laid in blank.layout.sheets}
        self._titles = {real: title for title, real in titles.items()}
        self._real: Mapping[str, Value] = titles  # 自检 names sheets, whose titles the blank does not know yet
        self._engine = formualizer.load_workbook_bytes(blank.package)
        self._engine.set_temporal_egress("serial")
        raw = {key: cell.value for key, cell in came.located.cells.items() if cell.formula is None}
        for place, value in blank.cell_values(came.identity, {**came.notices, **raw}).items():
            self._engine.set_value(*place, float(value) if isinstance(value, Decimal) else value)

    def filling(self, changes: Mapping[str, Value], filled: Filled) -> Filling:
        shown = {
            (sheet, cell): filled["changed"].get(sheet, {}).get(cell, value)
            for sheet, values in self._base.items()
            for cell, value in values.items()
            if f"{sheet}!{cell}" not in changes
        }
        computed = self._computed(filled, list(shown))
        computed |= {key: self._real.get(str(value), value) for key, value in computed.items() if key[0] == "自检"}
        different = {
            f"{sheet}!{cell}": (value, computed[sheet, cell])
            for (sheet, cell), value in shown.items()
            if not is_same(value, computed[sheet, cell])
        }
        banner = str(shown["自检", "A2"])
        return Filling(changes, different, len(shown), banner.startswith(PASSED), tuple(self._errors(filled)))

    def _place(self, sheet: str, cell: str) -> Place:
        letters = cell.rstrip("0123456789")
        return Place(self._titles.get(sheet, sheet), int(cell.removeprefix(letters)), column_index_from_string(letters))

    def _computed(self, filled: Filled, cells: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Value]:
        """formualizer's values on the raw cells that LibreOffice holds."""
        formulas, kept = self._came.blank.formulas, {}
        for address, (value, formula, _) in filled["typed"].items():
            place = self._place(*address.split("!"))
            kept[place] = self._engine.get_value(*place)
            if formula is not None:
                self._engine.set_formula(*place, str(formula))
            else:
                self._engine.set_value(*place, value)
        self._engine.evaluate_all()
        found = {}
        for sheet, cell in cells:
            found[sheet, cell] = value_in_formualizer(self._engine, self._place(sheet, cell))
        for place, before in kept.items():
            if place in formulas:
                self._engine.set_formula(*place, "=" + formulas[place])
            else:
                self._engine.set_value(*place, before)
        return found

    def _errors(self, filled: Filled) -> Iterator[str]:
        """What the centre says of a file with these cells: the reading of the base, the cells put into it."""
        reading = self._came.reading
        sheets = dict(reading.sheets)
        for address, (value, formula, shows_percent) in filled["typed"].items():
            title, cell = address.split("!")
            place = self._place(title, cell)
            old = sheets[title].cells.get((place.row, place.column), EMPTY)
            cells = {
                **sheets[title].cells,
                (place.row, place.column): _cell(value, formula, old, is_percent=bool(shows_percent)),
            }
            sheets[title] = sheets[title]._replace(cells=cells)
        came = self._came._replace(reading=reading._replace(sheets=sheets))
        located = locate(came.reading, came.blank, came.identity)
        result = judged(came._replace(located=located), "", self._desk)
        yield from (finding.message for finding in result.findings if finding.severity == "error")


def _cell(value: Value, formula: Value, old: Cell, *, is_percent: bool) -> Cell:
    text = None if formula is None else str(formula).removeprefix("=")
    if value is None:
        return EMPTY._replace(formula=text)
    if isinstance(value, str):
        is_error = value.startswith(("#", "Err:")) and text is not None
        return old._replace(value=value, kind="error" if is_error else "text", formula=text)
    return old._replace(value=Decimal(repr(value)), kind="number", formula=text, is_percent=is_percent)


def is_same(shown: Value, computed: Any) -> bool:
    """An empty text and an empty cell look alike; numbers as floats."""
    if isinstance(shown, int | float) and isinstance(computed, int | float):
        return abs(shown - computed) < 1e-9 * max(1, abs(shown))
    return (shown or None) == (computed or None)


def main() -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for subs, count in ALL_FILLINGS.items():
            done = fillings(Path(folder), subs, count, lambda jobs: run_office(jobs, 3000))
            different = [filling for filling in done if filling.different]
            laxer = [filling for filling in done if filling.is_laxer]
            failures += len(different) + len(laxer)
            compared = sum(filling.compared for filling in done)
            passed = Counter(filling.is_passed for filling in done)[True]
            print(
                f"{subs} sub-projects: {len(done)} fillings, {compared} values compared, {len(different)} fillings differ; "
                f"{passed} passed by the workbook, {len(laxer)} of them returned by the centre"
            )
            for filling in different[:5]:
                print("  differs:", dict(filling.changes), dict(list(filling.different.items())[:3]))
            for filling in laxer[:5]:
                print("  laxer:", dict(filling.changes), filling.errors[:2])
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
