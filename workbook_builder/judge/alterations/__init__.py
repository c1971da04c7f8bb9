"""What was done to a workbook besides answering it: each a plain function from file and blank to findings.

None of it changes what is read or calculated; it is told so that a person can ask. What the program that saved the file
is known to leave behind is held against nobody (ooxml/programs).
"""

from collections.abc import Callable, Iterator

from workbook_builder.findings import Finding
from workbook_builder.judge.alterations import fixed_content, foreign, formulas, guards, sheets, unseen
from workbook_builder.judge.alterations.compared import Compared
from workbook_builder.judge.opening import Opened

COMPARISONS: tuple[Callable[[Compared], Iterator[Finding]], ...] = (
    foreign.foreign,
    sheets.sheets,
    fixed_content.fixed_content,
    guards.protection,
    guards.validations,
    formulas.formulas,
    unseen.hidden_content,
    unseen.merges,
)
OF_A_COPY = (foreign.foreign, unseen.hidden_content)  # what matters in a form copied by hand, too


def alterations(opened: Opened) -> Iterator[Finding]:
    """What all comparisons have to say."""
    compared = Compared(opened)
    for comparison in OF_A_COPY if opened.by_labels else COMPARISONS:
        yield from comparison(compared)
