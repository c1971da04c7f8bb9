"""The programs that other tests rely on do what those tests believe."""

import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from tests.office import programs
from tests.office.programs import Job, Result, SdkProblem

Office = Callable[[Sequence[Job]], list[Result]]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """主表: a number, a text cell, an unlocked input with a validation, formulas with wrong cached values."""
    path = tmp_path / "表.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("主表")
        sheet.write("A1", 2)
        sheet.write_blank("A2", None, workbook.add_format({"num_format": "@"}))
        sheet.write_blank("A3", None, workbook.add_format({"locked": False}))
        sheet.write_formula("B1", "=A1*2", value=99)
        sheet.write_formula("B2", "=1/(A1-A1)", value=99)
        sheet.write_formula("B3", '=IF(A1>0,"","负")', value=99)
        sheet.write_formula("B4", '=A1&"元"', value=99)
        sheet.data_validation(
            "A3",
            {"validate": "integer", "criteria": ">=", "value": 1, "error_message": "请填整数", "input_message": "整数"},
        )
        sheet.protect("")
        workbook.add_worksheet("空")
    return path


def test_cached_values_in_the_file__are_never_what_is_read(office: Office, book: Path) -> None:
    (result,) = office([{"book": book, "formulas": True}])
    assert result["formulas"] == {"主表": {"B1": 4, "B2": "#DIV/0!", "B3": "", "B4": "2元"}, "空": {}}


def test_values_that_were_set__are_calculated_with(office: Office, book: Path) -> None:
    typed, linked = office(
        [
            {"book": book, "set": {"主表!A1": "90%", "主表!A2": "12", "主表!A3": 5.5}, "read": ["主表!A1:B3"]},
            {"book": book, "set": {"主表!A3": 5.5, "主表!A1": "=A3"}, "read": ["主表!A1:B1"]},
        ]
    )
    assert typed["values"] == {"主表!A1:B3": [[0.9, 1.8], ["12", "#DIV/0!"], [5.5, ""]]}
    assert linked["values"] == {"主表!A1:B1": [[5.5, 11]]}


def test_unlocked_cell_set_to_none__is_empty(office: Office, book: Path) -> None:
    filled, emptied = office(
        [
            {"book": book, "set": {"主表!A3": 7}, "read": ["主表!A3"], "save": [book]},
            {"book": book, "set": {"主表!A3": None}, "read": ["主表!A3"]},
        ]
    )
    assert (filled["values"], emptied["values"]) == ({"主表!A3": 7}, {"主表!A3": None})


def test_locked_cell_set_to_none__fails_rather_than_keep_its_value(office: Office, book: Path) -> None:
    with pytest.raises(RuntimeError, match="cannot be emptied"):
        office([{"book": book, "set": {"主表!A1": None}}])


def test_inspected_cells__show_lock_protection_and_validation(office: Office, book: Path) -> None:
    (result,) = office([{"book": book, "inspect": ["主表!A1", "主表!A3", "空!A1"]}])
    guards = result["guards"]
    assert [(guard["locked"], guard["protected"]) for guard in guards.values()] == [
        (True, True),
        (False, True),
        (True, False),
    ]
    assert guards["主表!A1"]["validation"]["type"] == "ANY"
    assert guards["主表!A3"]["validation"] == {
        "type": "WHOLE",
        "operator": "GREATER_EQUAL",
        "formulas": ["1", "0"],
        "input_title": "",
        "input_message": "整数",
        "error_title": "",
        "error_message": "请填整数",
    }


@pytest.mark.parametrize("suffix", [".xlsx", ".ods", ".xls"])
def test_saved_copy__holds_what_was_set(office: Office, book: Path, tmp_path: Path, suffix: str) -> None:
    copy = tmp_path / f"另存{suffix}"
    _, read_again = office(
        [{"book": book, "set": {"主表!A1": 7}, "save": [copy]}, {"book": copy, "read": ["主表!A1:B1"]}]
    )
    assert read_again["values"]["主表!A1:B1"] == [[7, 14]]


def test_what_libreoffice_cannot_do__fails_the_test_that_asked(office: Office, book: Path) -> None:
    with pytest.raises(RuntimeError, match="NoSuchElementException"):
        office([{"book": book, "read": ["没有!A1"]}])


def test_libreoffice_that_takes_too_long__is_ended(office: Office, book: Path, tmp_path: Path) -> None:
    assert office([])[:] == []  # skips where there is none
    with pytest.raises(subprocess.TimeoutExpired):
        programs.run_office([{"book": book}], timeout_seconds=0.01)
    assert not programs._KEPT[-1].is_there
    elsewhere = tmp_path / "另一份.xlsx"  # what was killed may have left its lock beside the book
    elsewhere.write_bytes(book.read_bytes())
    (result,) = office([{"book": elsewhere, "read": ["主表!A1"]}])
    assert result["values"] == {"主表!A1": 2}


def test_libreoffice_that_a_job_failed_in__is_not_asked_again(office: Office, book: Path) -> None:
    with pytest.raises(RuntimeError, match="NoSuchElementException"):
        office([{"book": book, "read": ["没有!A1"]}])
    failed = programs._KEPT[-1]
    (result,) = office([{"book": book, "read": ["主表!A1"]}])
    assert result["values"] == {"主表!A1": 2}
    assert (failed.is_there, programs._KEPT[-1].is_there) == (False, True)


def test_libreoffice_that_was_asked_before__begins_each_workbook_anew(office: Office, book: Path) -> None:
    office([{"book": book, "set": {"主表!A1": 7}, "read": ["主表!B1"]}])
    asked = programs._KEPT[-1]
    (result,) = office([{"book": book, "read": ["主表!A1:B1"]}])
    assert result["values"] == {"主表!A1:B1": [[2, 4]]}
    assert programs._KEPT[-1] is asked


def test_pages_of_a_workbook__come_as_pictures_in_order(render: Callable[[Path], list[Path]], tmp_path: Path) -> None:
    path = tmp_path / "长表.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("长表")
        sheet.write_column("A1", range(700))
        sheet.set_paper(9)
    pages = render(path)
    assert len(pages) > 9
    assert [page.name for page in pages[:2]] == ["page-01.png", "page-02.png"]
    assert pages[0].read_bytes().startswith(b"\x89PNG")


def test_workbook_of_a_good_writer__passes_the_open_xml_sdk(
    sdk_problems: Callable[[Path], list[SdkProblem]], book: Path
) -> None:
    assert sdk_problems(book) == []


def test_part_with_an_unknown_element__is_named_by_the_open_xml_sdk(
    sdk_problems: Callable[[Path], list[SdkProblem]], book: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "坏.xlsx"
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"<sheetData>", b"<wrong/><sheetData>"))
    assert "/xl/worksheets/sheet1.xml" in {problem.part for problem in sdk_problems(bad)}
    assert any("wrong" in problem.description for problem in sdk_problems(bad))
