"""A blank without the formulas that no verdict needs: two thirds of them are hints and sheets for the eyes of the unit.

What is left says which rules fail, what their sentences say and what computed keys hold, with all that these read.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from workbook_builder.blank.compiled import Compiled
from workbook_builder.blank.references import References
from workbook_builder.blank.stamp import sheet_parts
from workbook_builder.cells import Place
from workbook_builder.ooxml.reader import Area
from workbook_builder.ooxml.sheet_cut import without_formulas
from workbook_builder.ooxml.sheet_guards import holds


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
        self._references = References(names)
        self._computed: dict[str, set[tuple[int, int]]] = {}
        for place in formulas:
            self._computed.setdefault(place.sheet, set()).add((place.row, place.column))
        self._places: dict[Area, frozenset[Place]] = {}

    def of(self, formula: str, sheet: str) -> set[Place]:
        """Of a formula on this sheet. Raises LookupError for what is not of the dialect."""
        places: set[Place] = set()
        for area in self._references.of(formula, sheet):
            if area not in self._places:
                self._places[area] = frozenset(self._in(area))
            places |= self._places[area]
        return places

    def _in(self, area: Area) -> Iterator[Place]:
        title, *box = area
        top, left, bottom, right = box
        computed = self._computed.get(title, set())
        if (bottom + 1 - top) * (right + 1 - left) < len(computed):
            inside = computed.intersection(product(range(top, bottom + 1), range(left, right + 1)))
        else:
            inside = {position for position in computed if holds((top, left, bottom, right), *position)}
        return (Place(title, *position) for position in inside)
