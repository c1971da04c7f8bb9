"""Where another engine gives something else than formualizer, and why that harms nobody: a table of classes.

A difference that is in no class is a failure. Run as a program, this counts them for docs/differential.md.
"""

import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from openpyxl.formula import Tokenizer

from tests.helpers import Issued, seen
from tests.office.differential import is_same, random_changes, whole_rows, workbook
from tests.office.engines import Book, Filling, Values, by_formualizer, by_hyperformula, by_ironcalc, place_of, raw
from tests.office.programs import Value
from tests.office.unit import code_cells, keystrokes, opened
from workbook_builder.cells import Place, row_and_column
from workbook_builder.form.rules import CODE_LENGTH

Engine = Callable[[Book, Sequence[Filling]], Iterator[Values]]

ENGINES: Mapping[str, Engine] = {"ironcalc": by_ironcalc, "HyperFormula": by_hyperformula}
SUBS, CI_COUNT, ALL_COUNT = 2, 80, 400  # half as many again are of whole rows
AMOUNT = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{2}(?![0-9])")
FOLLOWS = "a formula that reads a cell that differs"
# The rules that ask whether a text equals another: of a list, or of the rows above.
OF_EQUAL_TEXTS = {"indicator.comparator_unknown", "indicator.comparator_normalised", "indicator.duplicate"}


class Difference(NamedTuple):
    """One formula cell of one filling."""

    address: str
    ours: Value
    theirs: Value
    filling: Filling
    rules: frozenset[str]  # of a cell of codes, those that fail on one side only


class Class(NamedTuple):
    """A kind of difference: in which engine, how it is recognised, and why it harms nobody."""

    engine: str
    name: str
    explains: Callable[[Difference], bool]
    why: str


def _has_no_thousands(difference: Difference) -> bool:
    """Both say the same, each amount written as HyperFormula writes it."""
    ours = difference.ours
    return isinstance(ours, str) and AMOUNT.sub(_without_thousands, ours) == difference.theirs


def _without_thousands(amount: re.Match[str]) -> str:
    whole = Decimal(amount[0].replace(",", "")).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{whole},##0.00"


def _folds_texts(difference: Difference) -> bool:
    """Only such rules differ, on a sheet where a text would equal another if width and what has none did not count."""
    sheet = place_of(difference.address).sheet
    texts = [raw(value)[0] for where, value in difference.filling.items() if place_of(where).sheet == sheet]
    has_folded = any(isinstance(text, str) and _folded(text) != text for text in texts)
    return has_folded and set() < difference.rules <= OF_EQUAL_TEXTS


