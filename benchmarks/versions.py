"""Whole commands of this version beside those of another: `python -m benchmarks.versions FOLDER --files 400`.

FOLDER is the root of the other version, such as a worktree. Both take turns, command by command, each on a collection of its
own; medians of processor time with children, and the most memory of one process. On SQLite.
"""

import argparse
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.chapters import Table, times
from benchmarks.many_files import SQLITE, STEPS, Step, made_ready
from benchmarks.measuring import PROGRAM, ROOT, Used, median_of, used_by


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--subs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    found = _measured((asked.other.resolve(), ROOT), asked.files, asked.subs, asked.runs)
    header = "command", "other, s", "this, s", "ratio", "other, MiB", "this, MiB"
    caption = f"{asked.files} projects with {asked.subs} sub-projects each, made by this version."
    table = Table(caption, header, [_row(step, *both) for step, both in found.items()])
    Console().print(table.markdown(), markup=False, soft_wrap=True)


def _measured(versions: Sequence[Path], count: int, subs: int, runs: int) -> Mapping[Step, Sequence[Used]]:
    steps = [step for step in STEPS if step.ledger == SQLITE]
    used: dict[tuple[Step, Path], list[Used]] = {(step, version): [] for step in steps for version in versions}
    with tempfile.TemporaryDirectory(prefix="versions-") as name:
        ready = made_ready(Path(name) / "ready", count, subs)
        for _ in range(runs):
            works = [Path(name) / f"{number}" for number in range(len(versions))]
            for work in works:
                shutil.copytree(ready, work)
            for step in steps:
                for version, work in zip(versions, works, strict=True):
                    used[step, version].append(used_by([*PROGRAM, step.words, work / step.collection], version))
            for work in works:
                shutil.rmtree(work)
    return {step: [median_of(used[step, version]) for version in versions] for step in steps}


def _row(step: Step, other: Used, this: Used) -> tuple[str, ...]:
    seconds = f"{other.processor:.2f}", f"{this.processor:.2f}", times(other.processor / this.processor)
    return step.name, *seconds, f"{other.peak:.0f}", f"{this.peak:.0f}"


if __name__ == "__main__":
    main()
