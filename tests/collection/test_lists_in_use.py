"""下发清单 and 催报清单 of a dozen units with long names, as a finance officer sees them: on a small screen and on paper."""

import datetime
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import collection_of, project, write_roster
from tests.loaded import opened
from tests.looks import HEADER_ROW, SCREEN_ACROSS, cut_off, right_edge, row_tops
from tests.office.programs import Job, Result
from tests.office.test_print import A4_ACROSS, Page, pages_of
from workbook_builder.centre.chase import write_chase_list
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

DEADLINE = datetime.date(2022, 1, 31)
NAMES = (
    "某区某某街道社区党建服务中心（社区党群服务中心）", "某区某某街道社区文化活动中心", "某区某某街道社区事务受理服务中心",
    "某区某某街道城市建设管理事务中心", "某区某某街道城市网格化综合管理中心", "某区某某街道退役军人服务站",
    "某区某某街道社区平安综合治理服务办公室（信访接待室）", "某区教育局", "某区卫生健康委员会疾病预防控制中心",
    "某区绿化和市容管理局绿化管理事务中心", "某区民政局社会救助事务管理中心", "某区住房保障和房屋管理局",
)  # fmt: skip
TOPICS = (
    "党群综合服务", "社区文化活动“百姓大舞台”系列展演与公益培训", "网格化综合管理平台信息系统运行维护与升级改造（二期）",
)  # fmt: skip
UNITS = tuple(
    Unit(f"1060{number:02}", name, "欧阳建国", "021-54651122转8012", f"lianxiren{number:02}@example.gov.cn")
    for number, name in enumerate(NAMES, start=1)
)
READABLE_POINTS = 9


class Lists(NamedTuple):
    """The two lists."""

    issue_list: Path
    chase_list: Path

    def sheet(self, title: str) -> Any:
        path = self.issue_list if title == "下发清单" else self.chase_list
        return opened(path.read_bytes())[title]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    collection = collection_of(tmp_path_factory.mktemp("lists") / "任务")
    projects = tuple(
        project(f"{unit.unit_code}-2022{number:03}", topic, unit_code=unit.unit_code)
        for unit in UNITS
        for number, topic in enumerate(TOPICS, start=1)
    )
    write_roster(collection.roster, Roster(Settings(2022, "一上", DEADLINE, "王五", "021-9"), UNITS, projects))
    issue_list = generate(collection, packaged_catalogue()).issue_list
    ledger = Ledger(sqlite_url(collection.ledger))
    chase_list = write_chase_list(collection, status_of(collection, ledger, DEADLINE))
    ledger.close()
    return Lists(issue_list, chase_list)


@pytest.fixture(scope="module")
def paper(lists: Lists, office: Callable[[Sequence[Job]], list[Result]]) -> dict[str, list[Page]]:
    """The pages by the title of the sheet, which stands in the footer of each."""
    office([{"book": path, "save": [path.with_suffix(".pdf")]} for path in lists])
    pages: dict[str, list[Page]] = {}
    for page in (page for path in lists for page in pages_of(path.with_suffix(".pdf"))):
        found = re.search(r"(\w{4})第\d+页，共\d+页", page.text)
        assert found, page.text
        pages.setdefault(found[1], []).append(page)
    return pages


SHEETS = ["下发清单", "催报清单", "催报文字"]


@pytest.mark.parametrize("title", SHEETS)
def test_list__cuts_nothing_off(lists: Lists, title: str) -> None:
    assert cut_off(lists.sheet(title)) == []


@pytest.mark.parametrize(("title", "header"), [("下发清单", "文件"), ("催报清单", "错误数"), ("催报文字", "催报文字")])
def test_what_a_list_is_for__is_within_the_first_screen(lists: Lists, title: str, header: str) -> None:
    assert right_edge(lists.sheet(title), header) <= SCREEN_ACROSS


@pytest.mark.parametrize(
    ("title", "last"), [("下发清单", "下发日期"), ("催报清单", "错误数"), ("催报文字", "催报文字")]
)
def test_list_on_paper__is_a4_across_with_its_head_on_each_page(
    paper: dict[str, list[Page]], title: str, last: str
) -> None:
    assert len(paper[title]) > 1
    for page in paper[title]:
        assert page.size == A4_ACROSS
        words = [word for word, _, _ in page.words]
        assert ("单位编码" in words, last in words, "SHA-256" in words, "交回的文件" in words) == (
            True,
            True,
            False,
            False,
        )


@pytest.mark.parametrize("title", SHEETS)
def test_list_on_paper__is_printed_large_enough_to_read(lists: Lists, paper: dict[str, list[Page]], title: str) -> None:
    sheet, page = lists.sheet(title), paper[title][0]
    first, second = (sheet.cell(row, 1).value for row in (HEADER_ROW + 1, HEADER_ROW + 2))
    tops = list(row_tops(sheet))
    middles = [(tops[row - 1] + tops[row]) / 2 for row in (HEADER_ROW + 1, HEADER_ROW + 2)]
    heights = sorted((top + bottom) / 2 for word, top, bottom in page.words if word in (first, second))
    scale = (heights[1] - heights[0]) / (middles[1] - middles[0])
    assert sheet.cell(HEADER_ROW + 1, 1).font.size * scale >= READABLE_POINTS
