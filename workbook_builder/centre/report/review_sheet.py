"""Sheet 审核: one line for each declaration that counts; only what a reviewer fills in is unlocked."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from workbook_builder.cells import column_letters
from workbook_builder.centre.report.book import FIRST, Book, Column, Kind
from workbook_builder.centre.report.facts import STATE_STYLES, Project
from workbook_builder.centre.report.review_columns import (
    ADVICE,
    ALL,
    ANSWERS,
    DAY,
    LOCKED,
    OPINION,
    REVIEWER,
    SCORES,
    SUBMISSION,
    TITLE,
    VERDICT,
    position,
)  # fmt: skip
from workbook_builder.judge.work_sheet import BY_PERSON, GRADES, ITEMS
from workbook_builder.ledger.reviews import VERDICTS, Review
from workbook_builder.ooxml.listing import Content, write_cell
from workbook_builder.ooxml.tables import Column as Read
from workbook_builder.values.serials import FIRST_DATE, LAST_DATE

WRAPPED = (OPINION, "note", "project_name", "unit_name")
NEW_SUBMISSION = "已有新的申报，请重新审核"
_INPUT = {"locked": False, "bg_color": "#FFF9E5"}
_FREE = {key: column_letters(position(key) + 1) for key in ("total", SCORES[0].key, SCORES[-1].key)}


def rows_of(projects: Sequence[Project]) -> Iterator[tuple[Content, ...]]:
    """The sheet's rows as values, total and grade included."""
    for project in projects:
        review, scores = _own(project), _scores(project)
        findings = f"{project.judged.errors} / {project.judged.warnings}"
        yield (
            project.root.project_code,
            project.root.project_name,
            project.unit_name,
            project.state,
            findings,
            _note(project.review),
            review.verdict,
            review.opinion,
            review.reviewer,
            review.reviewed_on,
            *(BY_PERSON if score is None else score for score in scores),
            *_result(scores),
            project.submission.sha256,
            str(review.version or ""),
        )


def _own(project: Project) -> Review:
    """The review of what counts now, empty where there is none."""
    review = project.review
    return review if review and review.is_current else Review(project.root.project_code, project.submission.sha256)


def _scores(project: Project) -> list[Decimal | None]:
    """The reviewer's points, else those that findings are evidence for."""
    given = _own(project).scores
    return [given.get(item.id, project.judged.pre_scores.get(item.id)) for item in ITEMS]


def _note(review: Review | None) -> str:
    if review is None or review.is_current:
        return ""
    words = "，".join(str(word) for word in (review.reviewer, review.reviewed_on) if word)
    opinion = f"：{review.opinion}" if review.opinion else ""
    return f"{NEW_SUBMISSION}。上次{review.verdict or '意见'}{f'（{words}）' if words else ''}{opinion}"


def _result(scores: Sequence[Decimal | None]) -> tuple[Content, Content]:
    """What the formulas of total and grade show."""
    given = [score for score in scores if score is not None]
    if len(given) < len(ITEMS):
        return BY_PERSON, None
    total = sum(given, Decimal(0))
    return total, next(grade for points, grade in GRADES if total >= points)


def columns_of() -> tuple[Column, ...]:
    """The columns of the sheet."""
    return tuple(Column(column.header, _kind(column), column.width) for column in ALL)


def draw_reviews(book: Book, projects: Sequence[Project]) -> None:
    """The sheet."""
    columns = [column._replace(header=column.header.replace(" ", "\n")) for column in columns_of()]
    page = book.begin(TITLE, columns, heading="绩效目标审核", advice=ADVICE, frozen=2)
    sheet = page.sheet
    for row, values in enumerate(rows_of(projects), start=FIRST):
        page.see(values[: len(LOCKED)])
        book.set_height(sheet, row, columns, values)
        _draw_line(book, sheet, row, values)
    page.fit([0] * len(LOCKED) + [column.width for column in columns[len(LOCKED) :]])
    sheet.fit_to_pages(2, 0)  # on one page in width nobody could read it
    sheet.repeat_columns(0, 1)
    sheet.set_column(position(SUBMISSION), len(ALL) - 1, 10, None, {"hidden": True})
    last = FIRST + max(len(projects), 1) - 1
    _guard(sheet, last)
    sheet.autofilter(FIRST - 1, 0, last, position(SUBMISSION) - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True})


def _kind(column: Read) -> Kind:
    if column.kind == "date":
        return "date"
    if column.key in WRAPPED:
        return "text"
    return "number" if column.kind == "amount" else "line"


def _draw_line(book: Book, page: Any, row: int, values: Sequence[Content]) -> None:
    free = {column.key for column in (*ANSWERS, *SCORES)}
    for place, (column, value) in enumerate(zip(ALL, values, strict=True)):
        style = STATE_STYLES.get(str(value), _kind(column))
        form = book.format(style, **(_INPUT if column.key in free else {}))
        if column.key in ("total", "grade"):
            shown = float(value) if isinstance(value, Decimal) else value or ""
            page.write_formula(row, place, _formula(column.key, row + 1), form, shown)
        else:
            write_cell(page, (row, place), value, form)


def _formula(key: str, row: int) -> str:
    """Total and grade, once a person has completed every item; row as Excel counts."""
    points = f"{_FREE[SCORES[0].key]}{row}:{_FREE[SCORES[-1].key]}{row}"
    if key == "total":
        return f'=IF(COUNT({points})={len(ITEMS)},SUM({points}),"{BY_PERSON}")'
    total = f"{_FREE['total']}{row}"
    words = f'"{GRADES[-1][1]}"'
    for least, grade in reversed(GRADES[:-1]):
        words = f'IF({total}>={least},"{grade}",{words})'
    return f'=IF(ISNUMBER({total}),{words},"")'


def _guard(page: Any, last: int) -> None:
    guards: dict[str, Mapping[str, Any]] = {
        VERDICT: {"validate": "list", "source": list(VERDICTS)},
        OPINION: {"validate": "any"},
        REVIEWER: {"validate": "any"},
        DAY: {"validate": "date", "criteria": "between", "minimum": FIRST_DATE, "maximum": LAST_DATE},
        **{item.id: _points(item.points) for item in ITEMS},
    }
    for column in (*ANSWERS, *SCORES):
        words = {"input_title": column.header.partition(" ")[0], "input_message": column.note}
        refusal = {"error_title": "填写不符合要求", "error_message": column.note}
        place = position(column.key)
        page.data_validation(FIRST, place, last, place, {**guards[column.key], **words, **refusal})


def _points(most: int) -> Mapping[str, Any]:
    return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": most}
