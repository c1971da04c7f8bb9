"""fill: every value finds its cell or is refused by name; nothing is dropped, nothing half written."""

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, changed, family, is_chinese_sentence, issued, project, row, rules, single
from tests.loaded import opened
from workbook_builder.cli.demo import example_declaration
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.findings import Finding
from workbook_builder.judge.check import check
from workbook_builder.judge.fill import describe, fill, open_ours, read_entry

pytestmark = pytest.mark.slow

FULL = "数量指标"


def refused(form: Issued, entry: dict[str, Any]) -> Finding:
    """The one reason why a filling is refused."""
    with pytest.raises(ContentError) as caught:
        form.filled(entry)
    (finding,) = caught.value.findings
    assert caught.value.exit_code == 1
    assert is_chinese_sentence(finding.message)
    return finding


def test_describe__names_every_input_as_the_contract_says(with_sub: Issued) -> None:
    content = describe(open_ours(with_sub.data, "a.xlsx", with_sub.desk))
    assert content["form"] == {
        "id": "sh-performance-target", "version": "2022.2", "fiscal_year": 2022, "round": "一上",
    }  # fmt: skip
    inputs = {entry["key"]: entry for entry in content["inputs"]}
    assert inputs["sub_projects[0].annual_appropriation"] == {
        "key": "sub_projects[0].annual_appropriation",
        "label": "当年财政拨款",
        "sheet": "01 书记工作室",
        "cell": "E7",
        "type": "amount",
        "required": True,
        "choices": None,
        "level1": None,
        "level2": None,
    }
    comparator = inputs["indicators[12].comparator"]
    assert (comparator["cell"], comparator["level1"], comparator["level2"]) == ("E27", "产出指标", "质量指标")
    assert comparator["choices"] == ["≥", ">", "=", "<", "≤", "定性"]
    computed_or_prefilled = {"annual_appropriation", "total_funds", "project_name", "sub_projects[0].project_name"}
    assert not computed_or_prefilled & inputs.keys()


def test_described_cells__are_exactly_the_unlocked_ones(with_sub: Issued) -> None:
    inputs = describe(open_ours(with_sub.data, "a.xlsx", with_sub.desk))["inputs"]
    unlocked = set()
    for sheet in opened(with_sub.data).worksheets:
        merged = {cell for area in sheet.merged_cells.ranges for cell in list(area.cells)[1:]}
        for cell in (cell for cells in sheet.iter_rows() for cell in cells):
            # One that is not in the file has its column's style, which test_generate looks at.
            if cell.has_style and not cell.protection.locked and (cell.row, cell.column) not in merged:
                unlocked.add((sheet.title, cell.coordinate))
    assert unlocked == {(entry["sheet"], entry["cell"]) for entry in inputs}


@pytest.mark.parametrize(
    "more",
    [
        {"anual_funds": "1"},
        {"narrative": {"overviews": "x"}},
        {"sub_projects": [{"annual_goal": "x"}]},
        {"effective.start_date": "2022-01-01"},
    ],
)
def test_unknown_key__is_refused_by_name(alone: Issued, more: dict[str, Any]) -> None:
    finding = refused(alone, single(**more))
    assert finding.rule == "fill.unknown_key"
    assert finding.key in ("anual_funds", "narrative.overviews", "sub_projects[0].annual_goal", "effective.start_date")
    assert finding.message.startswith(finding.key)


def test_unknown_item_of_an_indicator__is_refused_by_name(alone: Issued) -> None:
    finding = refused(alone, single(indicators=[{**row(FULL, "培训", "≥", "5", "次"), "weight": 3}]))
    assert (finding.rule, finding.key) == ("fill.unknown_key", "indicators[0].weight")


@pytest.mark.parametrize("value", [True, [1], {"a": 1}])
def test_value_that_no_cell_holds__is_refused(alone: Issued, value: Any) -> None:
    with pytest.raises(ContentError):
        alone.filled(single(annual_goal=value))
    indicator = {**row(FULL, "培训", "≥", "5", "次"), "target": value}
    assert refused(alone, single(indicators=[indicator])).key == "indicators[0].target"


def test_text_longer_than_a_cell__is_refused_with_its_cell(alone: Issued) -> None:
    finding = refused(alone, single(annual_goal="字" * 32_768))
    assert (finding.rule, finding.sheet, finding.cell) == ("fill.too_long", "申报表", "D11")


def test_category_with_too_many_indicators__is_refused_by_the_name_of_each(alone: Issued) -> None:
    rows = [row("成本指标", f"成本{number}", "≤", "5", "元") for number in range(5)]
    with pytest.raises(ContentError) as caught:
        alone.filled(single(indicators=rows))
    findings = caught.value.findings
    assert [(finding.rule, finding.key) for finding in findings] == [
        ("fill.no_row", f"indicators[{number}]") for number in (2, 3, 4)
    ]  # fmt: skip
    assert "“成本2”" in findings[0].message
    assert "“成本指标”只有 2 行" in findings[0].message


