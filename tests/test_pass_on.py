"""`package` and `import` of a package: sub-district → department → bureau, to the fen; what was changed is found out."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import (
    Issued,
    family,
    files_under,
    is_chinese_sentence,
    opened,
    packaged,
    project,
    single,
    write_roster,
)
from tests.recorded import history, recorded_sum
from tests.split import Centre, centre_at
from tests.split import declared as split_entries
from workbook_builder.centre.package_out import Packed, pack
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection, new_collection, sha256
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.errors import UsageError
from workbook_builder.form.model import MONEY_LINES, full_key
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import Imported, import_files
from workbook_builder.intake.manifest import MANIFEST, SUMMARY, Manifest, _manifest, read_manifest, totals_of
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.resources import packaged_template

pytestmark = pytest.mark.slow

STREET_UNITS = (Unit("U1", "党建服务中心"), Unit("U2", "文化活动中心"))
PARTS = ("annual_appropriation", "annual_carryover", "annual_other")


class Level(NamedTuple):
    """One level of government: its collection and ledger."""

    collection: Collection
    ledger: Ledger

    def imports(self, *paths: Path) -> Imported:
        return import_files(self.collection, paths, self.ledger)

    def packs(self, output: Path | None = None) -> Packed:
        return pack(self.collection, self.ledger, output)

    @property
    def archive(self) -> dict[str, bytes]:
        files = files_under(self.collection.archive)
        return {name: data for name, data in files.items() if "台账" not in name}

    @property
    def recorded(self) -> list[str]:
        return [row.project_code for row in self.ledger.current("sh-performance-target", 2022)]


def amounts(yuan: str, carryover: str = "0.00", other: str = "0.00") -> dict[str, str]:
    """Amounts of one declaration; in total a million more than this year."""
    fiscal = Decimal(yuan) + Decimal(carryover) + 1_000_000
    return {
        "annual_appropriation": yuan, "annual_carryover": carryover, "annual_other": other,
        "total_fiscal": str(fiscal), "total_other": other,
    }  # fmt: skip


PERIOD = {"start_date": "2022-01-01", "end_date": "2024-12-31", "overall_goal": "三年内覆盖全部党支部。"}
SINGLES = {"P1": amounts("800000.07", "1234.56"), "P2": amounts("333333.33", other="0.01")}
SUBS = (amounts("400000.10"), amounts("99999.99", "0.02", "50000.00"))


def told() -> dict[str, Mapping[str, Any]]:
    parent = family(subs=2, **PERIOD)
    for sub, money in zip(parent["sub_projects"], SUBS, strict=True):
        sub.update(money)
    return {**{code: single(**PERIOD, **money) for code, money in SINGLES.items()}, "P3": parent}


def independent_sums() -> dict[str, Decimal]:
    """What the three roots declare together, added up from the entries and not by the program."""
    declared = [*SINGLES.values(), *SUBS]
    sums = {key: sum((Decimal(entry[key]) for entry in declared), Decimal(0)) for key in declared[0]}
    total = sums["total_fiscal"] + sums["total_other"]
    return {**sums, "total_funds": total, "annual_funds": sum((sums[key] for key in PARTS), Decimal(0))}


def level(folder: Path, units: tuple[Unit, ...], *projects: RosterProject, **settings: Any) -> Level:
    new_collection(folder, b"", packaged_template())
    write_roster(
        folder / "名册.xlsx", Roster(Settings(**{"fiscal_year": 2022, "round": "一上", **settings}), units, projects)
    )
    collection = Collection(folder)
    return Level(collection, Ledger(sqlite_url(collection.ledger)))


def bureau(folder: Path, *projects: RosterProject, **settings: Any) -> Level:
    return level(folder, (Unit("B1", "区财政局"),), *(projects or (project("B", "本级", unit_code="B1"),)), **settings)


def declared(place: Level, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Sends out, has filled and imports."""
    generate(place.collection, packaged_catalogue())
    desk, incoming = Desk(place.collection), place.collection.folder / "收回"
    for issue in place.collection.latest_issues().values():
        if issue.project_code in entries:
            issued = Issued(place.collection, place.collection.folder / issue.file, desk)
            (incoming / f"{issue.project_code}.xlsx").write_bytes(issued.filled(entries[issue.project_code]))
    place.imports(incoming)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Level]:
    """Two units, three declared roots, one returned and one missing."""
    subs = (project("P3-1", "书记工作室", unit_code=None), project("P3-2", "社区党建", unit_code=None))
    roots = [
        project(), project("P2", "文化活动", unit_code="U2", department="某街道办事处"),
        project("P3", "党群服务", sub_projects=subs), project("P4", "退回的"), project("P5", "未交的", unit_code="U2"),
    ]  # fmt: skip
    place = level(tmp_path_factory.mktemp("street") / "2022年绩效目标申报", STREET_UNITS, *roots)
    declared(place, {**told(), "P4": single(annual_goal=None)})
    yield place
    place.ledger.close()


