"""What ends a command: each carries the Chinese sentence its user reads and the exit code of the contract.

Raised for unreadable files, for content that must be mended before anything can be done, and for wrong usage;
what a unit declared wrongly is a Finding, never an exception.
"""

from collections.abc import Sequence
from typing import Final

from workbook_builder.findings import Finding

CRASHED: Final = 70  # a defect of ours, as sysexits.h says it; never the code of anything a user can mend


class UserError(Exception):
    """A sentence for the user; exit_code as in the outside contract (1 to be corrected, 2 usage, 3 unreadable)."""

    exit_code = 2


class InterruptedRun(KeyboardInterrupt):
    """Ctrl-C, with a Chinese sentence that says what was done before it."""


def came_of_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C is what an error began with: libraries that are interrupted may raise errors of their own behind it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, KeyboardInterrupt):
            return True
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            waiting += [one.__cause__, one.__context__]
    return False


class UsageError(UserError):
    """The command was called with something that does not fit: a missing folder, a file that already exists."""


class ContentError(UserError):
    """A roster, template or data file has mistakes; findings name each one by its cell or key."""

    exit_code = 1

    def __init__(self, summary: str, findings: Sequence[Finding]):
        super().__init__(summary)
        self.findings = tuple(findings)

    def __reduce__(self) -> tuple[type["ContentError"], tuple[str, Sequence[Finding]]]:
        """It comes back whole from a child process."""
        return type(self), (str(self), self.findings)


class UnreadableError(UserError):
    """A file cannot be read at all; finding says why and what to do."""

    exit_code = 3

    def __init__(self, finding: Finding):
        super().__init__(finding.message)
        self.finding = finding

    def __reduce__(self) -> tuple[type["UnreadableError"], tuple[Finding]]:
        """It comes back whole from a child process."""
        return type(self), (self.finding,)