def _folded(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")


CLASSES = (
    Class(
        "HyperFormula",
        "amounts in sentences",
        _has_no_thousands,
        "its TEXT knows no thousands separator: it writes whole yuan and the rest of the format as it stands. Only words,"
        " never a verdict",
    ),
    Class(
        "HyperFormula",
        "texts that are equal",
        _folds_texts,
        "it compares by Unicode's collation: full-width signs are the plain ones, and what has no width is nothing. So does"
        " the centre, which reads ＞＝ as ≥: a workbook that lets it pass is not laxer, one that names a duplicate stricter",
    ),
)


class Explained(NamedTuple):
    """All differences of one filling, by what explains them."""

    by_class: Mapping[str, Sequence[str]]  # the addresses; class FOLLOWS, too
    unexplained: Mapping[str, tuple[Value, Value]]  # by address: formualizer's value, the other's


class Witnesses:
    """Fillings of a parent with two sub-projects, in formualizer and in others."""

    def __init__(self, folder: Path, count: int):
        self._issued, entry = workbook(folder, SUBS)
        filled = self._issued.filled(entry)
        self.book = Book.of(filled)
        self.fillings = [
            *random_changes(self._issued, count),
            *whole_rows(self._issued, keystrokes(self._issued, entry), count // 2),
        ]
        self._codes = _Codes(self._issued)
        self._reads = _Reads(filled)
        self.ours = list(by_formualizer(self.book, self.fillings))
        self.compared = sum(len(values) for values in self.ours)

    def explained(self, engine: str) -> list[Explained]:
        """What each filling brings in this engine."""
        theirs = ENGINES[engine](self.book, self.fillings)
        together = zip(self.fillings, self.ours, theirs, strict=True)
        return [self.explain(engine, filling, ours, values) for filling, ours, values in together]

    def explain(self, engine: str, filling: Filling, ours: Values, theirs: Values) -> Explained:
        different = [address for address, value in ours.items() if not is_same(value, theirs[address])]
        by_class: dict[str, list[str]] = {}
        unexplained = {}
        for address in different:
            rules = self._codes.differing(address, ours[address], theirs[address])
            difference = Difference(address, ours[address], theirs[address], filling, rules)
            fitting = (c.name for c in CLASSES if c.engine == engine and c.explains(difference))
            name = next(fitting, None) or (FOLLOWS if self._reads.any_of(address, different) else None)
            if name is None:
                unexplained[address] = (difference.ours, difference.theirs)
            else:
                by_class.setdefault(name, []).append(address)
        return Explained(by_class, unexplained)


class _Codes:
    """The cells that hold the codes of a row, and which rule each code is of."""

    def __init__(self, issued: Issued):
        compiled = opened(issued).blank.compiled
        self._rules = {instance.code: instance.rule.id for instance in compiled.instances}
        self._cells = {f"{place.sheet}!{place.address}" for place in code_cells(issued) if place.row > 1}

    def differing(self, address: str, ours: Value, theirs: Value) -> frozenset[str]:
        if address not in self._cells:
            return frozenset()
        one, other = ({*re.findall(f".{{{CODE_LENGTH}}}", str(value or ""))} for value in (ours, theirs))
        return frozenset(self._rules.get(code, code) for code in one ^ other)


class _Reads:
    """Which cells each formula reads; names lead to constants alone."""

    def __init__(self, data: bytes):
        self._workbook = seen(data)

    def any_of(self, address: str, cells: Iterable[str]) -> bool:
        place = place_of(address)
        others = [place_of(cell) for cell in cells if cell != address]
        tokens = Tokenizer(self._workbook[place.sheet][place.address].value).items
        areas = (token.value for token in tokens if token.subtype == "RANGE" and token.value not in self._names)
        return any(_holds(area, place.sheet, other) for area in areas for other in others)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._workbook.defined_names)


def _holds(area: str, sheet: str, other: Place) -> bool:
    """Whether an area, such as '子项目1'!C7:C9, or one of this sheet, holds a cell."""
    title, _, cells = area.rpartition("!")
    first, _, last = cells.partition(":")
    (top, left), (bottom, right) = row_and_column(first), row_and_column(last or first)
    is_there = (title.strip("'") or sheet) == other.sheet
    return is_there and top <= other.row <= bottom and left <= other.column <= right


def table(found: Mapping[str, Sequence[Explained]]) -> Iterator[str]:
    """Lines for docs/differential.md."""
    yield "| engine | difference | harms nobody, for | fillings | cells |"
    yield "|---|---|---|---|---|"
    reasons = {(known.engine, known.name): known.why for known in CLASSES}
    for engine, explained in found.items():
        cells = Counter({name: 0 for one in explained for name in one.by_class})
        for one in explained:
            cells.update({name: len(addresses) for name, addresses in one.by_class.items()})
        for name in cells or {"none": ""}:
            fillings = sum(name in one.by_class for one in explained)
            yield f"| {engine} | {name} | {reasons.get((engine, name), '')} | {fillings} | {cells[name]:,} |"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        witnesses = Witnesses(Path(folder), ALL_COUNT)
        found = {engine: witnesses.explained(engine) for engine in ENGINES}
    unexplained = [one.unexplained for explained in found.values() for one in explained if one.unexplained]
    print(f"{len(witnesses.fillings)} fillings, {witnesses.compared:,} values compared in each engine")
    print(*table(found), *unexplained, sep="\n")
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main())
