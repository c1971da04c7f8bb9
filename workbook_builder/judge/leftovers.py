"""What a unit wrote where its form has no cell for it: nothing of that is lost, a return copy lists it."""

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from workbook_builder.blank.blank import PLACEHOLDER
from workbook_builder.cells import Cell, Place, Value, column_letters
from workbook_builder.findings import Finding, finding_of_file, place
from workbook_builder.form.layout import CONSTANTS, LISTS_SHEET, META_CELL, META_SHEET, OPINION_SHEET, LaidSheet, Slot
from workbook_builder.judge.additions import own_notes
from workbook_builder.judge.answers import Answer
from workbook_builder.judge.locate import real_titles
from workbook_builder.judge.opening import Opened
from workbook_builder.judge.shifts import SheetShift
from workbook_builder.ooxml.notes_read import Note
from workbook_builder.ooxml.reader import SheetReading
from workbook_builder.rule_ids import STRUCTURE_EXTRA_CONTENT, STRUCTURE_SHEET_ADDED
from workbook_builder.values.normalised import quoted, shown

CELL_DIVIDER = "｜"
OUTSIDE = "写在填报单元格以外的内容"
CELLS_NAMED = 5  # in a finding; the return copy lists all
VALUE_LENGTH = 2_000  # characters of all that is written on a sheet, for an accepted file is not sent back
NOTE_WORDS = {
    "comment": "单元格上的批注",
    "text box": "表上文本框里的文字",
    "picture": "表上的图片，不能带入退回稿，请查看原文件",
    "shape": "表上的图形或图表，不能带入退回稿，请查看原文件",
    "control": "表上的按钮或其他控件，不能带入退回稿，请查看原文件",
    "unreadable": "表上的批注或图形已损坏，读不出内容，请查看原文件",
}


class Leftover(NamedTuple):
    """One thing without a cell of its own."""

    sheet: str  # title in the file
    address: str  # cell or cells in the file; "" where it stands in none
    what: str  # in words, what it is
    content: str


def leftovers(opened: Opened, answers: Iterable[Answer]) -> Iterator[Leftover]:
    """All of it. The calculator of the blank must have calculated the answers: what it gives is nobody's writing."""
    beside_blank = _Leftovers(opened)
    yield from beside_blank.rests(answers)
    for title, sheet in opened.reading.sheets.items():
        yield from beside_blank.of_sheet(title, sheet)
    yield from map(_of_note, own_notes(opened))


def outside(opened: Opened) -> Iterator[Finding]:
    """What stands outside the form's cells, a finding a sheet: sheets that were added, texts beside the form, notes."""
    beside_blank = _Leftovers(opened)
    notes: dict[str, list[Leftover]] = {}
    for note in own_notes(opened):
        notes.setdefault(note.sheet, []).append(_of_note(note))
    for title, sheet in opened.reading.sheets.items():
        if beside_blank.is_added(title, sheet):
            yield _sheet_added(opened, title)
        else:
            beside, of_notes = beside_blank.beside(title, sheet), notes.get(title, [])
            if count := len(beside) + len(of_notes):
                cells = (Leftover(title, Place(title, *at).address, OUTSIDE, shown(sheet.cells[at])) for at in beside)
                yield _extra_content(opened, title, chain(cells, of_notes), count)


def _sheet_added(opened: Opened, title: str) -> Finding:
    rule = STRUCTURE_SHEET_ADDED
    message = f"「{title}」表不是下发时就有的，其中的内容不计入申报。要申报的内容请写进下发的表里，并删除这张表。"
    return finding_of_file(rule, opened.catalogue.severity(rule), message)._replace(sheet=title)


def _extra_content(opened: Opened, title: str, contents: Iterator[Leftover], count: int) -> Finding:
    """contents: so many, of which only those are looked at that are told: there may be a hundred thousand."""
    rule = STRUCTURE_EXTRA_CONTENT
    first, *others = named = [*islice(contents, CELLS_NAMED)]
    where = place(title, first.address) if first.address else f"「{title}」表"
    more = [f"；{one.address}{'' if one.what == first.what else one.what}{_quoted(one)}" for one in others]
    number = f"；等 {count} 处" if count > CELLS_NAMED else ""
    message = (
        f"{where}：{first.what}{_quoted(first)}{''.join(more)}{number}，不计入申报。"
        "要申报的内容请写进对应的单元格，其他要说明的请另行告知财政部门。"
    )
    written = _written(one.content for one in chain(named, contents))
    finding = finding_of_file(rule, opened.catalogue.severity(rule), message, written)
    return finding._replace(sheet=title, cell=first.address or None)


