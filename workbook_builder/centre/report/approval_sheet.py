"""Sheet 批复 (or 调整): a line for each project and sub-project, both sides of each amount, live sums and differences."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from workbook_builder.cells import column_letters
from workbook_builder.centre.report.approval_columns import (
    ADVICE,
    DAY,
    DOCUMENT,
    NUMBER,
    VERSION_HEADER,
    Money,
    Sides,
    money_columns,
    parts_of,
)
from workbook_builder.centre.report.approval_lines import PROJECT, SUB, TOTAL, Compared, Line
from workbook_builder.centre.report.book import FIRST, Book, Column
from workbook_builder.form.model import MONEY_SUMS, Field
from workbook_builder.ooxml.listing import Content, write_cell
from workbook_builder.values.serials import FIRST_DATE, LAST_DATE

HEAD = (
    Column("层级", "plain", 8), Column("项目编码", "line", 18), Column("项目名称", "text", 26), Column("单位", "text", 22),
)  # fmt: skip
INPUT = {"locked": False, "bg_color": "#FFF9E5"}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    TOTAL: {"bold": True, "bg_color": "#BDD7EE"}, PROJECT: {}, SUB: {"font_color": "#595959"},
}  # fmt: skip
ZERO = Decimal("0.00")
Fields = tuple[Field, ...]


def columns_of(sides: Sides, fields: Fields) -> tuple[Column, ...]:
    """The columns of the sheet."""
    money = (Column(sides.header(one), "amount", 20) for one in money_columns(fields))
    document = Column(DOCUMENT[NUMBER][0], "line", 24), Column(DOCUMENT[DAY][0], "date", 13)
    return (*HEAD, *money, *document, Column(VERSION_HEADER, "line", 10))


def rows_of(compared: Compared, fields: Fields) -> Iterator[tuple[Content, ...]]:
    """The sheet's rows as values, the sums of all first."""
    columns = list(money_columns(fields))
    roots = [line for line in compared.lines if line.kind == PROJECT]
    sums = (sum((_value(line, one) or ZERO for line in roots), ZERO) for one in columns)
    yield (TOTAL, "", "", "", *sums, None, None, "")
    for line in compared.lines:
        money = (_value(line, one) for one in columns)
        document = line.document_number, line.approved_on, str(line.version or "")
        yield (line.kind, line.project_code, line.project_name, line.unit_name, *money, *document)


def _value(line: Line, money: Money) -> Decimal | None:
    before, after = (side.get(money.field.key) for side in (line.before, line.after))
    if money.role == "difference":
        return None if after is None else after - (before or ZERO)
    return before if money.role == "before" else after


def draw_approvals(book: Book, compared: Compared, fields: Fields) -> None:
    """The sheet; where an officer is to enter what was approved, all else is locked."""
    columns, sides = columns_of(compared.sides, fields), compared.sides
    advice = ADVICE if compared.is_entered else f"{sides.after}与{sides.before}逐项对照，单位：元；合计只加“项目”一层。"
    page = book.begin(sides.title, columns, heading=f"{sides.before}与{sides.after}对照", advice=advice, frozen=3)
    drawing = _Drawing(book, page.sheet, compared, fields)
    for number, (line, values) in enumerate(zip((None, *compared.lines), rows_of(compared, fields), strict=True)):
        page.see(values)
        book.set_height(page.sheet, FIRST + number, columns, values)
        drawing.line(FIRST + number, line, values)
    page.fit()
    hidden = len(columns) - 1
    page.sheet.set_column(hidden, hidden, 10, None, {"hidden": True})
    page.sheet.autofilter(FIRST - 1, 0, drawing.last, hidden - 1)
    page.sheet.print_area(0, 0, drawing.last, hidden - 1)
    page.sheet.fit_to_pages(2, 0)  # on one page in width nobody could read it
    page.sheet.repeat_columns(0, 2)
    if compared.is_entered:
        drawing.guard()
        options = {"autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True}
        page.sheet.protect("", options)


class _Drawing:
    """The lines of one sheet; rows and columns count from 0."""

    def __init__(self, book: Book, sheet: Any, compared: Compared, fields: Fields):
        self._book, self._sheet, self._compared, self._fields = book, sheet, compared, fields
        self._columns = columns_of(compared.sides, fields)
        self._money = {len(HEAD) + place: one for place, one in enumerate(money_columns(fields))}
        self._places = {one.key: place for place, one in self._money.items()}
        self.last = FIRST + len(compared.lines)

    def line(self, row: int, line: Line | None, values: Sequence[Content]) -> None:
        """One line; None for the sums of all."""
        for place, (column, value) in enumerate(zip(self._columns, values, strict=True)):
            formula = self._formula(row, line, place)
            is_input = self._compared.is_entered and self._is_input(line, place)
            look = LOOKS[line.kind if line else TOTAL]
            style = self._book.format(column.kind, **(INPUT if is_input else look))
            if formula:
                shown = float(value) if isinstance(value, Decimal) else ""
                self._sheet.write_formula(row, place, formula, style, shown)
            else:
                write_cell(self._sheet, (row, place), value, style)

    def _is_input(self, line: Line | None, place: int) -> bool:
        money = self._money.get(place)
        if money:
            return bool(line and not line.subs) and money.role == "after" and money.field.key not in MONEY_SUMS
        return bool(line and line.kind == PROJECT) and place in self._document

    @property
    def _document(self) -> tuple[int, int]:
        first = len(HEAD) + len(self._money)
        return first, first + 1

    def _formula(self, row: int, line: Line | None, place: int) -> str | None:
        money = self._money.get(place)
        if money is None:
            return None
        own = column_letters(place + 1)
        if line is None:
            area = "${0}${1}:${0}${2}"
            kinds, amounts = (area.format(letters, FIRST + 2, max(self.last, FIRST + 1) + 1) for letters in ("A", own))
            return f'=ROUND(SUMIF({kinds},"{PROJECT}",{amounts}),2)'
        if money.role == "difference":
            before, after = (self._cell(f"{role}.{money.field.key}", row) for role in ("before", "after"))
            return f'=IF(ISNUMBER({after}),ROUND({after}-SUM({before}),2),"")'
        if money.role == "before" or not self._compared.is_entered:
            return None
        if line.subs:
            return _sum(f"{own}{row + 2}:{own}{row + 1 + line.subs}")
        if parts := parts_of(money.field.key, self._fields):
            return _sum(",".join(self._cell(f"after.{key}", row) for key in parts))
        return None

    def _cell(self, key: str, row: int) -> str:
        return f"{column_letters(self._places[key] + 1)}{row + 1}"

    def guard(self) -> None:
        """What may be typed where an officer enters."""
        amount = {
            "validate": "decimal", "criteria": ">=", "value": 0, "error_title": "填写不符合要求",
            "error_message": "请填写不小于 0、最多两位小数的金额，单位：元。",
        }  # fmt: skip
        day = {
            "validate": "date", "criteria": "between", "minimum": FIRST_DATE, "maximum": LAST_DATE,
            "error_title": "填写不符合要求", "error_message": "请填写日期，如 2022-02-01。",
        }  # fmt: skip
        for place, money in self._money.items():
            if money.role == "after":
                self._sheet.data_validation(FIRST + 1, place, max(self.last, FIRST + 1), place, amount)
        place = self._document[1]
        self._sheet.data_validation(FIRST + 1, place, max(self.last, FIRST + 1), place, day)


def _sum(cells: str) -> str:
    return f'=IF(COUNT({cells})=0,"",ROUND(SUM({cells}),2))'
