"""PostgreSQL for what is measured on it: a server of its own that keeps what it is told, as one in use does."""

import contextlib
from collections.abc import Iterator
from itertools import count

from sqlalchemy import create_engine, text

from tests.office.postgres import server

MAINTENANCE = "postgres"  # the database that every server has


class Databases:
    """A running server that gives empty databases."""

    def __init__(self, url: str):
        """url: of its maintenance database."""
        self._url, self._number = url, count()

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> "Iterator[Databases]":
        """Ends the server behind it."""
        with server() as url:
            yield cls(url)

    def new(self) -> str:
        """The URL of one more database."""
        name = f"ledger_{next(self._number)}"
        engine = create_engine(self._url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url.removesuffix(MAINTENANCE) + name
