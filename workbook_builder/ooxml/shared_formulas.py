"""Formulas of a column that are the same up to their row, written once: the shared formulas of SpreadsheetML.

Source: ECMA-376 part 1, 18.3.1.40. Excel shares no formula that leads to another sheet, and misreads files that do
(EPPlus issue 92): such a formula is written out in every cell. Workbook names may stand in a shared one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from workbook_builder.cells import column_letters, row_and_column
from workbook_builder.ooxml.xml_text import escaped

# A text, or a cell; what opens a bracket is a function, and within a word there is no cell.
CELL = re.compile(r'"[^"]*"|(?<![\w.$])(\$?[A-Z]{1,3})(\$?)([0-9]+)(?![\w.(])')
OTHER_SHEET = "!"


class _Formula(NamedTuple):
    address: str
    row: int
    column: int
    text: str


def from_row(formula: str, row: int) -> str:
    """The formula with its row-relative references counted from the row it stands in: $D15+$E$6 in 15 is $D[0]+$E$6."""

    def counted(match: re.Match[str]) -> str:
        if match[3] is None or match[2]:
            return match[0]
        return f"{match[1]}[{int(match[3]) - row}]"

    return CELL.sub(counted, formula)


def formula_elements(formulas: Mapping[str, str]) -> dict[str, bytes]:
    """The element of each formula of a sheet, both by address: shared down a column wherever neighbours allow it.

    Cells of one column point to it alike only where a reference keeps its column, as all of one column do.
    """
    elements: dict[str, bytes] = {}
    number = 0
    for run in _runs(formulas):
        first, *followers = run
        text = escaped(first.text).encode()
        if not followers:
            elements[first.address] = b"<f>" + text + b"</f>"
            continue
        area = f"{first.address}:{followers[-1].address}".encode()
        elements[first.address] = b'<f t="shared" ref="%b" si="%d">%b</f>' % (area, number, text)
        elements |= dict.fromkeys((cell.address for cell in followers), b'<f t="shared" si="%d"/>' % number)
        number += 1
    return elements


def _runs(formulas: Mapping[str, str]) -> Iterator[Sequence[_Formula]]:
    """Neighbours in a column with one formula; all others alone."""
    cells = [_Formula(address, *row_and_column(address), text) for address, text in formulas.items()]
    cells.sort(key=lambda cell: (cell.column, cell.row))
    for _, group in groupby(enumerate(cells), key=lambda item: _likeness(*item)):
        yield [cell for _, cell in group]


def _likeness(number: int, cell: _Formula) -> tuple[object, ...]:
    if OTHER_SHEET in cell.text:
        return cell.address, ""
    return column_letters(cell.column), cell.row - number, from_row(cell.text, cell.row)
