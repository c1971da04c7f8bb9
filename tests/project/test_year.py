"""A year of one office, its units at LibreOffice: every mistake is made and taken back, and the sums are right after each.

布置 → 下发 → 填报 → 催报 → 收回 → 审核 → 退回 → 一上汇总 → 报送 → 控制数 → 二上 → 批复 → 调整 → 延续. Each chapter is a fixture
that goes on from a copy of the one before.
"""

import csv
import datetime
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.office.unit import PASSED
from tests.project.year import (
    ADJUSTED,
    APPROVED,
    BUREAU,
    FIRST,
    NEXT,
    SECOND,
    Office,
    Place,
    Typed,
    roster_of,
    run,
    sums,
)
from tests.project.year_acts import (
    adjust,
    approve,
    collect,
    filled_in,
    go_on,
    mend,
    rearrange,
    review,
    rolled,
    second_round,
)

pytestmark = pytest.mark.slow

DEADLINE = datetime.date(2022, 1, 31)
RESTORED = "restored"


def check_told(places: Sequence[Place]) -> None:
    """After each act the ledger's totals are those of the independent sum."""
    for place in places:
        assert place.told
        for told in place.told:
            assert told.totals == told.expected, (place.folder.name, told.act)


class Sent(NamedTuple):
    """The office after 下发, and what its units typed."""

    place: Place
    files: dict[str, Typed]


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Sent:
    """布置, 下发, 填报."""
    folder = tmp_path_factory.mktemp("一年")
    place = Place(Path(run("new", folder / "一上", "--year", "2022")["folder"]), {})
    place.has(roster_of(deadline=DEADLINE, contact="王五", phone="021-9"))
    assert len(place.run("generate", "--zip")["written"]) == len(FIRST)
    return Sent(place, filled_in(place, office, folder / "单位"))


