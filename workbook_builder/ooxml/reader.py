"""One pass over a workbook that came back: its cells, formulas, locks and names, without any meaning yet.

Source: ECMA-376 part 1, SpreadsheetML, transitional and strict. Nothing the file says about itself is believed: not
its <dimension>, not its cached counts. Numbers that show as dates count from 1900 whatever the file's own calendar.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from lxml import etree

from workbook_builder.cells import MAX_COLUMN, Cell
from workbook_builder.ooxml.array_formulas import TooManyError, with_spread
from workbook_builder.ooxml.belongings import NOTHING_BESIDE, Belongings, read_belongings
from workbook_builder.ooxml.cell_content import Context
from workbook_builder.ooxml.kinds import Format
from workbook_builder.ooxml.notes_read import Note, read_notes
from workbook_builder.ooxml.package import Package, Relation, open_package
from workbook_builder.ooxml.places import DamageError, index, merged, position
from workbook_builder.ooxml.plain_cells import KnownCells, NotPlainError, PlainCells, known_cells
from workbook_builder.ooxml.plain_rows import PlainRows
from workbook_builder.ooxml.properties import modified_at
from workbook_builder.ooxml.refusals import corrupt, too_many_cells, too_much_content
from workbook_builder.ooxml.rows_read import Rows, Store
from workbook_builder.ooxml.sheet_guards import GUARDS, LEAST_WIDTH, GuardsSeen, SheetGuards, is_below
from workbook_builder.ooxml.styles import read_styles, related_part
from workbook_builder.ooxml.table_cells import LateHeadError, TableCells
from workbook_builder.ooxml.xml_parts import STRICT, TRANSITIONAL, elements, is_true, local_name
from workbook_builder.ooxml.xml_text import rich_text, runs_in, unescaped

SheetState = Literal["visible", "hidden", "veryHidden"]
Area = tuple[str, int, int, int, int]  # sheet title, first row, first column, last row, last column

_STATES: dict[str, SheetState] = {"hidden": "hidden", "veryHidden": "veryHidden"}
_REFERENCE = re.compile(r"(?:'((?:[^'\[\]:*?/\\]|'')+)'|([^'\[\]:*?/\\!,()\s]+))!([$A-Z0-9]+)(?::([$A-Z0-9]+))?")
_DAYS_FROM_1900_TO_1904 = 1462
_MAX_ATTRIBUTES = 100  # of one element; lxml looks for each of them among all
# Rows of either namespace: programs take both for rows.
_OF_SHEET = ("row", f"{TRANSITIONAL}row", f"{STRICT}row", "col", "mergeCell", "sheetProtection", *GUARDS)


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
    notes: tuple[Note, ...] = ()  # comments, text boxes and pictures, where all sheets are read
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


class _Outline(NamedTuple):
    """What the workbook part says."""

    sheets: tuple[tuple[str, SheetState, str | None], ...]  # those to be read: title, state, id of the relation
    defined_names: tuple[tuple[str, str], ...]  # workbook-scoped: name, reference
    is_1904: bool
    protection: Mapping[str, str] | None


def read_workbook(
    data: bytes,
    file: str,
    is_wanted: Callable[[str], bool] | None = None,
    table_of: Callable[[str], TableCells | None] = lambda _title: None,
) -> Reading:
    """Read an .xlsx or .xlsm workbook, all its sheets or those whose title is_wanted; file is its name in messages.

    table_of: by title, what the cells of a sheet are put into; such a sheet has none in the reading itself.
    Raises UnreadableError with rule file.not_a_workbook, .corrupt, .encrypted, .too_large or .unsupported.
    """
    package = open_package(data, file, in_part=is_wanted is not None)
    try:
        outline = _read_outline(package, is_wanted or (lambda _title: True))
    except DamageError as error:
        raise corrupt(file, f"工作簿{error}") from error
    relations = _by_id(package)
    strings, styles = _read_strings(package, relations.values()), read_styles(package, relations.values())
    context = Context(strings, *styles, _DAYS_FROM_1900_TO_1904 if outline.is_1904 else 0)
    sheets = _read_sheets(package, outline, relations, context, table_of)
    names = _areas(outline.defined_names, sheets)
    digest = hashlib.sha256(data).hexdigest()
    notes = () if is_wanted else tuple(read_notes(package, _parts(outline, relations)))
    belongings = read_belongings(package, relations.values())
    moment = modified_at(package)
    return Reading(file, digest, sheets, names, outline.protection, moment, notes, belongings=belongings)


def _by_id(package: Package) -> dict[str, Relation]:
    """The relations of the workbook. Of two with one id programs follow different ones, so such a file is refused."""
    relations: dict[str, Relation] = {}
    for relation in package.relations(package.workbook):
        if relations.setdefault(relation.id, relation).target != relation.target:
            raise corrupt(package.file, f"工作簿有两处关系都叫 {relation.id}，指向不同的部分")
    return relations


def _parts(outline: _Outline, relations: Mapping[str, Relation]) -> dict[str, str]:
    """The parts of all sheets by title, charts too."""
    related = ((title, relations.get(relation_id or "")) for title, _, relation_id in outline.sheets)
    return {title: relation.target for title, relation in related if relation and not relation.is_external}


def _read_outline(package: Package, is_wanted: Callable[[str], bool]) -> _Outline:
    sheets, names, is_1904, protection = [], [], False, None
    wanted = ("sheet", "definedName", "workbookPr", "workbookProtection")
    for element in package.elements(package.workbook, "workbook", *wanted):
        match local_name(element.tag):
            case "sheet":
                sheets.append(sheet_entry(element))
            case "definedName":
                if "localSheetId" not in element.attrib:
                    names.append((element.get("name", ""), element.text or ""))
            case "workbookPr":
                is_1904 = is_true(element.get("date1904"))
            case _:
                protection = _attributes(element)
    if not sheets:
        raise DamageError("没有任何工作表")
    return _Outline(tuple(entry for entry in sheets if is_wanted(entry[0])), tuple(names), is_1904, protection)


def sheet_entry(element: etree._Element) -> tuple[str, SheetState, str | None]:
    """What a workbook part's element says of one sheet: title, state, id of the relation."""
    state = _STATES.get(element.get("state", ""), "visible")
    relation_id = next((value for key, value in _attributes(element).items() if key.endswith("}id")), None)
    return unescaped(element.get("name", "")), state, relation_id


