"""An input that is cut and pasted onto another, in the real program: the unit is told at once, and the centre agrees."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import Issued, rules, single
from tests.office.programs import Job, Result
from tests.office.unit import BANNER, PASSED, hint_address, inputs, keystrokes
from workbook_builder.blank.selfcheck import MOVED_CELL_MESSAGE
from workbook_builder.cells import Place, row_and_column
from workbook_builder.judge.check import Checked, check

MOVES: Mapping[str, tuple[str, str]] = {
    "amount onto the amount below": ("annual_appropriation", "annual_carryover"),
    "amount onto the amount above": ("annual_other", "annual_carryover"),
    "amount onto its neighbour": ("total_fiscal", "annual_appropriation"),
    "text onto another": ("narrative.overview", "narrative.annual_budget"),
    "contact onto another": ("filler", "phone"),
    "name of an indicator onto the next row": ("indicators[0].name", "indicators[1].name"),
    "target onto an unused row": ("indicators[0].target", "indicators[5].target"),
    "department onto the unit": ("department", "implementing_unit"),
}


class Moved(NamedTuple):
    """What the workbook then says, and the centre of what was saved."""

    banner: str
    hints: list[str]  # beside both cells
    checked: Checked


@pytest.fixture(scope="module")
def seen(
    office: Callable[[Sequence[Job]], list[Result]], alone: Issued, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Moved]:
    folder: Path = tmp_path_factory.mktemp("moved")
    right, address = keystrokes(alone, single()), {key: entry["address"] for key, entry in inputs(alone).items()}
    right |= {address["narrative.overview"]: "项目概况若干字。"}
    jobs: dict[str, Job] = {
        "nothing": {"book": alone.path, "set": {**right}, "save": [folder / "nothing.xlsx"], "read": [BANNER]}
    }
    for number, (name, keys) in enumerate(MOVES.items()):
        source, target = (address[key] for key in keys)
        hints = [hint_of(alone, cell) for cell in (source, target)]
        jobs[name] = {
            "book": alone.path,
            "set": {**right},
            "cut": {source: target},
            "save": [folder / f"{number}.xlsx"],
            "read": [BANNER, *hints],
        }
    results = zip(jobs.items(), office(list(jobs.values())), strict=True)
    return {
        name: Moved(
            str(result["values"][BANNER]),
            [str(result["values"][hint] or "") for hint in job["read"][1:]],
            check(Path(job["save"][0]).read_bytes(), "交回.xlsx", alone.desk),
        )
        for (name, job), result in results
    }


def hint_of(issued: Issued, address: str) -> str:
    sheet, _, cell = address.rpartition("!")
    return hint_address(issued, Place(sheet, *row_and_column(cell)))


def test_nothing_moved__is_passed(seen: dict[str, Moved]) -> None:
    assert seen["nothing"].banner.startswith(PASSED)
    assert seen["nothing"].checked.status == "accepted"


@pytest.mark.parametrize("name", MOVES)
def test_cell_that_was_cut_and_pasted__is_said_beside_both_and_not_passed(seen: dict[str, Moved], name: str) -> None:
    moved = seen[name]
    assert not moved.banner.startswith(PASSED)
    assert any(hint == f"【错误】{MOVED_CELL_MESSAGE}" for hint in moved.hints), moved.hints


@pytest.mark.parametrize("name", MOVES)
def test_cell_that_was_cut_and_pasted__is_returned_by_the_centre(seen: dict[str, Moved], name: str) -> None:
    assert seen[name].checked.status == "returned"
    if "[" not in MOVES[name][0]:  # a table's cells have no names: what lies on a row is read as the form shows it
        assert "structure.cell_moved" in rules(seen[name].checked)
