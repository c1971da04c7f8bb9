"""A declaration's form as it is printed: the rows and cells of the template's sheet, with what was declared in them.

Only used rows of the indicator table stand there; a level without any is left out. Nothing of contacts, notices or levels of
the ledger is printed. Pure data: what writes it in Word knows no form.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from workbook_builder.centre.publish import printed_values
from workbook_builder.centre.publish.computed import Computed
from workbook_builder.centre.publish.printed_values import MoneyUnit
from workbook_builder.form.model import (
    COLLECTION_KEYS,
    CONTACT_KEYS,
    INDICATORS,
    MARKER,
    NOTICES,
    Form,
    Marker,
    TableRow,
)
from workbook_builder.form.template_looks import Area, CellLook, SheetLooks
from workbook_builder.values.markup import visible

JOINED = tuple(f"{INDICATORS}.{name}" for name in ("comparator", "target", "unit"))
HIDDEN = frozenset((*CONTACT_KEYS, *NOTICES))
NO_LOOK = CellLook("", False, None, "General", False)


class PrintedCell(NamedTuple):
    """One cell of a table, or what of a merged one lies in this row."""

    text: str
    columns: int  # that it spans
    is_continued: bool  # it belongs to the cell above
    goes_on: bool  # the cell below belongs to it
    look: CellLook
    key: str | None  # what it shows; None for fixed text
    is_open_above: bool = False  # no line above: it only looks like one with the cell there
    is_open_below: bool = False


class PrintedRow(NamedTuple):
    """One row of a table."""

    cells: tuple[PrintedCell, ...]
    points: float | None  # its least height
    is_long: bool  # it may break over pages


class PrintedTable(NamedTuple):
    """Rows that stand together; the first of them may head each page."""

    rows: tuple[PrintedRow, ...]
    repeated: int


class PrintedForm(NamedTuple):
    """A form: its headings, then its tables, which stand close together."""

    headings: tuple[str, ...]
    tables: tuple[PrintedTable, ...]
    widths: tuple[float, ...]  # of the columns, in the sheet's characters


class _Line(NamedTuple):
    """A row as it will be printed."""

    row: int  # of the template
    indicator: Mapping[str, Any] | None = None


class _Piece(NamedTuple):
    """A cell or merged area over the printed lines, the last ones included; columns from 1."""

    first: int
    last: int
    column: int
    last_column: int
    look: CellLook
    marker: Marker | None


class FormPrinter:
    """Prints the forms of one template for one collection."""

    def __init__(
        self, form: Form, looks: SheetLooks, computed: Computed, fixed: Mapping[str, str], unit: MoneyUnit | None
    ):
        """fixed: what COLLECTION_KEYS stand for. unit: of amounts, where not as the form says."""
        self._form, self._looks, self._computed, self._fixed = form, looks, computed, fixed
        said: MoneyUnit = "万元" if any("万元" in look.text for look in looks.cells.values()) else "元"
        self._said, self._unit = said, unit or said
        self._markers = {(marker.row, marker.column): marker for marker in form.form_sheet.markers}
        self._areas = _owners(looks.areas)
        self._titles = self._title_rows()

    def printed(self, declared: Mapping[str, Any], root: Mapping[str, Any]) -> PrintedForm:
        """One declaration in JSON; root: its root project's, or the same."""
        lines = self._lines(declared.get(INDICATORS) or ())
        pieces = self._pieces(lines)
        begun = {piece.first for piece in pieces}
        kept = [
            number for number in range(len(lines)) if number in begun
        ]  # a row in which nothing begins only made room
        breaks = self._breaks(lines, kept)
        values = _Values(self, declared, root)
        rows = list(_rows(lines, kept, pieces, breaks, values))
        headings = tuple(values.heading(row) for row in self._titles)
        starts = [*breaks.tables, len(rows)]
        tables = tuple(
            PrintedTable(tuple(rows[start:end]), breaks.repeated if end == len(rows) else 0)
            for start, end in pairwise(starts)
        )
        return PrintedForm(tuple(filter(None, headings)), tables, self._looks.widths)

    def _title_rows(self) -> tuple[int, ...]:
        """The rows above the table: one cell without a border over the whole width."""
        rows = []
        for row in range(1, len(self._looks.heights) + 1):
            area = self._area(row, 1)
            is_title = area.last_column == len(self._looks.widths) and area.last_row == row
            if not is_title or self._look(row, 1).has_border:
                break
            rows.append(row)
        return tuple(rows)

    def _look(self, row: int, column: int) -> CellLook:
        return self._looks.cells.get((row, column), NO_LOOK)

    def _area(self, row: int, column: int) -> Area:
        return self._areas.get((row, column), Area(row, column, row, column))

    def _lines(self, indicators: Sequence[Mapping[str, Any]]) -> list[_Line]:
        """The template's rows below the titles; of the indicator table one for each used row, level by level."""
        source = self._form.form_sheet
        table = {row.row for row in source.table}
        last = max(table, default=0)
        lines = []
        for row in range(len(self._titles) + 1, source.last_row + 1):
            if row not in table:
                lines += [_Line(row)] * (not self._is_hidden(row))
            elif row == last:
                lines += _indicator_lines(source.table, indicators)
        return lines

    def _is_hidden(self, row: int) -> bool:
        """Whether a row holds nothing but contacts and notices, and what stands beside them."""
        keys = {marker.key for marker in self._form.form_sheet.markers if marker.row == row}
        return bool(keys) and keys <= HIDDEN

    def _pieces(self, lines: Sequence[_Line]) -> list[_Piece]:
        found: dict[tuple[object, ...], _Piece] = {}
        for number, line in enumerate(lines):
            column = 1
            while column <= len(self._looks.widths):
                area = self._area(line.row, column)
                last_column = max(area.last_column, self._joined_to(line, column))
                key = (*area,) if area.row < area.last_row else (number, column)
                before = found.get(key)
                if before is None:
                    look = self._look(area.row, area.column)
                    marker = self._markers.get((area.row, area.column))
                    if last_column > area.last_column:  # comparator, target and unit stand at both sides of a number
                        look = look._replace(horizontal="center")
                    found[key] = _Piece(number, number, column, last_column, look, marker)
                else:
                    found[key] = before._replace(last=number)
                column = last_column + 1
        return list(found.values())

    def _joined_to(self, line: _Line, column: int) -> int:
        """The last column of what is printed as one from here on: comparator, target, unit under one head."""
        marker = self._markers.get((line.row, column))
        if line.indicator is None or marker is None or marker.key != JOINED[0]:
            return 0
        others = [m for m in self._form.form_sheet.markers if m.row == line.row and m.key in JOINED]
        head = self._area(self._form.form_sheet.table[0].row - 1, column)
        is_row = sum(m.last_column - m.column + 1 for m in others) == max(m.last_column for m in others) - column + 1
        last = max(m.last_column for m in others)
        return last if is_row and head.column <= column and head.last_column >= last else 0

    def _breaks(self, lines: Sequence[_Line], kept: Sequence[int]) -> "_Breaks":
        """Word repeats only the first rows of a table: where others are repeated, they begin a table of their own."""
        first, last = self._looks.repeated or (0, 0)
        heads = [place for place, number in enumerate(kept) if first <= lines[number].row <= last]
        if not heads:
            return _Breaks((0,) if kept else (), 0)
        return _Breaks((0, heads[0]) if heads[0] else (0,), len(heads))

    @property
    def form(self) -> Form:
        """What the template declares."""
        return self._form

    def fixed_text(self, text: str) -> str:
        """The template's own words, with year and round, and with the unit in which amounts are printed."""
        words = MARKER.sub(lambda match: self._fixed.get(match[1], ""), text)
        if self._unit == self._said:
            return words
        for before, after in (("(", ")"), ("（", "）"), ("单位：", "")):
            words = words.replace(f"{before}{self._said}{after}", f"{before}{self._unit}{after}")
        return words

    def value(self, key: str, look: CellLook, declared: Mapping[str, Any], root: Mapping[str, Any]) -> str:
        """What is declared at a key of the form, as printed in a cell that looks so."""
        group, _, name = key.partition(".")
        value = (declared.get(group) or {}).get(name) if name else declared.get(group)
        field = self._form.fields.get(key)
        if field is None or key in HIDDEN:
            return ""
        if value is None and field.source == "formula":
            return visible(self._computed.text(key, declared, root))
        if value is None or field.type not in ("amount", "date"):
            return printed_values.words(value)
        if field.type == "date":
            return printed_values.day(str(value), look.number_format)
        return printed_values.amount(str(value), look.number_format, self._unit)

    def height(self, row: int) -> float | None:
        """The least height of what comes from a row of the template, in points."""
        return self._looks.heights[row - 1]

    def title_text(self, row: int) -> tuple[CellLook, Marker | None]:
        """The cell of a row above the table."""
        return self._look(row, 1), self._markers.get((row, 1))


