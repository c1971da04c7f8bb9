"""Lays a form out for a shape: the rows of each sheet, and where every key stands. Pure: no file, no Excel."""

from collections.abc import Iterator, Mapping, Sequence

from workbook_builder.cells import Place
from workbook_builder.form.layout import (
    LEVEL_FIELDS,
    PARENT_TITLE,
    FormShape,
    LaidSheet,
    Layout,
    Shape,
    Slot,
    SlotKind,
    title_placeholder,
)
from workbook_builder.form.model import (
    BESIDE,
    BESIDE_HEAD,
    COLLECTION_KEYS,
    CONTACT_KEYS,
    MONEY_LINES,
    NOTICES,
    ROSTER_KEYS,
    SECTIONS,
    Field,
    Form,
    FormSheet,
    Marker,
    beside_field,
    confirm_key,
    full_key,
    section_of,
)
from workbook_builder.form.rules import Catalogue, Rule, keys_shown_at

OWN_LINES = 2  # of rules on 自检 that are not the catalogue's: moved cells, error values
PROBLEM_LINES, SHEETS_LISTED = 30, 40  # more sheets than that would make formulas too long


def lay_out(form: Form, shape: Shape, catalogue: Catalogue) -> Layout:
    """Lays the form out for a shape, with room for the catalogue's hidden cells and for its rules on 自检."""
    form = form.with_confirmations(shape.sections)
    sheets: list[LaidSheet] = []
    slots: dict[str, Slot] = {}
    parts: dict[int | None, list[Slot]] = {number: [] for number in (None, *range(len(shape.sub_projects)))}
    for source in form.sheets:
        for number in _copies(source, shape):
            sheet = _laid_sheet(form, shape, source, number, catalogue)
            if sheet is None:
                continue
            sheets.append(sheet)
            for slot in _slots(form, shape, sheet, catalogue):
                slots[slot.key] = slot
                parts[slot.sub_project].append(slot)
    columns = {sheet.title: sheet.confirm_column for sheet in sheets}
    for number, own_slots in parts.items():
        added = list(_confirmations(form, _form_shape(shape, number), own_slots, columns))
        added += _beside(own_slots, columns) if shape.has_beside else ()
        own_slots.extend(added)
        slots |= {slot.key: slot for slot in added}
    return Layout(form, shape, _ordered(sheets), slots, parts)


def _copies(source: FormSheet, shape: Shape) -> tuple[int | None, ...]:
    if source.kind == "form":
        return (None, *range(len(shape.sub_projects)))
    if shape.is_decided and _is_for_filling_in(source):
        return ()
    if source.kind == "summary" and (shape.part != "whole" or not shape.sub_projects):
        return ()
    if shape.part == "sub_project" and source.kind == "root" and not any(m.key in CONTACT_KEYS for m in source.markers):
        return ()  # only whoever fills in the part is asked for there
    return (None,)


def _is_for_filling_in(source: FormSheet) -> bool:
    """Whether a sheet serves only who fills in the others: the self-check, and who filled in with the advice for that."""
    known = {*CONTACT_KEYS, *COLLECTION_KEYS, *NOTICES}
    return source.kind == "check" or (source.kind == "root" and all(m.key in known for m in source.markers))


def _ordered(sheets: list[LaidSheet]) -> tuple[LaidSheet, ...]:
    """The self-check stands second, where it is seen; the sub-projects' forms behind the summary of sub-projects."""

    def rank(sheet: LaidSheet) -> int:
        return 2 if sheet.is_shown_only else 1 if sheet.sub_project is not None else 0

    first, *others = sorted((sheet for sheet in sheets if sheet.source.kind != "check"), key=rank)
    return first, *(sheet for sheet in sheets if sheet.source.kind == "check"), *others


def _form_shape(shape: Shape, sub_project: int | None) -> FormShape:
    return shape.root if sub_project is None else shape.sub_projects[sub_project]


def _laid_sheet(
    form: Form, shape: Shape, source: FormSheet, number: int | None, catalogue: Catalogue
) -> LaidSheet | None:
    if number is None and source.kind == "form" and shape.part == "sub_project":
        return _parent_shown(form, source)
    hint_column = source.last_column + 2 if _has_inputs(form, source) else 0
    title = source.title if number is None else title_placeholder(number)
    return LaidSheet(title, source, number, _row_map(form, shape, source, number, catalogue), hint_column)


