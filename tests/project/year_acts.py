"""What happens in a year of a finance office, chapter by chapter, with every mistake made and taken back.

After each act the place keeps the ledger's totals beside the independent ones; who runs a chapter compares them.
"""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.centre.reviewing import types
from tests.office.unit import PASSED
from tests.project.year import (
    A1,
    A2,
    ADJUSTED,
    APPROVED,
    B1,
    B1_OTHER,
    C1,
    CEILING,
    FIRST,
    NEXT,
    PERSON,
    SECOND,
    Amounts,
    Money,
    Office,
    Place,
    Told,
    Typed,
    Typing,
    confirmed,
    entry,
    money,
    only_money,
    sums,
    typed_in,
    with_deadline,
    with_project,
    without,
)
from tests.rounds import enter_lines
from workbook_builder.collection.roster import Roster

IN_TIME, LATE = "2022-01-10T08:00:00Z", "2022-02-02T08:00:00Z"
LATER, LAST = "2022-02-10T08:00:00Z", "2022-02-20T08:00:00Z"
EXTENDED = datetime.date(2022, 2, 5)
ASKED = "请把培训内容写具体。"
FEN = "70000.08"  # of C1: one fen more than its total
ENTERED = {
    "批复当年财政拨款（元）": "annual_appropriation",
    "批复上年结转资金（元）": "annual_carryover",
    "批复年度其他资金（元）": "annual_other",
}
DOCUMENT = {"批复文号": "沪财〔2022〕1号", "批复日期": datetime.date(2022, 2, 25)}
LINES_OF = {"A1": ("A1",), "A2": ("A2-1", "A2-2"), "B1": ("B1",), "C1": ("C1",)}
MISTYPED: Amounts = {**APPROVED, "A2": (APPROVED["A2"][0], money("900000.07", "0.02", "50000.00"))}


def filled_in(place: Place, office: Office, folder: Path) -> dict[str, Typed]:
    """填报: three of the workbooks are filled in twice, one is somebody else's, one is wrong by a fen."""
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
    return typed_in(office, folder, typings)


def collect(place: Place, files: Mapping[str, Typed]) -> None:
    """收回, 催报: what should not have come is taken back, what came twice is decided."""
    data = {name: typed.data for name, typed in files.items()}
    assert place.comes({"A1.xlsx": data["A1"], "A2.xlsx": data["A2"]}) == {"A1.xlsx": "current", "A2.xlsx": "current"}
    place.after("收回两份", A1=A1, A2=A2)
    drafts = place.run("chase")
    assert {one["unit_code"]: len(one["attachments"]) for one in drafts} == {"U2": 1, "U3": 1}
    _blanks_and_others(place, data)
    _two_versions(place, data)
    _unreadable(place, data)


def _blanks_and_others(place: Place, data: dict[str, bytes]) -> None:
    """A blank one after a filled one; nearly blank; typed into the workbook of somebody else."""
    assert place.comes({"空表.xlsx": place.issued("A1").data}, code=1) == {"空表.xlsx": "refused"}
    place.after("交来空表")
    for name, counted in {"A1 几乎空白": None, "A1 填了别家的": C1}.items():
        assert place.comes({f"{name}.xlsx": data[name]}, code=0 if counted else 1) == {f"{name}.xlsx": "current"}
        place.after(f"交来{name}", A1=counted)
        _takes_back(place, name)


def _takes_back(place: Place, name: str) -> None:
    """And puts back, and takes back for good."""
    words = ("take-back", f"{name}.xlsx", "--by", "王五")
    place.done_and_undone(
        f"撤回{name}", lambda: place.run(*words, "--reason", "发错了"), lambda: place.run(*words, "--undo"), A1=A1
    )
    (done,) = place.run(*words, "--reason", "确是发错了")
    assert done["counts"] == "A1.xlsx"
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


def review(place: Place) -> None:
    """审核: two reviewers contradict each other, one typed the wrong verdict."""
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


def _says(place: Place, why: str, code: str, **answers: str | None) -> None:
    types(place.collection.report, code, **answers)
    done = place.run("report", "--split")
    assert (done["reviews_kept"], done["disputed"], done["outdated"], done["findings"]) == (1, [], [], []), why


def mend(place: Place, office: Office, folder: Path) -> None:
    """退回: the units mend what was asked for in the return copies; all is passed."""
    copies = {one["project_code"]: Path(one["copy"]) for one in place.run("return")}
    assert {code: path.name for code, path in copies.items()} == {
        "A2": "A2_党群服务_退回2.xlsx", "C1": "C1_受理中心运行_退回2.xlsx",
    }  # fmt: skip
    mended = {"A2": {"narrative": {"overview": "全年分四季为党员和居民各开展一次培训。"}}, "C1": entry(C1)}
    typings = {code: Typing(place.issued(code, path), mended[code], LATER) for code, path in copies.items()}
    files = {f"{code} 改正.xlsx": typed.data for code, typed in typed_in(office, folder, typings).items()}
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


