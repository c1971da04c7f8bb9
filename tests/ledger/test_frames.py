"""`to_pandas`: the ledger, a declaration and the report as DataFrames, of which no amount and no date loses its type."""

import csv
import datetime
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.centre_of_departments import TYPED, Centre, centre_of, typed_money
from tests.helpers import stamped
from tests.recorded import FORM, YEAR, history
from workbook_builder import DeclarationFrames, LedgerFrames, check_file, report_of, to_pandas
from workbook_builder.centre.report.csv_files import as_shown
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.reviews import Remark, Review
from workbook_builder.values.numbers import amount_text, decimal_text

pytestmark = pytest.mark.slow

DAY = datetime.date(2022, 2, 1)
SCORES = {"review.relevance.goal": Decimal("7.50")}
REVIEW = Review(
    "0102", "", "退回", "再想", "王五", DAY, SCORES, kind="其他", remarks=(Remark(None, 0, "建议拆分指标", "分两条"),)
)
CODES = sorted(TYPED)
AGAIN: dict[str, Any] = {"filler": "李四", "narrative": {"overview": "2022 年在全部居民区开展培训。"}}


@pytest.fixture(scope="module")
def office(centre_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """One where 0102 came twice, and was reviewed."""
    with centre_of(tmp_path_factory.mktemp("frames") / "任务", centre_folder) as centre:
        again = centre.issued("0102").filled({**TYPED["0102"], **AGAIN})
        centre.comes("再交.xlsx", stamped(again, "2031-01-01T08:00:00Z"))  # by no clock: the later import counts
        digest = history(centre.ledger, "0102")[-1].sha256
        centre.ledger.keep_reviews(FORM, YEAR, [REVIEW._replace(sha256=digest)])
        money = {"0102": {"annual_appropriation": Decimal("700000.01")}}
        centre.ledger.keep_approvals(FORM, YEAR, [Approval("0102", money, "沪财〔2022〕1号", DAY, "赵六")])
        yield centre


@pytest.fixture(scope="module")
def frames(office: Centre) -> LedgerFrames:
    return office.ledger.to_pandas(FORM, YEAR)


def dtypes(table: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in table.dtypes.items()}


def test_submissions__are_all_there_and_tell_what_counts(office: Centre, frames: LedgerFrames) -> None:
    table = frames.submissions
    assert list(table["project_code"]) == [*CODES, "0102"]
    assert list(table["is_current"]) == [True, False, True, True, True]
    assert dict(zip(table["project_code"], table["submission_id"], strict=True)).keys() == set(CODES)
    (last,) = table[table["filler"] == "李四"].itertuples()
    known = history(office.ledger, "0102")[-1]
    assert (last.submission_id, last.sha256, last.file) == (known.id, known.sha256, "再交.xlsx")
    assert last.received_at == pd.Timestamp(known.received_at.replace(microsecond=0))
    assert {dtypes(table)[name] for name in ("received_at", "modified_at", "fill_date")} == {"datetime64[s]"}


def test_money__is_decimal_and_sums_up_to_what_was_typed(frames: LedgerFrames) -> None:
    counting = frames.submissions[frames.submissions["is_current"]][["submission_id", "project_code"]]
    money = counting.merge(frames.money_lines, on="submission_id")
    assert {type(amount) for amount in money["amount_yuan"]} == {Decimal}
    roots = money[money["sub_project"].isna()]
    sums = roots.groupby("key")["amount_yuan"].sum()
    assert {key: sums[key] for key in MONEY_LINES} == {
        key: sum((typed_money(code)[key] for code in CODES), Decimal(0)) for key in MONEY_LINES
    }
    parts = money[(money["project_code"] == "0101") & money["sub_project"].notna()]
    assert parts.groupby("key")["amount_yuan"].sum()["annual_funds"] == typed_money("0101")["annual_funds"]


def test_indicators__keep_numbers_exact_and_words_as_words(frames: LedgerFrames) -> None:
    table = frames.indicators
    assert len(table) == sum(
        len(part["indicators"])
        for code in (*CODES, "0102")
        for part in (TYPED[code], *TYPED[code].get("sub_projects", ()))
    )
    targets = dict(zip(table["name"], table["target"], strict=True))
    assert (targets["党建环境"], targets["党员满意度"]) == ("明显改善", Decimal(90))
    assert isinstance(targets["党员满意度"], Decimal)
    assert table["weight"].isna().all()


def test_reviews_findings_and_narratives__hang_on_their_submission(office: Centre, frames: LedgerFrames) -> None:
    (review,) = frames.reviews.itertuples()
    again = frames.narratives[frames.narratives["submission_id"] == review.submission_id]
    assert list(again["text"]) == list(AGAIN["narrative"].values())
    assert (review.submission_id, review.verdict, review.reviewed_on) == (
        history(office.ledger, "0102")[-1].id, "退回", pd.Timestamp(DAY),
    )  # fmt: skip
    assert [tuple(row) for row in frames.review_scores.itertuples(index=False)] == [
        (review.version, *score) for score in SCORES.items()
    ]
    (missing,) = frames.findings[frames.findings["rule"] == "text.required"]["submission_id"]
    assert missing == history(office.ledger, "0301")[-1].id


def test_approvals__are_exact_and_say_by_which_document(frames: LedgerFrames) -> None:
    (row,) = frames.approvals.to_dict("records")
    assert {key: row[key] for key in row if key != "version"} == {
        "root_code": "0102",
        "document_number": "沪财〔2022〕1号",
        "approved_on": pd.Timestamp(DAY),
        "actor": "赵六",
        "project_code": "0102",
        "key": "annual_appropriation",
        "amount_yuan": Decimal("700000.01"),
    }


def test_every_table__has_the_same_columns_and_types_without_rows(office: Centre, frames: LedgerFrames) -> None:
    nothing = office.ledger.to_pandas(FORM, 1999)
    for name, table, empty in zip(LedgerFrames._fields, frames, nothing, strict=True):
        assert len(table), name
        assert len(empty) == 0
        assert dtypes(empty) == dtypes(table)
        assert "float" not in " ".join(dtypes(table).values())


def test_declaration__is_the_same_as_it_stands_in_the_ledger(office: Centre, frames: LedgerFrames) -> None:
    (path,) = (office.collection.folder / "收回").glob("0101*")
    declaration = check_file(path, Desk(office.collection)).declaration
    assert declaration
    (submission,) = history(office.ledger, "0101")
    for name, table in zip(DeclarationFrames._fields, to_pandas(declaration), strict=True):
        known = getattr(frames, name)
        known = known[known["submission_id"] == submission.id].drop(columns="submission_id").reset_index(drop=True)
        pd.testing.assert_frame_equal(table, known)
    dates = to_pandas(declaration).declarations["start_date"]
    assert list(dates.dropna()) == [pd.Timestamp(TYPED["0101"]["start_date"])]


def as_in_csv(value: object) -> str:
    """A cell as the CSV files of `report` write it."""
    if isinstance(value, Decimal):
        return amount_text(value) if value.as_tuple().exponent == -2 else decimal_text(value)
    if isinstance(value, pd.Timestamp):
        return (value if value != value.normalize() else value.date()).isoformat()
    return "" if value is None or value is pd.NA or value is pd.NaT else as_shown(str(value))


def test_report__is_the_same_tables_as_its_csv_files(office: Centre, tmp_path: Path) -> None:
    office.reports(tmp_path)
    tables = report_of(office.collection, office.ledger).to_pandas()
    assert sorted(tables) == sorted(path.stem for path in tmp_path.iterdir())
    for title, table in tables.items():
        with (tmp_path / f"{title}.csv").open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert list(table.columns) == header
        assert [[as_in_csv(value) for value in row] for row in table.itertuples(index=False)] == rows


def test_report__has_decimal_amounts_whole_counts_and_dates(office: Centre) -> None:
    tables = report_of(office.collection, office.ledger).to_pandas()
    total = tables["资金汇总"].iloc[0]
    assert total["年度资金申请总额（元）"] == sum((typed_money(code)["annual_funds"] for code in CODES), Decimal(0))
    assert isinstance(total["年度资金申请总额（元）"], Decimal)
    progress = dtypes(tables["收表进度"])
    assert (progress["错误"], progress["收到时间"], progress["状态"]) == ("Int64", "datetime64[s]", "string")
    assert dtypes(tables["审核"])["日期"] == "datetime64[s]"


def test_pandas__is_asked_for_only_by_those_who_want_tables() -> None:
    code = (
        "import sys, workbook_builder\n"
        "workbook_builder.Ledger, workbook_builder.report_of\n"
        "assert not [name for name in sys.modules if name.endswith('.frames') and name.startswith('workbook_builder')]"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
