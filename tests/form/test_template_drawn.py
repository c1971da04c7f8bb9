"""A template is read as Excel shows it, without the library that draws from it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

import pytest
from openpyxl.styles import Border, Side
from openpyxl.workbook import Workbook

from tests.helpers import saved
from tests.loaded import opened
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import Template, read_template
from workbook_builder.resources import packaged_template

GUIDE = "填表说明"


def read_after(change: Callable[[Workbook], None]) -> Template:
    book = opened(packaged_template())
    change(book)
    return read_template(saved(book), "模板.xlsx", packaged_catalogue())


def extent_with(area: str | list[str] | None) -> tuple[int, int]:
    def change(book: Workbook) -> None:
        book[GUIDE].print_area = area
        book[GUIDE]["H50"].border = Border(left=Side("thin"))

    (sheet,) = (sheet for sheet in read_after(change).form.sheets if sheet.title == GUIDE)
    return sheet.last_row, sheet.last_column


@pytest.mark.parametrize(
    ("area", "extent"),
    [
        ("A1:F40", (40, 6)),
        ("$A$1:$F$45", (45, 6)),
        (["A1:F40", "B42:G48"], (48, 7)),
        (None, (50, 8)),
    ],
)
def test_sheet__ends_with_its_print_area_or_else_with_its_last_cell_that_is_drawn(
    area: str | list[str] | None, extent: tuple[int, int]
) -> None:
    assert extent_with(area) == extent


def test_print_area_of_a_title_with_quotes_and_commas__is_that_sheets_own() -> None:
    def change(book: Workbook) -> None:
        book[GUIDE].title = "说明,'一'"
        book["说明,'一'"].print_area = "A1:F41"

    assert [(s.last_row, s.last_column) for s in read_after(change).form.sheets if s.title == "说明,'一'"] == [(41, 6)]


@pytest.mark.parametrize(
    ("typed", "version"),
    [("2022.6 ", "2022.6"), (2022, "2022"), (2022.5, "2022.5"), (datetime(2026, 1, 1), "2026-01-01 00:00:00")],
)
def test_setting__is_what_was_typed_as_text_number_or_date(typed: str | float | datetime, version: str) -> None:
    def change(book: Workbook) -> None:
        book["字段"]["B2"] = typed

    assert read_after(change).form.version == version


def test_what_a_merged_area_covers__is_not_read() -> None:
    def change(book: Workbook) -> None:
        book["选项"]["E1"], book["选项"]["F1"], book["选项"]["F2"] = "甲", "乙", "丙"
        book["选项"]["E2"] = "一"

    assert "乙" in read_after(change).form.lists

    def merged(book: Workbook) -> None:
        change(book)
        book["选项"].merge_cells("E1:F1")

    assert "乙" not in read_after(merged).form.lists


def test_known_template__is_read_without_the_library_that_draws() -> None:
    lines = (
        "import sys",
        "from workbook_builder.form.rules import packaged_catalogue",
        "from workbook_builder.form.template_reading import load_template",
        "from workbook_builder.resources import packaged_template",
        "load_template(packaged_template(), '模板.xlsx', packaged_catalogue(), is_known=True)",
        "assert 'openpyxl' not in sys.modules",
    )
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False).returncode == 0
