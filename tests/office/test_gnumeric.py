"""A workbook that went through gnumeric is read as if it had not."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers import Issued, rules
from tests.office.programs import APT_LINE
from workbook_builder.cli.demo import Demo
from workbook_builder.judge.check import check


@pytest.mark.office
def test_filled_example_saved_by_gnumeric__is_checked_as_before(shown: Demo, example: Issued, tmp_path: Path) -> None:
    if not shutil.which("ssconvert"):
        pytest.skip(f"needs gnumeric: {APT_LINE}")
    copy = tmp_path / "另存.xlsx"
    subprocess.run(["ssconvert", shown.filled, copy], check=True, capture_output=True)
    again = check(copy.read_bytes(), copy.name, example.desk)
    assert again.declaration == shown.checked.declaration
    assert again.status == "accepted"
    assert [rule for rule in rules(again) if not rule.startswith("structure.")] == rules(shown.checked)
