"""The form a template declares: its fields, its lists and where each key stands. Pure data, no file, no Excel.

Keys are the words of the form (annual_funds, narrative.overview, indicators.target). A form sheet stands once per
declaration: once for the root project and once for each sub-project.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from workbook_builder.cells import column_letters

FieldType = Literal["text", "long_text", "amount", "date", "choice", "comparator", "target", "unit", "number"]
Source = Literal["input", "roster", "formula"]
SheetKind = Literal["form", "root", "summary", "check"]

INDICATORS = "indicators"
LEVELS: Mapping[str, str] = {"level1": "一级指标", "level2": "二级指标"}  # named by markers, so not in 字段
TABLE_COLUMNS = ("name", "comparator", "target", "unit", "weight")
OPTIONAL_COLUMNS = ("weight",)
DEFAULT_WEIGHT_TOTAL = Decimal(100)
MARKER = re.compile(r"\{\{\s*([^{}:]+?)\s*(?::\s*([^{}]*?)\s*)?\}\}")
COLLECTION_KEYS = ("fiscal_year", "round")
NOTICES = ("deadline", "contact", "contact_phone", "ceiling")  # texts for the unit, shown and never judged
MONEY_LINES = (
    "total_funds",
    "total_fiscal",
    "total_other",
    "annual_funds",
    "annual_appropriation",
    "annual_carryover",
    "annual_other",
)
MONEY_SUMS: Mapping[str, tuple[str, ...]] = {  # what each total adds up, of the lines that a form has
    "annual_funds": ("annual_appropriation", "annual_carryover", "annual_other"),
    "total_funds": ("total_fiscal", "total_other"),
}
ROSTER_KEYS = (
    "project_name",
    "project_category",
    "department",
    "implementing_unit",
    "budget_ceiling",
    "start_date",
    "end_date",
    "annual_carryover",
)
# In a workbook that carries last year's texts, the unit confirms them section by section, beside the form.
CONFIRM, UNCONFIRMED, CONFIRMED = "confirm", "待核对", "已核对"
CONFIRM_LIST = "核对"
SECTIONS: Mapping[str, str] = {
    "goals": "绩效目标", "indicators": "绩效指标", "narrative": "情况说明", "details": "其他内容",
}  # fmt: skip
GOALS = ("overall_goal", "annual_goal")
# In a round within a year, what the centre says beside the form: the last round's amounts, and in the head the rest.
BESIDE, BESIDE_HEAD = "beside", "beside.head"
CONTACT_KEYS = ("filler", "phone", "fill_date")  # who filled in a workbook, and when
KNOWN_TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys((*MONEY_LINES, "budget_ceiling"), "amount"),
    **dict.fromkeys(("start_date", "end_date", "fill_date"), "date"),
    "indicators.comparator": "comparator",
    "indicators.target": "target",
    "indicators.unit": "unit",
    "indicators.weight": "number",
}


class Field(NamedTuple):
    """One line of a template's sheet 字段."""

    key: str
    label: str  # as printed, such as 年度资金申请总额
    type: FieldType
    source: Source
    is_required: bool
    choices: str | None  # name of its list on sheet 选项
    limit: int | None  # most characters
    prompt: str | None  # what the unit is told beside the cell

    @property
    def is_column(self) -> bool:
        """Whether it is a column of the indicator table: one cell per row instead of one per form."""
        return self.key.startswith(INDICATORS + ".")

    @property
    def is_carried(self) -> bool:
        """Whether what units wrote there last year is a suggestion for this year."""
        is_words = self.type in ("text", "long_text", "choice") and self.source == "input"
        return self.is_column or (is_words and self.key not in (*CONTACT_KEYS, *ROSTER_KEYS))

    @property
    def column(self) -> str:
        """Of a column of the indicator table, what follows the dot: target."""
        return self.key.partition(".")[2]


def section_of(key: str) -> str:
    """The section, one of SECTIONS, in which a key is confirmed."""
    group = key.partition(".")[0]
    return "goals" if key in GOALS else group if group in SECTIONS else "details"


def confirm_key(section: str) -> str:
    """Goals -> confirm.goals."""
    return f"{CONFIRM}.{section}"


