"""`rollover --round`: 二上, 批复 and 调整 start from the last round, and a file of one is never taken for another's."""

import csv
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, change_roster, collection_of, is_chinese_sentence, project, rules, seen
from tests.rounds import CEILING, CUT, DAY, NUMBER, OPINION, PERSON, Round, Year
from workbook_builder.centre.report.content import report_of
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.centre.rollover.next_round import next_round
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.errors import UsageError
from workbook_builder.form.declaration import to_json
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import describe, open_ours
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of
from workbook_builder.resources import packaged_publish_template

pytestmark = pytest.mark.slow

SHEET = "申报表"


def declared(issued: Issued) -> dict[str, Any]:
    """What a workbook says as it went out, once its unit has signed it."""
    declaration = issued.checked(PERSON).declaration
    assert declaration is not None
    return to_json(declaration)


def content(entry: Mapping[str, Any]) -> dict[str, Any]:
    """All of a declaration that the next round starts from."""
    new = ("round", "filler", "phone", "fill_date")
    own = {key: value for key, value in entry.items() if key not in new}
    return {**own, "sub_projects": [content(sub) for sub in entry.get("sub_projects", ())]}


def last(place: Round, code: str) -> dict[str, Any]:
    with place.ledger() as ledger:
        (one,) = (s for s in ledger.current("sh-performance-target", 2022) if s.project_code == code)
        return dict(ledger.document(one.id).declaration)


@pytest.mark.parametrize("code", ["P1", "P2"])
def test_second_round__holds_everything_of_the_first_in_open_inputs_and_asks_for_no_confirmation(
    year: Year, code: str
) -> None:
    issued = year.second.out[code]
    assert content(declared(issued)) == content(last(year.first, code))
    keys = {entry["key"] for entry in describe(open_ours(issued.data, issued.path.name, issued.desk))["inputs"]}
    inputs_before = year.first.out[code]
    before = describe(open_ours(inputs_before.data, inputs_before.path.name, inputs_before.desk))["inputs"]
    assert keys == {entry["key"] for entry in before}
    assert not any("confirm" in key for key in keys)


def test_roster_of_the_second_round__keeps_units_ceilings_and_rows_and_has_no_deadline(year: Year) -> None:
    roster = Desk(year.second.collection).roster
    assert roster.settings[:3] == (2022, "二上", None)
    assert [one.project_code for one in roster.projects] == ["P1", "P2"]
    assert roster.projects[0].budget_ceiling == CEILING
    assert [sub.project_code for sub in roster.projects[1].sub_projects] == ["P2-1", "P2-2"]
    assert roster.units == Desk(year.first.collection).roster.units
    rolled = year.second.rolled
    assert rolled is not None
    assert [(one.project_code, one.why.partition("，")[0]) for one in rolled.not_carried] == [("P3", "未交")]


def test_unit__reads_opinion_ceiling_and_last_amounts_beside_the_form_and_not_on_paper(year: Year) -> None:
    page = seen(year.second.out["P1"].data)[SHEET]
    assert page["H1"].value == f"一上审核结论：修改后通过\n审核意见：{OPINION}\n预算控制数：700,000.00 元"
    assert page["H7"].value == "一上 财政资金 1,000,000.00\n一上 当年财政拨款 800,000.00"
    assert page.print_area == seen(year.first.out["P1"].data)[SHEET].print_area
    heights = [[sheet.row_dimensions[row].height for row in range(1, 11)] for sheet in (page, first_sheet(year))]
    assert heights[0] == heights[1]


def first_sheet(year: Year) -> Any:
    return seen(year.first.out["P1"].data)[SHEET]


def test_declaration_that_is_still_above_its_ceiling__is_returned(year: Year) -> None:
    checked = year.second.out["P1"].checked(PERSON)
    assert (checked.status, rules(checked)) == ("returned", ["funds.ceiling"])
    assert year.second.out["P1"].checked({**PERSON, **CUT}).status == "accepted"


def test_workbook_that_comes_back_untouched__is_not_taken_for_an_answer(year: Year) -> None:
    issued = year.second.out["P1"]
    (found,) = issued.checked({}).findings
    assert found.rule == "collection.not_filled"
    assert "没有要改的也请在“填表说明”表填写填报日期" in found.message
    assert "collection.not_filled" not in rules(issued.checked({"fill_date": "2022-02-01"}))


