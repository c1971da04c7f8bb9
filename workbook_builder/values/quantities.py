"""A value in words as its parts: `≥90%`, `不少于3场`, 百分之九十 or `控制在5%以内` are a symbol, a number and a unit.

万元 and 亿元 are units; any other 万 behind a number (`5万人`) may belong to the number or to the unit.
"""

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from workbook_builder.values.markup import KNOWN_SPACES
from workbook_builder.values.normalised import tight
from workbook_builder.values.numbers import NUMBER, decimal_text, denoised, plain_number

Comparator = Literal["≥", ">", "=", "<", "≤", "定性"]
QUALITATIVE: Comparator = "定性"

_SPELLINGS: dict[Comparator, str] = {
    "≥": ">= => ≧ ⩾ 》= 大于等于 大于或等于 不低于 不少于 不小于 至少 以上 及以上",
    "≤": "<= =< ≦ ⩽ 《= 小于等于 小于或等于 不超过 不高于 不大于 不多于 至多 控制在 控制在以内 "
    "以内 以下 及以下 之内 内",
    ">": "》 大于 超过 高于 多于",
    "<": "《 小于 低于 少于 不足 不到",
    "=": "== 等于",
    QUALITATIVE: "定性指标",
}
COMPARATORS: dict[str, Comparator] = {
    word: symbol for symbol, words in _SPELLINGS.items() for word in (symbol, *words.split())
}
_SUFFIXES = ("及以上", "以上", "及以下", "以下", "以内", "之内", "内")
_PREFIXES = sorted(
    (word for word in COMPARATORS if word not in (*_SUFFIXES, "定性", "定性指标")), key=len, reverse=True
)
VAGUE = re.compile("^(?:大约|约)|(?:左右|上下)$")

_UNIT = r"[%‰℃°㎡㎥]|[^\W\d_]{1,8}(?:/[^\W\d_]{1,4})?"
_MEASURED = re.compile(rf"(?P<number>-?{NUMBER})(?P<scale>[万亿](?!元))?(?P<unit>{_UNIT})?")
_SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}
_NUMERAL = re.compile("(?P<number>[〇零一二两三四五六七八九十百千万亿点壹贰叁肆伍陆柒捌玖拾佰仟]+)(?P<unit>.*)")
# A Chinese numeral begins many a text (一般, 十分明显), so only before one of these units is it a number.
_MEASURES = re.compile(
    "次|场|场次|期|个|个月|人|人次|名|户|家|项|件|份|篇|条|册|本|批|台|套|处|座|部|间|亩|天|日|小时|年|公里|米|元|%"
)
_HAN = re.compile("[\u3400-\u9fff]")
# As indicator.target_invalid has them in formulas/gates.toml.
_BARE_SIGNS = "0123456789０１２３４５６７８９.．%％≥≤><=＞＜＝"
_OPENING_SIGNS = f"{_BARE_SIGNS}-/"
_DATE_WORDS = "年月日号季旬"
_WITHOUT_SPACES = str.maketrans(dict.fromkeys(KNOWN_SPACES, ""))

_CHINESE_DIGITS = "零一二三四五六七八九"
_CHINESE_SPELLINGS = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾佰仟", "零二一二三四五六七八九十百千")


class Quantity(NamedTuple):
    """The parts of a value that one cell names."""

    comparators: frozenset[Comparator] = frozenset()  # more than one where they contradict: ≤90%以上
    number: Decimal | None = None
    unit: str | None = None
    is_scaled: bool = False  # whether the number was written with 万 or 亿


def is_vague(words: str) -> bool:
    """Whether a text is a quantity that names no limit: 约5次, 90%左右."""
    key = tight(words)
    return bool(VAGUE.search(key)) and quantity(VAGUE.sub("", key)) is not None


def is_qualitative(words: str) -> bool:
    """Whether a text is an answer in words, not a garbled number (1.2.3, 9O%, 90-95, 约5次)."""
    has_letters = any(sign.isalpha() for sign in words) and not any(sign.isdigit() for sign in words)
    return (bool(_HAN.search(words)) or has_letters) and not is_vague(words)


def is_bare_number(raw: str) -> bool:
    """Whether a text as typed is nothing but digits and signs: 90%, ９０. The workbook refuses it beside 定性."""
    words = raw.translate(_WITHOUT_SPACES)
    return bool(words) and not words.strip(_BARE_SIGNS)


