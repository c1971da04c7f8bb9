"""Review by several: each has a file of his own, nothing one of them typed is lost, and nobody overwrites another."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from openpyxl.utils import get_column_letter

from tests.centre.reviewing import (
    FIRST_LINE,
    LETTERS,
    line_of,
    lines,
    part,
    reviews,
    types,
    verdicts,
    with_reviewers,
)
from tests.centre_of_departments import FORM, TYPED, Centre, centre_of
from tests.helpers import calls_of, is_chinese_sentence, saved
from tests.loaded import opened
from tests.office.programs import Job, Result, SdkProblem
from workbook_builder.centre.package_out import pack
from workbook_builder.centre.publish.publishing import publish
from workbook_builder.centre.report import approval_intake, review_intake, tables
from workbook_builder.centre.report.review_columns import ALL, ASSIGNED, KIND, SETTLED, THIS_LINE_HOLDS
from workbook_builder.centre.report.write import apply_reviews, write_report
from workbook_builder.cli.app import main
from workbook_builder.ledger.counting import DISPUTED
from workbook_builder.ooxml.heights import text_points

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def split_folder(centre_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With reviewers on the roster, and a file for each."""
    folder = tmp_path_factory.mktemp("split") / "任务"
    with centre_of(folder, centre_folder) as centre:
        with_reviewers(centre.collection)
        write_report(centre.collection, centre.ledger, split=True)
    return folder


@pytest.fixture
def centre(split_folder: Path, tmp_path: Path) -> Iterator[Centre]:
    with centre_of(tmp_path / "任务", split_folder) as one:
        yield one


def test_part__holds_all_of_its_reviewer_s_projects_and_nothing_of_others(
    centre: Centre, sdk_problems: Callable[[Path], list[SdkProblem]]
) -> None:
    held = {"张三": {"0101", "0102"}, "李四": {"0201"}, "未分配": {"0301"}}
    for name, codes in held.items():
        path = part(centre, name)
        shown = lines(path, "审核")
        assert {line["项目编码"] for line in shown} == codes
        assert {line["审核人"] for line in shown} == {None if name == "未分配" else name}
        for title in ("指标明细", "指标审核", "收表进度"):
            assert {line["项目编码"] for line in lines(path, title)} == codes, (name, title)
        assert {line["项目编码"] for line in lines(path, "资金汇总") if line["项目编码"]} >= codes
        assert not {line["项目编码"] for line in lines(path, "资金汇总")} & (set().union(*held.values()) - codes)
        assert sdk_problems(path) == []
    assert {line["审核人"] for line in lines(centre.collection.report, "审核")} == {"张三", "李四", None}


def test_name_that_was_prefilled__is_nobody_s_review(centre: Centre, tmp_path: Path) -> None:
    done = apply_reviews(centre.collection, centre.ledger)
    assert [(one.kept, one.assigned, one.findings) for one in done.applied] == [(0, 0, ())] * 4
    assert reviews(centre) == {}
    assert pack(centre.collection, centre.ledger, tmp_path / "包.zip").unreviewed == ("0101", "0102", "0201")


@pytest.mark.parametrize("title", ["审核", "指标审核", "批复"])
def test_advice_longer_than_a_screen__wraps_within_its_first_columns(centre: Centre, title: str) -> None:
    sheet = opened(centre.collection.report.read_bytes())[title]
    (merged,) = sheet.merged_cells.ranges
    width = sum(sheet.column_dimensions[get_column_letter(place)].width for place in range(1, merged.max_col + 1))
    assert (merged.min_row, merged.max_row, merged.min_col) == (2, 2, 1)
    assert sheet["A2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height > text_points(sheet["A2"].value, width, 10) - 1  # rounded to pixels


def test_report_that_only_applies_and_finds_nothing_new__says_so(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(centre.collection.folder), "--apply"]) == 0
    assert capsys.readouterr().out == "没有新的审核、批复，台账没有变。\n"
    assert main(["report", str(centre.collection.folder), str(centre.collection.report)]) == 2
    assert capsys.readouterr().err.startswith("用法不对：文件只与 --apply 连用")


