"""What 汇总.xlsx costs, by its number of indicator rows; run with `python benchmarks/report.py`.

A ledger is filled with made-up declarations of 50 indicators and 3 findings each. Then, each in a process of its own:
the whole report with all its sheets, and as peers that write only the indicators pandas.to_excel with either engine.
Seconds are processor time, which other programs on the machine lengthen less. Peak memory is what the process held at
most, the program itself included ("idle": everything imported, nothing done).
"""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, insert, select

from workbook_builder.centre.report.write import write_report
from workbook_builder.collection.folder import Collection, new_collection
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit, offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.ledger import tables
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.resources import packaged_template

ROWS = (50_000, 1_100_000)
EACH, FINDINGS = 50, 3  # indicators and findings of a declaration
SHEET_ROWS = 1_048_575  # without the header
GOAL = {"annual_goal": "全年组织培训五次，覆盖全部党支部，服务党员群众。" * 3}
Work = Callable[[Path], None]


def filled_collection(folder: Path, rows: int) -> None:
    """A collection whose ledger holds so many indicator rows."""
    catalogue, template = packaged_catalogue(), packaged_template()
    form = load_template(template, "模板.xlsx", catalogue).form
    projects = [
        RosterProject(f"P{number:06}", f"项目{number}", unit_code=f"U{number % 40:02}")
        for number in range(rows // EACH)
    ]
    units = [Unit(f"U{number:02}", f"单位{number}") for number in range(40)]
    roster = Roster(Settings(2022, "一上"), tuple(units), tuple(projects[:1000]))
    new_collection(folder, new_roster(2022, offered_by(form, catalogue), roster), template)
    url = sqlite_url(Collection(folder).ledger)
    Ledger(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        for number, project in enumerate(projects, start=1):
            about = {"form_id": form.form_id, "fiscal_year": 2022, "project_code": project.project_code}
            connection.execute(insert(tables.project).values(id=number, **about))
            connection.execute(insert(tables.submission).values(submission(number, project)))
            names = {"project_name": project.project_name, "department": f"部门{number % 7}"}
            declared = {"id": number, "submission_id": number, "project_code": project.project_code, **names, **GOAL}
            connection.execute(insert(tables.declaration).values(declared))
            money = [{"declaration_id": number, "key": key, "amount_yuan": Decimal("1000.10")} for key in MONEY_LINES]
            connection.execute(insert(tables.money_line), money)
            connection.execute(insert(tables.indicator), [indicator(number, row) for row in range(EACH)])
            connection.execute(insert(tables.finding), [finding(number)] * FINDINGS)
    engine.dispose()


def submission(number: int, project: RosterProject) -> dict[str, object]:
    """A row of the table of submissions."""
    return {
        "id": number, "project_id": number, "sha256": f"{number:064}", "file": f"{number}.xlsx", "status": "accepted",
        "is_current": True, "is_undecided": False, "unit_code": project.unit_code, "round": "一上", "round_order": 0,
        "project_code": project.project_code, "form_version": "1", "issue_id": f"{number:016}", "issue_order": number,
        "submission_number": 1, "received_at": datetime(2022, 1, 10),
    }  # fmt: skip


def indicator(declaration: int, row: int) -> dict[str, object]:
    """A row of the table of indicators."""
    return {
        "declaration_id": declaration, "row": row, "level1": "产出指标", "level2": "数量指标",
        "name": f"第{row}类培训活动开展次数", "comparator": "≥", "target": str(row), "unit": "次",
    }  # fmt: skip


def finding(submission_id: int) -> dict[str, object]:
    """A row of the table of findings."""
    message = "「申报表」表 E6（年度资金申请总额）：项目在一个年度内完成，年度资金宜等于项目资金总额，现为 1000.10 元。"
    return {
        "submission_id": submission_id, "rule": "funds.single_year", "severity": "warning", "sheet": "申报表",
        "cell": "E6", "key": "annual_funds", "message": message,
    }  # fmt: skip


def ours(folder: Path) -> None:
    """The whole report."""
    collection = Collection(folder)
    ledger = Ledger(sqlite_url(collection.ledger))
    write_report(collection, ledger)
    ledger.close()


def by_pandas(folder: Path, engine: str) -> None:
    """The indicators alone."""
    database = create_engine(sqlite_url(Collection(folder).ledger))
    query = select(
        tables.declaration.c.department, tables.declaration.c.project_code, tables.declaration.c.project_name,
        *(column for column in tables.indicator.c if not column.name.endswith("id")),
    ).join_from(tables.declaration, tables.indicator)  # fmt: skip
    pd.read_sql(query, database).to_excel(folder / f"{engine}.xlsx", engine=engine, index=False)  # type: ignore[call-overload]
    database.dispose()


def by_pandas_xlsxwriter(folder: Path) -> None:
    """The indicators alone, with the same writer."""
    by_pandas(folder, "xlsxwriter")


def by_pandas_openpyxl(folder: Path) -> None:
    """The indicators alone, with pandas' default."""
    by_pandas(folder, "openpyxl")


def idle(_folder: Path) -> None:
    """Nothing."""


def measured(work: Work, folder: Path) -> tuple[float, int]:
    """Seconds of processor time, and the peak memory of this process in MiB."""
    start = time.process_time()
    work(folder)
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Prints the table."""
    table = Table("indicator rows", "what", "processor s", "peak MiB", "file, MiB")
    for rows in ROWS:
        with tempfile.TemporaryDirectory(prefix="report-benchmark-") as name:
            folder = Path(name) / "任务"
            filled_collection(folder, rows)
            works: list[Work] = [idle, ours]
            if rows <= SHEET_ROWS:  # pandas refuses more
                works += [by_pandas_xlsxwriter, by_pandas_openpyxl]
            for work in works:
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    seconds, peak = pool.apply(measured, (work, folder))
                files = {
                    ours: "汇总.xlsx",
                    by_pandas_xlsxwriter: "xlsxwriter.xlsx",
                    by_pandas_openpyxl: "openpyxl.xlsx",
                }
                size = (folder / files[work]).stat().st_size / 2**20 if work in files else 0
                table.add_row(f"{rows:,}", work.__name__, f"{seconds:.1f}", str(peak), f"{size:.1f}")
                Console(stderr=True).print(rows, work.__name__, round(seconds, 1), peak, round(size, 1))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