class _Breaks(NamedTuple):
    """Where tables begin, by the printed rows, and how many rows of the last are repeated."""

    tables: tuple[int, ...]
    repeated: int

    def segment(self, place: int) -> int:
        """Which rows stand together: those of a table, its repeated ones apart."""
        start = self.tables[-1] if self.tables else 0
        return sum(place >= begin for begin in (*self.tables, start + self.repeated))


class _Values(NamedTuple):
    """What stands in the cells of one declaration's form."""

    printer: FormPrinter
    declared: Mapping[str, Any]
    root: Mapping[str, Any]

    def text(self, piece: _Piece, line: _Line) -> str:
        """Of one cell."""
        marker = piece.marker
        if marker is None or marker.key in COLLECTION_KEYS:
            return self.printer.fixed_text(piece.look.text)
        if marker.fixed is not None:  # the name of a level
            return marker.fixed
        if marker.key.startswith(f"{INDICATORS}."):
            return self._of_indicator(piece, marker, line.indicator or {})
        return self.printer.value(marker.key, piece.look, self.declared, self.root)

    def _of_indicator(self, piece: _Piece, marker: Marker, indicator: Mapping[str, Any]) -> str:
        is_joined = marker.key == JOINED[0] and piece.last_column > marker.last_column
        return (
            printed_values.target(indicator)
            if is_joined
            else printed_values.words(indicator.get(marker.key.partition(".")[2]))
        )

    def heading(self, row: int) -> str:
        """Of a row above the table."""
        look, marker = self.printer.title_text(row)
        return self.text(_Piece(0, 0, 1, 1, look, marker), _Line(row))


