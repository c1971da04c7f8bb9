"""Findings and places in words."""

import pytest

from workbook_builder.findings import Finding, Severity, has_errors, place


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
