"""Reviews: what is written into sheet 审核 stays, whatever is generated anew; what cannot be understood is named."""

import datetime
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.centre_of_departments import FORM, PROJECTS, TYPED, UNITS, Centre
from tests.helpers import changed, is_chinese_sentence, saved, write_roster
from tests.loaded import opened
from tests.office.programs import Job, Result, Value
from workbook_builder.centre.report.review_columns import (
    ALL,
    CODE,
    DAY,
    KIND,
    OPINION,
    REVIEWER,
    SETTLED,
    SUBMISSION,
    VERDICT,
)
from workbook_builder.centre.report.write import write_report
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.cli.app import main
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.work_sheet import BY_PERSON, ITEMS
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

LETTERS = {column.key: chr(ord("A") + number) for number, column in enumerate(ALL)}
FIRST_LINE = 4
BY_SYSTEM_ITEM, BY_PERSON_ITEM = "review.relevance.indicators", "review.relevance.goal"


def cell(key: str, line: int = FIRST_LINE) -> str:
    return f"{LETTERS[key]}{line}"


def writes(centre: Centre, cells: dict[str, Any]) -> None:
    """As a reviewer does in another program."""
    path = centre.collection.report
    path.write_bytes(changed(path.read_bytes(), {("审核", address): value for address, value in cells.items()}))


def review(centre: Centre, code: str) -> Review:
    return centre.ledger.reviews(FORM, 2022)[code]


ANSWER = {
    cell(VERDICT): "修改后通过",
    cell(OPINION): "请把培训次数细化到季度。",
    cell(REVIEWER): "王五",
    cell(DAY): datetime.date(2022, 2, 1),
}


