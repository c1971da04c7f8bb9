"""The contents of a return copy's additions: its lines on 退回意见, its comments and its marks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from workbook_builder.answers import TEXT_LIMIT
from workbook_builder.blank import NO_ADDITIONS, Additions
from workbook_builder.cells import Place, row_and_column
from workbook_builder.desk import Opened
from workbook_builder.layout import Layout
from workbook_builder.locate import real_title
from workbook_builder.notes import AUTHOR
from workbook_builder.opinion_sheet import heading_place, line_place, mark_text
from workbook_builder.reading_notes import read_notes
from workbook_builder.stamp import Value

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
    return {place: f"{AUTHOR}退回意见：\n{chr(10).join(said)}"[:NOTE_LIMIT] for place, said in texts.items()}


def _marks(layout: Layout, places: Iterable[Place], contents: Mapping[Place, str]) -> dict[Place, Value]:
    """The hidden cell of each row that says which of its cells were returned, and with what content."""
    columns = {laid.title: layout.mark_column(laid) for laid in layout.returnable_sheets}
    marks: dict[Place, str] = {}
    for place in places:
        mark = Place(place.sheet, place.row, columns[place.sheet])
        marks[mark] = marks.get(mark, ";") + mark_text(place.column, contents.get(place, ""))
    return dict(marks)


def carried(opened: Opened, data: bytes) -> Additions:
    """The additions of a return copy that is written anew; none where the workbook is no return copy."""
    layout, reading = opened.blank.layout, opened.reading
    if not layout.shape.opinion_rows:
        return NO_ADDITIONS
    cells: dict[Place, Value] = {}
    for place in opened.blank.addition_places:
        sheet = reading.sheets.get(real_title(place.sheet, layout, opened.identity))
        cell = sheet.cells.get((place.row, place.column)) if sheet else None
        if cell is not None and not isinstance(cell.value, bool | None):
            cells[place] = cell.value
    titles = {real_title(laid.title, layout, opened.identity): laid.title for laid in layout.returnable_sheets}
    notes = {
        Place(titles[note.sheet], *row_and_column(note.address)): note.text
        for note in read_notes(data, reading.file)
        if note.kind == "comment" and note.author == AUTHOR and note.address and note.sheet in titles
    }
    return Additions(cells, notes)
