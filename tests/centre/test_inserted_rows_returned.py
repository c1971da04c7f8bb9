"""A return copy has the rows that were issued: those inserted are folded into them, and what has no room is listed."""

from pathlib import Path
from typing import Any

import pytest

from tests.centre.returning import Centre, centre_of, issued_in, lines_of
from tests.helpers import collection_of, project, row, saved, single
from tests.judge.row_inserting import inserted
from tests.loaded import opened
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue

FORM, TIME, FIRST = "申报表", "时效指标", 28  # of the packaged form: its two rows for 时效指标

pytestmark = pytest.mark.slow


@pytest.fixture
def centre(tmp_path: Path) -> Any:
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    found = centre_of(collection)
    yield found
    found.ledger.close()


def returned(centre: Centre, *names: str) -> bytes:
    """The return copy of a workbook with so many 时效指标, the second in a row that was inserted; no amount is filled in."""
    first, second, *others = ({"level2": TIME, "name": name} for name in names)
    entry = single(total_fiscal=None)
    written = [row(TIME, str(one["name"]), "定性", "2022年12月底前完成") for one in (first, *others)]
    entry["indicators"] = [*entry["indicators"], *written]
    book = opened(issued_in(centre).filled(entry))
    inserted(book, FORM, FIRST + 1, names_follow=True)
    for column, value in zip("DEF", (second["name"], "定性", "2022年12月底前完成"), strict=True):
        book[FORM][f"{column}{FIRST + 1}"] = value
    centre.imports("插入.xlsx", saved(book))
    (copy,) = centre.returns()
    assert copy.copy is not None
    return copy.copy.read_bytes()


def times_in(data: bytes) -> list[Any]:
    sheet = opened(data)[FORM]
    return [sheet[f"D{number}"].value for number in (FIRST, FIRST + 1)]


def test_inserted_row_that_has_room__stands_in_a_row_of_the_form(centre: Centre) -> None:
    copy = returned(centre, "按期开班", "按期结业")
    assert times_in(copy) == ["按期开班", "按期结业"]
    assert centre.opened(copy).located.placing.widened[FORM] == ()


def test_inserted_row_without_room__is_listed_whole(centre: Centre) -> None:
    copy = returned(centre, "按期开班", "按期结业", "按期验收")
    assert times_in(copy) == ["按期开班", "按期结业"]
    assert "按期验收" in "".join(str(cell) for line in lines_of(copy) for cell in line)
