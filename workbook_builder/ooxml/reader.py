"""One pass over a workbook that came back: its cells, formulas, locks and names, without any meaning yet.

Source: ECMA-376 part 1, SpreadsheetML, transitional and strict. Nothing the file says about itself is believed: not
its <dimension>, not its cached counts. Numbers that show as dates count from 1900 whatever the file's own calendar.
"""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from lxml import etree

from workbook_builder.cells import MAX_COLUMN, MAX_ROW, Cell, row_and_column
from workbook_builder.ooxml import package as packages
from workbook_builder.ooxml.ambiguity import Twice
from workbook_builder.ooxml.belongings import NOTHING_BESIDE, Belongings, read_belongings
from workbook_builder.ooxml.formula_text import formula_in
from workbook_builder.ooxml.kinds import Format
from workbook_builder.ooxml.package import Package, Relation, corrupt, local_name, open_package, too_many_cells
from workbook_builder.ooxml.properties import modified_at
from workbook_builder.ooxml.sheet_guards import GUARDS, LEAST_POINTS, LEAST_WIDTH, GuardsSeen, SheetGuards, is_below
from workbook_builder.ooxml.styles import PLAIN, Style, is_true, read_styles, related_part
from workbook_builder.ooxml.xml_text import rich_text, unescaped
from workbook_builder.values.serials import DAY_ZERO

SheetState = Literal["visible", "hidden", "veryHidden"]
Area = tuple[str, int, int, int, int]  # sheet title, first row, first column, last row, last column
_Value = str | Decimal | bool | None

