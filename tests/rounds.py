"""A year of one office in four collections: 一上, 二上, 批复, 调整; one project alone and one with two sub-projects."""

import datetime
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers import Issued, collection_of, family, project, saved, single
from tests.loaded import opened
from workbook_builder.centre.report.write import Reported, write_report
from workbook_builder.centre.rollover.next_round import next_round
from workbook_builder.centre.rollover.rolled import Rolled
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger

HEADER_LINE, CEILING = 3, Decimal("700000.00")
OPINION = "请把培训次数细化到季度，满意度指标写明调查对象。"
NUMBER, DAY = "沪财〔2022〕1号", datetime.date(2022, 2, 1)
PERSON = {"filler": "李四", "phone": "021-2"}
CUT = {"annual_appropriation": "600000.00", "total_fiscal": "800000.00"}
APPROVED_P1 = {"批复当年财政拨款（元）": 500000, "批复上年结转资金（元）": 200000, "批复年度其他资金（元）": 200000}
APPROVED_SUBS = {"P2-1": 700000.07, "P2-2": 800000}


class Round(NamedTuple):
    """One of the collections, with its workbooks as they were sent out and a file that came back."""

    collection: Collection
    out: Mapping[str, Issued]  # by project code
    rolled: Rolled | None  # None of the first one

    def ledger(self) -> "closing[Ledger]":
        return closing(Ledger(sqlite_url(self.collection.ledger)))

    def imports(self, code: str, data: bytes) -> None:
        path = self.collection.folder / "收回" / f"{code}.xlsx"
        path.write_bytes(data)
        with self.ledger() as ledger:
            (item,) = import_files(self.collection, [path], ledger).items
            assert item.checked is not None
            assert item.checked.status == "accepted", item.checked.findings


def sent_out(collection: Collection, rolled: Rolled | None = None) -> Round:
    generate(collection, packaged_catalogue())
    desk, issues = Desk(collection), collection.latest_issues()
    out = {code: Issued(collection, collection.folder / issue.file, desk) for code, issue in issues.items()}
    return Round(collection, out, rolled)


def reported(collection: Collection) -> Reported:
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        return write_report(collection, ledger)


def enter(collection: Collection, sheet: str, code: str, values: Mapping[str, Any]) -> None:
    """Types into the line of a project in 汇总.xlsx, by the headers of its columns."""
    enter_lines(collection, sheet, {code: values})


def enter_lines(collection: Collection, sheet: str, lines: Mapping[str, Mapping[str, Any]]) -> None:
    """The same for several, by project code."""
    book = opened(collection.report.read_bytes())
    page = book[sheet]
    columns = {"".join(str(cell.value).split()): cell.column_letter for cell in page[HEADER_LINE] if cell.value}
    rows = {cell.value: cell.row for cell in page[columns["项目编码"]]}
    for code, values in lines.items():
        for header, value in values.items():
            page[f"{columns[header]}{rows[code]}"] = value
    collection.report.write_bytes(saved(book))


class Year(NamedTuple):
    """The four collections, by round."""

    first: Round
    second: Round
    approved: Round
    adjusted: Round

    @property
    def by_name(self) -> dict[str, Round]:
        return dict(zip(("一上", "二上", "批复", "调整"), self, strict=True))


def made_year(folder: Path) -> Year:
    subs = (project("P2-1", "书记工作室"), project("P2-2", "社区党建"))
    roots = (project(budget_ceiling=CEILING), project("P2", "党群服务", sub_projects=subs), project("P3", "未交的"))
    first = sent_out(collection_of(folder / "一上", *roots))
    for code, entry in {"P1": single(), "P2": family(subs=2)}.items():
        first.imports(code, first.out[code].filled(entry))
    reported(first.collection)
    enter(first.collection, "审核", "P1", {"结论": "修改后通过", "意见": OPINION, "审核人": "王五"})
    assert reported(first.collection).kept == 1
    second = _second(first, folder)
    with second.ledger() as ledger:
        decided = next_round(second.collection, ledger, "批复", folder / "批复")
    approved = sent_out(decided.collection, decided)
    with approved.ledger() as ledger:
        opened_again = next_round(decided.collection, ledger, "调整", folder / "调整")
    adjusted = sent_out(opened_again.collection, opened_again)
    adjusted.imports("P1", adjusted.out["P1"].filled({**PERSON, "annual_appropriation": "450000.00"}))
    return Year(first, second, approved, adjusted)


def _second(first: Round, folder: Path) -> Round:
    with first.ledger() as ledger:
        rolled = next_round(first.collection, ledger, "二上", folder / "二上")
    second = sent_out(rolled.collection, rolled)
    for code, cut in {"P1": CUT, "P2": {}}.items():
        second.imports(code, second.out[code].filled({**PERSON, **cut}))
    reported(second.collection)
    enter(second.collection, "批复", "P1", {**APPROVED_P1, "批复文号": NUMBER, "批复日期": DAY})
    for code, yuan in APPROVED_SUBS.items():
        enter(second.collection, "批复", code, {**APPROVED_P1, "批复当年财政拨款（元）": yuan})
    assert reported(second.collection).approvals == 2
    return second
