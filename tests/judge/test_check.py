"""check: what it says of a file, readable or not."""

import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile

from tests.helpers import (
    GOAL,
    Issued,
    changed,
    changed_in_sub,
    family,
    is_chinese_sentence,
    issued,
    only_values,
    project,
    row,
    rules,
    saved,
    single,
)
from tests.loaded import opened
from workbook_builder.judge.check import Checked, check, check_file
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in names:
            package.writestr(name, "<x/>")
    return buffer.getvalue()


def encrypted(data: bytes) -> bytes:
    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt("123456", buffer)
    return buffer.getvalue()


def compound_file() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000


def assert_unreadable(result: Checked, rule: str) -> None:
    (finding,) = result.findings
    assert (result.status, finding.rule, finding.severity) == ("unreadable", rule, "error")
    assert (result.declaration, result.identity) == (None, None)
    assert result.file in finding.message
    assert is_chinese_sentence(finding.message)


@pytest.mark.parametrize(
    ("file", "data", "rule"),
    [
        ("照片.xlsx", PNG, "file.not_a_workbook"),
        ("空.xlsx", b"", "file.not_a_workbook"),
        ("压缩包.xlsx", archive("a.txt"), "file.not_a_workbook"),
        ("文档.xlsx", archive("[Content_Types].xml", "word/document.xml"), "file.not_a_workbook"),
        ("申报.csv", "项目名称,金额\n".encode(), "file.not_a_workbook"),
    ],
)
def test_file_that_is_no_workbook__is_unreadable_and_says_so(file: str, data: bytes, rule: str) -> None:
    assert_unreadable(check(data, file, Desk()), rule)


