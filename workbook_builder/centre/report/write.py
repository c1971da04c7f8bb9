"""`report`: takes over what reviewers wrote into 汇总.xlsx and its parts, then writes it anew from the ledger."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.report.content import Gathered, Report, gathered
from workbook_builder.centre.report.csv_files import write_csv
from workbook_builder.centre.report.drawing import draw_report
from workbook_builder.centre.report.parts import part_files, refuse_open_parts, write_parts
from workbook_builder.centre.report.review_intake import Applied, Intake, refuse_if_open
from workbook_builder.centre.report.written import is_ours, kept_copy, write_over
from workbook_builder.collection.folder import REPORT, REVIEWS, Collection
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file
from workbook_builder.findings import Finding
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.stands import Withdrawn
from workbook_builder.progress import Progress, untold


class Reported(NamedTuple):
    """What one run of `report` did."""

    file: Path | None  # 汇总.xlsx; None where it was left as it is, because of the findings
    projects: int  # declarations in it
    applied: tuple[Applied, ...]  # each file from which reviews were taken over
    copy: Path | None = None  # of the 汇总.xlsx that was there, where somebody had changed it
    csv_files: tuple[Path, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()  # projects that have left the roster: in no sum of it
    unread: tuple[str, ...] = ()  # projects of which an amount could not be read, in words: not in the totals of it
    parts: tuple[Path, ...] = ()  # of single reviewers
    disputed: tuple[str, ...] = ()  # codes of projects of which several people say different things

    @property
    def kept(self) -> int:
        """Reviews that say something new, now in the ledger."""
        return sum(one.kept for one in self.applied)

    @property
    def assigned(self) -> int:
        """Projects that were given to another reviewer."""
        return sum(one.assigned for one in self.applied)

    @property
    def approvals(self) -> int:
        """Root projects of which sheet 批复 says something new, now in the ledger."""
        return sum(one.approvals for one in self.applied)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What could not be understood, and what others say otherwise."""
        return tuple(finding for one in self.applied for finding in one.findings)

    @property
    def outdated(self) -> tuple[str, ...]:
        """Codes of projects of which something else counts than what was reviewed."""
        return tuple(sorted({code for one in self.applied for code in one.outdated}))

    @property
    def mistakes(self) -> int:
        """How much could not be understood."""
        return sum(len(one.mistakes) for one in self.applied)

    @property
    def conflicts(self) -> int:
        """How often others say otherwise."""
        return sum(len(one.conflicts) for one in self.applied)

    @property
    def exit_code(self) -> int:
        """1 where reviews are to be corrected or agreed on, 3 where a file of them cannot be read."""
        if any(one.is_unreadable for one in self.applied):
            return 3
        return 1 if self.findings else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `report --json`."""
        return {
            "file": self.file and str(self.file),
            "projects": self.projects,
            "withdrawn": [gone.project_code for gone in self.withdrawn],
            "unread": list(self.unread),
            "reviews_kept": self.kept,
            "assigned": self.assigned,
            "approvals_kept": self.approvals,
            "findings": [finding._asdict() for finding in self.findings],
            "files": [one.to_json() for one in self.applied],
            "disputed": list(self.disputed),
            "outdated": list(self.outdated),
            "copy": self.copy and str(self.copy),
            "parts": [str(path) for path in self.parts],
            "csv": [str(path) for path in self.csv_files],
        }


def write_report(
    collection: Collection,
    ledger: Ledger,
    csv_folder: Path | None = None,
    *,
    split: bool = False,
    progress: Progress = untold,
) -> Reported:
    """Writes 汇总.xlsx, and its tables into csv_folder; first keeps the reviews of what is there, parts in 审核/ included.

    split: a part for each reviewer is written as well. A file in which something cannot be understood is left as it is,
    the findings say so; where that is 汇总.xlsx itself, nothing is written. Raises ContentError where the roster has
    mistakes, UnreadableError where 汇总.xlsx is broken, UsageError where it, or a part to be written, is open in a
    program or cannot be written, or where the database refuses, or another report of this collection takes too long.
    """
    with collection.reporting():
        refuse_if_open(collection.report)
        if split:
            refuse_open_parts(collection)
        before = read_file(collection.report) if collection.report.is_file() else None
        desk = Desk(collection)  # one, so that the roster is read once
        applied = _taken(collection, ledger, desk, before)
        if before is not None and applied[0].mistakes:
            return Reported(None, 0, tuple(applied))
        source = gathered(collection, ledger, desk)
        return _written(source, (csv_folder, split), before, applied, progress)


def _taken(collection: Collection, ledger: Ledger, desk: Desk, before: bytes | None) -> list[Applied]:
    """What is taken over: from 汇总.xlsx, where it is there, first."""
    intake = Intake(collection, ledger, desk)
    own = [] if before is None else [intake.take(collection.report, before)]
    return [*own, *(_with_copy(collection, one) for one in intake.take_each(part_files(collection)))]


def _written(
    source: Gathered,
    more: tuple[Path | None, bool],
    before: bytes | None,
    applied: Sequence[Applied],
    progress: Progress,
) -> Reported:
    (csv_folder, split), collection, content = more, source.collection, source.report()
    is_changed = before is not None and not is_ours(collection, collection.report, before)
    copy = kept_copy(collection, collection.report, before) if before is not None and is_changed else None
    write_over(collection, collection.report, before, lambda path: draw_report(path, content, progress))
    parts = dict(write_parts(source, {one.path: one for one in applied}) if split else ())
    return Reported(
        collection.report,
        len(content.projects),
        tuple(one._replace(copy=one.copy or parts.get(one.path)) for one in applied),
        copy,
        tuple(_csv_files(content, csv_folder)) if csv_folder else (),
        content.status.withdrawn,
        content.funds.unread,
        tuple(parts),
        tuple(one.root.project_code for one in content.projects if one.stand.told.disputes),
    )


def apply_reviews(collection: Collection, ledger: Ledger, files: Iterable[Path] = ()) -> Reported:
    """Keeps the reviews and approvals of files, by default of 汇总.xlsx and all of 审核/, and writes none of them.

    Raises as `write_report` does, and where there is no such file.
    """
    chosen = list(files)
    for path in chosen:
        if not path.is_file():
            raise UsageError(f"没有文件“{path}”，没有记入任何审核。请核对文件名。")
    paths = chosen or [*([collection.report] if collection.report.is_file() else []), *part_files(collection)]
    if not paths:
        raise UsageError(f"任务文件夹中还没有 {REPORT}，也没有 {REVIEWS}/。请先运行 workbook-builder report 生成。")
    with collection.reporting():
        for path in paths:
            refuse_if_open(path)
        done = Intake(collection, ledger).take_each(paths)
        return Reported(None, 0, tuple(_with_copy(collection, one) for one in done))


def _with_copy(collection: Collection, done: Applied) -> Applied:
    """Where a file says more than was taken over, its bytes are kept."""
    if not done.findings or done.data is None:
        return done
    return done._replace(copy=kept_copy(collection, done.path, done.data))


def _csv_files(content: Report, folder: Path) -> list[Path]:
    paths = []
    for table in content.as_tables():
        path = folder / f"{table.title}.csv"
        write_csv(path, table.headers, table.rows())
        paths.append(path)
    return paths
