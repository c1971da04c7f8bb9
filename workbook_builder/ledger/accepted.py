"""What counts and is accepted in a collection's ledger: what is passed on, and what next year starts from."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import ROUNDS, Roster
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import SENT_BACK


class Accepted(NamedTuple):
    """A declaration that counts and was accepted."""

    row: Any  # of the ledger's table submission
    declaration: dict[str, Any]  # as in `check --json`

    @property
    def project_name(self) -> str:
        """As declared."""
        return str(self.declaration.get("project_name") or "")


class LeftOut(NamedTuple):
    """A project of which nothing accepted counts."""

    unit_code: str
    project_code: str
    project_name: str
    why: str


class Counting(NamedTuple):
    """All projects of a collection, by what counts for them."""

    accepted: Sequence[Accepted]
    left_out: Sequence[LeftOut]


def counting(collection: Collection, desk: Desk, ledger: Ledger) -> Counting:
    """What counts in this collection's ledger and was not sent back by a review, in the order of project codes.

    A ledger may keep several collections: theirs are passed over. Raises ContentError where the roster has mistakes.
    """
    roster = desk.roster
    known = {project.project_code for project in roster.projects}
    reviews = ledger.reviews(desk.form.form_id, roster.settings.fiscal_year).items()
    sent_back = {code for code, review in reviews if review.is_current and review.verdict == SENT_BACK}
    accepted, left_out, came = [], [], set()
    for row in ledger.current(desk.form.form_id, roster.settings.fiscal_year):
        if row.project_code not in known and not collection.original(row.sha256, row.file).is_file():
            continue
        came.add(row.project_code)
        declaration = json.loads(row.document)["declaration"]
        is_sent_back = row.project_code in sent_back
        if why := "审核结论为“退回”" if is_sent_back else _why_not(collection, roster, row):
            name = declaration.get("project_name") or ""
            left_out.append(LeftOut(row.unit_code or "", row.project_code, name, why))
        else:
            accepted.append(Accepted(row, declaration))
    left_out += _missing(roster, came)
    return Counting(accepted, sorted(left_out, key=lambda entry: entry.project_code))


def _why_not(collection: Collection, roster: Roster, row: Any) -> str | None:
    if row.round_order < ROUNDS.index(roster.settings.round):
        return f"只有“{row.round}”的申报，本轮未交"
    if row.status != "accepted":
        return "应退回修改"
    if not collection.original(row.sha256, row.file).is_file():
        return "档案中没有它的原件"
    return None


def _missing(roster: Roster, came: set[str]) -> Iterator[LeftOut]:
    silent = {unit.unit_code for unit in roster.units if not unit.must_report}
    for project in roster.projects:
        if project.project_code not in came and project.unit_code not in silent:
            yield LeftOut(project.unit_code or "", project.project_code, project.project_name, "未交")