def opens_like_a_number(raw: str) -> bool:
    """Whether a text as typed opens with a digit or sign, 约 aside, and is no date: 5次, 约90%, ≥3场; not 2022年底.

    The workbook refuses it beside an empty comparator.
    """
    words = raw.translate(_WITHOUT_SPACES).replace("大约", "").replace("约", "")
    return bool(words) and words[0] in _OPENING_SIGNS and not any(sign in words for sign in _DATE_WORDS)


@lru_cache(maxsize=512)
def quantity(words: str) -> Quantity | None:
    """The parts of `≥90%`, `5次`, `控制在5%以内`, 百分之九十, 十二; None for a text that is no such value."""
    body = tight(words)
    prefix = next((word for word in _PREFIXES if body.startswith(word)), "")
    body = body.removeprefix(prefix).lstrip()
    suffix = next((word for word in _SUFFIXES if body.endswith(word)), "")
    read = _measured(body.removesuffix(suffix))
    return (
        read._replace(comparators=frozenset(COMPARATORS[word] for word in (prefix, suffix) if word)) if read else None
    )


def _measured(body: str) -> Quantity | None:
    share = body.removeprefix("百分之")
    if share != body:
        read = _counted("一百" if share == "百" else share)
        return read._replace(unit="%") if read and read.unit is None and not read.is_scaled else None
    return _counted(body)


def _counted(body: str) -> Quantity | None:
    """A number and perhaps its unit, in figures or in Chinese numerals."""
    arabic, numeral = _MEASURED.fullmatch(body), _NUMERAL.fullmatch(body)
    number, scale, unit = None, "", None
    if arabic:
        number, scale, unit = plain_number(arabic["number"]), arabic["scale"] or "", arabic["unit"]
    elif numeral and (not numeral["unit"] or _MEASURES.fullmatch(numeral["unit"])):
        number, unit = chinese_number(numeral["number"]), numeral["unit"] or None
    number = None if number is None else denoised(number * _SCALES[scale])
    if number is None or (unit and (_is_point_in_time(number, unit) or quantity(unit))):
        return None
    is_scaled = bool(scale) or bool(numeral and re.search("[万亿]", numeral["number"]))
    return Quantity(frozenset(), Decimal(decimal_text(number)), unit, is_scaled)


def _is_point_in_time(number: Decimal, unit: str) -> bool:
    """12月底前, 2022年: a deadline, not a count."""
    is_year = unit.startswith("年") and 1900 <= number <= 2100
    return is_year or unit.startswith(("月", "季度", "号", "旬")) or unit.endswith(("前", "底", "初", "末"))


def chinese_number(words: str) -> Decimal | None:
    """五, 一百二十, 三万零五百, 九十点五; None for anything else, colloquial 一百二 and 三万五 included."""
    whole, point, decimals = words.translate(_CHINESE_SPELLINGS).partition("点")
    total, rest = 0, whole
    for scale in ("亿", "万"):
        head, mark, tail = rest.rpartition(scale)
        factor = _chinese_integer(head, total)
        if mark and not factor:
            return None
        total, rest = total + (factor or 0) * _SCALES[scale], tail
    last = _chinese_integer(rest, total) if rest or not total else 0
    if last is None or (point and not re.fullmatch(f"[{_CHINESE_DIGITS}]{{1,10}}", decimals)):
        return None
    return Decimal(f"{total + last}.{''.join(str(_CHINESE_DIGITS.index(digit)) for digit in decimals)}")


def _chinese_integer(words: str, before: int) -> int | None:
    """A number below 10,000; behind a larger part, one below 1,000 begins with 零."""
    number = _chinese_integers().get(words.removeprefix("零") if before else words)
    return None if before and number is not None and (number < 1000) != words.startswith("零") else number


@cache
def _chinese_integers() -> dict[str, int]:
    """Every number below 10,000 by its one correct spelling: that refuses 一二 and 十十 without a grammar."""
    numbers = {}
    for number in range(10_000):
        places = zip(f"{number:04}", ("千", "百", "十", ""), strict=True)
        words = "".join(_CHINESE_DIGITS[int(digit)] + (place if digit != "0" else "") for digit, place in places)
        numbers[re.sub("^一十", "十", re.sub("零+", "零", words).strip("零") or "零")] = number
    return numbers