def _read_sheets(
    package: Package,
    outline: _Outline,
    relations: Mapping[str, Relation],
    context: Context,
    table_of: Callable[[str], TableCells | None],
) -> dict[str, SheetReading]:
    known = known_cells(tuple(context.styles.items()), context.days_to_add)
    sheets: dict[str, SheetReading] = {}
    parts: set[str] = set()
    held = 0
    for title, state, relation_id in outline.sheets:
        if relation_id == "":  # a module of macros from before Excel 97, which Excel keeps as a sheet without a part
            continue
        part = _worksheet_part(package.file, title, relations.get(relation_id or ""))
        if part is None:
            continue
        if title in sheets or part in parts:
            raise corrupt(package.file, f"工作表「{title}」重复出现")
        parts.add(part)
        try:
            if table := table_of(title):
                sheet = _read_table(package, part, table, context).reading(title, state, {})
            else:
                sheet = _read_sheet(package, part, title, state, context, known)
        except DamageError as error:
            raise corrupt(package.file, f"「{title}」表{error}") from error
        except TooManyError as error:
            raise too_much_content(package.file, package.most) from error
        sheets[title] = sheet
        held += len(sheet.cells)
        if held > package.most:
            raise too_much_content(package.file, package.most)
    return sheets


def _worksheet_part(file: str, title: str, relation: Relation | None) -> str | None:
    """The part of a sheet; None where it is no worksheet."""
    if relation is None or relation.is_external or not title:
        raise corrupt(file, f"工作簿所列的工作表「{title}」找不到内容")
    return relation.target if relation.type == "worksheet" else None


def _read_sheet(
    package: Package, part: str, title: str, state: SheetState, context: Context, known: KnownCells
) -> SheetReading:
    plain = PlainCells(context, known, package)
    if parsed := _without_cells(package, part, plain, context):
        parsed.rows.hidden.update(plain.hidden)
        return parsed.reading(title, state, plain.cells)
    parsed = _parsed(package, part, package.pieces(part), context)
    return parsed.reading(title, state, parsed.rows.cells)


def _read_table(package: Package, part: str, table: TableCells, context: Context) -> "_Parsed":
    """The same of a sheet whose cells go into a table."""
    if parsed := _without_cells(package, part, PlainRows(context, package, table), context):
        return parsed
    table.clear()
    count = package.cell_count
    try:
        return _parsed(package, part, package.pieces(part), context, table)
    except LateHeadError:
        package.cell_count = count  # they are counted anew
        return _put_in_order(_parsed(package, part, package.pieces(part), context), table)


