"""Parts and what is merged from them in the real programs: valid, cached as calculated, told to be ready when they are."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.centre_of_parts import ROOT, Centre, centre_at, declared
from tests.office.excel_limits import limit_problems
from tests.office.programs import Job, Result, SdkProblem
from tests.office.unit import BANNER, PASSED, cached_formulas, calculated_formulas, inputs
from workbook_builder.ooxml.reader import read_workbook

pytestmark = pytest.mark.slow

Office = Callable[[Sequence[Job]], list[Result]]
DATED = ROOT._replace(start_date=date(2022, 1, 1), end_date=date(2022, 12, 31))
LAST_CELLS = {"P1": "annual_goal", "P1-2": "sub_projects[0].annual_goal"}


class Seen(NamedTuple):
    """Workbooks as bytes, and what LibreOffice makes of them: the last answer typed in the two that lack one."""

    books: dict[str, bytes]
    results: dict[str, Result]


@pytest.fixture(scope="module")
def seen(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("parts")
    centre = centre_at(folder / "任务", DATED)
    books = dict(_books(centre))
    centre.ledger.close()
    jobs: list[Job] = []
    for name, data in books.items():
        path = folder / f"{name}.xlsx"
        path.write_bytes(data)
        jobs.append({"book": path, "read": [BANNER], "formulas": True})
        if name in LAST_CELLS:
            address = inputs(centre.issued(name))[LAST_CELLS[name]]["address"]
            jobs[-1]["set"] = {address: "全年组织培训五次，覆盖全部党支部，服务党员群众。"}
    return Seen(books, dict(zip(books, office(jobs), strict=True)))


def _books(centre: Centre) -> Iterator[tuple[str, bytes]]:
    for code, entry in declared().items():
        yield f"{code} issued", centre.issued(code).data
        centre.comes(code, entry)
        yield f"{code} filled", (centre.incoming / f"{code}.xlsx").read_bytes()
    yield "P1", centre.issued("P1").filled(declared()["P1"] | {"annual_goal": None})
    yield "P1-2", centre.issued("P1-2").filled(declared(annual_goal=None)["P1-2"])
    centre.imports()
    ((path, _),) = centre.merges().written
    yield "merged", path.read_bytes()


KINDS = ("P1 issued", "P1 filled", "P1-2 issued", "P1-2 filled", "merged")


@pytest.mark.parametrize("book", KINDS)
def test_part_and_merged_workbook__are_valid(
    seen: Seen, book: str, sdk_problems: Callable[[Path], list[SdkProblem]], tmp_path: Path
) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(seen.books[book])
    assert (sdk_problems(path), limit_problems(seen.books[book])) == ([], [])


@pytest.mark.parametrize("book", KINDS)
def test_every_formula_cell_of_a_part__is_cached_as_libreoffice_calculates_it(seen: Seen, book: str) -> None:
    cached = cached_formulas(seen.books[book])
    assert sum(len(cells) for cells in cached.values()) > 100
    assert calculated_formulas(seen.results[book]) == cached


@pytest.mark.parametrize("code", LAST_CELLS)
def test_last_answer_of_a_part_typed_in__turns_its_banner_to_ready(seen: Seen, code: str) -> None:
    before = read_workbook(seen.books[code], "").sheets["自检"].cells[2, 1].value
    assert str(before).startswith("尚有 1 项未通过")
    assert str(seen.results[code]["values"][BANNER]).startswith(PASSED)


def test_sub_project_without_dates__takes_those_shown_of_its_parent(seen: Seen) -> None:
    result = seen.results["P1-2 filled"]
    assert result["values"][BANNER] == PASSED
    assert (
        result["formulas"]["02 社区环境"]["I5"] == "计划开始日期按母项目 2022-01-01。计划完成日期按母项目 2022-12-31。"
    )
