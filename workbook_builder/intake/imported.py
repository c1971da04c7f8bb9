"""What one run of `import` did, file by file."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from workbook_builder.form.changes import Change
from workbook_builder.intake.package_in import Delivered
from workbook_builder.judge.check import Checked
from workbook_builder.ledger.outcome import Outcome


class Item(NamedTuple):
    """What became of one file; a package that is not taken in is one file, and rejected."""

    file: str
    outcome: Outcome | Literal["rejected"]
    checked: Checked | None  # what is told of it: without its answers, which the ledger keeps; None for a duplicate
    changes: tuple[Change, ...]  # against the submission that it replaced
    note: str = ""  # a sentence: why it counts, where no clock could tell

    @property
    def is_declared(self) -> bool:
        """Whether it declares a project, whichever submission of that counts."""
        return self.outcome not in ("refused", "unreadable", "rejected")

    @classmethod
    def of(
        cls, outcome: Outcome | Literal["rejected"], checked: Checked, changes: Iterable[Change] = (), note: str = ""
    ) -> "Item":
        """Of a file that was looked at. Thousands of them are held until the import ends, so their answers are not."""
        return cls(checked.file, outcome, checked._replace(declaration=None, held=None), tuple(changes), note)


class Imported(NamedTuple):
    """What one run of `import` did."""

    items: tuple[Item, ...]
    merged: tuple[Item, ...]  # root projects of which the last part came
    missing: tuple[Mapping[str, str], ...]  # unit_code, project_code, project_name of what nothing came for
    packages: tuple[Delivered, ...]
    missing_parts: int = 0  # of what is missing, the parts of projects that went out in parts

    def how_many(self, *, status: str | None = None, outcome: str | None = None) -> int:
        """How many files have this status and this outcome."""
        return sum(
            (outcome is None or item.outcome == outcome)
            and (status is None or (item.checked is not None and item.checked.status == status))
            for item in self.items
        )

    @property
    def exit_code(self) -> int:
        """0 all accepted, 1 something is to be returned or decided, 3 something could not be read."""
        if self.how_many(status="unreadable"):
            return 3
        is_merged_returned = any(item.checked and item.checked.status == "returned" for item in self.merged)
        is_to_be_mended = self.how_many(status="returned") or self.how_many(outcome="undecided") or is_merged_returned
        return 1 if is_to_be_mended or any(package.disagreements for package in self.packages) else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `import --json`."""
        return {
            "files": len(self.items),
            **{status: self.how_many(status=status) for status in ("accepted", "returned", "unreadable")},
            "duplicates": self.how_many(outcome="duplicate"),
            "superseded": self.how_many(outcome="superseded"),
            "same_answers": self.how_many(outcome="same_answers"),
            "undecided": self.how_many(outcome="undecided"),
            "missing": [dict(entry) for entry in self.missing],
            "packages": [package.to_json() for package in self.packages],
            "items": [_item_json(item) for item in self.items],
            "merged": [_item_json(item) for item in self.merged],
        }


def _item_json(item: Item) -> dict[str, Any]:
    checked = item.checked
    return {
        "file": item.file,
        "outcome": item.outcome,
        "status": checked.status if checked else None,
        "unit_code": checked.identity.unit_code if checked and checked.identity else None,
        "project_code": checked.identity.declared_code if checked and checked.identity else None,
        "findings": [finding._asdict() for finding in checked.findings] if checked else [],
        "changes": [change._asdict() for change in item.changes],
        "note": item.note,
    }