@pytest.fixture(scope="module")
def packed(street: Level) -> Packed:
    return street.packs()


@pytest.fixture
def department(tmp_path: Path) -> Iterator[Level]:
    place = bureau(tmp_path / "部门" / "2022年绩效目标申报")
    yield place
    place.ledger.close()


def ledger_sums(place: Level) -> dict[str, Decimal]:
    return {key: recorded_sum(place.ledger, key) for key in MONEY_LINES}


def test_package__holds_the_accepted_files_byte_for_byte_and_all_they_were_issued_with(
    street: Level, packed: Packed
) -> None:
    assert packed.path.name == "2022年绩效目标申报_一上_报送包.zip"
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
    total = independent_sums()["annual_funds"]
    assert f"报送包“{packed.path.name}”：3 个项目，合计 {total:,.2f} 元，与清单一致" in capsys.readouterr().out
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


def test_workbooks_of_a_package__are_judged_by_what_they_were_issued_with(packed: Packed, department: Level) -> None:
    for item in department.imports(packed.path).items:
        assert item.checked is not None
        assert (item.checked.status, item.checked.unverified) == ("accepted", ())
    issues = {issue.issue_id for issue in packed.manifest.issues}
    assert department.collection.received_issues().keys() == issues
    assert department.collection.issues() == {}  # our own records are ours alone


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


def test_what_the_receivers_roster_says__wins(packed: Packed, tmp_path: Path) -> None:
    known = project("P2", "文化惠民", unit_code="U2"), project("P1", unit_code="U1", budget_ceiling=Decimal("1.00"))
    place = level(tmp_path / "部门", STREET_UNITS, *known)
    done = {item.checked.identity.project_code: item.checked for item in place.imports(packed.path).items
            if item.checked and item.checked.identity}  # fmt: skip
    (renamed,) = [f for f in done["P2"].findings if f.severity == "error"]
    assert (renamed.rule, renamed.value, renamed.expected) == ("structure.prefilled_changed", "文化活动", "文化惠民")
    assert done["P1"].status == "accepted"
    assert "funds.ceiling_first" in {finding.rule for finding in done["P1"].findings}
    place.ledger.close()


# Packages that were cut or changed


Parts = dict[str, bytes]
UNFIT = "file.package_unfit"


