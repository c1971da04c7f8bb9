"""A form copied by hand is read only where its fixed texts, name and unit leave no doubt of what it is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.copied_by_hand import by_hand
from tests.helpers import (
    META,
    Issued,
    changed,
    collection_of,
    family,
    found,
    is_chinese_sentence,
    issued,
    project,
    rules,
    saved,
    single,
)
from tests.loaded import opened
from tests.ooxml.foreign_books import WRITERS, sheets_of
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.reader import read_workbook

FORM, NAME, UNIT_CELL = "申报表", "B3", "D4"

pytestmark = pytest.mark.slow


def checked(form: Issued, data: bytes, desk: Desk | None = None) -> Checked:
    return check(data, "手工.xlsx", desk or form.desk)


def declared(result: Checked) -> Any:
    return result.to_json()["declaration"]


def refused(result: Checked) -> str:
    """The one sentence with which a form copied by hand is refused."""
    (finding,) = result.findings
    assert (finding.rule, result.status, result.declaration) == ("structure.form_unknown", "returned", None)
    assert is_chinese_sentence(finding.message)
    return finding.message


def test_form_copied_by_hand__is_judged_as_the_project_whose_name_and_unit_stand_in_it(alone: Issued) -> None:
    data = alone.filled(single())
    result = checked(alone, by_hand(data))
    assert rules(result) == ["structure.form_by_labels"]
    assert (result.status, declared(result)) == ("accepted", declared(checked(alone, data)))
    (told,) = result.findings
    assert "按项目“社区培训”（项目编码“P1”）的申报审核" in told.message
    assert (told.severity, told.sheet) == ("warning", FORM)


def test_sheets_with_other_titles__are_found_by_their_texts(alone: Issued) -> None:
    data = alone.filled(single())
    titles = {"填表说明": "Sheet1", "情况说明": "Sheet2", FORM: "Sheet3"}
    result = checked(alone, by_hand(data, titles))
    assert rules(result) == ["structure.form_by_labels"]
    assert declared(result) == declared(checked(alone, data))


def test_form_alone__is_returned_for_what_is_missing(alone: Issued) -> None:
    result = checked(alone, by_hand(alone.filled(single()), {FORM: FORM}))
    assert {"structure.form_by_labels", "structure.sheet_missing"} <= set(rules(result))
    assert result.status == "returned"
    assert declared(result)["annual_appropriation"] == "800000.00"


def test_its_amounts__are_judged_like_any_other(alone: Issued) -> None:
    cells = {(FORM, "C6"): 1_200_000.01, (FORM, "E7"): "80万"}
    result = checked(alone, by_hand(alone.filled(single()), cells=cells))
    assert {("funds.total_sum", "total_funds"), ("amount.invalid", "annual_appropriation")} <= found(result)


def test_ceiling_that_no_form_shows__is_the_roster_s(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project(budget_ceiling="500000"), round_name="二上")
    result = checked(form, by_hand(form.filled(single())))
    assert {rule for rule in rules(result) if rule != "structure.form_by_labels"} == {"funds.ceiling"}


def test_form_with_sub_projects__is_read_by_the_names_on_each(with_sub: Issued) -> None:
    data = with_sub.filled(family())
    (sub,) = (title for title in opened(data).sheetnames if title.endswith("书记工作室"))
    titles = {"填表说明": "1", "情况说明": "2", FORM: "4", sub: "3"}
    result = checked(with_sub, by_hand(data, titles))
    assert "structure.form_by_labels" in rules(result)
    assert declared(result)["sub_projects"] == declared(checked(with_sub, data))["sub_projects"]


@pytest.mark.parametrize(
    ("cells", "clause"),
    [
        ({NAME: None}, "没有填写项目名称"),
        ({UNIT_CELL: None}, "没有填写实施单位"),
        ({NAME: "社区培训二期"}, "本任务没有下发过名称为“社区培训二期”"),
        ({UNIT_CELL: "另一个单位"}, "实施单位为“另一个单位”的项目"),
        ({"B15": "产出的指标"}, "固定文字或行列与下发的不同（B15 应为“产出指标”）"),
    ],
)
def test_form_that_does_not_say_which_project__is_refused_with_what_is_missing(
    alone: Issued, cells: Mapping[str, Any], clause: str
) -> None:
    typed = {(FORM, address): value for address, value in cells.items()}
    assert clause in refused(checked(alone, by_hand(alone.filled(single()), cells=typed)))


def test_two_projects_of_one_name_and_unit__are_not_told_apart(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project("P1"), project("P2"))
    first = generate(collection, packaged_catalogue()).written[0]
    form = Issued(collection, first, Desk(collection))
    assert "（项目编码 P1、P2），不能确定是哪一个" in refused(checked(form, by_hand(form.filled(single()))))


def test_form_twice_in_one_file__is_refused(alone: Issued) -> None:
    book = opened(by_hand(alone.filled(single())))
    book.copy_worksheet(book[FORM])
    assert "在文件里出现不止一次" in refused(checked(alone, saved(book)))


def test_hidden_form__is_none(alone: Issued) -> None:
    book = opened(by_hand(alone.filled(single())))
    book[FORM].sheet_state = "hidden"
    assert "中找不到表单信息" in refused(checked(alone, saved(book)))


@pytest.mark.parametrize("template", [None, b"", b"PK\x03\x04"])
def test_template_that_is_not_fit_to_compare_with__stops_no_file(tmp_path: Path, template: bytes | None) -> None:
    form = issued(tmp_path / "任务", project())
    data = by_hand(form.filled(single()))
    if template is None:
        form.collection.template.unlink()
    else:
        form.collection.template.write_bytes(template)
    assert "中找不到表单信息" in refused(checked(form, data, Desk(form.collection)))


def test_meta_cell_that_was_spoilt__is_no_form_copied_by_hand(alone: Issued) -> None:
    assert "中找不到表单信息" in refused(checked(alone, changed(alone.filled(single()), {META: "{}"})))


def test_without_a_collection__what_cannot_be_compared_is_said(alone: Issued) -> None:
    data = alone.filled(single())
    result = checked(alone, by_hand(data), Desk())
    assert rules(result) == ["structure.form_by_labels"]
    assert {"project_name", "department", "implementing_unit", "start_date"} <= set(result.unverified)
    known = ("fiscal_year", "project_name", "total_funds", "annual_goal", "indicators", "narrative")
    assert [declared(result)[key] for key in known] == [declared(checked(alone, data))[key] for key in known]
    assert (declared(result)["project_code"], declared(result)["unit_code"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        (lambda book: book[FORM].__setitem__("A2", None), "没有写明年度"),
        (lambda book: book.copy_worksheet(book[FORM]), "不能确定各是哪个项目"),
    ],
)
def test_without_a_collection__what_leaves_a_doubt_is_refused(
    alone: Issued, change: Callable[[Any], Any], clause: str
) -> None:
    book = opened(by_hand(alone.filled(single())))
    change(book)
    assert clause in refused(checked(alone, saved(book), Desk()))


@pytest.mark.parametrize("form", WRITERS)
def test_in_other_formats__it_is_read_as_well(alone: Issued, form: str) -> None:
    data = by_hand(alone.filled(single()))
    result = checked(alone, WRITERS[form](sheets_of(read_workbook(data, ""))))
    assert "structure.form_by_labels" in rules(result)
    assert declared(result) == declared(checked(alone, data))
