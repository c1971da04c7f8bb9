"""What each of many projects, units or files needs is looked up among them once, and not by each of them anew."""

import datetime
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from tests.helpers import calls_of, collection_of, project, write_roster
from tests.ledger.test_together import arrival
from tests.recorded import FORM, YEAR
from workbook_builder.centre.chase_mail import write_drafts
from workbook_builder.collection import folder as folders
from workbook_builder.collection import generate as generating
from workbook_builder.collection import roster_changes as changing
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.last_round import LAST_ROUND_FILE, Carried, LastRound, last_round_json
from workbook_builder.collection.orders import orders_for
from workbook_builder.collection.records import Issue, ReturnCopy
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake import together
from workbook_builder.intake.manifest import Manifest, Sent, manifest_mistakes
from workbook_builder.intake.together import Together
from workbook_builder.judge import archive
from workbook_builder.judge.identities import not_on_roster
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.standing import Standing
from workbook_builder.ledger.status import status_by, status_of

MANY = 6
PROJECTS = tuple(project(f"P{number}", f"社区培训{number}", unit_code=f"U{number}") for number in range(MANY))
UNITS = tuple(Unit(f"U{number}", f"中心{number}") for number in range(MANY))
ROSTER = Roster(Settings(YEAR, "一上"), UNITS, PROJECTS)
TODAY = datetime.date(YEAR, 2, 1)


class GoneThrough(tuple[Any, ...]):  # noqa: SLOT001 - it counts
    """A tuple that counts how often somebody goes through it."""

    times = 0

    def __iter__(self) -> Iterator[Any]:
        self.times += 1
        return super().__iter__()


@pytest.fixture
def place(tmp_path: Path) -> Collection:
    """A project for each of some units."""
    collection = collection_of(tmp_path / "任务")
    write_roster(collection.roster, ROSTER)
    return collection


def identity(code: str, number: int = 2) -> Identity:
    said = arrival(code, "甲").checked.identity
    assert said
    return said._replace(submission=number)


def test_changes_of_units__ask_for_the_projects_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    called = calls_of(monkeypatch, changing, "_rows")
    after = ROSTER._replace(units=tuple(unit._replace(contact="张三") for unit in UNITS[1:]))
    told = list(changing.roster_changes(ROSTER, after))
    assert [(one.kind, one.concerns) for one in told] == [
        ("unit_withdrawn", ("P0",)),
        *(("unit_changed", (f"P{number}",)) for number in range(1, MANY)),
    ]
    assert len(called) == 4  # each roster for units and for projects


def test_deadlines_of_units__are_looked_up_for_all_projects_at_once(place: Collection) -> None:
    with closing(Ledger.own(place)) as ledger:
        desk = Desk(place)
        standing = Standing(place, desk, ledger)
        units = GoneThrough(unit._replace(deadline=TODAY) if unit is UNITS[1] else unit for unit in UNITS)
        standing.roster = standing.roster._replace(units=units)
        entries = status_by(standing, desk.catalogue, TODAY).entries
    assert [entry.deadline for entry in entries] == [None, TODAY, *[None] * (MANY - 2)]
    assert units.times < MANY


