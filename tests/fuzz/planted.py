"""The fuzzer's child with a target that has a defect, to see that it is found."""

import sys
from pathlib import Path

from tests.fuzz import child
from tests.fuzz.mutating import altered_json
from tests.fuzz.targets import TARGETS, Target


def _planted(_folder: Path) -> Target:
    def run(data: bytes) -> None:
        if b"NaN" in data:
            raise ZeroDivisionError

    return Target(run, (b'{"a": 1}',), altered_json)


if __name__ == "__main__":
    TARGETS["planted"] = _planted
    child.main(*sys.argv[1:])