def test_words_beside_the_form_that_were_changed__are_told(year: Year) -> None:
    checked = year.second.out["P1"].checked({**PERSON, **CUT}, {(SHEET, "H7"): "一上 当年财政拨款 600,000.00"})
    (found,) = [one for one in checked.findings if one.rule == "structure.prefilled_changed"]
    assert (found.sheet, found.cell) == (SHEET, "H7")


def test_return_copy_of_the_second_round__still_says_what_the_first_was(year: Year, tmp_path: Path) -> None:
    place = copied(year.second, tmp_path)
    path = place.folder / "收回" / "P1.xlsx"
    path.write_bytes(year.second.out["P1"].filled({**PERSON, "annual_goal": "太高"}))
    with closing(Ledger(sqlite_url(tmp_path / "l.db"))) as ledger:
        import_files(place, [path], ledger)
        (copy,) = [one.copy for one in return_copies(place, ledger) if one.copy]
    page = seen(copy.read_bytes())[SHEET]
    assert page["H1"].value.startswith("一上审核结论：修改后通过")


def copied(place: Round, tmp_path: Path) -> Collection:
    shutil.copytree(place.collection.folder, tmp_path / "任务")
    return Collection(tmp_path / "任务")


# 批复


def test_approved_workbook__holds_the_approved_amounts_and_nothing_to_fill_in(year: Year) -> None:
    issued = year.approved.out["P2"]
    book = seen(issued.data)
    assert "自检" not in book.sheetnames
    assert "填表说明" not in book.sheetnames
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    unlocked = [
        c.coordinate for sheet in book.worksheets for row in sheet.iter_rows() for c in row if not c.protection.locked
    ]
    assert (
        unlocked,
        [sheet.data_validations.dataValidation for sheet in book.worksheets if sheet.data_validations.count],
    ) == ([], [])
    shown = seen(issued.data, data_only=True)
    family_sheet, first_sub = shown[SHEET], shown["01 书记工作室"]
    assert (family_sheet["E7"].value, family_sheet["E6"].value) == (1500000.07, 2300000.07)
    assert (first_sub["E7"].value, first_sub["C6"].value) == (700000.07, 1100000.07)
    assert first_sub["H7"].value == "申报 财政资金 1,000,000.00\n申报 当年财政拨款 800,000.00"


def test_document_of_approval__stands_beside_the_form_and_is_said_to_be_missing_where_it_is(year: Year) -> None:
    assert seen(year.approved.out["P1"].data)[SHEET]["H1"].value == f"批复文号：{NUMBER}\n批复日期：{DAY}"
    assert seen(year.approved.out["P2"].data)[SHEET]["H1"].value == "批复文号：（未填）\n批复日期：（未填）"


def test_texts_and_indicators_of_an_approved_workbook__are_those_of_the_declaration(year: Year) -> None:
    told = last(year.second, "P1")
    page = seen(year.approved.out["P1"].data)[SHEET]
    assert page["D11"].value == told["annual_goal"]
    assert [page[cell].value for cell in ("D15", "E15", "F15", "G15")] == ["培训次数", "≥", 5, "次"]


def test_nobody_is_asked_to_send_back_what_was_approved(year: Year) -> None:
    place = year.approved.collection
    with year.approved.ledger() as ledger:
        status = status_of(place, ledger)
        assert (status.entries, status.to_json()["missing"]) == ((), 0)
        assert import_files(place, [], ledger).to_json()["missing"] == []


def test_approved_files__cannot_go_out_in_parts_nor_for_a_project_without_approval(year: Year, tmp_path: Path) -> None:
    place = copied(year.approved, tmp_path)
    with pytest.raises(UsageError, match="批复按母项目整本下发"):
        generate(place, packaged_catalogue(), split=True)
    change_roster(place, project(), project("P9", "另一个"), round_name="批复")
    with pytest.raises(UsageError, match="“P9”没有批复内容"):
        generate(place, packaged_catalogue())


def test_project_without_approved_amounts__is_named_and_left_out(year: Year, tmp_path: Path) -> None:
    place = copied(year.second, tmp_path)
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        known = ledger.approvals("sh-performance-target", 2022)["P2"]
        ledger.keep_approvals("sh-performance-target", 2022, [known._replace(amounts={})])
        made = next_round(place, ledger, "批复", tmp_path / "批复")
    assert [one.project_code for one in made.projects] == ["P1"]
    ((code, _, _, _, why),) = made.not_carried
    assert (code, why.partition("，")[0]) == ("P2", "没有批复的金额")


# 调整


