"""Amounts that the narrative names, beside the amounts of the form.

Compared only where it is certain what an amount is: named with its unit, for this year, for a project named in the same
clause. Whatever is undetermined is not wrong.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from workbook_builder.form.declaration import Declaration
from workbook_builder.form.model import full_key
from workbook_builder.judge.checks.remark import Remark, parts, text_of
from workbook_builder.rule_ids import NARRATIVE_AMOUNT_DIFFERS, NARRATIVE_ANNUAL_MISSING
from workbook_builder.values.normalised import fold, quoted
from workbook_builder.values.numbers import amount_text

YUAN_PER_UNIT = {"元": Decimal(1), "千元": Decimal(1000), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
AMOUNT = re.compile(
    r"(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?) ?(?P<unit>千元|万元|亿元|元)"
)
CLAUSE = re.compile(r"[^。；;\n]+")
CUMULATIVE = re.compile("总投资|概算|累计|总造价|投资总额")
OTHER_YEAR = re.compile("上年|去年|以前年度|历年|往年|明年|次年|下年")
YEAR = re.compile(r"(20[0-9]{2}) ?年")
WHOLE = re.compile("合计|共计|总计|本项目|该项目|项目年度|年度资金|年度预算")
LINES = {
    "财政拨款": "annual_appropriation",
    "结转": "annual_carryover",
    "其他资金": "annual_other",
    "自筹": "annual_other",
}
BUDGET = "narrative.annual_budget"


class Named(NamedTuple):
    """An amount as the narrative names it."""

    text: str  # 22,614.51万元
    yuan: Decimal
    tolerance_yuan: Decimal  # half of the last digit shown
    before: str  # the clause up to it
    is_this_years: bool


def amounts_differ(declaration: Declaration) -> Iterator[Remark]:
    """narrative.amount_differs: an amount named for this year and a project is not the form's."""
    projects = {text_of(part, "project_name"): part for _, part in parts(declaration) if text_of(part, "project_name")}
    for key in (key for key in declaration.values if key.startswith("narrative.")):
        for named in _named(text_of(declaration, key), declaration):
            name = _project_named(named.before, projects, declaration)
            is_dated = key == BUDGET or YEAR.search(named.before)
            if named.is_this_years and is_dated and name is not None:
                yield from _differences(key, named, name, projects[name])


def _differences(key: str, named: Named, name: str, part: Declaration) -> Iterator[Remark]:
    """What is to be said of an amount in the answer `key` that is named for the project `name`."""
    line, known = _compared_with(named, part)
    if known and all(abs(amount - named.yuan) > named.tolerance_yuan for amount in known):
        expected = amount_text(known[0])
        sentence = f"{quoted(name)}写作 {named.text}，申报表的{line}为 {expected} 元，请核对哪一个是对的。"
        yield Remark(NARRATIVE_AMOUNT_DIFFERS, full_key(None, key), sentence, named.text, expected)


def annual_missing(declaration: Declaration) -> Iterator[Remark]:
    """narrative.annual_missing: 年度预算安排 names amounts, but none of this year."""
    named = list(_named(text_of(declaration, BUDGET), declaration))
    if named and not any(amount.is_this_years for amount in named):
        year = declaration.values.get("fiscal_year")
        sentence = (
            f"写有金额（{'、'.join(amount.text for amount in named[:3])}），但没有 {year} 年度的，请补上本年度的金额。"
        )
        yield Remark(NARRATIVE_ANNUAL_MISSING, full_key(None, BUDGET), sentence)


def _named(text: str, declaration: Declaration) -> Iterator[Named]:
    year = str(declaration.values.get("fiscal_year"))
    for clause in CLAUSE.findall(fold(text)):
        for match in AMOUNT.finditer(clause):
            before = clause[: match.start()]
            digits = match["number"].replace(",", "")
            unit = YUAN_PER_UNIT[match["unit"]]
            shown = len(digits.partition(".")[2])
            yield Named(
                match[0],
                Decimal(digits) * unit,
                unit / (2 * Decimal(10) ** shown),
                before,
                _is_this_years(before, year),
            )


def _is_this_years(before: str, year: str) -> bool:
    """Whether an amount behind these words is the budget year's: not cumulative, no other year named last."""
    since_comma = re.split("[,，]", before)[-1]
    years = YEAR.findall(before)
    return (
        not CUMULATIVE.search(since_comma) and not OTHER_YEAR.search(since_comma) and (not years or years[-1] == year)
    )


def _project_named(before: str, projects: Mapping[str, Declaration], declaration: Declaration) -> str | None:
    """The project named last before an amount; the only project there is, or the whole where the words say so."""
    mentions = [(before.rfind(name), len(name), name) for name in projects if name in before]
    if mentions:
        return max(mentions)[2]
    root = text_of(declaration, "project_name")
    return root if root and (not declaration.sub_projects or WHOLE.search(before)) else None


def _compared_with(named: Named, part: Declaration) -> tuple[str, list[Decimal]]:
    """The words for, and the amounts of, the form's line that an amount speaks of; any line where it does not say."""
    since_comma = re.split("[,，]", named.before)[-1]
    for word, key in LINES.items():
        if word in since_comma:
            value = part.values.get(key)
            return word, [value] if isinstance(value, Decimal) else []
    keys = ("annual_funds", "annual_appropriation", "annual_carryover", "annual_other", "total_funds")
    values = [value for key in keys if isinstance(value := part.values.get(key), Decimal)]
    return "年度资金申请总额", values
