"""`report`: takes over what reviewers wrote into 汇总.xlsx, then writes it anew from the ledger."""

import datetime
import json
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.report.approval_columns import approved_fields
from workbook_builder.centre.report.approval_intake import take_approvals
from workbook_builder.centre.report.approval_sheet import draw_approvals
from workbook_builder.centre.report.book import Book
from workbook_builder.centre.report.content import Report, report_of
from workbook_builder.centre.report.csv_files import write_csv
from workbook_builder.centre.report.funds import draw_funds
from workbook_builder.centre.report.goals import draw_goals
from workbook_builder.centre.report.overview import draw_overview
from workbook_builder.centre.report.review_intake import keep_reviews, refuse_if_open
from workbook_builder.centre.report.review_sheet import draw_reviews
from workbook_builder.collection.folder import REPORT, Collection, sha256
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file, whole_file, write_file
from workbook_builder.findings import Finding
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Withdrawn

RECORD, OLD_REPORTS = "汇总.json", "旧汇总"  # in the archive


class Reported(NamedTuple):
    """What one run of `report` did."""

    file: Path | None  # 汇总.xlsx; None where it was left as it is, because of the findings
    projects: int  # declarations in it
    kept: int  # reviews that say something new, now in the ledger
    findings: tuple[Finding, ...]  # what could not be understood on sheet 审核
    copy: Path | None  # of the 汇总.xlsx that was there, where somebody had changed it
    csv_files: tuple[Path, ...]
    withdrawn: tuple[Withdrawn, ...] = ()  # projects that have left the roster: in no sum of it
    unread: tuple[str, ...] = ()  # projects of which an amount could not be read, in words: not in the totals of it
    approvals: int = 0  # of which sheet 批复 says something new, now in the ledger

    @property
    def exit_code(self) -> int:
        """1 where reviews are to be corrected."""
        return 1 if self.findings else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `report --json`."""
        return {
            "file": self.file and str(self.file),
            "projects": self.projects,
            "withdrawn": [gone.project_code for gone in self.withdrawn],
            "unread": list(self.unread),
            "reviews_kept": self.kept,
            "approvals_kept": self.approvals,
            "findings": [finding._asdict() for finding in self.findings],
            "copy": self.copy and str(self.copy),
            "csv": [str(path) for path in self.csv_files],
        }


def write_report(collection: Collection, ledger: Ledger, csv_folder: Path | None = None) -> Reported:
    """Writes 汇总.xlsx, and its tables into csv_folder; first keeps the reviews of the 汇总.xlsx that is there.

    Where one of those reviews cannot be understood, the findings say so and nothing is written. Raises ContentError
    where the roster has mistakes, UnreadableError where 汇总.xlsx is broken, UsageError where it is open in a program or
    cannot be written, or where the database refuses, or another report of this collection takes too long.
    """
    with collection.reporting():
        return _written(collection, ledger, csv_folder)


def _written(collection: Collection, ledger: Ledger, csv_folder: Path | None) -> Reported:
    refuse_if_open(collection)
    before = read_file(collection.report) if collection.report.is_file() else None
    kept = approvals = 0
    if before is not None:
        applied = _applied(before, collection, ledger)
        if applied.findings:
            return applied
        kept, approvals = applied.kept, applied.approvals
    content = report_of(collection, ledger)
    copy = _kept_copy(collection, before) if before is not None else None
    _write_report(collection, content, before)
    csv_files = tuple(_csv_files(content, csv_folder)) if csv_folder else ()
    return Reported(
        collection.report,
        len(content.projects),
        kept,
        (),
        copy,
        csv_files,
        content.status.withdrawn,
        content.funds.unread,
        approvals,
    )


def _applied(data: bytes, collection: Collection, ledger: Ledger) -> Reported:
    """What both sheets that are filled in say: nothing is written."""
    reviews, approvals = (take(data, collection, ledger) for take in (keep_reviews, take_approvals))
    findings = (*reviews.findings, *approvals.findings)
    return Reported(None, 0, reviews.kept, findings, None, (), approvals=approvals.kept)


def apply_reviews(collection: Collection, ledger: Ledger) -> Reported:
    """Keeps the reviews and approvals of 汇总.xlsx and writes no file; raises as `write_report` does, and where there is none."""
    if not collection.report.is_file():
        raise UsageError(f"任务文件夹中还没有 {REPORT}。请先运行 workbook-builder report 生成。")
    with collection.reporting():
        refuse_if_open(collection)
        return _applied(read_file(collection.report), collection, ledger)


def _kept_copy(collection: Collection, data: bytes) -> Path | None:
    """Keeps a 汇总.xlsx that somebody changed: it may hold more than reviews."""
    digest = sha256(data)
    if digest in _own(collection):
        return None
    moment = datetime.datetime.fromtimestamp(collection.report.stat().st_mtime).astimezone()
    path = collection.archive / OLD_REPORTS / f"汇总-{moment:%Y%m%d-%H%M%S}-{digest[:8]}.xlsx"
    write_file(path, data, overwrite=True)
    return path


def _own(collection: Collection) -> list[str]:
    """The SHA-256 of every 汇总.xlsx of which nobody but we may have written the bytes: the last, and the one before it."""
    record = collection.archive / RECORD
    if not record.is_file():
        return []
    known = json.loads(read_file(record))
    return [known["sha256"], *known.get("before", ())]


def _write_report(collection: Collection, content: Report, before: bytes | None) -> None:
    with whole_file(collection.report, overwrite=True) as temporary:
        draw_report(temporary, content)
        digest = sha256(temporary.read_bytes())
        refuse_if_open(collection)
        if before is not None and read_file(collection.report) != before:
            raise UsageError(f"{REPORT} 在生成期间被改动过，没有覆盖。请再运行一次。")
        _record(collection, digest, before)


def _record(collection: Collection, digest: str, before: bytes | None) -> None:
    """Before the file takes its place: whichever of the two lies there after a crash is known to be ours.

    Of a file that somebody changed a copy was kept, so that it, too, need not be kept again.
    """
    known = {"sha256": digest, "before": [] if before is None else [sha256(before)]}
    write_file(collection.archive / RECORD, json.dumps(known).encode(), overwrite=True)


def draw_report(path: Path, content: Report) -> None:
    """All sheets into a file."""
    book = Book(path, content.heading)
    form = content.form
    advice = f"生成于 {content.written_at:%Y-%m-%d %H:%M}；表单 {form.form_id}，版本 {form.version}。数字都是公式，取自其他各表。"
    draw_overview(book, content.heading, advice, content.status, content.projects, content.funds)
    book.draw(content.progress)
    draw_funds(book, content.funds)
    draw_goals(book, content.goals, content.settings.fiscal_year)
    for table in content.long_tables:
        book.draw(table)
    draw_reviews(book, content.projects)
    if content.compared:
        draw_approvals(book, content.compared, approved_fields(content.form))
    book.close()


def _csv_files(content: Report, folder: Path) -> list[Path]:
    paths = []
    for table in content.as_tables():
        path = folder / f"{table.title}.csv"
        write_csv(path, table.headers, table.rows())
        paths.append(path)
    return paths