def _owners(areas: Iterable[Area]) -> dict[tuple[int, int], Area]:
    return {
        (row, column): area
        for area in areas
        for row in range(area.row, area.last_row + 1)
        for column in range(area.column, area.last_column + 1)
    }


def _indicator_lines(table: Sequence[TableRow], indicators: Sequence[Mapping[str, Any]]) -> Iterator[_Line]:
    """Level by level in the form's order; what stands under a level that the form does not have has no place."""
    groups: dict[tuple[str, str], list[int]] = {}
    for row in table:
        groups.setdefault((row.level1, row.level2), []).append(row.row)
    known = [[one for one in indicators if (one.get("level1"), one.get("level2")) == level] for level in groups]
    for rows, used in zip(groups.values(), known, strict=True):
        for number, indicator in enumerate(used):
            yield _Line(rows[min(number, len(rows) - 1)], indicator)


class _Places(NamedTuple):
    """Where printed rows are: the place of each line that is printed, and which places stand together."""

    by_line: Mapping[int, int]
    segments: Sequence[int]

    def of(self, piece: _Piece) -> list[int]:
        """The places of a piece's rows."""
        return [self.by_line[line] for line in range(piece.first, piece.last + 1) if line in self.by_line]


def _rows(
    lines: Sequence[_Line], kept: Sequence[int], pieces: Sequence[_Piece], breaks: _Breaks, values: _Values
) -> Iterator[PrintedRow]:
    by_line = {number: place for place, number in enumerate(kept)}
    places = _Places(by_line, [breaks.segment(place) for place in range(len(kept))])
    for place, number in enumerate(kept):
        here = sorted((p for p in pieces if p.first <= number <= p.last), key=lambda piece: piece.column)
        cells = tuple(_cell(piece, place, places, values, lines[number]) for piece in here)
        fields = (values.printer.form.fields.get(cell.key or "") for cell in cells)
        is_long = any(field is not None and field.type == "long_text" for field in fields)
        yield PrintedRow(cells, None if is_long else values.printer.height(lines[number].row), is_long)


def _cell(piece: _Piece, place: int, places: _Places, values: _Values, line: _Line) -> PrintedCell:
    """What of a piece lies in a row; one that crosses the end of what is repeated is cut there, and only looks like one."""
    inside, mine = places.of(piece), places.segments[place]
    own = [one for one in inside if places.segments[one] == mine]
    is_first, is_last = place == own[0], place == own[-1]
    text = values.text(piece, line) if is_first and mine == _largest([places.segments[one] for one in inside]) else ""
    key = piece.marker.key if piece.marker and is_first else None
    open_sides = is_first and own[0] != inside[0], is_last and own[-1] != inside[-1]
    columns = piece.last_column - piece.column + 1
    return PrintedCell(text, columns, not is_first, not is_last, piece.look, key, *open_sides)


def _largest(segments: Sequence[int]) -> int:
    """The segment with most of these, the last of them."""
    return max(set(segments), key=lambda segment: (segments.count(segment), segment))
