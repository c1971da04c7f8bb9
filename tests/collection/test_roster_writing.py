"""名册.xlsx: the new one is complete and fit for Excel."""

import io
import zipfile
from datetime import date
from typing import Any

from tests.collection.rosters import (
    CATEGORIES,
    EXAMPLE,
    LEVEL2,
    OFFERED,
    PROJECT_HEADER,
    new,
    opened,
)
from workbook_builder.collection.roster import Offered, Roster, Settings
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster


def test_new_roster_with_example__is_read_back_equal() -> None:
    roster, findings = read_roster(new(EXAMPLE), "名册.xlsx")
    assert findings == []
    assert roster == EXAMPLE
    assert (type(roster.settings.deadline), type(roster.projects[0].start_date)) == (date, date)


def test_new_roster__has_its_sheets_in_order_and_hides_the_lists() -> None:
    book = opened(new())
    assert book.sheetnames == ["参数", "项目名册", "单位名册", "指标行数", "填写示例", "选项"]
    assert [page.title for page in book if page.sheet_state != "visible"] == ["选项"]


def test_new_roster__is_short_of_projects_only() -> None:
    roster, findings = read_roster(new(), "名册.xlsx")
    assert [(finding.rule, finding.sheet, finding.cell) for finding in findings] == [("roster.empty", "项目名册", "A4")]
    assert roster == Roster(Settings(2022, "一上"), (), ())


def test_new_roster__gives_the_same_bytes_for_the_same_input() -> None:
    assert new(EXAMPLE) == new(EXAMPLE)
    with zipfile.ZipFile(io.BytesIO(new())) as package:
        assert b"2022-01-01T00:00:00Z" in package.read("docProps/core.xml")


def test_year__is_the_one_asked_for_even_with_an_example_of_another() -> None:
    data = new_roster(2023, OFFERED, EXAMPLE)
    assert read_roster(data, "名册.xlsx")[0].settings == EXAMPLE.settings._replace(fiscal_year=2023)


def test_new_roster__has_no_formula_even_for_text_that_looks_like_one() -> None:
    book = opened(new(EXAMPLE))
    cells = [cell for page in book for line in page.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    assert [cell.value for cell in cells if str(cell.value).startswith("=")] == ["=SUM(A1)", "=1+1 中心"]


def validations(page: Any) -> dict[str, Any]:
    return {str(rule.sqref): rule for rule in page.data_validations.dataValidation}


def test_new_roster__validates_what_is_typed_and_says_in_chinese_what_goes_in() -> None:
    book = opened(new())
    settings, projects = validations(book["参数"]), validations(book["项目名册"])
    units, rows = validations(book["单位名册"]), validations(book["指标行数"])
    assert (settings["B4"].type, settings["B4"].formula1, settings["B4"].formula2) == ("whole", "2000", "2100")
    assert (settings["B5"].type, settings["B5"].formula1) == ("list", '"一上,二上,批复,调整"')
    assert settings["B6"].type == "date"
    assert (projects["D4:D2003"].type, projects["D4:D2003"].formula1) == ("list", "choices_category")
    ceiling = projects["H4:H2003"]
    assert (ceiling.type, ceiling.operator, ceiling.formula1) == ("decimal", "greaterThanOrEqual", "0")
    assert "元" in ceiling.prompt
    assert {projects["I4:I2003"].type, projects["J4:J2003"].type} == {"date"}
    assert "留空则由单位填写" in projects["I4:I2003"].prompt
    assert (units["F4:F2003"].type, units["F4:F2003"].formula1) == ("list", '"是,否"')
    assert (rows["B4:B2003"].type, rows["B4:B2003"].formula1) == ("list", "choices_level2")
    assert (rows["C4:C2003"].type, rows["C4:C2003"].formula1, rows["C4:C2003"].formula2) == ("whole", "1", "100")


def test_lists__stand_behind_names_on_the_hidden_sheet() -> None:
    book = opened(new())
    listed = {}
    for name in ("choices_category", "choices_level2"):
        ((title, area),) = book.defined_names[name].destinations
        listed[name] = [cell.value for (cell,) in book[title][area]]
    assert listed == {"choices_category": CATEGORIES, "choices_level2": LEVEL2}


def test_template_without_categories__leaves_the_column_free() -> None:
    data = new_roster(2022, Offered(level2_names=LEVEL2))
    book = opened(data)
    assert "D4:D2003" not in validations(book["项目名册"])
    assert "choices_category" not in book.defined_names


def test_new_roster__keeps_codes_as_text_and_shows_amounts_and_dates() -> None:
    page = opened(new(EXAMPLE))["项目名册"]
    assert [page[address].number_format for address in ("A4", "F4", "H4", "I4")] == ["@", "@", "#,##0.00", "yyyy-mm-dd"]
    with zipfile.ZipFile(io.BytesIO(new())) as package:  # rows still to be typed take the format of their column
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    assert sheet.count("<col ") == sheet[sheet.index("<cols>") : sheet.index("</cols>")].count(" style=") > 0


def test_new_roster__has_frozen_filtered_commented_headers_and_prints_on_a4() -> None:
    book = opened(new())
    page = book["项目名册"]
    assert [cell.value for cell in page[3]] == [*PROJECT_HEADER, "上年结转", "公开"]
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A4", "A3:L2003", "$3:$3")
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight) == ("landscape", 9, 0)
    comments = [cell.comment.text for cell in page[3]]
    assert "开头的 0 会保留" in comments[0]
    assert "留空则由单位填写" in comments[9]


def test_examples__stand_on_a_sheet_of_their_own() -> None:
    page = opened(new())["填写示例"]
    lines = [[cell.value for cell in line] for line in page.iter_rows(min_row=3, max_row=6)]
    assert lines[0] == [*PROJECT_HEADER, "上年结转", "公开"]
    assert [(line[0], line[2]) for line in lines[1:]] == [("0101", None), ("010101", "0101"), ("010102", "0101")]
