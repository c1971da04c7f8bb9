"""Key formulas bound to the cells of one layout: {annual_funds} becomes $G$6, or '表'!$G$6 from another sheet.

What moves along with an indicator row is written so ({row.name}: $D15), and sheet 选项 is read by workbook names: so the
formulas of a column are one formula to Excel, which may share them (shared_formulas).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, NamedTuple

from workbook_builder.cells import Place, column_letters
from workbook_builder.form.layout import (
    CONSTANTS,
    LEVEL_FIELDS,
    LISTS_SHEET,
    WEIGHT_TOTAL,
    FormShape,
    Layout,
    Slot,
    table_key,
    title_placeholder,
)
from workbook_builder.form.model import INDICATORS, full_key
from workbook_builder.form.rules import REFERENCE, Catalogue, Rule, applies, codes, readable_message
from workbook_builder.form.workbook_names import ALIASES_NAME, choices_name, constant_name
from workbook_builder.values.markup import KNOWN_SPACES
from workbook_builder.values.quantities import COMPARATORS, QUALITATIVE

HOLE = re.compile(r"\{(label|value|expected)\}")
ALIASES_LIST = "comparator_aliases"
# What a cell formula can look up; the centre reads more (values.quantities). No full-width signs: programs differ in whether
# they are equal to half-width ones.
WORKBOOK_ALIASES = tuple(
    word
    for word, symbol in COMPARATORS.items()
    if symbol not in (word, QUALITATIVE) and not any(sign in word for sign in "＞＜＝》《")
)
TRIMMED = re.compile(r"TRIM\((\{[^{}]+\})\)")
TRIMMED_OF_ROW = re.compile(r"TRIM\(\{row\.([^{}]+)\}\)")
ODD_SPACES = tuple(f"CHAR({ord(sign)})" if sign < " " else f'"{sign}"' for sign in KNOWN_SPACES.strip(" "))
OFTEN = 3
LISTS_FIRST_COLUMN, LISTS_FIRST_ROW = 4, 2
MOVES: Mapping[str, Literal["not", "with its row", "with its end"]] = {
    "row": "with its row", "above": "with its end", INDICATORS: "not",
}  # fmt: skip


class Area(NamedTuple):
    """A cell or a range, and the full keys whose values it holds."""

    first: Place
    last_row: int
    keys: tuple[str, ...]
    moves: Literal["not", "with its row", "with its end"] = "not"  # from row to row of a table

    def text(self, sheet: str) -> str:
        """As written in a formula on the given sheet."""
        column = column_letters(self.first.column)
        if self.moves == "with its row":
            return f"${column}{self.first.row}"
        text = f"${column}${self.first.row}"
        if self.moves == "with its end":
            text += f":${column}{self.last_row}"
        elif self.last_row != self.first.row:
            text += f":${column}${self.last_row}"
        return text if sheet == self.first.sheet else f"{quoted(self.first.sheet)}!{text}"


class Instance(NamedTuple):
    """A rule at one cell of the workbook; the formulas are Excel's, without the leading =."""

    code: str
    rule: Rule
    slot: Slot
    fails_when: str
    expected: str | None
    message: str  # gives the sentence behind the label
    value: str  # gives what the cell holds, as shown, or what the rule says was found
    keys: frozenset[str]  # full keys it reads

    @property
    def finding_key(self) -> str:
        """The key of its finding: the whole table where the rule is about all rows, or those of a level."""
        is_of_table = self.rule.once or self.rule.level
        return full_key(self.slot.sub_project, INDICATORS) if is_of_table else self.slot.key


class UnboundError(Exception):
    """A formula names a key that the form at hand does not have there: the rule does not apply."""


def quoted(title: str) -> str:
    """A sheet title as it stands in formulas."""
    return "'" + title.replace("'", "''") + "'"


def list_columns(layout: Layout) -> dict[str, tuple[int, int]]:
    """The column and the last row of each list on sheet 选项, by its name; the comparator aliases are one more."""
    lengths = {name: len(entries) for name, entries in layout.form.lists.items()}
    lengths[ALIASES_LIST] = len(WORKBOOK_ALIASES)
    return {
        name: (column, LISTS_FIRST_ROW + length - 1)
        for column, (name, length) in enumerate(lengths.items(), start=LISTS_FIRST_COLUMN)
    }


