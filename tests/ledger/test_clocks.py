"""Which of two files counts: by what was sent out, then by clocks that can be believed, else by the later import."""

import datetime
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import FEBRUARY, JANUARY, UNIT, is_chinese_sentence, project, saved, single, stamped, write_roster
from tests.loaded import opened
from tests.recorded import FORM, YEAR, Office, history, office_in, sent_out_in
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.ledger.reviews import Review

pytestmark = pytest.mark.slow

FAST, SLOW, BEFORE = "2031-05-06T08:00:00Z", "2009-05-06T08:00:00Z", "2022-01-03T08:00:00Z"
MARCH = "2022-03-10T08:00:00Z"


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sent_out_in(tmp_path_factory.mktemp("sent out"))


@pytest.fixture
def office(sent_out: Path, tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path, sent_out) as made:
        yield made


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (FAST, FEBRUARY),  # a first file of the future must not bury every correction
        (JANUARY, SLOW),  # a correction of a slow clock is no older one
        (JANUARY, BEFORE),  # saved before it was sent out
        (FAST, SLOW),
        (SLOW, FAST),
        (FAST, FAST),
    ],
)
def test_clock_that_cannot_be_right__lets_the_later_import_count_and_says_so(
    office: Office, first: str, second: str
) -> None:
    office.imports(office.file("1", first))
    (item,) = office.imports(office.file("2", second))
    assert (item.outcome, office.counting) == ("current", ("2", "accepted"))
    assert is_chinese_sentence(item.note)
    for moment in (first, second):
        shown = datetime.datetime.fromisoformat(moment).astimezone()
        assert f"{shown:%Y-%m-%d %H:%M}" in item.note


@pytest.mark.parametrize("moments", [(JANUARY, FEBRUARY), (FEBRUARY, JANUARY)])
def test_clocks_that_can_be_right__decide_whatever_came_first(office: Office, moments: tuple[str, str]) -> None:
    for number, moment in enumerate(moments):
        (item,) = office.imports(office.file(str(number), moment))
        assert item.note == ""
    assert office.counting == (str(moments.index(FEBRUARY)), "accepted")


A_SECOND = datetime.datetime(2022, 2, 20, 8, tzinfo=datetime.UTC)


def lies_there(office: Office, phone: str, own: int | None, lying: float) -> Path:
    """A file in 收回/: the second that it names of itself, none where it names none, and the one it was written in."""
    made = office.form.filled(single(phone=phone))
    if own is not None:
        made = stamped(made, (A_SECOND + datetime.timedelta(seconds=own)).isoformat())
    path = office.collection.folder / "收回" / f"{phone}.xlsx"
    path.write_bytes(made)
    os.utime(path, ns=(0, round((A_SECOND.timestamp() + lying) * 10**3) * 10**6))
    return path


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ((None, 0.2), (None, 0.7), "current"),  # one right after the other
        ((None, 0.7), (None, 0.2), "superseded"),
        ((None, 0.998), (None, 0.999), "current"),
        ((None, 0.9), (None, 1.1), "current"),
        ((None, 0.2), (None, 0.2), "undecided"),
        ((0, 0.2), (None, 0.7), "undecided"),  # a file says whole seconds of itself: anywhere within them
        ((None, 0.7), (0, 9.9), "undecided"),
        ((0, 0.2), (0, 0.7), "undecided"),
        ((0, 0.2), (None, 1.1), "current"),
        ((None, 0.9), (1, 9.9), "current"),
        ((None, 1.1), (0, 9.9), "superseded"),
        ((1, 1.1), (None, 0.9), "superseded"),
        ((None, 0), (None, 0.7), "undecided"),  # there are file systems that keep whole seconds, too
        ((None, 0), (None, 2), "current"),
    ],
)
def test_saved_within_a_second_and_imported_one_after_the_other__are_told_apart_as_far_as_clocks_go(
    office: Office, first: tuple[int | None, float], second: tuple[int | None, float], outcome: str
) -> None:
    office.imports_paths(lies_there(office, "1", *first))
    (item,) = office.imports_paths(lies_there(office, "2", *second))
    assert (item.outcome, office.counting[0]) == (outcome, "2" if outcome == "current" else "1")


def test_repeated_in_the_same_second__as_new_as_the_second_is_long(office: Office) -> None:
    office.imports_paths(lies_there(office, "1", None, 0.2))
    path = office.collection.folder / "收回" / "再存.xlsx"
    path.write_bytes(again(lies_there(office, "1", None, 0.2).read_bytes(), A_SECOND.isoformat()))
    assert [item.outcome for item in office.imports_paths(path)] == ["same_answers"]
    (item,) = office.imports_paths(lies_there(office, "2", None, 0.7))
    assert item.outcome == "undecided"


def test_two_of_one_import_without_a_clock_to_believe__are_left_to_the_centre(office: Office) -> None:
    outcomes = [item.outcome for item in office.imports(office.file("1", FAST), office.file("2", SLOW))]
    assert outcomes == ["current", "undecided"]