def test_category_the_form_does_not_have__is_refused(alone: Issued) -> None:
    finding = refused(alone, single(indicators=[row("环境指标", "绿化", "≥", "5", "次")]))
    assert finding.rule == "fill.no_row"
    assert "“环境指标”" in finding.message


@pytest.mark.parametrize(
    ("place", "words"),
    [({"row": 33}, "没有第 33 行"), ({"row": -1}, "没有第 -1 行"), ({"row": "三"}, "没有第 三 行"), ({"row": 12}, "质量指标"),
     ({"row": 0, "level1": "效益指标"}, "产出指标")],
)  # fmt: skip
def test_row_that_does_not_fit__is_refused(alone: Issued, place: dict[str, Any], words: str) -> None:
    finding = refused(alone, single(indicators=[{**row(FULL, "培训", "≥", "5", "次"), **place}]))
    assert (finding.rule, finding.key) == ("fill.no_row", "indicators[0]")
    assert words in finding.message


def test_indicator_without_its_level2__is_refused_in_words(alone: Issued) -> None:
    finding = refused(alone, single(indicators=[{"comparator": "≥", "target": "5"}]))
    assert (finding.rule, finding.key) == ("fill.no_row", "indicators[0]")
    assert "没有写二级指标" in finding.message
    assert "None" not in finding.message


def test_two_indicators_for_one_row__are_refused_and_none_is_dropped(alone: Issued) -> None:
    rows = [{**row(FULL, name, "≥", "5", "次"), "row": 3} for name in ("培训", "走访")]
    finding = refused(alone, single(indicators=rows))
    assert (finding.rule, finding.key) == ("fill.no_row", "indicators[1]")
    assert "“走访”" in finding.message


def test_indicator_without_a_row__goes_to_the_next_free_one(alone: Issued) -> None:
    first = alone.filled(single(indicators=[{**row(FULL, "一", "≥", "1", "次"), "row": 0},
                                            {**row(FULL, "三", "≥", "3", "次"), "row": 2}]))  # fmt: skip
    more = {"indicators": [row(FULL, "二", "≥", "2", "次"), {**row(FULL, "五", "≥", "5", "次"), "row": 4},
                           row(FULL, "四", "≥", "4", "次"), row(FULL, "六", "≥", "6", "次")]}  # fmt: skip
    second = fill(first, "a.xlsx", more, alone.desk)
    declared = check(second, "a.xlsx", alone.desk).to_json()["declaration"]
    names = [(indicator["row"], indicator["name"]) for indicator in declared["indicators"]]
    assert names == list(enumerate("一二三四五六"))
    assert declared["department"] == single()["department"]  # what stood in other inputs stays


def test_prefilled_value__is_accepted_when_equal_and_refused_when_not(example: Issued) -> None:
    entry = example_declaration()
    example.filled(entry)
    entry["department"] = "某区民政局"
    finding = refused(example, entry)
    assert (finding.rule, finding.key, finding.sheet, finding.cell) == ("fill.differs", "department", "申报表", "B4")
    assert "上海市松江区人民政府广富林街道办事处" in finding.message
    assert "某区民政局" in finding.message


@pytest.mark.parametrize(
    ("key", "value"),
    [("project_code", "P2"), ("unit_code", "U2"), ("fiscal_year", 2023), ("round", "二上"), ("project_code", None)],
)
def test_value_of_the_collection__is_refused_when_it_differs(alone: Issued, key: str, value: Any) -> None:
    equal = {"project_code": "P1", "unit_code": "U1", "fiscal_year": 2022, "round": "一上"}
    alone.filled(single(**equal))
    assert refused(alone, single(**{**equal, key: value})).key == key


def test_computed_value__is_accepted_when_equal_and_refused_when_not(with_sub: Issued) -> None:
    entry = family(annual_appropriation="800000.00", total_funds="1200000")
    entry["sub_projects"][0]["annual_funds"] = "1200000.00"
    with_sub.filled(entry)
    entry["annual_appropriation"] = "800000.01"
    finding = refused(with_sub, entry)
    assert (finding.rule, finding.key, finding.cell) == ("fill.differs", "annual_appropriation", "E7")
    assert "800000.01" in finding.message


def test_several_mistakes__are_all_named_at_once(alone: Issued) -> None:
    with pytest.raises(ContentError) as caught:
        alone.filled(single(x="1", project_code="P2", indicators=[row("无", "绿化", "≥", "5", "次")]))
    assert {finding.key for finding in caught.value.findings} == {"x", "project_code", "indicators[0]"}


def test_null__clears_and_a_key_left_out_stays(alone: Issued) -> None:
    cleared = fill(alone.filled(single()), "a.xlsx", {"annual_other": None, "filler": ""}, alone.desk)
    declared = check(cleared, "a.xlsx", alone.desk).to_json()["declaration"]
    assert (declared["annual_other"], declared["filler"], declared["phone"]) == (None, None, "021-1")
    assert declared["annual_funds"] == "1000000.00"


