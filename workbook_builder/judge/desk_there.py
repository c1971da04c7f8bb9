"""A desk laid out in another process as it is here: by the collection's folder on this machine, by what is in it elsewhere."""

import faulthandler
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from workbook_builder.collection.carried import Answer, AskedError, Carried, Question
from workbook_builder.collection.folder import Collection
from workbook_builder.executors import SECONDS_A_TASK, Shared
from workbook_builder.judge.archive import Received
from workbook_builder.judge.opening import Desk

_WORKING = threading.Lock()
_AT_HAND: list[tuple[str, Desk]] = []  # the one desk that this process has laid out, and its state
Result = TypeVar("Result")


class Orders(NamedTuple):
    """By what a desk is laid out elsewhere as it is here."""

    state: str
    collection: Path | Carried | None
    passwords: tuple[str, ...]
    came: Received
    seconds: float | None = None  # how long a task may take, where nobody else limits it

    @classmethod
    def near(cls, desk: Desk) -> "Orders":
        """As the desk stands now, for processes of this machine."""
        folder = desk.collection.folder.resolve() if desk.collection else None
        return cls(desk.state, folder, desk.passwords, desk.came)

    @classmethod
    def far(cls, desk: Desk) -> "Orders":
        """The same for workers that see none of our folders."""
        carried = Carried(desk.collection) if desk.collection else None
        return cls(desk.state, carried, desk.passwords, desk.came, SECONDS_A_TASK)


def shared(desk: Desk) -> Shared:
    """What tasks at a desk need, as it stands now."""
    return Shared(desk.state, lambda: Orders.near(desk), lambda: Orders.far(desk))


def at_desk(
    orders: Orders, answers: Mapping[Question, Answer], function: Callable[..., Result], *args: Any
) -> Result | Question:
    """function(desk, *args), one at a time in each process, for threads would set their inputs in the same blank.

    A question where the desk's own machine has to answer it first.
    """
    with _WORKING, _limited(orders.seconds):
        desk = _desk(orders)
        if isinstance(desk.collection, Carried):
            desk.collection.answers = answers
        try:
            return function(desk, *args)
        except AskedError as asked:
            return asked.question


def _desk(orders: Orders) -> Desk:
    """Laid out anew where it stands otherwise by now: somebody's executor may outlive what a collection holds."""
    if not _AT_HAND or _AT_HAND[0][0] != orders.state:
        collection = orders.collection
        desk = Desk(Collection(collection) if isinstance(collection, Path) else collection, orders.passwords)
        desk.receive(orders.came)
        _AT_HAND[:] = [(orders.state, desk)]
    return _AT_HAND[0][1]


@contextmanager
def _limited(seconds: float | None) -> Iterator[None]:
    """Ends the whole process where a task takes longer, whatever it does: its scheduler then tries another."""
    if seconds is None:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or sys.stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
