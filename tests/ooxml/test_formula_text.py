"""Formulas that programs write otherwise are the same; others are not."""

import pytest
from lxml import etree

from workbook_builder.ooxml.formula_text import Shared, formula_in, moved, plain, quickly_plain, relative


@pytest.mark.parametrize(
    ("issued", "written"),
    [
        ("IF(A1>0,TRUE,FALSE)", "IF(A1>0,TRUE(),FALSE())"),
        ("SUM('申报表'!$A$1)", "SUM(申报表!$A$1)"),
        ("A1>=0.01", "A1>=0.0099999999999999999998"),
        ("A1*100", "A1*1E+2"),
        ("IF(A1=1,B1,C1)", "if( A1 = 1,\n B1, C1 )"),
        ("IFERROR(A1,0)", "_xlfn.IFERROR(A1,0)"),
    ],
)
def test_formula_as_other_programs_write_it__is_the_same(issued: str, written: str) -> None:
    assert plain(issued) == plain(written)


@pytest.mark.parametrize(
    ("issued", "other"),
    [
        ("A1>=0.01", "A1>=0.1"),
        ('IF(A1="甲 乙",1,2)', 'IF(A1="甲乙",1,2)'),
        ("A1+B1", "A1-B1"),
        ("SUM(A1:A9)", "SUM(A1:A8)"),
        ("申报表!A1", "自检!A1"),
        ("A1", "$A$1"),
        ("1000000", "1000001"),
    ],
)
def test_another_formula__is_another(issued: str, other: str) -> None:
    assert plain(issued) != plain(other)
    assert quickly_plain(issued) != quickly_plain(other)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("B2+$B2+B$2+$B$2", "C4+$B4+C$2+$B$2"),
        ('IF(A1="B2",Z9,名称_1)', 'IF(B3="B2",AA11,名称_1)'),
        ("ZZZ9999999+A1", "ZZZ9999999+B3"),
    ],
)
def test_follower_two_rows_below_and_one_column_right__reads_what_lies_there(formula: str, expected: str) -> None:
    assert moved(formula, 2, 1) == expected
    assert relative(formula, 1, 1) == relative(expected, 3, 2)
    assert relative(formula, 1, 1) != relative(formula, 3, 2)


def test_shared_formula__keeps_its_group_and_a_plain_one_has_none() -> None:
    first = formula_in(etree.fromstring('<f t="shared" ref="A1:A2" si="3">B1</f>'))
    follower = formula_in(etree.fromstring('<f t="shared" si="3"/>'))
    assert [(str(one), isinstance(one, Shared) and one.group) for one in (first, follower)] == [("B1", "3"), ("", "3")]
    assert not isinstance(formula_in(etree.fromstring("<f>B1</f>")), Shared)
