"""What one more workbook costs, by its number of sub-projects: `python benchmarks/stamping.py [SUB_PROJECTS ...]`.

Every workbook is another project's, so that its formulas are calculated anew: as it is sent out, with what rosters know,
and filled in. Beside it, of that, the calculation alone, and openpyxl saving such a workbook once it is loaded. Processor
time, medians of runs that take turns.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import openpyxl
from rich.console import Console
from rich.table import Table

from workbook_builder.blank.blank import Blank, blank_of
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import full_key
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.ooxml import zip_write
from workbook_builder.resources import packaged_template

SUB_PROJECTS = (0, 2, 20)
RUNS = 9
ROWS = (0, 5, 9, 12, 20)  # indicator rows that are filled in
KNOWN = frozenset(("project_name", "implementing_unit"))
ANSWERS = {
    "project_category": "经常性项目", "start_date": date(2022, 1, 1), "end_date": date(2022, 12, 31),
    "annual_goal": "全年组织培训五次，覆盖全部党支部。", "total_fiscal": Decimal("1000.00"), "annual_appropriation": Decimal("1000.00"),
}  # fmt: skip


class Projects:
    """Projects of one shape, each another one."""

    def __init__(self, subs: int):
        catalogue = packaged_catalogue()
        template = load_template(packaged_template(), "模板.xlsx", catalogue)
        self.form = template.form
        self.shape = Shape(FormShape(prefilled=KNOWN), (FormShape(prefilled=KNOWN),) * subs)
        self.blank: Blank = blank_of(template, self.shape, catalogue)
        self._number = count()

    def next(self, *, is_filled: bool) -> tuple[Identity, dict[str, Any]]:
        """The identity of one more, and its values."""
        number = next(self._number)
        subs = tuple((f"P{sub}", f"子项目{sub}之{number}") for sub in range(len(self.shape.sub_projects)))
        identity = Identity(
            self.form.form_id, self.form.version, 2022, "一上", "U1", f"P{number}", "a1", 1, subs, self.shape
        )
        values: dict[str, Any] = {}
        for part in (None, *range(len(subs))):
            own = {"project_name": f"社区培训{number}", "implementing_unit": f"中心{number}"}
            own |= {**ANSWERS, **dict(_indicators(number))} if is_filled else {}
            values |= {full_key(part, key): value for key, value in own.items()}
        return identity, values

    def stamped(self, *, is_filled: bool) -> bytes:
        """A workbook of one more."""
        return self.blank.workbook(*self.next(is_filled=is_filled), None, hides_spare_rows=is_filled)

    def calculated(self, *, is_filled: bool) -> None:
        """The formulas of one more."""
        self.blank.calculator.calculate(self.blank.cell_values(*self.next(is_filled=is_filled)))


def _indicators(number: int) -> Iterator[tuple[str, Any]]:
    for row in ROWS:
        own = {"name": f"培训{row}次数{number}", "comparator": "≥", "target": 5 + number, "unit": "次"}
        yield from ((f"indicators[{row}].{column}", value) for column, value in own.items())


def measured(subs: int) -> Iterator[tuple[str, ...]]:
    """The lines of the table for one number of sub-projects."""
    projects = Projects(subs)
    for is_filled in (False, True):
        data = projects.stamped(is_filled=is_filled)
        book = openpyxl.load_workbook(io.BytesIO(data))
        work: tuple[Callable[[], object], ...] = (
            lambda is_filled=is_filled: projects.stamped(is_filled=is_filled),
            lambda is_filled=is_filled: projects.calculated(is_filled=is_filled),
            lambda book=book: book.save(io.BytesIO()),
        )
        taken: list[list[float]] = [[] for _ in work]
        for _ in range(RUNS):
            for times, job in zip(taken, work, strict=True):
                start = time.process_time()
                job()
                times.append(1000 * (time.process_time() - start))
        ours, calculating, peer = map(statistics.median, taken)
        what = "filled in" if is_filled else "sent out"
        yield (
            str(subs), what, f"{ours:.1f}", f"{calculating:.1f}", f"{peer:.0f}", f"{peer / ours:.0f}", f"{len(data) / 1024:.0f}",
        )  # fmt: skip


def main() -> None:
    """Prints the table."""
    table = Table("sub-projects", "", "stamp, ms", "of it calculating", "openpyxl saving, ms", "times", "file, KiB")
    for subs in map(int, sys.argv[1:] or SUB_PROJECTS):
        for line in measured(subs):
            table.add_row(*line)
    Console(width=120).print(table)
    Console().print("with isal" if getattr(zip_write, "ISAL", None) else "without isal")


if __name__ == "__main__":
    main()
