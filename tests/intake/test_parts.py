"""`import` of parts: in any order, the root is judged and counted when the last is in."""

import io
import itertools
import json
import re
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from tests.centre_of_parts import CODES, ROOT, Centre, came, cells_of, centre_at, declared, entries
from tests.helpers import FEBRUARY, JANUARY, changed, found, stamped
from tests.loaded import opened
from tests.recorded import history, recorded_sum
from workbook_builder import merge as merge_parts
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.cli.app import main
from workbook_builder.cli.demo import Demo, example_declaration
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.changes import Change
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

EXAMPLE_CODES = ("DJ2022-01", "DJ2022-01-1", "DJ2022-01-2")
HASH = re.compile(rb' (?:workbookH|h)ashValue="[^"]*"| (?:workbookS|s)altValue="[^"]*"')


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


@pytest.mark.usefixtures("real_spins")
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
        ("funds.annual_fiscal_exceeds_total", "sub_projects[0].annual_appropriation", "02 社区环境"),
        ("funds.annual_exceeds_total", "sub_projects[0].annual_funds", "02 社区环境"),
    }
    assert (part.status, root.status, done.exit_code) == ("returned", "returned", 1)
    assert {
        ("funds.annual_fiscal_exceeds_total", "sub_projects[1].annual_appropriation", "02 社区环境"),
        ("funds.annual_exceeds_total", "sub_projects[1].annual_funds", "02 社区环境"),
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
    data = changed((centre.incoming / "P1-2.xlsx").read_bytes(), {("02 社区环境", "E6"): 1200000.01})
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
    sheet = opened(path.read_bytes())["02 社区环境"]
    assert (sheet["C7"].value, sheet["D11"].value) == ("28.67万", "2022年组织活动 5 次 <p>满意</p>")
    assert ("amount.invalid", "sub_projects[1].total_fiscal") in found(root)
