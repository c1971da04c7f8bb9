"""The real document published from its own workbook says what was declared, section by section and cell by cell."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import docx
import pytest

from tests.centre.publishing import altered, compared, copied, paragraphs, published, reviewed, tables, without_office
from workbook_builder.centre.publish.publishing import Published, Wish
from workbook_builder.cli.demo import Demo, example_declaration
from workbook_builder.collection.folder import Collection
from workbook_builder.errors import ContentError, UnreadableError

pytestmark = pytest.mark.slow

CODE = "DJ2022-01"
SECTIONS = {
    "overview": "一、项目概述", "legal_basis": "二、立项依据", "implementer": "三、实施主体", "plan": "四、实施方案",
    "period": "五、实施周期", "annual_budget": "六、年度预算安排", "performance_goals": "七、绩效目标",
}  # fmt: skip
TOTALS = {
    "total_funds": ("total_fiscal", "total_other"),
    "annual_funds": ("annual_appropriation", "annual_carryover", "annual_other"),
}
FORM_TITLE = [
    "财政项目支出绩效目标申报表",
    "（2022年度）",
]  # of the parent the original says 填报表, where the official form says 申报表


@pytest.fixture(scope="module")
def seed(shown: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = copied(shown.collection, tmp_path_factory.mktemp("seed") / "任务")
    reviewed(collection, {CODE: "通过"})
    with without_office():
        yield collection


@pytest.fixture(scope="module")
def done(seed: Collection) -> Published:
    return published(seed)


@pytest.fixture(scope="module")
def path(done: Published) -> Path:
    return done.folder / "党群综合服务.docx"


def test_sections__are_those_of_the_original(path: Path) -> None:
    declared = example_declaration()["narrative"]
    expected = ["党群综合服务项目经费情况说明"]
    for key, heading in SECTIONS.items():
        expected += [heading, *declared[key].split("\n")]
    assert paragraphs(path) == expected + FORM_TITLE * 3


def test_forms__are_those_of_the_original_cell_by_cell(path: Path) -> None:
    root = example_declaration()
    heads, bodies = tables(path)[::2], tables(path)[1::2]
    forms = [root, *root["sub_projects"]]
    assert len(heads) == len(bodies) == len(forms)
    for declared, head, body in zip(forms, heads, bodies, strict=True):
        assert head == list(head_of(declared))
        assert body == list(indicators_of(declared))


def head_of(declared: Mapping[str, Any]) -> Iterator[list[str]]:
    """The upper part of the official form. Besides the transcription: amounts as the form's cells show them, 1,411,700.00
    for 1411700; tags that the page had left in a text are gone.
    """
    money = {
        key: f"{Decimal(declared[key]):,.2f}"
        for key in declared
        if key.startswith(("total_", "annual_")) and key != "annual_goal"
    }
    for total, lines in TOTALS.items():  # as the transcription leaves them to the form's formulas
        money.setdefault(total, f"{sum(Decimal(declared[line]) for line in lines):,.2f}")
    yield ["项目名称", declared["project_name"], "项目类别", declared["project_category"]]
    yield ["主管部门", declared["department"], "实施单位", declared["implementing_unit"]]
    yield ["计划开始\n日期", declared["start_date"] or "", "计划完成日期", declared["end_date"] or ""]
    yield ["项目资金\n(元)", "项目资金总额", money["total_funds"], "年度资金申请总额", money["annual_funds"]]
    yield ["其中：财政资金", money["total_fiscal"], "其中：当年财政拨款", money["annual_appropriation"]]
    yield ["上年结转资金", money["annual_carryover"]]
    yield ["其他资金", money["total_other"], "其他资金", money["annual_other"]]
    yield ["项目\n绩效\n目标", "项目总目标 (2022年-2022年)", "年度总目标"]
    goal = re.sub(r"</p>\s*", "\n", declared["annual_goal"]).replace("<p>", "").strip()
    yield [declared["overall_goal"] or "", goal]


def indicators_of(declared: Mapping[str, Any]) -> Iterator[list[str]]:
    """The lower part: used rows alone. Besides the transcription: ≥ for >=; 绩效指标 stands beside the first row, for the
    head above it is repeated on each page.
    """
    yield ["", "一级指标", "二级指标", "三级指标", "年度指标值"]
    rows, before = declared["indicators"], None
    for _, some in groupby(rows, key=lambda one: one["level1"]):
        for level2, group in groupby(list(some), key=lambda one: one["level2"]):
            for number, one in enumerate(group):
                comparator = {">=": "≥", "定性": ""}.get(one["comparator"] or "", one["comparator"] or "")
                value = f"{comparator}{one['target']}{one['unit'] or ''}"
                levels = ["绩效\n指标"] * (before is None) + [one["level1"]] * (one["level1"] != before)
                yield [*levels, *[level2] * (number == 0), one["name"], value]
                before = one["level1"]


def test_what_would_embarrass__is_told_with_its_place_and_strict_stops_at_it(seed: Collection, done: Published) -> None:
    told = [(concern.sheet, concern.cell) for concern in done.concerns]
    assert told == [
        ("情况说明", "B7"), ("情况说明", "B8"), ("情况说明", "B9"), ("申报表", "D11"),
        ("01 “两新”党建", "D4"), ("02 社区党建", "D4"),
    ]  # fmt: skip
    folder = seed.folder.parent / "停下"
    stopped = published(seed, Wish(output=folder, is_strict=True))
    assert (stopped.is_stopped, stopped.exit_code, stopped.written, folder.exists()) == (True, 1, (), False)


def test_document_as_written__agrees_with_the_ledger(seed: Collection, done: Published, path: Path) -> None:
    for one in (path, done.folder / "公开汇编.docx"):
        check = compared(seed, one)
        assert (check.compared.projects, check.compared.differences, check.exit_code) == (("党群综合服务",), (), 0)


class Tampered(NamedTuple):
    """What is exchanged in a document, and what is told of it."""

    before: str
    after: str
    kind: str
    key: str | None
    words: str


@pytest.mark.parametrize(
    "one",
    [
        Tampered(
            "286,700.00",
            "286,700.01",
            "amount",
            "total_funds",
            "“两新”党建”的表（项目资金总额）：按台账应为“286,700.00”，",
        ),
        Tampered("≥6次", "≥8次", "indicator", "indicators.comparator", "（基层党组织培训次数）：按台账应为“≥6次”，"),
        Tampered("“七一”系列活动次数", "“七一”活动次数", "indicator", "indicators.name", "“七一”活动次数"),
        Tampered("社区党群服务中心负责实施", "社区服务中心负责实施", "section", None, "三、实施主体"),
        Tampered(">社区党建</w:t>", ">社区建设</w:t>", "name", "project_name", "项目名称"),
        Tampered("2、制定各项目方案；", "", "section", None, "文件中没有"),
        Tampered("七、绩效目标", "七、绩效目标（内部资料）", "section", None, "内部资料"),
    ],
    ids=lambda one: one.before,
)
def test_document_tampered_with__is_told_what_and_where(
    seed: Collection, path: Path, tmp_path: Path, one: Tampered
) -> None:
    check = compared(seed, altered(path, tmp_path / "改.docx", one.before, one.after))
    (difference,) = check.compared.differences
    assert (difference.kind, difference.key, check.exit_code) == (one.kind, one.key, 1)
    assert one.words in difference.message


def test_every_amount_of_the_volume__one_fen_off_is_found(seed: Collection, done: Published, tmp_path: Path) -> None:
    volume = done.folder / "公开汇编.docx"
    with zipfile.ZipFile(volume) as archive:
        amounts = sorted(set(re.findall(r">([0-9,]+\.[0-9]{2})<", archive.read("word/document.xml").decode())))
    assert len(amounts) == 4
    for amount in amounts:
        off = f"{Decimal(amount.replace(',', '')) + Decimal('0.01'):,.2f}"
        check = compared(seed, altered(volume, tmp_path / "改.docx", f">{amount}<", f">{off}<"))
        assert [(one.kind, one.expected, one.found) for one in check.compared.differences] == [("amount", amount, off)]


def test_other_document__is_told_to_hold_no_project(seed: Collection, tmp_path: Path) -> None:
    other = tmp_path / "别的.docx"
    document = docx.Document()
    document.add_paragraph("关于召开会议的通知")
    document.save(str(other))
    check = compared(seed, other)
    assert (check.compared.projects, check.exit_code) == ((), 1)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04cut", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_file_that_is_no_word_document__is_refused_in_words(seed: Collection, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "坏.docx"
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match="不是可以读取的 Word 文档"):
        compared(seed, path)
    own = copied(seed, tmp_path / "任务")
    (own.folder / "公开模板.docx").write_bytes(data)
    with pytest.raises((UnreadableError, ContentError), match="Word"):
        published(own)
