"""A year of one office, its units at LibreOffice: every mistake is made and taken back, and the sums are right after each.

布置 → 下发 → 填报 → 催报 → 收回 → 审核 → 退回 → 一上汇总 → 报送 → 控制数 → 二上 → 批复 → 调整 → 延续. Each chapter is a fixture
that goes on from a copy of the one before.
"""

import csv
import datetime
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.centre.reviewing import types
from tests.office.unit import PASSED
from tests.project.year import (
    A1,
    A2,
    ADJUSTED,
    APPROVED,
    B1,
    B1_OTHER,
    BUREAU,
    C1,
    CEILING,
    FIRST,
    NEXT,
    PERSON,
    SECOND,
    Amounts,
    Office,
    Place,
    Told,
    Typed,
    Typing,
    confirmed,
    entry,
    money,
    only_money,
    roster_of,
    run,
    sums,
    typed_in,
    with_deadline,
    with_project,
    without,
)
from tests.rounds import enter_lines

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
    assert (done["reviews_kept"], done["disputed"], done["outdated"], done["findings"]) == (1, [], [], []), why


def test_totals_while_two_review__are_those_of_an_independent_sum(reviewed: Place) -> None:
    assert reviewed.states() == {"A1": "accepted", "A2": "awaiting_change", "B1": "accepted", "C1": "returned"}
    for told in reviewed.told:
        assert told.totals == told.expected, told.act


