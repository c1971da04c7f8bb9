"""A year of one office, its units at LibreOffice: every mistake is made and taken back, and the sums are right after each.

布置 → 下发 → 填报 → 催报 → 收回 → 审核 → 退回 → 一上汇总 → 报送 → 控制数 → 二上 → 批复 → 调整 → 延续. Each chapter is a fixture
that goes on from a copy of the one before.
"""

import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.centre.reviewing import lines, types
from tests.project.year import (
    A1,
    A2,
    B1,
    B1_OTHER,
    C1,
    FIRST,
    Office,
    Place,
    Typed,
    Typing,
    entry,
    roster_of,
    run,
    sums,
    typed_in,
    with_deadline,
    with_project,
    without,
)
from tests.office.unit import PASSED
from workbook_builder.centre.report.review_columns import SETTLED, THIS_LINE_HOLDS

pytestmark = pytest.mark.slow

IN_TIME, LATE = "2022-01-10T08:00:00Z", "2022-02-02T08:00:00Z"
LATER, LAST = "2022-02-10T08:00:00Z", "2022-02-20T08:00:00Z"
DEADLINE, EXTENDED = datetime.date(2022, 1, 31), datetime.date(2022, 2, 5)
ASKED = "请把培训内容写具体。"
FEN = "70000.08"  # of C1: one fen more than its total


class Sent(NamedTuple):
    """The office after 下发, and what its units typed."""

    place: Place
    files: dict[str, Typed]


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Sent:
    """布置, 下发, 填报: three of the workbooks are filled in twice, one is somebody else's, one is wrong by a fen."""
    folder = tmp_path_factory.mktemp("一年")
    place = Place(Path(run("new", folder / "一上", "--year", "2022")["folder"]), {})
    place.has(roster_of(deadline=DEADLINE, contact="王五", phone="021-9"))
    assert len(place.run("generate", "--zip")["written"]) == len(FIRST)
    form = {code: place.issued(code) for code in FIRST}
    typings = {
        "A1": Typing(form["A1"], entry(A1), IN_TIME),
        "A1 几乎空白": Typing(form["A1"], {"filler": "张三", "phone": "021-1"}, LATER),
        "A1 填了别家的": Typing(form["A1"], entry(C1, filler="钱七"), LAST),
        "A2": Typing(form["A2"], entry(A2), IN_TIME),
        "B1": Typing(form["B1"], entry(B1), LATE),
        "B1 另一人": Typing(form["B1"], entry(B1_OTHER, filler="周八"), LATE),
        "C1 差一分": Typing(form["C1"], entry(C1, annual_appropriation=FEN), IN_TIME),
    }
    return Sent(place, typed_in(office, folder / "单位", typings))


