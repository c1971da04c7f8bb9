"""Rows inserted into the indicator table belong to the 二级指标 around them; none with content is lost in silence."""

from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from tests.helpers import Issued, row, rules, saved, single
from tests.judge.row_inserting import inserted
from tests.loaded import opened
from workbook_builder.judge.check import Checked, check

FORM = "申报表"
COUNT, TIME, SATISFACTION = "数量指标", "时效指标", "服务对象满意度指标"
FIRST = {COUNT: 15, "质量指标": 25, TIME: 28, SATISFACTION: 41}  # rows of the packaged form
NEW = ("新增指标甲", "≥", 3, "项")

pytestmark = pytest.mark.slow


def typed(book: Workbook, number: int, values: Sequence[Any]) -> None:
    """Name, comparator, target and unit of one row."""
    for column, value in zip("DEFG", values, strict=True):
        book[FORM][f"{column}{number}"] = value


def checked(form: Issued, book: Workbook) -> Checked:
    return check(saved(book), "交回.xlsx", form.desk)


def indicators(result: Checked) -> list[tuple[str, str]]:
    declaration = result.to_json()["declaration"]
    return [(entry["level2"], entry["name"]) for entry in declaration["indicators"]]


BEFORE = [(COUNT, "培训次数"), ("社会效益指标", "党建环境"), (SATISFACTION, "党员满意度")]


@pytest.mark.parametrize("names_follow", [True, False])
@pytest.mark.parametrize(
    ("at", "level2", "place"),
    [
        (FIRST[COUNT], COUNT, 0),  # between the table's head and its first row
        (FIRST[COUNT] + 1, COUNT, 1),
        (FIRST[COUNT] + 5, COUNT, 1),
        (FIRST["质量指标"], COUNT, 1),  # between two 二级指标: the one above
        (FIRST[TIME] + 1, TIME, 1),
    ],
)
def test_row_inserted_into_the_table__is_a_row_of_its_level(
    alone: Issued, at: int, level2: str, place: int, names_follow: bool
) -> None:
    book = opened(alone.filled(single()))
    inserted(book, FORM, at, names_follow=names_follow)
    typed(book, at, NEW)
    result = checked(alone, book)
    assert indicators(result) == [*BEFORE[:place], (level2, NEW[0]), *BEFORE[place:]]
    (moved,) = (finding for finding in result.findings if finding.rule == "structure.rows_moved")
    assert f"“{level2}”多 1 行" in moved.message
    assert [rule for rule in rules(result) if rule.startswith("structure.")] == ["structure.rows_moved"]


@pytest.mark.parametrize("names_follow", [True, False])
@pytest.mark.parametrize(("others", "has_more"), [(0, False), (1, True)])
def test_rows_inserted_at_the_end_of_the_sheet__are_read_as_far_as_the_form_has_rows(
    alone: Issued, others: int, has_more: bool, names_follow: bool
) -> None:
    entry = single()
    entry["indicators"] += [row(SATISFACTION, "居民满意度", "≥", "85", "%")][:others]
    book = opened(alone.filled(entry))
    inserted(book, FORM, FIRST[SATISFACTION] + 1, names_follow=names_follow)
    typed(book, FIRST[SATISFACTION] + 1, NEW)
    result = checked(alone, book)
    assert indicators(result) == [*BEFORE, (SATISFACTION, NEW[0])]
    told = [rule for rule in rules(result) if rule.startswith("structure.")]
    assert told == sorted(["structure.rows_moved", *["structure.rows_beyond"][:has_more]])


@pytest.mark.parametrize("names_follow", [True, False])
@pytest.mark.parametrize("at", range(FIRST[COUNT], FIRST[SATISFACTION] + 2))
def test_empty_row_inserted_anywhere_in_the_table__changes_no_answer(
    alone: Issued, at: int, names_follow: bool
) -> None:
    data = alone.filled(single())
    book = opened(data)
    inserted(book, FORM, at, names_follow=names_follow)
    result = checked(alone, book)
    assert result.to_json()["declaration"] == check(data, "交回.xlsx", alone.desk).to_json()["declaration"]
    assert rules(result) == ["structure.rows_moved"]


def test_more_indicators_than_the_form_has_rows__are_an_error_that_names_them(alone: Issued) -> None:
    entry = single()
    entry["indicators"] += [row(TIME, name, "定性", "2022年12月底前完成") for name in ("按期开班", "按期结业")]
    book = opened(alone.filled(entry))
    inserted(book, FORM, FIRST[TIME] + 1, names_follow=True)
    typed(book, FIRST[TIME] + 1, ("按期验收", "定性", "2022年12月底前完成", None))
    result = checked(alone, book)
    (beyond,) = (finding for finding in result.findings if finding.rule == "structure.rows_beyond")
    assert (beyond.severity, result.status, beyond.sheet) == ("error", "returned", FORM)
    assert "第 30 行：插入在“时效指标”中，该级指标下发时只有 2 行" in beyond.message
    assert "按期结业" in (beyond.value or "")
    assert [name for level2, name in indicators(result) if level2 == TIME] == ["按期开班", "按期验收"]


def test_several_rows_in_several_levels__are_all_named(alone: Issued) -> None:
    book = opened(alone.filled(single()))
    for at in (FIRST[TIME] + 1, FIRST[COUNT] + 3, FIRST[COUNT] + 3):
        inserted(book, FORM, at, names_follow=False)
    result = checked(alone, book)
    assert rules(result) == ["structure.rows_moved"]
    assert (
        "“数量指标”多 2 行（现为第 15 至 26 行）、“时效指标”多 1 行（现为第 30 至 32 行）" in result.findings[0].message
    )


def test_row_inserted_far_below__costs_nothing(alone: Issued) -> None:
    book = opened(alone.filled(single()))
    for column in "MN":
        book[FORM][f"{column}1048576"] = SATISFACTION
    assert indicators(checked(alone, book)) == BEFORE


@pytest.mark.parametrize("at", [4, 11, 14])
def test_row_inserted_elsewhere__widens_no_level(alone: Issued, at: int) -> None:
    book = opened(alone.filled(single()))
    inserted(book, FORM, at, names_follow=True)
    result = checked(alone, book)
    assert "多 1 行" not in "".join(finding.message for finding in result.findings)
    assert indicators(result) == BEFORE
