"""Compiles a form for one shape into a blank workbook: locked, validated, with live formulas and self-check.

openpyxl draws it once per shape; what openpyxl cannot write rightly is mended in the package parts (ooxml.mend).
"""

import io
from collections.abc import Iterator, Mapping

from lxml.etree import SerialisationError
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.protection import SheetProtection
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.beside import draw_beside
from workbook_builder.blank.bind import (
    ALIASES_LIST,
    LISTS_FIRST_ROW,
    WORKBOOK_ALIASES,
    Binder,
    Instance,
    list_columns,
    list_names,
    quoted,
    text_literal,
)
from workbook_builder.blank.check_sheet import CheckSheet, RuleLine
from workbook_builder.blank.compiled import Compiled, Metrics
from workbook_builder.blank.draw import LOCKED_BLANK, UNLOCKED, draw_sheets, lock_unstyled
from workbook_builder.blank.guards import add_validation, colour_inputs, hide_qualitative
from workbook_builder.blank.opinion_draw import draw_additions
from workbook_builder.blank.page_breaks import PageFit, page_fit
from workbook_builder.blank.row_heights import metrics_of_sheets, metrics_of_slot, self_fitting_rows
from workbook_builder.blank.selfcheck import (
    BROKEN_ROW_MESSAGE,
    BROKEN_ROW_TITLE,
    CHINESE_CHARSET,
    MOVED_CELL_MESSAGE,
    MOVED_CELL_TITLE,
    add_row_checks,
    row_checks,
    say_beside,
)
from workbook_builder.blank.spare_rows import draw_spare_rows, notes_of_long_texts, spare_rows
from workbook_builder.cells import Place
from workbook_builder.files import temporary_refused
from workbook_builder.form.laying_out import lay_out, rules_in_workbook
from workbook_builder.form.layout import (
    CONSTANTS,
    LISTS_SHEET,
    META_CELL,
    META_SHEET,
    PENDING_WORDS,
    WEIGHT_TOTAL,
    LaidSheet,
    Layout,
    Shape,
    Slot,
    table_key,
)
from workbook_builder.form.model import COLLECTION_KEYS, INDICATORS, MARKER, NOTICES, is_beside
from workbook_builder.form.rules import BROKEN_ROW_CODE, CONFIRM_KEYS, MOVED_CELL_CODE, Catalogue, codes
from workbook_builder.form.template_reading import Template
from workbook_builder.form.workbook_names import CODES_NAME, COLUMNS_NAME, MESSAGES_NAME, cell_name, constant_name
from workbook_builder.ooxml.fixed_time import CREATED
from workbook_builder.ooxml.mend import mended

CONFIRM_WIDTH, CONFIRM_POINTS, THIN = 11, 10, Side("thin")
SHOWN_ONLY = "母项目的基本信息，仅供对照，无需填写。"
DECIDED = "这是批复，供执行和留存：全部锁定，不用填写，也不用交回。紫色的金额与申报的不同，旁边写着申报数。"


def compile_blank(template: Template, shape: Shape, catalogue: Catalogue) -> Compiled:
    """Lays the form out for a shape, binds the rules to it and draws it; protected, but without a password yet."""
    layout = lay_out(template.form, shape, catalogue)
    binder = Binder(catalogue, layout)
    constants = (*COLLECTION_KEYS, *NOTICES)
    return Compiled(layout, binder.instances, _reads(binder), *_drawn(template, binder), constants)


def _reads(binder: Binder) -> dict[str, frozenset[str]]:
    slots = binder.layout.slots.values()
    computed = (slot for slot in slots if slot.kind in ("formula", "helper") and slot.row is None)
    return {slot.key: link[1] for slot in computed if (link := binder.link(slot))}


def _drawn(
    template: Template, binder: Binder
) -> tuple[bytes, dict[Place, Metrics], tuple[Place, ...], dict[str, PageFit]]:
    """The package, what decides the heights of its rows, the cells that say which are spare, and where pages end."""
    book = template.book()
    layout = binder.layout
    sheets = draw_sheets(book, layout)
    _write_lists(book, binder)
    for laid in layout.sheets:
        _write_fixed(sheets[laid.title], laid)
        if laid.source.kind == "summary":
            _write_summary(sheets[laid.title], laid, layout)
    _write_slots(sheets, binder)
    _write_cleaned(sheets, binder)
    _write_checks(sheets, binder)
    _draw_confirmations(sheets, layout)
    draw_beside(sheets, layout)
    _write_meta(book)
    _name_cells(book, layout)
    if layout.shape.opinion_rows:
        draw_additions(book, sheets, layout)
    metrics = dict(metrics_of_sheets(sheets, layout))
    spare = tuple(_draw_spare_rows(sheets, layout, metrics))
    _select_first_inputs(sheets, layout)
    fits = {laid.title: page_fit(sheets[laid.title], laid, layout) for laid in layout.checked_sheets}
    _protect(book)
    return _saved(book), metrics, spare, {title: fit for title, fit in fits.items() if fit}


