"""The centre changes its mind: files taken back and put back, one preferred; and what `history` tells of it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.centre_of_parts import Centre, centre_at, declared
from tests.helpers import FEBRUARY, JANUARY, calls_of, is_chinese_sentence, stamped
from tests.recorded import FORM, YEAR, Office, history, office_in, recorded_sum, sent_out_in
from workbook_builder.centre import deciding
from workbook_builder.centre.deciding import Decided, each, prefer, put_back, take_back
from workbook_builder.centre.deciding import history as history_of
from workbook_builder.cli.app import main
from workbook_builder.errors import UsageError
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

MARCH = "2022-03-10T08:00:00Z"
SUMS = ("annual_funds", "total_funds", "annual_appropriation")


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sent_out_in(tmp_path_factory.mktemp("sent out"))


@pytest.fixture
def office(sent_out: Path, tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path, sent_out) as made:
        yield made


def sums(ledger: Ledger) -> dict[str, Decimal]:
    return {key: recorded_sum(ledger, key) for key in SUMS}


def takes_back(office: Office, word: str) -> Decided:
    return take_back(office.collection, office.ledger, word, "王五", "发错了")


def puts_back(office: Office, word: str) -> Decided:
    return put_back(office.collection, office.ledger, word, "王五")


def prefers(office: Office, word: str) -> Decided:
    return prefer(office.collection, office.ledger, word, "赵六")


def three(office: Office) -> None:
    """Three files, each newer than the one before."""
    for phone, moment in (("1", JANUARY), ("2", FEBRUARY), ("3", MARCH)):
        amount = f"{phone}00000.00"
        office.imports(office.file(phone, moment, annual_appropriation=amount))


def test_file_taken_back__lets_the_one_before_stand_again_and_undo_restores_it_to_the_fen(office: Office) -> None:
    three(office)
    before = sums(office.ledger)
    decided = takes_back(office, "002.xlsx")
    assert (office.counting[0], decided.counts) == ("2", "001.xlsx")
    assert "现以“001.xlsx”为准" in decided.sentence
    assert is_chinese_sentence(decided.sentence)
    assert sums(office.ledger) != before
    takes_back(office, "001.xlsx")
    assert office.counting[0] == "1"
    last = takes_back(office, "000.xlsx")
    assert (office.ledger.current(FORM, YEAR), last.counts) == ([], None)
    assert "按未交处理" in last.sentence
    assert office.entry(office.ledger.files()[0].received_at.date()).state == "missing"
    for word, phone in (("000.xlsx", "1"), ("001.xlsx", "2"), ("002.xlsx", "3")):
        assert puts_back(office, word).counts == word
        assert office.counting[0] == phone
    assert sums(office.ledger) == before


def test_file_that_does_not_count__is_taken_back_without_any_change(office: Office) -> None:
    three(office)
    before = sums(office.ledger)
    assert "本来就没有计入" in takes_back(office, "000.xlsx").sentence
    assert sums(office.ledger) == before
    takes_back(office, "002.xlsx")
    takes_back(office, "001.xlsx")
    assert office.ledger.current(FORM, YEAR) == []  # 000.xlsx does not stand up again by itself


def test_put_back_after_something_newer_came__does_not_take_its_place(office: Office) -> None:
    office.imports(office.file("1", JANUARY))
    takes_back(office, "000.xlsx")
    office.imports(office.file("2", FEBRUARY))
    decided = puts_back(office, "000.xlsx")
    assert (office.counting[0], decided.counts) == ("2", "001.xlsx")
    assert "仍以“001.xlsx”为准" in decided.sentence


def test_older_one_preferred__counts_until_something_newer_comes_and_stands_again_when_that_is_taken_back(
    office: Office,
) -> None:
    three(office)
    decided = prefers(office, "000.xlsx")
    assert (office.counting[0], decided.counts) == ("1", "000.xlsx")
    assert "此前计入的“002.xlsx”不再计入" in decided.sentence
    office.imports(office.file("4", "2022-03-11T08:00:00Z"))
    assert office.counting[0] == "4"
    takes_back(office, "003.xlsx")
    assert office.counting[0] == "1"
    prefers(office, "002.xlsx")
    assert office.counting[0] == "3"


def test_undecided__is_settled_by_the_file_or_by_the_project(office: Office) -> None:
    office.imports(office.file("1", JANUARY), office.file("2", JANUARY))
    assert len(office.ledger.undecided()) == 1
    assert "已确认" in prefers(office, "P1").sentence
    assert (office.counting[0], office.ledger.undecided()) == ("1", [])
    prefers(office, "001.xlsx")
    assert (office.counting[0], office.ledger.undecided()) == ("2", [])


def test_one_of_two_undecided_taken_back__leaves_the_other(office: Office) -> None:
    office.imports(office.file("0", JANUARY))
    office.imports(office.file("1", FEBRUARY), office.file("2", FEBRUARY))
    takes_back(office, "001.xlsx")
    assert (office.counting[0], office.ledger.undecided()) == ("2", [])


def test_file_that_only_repeats_answers__stands_for_the_file_that_it_repeats(office: Office) -> None:
    office.imports(office.file("0", JANUARY))
    office.imports(office.file("1", FEBRUARY))
    office.imports(stamped(office.file("1", FEBRUARY), MARCH))
    assert history(office.ledger, "P1")[-1].same_as is not None
    assert takes_back(office, "002.xlsx").file == "001.xlsx"
    assert office.counting[0] == "0"


def test_file_taken_back_imported_again__counts_only_where_it_is_named_itself(office: Office) -> None:
    office.imports(office.file("1", JANUARY))
    takes_back(office, "000.xlsx")
    path = office.collection.folder / "收回" / "000.xlsx"
    (item,) = office.imports_paths(path.parent)
    assert (item.outcome, item.note, office.ledger.current(FORM, YEAR)) == ("duplicate", "", [])
    (item,) = office.imports_paths(path)
    assert (item.outcome, office.counting[0]) == ("duplicate", "1")
    assert "重新计入" in item.note


def test_unreadable_file__is_dismissed_by_the_centre_or_by_a_readable_one_of_its_name(office: Office) -> None:
    folder = office.collection.folder / "收回"
    (folder / "甲.xls").write_bytes(b"no workbook")
    (folder / "乙.xlsx").write_bytes(b"no workbook either")
    office.imports_paths(folder)
    assert set(status_of(office.collection, office.ledger).unread) == {"甲.xls", "乙.xlsx"}
    (folder / "甲.xlsx").write_bytes(office.file("1", JANUARY))
    office.imports_paths(folder)
    assert status_of(office.collection, office.ledger).unread == ("乙.xlsx",)
    assert "不再处理" in takes_back(office, "乙.xlsx").sentence
    assert status_of(office.collection, office.ledger).unread == ()
    puts_back(office, "乙.xlsx")
    assert status_of(office.collection, office.ledger).unread == ("乙.xlsx",)


def test_history__tells_everything_in_order_and_what_counts(office: Office) -> None:
    three(office)
    (current,) = office.ledger.current(FORM, YEAR)
    office.ledger.keep_reviews(FORM, YEAR, [Review("P1", current.sha256, "退回", "目标太空", "钱七")])
    takes_back(office, "002.xlsx")
    prefers(office, "000.xlsx")
    events = history_of(office.collection, office.ledger, "P1")
    told = [(event.kind, event.file, event.who) for event in sorted(events, key=lambda one: one.kind == "received")]
    assert sorted(told) == sorted([
        ("received", "000.xlsx", "张三"), ("received", "001.xlsx", "张三"), ("received", "002.xlsx", "张三"),
        ("review", "002.xlsx", "钱七"), ("take_back", "002.xlsx", "王五"), ("prefer", "000.xlsx", "赵六"),
    ])  # fmt: skip
    assert [event.file for event in events if event.kind == "received" and event.counts] == ["000.xlsx"]
    words = {event.kind: event.words for event in events}
    assert words["take_back"] == "撤回，改以“001.xlsx”为准（发错了）"
    assert words["prefer"] == "指定为准，代替“001.xlsx”"
    assert words["review"] == "审核：退回；目标太空"


@pytest.mark.parametrize("word", ["没有.xlsx", "abcdef0123", ""])
def test_word_that_names_nothing__is_said(office: Office, word: str) -> None:
    office.imports(office.file("1", JANUARY))
    for decide in (takes_back, puts_back, prefers):
        with pytest.raises(UsageError, match="台账中没有"):
            decide(office, word)
    with pytest.raises(UsageError, match="没有项目"):
        history_of(office.collection, office.ledger, word)


def test_second_time_and_undoing_nothing__are_said(office: Office) -> None:
    office.imports(office.file("1", JANUARY))
    with pytest.raises(UsageError, match="没有撤回过"):
        puts_back(office, "000.xlsx")
    takes_back(office, "000.xlsx")
    with pytest.raises(UsageError, match="已经撤回过"):
        takes_back(office, "000.xlsx")


def test_commands__do_the_same_and_say_it(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    three(office)
    folder = str(office.collection.folder)
    digest = history(office.ledger, "P1")[-1].sha256[:10]
    assert main(["take-back", folder, digest, "--reason", "发错了", "--by", "王五"]) == 0
    assert "“002.xlsx”已撤回" in capsys.readouterr().out
    assert main(["take-back", folder, "002.xlsx", "--undo", "--json"]) == 0
    assert '"counts": "002.xlsx"' in capsys.readouterr().out
    assert main(["prefer", folder, "000.xlsx"]) == 0
    assert main(["history", folder, "P1"]) == 0
    out = capsys.readouterr().out
    assert out.count("收到，") == 3
    assert all(word in out for word in ("撤回", "恢复", "指定为准", "王五", "现计入"))
    assert "…" not in out
    assert main(["take-back", folder, "没有.xlsx"]) == 2


@pytest.mark.parametrize("option", [[], ["--undo"]], ids=["take back", "put back"])
def test_files_of_which_one_is_wrong__stay_as_they_are_all_of_them(
    office: Office, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    three(office)
    if option:
        takes_back(office, "001.xlsx")
        takes_back(office, "002.xlsx")
    before = history(office.ledger, "P1")
    for wrong in ("没有.xlsx", "000.xlsx" if option else "001.xlsx"):
        if wrong == "001.xlsx":
            takes_back(office, wrong)
            before = history(office.ledger, "P1")
        assert main(["take-back", str(office.collection.folder), "002.xlsx", wrong, *option]) == 2
        assert "几个文件都没有改动" in capsys.readouterr().err
        assert history(office.ledger, "P1") == before


def test_file_named_twice__is_taken_back_once(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    three(office)
    assert main(["take-back", str(office.collection.folder), "002.xlsx", "002.xlsx"]) == 0
    assert capsys.readouterr().out.count("已撤回") == 1


def test_part_taken_back__takes_the_merged_whole_out_of_the_totals_and_undo_brings_it_back(tmp_path: Path) -> None:
    centre: Centre = centre_at(tmp_path / "任务")
    parts = declared()
    for code, entry in parts.items():
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(entry), JANUARY))
    centre.imports()
    whole = sums(centre.ledger)
    assert whole["annual_appropriation"] == Decimal("1600000.00")
    more = declared(annual_appropriation="700000.00")["P1-2"]
    centre.comes_as("改.xlsx", stamped(centre.issued("P1-2").filled(more), FEBRUARY))
    centre.imports()
    changed = sums(centre.ledger)
    assert changed["annual_appropriation"] == Decimal("1500000.00")
    take_back(centre.collection, centre.ledger, "改.xlsx", "王五")
    assert sums(centre.ledger) == whole
    take_back(centre.collection, centre.ledger, "P1-2.xlsx", "王五")
    assert sums(centre.ledger)["annual_appropriation"] == 0
    put_back(centre.collection, centre.ledger, "P1-2.xlsx", "王五")
    assert sums(centre.ledger) == whole
    put_back(centre.collection, centre.ledger, "改.xlsx", "王五")
    assert sums(centre.ledger) == changed
    centre.ledger.close()


def test_several_files__are_found_in_one_look_at_all_that_came(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    three(office)
    looked = calls_of(monkeypatch, Ledger, "files")
    names = ["002.xlsx", "001.xlsx"]
    done = each(office.collection, office.ledger, names, "王五")
    assert [(one.file, one.counts) for one in done] == [("002.xlsx", "001.xlsx"), ("001.xlsx", "000.xlsx")]
    assert "现以“000.xlsx”为准" in done[1].sentence  # as it stood once the first was taken back
    back = each(office.collection, office.ledger, names, "王五", is_back=True)
    assert [one.counts for one in back] == ["000.xlsx", "001.xlsx"]
    assert len(looked) == 2


def test_parts_taken_back_together__are_merged_again_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    centre: Centre = centre_at(tmp_path / "任务")
    for code, entry in declared().items():
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(entry), JANUARY))
    centre.imports()
    whole = sums(centre.ledger)
    merged = calls_of(monkeypatch, deciding, "import_files")
    names = [f"{code}.xlsx" for code in declared()]
    assert [one.counts for one in each(centre.collection, centre.ledger, names, "王五")] == [None] * len(names)
    assert sums(centre.ledger)["annual_appropriation"] == 0
    assert [one.counts for one in each(centre.collection, centre.ledger, names, "王五", is_back=True)] == names
    assert sums(centre.ledger) == whole
    assert len(merged) == 2
    centre.ledger.close()
