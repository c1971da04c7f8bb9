"""A workbook that came back beside its blank, sheet by sheet, and how what differs is said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from workbook_builder.cells import Cell, column_letters
from workbook_builder.findings import Finding, finding_of_file
from workbook_builder.form.layout import LISTS_SHEET, META_SHEET, OPINION_SHEET, LaidSheet
from workbook_builder.judge.locate import real_titles
from workbook_builder.judge.opening import Opened
from workbook_builder.ooxml.programs import losses
from workbook_builder.ooxml.reader import SheetReading

NAMED = 5  # cells or sheets in a sentence
SHOWN = ("input", "prefilled", "formula", "pending")  # the kinds of cells that the form shows
Position = tuple[int, int]  # row and column, from 1


class Pair(NamedTuple):
    """One sheet as issued and as it came back."""

    issued_title: str  # placeholders stand for sub-projects
    laid: LaidSheet | None  # None for the lists, the meta cell and 退回意见
    issued: SheetReading
    now: SheetReading

    @property
    def last_column(self) -> int:
        """Of the form; what stands right of it is ours, hints and helpers. 0 where the sheet shows no form."""
        return self.laid.source.last_column if self.laid else 0


class Compared:
    """What every comparison asks for."""

    def __init__(self, opened: Opened):
        self.opened, self.blank, self.layout = opened, opened.blank, opened.blank.layout
        self.reading, self.located = opened.reading, opened.located
        self.losses = losses(opened.reading.belongings)
        self._issued_titles = real_titles(self.layout, opened.identity)
        self._laid = {laid.title: laid for laid in self.layout.sheets}
        own = (title for title in (LISTS_SHEET, META_SHEET, OPINION_SHEET) if title in self.blank.sheets)
        self.titles = {title: title for title in own if title in self.reading.sheets} | dict(self.located.titles)

    @property
    def is_comparable(self) -> bool:
        """Whether what guards, computes and merges cells can be held against the unit: the file has such things at all,
        and the blank is the one that it was made from.
        """
        return self.opened.is_beside_its_own_blank and not self.reading.holds_values_only

    @property
    def pairs(self) -> Iterator[Pair]:
        """The sheets that are there, in the order in which they were issued."""
        for title, issued in self.blank.sheets.items():
            if title in self.titles:
                yield Pair(title, self._laid.get(title), issued, self.reading.sheets[self.titles[title]])

    @property
    def unmoved_pairs(self) -> Iterator[Pair]:
        """Those without rows or columns inserted or deleted: what has moved is told as that."""
        shifts = self.located.placing.shifts
        return (pair for pair in self.pairs if pair.issued_title not in shifts or shifts[pair.issued_title].is_none)

    @cached_property
    def moved_titles(self) -> tuple[str, ...]:
        """The sheets (placeholders) with rows or columns inserted or deleted."""
        return tuple(title for title, shift in self.located.placing.shifts.items() if not shift.is_none)

    def title_as_issued(self, title: str) -> str:
        """Without placeholders."""
        return self._issued_titles.get(title, title)

    @cached_property
    def filled_slots(self) -> Mapping[str, Sequence[Position]]:
        """By sheet of the file, where the form shows something."""
        found: dict[str, list[Position]] = {}
        for key, where in self.located.places.items():
            if is_filled(self.located.cells[key]) and self.layout.slots[key].kind in SHOWN:
                found.setdefault(where.sheet, []).append((where.row, where.column))
        return found

    def told(
        self,
        rule: str,
        message: str,
        sheet: str | None = None,
        cell: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> Finding:
        """A finding; message: the whole sentence."""
        finding = finding_of_file(rule, self.opened.catalogue.severity(rule), message, value, expected)
        return finding._replace(sheet=sheet, cell=cell)


def is_filled(cell: Cell | None) -> bool:
    """Whether a cell shows anything."""
    if cell is None or cell.kind == "empty":
        return False
    return not (isinstance(cell.value, str) and not cell.value.strip())


def address_of(position: Position) -> str:
    """Such as E7."""
    return f"{column_letters(position[1])}{position[0]}"


def listed(addresses: Sequence[str]) -> str:
    """E7、E8, the first few of many."""
    words = "、".join(addresses[:NAMED])
    return f"{words} 等 {len(addresses)} 处" if len(addresses) > NAMED else words


def listed_at(positions: Sequence[Position]) -> str:
    """The same of cells by row and column, of which there may be very many."""
    return listed([*map(address_of, positions[:NAMED]), *("",) * (len(positions) - NAMED)])


def sheets_named(titles: Iterable[str]) -> str:
    """「申报表」「社区党建」表, the first few of many."""
    all_titles = list(titles)
    words = "".join(f"「{title}」" for title in all_titles[:NAMED])
    return f"{words}等 {len(all_titles)} 张表" if len(all_titles) > NAMED else f"{words}表"
