"""An empty ledger in each database."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from workbook_builder.ledger.database import sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.office)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty ledger's URL in each database."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "台账.db")
        return
    server = request.getfixturevalue("postgres")
    name = f"ledger_{random.getrandbits(48):x}"
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.removesuffix("postgres") + name
    engine.dispose()