def test_name_typed_alone__gives_the_project_to_him_and_reviews_nothing(centre: Centre) -> None:
    types(centre.collection.report, "0102", reviewer="李四")
    done = write_report(centre.collection, centre.ledger, split=True)
    assert (done.kept, done.assigned, done.findings, reviews(centre)) == (0, 1, (), {})
    assert {line["项目编码"] for line in lines(part(centre, "李四"), "审核")} == {"0102", "0201"}
    assert {line["项目编码"] for line in lines(part(centre, "张三"), "审核")} == {"0101"}
    centre.comes("再交.xlsx", centre.issued("0102").filled(TYPED["0102"] | {"filler": "李四"}))
    with_reviewers(centre.collection, ("赵六", None, None))
    write_report(centre.collection, centre.ledger, split=True)
    shown = {line["项目编码"]: line["审核人"] for line in lines(centre.collection.report, "审核")}
    assert shown == {"0101": "赵六", "0102": "李四", "0201": None, "0301": None}
    assert not part(centre, "张三").exists()  # as we wrote it, and he has none any more
    types(centre.collection.report, "0102", reviewer=None)
    assert write_report(centre.collection, centre.ledger).assigned == 1
    assert {line["审核人"] for line in lines(centre.collection.report, "审核")} == {"赵六", None}


def test_name_typed_into_an_older_copy__takes_back_no_later_one(centre: Centre, tmp_path: Path) -> None:
    old = tmp_path / "旧.xlsx"
    shutil.copy(centre.collection.report, old)
    types(centre.collection.report, "0102", reviewer="李四")
    write_report(centre.collection, centre.ledger)
    types(old, "0102", reviewer="赵六")
    (finding,) = apply_reviews(centre.collection, centre.ledger, [old]).findings
    assert (finding.rule, finding.cell) == ("review.conflict", f"{LETTERS['reviewer']}{line_of(old, '0102')}")
    assert is_chinese_sentence(finding.message)
    assert centre.ledger.assignments(FORM, 2022) == {"0102": ("李四",)}