@pytest.mark.slow
def test_workbooks_of_units__are_looked_up_for_all_drafts_at_once(
    place: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    generating.generate(place, packaged_catalogue())
    with closing(Ledger.own(place)) as ledger:
        status = status_of(place, ledger, TODAY)
    called = calls_of(monkeypatch, Collection, "latest_issues")
    drafts = write_drafts(place, status, TODAY)
    assert [len(draft.attachments) for draft in drafts] == [1] * MANY
    assert len(called) == 1


class Sha256s(set[str]):
    """What was sent out; counts how often somebody copies it."""

    copies = 0

    def __sub__(self, other: Any) -> set[str]:
        Sha256s.copies += 1
        return super().__sub__(other)


@pytest.mark.slow
def test_what_is_out__is_compared_with_all_that_went_out_without_a_copy_of_that_for_each(
    place: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    generating.generate(place, packaged_catalogue())
    first, second, *_ = (place.folder / issue.file for issue in place.issues().values())
    second.write_bytes(first.read_bytes())  # what went out for another project is not it
    real = generating._Out.of.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(
        generating._Out,
        "of",
        classmethod(lambda cls, collection: (out := real(cls, collection))._replace(sent=Sha256s(out.sent))),
    )
    done = generating.generate(place, packaged_catalogue())
    assert (done.written, len(done.unchanged)) == ((second,), MANY - 1)
    assert Sha256s.copies == 0


def test_last_round__is_laid_out_by_code_once_for_all_workbooks(
    place: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_roster(place.roster, ROSTER._replace(settings=Settings(YEAR, "二上")))
    carried = tuple(
        Carried(one.unit_code or "", {"project_code": one.project_code}, {}, {"一上审核意见": one.project_code})
        for one in PROJECTS
    )
    (place.archive / LAST_ROUND_FILE).write_bytes(last_round_json(LastRound(YEAR, "二上", "一上", carried)))
    asked: list[LastRound] = []
    real: Callable[[LastRound], dict[str, Carried]] = LastRound.by_code.fget  # type: ignore[attr-defined]

    def by_code(last: LastRound) -> dict[str, Carried]:
        asked.append(last)
        return real(last)

    monkeypatch.setattr(LastRound, "by_code", property(by_code))
    desk = Desk(place)
    orders = list(orders_for(place, desk.roster, desk.template_of(None), desk.catalogue, split=False))
    beside = [[str(words) for key, words in order.values.items() if "beside" in key] for order in orders]
    assert all(one.project_code in "".join(told) for one, told in zip(PROJECTS, beside, strict=True))
    assert len(asked) == 1


def test_return_copies__are_gone_through_once_for_all_files(place: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = GoneThrough(
        ReturnCopy("", f"issue-P{number}", f"P{number}", copy, f"{number}_{copy}.xlsx", "", "")
        for number in range(MANY)
        for copy in (2, 3)
    )
    monkeypatch.setattr(Collection, "return_copies", lambda _: copies)
    sent = calls_of(monkeypatch, Collection, "sent_out")
    desk = Desk(place)
    for one in PROJECTS:
        assert desk.copy_numbers(identity(one.project_code)) == frozenset((2, 3))
        desk.as_sent_out(identity(one.project_code, 3))
        desk.as_sent_out(identity(one.project_code, 4))  # no copy has that number
    assert [file for _, file, _ in sent] == [f"{number}_3.xlsx" for number in range(MANY)]
    assert desk.copy_numbers(identity("P9")) == frozenset()
    assert copies.times == 1


def test_roster__is_found_sound_once_for_all_files(place: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = calls_of(monkeypatch, archive, "has_errors")
    desk = Desk(place)
    for one in PROJECTS:
        assert list(not_on_roster(identity(one.project_code), desk)) == []
        assert [found.value for found in not_on_roster(identity("P9")._replace(unit_code="U9"), desk)] == ["P9", "U9"]
        assert desk.roster is desk.sound_roster
    assert len(looked) == 1


def test_what_packages_brought__is_read_again_only_where_there_is_more(
    place: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = calls_of(monkeypatch, folders, "read_issues")
    issue = Issue("i1", "P1", "U1", "a.xlsx", "", "", "", {})
    assert [place.received_issues() for _ in range(MANY)] == [{}] * MANY
    place.receive([issue], [], [])
    assert [place.received_issues().keys() for _ in range(MANY)] == [{"i1"}] * MANY
    assert len([path for (path,) in read if path.name == folders.RECEIVED_FILE]) == 2


class Code(str):
    """A project's code; counts how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Code.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_codes_of_a_package__are_not_compared_each_with_all() -> None:
    codes = [Code(f"P{number}") for number in range(50)]
    sent = tuple(
        Sent(code, "", "U1", code, "", "accepted", {}, (), 1, None) for code in [*codes, Code("P7"), Code("P7")]
    )
    manifest = Manifest("街道", FORM, YEAR, "一上", "", sent, (), dict.fromkeys(codes, ""), {})
    assert list(manifest_mistakes(manifest, {})) == ["清单中项目“P7”不止一次"]
    assert Code.compared < 4 * len(codes)


def test_what_came_in_one_import__is_read_once_however_often_it_is_asked_for(
    place: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            read.append(len(data))
            return data

    monkeypatch.setattr(together, "opened", lambda path, _most_bytes: Counting(path.read_bytes()))
    digests = [sha256(bytes([number])) for number in range(MANY)]
    first, second = Together(place, []), Together(place, [])
    for digest in digests:
        first.add([digest])
        assert (digest in second, "another" in second) == (True, False)
    assert sum(read) == sum(len(digest) + 1 for digest in digests)
    first.end()
    first.add(["00"])  # a shorter one, anew
    assert "00" in second


def test_submission_that_a_review_is_about__is_found_by_its_bytes_and_not_among_all_projects(place: Collection) -> None:
    asked: list[tuple[str, Sequence[Any]]] = []
    with closing(Ledger.own(place)) as ledger:
        mine = ledger.within(place)
        arrivals = [arrival(f"P{number}", "甲") for number in range(MANY)]
        mine.record_all(arrivals)
        engine = mine._engine
        event.listen(engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        reviews = [Review(f"P{number}", one.sha256, "通过") for number, one in enumerate(arrivals)]
        assert mine.keep_reviews(FORM, YEAR, reviews) == (MANY, 0)
        by_bytes = [(words, given) for words, given in asked if "submission.sha256 = ?" in words]
        assert len(by_bytes) == MANY
        with engine.connect() as connection:
            for words, given in by_bytes:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", tuple(given)).all()
                assert "sha256=?" in plan[0][3], plan
            count = text("SELECT count(*) FROM review")
            assert connection.scalar(count) == MANY
        reading = len(asked)
        assert mine.keep_reviews(FORM, YEAR, []) == (0, 0)
        assert not [
            words for words, _ in asked[reading:] if words.startswith("SELECT")
        ]  # who says nothing asks nothing
