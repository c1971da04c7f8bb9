"""Offices to which workbooks come back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre_of_parts import Centre, centre_at
from workbook_builder.collection.folder import Collection
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger


@pytest.fixture(scope="session")
def parts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection that has sent out its one root project in parts, and its empty ledger; to be copied."""
    centre = centre_at(tmp_path_factory.mktemp("sent out in parts") / "任务")
    centre.ledger.close()
    return centre.collection.folder


@pytest.fixture
def centre(parts_folder: Path, tmp_path: Path) -> Iterator[Centre]:
    """A copy of its own for each test."""
    collection = Collection(shutil.copytree(parts_folder, tmp_path / "任务"))
    centre = Centre(collection, Ledger(sqlite_url(collection.ledger)))
    yield centre
    centre.ledger.close()
