"""What was accepted and, by what the roster says now, has to be declared anew or counts no more. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from workbook_builder.collection.issue_changes import changed_units, changed_values
from workbook_builder.collection.orders import Order
from workbook_builder.collection.records import Issue
from workbook_builder.form.declaration import as_printed
from workbook_builder.form.layout import Part
from workbook_builder.form.model import Form


class Counted(NamedTuple):
    """A declaration that was accepted, as the ledger knows it."""

    project_code: str  # of the project declared there
    project_name: str
    unit_code: str
    annual_funds: Decimal | None  # yuan, as declared; None where it could not be read, and of a parent's own part
    file: str
    issue_id: str  # "" of a form copied by hand; of what was merged, the parts are given
    part: Part
    gone: str = ""  # where it counts no more, a sentence that says why


class Invalidated(NamedTuple):
    """One of those that the roster has overtaken."""

    kind: Literal["withdrawn", "changed"]
    project_code: str
    project_name: str
    unit_code: str
    annual_funds: Decimal | None  # yuan
    file: str
    changed: tuple[str, ...]  # Chinese clauses: what the workbook that goes out now says otherwise
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """An item of `invalidated` of `generate --json`."""
        return {**self._asdict(), "annual_funds": as_printed(self.annual_funds), "changed": list(self.changed)}


def invalidated(
    counted: Sequence[Counted], orders: Sequence[Order], issues: Mapping[str, Issue], form: Form
) -> Iterator[Invalidated]:
    """Those that count no more, and those of which a workbook goes out now that asks for something else.

    orders: what the roster asks for, changed or not; issues: all that was, by issue id.
    """
    latest = {issue.project_code: issue.fingerprint for issue in issues.values()}
    changed_orders = (order for order in orders if latest.get(order.project.project_code) != order.fingerprint)
    due = {code: order for order in changed_orders for code in _declared_in(order)}
    for one in counted:
        if one.gone:
            yield _of(one, "withdrawn", (), one.gone)
            continue
        order, issue = due.get(one.project_code), issues.get(one.issue_id)
        if order and issue and (changed := tuple(_changed(one, order, issue, form))):
            amount = f"（年度资金 {as_printed(one.annual_funds)} 元）" if one.annual_funds is not None else ""
            whose = f"{one.project_name}（{one.project_code}，{one.unit_code}）"
            sentence = (
                f"{whose}已接收的申报{amount}要重新填报：{'；'.join(changed)}。"
                "新的工作簿现在下发；单位按它交来之前，仍以原来的计入。"
            )
            yield _of(one, "changed", changed, sentence)


def _of(one: Counted, kind: Literal["withdrawn", "changed"], changed: tuple[str, ...], sentence: str) -> Invalidated:
    return Invalidated(
        kind, one.project_code, one.project_name, one.unit_code, one.annual_funds, one.file, changed, sentence
    )


def _declared_in(order: Order) -> Iterator[str]:
    """The project that a workbook declares, and of a whole its sub-projects, which may have been parts before."""
    yield order.project.project_code
    if order.identity.shape.part == "whole":
        yield from (code for code, _ in order.identity.sub_projects)


def _changed(one: Counted, order: Order, issue: Issue, form: Form) -> Iterator[str]:
    part = order.identity.shape.part
    if part != one.part:
        yield "改回整份填报" if part == "whole" else "改为分开填报"
        return
    yield from changed_units((issue.unit_code, order.identity.unit_code))
    yield from changed_values(issue.prefilled, order.values, form)