def test_two_reviewers_in_libreoffice__are_both_kept_in_either_order(
    centre: Centre, tmp_path: Path, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    written = {
        "张三": {"verdict": "通过", "opinion": "目标明确。", "reviewed_on": "2022-02-01"},
        "李四": {"verdict": "退回", "kind": "建议拆分指标", "opinion": "请拆分。"},
    }
    jobs: list[Job] = []
    for name, answers in written.items():
        cells = {f"审核!{LETTERS[key]}{FIRST_LINE}": value for key, value in answers.items()}
        jobs.append({"book": part(centre, name), "set": dict(cells), "save": [tmp_path / f"审核_{name}.xlsx"]})
    office(jobs)
    for order in (["张三", "李四"], ["李四", "张三"]):
        with centre_of(tmp_path / "".join(order), centre.collection.folder) as other:
            done = apply_reviews(other.collection, other.ledger, [tmp_path / f"审核_{name}.xlsx" for name in order])
            assert [(one.kept, one.findings) for one in done.applied] == [(1, ())] * 2
            found = reviews(other)
            assert {code: (one.verdict, one.reviewer, one.opinion_words) for code, one in found.items()} == {
                "0101": ("通过", "张三", "目标明确。"),
                "0201": ("退回", "李四", "【建议拆分指标】请拆分。"),
            }


@pytest.mark.parametrize("order", [("审核_张三.xlsx", "汇总.xlsx"), ("汇总.xlsx", "审核_张三.xlsx")])
def test_two_who_contradict_each_other__are_told_with_both_words_and_all_else_is_kept(
    centre: Centre, order: tuple[str, str]
) -> None:
    report, own = centre.collection.report, part(centre, "张三")
    types(report, "0101", verdict="退回", reviewer="赵六", opinion="目标太空。")
    types(report, "0201", verdict="通过", reviewer="赵六")
    types(own, "0101", verdict="通过")
    types(own, "0102", verdict="修改后通过", opinion="改一改。")
    paths = {path.name: path for path in (report, own)}
    done = apply_reviews(centre.collection, centre.ledger, [paths[name] for name in order])
    first, second = done.applied
    assert (first.findings, done.kept, done.exit_code) == ((), 3, 1)
    (finding,) = second.findings
    assert (finding.rule, finding.cell) == ("review.conflict", f"{LETTERS['verdict']}{line_of(second.path, '0101')}")
    assert is_chinese_sentence(finding.message)
    said = {"汇总.xlsx": "“退回，目标太空，赵六”", "审核_张三.xlsx": "“通过，张三”"}
    assert all(words in finding.message for words in (*said.values(), order[1]))
    assert second.copy is not None
    assert second.copy.read_bytes() == second.data
    verdict = {"汇总.xlsx": "退回", "审核_张三.xlsx": "通过"}[order[0]]
    assert verdicts(centre) == {"0101": verdict, "0102": "修改后通过", "0201": "通过"}
    again = write_report(centre.collection, centre.ledger)  # tells it again, keeps nothing twice
    assert (again.kept, len(again.findings), again.disputed) == (0, 1, ("0101",))
    (shown,) = [line for line in lines(report, "审核") if line["项目编码"] == "0101"]
    assert all(words in shown["提示"] for words in said.values())
    assert verdicts(centre)["0101"] == verdict


@pytest.mark.parametrize(
    ("answers", "holds"),
    [({SETTLED: THIS_LINE_HOLDS}, ("通过", "张三")), ({"verdict": "退回", "reviewer": "处长"}, ("退回", "处长"))],
)
def test_contradiction__is_settled_in_the_report_and_old_files_open_it_no_more(
    centre: Centre, answers: dict[str, str], holds: tuple[str, str]
) -> None:
    report, own = centre.collection.report, part(centre, "张三")
    types(own, "0101", verdict="通过")
    types(report, "0101", verdict="退回", reviewer="赵六")
    apply_reviews(centre.collection, centre.ledger, [own])
    assert write_report(centre.collection, centre.ledger).disputed == ("0101",)
    settled = opened(report.read_bytes())["审核"].column_dimensions[LETTERS[SETTLED]]
    assert not settled.hidden
    types(report, "0101", **answers)
    done = write_report(centre.collection, centre.ledger, split=True)
    assert (done.kept, done.findings, done.disputed) == (1, (), ())
    review = reviews(centre)["0101"]
    assert (review.verdict, review.reviewer) == holds
    (shown,) = [line for line in lines(report, "审核") if line["项目编码"] == "0101"]
    assert (shown["结论"], shown["提示"]) == (holds[0], None)


def test_disputed_project__is_not_published_nor_packed_as_reviewed_until_it_is_settled(
    centre: Centre, tmp_path: Path
) -> None:
    report, own = centre.collection.report, part(centre, "张三")
    types(own, "0101", verdict="通过")
    types(report, "0101", verdict="退回", reviewer="赵六")
    types(report, "0201", verdict="通过", reviewer="赵六")
    apply_reviews(centre.collection, centre.ledger, [own, report])  # what was said first holds
    write_report(centre.collection, centre.ledger)
    for goes_on in (pack(centre.collection, centre.ledger, reviewed=True), publish(centre.collection, centre.ledger)):
        assert {one.project_code: one.why for one in goes_on.left_out}["0101"].startswith(DISPUTED)
    whole = pack(centre.collection, centre.ledger)
    assert (whole.disputed, whole.to_json()["disputed"]) == (("0101",), ["0101"])
    assert "0101" in {sent.project_code for sent in whole.manifest.sent}  # its money counts, as before
    types(report, "0101", **{SETTLED: THIS_LINE_HOLDS})
    write_report(centre.collection, centre.ledger)
    # Under a name of its own: what holds the same, packed within the same second, would be called the same.
    assert pack(centre.collection, centre.ledger, tmp_path / "包.zip").disputed == ()
    settled = publish(centre.collection, centre.ledger)
    assert {one.project_code for one in settled.published} == {"0101", "0201"}


def test_reviewer_who_refines_his_own_word__does_not_settle_what_he_has_not_seen(centre: Centre) -> None:
    report, own = centre.collection.report, part(centre, "张三")
    types(own, "0101", verdict="通过")
    types(report, "0101", verdict="退回", reviewer="赵六")
    apply_reviews(centre.collection, centre.ledger, [own, report])
    types(own, "0101", verdict="通过", opinion="目标明确。")  # in the file of before
    assert [one.rule for one in apply_reviews(centre.collection, centre.ledger, [own]).findings] == ["review.conflict"]
    assert write_report(centre.collection, centre.ledger).disputed == ("0101",)
    assert reviews(centre)["0101"].opinion is None


def test_part_with_what_cannot_be_understood__stays_and_the_others_are_written_anew(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    own = part(centre, "张三")
    types(own, "0101", verdict="同意", kind="太短")
    types(own, "0102", verdict="通过")
    (centre.collection.reviews / "坏.xlsx").write_bytes(b"PK no workbook")
    typed, other = own.read_bytes(), part(centre, "李四").read_bytes()
    assert main(["report", str(centre.collection.folder), "--split"]) == 3
    out = capsys.readouterr().out
    assert "审核_张三.xlsx 有 2 处读不懂" in out
    assert "坏.xlsx" in out
    assert own.read_bytes() == typed
    assert part(centre, "李四").read_bytes() != other  # it says when it was written
    assert verdicts(centre) == {"0102": "通过"}
    copies = list((centre.collection.archive / "旧汇总").glob("审核_张三-*.xlsx"))
    assert [copy.read_bytes() for copy in copies] == [typed]


def test_command__applies_the_files_that_are_named_and_says_each_in_json(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = tmp_path / "张三发回.xlsx"
    shutil.copy(part(centre, "张三"), sent)
    types(sent, "0101", verdict="通过")
    before = centre.collection.report.read_bytes()
    folder = str(centre.collection.folder)
    assert main(["report", folder, "--apply", str(sent), "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert [(Path(one["file"]).name, one["reviews_kept"]) for one in entry["files"]] == [("张三发回.xlsx", 1)]
    assert (entry["file"], centre.collection.report.read_bytes()) == (None, before)
    assert main(["report", folder, str(sent)]) == 2
    assert main(["report", folder, "--apply", str(tmp_path / "没有.xlsx")]) == 2
    assert "没有文件" in capsys.readouterr().err


def test_report_as_a_former_version_drew_it__is_read_as_before(centre: Centre) -> None:
    report = centre.collection.report
    book = opened(report.read_bytes())
    del book["指标审核"]
    for key in ("lower", KIND, SETTLED, ASSIGNED)[::-1]:
        book["审核"].delete_cols([column.key for column in ALL].index(key) + 1)
    report.write_bytes(saved(book))
    row = line_of(report, "0102")
    book = opened(report.read_bytes())
    book["审核"][f"G{row}"], book["审核"][f"H{row}"], book["审核"][f"I{row}"] = "退回", "请细化。", "王五"
    report.write_bytes(saved(book))
    done = centre.reports()
    assert (done.kept, done.findings) == (1, ())
    assert reviews(centre)["0102"][2:5] == ("退回", "请细化。", "王五")


def test_files_of_several__are_read_and_written_with_one_look_at_all_that_is_there(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = calls_of(monkeypatch, tables, "workbooks_in")
    submissions = calls_of(monkeypatch, review_intake.Intake, "known")
    approved = calls_of(monkeypatch, approval_intake, "known_projects")
    done = write_report(centre.collection, centre.ledger, split=True)
    assert (len(done.applied), len(done.parts)) == (4, 3)
    assert (len(incoming), len(submissions), len(approved)) == (1, 1, 1)
    types(part(centre, "张三"), "0101", verdict="通过")
    assert write_report(centre.collection, centre.ledger, split=True).kept == 1
    assert len(submissions) == 3  # those who come after meet what was said
