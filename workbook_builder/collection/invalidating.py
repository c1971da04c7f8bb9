"""What was accepted and, by what the roster says now, has to be declared anew or counts no more. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from workbook_builder.collection.orders import Order
from workbook_builder.collection.records import Issue
from workbook_builder.form.declaration import Typed, as_printed, sub_project_of
from workbook_builder.form.layout import Part
from workbook_builder.form.model import Form

WORDS_SHOWN = 60  # characters of a value


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
    due: dict[str, Order] = {}
    for order in orders:
        if latest.get(order.project.project_code) != order.fingerprint:
            due |= dict.fromkeys(_declared_in(order), order)
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


def changed_units(units: tuple[str, str]) -> Iterator[str]:
    """As a Chinese clause, that a project moved from one unit to another."""
    before, now = units
    if before != now:
        yield f"单位由“{short(before)}”改为“{short(now)}”"


def changed_values(before: Mapping[str, Typed], now: Mapping[str, Typed], form: Form) -> Iterator[str]:
    """What the roster gives otherwise, by full keys, as Chinese clauses."""
    for key in dict.fromkeys((*before, *now)):
        if before.get(key) != now.get(key):
            sub_project, name = sub_project_of(key), key.rpartition(".")[2]
            label = form.fields[name].label if name in form.fields else name
            where = "" if sub_project is None else f"第 {sub_project + 1} 个子项目的"
            old, new = (as_printed(values.get(key)) or "空" for values in (before, now))
            yield f"{where}{label}由“{short(old)}”改为“{short(new)}”"


def short(words: str) -> str:
    """The beginning of what is too long for a sentence."""
    return words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN]}…"
