"""A finance office that returns what is wrong."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any, NamedTuple

import openpyxl

from tests.helpers import (
    Issued,
)
from workbook_builder.blank.opinion_sheet import FIRST_LINE
from workbook_builder.centre.returns.copies import Returned, return_copies
from workbook_builder.centre.returns.making import Opinion
from workbook_builder.collection.folder import Collection
from workbook_builder.findings import Finding
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import Checked
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger


class Centre(NamedTuple):
    """A finance office with its ledger."""

    collection: Collection
    ledger: Ledger

    def imports(self, name: str, data: bytes) -> Checked:
        path = self.collection.folder / "收回" / name
        path.write_bytes(data)
        (item,) = import_files(self.collection, [path], self.ledger).items
        assert item.checked is not None
        return item.checked

    def returns(self, **opinions: Opinion) -> tuple[Returned, ...]:
        return return_copies(self.collection, self.ledger, opinions)

    def opened(self, data: bytes) -> Opened:
        found = Desk(self.collection).open(data, "表.xlsx")
        assert isinstance(found, Opened)
        return found


def centre_of(collection: Collection) -> Centre:
    return Centre(collection, Ledger(sqlite_url(collection.ledger)))


def issued_in(centre: Centre) -> Issued:
    (issue,) = centre.collection.issues().values()
    return Issued(centre.collection, centre.collection.folder / issue.file, Desk(centre.collection))


def lines_of(data: bytes) -> list[tuple[Any, ...]]:
    """The lines of 退回意见 as shown."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["退回意见"]
    rows = sheet.iter_rows(min_row=FIRST_LINE, max_col=6, values_only=True)
    return [row for row in rows if row[0] is not None]


def with_text(data: bytes, old: str, new: str) -> bytes:
    """With another text, which openpyxl would not write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old.encode(), new.encode()))
    return buffer.getvalue()


def errors(findings: Sequence[Finding]) -> set[tuple[str, str | None, str | None]]:
    return {(f.rule, f.sheet, f.cell) for f in findings if f.severity == "error"}
