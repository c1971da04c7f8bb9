"""What people type into one input, as a typed value: amounts, dates, choices and texts.

Nothing here raises for what a user typed: what is converted or refused is a Problem. Every converted value is stable:
put back into a cell it is read as the same value without a problem.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from workbook_builder.cells import Cell
from workbook_builder.values.markup import CONTROL, INVISIBLE, cleaned, odd_letters, spelled_out

T = TypeVar("T")

FEN = Decimal("0.01")
# Excel keeps 15 digits: from ten trillion yuan on it loses the fen.
AMOUNT_LIMIT_YUAN = Decimal(10) ** 13
FIRST_DATE, LAST_DATE = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
# Day 0 of the 1900 system as every date after February 1900 counts it (Excel believes in 1900-02-29).
SERIAL_ZERO = dt.date(1899, 12, 30).toordinal()

# A number without sign: plain, or with thousands separators in the right places.
NUMBER = r"(?:[1-9][0-9]{0,2}(?:(?:, ?| )[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"

_EXCEL = Context(prec=15, Emax=308, Emin=-308, traps=[])
_NOISE_YUAN = Decimal("0.000001")
_WIDTH = {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(94)} | {"￥": "¥"}
_FOLDING = str.maketrans(_WIDTH | {chr(code): "" for code in INVISIBLE})

_AMOUNT = re.compile(rf"(?:人民币|RMB)? ?¥? ?(?P<number>-?{NUMBER}) ?(?:[元圆][整正]?)?")
_MULTIPLE = re.compile(rf"¥? ?(?P<number>{NUMBER}) ?(?P<unit>[十百千]?[万亿]|[百千wW]) ?[元圆]?[整正]?")
_MULTIPLES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "w": 10_000, "W": 10_000, "亿": 100_000_000}
_LETTERS_LIKE_DIGITS = str.maketrans("OoIl|", "00111")
_CONSTANT = re.compile(r"[0-9.+\-*/() ]{1,1000}")

_DATE = re.compile(r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})")
_DATE_IN_WORDS = re.compile(r"(?P<year>[0-9]{4}) ?年 ?(?P<month>[0-9]{1,2}) ?月 ?(?P<day>[0-9]{1,2}) ?[日号]?")
_DATE_IN_DIGITS = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_TIME = re.compile(r"(?:T| |(?<=日))[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
_DASHES = str.maketrans(dict.fromkeys("‐‑–—−", "-") | {"。": "."})


class Problem(NamedTuple):
    """Why a cell's content was changed or refused; the caller adds place and severity."""

    rule: str  # id of the rule, such as amount.invalid
    column: str  # "" for an input of its own; comparator, target, unit or name in an indicator row
    value: str  # as found; a formula with its "="
    expected: str | None  # the normalised value or the proposal, such as 20000000.00; None where there is none
    sentence: str  # Chinese, without the place: what is expected, what was found, what to do


class Normalised(NamedTuple, Generic[T]):
    """A typed value and what had to be said about it."""

    value: T | None  # None for an empty cell and for a refused one
    problems: tuple[Problem, ...] = ()
    failed: bool = False  # whether a gate refused the cell


def amount(cell: Cell) -> Normalised[Decimal]:
    """Yuan with two places; None for an empty cell. Constant arithmetic in a formula is evaluated exactly."""
    if cell.formula is not None:
        return _amount_of_formula(cell)
    if isinstance(cell.value, Decimal):
        number = denoised(cell.value)
        value = _yuan(number)
        return _amount_refused(cell, number) if value is None else Normalised(value)
    words = fold(cell.value) if isinstance(cell.value, str) else ""
    if cell.kind == "empty" or (cell.kind == "text" and not words):
        return Normalised(None)
    if cell.kind != "text":
        return _amount_refused(cell, None)
    match = _AMOUNT.fullmatch(words)
    number = arithmetic(words[1:]) if words.startswith("=") else plain_number(match["number"]) if match else None
    return _amount_read(cell, number)


