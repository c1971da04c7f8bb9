"""What was answered survives the programs that people have, and what was done to a workbook is told, exactly.

A part of what `make survival` does: the alterations that programs treat most differently, in every program.
"""

from pathlib import Path

import pytest

from tests.office.survival import ALTERATIONS, EXPECTED, PROGRAMS, UNTOLD, survivors
from workbook_builder.cli.demo import Demo

PART = ("指标表插入一行", "工作表改名", "粘贴覆盖校验", "公式改为数值")


@pytest.mark.slow
@pytest.mark.office
def test_altered_and_saved_by_every_program__keeps_every_answer_and_has_exactly_its_findings(
    shown: Demo, tmp_path: Path
) -> None:
    found = list(survivors(shown, tmp_path, PART))
    assert len(found) == len(PART) * len(PROGRAMS)
    unexpected = [
        (one.alteration, one.program, one.is_declared, one.more, one.fewer) for one in found if not one.is_as_expected
    ]
    assert unexpected == []


def test_every_alteration__has_its_expected_findings() -> None:
    assert (EXPECTED.keys(), UNTOLD.keys() <= {*PROGRAMS}) == (ALTERATIONS.keys(), True)
