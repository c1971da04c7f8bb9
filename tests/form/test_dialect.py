"""Every formula that a workbook computes keeps to the dialect on which all programs agree."""

from itertools import chain

import pytest

from workbook_builder.blank.bind import Binder, list_names
from workbook_builder.blank.blank import blank_of
from workbook_builder.form.dialect import FUNCTIONS, INSTEAD, LIFTED, NEEDS_NUMBER, problems
from workbook_builder.form.laying_out import lay_out
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.resources import packaged_template

TWO_SUB_PROJECTS = Shape(FormShape(), (FormShape(), FormShape()))

OUTSIDE = {
    "three-dimensional reference": ("SUM(表1:表3!A1)", "三维引用"),
    "quoted three-dimensional reference": ("SUM('表1:表3'!A1)", "三维引用"),
    "name": ("root_annual_funds+1", "名称"),
    "whole column": ("SUM(A:A)", "整列"),
    "table reference": ("SUM(表格[金额])", "表格引用"),
    "array constant": ("SUM({1,2})", "数组常量"),
    "spill": ("SUM(A1#)", "#"),
    "implicit intersection": ("@A1:A3", "@"),
    "percent": ("A1=100%", "%"),
    "CODE": ('CODE("a")', "CODE"),
    "LET": ("LET(A1,1,A1)", "LET"),
    "XLOOKUP": ("XLOOKUP(A1,B1:B9,C1:C9)", "INDEX 和 MATCH"),
    "COUNTIF": ('COUNTIF(A1:A9,">=90%")', "SUMPRODUCT"),
    "COUNTIFS": ('COUNTIFS(A1:A9,"x",B1:B9,"*")', "SUMPRODUCT"),
    "INDIRECT": ('INDIRECT("A1")', "INDIRECT"),
    "volatile": ("A1<TODAY()", "TODAY"),
    "LEN lifted over a range": ("SUMPRODUCT((LEN(A1:A9)>0)*1)", "不能用 LEN"),
    "ISNUMBER lifted over a range": ("SUMPRODUCT(ISNUMBER(A1:A9)*1)", "不能用 ISNUMBER"),
    "ROUND lifted over a range": ("SUMPRODUCT(ROUND(A1:A9,2))", "不能用 ROUND"),
    "VALUE of what may be text": ("VALUE(A1)>0", "VALUE"),
    "YEAR of what may be blank": ("YEAR(A1)=2022", "YEAR"),
    "YEAR guarded only in the condition": ("IF(YEAR(A1)=2022,ISNUMBER(A1),FALSE)", "YEAR"),
    "long text": (f'"{"字" * 256}"', "256 字"),
    "long formula": ("+".join(["A1"] * 4000), "个字符"),
    "broken": ("IF(A1=1,", "写法不对"),
}

INSIDE = (
    "IF(COUNT(A1,B1)=2,ABS(ROUND(A1-B1,2))>=0.01,FALSE)",
    "IF(ISNUMBER(A1),YEAR(A1)=2022,FALSE)",
    "IF(ISNUMBER(A1),IF(B1=1,MONTH(A1)>1,FALSE),FALSE)",
    'SUMPRODUCT((A1:A9="产出指标")*(B1:B9<>""))=0',
    "SUMPRODUCT(IF(A1:A9>0,1,0)*(B1:B9=1))",
    "'“两新”党建'!$B$3&A1",
    "'它''s'!$B$3",
    "-A1+1",
)


@pytest.mark.parametrize(("formula", "said"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_formula_outside_the_dialect__is_refused_with_the_reason(formula: str, said: str) -> None:
    found = problems(formula)
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize("name", INSTEAD)
def test_function_outside_the_dialect__is_refused_with_what_to_write_instead(name: str) -> None:
    (found,) = problems(f"{name}(A1)=1")
    assert name in found
    assert INSTEAD[name] in found


@pytest.mark.parametrize("name", sorted(FUNCTIONS - LIFTED - {"SUMPRODUCT"}))
def test_function_lifted_over_a_range__is_refused(name: str) -> None:
    assert any(name in found for found in problems(f"SUMPRODUCT({name}(A1:A9)*1)", is_guarded=True))


@pytest.mark.parametrize("name", sorted(NEEDS_NUMBER))
def test_function_that_needs_a_number__is_refused_without_a_guard(name: str) -> None:
    assert any(name in found for found in problems(f"{name}(A1)=1"))
    assert problems(f"IF(ISNUMBER(A1),{name}(A1)=1,FALSE)") == []


@pytest.mark.parametrize("formula", INSIDE)
def test_formula_inside_the_dialect__is_let_through(formula: str) -> None:
    assert problems(formula) == []


def test_name_that_binding_puts_in__is_let_through_alone() -> None:
    assert problems("SUMPRODUCT((list_of=A1)*1)+another", names={"list_of"}) == problems("another")


def test_message_formula__may_read_numbers_unguarded() -> None:
    assert problems("YEAR(A1)", is_guarded=True) == []


def test_every_rule_message_and_expectation_of_the_catalogue__is_inside_the_dialect() -> None:
    catalogue = packaged_catalogue()
    form = load_template(packaged_template(), "模板", catalogue).form
    layout = lay_out(form, TWO_SUB_PROJECTS, catalogue)
    instances, names = Binder(catalogue, layout).instances, list_names(layout)
    conditions = [problems(instance.fails_when, names=names) for instance in instances]
    sentences = [
        problems(formula, is_guarded=True, names=names)
        for instance in instances
        for formula in (instance.message, instance.expected, instance.value)
        if formula is not None
    ]
    assert len(instances) > 500
    assert list(chain(*conditions, *sentences)) == []


def test_every_formula_cell_of_a_blank__is_inside_the_dialect() -> None:
    catalogue = packaged_catalogue()
    blank = blank_of(load_template(packaged_template(), "模板", catalogue), TWO_SUB_PROJECTS, catalogue)
    assert len(blank.formulas) > 500
    found = {place: problems(formula, names=blank.names) for place, formula in blank.formulas.items()}
    assert {place: said for place, said in found.items() if said} == {}
