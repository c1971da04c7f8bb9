"""Which projects the public may read of, and why not of the others."""

from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from workbook_builder.collection.roster import NOT_PUBLIC, PARTLY_PUBLIC, Roster
from workbook_builder.errors import UsageError
from workbook_builder.findings import Finding
from workbook_builder.form.declaration import SUB_PROJECTS, sub_project_of
from workbook_builder.ledger.counting import DISPUTED, Accepted, LeftOut, counting
from workbook_builder.ledger.reviews import PASSED
from workbook_builder.ledger.standing import Standing

WITHHELD = "“公开”为“否”（名册，或下级报送包中的名册）"
UNREVIEWED = "还没有审核通过（汇总.xlsx 中审核结论应为“通过”）；征求意见稿可加 --draft"
AWAITING_CHANGE = "审核结论为“修改后通过”，改好的还没有交来、审核通过；征求意见稿可加 --draft"


class Publication(NamedTuple):
    """A root project that is published."""

    project_code: str  # never printed
    unit_name: str
    declaration: Mapping[str, Any]  # as in `check --json`, without the sub-projects that are withheld
    has_narrative: bool  # whether its 情况说明 is published
    withheld: tuple[str, ...]  # names of sub-projects that are not
    findings: tuple[Finding, ...]  # of the file that counts

    @property
    def project_name(self) -> str:
        """As declared."""
        return str(self.declaration.get("project_name") or "")

    @property
    def declarations(self) -> tuple[Mapping[str, Any], ...]:
        """The root's, then those of its sub-projects."""
        return (self.declaration, *(self.declaration.get(SUB_PROJECTS) or ()))


class Chosen(NamedTuple):
    """What is published, by unit in the roster's order, and what is not."""

    published: tuple[Publication, ...]
    left_out: tuple[LeftOut, ...]


def chosen(standing: Standing, publicity: Mapping[str, str], *, is_draft: bool) -> Chosen:
    """What of a collection is published. publicity: by project code. is_draft: also what no review has passed."""
    counted = counting(standing)
    units = {unit.unit_code: (number, unit.unit_name) for number, unit in enumerate(standing.roster.units)}
    left_out = list(counted.left_out)
    documents = standing.ledger.documents(one.submission.id for one in counted.accepted)
    published = []
    for entry, document in zip(counted.accepted, documents, strict=True):
        code = entry.submission.project_code
        if why := _why_not(entry, publicity.get(code), is_draft=is_draft):
            left_out.append(entry.left_out(why))
            continue
        order, name = units.get(standing.unit_code(entry.submission), (len(units), ""))
        published.append((order, _publication(entry, publicity, name, document.findings)))
    published.sort(key=lambda one: one[0])  # within a unit by code, as they come
    return Chosen(tuple(one for _, one in published), tuple(sorted(left_out, key=lambda one: one.project_code)))


def check_codes(codes: Some[str], every: Chosen, roster: Roster) -> None:
    """Raises UsageError where a code is of no root project."""
    known = {one.project_code for some in (every.published, every.left_out, roster.projects) for one in some}
    if unknown := [code for code in codes if code not in known]:
        raise UsageError(f"名册和台账中没有母项目“{'、'.join(unknown)}”，没有写出任何文件。请核对项目编码。")


def _why_not(entry: Accepted, publicity: str | None, *, is_draft: bool) -> str | None:
    if publicity == NOT_PUBLIC:
        return WITHHELD
    if is_draft:
        return None
    if entry.is_disputed:
        return f"{DISPUTED}；征求意见稿可加 --draft"
    if entry.verdict == PASSED:
        return None
    return AWAITING_CHANGE if entry.is_awaiting_change else UNREVIEWED


def _publication(
    entry: Accepted, publicity: Mapping[str, str], unit_name: str, findings: tuple[Finding, ...]
) -> Publication:
    subs = list(entry.declaration.get(SUB_PROJECTS) or ())
    withheld = {sub.get("project_code") for sub in subs if publicity.get(str(sub.get("project_code"))) == NOT_PUBLIC}
    kept = [sub for sub in subs if sub.get("project_code") not in withheld]
    names = tuple(str(sub.get("project_name") or "") for sub in subs if sub.get("project_code") in withheld)
    declaration = {**entry.declaration, SUB_PROJECTS: kept}
    is_whole = publicity.get(entry.submission.project_code) != PARTLY_PUBLIC
    unit_name = unit_name or str(entry.declaration.get("implementing_unit") or "")
    return Publication(
        entry.submission.project_code, unit_name, declaration, is_whole, names, _concerning(findings, subs, kept)
    )


def _concerning(findings: tuple[Finding, ...], subs: list[Any], kept: list[Any]) -> tuple[Finding, ...]:
    """Those of what is published."""
    gone = {number for number, sub in enumerate(subs) if all(sub is not one for one in kept)}
    return tuple(finding for finding in findings if finding.key is None or sub_project_of(finding.key) not in gone)


def by_unit(published: tuple[Publication, ...]) -> Iterator[tuple[str, list[Publication]]]:
    """What is published, unit by unit."""
    groups: dict[str, list[Publication]] = {}
    for one in published:
        groups.setdefault(one.unit_name, []).append(one)
    yield from groups.items()
