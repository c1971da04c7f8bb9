"""The meta cell: what goes in comes back, and nothing that somebody else wrote there does any harm."""

import json
from typing import Any

import pytest

from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import ALL_ROWS_LIMIT, ROWS_LIMIT, SUB_PROJECTS_LIMIT, Identity, from_text, to_text

SUB = {"project_code": "P1-1", "sheet": "社区党建", "rows": {}, "prefilled": []}
WHOLE: dict[str, Any] = {
    "form": "sh-performance-target",
    "version": "2022.1",
    "fiscal_year": 2022,
    "round": "一上",
    "unit_code": "U1",
    "project_code": "P1",
    "issue_id": "0123456789ab",
    "submission": 1,
    "rows": {"数量指标": 20},
    "prefilled": ["project_name"],
    "sub_projects": [SUB],
}


def identity(**changes: Any) -> Identity | None:
    return from_text(json.dumps(WHOLE | changes))


def test_identity__comes_back_as_it_went_out() -> None:
    root = FormShape((("数量指标", 20), ("成本指标", 4)), frozenset({"project_name", "start_date"}))
    shape = Shape(root, (FormShape(), FormShape(prefilled=frozenset({"department"}))))
    subs = (("P1-1", "“两新”党建"), ("P1-2", "社区's 党建"))
    whole = Identity("f", "2022.1", 2022, "一上", "U1", "P1", "0a1b", 3, subs, shape)
    assert from_text(to_text(whole)) == whole
    assert whole.titles == ("“两新”党建", "社区's 党建")
    alone = whole._replace(sub_projects=(), shape=Shape(root))
    assert from_text(to_text(alone)) == alone


def test_part_and_return_copy__come_back_and_are_not_said_of_others() -> None:
    found = identity()
    assert found is not None
    assert (found.shape.part, found.shape.opinion_rows) == ("whole", 0)
    part = found._replace(shape=found.shape._replace(part="sub_project", opinion_rows=30))
    assert from_text(to_text(part)) == part
    assert identity(part="half") is None


def test_part__names_the_project_that_it_declares_and_has_as_many_sub_projects_as_it_may() -> None:
    part = identity(part="sub_project")
    parent = identity(part="parent", sub_projects=[])
    assert part is not None
    assert parent is not None
    assert (part.declared_code, parent.declared_code) == ("P1-1", "P1")
    assert identity(part="sub_project", sub_projects=[]) is None
    assert identity(part="sub_project", sub_projects=[SUB, SUB]) is None
    assert identity(part="parent") is None


def test_text__is_one_line_of_json_in_plain_chinese() -> None:
    found = identity()
    assert found is not None
    text = to_text(found)
    assert json.loads(text) == WHOLE
    assert "\n" not in text
    assert "社区党建" in text


@pytest.mark.parametrize("name", WHOLE)
def test_missing_word__is_no_identity(name: str) -> None:
    assert from_text(json.dumps({key: value for key, value in WHOLE.items() if key != name})) is None


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '"x"', "1", "{}", "[" * 100_000, "下发", '{"form":' + "9" * 5000 + "}"]
)
def test_text_that_is_no_identity__is_none(text: str) -> None:
    assert from_text(text) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"fiscal_year": "今年"},
        {"fiscal_year": None},
        {"fiscal_year": float("inf")},
        {"fiscal_year": float("nan")},
        {"fiscal_year": 10**300},
        {"submission": -1},
        {"sub_projects": None},
        {"sub_projects": 5},
        {"sub_projects": "两个"},
        {"sub_projects": {"a": 1}},
        {"sub_projects": {}},
        {"sub_projects": [None]},
        {"sub_projects": [{"project_code": "P1-1"}]},
        {"rows": None},
        {"rows": []},
        {"rows": {"数量指标": "很多"}},
        {"rows": {"数量指标": -1}},
        {"prefilled": None},
        {"prefilled": 1},
        {"form": "\ud800"},
        {"sub_projects": [SUB | {"sheet": "\udfff"}]},
    ],
)
def test_hostile_content__is_none(changes: dict[str, Any]) -> None:
    assert identity() is not None
    assert identity(**changes) is None


def test_sizes__are_bounded() -> None:
    assert identity(sub_projects=[SUB] * SUB_PROJECTS_LIMIT) is not None
    assert identity(sub_projects=[SUB] * (SUB_PROJECTS_LIMIT + 1)) is None
    assert identity(rows={"数量指标": ROWS_LIMIT}) is not None
    assert identity(rows={"数量指标": ROWS_LIMIT + 1}) is None
    whole = SUB | {"rows": {"数量指标": ROWS_LIMIT}}
    most = ALL_ROWS_LIMIT // ROWS_LIMIT
    assert identity(rows={}, sub_projects=[whole] * most) is not None
    assert identity(rows={}, sub_projects=[whole] * (most + 1)) is None
