"""Warnings about a file's build are one line; what a person must see, and every error, keeps its own."""

from pathlib import Path

import pytest

from tests.centre_of_departments import TYPED, Centre
from tests.helpers import Issued, family, is_chinese_sentence
from tests.judge.altering import Parts, altered
from workbook_builder.centre.folding import FOLDED, folded
from workbook_builder.cli.app import main
from workbook_builder.findings import Finding, Severity
from workbook_builder.form.rules import packaged_catalogue

BUILD = "structure.protection_removed", "structure.validation_removed", "structure.protection_removed"


def told(rule: str, severity: Severity = "warning") -> Finding:
    return Finding(rule, severity, "申报表", "E7", None, f"{rule}。")


def test_several_about_the_build__are_one_with_kinds_and_counts_in_the_place_of_the_first() -> None:
    others = told("funds.annual_sum", "error"), told("structure.extra_content")
    found = folded([others[0], *map(told, BUILD), others[1]])
    assert [found[0], found[2]] == list(others)
    assert len(found) == 3
    assert "有 3 处改动" in found[1].message
    assert "保护被取消或重新设置 2 处、数据验证被去掉 1 处" in found[1].message
    assert is_chinese_sentence(found[1].message)
    assert (found[1].severity, found[1].sheet, found[1].cell) == ("warning", None, None)


@pytest.mark.parametrize(
    "findings",
    [
        [],
        [told(BUILD[0])],
        [told("structure.extra_content"), told("structure.hidden_content"), told("structure.number_format")],
        [told(BUILD[0], "error"), told(BUILD[1], "error")],
        [told("structure.macro", "error"), told(BUILD[0])],
    ],
)
def test_one_alone_remarks_and_errors__stay_as_they_are(findings: list[Finding]) -> None:
    assert folded(findings) == findings


def test_folded_rules__are_warnings_of_the_catalogue() -> None:
    assert {packaged_catalogue().rule(rule).severity for rule in FOLDED} == {"warning"}


def bare(parts: Parts) -> None:
    for title in ("申报表", "01 书记工作室"):
        parts.drop(title, "sheetProtection")
        parts.drop(title, "dataValidations")
        parts.write(title, "J7", text="E00")


@pytest.mark.slow
def test_check__says_it_in_one_line_and_with_details_in_full(
    with_sub: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "交回.xlsx"
    path.write_bytes(altered(with_sub.filled(family()), bare))
    shown = []
    for more in ((), ("--details",)):
        main(["check", str(path), "--collection", str(with_sub.collection.folder), *more])
        shown.append("".join(capsys.readouterr().out.split()))
    assert "公式被数值替换2处" in shown[0]
    assert "structure.validation_removed" not in shown[0].replace("structure.validation_removed、", "")
    assert "「01书记工作室」表J7：公式被数值或文字替换" in shown[1]
    assert "「01书记工作室」表J7：公式被数值或文字替换" not in shown[0]


@pytest.mark.slow
def test_report__has_one_row_for_it_and_a_row_for_what_is_to_be_seen(centre: Centre) -> None:
    def change(parts: Parts) -> None:
        for title in ("申报表", "情况说明"):
            parts.drop(title, "sheetProtection")
            parts.drop(title, "dataValidations")
        parts.write("申报表", "Q8", text="请电话联系")
        parts.write("填表说明", "B10", text="021-2")

    centre.comes("改过.xlsx", altered(centre.issued("0302").filled(TYPED["0102"]), change))
    centre.reports()
    own = [line for line in centre.lines("问题清单") if line["项目编码"] == "0302" and "structure." in line["规则"]]
    assert [line["规则"] for line in own] == [
        "structure.protection_removed、structure.validation_removed",
        "structure.extra_content",
    ]
    assert "请电话联系" in own[1]["问题"]
