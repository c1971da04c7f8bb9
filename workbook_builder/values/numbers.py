"""Numbers as Excel keeps and shows them: exact decimals, fifteen digits, constant arithmetic."""

import re
from decimal import Context, Decimal
from fractions import Fraction

FEN = Decimal("0.01")
# A number without sign: plain, or with thousands separators in the right places.
NUMBER = r"(?:[1-9][0-9]{0,2}(?:(?:, ?| )[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_EXCEL = Context(prec=15, Emax=308, Emin=-308, traps=[])
CONSTANT = re.compile(r"[0-9.+\-*/() ]{1,1000}")


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
    if not CONSTANT.fullmatch(expression) or expression.count("(") > 64:
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
