"""A blank: one form compiled for one shape, and the workbooks that are stamped out of it."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from workbook_builder.blank.bind import Instance, list_names
from workbook_builder.blank.calculate import Calculator, Results
from workbook_builder.blank.compiled import Compiled, from_bytes, to_bytes
from workbook_builder.blank.opinion_sheet import addition_places, unused_rows
from workbook_builder.blank.page_breaks import breaks
from workbook_builder.blank.row_heights import row_points, self_fitting_rows
from workbook_builder.blank.stamp import Stamp, own_texts
from workbook_builder.blank.verdict import formulas_of_verdict, package_of
from workbook_builder.cells import Cell, Place, Value
from workbook_builder.form.layout import CONSTANTS, LEVEL_FIELDS, META_CELL, Shape, Slot, title_placeholder
from workbook_builder.form.meta_cell import Identity, to_text
from workbook_builder.form.model import NOTICES, full_key
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_reading import Template
from workbook_builder.form.workbook_names import CODES_NAME, COLUMNS_NAME, MESSAGES_NAME
from workbook_builder.ooxml.formula_text import quickly_plain, relative
from workbook_builder.ooxml.password import Lock
from workbook_builder.ooxml.reader import Reading, SheetReading, read_workbook
from workbook_builder.ooxml.sheet_cut import SPARE, Pages
from workbook_builder.values.normalised import shown
from workbook_builder.values.serials import serial

PLACEHOLDER = title_placeholder(0)[0]
BLANKS_AT_HAND = 8


class Additions(NamedTuple):
    """What a return copy holds besides the form, by place (placeholder titles)."""

    cells: Mapping[Place, Value]  # of the sheet 退回意见, and the marks beside the form's rows
    notes: Mapping[Place, str]  # comments


class IssuedFormula:
    """A formula of the blank, to be compared with what came back; in most files hardly more is asked for than its text."""

    def __init__(self, text: str, row: int, column: int):
        self.text = text  # placeholders stand for the titles of sub-projects
        self._position = row, column

    @cached_property
    def plain(self) -> str:
        """Without what programs write otherwise."""
        return quickly_plain(self.text)

    @cached_property
    def relative(self) -> str:
        """Its references counted from its cell: cells that share a formula are alike."""
        return relative(self.text, *self._position)

    @property
    def names_sub_project(self) -> bool:
        """Whether a placeholder stands in it."""
        return PLACEHOLDER in self.text


NO_ADDITIONS = Additions({}, {})
NOTHING_RETURNED = "本表没有退回意见。"


def nothing() -> None:
    """Of a blank that nobody keeps."""


def blank_of(
    template: Template, shape: Shape, catalogue: Catalogue, digest: str = "", kept: Callable[[], bytes | None] = nothing
) -> "Blank":
    """The blank of a shape; the last few stay at hand, since compiling one takes as long as stamping fifty workbooks.

    digest: of the blank that is wanted; "" for what is compiled today. kept: gives the bytes of it; where there are
    none, or none that are of use, today's has to do.
    """
    by_form = (template.data, shape, catalogue.sha256)
    today = _AT_HAND.get((*by_form, ""))
    if digest and not (today and today.digest == digest):
        key = (*by_form, digest)
        if blank := _AT_HAND.get(key) or _restored(kept(), template, shape, catalogue, digest):
            return _at_hand(key, blank)
    return _at_hand((*by_form, ""), today or Blank(compile_blank(template, shape, catalogue), catalogue))


def compile_blank(template: Template, shape: Shape, catalogue: Catalogue) -> Compiled:
    """As in blank.compile, which is loaded when something has to be drawn: that takes as long as checking a file."""
    from workbook_builder.blank import compile as drawing  # noqa: PLC0415 - see above

    return drawing.compile_blank(template, shape, catalogue)


def _at_hand(key: tuple[bytes, Shape, str, str], blank: "Blank") -> "Blank":
    _AT_HAND.pop(key, None)
    _AT_HAND[key] = blank
    if len(_AT_HAND) > BLANKS_AT_HAND:
        del _AT_HAND[next(iter(_AT_HAND))]
    return blank


def _restored(
    data: bytes | None, template: Template, shape: Shape, catalogue: Catalogue, digest: str
) -> "Blank | None":
    """What was kept, as far as it is what it is called: what else lies under its name would judge otherwise."""
    try:
        compiled = None if data is None else from_bytes(data, template.form, shape, catalogue, digest)
    except (zipfile.BadZipFile, zlib.error, ValueError, TypeError, LookupError):  # damaged, so as good as not kept
        return None
    return None if compiled is None else Blank(compiled, catalogue, digest)


class Blank:
    """Compiled once per shape; gives a workbook for each project of that shape, and recalculates for the judge."""

    def __init__(self, compiled: Compiled, catalogue: Catalogue, digest: str = ""):
        """digest: of what was compiled, where it is known."""
        self.catalogue = catalogue
        self.compiled = compiled
        self.layout, self.package = compiled.layout, compiled.package
        self._digest = digest
        self._fillable = {slot.place for slot in self.layout.slots.values() if self._takes_value(slot)}
        self.addition_places = tuple(addition_places(self.layout))

    @cached_property
    def _stamp(self) -> Stamp:
        """Made when a workbook is to be stamped and was calculated: for judging one it is not needed."""
        autofit = self_fitting_rows(self.layout, self.compiled.metrics)
        constants = [CONSTANTS[key] for key in self.compiled.constants]
        changes = [META_CELL, *constants, *self._fillable, *self.addition_places]
        return Stamp(self.package, changes, autofit, self.calculator.results().first)

    @cached_property
    def formulas(self) -> dict[Place, str]:
        """All formulas, by place (placeholder titles)."""
        return {
            Place(title, *position): cell.formula
            for title, sheet in self.sheets.items()
            for position, cell in sheet.cells.items()
            if cell.formula is not None
        }

    def _takes_value(self, slot: Slot) -> bool:
        return slot.kind in ("input", "prefilled") or (slot.kind == "helper" and slot.field.source == "roster")

    @cached_property
    def calculator(self) -> Calculator:
        """Calculates all of it."""
        return Calculator(self.package, self.formulas, self.pristine.names)

    @cached_property
    def judging(self) -> Calculator:
        """Calculates what a verdict needs, and nothing else: a third of the formulas."""
        needed = formulas_of_verdict(self.compiled, self.formulas, self.pristine.names)
        return Calculator(package_of(self.package, needed), needed)

    @cached_property
    def digest(self) -> str:
        """What tells it from a blank that other code compiled of the same form, shape and rules."""
        return self._digest or self.compiled.digest

    @cached_property
    def as_kept(self) -> bytes:
        """As a collection keeps it."""
        return to_bytes(self.compiled)

    @property
    def names(self) -> frozenset[str]:
        """The workbook names that its formulas read: those of sheet 选项."""
        return frozenset((*list_names(self.layout), CODES_NAME, MESSAGES_NAME, COLUMNS_NAME))

    @cached_property
    def pristine(self) -> Reading:
        """All of it as compiled, by placeholder titles."""
        return read_workbook(self.package, "")

    @property
    def sheets(self) -> Mapping[str, SheetReading]:
        """The sheets as compiled, by placeholder title."""
        return self.pristine.sheets

    @cached_property
    def issued_formulas(self) -> Mapping[str, Mapping[tuple[int, int], IssuedFormula]]:
        """Of each sheet (placeholder title) the formulas, by row and column."""
        return {title: dict(_issued_formulas(sheet)) for title, sheet in self.sheets.items()}

    @cached_property
    def labels(self) -> dict[Place, str]:
        """The fixed texts of the form, by place (placeholder titles): not 自检, nor what stands right of the form."""
        return {
            Place(laid.title, row, column): cell.value
            for laid in self.layout.sheets
            if laid.source.kind != "check"
            for (row, column), cell in self.sheets[laid.title].cells.items()
            if column <= laid.source.last_column
            if isinstance(cell.value, str) and cell.formula is None and PLACEHOLDER not in cell.value
        }

    @cached_property
    def labels_of(self) -> Mapping[str, Mapping[tuple[int, int], str]]:
        """The same by sheet (placeholder title), row and column."""
        labels: dict[str, dict[tuple[int, int], str]] = {}
        for place, label in self.labels.items():
            labels.setdefault(place.sheet, {})[place.row, place.column] = label
        return labels

    @cached_property
    def tables(self) -> Mapping[str, Sequence[Slot]]:
        """Of each sheet (placeholder title) with an indicator table the inputs in it."""
        return self._by_sheet(lambda slot: slot.row is not None and slot.kind == "input")

    @cached_property
    def levels(self) -> Mapping[str, Sequence[Slot]]:
        """Of the same the hidden cells that say the 二级指标 of each row."""
        return self._by_sheet(lambda slot: slot.field == LEVEL_FIELDS[-1])

    def _by_sheet(self, is_wanted: Callable[[Slot], bool]) -> Mapping[str, Sequence[Slot]]:
        slots: dict[str, list[Slot]] = {}
        for slot in filter(is_wanted, self.layout.slots.values()):
            slots.setdefault(slot.place.sheet, []).append(slot)
        return slots

    @cached_property
    def instances_of(self) -> Mapping[tuple[str, int], Mapping[str, Instance]]:
        """Of each row (placeholder title, number) the rules that its codes name, by code."""
        instances: dict[tuple[str, int], dict[str, Instance]] = {}
        for instance in self.compiled.instances:
            place = instance.slot.place
            instances.setdefault((place.sheet, place.row), {})[instance.code] = instance
        return instances

    @cached_property
    def table_keys(self) -> Mapping[int | None, Sequence[Mapping[str, str]]]:
        """Of each declaration (None: the root) the rows of its indicator table: the full key of each column."""
        columns = self.layout.form.columns
        return {
            number: tuple(
                {field.column: full_key(number, field.key, row) for field in columns}
                for row in range(len(self.layout.indicator_rows(number)))
            )
            for number in self.layout.declarations
        }

    @cached_property
    def fixed_content(self) -> Mapping[str, Mapping[tuple[int, int], Cell]]:
        """Of each sheet (placeholder title) what every workbook of the shape holds beside formulas and labels."""
        changing = {*self.labels, *self.layout.headings, *self.addition_places}
        return {
            title: {
                position: cell
                for position, cell in sheet.cells.items()
                if cell.formula is None and Place(title, *position) not in changing and PLACEHOLDER not in shown(cell)
            }
            for title, sheet in self.sheets.items()
        }

    def cell_values(self, identity: Identity, values: Mapping[str, Value | date]) -> dict[Place, Value]:
        """Full keys and notices to cells, with year and round; keys whose cell takes no value are left out."""
        cells: dict[Place, Value] = {
            CONSTANTS["fiscal_year"]: identity.fiscal_year,
            CONSTANTS["round"]: identity.round,
        }
        notices = (key for key in NOTICES if key in self.compiled.constants and values.get(key) is not None)
        cells |= {CONSTANTS[key]: str(values[key]) for key in notices}
        for key, value in values.items():
            slot = self.layout.slots.get(key)
            if slot is not None and slot.place in self._fillable and value is not None:
                cells[slot.place] = serial(value) if isinstance(value, date) else value
        return cells

    def workbook(
        self,
        identity: Identity,
        values: Mapping[str, Value | date],
        lock: Lock | None,
        additions: Additions = NO_ADDITIONS,
        *,
        hides_spare_rows: bool = True,
    ) -> bytes:
        """A whole workbook with these values, right cached values in every formula cell, rows sized for their text.

        lock: the password it is protected with; None protects it without one. additions: of a return copy.
        hides_spare_rows: as with what is filled in; what is sent out shows all rows.
        """
        cells = {**self.cell_values(identity, values), **additions.cells}
        self.calculator.calculate(cells)
        results = self.calculator.results()
        titles = {title_placeholder(number): title for number, title in enumerate(identity.titles)}
        headings = {place: titles.get(title, title) for place, title in self.layout.headings.items()}
        shown = {**cells, **self._computed(results, titles), **headings}
        meta = {META_CELL: to_text(identity._replace(blank=self.digest))}
        spare = (
            {(p.sheet, p.row) for p in self.compiled.spare if results.get(p) == SPARE} if hides_spare_rows else set()
        )
        hidden = dict.fromkeys((*spare, *unused_rows(self.layout, additions.cells)), 0)
        measured = {place: results.get(place) for place in self._measured}
        points = row_points(self.compiled.metrics, {**measured, **shown}, spare) | hidden
        own = own_texts(identity.titles, f"{identity.declared_code} {self._project_name(cells, identity)}", lock)
        pages = dict(self._pages(points)) if hides_spare_rows else {}
        return self._stamp.workbook({**shown, **meta}, own, points, self._notes(additions.notes), pages)

    def _computed(self, results: Results, titles: Mapping[str, str]) -> dict[Place, Value]:
        """What formulas give otherwise than at first, by the sheets' real titles where 自检 names them."""
        values = {**{place: results.get(place) for place in self._naming}, **results.since}
        named = ((place, values[place]) for place in self._on_checks & values.keys())
        return values | {place: titles[value] for place, value in named if isinstance(value, str) and value in titles}

    @cached_property
    def _naming(self) -> tuple[Place, ...]:
        """The formulas of 自检 that named the sheet of a sub-project at first."""
        first = self.calculator.results().first
        return tuple(place for place in self._on_checks if str(first[place]).startswith(PLACEHOLDER))

    @cached_property
    def _on_checks(self) -> frozenset[Place]:
        """The formulas of 自检."""
        checks = {laid.title for laid in self.layout.sheets if laid.source.kind == "check"}
        return frozenset(place for place in self.formulas if place.sheet in checks)

    @cached_property
    def _measured(self) -> tuple[Place, ...]:
        """The formulas whose texts need room."""
        return tuple(place for place in self.compiled.metrics if place in self.formulas)

    def _pages(self, points: Mapping[tuple[str, int], float]) -> Iterator[tuple[str, Pages]]:
        """Where the pages of sheets end that need more than one."""
        for title, fit in self.compiled.pages.items():
            own = {row: height for (sheet, row), height in points.items() if sheet == title}
            if starts := tuple(breaks(fit, own)):
                yield title, Pages(starts, fit.percent)

    def _project_name(self, cells: Mapping[Place, Value], identity: Identity) -> str:
        """Of the project that is declared, as far as it is known."""
        number = 0 if identity.shape.part == "sub_project" else None
        slot = self.layout.slots.get(full_key(number, "project_name"))
        return str(cells.get(slot.place) or "") if slot else ""

    def _notes(self, notes: Mapping[Place, str]) -> dict[Place, str]:
        """The comments; a sheet without any says so, for programs differ in whether they take an empty list."""
        if not self.layout.shape.opinion_rows:
            return {}
        commented = {place.sheet for place in notes}
        silent = (laid.title for laid in self.layout.returnable_sheets if laid.title not in commented)
        return {**{Place(title, 1, 1): NOTHING_RETURNED for title in silent}, **notes}


def _issued_formulas(sheet: SheetReading) -> Iterator[tuple[tuple[int, int], IssuedFormula]]:
    for position, cell in sheet.cells.items():
        if text := cell.formula:
            yield position, IssuedFormula(text, *position)


_AT_HAND: dict[tuple[bytes, Shape, str, str], Blank] = {}
