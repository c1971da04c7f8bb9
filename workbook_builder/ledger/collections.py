"""Whose a row is in a ledger that serves several collections: each has its own projects, files and reviews there."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select, update

from workbook_builder.collection.folder import Collection
from workbook_builder.ledger import tables
from workbook_builder.ledger.database import transaction
from workbook_builder.ledger.queries import all_submissions, in_history
from workbook_builder.ledger.rows import Submission

OWN = ""  # in a ledger of its own a collection needs no name


def claimed(engine: Engine, collection: Collection) -> str:
    """By what the rows of a collection are known, once it has claimed those that were recorded before rows said whose
    they are and whose bytes lie in its archive. Raises UsageError where the database refuses.
    """
    file = engine.url.database or ""
    if engine.dialect.name == "sqlite" and Path(file).resolve() == collection.ledger.resolve():
        return OWN
    collection_id = collection.collection_id
    with transaction(engine) as connection:
        _claim(connection, collection, collection_id)
    return collection_id


def _claim(connection: Connection, collection: Collection, collection_id: str) -> None:
    columns = tables.submission.c
    query = select(columns.id, columns.project_id, columns.sha256, columns.file).where(columns.collection_id == OWN)
    unclaimed = connection.execute(query.order_by(columns.project_id, columns.id).with_for_update()).all()
    known = set(connection.scalars(select(columns.sha256).where(columns.collection_id == collection_id)))
    came_here = (
        row for row in unclaimed if row.sha256 not in known and collection.original(row.sha256, row.file).is_file()
    )
    for project_id, of_project in groupby(came_here, key=lambda row: row.project_id):
        ids = [row.id for row in of_project]
        own = _project(connection, project_id, collection_id)
        moved = update(tables.submission).where(columns.id.in_(ids))
        moved = moved.values(collection_id=collection_id, project_id=own)
        if _has_current(connection, own):  # what was recorded since counts
            moved = moved.values(is_current=False)
        connection.execute(moved)
        for project in (project_id, own):
            _let_one_count(connection, project)


def _project(connection: Connection, project_id: int | None, collection_id: str) -> int | None:
    """The same project of the collection's own."""
    if project_id is None:
        return None
    project = tables.project
    row = connection.execute(select(project).where(project.c.id == project_id)).one()._asdict()
    own = {name: value for name, value in row.items() if name != "id"} | {"collection_id": collection_id}
    known = connection.scalar(select(project.c.id).where(*(project.c[name] == value for name, value in own.items())))
    if known is not None:
        return int(known)
    return int(connection.execute(insert(project).values(own)).inserted_primary_key[0])  # type: ignore[index]


def _has_current(connection: Connection, project_id: int | None) -> bool:
    columns = tables.submission.c
    query = select(columns.id).where(columns.project_id == project_id, columns.is_current)
    return connection.execute(query).first() is not None


def _let_one_count(connection: Connection, project_id: int | None) -> None:
    """Where what counted went to another collection, or came from one, the newest of those that stayed counts."""
    columns = tables.submission.c
    query = all_submissions().where(columns.project_id == project_id, columns.same_as.is_(None))
    standing: Sequence[Submission] = [Submission(*row) for row in connection.execute(query)]
    if not standing or _has_current(connection, project_id):
        return
    newest = max((one for one in standing if not one.is_undecided), key=in_history, default=standing[-1])
    connection.execute(update(tables.submission).where(columns.id == newest.id).values(is_current=True))
