"""With a real scheduler and workers of dask that see no folder of ours: as in one process, whatever dies."""

import datetime
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import pytest
from distributed import Client

from tests.dask_cluster import LONG, scheduler_with
from tests.helpers import UNIT, files_under, issued, project, single, stamped, write_roster
from tests.judge.deadly import judged_or_dead
from tests.recorded import FORM, YEAR
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.cluster import ClusterExecutor, cluster
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.executors import IsolatedPool
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.batch import Bench, Job
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

pytestmark = pytest.mark.slow
FILES = 24
NO_MOMENT = datetime.datetime(2022, 1, 1, tzinfo=datetime.UTC)
Ledgered = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with scheduler_with(tmp_path_factory.mktemp("dask")) as address:
        yield address


@pytest.fixture
def workers(address: str) -> Iterator[ClusterExecutor]:
    with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(2, LONG)  # a test before may have killed one
    with cluster(address) as executor:
        assert executor.workers == 2
        yield executor


@pytest.fixture
def came_back(tmp_path: Path) -> Collection:
    """Of one project, every third file with a mistake, each saved later than the one before."""
    one = issued(tmp_path / "任务", project())
    for number in range(FILES):
        wrong = {} if number % 3 else {"total_fiscal": "1.00"}
        data = stamped(one.filled(single(filler=f"填表人{number}", **wrong)), f"2022-02-01T08:{number:02}:00Z")
        (one.collection.folder / "收回" / f"{number:02}.xlsx").write_bytes(data)
    return one.collection


def copied(collection: Collection, name: str) -> Collection:
    """In a folder of the same name, for outputs name it."""
    folder = collection.folder.parent / name / collection.folder.name
    shutil.copytree(collection.folder, folder)
    return Collection(folder)


def ledgered(collection: Collection) -> Ledgered:
    """All that the ledger has of each file, but when it came."""
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        submissions = ledger.submissions(FORM, YEAR)
        undated = [one._replace(received_at=NO_MOMENT) for one in submissions]
        return list(zip(undated, ledger.documents(one.id for one in submissions), strict=True))


def test_worker_killed_in_the_middle_of_an_import__leaves_the_ledger_of_one_undisturbed_process(
    came_back: Collection, workers: ClusterExecutor
) -> None:
    alone, shared = copied(came_back, "一"), copied(came_back, "多")
    with closing(Ledger(sqlite_url(alone.ledger))) as ledger, pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbook_builder.judge.batch.FEW", FILES)
        expected = import_files(alone, [alone.folder / "收回"], ledger).to_json()
    victims = list(workers._client.run(os.getpid).values())

    def kill_one(done: int, _total: int) -> None:
        if done == FILES // 4 and victims:
            os.kill(victims.pop(), signal.SIGKILL)

    with closing(Ledger(sqlite_url(shared.ledger))) as ledger:
        done = import_files(shared, [shared.folder / "收回"], ledger, kill_one, executor=workers).to_json()
    assert len(victims) == 1
    assert done == expected
    assert ledgered(shared) == ledgered(alone)
    assert files_under(shared.folder / "档案" / "原件") == files_under(alone.folder / "档案" / "原件")


def test_file_at_which_workers_die__is_a_finding_and_the_others_are_judged(
    came_back: Collection, workers: ClusterExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, data = Desk(came_back), (came_back.folder / "收回" / "01.xlsx").read_bytes()
    monkeypatch.setattr("workbook_builder.judge.batch._checked", judged_or_dead)
    jobs = [Job(name, data) for name in ("好.xlsx", "致命.xlsx", "也好.xlsx")]
    with Bench(desk, workers) as bench:
        good, deadly, other = [one for _, one in bench.judged((None, job) for job in jobs) if one]
    assert (good, other) == (check(data, "好.xlsx", desk), check(data, "也好.xlsx", desk))
    assert [finding.rule for finding in deadly.findings] == ["file.too_costly"]
    assert "意外中止" in deadly.findings[0].message


@pytest.fixture(params=["children", "cluster"])
def executor(request: pytest.FixtureRequest) -> Iterator[IsolatedPool | ClusterExecutor]:
    if request.param == "cluster":
        yield request.getfixturevalue("workers")
        return
    with IsolatedPool(2) as pool:
        yield pool


def sent_out(folder: Path, executor: IsolatedPool | ClusterExecutor | None) -> Collection:
    """As it would be sent out with the same random numbers."""
    collection = issued(folder / "任务", project()).collection
    projects = tuple(project(f"P{number}", f"项目{number}") for number in range(30))
    write_roster(collection.roster, Roster(Settings(2022, "一上"), (UNIT,), projects))
    with pytest.MonkeyPatch.context() as patch:
        numbers = count()
        patch.setattr("workbook_builder.collection.issuing.secrets.token_hex", lambda _size: f"{next(numbers):012x}")
        patch.setattr("workbook_builder.ooxml.password.secrets.token_bytes", bytes)
        patch.setattr(Collection, "password", "ABCDEFGHJKLM")
        generate(collection, packaged_catalogue(), everything=True, executor=executor)
    return collection


def test_sent_out_with_others__records_and_workbooks_are_the_very_same(
    tmp_path: Path, executor: IsolatedPool | ClusterExecutor
) -> None:
    alone, shared = sent_out(tmp_path / "一", None), sent_out(tmp_path / "多", executor)
    assert list(shared.issues().values())[1:] == list(alone.issues().values())[1:]
    files = files_under(alone.outgoing)
    assert len(files) == 31
    assert files_under(shared.outgoing) == files
    assert files_under(shared.archive).keys() == files_under(alone.archive).keys()


def test_return_copies_made_with_others__are_those_of_one_process(
    came_back: Collection, executor: IsolatedPool | ClusterExecutor
) -> None:
    with closing(Ledger(sqlite_url(came_back.ledger))) as ledger:
        import_files(came_back, [came_back.folder / "收回" / "00.xlsx"], ledger)
    alone, shared = copied(came_back, "一"), copied(came_back, "多")
    for collection, own in ((alone, None), (shared, executor)):
        with closing(Ledger(sqlite_url(collection.ledger))) as ledger, pytest.MonkeyPatch.context() as patch:
            patch.setattr("workbook_builder.ooxml.password.secrets.token_bytes", bytes)
            (copy,) = return_copies(collection, ledger, executor=own)
            assert copy.outcome == "written"
    assert files_under(shared.returned) == files_under(alone.returned)
    assert shared.return_copies() == alone.return_copies()
    assert files_under(shared.archive).keys() == files_under(alone.archive).keys()


def test_scheduler_that_is_gone__leaves_the_rest_to_children_of_our_own(came_back: Collection, tmp_path: Path) -> None:
    desk, data = Desk(came_back), (came_back.folder / "收回" / "01.xlsx").read_bytes()
    sources = [Job(f"{number}.xlsx", data) for number in range(4)]
    with ExitStack() as until_then:
        with scheduler_with(tmp_path) as address:
            executor = until_then.enter_context(cluster(address))
        with Bench(desk, executor) as bench:
            results = [one for _, one in bench.judged((None, job) for job in sources)]
    assert results == [check(data, job.name, desk) for job in sources]
