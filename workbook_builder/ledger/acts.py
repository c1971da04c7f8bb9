"""What the centre does to what came: it takes a file back, puts it back, lets another one count. Every act is kept.

What is taken back counts nowhere; what counted before it stands again, else what is as new, else the newest of the rest.
A whole that was merged from parts holds only while all of them count.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from workbook_builder.clock import instant
from workbook_builder.ledger import tables
from workbook_builder.ledger.queries import all_submissions, in_time
from workbook_builder.ledger.rows import Submission, parts_sha256

_COLUMNS = tables.submission.c


def count_from_now(connection: Connection, submission_id: int) -> None:
    """Lets one submission of its project count, and remembers that it does after those before it."""
    project_id = connection.execute(select(_COLUMNS.project_id).where(_COLUMNS.id == submission_id)).scalar_one()
    of_project = _COLUMNS.project_id == project_id
    stood = connection.scalar(select(func.max(_COLUMNS.stood)).where(of_project)) or 0
    connection.execute(update(tables.submission).where(of_project, _COLUMNS.is_current).values(is_current=False))
    _set(connection, submission_id, is_current=True, is_undecided=False, is_taken_back=False, stood=stood + 1)


def stands_again(connection: Connection, submission_id: int) -> None:
    """Lets a whole count again, of which the parts do."""
    current = connection.execute(select(_COLUMNS.is_current).where(_COLUMNS.id == submission_id)).scalar_one()
    if not current:
        count_from_now(connection, submission_id)


def take_back(connection: Connection, submission_id: int, actor: str, reason: str | None) -> Submission | None:
    """Gives what counts now instead; None where nothing does, or where the file never counted."""
    submission = _submission(connection, submission_id)
    _set(connection, submission_id, is_taken_back=True, is_current=False, is_undecided=False)
    instead = None
    if submission and submission.is_current:
        instead = _next(connection, submission)
        if instead:
            count_from_now(connection, instead.id)
        _unmerge(connection, submission)
        _merge_again(connection, submission)
    _keep(connection, submission_id, "take_back", submission, instead, (actor, reason))
    return instead


def put_back(connection: Connection, submission_id: int, actor: str, reason: str | None) -> bool:
    """Gives whether the file counts again: it did, and what counts now is what took its place."""
    _set(connection, submission_id, is_taken_back=False)
    submission = _submission(connection, submission_id)
    last = select(tables.act).where(tables.act.c.submission_id == submission_id, tables.act.c.kind == "take_back")
    taken = connection.execute(last.order_by(tables.act.c.id.desc())).first()
    standing = _current(connection, submission) if submission else None
    counts = False
    if submission and taken and taken.was_current and taken.other_id == (standing.id if standing else None):
        count_from_now(connection, submission_id)
        _merge_again(connection, submission)
        counts = True
    _keep(connection, submission_id, "put_back", submission, standing, (actor, reason))
    return counts


def prefer(connection: Connection, submission_id: int, actor: str, reason: str | None) -> Submission | None:
    """Gives what counted until now; all others of the project are decided against."""
    submission = _submission(connection, submission_id)
    standing = _current(connection, submission) if submission else None
    if submission:
        of_project = _COLUMNS.project_id == _project_id(connection, submission)
        connection.execute(update(tables.submission).where(of_project).values(is_undecided=False))
        if not submission.is_current:
            count_from_now(connection, submission_id)
            _unmerge(connection, submission)
            _merge_again(connection, submission)
    _keep(connection, submission_id, "prefer", submission, standing, (actor, reason))
    return standing


def _next(connection: Connection, gone: Submission) -> Submission | None:
    """What is to count instead: what is as new; else what counted last before it; else the newest."""
    rest = (one for one in _of_project(connection, gone) if not (one.is_taken_back or one.same_as or one.is_merged))
    return max(rest, key=lambda one: (one.is_undecided, one.stood or 0, in_time(one)), default=None)


def _unmerge(connection: Connection, part: Submission) -> None:
    """What was merged from a part that counts no more does not count either."""
    for whole in _merged_with(connection, part):
        if whole.is_current and _parts_sha256(connection, whole) != whole.parts_sha256:
            _set(connection, whole.id, is_current=False, is_taken_back=True)


def _merge_again(connection: Connection, part: Submission) -> None:
    """What was merged from the parts that count now counts again."""
    for whole in _merged_with(connection, part):
        if not whole.is_current and _parts_sha256(connection, whole) == whole.parts_sha256:
            count_from_now(connection, whole.id)


def _merged_with(connection: Connection, part: Submission) -> Iterable[Submission]:
    """The wholes that were merged from a part's issue, whichever of its submissions it was."""
    if part.part == "whole":
        return ()
    same = (
        _COLUMNS.parts_sha256.is_not(None),
        _COLUMNS.collection_id == part.collection_id,
        tables.project.c.form_id == part.form_id,
        tables.project.c.fiscal_year == part.fiscal_year,
        # Only so that not all wholes of a collection come: an id may be a part of another one.
        _COLUMNS.issue_id.contains(part.issue_id, autoescape=True),
    )
    rows = connection.execute(all_submissions().where(*same))
    return [whole for whole in (Submission(*row) for row in rows) if part.issue_id in whole.issue_ids]


def _parts_sha256(connection: Connection, whole: Submission) -> str | None:
    """Of the parts of the same issues that count now; None where one is lacking."""
    mine = _COLUMNS.is_current, _COLUMNS.collection_id == whole.collection_id, tables.project.c.part != "whole"
    rows = connection.execute(all_submissions().where(*mine, _COLUMNS.issue_id.in_(whole.issue_ids)))
    parts = {one.issue_id: one for one in (Submission(*row) for row in rows)}
    return parts_sha256(parts[one] for one in whole.issue_ids) if parts.keys() >= set(whole.issue_ids) else None


def _keep(
    connection: Connection,
    submission_id: int,
    kind: str,
    before: Submission | None,
    other: Submission | None,
    said: tuple[str, str | None],
) -> None:
    values = {
        "submission_id": submission_id,
        "kind": kind,
        "was_current": bool(before and before.is_current),
        "other_id": other.id if other else None,
        "actor": said[0],
        "reason": said[1],
        "recorded_at": instant(),
    }
    connection.execute(insert(tables.act).values(values))


def _set(connection: Connection, submission_id: int, **values: Any) -> None:
    connection.execute(update(tables.submission).where(_COLUMNS.id == submission_id).values(**values))


def _submission(connection: Connection, submission_id: int) -> Submission | None:
    """None for a file of no project."""
    row = connection.execute(all_submissions().where(_COLUMNS.id == submission_id)).one_or_none()
    return Submission(*row) if row else None


def _project_id(connection: Connection, submission: Submission) -> int:
    query = select(_COLUMNS.project_id).where(_COLUMNS.id == submission.id)
    project_id = int(connection.execute(query).scalar_one())
    # Until the transaction ends nobody else records for the project.
    connection.execute(select(tables.project.c.id).where(tables.project.c.id == project_id).with_for_update())
    return project_id


def _of_project(connection: Connection, submission: Submission) -> list[Submission]:
    query = all_submissions().where(_COLUMNS.project_id == _project_id(connection, submission))
    return [Submission(*row) for row in connection.execute(query)]


def _current(connection: Connection, submission: Submission) -> Submission | None:
    return next((one for one in _of_project(connection, submission) if one.is_current), None)
