"""Sheet 审核: one line for each declaration that counts; only what a reviewer fills in is unlocked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from workbook_builder.cells import column_letters
from workbook_builder.centre.report.book import FIRST, Book, Column, Kind, Page
from workbook_builder.centre.report.facts import STATE_STYLES, Project
from workbook_builder.centre.report.review_columns import (
    ADVICE,
    ALL,
    ANSWERS,
    DAY,
    KIND,
    LOCKED,
    OPINION,
    REVIEWER,
    SCORES,
    SETTLED,
    SUBMISSION,
    THIS_LINE_HOLDS,
    TITLE,
    VERDICT,
    position,
)  # fmt: skip
from workbook_builder.collection.roster import GRADE_NAMES
from workbook_builder.judge.work_sheet import BY_PERSON, ITEMS
from workbook_builder.ledger.reviews import OPINION_KINDS, VERDICTS, Review
from workbook_builder.ooxml.listing import Content, write_cell
from workbook_builder.ooxml.tables import Column as Read
from workbook_builder.values.serials import FIRST_DATE, LAST_DATE

WRAPPED = (OPINION, "note", "lower", "project_name", "unit_name")
NEW_SUBMISSION, DISPUTED = "已有新的申报，请重新审核", "意见不一，请商定"
INPUT = {"locked": False, "bg_color": "#FFF9E5"}
_FREE = {key: column_letters(position(key) + 1) for key in ("total", SCORES[0].key, SCORES[-1].key)}
Grades = Sequence[int]  # the least points of all grades but the last


def rows_of(projects: Sequence[Project], grades: Grades) -> Iterator[tuple[Content, ...]]:
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
            _note(project),
            "\n".join(one.words for one in project.lower),
            review.verdict,
            review.kind,
            review.opinion,
            project.assigned if review.is_empty else review.reviewer,
            review.reviewed_on,
            None,
            *(BY_PERSON if score is None else score for score in scores),
            *_result(scores, grades),
            project.submission.sha256,
            str(project.stand.told.version or ""),
            project.assigned,
        )


def _own(project: Project) -> Review:
    """The review of what counts now, empty where there is none."""
    return project.stand.told.review or Review(project.root.project_code, project.submission.sha256)


def _scores(project: Project) -> list[Decimal | None]:
    """The reviewer's points, else those that findings are evidence for."""
    given = _own(project).scores
    return [given.get(item.id, project.judged.pre_scores.get(item.id)) for item in ITEMS]


def _note(project: Project) -> str:
    """What a reviewer should know: what others say otherwise, what was said of an earlier submission."""
    if disputes := project.stand.told.disputes:
        others = "；".join(f"“{other.spoken}”" for other in disputes)
        return f"{DISPUTED}：本行是“{_own(project).spoken}”，另有{others}。"
    review = project.review
    if review is None or review.is_current:
        return ""
    words = "，".join(str(word) for word in (review.reviewer, review.reviewed_on) if word)
    opinion = f"：{review.opinion_words}" if review.opinion_words else ""
    return f"{NEW_SUBMISSION}。上次{review.verdict or '意见'}{f'（{words}）' if words else ''}{opinion}"


def _result(scores: Sequence[Decimal | None], grades: Grades) -> tuple[Content, Content]:
    """What the formulas of total and grade show."""
    given = [score for score in scores if score is not None]
    if len(given) < len(ITEMS):
        return BY_PERSON, None
    total = sum(given, Decimal(0))
    reached = (name for name, least in zip(GRADE_NAMES, grades, strict=False) if total >= least)
    return total, next(reached, GRADE_NAMES[-1])


def columns_of() -> tuple[Column, ...]:
    """The columns of the sheet."""
    return tuple(Column(column.header, _kind(column), column.width) for column in ALL)


