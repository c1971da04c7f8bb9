"""`return`: a fresh workbook with every answer, its findings at their cells, and the rest on 退回意见; and its way back."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from tests.helpers import (
    UNIT,
    Issued,
    change_roster,
    changed,
    collection_of,
    family,
    is_chinese_sentence,
    opened,
    parent,
    project,
    rules,
    saved,
    single,
    write_roster,
)
from tests.office.excel_limits import limit_problems
from tests.office.programs import Job, Result, SdkProblem
from workbook_builder.blank.opinion_sheet import FIRST_LINE
from workbook_builder.cells import column_letters
from workbook_builder.centre.returns.copies import Opinion, Returned, return_copies
from workbook_builder.cli.app import main
from workbook_builder.cli.demo import run
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.findings import Finding
from workbook_builder.form.dialect import problems
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of
from workbook_builder.ooxml.notes_write import AUTHOR

pytestmark = pytest.mark.slow

FIRST, SECOND, ROOT = "“两新”党建", "社区党建", "申报表"
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


class Centre(NamedTuple):
    """A finance office with its ledger."""

    collection: Collection
    ledger: Ledger

    def imports(self, name: str, data: bytes) -> Checked:
        path = self.collection.folder / "收回" / name
        path.write_bytes(data)
        (item,) = import_files(self.collection, [path], self.ledger).items
        assert item.checked is not None
        return item.checked

    def returns(self, **opinions: Opinion) -> tuple[Returned, ...]:
        return return_copies(self.collection, self.ledger, opinions)

    def opened(self, data: bytes) -> Opened:
        found = Desk(self.collection).open(data, "表.xlsx")
        assert isinstance(found, Opened)
        return found


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


def centre_of(collection: Collection) -> Centre:
    return Centre(collection, Ledger(sqlite_url(collection.ledger)))


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


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Centre]:
    """One project without sub-projects, sent out."""
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    centre = centre_of(collection)
    yield centre
    centre.ledger.close()


def with_text(data: bytes, old: str, new: str) -> bytes:
    """With another text, which openpyxl would not write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old.encode(), new.encode()))
    return buffer.getvalue()


def issued_in(centre: Centre) -> Issued:
    (issue,) = centre.collection.issues().values()
    return Issued(centre.collection, centre.collection.folder / issue.file, Desk(centre.collection))