def test_workbook_cut_short__is_corrupt(alone: Issued) -> None:
    assert_unreadable(check(alone.data[: len(alone.data) // 2], "申报.xlsx", alone.desk), "file.corrupt")


def test_workbook_with_an_open_password__says_to_take_it_off(alone: Issued) -> None:
    result = check(encrypted(alone.data), "申报.xlsx", alone.desk)
    assert_unreadable(result, "file.encrypted")
    assert "密码" in result.findings[0].message


def test_old_format__is_unreadable_and_says_to_save_as_xlsx() -> None:
    result = check(compound_file(), "申报.xls", Desk())
    assert result.status == "unreadable"
    assert result.findings[0].rule in ("file.corrupt", "file.unsupported")
    assert is_chinese_sentence(result.findings[0].message)


def test_missing_file_and_folder__are_unreadable_without_a_digest(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "没有.xlsx", "不存在"), (tmp_path, "文件夹")):
        result = check_file(path, Desk())
        assert_unreadable(result, "file.unreadable")
        assert words in result.findings[0].message
        assert result.sha256 is None


def test_foreign_workbook__is_returned_as_an_unknown_form() -> None:
    result = check(saved(openpyxl.Workbook()), "别的表.xlsx", Desk())
    assert (result.status, rules(result)) == ("returned", ["structure.form_unknown"])
    assert is_chinese_sentence(result.findings[0].message)
    assert result.declaration is None


def test_accepted_workbook__has_codes_digest_and_no_findings(alone: Issued) -> None:
    result = alone.checked(single())
    assert (result.file, result.status, result.findings, result.unverified) == ("P1_社区培训.xlsx", "accepted", (), ())
    assert result.identity is not None
    assert (result.identity.form_id, result.identity.project_code) == ("sh-performance-target", "P1")
    assert result.sha256 is not None
    assert len(result.sha256) == 64
    assert result.to_json().keys() == {
        "file", "sha256", "status", "form", "unit_code", "project_code", "part", "declaration", "findings", "review", "unverified",
    }  # fmt: skip


def test_declaration_in_json__has_its_types_as_text_and_empty_as_null(alone: Issued) -> None:
    declaration = alone.checked(single(fill_date="2022-01-20")).to_json()["declaration"]
    indicators = declaration.pop("indicators")
    narrative = declaration.pop("narrative")
    given = {key: value for key, value in single().items() if key not in ("indicators", "narrative")}
    assert declaration == given | {
        "fiscal_year": 2022,
        "round": "一上",
        "project_code": "P1",
        "unit_code": "U1",
        "project_name": "社区培训",
        "budget_ceiling": None,
        "total_funds": "1200000.00",
        "annual_funds": "1200000.00",
        "overall_goal": None,
        "fill_date": "2022-01-20",
    }
    filled = {key: text for key, text in narrative.items() if text is not None}
    assert (len(narrative), filled) == (7, single()["narrative"])
    assert indicators == [
        {"level1": "产出指标", "row": 0, **single()["indicators"][0]},
        {"level1": "效益指标", "row": 19, **single()["indicators"][1]},
        {"level1": "满意度指标", "row": 26, **single()["indicators"][2]},
    ]


def test_parent_line_typed_over_by_the_same_value__is_a_warning_alone(with_sub: Issued) -> None:
    result = with_sub.checked(family(), {("申报表", "E7"): 800_000})
    (finding,) = result.findings
    assert (finding.rule, finding.severity) == ("structure.formula_replaced", "warning")
    assert (finding.sheet, finding.cell, finding.key) == ("申报表", "E7", "annual_appropriation")
    assert result.status == "accepted"


def test_sub_project_without_dates__inherits_them_and_declares_none(with_sub: Issued) -> None:
    entry = family(start_date="2022-03-01")
    result = with_sub.checked(entry)
    assert result.findings == ()
    assert result.declaration is not None
    (sub,) = result.declaration.sub_projects
    assert (sub.values["start_date"], sub.values["end_date"]) == (None, None)
    hint = openpyxl.load_workbook(io.BytesIO(with_sub.filled(entry)), data_only=True)["01 书记工作室"]["I5"].value
    assert "按母项目 2022-03-01" in hint
    beyond = with_sub.checked({**changed_in_sub(end_date="2022-02-28"), "start_date": "2022-03-01"})
    assert rules(beyond) == ["date.order"]


def test_prefilled_value_changed__is_an_error_with_the_collection_and_unverified_without(tmp_path: Path) -> None:
    known = project(department="某区民政局", budget_ceiling=Decimal("900000.00"), start_date=dt.date(2022, 1, 1))
    form = issued(tmp_path / "任务", known)
    entry = {key: value for key, value in single().items() if key not in ("department", "start_date")}
    data = changed(form.filled(entry), {("申报表", "B4"): "某区财政局"})
    result = check(data, "交回.xlsx", form.desk)
    (finding,) = result.findings
    assert (finding.rule, finding.severity) == ("structure.prefilled_changed", "error")
    assert (finding.sheet, finding.cell, finding.key) == ("申报表", "B4", "department")
    assert (finding.value, finding.expected) == ("某区财政局", "某区民政局")
    assert (result.status, result.unverified) == ("returned", ())
    elsewhere = check(data, "交回.xlsx", Desk())
    assert (elsewhere.status, elsewhere.findings) == ("accepted", ())
    assert set(elsewhere.unverified) == {"project_name", "department", "start_date", "budget_ceiling"}
    assert list(elsewhere.to_json()["unverified"]) == list(elsewhere.unverified)


def test_hidden_ceiling_changed__is_an_error_with_the_collection(tmp_path: Path) -> None:
    form = issued(tmp_path / "任务", project(budget_ceiling=Decimal("800000.00")))
    data = form.filled(single())
    ((sheet, cell),) = opened(data).defined_names["root_budget_ceiling"].destinations
    result = check(changed(data, {(sheet, cell.replace("$", "")): 900_000}), "交回.xlsx", form.desk)
    (finding,) = result.findings
    assert (finding.rule, finding.key) == ("structure.prefilled_changed", "budget_ceiling")
    assert (finding.value, finding.expected) == ("900000.00", "800000.00")


def test_hidden_ceiling_written_where_the_roster_has_none__is_an_error_with_the_collection(alone: Issued) -> None:
    data = alone.filled(single())
    ((sheet, cell),) = opened(data).defined_names["root_budget_ceiling"].destinations
    result = check(changed(data, {(sheet, cell.replace("$", "")): 900_000}), "交回.xlsx", alone.desk)
    (finding,) = result.findings
    assert (finding.rule, finding.key, result.status) == ("structure.prefilled_changed", "budget_ceiling", "returned")
    assert "应为空白，现为“900000.00”" in finding.message


def test_prefilled_value_emptied__is_said_to_be_blank(alone: Issued) -> None:
    result = alone.checked(single(), {("申报表", "B3"): None})
    (finding,) = result.findings
    assert (finding.rule, finding.value) == ("structure.prefilled_changed", None)
    assert "现为空白" in finding.message


def test_findings__stand_in_the_order_of_the_workbook(with_sub: Issued) -> None:
    entry = changed_in_sub(annual_goal=None, total_fiscal="2000万")
    result = with_sub.checked({**entry, "phone": None, "start_date": None, "annual_goal": "提升"})
    places = [(finding.sheet, finding.cell) for finding in result.findings]
    assert places[:3] == [("填表说明", "B10"), ("申报表", "B5"), ("申报表", "D11")]
    assert places[3:] == [("01 书记工作室", "B5"), ("01 书记工作室", "C7"), ("01 书记工作室", "D11")]


def test_formula_in_an_input__is_returned_and_not_computed(alone: Issued) -> None:
    result = alone.checked(single(), {("申报表", "C7"): "=C9*5"})
    (finding,) = result.findings
    assert (finding.rule, finding.key) == ("structure.formula_in_input", "total_fiscal")


def test_arithmetic_in_an_input__is_read_with_a_warning(alone: Issued) -> None:
    result = alone.checked(single(), {("申报表", "C7"): "=800000+200000"})
    assert (result.status, rules(result)) == ("accepted", ["amount.normalised"])


YUAN = st.integers(0, 10**11).map(lambda fen: Decimal(fen) / 100)
TEXT = st.text("汉字，。 “”<>&='\"ABCxyz0189%≥\n", max_size=60).map(lambda text: f"甲{text}乙")
NAMES = st.lists(st.text("培训活动次数率ABC123", min_size=1, max_size=20), min_size=2, max_size=8, unique=True)


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, object]:
    """A declaration without errors: amounts that fit, a 产出 and a 效益 indicator."""
    fiscal, other, carryover, appropriation = (draw(YUAN) for _ in range(4))
    names = draw(NAMES)
    split = draw(st.integers(1, len(names) - 1))
    outputs = [row("数量指标", f"数{name}", "≥", str(draw(st.integers(0, 10**9))), "次") for name in names[:split]]
    benefits = [row("社会效益指标", f"益{name}", "定性", "有所改善") for name in names[split:][:3]]
    start = draw(st.dates(dt.date(2020, 1, 1), dt.date(2022, 12, 31)))
    return single(
        total_fiscal=str(fiscal + carryover + appropriation),
        total_other=str(other + 1),
        annual_appropriation=str(appropriation),
        annual_carryover=str(carryover),
        annual_other=str(other),
        start_date=start.isoformat(),
        end_date=draw(st.dates(dt.date(2022, 12, 31), dt.date(2030, 1, 1))).isoformat(),
        annual_goal=GOAL + draw(TEXT),
        narrative={"overview": draw(st.none() | TEXT)},
        indicators=outputs + benefits,
    )


@pytest.mark.slow
@settings(max_examples=25)
@given(entry=declarations())
def test_any_declaration_without_errors__is_accepted_and_equal(alone: Issued, entry: dict[str, object]) -> None:
    for save in (bytes, only_values):
        result = check(save(alone.filled(entry)), "交回.xlsx", alone.desk)
        assert result.status == "accepted"
        declared = result.to_json()["declaration"]
        for key in ("start_date", "end_date", "department", "filler"):
            assert declared[key] == entry[key]
        for key in (key for key in entry if key.startswith(("total_", "annual_")) and key != "annual_goal"):
            assert Decimal(declared[key]) == Decimal(str(entry[key]))
        used = [{k: i[k] for k in ("level2", "name", "comparator", "target", "unit")} for i in declared["indicators"]]
        assert used == entry["indicators"]
        if not {"text.markup", "text.broken_word"} & {*rules(result)}:
            assert declared["annual_goal"] == entry["annual_goal"]
