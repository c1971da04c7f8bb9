"""修改后通过: the project counts, its unit is reminded and gets a copy with the opinion, until the change has come."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.centre.reviewing import lines, part, remarks_on, reviews, types, with_reviewers
from tests.centre_of_departments import FORM, TYPED, Centre, centre_of, typed_money
from tests.centre_of_parts import centre_at, declared
from tests.loaded import opened
from tests.office.programs import SdkProblem
from workbook_builder.centre.chase import texts, to_chase
from workbook_builder.centre.deciding import history
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.ledger.reviews import Remark, Review
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

REMARKS = (
    Remark(None, 0, "指标不够细化、量化", "请分季度。"),
    Remark(1, 0, "建议拆分指标"),
)


@pytest.fixture(scope="module")
def office(centre_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """Where 0101 passed but for a change, with opinions on two indicators; 0102 passed; of 0201 nobody has spoken."""
    with centre_of(tmp_path_factory.mktemp("changes") / "任务", centre_folder) as centre:
        with_reviewers(centre.collection)
        write_report(centre.collection, centre.ledger, split=True)
        own = part(centre, "张三")
        types(own, "0101", verdict="修改后通过", kind="指标不够完整", opinion="请补充质量指标。")
        types(own, "0102", verdict="通过")
        # The root's three indicators come first, then those of both sub-projects.
        remarks_on(own, {0: {"kind": REMARKS[0].kind, "opinion": REMARKS[0].text}, 6: {"kind": REMARKS[1].kind}})
        assert write_report(centre.collection, centre.ledger, split=True).kept == 2
        yield centre


def test_opinions_on_indicators__are_kept_with_the_review_and_shown_again(office: Centre) -> None:
    assert reviews(office)["0101"].remarks == REMARKS
    frames = office.ledger.to_pandas(FORM, 2022)
    assert list(frames.review_opinions["kind"]) == [remark.kind for remark in REMARKS]
    for path in (office.collection.report, part(office, "张三")):
        shown = [(line["子项目"], line["三级指标"], line["意见类型"], line["意见"]) for line in lines(path, "指标审核")]
        assert [line for line in shown if line[2]] == [
            (None, "培训次数", "指标不够细化、量化", "请分季度。"),
            ("书记工作室", "培训次数", "建议拆分指标", None),
        ]
    assert write_report(office.collection, office.ledger).kept == 0


def test_project__counts_while_its_change_is_awaited_and_is_said_to_be_awaited(office: Centre, tmp_path: Path) -> None:
    status = status_of(office.collection, office.ledger)
    states = {entry.project_code: entry.state for entry in status.entries}
    assert states == {
        "0101": "awaiting_change", "0102": "accepted", "0201": "accepted", "0301": "returned", "0302": "missing",
    }  # fmt: skip
    told = status.to_json()
    assert [told[state] for state in ("missing", "returned", "awaiting_change", "accepted")] == [1, 1, 1, 2]
    accepted = sum((typed_money(code)["annual_funds"] for code in ("0101", "0102", "0201")), Decimal(0))
    overview = opened(office.collection.report.read_bytes(), data_only=True)["概览"]
    (shown,) = [row for row in overview.iter_rows(values_only=True) if row[0] == "年度资金申请总额" and row[3]]
    assert Decimal(str(shown[3])) == accepted
    states_shown = {line["项目编码"]: line["状态"] for line in lines(office.collection.report, "收表进度")}
    assert states_shown["0101"] == "修改后通过（待修改）"
    assert "党群综合服务" in {row[1] for row in opened(office.collection.report.read_bytes())["绩效目标汇总表"].values}
    packed = pack(office.collection, office.ledger, tmp_path / "包.zip")
    assert (packed.awaiting, packed.unreviewed) == (("0101",), ("0201",))
    assert packed.manifest.totals["annual_funds"] == accepted


def test_unit__is_reminded_with_the_opinion(office: Centre) -> None:
    status = status_of(office.collection, office.ledger)
    assert [entry.project_code for entry in to_chase(status)] == ["0101", "0301", "0302"]
    text = next(text for entry, text in texts(status) if entry.unit.unit_code == "U1")
    assert "有 1 个项目审核结论为“修改后通过”，请按意见修改后重新报送：党群综合服务（0101）" in text
    assert "审核意见：【指标不够完整】请补充质量指标" in text


def test_return_copy__shows_the_opinion_and_marks_the_rows_it_names(
    office: Centre, sdk_problems: Callable[[Path], list[SdkProblem]]
) -> None:
    (copy,) = [item for item in return_copies(office.collection, office.ledger) if item.project_code == "0101"]
    assert copy.copy is not None
    book = opened(copy.copy.read_bytes(), data_only=True)
    sheet = book["退回意见"]
    assert sheet["C6"].value == "【指标不够完整】请补充质量指标。"
    assert sheet["C7"].value == "张三"
    assert sheet["C5"].value.startswith("修改后通过，请按审核意见修改：")
    assert "指标意见 2 处" in sheet["C5"].value
    told = [row for row in sheet.iter_rows(min_row=10, max_col=7, values_only=True) if row[1] == "审核"]
    assert [(row[2], row[4]) for row in told] == [
        ("申报表", "指标“培训次数”：【指标不够细化、量化】请分季度。"),
        ("02 书记工作室", "指标“培训次数”：【建议拆分指标】"),
    ]
    for _, _, title, _, problem, _, address in told:
        cell = book[title][address]
        assert cell.value == "培训次数"
        assert problem in cell.comment.text
    assert sdk_problems(copy.copy) == []
    again = return_copies(office.collection, office.ledger)
    assert [item.outcome for item in again if item.project_code == "0101"] == ["unchanged"]


def test_changed_submission__ends_the_waiting_and_is_to_be_reviewed_with_the_condition_in_sight(
    office: Centre, tmp_path: Path
) -> None:
    with centre_of(tmp_path / "任务", office.collection.folder) as centre:
        entry = TYPED["0101"] | {"filler": "李四", "annual_goal": TYPED["0101"]["annual_goal"] + "分季度进行。"}
        centre.comes("改.xlsx", centre.issued("0101").filled(entry))
        states = {entry.project_code: entry.state for entry in status_of(centre.collection, centre.ledger).entries}
        assert states["0101"] == "accepted"
        centre.reports()
        (line,) = [line for line in lines(centre.collection.report, "审核") if line["项目编码"] == "0101"]
        assert (line["结论"], line["审核人"]) == (None, "张三")
        assert line["提示"].startswith("已有新的申报，请重新审核。上次修改后通过（张三")
        assert "【指标不够完整】请补充质量指标。" in line["提示"]
        assert pack(centre.collection, centre.ledger, tmp_path / "包.zip").unreviewed == ("0101", "0201")


def test_package_of_what_was_reviewed__leaves_out_what_waits_and_what_nobody_reviewed(
    office: Centre, tmp_path: Path
) -> None:
    done = pack(office.collection, office.ledger, tmp_path / "包.zip", reviewed=True)
    assert [sent.project_code for sent in done.manifest.sent] == ["0102"]
    why = {entry.project_code: entry.why for entry in done.left_out}
    assert why["0101"] == "审核结论为“修改后通过”，改好的还没有交来"
    assert why["0201"] == "还没有审核结论"


def test_history__tells_the_verdict_with_its_kind(office: Centre) -> None:
    events = [event.words for event in history(office.collection, office.ledger, "0101") if event.kind == "review"]
    assert events == ["审核：修改后通过；【指标不够完整】请补充质量指标。"]


@pytest.mark.parametrize(
    ("row", "answers", "rule", "column"),
    [(0, {"kind": "太短"}, "review.kind_unknown", "H"), (1, {"row": "x", "opinion": "改"}, "review.line_changed", "A")],
)
def test_line_of_an_indicator_that_cannot_be_understood__is_named_and_the_rest_is_kept(
    office: Centre, tmp_path: Path, row: int, answers: dict[str, str], rule: str, column: str
) -> None:
    with centre_of(tmp_path / "任务", office.collection.folder) as centre:
        own = part(centre, "李四")
        remarks_on(own, {row: answers, 2: {"opinion": "请核对。"}})
        (finding,) = write_report(centre.collection, centre.ledger).findings
        assert (finding.rule, finding.sheet, finding.cell) == (rule, "指标审核", f"{column}{4 + row}")
        assert "0201" not in reviews(centre)  # all of a project or nothing


def test_opinions_on_a_project_in_parts__go_to_the_units_whose_indicators_they_name(tmp_path: Path) -> None:
    below = centre_at(tmp_path / "任务")
    for code, entry in declared().items():
        below.comes(code, entry)
    below.imports()
    (whole,) = below.ledger.current(FORM, 2022)
    said = Review("P1", whole.sha256, "修改后通过", "请细化。", "王五", remarks=(Remark(0, 0, "建议拆分指标"),))
    below.ledger.keep_reviews(FORM, 2022, [said])
    copies = {item.project_code: item.copy for item in return_copies(below.collection, below.ledger)}
    assert copies.keys() == {"P1", "P1-1"}
    told = {}
    for part_code, copy in copies.items():
        assert copy is not None
        sheet = opened(copy.read_bytes(), data_only=True)["退回意见"]
        told[part_code] = (
            sheet["C6"].value,
            [row[4] for row in sheet.iter_rows(min_row=10, values_only=True) if row[1] == "审核"],
        )
    assert told == {
        "P1": ("请细化。", []),
        "P1-1": ("指标有审核意见，见下列各条。", ["指标“培训次数”：【建议拆分指标】"]),
    }
    below.ledger.close()