def _amount_of_formula(cell: Cell) -> Normalised[Decimal]:
    formula = cell.formula or ""
    if not _CONSTANT.fullmatch(formula):
        return formula_refused(cell)
    return _amount_read(cell, arithmetic(formula))


def _amount_read(cell: Cell, number: Decimal | None) -> Normalised[Decimal]:
    value = _yuan(number)
    if value is None:
        return _amount_refused(cell, number)
    sentence = f"应为数字金额（元），现为{quoted(shown(cell))}，已读作 {amount_text(value)}。请核对。"
    return _changed(value, "amount.normalised", cell, amount_text(value), sentence)


def _yuan(number: Decimal | None) -> Decimal | None:
    """The number to the fen; None where it is negative, too large or has more than two decimals (not mere noise)."""
    if number is None or not 0 <= number < AMOUNT_LIMIT_YUAN:
        return None
    value = abs(number.quantize(FEN))
    return value if abs(value - number) <= _NOISE_YUAN else None


def _amount_refused(cell: Cell, number: Decimal | None) -> Normalised[Decimal]:
    found = shown(cell)
    proposal = _proposed_yuan(fold(found)) if cell.kind == "text" and number is None else None
    advice = f"请改填 {decimal_text(proposal)}。" if proposal is not None else _amount_advice(found, number)
    sentence = f"应为不小于 0、最多两位小数的金额（元），现为{quoted(found)}。{advice}"
    expected = None if proposal is None else amount_text(proposal)
    return refused("amount.invalid", cell, sentence, expected)


def _proposed_yuan(words: str) -> Decimal | None:
    """What was surely meant by 2000万 or 1,2O0; None where that is a guess."""
    multiple = _MULTIPLE.fullmatch(words)
    if multiple:
        number = plain_number(multiple["number"])
        for unit in multiple["unit"]:
            number *= _MULTIPLES[unit]
        return _yuan(number)
    match = _AMOUNT.fullmatch(words.translate(_LETTERS_LIKE_DIGITS))
    return _yuan(plain_number(match["number"])) if match and re.search("[0-9]", words) else None


def _amount_advice(found: str, number: Decimal | None) -> str:
    if number is not None and number < 0:
        return "金额不能为负，请核对后改填。"
    if number is not None and number >= AMOUNT_LIMIT_YUAN:
        return "金额过大，请核对单位是否为元后改填。"
    if number is not None:
        return "小数多于两位，请核对到分后改填。"
    if re.fullmatch(r"[0-9, ]+(?:\.[0-9]*)?", fold(found)):
        return "分隔符不在千位上，看不出是多少，请核对后改填不带分隔符的数字。"
    return "请核对后改填阿拉伯数字，如 1411700.00。"


def date(cell: Cell) -> Normalised[dt.date]:
    """A calendar date from 1990 to 2100; None for an empty cell. Of a serial number (1900 system) whole days count."""
    if cell.formula is not None:
        return formula_refused(cell)
    if isinstance(cell.value, Decimal):
        value = date_of_serial(cell.value)
        if value is not None:
            return Normalised(value)
        return _date_read(cell, decimal_text(denoised(cell.value) or Decimal(0)))
    if isinstance(cell.value, str) and cell.kind == "text":
        words = fold(cell.value)
        return _date_read(cell, words) if words else Normalised(None)
    return Normalised(None) if cell.kind == "empty" else _date_refused(cell, "")


def _date_read(cell: Cell, words: str) -> Normalised[dt.date]:
    day = tight(_TIME.sub("", words.translate(_DASHES)))
    match = _DATE.fullmatch(day) or _DATE_IN_WORDS.fullmatch(day) or _DATE_IN_DIGITS.fullmatch(day)
    if match:
        value = _calendar_date(int(match["year"]), int(match["month"]), int(match["day"]))
    else:
        value = date_of_serial(Decimal(day)) if re.fullmatch("[0-9]{5}", day) else None
    if value is None:
        return _date_refused(cell, day)
    sentence = f"应为日期，现为{quoted(shown(cell))}，已读作 {value}。请核对。"
    return _changed(value, "date.normalised", cell, value.isoformat(), sentence)


