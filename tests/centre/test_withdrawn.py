"""A project that leaves the roster, or moves to another unit: no output counts it, or counts it elsewhere, without a word."""

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.helpers import collection_of, is_chinese_sentence, project, single, stamped, write_roster
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.report.content import report_of
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

UNITS = Unit("U1", "党建服务中心"), Unit("U2", "文化活动中心")
ANNUAL = "年度资金申请总额（元）"
AMOUNTS = {"P1": "800000.07", "P2": "200000.50", "P3": "1.01"}


class Office:
    """Three projects of two units, all accepted."""

    def __init__(self, folder: Path):
        self.collection: Collection = collection_of(folder, *map(project, AMOUNTS))
        self.has(*(project(code, f"项目{code}", unit_code="U1") for code in AMOUNTS))
        generate(self.collection, packaged_catalogue())
        self.ledger = Ledger(sqlite_url(self.collection.ledger))
        desk = Desk(self.collection)
        for code, issue in self.collection.latest_issues().items():
            money = {"annual_appropriation": AMOUNTS[code], "annual_carryover": "0.00", "annual_other": "0.00"}
            data = (self.collection.folder / issue.file).read_bytes()
            filled = fill(data, f"{code}.xlsx", single(**money, project_category="阶段性项目"), desk)
            (self.collection.folder / "收回" / f"{code}.xlsx").write_bytes(filled)
        done = import_files(self.collection, [self.collection.folder / "收回"], self.ledger)
        assert {item.checked.status for item in done.items if item.checked} == {"accepted"}

    def has(self, *projects: RosterProject) -> None:
        write_roster(self.collection.roster, Roster(Settings(2022, "一上"), UNITS, projects))

    def totals(self) -> dict[str, Decimal]:
        """年度资金 by each output that sums it up."""
        packed = pack(self.collection, self.ledger, self.collection.folder / f"{len(self.collection.issues())}.zip")
        write_report(self.collection, self.ledger, self.collection.folder / "csv")
        sheet = openpyxl.load_workbook(self.collection.report, data_only=True)["资金汇总"]
        header, together = (next(sheet.iter_rows(min_row=row, max_row=row, values_only=True)) for row in (3, 4))
        tables = report_of(self.collection, self.ledger).to_pandas()
        funds = tables["资金汇总"]
        return {
            "package": packed.manifest.totals["annual_funds"],
            "report": Decimal(str(together[header.index(ANNUAL)])).quantize(Decimal("0.01")),
            "frame": sum(funds.loc[funds["层级"] == "项目", ANNUAL], Decimal(0)),
            "csv": sum((Decimal(row[ANNUAL]) for row in self.rows("资金汇总") if row["层级"] == "项目"), Decimal(0)),
        }

    def rows(self, title: str) -> list[dict[str, str]]:
        """Of the CSV file of a table."""
        (path,) = (self.collection.folder / "csv").glob(f"*{title}.csv")
        return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "任务")
    with closing(made.ledger):
        yield made


def expected(*codes: str) -> Decimal:
    return sum((Decimal(AMOUNTS[code]) for code in codes), Decimal(0))


def test_nothing_withdrawn__all_outputs_sum_the_same(office: Office) -> None:
    assert set(office.totals().values()) == {expected("P1", "P2", "P3")}