def _without_cells(package: Package, part: str, plain: PlainCells, context: Context) -> "_Parsed | None":
    """A sheet parsed without its cells, which are cut out; None where it has to be parsed as it is, or tells of other rows."""
    if package.says_it_is_large(part):
        _refuse_too_many(package, part)
    count = package.cell_count
    try:
        parsed = _parsed(package, part, plain.rest(package.pieces(part)), context)
        if parsed.rows.are_only(plain.kept):
            return parsed
    except NotPlainError:
        pass
    package.cell_count = count  # they are counted anew
    return None


def _put_in_order(parsed: "_Parsed", table: TableCells) -> "_Parsed":
    table.clear()
    for place in sorted(parsed.rows.cells):
        table[place] = parsed.rows.cells[place]
    return parsed


def _refuse_too_many(package: Package, part: str) -> None:
    """Rather is a large sheet unpacked twice than built for nothing; what is cut in two between pieces does not matter."""
    cells = ends = 0
    for piece in package.pieces(part):
        cells, ends = cells + piece.count(b"<c "), ends + piece.count(b"</c>")  # one that is wholly empty has no end
        if ends > package.most:
            raise too_much_content(package.file, package.most)
        if cells > package.most_cells:
            raise too_many_cells(package.file, package.most_cells)


class _Parsed(NamedTuple):
    """What the elements of a sheet say."""

    rows: Rows
    merges: tuple[str, ...]
    hidden_columns: frozenset[int]
    protection: Mapping[str, str] | None
    guards: SheetGuards

    def reading(self, title: str, state: SheetState, cells: Mapping[tuple[int, int], Cell]) -> SheetReading:
        """The same as it is handed on."""
        rows = self.rows
        hidden = frozenset(rows.hidden), self.hidden_columns
        cells = with_spread(cells, rows.spread) if rows.spread else cells
        return SheetReading(title, state, cells, self.merges, *hidden, self.protection, tuple(rows.twice), self.guards)


def _parsed(
    package: Package, part: str, pieces: Iterator[bytes], context: Context, store: Store | None = None
) -> _Parsed:
    rows, guards, protection = Rows(context, store), GuardsSeen(context.unseen_formats), None
    hidden_spans: list[tuple[int, int]] = []
    merges: list[str] = []
    cells = 0
    for element in elements(pieces, "worksheet", _OF_SHEET, package.file, part, package.most_cells):
        cells += 1 + len(element)
        package.count_cells(1 + len(element))
        if cells > package.most_cells:
            raise too_many_cells(package.file, package.most_cells)
        match local_name(element.tag):
            case "row":
                rows.add(element)
            case "col":
                if is_true(element.get("hidden")) or is_below(element.get("width"), LEAST_WIDTH):
                    hidden_spans.append(_span(element))
            case "mergeCell":
                merges.append(merged(element.get("ref", "")))
            case "sheetProtection":
                protection = _attributes(element)
            case _:
                guards.see(element)
        if rows.held + len(merges) + len(hidden_spans) > package.most:
            raise too_much_content(package.file, package.most)
    return _Parsed(rows, tuple(merges), _union(hidden_spans), protection, guards.all)


def _read_strings(package: Package, relations: Iterable[Relation]) -> tuple[str, ...]:
    part = related_part(package, relations, "sharedStrings")
    if part is None:
        return ()
    strings, count = [], 0
    for item in package.elements(part, "sst", "si"):
        parent = item.getparent()
        if parent is not None and local_name(parent.tag) != "sst":  # which programs count as texts, or do not
            raise corrupt(package.file, f"组成部分 {part} 里的文字写法有误，不同程序会读出不同的文字")
        count += runs_in(item)  # a text may have thousands
        if count > package.most:
            raise too_much_content(package.file, package.most)
        strings.append(rich_text(item))
    return tuple(strings)


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
        rows, columns = zip(*(position(corner) for corner in (match[3], match[4] or match[3])), strict=True)
    except DamageError:
        return None
    return title, min(rows), min(columns), max(rows), max(columns)


def _span(column: etree._Element) -> tuple[int, int]:
    return index(column.get("min"), MAX_COLUMN, "列号"), index(column.get("max"), MAX_COLUMN, "列号")


def _union(spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """All numbers in the spans, each visited once however often spans overlap."""
    numbers: set[int] = set()
    start = 1
    for first, last in sorted(spans):
        numbers.update(range(max(first, start), last + 1))
        start = max(start, last + 1)
    return frozenset(numbers)


def _attributes(element: etree._Element) -> dict[str, str]:
    if len(element.attrib) > _MAX_ATTRIBUTES:
        raise DamageError("有元素带着过多的属性")
    return {str(key): str(value) for key, value in element.attrib.items()}
