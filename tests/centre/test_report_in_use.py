"""汇总.xlsx as a finance officer sees it: charts on the first screen beside the numbers; nothing cut off, on paper either."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import pytest

from tests.centre_of_departments import PARTY, STREET, Centre, centre_of
from tests.looks import SCREEN_ACROSS, SCREEN_DOWN, cut_off, rectangles, widths
from tests.office.programs import Job, Result
from tests.office.test_print import A4_ACROSS, pages_of

pytestmark = pytest.mark.slow

NUMBERS = 4  # columns of 概览 that hold any


@pytest.fixture(scope="module")
def written(centre_folder: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """Its 汇总.xlsx is written."""
    with centre_of(tmp_path_factory.mktemp("written") / "任务", centre_folder) as found:
        found.reports()
        yield found


def test_charts__stand_on_the_first_screen_beside_the_numbers_and_apart_from_each_other(written: Centre) -> None:
    sheet = written.sheet("概览")
    numbers_end = sum(width * 7 + 5 for width in widths(sheet)[:NUMBERS])
    charts = rectangles(sheet)
    assert len(charts) == 3
    for left, top, right, bottom in charts:
        assert numbers_end < left < right <= SCREEN_ACROSS
        assert 0 < top < bottom <= SCREEN_DOWN
    for one, other in combinations(charts, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    assert not any(cell.value for row in sheet.iter_rows(min_col=NUMBERS + 1) for cell in row)


def title_of(chart: Any) -> str:
    return "".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r)


def test_charts__have_titles_and_name_what_they_compare(written: Centre) -> None:
    states, departments, units = written.sheet("概览")._charts
    assert title_of(states) == "收表情况（项目数）"
    assert title_of(departments) == "年度资金申请总额（元），按主管部门"
    assert title_of(units) == "年度资金申请总额（元），按单位"
    named = {point.v for point in departments.series[0].cat.strRef.strCache.pt}
    assert named == {PARTY, STREET}
    longest = max(float(point.v) for point in departments.series[0].val.numRef.numCache.pt)
    assert departments.y_axis.scaling.max > 1.2 * longest or departments.x_axis.scaling.max > 1.2 * longest


def test_no_sheet__cuts_anything_off(written: Centre) -> None:
    report = written.sheet("概览").parent
    assert {sheet.title: cut for sheet in report if (cut := cut_off(sheet))} == {}


def test_report_on_paper__is_a4_across_and_shows_every_number(
    written: Centre, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    path = written.collection.report
    office([{"book": path, "save": [path.with_suffix(".pdf")]}])
    pages = pages_of(path.with_suffix(".pdf"))
    assert {page.size for page in pages} == {A4_ACROSS}
    assert all(f"第{number}页，共{len(pages)}页" in page.text for number, page in enumerate(pages, start=1))
    findings = "".join(page.text for page in pages if "问题清单第" in page.text)
    assert ("填报内容" in findings, "text.required" in findings) == (True, False)  # rule ids are for filtering
    assert "##" not in "".join(page.text for page in pages)
