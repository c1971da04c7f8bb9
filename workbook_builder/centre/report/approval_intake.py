"""What was entered as approved into 汇总.xlsx, kept in the ledger."""

import getpass

from workbook_builder.centre.report.approval_columns import ENTERING_ROUNDS, approved_fields
from workbook_builder.centre.report.approval_reading import Known, read_approvals
from workbook_builder.centre.report.facts import read_projects
from workbook_builder.centre.report.review_intake import Applied
from workbook_builder.collection.folder import REPORT, Collection
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing


def take_approvals(data: bytes, collection: Collection, ledger: Ledger) -> Applied:
    """Keeps what sheet 批复 of a 汇总.xlsx says, all of it or, where anything is wrong, nothing.

    Raises UnreadableError where its bytes are no workbook.
    """
    desk = Desk(collection)
    settings, form = desk.roster.settings, desk.form
    if settings.round not in ENTERING_ROUNDS:
        return Applied(0, ())
    standing = Standing(collection, desk, ledger)
    book, about = standing.ledger, (form.form_id, settings.fiscal_year)
    approvals, findings = read_approvals(data, REPORT, approved_fields(form), known_projects(standing))
    if findings:
        return Applied(0, findings)
    actor = getpass.getuser()
    return Applied(book.keep_approvals(*about, [one._replace(actor=actor) for one in approvals]), ())


def known_projects(standing: Standing) -> dict[str, Known]:
    """By root code, the projects that lines of the sheet may be about."""
    versions: dict[str, dict[int, Approval]] = {}
    about = standing.form.form_id, standing.roster.settings.fiscal_year
    for approval in standing.ledger.approval_versions(*about):
        versions.setdefault(approval.project_code, {})[approval.version] = approval
    return {
        one.root.project_code: Known(
            {part.project_code: part.money for part in (one.root, *one.subs.values())},
            versions.get(one.root.project_code, {}),
        )
        for one in read_projects(standing)
    }
