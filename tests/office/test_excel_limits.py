"""Our own checks of what the Open XML SDK misses find each fault, one by one."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.office.excel_limits import limit_problems


def written(path: Path, write: Callable[[Any, Any], object], replacing: Mapping[bytes, bytes] | None = None) -> bytes:
    """A workbook with a sheet 主表 of some common content; then these bytes replaced in every part.

    XlsxWriter refuses many faults itself, so those are put in afterwards.
    """
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("主表")
        sheet.write("A1", "文字")
        sheet.write_formula("A2", '=IF(A1="文字",1,2)', value=1)
        sheet.merge_range("C1:D2", "合并")
        sheet.write_url("A3", "internal:'主表'!A1")
        sheet.data_validation(
            "A4", {"validate": "list", "source": ["甲", "乙"], "input_title": "题", "input_message": "话"}
        )
        sheet.data_validation("A5", {"validate": "custom", "value": "=ISNUMBER(A5)"})
        sheet.conditional_format("A6", {"type": "formula", "criteria": "=A6>0", "format": workbook.add_format()})
        workbook.define_name("金额", "='主表'!$A$1")
        write(workbook, sheet)
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    for old, new in (replacing or {}).items():
        assert any(old in data for data in parts.values()), old
        parts = {name: data.replace(old, new) for name, data in parts.items()}
    with zipfile.ZipFile(path, "w") as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return path.read_bytes()


def nothing(_workbook: Any, _sheet: Any) -> None:
    pass


def test_workbook_within_all_limits__has_no_problem(tmp_path: Path) -> None:
    def to_the_limit(workbook: Any, sheet: Any) -> None:
        workbook.add_worksheet("表" * 31)
        sheet.write("B1", "字" * 32767)
        sheet.write_formula("B2", '="' + "字" * 255 + '"')
        sheet.write_formula("B3", f"=SUM({'A1,' * 2728}A10)")
        sheet.set_row(9, 409)
        sheet.merge_range("C3:D4", "")
        sheet.write_formula("B4", '=HYPERLINK("#\'主表\'!A"&1,"去")')
        workbook.define_name("LOG10_", "='主表'!$A$1")

    assert limit_problems(written(tmp_path / "好.xlsx", to_the_limit)) == []


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "name_twice": (
        {"</definedNames>": "<definedName name=\"金额\">'主表'!$A$2</definedName></definedNames>"},
        "workbook: name 金额 (none) twice",
    ),
    "name_like_a_cell": ({'name="金额"': 'name="FEE2022"'}, "workbook: illegal name FEE2022"),
    "name_like_a_row_and_column": ({'name="金额"': 'name="r1c1"'}, "workbook: illegal name r1c1"),
    "name_with_a_space": ({'name="金额"': 'name="金 额"'}, "workbook: illegal name 金 额"),
    "overlapping_merges": (
        {'<mergeCell ref="C1:D2"/>': '<mergeCell ref="C1:D2"/><mergeCell ref="D2:E3"/>'},
        "主表!C1:D2: merged area overlaps D2:E3",
    ),
    "unparsable_formula": ({'<f>IF(A1="文字",1,2)</f>': "<f>IF(A1,1,2</f>"}, "主表!A2: no formula"),
    "shared_formula_to_another_sheet": (
        {'<f>IF(A1="文字",1,2)</f>': '<f t="shared" ref="A2:A3" si="0">\'主表\'!A1</f>'},
        "主表!A2: shared formula that leads to another sheet",
    ),
    "unparsable_validation": ({"ISNUMBER(A5)": "ISNUMBER(A5"}, "主表!A5: validation formula1: no formula"),
    "unparsable_conditional_format": ({"A6&gt;0": "A6&gt;"}, "主表!A6: conditional format: no formula"),
    "unparsable_name": ({">'主表'!$A$1<": ">'主表!$A$1<"}, "name 金额: no formula"),
    "title_of_32_characters": ({'sheet name="主表"': f'sheet name="{"表" * 32}"'}, "of 32 characters, at most 31"),
    "title_of_16_emoji": ({'sheet name="主表"': f'sheet name="{"😀" * 16}"'}, "of 32 characters, at most 31"),
    "title_with_a_slash": ({'sheet name="主表"': 'sheet name="主/表"'}, "workbook: illegal sheet title '主/表'"),
    "title_history": ({'sheet name="主表"': 'sheet name="History"'}, "workbook: illegal sheet title 'History'"),
    "prompt_title": ({'promptTitle="题"': f'promptTitle="{"题" * 33}"'}, "promptTitle of 33 characters, at most 32"),
    "prompt": ({'prompt="话"': f'prompt="{"话" * 256}"'}, "prompt of 256 characters, at most 255"),
    "error_title": ({'promptTitle="题"': f'errorTitle="{"题" * 33}"'}, "errorTitle of 33 characters, at most 32"),
    "error": ({'prompt="话"': f'error="{"话" * 256}"'}, "error of 256 characters, at most 255"),
    "inline_list": ({"甲,乙": "甲" * 256}, "list of 256 characters, at most 255"),
    "custom_validation": ({"ISNUMBER(A5)": "1" + "+1" * 128}, "formula of 257 characters, at most 255"),
    "formula": ({'IF(A1="文字",1,2)': "1" + "+1" * 4096}, "主表!A2: formula of 8193 characters, at most 8192"),
    "text_in_a_formula": ({'A1="文字"': f'A1="{"字" * 256}"'}, "text in the formula of 256 characters, at most 255"),
    "row_height": ({'<row r="2"': '<row r="2" ht="410" customHeight="1"'}, "主表!2: row of 410 points, at most 409"),
    "cell_text": ({"<t>文字</t>": f"<t>{'字' * 32768}</t>"}, "主表!A1: text of 32768 characters, at most 32767"),
    "link_to_no_sheet": ({"location=\"'主表'!A1\"": "location=\"'副表'!A1\""}, "主表!A3: link to '副表'!A1"),
    "link_formula_to_no_sheet": (
        {'<f>IF(A1="文字",1,2)</f>': "<f>HYPERLINK(\"#'副表'!A\"&amp;1,1)</f>"},
        "主表!A2: link to '副表'!A",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_put_into_a_good_workbook__is_found(tmp_path: Path, fault: str) -> None:
    replacing, problem = FAULTS[fault]
    data = written(tmp_path / "坏.xlsx", nothing, {old.encode(): new.encode() for old, new in replacing.items()})
    assert any(problem in line for line in limit_problems(data)), limit_problems(data)


def test_two_sheets_whose_titles_differ_in_case_only__are_found(tmp_path: Path) -> None:
    data = written(tmp_path / "坏.xlsx", lambda workbook, _: workbook.add_worksheet("ab"), {b'"ab"': '"主表"'.encode()})
    assert "workbook: sheet title 主表 twice" in limit_problems(data)


def test_long_text_inside_a_cell_and_as_a_formulas_result__is_found(tmp_path: Path) -> None:
    inline = {b'<c r="A1" t="s"><v>0</v>': b'<c r="A1" t="inlineStr"><is><t>' + b"x" * 32768 + b"</t></is>"}
    result = {b"2)</f><v>1</v>": b"2)</f><v>" + b"9" * 32768 + b"</v>"}
    assert "主表!A1: text of 32768 characters, at most 32767" in limit_problems(
        written(tmp_path / "a.xlsx", nothing, inline)
    )
    assert "主表!A2: text of 32768 characters, at most 32767" in limit_problems(
        written(tmp_path / "b.xlsx", nothing, result)
    )
