"""Declaration workbooks, out and back: generate locked forms, read them again, judge them by their own formulas.

Whatever the commands do is here, each usable without the command. Imported at once and not on demand: `check`, `fill`
and `generate` are also modules, and would hide the functions of the same name as soon as one of them is imported.
"""

from workbook_builder.check import Checked, check, check_file
from workbook_builder.collection import Collection, new_collection
from workbook_builder.declaration import Declaration, Indicator, to_json
from workbook_builder.desk import Desk, packaged_catalogue, packaged_template
from workbook_builder.errors import ContentError, UnreadableError, UsageError, UserError
from workbook_builder.fill import describe, fill, open_ours
from workbook_builder.findings import Finding, has_errors
from workbook_builder.generate import Generated, generate
from workbook_builder.roster import Roster, new_roster, read_roster
from workbook_builder.template import Template, load_template, read_template

__all__ = [
    "Checked",
    "Collection",
    "ContentError",
    "Declaration",
    "Desk",
    "Finding",
    "Generated",
    "Indicator",
    "Roster",
    "Template",
    "UnreadableError",
    "UsageError",
    "UserError",
    "check",
    "check_file",
    "describe",
    "fill",
    "generate",
    "has_errors",
    "load_template",
    "new_collection",
    "new_roster",
    "open_ours",
    "packaged_catalogue",
    "packaged_template",
    "read_roster",
    "read_template",
    "to_json",
]