def _written(contents: Iterable[str]) -> str:
    """The first characters of all, a line each."""
    lines: list[str] = []
    length = 0
    for content in filter(None, contents):
        lines.append(content)
        length += len(content) + 1
        if length > VALUE_LENGTH:
            break
    return "\n".join(lines)[:VALUE_LENGTH]


def _quoted(one: Leftover) -> str:
    return quoted(one.content) if one.content else ""


def _of_note(note: Note) -> Leftover:
    words = NOTE_WORDS[note.kind] + (f"（{note.author}）" if note.author.strip() else "")
    if note.covers:
        words = words.replace("表上", f"盖在 {note.covers} 上", 1)
    return Leftover(note.sheet, note.address, words, note.text)


def issued_titles(opened: Opened) -> dict[str, str]:
    """The layout's title (placeholders kept) of each sheet in the file that is one of the form's, renamed or not."""
    layout, located = opened.blank.layout, opened.located
    titles = {real: title for title, real in real_titles(layout, opened.identity).items()}
    titles |= {title: laid for laid, title in located.titles.items()}
    return titles | {where.sheet: layout.slots[key].place.sheet for key, where in located.places.items()}


class _Leftovers:
    """One workbook that came back beside its blank."""

    def __init__(self, opened: Opened):
        self._opened, self._blank = opened, opened.blank
        layout, located = opened.blank.layout, opened.located
        self._laid = {laid.title: laid for laid in layout.sheets}
        self._titles = issued_titles(opened)
        self._keys = {where: key for key, where in located.places.items()}
        self._ours = {META_CELL, *CONSTANTS.values(), *opened.blank.addition_places, *layout.headings}
        own = (LISTS_SHEET, META_SHEET, *((OPINION_SHEET,) if layout.shape.opinion_rows else ()))
        self._titles |= {title: title for title in own}

    def rests(self, answers: Iterable[Answer]) -> Iterator[Leftover]:
        """Of the inputs: refused formulas, and what is too long for a cell."""
        for answer in answers:
            if answer.rest:
                where = self._opened.located.places[answer.slot.key]
                what = "没有保留的公式或错误值" if answer.value is None else "超出单元格长度的后一部分"
                yield Leftover(where.sheet, where.address, f"{answer.slot.field.label}：{what}", answer.rest)

    def is_added(self, title: str, sheet: SheetReading) -> bool:
        """Whether a sheet was not issued; programs add hidden empty ones, which are nobody's."""
        return title not in self._titles and (bool(sheet.cells) or sheet.state == "visible")

    def beside(self, title: str, sheet: SheetReading) -> list[tuple[int, int]]:
        """Where something was written on one of the form's own sheets though nothing was issued there, row by row."""
        issued = self._titles.get(title)
        if issued not in self._laid:
            return []
        shift = self._opened.located.placing.shifts.get(issued, SheetShift())
        # A formula is the unit's unless rows have moved, or other code may have written hints and helpers elsewhere.
        tells_formulas = shift.is_none and self._opened.is_beside_its_own_blank
        labels = {text for place, text in self._blank.labels.items() if place.sheet == issued}
        told = {row for level in self._opened.located.placing.widened.get(issued, ()) for row in level.beyond}
        ours = {*_positions(self._keys, title), *_positions(self._ours, issued), *self._issued_positions(issued, shift)}
        return sorted(  # what is there comes nearly in order, which a set of it would not
            at
            for at, cell in sheet.cells.items()
            if at not in ours
            and at[0] not in told
            and cell.value not in labels
            and (tells_formulas if cell.formula is not None else _is_written(cell))
        )

    def _issued_positions(self, issued: str, shift: SheetShift) -> AbstractSet[tuple[int, int]]:
        """Where everything that was issued on a sheet stands in the file, rows and columns that moved included."""
        cells = self._blank.sheets[issued].cells.keys()
        if shift.is_none:
            return cells
        return {now for cell in cells if (now := shift.of(*cell))} | {*self._beside_widened(issued, shift)}

    def _beside_widened(self, issued: str, shift: SheetShift) -> Iterator[tuple[int, int]]:
        """The hints and helpers of 二级指标 with more rows than issued: any of these rows may be one of ours."""
        last_column = self._laid[issued].source.last_column
        for level in self._opened.located.placing.widened.get(issued, ()):
            cells = ((row, column) for row, column in self._blank.sheets[issued].cells if row in level.rows)
            columns = {shift.columns.of(column) for _, column in cells if column > last_column} - {None}
            yield from ((row, column or 0) for row in range(level.first, level.last + 1) for column in columns)

    def of_sheet(self, title: str, sheet: SheetReading) -> Iterator[Leftover]:
        """Of a sheet's cells."""
        issued = self._titles.get(title)
        if issued is None:
            yield from _added_sheet(title, sheet)
            return
        has_formulas = any(cell.formula is not None for cell in sheet.cells.values())
        labels = {text for place, text in self._blank.labels.items() if place.sheet == issued}
        for (row, column), cell in sorted(sheet.cells.items()):
            where = Place(title, row, column)
            key = self._keys.get(where)
            if key is not None:
                what = self._over_formula(self._blank.layout.slots[key], cell, has_formulas=has_formulas)
            else:
                what = self._elsewhere(Place(issued, row, column), cell, labels, has_formulas=has_formulas)
            if what:
                yield Leftover(title, where.address, what, shown(cell))

    def _over_formula(self, slot: Slot, cell: Cell, *, has_formulas: bool) -> str:
        """What a constant over a key's formula is; "" where it says no more than the formula does."""
        is_computed = slot.kind == "formula" or (slot.kind == "helper" and slot.field.source != "roster")
        if not is_computed or cell.formula is not None or cell.kind == "empty":
            return ""
        is_typed = has_formulas or slot.kind == "formula"  # programs that keep values only leave hidden ones behind
        if not is_typed or _same(cell, self._blank.calculator.value(slot.place)):
            return ""
        return f"{slot.field.label}：公式被数值替换，退回稿中已恢复公式"

    def _elsewhere(self, issued: Place, cell: Cell, labels: Collection[object], *, has_formulas: bool) -> str:
        """What a cell of the form's sheets holds that is no key's; "" where it was issued with it."""
        if cell.kind == "empty" and cell.formula is None:
            return ""
        original = self._blank.sheets[issued.sheet].cells.get((issued.row, issued.column))
        if issued in self._ours or issued in self._blank.labels:  # a changed label is a finding, and so listed
            return ""
        if original is None:
            is_moved = cell.value in labels or (cell.formula is not None and self._is_beside_form(issued))
            return "" if is_moved else OUTSIDE
        if original.formula is None:
            is_ours = original.value == cell.value or PLACEHOLDER in str(original.value)
            return "" if is_ours else "写在固定内容上的内容，退回稿中已恢复原内容"
        if cell.formula is not None or not has_formulas or _same(cell, self._blank.calculator.value(issued)):
            return ""
        return "写在公式上的内容，退回稿中已恢复公式"

    def _is_beside_form(self, issued: Place) -> bool:
        laid: LaidSheet | None = self._laid.get(issued.sheet)
        return laid is not None and issued.column > laid.source.last_column


def _positions(places: Iterable[Place], sheet: str) -> set[tuple[int, int]]:
    """Those of one sheet, by row and column."""
    return {(place.row, place.column) for place in places if place.sheet == sheet}


def _is_written(cell: Cell) -> bool:
    return cell.kind != "empty" and not (isinstance(cell.value, str) and not cell.value.strip())


def _added_sheet(title: str, sheet: SheetReading) -> Iterator[Leftover]:
    """A sheet that was not issued, row by row."""
    rows: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in sorted(sheet.cells.items()):
        if cell.kind != "empty" or cell.formula:
            rows.setdefault(row, {})[column] = cell
    for row, cells in rows.items():
        first, last = (f"{column_letters(column)}{row}" for column in (min(cells), max(cells)))
        area = first if first == last else f"{first}:{last}"
        yield Leftover(title, area, "自行增加的表", CELL_DIVIDER.join(map(shown, cells.values())))


def _same(cell: Cell, computed: Value) -> bool:
    """Whether a cell holds what its formula would give; numbers to what programs differ in."""
    if isinstance(cell.value, Decimal) and isinstance(computed, int | float):
        return abs(float(cell.value) - computed) <= 1e-9 * max(1, abs(computed))
    return (cell.value or "") == (computed or "")
