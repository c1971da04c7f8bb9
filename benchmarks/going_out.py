"""What one more workbook costs, in one process: stamped, beside openpyxl, XlsxWriter, excelize and the least that must be."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.chapters import Chapter, Table, ms, times
from benchmarks.like_workbook import LikeWorkbook
from benchmarks.made_up import Projects
from benchmarks.measuring import Taken, Work, taking_turns, timed

FIRST = 30  # workbooks of a shape, among which is paid what is paid once
SENT, FILLED, SAVED, LOADED_AND_SAVED = "sent_out", "filled_in", "openpyxl_saving", "openpyxl_loading_and_saving"
NAMES = {
    SENT: "stamped, as it is sent out",
    FILLED: "stamped, filled in",
    SAVED: "openpyxl, saving a workbook that is loaded",
    LOADED_AND_SAVED: "openpyxl, loading and saving",
    "xlsxwriter": "XlsxWriter, building the like",
    "excelize_saving": "excelize, saving a workbook that is loaded",
    "deflating": "floor: deflating what differs from the last workbook",
    "copying": "floor: copying the file",
}


def measured(subs: Sequence[int], runs: int) -> Chapter:
    """For each number of sub-projects."""
    tables: list[Table] = []
    figures: dict[str, float] = {}
    for number in subs:
        compiling, size, cells, taken = _measured(number, runs_for(number, runs))
        tables.append(_table(number, compiling, size, cells, taken))
        figures |= {f"stamp_{name}_{number}": one.processor for name, one in taken.items()}
        figures |= {f"compiling_{number}": compiling.processor, f"file_bytes_{number}": size}
    return Chapter("Out: one more workbook", tables, figures)


def runs_for(subs: int, runs: int) -> int:
    """Fewer where a run takes long."""
    return min(runs, max(2, round(runs / (1 + subs / 10))))


def _measured(subs: int, runs: int) -> tuple[Taken, int, int, Mapping[str, Taken]]:
    """Compiling the shape; bytes and cells of a workbook as it is sent out; what each work takes."""
    made: list[Projects] = []
    compiling = timed(lambda: made.append(Projects(subs)))
    (projects,) = made
    for _ in range(FIRST):
        projects.workbook(is_filled=False)
    data = projects.workbook(is_filled=False)
    like = LikeWorkbook(data)
    with tempfile.TemporaryDirectory(prefix="stamped-") as folder:
        works = dict(_works(projects, data, like, Path(folder)))
        taken = taking_turns(works, runs)
    # Not in turn with what is sent out: one blank makes both, and would be cleared of all inputs every other time.
    filled = {FILLED: lambda: projects.workbook(is_filled=True), SAVED: works[SAVED]}
    return compiling, len(data), like.cell_count, {**taken, FILLED: taking_turns(filled, runs)[FILLED]}


def _works(projects: Projects, data: bytes, like: LikeWorkbook, folder: Path) -> Iterator[tuple[str, Work]]:
    source, target = folder / "a.xlsx", folder / "b.xlsx"
    source.write_bytes(data)
    book = peers.by_openpyxl(data)
    differing = peers.differing_parts(projects.workbook(is_filled=False), data)
    _, deflate = peers.deflater()
    yield SENT, lambda: projects.workbook(is_filled=False)
    yield SAVED, lambda: peers.saved_by_openpyxl(book)
    yield LOADED_AND_SAVED, lambda: peers.saved_by_openpyxl(peers.by_openpyxl(data))
    yield "xlsxwriter", like.built
    if peers.HAS_EXCELIZE:
        held = peers.HeldByExcelize(data)
        yield "excelize_saving", lambda: held.save(target)
    yield "deflating", lambda: [deflate(part) for part in differing]
    yield "copying", lambda: shutil.copyfile(source, target)


def _table(subs: int, compiling: Taken, size: int, cells: int, taken: Mapping[str, Taken]) -> Table:
    caption = (
        f"**{subs} sub-projects**: {cells:,} cells, {size / 1024:,.0f} KiB; compiling the shape, once, {ms(compiling.processor)} ms; "
        f"deflated by {peers.deflater()[0]}."
    )
    header = "one workbook", "processor, ms", "times what is sent out", "times what is filled in"
    ours = taken[SENT].processor, taken[FILLED].processor
    rows = [
        (words, ms(taken[name].processor), *(times(taken[name].processor / own) for own in ours))
        for name, words in NAMES.items()
        if name in taken
    ]
    return Table(caption, header, rows)
