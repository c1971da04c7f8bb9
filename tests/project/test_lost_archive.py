"""Somebody has removed a part of 档案: it is said, nothing that is there is harmed, and what can be is put back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import Issued, collection_of, files_under, is_chinese_sentence, project, single
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow

ASKING = ["status", "import", "report", "return", "chase", "package", "publish", "merge", "roster", "history"]
SENDING = ["generate", *ASKING[:-1]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection to which what it sent out has come back; to be copied."""
    collection = collection_of(tmp_path_factory.mktemp("made") / "任务", project())
    (path,) = generate(collection, packaged_catalogue()).written
    data = Issued(collection, path, Desk(collection)).filled(single())
    (collection.folder / "收回" / "P1.xlsx").write_bytes(data)
    assert main(["import", str(collection.folder)]) == 0
    return collection.folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Collection:
    return Collection(shutil.copytree(made, tmp_path / "任务"))


Said = Callable[[], str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """What the last command said on stderr."""
    return lambda: capsys.readouterr().err


@pytest.mark.parametrize("command", [*ASKING, "generate"])
def test_lost_ledger__is_said_by_every_command_and_no_empty_one_takes_its_place(
    place: Collection, said: Said, command: str
) -> None:
    place.ledger.unlink()
    before = files_under(place.folder)
    assert main([command, str(place.folder)]) == 2
    words = said()
    assert "不见了" in words
    assert "--ledger" in words
    assert is_chinese_sentence(words.strip())
    assert files_under(place.folder) == before


def test_ledger_elsewhere__needs_none_in_the_archive(place: Collection, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.move(place.ledger, tmp_path / '别处.db')}"
    assert main(["status", str(place.folder), "--ledger", url]) == 0
    assert not place.ledger.exists()


def test_record_that_was_emptied__is_lost_as_well(place: Collection, said: Said) -> None:
    (place.archive / "下发记录.jsonl").write_bytes(b"")
    assert main(["status", str(place.folder)]) == 2
    assert "下发记录.jsonl”不见了" in said()


@pytest.mark.parametrize("command", SENDING)
def test_lost_record_of_what_was_sent_out__is_said_and_nothing_is_refused_for_it(
    place: Collection, said: Said, command: str
) -> None:
    (place.archive / "下发记录.jsonl").unlink()
    before = files_under(place.outgoing)
    assert main([command, str(place.folder)]) == 2
    words = said()
    assert "下发记录.jsonl”不见了" in words
    assert is_chinese_sentence(words.strip())
    assert files_under(place.outgoing) == before


def test_lost_originals__come_back_with_the_next_import(place: Collection) -> None:
    originals = place.archive / "原件"
    before = files_under(originals)
    shutil.rmtree(originals)
    assert main(["package", str(place.folder)]) == 2
    assert main(["import", str(place.folder)]) == 0
    assert files_under(originals) == before
    assert main(["package", str(place.folder)]) == 0


def test_lost_originals__withdraw_nothing_that_was_published(place: Collection, said: Said) -> None:
    assert main(["publish", str(place.folder), "--draft"]) == 0
    published = files_under(place.folder / "征求意见稿")
    shutil.rmtree(place.archive / "原件")
    said()
    assert main(["publish", str(place.folder), "--draft"]) == 2
    assert "缺少 1 个项目交回的原件：P1" in said()
    assert files_under(place.folder / "征求意见稿") == published


def test_new_collection__is_not_one_that_lost_its_ledger(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "任务", project())
    assert not collection.has_lost_its_ledger()
    Ledger.own(collection).close()
