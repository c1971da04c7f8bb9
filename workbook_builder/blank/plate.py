"""Workbooks stamped elsewhere: a blank is compiled once and goes to whoever stamps, who restores it once."""

import pickle
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from workbook_builder.blank.blank import BLANKS_AT_HAND, Blank
from workbook_builder.blank.compiled import from_bytes
from workbook_builder.cells import Value
from workbook_builder.form.layout import Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.model import Form
from workbook_builder.form.rules import Catalogue
from workbook_builder.ooxml.password import Lock

_Parts = tuple[bytes, Form, Shape, Catalogue]
_STAMPING = threading.Lock()  # threads would set their values in the same blank
_AT_HAND: dict[tuple[str, str], Blank] = {}


class Plate(NamedTuple):
    """All that a blank is made of; it goes along with every task, and is unpacked for the first only."""

    digest: str
    rules_sha256: str
    packed: bytes  # the blank as a collection keeps it, the form as the template declares it, the shape, the catalogue

    @classmethod
    def of(cls, blank: Blank, form: Form) -> "Plate":
        """form: as the template declares it."""
        parts: _Parts = (blank.as_kept, form, blank.layout.shape, blank.catalogue)
        return cls(blank.digest, blank.catalogue.sha256, pickle.dumps(parts))


class Stamping(NamedTuple):
    """What one workbook is stamped with; see Blank.workbook."""

    identity: Identity
    values: Mapping[str, Value | date]
    lock: Lock | None
    hides_spare_rows: bool

    def on(self, blank: Blank) -> bytes:
        """The workbook."""
        return blank.workbook(self.identity, self.values, self.lock, hides_spare_rows=self.hides_spare_rows)


def ready() -> None:
    """To be called where workbooks will be stamped: what that needs is loaded by now."""


def stamped(plate: Plate, some: Sequence[Stamping]) -> list[bytes]:
    """The workbooks, in order: the very bytes that the blank itself gives."""
    with _STAMPING:
        blank = _restored(plate)
        return [one.on(blank) for one in some]


def _restored(plate: Plate) -> Blank:
    key = plate.digest, plate.rules_sha256
    if key not in _AT_HAND:
        parts: _Parts = pickle.loads(plate.packed)  # noqa: S301 - as tasks come here themselves
        compiled = from_bytes(*parts)
        if compiled is None:
            raise ValueError(plate.digest)
        _AT_HAND[key] = Blank(compiled, parts[-1], plate.digest)
        _AT_HAND[key].calculator.expect_many()
        if len(_AT_HAND) > BLANKS_AT_HAND:
            del _AT_HAND[next(iter(_AT_HAND))]
    return _AT_HAND[key]
