"""`return`: a fresh workbook with every answer, its findings at their cells, and the rest on 退回意见; and its way back."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.comments import Comment

from tests.centre.returning import Centre, centre_of, issued_in, lines_of
from tests.helpers import changed, collection_of, family, parent, rules, saved, seen
from tests.loaded import opened
from tests.office.excel_limits import limit_problems
from tests.office.programs import Job, Result, SdkProblem
from workbook_builder.blank.opinion_sheet import FIRST_LINE, MARK_FILL
from workbook_builder.cells import column_letters
from workbook_builder.centre.returns.copies import Returned
from workbook_builder.cli.demo import run
from workbook_builder.collection.generate import generate
from workbook_builder.findings import Finding
from workbook_builder.form.dialect import problems
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.notes_write import AUTHOR

pytestmark = pytest.mark.slow

FIRST, SECOND, ROOT = "01 “两新”党建", "02 社区党建", "申报表"
NOTE, COMMENT = "请领导注意：\n这笔钱下半年才用", "这个数还要再核"
BROKEN: dict[tuple[str, str], Any] = {
    (ROOT, "A3"): "项目名",  # a label
    (ROOT, "E7"): 1_411_700.01,  # a formula, one fen off
    (FIRST, "C7"): "2000万",
    (FIRST, "E7"): "=200000+86700",
    (SECOND, "B4"): "另一个部门",  # the roster gave it
    (SECOND, "E8"): "=E7",
    (SECOND, "F28"): "90%",
    (SECOND, "C50"): NOTE,
}


class Sent(NamedTuple):
    """What came in with mistakes, and the copy that was made of it."""

    centre: Centre
    right: dict[str, Any]  # what it would have said without a mistake
    data: bytes
    checked: Checked
    returned: Returned

    @property
    def path(self) -> Path:
        assert self.returned.copy
        return self.returned.copy

    @property
    def copy(self) -> bytes:
        return self.path.read_bytes()


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """The real example, broken in every way that BROKEN says, with a comment and a sheet of the unit's own."""
    made = run(tmp_path_factory.mktemp("returns") / "任务")
    book = opened(changed(made.filled.read_bytes(), BROKEN))
    book[SECOND]["F15"].comment = Comment(COMMENT, "张三")
    book.create_sheet("附表").append(["测算", 3, 1.5])
    centre, data = centre_of(made.collection), saved(book)
    made.filled.unlink()
    checked = centre.imports("交回.xlsx", data)
    (returned,) = centre.returns()
    yield Sent(centre, made.checked.to_json()["declaration"], data, checked, returned)
    centre.ledger.close()


def test_broken_example__is_returned_under_the_next_number_beside_what_was_sent_out(sent: Sent) -> None:
    assert sent.returned.outcome == "written"
    assert (sent.returned.project_code, sent.returned.submission) == ("DJ2022-01", 2)
    folder = sent.centre.collection.folder / "退回" / "GFL-01_广富林街道社区党建服务中心"
    assert sent.path == folder / "DJ2022-01_党群综合服务_退回2.xlsx"
    before, after = sent.centre.opened(sent.data).identity, sent.centre.opened(sent.copy).identity
    shape = before.shape._replace(opinion_rows=200)
    assert after == before._replace(submission=2, shape=shape, blank=after.blank)
    assert sent.centre.collection.archived_blank(after.blank).is_file()


def test_every_answer__stands_in_the_copy_as_it_was_typed(sent: Sent) -> None:
    came, copy = sent.centre.opened(sent.data), sent.centre.opened(sent.copy)
    inputs = [key for key, slot in came.blank.layout.slots.items() if slot.kind == "input"]
    differing = {
        key: (came.located.cells[key].value, copy.located.cells[key].value)
        for key in inputs
        if came.located.cells[key].value != copy.located.cells[key].value
    }
    # A sum of constants stays what was typed, not what a program may have made of it; a reference is no answer.
    assert differing == {
        "sub_projects[0].annual_appropriation": (None, "=200000+86700"),
    }
    assert copy.located.cells["sub_projects[0].total_fiscal"].value == "2000万"
    assert copy.located.cells["sub_projects[1].annual_carryover"].kind == "empty"
    assert len(inputs) > 350


def test_copy_opened_again__has_the_issued_labels_formulas_and_prefilled_values(sent: Sent) -> None:
    book = seen(sent.copy)
    assert book[ROOT]["A3"].value == "项目名称"
    assert str(book[ROOT]["E7"].value).startswith("=")
    assert book[SECOND]["B4"].value == "上海市松江区人民政府广富林街道办事处"
    assert book[SECOND]["C50"].value is None
    assert "附表" not in book.sheetnames
    assert book.sheetnames[0] == "退回意见"
    assert all(sheet.protection.sheet and sheet.protection.hashValue for sheet in book.worksheets)


