"""How often a process of ours looks for objects that only refer to each other: few of ours do."""

import gc

OBJECTS_BEFORE_COLLECTING = 10_000


def collect_seldom() -> None:
    """After 700 objects, as is usual, an eighth of a short command goes into it, and a third of reading a large file."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTING)