def _parent_shown(form: Form, source: FormSheet) -> LaidSheet | None:
    """The head of the parent's form, down to what rosters know; None where the form holds nothing of it."""
    known = set(ROSTER_KEYS).difference(MONEY_LINES)  # money of a parent is the sum of its sub-projects'
    last_row = max((m.last_row for m in source.markers if m.key in known), default=0)
    if not last_row:
        return None
    head = source._replace(
        markers=tuple(marker for marker in source.markers if marker.last_row <= last_row), table=(), last_row=last_row
    )
    title = source.title if any(sheet.title == PARENT_TITLE for sheet in form.sheets) else PARENT_TITLE
    return LaidSheet(title, head, None, tuple(range(1, last_row + 1)), source.last_column + 2, is_shown_only=True)


def _has_inputs(form: Form, source: FormSheet) -> bool:
    return source.kind in ("form", "root") and any(marker.key in form.fields for marker in source.markers)


def _row_map(form: Form, shape: Shape, source: FormSheet, number: int | None, catalogue: Catalogue) -> tuple[int, ...]:
    repeats = {}
    if source.kind == "summary":
        repeats = {m.row: len(shape.sub_projects) for m in source.markers if m.key.startswith("sub_projects.")}
    elif source.kind == "check":
        checked = sum(len(_copies(sheet, shape)) for sheet in form.sheets if _has_inputs(form, sheet))
        checked -= shape.part == "sub_project"  # which shows its parent and checks nothing there
        rules = len(rules_in_workbook(catalogue, form, shape)) + OWN_LINES
        counts = {"check.sheet": checked, "check.rule": rules, "check.problem": problem_lines(checked)}
        kinds = ((marker.row, marker.key.rpartition(".")[0]) for marker in source.markers)
        repeats = {row: counts[kind] for row, kind in kinds if kind in counts}
    elif source.table:
        repeats = _extra_rows(form, source, _form_shape(shape, number))
    return tuple(row for row in range(1, source.last_row + 1) for _ in range(repeats.get(row, 1)))


def problem_lines(checked: int) -> int:
    """How many lines 自检 has for problems, with so many sheets checked: one line where it could not list them."""
    return PROBLEM_LINES if checked <= SHEETS_LISTED else 1


def _extra_rows(form: Form, source: FormSheet, shape: FormShape) -> dict[int, int]:
    """The last row of a 二级指标 stands several times where the roster asks for more rows."""
    have, last = form.rows_per_level2(), {row.level2: row.row for row in source.table}
    return {last[level2]: 1 + max(0, rows - have[level2]) for level2, rows in shape.rows if level2 in last}


def _slots(form: Form, shape: Shape, sheet: LaidSheet, catalogue: Catalogue) -> Iterator[Slot]:
    if sheet.source.kind not in ("form", "root"):
        return
    scalars: dict[str, Slot] = {}
    for marker in sheet.source.markers:
        field = form.fields.get(marker.key)
        if field and not field.is_column and marker.key not in (*COLLECTION_KEYS, *NOTICES):
            scalars[field.key] = _scalar(shape, sheet, marker, field, catalogue)
    yield from scalars.values()
    yield from _helper_slots(form, sheet, scalars, catalogue.helpers)
    if sheet.source.table:
        yield from _table_slots(form, sheet, "prefilled" if shape.is_decided else "input")


def _scalar(shape: Shape, sheet: LaidSheet, marker: Marker, field: Field, catalogue: Catalogue) -> Slot:
    return Slot(
        full_key(sheet.sub_project, field.key),
        field,
        sheet.sub_project,
        Place(sheet.title, sheet.first(marker.row), marker.column),
        sheet.last(marker.last_row),
        marker.last_column,
        _kind(shape, sheet, field, catalogue),
    )


def _kind(shape: Shape, sheet: LaidSheet, field: Field, catalogue: Catalogue) -> SlotKind:
    is_root, is_prefilled = sheet.sub_project is None, field.key in _form_shape(shape, sheet.sub_project).prefilled
    if is_root and shape.part == "sub_project" and not is_prefilled:
        return "input" if sheet.source.kind == "root" and field.key in CONTACT_KEYS else "pending"
    is_linked = is_root and shape.is_family and field.key in catalogue.parent_linked
    if field.source == "formula" or is_linked:
        return "pending" if is_root and is_pending(field, shape, catalogue) else "formula"
    return "prefilled" if is_prefilled or shape.is_decided else "input"


def is_pending(field: Field, shape: Shape, catalogue: Catalogue) -> bool:
    """Whether the root's part leaves a field of the root to the sub-projects' parts."""
    is_computed = field.source == "formula" or field.key in catalogue.parent_linked
    return shape.part == "parent" and is_computed and field.key in catalogue.summed


