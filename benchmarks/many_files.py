"""What many files cost: whole commands on collections of several sizes, on SQLite and on PostgreSQL.

All projects of a collection go out, all come back, every second one with a mistake; what has nothing to do is run a second time.
Before and after what sends out and what reads openpyxl loads and saves such a file, under whatever load the machine has then.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from openpyxl.workbook.workbook import Workbook

from benchmarks import peers
from benchmarks.chapters import Chapter, Table, ms, times
from benchmarks.made_up import Projects, collection_of, come_back, roster_of
from benchmarks.measuring import PROGRAM, Taken, Used, median_of, medians, timed, used_by
from benchmarks.servers import Databases
from tests.office.postgres import programs

OUT, BACK = "项目", "交回"  # collections that nothing was done with, and of which all came back
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
PEER_RUNS = 3
COMPARED = ("generate", "import", "import_postgres")


class Step(NamedTuple):
    """A command that is measured, in the order in which they are run."""

    figure: str
    name: str
    collection: str
    words: str
    ledger: str = SQLITE


STEPS = (
    Step("generate", "generate", OUT, "generate"),
    Step("generate_again", "generate, unchanged", OUT, "generate"),
    Step("import", "import", BACK, "import"),
    Step("import_again", "import, all known", BACK, "import"),
    Step("status", "status", BACK, "status"),
    Step("return", "return, half as many copies", BACK, "return"),
    Step("report", "report", BACK, "report"),
    Step("report_again", "report, over the one that is there", BACK, "report"),
    Step("package", "package, half as many workbooks", BACK, "package"),
    Step("import_postgres", "import", BACK, "import", POSTGRES),
    Step("import_again_postgres", "import, all known", BACK, "import", POSTGRES),
    Step("status_postgres", "status", BACK, "status", POSTGRES),
)


class Peers(NamedTuple):
    """openpyxl, beside a command."""

    loading: Taken
    saving: Taken


class Beside(NamedTuple):
    """What a command used, and what openpyxl took about then, where it is compared."""

    used: Used
    peers: Peers | None


def measured(counts: Sequence[int], subs: int, runs: int) -> Chapter:
    """For each number of projects, all with so many sub-projects."""
    tables: list[Table] = []
    figures: dict[str, float] = {}
    for count in counts:
        found = _measured(count, subs, runs_for(count, runs), min(runs, PEER_RUNS))
        tables.append(_table(count, subs, found))
        figures |= dict(_figures(count, found))
    return Chapter("Many files: whole commands", tables, figures)


def runs_for(count: int, runs: int) -> int:
    """A command on many files is an average already."""
    return min(runs, 3 if count <= 100 else 2 if count <= 300 else 1)


def _measured(count: int, subs: int, runs: int, peer_runs: int) -> Mapping[Step, Beside]:
    found: dict[Step, list[Beside]] = {}
    with tempfile.TemporaryDirectory(prefix="many-files-") as name, _databases() as databases:
        ready = made_ready(Path(name) / "ready", count, subs)
        sample = Projects(subs).workbook(is_filled=True)
        for run in range(runs):
            work = Path(name) / f"run-{run}"
            shutil.copytree(ready, work)
            for step, beside in _one_run(work, sample, databases, peer_runs):
                found.setdefault(step, []).append(beside)
            shutil.rmtree(work)
    return {step: _middle(runs) for step, runs in found.items()}


def made_ready(folder: Path, count: int, subs: int) -> Path:
    """The collections that the steps begin with; gives the folder back."""
    roster = roster_of(count, subs)
    collection_of(folder / OUT, roster)
    come_back(collection_of(folder / BACK, roster))
    return folder


def _one_run(work: Path, sample: bytes, databases: Databases | None, peer_runs: int) -> Iterator[tuple[Step, Beside]]:
    url = databases.new() if databases else ""
    for step in STEPS:
        if step.ledger == SQLITE or url:
            ledger = ["--ledger", url] if step.ledger == POSTGRES else []
            runs = peer_runs if step.figure in COMPARED else 0
            before = [_peers(sample) for _ in range(runs)]
            used = used_by([*PROGRAM, step.words, work / step.collection, *ledger])
            after = [_peers(sample) for _ in range(runs)]
            yield step, Beside(used, _middle_peers([*before, *after]))


def _peers(sample: bytes) -> Peers:
    loaded: list[Workbook] = []
    loading = timed(lambda: loaded.append(peers.by_openpyxl(sample)))
    return Peers(loading, timed(lambda: peers.saved_by_openpyxl(loaded[0])))


def _middle(runs: Sequence[Beside]) -> Beside:
    return Beside(median_of([run.used for run in runs]), _middle_peers([run.peers for run in runs if run.peers]))


def _middle_peers(some: Sequence[Peers]) -> Peers | None:
    return Peers(*(medians(taken) for taken in zip(*some, strict=True))) if some else None


@contextlib.contextmanager
def _databases() -> Iterator[Databases | None]:
    """None where PostgreSQL is not installed."""
    if programs() is None:
        yield None
        return
    with Databases.running() as databases:
        yield databases


def _figures(count: int, found: Mapping[Step, Beside]) -> Iterator[tuple[str, float]]:
    for step, beside in found.items():
        yield f"{step.figure}_processor_{count}", beside.used.processor
        yield f"{step.figure}_wall_{count}", beside.used.wall
        yield f"{step.figure}_peak_{count}", beside.used.peak
        if beside.peers:
            yield f"{step.figure}_openpyxl_loading_{count}", beside.peers.loading.wall
            yield f"{step.figure}_openpyxl_saving_{count}", beside.peers.saving.wall


def _table(count: int, subs: int, found: Mapping[Step, Beside]) -> Table:
    without = "" if any(step.ledger == POSTGRES for step in found) else " PostgreSQL is not installed."
    caption = f"**{count:,} projects** with {subs} sub-projects each.{without}"
    header = (
        "command", "ledger", "clock, s", "processor, s", "a file, clock, ms", "a file, processor, ms",
        "openpyxl loading ÷ a file, by the clock", "saving ÷ a file", "most memory, MiB",
    )  # fmt: skip
    return Table(caption, header, [_row(count, step, beside) for step, beside in found.items()])


def _row(count: int, step: Step, beside: Beside) -> tuple[str, ...]:
    used, wall = beside.used, beside.used.wall / count
    of_peers = (times(peer.wall / wall) for peer in beside.peers) if beside.peers else ("", "")
    each = ms(wall), ms(used.processor / count)
    return step.name, step.ledger, f"{used.wall:.1f}", f"{used.processor:.1f}", *each, *of_peers, f"{used.peak:.0f}"