def with_deadline(office: Office, deadline: datetime.date) -> None:
    write_roster(office.collection.roster, Roster(Settings(2022, "一上", deadline), (UNIT,), (project(),)))


@pytest.mark.parametrize(
    ("moment", "days", "words"),
    [
        (FAST, 1, ""),  # imported before the deadline: whatever its clock says, it is not late
        (FAST, -1, "（是否逾期无法判断）"),
        (SLOW, -1, "（是否逾期无法判断）"),
        (JANUARY, -1, ""),
    ],
)
def test_lateness__is_told_by_a_clock_that_can_be_right_or_not_at_all(
    office: Office, moment: str, days: int, words: str
) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    with_deadline(office, today + datetime.timedelta(days))
    office.imports(office.file("1", moment))
    entry = office.entry(today)
    assert (entry.is_late, entry.state_words) == (False, f"已接收{words}")


def again(data: bytes, moment: str) -> bytes:
    """The same workbook opened in another program and saved, with other bytes."""
    return stamped(saved(opened(data)), moment)


def test_same_answers_saved_anew__are_one_submission_with_its_review_and_arrival(office: Office) -> None:
    with_deadline(office, datetime.date(2022, 1, 31))
    first = office.file("1", JANUARY)
    office.imports(first)
    (before,) = office.ledger.current(FORM, YEAR)
    office.ledger.keep_reviews(FORM, YEAR, [Review("P1", before.sha256, "退回", "目标太空", "王五")])
    for moment in (FEBRUARY, FAST, SLOW):
        (item,) = office.imports(again(first, moment))
        assert (item.outcome, item.changes) == ("same_answers", ())
    assert office.ledger.current(FORM, YEAR) == [before]
    entry = office.entry(datetime.date(2022, 3, 1))
    assert (entry.state, entry.sha256) == ("returned", before.sha256)  # as the reviewer said
    assert [one.same_as for one in history(office.ledger, "P1")] == [None, *[before.id] * 3]
    assert list(office.ledger.histories(FORM, YEAR)) == []
    (item,) = office.imports(office.file("2", MARCH))
    assert (item.outcome, office.counting) == ("current", ("2", "accepted"))


def test_answers_that_are_right_only_now__are_a_new_submission(office: Office) -> None:
    first = office.file("1", JANUARY)
    book = opened(first)
    book["申报表"]["A3"] = "项目全称"
    office.imports(stamped(saved(book), JANUARY))
    assert office.counting == ("1", "returned")
    (item,) = office.imports(again(first, FEBRUARY))
    assert (item.outcome, office.counting) == ("current", ("1", "accepted"))


def test_answers_repeated_later__are_as_new_as_when_they_were_last_saved(office: Office) -> None:
    first = office.file("1", JANUARY)
    office.imports(first)
    office.imports(again(first, MARCH))
    (item,) = office.imports(office.file("2", FEBRUARY))
    assert (item.outcome, office.counting) == ("superseded", ("1", "accepted"))


def test_two_as_new_as_each_other__are_decided_for_the_one_that_is_saved_once_more(office: Office) -> None:
    for chosen in ("1", "2"):
        first, second = (office.file(f"{phone}{chosen}", JANUARY) for phone in ("1", "2"))
        office.imports(stamped(first, JANUARY), stamped(second, JANUARY))
    assert [one.phone for one in office.ledger.undecided()] == ["21", "12", "22"]
    office.imports(again(office.file("11", JANUARY), FEBRUARY))  # what counts already
    assert (office.counting, office.ledger.undecided()) == (("11", "accepted"), [])


MOMENTS = [f"2022-0{month}-{day:02}T08:00:00Z" for month in (1, 2, 3) for day in (10, 20)]


@pytest.fixture(scope="module")
def files(sent_out: Path) -> Sequence[bytes]:
    """Four answers, one of them given twice, one of them with an error; each saved at a moment of its own."""
    office = Office(sent_out)
    made = [office.file(phone, moment) for phone, moment in zip("12341", MOMENTS, strict=False)]
    made[2] = stamped(office.form.filled(single(phone="3", annual_goal=None)), MOMENTS[2])
    office.ledger.close()
    return [*made, again(made[3], MOMENTS[5])]


@given(
    order=st.permutations(range(6)).flatmap(
        lambda order: st.lists(st.sampled_from(order), max_size=4).map(lambda more: [*order, *more])
    ),
    batches=st.integers(1, 4),
)
@settings(max_examples=12, deadline=None)
def test_whatever_order_files_arrive_in_and_however_often__the_ledger_ends_the_same(
    sent_out: Path, files: Sequence[bytes], tmp_path_factory: pytest.TempPathFactory, order: list[int], batches: int
) -> None:
    folder = tmp_path_factory.mktemp("order") / "任务"
    shutil.copytree(sent_out, folder)
    office = Office(folder)
    for start in range(0, len(order), batches):
        office.imports(*(files[number] for number in order[start : start + batches]))
    assert office.counting == ("4", "accepted")  # what was saved last, whoever repeats it
    assert office.ledger.undecided() == []
    office.ledger.close()
