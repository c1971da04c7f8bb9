"""generate: what goes out is locked, validated and right; the same again is left alone."""

import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import formualizer
import pytest
from openpyxl.utils import get_column_letter

from tests.helpers import (
    Issued,
    changed_in_sub,
    family,
    issued,
    of_family,
    parent,
    project,
    rules,
    seen,
    single,
    titles_of,
)
from tests.loaded import opened
from tests.office.unit import cached_formulas
from workbook_builder.blank.guards import ERROR_FILL, WARNING_FILL
from workbook_builder.cells import row_and_column
from workbook_builder.cli.demo import Demo
from workbook_builder.form.model import full_key
from workbook_builder.form.rules import BROKEN_ROW_CODE, CONFIRM_KEYS, codes, packaged_catalogue
from workbook_builder.judge.check import check
from workbook_builder.judge.fill import describe, open_ours
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow

HELPERS = ("选项", "meta")
XML_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)>')


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """A project with 20 sub-projects."""
    return issued(tmp_path_factory.mktemp("twenty") / "任务", parent(*(f"子项目甲{n}" for n in range(20))))


def inputs_of(form: Issued) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for entry in describe(open_ours(form.data, "a.xlsx", form.desk))["inputs"]:
        yield entry["sheet"], entry["cell"], entry