_STATES: dict[str, SheetState] = {"hidden": "hidden", "veryHidden": "veryHidden"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MAX_NUMBER_LENGTH = 64  # characters; no program writes longer ones, and parsing time grows with the length
_REFERENCE = re.compile(r"(?:'((?:[^'\[\]:*?/\\]|'')+)'|([^'\[\]:*?/\\!,()\s]+))!([$A-Z0-9]+)(?::([$A-Z0-9]+))?")
_DAYS_FROM_1900_TO_1904 = 1462
_DAYS_TO_MARCH_1900 = 61  # from day zero; Excel counts a 29 February 1900 that never was


class SheetReading(NamedTuple):
    """One worksheet as the file holds it."""

    title: str
    state: SheetState
    cells: Mapping[tuple[int, int], Cell]  # by row and column, from 1; only those that hold a value or a formula
    merges: tuple[str, ...]  # such as B2:D4
    hidden_rows: frozenset[int]  # those without a height to see included
    hidden_columns: frozenset[int]
    protection: Mapping[str, str] | None  # attributes of sheetProtection; None where the sheet has none
    ambiguous: tuple[tuple[int, int], ...] = ()  # cells of which the file holds more than one, column 0: rows
    guards: SheetGuards = SheetGuards()
    computed: frozenset[tuple[int, int]] = frozenset()  # where only values were read: cells whose value a formula gave


class Reading(NamedTuple):
    """One workbook as the file holds it."""

    file: str
    sha256: str  # of the file's bytes
    sheets: Mapping[str, SheetReading]  # by title, in order; chart, dialog and macro sheets are left out
    names: Mapping[str, Area]  # workbook-scoped names that point to one cell or area of one of the sheets
    workbook_protection: Mapping[str, str] | None  # attributes of workbookProtection
    modified_at: datetime | None  # UTC, as the file says
    format: Format = "xlsx"  # of what was read: all others hold values only
    belongings: Belongings = NOTHING_BESIDE

    @property
    def is_values_only(self) -> bool:
        """Whether formulas, locks, comments and workbook names were not read, for its format is another one."""
        return self.format != "xlsx"

    @property
    def holds_values_only(self) -> bool:
        """Whether formulas and guards were left behind by the program or the format: nothing is known of them then."""
        return self.is_values_only or not any(
            sheet.protection
            or sheet.guards.validations
            or any(cell.formula is not None for cell in sheet.cells.values())
            for sheet in self.sheets.values()
        )


class _Context(NamedTuple):
    """What every cell of a workbook needs."""

    strings: tuple[str, ...]
    styles: Mapping[str | None, Style]  # by the text of a cell's attribute s
    days_to_add: int  # to a date's serial, so that it counts from 1900


class _Outline(NamedTuple):
    """What the workbook part says."""

    sheets: tuple[tuple[str, SheetState, str], ...]  # those to be read: title, state, id of the relation
    defined_names: tuple[tuple[str, str], ...]  # workbook-scoped: name, reference
    is_1904: bool
    protection: Mapping[str, str] | None


class _Tags(NamedTuple):
    cell: str
    value: str
    formula: str
    inline: str
    in_cell: frozenset[str]  # the last three


class _DamageError(Exception):
    """A Chinese clause that says which damage a sheet has."""


def read_workbook(data: bytes, file: str, is_wanted: Callable[[str], bool] | None = None) -> Reading:
    """Read an .xlsx or .xlsm workbook, all its sheets or those whose title is_wanted; file is its name in messages.

    Raises UnreadableError with rule file.not_a_workbook, .corrupt, .encrypted, .too_large or .unsupported.
    """
    package = open_package(data, file, in_part=is_wanted is not None)
    outline = _read_outline(package, is_wanted or (lambda _title: True))
    relations = {relation.id: relation for relation in package.relations(package.workbook)}
    strings, styles = _read_strings(package, relations.values()), read_styles(package, relations.values())
    context = _Context(strings, styles, _DAYS_FROM_1900_TO_1904 if outline.is_1904 else 0)
    sheets = _read_sheets(package, outline, relations, context)
    names = _areas(outline.defined_names, sheets)
    digest = hashlib.sha256(data).hexdigest()
    belongings = read_belongings(package, relations.values())
    return Reading(file, digest, sheets, names, outline.protection, modified_at(package), belongings=belongings)


def _read_outline(package: Package, is_wanted: Callable[[str], bool]) -> _Outline:
    sheets, names, is_1904, protection = [], [], False, None
    wanted = ("sheet", "definedName", "workbookPr", "workbookProtection")
    for element in package.elements(package.workbook, "workbook", *wanted):
        match local_name(element.tag):
            case "sheet":
                sheets.append(_sheet_entry(element))
            case "definedName":
                if "localSheetId" not in element.attrib:
                    names.append((element.get("name", ""), element.text or ""))
            case "workbookPr":
                is_1904 = is_true(element.get("date1904"))
            case _:
                protection = _attributes(element)
    return _Outline(tuple(entry for entry in sheets if is_wanted(entry[0])), tuple(names), is_1904, protection)


def _sheet_entry(element: etree._Element) -> tuple[str, SheetState, str]:
    state = _STATES.get(element.get("state", ""), "visible")
    relation_id = next((value for key, value in _attributes(element).items() if key.endswith("}id")), "")
    return unescaped(element.get("name", "")), state, relation_id


def _read_sheets(
    package: Package, outline: _Outline, relations: Mapping[str, Relation], context: _Context
) -> dict[str, SheetReading]:
    sheets: dict[str, SheetReading] = {}
    parts: set[str] = set()
    held = 0
    for title, state, relation_id in outline.sheets:
        part = _worksheet_part(package.file, title, relations.get(relation_id))
        if part is None:
            continue
        if title in sheets or part in parts:
            raise corrupt(package.file, f"工作表「{title}」重复出现")
        parts.add(part)
        try:
            sheet = sheets[title] = _read_sheet(package, part, title, state, context)
        except _DamageError as error:
            raise corrupt(package.file, f"「{title}」表{error}") from error
        held += len(sheet.cells) + len(sheet.merges) + len(sheet.hidden_rows)
        if held > packages.MAX_CELLS:
            raise too_many_cells(package.file)
    return sheets


def _worksheet_part(file: str, title: str, relation: Relation | None) -> str | None:
    """The part of a sheet; None where it is no worksheet."""
    if relation is None or relation.is_external or not title:
        raise corrupt(file, f"工作簿所列的工作表「{title}」找不到内容")
    return relation.target if relation.type == "worksheet" else None


def _read_sheet(package: Package, part: str, title: str, state: SheetState, context: _Context) -> SheetReading:
    cells: dict[tuple[int, int], Cell] = {}
    hidden_rows, hidden_spans, merges, protection, row = set(), [], [], None, 0
    twice = Twice()
    guards = GuardsSeen()
    for element in package.elements(part, "worksheet", "row", "col", "mergeCell", "sheetProtection", *GUARDS):
        match local_name(element.tag):
            case "row":
                row = _read_row(element, row + 1, context, cells, twice)
                if is_true(element.get("hidden")) or is_below(element.get("ht"), LEAST_POINTS):
                    hidden_rows.add(row)
            case "col":
                if is_true(element.get("hidden")) or is_below(element.get("width"), LEAST_WIDTH):
                    hidden_spans.append(_span(element))
            case "mergeCell":
                merges.append(_merge(element.get("ref", "")))
            case "dataValidation" | "oleObject" | "control":
                guards.see(element)
            case _:
                protection = _attributes(element)
    columns = _union(hidden_spans)
    return SheetReading(
        title, state, cells, tuple(merges), frozenset(hidden_rows), columns, protection, tuple(twice.cells), guards.all
    )


def _read_row(
    row: etree._Element, next_row: int, context: _Context, cells: dict[tuple[int, int], Cell], twice: Twice
) -> int:
    """Add a row's cells; returns its number."""
    number = _index(row.get("r", str(next_row)), MAX_ROW, "行号")
    tags = _tags(str(row.tag).removesuffix("row"))
    twice.see_row(row, number, tags.cell)
    position, usual = (number, 0), tags.in_cell
    for element in row.iterchildren(tags.cell):
        address = element.get("r")
        position = (number, position[1] + 1) if address is None else _position(address)
        if position[1] > MAX_COLUMN:
            raise _DamageError(f"第 {number} 行超过 {MAX_COLUMN} 列")
        children = list(element)
        twice.see_cell(children, position, number, usual)
        cell = _read_cell(element, children, tags, context) if children else None
        if cell is not None:
            cells[position] = cell
        else:
            cells.pop(position, None)
    return number


@lru_cache(maxsize=16)
def _tags(namespace: str) -> _Tags:
    value, formula, inline = (f"{namespace}{name}" for name in ("v", "f", "is"))
    return _Tags(f"{namespace}c", value, formula, inline, frozenset((value, formula, inline)))


@lru_cache(maxsize=1 << 16)
def _position(address: str) -> tuple[int, int]:
    try:
        return row_and_column(address)
    except ValueError as error:
        raise _DamageError(f"有单元格不在表的范围内（{address[:20]}）") from error


def _read_cell(
    element: etree._Element, children: Iterable[etree._Element], tags: _Tags, context: _Context
) -> Cell | None:
    """None for a cell that holds neither a value nor a formula."""
    text = formula = None
    kind = element.get("t", "n")
    for child in children:
        tag = child.tag
        if tag == tags.value:
            text = child.text or ""
        elif tag == tags.formula:
            formula = formula_in(child)
        elif tag == tags.inline and kind == "inlineStr":
            text = rich_text(child)
    if text is None and formula is None:
        return None
    text = text or ""
    value = _shared_string(text.strip(), context.strings) if kind == "s" else _VALUES.get(kind, unescaped)(text)
    if formula is None and (value is None or value == ""):
        return None
    return _cell(value, kind, formula, context.styles.get(element.get("s"), PLAIN), context.days_to_add)


def _cell(value: _Value, kind: str, formula: str | None, style: Style, days_to_add: int) -> Cell:
    if isinstance(value, Decimal):
        if style.is_date and kind != "d":
            value += days_to_add
        return Cell(value, "number", formula, *style._replace(is_date=style.is_date or kind == "d"))
    content: Literal["empty", "text", "boolean", "error"] = "error" if kind == "e" else "text"
    if not isinstance(value, str):
        content = "empty" if value is None else "boolean"
    return Cell(value, content, formula, *style)


def _shared_string(index: str, strings: tuple[str, ...]) -> str | None:
    if index.isascii() and index.isdigit() and len(index) < _MAX_NUMBER_LENGTH and int(index) < len(strings):
        return strings[int(index)]
    if index:
        raise _DamageError("有单元格的文字在文件里找不到")
    return None


def _text_or_none(text: str) -> str | None:
    return text.strip() or None


def _number(text: str) -> Decimal | str | None:
    stripped = text.strip()
    if len(stripped) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(stripped):
        return stripped or None
    number = float(stripped)
    return Decimal(repr(number)) if math.isfinite(number) else stripped


def _date_serial(text: str) -> Decimal | str | None:
    """Days since 1900 as Excel counts them, of an ISO date with or without time; other text as it is."""
    try:
        moment = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return _text_or_none(text)
    days = (moment - datetime.combine(DAY_ZERO, time())) / timedelta(days=1)
    if days < _DAYS_TO_MARCH_1900:
        days -= 1
    return Decimal(repr(days)) if days >= 0 else text.strip()


def _boolean(text: str) -> bool | str | None:
    return {"1": True, "true": True, "0": False, "false": False, "": None}.get(text.strip(), text)


# By a cell's type; any other type is text, and what does not fit its type stays text.
_VALUES: dict[str, Callable[[str], _Value]] = {
    "n": _number, "b": _boolean, "d": _date_serial, "e": _text_or_none, "inlineStr": str,
}  # fmt: skip


def _read_strings(package: Package, relations: Iterable[Relation]) -> tuple[str, ...]:
    part = related_part(package, relations, "sharedStrings")
    return tuple(rich_text(item) for item in package.elements(part, "sst", "si")) if part else ()


def _areas(defined_names: Iterable[tuple[str, str]], sheets: Iterable[str]) -> dict[str, Area]:
    titles = {title.casefold(): title for title in sheets}
    areas = ((name, _area(reference.strip(), titles)) for name, reference in defined_names)
    return {name: area for name, area in areas if area is not None}


def _area(reference: str, titles: Mapping[str, str]) -> Area | None:
    match = _REFERENCE.fullmatch(reference)
    title = titles.get((match[1] or match[2]).replace("''", "'").casefold()) if match else None
    if match is None or title is None:
        return None
    try:
        rows, columns = zip(*(row_and_column(corner) for corner in (match[3], match[4] or match[3])), strict=True)
    except ValueError:
        return None
    return title, min(rows), min(columns), max(rows), max(columns)


def _merge(reference: str) -> str:
    for corner in reference.split(":", 1):
        _position(corner)
    return reference


def _span(column: etree._Element) -> tuple[int, int]:
    return _index(column.get("min"), MAX_COLUMN, "列号"), _index(column.get("max"), MAX_COLUMN, "列号")


def _index(text: str | None, limit: int, what: str) -> int:
    stripped = (text or "").strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= len(str(limit)) and 1 <= int(stripped) <= limit:
        return int(stripped)
    raise _DamageError(f"的{what}不在 1 到 {limit} 之间（{stripped[:20]}）")


def _union(spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """All numbers in the spans, each visited once however often spans overlap."""
    numbers: set[int] = set()
    start = 1
    for first, last in sorted(spans):
        numbers.update(range(max(first, start), last + 1))
        start = max(start, last + 1)
    return frozenset(numbers)


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(key): str(value) for key, value in element.attrib.items()}