def test_withdrawn_project__is_in_no_sum_and_named_with_its_amount_everywhere(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.has(*(project(code, f"项目{code}", unit_code="U1") for code in ("P1", "P3")))
    generate(office.collection, packaged_catalogue())
    assert set(office.totals().values()) == {expected("P1", "P3")}
    status = status_of(office.collection, office.ledger)
    assert {entry.project_code for entry in status.entries} == {"P1", "P3"}
    (gone,) = status.withdrawn
    assert (gone.project_code, gone.annual_funds) == ("P2", Decimal(AMOUNTS["P2"]))
    assert is_chinese_sentence(gone.sentence)
    rows = list(openpyxl.load_workbook(office.collection.report)["收表进度"].iter_rows(values_only=True))
    assert [row[2:6] for row in rows if row[2] == "P2"] == [
        ("P2", "项目P2", "已撤回", "已不在名册中，年度资金 200000.50 元不计入")
    ]
    assert ("P2", "已撤回") in {(row["项目编码"], row["状态"]) for row in office.rows("收表进度")}
    for command in ("status", "report"):
        assert main([command, str(office.collection.folder)]) == 0
        assert gone.sentence in capsys.readouterr().out.replace("\n", "")
    assert main(["status", str(office.collection.folder), "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["withdrawn"]
    assert (entry["project_code"], entry["annual_funds"]) == ("P2", "200000.50")
    packed = pack(office.collection, office.ledger, office.collection.folder / "包.zip")
    assert {entry.project_code: entry.why for entry in packed.left_out} == {
        "P2": "已不在名册中，年度资金 200000.50 元不计入"
    }
    rolled = roll_over(office.collection, office.ledger, 2023, office.collection.folder.parent / "2023")
    assert {one.project_code for one in Desk(rolled.collection).roster.projects} == {"P1", "P3"}


def test_project_put_back_on_the_roster__counts_again(office: Office) -> None:
    office.has(project("P1", "项目P1", unit_code="U1"))
    office.has(*(project(code, f"项目{code}", unit_code="U1") for code in AMOUNTS))
    assert set(office.totals().values()) == {expected(*AMOUNTS)}
    assert status_of(office.collection, office.ledger).withdrawn == ()


def test_project_that_moved_to_another_unit__stands_under_it_on_every_sheet(office: Office) -> None:
    office.has(*(project(code, f"项目{code}", unit_code="U2" if code == "P2" else "U1") for code in AMOUNTS))
    tables = report_of(office.collection, office.ledger).to_pandas()
    for title in ("收表进度", "资金汇总", "指标明细", "审核"):
        table = tables[title]
        unit = next(column for column in table.columns if str(column) in ("单位名称", "单位"))
        assert set(table.loc[table["项目编码"] == "P2", unit]) == {"文化活动中心"}, title
    assert set(office.totals().values()) == {expected(*AMOUNTS)}


def test_file_of_the_unit_before__is_outdated_once_the_project_was_sent_to_the_new_one(office: Office) -> None:
    before = (office.collection.folder / office.collection.latest_issues()["P2"].file).read_bytes()
    desk = Desk(office.collection)
    late = fill(before, "晚交.xlsx", single(phone="021-7"), desk)
    office.has(*(project(code, f"项目{code}", unit_code="U2" if code == "P2" else "U1") for code in AMOUNTS))
    generate(office.collection, packaged_catalogue())
    (office.collection.folder / "收回" / "晚交.xlsx").write_bytes(late)
    (item,) = import_files(office.collection, [office.collection.folder / "收回" / "晚交.xlsx"], office.ledger).items
    assert item.checked is not None
    (finding,) = [finding for finding in item.checked.findings if finding.rule == "structure.issue_outdated"]
    assert "单位由“U1”改为“U2”" in finding.message


def test_amount_that_could_not_be_read__is_named_and_no_zero_in_a_total(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    issue = office.collection.latest_issues()["P2"]
    data = (office.collection.folder / issue.file).read_bytes()
    entry = single(annual_appropriation="2000万", annual_carryover="5.00", annual_other="0.00")
    bad = stamped(fill(data, "P2.xlsx", entry, Desk(office.collection)), "2031-03-01T08:00:00Z")
    (office.collection.folder / "收回" / "坏.xlsx").write_bytes(bad)
    (item,) = import_files(office.collection, [office.collection.folder / "收回" / "坏.xlsx"], office.ledger).items
    declared = check(bad, "坏.xlsx", Desk(office.collection)).declaration
    assert declared is not None
    assert (item.outcome, declared.values["annual_funds"]) == ("current", None)  # not 5.00
    assert main(["report", str(office.collection.folder), "--csv", str(office.collection.folder / "csv")]) == 0
    assert "没有读出、不在合计中：P2 项目P2（年度资金申请总额）。" in capsys.readouterr().out.replace("\n", "")
    rows = {row["项目编码"]: row[ANNUAL] for row in office.rows("资金汇总") if row["层级"] == "项目"}
    assert rows == {"P1": AMOUNTS["P1"], "P2": "", "P3": AMOUNTS["P3"]}
    sheet = openpyxl.load_workbook(office.collection.report, data_only=True)["资金汇总"]
    assert "P2 项目P2（年度资金申请总额）" in str(sheet["A2"].value)
