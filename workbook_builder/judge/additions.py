"""The contents of a return copy's additions: its lines on 退回意见, its comments and its marks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.blank.blank import NO_ADDITIONS, NOTHING_RETURNED, Additions
from workbook_builder.blank.opinion_sheet import heading_place, line_place, mark_text
from workbook_builder.cells import EMPTY, Place, Value, is_address, row_and_column
from workbook_builder.form.layout import Layout
from workbook_builder.judge.answers import TEXT_LIMIT
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Opened
from workbook_builder.ooxml.notes_read import Note
from workbook_builder.ooxml.notes_write import AUTHOR

NOTE_LIMIT = 5_000  # characters; a comment is there to be read beside its cell, 退回意见 has the whole


class Line(NamedTuple):
    """One line of 退回意见."""

    level: str  # in words
    sheet: str  # title, as shown
    place: Place | None  # of the cell in the copy, by placeholder title; None where there is none
    problem: str
    value: str  # what was found
    is_finding: bool = True  # so that its cell is commented and marked


def additions(
    layout: Layout, headings: Mapping[str, str], lines: Sequence[Line], contents: Mapping[Place, str]
) -> Additions:
    """headings: by the names of opinion_sheet.HEADINGS. contents: what the commented cells held in the returned file."""
    cells: dict[Place, Value] = {heading_place(name): text for name, text in headings.items() if text}
    for number, line in enumerate(lines):
        columns: dict[str, Value] = {
            "number": number + 1,
            "level": line.level,
            "sheet": line.sheet,
            "address": line.place.address if line.place else "",
            "problem": line.problem[:TEXT_LIMIT],
            "value": line.value[:TEXT_LIMIT],
        }
        cells |= {line_place(number, column): value for column, value in columns.items() if value != ""}
    notes = _notes(line for line in lines if line.is_finding)
    return Additions(cells | _marks(layout, notes, contents), notes)


def _notes(lines: Iterable[Line]) -> dict[Place, str]:
    """One comment a cell, with all that is said of it."""
    texts: dict[Place, list[str]] = {}
    for line in lines:
        if line.place:
            texts.setdefault(line.place, []).append(f"【{line.level}】{line.problem}")
    return {place: f"{AUTHOR}退回意见：\n{chr(10).join(problems)}"[:NOTE_LIMIT] for place, problems in texts.items()}


def _marks(layout: Layout, places: Iterable[Place], contents: Mapping[Place, str]) -> dict[Place, Value]:
    """The hidden cell of each row that says which of its cells were returned, and with what content."""
    columns = {laid.title: layout.mark_column(laid) for laid in layout.returnable_sheets}
    marks: dict[Place, str] = {}
    for place in places:
        mark = Place(place.sheet, place.row, columns[place.sheet])
        marks[mark] = marks.get(mark, ";") + mark_text(place.column, contents.get(place, ""))
    return dict(marks)


def carried(opened: Opened) -> Additions:
    """The additions of a return copy that is written anew; none where the workbook is no return copy."""
    cells: dict[Place, Value] = {}
    for place in opened.blank.addition_places:
        value = _content(opened, place)
        if not isinstance(value, bool | None):
            cells[place] = value
    return Additions(cells, _issued_notes(opened)) if cells else NO_ADDITIONS


def own_notes(opened: Opened) -> Iterator[Note]:
    """Those that the unit made: not the comments a return copy came with, as long as nobody wrote into them.

    Told by their texts, since LibreOffice drops the names of authors.
    """
    ours = {_words(text) for text in (NOTHING_RETURNED, *_issued_notes(opened).values())}
    is_copy = opened.blank.layout.shape.opinion_rows > 0
    return (
        note for note in opened.reading.notes if not (is_copy and note.kind == "comment" and _words(note.text) in ours)
    )


def _words(text: str) -> str:
    return "".join(text.split())


def _issued_notes(opened: Opened) -> dict[Place, str]:
    """The comments of a return copy, as its lines on 退回意见 give them."""
    layout = opened.blank.layout
    titles = {real_title(laid.title, layout, opened.identity): laid.title for laid in layout.returnable_sheets}
    lines = []
    for number in range(layout.shape.opinion_rows):
        level, title, address, problem = (
            str(_content(opened, line_place(number, column)) or "")
            for column in ("level", "sheet", "address", "problem")
        )
        if title in titles and is_address(address):
            lines.append(Line(level, title, Place(titles[title], *row_and_column(address)), problem, ""))
    return _notes(lines)


def _content(opened: Opened, place: Place) -> str | Decimal | bool | None:
    """What the file has at a place of the layout."""
    sheet = opened.reading.sheets.get(real_title(place.sheet, opened.blank.layout, opened.identity))
    return sheet.cells.get((place.row, place.column), EMPTY).value if sheet else None
