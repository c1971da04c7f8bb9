"""On a screen of 1366 x 768: the form and what is said beside it stand side by side, and no sentence is cut."""

import pytest

from tests.helpers import Issued, laid_out
from tests.loaded import opened
from workbook_builder.blank.bind import Binder
from workbook_builder.blank.selfcheck import HINT_POINTS, HINT_WIDTH, MOVED_CELL_MESSAGE, ZOOM_PERCENT
from workbook_builder.blank.spare_rows import HOW_TO
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ooxml.heights import text_points

SCREEN_PIXELS = 1366
PIXELS_PER_UNIT, PIXELS_OF_HEADS_AND_BARS = 7, 60  # of a column width, where the Normal font is 宋体 10; at the sides
FORM = "申报表"


def test_form_and_hints__stand_side_by_side(alone: Issued) -> None:
    sheet = opened(alone.data)[FORM]
    assert sheet.sheet_view.zoomScale == ZOOM_PERCENT
    shown = [sheet.column_dimensions[letter].width for letter in "ABCDEFGHI"]
    assert not any(sheet.column_dimensions[letter].hidden for letter in "ABCDEFGHI")
    assert shown[-1] == HINT_WIDTH
    pixels = sum(shown) * PIXELS_PER_UNIT * ZOOM_PERCENT / 100
    assert pixels + PIXELS_OF_HEADS_AND_BARS < SCREEN_PIXELS


def test_every_sentence__fits_the_lowest_row_it_may_stand_beside(alone: Issued) -> None:
    sheet = opened(alone.data)[FORM]
    lowest = min(sheet.row_dimensions[row].height for row in range(3, 43))
    messages = Binder(packaged_catalogue(), laid_out(2)).messages.values()
    sentences = [*(f"【错误】{message}（另1处见自检）" for message in messages), MOVED_CELL_MESSAGE, HOW_TO]
    assert [text for text in sentences if text_points(text, HINT_WIDTH, HINT_POINTS) > lowest] == []


@pytest.mark.parametrize(("title", "cell"), [("填表说明", "B9"), ("情况说明", "B3"), (FORM, "D3")])
def test_sheet__opens_with_the_cursor_in_its_first_input(alone: Issued, title: str, cell: str) -> None:
    book = opened(alone.data)
    assert book.active.title == "填表说明"
    assert {selection.activeCell for selection in book[title].sheet_view.selection} == {cell}


def test_every_form__leads_back_to_the_self_check(example: Issued) -> None:
    book = opened(example.data)
    for title, column in {"填表说明": "D", "情况说明": "D", FORM: "I", "01 “两新”党建": "I"}.items():
        assert book[title][f"{column}1"].value == "=HYPERLINK(\"#'自检'!$A$2\",'自检'!$A$2)"


def test_first_page__tells_deadline_contact_and_ceiling(example: Issued) -> None:
    shown = opened(example.data, data_only=True)["填表说明"]
    assert [shown[f"A{row}"].value for row in range(3, 7)] == ["报送截止", "交给", "预算控制数", "步骤"]
    assert [shown[f"B{row}"].value for row in range(3, 6)] == ["以通知为准", "财政部门（电话：见通知）", "没有下达"]
