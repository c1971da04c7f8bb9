"""A root project taken apart and put together: nothing is lost, whatever the sub-projects are called."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import PLAIN, UNIT, Issued, collection_of, packaged, parent, project, weighted_template
from tests.office.unit import ODD_NAMES
from workbook_builder.collection.generate import generate
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity, from_text, to_text
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.splitting import (
    parent_part,
    renumbered,
    sub_project_part,
    values_of_parent,
    values_of_sub_project,
    values_of_whole,
    whole_of,
)
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk

FORM = packaged().form
KNOWN = FormShape((("数量指标", 20),), frozenset({"project_name", "start_date", "budget_ceiling"}))
SUBS = (FormShape((("成本指标", 4),), frozenset({"project_name"})), PLAIN)
WHOLE = Identity(
    "f", "1", 2022, "一上", "U1", "P1", "", 1, (("P1-1", "党建"), ("P1-2", "环境")), Shape(KNOWN, SUBS)
)  # fmt: skip
VALUES: dict[str, Any] = {
    "project_name": "党群服务",
    "start_date": dt.date(2022, 1, 1),
    "budget_ceiling": Decimal(5),
    "sub_projects[0].project_name": "党建",
    "sub_projects[1].project_name": "环境",
}


def parts() -> list[Identity]:
    subs = [sub_project_part(WHOLE, number, f"U{number}", FORM) for number in range(2)]
    return [part._replace(issue_id=f"i{number}") for number, part in enumerate((parent_part(WHOLE), *subs))]


def test_whole_taken_apart_and_put_together__is_the_same_but_for_what_it_was_merged_from() -> None:
    head, *subs = parts()
    merged = whole_of(head, subs, "0a", FORM)
    assert merged == WHOLE._replace(issue_id="i0+i1+i2", parts_sha256="0a")
    assert merged.issue_ids == ("i0", "i1", "i2")
    assert from_text(to_text(merged)) == merged


def test_part_of_a_sub_project__shows_only_what_its_parents_form_has() -> None:
    _, first, second = parts()
    assert (first.declared_code, first.unit_code, second.unit_code) == ("P1-1", "U0", "U1")
    assert first.shape == Shape(FormShape(prefilled=frozenset({"project_name", "start_date"})), SUBS[:1], "sub_project")


def test_values__go_to_the_part_that_shows_them_and_come_back_under_their_numbers() -> None:
    own = values_of_parent(VALUES)
    subs = [values_of_sub_project(VALUES, number, FORM) for number in range(2)]
    assert own.keys() == {"project_name", "start_date", "budget_ceiling"}
    assert subs[1] == {
        "project_name": "党群服务",
        "start_date": dt.date(2022, 1, 1),
        "sub_projects[0].project_name": "环境",
    }
    assert values_of_whole(own, subs) == VALUES
    assert renumbered("sub_projects[0].indicators[3].name", 12) == "sub_projects[12].indicators[3].name"


def test_titles_that_clash_since_a_project_was_renamed__are_told_apart() -> None:
    head, first, second = parts()
    second = second._replace(sub_projects=(("P1-2", "党建"),))
    assert whole_of(head, [first, second], "", FORM).titles == ("党建", "党建(2)")


@pytest.mark.slow
def test_odd_names__are_titled_in_parts_as_in_the_whole(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", parent(*ODD_NAMES, "母项目"))
    generate(collection, packaged_catalogue())
    whole, desk = collection.latest_issues()["P1"], Desk(collection)
    found = check((collection.folder / whole.file).read_bytes(), "", desk).identity
    assert found is not None
    generate(collection, packaged_catalogue(), split=True)
    desk = Desk(collection)
    issues = list(collection.latest_issues().values())
    identities = [check((collection.folder / issue.file).read_bytes(), "", desk).identity for issue in issues]
    subs = [identity for identity in identities if identity and identity.shape.part == "sub_project"]
    assert [sub.titles[0] for sub in sorted(subs, key=lambda sub: int(sub.declared_code[3:]))] == list(found.titles)


@pytest.mark.slow
def test_form_with_weights__goes_out_in_parts(tmp_path: Path) -> None:
    root = project(sub_projects=(project("P1-1", "党建"),))
    collection = collection_of(tmp_path / "任务", root, template=weighted_template())
    assert len(generate(collection, packaged_catalogue(), split=True).written) == 2
    issue = collection.latest_issues()["P1-1"]
    result = Issued(collection, collection.folder / issue.file, Desk(collection)).checked({"filler": "张三"})
    assert result.identity is not None
    assert (result.identity.declared_code, result.identity.unit_code) == ("P1-1", UNIT.unit_code)
    assert {finding.key for finding in result.findings if finding.rule == "text.required"} >= {
        "sub_projects[0].annual_goal"
    }
