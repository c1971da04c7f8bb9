"""Findings and places in words."""

import pytest

from workbook_builder.cells import Place
from workbook_builder.findings import (
    Finding,
    Severity,
    Subject,
    file_refused,
    finding_at,
    finding_of_file,
    has_errors,
    place,
    without_cell,
)


@pytest.mark.parametrize(
    ("sheet", "cell", "label", "words"),
    [
        ("子项目2", "D8", "当年财政拨款", "「子项目2」表 D8（当年财政拨款）"),
        ("子项目2", "D8", None, "「子项目2」表 D8"),
        ("子项目2", None, None, "「子项目2」表"),
        (None, "D8", None, "D8"),
        (None, None, "当年财政拨款", "（当年财政拨款）"),
        (None, None, None, ""),
    ],
)
def test_place__is_said_in_words(sheet: str | None, cell: str | None, label: str | None, words: str) -> None:
    assert place(sheet, cell, label) == words


@pytest.mark.parametrize(
    ("severities", "expected"), [([], False), (["warning"], False), (["warning", "error"], True), (["error"], True)]
)
def test_errors__return_a_declaration_and_warnings_do_not(severities: list[Severity], expected: bool) -> None:
    findings = [Finding("a.b", severity, None, None, None, "改。") for severity in severities]
    assert has_errors(findings) is expected


PLACE = Place("子项目2", 8, 4)


def test_finding_at_a_cell__says_place_label_and_sentence() -> None:
    subject = Subject(PLACE, "当年财政拨款", "sub_projects[1].annual_appropriation")
    finding = finding_at("a.b", "warning", subject, "应为数字。", "十", "10")
    message = "「子项目2」表 D8（当年财政拨款）：应为数字。"
    assert finding == Finding("a.b", "warning", "子项目2", "D8", subject.key, message, "十", "10")
    assert finding_at("a.b", "error", Subject(PLACE), "应为数字。").message == "「子项目2」表 D8：应为数字。"


@pytest.mark.parametrize(
    ("label", "words"), [("金额（元）", "金额（元）：应为数字（元）：改。"), (None, "应为数字（元），请改。")]
)
def test_message_without_its_cell__keeps_label_and_sentence(label: str | None, words: str) -> None:
    sentence = words.removeprefix(f"{label}：")
    assert without_cell(finding_at("a.b", "error", Subject(PLACE, label), sentence)) == words


def test_message_that_does_not_begin_with_its_cell__stays_whole() -> None:
    for sheet, cell in ((None, None), ("子项目2", None)):
        assert without_cell(Finding("a.b", "error", sheet, cell, None, "缺少这张表。")) == "缺少这张表。"


@pytest.mark.parametrize(
    "message", ["「子项目2」表 D8、E9：被隐藏。", "「子项目2」表 D80：被隐藏。", "「子项目2」表 D8"]
)
def test_message_that_begins_with_more_than_its_cell__stays_whole(message: str) -> None:
    assert without_cell(Finding("a.b", "warning", "子项目2", "D8", None, message)) == message


def test_finding_of_a_file__names_it() -> None:
    finding = file_refused("a.b", "甲.xlsx", "打不开，请重交", "收回/甲.xlsx")
    assert finding == Finding("a.b", "error", None, None, None, "“甲.xlsx”：打不开，请重交。", "收回/甲.xlsx")
    assert finding_of_file("a.b", "warning", "改。", "1", "2") == Finding(
        "a.b", "warning", None, None, None, "改。", "1", "2"
    )
