"""Parts of a project that were accepted and the roster has overtaken: told part by part, and where they join again."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.centre_of_parts import CODES, ROOT, Centre, centre_at, declared
from workbook_builder.centre.deciding import history
from workbook_builder.centre.overtaken import accepted
from workbook_builder.collection.generate import generate
from workbook_builder.collection.invalidating import Invalidated
from workbook_builder.form.rules import packaged_catalogue

pytestmark = pytest.mark.slow


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = centre_at(tmp_path / "任务")
    made.imports(*(made.comes(code, entry) for code, entry in declared().items()))
    yield made
    made.ledger.close()


def overtaken(centre: Centre, *, split: bool) -> Sequence[Invalidated]:
    counted = accepted(centre.collection, centre.ledger)
    assert [one.project_code for one in counted] == list(CODES)
    typed = [declared()[code]["sub_projects"][0] for code in CODES[1:]]
    money = [sum(Decimal(sub[f"annual_{line}"]) for line in ("appropriation", "carryover", "other")) for sub in typed]
    assert [one.annual_funds for one in counted] == [None, *money]
    return generate(centre.collection, packaged_catalogue(), split=split, counted=counted).invalidated


def test_ceiling_of_a_sub_project__overtakes_its_part_and_that_of_no_other(centre: Centre) -> None:
    first, second = ROOT.sub_projects
    centre.roster(ROOT._replace(sub_projects=(first, second._replace(budget_ceiling=Decimal("900000.00")))))
    (one,) = overtaken(centre, split=True)
    assert (one.project_code, one.unit_code, one.changed) == (
        "P1-2",
        "U2",
        ("第 1 个子项目的预算控制数由空改为“900000.00”",),
    )
    told = [event.words for event in history(centre.collection, centre.ledger, "P1")]
    assert "子项目“社区环境”（P1-2）的预算控制数由空改为 900000.00 元。" in told  # its root's history, too


def test_sent_out_whole_after_parts__overtakes_the_parts(centre: Centre) -> None:
    found = overtaken(centre, split=False)
    assert [(one.project_code, one.changed) for one in found] == [(code, ("改回整份填报",)) for code in CODES]
    assert centre.collection.latest_issues()["P1"].part == "whole"
