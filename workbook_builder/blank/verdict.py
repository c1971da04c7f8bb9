"""A blank without the formulas that no verdict needs: two thirds of them are hints and sheets for the eyes of the unit.

What is left says which rules fail, what their sentences say and what computed keys hold, with all that these read.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from workbook_builder.blank.compiled import Compiled
from workbook_builder.blank.stamp import sheet_parts
from workbook_builder.cells import Place
from workbook_builder.form.dialect import FUNCTIONS
from workbook_builder.ooxml.reader import Area
from workbook_builder.ooxml.sheet_cut import without_formulas
from workbook_builder.ooxml.sheet_guards import boxes_in, holds

# Of a formula: texts, which are passed over; functions; cells and areas; all other words and numbers of whole rows.
_WORD = re.compile(
    r'"[^"]*"|([A-Za-z_.]+)\('
    r"|((?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?)(?![\w.(!:])"
    r"|(\$?[0-9]+:\$?[0-9]+|[^\W\d][\w.]*|['\[#])"
)
_VALUES = frozenset(("TRUE", "FALSE"))
_COMPUTED_AREA = re.compile(r"\)\s*:|:\s*[A-Z.]+\(")


def formulas_of_verdict(
    compiled: Compiled, formulas: Mapping[Place, str], names: Mapping[str, Area]
) -> Mapping[Place, str]:
    """Those of the formulas of a blank that a verdict needs; all where one of them is not of the dialect, in
    which what is read can be told.

    names: of the workbook, and where each leads.
    """
    reads = _Reads(formulas, names)
    needed: dict[Place, str] = {}
    try:
        waiting = {*_told(compiled), *_sentences(compiled, reads)} & formulas.keys()
        while waiting:
            place = waiting.pop()
            needed[place] = formulas[place]
            waiting |= reads.of(needed[place], place.sheet) - needed.keys()
    except LookupError:
        return formulas
    return needed


def package_of(package: bytes, formulas: Mapping[Place, str]) -> bytes:
    """The package of a blank with these formulas and no others."""
    kept: dict[str, set[str]] = {}
    for place in formulas:
        kept.setdefault(place.sheet, set()).add(place.address)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as whole, zipfile.ZipFile(buffer, "w") as less:
        titles = sheet_parts(whole)
        for name in whole.namelist():
            data = whole.read(name)
            less.writestr(name, without_formulas(data, kept.get(titles[name], ())) if name in titles else data)
    return buffer.getvalue()


def _told(compiled: Compiled) -> Iterator[Place]:
    """The cells with the codes of rows, and those of keys that the workbook computes."""
    layout = compiled.layout
    columns = {laid.title: laid.code_column for laid in layout.checked_sheets}
    for instance in compiled.instances:
        where = instance.slot.place
        if where.sheet in columns:
            yield where._replace(column=columns[where.sheet])
    yield from (slot.place for slot in layout.slots.values() if slot.kind in ("formula", "helper"))


def _sentences(compiled: Compiled, reads: "_Reads") -> Iterator[Place]:
    """The cells that the sentences of findings read."""
    for instance in compiled.instances:
        for formula in (instance.message, instance.expected, instance.value):
            if formula is not None:
                yield from reads.of(formula, instance.slot.place.sheet)


class _Reads:
    """Which cells with formulas a formula reads."""

    def __init__(self, formulas: Iterable[Place], names: Mapping[str, Area]):
        self._names = names
        self._computed: dict[str, set[tuple[int, int]]] = {}
        for place in formulas:
            self._computed.setdefault(place.sheet, set()).add((place.row, place.column))
        self._references: dict[str, frozenset[str]] = {}  # by formula: the sheets of sub-projects have the same ones
        self._areas: dict[str, Area] = {}  # by reference; without a sheet where it names none
        self._places: dict[tuple[str, str], frozenset[Place]] = {}  # by sheet and reference

    def of(self, formula: str, sheet: str) -> set[Place]:
        """Of a formula on this sheet. Raises LookupError for what is not of the dialect."""
        if formula not in self._references:
            self._references[formula] = self._read(formula)
        places: set[Place] = set()
        for reference in self._references[formula]:
            if (sheet, reference) not in self._places:
                self._places[sheet, reference] = frozenset(self._in(reference, sheet))
            places |= self._places[sheet, reference]
        return places

    def _read(self, formula: str) -> frozenset[str]:
        """The references, as they are written."""
        found = _WORD.findall(formula)
        functions, cells, words = ({match[group] for match in found} - {""} for group in range(3))
        if not (functions <= FUNCTIONS and words <= self._names.keys() | _VALUES) or _COMPUTED_AREA.search(formula):
            raise LookupError(formula)
        return frozenset(cells | words - _VALUES)

    def _in(self, reference: str, sheet: str) -> Iterator[Place]:
        if reference not in self._areas:
            self._areas[reference] = self._area(reference)
        title, *box = self._areas[reference]
        title, (top, left, bottom, right) = title or sheet, box
        computed = self._computed.get(title, set())
        if (bottom + 1 - top) * (right + 1 - left) < len(computed):
            inside = computed.intersection(product(range(top, bottom + 1), range(left, right + 1)))
        else:
            inside = {position for position in computed if holds((top, left, bottom, right), *position)}
        return (Place(title, *position) for position in inside)

    def _area(self, reference: str) -> Area:
        if reference in self._names:
            return self._names[reference]
        title, _, area = reference.rpartition("!")
        if len(boxes := list(boxes_in(area))) != 1:
            raise LookupError(reference)
        title = title[1:-1].replace("''", "'") if title.startswith("'") else title
        return title, *boxes[0]
