"""Parts: `generate --split`, `import` of parts in any order, `merge`."""

import io
import itertools
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import changed, files_under, found, is_chinese_sentence, opened, project, rules
from tests.recorded import history, recorded_sum
from tests.split import CODES, ROOT, Centre, centre_at, coded, declared, entries
from tests.test_intake import FEBRUARY, JANUARY, stamped
from workbook_builder import merge as merge_parts
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.cli.app import main
from workbook_builder.cli.demo import Demo, example_declaration
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import RosterProject
from workbook_builder.errors import ContentError, UsageError
from workbook_builder.form.changes import Change
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.intake.merge import Merged, Merger
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import describe, fill, open_ours
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Expected
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

EXAMPLE_CODES = ("DJ2022-01", "DJ2022-01-1", "DJ2022-01-2")
MERGED = "合并_P1_党群服务.xlsx"
HASH = re.compile(rb' (?:workbookH|h)ashValue="[^"]*"| (?:workbookS|s)altValue="[^"]*"')


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    centre = centre_at(tmp_path / "任务")
    yield centre
    centre.ledger.close()


@pytest.fixture(scope="module")
def example_parts(shown: Demo, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The demonstration's collection, sent out in parts, with all three filled in and come back."""
    folder = tmp_path_factory.mktemp("parts") / "任务"
    shutil.copytree(shown.collection.folder, folder)
    collection = Collection(folder)
    shutil.rmtree(collection.folder / "收回")
    (collection.folder / "收回").mkdir()
    generate(collection, packaged_catalogue(), split=True)
    centre = Centre(collection, Ledger(sqlite_url(folder / "unused.db")))
    for code, entry in entries(example_declaration() | {"unit_code": "GFL-01"}).items():
        centre.comes(code, entry)
    centre.ledger.close()
    return collection


def came(checked: Checked | None) -> Checked:
    assert checked is not None
    return checked


def cells_of(data: bytes) -> dict[tuple[str, str], Any]:
    """Every cell that holds something, but for the meta cell."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in opened(data).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and sheet.title != "meta"
    }


def package_of(data: bytes) -> dict[str, bytes]:
    """The parts of the package without password hashes."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: HASH.sub(b"", package.read(name)) for name in package.namelist()}


@pytest.mark.parametrize("order", list(itertools.permutations(EXAMPLE_CODES)), ids="-".join)
def test_parts_in_any_order__the_root_is_judged_when_the_last_is_in(
    example_parts: Collection, tmp_path: Path, order: tuple[str, ...]
) -> None:
    ledger = Ledger(sqlite_url(tmp_path / "台账.db"))
    for number, code in enumerate(order, start=1):
        done = import_files(example_parts, [example_parts.folder / "收回" / f"{code}.xlsx"], ledger)
        assert [(item.outcome, came(item.checked).status) for item in done.items] == [("current", "accepted")]
        assert {entry["project_code"] for entry in done.missing} == set(order[number:])
        assert len(done.merged) == (number == 3)
        assert recorded_sum(ledger, "annual_funds") == (Decimal("1411700.00") if number == 3 else 0)
    (item,) = done.merged
    assert (item.file, item.outcome) == ("合并_DJ2022-01_党群综合服务.xlsx", "current")
    assert (came(item.checked).status, done.exit_code) == ("accepted", 0)
    assert {key: recorded_sum(ledger, key) for key in ("total_funds", "annual_appropriation")} == {
        "total_funds": Decimal("1411700.00"),
        "annual_appropriation": Decimal("1411700.00"),
    }
    (row,) = ledger.current("sh-performance-target", 2022)
    declaration = ledger.document(row.id).declaration
    assert [sub["annual_funds"] for sub in declaration["sub_projects"]] == ["286700.00", "1125000.00"]
    again = import_files(example_parts, [example_parts.folder / "收回"], ledger)
    assert ([item.outcome for item in again.items], again.merged) == (["duplicate"] * 3, ())
    ledger.close()


def test_merged_workbook__is_the_unsplit_one_filled_in_alike_but_for_the_meta_cell(
    example_parts: Collection, shown: Demo, tmp_path: Path
) -> None:
    ledger = Ledger(sqlite_url(tmp_path / "台账.db"))
    import_files(example_parts, [example_parts.folder / "收回"], ledger)
    ((path, checked),) = merge_parts(example_parts, ledger, [], tmp_path / "合并").written
    unsplit = shown.filled.read_bytes()
    assert cells_of(path.read_bytes()) == cells_of(unsplit)
    one, other = package_of(path.read_bytes()), package_of(unsplit)
    assert one.keys() == other.keys()
    (meta,) = [name for name in one if one[name] != other[name]]
    assert b"issue_id" in one[meta]
    assert found(checked) == found(shown.checked)
    assert checked.unverified == ()
    ledger.close()


def test_part_resubmitted_with_another_amount__the_root_is_merged_anew_and_the_ledger_follows(centre: Centre) -> None:
    first = {code: stamped(centre.issued(code).filled(entry), JANUARY) for code, entry in declared().items()}
    for code, data in first.items():
        centre.comes_as(f"{code}.xlsx", data)
    centre.imports()
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1600000.00")
    more = declared(annual_appropriation="700000.00")["P1-2"]
    centre.comes_as("改.xlsx", stamped(centre.issued("P1-2").filled(more), FEBRUARY))
    (item,) = centre.imports().merged
    assert item.outcome == "current"
    changed = Change("sub_projects[1].annual_appropriation", "800000.00", "700000.00", "「社区环境」当年财政拨款")
    assert changed in item.changes
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1500000.00")
    back = stamped(centre.issued("P1-2").filled(declared()["P1-2"]), "2022-03-10T08:00:00Z")
    centre.comes_as("改回.xlsx", back)
    centre.imports()
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1600000.00")
    assert [row.is_current for row in history(centre.ledger, "P1") if row.parts_sha256] == [False, False, True]


def test_part_that_is_missing__is_named_with_its_unit(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    for code in CODES[:2]:
        centre.comes(code, declared()[code])
    folder = str(centre.collection.folder)
    missing = [{"unit_code": "U2", "project_code": "P1-2", "project_name": "社区环境"}]
    assert main(["import", folder, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["missing"], document["merged"], document["files"]) == (missing, [], 2)
    assert main(["merge", folder, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"merged": [], "missing": missing, "clashes": []}
    assert main(["merge", folder]) == 1
    assert "U2 P1-2 社区环境" in capsys.readouterr().out
    assert not (centre.collection.folder / "合并").exists()


def test_status_of_a_project_in_parts__is_told_part_by_part(centre: Centre) -> None:
    centre.comes("P1", declared()["P1"])
    centre.comes("P1-1", declared()["P1-1"] | {"sub_projects": [{"annual_goal": None}]})
    centre.imports()
    status = status_of(centre.collection, centre.ledger)
    assert [(entry.unit.unit_code, entry.project_code, entry.state) for entry in status.entries] == [
        ("U1", "P1", "accepted"), ("U1", "P1-1", "returned"), ("U2", "P1-2", "missing"),
    ]  # fmt: skip


def test_error_that_shows_only_when_parts_are_together__is_its_parts_to_mend(centre: Centre) -> None:
    whole = declared(start_date="2023-01-01")  # behind the end that only the parent's part says
    for code in CODES:
        centre.comes(code, whole[code])
    done = centre.imports()
    assert {came(item.checked).status for item in done.items} == {"accepted"}
    (root,) = [came(item.checked) for item in done.merged]
    assert ("date.order", "sub_projects[1].end_date") in found(root)
    status = status_of(centre.collection, centre.ledger)
    assert [(entry.project_code, entry.state, entry.errors) for entry in status.entries] == [
        ("P1", "accepted", 0), ("P1-1", "accepted", 0), ("P1-2", "returned", 2),
    ]  # fmt: skip


def test_sum_above_the_parents_ceiling__is_told_with_the_parents_part(tmp_path: Path) -> None:
    centre = centre_at(tmp_path / "任务", ROOT._replace(budget_ceiling=Decimal(1_500_000)), round_name="二上")
    for code in CODES:
        centre.comes(code, declared()[code])
    (root,) = [came(item.checked) for item in centre.imports().merged]
    assert ("funds.ceiling", "annual_appropriation") in found(root)
    states = [(entry.state, entry.errors) for entry in status_of(centre.collection, centre.ledger).entries]
    assert states == [("returned", 1), ("accepted", 0), ("accepted", 0)]
    centre.ledger.close()


def test_wrong_part__is_returned_and_so_is_the_root_at_the_key_of_the_sub_project(centre: Centre) -> None:
    wrong = declared(annual_appropriation="800000.01")
    for code in CODES:
        centre.comes(code, wrong[code])
    done = centre.imports()
    assert {came(item.checked).status for item in done.items if item.file != "P1-2.xlsx"} == {"accepted"}
    (part,) = [came(item.checked) for item in done.items if item.file == "P1-2.xlsx"]
    (root,) = [came(item.checked) for item in done.merged]
    states = {entry.project_code: entry.state for entry in status_of(centre.collection, centre.ledger).entries}
    assert states == {"P1": "accepted", "P1-1": "accepted", "P1-2": "returned"}
    errors = {(f.rule, f.key, f.sheet) for f in part.findings if f.severity == "error"}
    assert errors == {
        ("funds.annual_fiscal_exceeds_total", "sub_projects[0].annual_appropriation", "社区环境"),
        ("funds.annual_exceeds_total", "sub_projects[0].annual_funds", "社区环境"),
    }
    assert (part.status, root.status, done.exit_code) == ("returned", "returned", 1)
    assert {
        ("funds.annual_fiscal_exceeds_total", "sub_projects[1].annual_appropriation", "社区环境"),
        ("funds.annual_exceeds_total", "sub_projects[1].annual_funds", "社区环境"),
    } <= {(f.rule, f.key, f.sheet) for f in root.findings if f.severity == "error"}


def test_return_copy_of_a_part__names_the_sub_project(centre: Centre) -> None:
    centre.imports(centre.comes("P1-2", declared(annual_appropriation="800000.01")["P1-2"]))
    (returned,) = return_copies(centre.collection, centre.ledger)
    assert returned.copy
    assert opened(returned.copy.read_bytes())["退回意见"]["C2"].value == "P1-2 社区环境"


def test_sum_typed_over_one_fen_off_in_a_part__returns_the_root_though_merging_makes_the_formula_anew(
    centre: Centre,
) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    data = changed((centre.incoming / "P1-2.xlsx").read_bytes(), {("社区环境", "E6"): 1200000.01})
    centre.comes_as("P1-2.xlsx", data)
    done = centre.imports()
    (root,) = [came(item.checked) for item in done.merged]
    assert ("funds.annual_sum", "sub_projects[1].annual_funds") in found(root)
    assert root.status == "returned"


def test_parent_shown_in_a_part_typed_over__is_told_by_the_name_of_the_file(centre: Centre) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    data = changed((centre.incoming / "P1-1.xlsx").read_bytes(), {("母项目", "B3"): "别的项目"})
    centre.comes_as("P1-1.xlsx", data)
    (root,) = [came(item.checked) for item in centre.imports().merged]
    (finding,) = [f for f in root.findings if f.rule == "structure.prefilled_changed"]
    assert (root.status, finding.key, finding.sheet) == ("returned", None, None)
    assert finding.message.startswith("“P1-1.xlsx”：「母项目」表 B3")


def test_what_was_typed__is_carried_over_as_typed(centre: Centre) -> None:
    whole = declared(total_fiscal="28.67万", annual_goal="2022年组织活动 5 次 <p>满意</p>")
    for code in CODES:
        centre.comes(code, whole[code])
    (root,) = [came(item.checked) for item in centre.imports().merged]
    ((path, _),) = centre.merges().written
    sheet = opened(path.read_bytes())["社区环境"]
    assert (sheet["C7"].value, sheet["D11"].value) == ("28.67万", "2022年组织活动 5 次 <p>满意</p>")
    assert ("amount.invalid", "sub_projects[1].total_fiscal") in found(root)


def test_import_stopped_before_merging__is_completed_by_the_next(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    with monkeypatch.context() as patch:
        patch.setattr(Merger, "merged", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            centre.imports()
    assert recorded_sum(centre.ledger, "annual_appropriation") == 0
    done = centre.imports()
    assert [item.outcome for item in (*done.items, *done.merged)] == ["duplicate"] * 3 + ["current"]
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1600000.00")


def test_part_replaced_while_merging__leaves_what_was_merged_unrecorded(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    merged, newer = Merger.merged, declared(annual_appropriation="700000.00")["P1-2"]

    def meanwhile(merger: Merger, root: RosterProject, parts: Sequence[Expected]) -> Merged:
        monkeypatch.setattr(Merger, "merged", merged)
        past = merged(merger, root, parts)
        centre.imports(centre.comes_as("改.xlsx", stamped(centre.issued("P1-2").filled(newer), FEBRUARY)))
        return past

    monkeypatch.setattr(Merger, "merged", meanwhile)
    done = centre.imports(*(centre.incoming / f"{code}.xlsx" for code in CODES))
    assert [item.outcome for item in done.merged] == ["superseded"]
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1500000.00")


def clashes(centre: Centre) -> list[str]:
    """The sentences of an import and of a merge; both must say the same."""
    (item,) = centre.imports().merged
    assert (item.outcome, came(item.checked).status) == ("refused", "returned")
    merging = centre.merges()
    assert merging.exit_code == 1
    assert list(came(item.checked).findings) == list(merging.clashes)
    assert all(is_chinese_sentence(finding.message) for finding in merging.clashes)
    return [finding.message for finding in merging.clashes]


def test_parts_issued_with_other_rules__clash_and_both_are_named(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in CODES[:2]:
        centre.comes(code, declared()[code])
    centre.roster(ROOT, levels={"goal.length": "error"})
    centre.generates()
    centre.comes("P1-2", declared()["P1-2"])
    (sentence,) = [words for words in clashes(centre) if "P1-2" in words]
    assert "“P1.xlsx” 和 “P1-2.xlsx” 下发时的规则不同" in sentence
    assert main(["merge", str(centre.collection.folder)]) == 1
    assert "下发时的规则不同" in capsys.readouterr().out.replace("\n", "").replace(" ", "")
    assert recorded_sum(centre.ledger, "annual_appropriation") == 0


def test_two_undecided_parts__clash(centre: Centre) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    other = declared(annual_appropriation="700000.00")["P1-2"]
    centre.comes_as("又一份.xlsx", stamped(centre.issued("P1-2").filled(other), JANUARY))
    assert any("P1-2.xlsx" in sentence and "同样新" in sentence for sentence in clashes(centre))


def test_part_of_another_root__is_refused_by_name(centre: Centre) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    moved = ROOT.sub_projects[1]
    other = project("P2", "社区建设", sub_projects=(moved,))
    centre.roster(ROOT._replace(sub_projects=ROOT.sub_projects[:1]), other)
    centre.generates()
    centre.comes("P2", {key: value for key, value in declared()["P1"].items() if key != "project_code"})
    done = centre.imports()
    assert [(item.file, item.outcome) for item in done.merged] == [
        (MERGED, "current"),
        ("合并_P2_社区建设.xlsx", "refused"),
    ]
    (finding,) = came(done.merged[1].checked).findings
    assert "“P1-2.xlsx”是母项目“P1”的一部分" in finding.message
    assert "“P2”" in finding.message


def test_original_that_is_gone_from_the_archive__is_said(centre: Centre) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    centre.imports()
    row = centre.ledger.current("sh-performance-target", 2022, parts=True)[0]
    centre.collection.original(row.sha256, row.file).unlink()
    (finding,) = centre.merges().clashes
    assert (finding.rule, row.sha256[:8] in finding.message) == ("file.unreadable", True)


def test_merge__writes_anew_but_never_over_what_was_worked_on(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    centre.imports()
    folder = str(centre.collection.folder)
    assert main(["merge", folder, "P1"]) == 0
    assert "共合并 1 个母项目" in capsys.readouterr().out
    path = centre.collection.folder / "合并" / MERGED
    before = path.read_bytes()
    newer = declared(annual_appropriation="700000.00")["P1-2"]
    centre.comes_as("改.xlsx", stamped(centre.issued("P1-2").filled(newer), FEBRUARY))
    centre.imports()
    centre.merges()
    assert path.read_bytes() != before
    path.write_bytes(changed(path.read_bytes(), {("填表说明", "B13"): "王五"}))
    mine = files_under(centre.collection.folder, "合并")
    with pytest.raises(UsageError, match="没有覆盖"):
        centre.merges()
    assert files_under(centre.collection.folder, "合并") == mine
    with pytest.raises(UsageError, match="不是名册中有子项目的母项目"):
        centre.merges("P9")


def test_merged_workbook_that_comes_back__counts_once_and_mended_by_hand_counts_as_newer(centre: Centre) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    centre.imports()
    ((path, _),) = centre.merges().written
    (item,) = centre.imports(path).items
    assert item.outcome == "duplicate"
    mended = stamped(changed(path.read_bytes(), {("社区环境", "E7"): 700000}), FEBRUARY)
    (item,) = centre.imports(centre.comes_as("改.xlsx", mended)).items
    assert (item.outcome, rules(came(item.checked))) == (
        "current",
        ["funds.single_year", "funds.single_year", "indicator.copied_block"],
    )
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1500000.00")
    assert centre.imports().merged == ()


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
    (late,) = centre.imports(centre.comes_as("又整份.xlsx", changed(old, {("填表说明", "B13"): "迟"}))).items
    assert late.outcome == "superseded"
    centre.ledger.close()


def test_parts__go_to_the_units_that_fill_them_in_and_are_listed(centre: Centre) -> None:
    issues = centre.collection.latest_issues()
    assert {code: (issue.unit_code, issue.part, Path(issue.file).parts[1:]) for code, issue in issues.items()} == {
        "P1": ("U1", "parent", ("U1_某街道社区党建服务中心", "P1_党群服务.xlsx")),
        "P1-1": ("U1", "sub_project", ("U1_某街道社区党建服务中心", "P1-1_书记工作室.xlsx")),
        "P1-2": ("U2", "sub_project", ("U2_某街道社区服务中心", "P1-2_社区环境.xlsx")),
    }
    listed = opened((centre.collection.outgoing / "下发清单.xlsx").read_bytes()).worksheets[0]
    rows = list(listed.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[6]) for row in rows] == [("U1", "P1"), ("U1", "P1-1"), ("U2", "P1-2")]
    again = centre.generates()
    assert (again.written, len(again.unchanged), again.split, again.joined) == ((), 3, (), ())
    centre.roster(
        ROOT._replace(sub_projects=(ROOT.sub_projects[0]._replace(budget_ceiling=Decimal(5)), *ROOT.sub_projects[1:]))
    )
    assert [path.stem for path in centre.generates().written] == ["P1-1_书记工作室"]


def test_parent_part__holds_no_money_and_refuses_it(centre: Centre) -> None:
    issued = centre.issued("P1")
    sheet = opened(issued.data)["申报表"]
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
    assert opened(issued.data).sheetnames == ["填表说明", "社区环境", "母项目", "自检", "选项", "meta"]
    shown = opened(issued.data)["母项目"]
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
