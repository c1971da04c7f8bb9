"""Where every key of a form stands in the workbook of one shape. Pure: no file, no Excel.

A shape is what distinguishes one compiled blank from another: the number of sub-projects, the rows per 二级指标 of each
form and which of its cells are prefilled. Sub-project sheets carry placeholder titles; the stamp puts the real ones.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from workbook_builder.cells import Place
from workbook_builder.form.model import (
    COLLECTION_KEYS,
    INDICATORS,
    LEVELS,
    NOTICES,
    Field,
    Form,
    FormSheet,
)

LISTS_SHEET, META_SHEET, OPINION_SHEET = "选项", "meta", "退回意见"
META_CELL = Place(META_SHEET, 1, 1)
WEIGHT_TOTAL = "weight_total"  # of the form, so written by compile; the others come with each collection
CONSTANTS: Mapping[str, Place] = {
    key: Place(LISTS_SHEET, row, 2) for row, key in enumerate((*COLLECTION_KEYS, WEIGHT_TOTAL, *NOTICES), start=1)
}

# Hidden beside each indicator row, so that formulas can tell its level.
LEVEL_FIELDS = tuple(
    Field(f"{INDICATORS}.{name}", label, "text", "formula", False, None, None, None) for name, label in LEVELS.items()
)

# pending: locked, and known only where the parts of a root project are together.
SlotKind = Literal["input", "prefilled", "formula", "helper", "pending"]
# What a workbook holds of a root project: all of it, or one part where each sub-project's unit fills its own.
Part = Literal["whole", "parent", "sub_project"]
# What pending cells say, and the sheet of a sub-project's part that shows its parent.
PENDING_WORDS: Mapping[Part, str] = {"parent": "待汇总", "sub_project": "由母项目填报"}
PARENT_TITLE = "母项目"
FOOTER_PLACEHOLDER = "⟦项目⟧"  # until the stamp gives the code and name of the project


class FormShape(NamedTuple):
    """The shape of one declaration's form."""

    rows: tuple[tuple[str, int], ...] = ()  # 二级指标 and its rows, where they are more than the template's
    prefilled: frozenset[str] = frozenset()  # keys that the roster fills
    sections: frozenset[str] = frozenset()  # with last year's content, to be confirmed


class Shape(NamedTuple):
    """The shape of a workbook: its root project and each sub-project, in order."""

    root: FormShape
    sub_projects: tuple[FormShape, ...] = ()
    part: Part = "whole"
    opinion_rows: int = 0  # lines on 退回意见; 0 where the workbook is no return copy
    has_beside: bool = False  # the last round stands beside the form
    is_decided: bool = False  # 批复: nothing is left to fill in, so nothing is checked

    @property
    def is_family(self) -> bool:
        """Whether its root project has sub-projects, here or in workbooks of their own."""
        return bool(self.sub_projects) or self.part != "whole"

    @property
    def sections(self) -> frozenset[str]:
        """Those that some form of it has to confirm."""
        return self.root.sections.union(*(sub.sections for sub in self.sub_projects))


class Slot(NamedTuple):
    """Where one key stands."""

    key: str  # full: sub_projects[0].indicators[3].target
    field: Field
    sub_project: int | None  # None for the root project
    place: Place
    last_row: int
    last_column: int
    kind: SlotKind
    row: int | None = None  # indicator row, from 0
    level1: str | None = None
    level2: str | None = None


class LaidSheet(NamedTuple):
    """One sheet of the workbook and how it comes from the template's."""

    title: str
    source: FormSheet
    sub_project: int | None
    rows: tuple[int, ...]  # the template's row of each row, so rows[0] is the one behind row 1
    hint_column: int  # 0 where the sheet holds no fields, and so no self-check
    is_shown_only: bool = False  # the parent in a sub-project's part: nothing to fill in, nothing to check

    @property
    def confirm_column(self) -> int:
        """The column between the form and the hints, where last year's content is confirmed."""
        return self.hint_column - 1

    @property
    def code_column(self) -> int:
        """The hidden column with the codes of the rules that a row fails."""
        return self.hint_column + 1

    @property
    def next_column(self) -> int:
        """The hidden column that leads to the next row with something wrong."""
        return self.hint_column + 2

    @property
    def first_helper_column(self) -> int:
        """The first of the hidden columns with indicator levels, roster values and effective dates."""
        return self.hint_column + 3

    def first(self, template_row: int) -> int:
        """The first row that comes from this row of the template."""
        return self.rows.index(template_row) + 1

    def last(self, template_row: int) -> int:
        """The last row that comes from this row of the template."""
        return len(self.rows) - self.rows[::-1].index(template_row)


class Layout(NamedTuple):
    """A form laid out for one shape."""

    form: Form
    shape: Shape
    sheets: tuple[LaidSheet, ...]
    slots: Mapping[str, Slot]  # by full key
    parts: Mapping[int | None, Sequence[Slot]]  # the same slots: the root's (None) and those of each sub-project

    def indicator_rows(self, sub_project: int | None) -> tuple[Slot, ...]:
        """The name's slot of every indicator row of the root (None) or of one sub-project, in order."""
        return tuple(slot for slot in self.parts[sub_project] if slot.field.key == table_key("name"))

    def summary_range(self, key: str) -> tuple[Place, int] | None:
        """First cell and last row of a key's column on the summary of sub-projects; None where it is not there."""
        for sheet in self.sheets:
            if sheet.source.kind == "summary":
                for marker in sheet.source.markers:
                    if marker.key == f"sub_projects.{key}":
                        return Place(sheet.title, sheet.first(marker.row), marker.column), sheet.last(marker.row)
        return None

    def mark_column(self, sheet: LaidSheet) -> int:
        """Of a return copy, the hidden column that says which cells of a row were returned: right of all others."""
        used = (slot.place.column for slot in self.parts[sheet.sub_project] if slot.place.sheet == sheet.title)
        last_helper = sheet.first_helper_column + len(LEVEL_FIELDS) + len(self.form.columns) - 1  # texts trimmed: bind
        return max(last_helper, sheet.source.last_column, *used) + 1

    def error_column(self, sheet: LaidSheet) -> int:
        """The hidden column that leads to the next row with an error."""
        return self.mark_column(sheet) + 1

    @property
    def returnable_sheets(self) -> tuple[LaidSheet, ...]:
        """The sheets whose cells a return copy marks and comments: all but 自检."""
        return tuple(sheet for sheet in self.sheets if sheet.source.kind != "check")

    @property
    def declarations(self) -> tuple[int | None, ...]:
        """The root (None) and the numbers of the sub-projects."""
        return (None, *range(len(self.shape.sub_projects)))

    @property
    def checked_sheets(self) -> tuple[LaidSheet, ...]:
        """The sheets with inputs, each with its self-check."""
        return tuple(sheet for sheet in self.sheets if sheet.hint_column and not sheet.is_shown_only)

    @property
    def headings(self) -> dict[Place, str]:
        """The cells of 自检 that name the checked sheets over their counts, and the titles (placeholders)."""
        return {
            Place(sheet.title, sheet.first(marker.row), marker.column + right): checked.title
            for sheet in self.sheets
            for marker in sheet.source.markers
            if marker.key == "check.sheet_titles"
            for right, checked in enumerate(self.checked_sheets)
        }


def title_placeholder(sub_project: int) -> str:
    """The title that a sub-project's sheet has until the stamp gives it its own."""
    return f"⟦{sub_project + 1}⟧"


def table_key(column: str) -> str:
    """Name -> indicators.name."""
    return f"{INDICATORS}.{column}"
