"""What was written into 汇总.xlsx and its parts, kept in the ledger: each file on its own."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.report.approval_intake import Approvals
from workbook_builder.centre.report.facts import judgements
from workbook_builder.centre.report.review_reading import Known, read_reviews
from workbook_builder.collection.folder import Collection
from workbook_builder.errors import UnreadableError, UsageError
from workbook_builder.files import open_marks, read_file
from workbook_builder.findings import Finding
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.rule_ids import ANY_FILE, REVIEW_CONFLICT


class Applied(NamedTuple):
    """What was taken over from one file."""

    path: Path
    data: bytes | None  # None where it cannot be read
    kept: int = 0  # reviews that say something new
    assigned: int = 0  # projects given to another reviewer
    approvals: int = 0  # root projects of which sheet 批复 says something new
    findings: tuple[Finding, ...] = ()
    outdated: tuple[str, ...] = ()  # codes of projects of which something else counts than what was reviewed here
    copy: Path | None = None  # of the file, in the archive, where it says more than was taken over

    @property
    def mistakes(self) -> tuple[Finding, ...]:
        """What could not be understood: it stands in the file only."""
        return tuple(finding for finding in self.findings if finding.rule != REVIEW_CONFLICT)

    @property
    def conflicts(self) -> tuple[Finding, ...]:
        """What others say otherwise: it is kept, and counts for nothing."""
        return tuple(finding for finding in self.findings if finding.rule == REVIEW_CONFLICT)

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing of it could be read."""
        return any(finding.rule.startswith(ANY_FILE) for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """An entry of `report --json`'s files."""
        return {
            "file": str(self.path),
            "reviews_kept": self.kept,
            "assigned": self.assigned,
            "approvals_kept": self.approvals,
            "outdated": list(self.outdated),
            "findings": [finding._asdict() for finding in self.findings],
            "copy": self.copy and str(self.copy),
        }


def refuse_if_open(path: Path) -> None:
    """Raises UsageError while a file is open in a program: what is typed there is not in it yet."""
    for name in open_marks(path.name):
        if (path.parent / name).exists():
            raise UsageError(
                f"{path.name} 正在 Excel 等程序中打开，没有改动。请保存并关闭它，再运行一次；"
                f"如果已经关闭，请删除它旁边的“{name}”。"
            )


class Intake:
    """Takes files into the ledger of a collection, one after the other: each meets what those before it said."""

    def __init__(self, collection: Collection, ledger: Ledger, desk: Desk | None = None):
        """desk: of the collection, where one is at hand.

        Raises ContentError where the roster has mistakes, UsageError where the ledger cannot be read.
        """
        desk, self._ledger = desk or Desk(collection), ledger.within(collection)
        self._approvals = Approvals(collection, desk, ledger)
        self._key = desk.form.form_id, desk.roster.settings.fiscal_year
        self._submissions = self._ledger.submissions(*self._key)
        self._outdated = {one.sha256 for one in self._submissions if not one.is_current}
        self._judged = judgements(self._ledger, [one.id for one in self._submissions])
        self._known = self.known()

    def take(self, path: Path, data: bytes) -> Applied:
        """Keeps what can be understood of a file's bytes. Raises UnreadableError where they are no workbook."""
        read = read_reviews(data, path.name, self._known)
        kept, assigned = self._ledger.keep_reviews(*self._key, read.reviews, read.assignments)
        if read.reviews or read.assignments:
            self._known = self.known()
        approved, mistakes = self._approvals.take(data, path.name)
        outdated = tuple(one.project_code for one in read.reviews if one.sha256 in self._outdated)
        return Applied(path, data, kept, assigned, approved, (*read.findings, *mistakes), outdated)

    def take_each(self, paths: Iterable[Path]) -> list[Applied]:
        """The same for files; one that cannot be read does not stop the others."""
        done = []
        for path in paths:
            data = None
            try:
                data = read_file(path)
                done.append(self.take(path, data))
            except UnreadableError as error:
                done.append(Applied(path, data, findings=(error.finding,)))
        return done

    def known(self) -> dict[str, Known]:
        """The submissions that lines may be about, by their SHA-256."""
        versions: dict[str, list[Review]] = {}
        for review in self._ledger.review_versions(*self._key):
            versions.setdefault(review.sha256, []).append(review)
        given: Mapping[str, tuple[str | None, ...]] = self._ledger.assignments(*self._key)
        return {
            one.sha256: Known(
                one.project_code,
                self._judged[one.id].pre_scores,
                versions.get(one.sha256, ()),
                given.get(one.project_code, ()),
            )
            for one in self._submissions
        }
