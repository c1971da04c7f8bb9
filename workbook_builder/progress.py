"""How far a long job is, told to whoever waits for it."""

from collections.abc import Callable

Progress = Callable[[int, int], None]  # what is done, and of how much


def untold(_done: int, _total: int) -> None:
    """The progress of a job that nobody waits for."""