def test_filled_again_with_what_was_declared__is_the_same_workbook(with_sub: Issued) -> None:
    data = with_sub.filled(family())
    declared = check(data, "a.xlsx", with_sub.desk).to_json()["declaration"]
    assert fill(data, "a.xlsx", declared, with_sub.desk) == data
    assert with_sub.filled(declared) == data


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "+86", "-", "@x", "<b>&\"'", " 甲 "])
def test_text_that_looks_like_something_else__is_a_text_in_its_cell(alone: Issued, text: str) -> None:
    cell = opened(alone.filled(single(filler=text)))["填表说明"]["B9"]
    assert cell.value == text
    assert (cell.data_type, cell.hyperlink) == ("s", None) or text.startswith("=")


def test_text_like_an_escape_of_the_format__is_declared_as_typed(alone: Issued) -> None:
    assert alone.checked(single(filler="_x0041_")).to_json()["declaration"]["filler"] == "_x0041_"


def test_text_with_an_equals_sign_in_front__is_declared_as_text(alone: Issued) -> None:
    result = alone.checked(single(filler="=1+1", department="=某处"))
    declared = result.to_json()["declaration"]
    assert (declared["filler"], declared["department"], result.findings) == ("=1+1", "=某处", ())


@pytest.mark.parametrize("amount", ["1e999999", "1e400", "-1e400", "9" * 5000, "NaN", "Infinity", "1e-999999"])
def test_amount_beyond_every_number__is_written_as_text_and_refused_by_check(alone: Issued, amount: str) -> None:
    assert rules(alone.checked(single(total_other=amount))) == ["amount.invalid"]


def test_amounts__are_written_to_the_fen_in_number_cells(alone: Issued) -> None:
    sheet = opened(alone.filled(single(total_fiscal="1000000.07", total_other=200000)))["申报表"]
    assert (sheet["C7"].value, sheet["C9"].value) == (1000000.07, 200000)
    assert sheet["B5"].value.date().isoformat() == "2022-01-01"


def test_entry_is_not_changed_by_filling(alone: Issued) -> None:
    entry = single()
    before = deepcopy(entry)
    alone.filled(entry)
    assert entry == before


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"\x89PNG", b"[" * 200_000, b'{"filler":"\\ud800"}'],
    ids=["nothing", "half", "list", "text", "null", "bytes", "PNG", "deep", "half a character"],
)
def test_data_that_is_no_json_object__is_unreadable_and_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_entry(data, "数据.json")
    assert caught.value.exit_code == 3
    assert caught.value.finding.rule == "fill.not_json"
    assert "“数据.json”" in str(caught.value)
    assert is_chinese_sentence(str(caught.value))


def test_json_with_a_byte_order_mark__is_read() -> None:
    assert read_entry(b"\xef\xbb\xbf" + json.dumps({"filler": "张三"}).encode(), "a.json") == {"filler": "张三"}


def test_workbook_of_another_kind__is_refused_with_its_finding(alone: Issued) -> None:
    data = changed(alone.data, {("meta", "A1"): "x"})
    with pytest.raises(ContentError) as caught:
        fill(data, "a.xlsx", single(), alone.desk)
    assert [finding.rule for finding in caught.value.findings] == ["structure.form_unknown"]


def test_rows_raised_on_the_roster__take_more_indicators(tmp_path_factory: pytest.TempPathFactory) -> None:
    wide = project(rows={"成本指标": 5}, budget_ceiling=Decimal(900_000))
    form = issued(tmp_path_factory.mktemp("rows") / "任务", wide)
    rows = [row("成本指标", f"成本{number}", "≤", "5", "元") for number in range(5)]
    result = form.checked(single(indicators=[*single()["indicators"], *rows]))
    assert result.findings == ()
    declared = result.to_json()["declaration"]["indicators"]
    assert [(i["row"], i["name"]) for i in declared if i["level2"] == "成本指标"] == [
        (15 + number, f"成本{number}") for number in range(5)
    ]
    assert {i["row"] for i in declared if i["level2"] == "社会效益指标"} == {22}


def test_carryover_on_the_roster__is_written_locked_and_summed_into_the_parent(tmp_path: Path) -> None:
    subs = (project("P1-1", "甲", annual_carryover=Decimal("1200.50")), project("P1-2", "乙"))
    given = issued(tmp_path / "任务", project(sub_projects=subs))
    money = {"annual_appropriation": "5000.00", "total_fiscal": "9000.00", "total_other": "0", "annual_other": "0"}
    entry = {"sub_projects": [money, {**money, "annual_carryover": "0.25"}]}
    declaration = given.checked(entry).declaration
    assert declaration is not None
    assert declaration.values["annual_carryover"] == Decimal("1200.75")
    assert declaration.sub_projects[0].values["annual_carryover"] == Decimal("1200.50")
    with pytest.raises(ContentError):
        given.filled({"sub_projects": [{"annual_carryover": "1.00"}, {}]})