def list_names(layout: Layout) -> dict[str, Area]:
    """The workbook names by which formulas read sheet 选项 and what each points to: constants, lists, aliases."""
    columns = list_columns(layout)
    constants = (key for key in CONSTANTS if key != WEIGHT_TOTAL or layout.form.has_weights)
    named = {constant_name(key): Area(CONSTANTS[key], CONSTANTS[key].row, ()) for key in constants}
    fields = (field for field in layout.form.fields.values() if field.choices)
    lists = {choices_name(field.key): field.choices or "" for field in fields} | {ALIASES_NAME: ALIASES_LIST}
    for name, choices in lists.items():
        column, last_row = columns[choices]
        named[name] = Area(Place(LISTS_SHEET, LISTS_FIRST_ROW, column), last_row, ())
    return named


class Binder:
    """Binds the formulas of a catalogue to the cells of a layout."""

    def __init__(self, catalogue: Catalogue, layout: Layout):
        self.catalogue, self.layout = catalogue, layout
        self._sheets = {sheet.title: sheet for sheet in layout.sheets}
        self._cleaned = _often_trimmed(catalogue)
        self._columns = [field.column for field in layout.form.columns]
        self._codes = codes(catalogue, layout.form)
        self._tables: dict[tuple[int | None, str], list[Slot]] = {}
        for slot in layout.slots.values():
            if slot.row is not None:
                self._tables.setdefault((slot.sub_project, slot.field.key), []).append(slot)
        self._rows = {number: len(layout.indicator_rows(number)) for number in layout.declarations}

    def bind(self, formula: str, slot: Slot) -> tuple[str, frozenset[str]]:
        """The formula as it stands on the slot's sheet, and the full keys it reads. Raises UnboundError."""
        once = TRIMMED_OF_ROW.sub(lambda m: f"{{clean.{m[1]}}}" if m[1] in self._cleaned else m[0], formula)
        return self._bound(TRIMMED.sub(lambda match: _trimmed(match[1]), once), slot)

    def _bound(self, formula: str, slot: Slot) -> tuple[str, frozenset[str]]:
        keys: set[str] = set()

        def cell(match: re.Match[str]) -> str:
            reference = match[1].replace("@", slot.field.key)
            if name := self._name(reference, slot):
                return name
            area = self._area(reference, slot)
            keys.update(area.keys)
            return area.text(slot.place.sheet)

        return REFERENCE.sub(cell, formula), frozenset(keys)

    def _name(self, reference: str, slot: Slot) -> str | None:
        """The workbook name of what sheet 选项 holds."""
        if reference in CONSTANTS:
            return constant_name(reference)
        if reference == ALIASES_LIST:
            return ALIASES_NAME
        if reference != "list":
            return None
        if not slot.field.choices:
            raise UnboundError(reference)
        return choices_name(slot.field.key)

    def _area(self, reference: str, slot: Slot) -> Area:
        prefix, _, key = reference.partition(".")
        if prefix == "sub_projects":
            return self._summary(key)
        if prefix == "clean":
            return self._clean(key, slot)
        if prefix in ("row", "above", INDICATORS):
            return self._column(prefix, table_key(key), slot)
        if prefix == "root":
            return self._scalar(full_key(None, key))
        return self._scalar(full_key(slot.sub_project, reference))

    def _scalar(self, key: str) -> Area:
        slot = self.layout.slots.get(key)
        if slot is None:
            raise UnboundError(key)
        return Area(slot.place, slot.place.row, (key,))

    def _clean(self, key: str, slot: Slot) -> Area:
        area = self._column("row", table_key(key), slot)
        number = self._columns.index(key)
        column = self._sheets[slot.place.sheet].first_helper_column + len(LEVEL_FIELDS) + number  # behind the levels
        return area._replace(first=area.first._replace(column=column))

    def cleaned(self) -> Iterator[tuple[Place, str]]:
        """The hidden cells that hold texts of the indicator rows trimmed, and their formulas: once, not in every rule."""
        columns = {table_key(column): column for column in self._cleaned}
        for slot in self.layout.slots.values():
            if column := columns.get(slot.field.key):
                yield self._clean(column, slot).first, self._bound(_trimmed(f"{{row.{column}}}"), slot)[0]

    def _summary(self, key: str) -> Area:
        column = self.layout.summary_range(key)
        if column is None:
            raise UnboundError(f"sub_projects.{key}")
        place, last_row = column
        return Area(place, last_row, tuple(full_key(n, key) for n in self.layout.declarations if n is not None))

    def _column(self, prefix: str, key: str, slot: Slot) -> Area:
        cells = self._tables.get((slot.sub_project, key), [])
        if prefix == "row":
            cells = [] if slot.row is None else cells[slot.row : slot.row + 1]
        elif prefix == "above":
            cells = cells[: slot.row or 0]
        if not cells:
            raise UnboundError(f"{prefix}.{key}")
        return Area(cells[0].place, cells[-1].place.row, tuple(cell.key for cell in cells), MOVES[prefix])

    def link(self, slot: Slot) -> tuple[str, frozenset[str]] | None:
        """The formula of a computed cell and the keys it reads; None where nothing computes it."""
        is_root = slot.sub_project is None
        is_parent = is_root and self.layout.shape.is_family
        link = self.catalogue.link_for(slot.field.key, is_root=is_root, is_parent=is_parent)
        return None if link is None else self.bind(link.formula, slot)

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """Every rule at every cell where it applies; sub-projects of one shape are bound once."""
        every = list(self._instances_of(None))
        bound: dict[FormShape, tuple[int, list[Instance]]] = {}
        for number, shape in enumerate(self.layout.shape.sub_projects):
            if shape not in bound:
                bound[shape] = number, list(self._instances_of(number))
                every += bound[shape][1]
            else:
                every += self._of_another(number, *bound[shape])
        return tuple(every)

    def _of_another(self, number: int, of: int, instances: Iterable[Instance]) -> Iterator[Instance]:
        """The same rules at the same cells of another sub-project: on its sheets, and for its keys."""
        title, own_title = quoted(title_placeholder(of)), quoted(title_placeholder(number))
        prefix, own_prefix = full_key(of, ""), full_key(number, "")
        keys = {slot.key: own_prefix + slot.key.removeprefix(prefix) for slot in self.layout.parts[of]}
        for one in instances:
            fails_when, expected, message, value = (
                text and text.replace(title, own_title)
                for text in (one.fails_when, one.expected, one.message, one.value)
            )
            slot, read = self.layout.slots[keys[one.slot.key]], frozenset(keys.get(key, key) for key in one.keys)
            yield Instance(one.code, one.rule, slot, fails_when or "", expected, message or "", value or "", read)

    def _instances_of(self, sub_project: int | None) -> Iterator[Instance]:
        for (rule, key), code in self._codes.items():
            if self._applies(rule.scope, sub_project):
                for slot in self._shown_at(rule, key, sub_project):
                    try:
                        yield self._instance(rule, code, slot)
                    except UnboundError:
                        continue

    def _applies(self, scope: str, sub_project: int | None) -> bool:
        is_root = sub_project is None
        return applies(scope, is_root=is_root, is_parent=is_root and self.layout.shape.is_family)

    def _shown_at(self, rule: Rule, key: str, sub_project: int | None) -> Iterator[Slot]:
        field = self.layout.form.fields.get(key)
        if field is not None and field.is_column:
            rows = range(self._rows[sub_project])
            slots = [self.layout.slots[full_key(sub_project, key, row)] for row in rows]
            if rule.level is None:
                yield from slots[:1] if rule.once else slots
            elif first := next((slot for slot in slots if rule.level in (slot.level1, slot.level2)), None):
                yield first
        elif (slot := self.layout.slots.get(full_key(sub_project, key))) and self._is_judged(slot, rule):
            yield slot

    def _is_judged(self, slot: Slot, rule: Rule) -> bool:
        """Not what is only shown: in a sub-project's part, the parent but for who filled in the part."""
        is_shown_only = slot.sub_project is None and self.layout.shape.part == "sub_project"
        return slot.kind == "input" or (bool(rule.at) and slot.kind != "pending" and not is_shown_only)

    def _instance(self, rule: Rule, code: str, slot: Slot) -> Instance:
        fails_when, keys = self.bind(rule.fails_when or "FALSE", slot)
        if any(self.layout.slots[key].kind == "pending" for key in keys):
            raise UnboundError(f"what {rule.id} needs is not known in this part")
        expected = None if rule.expected is None else self.bind(rule.expected, slot)[0]
        message = self._message(rule, expected, slot)
        return Instance(code, rule, slot, fails_when, expected, message, self._value(rule, slot), keys)

    def _value(self, rule: Rule, slot: Slot) -> str:
        return _shown_value(slot) if rule.found is None else self.bind(rule.found, slot)[0]

    def _message(self, rule: Rule, expected: str | None, slot: Slot) -> str:
        values = {
            "label": text_literal(slot.field.label),
            "value": _as_read(self._value(rule, slot)),
            "expected": _as_read(expected or '""'),
        }
        return joined_formula(rule.message + "。", values)

    def note(self, slot: Slot) -> str | None:
        """The formula of what is said beside an input when nothing is wrong; None where there is nothing to say."""
        for note in self.catalogue.notes:
            if note.at == slot.field.key and self._applies(note.scope, slot.sub_project):
                return self.bind(note.text, slot)[0]
        return None

    @cached_property
    def messages(self) -> dict[str, str]:
        """The fixed text for each code, used where a sentence has no values to show."""
        fields = self.layout.form.fields
        return {
            code: readable_message(rule)
            if says_its_label(rule, fields[key].label)
            else f"{fields[key].label}：{readable_message(rule)}"
            for (rule, key), code in self._codes.items()
            if key in fields
        }


