"""How values of a declaration in JSON are printed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from workbook_builder.values.markup import visible
from workbook_builder.values.numbers import decimal_text
from workbook_builder.values.quantities import QUALITATIVE

MoneyUnit = Literal["元", "万元"]
YUAN_PER_WAN = Decimal(10_000)
NO_DECLARATION: Mapping[str, Any] = {}


def amount(words: str, number_format: str, unit: MoneyUnit) -> str:
    """An amount of yuan in a form's unit and with its separators; 万元 to the last fen: 28.670001, at least two places."""
    yuan = Decimal(words)
    comma = "," if "," in number_format else ""
    if unit == "元":
        return format(yuan, f"{comma}.2f")
    whole = yuan / YUAN_PER_WAN
    places = max(2, len(decimal_text(whole).partition(".")[2]))
    return format(whole, f"{comma}.{places}f")


def day(iso: str, number_format: str) -> str:
    """A date as the form writes dates: 2022-01-01, or 2022年1月1日."""
    if "年" not in number_format:
        return iso
    year, month, day_of_month = (int(part) for part in iso.split("-"))
    return f"{year}年{month}月{day_of_month}日"


def target(indicator: Mapping[str, Any]) -> str:
    """What an indicator is to reach, as one: ≥5次; of a qualitative one the words alone."""
    comparator = indicator.get("comparator")
    parts = ("" if comparator == QUALITATIVE else comparator, indicator.get("target"), indicator.get("unit"))
    return visible("".join(str(part) for part in parts if part is not None))


def words(value: Any) -> str:
    """A text; None is empty."""
    return "" if value is None else visible(str(value)).strip("\n")