def _date_refused(cell: Cell, day: str) -> Normalised[dt.date]:
    advice = "请改填年月日齐全的日期，如 2022-01-01。"
    if re.fullmatch(r"[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{2}年.*", day):
        advice = "年份请写四位，如 2022-01-01。"
    elif _DATE.fullmatch(day) or _DATE_IN_WORDS.fullmatch(day) or _DATE_IN_DIGITS.fullmatch(day):
        advice = "没有这一天，或不在 1990 年至 2100 年之间，请核对后改填，如 2022-01-01。"
    return refused("date.invalid", cell, f"应为日期，现为{quoted(shown(cell))}。{advice}")


def _calendar_date(year: int, month: int, day: int) -> dt.date | None:
    try:
        value = dt.date(year, month, day)
    except ValueError:
        return None
    return value if FIRST_DATE <= value <= LAST_DATE else None


def date_of_serial(serial: Decimal) -> dt.date | None:
    """The day of a serial number of the 1900 system; None outside 1990 to 2100."""
    number = denoised(serial)
    first, after = FIRST_DATE.toordinal() - SERIAL_ZERO, LAST_DATE.toordinal() - SERIAL_ZERO + 1
    if number is None or not first <= number < after:
        return None
    return dt.date.fromordinal(SERIAL_ZERO + int(number))


def choice(cell: Cell, choices: Sequence[str]) -> Normalised[str]:
    """The list's own spelling of what was typed, white space and width apart; None for an empty cell."""
    if cell.formula is not None:
        return formula_refused(cell)
    found = shown(cell)
    if not _choice_key(found):
        return Normalised(None)
    for same in (_choice_key, _caseless):  # two choices may differ in case only
        for candidate in choices:
            if same(candidate) == same(found):
                return Normalised(candidate)
    listed = "、".join(choices[:8]) + (f" 等 {len(choices)} 项" if len(choices) > 8 else "")
    return refused("choice.unknown", cell, f"应为下列选项之一：{listed}，现为{quoted(found)}。请从下拉列表中选择。")


