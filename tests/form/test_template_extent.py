"""A template's sheet that reaches far beyond its form is named at once: its cells are never built one by one."""

import re
from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.helpers import is_chinese_sentence
from tests.judge.altering import Parts
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import read_template
from workbook_builder.resources import packaged_template

FORM = "申报表"


def with_a_far_cell(parts: Parts) -> None:
    parts.cell(FORM, "XFD1048576").set("s", "1")


def with_a_far_merged_area(parts: Parts) -> None:
    areas = parts.element(FORM, "mergeCells")
    areas.append(deepcopy(areas[0]))
    areas[-1].set("ref", "A60:XFD1048576")


def with_a_far_print_area(parts: Parts) -> None:
    parts.text("xl/workbook.xml", lambda xml: re.sub(rf"('{FORM}'!\$A\$1:)\$[A-Z]+\$[0-9]+", r"\1$XFD$1048576", xml))


CHANGES: list[Callable[[Parts], None]] = [with_a_far_cell, with_a_far_merged_area, with_a_far_print_area]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_sheet_that_reaches_to_the_last_cell__is_named_with_what_to_do(change: Callable[[Parts], None]) -> None:
    parts = Parts(packaged_template())
    change(parts)
    (finding,) = read_template(parts.data(), "模板.xlsx", packaged_catalogue()).findings
    assert (finding.rule, finding.severity) == ("template.sheet_too_large", "error")
    assert (finding.sheet, finding.cell) == (FORM, "XFD1048576")
    assert "请删除表格以外的行和列" in finding.message
    assert is_chinese_sentence(finding.message)
