"""Opens the ledger's database: SQLite in the archive, or a server by its URL; brings its schema up to date."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from workbook_builder.errors import UsageError, came_of_interrupt
from workbook_builder.ledger.migrations import HEAD

SECONDS_TO_WAIT = 60  # for another import that is writing
SCHEMA_LOCK = 20_220_101  # any number: of all who would make the tables of one server, one does

CLAUSE_BY_COMPLAINT = {  # what databases say, and what we say behind the ledger's name
    "database is locked": "正被另一个程序占用，等了很久仍未放开。请稍后再试",
    "file is not a database": "不是台账文件，或已损坏。请把它移走，或用备份恢复",
    "malformed": "已损坏。请用备份恢复",
    "unable to open database file": "打不开。请检查文件夹是否存在、是否只读、是否有权限",
    "readonly database": "是只读的。请检查权限",
    "database or disk is full": "所在的磁盘已满。请腾出空间后再试",
    "disk I/O error": "读写失败，可能磁盘已满或已断开。请检查磁盘后再试",
    "password authentication failed": "不接受这个用户或密码。请核对台账地址",
    "does not exist": "中没有这个数据库、用户或表。请核对台账地址",
    "could not translate host name": "的主机名找不到。请核对台账地址",
    "failed to resolve host": "的主机名找不到。请核对台账地址",
    "Connection refused": "没有应答。请核对主机和端口，并确认数据库已启动",
}


def open_database(url: str) -> Engine:
    """The engine for a ledger, its tables made or brought up to date.

    Raises UsageError where the URL is wrong, the server cannot be reached or refuses, the file is no ledger or locked,
    or where a newer version of the program made it.
    """
    with _in_chinese(url):
        engine = _engine(_parsed(url))
        try:
            with engine.execution_options(changes_schema=True).begin() as connection:
                _bring_up_to_date(connection)
        except BaseException:
            engine.dispose()
            raise
    return engine


def sqlite_url(path: Path) -> str:
    """The URL of a ledger in a file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


@contextlib.contextmanager
def _in_chinese(url: str) -> Iterator[None]:
    """What a database says, in Chinese. Ctrl-C stays Ctrl-C, which a transaction it came upon may make an error of its own."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if came_of_interrupt(error):
            raise KeyboardInterrupt from error
        if isinstance(error, (DBAPIError, OSError)):
            raise UsageError(_sentence(url, error)) from error
        raise


@contextlib.contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that is kept whole or not at all. Raises UsageError where the database refuses."""
    with _in_chinese(engine.url.render_as_string()), engine.begin() as connection:
        yield connection


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise UsageError(
            f"台账地址“{url}”不对。应写成 sqlite:///文件路径 或 postgresql://用户:密码@主机:端口/数据库。"
        ) from error
    if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": SECONDS_TO_WAIT})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_at_once)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True)
    except ImportError as error:
        raise UsageError('缺少 PostgreSQL 的驱动。请运行 pip install "psycopg[binary]" 后再试。') from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # or the driver, not we, would say when a transaction begins


def _begin_at_once(connection: Connection) -> None:
    """Takes the right to write at the beginning: two that read first and write later would lock each other out.

    SQLite changes a table's constraints by making it anew, which must not look as if rows lost what they refer to; and
    it heeds the word on that outside of transactions only.
    """
    is_changing = connection.get_execution_options().get("changes_schema", False)
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {'OFF' if is_changing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _bring_up_to_date(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SCHEMA_LOCK})
    revision = _revision_of(connection)
    if revision != HEAD:
        from workbook_builder.ledger.upgrade import upgrade  # noqa: PLC0415 - or every command would load alembic

        upgrade(connection, revision)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _sentence(url: str, error: Exception) -> str:
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite"
    where = f"“{parsed.database}”" if is_file else parsed.render_as_string(hide_password=True)
    words = " ".join(str(getattr(error, "orig", None) or error).split())
    for complaint, clause in CLAUSE_BY_COMPLAINT.items():
        if complaint in words:
            return f"台账 {where} {clause}。没有写入任何内容。"
    return f"台账 {where} 出错：{words}。没有写入任何内容。"