def _select_first_inputs(sheets: Mapping[str, Worksheet], layout: Layout) -> None:
    """Where the cursor stands when a sheet is opened."""
    for laid in layout.sheets:
        slots = (slot for slot in layout.parts[laid.sub_project] if slot.place.sheet == laid.title)
        places = [(slot.place.row, slot.place.column) for slot in slots if slot.kind == "input"]
        if places:
            address = Place(laid.title, *min(places)).address
            for selection in sheets[laid.title].sheet_view.selection:
                selection.activeCell = selection.sqref = address


def _draw_spare_rows(
    sheets: Mapping[str, Worksheet], layout: Layout, metrics: Mapping[Place, Metrics]
) -> Iterator[Place]:
    fitting = self_fitting_rows(layout, metrics)
    for laid in layout.checked_sheets:
        if spare := spare_rows(layout, laid, metrics):
            own = {row for title, row in fitting if title == laid.title}
            draw_spare_rows(sheets[laid.title], spare, laid.hint_column, own)
            yield from spare.places


def _saved(book: Workbook) -> bytes:
    book.active = 0
    book.properties.creator = "workbook_builder"
    book.properties.created = CREATED
    buffer = io.BytesIO()
    try:
        book.save(buffer)
    except (OSError, SerialisationError) as error:  # openpyxl and lxml write each sheet to a temporary file first
        raise temporary_refused(error) from error
    return mended(buffer.getvalue())


def _write_meta(book: Workbook) -> None:
    sheet = book.create_sheet(META_SHEET)
    sheet.sheet_state = "veryHidden"
    sheet.cell(META_CELL.row, META_CELL.column).alignment = LOCKED_BLANK


def _write_fixed(sheet: Worksheet, laid: LaidSheet) -> None:
    """Texts that the template fixes (产出指标) and those that name the year and the round."""
    for marker in laid.source.markers:
        if marker.fixed is not None:
            sheet.cell(laid.first(marker.row), marker.column).value = marker.fixed
        elif marker.key in (*COLLECTION_KEYS, *NOTICES):
            as_text = '&""' if marker.key in NOTICES else ""  # or an empty one would show as 0
            sheet.cell(laid.first(marker.row), marker.column).value = "=" + _with_constants(marker.text) + as_text


def _with_constants(text: str) -> str:
    """（{{fiscal_year}}年度） as a formula over the names of the hidden cells that hold year and round."""
    pieces, position = [], 0
    for match in MARKER.finditer(text):
        pieces.append(text_literal(text[position : match.start()]))
        pieces.append(constant_name(match[1]))
        position = match.end()
    return "&".join(piece for piece in [*pieces, text_literal(text[position:])] if piece != '""')


def _write_summary(sheet: Worksheet, laid: LaidSheet, layout: Layout) -> None:
    for marker in laid.source.markers:
        prefix, _, key = marker.key.partition(".")
        column, first, last = get_column_letter(marker.column), laid.first(marker.row), laid.last(marker.row)
        if prefix == "sub_projects":
            for number in range(len(layout.shape.sub_projects)):
                sheet[f"{column}{first + number}"] = _summary_value(layout, number, key)
        elif prefix == "sum" and (summed := layout.summary_range(key)):
            place, last_row = summed
            area = f"{get_column_letter(place.column)}{place.row}:{get_column_letter(place.column)}{last_row}"
            sheet[f"{column}{last}"] = f'=IF(COUNT({area})=0,"",ROUND(SUM({area}),2))'


def _summary_value(layout: Layout, number: int, key: str) -> str | int:
    if key == "number":
        return number + 1
    slot = layout.slots[f"sub_projects[{number}].{key}"]
    cell = f"{quoted(slot.place.sheet)}!{slot.place.address}"
    kind = "ISNUMBER" if slot.field.type in ("amount", "date") else "ISTEXT"
    return f'=IF({kind}({cell}),{cell},"")'


