"""Sheet 指标审核: one line for each indicator, where a reviewer says what is to be changed in it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from workbook_builder.centre.report.book import FIRST, ROWS_PER_SHEET, Book, Column
from workbook_builder.centre.report.facts import Project, indicators
from workbook_builder.centre.report.review_columns import (
    INDICATOR_ALL,
    INDICATOR_ANSWERS,
    INDICATOR_HIDDEN,
    INDICATOR_LOCKED,
    INDICATORS_ADVICE,
    INDICATORS_TITLE,
    KIND,
    OPINION,
)
from workbook_builder.centre.report.review_sheet import INPUT, guard, lock
from workbook_builder.ledger.queries import Questions
from workbook_builder.ledger.reviews import OPINION_KINDS, Remark
from workbook_builder.ledger.rows import IndicatorRow
from workbook_builder.ooxml.listing import Content, write_cell
from workbook_builder.values.quantities import QUALITATIVE

WRAPPED = ("project_name", "part_name", "name", OPINION)


class IndicatorLines(NamedTuple):
    """The sheet's lines, read from the ledger while they are written."""

    ledger: Questions
    projects: tuple[Project, ...]

    def rows(self) -> Iterator[tuple[Content, ...]]:
        """One for each indicator, with what the review of what counts says of it."""
        said = {
            (project.submission.sha256, remark.place): remark
            for project in self.projects
            if project.stand.told.review
            for remark in project.stand.told.review.remarks
        }
        for project, row in indicators(self.ledger, self.projects):
            place = Remark(row.sub_project, row.row).place
            remark = said.get((project.submission.sha256, place), Remark(row.sub_project, row.row))
            part = "" if row.sub_project is None else project.subs[row.sub_project].project_name
            yield (
                project.root.project_code,
                project.root.project_name,
                part,
                row.level1,
                row.level2,
                row.name,
                target_words(row),
                remark.kind,
                remark.text,
                project.submission.sha256,
                "" if row.sub_project is None else str(row.sub_project),
                str(row.row),
            )


def target_words(row: IndicatorRow) -> str:
    """Such as ≥90%, as the form prints it."""
    comparator = "" if row.comparator == QUALITATIVE else row.comparator or ""
    return f"{comparator}{row.target or ''}{row.unit or ''}"


def indicator_columns() -> tuple[Column, ...]:
    """The columns of the sheet."""
    return tuple(
        Column(column.header, "text" if column.key in WRAPPED else "line", column.width) for column in INDICATOR_ALL
    )


def draw_indicators(book: Book, lines: Iterable[tuple[Content, ...]]) -> None:
    """The sheet; of more indicators than it can hold, the first."""
    columns, row = indicator_columns(), FIRST - 1
    page = book.begin(INDICATORS_TITLE, columns, heading=INDICATORS_TITLE, advice=INDICATORS_ADVICE, frozen=2)
    free = {position(column.key) for column in INDICATOR_ANSWERS}
    styles = [book.format(column.kind, **(INPUT if place in free else {})) for place, column in enumerate(columns)]
    for row, values in zip(range(FIRST, FIRST + ROWS_PER_SHEET), lines, strict=False):
        page.see(values[: len(INDICATOR_LOCKED)])
        book.set_height(page.sheet, row, columns, values)
        for place, (style, value) in enumerate(zip(styles, values, strict=True)):
            write_cell(page.sheet, (row, place), value, style)
    page.fit([0] * len(INDICATOR_LOCKED) + [column.width for column in columns[len(INDICATOR_LOCKED) :]])
    last = max(row, FIRST)
    guards: dict[str, Mapping[str, Any]] = {
        KIND: {"validate": "list", "source": list(OPINION_KINDS)},
        OPINION: {"validate": "any"},
    }
    guard(page.sheet, last, INDICATOR_ANSWERS, guards, position)
    lock(page, last, position(INDICATOR_HIDDEN[0].key), len(INDICATOR_ALL))


def position(key: str) -> int:
    """A column's place, from 0."""
    return [column.key for column in INDICATOR_ALL].index(key)
