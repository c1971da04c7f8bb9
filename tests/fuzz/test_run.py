"""The fuzzer itself: its targets take what they are given, and a defect that is there is found and named by its input."""

import re
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import run
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", TARGETS)
def test_target__takes_its_seeds_and_what_becomes_of_them(name: str, tmp_path: Path) -> None:
    target, random = TARGETS[name](tmp_path), Random(0)
    altered = {target.altered(random.choice(target.seeds), random) for _ in range(20)}
    assert len(altered) > 10
    for data in (b"", *target.seeds, *altered):
        target.run(data)


def test_defect__is_found_fails_the_run_and_is_named_by_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("atheris")
    monkeypatch.setattr(run, "fuzz", partial(run.fuzz, module="tests.fuzz.planted"))
    assert run.main(["planted", "--seconds", "60", "--into", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "ZeroDivisionError" in said
    (found,) = re.findall(rf"found by the input ({re.escape(str(tmp_path))}/found/planted-crash-\w+)", said)
    assert b"NaN" in Path(found).read_bytes()