def _write_slots(sheets: Mapping[str, Worksheet], binder: Binder) -> None:
    """Links, prefilled styles, guards and colours of every key."""
    own_codes: dict[str, list[str]] = {}
    for instance in binder.instances:
        codes_of_key = own_codes.setdefault(instance.slot.key, [])
        codes_of_key.append(instance.code)
    for group in _columns_of_slots(binder.layout):
        first, sheet = group[0], sheets[group[0].place.sheet]
        laid = next(laid for laid in binder.layout.sheets if laid.title == first.place.sheet)
        for slot in group:
            _write_slot(sheet, binder, slot)
        if first.kind in ("helper", "pending") or laid.is_shown_only or is_beside(first.key):
            continue
        if binder.layout.shape.is_decided:  # nothing is checked there
            if first.field.type == "comparator":
                hide_qualitative(sheet, group)
            continue
        all_codes = sorted({code for slot in group for code in own_codes.get(slot.key, ())})
        comparator = _beside(binder.layout, first, "comparator")
        colour_inputs(sheet, laid, group, all_codes, comparator)
        if first.kind == "input":
            add_validation(sheet, group, comparator)
        if first.field.type == "comparator":
            hide_qualitative(sheet, group)


def _beside(layout: Layout, slot: Slot, column: str) -> Slot | None:
    """The cell of another column on the slot's indicator row."""
    if slot.row is None:
        return None
    return layout.slots.get(slot.key.replace(slot.field.key.partition(".")[2], column))


def _columns_of_slots(layout: Layout) -> Iterator[list[Slot]]:
    """Scalar slots one by one, the slots of an indicator column together."""
    columns: dict[tuple[str, str], list[Slot]] = {}
    for slot in layout.slots.values():
        columns.setdefault((slot.place.sheet, slot.field.key), []).append(slot)
    yield from columns.values()


def _write_slot(sheet: Worksheet, binder: Binder, slot: Slot) -> None:
    cell = sheet.cell(slot.place.row, slot.place.column)
    if slot.field.key == table_key("level1"):
        cell.value = slot.level1
    elif slot.field.key == table_key("level2"):
        cell.value = slot.level2
    elif slot.kind == "pending":
        cell.value = PENDING_WORDS[binder.layout.shape.part]
    elif slot.kind in ("formula", "helper") and (link := binder.link(slot)):
        cell.value = "=" + link[0]
    elif slot.kind == "helper":
        cell.alignment = LOCKED_BLANK  # an unstyled empty cell would not be written, and could not be stamped
    elif slot.kind == "input":
        for row in range(slot.place.row, slot.last_row + 1):
            for column in range(slot.place.column, slot.last_column + 1):
                sheet.cell(row, column).protection = UNLOCKED


def _write_cleaned(sheets: Mapping[str, Worksheet], binder: Binder) -> None:
    for place, formula in binder.cleaned():
        sheets[place.sheet].cell(place.row, place.column).value = "=" + formula


def _write_checks(sheets: Mapping[str, Worksheet], binder: Binder) -> None:
    layout = binder.layout
    banner = "自检"
    for laid in layout.sheets:
        if laid.source.kind == "check":
            row, column = next((m.row, m.column) for m in laid.source.markers if m.key == "check.banner")
            banner = f"{quoted(laid.title)}!${get_column_letter(column)}${laid.first(row)}"
            CheckSheet(sheets[laid.title], laid, layout).fill(rule_lines(binder))
    by_sheet: dict[str, list[Instance]] = {}
    for instance in binder.instances:
        by_sheet.setdefault(instance.slot.place.sheet, []).append(instance)
    for laid in layout.checked_sheets if not layout.shape.is_decided else ():
        notes = notes_of_long_texts(layout, laid, lambda slot: metrics_of_slot(sheets, slot))
        checks = row_checks(binder, laid, by_sheet.get(laid.title, []), notes)
        add_row_checks(sheets[laid.title], laid, checks, banner, layout.error_column(laid))
    for laid in layout.sheets:
        if laid.is_shown_only:
            say_beside(sheets[laid.title], laid, SHOWN_ONLY)
        elif layout.shape.is_decided and laid.hint_column:
            say_beside(sheets[laid.title], laid, DECIDED)
        if laid.hint_column:
            _hide_columns(sheets[laid.title], laid)


def _draw_confirmations(sheets: Mapping[str, Worksheet], layout: Layout) -> None:
    """A framed cell between form and hints, wide enough to be seen."""
    for slot in layout.slots.values():
        if slot.field.key in CONFIRM_KEYS:
            sheet = sheets[slot.place.sheet]
            cell = sheet.cell(slot.place.row, slot.place.column)
            cell.font = Font(name="宋体", size=CONFIRM_POINTS, bold=True, charset=CHINESE_CHARSET)
            cell.alignment = Alignment(horizontal="center", vertical="center")
            cell.border = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
            sheet.column_dimensions[get_column_letter(slot.place.column)].width = CONFIRM_WIDTH


def _hide_columns(sheet: Worksheet, laid: LaidSheet) -> None:
    for column in range(laid.code_column, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(column)].hidden = True


