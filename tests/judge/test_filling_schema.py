"""The schema of what `fill` takes: what it lets pass is written, what it refuses is named by `fill` or by the judge."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.helpers import Issued, single
from workbook_builder.cli.app import main
from workbook_builder.cli.demo import example_declaration
from workbook_builder.errors import ContentError
from workbook_builder.findings import Finding
from workbook_builder.judge.fill import open_ours
from workbook_builder.judge.filling_schema import filling_schema

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def validator(example: Issued) -> Draft202012Validator:
    schema = filling_schema(open_ours(example.data, "例.xlsx", example.desk))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture(scope="module")
def declared(example: Issued) -> dict[str, Any]:
    """The packaged example as `check --json` gives it: normalised."""
    declaration = example.checked(example_declaration()).to_json()["declaration"]
    assert declaration["annual_funds"] == "1411700.00"
    return dict(declaration)


def with_value(declared: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same with another value, by a path such as sub_projects.0.annual_goal; one behind the last is added."""
    entry = deepcopy(declared)
    *way, last = path.split(".")
    place: Any = entry
    for step in way:
        place = place[int(step) if step.isdecimal() else step]
    if last.isdecimal() and int(last) == len(place):
        place.append(value)
    else:
        place[int(last) if last.isdecimal() else last] = value
    return entry


def test_declaration_as_check_says_it__is_valid_and_is_written(
    validator: Draft202012Validator, declared: dict[str, Any], example: Issued
) -> None:
    assert [*validator.iter_errors(declared), *validator.iter_errors({})] == []
    assert example.checked(declared).to_json()["declaration"] == declared


def test_comparators_as_people_type_them__are_invalid_and_nothing_else_of_the_example(
    validator: Draft202012Validator,
) -> None:
    errors = list(validator.iter_errors(example_declaration()))
    assert {error.absolute_path[-1] for error in errors} == {"comparator"}
    assert {error.instance for error in errors} == {">="}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("annual_funds", "2000万"),
        ("sub_projects.0.annual_appropriation", "1,000"),
        ("sub_projects.0.annual_appropriation", "0.001"),
        ("sub_projects.0.annual_appropriation", -1),
        ("project_code", "别的"),
        ("fiscal_year", 2023),
        ("sub_projects.1.project_code", "别的"),
        ("indicators.0.comparator", "不低于"),
        ("indicators.0.level2", "别的指标"),
        ("indicators.0.score", "1"),
        ("indicators.0.row", 999),
        ("narrative.overview", 1),
        ("narrative.summary", "没有这一节"),
        ("start_date", "2022-13-01"),
        ("filler", ["张三"]),
        ("goal", "没有这个字段"),
        ("sub_projects.2", {}),
    ],
)
def test_value_of_another_kind__is_invalid_there_and_never_declared(
    path: str, value: Any, validator: Draft202012Validator, declared: dict[str, Any], example: Issued
) -> None:
    entry = with_value(declared, path, value)
    places = {".".join(map(str, error.absolute_path)) for error in validator.iter_errors(entry)}
    assert places
    assert all(path.startswith(place) for place in places)
    assert outcome(example, entry) != entry


def outcome(example: Issued, entry: dict[str, Any]) -> dict[str, Any] | tuple[Finding, ...]:
    """What is declared after the filling, or why it was refused."""
    try:
        return dict(example.checked(entry).to_json()["declaration"])
    except ContentError as refused:
        return refused.findings


def test_row_without_a_place__is_invalid(validator: Draft202012Validator) -> None:
    nameless = {"name": "开展活动次数", "comparator": "≥", "target": "5", "unit": "次"}
    assert not validator.is_valid({"indicators": [nameless]})
    assert validator.is_valid({"indicators": [{**nameless, "level2": "数量指标"}]})


def test_schema_of_the_command__is_that_of_the_workbook(alone: Issued, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fill", str(alone.path), "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == filling_schema(open_ours(alone.data, alone.path.name, alone.desk))
    assert "sub_projects" not in schema["properties"]
    assert Draft202012Validator(schema).is_valid(single())


def test_fill_without_data__says_how_to_learn_what_it_takes(
    alone: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fill", str(alone.path), "-o", str(tmp_path / "a.xlsx")]) == 2
    assert "请用 --schema" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
