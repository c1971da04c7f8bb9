"""Chinese numerals."""

from decimal import Decimal

import pytest

from workbook_builder.values.quantities import chinese_number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("零", "0"),
        ("五", "5"),
        ("两", "2"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("一百二十", "120"),
        ("一百零五", "105"),
        ("壹仟零伍", "1005"),
        ("三万零五百", "30500"),
        ("三万五千", "35000"),
        ("一亿零二十万", "100200000"),
        ("九十点五", "90.5"),
    ],
)
def test_chinese_number__is_read(words: str, number: str) -> None:
    assert chinese_number(words) == Decimal(number)


@pytest.mark.parametrize(
    "words", ["", "百", "万", "一二", "十十", "一百二", "三万五", "二〇二二", "一点", "点五", "一点十", "五次"]
)
def test_chinese_number_that_is_colloquial_or_none__is_refused(words: str) -> None:
    assert chinese_number(words) is None