def rule_lines(binder: Binder) -> list[RuleLine]:
    """The lines of 自检: moved cells and error values first, then every rule of the workbook with its codes."""
    form = binder.layout.form
    code_of = codes(binder.catalogue, form)
    rules = rules_in_workbook(binder.catalogue, form, binder.layout.shape)
    lines = [
        RuleLine(rule.title_on(form), rule.severity, [c for (r, _), c in code_of.items() if r is rule])
        for rule in rules
    ]
    own = ((MOVED_CELL_TITLE, MOVED_CELL_CODE), (BROKEN_ROW_TITLE, BROKEN_ROW_CODE))
    return [*(RuleLine(title, "error", [code]) for title, code in own), *lines]


def _write_lists(book: Workbook, binder: Binder) -> None:
    """The hidden sheet with year, round and the total of the weights, the lists and the messages, all of it named."""
    sheet = book.create_sheet(LISTS_SHEET)
    sheet.sheet_state = "hidden"
    form = binder.layout.form
    for key in (*COLLECTION_KEYS, *NOTICES):
        place = CONSTANTS[key]
        sheet.cell(place.row, 1).value = key
        sheet.cell(place.row, place.column).alignment = LOCKED_BLANK
    if form.has_weights:
        place = CONSTANTS[WEIGHT_TOTAL]
        sheet.cell(place.row, 1).value = WEIGHT_TOTAL
        sheet.cell(place.row, place.column).value = form.weight_total
    entries = {**form.lists, ALIASES_LIST: WORKBOOK_ALIASES}
    columns = list_columns(binder.layout)
    for name, (column, _) in columns.items():
        for row, text in enumerate((name, *entries[name]), start=LISTS_FIRST_ROW - 1):
            _write_text(sheet, row, column, text)
    for name, area in list_names(binder.layout).items():
        _define(book, name, area.text(""))
    _write_messages(book, binder, max(column for column, _ in columns.values()) + 2)


def _write_messages(book: Workbook, binder: Binder, column: int) -> None:
    sheet = book[LISTS_SHEET]
    messages = {MOVED_CELL_CODE: MOVED_CELL_MESSAGE, BROKEN_ROW_CODE: BROKEN_ROW_MESSAGE, **binder.messages}
    letters = {one.code: get_column_letter(one.slot.place.column) for one in binder.instances}
    for row, (code, message) in enumerate(messages.items(), start=1):
        _write_text(sheet, row, column, code)
        _write_text(sheet, row, column + 1, message)
        _write_text(sheet, row, column + 2, letters.get(code, "A"))
    for name, of_column in ((CODES_NAME, column), (MESSAGES_NAME, column + 1), (COLUMNS_NAME, column + 2)):
        _define(book, name, _reference(Place(LISTS_SHEET, 1, of_column), len(messages), of_column))


def _write_text(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """As text, even where it starts with "=": openpyxl would take that for a formula."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"


def _reference(place: Place, last_row: int, last_column: int) -> str:
    first = f"${get_column_letter(place.column)}${place.row}"
    last = f"${get_column_letter(last_column)}${last_row}"
    return f"{quoted(place.sheet)}!{first}" + ("" if first == last else f":{last}")


def _define(book: Workbook, name: str, reference: str) -> None:
    book.defined_names[name] = DefinedName(name, attr_text=reference)


def _name_cells(book: Workbook, layout: Layout) -> None:
    """A name for every scalar and one for each indicator table: names that point to cells survive every program."""
    tables: dict[int | None, list[Slot]] = {}
    for slot in layout.slots.values():
        if slot.row is not None:
            if slot.kind == "input":
                tables.setdefault(slot.sub_project, []).append(slot)
        else:
            reference = _reference(slot.place, slot.place.row, slot.place.column)
            _define(book, cell_name(slot.sub_project, slot.field.key), reference)
    for sub_project, slots in tables.items():
        first = min(slots, key=lambda slot: (slot.place.row, slot.place.column))
        last = max(slots, key=lambda slot: (slot.last_row, slot.last_column))
        _define(book, cell_name(sub_project, INDICATORS), _reference(first.place, last.last_row, last.last_column))


def _protect(book: Workbook) -> None:
    for sheet in book.worksheets:
        lock_unstyled(sheet)
        forbids_filter = not sheet.auto_filter.ref
        # What harms nothing is allowed: heights and widths, the filter, comments (which programs count as objects).
        sheet.protection = SheetProtection(
            sheet=True, objects=False, scenarios=True, formatRows=False, formatColumns=False, autoFilter=forbids_filter
        )
    book.security = WorkbookProtection(lockStructure=True)
