"""Weights in LibreOffice: the workbook computes what the centre computes, and is no laxer."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.helpers import Issued, issued, project, single, weighted_template
from tests.office.programs import Job, Result, Value
from tests.office.unit import BANNER, PASSED, code_cells, keystrokes
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Opened

# What is typed into the weights of the first, the second (unused) and the 25th row.
WEIGHTS: Sequence[tuple[Value, Value, Value]] = (
    (60, None, 40), (33.33, None, 66.67), (60, None, 30), (60, 10, 30), (100, None, None), (100, None, 0), (110, None, -10),
    ("'60", None, 40), ("六十", None, 40), (" ", None, 100), (60.001, None, 39.999), ("60%", None, "40%"), (60, " ", 40),
    ("=50+10", None, 40), (None, None, None), (0.1, None, 99.9), (1e13, None, 40),
)  # fmt: skip


def test_weights_of_every_kind__are_judged_alike_and_never_laxer(
    office: Callable[[Sequence[Job]], list[Result]], tmp_path: Path
) -> None:
    work: Issued = issued(tmp_path / "任务", project(), template=weighted_template())
    right = keystrokes(work, single(indicators=single()["indicators"][:2]))
    codes = [f"{place.sheet}!{place.address}" for place in code_cells(work) if place.sheet == "申报表"]
    paths = [tmp_path / f"{number}.xlsx" for number in range(len(WEIGHTS))]
    jobs: list[Job] = [
        {
            "book": work.path,
            "set": {
                **right,
                **{f"申报表!{a}": v for a, v in zip(("H15", "H16", "H34"), typed, strict=True) if v is not None},
            },
            "save": [path],
            "read": [BANNER, *codes],
        }
        for typed, path in zip(WEIGHTS, paths, strict=True)
    ]
    passed = []
    for typed, path, result in zip(WEIGHTS, paths, office(jobs), strict=True):
        came = work.desk.open(path.read_bytes(), path.name)
        assert isinstance(came, Opened)
        raw = {key: cell.value for key, cell in came.located.cells.items()}
        came.blank.calculator.calculate(came.blank.cell_values(came.identity, raw))
        places = [place for place in code_cells(work) if place.sheet == "申报表"]
        computed = [came.blank.calculator.value(place) or "" for place in places]
        assert [result["values"][address] or "" for address in codes] == computed, typed
        if str(result["values"][BANNER]).startswith(PASSED):
            passed.append(typed)
            assert check(path.read_bytes(), path.name, work.desk).status == "accepted", typed
    assert passed == [(60, None, 40), (33.33, None, 66.67), (0.1, None, 99.9)]
