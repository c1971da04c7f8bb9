"""The ledger: one schema in both databases, refusals in Chinese, two imports at once, and a kill at any moment."""

import pickle
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import Executor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.schema import CreateIndex

from tests.centre_of_parts import centre_at, declared
from tests.helpers import Issued, changed, collection_of, is_chinese_sentence, project, single
from tests.ledger.judged_once import JudgedOnce
from tests.recorded import brought_up_to, recorded_sum
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.errors import UsageError
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger import tables
from workbook_builder.ledger.database import open_database, sqlite_url, transaction
from workbook_builder.ledger.migrations import HEAD
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.upgrade import MIGRATIONS

pytestmark = pytest.mark.slow

FIRST_VERSION = (
    "INSERT INTO project (id, form_id, fiscal_year, project_code) VALUES (1, 'f', 2022, 'P1')",
    """INSERT INTO submission (id, project_id, sha256, file, status, is_current, is_undecided, filler, received_at)
    VALUES (1, 1, 'a', 'a.xlsx', 'accepted', true, false, '张三', '2022-01-10 08:00:00')""",
    "INSERT INTO declaration (id, submission_id) VALUES (1, 1)",
    "INSERT INTO money_line (declaration_id, key, amount_yuan) VALUES (1, 'annual_funds', 123)",
)
PROJECTS = 8
KILLS = 50
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def came_back(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection whose 收回/ holds a filled workbook of every project."""
    collection = collection_of(
        tmp_path_factory.mktemp("ledger") / "任务", *(project(f"P{n}", f"项目{n}") for n in range(PROJECTS))
    )
    generate(collection, packaged_catalogue())
    desk = Desk(collection)
    for number, issue in enumerate(collection.issues().values()):
        issued = Issued(collection, collection.folder / issue.file, desk)
        amount = f"{500_000 + number}.{number:02}"
        entry = single(annual_appropriation=amount, total_fiscal="1000000.00")
        (collection.folder / "收回" / f"{issue.project_code}.xlsx").write_bytes(issued.filled(entry))
    return collection


TOTAL = sum((Decimal(f"{500_000 + n}.{n:02}") for n in range(PROJECTS)), Decimal(0))


@pytest.fixture
def collection(came_back: Collection, tmp_path: Path) -> Collection:
    """A copy of its own for each test."""
    shutil.copytree(came_back.folder, tmp_path / "任务")
    return Collection(tmp_path / "任务")


def state(url: str) -> dict[str, Any]:
    """What a ledger holds, apart from the moments at which it came."""
    engine = open_database(url)
    with engine.begin() as connection:
        submissions = connection.execute(
            select(
                tables.submission.c.project_code,
                tables.submission.c.sha256,
                tables.submission.c.status,
                tables.submission.c.is_current,
            ).order_by(tables.submission.c.sha256)
        ).all()
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in (tables.project, tables.declaration, tables.money_line, tables.indicator, tables.finding)
        }
    engine.dispose()
    return {"submissions": [tuple(row) for row in submissions], **counts}


def started(collection: Collection, url: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "workbook_builder.cli", "import", str(collection.folder), "--ledger", url, "--json"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def imported(collection: Collection, url: str, executor: Executor | None = None) -> Ledger:
    ledger = Ledger(url)
    import_files(collection, [collection.folder / "收回"], ledger, executor=executor)
    return ledger


def test_schema_after_all_migrations__is_the_one_that_the_code_knows(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


def everything(url: str) -> dict[str, Any]:
    """Every table of a ledger, the version of its schema among them: columns, constraints, indexes and rows."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        found, known = inspect(connection), MetaData()
        known.reflect(connection)
        held = {
            name: (
                [{**column, "type": str(column["type"])} for column in found.get_columns(name)],
                found.get_pk_constraint(name), found.get_foreign_keys(name), found.get_unique_constraints(name),
                found.get_check_constraints(name),
                sorted(str(CreateIndex(index).compile(engine)) for index in table.indexes),
                sorted(map(tuple, connection.execute(select(table))), key=str),
            )
            for name, table in known.tables.items()
        }  # fmt: skip
    engine.dispose()
    return held


def test_opening_again__changes_nothing(url: str, collection: Collection) -> None:
    imported(collection, url).close()
    before = everything(url)
    assert {"alembic_version", *tables.metadata.tables} == before.keys()
    assert len(before["submission"][-1]) == PROJECTS
    open_database(url).dispose()
    assert everything(url) == before


def test_ledger_of_the_first_version__is_brought_up_to_date_and_keeps_what_it_holds(url: str) -> None:
    """What the first version wrote has no parts: everything in it is whole."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        brought_up_to(connection, "0001")
        for line in FIRST_VERSION:
            connection.execute(text(line))
    ledger = Ledger(url)
    (row,) = ledger.current("f", 2022)
    assert (row.part, row.parts_sha256, row.filler) == ("whole", None, "张三")
    assert recorded_sum(ledger, "annual_funds", "f") == Decimal("1.23" if engine.dialect.name == "sqlite" else "123.00")
    ledger.close()
    with engine.begin() as connection:
        refused = pytest.raises(IntegrityError)
        with refused:
            connection.execute(text(FIRST_VERSION[0].replace("1,", "2,", 1)))
    with engine.begin() as connection:
        part = FIRST_VERSION[0].replace("project_code)", "project_code, part)").replace("'P1')", "'P1', 'parent')")
        connection.execute(text(part.replace("1,", "2,", 1)))
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    engine.dispose()


def test_amounts__are_exact_to_the_fen_in_both_databases(url: str, collection: Collection) -> None:
    ledger = imported(collection, url)
    assert recorded_sum(ledger, "annual_appropriation") == TOTAL
    assert str(TOTAL) == "4000028.28"
    ledger.close()


def test_two_imports_at_once__end_as_one_import_does(url: str, collection: Collection, tmp_path: Path) -> None:
    alone = sqlite_url(tmp_path / "allein.db")
    imported(collection, alone).close()
    both = [started(collection, url) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0], [p.stderr and p.stderr.read() for p in both]
    for process in both:
        assert process.stderr is not None
        process.stderr.close()
    assert state(url) == state(alone)


def test_two_imports_of_parts_at_once__merge_them_once(url: str, tmp_path: Path) -> None:
    centre = centre_at(tmp_path / "任务")
    for code, entry in declared().items():
        centre.comes(code, entry)
    both = [started(centre.collection, url) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0], [p.stderr and p.stderr.read() for p in both]
    for process in both:
        assert process.stderr is not None
        process.stderr.close()
    ledger = Ledger(url)
    assert recorded_sum(ledger, "annual_appropriation") == Decimal("1600000.00")
    assert [row.file for row in ledger.current("sh-performance-target", 2022)] == ["合并_P1_党群服务.xlsx"]
    assert len(state(url)["submissions"]) == 4
    ledger.close()
    centre.ledger.close()


def test_import_killed_at_any_moment__leaves_whole_declarations_and_is_completed_by_the_next(
    collection: Collection, tmp_path: Path
) -> None:
    once, program = JudgedOnce(), [sys.executable, "-m", "tests.ledger.killed_imports"]
    imported(collection, sqlite_url(tmp_path / "first.db"), once).close()
    (tmp_path / "judged").write_bytes(pickle.dumps(once.known))
    subprocess.run([*program, collection.folder, tmp_path, str(KILLS), "2022"], check=True, cwd=ROOT)
    whole, partly = state(sqlite_url(tmp_path / "whole.db")), 0
    for number in range(KILLS):
        url = sqlite_url(tmp_path / f"{number}.db")
        found = state(url)
        count = len(found["submissions"])
        partly += 0 < count < PROJECTS
        assert set(found["submissions"]) <= set(whole["submissions"])
        for table in ("project", "declaration", "money_line", "indicator", "finding"):
            assert found[table] == count * whole[table] / PROJECTS
        ledger = imported(collection, url, once)
        assert recorded_sum(ledger, "annual_appropriation") == TOTAL
        ledger.close()
        assert state(url) == whole
    assert partly > 0


def refused(url: str) -> str:
    with pytest.raises(UsageError) as caught:
        Ledger(url)
    assert is_chinese_sentence(str(caught.value))
    return str(caught.value)


def test_address_that_is_none__is_refused_with_how_to_write_it() -> None:
    assert "sqlite:///" in refused("台账")
    assert "sqlite:///" in refused("oracel://a/b")


def test_file_that_is_no_ledger__is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "照片.db"
    path.write_bytes(b"\x89PNG" * 1000)
    assert "不是台账文件" in refused(sqlite_url(path))
    assert path.read_bytes() == b"\x89PNG" * 1000


def test_folder_that_is_not_there__is_said(tmp_path: Path) -> None:
    assert "打不开" in refused(sqlite_url(tmp_path / "没有" / "台账.db"))


def test_newest_version__is_the_one_that_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_ledger_of_a_newer_program__is_refused_and_left_alone(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "更新版本" in refused(url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_ledger_that_another_program_holds__is_said_after_waiting(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbook_builder.ledger.database.SECONDS_TO_WAIT", 0.2)
    Ledger(sqlite_url(collection.ledger)).close()
    holder = sqlite3.connect(collection.ledger)
    holder.execute("BEGIN EXCLUSIVE")
    assert "正被另一个程序占用" in refused(sqlite_url(collection.ledger))
    holder.close()


@pytest.mark.parametrize("kind", [PendingRollbackError, OSError])
def test_interrupted_transaction__stays_an_interrupt_whatever_the_database_says_of_it(
    url: str, kind: type[Exception]
) -> None:
    def interrupted() -> None:
        with transaction(engine):
            try:
                raise KeyboardInterrupt
            finally:
                raise kind("the transaction is to be rolled back first")

    engine = open_database(url)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    engine.dispose()


def test_server_that_refuses_or_is_not_there__is_said_without_the_password(postgres: str) -> None:
    for wrong, said in (
        (postgres.replace("geheim", "falsch"), "不接受这个用户或密码"),
        (postgres.removesuffix("postgres") + "没有", "没有这个数据库"),
        ("postgresql://centre:geheim@127.0.0.1:1/postgres", "没有应答"),
    ):
        words = refused(wrong)
        assert said in words
        assert "geheim" not in words
        assert "falsch" not in words


def test_full_disk__is_said_and_what_was_recorded_stays(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    open_database(sqlite_url(tmp_path / "empty.db")).dispose()
    room = (tmp_path / "empty.db").stat().st_size + (82 << 10)  # for some of the projects, the journal included
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        url = sqlite_url(disk / "台账.db")
        assert main(["import", str(collection.folder), "--ledger", url]) == 2
        words = capsys.readouterr().err
        assert "磁盘" in words
        count = len(state(url)["submissions"])
        assert 0 < count < PROJECTS
        assert state(url)["declaration"] == count
    finally:
        subprocess.run(["umount", disk], check=True)


def test_text_with_signs_that_a_database_refuses__is_recorded_and_shown(url: str, collection: Collection) -> None:
    """A NUL, which PostgreSQL takes in no text, and half a surrogate pair."""
    desk, issue = Desk(collection), next(iter(collection.issues().values()))
    issued = Issued(collection, collection.folder / issue.file, desk)
    path = collection.folder / "收回" / "怪.xlsx"
    path.write_bytes(changed(issued.filled(single()), {("填表说明", "B9"): "甲_x0000__xD800_乙"}))
    ledger = Ledger(url)
    (item,) = import_files(collection, [path], ledger).items
    assert item.outcome == "current"
    (row,) = ledger.current("sh-performance-target", 2022)
    assert row.filler is not None
    assert (row.filler[0], row.filler[-1], "\0" in row.filler) == ("甲", "乙", False)
    ledger.close()
