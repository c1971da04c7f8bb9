"""How costs grow: what one more file or sub-project costs, beside what it cost at the size before; from figures measured."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from benchmarks.chapters import Chapter, Table, ms, times

Figures = Mapping[str, float]
OF_FILES = {
    "generate_processor": "generate",
    "generate_again_processor": "generate, unchanged",
    "import_processor": "import, SQLite",
    "import_again_processor": "import, all known, SQLite",
    "import_postgres_processor": "import, PostgreSQL",
    "import_again_postgres_processor": "import, all known, PostgreSQL",
    "return_processor": "return, half as many copies",
    "status_processor": "status, SQLite",
    "report_processor": "report",
    "report_again_processor": "report, over the one that is there",
}
OF_SUB_PROJECTS = {
    "compiling": "compiling the shape, once",
    "stamp_sent_out": "stamped, as it is sent out",
    "stamp_filled_in": "stamped, filled in",
    "read_read": "read",
    "read_check": "read, judged and compared",
    "read_openpyxl_loading": "openpyxl, loading",
}


def sizes(figures: Figures, name: str) -> list[int]:
    """At which something was measured, the smallest first. Raises LookupError where it was not."""
    found = sorted(int(match[1]) for key in figures if (match := re.fullmatch(rf"{name}_([0-9]+)", key)))
    if not found:
        raise LookupError(name)
    return found


def slopes(figures: Figures, name: str) -> Iterator[tuple[int, float]]:
    """Up to each size but the smallest, what one more costs, in seconds."""
    for smaller, larger in pairwise(sizes(figures, name)):
        yield larger, (figures[f"{name}_{larger}"] - figures[f"{name}_{smaller}"]) / (larger - smaller)


def ratios(figures: Figures, name: str) -> list[float]:
    """Each of these over the one before. Raises LookupError where there are not two."""
    found = [after / before for (_, before), (_, after) in pairwise(slopes(figures, name))]
    if not found:
        raise LookupError(name)
    return found


def chapter(figures: Figures) -> Chapter:
    """A table for files and one for sub-projects."""
    files = _table("**Files**: processor time of one more file, milliseconds.", OF_FILES, figures)
    subs = _table("**Sub-projects**: processor time of one more sub-project, milliseconds.", OF_SUB_PROJECTS, figures)
    return Chapter("Growth", [table for table in (files, subs) if table.rows], {})


def _table(caption: str, names: Mapping[str, str], figures: Figures) -> Table:
    """A column for each step that anything was measured at; what was not measured there leaves it empty."""
    measured = {name: words for name, words in names.items() if _is_measured(figures, name)}
    steps = sorted({step for name in measured for step in pairwise(sizes(figures, name))})
    header = ["", *(f"{smaller:,} to {larger:,}" for smaller, larger in steps), *(["ratios"] if len(steps) > 1 else [])]
    return Table(caption, header, [[words, *_cells(figures, name, steps)] for name, words in measured.items()])


def _cells(figures: Figures, name: str, steps: Sequence[tuple[int, int]]) -> Iterator[str]:
    found = dict(zip(pairwise(sizes(figures, name)), (slope for _, slope in slopes(figures, name)), strict=True))
    yield from (ms(found[step]) if step in found else "" for step in steps)
    if len(steps) > 1:
        yield ", ".join(times(after / before) for before, after in pairwise(found.values()))


def _is_measured(figures: Figures, name: str) -> bool:
    try:
        return len(sizes(figures, name)) > 1
    except LookupError:
        return False
