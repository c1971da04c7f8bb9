"""Checks of indicator rows by themselves: names nearly alike, units that do not fit, targets that say nothing."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from workbook_builder.form.declaration import Declaration, Indicator
from workbook_builder.judge.checks.remark import Remark, indicator_key, parts
from workbook_builder.rule_ids import (
    INDICATOR_DEADLINE_OUTSIDE,
    INDICATOR_NEAR_DUPLICATE,
    INDICATOR_NUMBER_AS_TEXT,
    INDICATOR_UNIT_MISMATCH,
    INDICATOR_VAGUE,
)
from workbook_builder.values.normalised import fold, quoted
from workbook_builder.values.quantities import QUALITATIVE, quantity

QUOTES_AND_SPACE = re.compile(r"[\s\"'“”‘’「」『』《》]+")
UNITS_OF_ENDING = {
    "次数": ("次", "场次", "场"),
    "人数": ("人", "人次", "名"),
    "家数": ("家", "户"),
    "率": ("%", "‰"),
}
ADVERB = "(?:明显|显著|较大|较好|有效|进一步|逐步|不断|持续|切实|充分|大幅)"
VAGUE = re.compile(rf"{ADVERB}+(?:地)?(?:提高|提升|增强|加强|改善|完善)?|(?:提高|提升|增强|加强|改善|完善)")
SAYS_DIRECTION = re.compile(r"(?:明显|显著|较大|有效|大幅)(?:提高|提升|增强|加强|改善|完善)")
# Without year and 月, 6.30 is a day only by what stands around it: 3-5个工作日 and 提高1.5倍 are none.
DAY = re.compile(
    r"(?<![\d.])(?:(?P<year>20\d\d)\s*[年./-]\s*|(?<!提高|增长|提升|增加|降低|下降|减少|缩短|达到|超过)(?<!约)(?<!达))"
    r"(?P<month>\d{1,2})\s*(?:月(?:\s*(?P<day>\d{1,2})\s*日|(?P<end>底|末))?"
    r"|[./-](?P<day2>\d{1,2})(?![\d.])(?(year)|(?=\s*(?:$|[，,。；;、至到~～—-]|前|之前|以前|止|截止|起|开始|完成|完工|底))))"
)
TIMELINESS = "时效指标"


@lru_cache(maxsize=512)
def plain_name(name: str | None) -> str:
    """A name without what people write differently: spaces, line breaks, quotes, width."""
    return QUOTES_AND_SPACE.sub("", fold(name or ""))


def near_duplicates(declaration: Declaration) -> Iterator[Remark]:
    """indicator.near_duplicate: two names of one form that are alike but for spaces, quotes or width as written."""
    for number, part in parts(declaration):
        seen: dict[str, str] = {}
        for indicator in part.indicators:
            name, plain = indicator.name or "", plain_name(indicator.name)
            if plain and plain in seen:
                sentence = f"与{quoted(seen[plain])}只差空格、引号或全半角，疑为重复，请合并或改名。"
                key = indicator_key(number, indicator)
                yield Remark(INDICATOR_NEAR_DUPLICATE, key, sentence, name, seen[plain])
            seen.setdefault(plain, name)


def unit_mismatches(declaration: Declaration) -> Iterator[Remark]:
    """indicator.unit_mismatch: 次数 in 次, 人数 in 人 or 人次, 家数 in 家, 率 in %; and no value in the unit's cell."""
    for number, part in parts(declaration):
        for indicator in part.indicators:
            if indicator.unit and (usual := _usual_unit(indicator)):
                sentence = (
                    f"指标{quoted(indicator.name or '')}的单位一般为 {usual}，现为{quoted(indicator.unit)}，请核对。"
                )
                key = indicator_key(number, indicator, "unit")
                yield Remark(INDICATOR_UNIT_MISMATCH, key, sentence, indicator.unit, usual)


def _usual_unit(indicator: Indicator) -> str | None:
    """What the unit should be; None where it may be as it is."""
    whole = quantity(indicator.unit or "")
    if whole and (whole.comparators or re.search("[0-9]", indicator.unit or "")):
        return whole.unit or "次、人、% 之类"
    name = plain_name(indicator.name)
    ending = next((end for end in UNITS_OF_ENDING if name.endswith(end)), None)
    if ending is None or not isinstance(indicator.target, Decimal):
        return None
    units = UNITS_OF_ENDING[ending]
    return None if indicator.unit in units else units[0]


def numbers_as_text(declaration: Declaration) -> Iterator[Remark]:
    """indicator.number_as_text: a 定性 target that is a quantity: 九十, 5次, 不少于3场."""
    for number, part in parts(declaration):
        for indicator in part.indicators:
            target = indicator.target
            if indicator.comparator == QUALITATIVE and isinstance(target, str) and quantity(target):
                sentence = (
                    f"符号为“定性”而值{quoted(target)}像是数量，如是，请将符号改为 ≥、>、=、<、≤ 之一，值改填数字。"
                )
                yield Remark(INDICATOR_NUMBER_AS_TEXT, indicator_key(number, indicator, "target"), sentence, target)


def vague_targets(declaration: Declaration) -> Iterator[Remark]:
    """indicator.vague: a qualitative target that says neither a direction nor a grade; dates are exempt."""
    for number, part in parts(declaration):
        for indicator in part.indicators:
            target = indicator.target
            if indicator.comparator == QUALITATIVE and isinstance(target, str) and _is_vague(target):
                sentence = f"{quoted(target)}没有说明方向或等次，难以考核，宜写成如“满意度较上年提高”“达到优良等次”。"
                yield Remark(INDICATOR_VAGUE, indicator_key(number, indicator, "target"), sentence, target)


def _is_vague(target: str) -> bool:
    words = fold(target).strip("。，,.；; ")
    return bool(VAGUE.fullmatch(words)) and not SAYS_DIRECTION.fullmatch(words)


def deadlines_outside(declaration: Declaration) -> Iterator[Remark]:
    """indicator.deadline_outside: a date in a 时效 target that lies outside the project's period."""
    root = declaration.values
    for number, part in parts(declaration):
        start = part.values.get("start_date") or root.get("start_date")
        end = part.values.get("end_date") or root.get("end_date")
        year = root.get("fiscal_year")
        if isinstance(start, date) and isinstance(end, date) and isinstance(year, int):
            for indicator in part.indicators:
                yield from _deadlines_outside(number, indicator, (start, end), year)


def _deadlines_outside(
    number: int | None, indicator: Indicator, period: tuple[date, date], year: int
) -> Iterator[Remark]:
    target, (start, end) = indicator.target, period
    if indicator.level2 != TIMELINESS or not isinstance(target, str):
        return
    for first, last in _days(target, year):
        if last < start or first > end:
            sentence = f"{quoted(target)}中的日期不在项目期间 {start} 至 {end} 之内，请核对。"
            key = indicator_key(number, indicator, "target")
            yield Remark(INDICATOR_DEADLINE_OUTSIDE, key, sentence, target, f"{start} 至 {end}")


def _days(text: str, year: int) -> Iterator[tuple[date, date]]:
    """The days, or whole months, that a text names, as first and last day; without a year they are of the budget year."""
    for match in DAY.finditer(fold(text)):
        try:
            of_year, month = int(match["year"] or year), int(match["month"])
            if day := match["day"] or match["day2"]:
                exact = date(of_year, month, int(day))
                yield exact, exact
            else:
                following = date(of_year + month // 12, month % 12 + 1, 1)
                yield date(of_year, month, 1), date.fromordinal(following.toordinal() - 1)
        except ValueError:
            continue
