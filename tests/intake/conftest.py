"""Offices to which workbooks come back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre_of_parts import Centre, centre_at


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """An office that has sent out its one root project in parts."""
    centre = centre_at(tmp_path / "任务")
    yield centre
    centre.ledger.close()
