"""`publish`: what counts and passed a review is published, and nothing else; the same input gives the same bytes."""

import difflib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import docx
import pytest

from tests.centre.publishing import (
    FAMILY,
    LATE,
    LONG_NAME,
    PARTLY,
    PLAIN,
    PRIVATE,
    SECRET,
    SENT_BACK,
    SUBS,
    UNIT,
    answers,
    compared,
    copied,
    office_at,
    paragraphs,
    parts,
    published,
    reviewed,
    roster,
    tables,
    without_office,
)
from tests.helpers import calls_of, collection_of, files_under, is_chinese_sentence, project, write_roster
from tests.loaded import opened
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.publish import comparing, word_document, word_reading
from workbook_builder.centre.publish.choosing import Publication
from workbook_builder.centre.publish.comparing import _unlike
from workbook_builder.centre.publish.publishing import Published, Wish, _names, publish
from workbook_builder.centre.publish.word_reading import Line
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.errors import UnreadableError, UsageError
from workbook_builder.files import write_file
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

PASSED = dict.fromkeys((PLAIN, FAMILY, SECRET, PARTLY), "通过")


@pytest.fixture(scope="module")
def _no_office() -> Iterator[None]:
    with without_office():
        yield


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, _no_office: None) -> Collection:
    collection = office_at(tmp_path_factory.mktemp("office") / "任务", roster(), answers())
    reviewed(collection, {**PASSED, SENT_BACK: "退回"})
    return collection


@pytest.fixture(scope="module")
def done(office: Collection) -> Published:
    return published(office)


def test_projects__are_published_where_they_count_passed_and_may_be_public(done: Published) -> None:
    assert [one.project_code for one in done.published] == [PLAIN, FAMILY, PARTLY]
    why = {one.project_code: one.why for one in done.left_out}
    assert why.keys() == {SECRET, SENT_BACK, LATE}
    assert "公开" in why[SECRET]
    assert "退回" in why[SENT_BACK]
    assert "审核" in why[LATE]
    names = {path.name for path in done.written}
    assert names == {
        "综合服务.docx", f"{LONG_NAME[:60]}.docx", "只公开表的项目.docx", "公开汇编.docx", "公开目录.xlsx", "公开目录.html",
    }  # fmt: skip
    assert done.exit_code == 0
    assert done.no_pdf is not None
    assert "LibreOffice" in done.no_pdf


def test_contacts_codes_opinions_and_secrets__are_in_no_byte(done: Published) -> None:
    secrets = (*PRIVATE, "不公开的项目", "退回的项目", "未审核的项目", "分项3<", "征求意见稿")
    texts = {name: text for path in done.written for name, text in parts(path)}
    assert {(name, word) for name, text in texts.items() for word in secrets if word in text} == set()
    assert any("分项4<" in text for text in texts.values())  # they are looked for as they would be written


def test_properties__name_nobody_and_no_moment(done: Published) -> None:
    for path in (one for one in done.written if one.suffix == ".docx"):
        properties = docx.Document(str(path)).core_properties
        assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
        assert properties.created == properties.modified
        assert not any(name.startswith(("docProps/app", "docProps/custom", "customXml")) for name, _ in parts(path))


def test_document__says_the_sections_as_typed_and_sets_a_pasted_table(done: Published) -> None:
    path = done.folder / f"{LONG_NAME[:60]}.docx"
    said = paragraphs(path)
    assert said[0] == f"{LONG_NAME.removesuffix('项目')}项目经费情况说明"
    start = said.index("一、项目概述")
    assert said[start : start + 4] == [
        "一、项目概述",
        "第一段有“引号”、《书名》和 & 号，3<5。",
        "最后一段。",
        "二、立项依据",
    ]
    assert "{{project_name}}的目标。" in said  # what was typed is no marker
    assert tables(path)[0] == [["名称", "数量"], ["活动", "12"], ["培训", "5"]]


def test_forms_of_twenty_sub_projects__each_have_their_page_but_the_withheld_one(done: Published) -> None:
    path = done.folder / "综合服务.docx"
    heads = [rows[0][1] for rows in tables(path) if rows[0][0] == "项目名称"]
    assert heads == ["综合服务", *(f"分项{number}" for number in range(1, SUBS + 1) if number != 3)]
    titles = [text for text in paragraphs(path) if text == "财政项目支出绩效目标申报表"]
    assert len(titles) == SUBS


def test_partly_public_project__has_its_forms_and_no_section(done: Published) -> None:
    said = paragraphs(done.folder / "只公开表的项目.docx")
    assert said == ["财政项目支出绩效目标申报表", "（2022年度）"]
    volume = "".join(paragraphs(done.folder / "公开汇编.docx"))
    assert "综合服务项目经费情况说明" in volume
    assert "只公开表的项目经费情况说明" not in volume