def confirmation(section: str) -> Field:
    """The field by which a unit confirms a section."""
    prompt = f"{SECTIONS[section]}由上年申报带入。请修改成本年度的内容，核对后选“{CONFIRMED}”。"
    label = f"{SECTIONS[section]}核对"
    return Field(confirm_key(section), label, "choice", "input", False, CONFIRM_LIST, None, prompt)


def is_beside(key: str) -> bool:
    """Whether a key, full or not, is of a cell beside the form that says something of the last round."""
    return key.rpartition("].")[2].startswith(f"{BESIDE}.")


def beside_field(key: str) -> Field:
    """The cell beside the form that says what an amount was in the last round; for BESIDE_HEAD, all else of it."""
    return Field(key, "上轮情况", "text", "roster", False, None, None, None)


class Marker(NamedTuple):
    """A {{key}} in a template's cell."""

    key: str
    fixed: str | None  # the text after the colon: {{indicators.level1:产出指标}}
    row: int
    column: int
    last_row: int  # of the merged area, else the cell's own
    last_column: int
    text: str  # the whole cell, the marker included

    @property
    def is_table_input(self) -> bool:
        """Whether it is an input of the indicator table (and not a level's name)."""
        return self.key.startswith(INDICATORS + ".") and self.fixed is None

    @property
    def area(self) -> str:
        """Such as B11:C13."""
        first = f"{column_letters(self.column)}{self.row}"
        last = f"{column_letters(self.last_column)}{self.last_row}"
        return first if first == last else f"{first}:{last}"


class TableRow(NamedTuple):
    """One row of the indicator table in the template."""

    row: int
    level1: str
    level2: str


class FormSheet(NamedTuple):
    """One sheet of the template that goes out."""

    title: str
    kind: SheetKind
    markers: tuple[Marker, ...]
    table: tuple[TableRow, ...]  # the rows of its indicator table, in order
    last_row: int
    last_column: int


class Form(NamedTuple):
    """What a template declares."""

    form_id: str
    version: str
    fields: Mapping[str, Field]
    lists: Mapping[str, tuple[str, ...]]
    sheets: tuple[FormSheet, ...]  # in the template's order
    weight_total: Decimal = DEFAULT_WEIGHT_TOTAL  # what the weights of one form add up to, where its table has weights

    @property
    def form_sheet(self) -> FormSheet:
        """The sheet that stands once per declaration."""
        return next(sheet for sheet in self.sheets if sheet.kind == "form")

    @property
    def columns(self) -> tuple[Field, ...]:
        """The fields of an indicator row: the columns its table has, in the order of the words."""
        keys = (f"{INDICATORS}.{name}" for name in TABLE_COLUMNS)
        return tuple(self.fields[key] for key in keys if key in self.fields)

    @property
    def has_weights(self) -> bool:
        """Whether its table has the column of weights."""
        return f"{INDICATORS}.weight" in self.fields

    def with_confirmations(self, sections: Collection[str]) -> "Form":
        """The form with the fields by which these sections are confirmed."""
        if not sections:
            return self
        added = [confirmation(section) for section in SECTIONS if section in sections]
        fields = {**self.fields, **{field.key: field for field in added}}
        return self._replace(fields=fields, lists={**self.lists, CONFIRM_LIST: (UNCONFIRMED, CONFIRMED)})

    def choices_of(self, field: Field) -> tuple[str, ...]:
        """The entries of a field's list; () where it has none."""
        return self.lists.get(field.choices, ()) if field.choices else ()

    def rows_per_level2(self) -> dict[str, int]:
        """How many rows the template has for each 二级指标."""
        counts: dict[str, int] = {}
        for row in self.form_sheet.table:
            counts[row.level2] = counts.get(row.level2, 0) + 1
        return counts


def markers_in(text: str) -> Iterator[tuple[str, str | None]]:
    """The keys, and fixed texts, of all markers in a cell's text."""
    for match in MARKER.finditer(text):
        yield match[1], match[2]


def full_key(sub_project: int | None, key: str, row: int | None = None) -> str:
    """A key as it is addressed from outside: sub_projects[0].indicators[3].target; both numbers count from 0."""
    if row is not None:
        table, _, column = key.partition(".")
        key = f"{table}[{row}].{column}"
    return key if sub_project is None else f"sub_projects[{sub_project}].{key}"