def rules_in_workbook(catalogue: Catalogue, form: Form, shape: Shape) -> tuple[Rule, ...]:
    """The rules that a workbook of this shape computes: those with a formula that are shown at one of its keys."""

    def is_shown(rule: Rule, key: str) -> bool:
        if key not in form.fields:
            return False
        if shape.part == "sub_project":
            return rule.scope in ("form", "sub_project") or (rule.scope == "root" and key in CONTACT_KEYS)
        if not shape.sub_projects and rule.scope in ("parent", "sub_project"):
            return False
        return not is_pending(form.fields[key], shape, catalogue)

    return tuple(
        rule
        for rule in catalogue.rules
        if not shape.is_decided
        if rule.fails_when is not None and rule.is_on and any(is_shown(rule, key) for key in keys_shown_at(rule, form))
    )


def _helper_slots(
    form: Form, sheet: LaidSheet, scalars: Mapping[str, Slot], helpers: Mapping[str, str]
) -> Iterator[Slot]:
    """Computed and roster values that the printed form does not show, in hidden columns beside a cell they go with."""
    taken: dict[int, int] = {}
    for key, beside in helpers.items():
        if key in scalars or beside not in scalars:
            continue
        row = scalars[beside].place.row
        column = taken[row] = taken.get(row, sheet.first_helper_column + 1) + 1
        field = form.fields.get(key) or form.fields[beside]._replace(key=key, source="formula")
        place = Place(sheet.title, row, column)
        yield Slot(full_key(sheet.sub_project, key), field, sheet.sub_project, place, row, column, "helper")


def _table_slots(form: Form, sheet: LaidSheet, kind: SlotKind) -> Iterator[Slot]:
    template_rows = {row.row: row for row in sheet.source.table}
    columns = {m.key: m for m in sheet.source.markers if m.row == sheet.source.table[0].row}
    levels = {field: sheet.first_helper_column + number for number, field in enumerate(LEVEL_FIELDS)}
    laid = [(row, template_rows[source]) for row, source in enumerate(sheet.rows, start=1) if source in template_rows]
    for number, (row, template_row) in enumerate(laid):
        for field in (*LEVEL_FIELDS, *form.columns):
            column = levels.get(field) or columns[field.key].column
            yield Slot(
                full_key(sheet.sub_project, field.key, number),
                field,
                sheet.sub_project,
                Place(sheet.title, row, column),
                row,
                column if field in levels else columns[field.key].last_column,
                "helper" if field in levels else kind,
                number,
                template_row.level1,
                template_row.level2,
            )


def _confirmations(form: Form, shape: FormShape, slots: Sequence[Slot], columns: Mapping[str, int]) -> Iterator[Slot]:
    """Beside each section to be confirmed, in the heading's row where nothing is filled in there, a cell for that."""
    busy = {(slot.place.sheet, slot.place.row) for slot in slots if slot.kind in ("input", "prefilled")}
    firsts = {section_of(s.field.key): s for s in reversed(slots) if s.kind == "input" and s.field.is_carried}
    taken: set[tuple[str, int]] = set()
    for section in (section for section in SECTIONS if section in shape.sections and section in firsts):
        sub_project, (sheet, row, _) = firsts[section].sub_project, firsts[section].place
        if row > 2 and (sheet, row - 1) not in busy:
            row -= 1
        while (sheet, row) in taken:
            row += 1
        taken.add((sheet, row))
        field, column = form.fields[confirm_key(section)], columns[sheet]
        key, place = full_key(sub_project, field.key), Place(sheet, row, column)
        yield Slot(key, field, sub_project, place, row, column, "input")


def _beside(slots: Sequence[Slot], columns: Mapping[str, int]) -> Iterator[Slot]:
    """Beside the amounts of a form a cell for what they were in the last round, one a row, and above them one for all else."""
    firsts: dict[tuple[str, int], Slot] = {}
    for slot in slots:
        if slot.field.type == "amount" and slot.kind != "helper" and slot.row is None:
            firsts.setdefault(slot.place[:2], slot)
    for (sheet, row), slot in firsts.items():
        yield _beside_slot(f"{BESIDE}.{slot.field.key}", slot, Place(sheet, row, columns[sheet]), row)
    if firsts:
        sheet, top = min(firsts)
        first, last = (1, top - 1) if top > 1 else (max(firsts)[1] + 1,) * 2
        yield _beside_slot(BESIDE_HEAD, firsts[sheet, top], Place(sheet, first, columns[sheet]), last)


def _beside_slot(key: str, of: Slot, place: Place, last_row: int) -> Slot:
    full = full_key(of.sub_project, key)
    return Slot(full, beside_field(key), of.sub_project, place, last_row, place.column, "prefilled")