def told(sent: Sent) -> list[Finding]:
    """The findings that have a line of their own; what stands outside the form is listed piece by piece instead."""
    kept = ("structure.extra_content", "structure.sheet_added")
    return [finding for finding in sent.checked.findings if finding.rule not in kept]


def test_wrong_cells__are_commented_with_all_that_is_said_of_them_and_no_others(sent: Sent) -> None:
    book = seen(sent.copy)
    found = {
        (sheet.title, cell.coordinate): cell.comment
        for sheet in book.worksheets
        for cells in sheet.iter_rows()
        for cell in cells
        if cell.comment
    }
    expected = {(f.sheet, f.cell) for f in told(sent) if f.cell}
    assert found.keys() - expected == {("子项目资金汇总", "A1")}
    assert found.keys() >= expected
    assert found["子项目资金汇总", "A1"].text == "本表没有退回意见。"
    amount = found[FIRST, "C7"]
    assert amount.author == AUTHOR
    assert "【错误】财政资金：应为不小于 0、最多两位小数的金额（元），现为“2000万”。请改填 20000000。" in amount.text
    for sheet, cell in expected:
        said = [f for f in told(sent) if (f.sheet, f.cell) == (sheet, cell)]
        assert found[sheet, cell].text.count("【") == len(said)


def test_sheet_of_opinions__lists_every_finding_with_its_link_errors_first(sent: Sent) -> None:
    lines = lines_of(sent.copy)
    of_findings = [line for line in lines if line[1] != "留存"]
    assert [line[0] for line in lines] == list(range(1, len(lines) + 1))
    assert {(line[2], line[3] or None) for line in of_findings} == {(f.sheet, f.cell) for f in told(sent)}
    levels = [line[1] for line in lines]
    assert levels == sorted(levels, key=["错误", "提醒", "留存"].index)
    assert (levels.count("错误"), levels.count("提醒")) == (sent.returned.errors, sent.returned.warnings)
    assert len(of_findings) == len(told(sent)) < len(sent.checked.findings)
    sheet = seen(sent.copy)["退回意见"]
    assert sheet[f"D{FIRST_LINE}"].value == (
        f'=IF($G{FIRST_LINE}="","",HYPERLINK("#\'"&SUBSTITUTE($C{FIRST_LINE},"\'","\'\'")'
        f'&"\'!"&$G{FIRST_LINE},$G{FIRST_LINE}))'
    )
    assert not sheet.row_dimensions[FIRST_LINE + len(lines) - 1].hidden
    assert sheet.row_dimensions[FIRST_LINE + len(lines)].hidden


def test_row_with_a_returned_cell__is_marked_beside_the_form_where_no_red_hides_it(sent: Sent) -> None:
    sheet = opened(sent.copy)[FIRST]
    purple = [
        (str(area.sqref), rule.formula[0])
        for area in sheet.conditional_formatting
        for rule in area.rules
        if rule.dxf.fill and rule.dxf.fill.bgColor.rgb == f"00{MARK_FILL}"
    ]
    form, beside = sorted(purple)
    assert (form[0], beside[0]) == ("A1:G42", "H1:H42")
    own = re.search(r"FIND\((.*),(\$[A-Z]+1)\)", form[1])
    assert own
    marks = own[2]
    assert re.findall(r"LEFT\((\$[A-Z]1),", beside[1]) == [f"${column}1" for column in "ABCDEFG"]
    assert beside[1].count(f",{marks})") == 7


def test_formulas_of_a_return_copy__are_in_the_dialect(sent: Sent) -> None:
    formulas = {
        text for place, text in sent.centre.opened(sent.copy).blank.formulas.items() if place.sheet == "退回意见"
    }
    assert len(formulas) == 200
    assert [problem for formula in sorted(formulas)[:1] for problem in problems(formula)] == []


def test_what_has_no_cell__is_listed_word_for_word(sent: Sent) -> None:
    kept = {(line[2], line[4]): line[5] for line in lines_of(sent.copy) if line[1] == "留存"}
    assert kept == {
        (ROOT, "当年财政拨款：公式被数值替换，退回稿中已恢复公式（原文件 E7）。"): "1411700.01",
        (SECOND, "上年结转资金：没有保留的公式或错误值（原文件 E8）。"): "=E7",
        (SECOND, "写在填报单元格以外的内容（原文件 C50）。"): NOTE,
        (SECOND, "单元格上的批注（张三）（原文件 F15）。"): COMMENT,
        ("附表", "自行增加的表（原文件 A1:C1）。"): "测算｜3｜1.5",
    }
    assert sent.returned.kept == len(kept)


