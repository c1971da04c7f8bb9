"""What a formula of the dialect reads: told from its text, for one of another kind may read anything."""

import re
from collections.abc import Mapping

from workbook_builder.form.dialect import FUNCTIONS
from workbook_builder.ooxml.reader import Area
from workbook_builder.ooxml.sheet_guards import boxes_in

# Of a formula: texts, which are passed over; functions; cells and areas; all other words and numbers of whole rows.
_WORD = re.compile(
    r'"[^"]*"|([A-Za-z_.]+)\('
    r"|((?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?)(?![\w.(!:])"
    r"|(\$?[0-9]+:\$?[0-9]+|[^\W\d][\w.]*|['\[#])"
)
_VALUES = frozenset(("TRUE", "FALSE"))
_COMPUTED_AREA = re.compile(r"\)\s*:|:\s*[A-Z.]+\(")


class References:
    """What the formulas of a workbook read."""

    def __init__(self, names: Mapping[str, Area]):
        """names: of the workbook, and where each leads."""
        self._names = names
        self._words: dict[str, frozenset[str]] = {}  # by formula: the sheets of sub-projects have the same ones
        self._areas: dict[tuple[str, str], Area] = {}  # by sheet and reference

    def of(self, formula: str, sheet: str) -> set[Area]:
        """The areas that a formula on this sheet reads. Raises LookupError for what is not of the dialect."""
        if formula not in self._words:
            self._words[formula] = self._read(formula)
        return {self._area(word, sheet) for word in self._words[formula]}

    def _read(self, formula: str) -> frozenset[str]:
        """The references, as they are written."""
        found = set(_WORD.findall(formula))
        functions, cells, words = ({match[group] for match in found} - {""} for group in range(3))
        if not (functions <= FUNCTIONS and words <= self._names.keys() | _VALUES) or _COMPUTED_AREA.search(formula):
            raise LookupError(formula)
        return frozenset(cells | words - _VALUES)

    def _area(self, reference: str, sheet: str) -> Area:
        if (sheet, reference) not in self._areas:
            self._areas[sheet, reference] = self._names.get(reference) or _spelled(reference, sheet)
        return self._areas[sheet, reference]


def _spelled(reference: str, sheet: str) -> Area:
    title, _, area = reference.rpartition("!")
    if len(boxes := list(boxes_in(area))) != 1:
        raise LookupError(reference)
    title = title[1:-1].replace("''", "'") if title.startswith("'") else title
    return title or sheet, *boxes[0]
