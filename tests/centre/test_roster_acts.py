"""Changes of the roster as acts: recorded with who and why, in the history, with what they do to totals; all undone."""

import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import is_chinese_sentence, project
from tests.two_accepted import AMOUNTS, BEFORE, DEADLINE, FIRST, FULL, LATER, SECOND, Office, accepted_in, first
from workbook_builder.centre.deciding import acts as acts_of
from workbook_builder.centre.roster_versions import recorded, restored
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import Roster
from workbook_builder.errors import UsageError
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return accepted_in(tmp_path_factory.mktemp("accepted") / "任务")


@pytest.fixture
def office(accepted: Path, tmp_path: Path) -> Iterator[Office]:
    made = Office(shutil.copytree(accepted, tmp_path / "任务"))
    with closing(made.ledger):
        yield made


class Case(NamedTuple):
    after: Callable[[], Roster]
    sentence: str
    total: Decimal = FULL  # while it holds
    code: str = "P1"  # of the project in whose history it is
    overtaken: str = ""  # what `generate` says that was accepted is by it


CHANGES = {
    "withdrawn": Case(lambda: BEFORE._replace(projects=(SECOND,)), "项目“项目P1”（P1）从名册中撤下。",
                      AMOUNTS["P2"], overtaken="withdrawn"),
    "renamed": Case(lambda: first(project_name="新名"), "项目“项目P1”（P1）的项目名称由“项目P1”改为“新名”。", overtaken="changed"),
    "moved": Case(lambda: first(unit_code="U2"), "项目“项目P1”（P1）的单位编码由“U1”改为“U2”。", overtaken="changed"),
    "ceiling": Case(lambda: first(budget_ceiling=Decimal("5000000.10")), "项目“项目P1”（P1）的预算控制数由空改为 5000000.10 元。",
                    overtaken="changed"),
    "department": Case(lambda: first(department="某街道"), "项目“项目P1”（P1）的主管部门由空改为“某街道”。", overtaken="changed"),
    "rows": Case(lambda: first(rows={"数量指标": 9}), "项目“项目P1”（P1）的“数量指标”行数由空改为“9”。"),
    "added": Case(lambda: BEFORE._replace(projects=(FIRST, SECOND, project("P3", "新的", unit_code="U2"))),
                  "名册新增项目“新的”（P3）。", code="P3"),
    "unit deadline": Case(lambda: BEFORE._replace(units=(BEFORE.units[0]._replace(deadline=LATER), BEFORE.units[1])),
                          "单位“甲中心”（U1）的截止日期由 2031-01-31 延长到 2031-02-03。"),
    "deadline": Case(lambda: BEFORE._replace(settings=BEFORE.settings._replace(deadline=LATER)),
                     "任务的截止日期由 2031-01-31 延长到 2031-02-03。"),
    "unit withdrawn": Case(lambda: BEFORE._replace(units=BEFORE.units[:1]), "单位“乙中心”（U2）从名册中撤下。", code=""),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
def test_change_of_the_roster__is_recorded_told_in_the_history_and_undone_to_the_fen(
    office: Office, case: Case
) -> None:
    assert office.total == FULL
    before = office.collection.roster.read_bytes()
    office.has(case.after())
    after = office.collection.roster.read_bytes()
    assert office.total == case.total  # whoever asks what counts records what changed
    (act,) = office.ledger.rosters.acts()
    assert (act.sentence, act.reason) == (case.sentence, None)
    assert act.actor
    assert acts_of(office.collection, office.ledger)[-1].words == case.sentence
    if case.code:
        assert office.told(case.code) == [case.sentence]
    done = office.undoes()
    assert (done.restored, len(done.recorded)) == (1, 2)
    assert {one.actor for one in done.recorded} == {"赵六"}
    assert all(is_chinese_sentence(one.sentence) for one in done.recorded)
    assert (office.collection.roster.read_bytes(), office.total) == (before, FULL)
    office.undoes()
    assert (office.collection.roster.read_bytes(), office.total) == (after, case.total)


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
def test_generate_after_a_change__says_what_was_accepted_and_is_overtaken_once(
    office: Office, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    def generated() -> list[dict[str, Any]]:
        assert main(["generate", str(office.collection.folder), "--json"]) == 0
        return list(json.loads(capsys.readouterr().out)["invalidated"])

    assert generated() == []
    office.has(case.after())
    found = generated()
    assert [(one["kind"], one["project_code"]) for one in found] == ([(case.overtaken, "P1")] if case.overtaken else [])
    for one in found:
        assert (one["annual_funds"], one["file"]) == ("800000.07", "P1.xlsx")
        assert is_chinese_sentence(one["sentence"])
    generated()
    told = [act.sentence for act in office.ledger.rosters.acts() if act.kind == "invalidated"]
    assert told == [one["sentence"] for one in found]
    assert office.total == case.total  # until something newer comes


def test_person_at_a_terminal__is_asked_and_may_say_no(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: list[bool] = [False, True]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_words, **_options: answers.pop(0))
    office.has(first(budget_ceiling=Decimal("5000000.00")))
    issued = len(office.collection.issues())
    assert main(["generate", str(office.collection.folder)]) == 0
    assert "没有生成任何文件" in capsys.readouterr().err
    assert len(office.collection.issues()) == issued
    assert main(["generate", str(office.collection.folder)]) == 0
    shown = capsys.readouterr().err
    assert "预算控制数由空改为“5000000.00”" in shown
    assert len(office.collection.issues()) == issued + 1
    office.has(first(budget_ceiling=Decimal("6000000.00")))
    assert main(["generate", str(office.collection.folder), "--yes"]) == 0
    assert answers == []


def test_roster_saved_anew_by_a_program__is_no_change_and_no_version(office: Office) -> None:
    office.has(BEFORE._replace(projects=(SECOND, FIRST)))  # other bytes, the same content
    assert office.total == FULL
    assert (len(office.ledger.rosters.versions()), office.ledger.rosters.acts()) == (1, [])


def test_project_withdrawn_and_listed_again__says_so(office: Office) -> None:
    office.has(BEFORE._replace(projects=(SECOND,)))
    assert office.total == AMOUNTS["P2"]
    office.has(BEFORE)
    assert office.total == FULL
    assert office.told("P1") == ["项目“项目P1”（P1）从名册中撤下。", "项目“项目P1”（P1）重新列入名册。"]


def test_change_with_a_reason__is_kept_with_who_and_why(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.has(CHANGES["unit deadline"].after())
    folder = str(office.collection.folder)
    assert main(["roster", folder, "--by", "王五", "--reason", "停电", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (act,) = told["recorded"]
    assert (act["kind"], act["actor"], act["reason"], act["unit_code"]) == ("deadline_changed", "王五", "停电", "U1")
    assert [len(version["changes"]) for version in told["versions"]] == [0, 1]
    assert all(Path(version["file"]).is_file() for version in told["versions"])
    assert main(["history", folder]) == 0
    shown = "".join(capsys.readouterr().out.split())
    assert "延长到2031-02-03。（停电）" in shown
    assert main(["roster", folder, "--to", "1"]) == 0
    assert "已恢复为第 1 版" in capsys.readouterr().out
    assert main(["history", folder, "P9"]) == 2


def test_version_put_back_from_further_away__and_one_that_is_none(office: Office) -> None:
    first_bytes = office.collection.roster.read_bytes()
    for name in ("二", "三"):
        office.has(first(project_name=name))
        recorded(office.collection, office.ledger, "王五")
    restored(office.collection, office.ledger, 1, "王五")
    assert office.collection.roster.read_bytes() == first_bytes
    with pytest.raises(UsageError, match="没有第 9 版"):
        restored(office.collection, office.ledger, 9, "王五")


def test_roster_with_mistakes__is_kept_and_the_last_sound_one_comes_back(office: Office) -> None:
    sound = office.collection.roster.read_bytes()
    office.has(first(unit_code="U9"))
    broken = office.collection.roster.read_bytes()
    office.undoes()
    assert office.collection.roster.read_bytes() == sound
    assert broken in [path.read_bytes() for path in (office.collection.archive / "旧名册").iterdir()]


def test_undo_without_a_change_or_while_excel_has_it_open__is_refused(office: Office) -> None:
    with pytest.raises(UsageError, match="没有记录过改动"):
        office.undoes()
    office.has(first(project_name="新名"))
    before = office.collection.roster.read_bytes()
    (office.collection.folder / "~$名册.xlsx").touch()
    with pytest.raises(UsageError, match="正在 Excel 等程序中打开"):
        office.undoes()
    assert office.collection.roster.read_bytes() == before


def test_former_roster_gone_from_the_archive__is_told_instead_of_changes(office: Office) -> None:
    shutil.rmtree(office.collection.archive / "旧名册")
    office.has(first(project_name="新名"))
    assert office.total == FULL
    (act,) = office.ledger.rosters.acts()
    assert act.kind == "unknown"
    with pytest.raises(UsageError, match="已找不到"):
        office.undoes()


def test_two_collections_in_one_ledger__have_rosters_of_their_own(
    office: Office, accepted: Path, tmp_path: Path
) -> None:
    other = Collection(shutil.copytree(accepted, tmp_path / "另一个"))
    (other.archive / "任务.json").write_text(json.dumps({"password": "another"}))
    with closing(Ledger(sqlite_url(tmp_path / "共用.db"))) as shared:
        for collection in (office.collection, other):
            status_of(collection, shared)
        office.has(first(project_name="新名"))
        status_of(office.collection, shared)
        changed, same = (shared.within(one).rosters.acts() for one in (office.collection, other))
    assert ([act.kind for act in changed], same) == (["project_renamed"], [])


def test_unit_with_a_deadline_of_its_own__is_late_by_it_and_told_it(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    late = project("P3", "晚的", unit_code="U2")
    units = BEFORE.units[0], BEFORE.units[1]._replace(deadline=LATER)
    office.has(
        BEFORE._replace(units=units, projects=(FIRST, SECOND, late, late._replace(project_code="P4", unit_code="U1")))
    )
    found = status_of(office.collection, office.ledger, DEADLINE + datetime.timedelta(days=1))
    assert {one.project_code: (one.is_late, one.deadline) for one in found.entries if one.state == "missing"} == {
        "P3": (False, LATER), "P4": (True, DEADLINE),
    }  # fmt: skip
    found = status_of(office.collection, office.ledger, LATER + datetime.timedelta(days=1))
    assert {one.project_code for one in found.entries if one.is_late} == {"P3", "P4"}
    assert main(["status", str(office.collection.folder), "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert {one["project_code"]: one["deadline"] for one in entries}["P3"] == "2031-02-03"