def _choice_key(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", fold(words)).split())


def _caseless(words: str) -> str:
    return _choice_key(words).casefold()


def text(cell: Cell, *, squeeze: bool = False) -> Normalised[str]:
    """Text without markup, control characters and outer white space; None where nothing is left.

    Where nothing is left of what the unit's workbook takes for filled in, its letters stay (spelled_out).
    Numbers and dates typed in a text cell become text as shown. squeeze removes all white space, as in units.
    An error value such as #N/A is refused like the formula that left it behind, even where that is gone: it is
    nobody's answer, and taken for text it would pass as filled in.
    """
    if cell.formula is not None or cell.kind == "error":
        return formula_refused(cell)
    raw = shown(cell)
    clean, removed = cleaned(raw, squeeze=squeeze)
    if not removed and (clean.strip() or not spelled_out(raw)):
        return Normalised(clean.strip() or None)
    value = "\n".join(line for line in map(str.strip, clean.split("\n")) if line) or spelled_out(raw)
    value = "".join(value.split()) if squeeze else value
    parts = "".join(quoted(part) for part in list(dict.fromkeys(removed or odd_letters(raw)))[:5])
    sentence = f"应为不带网页代码和控制字符的文字，现含{parts}，已去掉。请核对留下的文字。"
    return _changed(value or None, "text.markup", cell, value or None, sentence)


def formula_refused(cell: Cell) -> Normalised[T]:
    """The refusal of a formula, or of the error value a formula left behind, in an input."""
    found = f"公式{quoted(shown(cell))}" if cell.formula != "" else "公式"
    kind = found if cell.formula is not None else f"公式的错误值{quoted(shown(cell))}"
    sentence = f"应直接填写内容，不能有引用、函数或链接，现为{kind}。请删去后改填结果。"
    return refused("structure.formula_in_input", cell, sentence)


def refused(rule: str, cell: Cell, sentence: str, expected: str | None = None) -> Normalised[T]:
    """No value, for one reason."""
    return Normalised(None, (Problem(rule, "", shown(cell), expected, sentence),), failed=True)


def _changed(value: T | None, rule: str, cell: Cell, expected: str | None, sentence: str) -> Normalised[T]:
    return Normalised(value, (Problem(rule, "", shown(cell), expected, sentence),))


def shown(cell: Cell) -> str:
    """A cell's content as its user sees it: a formula with "=", a date as 2022-01-01, a share as 90%."""
    if cell.formula is not None:
        return f"={cell.formula}"
    if isinstance(cell.value, bool):
        return str(cell.value).upper()
    if isinstance(cell.value, str) or cell.value is None:
        return cell.value or ""
    day = date_of_serial(cell.value) if cell.is_date else None
    number = denoised(cell.value)
    if number is None:
        return str(cell.value)
    if day is not None:
        return day.isoformat()
    return f"{decimal_text(number * 100)}%" if cell.is_percent else decimal_text(number)


def quoted(words: str) -> str:
    """Something found, in Chinese quotes, on one line and not too long to read."""
    line = " ".join(CONTROL.sub("", words).split())
    left, right = "「」" if "“" in line else "“”"  # one pair inside the other is hard to read
    return f"{left}{line[:40]}…{right}" if len(line) > 41 else f"{left}{line}{right}"


def fold(words: str) -> str:
    """Half-width letters, digits and signs; single plain spaces; nothing invisible; no outer white space."""
    return " ".join(words.translate(_FOLDING).split())


def tight(words: str) -> str:
    """Without white space, save between two digits, where joining would make another number."""
    return re.sub(r"\s+(?![0-9])|(?<![0-9])\s+", "", fold(words))


def denoised(number: Decimal) -> Decimal | None:
    """The 15 digits Excel shows of a number; None for what no cell can hold (not finite, beyond 1E+308)."""
    value = _EXCEL.plus(number)
    return value if value.is_finite() else None


def plain_number(words: str) -> Decimal:
    """The value of a NUMBER, exactly."""
    return Decimal(words.replace(",", "").replace(" ", ""))


def decimal_text(value: Decimal) -> str:
    """Plain notation: no exponent, no trailing zeros: 90, 90.5."""
    words = format(value, "f")
    words = words.rstrip("0").rstrip(".") if "." in words else words
    return "0" if words == "-0" else words


def amount_text(value: Decimal) -> str:
    """Yuan with two places: 1411700.00."""
    return format(value, ".2f")


def arithmetic(expression: str) -> Decimal | None:
    """The value of a constant expression over + - * / and parentheses, exact to 28 digits; None for anything else."""
    # 64 is Excel's own limit for nesting.
    if not _CONSTANT.fullmatch(expression) or expression.count("(") > 64:
        return None
    tokens = re.findall(r"[0-9.]+|[-+*/()]", expression)[::-1]
    try:
        value = _sum(tokens)
        return None if tokens else Decimal(value.numerator) / value.denominator
    except (ValueError, IndexError, ZeroDivisionError):
        return None


def _sum(tokens: list[str]) -> Fraction:
    value = _product(tokens)
    while tokens and tokens[-1] in "+-":
        value += _product(tokens) if tokens.pop() == "+" else -_product(tokens)
    return value


def _product(tokens: list[str]) -> Fraction:
    value = _factor(tokens)
    while tokens and tokens[-1] in "*/":
        value = value * _factor(tokens) if tokens.pop() == "*" else value / _factor(tokens)
    return value


def _factor(tokens: list[str]) -> Fraction:
    sign, part = 1, tokens.pop()
    while part in "+-":
        sign, part = -sign if part == "-" else sign, tokens.pop()
    if part != "(":
        return sign * Fraction(part)
    value = _sum(tokens)
    if tokens.pop() != ")":
        raise ValueError
    return sign * value
