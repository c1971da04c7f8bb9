"""A second package of one sender: what it holds counts, what it leaves out does not any more, and is said by name."""

import datetime
import itertools
import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers import is_chinese_sentence
from tests.passing_on import Level, bureau, new_street
from workbook_builder.centre.package_out import pack
from workbook_builder.cli.app import main
from workbook_builder.collection.records import Receipt, dropped_codes
from workbook_builder.collection.roster import Roster, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow


@pytest.fixture
def below(tmp_path: Path) -> Iterator[Level]:
    place = new_street(tmp_path / "街道")
    with closing(place.ledger):
        yield place


@pytest.fixture
def above(tmp_path: Path) -> Iterator[Level]:
    place = bureau(tmp_path / "部门")
    with closing(place.ledger):
        yield place


def without(place: Level, code: str) -> None:
    """A project taken off the sender's roster."""
    roster = Desk(place.collection).roster
    kept = Roster(
        roster.settings, roster.units, tuple(p for p in roster.projects if p.project_code != code), roster.levels
    )
    offered = offered_by(Desk(place.collection).form, packaged_catalogue())
    place.collection.roster.write_bytes(new_roster(2022, offered, kept))


def test_smaller_second_package__takes_what_it_leaves_out_from_every_sum(
    below: Level, above: Level, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = below.packs(tmp_path / "一.zip")
    above.imports(first.path)
    codes = [sent.project_code for sent in first.manifest.sent]
    gone = first.manifest.sent[-1]
    without(below, gone.project_code)
    second = pack(below.collection, below.ledger, tmp_path / "二.zip")
    assert [sent.project_code for sent in second.manifest.sent] == codes[:-1]
    assert main(["import", str(above.collection.folder), str(second.path)]) == 0
    said = capsys.readouterr().out.replace("\n", "")
    assert f"较早的报送包中有、较新的没有：{gone.project_code}。名册中有的仍计入，没有的不再计入" in said
    (withdrawn,) = status_of(above.collection, above.ledger).withdrawn
    assert (withdrawn.project_code, withdrawn.annual_funds) == (gone.project_code, gone.amounts["annual_funds"])
    assert "上次的报送包中有、这次没有" in withdrawn.sentence
    assert is_chinese_sentence(withdrawn.sentence)
    onward = pack(above.collection, above.ledger, tmp_path / "上.zip")
    assert onward.manifest.totals == second.manifest.totals
    assert gone.project_code in {entry.project_code for entry in onward.left_out}


@pytest.fixture(autouse=True)
def _a_minute_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each package is packed a minute after the one before."""
    minutes = itertools.count()
    start = datetime.datetime(2022, 3, 1, 8)
    monkeypatch.setattr(
        "workbook_builder.centre.package_out.now", lambda: start + datetime.timedelta(minutes=next(minutes))
    )


def test_same_package_again_and_the_older_one_late__change_nothing(below: Level, above: Level, tmp_path: Path) -> None:
    gone = below.packs(tmp_path / "一.zip").manifest.sent[-1].project_code
    without(below, gone)
    pack(below.collection, below.ledger, tmp_path / "二.zip")
    for name in ("二.zip", "一.zip", "二.zip", "一.zip"):
        above.imports(tmp_path / name)
        counted = {row.project_code for row in above.ledger.current("sh-performance-target", 2022)}
        withdrawn = {one.project_code for one in status_of(above.collection, above.ledger).withdrawn}
        assert withdrawn == counted & {gone}
    assert len(above.collection.receipts()) == 2


def receipt(sender: str, packed_at: str, *codes: str) -> Receipt:
    return Receipt(sender, "f", 2022, "一上", packed_at, f"{sender}{packed_at}", codes)


@pytest.mark.parametrize(
    ("receipts", "dropped"),
    [
        ([receipt("街道", "1", "P1", "P2")], ()),
        ([receipt("街道", "1", "P1", "P2"), receipt("街道", "2", "P1")], ("P2",)),
        ([receipt("街道", "2", "P1"), receipt("街道", "1", "P1", "P2")], ("P2",)),  # the older one came later
        ([receipt("街道", "1", "P1"), receipt("街道", "2", "P1", "P2")], ()),
        ([receipt("街道", "1", "P1", "P2"), receipt("街道", "2", "P1"), receipt("街道", "3", "P1", "P2")], ()),
        ([receipt("街道", "1", "P1", "P2"), receipt("街道", "2", "Q1")], ()),  # two senders of one name
        ([receipt("街道", "1", "P1", "P2"), receipt("镇", "2", "P1")], ()),
        ([receipt("街道", "1", "P1", "P2")._replace(round="二上"), receipt("街道", "2", "P1")], ()),
    ],
)
def test_dropped__is_what_the_newest_package_of_its_sender_does_not_hold(
    receipts: list[Receipt], dropped: tuple[str, ...]
) -> None:
    assert dropped_codes(receipts) == set(dropped)


def test_receipts__are_in_the_archive_and_in_the_document(below: Level, above: Level, tmp_path: Path) -> None:
    packed = below.packs(tmp_path / "一.zip")
    done = above.imports(packed.path)
    document = json.loads(json.dumps(done.to_json()))
    assert document["packages"][0]["dropped"] == []
    (kept,) = above.collection.receipts()
    assert kept.project_codes == tuple(sent.project_code for sent in packed.manifest.sent)
    assert sum((sent.amounts["annual_funds"] for sent in packed.manifest.sent), Decimal(0)) > 0
