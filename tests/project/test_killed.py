"""import, generate, return, report, package and rollover killed at any moment: the next run completes what they began.

WORKBOOK_BUILDER_KILLS: how many moments of each command are tried, a few unless it says more.
"""

import os
from pathlib import Path

import pytest

from tests.helpers import files_under
from tests.project.commands import COMMANDS, Command, Ready, wrong_in
from tests.project.faults import Case, copied, moments, outcome_words, run
from workbook_builder.collection.folder import Collection, sha256

pytestmark = pytest.mark.slow


def returned(folder: Path) -> dict[str, object]:
    """The copies, each as recorded, whatever its bytes; what was recorded before it was killed may be recorded once more."""
    copies = Collection(folder).return_copies()
    files = {name: sha256(data) for name, data in files_under(folder).items() if name.startswith("退回/")}
    assert set(files.items()) <= {(copy.file, copy.sha256) for copy in copies}
    return {"files": files.keys(), "records": {copy._replace(sha256="") for copy in copies}}


KILLED = {**COMMANDS, "return": Command(lambda ready: ready.imported, lambda folder: ["return", folder], returned)}
KILLS = int(os.environ.get("WORKBOOK_BUILDER_KILLS", "4"))
SEED = 2022


@pytest.mark.parametrize("name", KILLED)
def test_command_killed_at_any_moment__leaves_nothing_half_and_is_completed_by_the_next(
    name: str, ready: Ready, tmp_path: Path
) -> None:
    command, says = KILLED[name], tmp_path / "说"
    whole = copied(command.before(ready), tmp_path / "整" / "任务")
    first, second = command.minutes
    (undisturbed,) = run([Case(command.words(whole), minute=second)], says)
    assert undisturbed.code == command.code, undisturbed.output
    expected = command.leaves(whole)
    killed_at = moments(KILLS, undisturbed.moments, SEED)
    folders = [copied(command.before(ready), tmp_path / str(at) / "任务") for at in killed_at]
    kills = run([Case(command.words(f), at, minute=first) for f, at in zip(folders, killed_at, strict=True)], says)
    assert {outcome.code for outcome in kills} == {-9}
    assert {at: list(wrong_in(f)) for f, at in zip(folders, killed_at, strict=True)} == {at: [] for at in killed_at}
    runs = run([Case(command.words(f), minute=second) for f in folders], says)
    for folder, at, again in zip(folders, killed_at, runs, strict=True):
        is_there_already = again.code == 2 and "已经存在" in again.output  # it was killed after its last trace
        assert again.code in command.of_rerun or is_there_already, (at, outcome_words(again))
        left = command.leaves(folder)
        assert left.keys() == expected.keys(), at
        assert [key for key in expected if left[key] != expected[key]] == [], at
