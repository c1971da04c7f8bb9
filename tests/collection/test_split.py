"""`generate --split`: a workbook for each part, and a second run from whole to parts and back."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.centre_of_parts import CODES, ROOT, Centre, came, cells_of, centre_at, coded, declared
from tests.helpers import (
    UNIT,
    changed,
    collection_of,
    is_chinese_sentence,
    project,
    rules,
    seen,
    titles_of,
    write_roster,
)  # fmt: skip
from tests.loaded import opened
from tests.recorded import recorded_sum
from workbook_builder.cli.app import main
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.errors import ContentError
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import check
from workbook_builder.judge.fill import describe, fill, open_ours

pytestmark = pytest.mark.slow


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    centre = centre_at(tmp_path / "任务")
    yield centre
    centre.ledger.close()


def test_second_run_from_whole_to_parts_and_back__says_so_and_the_later_issue_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    centre = centre_at(tmp_path / "任务")
    folder = str(centre.collection.folder)
    assert main(["generate", folder]) == 0
    out = capsys.readouterr().out
    assert "1 个母项目改回整份填报：P1。" in out
    assert "不再单独下发" in out
    whole = coded(dict(declared()["P1"], sub_projects=[]), ROOT._replace(sub_projects=()))
    whole["sub_projects"] = [declared()[code]["sub_projects"][0] for code in CODES[1:]]
    old = centre.issued("P1").filled(whole)
    assert main(["generate", folder, "--split"]) == 0
    assert "1 个母项目改为分开填报：P1。" in capsys.readouterr().out
    centre.imports(centre.comes_as("整份.xlsx", old))
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1600000.00")
    assert centre.imports().missing == ()  # what came whole counts until the parts are in
    for code in CODES:
        centre.comes(code, declared(annual_appropriation="700000.00")[code])
    (item,) = centre.imports().merged
    assert (item.outcome, came(item.checked).status) == ("current", "accepted")
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1500000.00")
    (late,) = centre.imports(centre.comes_as("又整份.xlsx", changed(old, {("填表说明", "B9"): "迟"}))).items
    assert late.outcome == "superseded"
    centre.ledger.close()


def test_sub_project_of_another_unit__is_told_when_it_goes_out_with_the_whole_and_only_then(tmp_path: Path) -> None:
    subs = project("P1-1", "自己的", unit_code=None), project("P1-2", "别人的", unit_code="U9")
    roots = project(sub_projects=subs), project("P2", "没有子项目")
    made = collection_of(tmp_path / "任务", *roots)
    write_roster(made.roster, Roster(Settings(2022, "一上"), (UNIT, Unit("U9", "别的单位")), roots))
    told = generate(made, packaged_catalogue()).warnings
    assert [(one.rule, one.cell, one.severity) for one in told] == [("roster.sub_of_another_unit", "A6", "warning")]
    assert is_chinese_sentence(told[0].message)
    assert "“别人的”的单位是“U9”" in told[0].message
    assert generate(made, packaged_catalogue()).warnings == ()  # nothing goes out
    assert generate(made, packaged_catalogue(), split=True).warnings == ()


def test_parts__go_to_the_units_that_fill_them_in_and_are_listed(centre: Centre) -> None:
    issues = centre.collection.latest_issues()
    assert {code: (issue.unit_code, issue.part, Path(issue.file).parts[1:]) for code, issue in issues.items()} == {
        "P1": ("U1", "parent", ("U1_某街道社区党建服务中心", "P1_党群服务.xlsx")),
        "P1-1": ("U1", "sub_project", ("U1_某街道社区党建服务中心", "P1-1_书记工作室.xlsx")),
        "P1-2": ("U2", "sub_project", ("U2_某街道社区服务中心", "P1-2_社区环境.xlsx")),
    }
    listed = opened((centre.collection.outgoing / "下发清单.xlsx").read_bytes()).worksheets[0]
    rows = list(listed.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[5]) for row in rows] == [("U1", "P1"), ("U1", "P1-1"), ("U2", "P1-2")]
    again = centre.generates()
    assert (again.written, len(again.unchanged), again.split, again.joined) == ((), 3, (), ())
    centre.roster(
        ROOT._replace(sub_projects=(ROOT.sub_projects[0]._replace(budget_ceiling=Decimal(5)), *ROOT.sub_projects[1:]))
    )
    assert [path.stem for path in centre.generates().written] == ["P1-1_书记工作室"]


def test_parent_part__holds_no_money_and_refuses_it(centre: Centre) -> None:
    issued = centre.issued("P1")
    sheet = seen(issued.data)["申报表"]
    assert {sheet[cell].value for cell in ("C6", "E6", "C7", "E7", "E8", "C9", "E9")} == {"待汇总"}
    keys = {entry["key"] for entry in describe(open_ours(issued.data, "", issued.desk))["inputs"]}
    assert not keys & set(MONEY_LINES)
    assert {"annual_goal", "narrative.overview", "indicators[0].name", "filler"} <= keys
    with pytest.raises(ContentError) as caught:
        issued.filled(declared()["P1"] | {"annual_appropriation": "1.00"})
    assert "该格待汇总" in caught.value.findings[0].message
    given = issued.filled(declared()["P1"] | {"annual_appropriation": None})
    result = check(changed(given, {("申报表", "E7"): 1411700}), "P1.xlsx", issued.desk)
    assert rules(result) == ["structure.label_changed"]
    accepted = check(given, "P1.xlsx", issued.desk)
    assert (accepted.status, rules(accepted)) == ("accepted", [])
    entry = accepted.to_json()
    assert (entry["project_code"], entry["part"], entry["unverified"]) == ("P1", "parent", [])
    assert {entry["declaration"][key] for key in MONEY_LINES} == {None}


def test_part_of_a_sub_project__shows_its_parent_and_says_what_it_declares(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    issued = centre.issued("P1-2")
    assert titles_of(issued.data) == ["填表说明", "自检", "02 社区环境", "母项目", "选项", "meta"]
    shown = seen(issued.data)["母项目"]
    assert [shown[cell].value for cell in ("B3", "B4", "B5")] == ["党群服务", "由母项目填报", "由母项目填报"]
    path = centre.comes(
        "P1-2",
        declared()["P1-2"]
        | {
            "sub_projects": [
                {**declared()["P1-2"]["sub_projects"][0], "start_date": "2022-03-01", "end_date": "2022-12-31"}
            ]
        },
    )
    assert main(["check", str(path), "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["status"], entry["unit_code"], entry["project_code"], entry["part"]) == (
        "accepted", "U2", "P1-2", "sub_project",
    )  # fmt: skip
    assert entry["findings"] == []
    assert entry["declaration"]["project_code"] == "P1"
    assert entry["declaration"]["sub_projects"][0]["annual_funds"] == "1200000.00"
    again = fill(issued.data, "P1-2.xlsx", entry["declaration"], issued.desk)
    assert cells_of(again) == cells_of(path.read_bytes())
    with pytest.raises(ContentError, match="不符") as caught:
        issued.filled({"department": "别的单位"})
    assert "由母项目填报" in caught.value.findings[0].message
