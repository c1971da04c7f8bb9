"""A form that somebody copied by hand into a workbook of their own: nothing in it says what it is but its fixed texts.

It is read only where that leaves no doubt: all fixed texts stand where the form has them, and, with a collection at hand,
exactly one project that was sent out has the name and the unit that stand in it. Whatever else is refused with a sentence.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from workbook_builder.blank.blank import Blank
from workbook_builder.cells import Place
from workbook_builder.collection.records import Issue
from workbook_builder.form.layout import META_SHEET, FormShape, Shape, title_placeholder
from workbook_builder.form.meta_cell import Identity, from_text
from workbook_builder.form.model import full_key
from workbook_builder.judge.archive import Archive
from workbook_builder.judge.shifts import Position, shows_all
from workbook_builder.ooxml.reader import Reading, SheetReading
from workbook_builder.values.normalised import tight

NAME, UNIT, YEAR = "project_name", "implementing_unit", "fiscal_year"
NO_NUMBER = 0  # of its submission: it never counts as newer than a workbook that was sent out
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")


class ByLabels(NamedTuple):
    """What a form copied by hand is."""

    identity: Identity
    titles: Mapping[str, str]  # the file's sheet for each of the layout's (placeholders) that is a form
    name: str  # of the project, as it stands there


def by_labels(reading: Reading, archive: Archive, blank_for: Callable[[Identity], Blank]) -> ByLabels | str | None:
    """What it is; a Chinese clause that says why that cannot be told; None where nothing in the file is our form."""
    if META_SHEET in reading.sheets:  # what it says of itself was spoilt, and nothing else is taken for it
        return None
    candidates = _Candidates(reading, archive, blank_for)
    if not candidates.sheets:
        return None
    return candidates.alone() if archive.collection is None else candidates.of_collection()


class _Candidates:
    """The sheets of a file that look like the form."""

    def __init__(self, reading: Reading, archive: Archive, blank_for: Callable[[Identity], Blank]) -> None:
        self._archive, self._blank_for = archive, blank_for
        form = archive.template_of(None).form
        shape = Shape(FormShape())
        self._nobody = Identity(form.form_id, form.version, 0, "", "", "", "", NO_NUMBER, (), shape)
        self._form_title = form.form_sheet.title
        table = form.form_sheet.table
        first = table[0].row if table else form.form_sheet.last_row + 1
        head = {where: text for where, text in _labels(self._blank).items() if where[0] < first}
        visible = (sheet for sheet in reading.sheets.values() if sheet.state == "visible")
        self.sheets = [sheet for sheet in visible if head and shows_all(head, sheet)]

    @cached_property
    def _blank(self) -> Blank:
        return self._blank_for(self._nobody)

    def alone(self) -> ByLabels | str:
        """Without a collection: one form, of the year that it names."""
        if len(self.sheets) > 1:
            titles = "".join(f"「{sheet.title}」" for sheet in self.sheets)
            return f"中{titles}表都像申报表，没有任务文件夹可以核对，不能确定各是哪个项目"
        (sheet,) = self.sheets
        if different := _differing(self._blank, sheet):
            return different
        years = {year for text in self._beside_year(sheet) for year in _YEAR.findall(text)}
        if len(years) != 1:
            return f"的「{sheet.title}」表像是申报表，但表上没有写明年度"
        identity = self._nobody._replace(fiscal_year=int(*years))
        return ByLabels(identity, {self._form_title: sheet.title}, self._text(sheet, NAME))

    def of_collection(self) -> ByLabels | str:
        """The one project of the collection whose name and unit stand in it."""
        found = [
            (sheet, issue) for sheet in self.sheets for issue in self._archive.last_issues if self._is(sheet, issue)
        ]
        if not found:
            return self._unknown()
        if len(found) > 1:
            codes = "、".join(dict.fromkeys(issue.project_code for _, issue in found))
            return f"的项目名称和实施单位与任务中不止一个项目相符，或在文件里出现不止一次（项目编码 {codes}），不能确定是哪一个"
        ((sheet, issue),) = found
        identity = from_text(issue.meta)
        if identity is None or identity.shape.part != "whole":
            return f"是项目“{issue.project_code}”的申报表，但这个项目分部分填报，或下发记录不全，手工复制的表不能采用"
        identity = identity._replace(submission=NO_NUMBER, blank="")
        if different := _differing(self._blank_for(identity), sheet):
            return different
        titles = {self._form_title: sheet.title, **dict(self._sub_projects(identity, issue))}
        return ByLabels(identity, titles, str(issue.prefilled[NAME]))

    def _is(self, sheet: SheetReading, issue: Issue) -> bool:
        units = {str(unit) for unit in (issue.prefilled.get(UNIT), self._unit_names.get(issue.unit_code)) if unit}
        name, unit = self._text(sheet, NAME), self._text(sheet, UNIT)
        return bool(name) and name == tight(str(issue.prefilled.get(NAME))) and unit in {*map(tight, units)}

    @cached_property
    def _unit_names(self) -> dict[str, str]:
        roster = self._archive.sound_roster
        return {unit.unit_code: unit.unit_name for unit in roster.units} if roster else {}

    def _unknown(self) -> str:
        names = [(self._text(sheet, NAME), self._text(sheet, UNIT)) for sheet in self.sheets]
        if not any(name for name, _ in names):
            return "像是手工复制的申报表，但没有填写项目名称"
        if not any(unit for name, unit in names if name):
            return "像是手工复制的申报表，但没有填写实施单位"
        name, unit = next(one for one in names if all(one))
        return f"像是手工复制的申报表，但本任务没有下发过名称为“{name}”、实施单位为“{unit}”的项目"

    def _sub_projects(self, identity: Identity, issue: Issue) -> Iterator[tuple[str, str]]:
        """The sheets of sub-projects, each by the name that stands in it; those that are not there are found missing."""
        for number in range(len(identity.sub_projects)):
            name = tight(str(issue.prefilled.get(full_key(number, NAME))))
            showing = [sheet.title for sheet in self.sheets if self._text(sheet, NAME) == name]
            if len(showing) == 1:
                yield title_placeholder(number), showing[0]

    def _text(self, sheet: SheetReading, key: str) -> str:
        """What stands at a key of the form's head, without spaces."""
        slot = self._blank.layout.slots.get(key)
        cell = slot and sheet.cells.get((slot.place.row, slot.place.column))
        return tight(cell.value) if cell and isinstance(cell.value, str) else ""

    def _beside_year(self, sheet: SheetReading) -> Iterator[str]:
        for marker in self._archive.template_of(None).form.form_sheet.markers:
            cell = sheet.cells.get((marker.row, marker.column))
            if marker.key == YEAR and cell is not None and cell.value is not None:
                yield str(cell.value)


def _labels(blank: Blank) -> dict[Position, str]:
    """The fixed texts of the root project's form."""
    title = blank.layout.form.form_sheet.title
    return {(place.row, place.column): text for place, text in blank.labels.items() if place.sheet == title}


def _differing(blank: Blank, sheet: SheetReading) -> str:
    """The first fixed text that a sheet does not show, as a clause; "" where it shows all."""
    for (row, column), text in sorted(_labels(blank).items()):
        if not shows_all({(row, column): text}, sheet):
            where = Place(sheet.title, row, column).address
            return f"的「{sheet.title}」表像是申报表，但固定文字或行列与下发的不同（{where} 应为“{tight(text)}”）"
    return ""
