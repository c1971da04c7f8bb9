"""Which of what counts may go on to the next level, or to the next year, and why the rest may not."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.rows import Submission
from workbook_builder.ledger.standing import Standing, silent_units
from workbook_builder.ledger.stands import Stand

NO_ORIGINAL = "档案中没有它的原件"
DISPUTED = "审核意见不一，还没有在“审核”表中确定"


class LeftOut(NamedTuple):
    """A project of which nothing may go on."""

    unit_code: str
    project_code: str
    project_name: str
    why: str  # a Chinese clause


class Accepted(NamedTuple):
    """A declaration that counts and may go on."""

    submission: Submission
    declaration: Mapping[str, Any]  # as in `check --json`, or what of it was asked for
    review: Review | None  # that a person of this centre has given on it
    is_awaiting_change: bool  # it passed but for a change, which has not come
    is_disputed: bool  # reviewers contradict one another, and nobody has settled it

    @property
    def verdict(self) -> str | None:
        """Of the review; None where nobody has given one."""
        return self.review and self.review.verdict

    @property
    def project_name(self) -> str:
        """As declared."""
        return str(self.declaration.get("project_name") or "")

    def left_out(self, why: str) -> LeftOut:
        """The same where it may not go on after all."""
        return LeftOut(self.submission.unit_code, self.submission.project_code, self.project_name, why)


class Counting(NamedTuple):
    """The root projects of a collection by whether they may go on, in the order of project codes."""

    accepted: Sequence[Accepted]
    left_out: Sequence[LeftOut]


def counting(
    standing: Standing, of_declaration: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda declared: declared
) -> Counting:
    """Which root projects may go on to the next level, or to the next year: accepted and not sent back.

    of_declaration: what of each declaration is kept, with its project_name; thousands of whole ones take hundreds of MiB.
    """
    ours = standing.wholes()
    accepted, left_out = [], []
    documents = standing.ledger.documents(stand.submission.id for stand in ours)
    for stand, document in zip(ours, documents, strict=True):
        reviewed = stand.review_of_it, stand.is_awaiting_change, bool(stand.told.disputes)
        declared = Accepted(stand.submission, of_declaration(document.declaration), *reviewed)
        if why := _why_not(stand, standing):
            left_out.append(declared.left_out(why))
        else:
            accepted.append(declared)
    left_out += _nothing_came(standing, {stand.submission.project_code for stand in ours})
    left_out += [LeftOut(*gone[:3], f"{gone.why}，{gone.amount_words}不计入") for gone in standing.withdrawn()]
    return Counting(accepted, sorted(left_out, key=lambda entry: entry.project_code))


def _why_not(stand: Stand, standing: Standing) -> str | None:
    """Why a project may not go on; None where it may."""
    if stand.is_sent_back:
        return "审核结论为“退回”"
    if stand.is_earlier:
        return f"只有“{stand.submission.round}”的申报，本轮未交"
    if stand.state == "returned":
        return "应退回修改"
    return None if standing.has_original(stand.submission) else NO_ORIGINAL


def _nothing_came(standing: Standing, came: Container[str]) -> Iterator[LeftOut]:
    silent = silent_units(standing.roster)
    for project in standing.asked:
        if project.project_code not in came and project.unit_code not in silent:
            yield LeftOut(project.unit_code or "", project.project_code, project.project_name, "未交")