def sheet_parts(form: Issued) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(form.data)) as package:
        return {name: package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")}


def cached(data: bytes) -> Any:
    return seen(data, data_only=True)


def test_workbook__has_the_sheets_in_order_lists_hidden_and_meta_very_hidden(example: Issued) -> None:
    sheets = [(sheet.title, sheet.sheet_state) for sheet in seen(example.data).worksheets]
    visible = ("填表说明", "自检", "情况说明", "申报表", "子项目资金汇总", "01 “两新”党建", "02 社区党建")
    assert sheets == [*((title, "visible") for title in visible), ("选项", "hidden"), ("meta", "veryHidden")]


def test_project_alone__has_no_summary_and_inputs_for_its_money(alone: Issued) -> None:
    assert "子项目资金汇总" not in titles_of(alone.data)
    keys = {entry["key"] for _, _, entry in inputs_of(alone)}
    assert {"total_fiscal", "total_other", "annual_appropriation", "annual_carryover", "annual_other"} <= keys
    assert not {"total_funds", "annual_funds", "project_name"} & keys


def test_every_sheet__is_protected_by_the_password_of_the_collection(example: Issued) -> None:
    book = seen(example.data)
    hashes = set()
    for sheet in book.worksheets:
        lock = sheet.protection
        assert (lock.sheet, lock.scenarios) == (True, True)
        assert (lock.insertRows, lock.deleteRows, lock.insertColumns, lock.deleteColumns) == (True, True, True, True)
        assert (lock.formatCells, lock.sort) == (True, True)
        assert (lock.objects, lock.formatRows, lock.formatColumns) == (False, False, False)  # allowed
        assert (lock.algorithmName, lock.spinCount) == ("SHA-512", 100_000)
        hashes.add((lock.hashValue, lock.saltValue))
    assert book.security is not None
    assert (book.security.lockStructure, book.security.workbookAlgorithmName) == (True, "SHA-512")
    hashes.add((book.security.workbookHashValue, book.security.workbookSaltValue))
    assert len(hashes) == 1
    assert len(example.collection.password) == 12
    assert example.collection.password not in "".join(map(str, hashes))


def test_every_cell_but_the_inputs__is_locked_by_a_style_of_its_own(example: Issued) -> None:
    inputs, book = {(sheet, cell) for sheet, cell, _ in inputs_of(example)}, seen(example.data)
    for sheet, xml in zip(book.worksheets, sheet_parts(example).values(), strict=True):
        areas = [area for area in sheet.merged_cells.ranges if (sheet.title, area.coord.split(":")[0]) in inputs]
        unlocked = {cell for title, cell in inputs if title == sheet.title}
        unlocked |= {f"{get_column_letter(column)}{row}" for area in areas for row, column in area.cells}
        in_file = {address.decode() for address, _ in XML_CELL.findall(xml)}
        assert {address for address in in_file if not sheet[address].protection.locked} == unlocked


def test_normal_style__is_unlocked_and_every_column_is_locked(example: Issued) -> None:
    with zipfile.ZipFile(io.BytesIO(example.data)) as package:
        styles = package.read("xl/styles.xml").decode()
    normal = styles[styles.index("<cellStyleXfs") : styles.index("</cellStyleXfs>")]
    assert normal.count("<xf ") == 1
    assert 'locked="0"' in normal
    formats = styles[styles.index("<cellXfs") : styles.index("</cellXfs>")].split("<xf ")[1:]
    for name, xml in sheet_parts(example).items():
        columns = re.findall(rb'<col [^>]*style="([0-9]+)"[^>]*min="([0-9]+)" max="([0-9]+)"', xml)
        covered = {column for _, low, high in columns for column in range(int(low), int(high) + 1)}
        assert covered == set(range(1, 16_385)), name
        assert all('locked="1"' in formats[int(style)] for style, _, _ in columns)


def test_every_input__has_a_validation_with_a_chinese_prompt_and_alert(example: Issued) -> None:
    book = seen(example.data)
    for sheet, cell, entry in inputs_of(example):
        (guard,) = [v for v in book[sheet].data_validations.dataValidation if cell in v.sqref]
        assert guard.showInputMessage, entry["key"]
        assert guard.showErrorMessage, entry["key"]
        for words in (guard.prompt, guard.error, guard.promptTitle):
            assert re.search("[一-鿿]", words or ""), entry["key"]
        assert guard.errorStyle == ("warning" if entry["type"] == "unit" else None) or guard.errorStyle == "stop"


@pytest.mark.parametrize(
    ("key", "kind", "formula"),
    [
        ("sub_projects[0].total_fiscal", "custom", "AND(ISNUMBER(C7),C7>=0,C7<10000000000000,ROUND(C7,2)=C7)"),
        ("sub_projects[0].start_date", "date", "32874"),
        ("indicators[0].comparator", "list", "choices_indicators_comparator"),
        ("indicators[0].unit", "list", "choices_indicators_unit"),
        ("annual_goal", "textLength", "1000"),
        (
            "indicators[0].target",
            "custom",
            'IF($E15="定性",ISTEXT($F15),IF($E15="",TRUE,AND(ISNUMBER($F15),$F15>=0)))',
        ),
    ],
)
def test_validation__is_the_one_of_the_type(example: Issued, key: str, kind: str, formula: str) -> None:
    (place,) = [(sheet, cell) for sheet, cell, entry in inputs_of(example) if entry["key"] == key]
    guards = seen(example.data)[place[0]].data_validations.dataValidation
    (guard,) = [guard for guard in guards if place[1] in guard.sqref]
    assert (guard.type, guard.formula1) == (kind, formula)


def test_lists_of_validations__stand_on_the_hidden_sheet(example: Issued) -> None:
    book = seen(example.data)
    for sheet in book.worksheets:
        for guard in sheet.data_validations.dataValidation:
            assert max(len(guard.formula1 or ""), len(guard.formula2 or "")) <= 255
            assert max(len(guard.prompt or ""), len(guard.error or "")) <= 255
            assert len(guard.promptTitle or "") <= 32
            if guard.type == "list":
                ((title, _),) = book.defined_names[guard.formula1].destinations
                assert title == "选项"


def test_name_of_every_field__points_at_its_cell(example: Issued) -> None:
    names = {name: tuple(defined.destinations) for name, defined in seen(example.data).defined_names.items()}
    for sheet, cell, entry in inputs_of(example):
        number = re.match(r"sub_projects\[([0-9]+)\]\.", entry["key"])
        key = entry["key"][number.end() :] if number else entry["key"]
        prefix = f"sub{int(number[1]) + 1}" if number else "root"
        if key.startswith("indicators["):
            ((title, area),) = names[f"{prefix}_indicators"]
            assert (title, area) == (sheet, "$D$15:$G$42")
        else:
            letters, digits = re.fullmatch("([A-Z]+)([0-9]+)", cell).groups()  # type: ignore[union-attr]
            assert names[f"{prefix}_{key.replace('.', '_')}"] == ((sheet, f"${letters}${digits}"),)
    assert names["root_total_funds"] == (("申报表", "$C$6"),)
    assert names["sub2_annual_appropriation"] == (("02 社区党建", "$E$7"),)


def test_every_rule_with_a_formula__is_in_the_code_cell_of_its_row(example: Issued) -> None:
    blank = example.desk.open(example.data, "a.xlsx")
    layout = blank.blank.layout  # type: ignore[union-attr]
    book = seen(example.data)
    titles = {"⟦1⟧": "01 “两新”党建", "⟦2⟧": "02 社区党建"}
    shown = set()
    for instance in blank.blank.compiled.instances:  # type: ignore[union-attr]
        sheet = book[titles.get(instance.slot.place.sheet, instance.slot.place.sheet)]
        laid = next(laid for laid in layout.checked_sheets if laid.title == instance.slot.place.sheet)
        formula = sheet.cell(instance.slot.place.row, laid.code_column).value
        assert f'"{instance.code}"' in formula
        assert "IFERROR(IF(" in formula
        assert f'"{BROKEN_ROW_CODE}")' in formula
        shown.add(instance.code)
    wanted = codes(packaged_catalogue(), layout.form)
    silent = {key for (_, key), code in wanted.items() if code not in shown}
    prefilled = {"project_name", "project_category", "department", "implementing_unit", "budget_ceiling"}
    assert silent == prefilled | {"goal_start_year", "indicators.weight"} | CONFIRM_KEYS


def assert_cached_values_are_right(data: bytes) -> None:
    engine = formualizer.load_workbook_bytes(data)
    engine.evaluate_all()
    values = cached_formulas(data)
    for title, cells in values.items():
        for address, value in cells.items():
            fresh = engine.get_value(title, *row_and_column(address))
            assert (float(value) if isinstance(value, Decimal) else value) == ("" if fresh is None else fresh), (
                title,
                address,
            )
    assert sum(map(len, values.values())) > 200


def test_cached_values_as_issued__are_what_the_file_evaluates_to(example: Issued) -> None:
    assert_cached_values_are_right(example.data)


def test_cached_values_as_filled__are_what_the_file_evaluates_to(shown: Demo) -> None:
    data = shown.filled.read_bytes()
    assert_cached_values_are_right(data)
    values = cached(data)
    assert values["申报表"]["E7"].value == 1_411_700
    assert values["子项目资金汇总"]["G6"].value == 1_411_700
    assert values["自检"]["A2"].value.startswith("可以上报")


@pytest.mark.parametrize("subs", [1, 2])
def test_filled_workbook_with_sub_projects__sums_them(tmp_path_factory: pytest.TempPathFactory, subs: int) -> None:
    form = issued(tmp_path_factory.mktemp("subs") / "任务", parent(*"甲乙"[:subs]))
    result = form.checked(family(subs))
    assert rules(result) == of_family(subs)
    assert result.to_json()["declaration"]["annual_appropriation"] == f"{800_000 * subs}.00"


def test_twenty_sub_projects__are_twenty_sheets_and_one_sum(twenty: Issued) -> None:
    titles = titles_of(twenty.data)
    assert titles[5:25] == [f"{n + 1:02} 子项目甲{n}" for n in range(20)]
    result = twenty.checked(family(20))
    assert rules(result) == of_family(20)
    assert result.to_json()["declaration"]["annual_appropriation"] == "16000000.00"
    assert len(result.to_json()["declaration"]["sub_projects"]) == 20


LONG = "关于进一步加强和改进新形势下社区党群服务中心阵地体系功能建设工作项目"


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (("A/B:C?[1]*\\", "A／B"), ("01 ABC1", "02 A／B")),
        (("社区", "社区", "社区"), ("01 社区", "02 社区", "03 社区")),
        (("abc", "ABC"), ("01 abc", "02 ABC")),
        ((LONG, LONG + "二"), ("01 关于进一步加强和改进新", "02 关于进一步加强和改进新")),
        (("'社区'", '"社区"'), ("01 社区", "02 社区")),
        (("申报表", "meta", "选项", "History"), ("01 申报表", "02 meta", "03 选项", "04 History")),
        (("?*", "[]"), ("01 子项目", "02 子项目")),
        (("=1+1", "+2", "-3", "@4"), ("01 =1+1", "02 +2", "03 -3", "04 @4")),
        (("科技<创新>&服务", "1.5", "R1C1", "A1"), ("01 科技<创新>&服务", "02 1.5", "03 R1C1", "04 A1")),
        (("🎉" * 20, "⟦1⟧"), ("01 🎉🎉🎉🎉🎉", "02 1")),
    ],
)
def test_names_no_sheet_can_have__become_legal_unique_titles_and_come_back_whole(
    tmp_path_factory: pytest.TempPathFactory, names: tuple[str, ...], titles: tuple[str, ...]
) -> None:
    form = issued(tmp_path_factory.mktemp("names") / "任务", parent(*names, name=f"={names[0]}&<x"))
    assert tuple(titles_of(form.data)[5 : 5 + len(names)]) == titles
    assert_cached_values_are_right(form.data)
    entry = family(len(names))
    result = form.checked(entry)
    assert rules(result) == of_family(len(names))
    declared = result.to_json()["declaration"]
    assert declared["project_name"] == f"={names[0]}&<x"
    assert [sub["project_name"] for sub in declared["sub_projects"]] == list(names)
    assert declared["annual_appropriation"] == f"{800_000 * len(names)}.00"


