"""What counts: one submission of each project, how it stands, and what each output makes of it."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.helpers import PLAIN, UNIT, collection_of, project, write_roster
from tests.recorded import FORM, YEAR
from workbook_builder.centre.report.facts import read_projects
from workbook_builder.collection.folder import sha256
from workbook_builder.collection.roster import ROUNDS, Roster, Settings, Unit
from workbook_builder.findings import Finding
from workbook_builder.form.declaration import Declaration, Typed
from workbook_builder.form.layout import Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import Checked
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import counting
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.outcome import Arrival
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.status import status_by

SILENT = Unit("U9", "不必报的单位", must_report=False)
FIRST, SECOND = ROUNDS[:2]
WRONG = (Finding("funds.annual_sum", "error", "申报表", "E6", "annual_funds", "年度资金不等。"),)


def checked(code: str, round_name: str, findings: tuple[Finding, ...] = ()) -> Checked:
    """What `check` says of a declaration without sub-projects."""
    identity = Identity(FORM, "1", YEAR, round_name, "U1", code, f"issue-{code}", 1, (), Shape(PLAIN, ()))
    declared: dict[str, Typed] = {"project_code": code, "project_name": f"项目{code}", "annual_funds": Decimal("1.00")}
    digest = sha256(f"{code} {round_name}".encode())
    return Checked(
        f"{code}.xlsx", digest, "returned" if findings else "accepted", identity, Declaration(declared, ()), findings
    )


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """The second round, in which something came of all but P4, of which only the first round's is there, P5 and P6."""
    collection = collection_of(tmp_path_factory.mktemp("standing") / "任务")
    roots = [*(project(f"P{number}") for number in range(1, 6)), project("P6", unit_code="U9"), project("P8")]
    write_roster(collection.roster, Roster(Settings(YEAR, SECOND), (UNIT, SILENT), tuple(roots)))
    ledger = Ledger(sqlite_url(tmp_path_factory.mktemp("ledger") / "台账.db")).within(collection)
    came = [checked(code, FIRST) for code in ("P1", "P4")]
    came += [checked("P1", SECOND), checked("P2", SECOND, WRONG), checked("P3", SECOND)]
    came += [checked("P7", SECOND), checked("P8", SECOND), checked("P9", SECOND, WRONG)]
    for one in came:
        assert one.identity
        ledger.record(Arrival(one, ROUNDS.index(one.identity.round), 1, None))
        if one.sha256 and one.identity.project_code not in ("P7", "P8"):
            collection.keep(b"workbook", one.sha256, one.file)
    digest = checked("P3", SECOND).sha256 or ""
    ledger.keep_reviews(FORM, YEAR, [Review("P3", digest, "退回", "目标太空", "王五")])
    yield Standing(collection, Desk(collection), ledger)
    ledger.close()


def test_each_project_of_the_roster__stands_by_the_submission_that_counts(standing: Standing) -> None:
    stands = {
        item.project.project_code: (item.state, item.counted and item.counted.round) for item in standing.expected()
    }
    assert stands == {
        "P1": ("accepted", SECOND), "P2": ("returned", SECOND), "P3": ("sent_back", SECOND),
        "P4": ("earlier_round", None), "P5": ("missing", None), "P6": ("missing", None), "P8": ("accepted", SECOND),
    }  # fmt: skip
    assert [item.project.project_code for item in standing.missing()] == ["P4", "P5"]


def test_status__tells_an_earlier_round_as_missing_and_what_was_sent_back_as_returned(standing: Standing) -> None:
    status = status_by(standing, packaged_catalogue())
    assert {entry.project_code: entry.state for entry in status.entries} == {
        "P1": "accepted", "P2": "returned", "P3": "returned", "P4": "missing", "P5": "missing", "P8": "accepted",
    }  # fmt: skip
    # P7 came into another collection of the ledger; P9 into this one, whose roster does not name it any more
    assert [(gone.project_code, gone.file) for gone in status.withdrawn] == [("P9", "P9.xlsx")]
    assert status.unread == ()


def test_report__shows_what_came_in_this_round(standing: Standing) -> None:
    assert {one.root.project_code: one.state for one in read_projects(standing)} == {
        "P1": "可以接收", "P2": "应退回修改", "P3": "审核退回", "P8": "可以接收",
    }  # fmt: skip


def test_what_may_go_on__is_accepted_and_the_rest_has_its_reason(standing: Standing) -> None:
    counted = counting(standing)
    assert [one.submission.project_code for one in counted.accepted] == ["P1"]
    assert {entry.project_code: entry.why for entry in counted.left_out} == {
        "P2": "应退回修改", "P3": "审核结论为“退回”", "P4": "只有“一上”的申报，本轮未交", "P5": "未交",
        "P8": "档案中没有它的原件", "P9": "已不在名册中，年度资金 1.00 元不计入",
    }  # fmt: skip


def test_return_copies__are_made_of_what_is_wrong_and_of_what_somebody_speaks_of(standing: Standing) -> None:
    told = standing.reviews_to_tell()
    assert {code: review.opinion for code, review in told.items()} == {"P3": "目标太空"}
    assert [one.submission.project_code for one in standing.returning(told)] == ["P2", "P3"]
    assert list(standing.unsettled_strays()) == []