def lines_of(data: bytes) -> list[tuple[Any, ...]]:
    """The lines of 退回意见 as shown."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["退回意见"]
    rows = sheet.iter_rows(min_row=FIRST_LINE, max_col=6, values_only=True)
    return [row for row in rows if row[0] is not None]


def errors(findings: Sequence[Finding]) -> set[tuple[str, str | None, str | None]]:
    return {(f.rule, f.sheet, f.cell) for f in findings if f.severity == "error"}


def test_broken_example__is_returned_under_the_next_number_beside_what_was_sent_out(sent: Sent) -> None:
    assert sent.returned.outcome == "written"
    assert (sent.returned.project_code, sent.returned.submission) == ("DJ2022-01", 2)
    folder = sent.centre.collection.folder / "退回" / "GFL-01_广富林街道社区党建服务中心"
    assert sent.path == folder / "DJ2022-01_党群综合服务_退回2.xlsx"
    before, after = sent.centre.opened(sent.data).identity, sent.centre.opened(sent.copy).identity
    assert after == before._replace(submission=2, shape=before.shape._replace(opinion_rows=200))


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
    assert len(inputs) > 400


def test_copy_opened_again__has_the_issued_labels_formulas_and_prefilled_values(sent: Sent) -> None:
    book = opened(sent.copy)
    assert book[ROOT]["A3"].value == "项目名称"
    assert str(book[ROOT]["E7"].value).startswith("=")
    assert book[SECOND]["B4"].value == "上海市松江区人民政府广富林街道办事处"
    assert book[SECOND]["C50"].value is None
    assert "附表" not in book.sheetnames
    assert book.sheetnames[0] == "退回意见"
    assert all(sheet.protection.sheet and sheet.protection.hashValue for sheet in book.worksheets)


def test_wrong_cells__are_commented_with_all_that_is_said_of_them_and_no_others(sent: Sent) -> None:
    book = opened(sent.copy)
    found = {
        (sheet.title, cell.coordinate): cell.comment
        for sheet in book.worksheets
        for cells in sheet.iter_rows()
        for cell in cells
        if cell.comment
    }
    expected = {(f.sheet, f.cell) for f in sent.checked.findings if f.cell}
    assert found.keys() - expected == {("子项目资金汇总", "A1")}
    assert found.keys() >= expected
    assert found["子项目资金汇总", "A1"].text == "本表没有退回意见。"
    amount = found[FIRST, "C7"]
    assert amount.author == AUTHOR
    assert "【错误】财政资金：应为不小于 0、最多两位小数的金额（元），现为“2000万”。请改填 20000000。" in amount.text
    for sheet, cell in expected:
        said = [f for f in sent.checked.findings if (f.sheet, f.cell) == (sheet, cell)]
        assert found[sheet, cell].text.count("【") == len(said)


def test_sheet_of_opinions__lists_every_finding_with_its_link_errors_first(sent: Sent) -> None:
    lines = lines_of(sent.copy)
    of_findings = [line for line in lines if line[1] != "留存"]
    assert [line[0] for line in lines] == list(range(1, len(lines) + 1))
    assert {(line[2], line[3] or None) for line in of_findings} == {(f.sheet, f.cell) for f in sent.checked.findings}
    levels = [line[1] for line in lines]
    assert levels == sorted(levels, key=["错误", "提醒", "留存"].index)
    assert (levels.count("错误"), levels.count("提醒")) == (sent.returned.errors, sent.returned.warnings)
    assert len(of_findings) == len(sent.checked.findings)
    sheet = opened(sent.copy)["退回意见"]
    assert sheet[f"D{FIRST_LINE}"].value == (
        f'=IF($G{FIRST_LINE}="","",HYPERLINK("#\'"&SUBSTITUTE($C{FIRST_LINE},"\'","\'\'")'
        f'&"\'!"&$G{FIRST_LINE},$G{FIRST_LINE}))'
    )
    assert not sheet.row_dimensions[FIRST_LINE + len(lines) - 1].hidden
    assert sheet.row_dimensions[FIRST_LINE + len(lines)].hidden


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
    assert {rule for rule, _, _ in before - after} == restored | repaired_sums
    assert after <= before
    assert (result.status, result.unverified) == ("returned", ())


def test_copy_corrected_and_imported__is_accepted_replaces_the_returned_one_and_keeps_the_opinions(
    sent: Sent,
) -> None:
    centre = sent.centre
    data = fill(sent.copy, sent.path.name, sent.right, Desk(centre.collection))
    assert lines_of(data) == lines_of(sent.copy)
    assert opened(data)[FIRST]["C7"].comment.text == opened(sent.copy)[FIRST]["C7"].comment.text
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
    commented = [sheet.title for sheet in opened(returned.copy.read_bytes()) if sheet.title.startswith("分项")]
    assert len(commented) == 20


def test_copy_changed_by_hand__is_left_alone_and_said_to_be(small: Centre) -> None:
    small.imports("交回.xlsx", issued_in(small).filled(single(total_fiscal="2000万")))
    (returned,) = small.returns()
    assert returned.copy
    returned.copy.write_bytes(b"by hand")
    (again,) = small.returns()
    assert (again.outcome, returned.copy.read_bytes()) == ("changed_by_hand", b"by hand")
    assert is_chinese_sentence(again.message)
    returned.copy.unlink()
    assert [item.outcome for item in small.returns()] == ["written"]


def test_opinion_of_a_reviewer__stands_on_top_and_a_new_one_makes_the_copy_anew(small: Centre) -> None:
    small.imports("交回.xlsx", issued_in(small).filled(single(total_fiscal="2000万")))
    (returned,) = small.returns()
    assert returned.copy
    assert opened(returned.copy.read_bytes())["退回意见"].row_dimensions[6].hidden
    opinion = Opinion("请补充测算依据。", "李审核")
    assert [item.outcome for item in small.returns(P1=opinion)] == ["written"]
    sheet = opened(returned.copy.read_bytes())["退回意见"]
    assert (sheet["C6"].value, sheet["C7"].value) == ("请补充测算依据。", "李审核")
    assert not sheet.row_dimensions[6].hidden
    assert [item.outcome for item in small.returns(P1=opinion)] == ["unchanged"]


def test_sent_back_by_a_reviewer_alone__points_at_the_opinion(small: Centre) -> None:
    small.imports("交回.xlsx", issued_in(small).filled(single()))
    (returned,) = small.returns(P1=Opinion("请补充测算依据。"))
    assert returned.copy
    verdict = opened(returned.copy.read_bytes())["退回意见"]["C5"].value
    assert verdict == "应退回修改，见审核意见。改好后交回，记为第 2 次填报。"


def test_returned_again__goes_up_one_more_and_the_old_comments_are_not_taken_for_the_units(small: Centre) -> None:
    small.imports("交回.xlsx", issued_in(small).filled(single(total_fiscal="2000万")))
    (first,) = small.returns()
    assert first.copy
    book = opened(changed(first.copy.read_bytes(), {("申报表", "C7"): "3000万"}))
    commented = [cell for cells in book["申报表"].iter_rows() for cell in cells if cell.comment]
    for cell in commented:
        cell.comment = Comment(cell.comment.text, " ")  # LibreOffice drops the author
    answered = commented[0].comment.text + "\n已与李老师说过。"
    commented[0].comment = Comment(answered, "")
    small.imports("再交.xlsx", saved(book))
    (second,) = small.returns()
    assert second.copy
    assert (second.submission, second.kept) == (3, 1)
    assert lines_of(second.copy.read_bytes())[-1][5] == answered
    assert second.copy.name == "P1_社区培训_退回3.xlsx"
    assert "3000万" in opened(second.copy.read_bytes())["申报表"]["C7"].comment.text


def test_cell_that_was_moved_in_the_file__is_marked_where_it_was_issued(small: Centre) -> None:
    book = opened(issued_in(small).filled(single()))
    sheet = book["申报表"]
    sheet["C60"], sheet["C7"] = "2000万", None
    book.defined_names["root_total_fiscal"] = DefinedName("root_total_fiscal", attr_text="'申报表'!$C$60")
    checked = small.imports("交回.xlsx", saved(book))
    assert ("amount.invalid", "申报表", "C60") in errors(checked.findings)
    (returned,) = small.returns()
    assert returned.copy
    copy = opened(returned.copy.read_bytes())["申报表"]
    assert copy["C7"].value == "2000万"
    assert "2000万" in copy["C7"].comment.text


def test_files_without_a_copy__are_named_with_their_reason_until_a_better_one_came(
    small: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    issued = issued_in(small)
    small.imports("照片.xlsx", b"\x89PNG\r\n")
    meta = json.loads(opened(issued.data)["meta"]["A1"].value) | {"version": "0"}
    small.imports("旧表.xlsx", changed(issued.data, {("meta", "A1"): json.dumps(meta, ensure_ascii=False)}))
    assert main(["return", str(small.collection.folder), "--json"]) == 1
    found = {item["file"]: item for item in json.loads(capsys.readouterr().out)}
    assert {file: item["outcome"] for file, item in found.items()} == {
        "照片.xlsx": "impossible",
        "旧表.xlsx": "impossible",
    }
    assert found["旧表.xlsx"]["project_code"] == "P1"
    assert all(is_chinese_sentence(item["message"]) for item in found.values())
    small.imports("改好.xlsx", issued.filled(single()))
    assert main(["return", str(small.collection.folder)]) == 1
    words = capsys.readouterr().out
    assert "照片.xlsx" in words
    assert "旧表.xlsx" not in words


def test_file_of_another_year__is_told_by_status_and_named_without_a_copy(small: Centre, tmp_path: Path) -> None:
    other = collection_of(tmp_path / "另一个", project())
    write_roster(other.roster, Roster(Settings(2023, "一上"), (UNIT,), (project(),)))
    (path,) = generate(other, packaged_catalogue()).written
    data = Issued(other, path, Desk(other)).filled(single(start_date="2023-01-01", end_date="2023-12-31"))
    small.imports("明年.xlsx", data)
    assert status_of(small.collection, small.ledger).unread == ("明年.xlsx",)
    (returned,) = small.returns()
    assert (returned.outcome, returned.file, returned.project_code) == ("impossible", "明年.xlsx", "P1")
    assert "2023" in returned.message
    assert is_chinese_sentence(returned.message)
    assert status_of(other, small.ledger).unread == ()  # which shares the ledger, not the file


def test_file_of_a_project_that_left_the_roster__is_told_by_status(small: Centre) -> None:
    data = issued_in(small).filled(single())
    change_roster(small.collection, project("P2"))
    small.imports("多的.xlsx", data)
    assert status_of(small.collection, small.ledger).unread == ("多的.xlsx",)


def test_more_than_the_sheet_holds__is_counted_on_its_last_line(small: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("blank.opinion_sheet", "centre.returns.lines"):
        monkeypatch.setattr(f"workbook_builder.{module}.LINE_COUNTS", (5,))
    book = opened(issued_in(small).filled(single(total_fiscal="2000万")))
    extra = book.create_sheet("附表")
    for number in range(40):
        extra.append([f"第 {number} 行"])
    checked = small.imports("交回.xlsx", saved(book))
    (returned,) = small.returns()
    assert returned.copy
    lines = lines_of(returned.copy.read_bytes())
    assert len(lines) == 5
    left_off = len(checked.findings) + 40 - 4
    assert lines[-1][4] == f"另有 {left_off} 条没有列出，内容都在交回的“交回.xlsx”中，财政部门已存档。"


def test_text_longer_than_a_cell_holds__goes_on_in_the_list(small: Centre) -> None:
    begins, goes_on = "字" * 32_767, "尾巴"
    data = changed(issued_in(small).filled(single(total_fiscal="2000万")), {("申报表", "D11"): "LONG"})
    small.imports("交回.xlsx", with_text(data, "LONG", begins + goes_on))
    (returned,) = small.returns()
    assert returned.copy
    assert opened(returned.copy.read_bytes())["申报表"]["D11"].value == begins
    kept = [line for line in lines_of(returned.copy.read_bytes()) if line[1] == "留存"]
    assert [line[4:] for line in kept] == [("年度总目标：超出单元格长度的后一部分（原文件 D11）。", goes_on)]