def test_rows_raised_for_one_sub_project__are_in_its_form_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    subs = (project("P1-1", "甲", rows={"质量指标": 6, "时效指标": 1}), project("P1-2", "乙"))
    form = issued(tmp_path_factory.mktemp("rows") / "任务", project(sub_projects=subs))
    per_level2: dict[tuple[str, str], int] = {}
    for sheet, _, entry in inputs_of(form):
        if entry["key"].endswith("].name"):
            per_level2[sheet, entry["level2"]] = per_level2.get((sheet, entry["level2"]), 0) + 1
    assert (per_level2["01 甲", "质量指标"], per_level2["02 乙", "质量指标"]) == (6, 3)
    assert (per_level2["申报表", "质量指标"], per_level2["01 甲", "时效指标"]) == (
        3,
        2,
    )  # fewer than the template's: kept
    book = opened(form.data)
    assert "C25:C30" in {area.coord for area in book["01 甲"].merged_cells.ranges}
    assert rules(form.checked(family(2))) == of_family(2)


def test_workbook_hardly_begun__is_returned_for_what_is_not_filled_in(with_sub: Issued) -> None:
    begun = with_sub.filled({"filler": "张三"})
    result = check(begun, "a.xlsx", Desk(with_sub.collection))
    assert result.status == "returned"
    keys = {finding.key for finding in result.findings if finding.severity == "error"}
    assert {"annual_goal", "start_date", "indicators", full_key(0, "annual_goal")} <= keys
    assert {rule for rule in rules(result) if rule.startswith(("structure.", "funds."))} == set()
    banner = cached(begun)["自检"]["A2"].value
    errors = sum(1 for finding in result.findings if finding.severity == "error")
    assert banner.startswith(f"尚有 {errors} 项未通过")