def test_review_filled_in_by_libreoffice_and_regenerated_twice__is_kept(
    centre: Centre, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    centre.reports()
    cells: dict[str, Value] = {
        f"审核!{cell(VERDICT)}": "退回",
        f"审核!{cell(OPINION)}": "请把培训次数细化到季度。",
        f"审核!{cell(REVIEWER)}": "王五",
        f"审核!{cell(DAY)}": "2022-02-01",
        **{f"审核!{cell(item.id)}": 9.5 for item in ITEMS if not item.evidence},
    }
    save = centre.collection.folder / "保存.xlsx"
    total, grade = (f"审核!{cell(key)}" for key in ("total", "grade"))
    (result,) = office([{"book": centre.collection.report, "set": cells, "save": [save], "read": [total, grade]}])
    save.replace(centre.collection.report)
    assert centre.reports().kept == 1
    assert centre.reports().kept == 0
    found = review(centre, "0101")
    assert (found.verdict, found.opinion, found.reviewer) == ("退回", "请把培训次数细化到季度。", "王五")
    assert (found.reviewed_on, found.is_current) == (datetime.date(2022, 2, 1), True)
    assert found.scores == {item.id: Decimal("9.50") for item in ITEMS if not item.evidence}
    page = centre.sheet("审核")
    assert [page[cell(key)].value for key in (VERDICT, OPINION, REVIEWER)] == list(found[2:5])
    shown = [page[cell(item.id)].value for item in ITEMS]
    assert (page[cell("total")].value, page[cell("grade")].value) == (sum(shown), "良")
    assert [result["values"][total], result["values"][grade]] == [sum(shown), "良"]


def test_grades__are_given_from_the_points_that_the_roster_says(
    centre: Centre, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    settings = Settings(2022, "一上", grades=(95, 80, 60))
    write_roster(centre.collection.roster, Roster(settings, UNITS, PROJECTS))
    centre.reports()
    points = [item.points for item in ITEMS]
    points[0] -= 8  # 92 in all
    cells: dict[str, Value] = {f"审核!{cell(item.id)}": given for item, given in zip(ITEMS, points, strict=True)}
    total, grade = (f"审核!{cell(key)}" for key in ("total", "grade"))
    (result,) = office([{"book": centre.collection.report, "set": cells, "read": [total, grade]}])
    assert [result["values"][total], result["values"][grade]] == [92, "良"]
    writes(centre, {address.partition("!")[2]: value for address, value in cells.items()})
    centre.reports()
    assert centre.sheet("审核")[cell("grade")].value == "良"


def test_sheet__is_locked_but_for_the_reviewer_s_cells_and_has_no_total_before_a_person_completes_it(
    centre: Centre,
) -> None:
    centre.reports()
    page = opened(centre.collection.report.read_bytes())["审核"]
    assert page.protection.sheet
    free = {column.key for column in ALL if not page[cell(column.key)].protection.locked}
    assert free == {VERDICT, KIND, OPINION, REVIEWER, DAY, SETTLED, *(item.id for item in ITEMS)}
    assert page.column_dimensions[LETTERS[SUBMISSION]].hidden
    shown = centre.sheet("审核")
    assert [shown[cell(item.id)].value == BY_PERSON for item in ITEMS] == [not item.evidence for item in ITEMS]
    assert (shown[cell("total")].value, shown[cell("grade")].value or "") == (BY_PERSON, "")


def test_sent_back__is_to_be_mended_and_not_in_the_summary_of_goals(centre: Centre) -> None:
    centre.reports()
    writes(centre, ANSWER | {cell(VERDICT): "退回"})
    centre.reports()
    (copy,) = [item for item in return_copies(centre.collection, centre.ledger) if item.project_code == "0101"]
    assert copy.copy is not None
    written = [cell.value for row in opened(copy.copy.read_bytes())["退回意见"] for cell in row]
    assert any("请把培训次数细化到季度。" in str(value) for value in written)
    states = {entry.project_code: entry.state for entry in status_of(centre.collection, centre.ledger).entries}
    assert (states["0101"], states["0102"]) == ("returned", "accepted")
    assert {row.project_code: row.status for row in centre.ledger.current(FORM, 2022)}["0101"] == "accepted"
    names = [row[1] for row in centre.sheet("绩效目标汇总表").iter_rows(values_only=True)]
    assert "党群综合服务" not in names
    line = next(line for line in centre.lines("资金汇总") if line["项目编码"] == "0101")
    assert line["状态"] == "审核退回"


def test_new_submission__does_not_inherit_the_review(centre: Centre) -> None:
    centre.reports()
    writes(centre, ANSWER)
    centre.comes("再交.xlsx", centre.issued("0101").filled(TYPED["0101"] | {"filler": "李四"}))
    assert centre.reports().kept == 1  # it was about what the reviewer saw
    found = review(centre, "0101")
    assert (found.is_current, found.verdict) == (False, "修改后通过")
    line = centre.lines("审核")[0]
    assert line["提示"].startswith("已有新的申报，请重新审核")
    assert "请把培训次数细化到季度。" in line["提示"]
    assert (line["结论"], line["意见"]) == (None, None)


def test_score_of_the_system__may_be_changed_and_left_alone_is_nobody_s(centre: Centre) -> None:
    centre.reports()
    assert centre.reports().kept == 0
    assert centre.ledger.reviews(FORM, 2022) == {}
    writes(centre, {cell(BY_SYSTEM_ITEM): 7, cell(BY_PERSON_ITEM): "8分"})
    centre.reports()
    assert review(centre, "0101").scores == {BY_SYSTEM_ITEM: Decimal(7), BY_PERSON_ITEM: Decimal(8)}
    assert centre.sheet("审核")[cell(BY_SYSTEM_ITEM)].value == 7


def test_review_taken_back__is_gone_but_every_version_stays(centre: Centre) -> None:
    centre.reports()
    writes(centre, ANSWER)
    centre.reports()
    writes(centre, dict.fromkeys(ANSWER))
    assert centre.reports().kept == 1
    assert centre.ledger.reviews(FORM, 2022) == {}
    assert centre.sheet("审核")[cell(OPINION)].value is None


def test_old_copy_of_the_report__takes_back_nothing(centre: Centre) -> None:
    centre.reports()
    old = centre.collection.report.read_bytes()
    writes(centre, ANSWER)
    centre.reports()
    centre.collection.report.write_bytes(old)
    writes(centre, {cell(VERDICT, FIRST_LINE + 1): "通过"})
    assert centre.reports().kept == 1
    assert (review(centre, "0101").verdict, review(centre, "0102").verdict) == ("修改后通过", "通过")


LAST_LINE = FIRST_LINE + len(TYPED)  # the first empty one


@pytest.mark.parametrize(
    ("cells", "rule", "where"),
    [
        ({cell(VERDICT): "同意"}, "review.verdict_unknown", cell(VERDICT)),
        ({cell(DAY): "二月"}, "review.date_invalid", cell(DAY)),
        ({cell(BY_PERSON_ITEM): 11}, "review.score_invalid", cell(BY_PERSON_ITEM)),
        ({cell(BY_PERSON_ITEM): "良好"}, "review.score_invalid", cell(BY_PERSON_ITEM)),
        ({cell(DAY): "=TODAY()"}, "review.formula_without_value", cell(DAY)),  # openpyxl computes nothing
        ({cell(CODE): "9999"}, "review.project_unknown", cell(CODE)),
        ({cell(CODE): "0102"}, "review.line_changed", cell(CODE)),
        (
            {cell(CODE, LAST_LINE): "9999", cell(VERDICT, LAST_LINE): "通过"},
            "review.project_unknown",
            cell(CODE, LAST_LINE),
        ),
        ({cell(OPINION, LAST_LINE): "写在表外的意见"}, "review.project_unknown", cell(CODE, LAST_LINE)),
        ({cell(SUBMISSION): None}, "review.line_changed", cell(CODE)),
    ],
)
def test_line_that_cannot_be_understood__is_named_and_nothing_is_written_anew(
    centre: Centre, cells: dict[str, Any], rule: str, where: str
) -> None:
    centre.reports()
    good = {cell(VERDICT, FIRST_LINE + 1): "通过"}
    writes(centre, ANSWER | good | cells)
    before = centre.collection.report.read_bytes()
    done = centre.reports()
    assert [(one.rule, one.sheet, one.cell) for one in done.findings] == [(rule, "审核", where)]
    assert is_chinese_sentence(done.findings[0].message)
    assert (done.exit_code, done.file) == (1, None)
    assert centre.collection.report.read_bytes() == before
    assert review(centre, "0102").verdict == "通过"  # the other lines are kept


def test_line_copied_below__is_one_too_many_where_it_says_something_else(centre: Centre) -> None:
    centre.reports()
    page = centre.sheet("审核")
    copy = {cell(column.key, LAST_LINE): page[cell(column.key)].value for column in ALL}
    writes(centre, ANSWER | copy | {cell(VERDICT, LAST_LINE): "通过"})
    assert [one.rule for one in centre.reports().findings] == ["review.twice"]


def test_sheet_renamed_or_header_changed__is_named(centre: Centre) -> None:
    centre.reports()
    book = opened(centre.collection.report.read_bytes())
    book["审核"][f"{LETTERS[OPINION]}3"] = "处理意见"
    centre.collection.report.write_bytes(saved(book))
    assert [one.rule for one in centre.reports().findings] == ["review.column_missing"]
    book["审核"].title = "审核（王五）"
    centre.collection.report.write_bytes(saved(book))
    assert [one.rule for one in centre.reports().findings] == ["review.sheet_missing"]


def test_command_apply__keeps_reviews_and_writes_no_file(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(centre.collection.folder)
    assert main(["report", folder, "--apply"]) == 2
    assert "还没有 汇总.xlsx" in capsys.readouterr().err
    centre.reports()
    writes(centre, ANSWER | {cell(VERDICT, FIRST_LINE + 1): "好的"})
    before = centre.collection.report.read_bytes()
    assert main(["report", folder, "--apply", "--json"]) == 1
    entry = json.loads(capsys.readouterr().out)
    assert (entry["file"], entry["reviews_kept"], entry["findings"][0]["rule"]) == (None, 1, "review.verdict_unknown")
    assert main(["report", folder]) == 1
    assert "原样保留" in capsys.readouterr().out
    assert centre.collection.report.read_bytes() == before


def test_broken_report__is_not_written_over(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    centre.collection.report.write_bytes(b"PK no workbook")
    assert main(["report", str(centre.collection.folder)]) == 3
    assert "汇总.xlsx" in capsys.readouterr().err
    assert centre.collection.report.read_bytes() == b"PK no workbook"


def test_reviews_in_postgresql__are_the_same(centre: Centre, postgres: str, tmp_path: Path) -> None:
    ledger = Ledger(postgres)
    try:
        import_files(centre.collection, [centre.collection.folder / "收回"], ledger)
        write_report(centre.collection, ledger)
        writes(centre, ANSWER | {cell(BY_PERSON_ITEM): 8.25})
        assert write_report(centre.collection, ledger, tmp_path / "csv").kept == 1
        found = ledger.reviews(FORM, 2022)["0101"]
        assert (found.verdict, found.scores) == ("修改后通过", {BY_PERSON_ITEM: Decimal("8.25")})
    finally:
        ledger.close()


def applied(centre: Centre, data: bytes) -> Any:
    """A copy of the report that somebody hands in, applied."""
    centre.collection.report.write_bytes(data)
    return write_report(centre.collection, centre.ledger)


def test_two_copies_with_two_verdicts__are_a_conflict_said_with_both_and_the_first_stands(
    centre: Centre,
) -> None:
    centre.reports()
    copy = centre.collection.report.read_bytes()
    second = FIRST_LINE + 1
    one, other = (
        changed(copy, {("审核", cell(VERDICT)): verdict, ("审核", cell(REVIEWER)): name})
        for verdict, name in (("通过", "王五"), ("退回", "赵六"))
    )
    other = changed(other, {("审核", cell(VERDICT, second)): "通过"})
    assert applied(centre, one).kept == 1
    done = applied(centre, other)
    (finding,) = done.findings
    assert (finding.rule, finding.sheet, finding.cell) == ("review.conflict", "审核", cell(VERDICT))
    assert "“退回，赵六”" in finding.message
    assert "“通过，王五”" in finding.message
    assert is_chinese_sentence(finding.message)
    assert (done.kept, done.exit_code, done.disputed) == (1, 1, ("0101",))
    verdicts = {code: one.verdict for code, one in centre.ledger.reviews(FORM, 2022).items()}
    assert verdicts == {"0101": "通过", "0102": "通过"}
    assert done.copy is not None
    assert done.copy.read_bytes() == other
    note = centre.lines("审核")[0]["提示"]
    assert "“通过，王五”" in note
    assert "“退回，赵六”" in note


def test_two_copies_of_one_mind__are_no_conflict(centre: Centre) -> None:
    centre.reports()
    copy = centre.collection.report.read_bytes()
    same = changed(copy, {("审核", address): value for address, value in ANSWER.items()})
    assert applied(centre, same).kept == 1
    done = applied(centre, changed(same, {("审核", cell(VERDICT, FIRST_LINE + 1)): "通过"}))
    assert (done.kept, done.findings) == (1, ())
