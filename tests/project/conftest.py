"""The collections that commands under faults begin with, and an end for the commands."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.project.commands import Ready, ready_in
from tests.project.processes import Started, session_of
from workbook_builder.centre.package_out import Packed


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory, packed: Packed) -> Ready:
    """To be copied by whoever runs a command."""
    return ready_in(tmp_path_factory.mktemp("faults"), packed.path)


@pytest.fixture
def ended() -> Iterator[list[Started]]:
    """Whatever a failing test leaves."""
    processes: list[Started] = []
    yield processes
    for process in processes:
        for one in session_of(process):
            os.kill(one, signal.SIGKILL)
        process.communicate()
