"""生成下发 after a change of the roster that overtakes what was accepted: listed, asked, and recorded or left."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.two_accepted import Office, accepted_in, first
from workbook_builder.addin import run
from workbook_builder.addin.answers import Ask, Open, Step, Table
from workbook_builder.addin.call import Call

pytestmark = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(accepted_in(tmp_path / "任务"))
    with closing(made.ledger):
        yield made


def click(office: Office, **answers: str) -> list[Step]:
    steps, code = run.run("generate", Call(office.collection.roster, answers=answers))
    assert code == 0
    return list(steps)


def test_generate_after_a_changed_ceiling__lists_what_was_accepted_and_goes_on_only_by_a_yes(office: Office) -> None:
    office.has(first(budget_ceiling=Decimal("5000000.00")))
    issued = len(office.collection.issues())
    table, ask = click(office)
    assert isinstance(table, Table)
    assert isinstance(ask, Ask)
    assert [row[:5] for row in table.rows] == [("P1", "项目P1", "U1", "800000.07", "P1.xlsx")]
    assert "要重新填报 1 份" in ask.prompt
    assert ask.kind == "yes"
    assert len(office.collection.issues()) == issued
    assert any(isinstance(step, Open) for step in click(office, **{ask.name: "yes"}))
    assert len(office.collection.issues()) == issued + 1
    assert [act.kind for act in office.ledger.rosters.acts()] == ["ceiling_changed", "invalidated"]
    assert any(isinstance(step, Open) for step in click(office))  # nothing is new any more
