"""汇总.xlsx: what stands in it equals what the units typed, in every program; nothing in it is lost or takes effect."""

import csv
import gc
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl.cell import MergedCell

from tests.centre_of_departments import PARTY, STREET, TYPED, Centre, centre_of, typed_money
from tests.helpers import changed, is_chinese_sentence
from tests.office.programs import Job, Result, SdkProblem
from tests.office.unit import cached_formulas, calculated_formulas
from tests.recorded import recorded_sum
from workbook_builder.centre.report import book, goals
from workbook_builder.centre.report.book import Book, Column
from workbook_builder.centre.report.content import report_of
from workbook_builder.cli.app import main
from workbook_builder.errors import UsageError
from workbook_builder.form.model import MONEY_LINES

pytestmark = pytest.mark.slow

SHEETS = [
    "概览",
    "收表进度",
    "资金汇总",
    "绩效目标汇总表",
    "指标明细",
    "问题清单",
    "变更记录",
    "审核",
    "指标审核",
    "批复",
]
LABELS = dict(
    zip(
        MONEY_LINES,
        ("项目资金总额", "财政资金", "其他资金", "年度资金申请总额", "当年财政拨款", "上年结转资金", "年度其他资金"),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def reported(centre_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """One whose 汇总.xlsx is written, for tests that only look at it: 0101 came twice, 0201 does not add up."""
    with centre_of(tmp_path_factory.mktemp("reported") / "任务", centre_folder) as found:
        again = {**TYPED["0101"], "filler": "李四"}
        again["sub_projects"] = [TYPED["0101"]["sub_projects"][0] | {"annual_goal": "新的目标，培训 6 次。"}]
        again["sub_projects"].append(TYPED["0101"]["sub_projects"][1])
        found.comes("再交.xlsx", found.issued("0101").filled(again))
        found.comes("坏.xlsx", b"no workbook")
        found.reports()
        yield found


def all_typed(*codes: str) -> dict[str, Decimal]:
    """The sums of what was typed, by the label of the money line."""
    return {LABELS[key]: sum((typed_money(code)[key] for code in codes), Decimal(0)) for key in MONEY_LINES}


def money_of(line: dict[str, Any]) -> dict[str, Decimal]:
    """The money cells of a row, as the sheet shows them: to the fen."""
    return {
        header.removesuffix("（元）"): Decimal(str(value)).quantize(Decimal("0.01"))
        for header, value in line.items()
        if header.endswith("（元）")
    }


def test_sums__equal_to_the_fen_what_was_typed_and_what_the_ledger_says(reported: Centre) -> None:
    lines = reported.lines("资金汇总")
    total = money_of(lines[0])
    assert total == all_typed(*TYPED)
    assert total == {LABELS[key]: recorded_sum(reported.ledger, key) for key in MONEY_LINES}
    by_department = {line["主管部门"]: money_of(line) for line in lines if line["层级"] == "部门小计"}
    assert by_department == {PARTY: all_typed("0101", "0102"), STREET: all_typed("0201", "0301")}
    subs = [money_of(line) for line in lines if line["层级"] == "子项目"]
    assert {key: subs[0][key] + subs[1][key] for key in subs[0]} == all_typed("0101")
    assert all(value == 0 for line in lines if line["层级"] == "差额" for value in money_of(line).values())


def test_libreoffice__recalculates_every_formula_to_the_value_that_was_written(
    reported: Centre, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    (result,) = office([{"book": reported.collection.report, "formulas": True}])
    written = cached_formulas(reported.collection.report.read_bytes())
    assert calculated_formulas(result) == written
    assert all(len(written[sheet]) > 5 for sheet in ("概览", "资金汇总", "绩效目标汇总表", "审核"))


def test_open_xml_sdk__finds_nothing_wrong(reported: Centre, sdk_problems: Callable[[Path], list[SdkProblem]]) -> None:
    assert sdk_problems(reported.collection.report) == []


def test_every_sheet__has_header_in_sight_filter_and_print_setup(reported: Centre) -> None:
    report = reported.sheet("概览").parent
    assert report.sheetnames == SHEETS
    for title in SHEETS[1:]:
        page = report[title]
        assert (page.freeze_panes or "A4")[-1] == "4", title
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert page.print_title_rows in ("$3:$3", "$1:$3")
        assert bool(page.auto_filter.ref) == (title != "绩效目标汇总表")
    assert len(report["概览"]._charts) == 3


def test_text_that_begins_like_a_formula__stays_a_text(reported: Centre) -> None:
    report = reported.sheet("概览").parent
    cells = [cell for page in report for row in page for cell in row if not isinstance(cell, MergedCell)]
    found = [cell for cell in cells if str(cell.value).startswith("=1+1")]
    assert len({cell.parent.title for cell in found}) >= 5
    assert {cell.data_type for cell in found} == {"s"}


def test_progress__names_what_is_missing_returned_late_and_what_nobody_can_assign(reported: Centre) -> None:
    lines = {line["项目编码"]: line for line in reported.lines("收表进度")}
    states = {code: line["状态"] for code, line in lines.items()}
    assert states == {
        "0101": "已接收", "0102": "已接收", "0201": "已接收", "0301": "应退回修改", "0302": "未交", None: "无法归属",
    }  # fmt: skip
    assert "逾期" in lines["0302"]["备注"]
    assert (lines[None]["文件"], lines["0302"]["文件"], lines["0302"]["邮箱"]) == ("坏.xlsx", None, "u3@example.com")
    page = reported.sheet("收表进度")
    targets = {cell.value: cell.hyperlink.target for row in page for cell in row if cell.hyperlink}
    assert targets["再交.xlsx"] == "收回\\再交.xlsx"
    assert targets["0301 交表#1.xlsx"] == "收回\\0301%20交表%231.xlsx"


def test_findings__lead_to_the_cell_in_the_file(reported: Centre) -> None:
    (missing,) = [line for line in reported.lines("问题清单") if line["规则"] == "text.required"]
    assert (missing["级别"], missing["项目编码"], missing["工作表"]) == ("错误", "0301", "申报表")
    page = reported.sheet("问题清单")
    locations = {cell.hyperlink.location for row in page for cell in row if cell.hyperlink}
    assert f"'申报表'!{missing['单元格']}" in locations


def test_formula_that_was_typed_over__is_named_and_not_spelled_out(centre: Centre) -> None:
    data = centre.issued("0201").filled({**TYPED["0201"], "filler": "赵六"})
    centre.comes("写在公式上.xlsx", changed(data, {("申报表", "J20"): "这里我们不懂"}))
    centre.reports()
    (line,) = [line for line in centre.lines("问题清单") if line["规则"] == "structure.formula_replaced"]
    assert (line["填报内容"], line["应为"]) == ("这里我们不懂", "下发时的公式")


def test_file_that_was_moved_away__is_linked_in_the_archive(centre: Centre) -> None:
    for path in (centre.collection.folder / "收回").iterdir():
        path.unlink()
    centre.reports()
    page = centre.sheet("收表进度")
    targets = [cell.hyperlink.target for row in page for cell in row if cell.hyperlink]
    assert len(targets) == len(TYPED)
    assert all((centre.collection.folder / target.replace("\\", "/")).is_file() for target in targets)


def test_changes__are_named_as_the_form_names_them(reported: Centre) -> None:
    found = [
        (line["子项目"], line["栏目"], line["原内容"], line["现内容"], line["现文件"])
        for line in reported.lines("变更记录")
    ]
    old = TYPED["0101"]["sub_projects"][0]["annual_goal"]
    assert found == [
        (None, "填表人", "张三", "李四", "再交.xlsx"),
        ("“两新”党建", "年度总目标", old, "新的目标，培训 6 次。", "再交.xlsx"),
    ]


def test_indicators__are_all_there_numbers_as_numbers(reported: Centre) -> None:
    lines = reported.lines("指标明细")
    typed = [part for entry in TYPED.values() for part in (entry, *entry.get("sub_projects", ()))]
    assert len(lines) == sum(len(part["indicators"]) for part in typed)
    first, second = lines[0], lines[1]
    assert (first["三级指标"], first["符号"], first["指标值"], first["计量单位"]) == ("培训次数", "≥", 10, "次")
    assert (second["符号"], second["指标值"], second["子项目"]) == ("定性", "明显改善", None)
    assert {line["子项目"] for line in lines} == {None, "“两新”党建", "书记工作室"}


def test_summary_of_goals__holds_what_is_accepted_by_department(reported: Centre) -> None:
    rows = list(reported.sheet("绩效目标汇总表").iter_rows(min_row=2, values_only=True))
    assert "另有 1 个项目" in rows[0][0]
    names = [row[1] for row in rows[2:]]
    assert names == [None, "党群综合服务", "社区培训", "合计（2 个项目）", None, "=1+1文化活动", "合计（1 个项目）"]
    total = all_typed("0101", "0102")
    shown = [Decimal(str(value)).quantize(Decimal("0.01")) for value in rows[5][4:7]]
    assert shown == [total[label] for label in ("项目资金总额", "财政资金", "其他资金")]
    assert rows[3][8:] == ("培训次数≥10次", "党建环境：明显改善", "党员满意度≥90%")


def test_summary_of_goals__is_the_same_however_many_projects_are_read_together(
    reported: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = list(report_of(reported.collection, reported.ledger).goals.rows())
    monkeypatch.setattr(goals, "AT_ONCE", 1)
    assert list(report_of(reported.collection, reported.ledger).goals.rows()) == together
    assert len(together) == 3


def test_sums__hold_equal_amounts_and_words_once(reported: Centre) -> None:
    projects = report_of(reported.collection, reported.ledger).projects
    parts = [part for project in projects for part in (project.root, *project.subs.values())]
    for shared in ([part.department for part in parts], [yuan for part in parts for yuan in part.money.values()]):
        assert len({id(one) for one in shared}) == len(set(shared)) < len(shared)


def test_overview__counts_and_sums(reported: Centre) -> None:
    rows = {row[0]: row[1:] for row in reported.sheet("概览").iter_rows(max_col=4, values_only=True) if row[0]}
    assert [rows[name][0] for name in ("已接收", "应退回修改", "未交", "无法归属的文件")] == [3, 1, 1, 1]
    annual = {name: Decimal(str(rows[name][1])).quantize(Decimal("0.01")) for name in (PARTY, STREET, "事务受理中心")}
    label = "年度资金申请总额"
    assert annual == {
        PARTY: all_typed("0101", "0102")[label],
        STREET: all_typed("0201", "0301")[label],
        "事务受理中心": all_typed("0301")[label],
    }
    accepted = Decimal(str(rows[label][2])).quantize(Decimal("0.01"))
    assert accepted == all_typed("0101", "0102", "0201")[label]


def test_parent_whose_figure_is_not_its_children_s__shows_the_difference(centre: Centre) -> None:
    data = changed(centre.issued("0101").filled(TYPED["0101"] | {"filler": "王五"}), {("申报表", "E7"): 1})
    centre.comes("改过.xlsx", data)
    centre.reports()
    (line,) = [line for line in centre.lines("资金汇总") if line["层级"] == "差额"]
    wrong = {label: value for label, value in money_of(line).items() if value}
    difference = 1 - typed_money("0101")["annual_appropriation"]
    assert wrong == {"当年财政拨款": difference, "年度资金申请总额": difference}
    rows = {row[0]: row[1] for row in centre.sheet("概览").iter_rows(max_col=2, values_only=True)}
    assert rows["母项目与子项目之和不等的金额"] == 2


def test_more_rows_than_a_sheet_holds__go_on_to_the_next(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "ROWS_PER_SHEET", 7)
    centre.reports()
    titles = centre.sheet("概览").parent.sheetnames
    assert [title for title in titles if title.startswith("指标明细")] == ["指标明细", "指标明细2", "指标明细3"]
    assert [len(centre.lines(title)) for title in titles if title.startswith("指标明细")] == [7, 7, 4]


def test_csv__is_the_same_tables_for_machines(centre: Centre, tmp_path: Path) -> None:
    done = centre.reports(tmp_path / "csv")
    assert sorted(path.stem for path in done.csv_files) == sorted(SHEETS[1:])
    for path in done.csv_files:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "csv" / "资金汇总.csv").open(encoding="utf-8-sig", newline="") as stream:
        total = next(csv.DictReader(stream))
    assert {label: total[f"{label}（元）"] for label in LABELS.values()} == {
        label: str(amount) for label, amount in all_typed(*TYPED).items()
    }


def test_empty_ledger__gives_a_report_all_the_same(
    centre_folder: Path, tmp_path: Path, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    with centre_of(tmp_path / "任务", centre_folder) as before:
        before.collection.ledger.unlink()
    with centre_of(tmp_path / "任务") as centre:
        done = centre.reports()
        assert done.projects == 0
        assert {line["状态"] for line in centre.lines("收表进度")} == {"未交"}
        (result,) = office([{"book": centre.collection.report, "formulas": True}])
        values = [value for values in result["formulas"].values() for value in values.values()]
        assert [value for value in values if isinstance(value, str) and value.startswith(("#", "Err"))] == []


def test_command__says_what_it_wrote(centre: Centre, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(centre.collection.folder)
    assert main(["report", folder, "--csv", str(tmp_path / "csv")]) == 0
    assert "汇总.xlsx，共 4 个项目" in capsys.readouterr().out
    assert main(["report", folder, "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["projects"], entry["reviews_kept"], entry["findings"], entry["copy"]) == (4, 0, [], None)


@pytest.mark.parametrize("mark", ["~$汇总.xlsx", ".~lock.汇总.xlsx#", ".~汇总.xlsx"])
def test_report_that_is_open_in_a_program__is_left_alone(centre: Centre, mark: str) -> None:
    centre.reports()
    before = centre.collection.report.read_bytes()
    (centre.collection.folder / mark).write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        centre.reports()
    assert is_chinese_sentence(str(caught.value))
    assert mark in str(caught.value)
    assert centre.collection.report.read_bytes() == before


def test_report_that_may_not_be_replaced__is_left_whole(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.reports()
    before = centre.collection.report.read_bytes()

    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match="关闭正在使用它的程序"):
        centre.reports()
    monkeypatch.undo()
    assert centre.collection.report.read_bytes() == before
    assert [path.name for path in centre.collection.folder.iterdir() if path.name.startswith(".~")] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file that refuses whatever is written")
def test_package_that_a_full_disk_refuses__is_refused_once_and_never_again_when_it_is_forgotten() -> None:
    book = Book(Path("/dev/full"), "汇总")
    book.begin("概览", [Column("项目", "text", 10)], heading="汇总", advice="")
    with pytest.raises(OSError, match="No space left"):
        book.close()
    del book
    gc.collect()  # what is raised here is a warning, and so an error


def test_report_that_somebody_edited_elsewhere__is_kept_before_it_is_written_anew(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    assert centre.reports().copy is None
    assert centre.reports().copy is None
    edited = changed(centre.collection.report.read_bytes(), {("概览", "J1"): "我的批注"})
    centre.collection.report.write_bytes(edited)
    assert main(["report", str(centre.collection.folder)]) == 0
    assert "被改动过" in capsys.readouterr().out
    (copy,) = (centre.collection.archive / "旧汇总").iterdir()
    assert copy.read_bytes() == edited
