"""Declaration workbooks, out and back: generate locked forms, read them again, judge them by their own formulas.

Whatever the commands do is here, each usable without the command. A name is imported when it is first asked for, so
that a command loads only what it needs.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbook_builder.chase import write_chase_list
    from workbook_builder.check import Checked, check, check_file
    from workbook_builder.collection import Collection, new_collection
    from workbook_builder.declaration import Declaration, Indicator, to_json
    from workbook_builder.desk import Desk, packaged_catalogue, packaged_template
    from workbook_builder.errors import ContentError, UnreadableError, UsageError, UserError
    from workbook_builder.fill import describe, fill, open_ours
    from workbook_builder.findings import Finding, has_errors
    from workbook_builder.generate import Generated, generate
    from workbook_builder.intake import Imported, import_files
    from workbook_builder.ledger import Ledger
    from workbook_builder.merge import Merging, merge
    from workbook_builder.pass_on import Packed, pack
    from workbook_builder.report.write import Reported, apply_reviews, write_report
    from workbook_builder.returns import Opinion, Returned, return_copies
    from workbook_builder.rollover import Rolled, roll_over
    from workbook_builder.roster import read_roster
    from workbook_builder.roster_sheets import Offered, Roster, offered_by
    from workbook_builder.roster_workbook import new_roster
    from workbook_builder.status import Status, status_of
    from workbook_builder.template import Template, load_template, read_template

__all__ = [
    "Checked",
    "Collection",
    "ContentError",
    "Declaration",
    "Desk",
    "Finding",
    "Generated",
    "Imported",
    "Indicator",
    "Ledger",
    "Merging",
    "Offered",
    "Opinion",
    "Packed",
    "Reported",
    "Returned",
    "Rolled",
    "Roster",
    "Status",
    "Template",
    "UnreadableError",
    "UsageError",
    "UserError",
    "apply_reviews",
    "check",
    "check_file",
    "describe",
    "fill",
    "generate",
    "has_errors",
    "import_files",
    "load_template",
    "merge",
    "new_collection",
    "new_roster",
    "offered_by",
    "open_ours",
    "pack",
    "packaged_catalogue",
    "packaged_template",
    "read_roster",
    "read_template",
    "return_copies",
    "roll_over",
    "status_of",
    "to_json",
    "write_chase_list",
    "write_report",
]

_HOMES = {
    "Checked": "check",
    "Collection": "collection",
    "ContentError": "errors",
    "Declaration": "declaration",
    "Desk": "desk",
    "Finding": "findings",
    "Generated": "generate",
    "Imported": "intake",
    "Indicator": "declaration",
    "Ledger": "ledger",
    "Merging": "merge",
    "Offered": "roster_sheets",
    "Packed": "pass_on",
    "Rolled": "rollover",
    "Opinion": "returns",
    "Returned": "returns",
    "Reported": "report.write",
    "Roster": "roster_sheets",
    "Status": "status",
    "Template": "template",
    "UnreadableError": "errors",
    "UsageError": "errors",
    "UserError": "errors",
    "apply_reviews": "report.write",
    "check": "check",
    "check_file": "check",
    "describe": "fill",
    "fill": "fill",
    "generate": "generate",
    "has_errors": "findings",
    "import_files": "intake",
    "load_template": "template",
    "merge": "merge",
    "new_collection": "collection",
    "new_roster": "roster_workbook",
    "offered_by": "roster_sheets",
    "open_ours": "fill",
    "pack": "pass_on",
    "packaged_catalogue": "desk",
    "packaged_template": "desk",
    "read_roster": "roster",
    "read_template": "template",
    "roll_over": "rollover",
    "return_copies": "returns",
    "status_of": "status",
    "to_json": "declaration",
    "write_chase_list": "chase",
    "write_report": "report.write",
}


class _Library(ModuleType):
    """This package. A module of its own that is called like a public function does not hide the function."""

    def __getattr__(self, name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{self.__name__}.{_HOMES[name]}"), name)

    def __setattr__(self, name: str, value: object) -> None:
        # Whoever imports workbook_builder.check sets the module as our attribute of that name.
        is_hiding = name in _HOMES and isinstance(value, ModuleType)
        super().__setattr__(name, getattr(value, name) if is_hiding else value)


sys.modules[__name__].__class__ = _Library
