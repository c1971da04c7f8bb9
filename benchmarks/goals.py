"""What was to be reached, beside what was: goals are ratios, so that they hold on any machine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.chapters import Table, times
from benchmarks.growth import ratios, sizes

Figures = Mapping[str, float]
SHAPE = 2  # sub-projects of the workbook that goals speak of: the packaged example's


class Goal(NamedTuple):
    """found raises LookupError where something of it was not measured."""

    words: str
    found: Callable[[Figures], float]
    limit: float
    is_least: bool = True  # what is found is to be at least the limit; else at most
    unit: str = "times"

    def row(self, figures: Figures) -> tuple[str, str, str, str]:
        """Its line of the table."""
        limit = f"{'at least' if self.is_least else 'at most'} {self.limit:g} {self.unit}"
        try:
            found = self.found(figures)
        except LookupError:
            return self.words, limit, "", "not measured"
        is_reached = found >= self.limit if self.is_least else found <= self.limit
        return self.words, limit, f"{times(found)} {self.unit}", "reached" if is_reached else "**missed**"


def of_two(over: str, under: str) -> Callable[[Figures], float]:
    """One figure over another."""
    return lambda figures: figures[over] / figures[under]


def beside_openpyxl(command: str, what: str) -> Callable[[Figures], float]:
    """Openpyxl's clock over that of a file, where most files were; both in turn on the same machine."""

    def found(figures: Figures) -> float:
        count = _most(figures, f"{command}_wall")
        return figures[f"{command}_openpyxl_{what}_{count}"] / (figures[f"{command}_wall_{count}"] / count)

    return found


def each_more(command: str) -> Callable[[Figures], float]:
    """Milliseconds by the clock of each more file, between the fewest and the most."""

    def found(figures: Figures) -> float:
        least, most = _extremes(figures, f"{command}_wall")
        more = figures[f"{command}_wall_{most}"] - figures[f"{command}_wall_{least}"]
        if more <= 0:  # the load of the machine, and no cost of a file
            raise LookupError(command)
        return 1000 * more / (most - least)

    return found


def growing(names: Sequence[str]) -> Callable[[Figures], float]:
    """The worst of what one more costs at a size over what one more costs at the size before."""
    return lambda figures: max(found for name in names for found in ratios(figures, name))


def _extremes(figures: Figures, name: str) -> tuple[int, int]:
    found = sizes(figures, name)
    if len(found) < 2:
        raise LookupError(name)
    return found[0], found[-1]


def _most(figures: Figures, name: str) -> int:
    return sizes(figures, name)[-1]


GOALS = (
    Goal("one workbook as it is sent out, beside openpyxl saving one that is loaded",
         of_two(f"stamp_openpyxl_saving_{SHAPE}", f"stamp_sent_out_{SHAPE}"), 25),
    Goal("the same, beside XlsxWriter building the like",
         of_two(f"stamp_xlsxwriter_{SHAPE}", f"stamp_sent_out_{SHAPE}"), 120),
    Goal("`generate`, a workbook by the clock, beside openpyxl saving one that is loaded", beside_openpyxl("generate", "saving"), 20),
    Goal("reading, beside openpyxl loading", of_two(f"read_openpyxl_loading_{SHAPE}", f"read_read_{SHAPE}"), 18),
    Goal("reading, beside its floor", of_two(f"read_read_{SHAPE}", f"read_parsing_{SHAPE}"), 3, is_least=False),
    Goal("reading, judging and comparing, beside openpyxl loading",
         of_two(f"read_openpyxl_loading_{SHAPE}", f"read_check_{SHAPE}"), 8),
    Goal("`import`, a file by the clock, beside openpyxl loading; SQLite", beside_openpyxl("import", "loading"), 9),
    Goal("the same; PostgreSQL", beside_openpyxl("import_postgres", "loading"), 9),
    Goal("`check` of one file in a process of its own, beside openpyxl loading it in one",
         of_two(f"cold_check_{SHAPE}", f"cold_openpyxl_{SHAPE}"), 1.2, is_least=False),
    Goal("`import` of what is known, each more file; SQLite", each_more("import_again"), 0.5, is_least=False, unit="ms"),
    Goal("the same; PostgreSQL", each_more("import_again_postgres"), 0.5, is_least=False, unit="ms"),
    Goal("what one more file costs `generate`, `import` and `return`, beside what it cost at the size before",
         growing(("generate_processor", "import_processor", "import_postgres_processor", "return_processor")), 1.3, is_least=False),
    Goal("what one more sub-project costs stamping, reading and judging, likewise",
         growing(("stamp_sent_out", "stamp_filled_in", "read_read", "read_check")), 1.3, is_least=False),
)  # fmt: skip


def goals_table(figures: Figures) -> Table:
    """All goals; those about one file are of processor time."""
    return Table("", ("what", "goal", "found", ""), list(_rows(figures)))


def _rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    for goal in GOALS:
        yield goal.row(figures)
