"""What was entered as approved into 汇总.xlsx, kept in the ledger."""

import getpass

from workbook_builder.centre.report.approval_columns import ENTERING_ROUNDS, approved_fields
from workbook_builder.centre.report.approval_reading import Known, read_approvals
from workbook_builder.centre.report.facts import read_projects
from workbook_builder.collection.folder import Collection
from workbook_builder.findings import Finding
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing


class Approvals:
    """Takes what files say as approved into the ledger of a collection."""

    def __init__(self, collection: Collection, desk: Desk, ledger: Ledger):
        self._collection, self._desk, self._ledger = collection, desk, ledger

    def take(self, data: bytes, file: str) -> tuple[int, tuple[Finding, ...]]:
        """Keeps what sheet 批复 of a file says, all of it or, where anything is wrong, nothing: how many root projects say
        something new, and what is wrong.

        Raises UnreadableError where its bytes are no workbook.
        """
        settings, form = self._desk.roster.settings, self._desk.form
        if settings.round not in ENTERING_ROUNDS:
            return 0, ()
        standing = Standing(self._collection, self._desk, self._ledger)
        fields = approved_fields(form)
        approvals, findings = read_approvals(data, file, fields, lambda: known_projects(standing))
        if findings:
            return 0, findings
        signed = [one._replace(actor=getpass.getuser()) for one in approvals]
        return standing.ledger.keep_approvals(form.form_id, settings.fiscal_year, signed), ()


def known_projects(standing: Standing) -> dict[str, Known]:
    """By root code, the projects that lines of the sheet may be about; of those that left the roster what was approved."""
    versions: dict[str, dict[int, Approval]] = {}
    about = standing.form.form_id, standing.roster.settings.fiscal_year
    for approval in standing.ledger.approval_versions(*about):
        versions.setdefault(approval.project_code, {})[approval.version] = approval
    gone = {code: Known({}, approved) for code, approved in versions.items()}
    return gone | {
        one.root.project_code: Known(
            {part.project_code: part.money for part in (one.root, *one.subs.values())},
            versions.get(one.root.project_code, {}),
        )
        for one in read_projects(standing)
    }
