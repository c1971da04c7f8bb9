"""Sheet 批复 read back: what an officer entered as approved, and what of it cannot be understood, by its cell."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.cells import Cell
from workbook_builder.centre.report.approval_columns import (
    CODE,
    DAY,
    NUMBER,
    VERSION,
    approval_sheet,
    parts_of,
)
from workbook_builder.findings import Finding
from workbook_builder.form.model import MONEY_SUMS, Field
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ooxml.tables import (
    Entry,
    Record,
    Table,
    TableRules,
    accepted,
    finding,
    read_grids,
    read_table,
)
from workbook_builder.rule_ids import (
    APPROVAL_AMOUNT_INVALID,
    APPROVAL_AMOUNT_MISSING,
    APPROVAL_COLUMN_DUPLICATE,
    APPROVAL_COLUMN_MISSING,
    APPROVAL_CONFLICT,
    APPROVAL_DATE_INVALID,
    APPROVAL_ERROR_VALUE,
    APPROVAL_EXCEEDS_TOTAL,
    APPROVAL_FORMULA_WITHOUT_VALUE,
    APPROVAL_LINE_MISSING,
    APPROVAL_MERGED_CELLS,
    APPROVAL_PROJECT_UNKNOWN,
    APPROVAL_SHEET_MISSING,
    APPROVAL_SUB_SUM,
    APPROVAL_TWICE,
)
from workbook_builder.values.amounts import amount
from workbook_builder.values.dates import date
from workbook_builder.values.normalised import shown
from workbook_builder.values.numbers import amount_text
from workbook_builder.values.texts import text

ZERO = Decimal("0.00")
TABLE_RULES = TableRules(
    sheet_missing=APPROVAL_SHEET_MISSING,
    column_missing=APPROVAL_COLUMN_MISSING,
    column_duplicate=APPROVAL_COLUMN_DUPLICATE,
    error_value=APPROVAL_ERROR_VALUE,
    formula_without_value=APPROVAL_FORMULA_WITHOUT_VALUE,
    merged=APPROVAL_MERGED_CELLS,
)
WITHIN = {  # what is approved for the year, and of which total it is a part
    "total_fiscal": ("annual_appropriation", "annual_carryover"),
    "total_other": ("annual_other",),
}
Money = Mapping[str, Decimal]


class Known(NamedTuple):
    """A root project that counts."""

    declared: Mapping[str, Money]  # of the root, which comes first, and of its sub-projects: key -> yuan
    versions: Mapping[int, Approval]  # all that was ever entered of it


def read_approvals(
    data: bytes, file: str, fields: tuple[Field, ...], known_projects: Callable[[], Mapping[str, Known]]
) -> tuple[tuple[Approval, ...], tuple[Finding, ...]]:
    """The approvals that say something else than when the sheet was drawn, and what is wrong, by cell; where anything
    is, the approvals are not to be kept.

    known_projects: by root code, asked for only where the sheet is there. A workbook without it, as those for reviewers
    are, says nothing. Raises errors.UnreadableError where the bytes are no workbook.
    """
    sheet = approval_sheet(fields)
    grids = read_grids(data, file, [sheet])
    if not grids:
        return (), ()
    findings: list[Finding] = []
    known = known_projects()
    table = read_table(grids, sheet, TABLE_RULES, findings)
    reading = _Reading(fields, known, _by_code(table, known, findings))
    entries = reading.entries
    # Not of a sum that the program which wrote the file did not compute.
    findings = [one for one in findings if one.rule != APPROVAL_FORMULA_WITHOUT_VALUE or one.cell in entries]
    approvals = [reading.approval(root) for root in known]
    return tuple(one for one in approvals if one), (*findings, *reading.findings)


def _by_code(table: Table | None, known: Mapping[str, Known], findings: list[Finding]) -> dict[str, Record]:
    codes = {code for one in known.values() for code in one.declared}
    before: dict[str, list[Approval]] = {}  # by code, all in which it was ever approved
    for approval in (approval for one in known.values() for approval in one.versions.values()):
        for code in {approval.project_code, *approval.amounts}:
            before.setdefault(code, []).append(approval)
    lines: dict[str, Record] = {}
    for record in table.records if table else ():
        code = text(record[CODE].cell).value or ""
        if code in lines:
            advice = "这个项目在上面已有一行，请只留一行。"
            findings.append(finding(APPROVAL_TWICE, record[CODE], "没有重复的项目", advice))
        elif code in codes:
            lines[code] = record
        elif code and _says_more(code, record, before.get(code, ())):
            advice = "请核对项目编码，把批复填到该项目自己的行，再删去这一行的内容。"
            findings.append(finding(APPROVAL_PROJECT_UNKNOWN, record[CODE], "已有申报的项目的编码", advice))
    return lines


def _says_more(code: str, record: Record, before: Iterable[Approval]) -> bool:
    """Whether somebody typed into a line of no known project what was never approved: a project may have left the roster
    after the sheet was drawn, and sums are formulas. before: what was approved of it.
    """
    typed = {
        key: entry.cell
        for key, entry in record.items()
        if key not in (CODE, VERSION) and entry.cell.formula is None and text(entry.cell).value
    }
    return bool(typed) and not any(_is_as_approved(code, typed, one) for one in before)


def _is_as_approved(code: str, typed: Mapping[str, Cell], approval: Approval) -> bool:
    words = {NUMBER: approval.document_number, DAY: approval.approved_on}
    money = approval.amounts.get(code, {})
    return all(
        words[key] == (date(cell) if key == DAY else text(cell)).value
        if key in words
        else amount(cell).value == money.get(key)
        for key, cell in typed.items()
    )


class _Reading:
    """The lines of one sheet, a root project with its sub-projects at a time."""

    def __init__(self, fields: tuple[Field, ...], known: Mapping[str, Known], lines: Mapping[str, Record]):
        self._fields, self._known, self._lines = fields, known, lines
        self._declared = {code: money for one in known.values() for code, money in one.declared.items()}
        self._entered = [field for field in fields if field.key not in MONEY_SUMS]
        self.findings: list[Finding] = []

    @property
    def entries(self) -> frozenset[str]:
        """The addresses of all cells in lines that are entered."""
        records = (self._lines.get(code) for root in self._known for code in self._parts(root))
        return frozenset(entry.place.address for record in records if record for entry in record.values())

    def approval(self, root: str) -> Approval | None:
        """What was entered of a root project; None where that is nothing new."""
        known, record = self._known[root], self._lines.get(root)
        if record is None:
            return None
        drawn = known.versions.get(_version(record), Approval(root, {}))
        number = text(record[NUMBER].cell).value
        day = accepted(date(record[DAY].cell), record[DAY], APPROVAL_DATE_INVALID, self.findings)
        entered = self._entered_lines(root)
        if entered is not None and root not in entered and not any(entered.values()):
            self._sum(root, ())  # typed over the sum alone, an amount would be lost
        if entered is None or (entered, number, day) == (self._as_drawn(root, drawn), *drawn.said[1:]):
            return None
        entered = {
            code: self._without_followers(code, own, drawn.amounts.get(code, {})) for code, own in entered.items()
        }
        approval = self._approval(root, entered, Approval(root, {}, number, day))
        newest = known.versions[max(known.versions)] if known.versions else drawn
        if newest.version > drawn.version and newest.said not in (approval.said, drawn.said):
            advice = "生成这份汇总以后，台账中已记入另一份批复。请重新生成汇总.xlsx，在新的一份中填写。"
            self.findings.append(finding(APPROVAL_CONFLICT, record[CODE], "生成以后没有别人改过的批复", advice))
            return None
        return approval

    def _parts(self, root: str) -> list[str]:
        """The codes of the lines that are entered: the sub-projects, or the root where it has none."""
        codes = list(self._known[root].declared)
        return codes[1:] or codes

    def _as_drawn(self, root: str, drawn: Approval) -> dict[str, dict[str, Decimal]]:
        keys = {field.key for field in self._entered}
        of = {code: drawn.amounts.get(code, {}) for code in self._parts(root)}
        return {code: {key: yuan for key, yuan in own.items() if key in keys} for code, own in of.items()}

    def _entered_lines(self, root: str) -> dict[str, dict[str, Decimal]] | None:
        """The amounts as they stand in the cells; None where one cannot be read, or a line is not there."""
        lines: dict[str, dict[str, Decimal]] = {}
        mistakes: list[Finding] = []
        for code in self._parts(root):
            if (record := self._lines.get(code)) is None:
                advice = f"请重新生成汇总.xlsx，或补上子项目“{code}”的行。"
                mistakes.append(finding(APPROVAL_LINE_MISSING, self._lines[root][CODE], "项目和它的各个子项目", advice))
                continue
            read = {
                field.key: accepted(
                    amount(record[field.key].cell), record[field.key], APPROVAL_AMOUNT_INVALID, mistakes
                )
                for field in self._entered
            }
            lines[code] = {key: yuan for key, yuan in read.items() if yuan is not None}
        self.findings += mistakes
        return None if mistakes else lines

    def _without_followers(self, code: str, entered: Money, drawn: Money) -> dict[str, Decimal]:
        """Without totals that followed the year when they were drawn, and stand as they did beside another year's."""
        return {
            key: yuan
            for key, yuan in entered.items()
            if not (
                key in WITHIN and yuan == drawn.get(key) == _of_year(key, drawn) and self._is_of_one_year(code, key)
            )
        }

    def _is_of_one_year(self, code: str, total: str) -> bool:
        """Whether a total was declared as what the year's amounts are together."""
        declared = self._declared[code]
        return declared.get(total) == _of_year(total, declared)

    def _approval(self, root: str, entered: Mapping[str, Money], empty: Approval) -> Approval:
        if not any(entered.values()) and empty.document_number is None and empty.approved_on is None:
            return empty
        amounts = {code: self._line(code, own, self._known[root].declared[code]) for code, own in entered.items()}
        if root not in amounts:
            amounts = {root: self._sum(root, amounts.values()), **amounts}
        return empty._replace(amounts=amounts)

    def _line(self, code: str, entered: Money, declared: Money) -> dict[str, Decimal]:
        """One project's amounts: totals that were left empty follow, and what was not declared may be left empty."""
        record, money = self._lines[code], dict(entered)
        for field in self._entered:
            key = field.key
            if key in WITHIN and key not in money:
                is_of_one_year = self._is_of_one_year(code, key)
                if is_of_one_year or key in declared:
                    money[key] = _of_year(key, entered) if is_of_one_year else declared[key]
            elif key not in money and declared.get(key):
                advice = f"申报数是 {amount_text(declared[key])} 元；批复没有这项资金的，请填 0。"
                self.findings.append(finding(APPROVAL_AMOUNT_MISSING, record[key], "批复的金额", advice))
        for key in WITHIN:
            annual = _of_year(key, money)
            if key in record and annual > money.get(key, ZERO):
                advice = "年度批复超过了项目总额，请填写批复后的项目总额。"
                expected = f"不小于年度批复 {amount_text(annual)} 元的金额"
                self.findings.append(finding(APPROVAL_EXCEEDS_TOTAL, record[key], expected, advice))
        return self._with_totals(money)

    def _with_totals(self, money: Mapping[str, Decimal]) -> dict[str, Decimal]:
        full = dict(money)
        for field in self._fields:
            if parts := [money[key] for key in parts_of(field.key, self._fields) if key in money]:
                full[field.key] = sum(parts, ZERO)
        return full

    def _sum(self, root: str, parts: Iterable[Money]) -> dict[str, Decimal]:
        """A root project's amounts, which are those of its sub-projects; another sum that was typed over is a mistake."""
        sums: dict[str, Decimal] = {}
        for own in parts:
            for key, yuan in own.items():
                sums[key] = sums.get(key, ZERO) + yuan
        for field in self._entered:
            entry = self._lines[root][field.key]
            typed = _typed(entry)
            if typed is not None and typed != sums.get(field.key, ZERO):
                expected = f"各子项目之和 {amount_text(sums.get(field.key, ZERO))} 元"
                advice = "请改正子项目的行，母项目的这一格清空即可。"
                self.findings.append(finding(APPROVAL_SUB_SUM, entry, expected, advice))
        return sums


def _of_year(total: str, money: Money) -> Decimal:
    """The year's amounts that a total covers, together."""
    return sum((money.get(one, ZERO) for one in WITHIN[total]), ZERO)


def _typed(entry: Entry) -> Decimal | None:
    return amount(entry.cell).value


def _version(record: Record) -> int:
    """The version that the line was drawn with; 0 where there was none."""
    words = shown(record[VERSION].cell)
    return int(words) if words.isdecimal() else 0