def rearrange(place: Place) -> None:
    """The roster changes after all was accepted: withdrawn, renamed, moved, another ceiling; and back again."""
    before = place.roster
    _changes(place, "撤下", without(before, "B1"), "B1", B1=None)
    _changes(place, "改名", with_project(before, "A1", project_name="社区教育"), "A1")
    _changes(place, "换单位", with_project(before, "C1", unit_code="U2"), "C1")
    _changes(place, "改控制数", with_project(before, "A2", budget_ceiling=CEILING), "A2")


def _changes(place: Place, why: str, roster: Roster, code: str, **changed: tuple[Money, ...] | None) -> None:
    """Another roster, by which workbooks go out; and the former one again."""
    place.has(roster)
    place.done_and_undone(
        why,
        lambda: _sends_out_again(place, why, code),
        lambda: (place.run("roster", "--undo", "--by", "王五"), place.run("generate")),
        **changed,
    )


def _sends_out_again(place: Place, why: str, code: str) -> None:
    place.run("roster", "--reason", f"因{why}", "--by", "王五")
    assert [one["project_code"] for one in place.run("generate")["invalidated"]] == [code]


def second_round(place: Place, first: bytes, office: Office, folder: Path) -> None:
    """控制数, 二上: one declares above its ceiling, one sends a file of the first round; a ceiling is mistyped."""
    place.has(with_project(place.roster, "A1", budget_ceiling=CEILING))
    place.run("generate")
    typings = {code: Typing(place.issued(code), PERSON, LATER) for code in ("A2", "B1", "C1")}
    typings["A1 超过"] = Typing(place.issued("A1"), PERSON, LATER)
    typings["A1"] = Typing(place.issued("A1"), only_money(SECOND["A1"]), LAST)
    files = typed_in(office, folder, typings)
    assert [name for name, typed in files.items() if not typed.banner.startswith(PASSED)] == ["A1 超过"]
    of_first = {"一上的.xlsx": first}
    assert place.comes(of_first, code=1) == {"一上的.xlsx": "refused"}
    place.after("交来一上的文件")
    assert place.comes({"A1 超过.xlsx": files["A1 超过"].data}, code=1) == {"A1 超过.xlsx": "current"}
    place.after("超过控制数")
    for code in SECOND:
        assert place.comes({f"{code}.xlsx": files[code].data}) == {f"{code}.xlsx": "current"}
        place.after(f"二上交来{code}", **{code: SECOND[code]})
    assert place.comes(of_first) == {"一上的.xlsx": "duplicate"}
    place.after("又交来一上的文件")
    _changes(place, "填错", with_project(place.roster, "A1", budget_ceiling=CEILING - 1), "A1")


def approve(place: Place) -> None:
    """批复: one amount is typed with a digit too many, one with 万; one approval is taken back and entered again."""
    place.run("report")
    _approves(place, "多打一位", MISTYPED, _entered(MISTYPED), kept=len(APPROVED))
    _approves(place, "写了万", MISTYPED, {"A2-2": {"批复当年财政拨款（元）": "9万"}}, code=1)
    _approves(place, "改正", APPROVED, _entered({"A2": APPROVED["A2"]}), kept=1)
    empty = dict.fromkeys([*ENTERED, *DOCUMENT, "批复财政资金（元）", "批复其他资金（元）"])
    without_b1 = {code: parts for code, parts in APPROVED.items() if code != "B1"}
    _approves(place, "收回", without_b1, {"B1": empty}, kept=1)
    _approves(place, "收回：改回", APPROVED, _entered({"B1": APPROVED["B1"]}), kept=1)


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


def rolled(place: Place, folder: Path, *words: str) -> Place:
    """The next round or year, sent out."""
    done = place.run("rollover", folder, *words)
    assert (done["projects"], done["sub_projects"], done["not_carried"]) == (len(FIRST), 2, [])
    new = Place(Path(done["folder"]), {})
    assert len(new.run("generate")["written"]) == len(FIRST)
    return new


def adjust(place: Place, office: Office, folder: Path) -> None:
    """调整: one unit moves money between its sub-projects, the others sign."""
    typings = {
        code: Typing(place.issued(code), only_money(ADJUSTED[code]) if code == "A2" else PERSON, LATER)
        for code in ADJUSTED
    }
    _comes_in(place, typed_in(office, folder, typings), ADJUSTED)


def go_on(place: Place, office: Office, folder: Path) -> None:
    """延续: the units look at last year's texts and type the new year's money."""
    forms = {code: place.issued(code) for code in NEXT}
    typings = {code: Typing(form, confirmed(form, NEXT[code]), LATER) for code, form in forms.items()}
    _comes_in(place, typed_in(office, folder, typings), NEXT)


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
