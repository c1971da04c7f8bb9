"""`package`: what is accepted passes on to the next level, to the fen, and what does not is named."""

import json
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from tests.centre_of_parts import Centre, centre_at
from tests.centre_of_parts import declared as split_entries
from tests.helpers import Issued, files_under, project, single
from tests.loaded import opened
from tests.passing_on import (
    PERIOD,
    Level,
    amounts,
    bureau,
    declared,
    independent_sums,
    ledger_sums,
)
from tests.recorded import history
from workbook_builder.centre.package_out import OTHER_FILES, Packed, pack
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.errors import UsageError
from workbook_builder.form.model import full_key
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.intake.manifest import MANIFEST, SUMMARY, read_manifest
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review

pytestmark = pytest.mark.slow


def test_package__holds_the_accepted_files_byte_for_byte_and_all_they_were_issued_with(
    street: Level, packed: Packed
) -> None:
    code = packed.manifest.code.replace("-", "")[:8]
    assert packed.path.name == f"2022年绩效目标申报_一上_{code}_报送包.zip"
    originals = files_under(street.collection.archive, "原件").values()
    with zipfile.ZipFile(packed.path) as archive:
        names = archive.namelist()
        manifest = read_manifest(archive.read(MANIFEST))
        assert all(archive.read(sent.file) in originals for sent in manifest.sent)
        summary = opened(archive.read(SUMMARY))
    assert [sent.file for sent in manifest.sent] == [
        "工作簿/U1/P1_社区培训.xlsx", "工作簿/U2/P2_文化活动.xlsx", "工作簿/U1/P3_党群服务.xlsx",
    ]  # fmt: skip
    assert set(names) == {MANIFEST, *manifest.files}
    assert {name.partition("-")[0] for name in names if name.startswith("档案/")} == {"档案/模板", "档案/规则"}
    assert manifest.issues[1].prefilled == {"project_name": "文化活动", "department": "某街道办事处"}
    assert dict(manifest.totals) == independent_sums()
    assert [(entry.project_code, entry.why) for entry in packed.left_out] == [("P4", "应退回修改"), ("P5", "未交")]
    rows = list(summary["报送项目"].iter_rows(min_row=3, values_only=True))
    funds = rows[0].index("年度资金申请总额")
    assert (rows[-1][0], Decimal(str(rows[-1][funds]))) == ("合计", independent_sums()["annual_funds"])
    assert [row[1] for row in summary["未纳入的项目"].iter_rows(min_row=4, values_only=True)] == ["P4", "P5"]


