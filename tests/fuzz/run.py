"""Fuzzes all targets, each in a process of its own, as many at once as there are processors to use.

Fails on the first input of each that raises.

    python -m tests.fuzz.run [--seconds 60] [--seed 0] [--into build/fuzz] [TARGET ...]

What was found interesting stays in the folder and is where the next run begins.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.targets import TARGETS
from workbook_builder.executors import processors

MOST_BYTES = 1_000_000  # of an input; the largest seed has a quarter of it
LONGEST_SECONDS = 30  # for one input; more is a finding, too
LAST_LINES = 40
BY_THE_CLOCK = 0  # as libFuzzer means it: another seed each time
_RUNS = re.compile(r"number_of_executed_units: (\d+)")


class Fuzzed(NamedTuple):
    """What came of one target."""

    target: str
    runs: int
    said: str  # by Atheris
    found: Path | None  # the input that raised
    is_well: bool


def fuzz(target: str, seconds: int, folder: Path, module: str = "tests.fuzz.child", seed: int = BY_THE_CLOCK) -> Fuzzed:
    """One target for so many seconds; module: the program that does it; seed: of what is drawn by chance."""
    corpus, found = folder / target, folder / "found"
    for path in (corpus, found):
        path.mkdir(parents=True, exist_ok=True)
    options = (
        f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={LONGEST_SECONDS}", "-print_final_stats=1",
        f"-artifact_prefix={found}/{target}-", f"-seed={seed}",
    )  # fmt: skip
    before = set(found.glob(f"{target}-*"))
    command = [sys.executable, "-m", module, target, str(corpus), *options, str(corpus)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said, new = done.stdout.decode(errors="replace"), set(found.glob(f"{target}-*")) - before
    runs = _RUNS.search(said)
    return Fuzzed(target, int(runs[1]) if runs else 0, said, min(new, default=None), done.returncode == 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=[*TARGETS], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="in all, one target after the other")
    parser.add_argument("--seed", type=int, default=BY_THE_CLOCK, help="of what is drawn by chance")
    parser.add_argument("--into", type=Path, default=Path("build/fuzz"))
    asked = parser.parse_args(arguments)
    if importlib.util.find_spec("atheris") is None:
        print("There is no Atheris for this Python: nothing was fuzzed.")
        return 0
    seconds = max(1, asked.seconds // len(asked.targets))
    one = partial(fuzz, seconds=seconds, folder=asked.into, seed=asked.seed)
    with ThreadPoolExecutor(processors()) as at_once:
        outcomes = [_told(done) for done in at_once.map(one, asked.targets)]
    return 0 if all(outcomes) else 1


def _told(done: Fuzzed) -> bool:
    """Whether a target is well; says what came of it."""
    print(f"{done.target}: {done.runs:,} runs", flush=True)
    if not done.is_well:
        print("\n".join(done.said.splitlines()[-LAST_LINES:]))
        print(f"{done.target}: found by the input {done.found}; once more:")
        print(f"python -m tests.fuzz.child {done.target} build/fuzz/{done.target} {done.found}", flush=True)
    return done.is_well


if __name__ == "__main__":
    sys.exit(main())