def test_adjusted_workbook__starts_from_what_was_approved_in_open_inputs(year: Year) -> None:
    entry = declared(year.adjusted.out["P2"])
    assert (entry["annual_funds"], entry["annual_appropriation"]) == ("2300000.07", "1500000.07")
    assert entry["sub_projects"][0]["annual_appropriation"] == "700000.07"
    assert content(entry)["indicators"] == content(last(year.second, "P2"))["indicators"]
    page = seen(year.adjusted.out["P1"].data)[SHEET]
    assert page["H7"].value == "批复 财政资金 700,000.00\n批复 当年财政拨款 500,000.00"
    assert not page["E7"].protection.locked
    assert year.adjusted.out["P2"].checked(PERSON).status == "accepted"


def test_adjusted_round_from_the_collection_that_holds_the_approvals__is_the_same(year: Year, tmp_path: Path) -> None:
    with year.second.ledger() as ledger:
        made = next_round(year.second.collection, ledger, "调整", tmp_path / "调整")
    kept = "上轮内容.json"
    assert (made.collection.archive / kept).read_bytes() == (year.adjusted.collection.archive / kept).read_bytes()


# The tables of two rounds side by side


def table(place: Round, title: str, tmp_path: Path) -> dict[str, dict[str, str]]:
    """The rows of a CSV file by project code; the sums under an empty one."""
    with place.ledger() as ledger:
        write_report(place.collection, ledger, tmp_path)
    with (tmp_path / f"{title}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {line["项目编码"]: line for line in csv.DictReader(stream)}


YEARLY = ("申报年度资金申请总额（元）", "批复年度资金申请总额（元）", "年度资金申请总额差额（元）")


@pytest.mark.parametrize("of", ["second", "approved"])
def test_declared_against_approved__is_told_by_project_with_sums(year: Year, tmp_path: Path, of: str) -> None:
    rows = table(getattr(year, of), "批复", tmp_path)
    yearly = {code: tuple(line[header] for header in YEARLY) for code, line in rows.items()}
    assert yearly == {
        "": ("3400000.00", "3200000.07", "-199999.93"),
        "P1": ("1000000.00", "900000.00", "-100000.00"),
        "P2": ("2400000.00", "2300000.07", "-99999.93"),
        "P2-1": ("1200000.00", "1100000.07", "-99999.93"),
        "P2-2": ("1200000.00", "1200000.00", "0.00"),
    }
    assert (rows["P1"]["批复文号"], rows["P1"]["批复日期"]) == (NUMBER, DAY.isoformat())


def test_approved_against_adjusted__is_told_as_far_as_it_came(year: Year) -> None:
    with year.adjusted.ledger() as ledger:
        frame = report_of(year.adjusted.collection, ledger).to_pandas()["调整"].set_index("项目编码")
    columns = "批复当年财政拨款（元）", "调整当年财政拨款（元）"
    assert tuple(frame.loc["P1", list(columns)]) == (Decimal("500000.00"), Decimal("450000.00"))
    assert tuple(frame.loc["P2-1", list(columns)]) == (Decimal("700000.07"), None)
    assert frame.loc["P1", "年度资金申请总额差额（元）"] == Decimal("-50000.00")


# From which round to which


def test_rounds_out_of_order__are_refused_and_nothing_is_written(year: Year, tmp_path: Path) -> None:
    allowed = {("一上", "二上"), ("二上", "批复"), ("二上", "调整"), ("批复", "调整")}
    refused = [pair for pair in product(year.by_name, ("一上", "二上", "批复", "调整", "三上")) if pair not in allowed]
    for old, new in refused:
        place = year.by_name[old]
        with place.ledger() as ledger, pytest.raises(UsageError) as told:
            next_round(place.collection, ledger, new, tmp_path / "新")
        assert is_chinese_sentence(str(told.value))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("of", "annual"), [("second", 2), ("approved", 2), ("adjusted", 1)])
def test_next_year__begins_from_each_round_without_money(year: Year, tmp_path: Path, of: str, annual: int) -> None:
    place: Round = getattr(year, of)
    with place.ledger() as ledger:
        made = roll_over(place.collection, ledger, 2023, tmp_path / "2023年")
    roster = Desk(made.collection).roster
    assert (roster.settings[:2], len(roster.projects)) == ((2023, "一上"), annual)
    (out,) = [path for path in generate(made.collection, packaged_catalogue()).written if path.name.startswith("P1")]
    entry = declared(Issued(made.collection, out, Desk(made.collection)))
    assert (entry["annual_appropriation"], entry["start_date"]) == (None, date(2023, 1, 1).isoformat())
    assert entry["annual_goal"] == last(year.second, "P1")["annual_goal"]