@pytest.fixture(scope="module")
def corrected(reviewed: Place, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """退回: the units mend what was asked for in the return copies; all is passed."""
    folder = tmp_path_factory.mktemp("改")
    place = reviewed.copied(folder)
    copies = {one["project_code"]: Path(one["copy"]) for one in place.run("return")}
    assert {code: path.name for code, path in copies.items()} == {
        "A2": "A2_党群服务_退回2.xlsx", "C1": "C1_受理中心运行_退回2.xlsx",
    }  # fmt: skip
    mended = {"A2": {"narrative": {"overview": "全年分四季为党员和居民各开展一次培训。"}}, "C1": entry(C1)}
    typings = {code: Typing(place.issued(code, path), mended[code], LATER) for code, path in copies.items()}
    files = {f"{code} 改正.xlsx": typed.data for code, typed in typed_in(office, folder / "单位", typings).items()}
    assert set(place.comes(files).values()) == {"current"}
    place.after("改正", C1=C1)
    types(place.collection.report, "A2", verdict="通过", opinion=None)  # drawn before the mended one came
    done = place.run("report")
    assert (done["reviews_kept"], done["outdated"]) == (1, ["A2"])
    for code in copies:
        _says(place, "改正的通过", code, verdict="通过")
    place.done_and_undone(
        "撤回改正的一份",
        lambda: place.run("take-back", "C1 改正.xlsx"),
        lambda: place.run("take-back", "C1 改正.xlsx", "--undo"),
        C1=None,
    )
    return place


@pytest.fixture(scope="module")
def rearranged(corrected: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The roster changes after all was accepted: withdrawn, renamed, moved, another ceiling; and back again."""
    place = corrected.copied(tmp_path_factory.mktemp("名册"))
    before = place.roster
    changes = {
        "撤下": (without(before, "B1"), "B1", {"B1": None}),
        "改名": (with_project(before, "A1", project_name="社区教育"), "A1", {}),
        "换单位": (with_project(before, "C1", unit_code="U2"), "C1", {}),
        "改控制数": (with_project(before, "A2", budget_ceiling=CEILING), "A2", {}),
    }
    for act, (roster, code, changed) in changes.items():
        place.has(roster)
        place.done_and_undone(
            act,
            lambda act=act, code=code: _sends_out_again(place, act, code),
            lambda: (place.run("roster", "--undo", "--by", "王五"), place.run("generate")),
            **changed,
        )
    return place


def _sends_out_again(place: Place, why: str, code: str) -> None:
    place.run("roster", "--reason", f"因{why}", "--by", "王五")
    assert [one["project_code"] for one in place.run("generate")["invalidated"]] == [code]


def test_totals_while_all_is_mended_and_the_roster_changes__are_those_of_an_independent_sum(
    corrected: Place, rearranged: Place
) -> None:
    assert set(corrected.states().values()) == set(rearranged.states().values()) == {"accepted"}
    assert rearranged.counts == FIRST
    for told in (*corrected.told, *rearranged.told):
        assert told.totals == told.expected, told.act
    assert len(rearranged.told) == 8


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


@pytest.fixture(scope="module")
def second(corrected: Place, sent_out: Sent, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """控制数, 二上: one declares above its ceiling, one sends the file of the first round; a ceiling is mistyped."""
    folder = tmp_path_factory.mktemp("二")
    done = corrected.run("rollover", folder / "二上", "--round", "二上")
    assert (done["projects"], done["sub_projects"], done["not_carried"]) == (len(FIRST), 2, [])
    place = Place(Path(done["folder"]), {})
    before = place.roster
    place.has(with_project(before, "A1", budget_ceiling=CEILING))
    place.run("generate")
    typings = {code: Typing(place.issued(code), PERSON, LATER) for code in ("A2", "B1", "C1")}
    typings["A1 超过"] = Typing(place.issued("A1"), PERSON, LATER)
    typings["A1"] = Typing(place.issued("A1"), only_money(SECOND["A1"]), LAST)
    files = typed_in(office, folder / "单位", typings)
    assert [name for name, typed in files.items() if not typed.banner.startswith(PASSED)] == ["A1 超过"]
    first = {"一上的.xlsx": sent_out.files["A1"].data}
    assert place.comes(first, code=1) == {"一上的.xlsx": "refused"}
    place.after("交来一上的文件")
    assert place.comes({"A1 超过.xlsx": files["A1 超过"].data}, code=1) == {"A1 超过.xlsx": "current"}
    place.after("超过控制数")
    for code in SECOND:
        assert place.comes({f"{code}.xlsx": files[code].data}) == {f"{code}.xlsx": "current"}
        place.after(f"二上交来{code}", **{code: SECOND[code]})
    assert place.comes(first) == {"一上的.xlsx": "duplicate"}
    place.after("又交来一上的文件")
    place.has(with_project(place.roster, "A1", budget_ceiling=CEILING - 1))
    place.done_and_undone(
        "控制数填错",
        lambda: _sends_out_again(place, "填错", "A1"),
        lambda: (place.run("roster", "--undo"), place.run("generate")),
    )
    return place


ENTERED = {
    "批复当年财政拨款（元）": "annual_appropriation",
    "批复上年结转资金（元）": "annual_carryover",
    "批复年度其他资金（元）": "annual_other",
}
DOCUMENT = {"批复文号": "沪财〔2022〕1号", "批复日期": datetime.date(2022, 2, 25)}
LINES_OF = {"A1": ("A1",), "A2": ("A2-1", "A2-2"), "B1": ("B1",), "C1": ("C1",)}
MISTYPED: Amounts = {**APPROVED, "A2": (APPROVED["A2"][0], money("900000.07", "0.02", "50000.00"))}


@pytest.fixture(scope="module")
def approved(second: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """批复: one amount is typed with a digit too many, one with 万; one approval is taken back and entered again."""
    place = second.copied(tmp_path_factory.mktemp("批"))
    place.run("report")
    _approves(place, "多打一位", MISTYPED, _entered(MISTYPED), kept=len(APPROVED))
    _approves(place, "写了万", MISTYPED, {"A2-2": {"批复当年财政拨款（元）": "9万"}}, code=1)
    _approves(place, "改正", APPROVED, _entered({"A2": APPROVED["A2"]}), kept=1)
    empty = dict.fromkeys([*ENTERED, *DOCUMENT, "批复财政资金（元）", "批复其他资金（元）"])
    without_b1 = {code: parts for code, parts in APPROVED.items() if code != "B1"}
    _approves(place, "收回", without_b1, {"B1": empty}, kept=1)
    _approves(place, "收回：改回", APPROVED, _entered({"B1": APPROVED["B1"]}), kept=1)
    return place


def _entered(amounts: Amounts) -> dict[str, dict[str, Any]]:
    """What is typed into sheet 批复, by line."""
    lines: dict[str, dict[str, Any]] = {code: dict(DOCUMENT) for code in amounts}
    for code, parts in amounts.items():
        for line, part in zip(LINES_OF[code], parts, strict=True):
            lines.setdefault(line, {}).update({header: float(part[key]) for header, key in ENTERED.items()})
    return lines


def _approves(
    place: Place, act: str, amounts: Amounts, lines: Mapping[str, Mapping[str, Any]], *, kept: int = 0, code: int = 0
) -> None:
    """Types these lines and keeps the totals; amounts: what is approved from now on."""
    enter_lines(place.collection, "批复", lines)
    assert place.run("report", code=code)["approvals_kept"] == kept, act
    place.after(act)  # what was declared stays
    place.told.append(Told(f"批复：{act}", place.approved(), sums(amounts)))


class Year(NamedTuple):
    """The rounds after 批复."""

    decided: Place
    adjusted: Place
    following: Place


@pytest.fixture(scope="module")
def year(approved: Place, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Year:
    """批复 goes out, 调整, 延续."""
    folder = tmp_path_factory.mktemp("后")
    decided = _rolled(approved, folder / "批复", "--round", "批复")
    adjusted = _rolled(decided, folder / "调整", "--round", "调整")
    typings = {
        code: Typing(adjusted.issued(code), only_money(ADJUSTED[code]) if code == "A2" else PERSON, LATER)
        for code in ADJUSTED
    }
    _comes_in(adjusted, typed_in(office, folder / "调整单位", typings), ADJUSTED)
    following = _rolled(adjusted, folder / "明年", "--to", "2023")
    typings = {
        code: Typing(following.issued(code), confirmed(following.issued(code), NEXT[code]), LATER) for code in NEXT
    }
    _comes_in(following, typed_in(office, folder / "明年单位", typings), NEXT)
    return Year(decided, adjusted, following)


def _rolled(place: Place, folder: Path, *words: str) -> Place:
    new = Place(Path(place.run("rollover", folder, *words)["folder"]), {})
    assert len(new.run("generate")["written"]) == len(FIRST)
    return new


def _comes_in(place: Place, files: dict[str, Typed], amounts: Amounts) -> None:
    """Each comes, is taken back and put back."""
    for code, typed in files.items():
        assert typed.banner.startswith(PASSED)
        assert place.comes({f"{code}.xlsx": typed.data}) == {f"{code}.xlsx": "current"}
        place.after(f"交来{code}", **{code: amounts[code]})
    place.done_and_undone(
        "撤回A2",
        lambda: place.run("take-back", "A2.xlsx"),
        lambda: place.run("take-back", "A2.xlsx", "--undo"),
        A2=None,
    )


def test_totals_in_later_rounds__are_those_of_an_independent_sum(second: Place, approved: Place, year: Year) -> None:
    assert [place.counts for place in (second, approved, year.adjusted, year.following)] == [
        SECOND, SECOND, ADJUSTED, NEXT,
    ]  # fmt: skip
    for place in (second, approved, *year):
        for told in place.told:
            assert told.totals == told.expected, (place.folder.name, told.act)


def test_approved_workbook_in_libreoffice__shows_what_was_approved_and_is_not_asked_back(
    year: Year, office: Office, tmp_path: Path
) -> None:
    place = year.decided.copied(tmp_path)
    again, amounts = tmp_path / "交回.xlsx", ["申报表!E6", "申报表!E7"]
    (shown,) = office([{"book": place.issued("A2").path, "read": amounts, "save": [again]}])
    expected = sums({"A2": APPROVED["A2"]})
    assert [shown["values"][cell] for cell in amounts] == [
        float(expected[key]) for key in ("annual_funds", "annual_appropriation")
    ]
    assert place.comes({"交回.xlsx": again.read_bytes()}, code=1) == {"交回.xlsx": "refused"}
    assert place.run("status")["unread"] == []
    assert place.run("return") == []


RESTORED = "restored"


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
            "社区培训（A1，U1）已接收的申报（年度资金 431700.18 元）要重新填报：项目名称由“社区培训”改为“社区教育”。"
            "新的工作簿现在下发；单位按它交来之前，仍以原来的计入。",
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
            "received received prefer prefer prefer deadline_changed deadline_changed restored deadline_changed restored "
            "review review project_withdrawn invalidated project_added_again restored",
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
