"""What 汇总.xlsx costs, by its number of indicator rows: the command `report`, beside pandas.to_excel on the indicators alone.

A ledger is filled with made-up declarations of 50 indicators and 3 findings each. Every measurement is a process of its
own; `python -m benchmarks.reporting ENGINE FOLDER` is what the peers run.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from sqlalchemy import Engine, create_engine, insert, select

from benchmarks.chapters import Chapter, Table
from benchmarks.made_up import GOAL, YEAR, collection_of, roster_of
from benchmarks.measuring import PROGRAM, Used, used_by
from workbook_builder.collection.folder import REPORT, Collection
from workbook_builder.collection.roster import RosterProject
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.ledger import tables
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.resources import packaged_template

EACH, FINDINGS = 50, 3  # indicators and findings of a declaration
AT_ONCE = 500  # declarations
SHEET_ROWS = 1_048_575  # without the header
ENGINES = ("xlsxwriter", "openpyxl")
Rows = list[dict[str, Any]]


def measured(counts: Sequence[int]) -> Chapter:
    """For each number of indicator rows."""
    lines: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    for rows in counts:
        with tempfile.TemporaryDirectory(prefix="report-") as name:
            folder = Path(name) / "任务"
            _filled_collection(folder, rows)
            for what, used, file in _compared(folder, rows):
                size = file.stat().st_size / 2**20
                figures[f"report_of_rows_{rows}"] = figures.get(f"report_of_rows_{rows}", used.processor)
                figures[f"report_peak_{rows}"] = figures.get(f"report_peak_{rows}", used.peak)
                lines.append(
                    (f"{rows:,}", what, f"{used.processor:.1f}", f"{used.wall:.1f}", f"{used.peak:.0f}", f"{size:.1f}")
                )
            if rows > SHEET_ROWS:
                lines.append(
                    (f"{rows:,}", "indicators alone, pandas.to_excel", "refuses: more than a sheet holds", "", "", "")
                )
    header = "indicator rows", "what", "processor, s", "clock, s", "most memory, MiB", "file, MiB"
    caption = f"Each declaration with {EACH} indicators and {FINDINGS} findings; each line a process of its own."
    return Chapter("Report: 汇总.xlsx", [Table(caption, header, lines)], figures)  # fmt: skip


def _compared(folder: Path, rows: int) -> Iterator[tuple[str, Used, Path]]:
    yield "the whole of `report`, all sheets", used_by([*PROGRAM, "report", folder]), folder / REPORT
    if rows <= SHEET_ROWS:
        for engine in ENGINES:
            used = used_by([sys.executable, "-m", "benchmarks.reporting", engine, folder])
            yield f"indicators alone, pandas.to_excel by {engine}", used, folder / f"{engine}.xlsx"


def _filled_collection(folder: Path, rows: int) -> None:
    """A collection whose ledger holds so many indicator rows."""
    roster = roster_of(rows // EACH, 0)
    collection = collection_of(folder, roster)
    url = sqlite_url(collection.ledger)
    Ledger(url).close()
    engine = create_engine(url)
    form_id = load_template(packaged_template(), "模板.xlsx", packaged_catalogue()).form.form_id
    for start in range(0, len(roster.projects), AT_ONCE):
        _record(engine, form_id, range(start, start + AT_ONCE), roster.projects[start : start + AT_ONCE])
    engine.dispose()


def _record(engine: Engine, form_id: str, numbers: range, projects: Sequence[RosterProject]) -> None:
    some = [(number + 1, project) for number, project in zip(numbers, projects, strict=False)]
    rows: dict[Any, Rows] = {
        tables.project: [
            {"id": number, "form_id": form_id, "fiscal_year": YEAR, "project_code": one.project_code} for number, one in some
        ],
        tables.submission: [_submission(number, one) for number, one in some],
        tables.declaration: [_declaration(number, one) for number, one in some],
        tables.money_line: [
            {"declaration_id": number, "key": key, "amount_yuan": Decimal("1000.10")}
            for number, _ in some
            for key in MONEY_LINES
        ],
        tables.indicator: [_indicator(number, row) for number, _ in some for row in range(EACH)],
        tables.finding: [_finding(number) for number, _ in some for _ in range(FINDINGS)],
    }  # fmt: skip
    with engine.begin() as connection:
        for table, lines in rows.items():
            connection.execute(insert(table), lines)


def _submission(number: int, project: RosterProject) -> dict[str, Any]:
    return {
        "id": number, "project_id": number, "sha256": f"{number:064}", "file": f"{number}.xlsx", "status": "accepted",
        "is_current": True, "is_undecided": False, "unit_code": project.unit_code, "round": "一上", "round_order": 0,
        "project_code": project.project_code, "form_version": "1", "issue_id": f"{number:016}", "issue_order": number,
        "submission_number": 1, "received_at": datetime(YEAR, 1, 10),
    }  # fmt: skip


def _declaration(number: int, project: RosterProject) -> dict[str, Any]:
    return {
        "id": number, "submission_id": number, "project_code": project.project_code, "project_name": project.project_name,
        "department": f"部门{number % 7}", "annual_goal": GOAL.format(number),
    }  # fmt: skip


def _indicator(declaration: int, row: int) -> dict[str, Any]:
    return {
        "declaration_id": declaration, "row": row, "level1": "产出指标", "level2": "数量指标",
        "name": f"第{row}类培训活动开展次数", "comparator": "≥", "target": str(row), "unit": "次",
    }  # fmt: skip


def _finding(submission_id: int) -> dict[str, Any]:
    message = "「申报表」表 E6（年度资金申请总额）：项目在一个年度内完成，年度资金宜等于项目资金总额，现为 1000.10 元。"
    return {
        "submission_id": submission_id, "rule": "funds.single_year", "severity": "warning", "sheet": "申报表",
        "cell": "E6", "key": "annual_funds", "message": message,
    }  # fmt: skip


def by_pandas(folder: Path, engine: Literal["xlsxwriter", "openpyxl"]) -> None:
    """The indicators alone."""
    database = create_engine(sqlite_url(Collection(folder).ledger))
    query = select(
        tables.declaration.c.department, tables.declaration.c.project_code, tables.declaration.c.project_name,
        *(column for column in tables.indicator.c if not column.name.endswith("id")),
    ).join_from(tables.declaration, tables.indicator)  # fmt: skip
    pd.read_sql(query, database).to_excel(folder / f"{engine}.xlsx", engine=engine, index=False)
    database.dispose()


if __name__ == "__main__":
    by_pandas(Path(sys.argv[2]), "xlsxwriter" if sys.argv[1] == "xlsxwriter" else "openpyxl")
