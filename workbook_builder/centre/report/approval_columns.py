"""The columns of sheet 批复, as it is drawn and as it is read back; and of the tables that set two rounds side by side."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from workbook_builder.collection.roster import ADJUSTED, APPROVED, FIRST, SECOND
from workbook_builder.form.model import MONEY_SUMS, Field, Form
from workbook_builder.ooxml.tables import Column as Read
from workbook_builder.ooxml.tables import Sheet

DECLARED = "申报"
CODE, NUMBER, DAY, VERSION = "project_code", "document_number", "approved_on", "version"
ENTERING_ROUNDS = (FIRST, SECOND)  # those that are followed by 批复
ADVICE = (
    "批复后填浅黄色的格，单位：元；没有批复的项目不填。有子项目的只填子项目各行，母项目自动加总。年度各项都要填，不批的填 0；"
    "项目总额留空的，申报时与年度相同的随年度批复，其余按申报数。填好后保存并关闭，再运行 workbook-builder report，内容记入台账。"
)

Role = Literal["before", "after", "difference"]


class Money(NamedTuple):
    """A column with an amount."""

    field: Field
    role: Role

    @property
    def key(self) -> str:
        """Such as after.annual_other."""
        return f"{self.role}.{self.field.key}"


class Sides(NamedTuple):
    """How the two sides of a table are called."""

    before: str
    after: str

    @property
    def title(self) -> str:
        """Of its sheet."""
        return self.after

    def header(self, money: Money) -> str:
        """Such as 批复当年财政拨款（元）."""
        words = {"before": self.before, "after": self.after, "difference": ""}
        return f"{words[money.role]}{money.field.label}{'差额' if money.role == 'difference' else ''}（元）"


APPROVING, ADJUSTING = Sides(DECLARED, APPROVED), Sides(APPROVED, ADJUSTED)


def approved_fields(form: Form) -> tuple[Field, ...]:
    """The amounts that are approved, each total before what it adds up: of the words, those that the form prints."""
    printed = {marker.key for marker in form.form_sheet.markers}
    keys = (key for total, parts in MONEY_SUMS.items() for key in (total, *parts))
    return tuple(form.fields[key] for key in keys if key in form.fields and key in printed)


def parts_of(total: str, fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The keys that a total adds up, of those that are there; () for what is no total."""
    known = {field.key for field in fields}
    return tuple(key for key in MONEY_SUMS.get(total, ()) if key in known)


def money_columns(fields: tuple[Field, ...]) -> Iterator[Money]:
    """Before and after of each amount, and of each total the difference."""
    for field in fields:
        yield Money(field, "before")
        yield Money(field, "after")
        if field.key in MONEY_SUMS:
            yield Money(field, "difference")


def approval_sheet(fields: tuple[Field, ...]) -> Sheet:
    """What is read of sheet 批复."""
    entered = (money for money in money_columns(fields) if money.role == "after" and money.field.key not in MONEY_SUMS)
    columns = (
        Read(CODE, "项目编码", "text", 18, False, ""),
        *(Read(money.field.key, APPROVING.header(money), "amount", 20, False, "") for money in entered),
        *(Read(key, header, kind, 20, False, "") for key, (header, kind) in DOCUMENT.items()),
        Read(VERSION, VERSION_HEADER, "text", 10, False, ""),
    )
    return Sheet(APPROVING.title, ADVICE, columns)


VERSION_HEADER = "批复版本"
DOCUMENT: Mapping[str, tuple[str, Literal["text", "date"]]] = {
    NUMBER: ("批复文号", "text"),
    DAY: ("批复日期", "date"),
}