def draw_reviews(book: Book, projects: Sequence[Project], grades: Grades) -> None:
    """The sheet."""
    columns = [column._replace(header=column.header.replace(" ", "\n")) for column in columns_of()]
    page = book.begin(TITLE, columns, heading="绩效目标审核", advice=ADVICE, frozen=2)
    sheet = page.sheet
    for row, values in enumerate(rows_of(projects, grades), start=FIRST):
        page.see(values[: len(LOCKED)])
        book.set_height(sheet, row, columns, values)
        _draw_line(book, sheet, row, values, grades)
    page.fit([0] * len(LOCKED) + [column.width for column in columns[len(LOCKED) :]])
    sheet.fit_to_pages(2, 0)  # on one page in width nobody could read it
    sheet.repeat_columns(0, 1)
    is_used = {"lower": any(one.lower for one in projects), SETTLED: any(one.stand.told.disputes for one in projects)}
    for place in (position(key) for key, used in is_used.items() if not used):
        sheet.set_column(place, place, 10, None, {"hidden": True})
    last = FIRST + max(len(projects), 1) - 1
    _guard(sheet, last)
    lock(page, last, position(SUBMISSION), len(ALL))


def lock(page: Page, last: int, hidden_from: int, columns: int) -> None:
    """Lets a sheet be filtered and widened, but only what is free be filled in; the last columns are for us."""
    sheet = page.sheet
    sheet.set_column(hidden_from, columns - 1, 10, None, {"hidden": True})
    sheet.autofilter(FIRST - 1, 0, last, hidden_from - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True})


def _kind(column: Read) -> Kind:
    if column.kind == "date":
        return "date"
    if column.key in WRAPPED:
        return "text"
    return "number" if column.kind == "amount" else "line"


def _draw_line(book: Book, page: Any, row: int, values: Sequence[Content], grades: Grades) -> None:
    free = {column.key for column in (*ANSWERS, *SCORES)}
    for place, (column, value) in enumerate(zip(ALL, values, strict=True)):
        style = STATE_STYLES.get(str(value), _kind(column))
        form = book.format(style, **(INPUT if column.key in free else {}))
        if column.key in ("total", "grade"):
            shown = float(value) if isinstance(value, Decimal) else value or ""
            page.write_formula(row, place, _formula(column.key, row + 1, grades), form, shown)
        else:
            write_cell(page, (row, place), value, form)


def _formula(key: str, row: int, grades: Grades) -> str:
    """Total and grade, once a person has completed every item; row as Excel counts."""
    points = f"{_FREE[SCORES[0].key]}{row}:{_FREE[SCORES[-1].key]}{row}"
    if key == "total":
        return f'=IF(COUNT({points})={len(ITEMS)},SUM({points}),"{BY_PERSON}")'
    total = f"{_FREE['total']}{row}"
    words = f'"{GRADE_NAMES[-1]}"'
    for least, grade in reversed(list(zip(grades, GRADE_NAMES, strict=False))):
        words = f'IF({total}>={least},"{grade}",{words})'
    return f'=IF(ISNUMBER({total}),{words},"")'


def _guard(page: Any, last: int) -> None:
    guards: dict[str, Mapping[str, Any]] = {
        VERDICT: {"validate": "list", "source": list(VERDICTS)},
        KIND: {"validate": "list", "source": list(OPINION_KINDS)},
        OPINION: {"validate": "any"},
        REVIEWER: {"validate": "any"},
        DAY: {"validate": "date", "criteria": "between", "minimum": FIRST_DATE, "maximum": LAST_DATE},
        SETTLED: {"validate": "list", "source": [THIS_LINE_HOLDS]},
        **{item.id: _points(item.points) for item in ITEMS},
    }
    guard(page, last, (*ANSWERS, *SCORES), guards, position)


def guard(
    page: Any, last: int, columns: Iterable[Read], guards: Mapping[str, Mapping[str, Any]], place_of: Any
) -> None:
    """The validations of what is filled in, with a word at each cell; place_of: a column's place by its key."""
    for column in columns:
        words = {"input_title": column.header.partition(" ")[0], "input_message": column.note}
        refusal = {"error_title": "填写不符合要求", "error_message": column.note}
        place = place_of(column.key)
        page.data_validation(FIRST, place, last, place, {**guards[column.key], **words, **refusal})


def _points(most: int) -> Mapping[str, Any]:
    return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": most}
