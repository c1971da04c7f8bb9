"""What programs are known to leave behind when they save a workbook: that is not held against the unit.

Each line was seen in a real save of a workbook of ours (decision 36). A program loses a thing on all sheets or on none.
"""

from typing import Literal, NamedTuple

from workbook_builder.ooxml.belongings import Belongings

Loss = Literal[
    "sheet protection",
    "password",
    "workbook protection",
    "validations",
    "simple validations",
    "conditional formats",
    "line breaks",
]


class _Program(NamedTuple):
    """One program, by how the name begins that it writes into docProps/app.xml, in small letters."""

    begins: str
    loses: frozenset[Loss]


_PROGRAMS = (
    _Program(
        "sheetjs",
        frozenset(("sheet protection", "password", "workbook protection", "validations", "conditional formats")),
    ),
    # The password by way of .ods or .xls, some formats by way of .xls.
    _Program("libreoffice", frozenset(("workbook protection", "password", "conditional formats"))),
    # Validations of one formula where LibreOffice, which gives each a second one, had saved them before.
    _Program("gnumeric", frozenset(("password", "workbook protection", "simple validations", "line breaks"))),
    # Not at hand to be measured; what is said of its older versions is taken for true.
    _Program("wps", frozenset(("password",))),
)
# The protection of sheets where LibreOffice, which writes sheet="true", had saved them before.
_EXCELJS: frozenset[Loss] = frozenset(("workbook protection", "sheet protection"))


def losses(belongings: Belongings) -> frozenset[Loss]:
    """What the program that saved a workbook last leaves behind; nothing where it is not known to leave anything."""
    if _is_of_exceljs(belongings):
        return _EXCELJS
    name = belongings.program.casefold()
    return next((program.loses for program in _PROGRAMS if name.startswith(program.begins)), frozenset())


def _is_of_exceljs(belongings: Belongings) -> bool:
    """It calls itself Microsoft Excel 16 and says that Excel 2010 wrote the file, which no Excel does."""
    says_excel = belongings.program == "Microsoft Excel" and belongings.program_version.startswith("16")
    return says_excel and belongings.last_edited == "5"