@pytest.fixture(scope="module")
def collected(sent_out: Sent, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """收回, 催报."""
    place = sent_out.place.copied(tmp_path_factory.mktemp("收"))
    collect(place, sent_out.files)
    return place


@pytest.fixture(scope="module")
def reviewed(collected: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """审核."""
    place = collected.copied(tmp_path_factory.mktemp("审"))
    review(place)
    return place


@pytest.fixture(scope="module")
def corrected(reviewed: Place, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """退回."""
    folder = tmp_path_factory.mktemp("改")
    place = reviewed.copied(folder)
    mend(place, office, folder / "单位")
    return place


@pytest.fixture(scope="module")
def rearranged(corrected: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The roster changes after all was accepted, and back again."""
    place = corrected.copied(tmp_path_factory.mktemp("名册"))
    rearrange(place)
    return place


@pytest.fixture(scope="module")
def second(corrected: Place, sent_out: Sent, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """控制数, 二上."""
    folder = tmp_path_factory.mktemp("二")
    place = rolled(corrected, folder / "二上", "--round", "二上")
    second_round(place, sent_out.files["A1"].data, office, folder / "单位")
    return place


@pytest.fixture(scope="module")
def approved(second: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """批复 is entered."""
    place = second.copied(tmp_path_factory.mktemp("批"))
    approve(place)
    return place


@pytest.fixture(scope="module")
def decided(approved: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """批复 goes out."""
    return rolled(approved, tmp_path_factory.mktemp("复") / "批复", "--round", "批复")


@pytest.fixture(scope="module")
def adjusted(decided: Place, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """调整."""
    folder = tmp_path_factory.mktemp("调")
    place = rolled(decided, folder / "调整", "--round", "调整")
    adjust(place, office, folder / "单位")
    return place


@pytest.fixture(scope="module")
def following(adjusted: Place, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """延续."""
    folder = tmp_path_factory.mktemp("续")
    place = rolled(adjusted, folder / "明年", "--to", "2023")
    go_on(place, office, folder / "单位")
    return place


def test_workbooks__tell_their_units_at_once_what_is_wrong(sent_out: Sent) -> None:
    passed = {name: typed.banner.startswith(PASSED) for name, typed in sent_out.files.items()}
    assert {name for name, is_passed in passed.items() if not is_passed} == {"A1 几乎空白", "C1 差一分"}


def test_totals_while_files_come_in__are_those_of_an_independent_sum(collected: Place) -> None:
    assert collected.states() == {"A1": "accepted", "A2": "accepted", "B1": "accepted", "C1": "returned"}
    check_told([collected])


def test_totals_while_two_review__are_those_of_an_independent_sum(reviewed: Place) -> None:
    assert reviewed.states() == {"A1": "accepted", "A2": "awaiting_change", "B1": "accepted", "C1": "returned"}
    check_told([reviewed])


def test_totals_while_all_is_mended_and_the_roster_changes__are_those_of_an_independent_sum(
    corrected: Place, rearranged: Place
) -> None:
    assert set(corrected.states().values()) == set(rearranged.states().values()) == {"accepted"}
    assert rearranged.counts == FIRST
    assert len(rearranged.told) == 8
    check_told([corrected, rearranged])


def test_summary_and_package__have_the_same_sums_and_the_level_above_too(rearranged: Place, tmp_path: Path) -> None:
    expected = sums(FIRST)
    done = rearranged.run("report", "--csv", tmp_path / "csv")
    (path,) = (Path(one) for one in done["csv"] if one.endswith("资金汇总.csv"))
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    yearly = (Decimal(row["年度资金申请总额（元）"]) for row in rows if row["层级"] == "项目")
    assert (done["projects"], sum(yearly)) == (len(FIRST), expected["annual_funds"])
    packed = rearranged.run("package", "-o", tmp_path / "报送包.zip", "--reviewed")
    assert (packed["left_out"], packed["projects"]) == ([], len(FIRST))
    assert {key: Decimal(text.replace(",", "")) for key, text in packed["totals"].items()}.items() <= expected.items()
    above = Place(Path(run("new", tmp_path / "区局", "--year", "2022")["folder"]), FIRST)
    above.has(BUREAU)
    assert set(above.comes({"报送包.zip": (tmp_path / "报送包.zip").read_bytes()}).values()) == {"current"}
    assert above.totals() == expected


def test_totals_in_later_rounds__are_those_of_an_independent_sum(
    second: Place, approved: Place, adjusted: Place, following: Place
) -> None:
    places = [second, approved, adjusted, following]
    assert [place.counts for place in places] == [SECOND, SECOND, ADJUSTED, NEXT]
    check_told(places)


def test_approved_workbook_in_libreoffice__shows_what_was_approved_and_is_not_asked_back(
    decided: Place, office: Office, tmp_path: Path
) -> None:
    place = decided.copied(tmp_path)
    again, amounts = tmp_path / "交回.xlsx", ["申报表!E6", "申报表!E7"]
    (shown,) = office([{"book": place.issued("A2").path, "read": amounts, "save": [again]}])
    expected = sums({"A2": APPROVED["A2"]})
    assert [shown["values"][cell] for cell in amounts] == [
        float(expected[key]) for key in ("annual_funds", "annual_appropriation")
    ]
    assert place.comes({"交回.xlsx": again.read_bytes()}, code=1) == {"交回.xlsx": "refused"}
    assert place.run("status")["unread"] == []
    assert place.run("return") == []


def test_history_of_a_project__tells_what_came_and_what_was_done_in_order(rearranged: Place) -> None:
    wrong = [
        ("take_back", "撤回，改以“A1.xlsx”为准（发错了）"),
        ("put_back", "恢复"),
        ("take_back", "撤回，改以“A1.xlsx”为准（确是发错了）"),
    ]
    assert rearranged.story("A1") == [
        ("received", "收到，可以接收（一上，第 1 稿）"),
        ("received", "收到，没有采用"),
        ("received", "收到，应退回修改（一上，第 1 稿）"),
        *wrong,
        ("received", "收到，可以接收（一上，第 1 稿）"),
        *wrong,
        ("review", "审核：退回；目标太空。"),
        ("review", "审核：通过（与别人的意见不一，没有采用）"),
        ("review", "审核：通过"),
        ("project_renamed", "项目“社区培训”（A1）的项目名称由“社区培训”改为“社区教育”。（因改名）"),
        (
            "invalidated",
            (
                "社区培训（A1，U1）已接收的申报（年度资金 431700.18 元）要重新填报：项目名称由“社区培训”改为“社区教育”。"
                "新的工作簿现在下发；单位按它交来之前，仍以原来的计入。"
            ),
        ),
        ("project_renamed", "项目“社区教育”（A1）的项目名称由“社区教育”改为“社区培训”。（恢复第 6 版）"),
        (RESTORED, "名册恢复为第 6 版。"),
    ]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        (
            "A2",
            "received review review review received review review ceiling_changed invalidated ceiling_changed restored",
        ),
        (
            "B1",
            (
                "received received prefer prefer prefer deadline_changed deadline_changed restored deadline_changed restored "
                "review review project_withdrawn invalidated project_added_again restored"
            ),
        ),
        ("C1", "received received review take_back put_back project_moved invalidated project_moved restored"),
    ],
)
def test_history_of_the_others__has_every_act_in_order(rearranged: Place, code: str, kinds: str) -> None:
    assert [kind for kind, _ in rearranged.story(code)] == kinds.split()


def test_history_of_all__tells_the_unreadable_file_and_each_approval_too(rearranged: Place, approved: Place) -> None:
    acts = [(event["kind"], event["file"]) for event in rearranged.run("history")]
    unreadable = acts.index(("take_back", "C1.xlsx"))
    assert acts[unreadable + 1] == ("put_back", "C1.xlsx")
    assert [words for kind, words in approved.story() if kind == "approval"] == [
        "批复：年度资金 400000.18 元，沪财〔2022〕1号",
        "批复：年度资金 1250000.42 元，沪财〔2022〕1号",
        "批复：年度资金 151000.60 元，沪财〔2022〕1号",
        "批复：年度资金 60007.76 元，沪财〔2022〕1号",
        "批复：年度资金 440000.42 元，沪财〔2022〕1号",
        "收回批复",
        "批复：年度资金 151000.60 元，沪财〔2022〕1号",
    ]
