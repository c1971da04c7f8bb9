"""A finance office with two reviewers: what each types into his file, as another program saves it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.centre_of_departments import FORM, PROJECTS, UNITS, Centre
from tests.helpers import changed, write_roster
from tests.loaded import opened
from workbook_builder.centre.report.review_columns import ALL, INDICATOR_ALL
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.ledger.reviews import Review

FIRST_LINE = 4
LETTERS = {column.key: chr(ord("A") + number) for number, column in enumerate(ALL)}
INDICATOR_LETTERS = {column.key: chr(ord("A") + number) for number, column in enumerate(INDICATOR_ALL)}
REVIEWERS = ("张三", "李四", None)  # of the units U1 (0101, 0102), U2 (0201) and U3 (0301)


def with_reviewers(collection: Collection, reviewers: tuple[str | None, ...] = REVIEWERS) -> None:
    """Names them in 单位名册."""
    units = tuple(unit._replace(reviewer=name) for unit, name in zip(UNITS, reviewers, strict=True))
    write_roster(collection.roster, Roster(Settings(2022, "一上"), units, PROJECTS))


def part(centre: Centre, name: str) -> Path:
    return centre.collection.reviews / f"审核_{name}.xlsx"


def line_of(path: Path, code: str) -> int:
    """The row of a project on sheet 审核."""
    page = opened(path.read_bytes())["审核"]
    return next(row for row in range(FIRST_LINE, page.max_row + 1) if page[f"A{row}"].value == code)


def types(path: Path, code: str, **answers: Any) -> None:
    """What a reviewer types into the line of a project; answers: by the keys of the columns."""
    row = line_of(path, code)
    cells = {("审核", f"{LETTERS[key]}{row}"): value for key, value in answers.items()}
    path.write_bytes(changed(path.read_bytes(), cells))


def remarks_on(path: Path, said: Mapping[int, Mapping[str, Any]]) -> None:
    """What he says of indicators; by the rows of sheet 指标审核, from 0."""
    cells = {
        ("指标审核", f"{INDICATOR_LETTERS[key]}{FIRST_LINE + row}"): value
        for row, answers in said.items()
        for key, value in answers.items()
    }
    path.write_bytes(changed(path.read_bytes(), cells))


def lines(path: Path, title: str) -> list[dict[str, Any]]:
    """The rows of a sheet under their headers."""
    rows = list(opened(path.read_bytes(), data_only=True)[title].iter_rows(min_row=3, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if any(row)]


def reviews(centre: Centre) -> dict[str, Review]:
    return centre.ledger.reviews(FORM, 2022)


def verdicts(centre: Centre) -> dict[str, str | None]:
    return {code: review.verdict for code, review in reviews(centre).items()}