def says_its_label(rule: Rule, label: str) -> bool:
    """Whether the sentence of a rule begins with the name of the cell, so that it need not be said before it."""
    return rule.message.startswith((label, "{label}"))


def _often_trimmed(catalogue: Catalogue) -> frozenset[str]:
    """The columns of the indicator table whose texts the rules trim so often that a hidden cell pays."""
    rules = (rule for rule in catalogue.rules if rule.is_on)
    formulas = (formula for rule in rules for formula in (rule.fails_when, rule.found, rule.expected) if formula)
    counts = Counter(column for formula in formulas for column in TRIMMED_OF_ROW.findall(formula))
    return frozenset(column for column, count in counts.items() if count >= OFTEN)


def _trimmed(text: str) -> str:
    """TRIM of a cell in which every kind of white space has become a plain space.

    TRIM alone leaves a full-width space or a line break, and programs differ in which they take away.
    """
    for space in ODD_SPACES:
        text = f'SUBSTITUTE({text},{space}," ")'
    return f"TRIM({text})"


def _shown_value(slot: Slot) -> str:
    cell = Area(slot.place, slot.place.row, (), "not" if slot.row is None else "with its row").text(slot.place.sheet)
    if slot.field.type == "amount":
        return f'IF(ISNUMBER({cell}),TEXT({cell},"0.00"),{cell})'
    if slot.field.type == "date":
        return f'IF(ISNUMBER({cell}),TEXT({cell},"yyyy-mm-dd"),{cell})'
    return cell


def _as_read(formula: str) -> str:
    """A formula that shows amounts, with their thousands set apart: for sentences, not for what programs read."""
    return formula.replace('"0.00"', '"#,##0.00"')


def text_literal(text: str) -> str:
    """A text as it stands in a formula."""
    return '"' + text.replace('"', '""') + '"'


def joined_formula(template: str, values: Mapping[str, str]) -> str:
    """A sentence with holes as one formula: "应等于 "&TEXT($G$6,"0.00")&" 元"."""
    pieces: list[str] = []
    position = 0
    for match in HOLE.finditer(template):
        if match.start() > position:
            pieces.append(text_literal(template[position : match.start()]))
        pieces.append(values[match[1]])
        position = match.end()
    if position < len(template):
        pieces.append(text_literal(template[position:]))
    return "&".join(pieces)
