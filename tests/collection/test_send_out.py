"""What goes out with the workbooks, and a second run for a changed roster; then who has to be reminded."""

import datetime
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.helpers import SENT_OUT, collection_of, family, files_under, packaged, project, single
from workbook_builder.centre.chase import texts, write_chase_list
from workbook_builder.cli.app import main
from workbook_builder.collection import folder
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.generate import generate
from workbook_builder.collection.records import Issue, read_issues
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.errors import UsageError
from workbook_builder.form.rules import Catalogue, packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

UNITS = (
    Unit("U1", "甲中心", "张三", "021-1", "a@example.org"),
    Unit("U2", "乙#中心 100%", "李四", "021-2"),
    Unit("U3", "丙中心", must_report=False),
)
PROJECTS = (
    project("P1", "社区培训"),
    project("P2", "社区综合", unit_code="U2", sub_projects=(project("P2-1", "党建"),)),
    project("P3", "零星维修", unit_code="U2"),
    project("P4", "不必报的", unit_code="U3"),
)
DEADLINE = datetime.date(2022, 1, 31)
CATALOGUE: Catalogue = packaged_catalogue()


def write_roster(collection: Collection, *projects: RosterProject) -> None:
    roster = Roster(Settings(2022, "一上", DEADLINE, "王五", "021-9"), UNITS, projects)
    collection.roster.write_bytes(new_roster(2022, offered_by(packaged().form, CATALOGUE), roster))


@pytest.fixture
def centre(tmp_path: Path) -> Collection:
    collection = collection_of(tmp_path / "任务")
    write_roster(collection, *PROJECTS)
    return collection


@pytest.fixture
def ledger(centre: Collection) -> Iterator[Ledger]:
    found = Ledger(sqlite_url(centre.ledger))
    yield found
    found.close()


