"""The cells of a sheet that is read as a table: below its header only those of the columns asked for, row by row.

A table has thousands of rows, and a cell among others by its place takes several times what it holds: so a row is a tuple
of its cells, and what is alike in many rows is one cell (plain_rows).
"""

from collections.abc import Iterable, Mapping

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.values.normalised import fold

HEADER_LINES = 10  # users put a title and advice above the header
_ERROR_NAMES = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}


class LateHeadError(Exception):
    """A cell of the first lines that comes after cells below them: which columns are asked for was decided without it."""


class TableCells:
    """Takes cells in the order of the file. What is asked of it holds once the whole sheet was taken in."""

    header: int  # the row among the first that holds most of the headers
    words: Mapping[int, str]  # of that row by column, folded
    positions: Mapping[str, int]  # the first column of each of them
    columns: tuple[int, ...]  # of each header; 0 where it is not there

    def __init__(self, headers: Iterable[str]):
        """Headers: of the columns asked for, folded."""
        self._headers = tuple(headers)
        self.clear()

    def clear(self) -> None:
        """Forgets all."""
        self._head: dict[int, dict[int, Cell]] = {}
        self.rows: dict[int, tuple[Cell, ...]] = {}  # below the header: content in the order of the headers
        self.is_empty = True  # no cell of the sheet was ever filled
        self.wanted: frozenset[int] | None = None  # the columns that are kept, once they are known

    def add_row(self, row: int, cells: Mapping[int, Cell]) -> None:
        """The cells of a row by column, of which nothing was taken in before. Those that are not wanted may be missing."""
        held = {column: cell for column, cell in cells.items() if cell.value != ""}
        self.is_empty &= not held
        if row > HEADER_LINES:
            self.settle()
            self._keep(row, held)
        elif held:
            self._head[row] = held

    def __setitem__(self, place: tuple[int, int], cell: Cell, /) -> None:
        """One cell, wherever it lies; in place of what was there. Raises LateHeadError."""
        if cell.value == "":  # what a formula gives that shows nothing
            self.pop(place, None)
            return
        row, column = place
        self.is_empty = False
        if row > HEADER_LINES:
            self.settle()
            self._keep(row, {**self._kept(row), column: cell})
        else:
            self._head_row(row)[column] = cell

    def pop(self, place: tuple[int, int], _default: None, /) -> None:
        """Takes out what was there. Raises LateHeadError."""
        row, column = place
        if row in self.rows:
            self._keep(row, {**self._kept(row), column: EMPTY})
        elif row <= HEADER_LINES:
            self._head_row(row).pop(column, None)

    def settle(self) -> None:
        """Decides what is the header: nothing of the first lines comes any more."""
        if self.wanted is not None:
            return
        lines = {row: _words(self._head.get(row, {})) for row in range(1, HEADER_LINES + 1)}
        headers = set(self._headers)
        self.header = max(lines, key=lambda row: len(headers.intersection(lines[row].values())))
        self.words = lines[self.header]
        self.positions = {word: column for column, word in reversed(self.words.items())}
        self.columns = tuple(self.positions.get(header, 0) for header in self._headers)
        self.wanted = frozenset(self.columns) - {0}
        for row in sorted(row for row in self._head if row > self.header):
            self._keep(row, self._head[row])

    def _head_row(self, row: int) -> dict[int, Cell]:
        if self.wanted is not None:
            raise LateHeadError
        return self._head.setdefault(row, {})

    def _kept(self, row: int) -> Mapping[int, Cell]:
        return dict(zip(self.columns, self.rows[row], strict=True)) if row in self.rows else {}

    def _keep(self, row: int, cells: Mapping[int, Cell]) -> None:
        found = tuple([_content(cells[column]) if column in cells else EMPTY for column in self.columns])
        if any(cell.kind != "empty" for cell in found):
            self.rows[row] = found
        else:
            self.rows.pop(row, None)


def folded(words: str) -> str:
    """For comparison: headers and titles are the same where they differ in white space and width only."""
    return "".join(fold(words).split())


def _words(cells: Mapping[int, Cell]) -> dict[int, str]:
    return {column: folded(str(cell.value)) for column, cell in sorted(cells.items()) if cell.value is not None}


def _content(cell: Cell) -> Cell:
    """A formula as the value it gave, as an error where it gave none; an error's name that was typed is one, too."""
    if cell.formula is not None:
        return cell._replace(kind="error") if cell.value is None else _content(cell._replace(formula=None))
    if cell.kind != "text":
        return cell
    words = str(cell.value).strip()
    if words in _ERROR_NAMES:
        return Cell(words, "error")
    return cell if fold(words) else EMPTY
