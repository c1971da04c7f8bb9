"""Commands run in this process, and what they print."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from workbook_builder.cli.app import main


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as the one JSON document that it must be."""
        return json.loads(self.out)


class Command:
    """Runs commands and takes what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]):
        self._capsys = capsys

    def __call__(self, *words: str | Path) -> Ran:
        self._capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err or "--debug" in words
        return Ran(code, out, err)
