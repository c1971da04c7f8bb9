"""`template check` also looks at the formulas: those drawn by hand, and those that the workbooks would hold."""

import pytest

from tests.helpers import changed, is_chinese_sentence
from tests.loaded import opened
from workbook_builder.blank.template_check import check_template
from workbook_builder.findings import Finding
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow


def findings(cells: dict[tuple[str, str], object]) -> tuple[Finding, ...]:
    data = changed(packaged_template(), cells) if cells else packaged_template()
    return check_template(data, "模板.xlsx", packaged_catalogue())


def test_packaged_template__has_no_formula_to_complain_of() -> None:
    assert findings({}) == ()


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("=B6+B7", ""),
        ('=COUNTIF(B6:B9,"x")', "请改用 SUMPRODUCT"),
        ("=XLOOKUP(A1,B1:B9,C1:C9)", "请改用 INDEX 和 MATCH"),
        ("=SUM(", "公式写法不对"),
    ],
)
def test_formula_drawn_by_hand__is_named_by_its_cell_with_the_reason_and_what_to_do(formula: str, reason: str) -> None:
    (finding,) = findings({("申报表", "A2"): formula})
    assert (finding.rule, finding.sheet, finding.cell) == ("template.formula", "申报表", "A2")
    assert finding.value == formula
    assert is_chinese_sentence(finding.message)
    assert reason in finding.message
    assert "来源为“公式”的字段" in finding.message


def test_label_too_long_for_a_formula__is_said_once_with_the_cell_that_would_hold_it() -> None:
    fields = opened(packaged_template())["字段"]
    (row,) = [cells[0].row for cells in fields.iter_rows() if cells[0].value == "annual_other"]
    found = findings({("字段", f"B{row}"): "其他资金" * 70})
    assert {finding.rule for finding in found} == {"template.formula_dialect"}
    assert len({finding.message.partition("：")[2] for finding in found}) == len(found) == 1
    assert "最多 255 字" in found[0].message