def sheet_rows(path: Path, title: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(path)[title]
    header, *rows = sheet.iter_rows(min_row=3, values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def names(paths: Any, collection: Collection) -> list[str]:
    return [Path(path).relative_to(collection.outgoing).as_posix() for path in paths]


def test_list_of_what_is_out__names_unit_contact_file_issue_and_hash(centre: Collection) -> None:
    done = generate(centre, CATALOGUE)
    rows = sheet_rows(done.issue_list, "下发清单")
    issues = centre.latest_issues()
    assert [(row["项目编码"], row["下发编号"], row["SHA-256"]) for row in rows] == [
        (code, issues[code].issue_id, issues[code].sha256) for code in ("P1", "P2", "P3", "P4")
    ]
    first = rows[1]
    assert (first["单位名称"], first["联系人"], first["电话"], first["子项目数"]) == (
        "乙#中心 100%",
        "李四",
        "021-2",
        1,
    )
    assert first["截止日期"] == datetime.datetime(2022, 1, 31)
    assert first["下发日期"].date() == SENT_OUT.date()
    sheet: Any = openpyxl.load_workbook(done.issue_list)["下发清单"]
    files = [cell.value for cell in sheet[3]].index("文件") + 1
    links = [sheet.cell(row, files).hyperlink.target.replace("\\", "/") for row in range(4, 8)]
    assert links[0] == "U1_甲中心/P1_社区培训.xlsx"
    assert links[1] == "U2_乙%23中心%20100%25/P2_社区综合.xlsx"
    assert issues["P1"].sha256 == sha256((centre.outgoing / links[0]).read_bytes())


def test_second_run__issues_only_what_changed_and_all_of_it_when_asked(centre: Collection) -> None:
    generate(centre, CATALOGUE)
    before = centre.latest_issues()
    write_roster(centre, PROJECTS[0]._replace(department="某局"), *PROJECTS[1:])
    done = generate(centre, CATALOGUE)
    assert (names(done.written, centre), len(done.unchanged)) == (["U1_甲中心/P1_社区培训.xlsx"], 3)
    after = centre.latest_issues()
    assert {code for code in after if after[code] != before[code]} == {"P1"}
    assert len(centre.issues()) == 5  # what was issued before stays known
    everything = generate(centre, CATALOGUE, everything=True)
    assert (len(everything.written), everything.unchanged) == (4, ())


def test_only_some_projects_or_units__are_sent_out_and_the_others_wait(centre: Collection) -> None:
    first = generate(centre, CATALOGUE, only=["P1"])
    assert [path.name for path in first.written] == ["P1_社区培训.xlsx"]
    assert (len(first.waiting), first.unchanged) == (3, ())
    assert centre.latest_issues().keys() == {"P1"}
    names = [row[5].value for row in openpyxl.load_workbook(first.issue_list)["下发清单"].iter_rows(min_row=4)]
    assert names == ["P1"]
    second = generate(centre, CATALOGUE, only=["U2"], archives=True)
    assert {path.name[:2] for path in second.written} == {"P2", "P3"}
    assert [path.name for path in second.waiting] == ["P4_不必报的.xlsx"]
    assert (len(second.unchanged), len(second.archives)) == (1, 2)
    again = generate(centre, CATALOGUE, only=["P2-1"], everything=True)
    assert [path.name for path in again.written] == ["P2_社区综合.xlsx"]
    last = generate(centre, CATALOGUE)
    assert ([path.name for path in last.written], last.waiting) == (["P4_不必报的.xlsx"], ())


def test_code_that_the_roster_does_not_name__sends_nothing_out(centre: Collection) -> None:
    with pytest.raises(UsageError, match="没有项目或单位“P9”"):
        generate(centre, CATALOGUE, only=["P1", "P9"])
    assert (centre.latest_issues(), list(centre.outgoing.rglob("*.xlsx"))) == ({}, [])


def test_renamed_project__leaves_no_old_workbook_unless_somebody_filled_it(centre: Collection) -> None:
    old_first, old_second = generate(centre, CATALOGUE).written[0], centre.outgoing / "U2_乙#中心 100%/P3_零星维修.xlsx"
    old_second.write_bytes(b"filled in")
    write_roster(centre, PROJECTS[0]._replace(project_name="社区培训班"), PROJECTS[1],
                 PROJECTS[2]._replace(project_name="零星修缮"), PROJECTS[3])  # fmt: skip
    done = generate(centre, CATALOGUE)
    assert (done.removed, old_first.exists()) == ((old_first,), False)
    assert old_second.read_bytes() == b"filled in"


def test_project_no_longer_on_the_roster__is_named_and_its_workbook_left(centre: Collection) -> None:
    generate(centre, CATALOGUE)
    write_roster(centre, *PROJECTS[1:])
    done = generate(centre, CATALOGUE)
    assert names(done.withdrawn, centre) == ["U1_甲中心/P1_社区培训.xlsx"]
    assert done.withdrawn[0].is_file()
    assert [row["项目编码"] for row in sheet_rows(done.issue_list, "下发清单")] == ["P2", "P3", "P4"]


def test_archive_of_each_unit__holds_its_workbooks_as_issued(centre: Collection) -> None:
    done = generate(centre, CATALOGUE, archives=True)
    assert names(done.archives, centre) == ["U1_甲中心.zip", "U2_乙#中心 100%.zip", "U3_丙中心.zip"]
    with zipfile.ZipFile(io.BytesIO(done.archives[1].read_bytes())) as archive:
        assert archive.namelist() == ["U2_乙#中心 100%/P2_社区综合.xlsx", "U2_乙#中心 100%/P3_零星维修.xlsx"]
        assert sha256(archive.read(archive.namelist()[0])) == centre.latest_issues()["P2"].sha256


def test_workbook_that_was_filled_where_it_lies__is_not_packed(centre: Collection) -> None:
    first = generate(centre, CATALOGUE).written[0]
    first.write_bytes(b"filled in")
    before = files_under(centre.folder)
    with pytest.raises(UsageError, match="没有打包"):
        generate(centre, CATALOGUE, archives=True)
    kept = files_under(centre.folder)
    assert {name: data for name, data in kept.items() if name in before and not name.endswith("下发清单.xlsx")} == {
        name: data for name, data in before.items() if not name.endswith("下发清单.xlsx")
    }


def comes(centre: Collection, code: str, entry: dict[str, Any], name: str) -> None:
    path = centre.folder / centre.latest_issues()[code].file
    (centre.folder / "收回" / name).write_bytes(fill(path.read_bytes(), path.name, entry, Desk(centre)))


@pytest.fixture
def half_done(centre: Collection, ledger: Ledger) -> Collection:
    """P1 has come with an error, P2 without, P3 not at all; and something that is no workbook."""
    generate(centre, CATALOGUE)
    comes(centre, "P1", single(annual_other="200000.01"), "甲.xlsx")
    comes(centre, "P2", family(1), "乙.xlsx")
    (centre.folder / "收回" / "照片.xlsx").write_bytes(b"\x89PNG")
    import_files(centre, [centre.folder / "收回"], ledger)
    return centre


def test_status__tells_missing_returned_accepted_and_what_fails_most(half_done: Collection, ledger: Ledger) -> None:
    found = status_of(half_done, ledger, DEADLINE)
    states = [(entry.project_code, entry.state, entry.errors, entry.file) for entry in found.entries]
    assert states == [("P1", "returned", 2, "甲.xlsx"), ("P2", "accepted", 0, "乙.xlsx"), ("P3", "missing", 0, None)]
    assert found.unread == ("照片.xlsx",)
    assert [
        (rule.rule, rule.declarations, rule.findings) for rule in found.worst_rules if rule.severity == "error"
    ] == [("funds.annual_exceeds_total", 1, 1), ("funds.annual_other_exceeds_total", 1, 1)]
    entry = found.to_json()
    assert [entry[key] for key in ("expected", "missing", "returned", "accepted")] == [3, 1, 1, 1]


def test_deadline__makes_late_what_it_found_unfinished(half_done: Collection, ledger: Ledger) -> None:
    def late(today: datetime.date) -> list[str]:
        return [entry.project_code for entry in status_of(half_done, ledger, today).entries if entry.is_late]

    # P2 was changed long after the deadline of 2022, when this test ran.
    assert (late(DEADLINE), late(DEADLINE + datetime.timedelta(days=1))) == (["P2"], ["P1", "P2", "P3"])


def test_list_for_reminding__has_contacts_and_a_text_for_each_unit(half_done: Collection, ledger: Ledger) -> None:
    found = status_of(half_done, ledger, DEADLINE)
    path = write_chase_list(half_done, found)
    rows = sheet_rows(path, "催报清单")
    assert [(row["项目编码"], row["情况"], row["错误数"], row["联系人"], row["电话"]) for row in rows] == [
        ("P1", "应退回修改", 2, "张三", "021-1"), ("P3", "未交", None, "李四", "021-2"),
    ]  # fmt: skip
    first, second = [row["催报文字"] for row in sheet_rows(path, "催报文字")]
    assert [first, second] == [text for _, text in texts(found)]
    assert first == (
        "甲中心：2022 年度项目支出绩效目标申报（一上）应于 2022-01-31 前报送。有 1 个项目需要修改后重新报送："
        "社区培训（P1）（2 处错误）。请尽快报送。如有疑问请联系王五 021-9。"
    )
    assert "贵单位尚有 1 个项目未交：零星维修（P3）。" in second


@pytest.mark.parametrize(
    ("opinion", "words"), [("目标太空，请写明数量。", "审核意见：目标太空，请写明数量"), (None, "审核退回，见退回稿")]
)
def test_reminder_of_what_a_reviewer_sent_back__says_what_the_reviewer_says(
    half_done: Collection, ledger: Ledger, opinion: str | None, words: str
) -> None:
    book = ledger.within(half_done)
    (sent,) = [one for one in book.current("sh-performance-target", 2022) if one.project_code == "P2"]
    book.keep_reviews("sh-performance-target", 2022, [Review("P2", sent.sha256, "退回", opinion, "钱七")])
    _, text = [text for _, text in texts(status_of(half_done, ledger, DEADLINE))]
    assert f"需要修改后重新报送：社区综合（P2）（{words}）。" in text
    assert "0 处错误" not in text


def test_lists__are_valid_for_excel(half_done: Collection, ledger: Ledger, sdk_problems: Any) -> None:
    chase_list = write_chase_list(half_done, status_of(half_done, ledger, DEADLINE))
    assert [sdk_problems(path) for path in (chase_list, half_done.outgoing / "下发清单.xlsx")] == [[], []]


def test_status_by_command__writes_the_list_and_says_where(
    half_done: Collection, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.close()
    assert main(["status", str(half_done.folder), "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["missing"], entry["chase_list"]) == (1, str(half_done.folder / "催报清单.xlsx"))
    assert main(["status", str(half_done.folder)]) == 0
    shown = capsys.readouterr().out
    assert "应报 3 个项目，未交 1，应退回修改 1，已接收 1" in shown
    assert "照片.xlsx" in shown


def test_files_that_belong_to_nothing_any_more__are_named_and_empty_folders_go(
    centre: Collection, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(centre, CATALOGUE, archives=True)
    touched = centre.outgoing / "U2_乙#中心 100%/P3_零星维修.xlsx"
    touched.write_bytes(fill(touched.read_bytes(), touched.name, {"filler": "张三"}, Desk(centre)))
    renamed = project("P1", "社区培训", unit_code="U2"), PROJECTS[1], project("P3", "维修", unit_code="U2"), PROJECTS[3]
    write_roster(centre, *renamed)
    (centre.outgoing / "~$P3_零星维修.xlsx").touch()  # of a program that has one open
    done = generate(centre, CATALOGUE)
    assert names(done.left_over, centre) == ["U1_甲中心.zip", "U2_乙#中心 100%/P3_零星维修.xlsx"]
    assert names(done.emptied, centre) == ["U1_甲中心"]
    assert names(done.outdated_archives, centre) == ["U2_乙#中心 100%.zip"]
    assert touched.is_file()
    assert not (centre.outgoing / "U1_甲中心").exists()
    assert main(["generate", str(centre.folder)]) == 0
    shown = capsys.readouterr().out.replace("\n", "")
    assert f"核对后可以删除：{touched}" in shown
    again = generate(centre, CATALOGUE)
    assert (again.written, again.emptied, again.outdated_archives) == ((), (), ())


def test_unit_with_a_deadline_of_its_own__is_told_it_in_list_and_workbook(centre: Collection) -> None:
    later = datetime.date(2022, 2, 7)
    roster = Roster(Settings(2022, "一上", DEADLINE), (UNITS[0], UNITS[1]._replace(deadline=later), UNITS[2]), PROJECTS)
    centre.roster.write_bytes(new_roster(2022, offered_by(packaged().form, CATALOGUE), roster))
    assert Desk(centre).roster == roster._replace(projects=Desk(centre).roster.projects)
    generate(centre, CATALOGUE)
    rows = sheet_rows(centre.outgoing / "下发清单.xlsx", "下发清单")
    assert {row["项目编码"]: row["截止日期"].date() for row in rows} == {
        "P1": DEADLINE, "P2": later, "P3": later, "P4": DEADLINE,
    }  # fmt: skip
    for code, expected in (("P1", DEADLINE), ("P3", later)):
        path = centre.folder / centre.latest_issues()[code].file
        opened = Desk(centre).open(path.read_bytes(), path.name)
        assert isinstance(opened, Opened)
        assert opened.notices["deadline"] == expected.isoformat()


def test_many_projects__are_sent_out_with_as_few_readings_of_the_records_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> dict[str, Issue]:
        read.append(path)
        return read_issues(path)

    monkeypatch.setattr(folder, "read_issues", counted)
    readings = []
    for number in (1, 4):
        projects = [project(f"P{n}", f"培训{n}") for n in range(number)]
        generate(collection_of(tmp_path / str(number), *projects), packaged_catalogue())
        readings.append(len(read))
        read.clear()
    assert readings[0] == readings[1]
