"""A workbook that carries last year's texts, in LibreOffice and before the Open XML SDK."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, collection_of, family, project, single
from tests.office.excel_limits import limit_problems
from tests.office.programs import Job, Result, SdkProblem
from tests.office.unit import BANNER, PASSED, inputs
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.rollover.next_year import roll_over
from workbook_builder.centre.rollover.rolled import Rolled
from workbook_builder.collection.generate import generate
from workbook_builder.form.model import CONFIRM, CONFIRMED, UNCONFIRMED
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.intake.manifest import SUMMARY
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

Office = Callable[[Sequence[Job]], list[Result]]
SdkProblems = Callable[[Path], list[SdkProblem]]
MONEY = {
    "total_fiscal": 900000.5,
    "total_other": 0,
    "annual_appropriation": 900000.5,
    "annual_carryover": 0,
    "annual_other": 0,
}


class Next:
    """This year's round of one project and one family, passed on and rolled forward."""

    def __init__(self, folder: Path):
        subs = (project("P2-1", "书记工作室"), project("P2-2", "社区党建"))
        year = collection_of(folder / "2022年", project(), project("P2", "党群服务", sub_projects=subs))
        generate(year, packaged_catalogue())
        narrative = {"overview": "为辖区党员组织培训。"}
        entries: dict[str, Any] = {"P1": single(narrative=narrative), "P2": family(subs=2)}
        for code, issue in year.latest_issues().items():
            data = Issued(year, year.folder / issue.file, Desk(year)).filled(entries[code])
            (year.folder / "收回" / f"{code}.xlsx").write_bytes(data)
        ledger = Ledger(sqlite_url(year.ledger))
        import_files(year, [year.folder / "收回"], ledger)
        self.package = pack(year, ledger).path
        self.rolled: Rolled = roll_over(year, ledger, 2023, folder / "2023年")
        ledger.close()
        made = self.rolled.collection
        generate(made, packaged_catalogue())
        self.out = {code: Issued(made, made.folder / i.file, Desk(made)) for code, i in made.latest_issues().items()}


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Next:
    return Next(tmp_path_factory.mktemp("next"))


def test_confirming_the_last_section__turns_the_banner_to_passed(
    office: Office, following: Next, tmp_path: Path
) -> None:
    issued = following.out["P1"]
    cells = inputs(issued)
    address = {key: cell["address"] for key, cell in cells.items()}
    sections = [key for key in cells if key.startswith(f"{CONFIRM}.")]
    assert [(cells[key]["label"], cells[key]["choices"]) for key in sections] == [
        (label, [UNCONFIRMED, CONFIRMED]) for label in ("绩效目标核对", "绩效指标核对", "情况说明核对")
    ]
    person: dict[str, float | str | None] = {address[key]: value for key, value in MONEY.items()} | {
        address["filler"]: "张三",
        address["phone"]: "1",
    }
    but_one = person | {address[key]: CONFIRMED for key in sections[:-1]}
    path = tmp_path / "全部核对.xlsx"
    last = address[sections[-1]]
    jobs: list[Job] = [
        {"book": issued.path, "read": [BANNER, last], "inspect": [last, address["annual_goal"]]},
        {"book": issued.path, "set": but_one, "read": [BANNER]},
        {"book": issued.path, "set": but_one | {last: CONFIRMED}, "read": [BANNER], "save": [path]},
    ]
    fresh, open_still, done = office(jobs)
    assert (fresh["values"][BANNER], fresh["values"][last]) == ("尚有 4 项未通过（另有 2 项提醒）", UNCONFIRMED)
    assert [fresh["guards"][cell]["locked"] for cell in (last, address["annual_goal"])] == [False, False]
    assert open_still["values"][BANNER] == "尚有 1 项未通过"
    assert done["values"][BANNER] == PASSED
    assert check(path.read_bytes(), path.name, issued.desk).status == "accepted"


@pytest.mark.parametrize("code", ["P1", "P2"])
def test_workbooks_with_confirmations__are_valid(
    sdk_problems: SdkProblems, following: Next, tmp_path: Path, code: str
) -> None:
    issued = following.out[code]
    confirmed = {"confirm": {"goals": CONFIRMED}, "filler": "张三"}
    for name, data in {"issued": issued.data, "filled": issued.filled(confirmed)}.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(data)
        assert (sdk_problems(path), limit_problems(data)) == ([], [])


def test_lists_and_roster_that_are_written__are_valid(
    sdk_problems: SdkProblems, following: Next, tmp_path: Path
) -> None:
    with zipfile.ZipFile(following.package) as archive:
        (tmp_path / SUMMARY).write_bytes(archive.read(SUMMARY))
    for path in (tmp_path / SUMMARY, following.rolled.list_path, following.rolled.collection.roster):
        assert (sdk_problems(path), limit_problems(path.read_bytes())) == ([], [])
