"""--scheduler where there is no cluster to work with: a Chinese sentence says what to do, and nothing is begun."""

import importlib.metadata
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.dask_cluster import scheduler_with
from tests.helpers import Issued, is_chinese_sentence
from workbook_builder import cluster
from workbook_builder.cli.app import main

COMMANDS = ("generate", "check", "import", "return")


def said(form: Issued, command: str, address: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([command, str(form.collection.folder), "--scheduler", address]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.fixture
def form(alone: Issued) -> Iterator[Issued]:
    """With something that came back."""
    came = alone.collection.folder / "收回" / "甲.xlsx"
    came.write_bytes(alone.path.read_bytes())
    yield alone
    came.unlink()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_dask__it_is_said_what_to_install(
    form: Issued, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = said(form, command, "tcp://127.0.0.1:8786", capsys)
    assert 'pip install "workbook-builder[cluster]"' in words
    assert is_chinese_sentence(words.strip())


def test_nobody_at_the_address__is_said_after_a_few_seconds(
    form: Issued, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:  # it takes calls and never answers
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert f"连不上调度器“{address}”" in said(form, "check", address, capsys)
    assert "连不上调度器" in said(form, "check", "tcp://127.0.0.1:1", capsys)
    assert "连不上调度器" in said(form, "check", "甲乙丙", capsys)


@pytest.mark.slow
def test_scheduler_without_workers__is_said(form: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with scheduler_with(tmp_path, workers=0) as address:
        assert f"dask worker {address}" in said(form, "check", address, capsys)


@pytest.mark.slow
def test_workers_of_another_version__are_named_and_not_used(
    form: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = importlib.metadata.version
    with scheduler_with(tmp_path) as address, monkeypatch.context() as patch:
        patch.setattr("workbook_builder.cluster.version", lambda name: "0.0.9" if name == "formualizer" else ours(name))
        words = said(form, "check", address, capsys)
    assert "的版本与本机不同" in words
    assert "formualizer 0.0.9" in words
