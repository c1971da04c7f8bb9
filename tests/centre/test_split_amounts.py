"""Amounts of sub-projects that units filled in apart: by the unit that filled in each, and counted the same way."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.centre.returning import Centre as Whole
from tests.centre.returning import centre_of, issued_in
from tests.centre_of_parts import OTHER_UNIT, ROOT, Centre, centre_at, coded, declared
from tests.helpers import UNIT, collection_of, family, write_roster
from tests.office.programs import Job, Result
from tests.office.unit import cached_formulas, calculated_formulas
from workbook_builder.centre.chase import texts
from workbook_builder.centre.report.write import write_report
from workbook_builder.cli.app import main
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """P1 went out in parts: its own form and P1-1 to its unit, P1-2 to another."""
    place = centre_at(tmp_path / "任务")
    with closing(place.ledger):
        yield place


def yuan(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def sheet(centre: Centre | Whole, title: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(centre.collection.report, data_only=True)
    return list(book[title].iter_rows(values_only=True))


def funds(centre: Centre | Whole) -> list[dict[str, Any]]:
    rows = sheet(centre, "资金汇总")
    (head,) = [number for number, row in enumerate(rows) if row[0] == "层级"]
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


ANNUAL = "年度资金申请总额（元）"


@pytest.fixture
def reported(centre: Centre) -> Centre:
    for code, entry in declared(annual_appropriation="250000.07", total_fiscal="1000000.07").items():
        centre.comes(code, entry)
    centre.imports()
    write_report(centre.collection, centre.ledger)
    return centre


def test_amount_of_a_sub_project__is_its_own_units_on_every_sheet(reported: Centre) -> None:
    lines = funds(reported)
    carried_over = Decimal("400000.00")
    typed = {"P1-1": Decimal("800000.00") + carried_over, "P1-2": Decimal("250000.07") + carried_over}
    assert {line["项目编码"]: yuan(line[ANNUAL]) for line in lines if line["层级"] == "子项目"} == typed
    units = {"P1-1": UNIT.unit_name, "P1-2": OTHER_UNIT.unit_name}
    assert {line["项目编码"]: line["单位"] for line in lines if line["层级"] == "子项目"} == units
    by_unit: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line["金额计入的单位"]:
            by_unit[line["金额计入的单位"]] += yuan(line[ANNUAL])
    assert by_unit == {UNIT.unit_name: typed["P1-1"], OTHER_UNIT.unit_name: typed["P1-2"]}
    assert sum(by_unit.values()) == yuan(lines[0][ANNUAL])
    overview = {row[0]: row[1:4] for row in sheet(reported, "概览") if row[0]}
    assert overview["填报单位"][:2] == ("项目、子项目", "年度资金申请总额（元）")
    for unit, amount in by_unit.items():
        assert (overview[unit][0], yuan(overview[unit][1])) == (1, amount)
    assert overview["收表情况"][0] == "份数"


def test_family_that_one_unit_filled_in__is_that_units_project(tmp_path: Path) -> None:
    place = centre_of(collection_of(tmp_path / "任务", ROOT))
    write_roster(place.collection.roster, Roster(Settings(2022, "一上"), (UNIT, OTHER_UNIT), (ROOT,)))
    with closing(place.ledger):
        generate(place.collection, packaged_catalogue())
        place.imports("表.xlsx", issued_in(place).filled(coded(family(2), ROOT)))
        write_report(place.collection, place.ledger)
        overview = {row[0]: row[1:4] for row in sheet(place, "概览") if row[0]}
        assert overview["单位"][0] == overview["收表情况"][0] == "项目数"
        assert overview[UNIT.unit_name][0] == 1
        assert not any(line["金额计入的单位"] for line in funds(place) if line["层级"] != "项目")


def test_libreoffice__agrees_on_the_sums_by_unit(
    reported: Centre, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    (result,) = office([{"book": reported.collection.report, "formulas": True}])
    assert calculated_formulas(result) == cached_formulas(reported.collection.report.read_bytes())


def test_sentences__say_parts_where_parts_are_counted(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    entries = declared()
    centre.comes("P1-1", entries["P1-1"])
    assert main(["import", str(centre.collection.folder)]) == 0
    assert "还缺 2 份申报（按各部分分别计，其中分开填报的 2 份）" in capsys.readouterr().out
    assert main(["status", str(centre.collection.folder)]) == 0
    assert "应报 3 份申报（按各部分分别计，其中分开填报的 3 份），未交 2" in capsys.readouterr().out
    reminders = [text for _, text in texts(status_of(centre.collection, centre.ledger))]
    assert [("1 份申报未交" in text, "个项目" in text) for text in reminders] == [(True, False), (True, False)]
