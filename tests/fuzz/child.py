"""Fuzzes one target with Atheris until its time is over or an input is found that raises; see `tests.fuzz.run`.

python -m tests.fuzz.child TARGET FOLDER-OF-INPUTS [libFuzzer's options, folders of inputs, or one input to be run again]
"""

import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["workbook_builder"], enable_loader_override=False):
    from tests.fuzz.targets import TARGETS

MOSTLY = 0.95  # the rest is left to libFuzzer's own mutations


def main(name: str, corpus: str, *options: str) -> None:
    Path(corpus).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        target = TARGETS[name](Path(folder))
        for number, seed in enumerate(target.seeds):
            Path(corpus, f"seed-{number}").write_bytes(seed)

        def mutated(data: bytes, max_size: int, seed: int) -> bytes:
            random = Random(seed)
            if random.random() < MOSTLY and len(altered := target.altered(data, random)) <= max_size:
                return altered
            return bytes(atheris.Mutate(data, max_size))

        atheris.Setup([sys.argv[0], *options], target.run, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
