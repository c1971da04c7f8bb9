"""What a workbook costs at the centre, by its number of sub-projects; run with `python benchmarks/judge.py`.

Compiling a shape (once), stamping one more workbook of it, `check` and, of that, reading and the judge alone; beside them
openpyxl loading the same file, as the peer that only reads; how large the file is and how long its longest formula.
Medians of several runs in one process.
"""

import io
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import openpyxl
from rich.console import Console
from rich.table import Table

from workbook_builder.blank.blank import Blank
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.judge.recalculate import judge
from workbook_builder.ooxml.reader import read_workbook
from workbook_builder.resources import packaged_template

SUB_PROJECTS = (0, 2, 20, 200)
RUNS = 5
AMOUNT = Decimal("1000.00")
VALUES = {
    "project_category": "经常性项目", "department": "某街道办事处", "implementing_unit": "某街道党建服务中心",
    "start_date": date(2022, 1, 1), "end_date": date(2022, 12, 31), "annual_goal": "全年组织培训五次，覆盖全部党支部。",
    "total_fiscal": AMOUNT, "annual_appropriation": AMOUNT,
}  # fmt: skip


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


class Cost(NamedTuple):
    """What one number of sub-projects costs: seconds, KiB, characters."""

    compiling: float
    stamping: float
    checking: float
    reading: float
    judging: float
    loading: float  # by openpyxl
    size: float
    longest_formula: int


def measured(count: int) -> Cost:
    """The cost of a workbook with that many sub-projects."""
    catalogue = packaged_catalogue()
    template = load_template(packaged_template(), "模板.xlsx", catalogue)
    form = template.form
    shape = Shape(FormShape(), (FormShape(),) * count)
    subs = tuple((f"P{number}", f"子项目{number}") for number in range(count))
    identity = Identity(form.form_id, form.version, 2022, "一上", "U1", "P", "", 1, subs, shape)
    compiled: list[Blank] = []
    compiling = seconds(lambda: compiled.append(Blank(template, shape, catalogue)), 1)
    values = {f"sub_projects[{n}].{key}": value for n in range(count) for key, value in VALUES.items()} | VALUES
    data = compiled[0].workbook(identity, values, None)
    stamping = seconds(lambda: compiled[0].workbook(identity, values, None))
    desk = Desk()
    check(data, "a.xlsx", desk)
    checking = seconds(lambda: check(data, "a.xlsx", desk))
    opened = desk.open(data, "a.xlsx")
    if not isinstance(opened, Opened):
        raise TypeError("our own workbook is refused")
    located = opened.located
    judging = seconds(
        lambda: judge(
            opened.blank,
            identity,
            located.values,
            constants=located.constants,
            failed=located.failed,
            places=located.places,
        )
    )
    reading = seconds(lambda: read_workbook(data, "a.xlsx"))
    loading = seconds(lambda: openpyxl.load_workbook(io.BytesIO(data)), 3)
    longest = max(map(len, compiled[0].formulas.values()))
    return Cost(compiling, stamping, checking, reading, judging, loading, len(data) / 1024, longest)


def main() -> None:
    """Prints the table."""
    table = Table(
        "sub-projects", "compile s", "stamp s", "check s", "read s", "judge s", "judge ms a form", "openpyxl load s", "KiB",
        "longest formula",
    )  # fmt: skip
    for count in SUB_PROJECTS:
        cost = measured(count)
        per_form = f"{1000 * cost.judging / (count + 1):.2f}"
        row = [f"{value:.3f}" for value in cost[:5]]
        table.add_row(str(count), *row, per_form, f"{cost.loading:.3f}", f"{cost.size:.0f}", str(cost.longest_formula))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
