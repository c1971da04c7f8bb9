"""Approvals in the ledger: what was approved of a root project. Every version is kept, the last one counts.

An approval is about the project, not about one file that declares it: what comes in later does not undo it.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select

from workbook_builder.clock import instant
from workbook_builder.ledger import tables

Wanted = Sequence[ColumnElement[bool]]  # which projects are asked about
Amounts = Mapping[str, Mapping[str, Decimal]]  # project code of the root and of each sub-project -> key -> yuan


class Approval(NamedTuple):
    """What was approved of one root project; without amounts, nothing, or not any more."""

    project_code: str
    amounts: Amounts
    document_number: str | None = None
    approved_on: datetime.date | None = None
    actor: str = ""  # who entered it
    version: int = 0  # its number in the ledger; 0 where it is not in it
    recorded_at: datetime.datetime | None = None  # UTC; None where it is not in the ledger

    @property
    def said(self) -> tuple[Any, ...]:
        """All that was entered, for comparison."""
        return {code: dict(own) for code, own in self.amounts.items()}, self.document_number, self.approved_on


def approval_versions(connection: Connection, wanted: Wanted) -> list[Approval]:
    """Every approval that was ever kept, in the order in which they were entered."""
    joined = tables.approval.join(tables.project)
    amounts: dict[int, dict[str, dict[str, Decimal]]] = {}
    lines = select(tables.approved_amount).select_from(joined.join(tables.approved_amount)).where(*wanted)
    for line in connection.execute(lines.order_by(tables.approved_amount.c.id)):
        amounts.setdefault(line.approval_id, {}).setdefault(line.project_code, {})[line.key] = line.amount_yuan
    query = select(tables.approval, tables.project.c.project_code).select_from(joined).where(*wanted)
    return [
        Approval(
            row.project_code,
            amounts.get(row.id, {}),
            row.document_number,
            row.approved_on,
            row.actor,
            row.id,
            row.recorded_at,
        )
        for row in connection.execute(query.order_by(tables.approval.c.id))
    ]


def keep_approvals(connection: Connection, wanted: Wanted, approvals: Iterable[Approval]) -> int:
    """Keeps what differs from what was last entered of the same project; gives how many. The projects are known."""
    known = {one.project_code: one for one in approval_versions(connection, wanted)}
    projects = select(tables.project.c.project_code, tables.project.c.id).where(
        *wanted, tables.project.c.part == "whole"
    )
    ids = {row.project_code: row.id for row in connection.execute(projects)}
    kept = 0
    for approval in approvals:
        before = known.get(approval.project_code, Approval(approval.project_code, {}))
        if approval.said != before.said:
            _insert(connection, ids[approval.project_code], approval)
            kept += 1
    return kept


def _insert(connection: Connection, project_id: int, approval: Approval) -> None:
    values = {
        "project_id": project_id,
        "document_number": approval.document_number,
        "approved_on": approval.approved_on,
        "actor": approval.actor,
        "recorded_at": instant(),
    }
    approval_id = connection.execute(insert(tables.approval).values(values)).inserted_primary_key[0]  # type: ignore[index]
    lines = [
        {"approval_id": approval_id, "project_code": code, "key": key, "amount_yuan": amount}
        for code, own in approval.amounts.items()
        for key, amount in own.items()
    ]
    if lines:
        connection.execute(insert(tables.approved_amount), lines)
