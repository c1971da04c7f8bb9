"""What reviewers wrote into 汇总.xlsx, kept in the ledger."""

from typing import NamedTuple

from workbook_builder.centre.report.facts import judgements
from workbook_builder.centre.report.review_reading import Known, read_reviews
from workbook_builder.collection.folder import REPORT, Collection
from workbook_builder.errors import UsageError
from workbook_builder.files import open_marks
from workbook_builder.findings import Finding
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review
from workbook_builder.rule_ids import REVIEW_CONFLICT


class Applied(NamedTuple):
    """What was taken over from sheet 审核."""

    kept: int  # reviews that say something new
    findings: tuple[Finding, ...]  # what could not be understood; it stands in 汇总.xlsx only


def refuse_if_open(collection: Collection) -> None:
    """Raises UsageError while 汇总.xlsx is open in a program: what is typed there is not in the file yet."""
    for name in open_marks(REPORT):
        if (collection.folder / name).exists():
            raise UsageError(
                f"{REPORT} 正在 Excel 等程序中打开，没有改动。请保存并关闭它，再运行一次；"
                f"如果已经关闭，请删除任务文件夹中的“{name}”。"
            )


def keep_reviews(data: bytes, collection: Collection, ledger: Ledger) -> Applied:
    """Keeps every review of a 汇总.xlsx that can be understood. Raises UnreadableError where its bytes are no workbook."""
    desk, ledger = Desk(collection), ledger.within(collection)
    form_id, year = desk.form.form_id, desk.roster.settings.fiscal_year
    read = read_reviews(data, REPORT, _known(ledger, form_id, year))
    if any(finding.rule == REVIEW_CONFLICT for finding in read.findings):  # a copy that others have gone past
        return Applied(0, read.findings)
    return Applied(ledger.keep_reviews(form_id, year, read.reviews), read.findings)


def _known(ledger: Ledger, form_id: str, year: int) -> dict[str, Known]:
    """The submissions that lines of the sheet may be about, by their SHA-256."""
    submissions = ledger.submissions(form_id, year)
    judged = judgements(ledger, [one.id for one in submissions])
    versions: dict[str, dict[int, Review]] = {one.sha256: {} for one in submissions}
    for review in ledger.review_versions(form_id, year):
        versions[review.sha256][review.version] = review
    return {one.sha256: Known(one.project_code, judged[one.id].pre_scores, versions[one.sha256]) for one in submissions}