def test_command__takes_one_of_to_and_round_and_says_what_it_made(
    year: Year, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rollover", str(year.first.collection.folder), str(tmp_path / "新")]
    for more in ([], ["--to", "2023", "--round", "二上"], ["--round", "二上", "--template", "模板.xlsx"]):
        assert main([*words, *more]) == 2
    capsys.readouterr()
    assert main([*words, "--round", "二上", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["round"], told["fiscal_year"], told["projects"], told["sub_projects"]) == ("二上", 2022, 2, 2)


# A round's files are never mistaken for another's


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger that serves all four collections."""
    with closing(Ledger(sqlite_url(tmp_path_factory.mktemp("shared") / "台账.db"))) as ledger:
        yield ledger


@pytest.mark.parametrize("code", ["P1", "P2"])
@pytest.mark.parametrize("here", ["一上", "二上", "批复", "调整"])
def test_file_of_each_round_in_each_collection__counts_in_its_own_only(
    year: Year, tmp_path: Path, shared: Ledger, here: str, code: str
) -> None:
    place = year.by_name[here].collection
    for of, other in year.by_name.items():
        issued = other.out[code]
        path = tmp_path / f"{of}.xlsx"
        data = issued.filled({**PERSON, **(CUT if code == "P1" else {})}) if of not in ("一上", "批复") else issued.data
        path.write_bytes(data)
        (item,) = import_files(place, [path], shared).items
        assert item.checked is not None
        found = {finding.rule: finding for finding in item.checked.findings}
        if of != here:
            assert item.outcome == "refused"
            assert {"structure.issue_unknown", "structure.wrong_round"} <= found.keys()
            assert f"这是“{of}”的申报，本任务是“{here}”" in found["structure.wrong_round"].message
        elif of == "批复":
            assert set(found) == {"collection.decided"}
            assert "单位不用交回" in found["collection.decided"].message
        elif of == "一上":
            assert set(found) == {"collection.not_filled"}
        else:
            assert item.checked.status == "accepted"
    counted = [one.round for one in shared.within(place).current("sh-performance-target", 2022)]
    assert set(counted) <= {here}


def test_template_for_the_public_and_what_is_withheld__go_along(year: Year, tmp_path: Path) -> None:
    folder = shutil.copytree(year.first.collection.folder, tmp_path / "一上")
    (folder / "公开模板.docx").write_bytes(packaged_publish_template())
    withheld = [one._replace(publicity="否") for one in Desk(year.first.collection).roster.projects]
    change_roster(Collection(folder), *withheld)
    with closing(Ledger(sqlite_url(Collection(folder).ledger))) as ledger:
        made = [
            next_round(Collection(folder), ledger, "二上", tmp_path / "二上"),
            roll_over(Collection(folder), ledger, 2023, tmp_path / "2023"),
        ]
    for rolled in made:
        assert (rolled.collection.folder / "公开模板.docx").read_bytes() == packaged_publish_template()
        assert {project.publicity for project in Desk(rolled.collection).roster.projects} == {"否"}


def test_round_that_is_changed_in_the_roster__starts_from_nothing(year: Year, tmp_path: Path) -> None:
    place = copied(year.second, tmp_path)
    change_roster(place, project(), round_name="调整")
    out = generate(place, packaged_catalogue()).written
    entry = declared(Issued(place, next(path for path in out if path.name.startswith("P1")), Desk(place)))
    assert entry["annual_goal"] is None


def test_collection_that_nobody_rolled_over__asks_in_the_round_of_approval_as_before(tmp_path: Path) -> None:
    place = collection_of(tmp_path / "任务", project(), round_name="批复")
    generate(place, packaged_catalogue())
    with closing(Ledger(sqlite_url(place.ledger))) as ledger:
        assert status_of(place, ledger).how_many("missing") == 1


def test_second_round_in_parts__each_part_starts_from_its_own_and_says_so(year: Year, tmp_path: Path) -> None:
    place = copied(year.second, tmp_path)
    written = generate(place, packaged_catalogue(), split=True).written
    path = next(path for path in written if path.name.startswith("P2-1"))
    entry = declared(Issued(place, path, Desk(place)))
    assert entry["sub_projects"][0]["annual_appropriation"] == "800000.00"
    assert seen(path.read_bytes())["01 书记工作室"]["H7"].value.endswith("一上 当年财政拨款 800,000.00")