def parts_of(packed: Packed) -> Parts:
    with zipfile.ZipFile(packed.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def edited(parts: Parts, change: Callable[[dict[str, Any]], None], *, rehashed: bool = False) -> None:
    """Changes the manifest, as with a text editor, or with all its hashes made anew."""
    content = json.loads(parts[MANIFEST])
    change(content)
    parts[MANIFEST] = json.dumps(content, ensure_ascii=False).encode()
    if rehashed:
        parts[MANIFEST] = forged(parts).to_bytes()


def forged(parts: Parts) -> Manifest:
    """The manifest with every hash and total as a careful forger would write it."""
    content = json.loads(parts[MANIFEST])
    del content["sha256"]
    content["files"] = {name: sha256(data) for name, data in parts.items() if name != MANIFEST}
    for entry in content["workbooks"]:
        entry["sha256"] = content["files"][entry["file"]]
    manifest = _manifest(content)
    return manifest._replace(totals=totals_of(manifest.sent))


FIRST, SECOND = "工作簿/U1/P1_社区培训.xlsx", "工作簿/U2/P2_文化活动.xlsx"


def without_a_workbook(parts: Parts) -> None:
    del parts[FIRST]


def without_manifest(parts: Parts) -> None:
    del parts[MANIFEST]


def with_one_workbook_in_the_place_of_another(parts: Parts) -> None:
    parts[FIRST] = parts[SECOND]


def with_one_workbook_in_the_place_of_another_and_new_hashes(parts: Parts) -> None:
    parts[FIRST] = parts[SECOND]
    parts[MANIFEST] = forged(parts).to_bytes()


def with_a_file_more(parts: Parts) -> None:
    parts["工作簿/U1/多出来.xlsx"] = parts[FIRST]


def with_an_amount_edited(parts: Parts) -> None:
    edited(parts, lambda content: content["workbooks"][0]["amounts"].update(annual_appropriation="800000.08"))


def with_an_amount_edited_and_new_hashes(parts: Parts) -> None:
    change = {"annual_appropriation": "800000.08"}
    edited(parts, lambda content: content["workbooks"][0]["amounts"].update(change), rehashed=True)


def with_a_declaration_taken_out_of_the_manifest(parts: Parts) -> None:
    edited(parts, lambda content: content["workbooks"].pop(0))


def with_laxer_rules(parts: Parts) -> None:
    name = next(name for name in parts if name.startswith("档案/规则-"))
    parts[name] = parts[name].replace(b'"severity": "error"', b'"severity": "warning"')


def with_no_manifest_but_a_list(parts: Parts) -> None:
    parts[MANIFEST] = b"[1, 2]"


def of_a_newer_program(parts: Parts) -> None:
    edited(parts, lambda content: content.update(format_version=2))


CHANGES: dict[Callable[[Parts], None], str] = {
    without_a_workbook: f"缺少“{FIRST}”",
    without_manifest: "没有 清单.json",
    with_one_workbook_in_the_place_of_another: f"“{FIRST}”与清单记载的不同",
    with_one_workbook_in_the_place_of_another_and_new_hashes: f"“{FIRST}”是项目“P2”的申报，清单记为项目“P1”",
    with_a_file_more: "“工作簿/U1/多出来.xlsx”不在清单中",
    with_an_amount_edited: "清单.json 被改动过",
    with_an_amount_edited_and_new_hashes: "项目“P1”的“当年财政拨款”在工作簿中是 800000.07，清单记为 800000.08",
    with_a_declaration_taken_out_of_the_manifest: "清单.json 被改动过",
    with_laxer_rules: "与清单记载的不同",
    with_no_manifest_but_a_list: "清单.json 无法读取",
    of_a_newer_program: "请升级 workbook-builder",
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Level]:
    place = bureau(tmp_path_factory.mktemp("receiver") / "部门")
    yield place
    place.ledger.close()


def assert_refused(place: Level, path: Path, words: str, rule: str = "file.package_altered") -> None:
    before = place.archive
    done = place.imports(path)
    (item,) = done.items
    assert (item.outcome, done.exit_code, done.packages) == ("rejected", 1, ())
    assert item.checked is not None
    assert any(words in finding.message for finding in item.checked.findings), item.checked.findings
    assert all(is_chinese_sentence(finding.message) for finding in item.checked.findings)
    assert {finding.rule for finding in item.checked.findings} == {rule}
    assert (place.recorded, place.ledger.unassigned(), place.archive) == ([], [], before)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_package_changed_on_the_way__is_refused_and_nothing_of_it_recorded(
    packed: Packed, receiver: Level, tmp_path: Path, change: Callable[[Parts], None]
) -> None:
    parts = parts_of(packed)
    change(parts)
    path = tmp_path / "包.zip"
    path.write_bytes(zipped(parts))
    assert_refused(receiver, path, CHANGES[change])


def test_package_cut_in_the_middle__is_unreadable(packed: Packed, receiver: Level, tmp_path: Path) -> None:
    path = tmp_path / "包.zip"
    path.write_bytes(packed.path.read_bytes()[:-5000])
    done = receiver.imports(path)
    assert (done.exit_code, done.items[0].outcome, receiver.recorded) == (3, "unreadable", [])


def test_package_packed_again_in_a_folder__is_the_same_package(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    path = tmp_path / "又压缩.zip"
    path.write_bytes(zipped({f"解压/{name}": data for name, data in parts_of(packed).items()}))
    done = department.imports(path)
    assert (done.exit_code, done.packages[0].code) == (0, packed.manifest.code)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fiscal_year": 2023}, "报送包是 2022 年度的，本任务是 2023 年度"),
        ({"round": "二上"}, "报送包是“一上”的，本任务是“二上”"),
    ],
)
def test_package_of_another_year_or_round__is_refused(
    packed: Packed, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    place = bureau(tmp_path / "部门", **settings)
    assert_refused(place, packed.path, words, UNFIT)
    place.ledger.close()


def test_project_code_that_another_unit_has_here__is_refused(packed: Packed, tmp_path: Path) -> None:
    place = bureau(tmp_path / "部门", project("P1", "同码项目", unit_code="B1"))
    assert_refused(place, packed.path, "项目编码“P1”已用于单位“B1”的项目，报送包中是单位“U1”的", UNFIT)
    place.ledger.close()


def test_issue_id_that_is_one_of_our_own__is_refused_and_our_record_stays(packed: Packed, tmp_path: Path) -> None:
    place = bureau(tmp_path / "部门")
    foreign = packed.manifest.issues[0]
    own = foreign._replace(project_code="B", unit_code="B1")
    place.collection.record([own], packaged_template(), packaged_catalogue().text)
    assert_refused(place, packed.path, f"下发编号“{foreign.issue_id}”在本任务的档案中已有另一份记录", UNFIT)
    assert place.collection.issues() == {own.issue_id: own}
    place.ledger.close()


def test_zip_of_workbooks_without_manifest__is_what_it_always_was(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    path = tmp_path / "打包.zip"
    path.write_bytes(zipped({"P1.xlsx": parts_of(packed)[FIRST]}))
    (item,) = department.imports(path).items
    assert (item.file, item.outcome) == ("打包.zip/P1.xlsx", "current")
    assert item.checked is not None
    assert "name.not_on_roster" in {finding.rule for finding in item.checked.findings}


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


def test_command__says_what_is_left_out_and_never_overwrites(
    street: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["package", str(street.collection.folder), "-o", str(tmp_path / "包.zip")]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "未纳入 U1 P4 退回的：应退回修改。" in out
    assert "3 个项目，合计 " in out
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


def test_refused_package__is_said_in_the_terminal_and_in_json(
    packed: Packed, department: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = parts_of(packed)
    with_a_file_more(parts)
    path = tmp_path / "包.zip"
    path.write_bytes(zipped(parts))
    words = ["import", str(department.collection.folder), str(path)]
    assert main(words) == 1
    assert "包.zip：没有导入，应退回修改" in capsys.readouterr().out
    assert main([*words, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["packages"], document["items"][0]["outcome"]) == ([], "rejected")
    assert document["items"][0]["findings"][0]["rule"] == "file.package_altered"


def test_every_money_line_of_the_form__is_one_that_packages_carry() -> None:
    shown = {key for key in packaged().form.fields if key.startswith(("total_", "annual_")) and key != "annual_goal"}
    assert shown == set(MONEY_LINES)


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
        checked = issued.checked({})
        asked = {finding.key for finding in checked.findings if finding.rule == "rollover.unconfirmed"}
        assert asked == {full_key(number, f"confirm.{section}") for section in ("goals", "indicators")}
        part = checked.declaration if number is None else checked.declaration and checked.declaration.sub_projects[0]
        assert part is not None
        assert (len(part.indicators), bool(part.values["annual_goal"])) == (3, True)