def test_package_two_levels_up__reconciles_to_the_fen_at_each(
    packed: Packed, department: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared(department, {"B": single(**PERIOD, **amounts("1000000.00"))})
    own = ledger_sums(department)
    assert main(["import", str(department.collection.folder), str(packed.path)]) == 0
    sums = independent_sums()
    totals = f"年度资金合计 {sums['annual_funds']:,.2f} 元，项目资金总额合计 {sums['total_funds']:,.2f} 元"
    assert f"报送包“{packed.path.name}”：3 个项目，{totals}，与清单一致" in capsys.readouterr().out
    above = {key: own[key] + amount for key, amount in independent_sums().items()}
    assert ledger_sums(department) == above
    onward = department.packs()
    assert dict(onward.manifest.totals) == above
    top = bureau(tmp_path / "局" / "2022年绩效目标申报", project("Z", "局本级", unit_code="B1"))
    done = top.imports(onward.path)
    assert (done.exit_code, done.how_many(status="accepted"), done.packages[0].disagreements) == (0, 4, ())
    assert ledger_sums(top) == above
    assert top.recorded == ["B", "P1", "P2", "P3"]
    assert done.packages[0].code == onward.manifest.code
    again = top.imports(onward.path)
    assert (again.how_many(outcome="duplicate"), again.exit_code, ledger_sums(top)) == (4, 0, above)
    top.ledger.close()


def test_resubmission_in_a_later_package__replaces_the_older(street: Level, department: Level, tmp_path: Path) -> None:
    copy = shutil.copytree(street.collection.folder, tmp_path / "街道")
    below = Level(Collection(copy), Ledger(sqlite_url(copy / "档案" / "台账.db")))
    department.imports(below.packs(tmp_path / "一.zip").path)
    generate(below.collection, packaged_catalogue(), everything=True)
    issue = below.collection.latest_issues()["P1"]
    issued = Issued(below.collection, copy / issue.file, Desk(below.collection))
    (copy / "收回" / "改.xlsx").write_bytes(issued.filled(single(**PERIOD, **amounts("700000.00"))))
    below.imports(copy / "收回")
    done = department.imports(below.packs(tmp_path / "二.zip").path)
    assert {item.outcome for item in done.items} == {"current", "duplicate"}
    assert done.packages[0].disagreements == ()
    old = department.imports(tmp_path / "一.zip")  # the older package once more
    (sentence,) = [s for s in old.packages[0].disagreements if "P1" in s]
    assert "计入的是另一份申报" in sentence
    assert old.exit_code == 1
    below.ledger.close()


def test_original_changed_in_the_archive__is_left_out_and_named(street: Level, tmp_path: Path) -> None:
    copy = shutil.copytree(street.collection.folder, tmp_path / "街道")
    below = Level(Collection(copy), Ledger(sqlite_url(copy / "档案" / "台账.db")))
    sent = street.packs(tmp_path / "原.zip").manifest.sent
    (copy / "档案" / "原件" / f"{sent[0].sha256}.xlsx").write_bytes(b"PK")
    (copy / "档案" / "原件" / f"{sent[1].sha256}.xlsx").unlink()
    done = below.packs(tmp_path / "包.zip")
    assert [entry.project_code for entry in done.manifest.sent] == ["P3"]
    reasons = {entry.project_code: entry.why for entry in done.left_out}
    assert reasons["P1"] == "档案中的原件被改动过"
    assert reasons["P2"] == "档案中没有它的原件"
    below.ledger.close()


def test_declaration_that_a_review_sent_back__is_left_out(street: Level, tmp_path: Path) -> None:
    copy = shutil.copytree(street.collection.folder, tmp_path / "街道")
    below = Level(Collection(copy), Ledger(sqlite_url(copy / "档案" / "台账.db")))
    digest = history(below.ledger, "P1")[-1].sha256
    below.ledger.keep_reviews("sh-performance-target", 2022, [Review("P1", digest, "退回", "目标太空")])
    done = below.packs(tmp_path / "包.zip")
    assert [sent.project_code for sent in done.manifest.sent] == ["P2", "P3"]
    assert ("P1", "审核结论为“退回”") in {(entry.project_code, entry.why) for entry in done.left_out}
    below.ledger.close()


def test_ledger_that_keeps_another_collection_too__passes_on_only_this_ones(street: Level, tmp_path: Path) -> None:
    shared = sqlite_url(tmp_path / "共用.db")
    other = Level(bureau(tmp_path / "别处").collection, Ledger(shared))
    declared(other, {"B": single(**PERIOD, **amounts("5.00"))})
    import_files(street.collection, [street.collection.folder / "收回"], other.ledger)
    done = pack(street.collection, other.ledger, tmp_path / "包.zip")
    assert [sent.project_code for sent in done.manifest.sent] == ["P1", "P2", "P3"]
    other.ledger.close()


def test_second_package__names_the_first_that_lies_beside_it(
    street: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(street.collection.folder, tmp_path / street.collection.folder.name))
    for path in folder.glob("*_报送包.zip"):
        path.unlink()
    (folder / "别的任务_一上_12345678_报送包.zip").write_bytes(b"")
    assert main(["package", str(folder)]) == 0
    assert "以前写出的" not in capsys.readouterr().out
    (first,) = (path.name for path in folder.glob(f"{folder.name}_*_报送包.zip"))
    monkeypatch.setattr("workbook_builder.centre.package_out.CODE_IN_NAME", 9)  # another name within the same second
    assert main(["package", str(folder)]) == 0
    assert f"旁边还有以前写出的报送包：“{first}”。请只发送这一次写出的。" in capsys.readouterr().out


def test_command__says_what_is_left_out_and_never_overwrites(
    street: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["package", str(street.collection.folder), "-o", str(tmp_path / "包.zip")]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "未纳入 U1 P4 退回的：应退回修改。" in out
    assert "3 个项目，年度资金合计 " in out
    assert main([*words, "--json"]) == 2
    assert "没有覆盖" in json.loads(capsys.readouterr().out)["error"]
    words[-1] = str(tmp_path / "另.zip")
    assert main([*words, "--json"]) == 0
    told_json = json.loads(capsys.readouterr().out)
    assert (told_json["projects"], told_json["totals"]["annual_funds"]) == (
        3, str(independent_sums()["annual_funds"]),
    )  # fmt: skip


def test_empty_ledger__is_refused_and_nothing_written(department: Level) -> None:
    with pytest.raises(UsageError, match="没有可以接收的申报"):
        department.packs()
    assert not list(department.collection.folder.glob("*.zip"))


def test_more_projects_than_a_package_holds__are_refused_with_a_way_out(
    street: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbook_builder.centre.package_out.MAX_MEMBERS", OTHER_FILES + 2)
    before = files_under(street.collection.folder)
    with pytest.raises(
        UsageError, match="有 3 个项目可以报送，一个报送包最多 2 个，没有写报送包。请按主管部门分成几个任务"
    ):
        street.packs()
    assert files_under(street.collection.folder) == before


def test_project_merged_from_parts__passes_on_and_is_rolled_forward_into_parts(tmp_path: Path) -> None:
    below = centre_at(tmp_path / "街道")
    for code, entry in split_entries().items():
        below.comes(code, entry)
    assert [item.checked.status for item in below.imports().merged if item.checked] == ["accepted"]
    done = pack(below.collection, below.ledger)
    (sent,) = done.manifest.sent
    assert (sent.project_code, len(sent.issue_ids)) == ("P1", 3)
    place = bureau(tmp_path / "部门")
    above = place.imports(done.path)
    assert (above.exit_code, above.packages[0].disagreements, place.recorded) == (0, (), ["P1"])
    assert [item.checked.unverified for item in above.items if item.checked] == [()]
    assert ledger_sums(place)["annual_funds"] == done.manifest.totals["annual_funds"]
    place.ledger.close()
    rolled = roll_over(below.collection, below.ledger, 2023, tmp_path / "2023")
    below.ledger.close()
    following = Centre(rolled.collection, below.ledger)
    following.generates()
    for code, number in (("P1", None), ("P1-2", 0)):
        issued = following.issued(code)
        checked = issued.checked({"fill_date": "2023-01-05"})
        asked = {finding.key for finding in checked.findings if finding.rule == "rollover.unconfirmed"}
        sections = ("goals", "indicators", "narrative") if number is None else ("goals", "indicators")
        assert asked == {full_key(number, f"confirm.{section}") for section in sections}
        part = checked.declaration if number is None else checked.declaration and checked.declaration.sub_projects[0]
        assert part is not None
        assert (len(part.indicators), bool(part.values["annual_goal"])) == (3, True)


def test_projects_nobody_has_reviewed__are_said_to_be_so(
    street: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    current = {row.project_code: row for row in street.ledger.current("sh-performance-target", 2022)}
    done = street.packs(tmp_path / "一.zip")
    assert done.unreviewed == ("P1", "P2", "P3")
    street.ledger.keep_reviews("sh-performance-target", 2022, [Review("P1", current["P1"].sha256, "通过")])
    assert main(["package", str(street.collection.folder), "-o", str(tmp_path / "二.zip")]) == 0
    assert "其中 2 个项目还没有审核结论：P2、P3。" in capsys.readouterr().out