def test_second_run__writes_nothing(sent: Sent) -> None:
    before = sent.copy
    assert [item.outcome for item in sent.centre.returns()] == ["unchanged"]
    assert sent.copy == before


def test_copy_that_comes_back_untouched__has_the_findings_it_was_returned_with(sent: Sent) -> None:
    result = check(sent.copy, "退回.xlsx", Desk(sent.centre.collection))
    restored = {"structure.label_changed", "structure.prefilled_changed", "structure.formula_in_input"}
    repaired_sums = {"funds.sub_sum.annual_appropriation"}
    before = {(f.rule, f.key, f.message) for f in sent.checked.findings}
    after = {(f.rule, f.key, f.message) for f in result.findings}
    outside = {"structure.extra_content", "structure.sheet_added"}
    assert {rule for rule, _, _ in before - after} == restored | repaired_sums | outside
    assert after <= before
    assert (result.status, result.unverified) == ("returned", ())


def test_copy_corrected_and_imported__is_accepted_replaces_the_returned_one_and_keeps_the_opinions(
    sent: Sent,
) -> None:
    centre = sent.centre
    data = fill(sent.copy, sent.path.name, sent.right, Desk(centre.collection))
    assert lines_of(data) == lines_of(sent.copy)
    assert opened(data)[FIRST]["C7"].comment.text == seen(sent.copy)[FIRST]["C7"].comment.text
    result = centre.imports("改好.xlsx", data)
    assert result.status == "accepted"
    assert not [rule for rule in rules(result) if rule.startswith("structure.")]
    counting = [row.sha256 for row in centre.ledger.current("sh-performance-target", 2022)]
    assert counting == [result.sha256]
    assert centre.returns() == ()


def test_broken_example_returned__is_valid_and_computed_as_libreoffice_computes_it(
    sent: Sent,
    sdk_problems: Callable[[Path], list[SdkProblem]],
    office: Callable[[Sequence[Job]], list[Result]],
    tmp_path: Path,
) -> None:
    assert (sdk_problems(sent.path), limit_problems(sent.copy)) == ([], [])
    layout = sent.centre.opened(sent.copy).blank.layout
    mark = column_letters(layout.mark_column(next(sheet for sheet in layout.sheets if sheet.sub_project == 0)))
    own = f'=IF(ISNUMBER(FIND(";"&COLUMN(C7)&"="&LEFT(C7;60)&";";${mark}7));"标";"")'  # as LibreOffice separates
    resaved = tmp_path / "另存.xlsx"
    whole, marked, corrected = office(
        [
            {"book": sent.path, "formulas": True, "save": [resaved]},
            {"book": sent.path, "set": {f"{FIRST}!AZ60": own}, "read": [f"{FIRST}!AZ60"]},
            {"book": sent.path, "set": {f"{FIRST}!AZ60": own, f"{FIRST}!C7": 286_700}, "read": [f"{FIRST}!AZ60"]},
        ]
    )
    cached = openpyxl.load_workbook(sent.path, data_only=True)
    for title, cells in whole["formulas"].items():
        for address, value in cells.items():
            assert (cached[title][address].value or "") == (value or ""), (title, address)
    assert (marked["values"], corrected["values"]) == ({f"{FIRST}!AZ60": "标"}, {f"{FIRST}!AZ60": ""})
    assert "2000万" in opened(resaved.read_bytes())[FIRST]["C7"].comment.text


def test_twenty_sub_projects__are_returned_whole(
    tmp_path: Path, sdk_problems: Callable[[Path], list[SdkProblem]]
) -> None:
    collection = collection_of(tmp_path / "任务", parent(*(f"分项'{number}\"" for number in range(20))))
    generate(collection, packaged_catalogue())
    centre = centre_of(collection)
    entry = family(subs=20)
    for sub in entry["sub_projects"]:
        sub["annual_other"] = "200000.01"
    centre.imports("交回.xlsx", issued_in(centre).filled(entry))
    (returned,) = centre.returns()
    centre.ledger.close()
    assert returned.copy
    assert returned.errors >= 20
    assert (sdk_problems(returned.copy), limit_problems(returned.copy.read_bytes())) == ([], [])
    commented = [sheet.title for sheet in opened(returned.copy.read_bytes()) if "分项" in sheet.title]
    assert len(commented) == 20