def test_volume__has_contents_by_unit_that_lead_to_each_document(done: Published) -> None:
    text = next(text for name, text in parts(done.folder / "公开汇编.docx") if name.endswith("word/document.xml"))
    anchors = re.findall(r'w:anchor="(\w+)"', text)
    marks = re.findall(r'<w:bookmarkStart w:id="\d+" w:name="(\w+)"', text)
    assert len(anchors) == 4  # a unit, three projects
    assert sorted(anchors) == sorted(marks)
    said = paragraphs(done.folder / "公开汇编.docx")
    assert said[:2] == ["财政项目支出绩效目标公开汇编", "（2022年度）"]


def test_index__lists_amounts_and_relative_links(done: Published) -> None:
    sheet = opened((done.folder / "公开目录.xlsx").read_bytes()).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert [row[2] for row in rows] == [LONG_NAME, "综合服务", "只公开表的项目", None]
    assert rows[-1][1] == "合计"
    assert rows[-1][6] == sum(row[6] for row in rows[:-1]) == 1_200_000 * (SUBS + 2)
    page = (done.folder / "公开目录.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert '<html lang="zh-CN">' in page
    assert page.count('scope="row"') == 3
    links = re.findall(r'href="([^"]+)"', page)
    assert all(link.startswith("./") and link.endswith(".docx") for link in links)
    assert len(links) == 4


def test_published_again__every_byte_is_the_same_and_nothing_is_written(office: Collection, done: Published) -> None:
    before = files_under(done.folder)
    again = published(office)
    assert (again.written, again.removed) == ((), ())
    elsewhere = published(office, Wish(output=office.folder.parent / "别处"))
    assert files_under(elsewhere.folder) == before


def test_project_that_is_no_longer_public__its_files_are_removed(office: Collection, tmp_path: Path) -> None:
    collection = copied(office, tmp_path / "任务")
    published(collection)
    reviewed(collection, {PARTLY: "退回"})
    done = published(collection)
    assert [path.name for path in done.removed] == ["只公开表的项目.docx"]
    assert not (done.folder / "只公开表的项目.docx").exists()
    assert all("只公开表的项目" not in text for path in done.written for _, text in parts(path))


def test_file_changed_by_hand__is_not_overwritten_and_nothing_is_written(office: Collection, tmp_path: Path) -> None:
    collection = copied(office, tmp_path / "任务")
    done = published(collection)
    (done.folder / "综合服务.docx").write_bytes(b"by hand")
    reviewed(collection, {PARTLY: "退回"})
    before = files_under(done.folder)
    with pytest.raises(UsageError, match=r"综合服务\.docx”被改动过"):
        published(collection)
    assert files_under(done.folder) == before


def test_run_that_is_cut_off_while_it_writes__is_completed_by_the_next(
    office: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = copied(office, tmp_path / "任务")
    shutil.rmtree(collection.folder / "公开", ignore_errors=True)
    with monkeypatch.context() as patch:
        written: list[Path] = []

        def write(path: Path, data: bytes, *, overwrite: bool) -> None:
            if len(written) == 2:
                raise KeyboardInterrupt
            written.append(path)
            write_file(path, data, overwrite=overwrite)

        patch.setattr("workbook_builder.centre.publish.kept.write_file", write)
        with pytest.raises(KeyboardInterrupt):
            published(collection)
    (collection.folder / "公开" / "公开目录.html").write_bytes(b"of another hand")
    with pytest.raises(UsageError, match=r"公开目录\.html”被改动过"):
        published(collection)
    (collection.folder / "公开" / "公开目录.html").unlink()
    done = published(collection)
    assert {path.name for path in done.unchanged} == {path.name for path in written}
    assert files_under(done.folder) == files_under(published(office).folder)


def test_codes__write_these_documents_alone(office: Collection, tmp_path: Path) -> None:
    done = published(office, Wish((FAMILY, SECRET), tmp_path / "一个"))
    assert [path.name for path in done.written] == ["综合服务.docx"]
    assert [one.project_code for one in done.left_out] == [SECRET]
    with pytest.raises(UsageError, match="没有母项目“没有的”"):
        published(office, Wish(("没有的",), tmp_path / "无"))


def test_draft__marks_each_page_and_holds_what_nobody_reviewed_but_no_secret(office: Collection) -> None:
    done = published(office, Wish(is_draft=True))
    assert done.folder.name == "征求意见稿"
    assert [one.project_code for one in done.published] == [PLAIN, FAMILY, PARTLY, LATE]
    for path in (one for one in done.written if one.suffix == ".docx"):
        document = docx.Document(str(path))
        for section in document.sections:
            for header in (section.header, section.even_page_header):
                assert not header.is_linked_to_previous
                assert header.paragraphs[0].text == "征求意见稿"


def test_command__says_it_in_json_and_in_words(
    office: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "公开"
    assert main(["publish", str(office.folder), "-o", str(output), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["project_code"] for one in said["published"]] == [PLAIN, FAMILY, PARTLY]
    assert said["published"][1]["withheld"] == ["分项3"]
    assert main(["publish", str(office.folder), "-o", str(output)]) == 0
    words = capsys.readouterr().out
    assert "公开 3 个项目，不公开 3 个" in words.replace("\n", "")
    assert main(["publish", str(office.folder), "--check", str(output / "综合服务.docx"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["projects"] == ["综合服务"]


def test_what_is_not_public__stays_so_at_the_level_above(office: Collection, tmp_path: Path) -> None:
    upper = collection_of(tmp_path / "上级")
    write_roster(
        upper.roster, Roster(Settings(2022, "一上"), (UNIT,), (project("上级项目", unit_code=UNIT.unit_code),))
    )
    with closing(Ledger(sqlite_url(office.ledger))) as ledger:
        pack(office, ledger, upper.folder / "收回" / "包.zip")
    with closing(Ledger(sqlite_url(upper.ledger))) as ledger:
        import_files(upper, [upper.folder / "收回" / "包.zip"], ledger)
        done = publish(upper, ledger, Wish(is_draft=True))
    assert {one.project_code for one in done.published} == {PLAIN, FAMILY, PARTLY, LATE}
    assert {one.project_code: one.withheld for one in done.published}[FAMILY] == ("分项3",)
    assert [one.project_code for one in done.published if not one.has_narrative] == [PARTLY]
    assert {one.project_code for one in done.left_out} == {SECRET, "上级项目"}


class Lines(Counter[object]):
    """Lines of a document; counts how often they are held against others."""

    compared = 0

    def __and__(self, other: Any) -> Any:
        Lines.compared += 1
        return super().__and__(other)


def test_volume__is_written_and_compared_without_looking_through_all_of_it_for_each_project(
    office: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = copied(office, tmp_path / "任务")
    measured = calls_of(monkeypatch, word_document, "_width")
    done = published(here, Wish(is_draft=True))
    assert len(measured) == len(done.published) + 1  # of each document, and of the volume
    monkeypatch.setattr(comparing, "Counter", Lines)
    told = compared(here, done.folder / "公开汇编.docx").compared
    assert told.projects == tuple(one.project_name for one in done.published)
    assert Lines.compared <= 2 * len(done.published)


def test_projects_of_one_name__are_numbered_past_those_that_are_called_so() -> None:
    names = ("培训", "培训", "培训_2", "培训", "培训_2", "公开汇编")
    called = list(_names([Publication("", "", {"project_name": name}, True, (), ()) for name in names]))
    assert called == ["培训", "培训_2", "培训_2_2", "培训_3", "培训_2_3", "公开汇编_2"]


def test_lines_that_projects_share__are_held_against_those_of_the_same_project(monkeypatch: pytest.MonkeyPatch) -> None:
    def document(names: Sequence[str]) -> list[Line]:
        return [Line((text,), False) for name in names for text in (name, "一级指标", "二级指标", "合计")]

    held = calls_of(monkeypatch, difflib, "SequenceMatcher")
    names = [f"项目{number}" for number in range(40)]
    assert list(_unlike(document(names), document(names))) == []
    assert max(len(expected) * len(found) for _, expected, found in held) == 3 * 3  # between the names
    other = document([*names[:5], "别的", *names[7:20], *names[25:], *names[20:25]])
    changed, gone, moved_from, moved_to = (20, 21, 20, 21), (24, 28, 24, 24), (80, 100, 76, 76), (160, 160, 136, 156)
    assert list(_unlike(document(names), other)) == [changed, gone, moved_from, moved_to]


def test_volume_larger_than_is_compared__is_said_to_be_so_and_not_to_be_damaged(
    done: Published, office: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_reading, "MOST_BYTES", 1 << 10)
    with pytest.raises(UnreadableError) as refused:
        compared(office, done.folder / "公开汇编.docx")
    assert is_chinese_sentence(str(refused.value))
    assert "没有核对。请逐个核对各项目自己的文档" in str(refused.value)
    assert "损坏" not in str(refused.value)