@pytest.fixture(scope="module")
def collected(sent_out: Sent, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """收回, 催报: what should not have come is taken back, what came twice is decided."""
    place, files = sent_out.place.copied(tmp_path_factory.mktemp("收")), sent_out.files
    data = {name: typed.data for name, typed in files.items()}
    assert place.comes({"A1.xlsx": data["A1"], "A2.xlsx": data["A2"]}) == {"A1.xlsx": "current", "A2.xlsx": "current"}
    place.after("收回两份", A1=A1, A2=A2)
    drafts = place.run("chase")
    assert {one["unit_code"]: len(one["attachments"]) for one in drafts} == {"U2": 1, "U3": 1}
    _blanks_and_others(place, sent_out, data)
    _two_versions(place, data)
    _unreadable(place, data)
    return place


def _blanks_and_others(place: Place, sent_out: Sent, data: dict[str, bytes]) -> None:
    """A blank one after a filled one; nearly blank; typed into the workbook of somebody else."""
    assert place.comes({"空表.xlsx": sent_out.place.issued("A1").data}, code=1) == {"空表.xlsx": "refused"}
    place.after("交来空表")
    for name, counted in {"A1 几乎空白": None, "A1 填了别家的": C1}.items():
        file = f"{name}.xlsx"
        assert place.comes({file: data[name]}, code=0 if counted else 1) == {file: "current"}
        place.after(f"交来{name}", A1=counted)
        take_back = ("take-back", file, "--by", "王五")
        place.done_and_undone(
            f"撤回{name}",
            lambda words=take_back: place.run(*words, "--reason", "发错了"),
            lambda words=take_back: place.run(*words, "--undo"),
            A1=A1,
        )
        (decided,) = place.run(*take_back, "--reason", "确是发错了")
        assert decided["counts"] == "A1.xlsx"
        place.after(f"再次撤回{name}", A1=A1)


def _two_versions(place: Place, data: dict[str, bytes]) -> None:
    """Two people fill in one project and save in the same moment; the unit's deadline is extended for them."""
    files = {f"{name}.xlsx": data[name] for name in ("B1", "B1 另一人")}
    assert list(place.comes(files, code=1).values()) == ["current", "undecided"]
    place.after("两人各交一份", B1=B1)
    place.done_and_undone(
        "以另一份为准",
        lambda: place.run("prefer", "B1 另一人.xlsx", "--by", "王五"),
        lambda: place.run("prefer", "B1.xlsx", "--by", "王五"),
        B1=B1_OTHER,
    )
    place.run("prefer", "B1 另一人.xlsx", "--by", "王五", "--reason", "电话核对")
    place.after("还是以另一份为准", B1=B1_OTHER)
    before = place.roster
    assert _late(place) == {"B1", "C1"}
    place.has(with_deadline(before, "U2", EXTENDED))
    place.done_and_undone(
        "延期",
        lambda: place.run("roster", "--reason", "停电", "--by", "王五"),
        lambda: place.run("roster", "--undo", "--by", "王五"),
    )
    assert _late(place) == {"B1", "C1"}
    place.run("roster", "--undo", "--by", "王五")
    assert _late(place) == {"C1"}


def _late(place: Place) -> set[str]:
    return {one["project_code"] for one in place.run("status")["entries"] if one["is_late"]}


def _unreadable(place: Place, data: dict[str, bytes]) -> None:
    """A torn file, and under the same name one that can be read, but is wrong by a fen."""
    torn = data["C1 差一分"][: len(data["C1 差一分"]) // 2]
    assert place.comes({"C1.xlsx": torn}, code=3) == {"C1.xlsx": "unreadable"}
    place.after("交来损坏的文件")
    assert place.run("status")["unread"] == ["C1.xlsx"]
    place.done_and_undone(
        "不再处理损坏的文件",
        lambda: place.run("take-back", "C1.xlsx"),
        lambda: place.run("take-back", "C1.xlsx", "--undo"),
    )
    assert place.comes({"C1.xlsx": data["C1 差一分"]}, code=1) == {"C1.xlsx": "current"}
    place.after("同名重交，差一分")
    assert place.run("status")["unread"] == []


def test_workbooks__tell_their_units_at_once_what_is_wrong(sent_out: Sent) -> None:
    passed = {name: typed.banner.startswith(PASSED) for name, typed in sent_out.files.items()}
    assert {name for name, is_passed in passed.items() if not is_passed} == {"A1 几乎空白", "C1 差一分"}


def test_totals_while_files_come_in__are_those_of_an_independent_sum(collected: Place) -> None:
    assert collected.states() == {"A1": "accepted", "A2": "accepted", "B1": "accepted", "C1": "returned"}
    for told in collected.told:
        assert told.totals == told.expected, told.act


@pytest.fixture(scope="module")
def reviewed(collected: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """审核: two reviewers contradict each other, one typed the wrong verdict."""
    place = collected.copied(tmp_path_factory.mktemp("审"))
    parts = [Path(path).name for path in place.run("report", "--split")["parts"]]
    assert parts == ["审核_张三.xlsx", "审核_李四.xlsx"]
    mine, other = (place.collection.reviews / name for name in parts)
    types(place.collection.report, "A1", verdict="退回", opinion="目标太空。", reviewer="赵六")
    types(mine, "A1", verdict="通过")
    types(mine, "A2", verdict="修改后通过", opinion=ASKED)
    types(other, "B1", verdict="退回")
    done = place.run("report", "--split", code=1)
    assert (done["reviews_kept"], done["disputed"]) == (3, ["A1"])
    place.after("两人意见不一", A1=None, B1=None)
    _says(place, "商定", "A1", verdict="通过", opinion=None, reviewer="张三")
    place.after("商定：通过", A1=A1)
    _says(place, "填错改正", "B1", verdict="通过", opinion=None)
    place.after("填错的结论改正", B1=B1_OTHER)
    place.done_and_undone(
        "又退回",
        lambda: _says(place, "", "A2", verdict="退回"),
        lambda: _says(place, "", "A2", verdict="修改后通过"),
        A2=None,
    )
    return place


def _says(place: Place, why: str, code: str, **answers: str | None) -> None:
    types(place.collection.report, code, **answers)
    done = place.run("report", "--split")
    assert (done["reviews_kept"], done["disputed"], done["findings"]) == (1, [], []), why


def test_totals_while_two_review__are_those_of_an_independent_sum(reviewed: Place) -> None:
    assert reviewed.states() == {"A1": "accepted", "A2": "awaiting_change", "B1": "accepted", "C1": "returned"}
    for told in reviewed.told:
        assert told.totals == told.expected, told.act
