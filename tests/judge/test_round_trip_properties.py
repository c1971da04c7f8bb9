"""Any declaration that keeps the rules, filled into a real workbook and read back, is accepted and equal."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutating import unpacked
from tests.helpers import Issued, packaged
from workbook_builder.judge.check import Checked
from workbook_builder.values.quantities import is_bare_number

pytestmark = pytest.mark.slow

# Signs, letters and words that mean something to Excel, JSON or the format stand among plain ones.
SIGNS = "党建培训覆盖提升服务群众率次人ABz019%=+-@#'\"，。；：（）“”、/\\_*?~|{}[]😀𠮷é"
ROWS = 2  # that the form has at least for each 二级指标
TEXTS = st.text(SIGNS, min_size=1, max_size=30)
LONG = st.lists(TEXTS, min_size=1, max_size=6).map("。\n".join)  # a bare line break between words may tear one
QUICK = [phase for phase in Phase if phase is not Phase.shrink]  # each example is a workbook written and read
FEN = st.integers(0, 10**13).map(lambda fen: Decimal(fen).scaleb(-2))
UNITS = st.sampled_from([*packaged().form.lists["计量单位"], "元/人", "㎡", "m2", "‰"])
NUMBERS = st.decimals(0, 10**9, places=3).map(lambda number: format(number.normalize(), "f"))
CHOICES = st.sampled_from(packaged().form.lists["项目类别"])
YEAR = (date(2022, 1, 1), date(2022, 12, 31))
OUTPUTS, BENEFITS = ("数量指标", "质量指标", "时效指标", "成本指标"), ("社会效益指标", "生态效益指标")
NARRATIVE = ("overview", "legal_basis", "implementer", "plan", "period", "annual_budget", "performance_goals")


@st.composite
def funds(draw: st.DrawFn) -> dict[str, str]:
    """Five amounts: the year's lie within the total's, which is not 0."""
    fiscal, other = draw(FEN), draw(FEN) + Decimal("0.01")
    of_fiscal = draw(st.integers(0, int(fiscal * 100)))
    carried, own = draw(st.integers(0, of_fiscal)), draw(st.integers(0, int(other * 100)))
    yuan = {
        "total_fiscal": fiscal,
        "total_other": other,
        "annual_appropriation": Decimal(of_fiscal - carried).scaleb(-2),
        "annual_carryover": Decimal(carried).scaleb(-2),
        "annual_other": Decimal(own).scaleb(-2),
    }
    return {key: format(value, ".2f") for key, value in yuan.items()}


@st.composite
def period(draw: st.DrawFn) -> dict[str, str]:
    """A start and an end that touch the year."""
    start, end = draw(st.dates(date(1990, 1, 1), YEAR[1])), draw(st.dates(YEAR[0], date(2100, 12, 31)))
    return {"start_date": min(start, end).isoformat(), "end_date": max(start, end).isoformat()}


@st.composite
def indicators(draw: st.DrawFn) -> list[dict[str, str | None]]:
    """Rows of which one is an output and one a benefit; no two names alike but for case."""
    level2 = [draw(st.sampled_from(OUTPUTS)), draw(st.sampled_from(BENEFITS))]
    level2 += draw(st.lists(st.sampled_from((*OUTPUTS, *BENEFITS, "服务对象满意度指标")), max_size=2))
    level2 = [one for number, one in enumerate(level2) if level2[:number].count(one) < ROWS]
    names = draw(st.lists(TEXTS, min_size=len(level2), max_size=len(level2), unique_by=str.casefold))
    return [{"level2": level, "name": name, **draw(values)} for level, name in zip(level2, names, strict=True)]


values = st.one_of(
    st.fixed_dictionaries({"comparator": st.sampled_from("≥>=<≤"), "target": NUMBERS, "unit": UNITS}),
    st.fixed_dictionaries(
        {
            "comparator": st.just("定性"),
            "target": TEXTS.filter(lambda words: not is_bare_number(words)),
            "unit": st.none() | UNITS,
        }
    ),
)


def form(*more: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """The parts that root and sub-project have alike, joined with more."""
    plain = st.fixed_dictionaries(
        {"project_category": CHOICES, "department": TEXTS, "implementing_unit": TEXTS, "annual_goal": LONG},
        optional={"overall_goal": LONG},
    )
    rows = indicators().map(lambda found: {"indicators": found})
    return st.tuples(plain, rows, *more).map(lambda parts: {key: part[key] for part in parts for key in part})


ROOT = st.fixed_dictionaries(
    {},
    optional={
        "filler": TEXTS,
        "phone": TEXTS,
        "fill_date": st.dates(*YEAR).map(date.isoformat),
        "narrative": st.dictionaries(st.sampled_from(NARRATIVE), LONG),
    },
)
ALONE = form(period(), funds(), ROOT)
FAMILY = st.tuples(form(period(), ROOT), form(funds())).map(lambda both: {**both[0], "sub_projects": [both[1]]})


def missing(declared: Any, entry: Any, path: str = "") -> list[str]:
    """Where a declaration says otherwise than the entry does; what the entry leaves out is not looked at."""
    if isinstance(entry, Mapping):
        return [line for key, value in entry.items() for line in missing(declared.get(key), value, f"{path}.{key}")]
    if isinstance(entry, Sequence) and not isinstance(entry, str):
        pairs = zip(declared, entry, strict=True)
        return [line for number, both in enumerate(pairs) for line in missing(*both, f"{path}[{number}]")]
    return [] if declared == entry else [f"{path}: {declared!r} instead of {entry!r}"]


def in_order_of_rows(entry: dict[str, Any]) -> dict[str, Any]:
    """Indicators as they come back: by the order of their kinds on the form."""
    order = [*OUTPUTS, *BENEFITS, "服务对象满意度指标"]
    rows = sorted(entry["indicators"], key=lambda row: order.index(row["level2"]))
    subs = [in_order_of_rows(sub) for sub in entry.get("sub_projects", [])]
    return {**entry, "indicators": rows, **({"sub_projects": subs} if subs else {})}


def assert_accepted_and_equal(result: Checked, entry: dict[str, Any]) -> None:
    assert [finding.message for finding in result.findings if finding.severity == "error"] == []
    assert result.status == "accepted"
    assert missing(result.to_json()["declaration"], in_order_of_rows(entry)) == []


@settings(max_examples=40, phases=QUICK)
@given(entry=ALONE)
def test_declaration_of_a_project_alone__comes_back_accepted_and_equal(alone: Issued, entry: dict[str, Any]) -> None:
    result = alone.checked(entry)
    assert_accepted_and_equal(result, entry)
    again = result.to_json()["declaration"]
    # Part by part: the same bytes may be deflated otherwise, beside what was there before.
    assert unpacked(alone.filled(again)) == unpacked(alone.filled(entry))


@settings(max_examples=30, phases=QUICK)
@given(entry=FAMILY)
def test_declaration_with_a_sub_project__comes_back_accepted_and_equal(with_sub: Issued, entry: dict[str, Any]) -> None:
    assert_accepted_and_equal(with_sub.checked(entry), entry)
