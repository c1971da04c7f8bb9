"""What one file that came back costs: read, judged, in a process that works and in one that begins; beside who only reads."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path

from benchmarks import peers
from benchmarks.chapters import Chapter, Table, ms, times
from benchmarks.going_out import runs_for
from benchmarks.made_up import Projects, collection_of, come_back, roster_of
from benchmarks.measuring import PROGRAM, Taken, Used, Work, median_of, taking_turns, used_by
from workbook_builder.collection.folder import INCOMING
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.reader import read_workbook

DIFFERENT = 7  # workbooks that take turns: what the last one left in a process is not what the next one needs
READ, CHECKED, LOADED, FLOOR = "read", "check", "openpyxl_loading", "parsing"
NAMES = {
    READ: "read: every cell, formula, lock, note",
    CHECKED: "read, judged and compared with the blank",
    LOADED: "openpyxl, loading",
    "openpyxl_read_only": "openpyxl, read-only: values and formulas",
    "pandas": "pandas with calamine: values",
    "calamine": "python-calamine: values",
    "excelize": "excelize: values",
    FLOOR: "floor: unpacked, and parsed by expat for nothing",
}
COLD_NAMES = {
    "check": "`workbook-builder check`",
    "addin": "检查本表 (`workbook-builder addin run check`)",
    "openpyxl": "openpyxl, loading",
    "nothing": "floor: Python, doing nothing",
}
LOADS = "import sys, openpyxl; openpyxl.load_workbook(sys.argv[1])"


def measured(subs: Sequence[int], runs: int) -> Chapter:
    """For each number of sub-projects."""
    tables: list[Table] = []
    figures: dict[str, float] = {}
    for number in subs:
        taken = _warm(number, runs_for(number, runs))
        tables.append(_warm_table(number, taken))
        figures |= {f"read_{name}_{number}": one.processor for name, one in taken.items()}
    for number in subs:
        used = _cold(number, runs_for(number, max(1, runs // 2)))
        tables.append(_cold_table(number, used))
        figures |= {f"cold_{name}_{number}": one.processor for name, one in used.items()}
    return Chapter("Back: one file", tables, figures)


def _warm(subs: int, runs: int) -> Mapping[str, Taken]:
    projects, desk = Projects(subs), Desk()
    books = [projects.workbook(is_filled=True) for _ in range(DIFFERENT)]
    if any(check(book, "a.xlsx", desk).declaration is None for book in books):
        raise RuntimeError("our own workbook is refused")
    works: dict[str, Callable[[bytes], object]] = {
        READ: lambda data: read_workbook(data, "a.xlsx"),
        CHECKED: lambda data: check(data, "a.xlsx", desk),
        LOADED: peers.by_openpyxl,
        "openpyxl_read_only": peers.by_openpyxl_read_only,
        "pandas": peers.by_pandas,
        "calamine": peers.by_calamine,
        **({"excelize": peers.by_excelize} if peers.HAS_EXCELIZE else {}),
        FLOOR: peers.parsed_for_nothing,
    }
    return taking_turns({name: _on_the_next(work, books) for name, work in works.items()}, runs)


def _on_the_next(work: Callable[[bytes], object], books: Sequence[bytes]) -> Work:
    """All go through the same workbooks in the same order."""
    turn = cycle(books)
    return lambda: work(next(turn))


def _warm_table(subs: int, taken: Mapping[str, Taken]) -> Table:
    caption = f"**{subs} sub-projects**, filled in; no two files in turn alike."
    header = "one file", "processor, ms", "times reading", "times read and judged", "times the floor"
    least = taken[READ].processor, taken[CHECKED].processor, taken[FLOOR].processor
    rows = [
        (NAMES[name], ms(one.processor), *(times(one.processor / own) for own in least)) for name, one in taken.items()
    ]
    return Table(caption, header, rows)


def _cold(subs: int, runs: int) -> Mapping[str, Used]:
    """Commands that look at one file of a collection."""
    with tempfile.TemporaryDirectory(prefix="cold-") as name:
        collection = collection_of(Path(name) / "任务", roster_of(1, subs))
        come_back(collection)
        (file,) = (collection.folder / INCOMING).iterdir()
        works = dict(_commands(file, Path(name)))
        used: dict[str, list[Used]] = {work: [] for work in works}
        for _ in range(runs):
            for work, words in works.items():
                used[work].append(used_by(words))
        return {work: median_of(some) for work, some in used.items()}


def _commands(file: Path, folder: Path) -> Iterator[tuple[str, Sequence[str | Path]]]:
    yield "check", (*PROGRAM, "check", file)
    yield "addin", (*PROGRAM, "addin", "run", "check", "--book", file, "--result", folder / "result.txt")
    yield "openpyxl", (sys.executable, "-c", LOADS, file)
    yield "nothing", (sys.executable, "-c", "")


def _cold_table(subs: int, used: Mapping[str, Used]) -> Table:
    caption = f"**{subs} sub-projects, in a process that begins**, with the records of its collection at hand."
    header = "one file", "processor, ms", "clock, ms", "most memory, MiB", "times openpyxl"
    peer = used["openpyxl"].processor
    rows = [
        (COLD_NAMES[name], ms(one.processor), ms(one.wall), f"{one.peak:.0f}", times(one.processor / peer))
        for name, one in used.items()
    ]
    return Table(caption, header, rows)
