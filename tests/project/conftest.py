"""The collections that commands under faults begin with."""

import pytest

from tests.project.commands import Ready, ready_in
from workbook_builder.centre.package_out import Packed


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory, packed: Packed) -> Ready:
    """To be copied by whoever runs a command."""
    return ready_in(tmp_path_factory.mktemp("faults"), packed.path)
