"""`rollover`: next year begins with what was accepted this year; money stays empty, and nothing is lost in silence."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import UNIT, Issued, collection_of, family, project, row, rules, saved, single, write_roster
from tests.loaded import opened
from workbook_builder.centre.rollover.carry_over import CarryOver, Years
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.centre.rollover.rolled import Rolled
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.errors import UsageError
from workbook_builder.files import write_file
from workbook_builder.form.declaration import to_json
from workbook_builder.form.model import Form
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow

MONEY = {
    "total_fiscal": "1000000.00", "total_other": "0.00",
    "annual_appropriation": "900000.00", "annual_carryover": "100000.00", "annual_other": "0.00",
}  # fmt: skip
CONFIRMED = {"goals": "已核对", "indicators": "已核对"}
OPEN_SECTIONS = {"confirm.goals", "confirm.indicators"}


class Year(NamedTuple):
    """A collection of 2022 with its ledger: three roots declared, one of them with sub-projects, a fourth missing."""

    collection: Collection
    ledger: Ledger

    def rolled(self, folder: Path, **more: Any) -> Rolled:
        return roll_over(self.collection, self.ledger, 2023, folder, **more)


def entries() -> dict[str, Mapping[str, Any]]:
    narrative = {"overview": "2022年为辖区党员组织培训。"}
    years = {"start_date": "2021-01-01", "end_date": "2024-06-30", "project_category": "阶段性项目"}
    long_term = single(**years, overall_goal="三年内覆盖全部党支部。", narrative=narrative)
    return {"P1": single(narrative=narrative), "P2": long_term, "P3": family(subs=2)}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    subs = (project("P3-1", "书记工作室"), project("P3-2", "社区党建"))
    roots = [
        project(),
        project("P2", "三年行动"),
        project("P3", "党群服务", sub_projects=subs),
        project("P4", "未交的"),
    ]
    collection = collection_of(tmp_path_factory.mktemp("year") / "2022年", *roots, levels={"goal.length": "error"})
    generate(collection, packaged_catalogue())
    desk, told = Desk(collection), entries()
    for issue in collection.issues().values():
        if issue.project_code in told:
            data = Issued(collection, collection.folder / issue.file, desk).filled(told[issue.project_code])
            (collection.folder / "收回" / f"{issue.project_code}.xlsx").write_bytes(data)
    ledger = Ledger(sqlite_url(collection.ledger))
    assert import_files(collection, [collection.folder / "收回"], ledger).to_json()["accepted"] == 3
    yield Year(collection, ledger)
    ledger.close()


@pytest.fixture(scope="module")
def rolled(year: Year, tmp_path_factory: pytest.TempPathFactory) -> Rolled:
    return year.rolled(tmp_path_factory.mktemp("next") / "2023年")


@pytest.fixture(scope="module")
def out(rolled: Rolled) -> dict[str, Issued]:
    """The workbooks of the new year, by project code."""
    generate(rolled.collection, packaged_catalogue())
    desk, issues = Desk(rolled.collection), rolled.collection.latest_issues()
    return {code: Issued(rolled.collection, rolled.collection.folder / i.file, desk) for code, i in issues.items()}


def roster_of(rolled: Rolled) -> Roster:
    roster, findings = read_roster(rolled.collection.roster.read_bytes(), "名册.xlsx")
    assert [f for f in findings if f.rule != "roster.rule_unknown"] == []
    return roster


def test_roster_of_the_next_year__holds_what_was_declared_with_shifted_dates_and_no_money(rolled: Rolled) -> None:
    roster = roster_of(rolled)
    assert (roster.settings.fiscal_year, roster.settings.round, roster.units) == (2023, "一上", (UNIT,))
    first, second, third = roster.projects
    assert (first.project_code, first.project_name, first.unit_code) == ("P1", "社区培训", "U1")
    assert (first.project_category, first.department) == ("经常性项目", "某街道办事处")
    assert (first.start_date, first.end_date) == (date(2023, 1, 1), date(2023, 12, 31))
    assert (second.start_date, second.end_date) == (date(2021, 1, 1), date(2024, 6, 30))
    assert [(sub.project_code, sub.start_date) for sub in third.sub_projects] == [("P3-1", None), ("P3-2", None)]
    parts = (*roster.projects, *third.sub_projects)
    assert {(part.budget_ceiling, part.annual_carryover) for part in parts} == {(None, None)}


def test_levels_that_the_centre_had_changed__stay_changed(rolled: Rolled) -> None:
    desk = Desk(rolled.collection)
    assert desk.roster.levels == {"goal.length": "error"}


def test_what_was_not_accepted__is_named_and_not_carried(rolled: Rolled) -> None:
    ((code, name, _, _, why),) = rolled.not_carried
    assert (code, name) == ("P4", "未交的")
    assert why.startswith("未交，没有延续")
    book = opened(rolled.list_path.read_bytes())
    assert [cell.value for cell in book["延续的项目"]["A"][3:]] == ["P1", "P2", "P3", "P3-1", "P3-2"]
    assert [cell.value for cell in book["未带入的内容"]["A"][3:]] == ["P4"]


def carried(issued: Issued) -> dict[str, Any]:
    declaration = issued.checked({"fill_date": "2023-01-05"}).declaration
    assert declaration is not None
    return to_json(declaration)


def test_workbook_of_the_next_year__carries_texts_and_indicators_but_no_money_and_no_filler(
    out: Mapping[str, Issued],
) -> None:
    told, now = entries()["P1"], carried(out["P1"])
    assert now["annual_goal"] == told["annual_goal"]
    assert now["narrative"]["overview"] == "2022年为辖区党员组织培训。"  # as it was: confirming it is for people
    assert [(i["level2"], i["name"], i["comparator"], i["target"], i["unit"]) for i in now["indicators"]] == [
        (i["level2"], i["name"], i["comparator"], i["target"], i["unit"]) for i in told["indicators"]
    ]
    assert {now[key] for key in (*MONEY, "filler", "phone")} == {None}
    assert (now["fiscal_year"], now["start_date"]) == (2023, "2023-01-01")


def judged(issued: Issued, entry: Mapping[str, Any]) -> Checked:
    return check(fill(issued.data, issued.path.name, entry, issued.desk), issued.path.name, issued.desk)


def unconfirmed(checked: Checked) -> set[str | None]:
    return {finding.key for finding in checked.findings if finding.rule == "rollover.unconfirmed"}


def test_sections_left_unconfirmed__return_the_workbook_and_confirmed_ones_are_accepted(
    out: Mapping[str, Issued], rolled: Rolled
) -> None:
    issued, person = out["P1"], {**MONEY, "filler": "张三", "phone": "1"}
    left = judged(issued, person)
    assert (left.status, unconfirmed(left)) == ("returned", {*OPEN_SECTIONS, "confirm.narrative"})
    (goals,) = [finding for finding in left.findings if finding.key == "confirm.goals"]
    assert goals.message.startswith("「申报表」表 H10（绩效目标核对）：由上年申报带入")
    half = judged(issued, {**person, "confirm": CONFIRMED})
    assert (half.status, unconfirmed(half)) == ("returned", {"confirm.narrative"})
    whole = {**person, "confirm": {**CONFIRMED, "narrative": "已核对"}}
    assert judged(issued, whole).status == "accepted"
    path = rolled.collection.folder / "收回" / "P1.xlsx"
    path.write_bytes(fill(issued.data, issued.path.name, whole, issued.desk))
    ledger = Ledger(sqlite_url(rolled.collection.ledger))
    (item,) = import_files(rolled.collection, [path], ledger).items
    ledger.close()
    assert (item.outcome, item.checked and item.checked.status) == ("current", "accepted")


def test_each_sub_project__confirms_its_own_sections(out: Mapping[str, Issued]) -> None:
    checked = judged(out["P3"], {"sub_projects": [{**MONEY, "confirm": CONFIRMED}, MONEY]})
    of_sub = {f"sub_projects[1].{key}" for key in OPEN_SECTIONS}
    assert unconfirmed(checked) == OPEN_SECTIONS | {"confirm.narrative"} | of_sub


def test_other_word_in_the_place_of_the_confirmation__is_refused(out: Mapping[str, Issued]) -> None:
    assert "choice.unknown" in rules(judged(out["P1"], {"confirm": {"goals": "随便"}}))


def test_second_round__starts_from_no_suggestion(year: Year, tmp_path: Path) -> None:
    made = year.rolled(tmp_path / "2023年")
    book = opened(made.collection.roster.read_bytes())
    book["参数"]["B5"] = "二上"
    made.collection.roster.write_bytes(saved(book))
    path = next(path for path in generate(made.collection, packaged_catalogue()).written if path.name.startswith("P1"))
    assert carried(Issued(made.collection, path, Desk(made.collection)))["annual_goal"] is None


def test_fewer_rows_than_indicators__are_named_when_workbooks_are_generated(year: Year, tmp_path: Path) -> None:
    made = year.rolled(tmp_path / "2023年")
    suggestions = made.collection.archive / "上年建议.json"
    content = json.loads(suggestions.read_bytes())
    indicators = content["projects"]["P1"]["indicators"]
    indicators += [{**indicators[-1], "name": f"满意度{number}"} for number in range(2)]
    suggestions.write_text(json.dumps(content))
    warnings = generate(made.collection, packaged_catalogue()).warnings
    (finding,) = [finding for finding in warnings if finding.rule == "roster.suggestion_lost"]
    assert (finding.severity, finding.cell) == ("warning", "A4")
    assert "“满意度1”没有空行可写" in finding.message


def renamed_template() -> bytes:
    """A form that calls 立项依据 by another key, has no 生态效益指标 and asks for less."""
    book = opened(packaged_template())
    book["字段"]["B2"] = "2023.1"
    for sheet in book.worksheets:
        for cell in (cell for cells in sheet.iter_rows() for cell in cells if isinstance(cell.value, str)):
            cell.value = cell.value.replace("narrative.overview", "narrative.summary")
            cell.value = cell.value.replace("社会效益指标", "社会和经济效益指标")
    return saved(book)


def test_renamed_field_and_indicator_level__are_named_with_their_values(year: Year, tmp_path: Path) -> None:
    template = tmp_path / "新表.xlsx"
    template.write_bytes(renamed_template())
    made = year.rolled(tmp_path / "2023年", template=template)
    lost = {(entry.project_code, entry.label): (entry.value, entry.why) for entry in made.not_carried}
    assert lost["P1", "一、项目概述"] == ("2022年为辖区党员组织培训。", "新模板没有这个字段")
    assert lost["P3-2", "社会效益指标"] == ("党建环境定性明显改善", "新模板没有这个二级指标")
    assert {code for code, label in lost if label == "社会效益指标"} == {"P1", "P2", "P3", "P3-1", "P3-2"}
    assert len(generate(made.collection, packaged_catalogue()).written) == 3


@pytest.fixture(scope="module")
def form() -> Form:
    return load_template(packaged_template(), "模板.xlsx", packaged_catalogue()).form


def carried_dates(form: Form, **entry: str | None) -> list[tuple[date | None, date | None]]:
    carry = CarryOver(form, form, Years(2024, 2025))
    made = carry.project({"project_code": "P1", "project_name": "项目", **entry}, "U1", {})
    assert bool(made) != bool(carry.not_carried)
    return [(project.start_date, project.end_date) for project in made]


@pytest.mark.parametrize(
    ("category", "start", "end", "expected"),
    [
        ("经常性项目", "2024-02-29", "2024-12-31", [(date(2025, 2, 28), date(2025, 12, 31))]),
        ("阶段性项目", "2024-03-01", "2024-10-31", [(date(2025, 3, 1), date(2025, 10, 31))]),
        ("一次性项目", "2024-03-01", "2024-10-31", []),
        ("一次性项目", "2024-03-01", "2025-10-31", [(date(2024, 3, 1), date(2025, 10, 31))]),
        ("阶段性项目", "2022-01-01", "2024-12-31", []),
        ("经常性项目", "2022-01-01", "2024-12-31", [(None, None)]),
        ("经常性项目", None, None, [(None, None)]),
    ],
)
def test_dates__go_with_the_year_or_stay_by_the_kind_of_project(
    form: Form, category: str, start: str | None, end: str | None, expected: list[tuple[date | None, date | None]]
) -> None:
    assert carried_dates(form, project_category=category, start_date=start, end_date=end) == expected


def test_more_indicators_than_the_form_has_rows__get_as_many_rows(form: Form) -> None:
    carry = CarryOver(form, form, Years(2022, 2023))
    indicators = [row("服务对象满意度指标", f"满意度{number}", "≥", "90", "%") for number in range(4)]
    (made,) = carry.project({"project_code": "P1", "project_name": "项目", "indicators": indicators}, "U1", {})
    assert made.rows == {"服务对象满意度指标": 4}


def test_choice_that_the_new_form_does_not_offer__is_left_open_and_named(form: Form) -> None:
    carry = CarryOver(form, form, Years(2022, 2023))
    head = {"project_code": "P1", "project_name": "项目", "confirm": {"goals": "已核对"}}
    entry = {**head, "project_category": "专项", "custom": "甲"}
    (made,) = carry.project(entry, "U1", {})
    assert made.project_category is None
    assert [(entry.label, entry.value) for entry in carry.not_carried] == [("custom", "甲"), ("项目类别", "专项")]


def test_year_that_is_not_later_and_empty_ledger__are_refused_and_nothing_is_written(
    year: Year, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="--to 应是 2022 年以后的年度"):
        roll_over(year.collection, year.ledger, 2022, tmp_path / "新")
    empty = Ledger(sqlite_url(tmp_path / "空.db"))
    with pytest.raises(UsageError, match="没有可以接收的申报"):
        roll_over(year.collection, empty, 2023, tmp_path / "新")
    empty.close()
    assert not (tmp_path / "新").exists()


def test_command__says_what_it_made_and_refuses_a_folder_that_holds_a_collection(
    year: Year, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rollover", str(year.collection.folder), str(tmp_path / "新"), "--to", "2023"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "3 个项目，未带入 1 条" in out
    assert "P4 未交的：项目 “未交的”，未交，没有延续" in out
    assert main([*words, "--json"]) == 2
    assert "已经存在" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("file", ["上年建议.json", "延续清单.xlsx"])
def test_run_that_is_stopped_between_two_writes__leaves_no_folder_and_can_be_repeated(
    year: Year, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    def stopped(path: Path, data: bytes, **more: Any) -> None:
        if path.name == file:
            raise KeyboardInterrupt
        write_file(path, data, **more)

    with monkeypatch.context() as patch:
        patch.setattr("workbook_builder.centre.rollover.rolled.write_file", stopped)
        with pytest.raises(KeyboardInterrupt):
            year.rolled(tmp_path / "下一年" / "2023年")
    assert list((tmp_path / "下一年").iterdir()) == []
    assert (year.rolled(tmp_path / "下一年" / "2023年").collection.archive / "上年建议.json").is_file()


def test_folder_with_anything_in_it__is_refused_and_an_empty_one_taken(year: Year, tmp_path: Path) -> None:
    (tmp_path / "有").mkdir()
    (tmp_path / "有" / "说明.txt").write_text("x")
    with pytest.raises(UsageError, match="里面有别的文件"):
        year.rolled(tmp_path / "有")
    (tmp_path / "空").mkdir()
    assert year.rolled(tmp_path / "空").collection.roster.is_file()


def test_sub_projects__keep_the_units_that_fill_them(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'l.db'}")) as ledger:
        units = (UNIT, Unit("U2", "某街道文化中心"))
        subs = (project("P1-1", "书记工作室"), project("P1-2", "“两新”党建", unit_code="U2"))
        collection = collection_of(tmp_path / "任务", project())
        root = project(sub_projects=subs)
        write_roster(collection.roster, Roster(Settings(2022, "一上"), units, (root,)))
        (path,) = generate(collection, packaged_catalogue()).written
        data = Issued(collection, path, Desk(collection)).filled(family(2))
        (collection.folder / "收回" / "甲.xlsx").write_bytes(data)
        import_files(collection, [collection.folder / "收回"], ledger)
        made = roll_over(collection, ledger, 2023, tmp_path / "2023").collection
    (following,) = Desk(made).roster.projects
    assert (following.unit_code, [sub.unit_code for sub in following.sub_projects]) == ("U1", ["U1", "U2"])