def test_summary__links_every_money_line_and_the_parent_sums_it(example: Issued) -> None:
    book = seen(example.data)
    cells = {"C": "C6", "D": "C7", "E": "C9", "F": "E6", "G": "E7", "H": "E8", "I": "E9"}
    for row, title in ((4, "01 “两新”党建"), (5, "02 社区党建")):
        for column, cell in cells.items():
            assert f"'{title}'!{cell}" in book["子项目资金汇总"][f"{column}{row}"].value
    for column in "DEGHI":
        assert f"SUM('子项目资金汇总'!${column}$4:${column}$5)" in book["申报表"][cells[column]].value
    assert "SUM($C$7,$C$9)" in book["申报表"]["C6"].value
    assert "SUM($E$7,$E$8,$E$9)" in book["02 社区党建"]["E6"].value


def test_hint_and_self_check__say_in_words_what_is_wrong_now(with_sub: Issued) -> None:
    entry = changed_in_sub(annual_appropriation="1000000.00", annual_goal=None)
    result, book = with_sub.checked(entry), cached(with_sub.filled(entry))
    hints = {row: book["01 书记工作室"][f"I{row}"].value for row in (6, 7, 8, 11)}
    assert hints[6].startswith("【错误】年度资金申请总额：应不超过项目资金总额 1,200,000.00 元，现为 1,400,000.00 元。")
    assert hints[7].startswith("【错误】当年财政拨款与上年结转资金之和应不超过财政资金 1,000,000.00 元。")
    assert hints[8] in (None, "")
    assert hints[11] == "【错误】年度总目标：为必填项，请填写。"
    errors = [finding.sheet for finding in result.findings if finding.severity == "error"]
    check_sheet = book["自检"]
    assert check_sheet["A2"].value == f"尚有 {len(errors)} 项未通过"
    by_sheet = {
        cells[0]: cells[1] for cells in check_sheet.iter_rows(min_row=5, max_row=8, values_only=True) if cells[0]
    }
    assert {title: by_sheet[title] for title in ("申报表", "01 书记工作室")} == {
        "申报表": errors.count("申报表"),
        "01 书记工作室": errors.count("01 书记工作室"),
    }
    assert book["申报表"]["I1"].value == check_sheet["A2"].value


def test_rows__are_sized_for_their_text(alone: Issued) -> None:
    def points(goal: str) -> float:
        sheet = opened(alone.filled(single(annual_goal=goal)))["申报表"]
        return sum(float(sheet.row_dimensions[row].height) for row in (11, 12, 13))

    short, middle, long = (points("字" * length) for length in (20, 300, 1000))
    assert short < middle < long
    # Ten-point characters in a cell of 53 units hold at most 40 on a line of more than 10 points.
    assert long > 1000 / 40 * 10


def test_self_check__colours_rules_and_sheets_that_fail(example: Issued) -> None:
    formats = seen(example.data)["自检"].conditional_formatting
    colours = {
        (str(area.sqref), rule.formula[0]): rule.dxf.fill.bgColor.rgb[-6:] for area in formats for rule in area.rules
    }
    by_sheet = {area: colour for (area, formula), colour in colours.items() if formula == f"{area.partition(':')[0]}>0"}
    assert sorted(by_sheet.values()) == [ERROR_FILL, WARNING_FILL]
    by_rule = {formula.rpartition("=")[2]: colour for (_, formula), colour in colours.items() if "AND(" in formula}
    assert by_rule == {'"错误")': ERROR_FILL, '"提醒")': WARNING_FILL}
