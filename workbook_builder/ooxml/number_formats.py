r"""What a number format shows: percent, a day, and whether that is something else than the cell holds.

Source: ECMA-376 part 1, 18.8.30 and 18.8.31 (number formats); `!` before a sign is what Chinese versions write for `\`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MAX_FORMAT_LENGTH = 255  # characters; Excel takes no longer ones
# What a number format shows as it stands, colours and conditions; [h], [m], [s] are elapsed time.
_FORMAT_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.DOTALL | re.IGNORECASE)
# A text, a sign behind \ or !, room, what fills the cell, a currency, elapsed time, other brackets, words of formats.
_PART = re.compile(
    r'"(?P<text>[^"]*)"|[\\!](?P<sign>.)|_.|\*(?P<fill>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]'
    r"|\[[^\]]*\]|(?P<general>general|g/通用格式)|e[+-]|(?P<code>.)",
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"\[[<>=]")
_OF_ZERO = re.compile(r"\s*(?:\[[^\]<>=]*\])*\[=0(?:\.0*)?\]")  # a section that is for zero alone
_ADDS = re.compile("[0-9０-９〇零一二三四五六七八九十百千万亿兆%％‰]|(?<![A-Za-z])[kKwW](?![A-Za-z])")
_WRITES = re.compile("[1-9０-９十百千万亿兆]")  # as they stand, without quotes
_LITERALS = re.compile(r'"[^"]*"|[\\!].', re.DOTALL)
_WHITE = re.compile(r"\[(?:white|color ?2|白色?|颜色 ?2)\]", re.IGNORECASE)
_SCALE = re.compile(r"[0#?],+(?![0#?,])")
_POINT = "\x01"  # a decimal point that is none
_FALSE_POINT = re.compile(f"[0#?]{_POINT}[0#?]")
_MINUS = re.compile("[^0#?@]*[-−－]")
_TIME = re.compile("[hsaegbn]", re.IGNORECASE)  # hours, seconds, weekdays, years of an era
_TIME_IDS = (18, 19, 20, 21, 45, 46, 47)
# By id: shows percent, shows a date in a Chinese Excel (32 to 35, 55 and 56 show a time there).
_DATE_IDS = (14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58)


class Shown(NamedTuple):
    """What a number format says of the cells that have it."""

    is_percent: bool = False
    is_date: bool = False
    misleads: bool = False  # shows another number, or another date, than the cell holds
    hides_text: bool = False  # shows nothing of a text
    misleads_text: bool = False  # shows another text than the cell holds


_BUILT_IN = (
    {"9": Shown(is_percent=True), "10": Shown(is_percent=True)}
    | {str(number): Shown(is_date=True) for number in _DATE_IDS}
    | {str(number): Shown(misleads=True) for number in (*_TIME_IDS, 32, 33, 34, 35, 55, 56)}
)


@lru_cache(maxsize=256)
def shown_by(number: str, code: str | None) -> Shown:
    """By the number of a format and its own code, as the file writes it; None where it is built in."""
    if code is None:
        return _BUILT_IN.get(number, Shown())
    code = code[:MAX_FORMAT_LENGTH]
    is_percent, is_date = _percent_or_date(code)
    return Shown(is_percent, is_date, misleads(code), hides_texts(code), misleads_texts(code))


def _percent_or_date(code: str) -> tuple[bool, bool]:
    """Whether a number format shows percent, and whether it shows a date (a time of day alone is none)."""
    codes = _FORMAT_LITERAL.sub("", code).lower()
    return "%" in codes, "y" in codes or "d" in codes or ("m" in codes and not ("h" in codes or "s" in codes))


class _Section(NamedTuple):
    """One of the sections of a format, taken apart."""

    literals: str  # all that is shown as it stands
    codes: str  # the rest; General as 0
    shown: str  # both as they follow one another, a literal point as _POINT
    is_elapsed: bool


def _section(text: str) -> _Section:
    literals, codes, shown, is_elapsed = "", "", "", False
    for part in _PART.finditer(text):
        literal = part["text"] or part["sign"] or part["currency"] or ""
        fill = part["fill"] or ""
        literals += literal + (fill if fill.isalnum() else "")
        code = "0" if part["general"] else part["code"] or ""
        codes += code
        shown += re.sub("[0#?@]", " ", literal).replace(".", _POINT) + code
        is_elapsed |= part["elapsed"] is not None
    return _Section(literals, codes, shown, is_elapsed)


def misleads(code: str) -> bool:
    """Whether a number format shows another number than the cell holds: digits or signs of its own, a scale, nothing.

    Of a format that shows dates: another date.
    """
    texts = list(sections_of(code))[:3]
    if any(_is_white(text) and not _OF_ZERO.match(text) for text in texts[:2]):
        return True
    sections = [_section(text) for text in texts]
    if _percent_or_date(code)[1]:
        return bool(re.search("[0-9０-９]", sections[0].literals)) or not re.search(
            "[ymd0#?@]", sections[0].codes, re.IGNORECASE
        )
    # Many offices leave the third section empty, so that no zero is seen: that is no other number.
    hides = len(texts) > 1 and any(not text.strip() for text in texts[:2])
    usual = next((one for text, one in zip(texts, sections, strict=True) if not _OF_ZERO.match(text)), sections[0])
    shows_none = bool(code.strip()) and not re.search("[0#?@]", usual.codes + "0" * hides)
    minus = not _CONDITION.search(code) and bool(_MINUS.match(sections[0].shown))
    return hides or shows_none or minus or any(map(_changes, sections))


def _changes(section: _Section) -> bool:
    """Whether a section shows a number otherwise than it is: more digits, another unit, a time."""
    writes = _WRITES.search(section.codes) and "/" not in section.codes
    scales = _SCALE.search(section.codes) or _FALSE_POINT.search(section.shown)
    return bool(writes or scales or _ADDS.search(section.literals) or section.is_elapsed or _TIME.search(section.codes))


def hides_texts(code: str) -> bool:
    """Whether a number format shows nothing of a text, or shows it in white."""
    texts = list(sections_of(code))
    is_empty = len(texts) > 3 and not texts[3].strip()
    return is_empty or any(_is_white(text) and (len(texts) > 3 or "@" in text) for text in texts[3:] or texts)


def _is_white(section: str) -> bool:
    return _WHITE.search(_LITERALS.sub("", section)) is not None


def misleads_texts(code: str) -> bool:
    """Whether a number format shows another text than the cell holds, or writes something beside it."""
    texts = list(sections_of(code))
    sections = [_section(text) for text in (texts[3:4] or texts)]
    return any(section.literals.strip() and (len(texts) > 3 or "@" in section.codes) for section in sections)


def sections_of(code: str) -> Iterator[str]:
    """The parts between semicolons that are not quoted."""
    start = 0
    for match in re.finditer(r'"[^"]*"|\\.|!.|;', code, re.DOTALL):
        if match[0] == ";":
            yield code[start : match.start()]
            start = match.end()
    yield code[start:]
