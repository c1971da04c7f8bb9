"""The lines of a sheet 退回意见: each finding at its cell in the copy, then what the unit wrote that has no cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from workbook_builder.blank.opinion_sheet import KEPT_WORD, LINE_COUNTS
from workbook_builder.cells import EMPTY, Cell, Place, Value, row_and_column
from workbook_builder.findings import Finding, without_cell
from workbook_builder.form.layout import Layout
from workbook_builder.form.model import full_key
from workbook_builder.form.rules import LEVEL_NAMES
from workbook_builder.judge.additions import Line
from workbook_builder.judge.leftovers import Leftover, issued_titles
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Opened
from workbook_builder.ledger.reviews import Remark
from workbook_builder.rule_ids import (
    STRUCTURE_DDE,
    STRUCTURE_EMBEDDED,
    STRUCTURE_EXTERNAL_LINK,
    STRUCTURE_EXTRA_CONTENT,
    STRUCTURE_FORMULA_CHANGED,
    STRUCTURE_FORMULA_REPLACED,
    STRUCTURE_HIDDEN_CONTENT,
    STRUCTURE_HIDDEN_SHEET_EDITED,
    STRUCTURE_LABEL_CHANGED,
    STRUCTURE_LABEL_TOUCHED,
    STRUCTURE_LISTS_EDITED,
    STRUCTURE_MACRO,
    STRUCTURE_MERGE_CHANGED,
    STRUCTURE_PREFILLED_CHANGED,
    STRUCTURE_PROTECTION_REMOVED,
    STRUCTURE_SHEET_ADDED,
    STRUCTURE_SHEET_MISSING,
    STRUCTURE_SHEET_MOVED,
    STRUCTURE_SHEET_RENAMED,
    STRUCTURE_VALIDATION_REMOVED,
)
from workbook_builder.values.normalised import shown
from workbook_builder.values.numbers import decimal_text, denoised

REMARK_WORD = "审核"  # the level of what a reviewer says of an indicator
FORMULA_RESTORED = "退回稿中已恢复公式。"
RESTORED: Mapping[str, str] = {
    STRUCTURE_LABEL_CHANGED: "退回稿中已恢复原文字。",
    STRUCTURE_LABEL_TOUCHED: "退回稿中已恢复原文字。",
    STRUCTURE_PREFILLED_CHANGED: "退回稿中已恢复为下发的内容。",
    STRUCTURE_FORMULA_REPLACED: FORMULA_RESTORED,
    STRUCTURE_SHEET_MISSING: "退回稿中已补上这张表。",
    STRUCTURE_FORMULA_CHANGED: FORMULA_RESTORED,
    **dict.fromkeys(
        (
            STRUCTURE_HIDDEN_CONTENT,
            STRUCTURE_HIDDEN_SHEET_EDITED,
            STRUCTURE_LISTS_EDITED,
            STRUCTURE_MERGE_CHANGED,
            STRUCTURE_PROTECTION_REMOVED,
            STRUCTURE_SHEET_MOVED,
            STRUCTURE_SHEET_RENAMED,
            STRUCTURE_VALIDATION_REMOVED,
        ),
        "退回稿中已恢复原样。",
    ),
    **dict.fromkeys(
        (STRUCTURE_DDE, STRUCTURE_EMBEDDED, STRUCTURE_EXTERNAL_LINK, STRUCTURE_MACRO), "退回稿中已没有这些内容。"
    ),
}
# Each cell, comment or sheet of it is a line of its own among what is kept.
LISTED_AS_KEPT = frozenset((STRUCTURE_EXTRA_CONTENT, STRUCTURE_SHEET_ADDED))


class Returning:
    """A returned workbook whose findings are carried over to its copy."""

    def __init__(self, opened: Opened):
        self._opened = opened
        self._titles = issued_titles(opened)
        self._returnable = {laid.title for laid in opened.blank.layout.returnable_sheets}
        self._keys = {where: key for key, where in opened.located.places.items()}

    def lines(
        self, findings: Iterable[Finding], leftovers: Iterable[Leftover], remarks: Iterable[Remark] = ()
    ) -> list[Line]:
        """What reviewers say of indicators, errors, warnings, what has no cell; the last says so where not all have room."""
        told = (finding for finding in findings if finding.rule not in LISTED_AS_KEPT)
        ordered = sorted(told, key=lambda finding: finding.severity != "error")
        lines = [*self._of_remarks(remarks), *map(self._of_finding, ordered), *_of_leftovers(leftovers)]
        limit = LINE_COUNTS[-1]
        if len(lines) > limit:
            more = len(lines) - limit + 1
            words = f"另有 {more} 条没有列出，内容都在交回的“{self._opened.reading.file}”中，财政部门已存档。"
            lines[limit - 1 :] = [Line(KEPT_WORD, "", None, words, "", is_finding=False)]
        return lines

    def _of_remarks(self, remarks: Iterable[Remark]) -> Iterator[Line]:
        """Each at the name of its indicator; of a row that the workbook has not, nothing: the opinion is of another."""
        slots = self._opened.blank.layout.slots
        for remark in remarks:
            key = full_key(remark.sub_project, f"indicators[{remark.row}].name")
            if slot := slots.get(key):
                cell = self._opened.located.cells.get(key, EMPTY)
                title = real_title(slot.place.sheet, self._opened.blank.layout, self._opened.identity)
                yield Line(REMARK_WORD, title, slot.place, f"指标“{shown(cell)}”：{remark.words}", shown(cell))

    def _of_finding(self, finding: Finding) -> Line:
        where = self._place(finding)
        is_restored = finding.rule in RESTORED or finding.key in self._opened.located.constants
        sentence = without_cell(finding) + (RESTORED.get(finding.rule, FORMULA_RESTORED) if is_restored else "")
        return Line(LEVEL_NAMES[finding.severity], finding.sheet or "", where, sentence, finding.value or "")

    def _place(self, finding: Finding) -> Place | None:
        """Of a finding's cell, where that is in the copy."""
        if finding.sheet is None or finding.cell is None:
            return None
        where = Place(finding.sheet, *row_and_column(finding.cell))
        if key := self._keys.get(where):
            return self._opened.blank.layout.slots[key].place
        title = self._titles.get(where.sheet)
        return where._replace(sheet=title) if title in self._returnable else None

    def contents(self, lines: Iterable[Line], values: Mapping[Place, Value]) -> dict[Place, str]:
        """What the cells of the lines held; values: what the copy's inputs hold."""
        layout, located, blank = self._opened.blank.layout, self._opened.located, self._opened.blank
        keys = {slot.place: key for key, slot in layout.slots.items()}
        contents: dict[Place, str] = {}
        for where in (line.place for line in lines if line.place):
            key = keys.get(where)
            if where in values:
                contents[where] = as_joined(values[where])
            elif key is None:
                contents[where] = shown(self._cell(where))
            elif layout.slots[key].kind == "formula" and key not in located.constants:
                contents[where] = as_joined(blank.calculator.value(where))
        return contents

    def _cell(self, where: Place) -> Cell:
        title = next((title for title, issued in self._titles.items() if issued == where.sheet), "")
        sheet = self._opened.reading.sheets.get(title)
        return sheet.cells.get((where.row, where.column), EMPTY) if sheet else EMPTY


def laid_anew(before: Layout, now: Layout) -> Callable[[Place], Place | None]:
    """From a place of the workbook that came back to that of the copy, which today's code may lay out otherwise.

    Where it does, only the cells of keys are followed: what else stands there may have gone anywhere.
    """
    if before.sheets == now.sheets:
        return lambda place: place
    places = {slot.place: now.slots[key].place for key, slot in before.slots.items() if key in now.slots}
    return places.get


def _of_leftovers(leftovers: Iterable[Leftover]) -> Iterator[Line]:
    for leftover in leftovers:
        where = f"（原文件 {leftover.address}）" if leftover.address else ""
        problem = f"{leftover.what}{where}。"
        yield Line(KEPT_WORD, leftover.sheet, None, problem, leftover.content, is_finding=False)


def as_joined(value: Value) -> str:
    """A value as programs show it when it is joined to a text."""
    if isinstance(value, str | None):
        return value or ""
    number = denoised(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
    return decimal_text(number) if number is not None else ""
