"""How high a row must be for its text."""

import pytest

from workbook_builder.ooxml.heights import text_points

LINE = 10 * 1.45  # one line of 10 points
MARGIN = 5


@pytest.mark.parametrize("text", ["", "明显", "字" * 12])
def test_text_that_fits__takes_one_line(text: str) -> None:
    assert text_points(text, 26, 10) == pytest.approx(LINE + MARGIN)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("字" * 13, 2),
        ("字" * 24, 2),
        ("字" * 25, 2),
        ("字" * 26, 3),
        ("a" * 23, 1),
        ("a" * 24, 2),
        ("ａ" * 13, 2),  # full width
        ("ñ" * 25, 1),  # neither ASCII nor Han
        ("甲\n乙", 2),
        ("甲\n\n乙", 3),
        ("字" * 13 + "\n乙", 3),
    ],
)
def test_longer_text__takes_its_lines_and_a_reserve(text: str, lines: int) -> None:
    reserve = 1.10 if lines > 1 else 1
    assert text_points(text, 26, 10) == pytest.approx(lines * reserve * LINE + MARGIN)


def test_wider_cell_and_smaller_font__need_less() -> None:
    text = "绩效目标" * 100
    assert text_points(text, 50, 10) < text_points(text, 26, 10)
    assert text_points(text, 26, 9) < text_points(text, 26, 10)


def test_thousand_characters_of_a_goal__fit_into_its_rows() -> None:
    assert text_points("字" * 1000, 28 + 5 + 11 + 9, 9) <= 3 * 196
