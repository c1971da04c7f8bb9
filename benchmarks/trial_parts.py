"""What the trial needs beside recording: a ledger made larger by the database itself, and a folder of many files."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Table, text

from workbook_builder.ledger import tables

COPIED = (
    tables.project, tables.submission, tables.declaration, tables.money_line, tables.indicator, tables.narrative, tables.finding,
)  # fmt: skip


Tops = Mapping[Table, int]


def highest_ids(connection: Connection) -> Tops:
    """Of each table that is copied."""
    return {table: _highest(connection, table) for table in COPIED}


def copy_up_to(connection: Connection, tops: Tops, copies: int) -> None:
    """All rows up to these ids and what refers to them, so often, each time as another collection's."""
    if copies <= 0:
        return
    first = max(_highest(connection, table) // tops[table] + 1 for table in COPIED if tops[table])
    for table in COPIED:
        if tops[table]:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            values = ", ".join(_copied(table, column.name, tops) for column in table.columns)
            connection.execute(
                text(
                    f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} AS a "  # noqa: S608 - our own names
                    f"CROSS JOIN generate_series({first}, {first + copies - 1}) AS k WHERE a.id <= {tops[table]}"
                )
            )
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            connection.execute(text(f"SELECT setval({sequence}, {_highest(connection, table)})"))


def _copied(table: Table, name: str, tops: Tops) -> str:
    """Ids move by the number of the copy, and what refers to them likewise."""
    column = table.c[name]
    referred = next((key.column.table for key in column.foreign_keys), table if name == "id" else None)
    if referred is not None:
        return f'a."{name}" + k * {tops[referred]}'
    return f"a.{name} || '-' || k" if name == "collection_id" else f'a."{name}"'


def _highest(connection: Connection, table: Table) -> int:
    return int(connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {table.name}")) or 0)  # noqa: S608 - our own name


class Folder(NamedTuple):
    """What a folder of many files takes, in seconds."""

    files: int
    writing_first: float  # a file of the first tenth
    writing_last: float  # of the last
    finding: float  # a file by its name
    listing: float  # all of them


def filled_folder(folder: Path, count: int) -> Folder:
    """Empty files, named as the archive names what came in."""
    folder.mkdir()
    names = [f"{hashlib.sha256(str(number).encode()).hexdigest()}.xlsx" for number in range(count)]
    tenth = max(1, count // 10)
    first = _seconds_each(lambda name: (folder / name).write_bytes(b""), names[:tenth])
    _seconds_each(lambda name: (folder / name).write_bytes(b""), names[tenth:-tenth])
    last = _seconds_each(lambda name: (folder / name).write_bytes(b""), names[-tenth:])
    finding = _seconds_each(lambda name: (folder / name).is_file(), names[::10])
    start = time.perf_counter()
    found = sum(1 for _ in os.scandir(folder))
    return Folder(found, first, last, finding, time.perf_counter() - start)


def _seconds_each(work: Callable[[str], object], names: Sequence[str]) -> float:
    start = time.perf_counter()
    for name in names:
        work(name)
    return (time.perf_counter() - start) / max(1, len(names))
