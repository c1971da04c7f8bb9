"""`return`: who gets a fresh workbook, under which number; what is left alone, counted, or named without one."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from tests.centre.returning import Centre, centre_of, errors, issued_in, lines_of, with_text
from tests.helpers import (
    UNIT,
    Issued,
    change_roster,
    changed,
    collection_of,
    is_chinese_sentence,
    project,
    saved,
    single,
    write_roster,
)
from tests.loaded import opened
from workbook_builder.centre.returns.making import Opinion
from workbook_builder.cli.app import main
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Centre]:
    """One project without sub-projects, sent out."""
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    centre = centre_of(collection)
    yield centre
    centre.ledger.close()


def test_copy_of_the_blank__is_named_with_what_to_do(small: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    small.imports("没填.xlsx", issued_in(small).data)
    (item,) = small.returns()
    assert item.outcome == "impossible"
    assert is_chinese_sentence(item.message)
    assert main(["return", str(small.collection.folder)]) == 1
    assert "没有退回稿 没填.xlsx：“没填.xlsx”没有填写" in capsys.readouterr().out


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


def test_cell_that_was_moved_in_the_file__is_marked_where_it_was_issued_and_what_it_held_is_kept(small: Centre) -> None:
    book = opened(issued_in(small).filled(single()))
    sheet = book["申报表"]
    sheet["C60"], sheet["C7"] = "2000万", None
    book.defined_names["root_total_fiscal"] = DefinedName("root_total_fiscal", attr_text="'申报表'!$C$60")
    checked = small.imports("交回.xlsx", saved(book))
    assert ("structure.cell_moved", "申报表", "C7") in errors(checked.findings)
    (returned,) = small.returns()
    assert returned.copy
    copy = returned.copy.read_bytes()
    assert opened(copy)["申报表"]["C7"].value is None
    assert "剪切或拖动到了「申报表」表 C60" in opened(copy)["申报表"]["C7"].comment.text
    assert any("2000万" in str(line[5]) for line in lines_of(copy))


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
    status = status_of(small.collection, small.ledger)
    assert ([gone.file for gone in status.withdrawn], status.unread) == (["多的.xlsx"], ())
    (returned,) = small.returns()
    assert (returned.outcome, returned.file) == ("impossible", "多的.xlsx")
    assert "已不在名册中" in returned.message


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
    told = [finding for finding in checked.findings if finding.rule != "structure.sheet_added"]
    left_off = len(told) + 40 - 4
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


def test_deadline_that_was_extended__is_named_by_the_copy(small: Centre) -> None:
    small.imports("交回.xlsx", issued_in(small).filled(single(total_fiscal="2000万")))
    later = UNIT._replace(deadline=datetime.date(2022, 2, 7))
    write_roster(small.collection.roster, Roster(Settings(2022, "一上"), (later,), (project(),)))
    (returned,) = small.returns()
    assert returned.copy
    copy = Desk(small.collection).open(returned.copy.read_bytes(), returned.copy.name)
    assert isinstance(copy, Opened)
    assert copy.notices["deadline"] == "2022-02-07"
