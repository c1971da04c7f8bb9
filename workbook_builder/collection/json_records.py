"""NamedTuples as JSON and back, checked on the way in: one converter for what is recorded and what is passed on.

Numbers of yuan and moments are texts there: "1411700.00", "2022-01-10T08:00:00". Where a value may be of several types,
what is no text says which it is: {"amount": "1.00"}, {"date": "2022-01-31"}.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from workbook_builder.form.declaration import Typed
from workbook_builder.values.numbers import FEN, amount_text

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
WHOLE_LIMIT, AMOUNT_LIMIT = 2**31 - 1, Decimal(10) ** 16  # what the ledger's columns hold
KINDS: dict[type, str] = {Decimal: "amount", date: "date"}


def json_bytes(content: object) -> bytes:
    """A content as the archive keeps it."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def json_line(content: object) -> bytes:
    """The same as one line of a file that only grows."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def to_json(record: object) -> Any:
    """A record as JSON has it, its words in the order of its fields."""
    return _converter().unstructure(record)


def from_json(content: object, kind: type[T]) -> T:
    """The record of this kind. Raises ValueError where a word is missing, unknown or of another type."""
    try:
        return _converter().structure(content, kind)
    except Exception as error:  # cattrs raises Exception itself for some content
        raise ValueError(f"no {kind.__name__}") from error


def _read_text(content: Any, _: object) -> str:
    if not isinstance(content, str):
        raise TypeError("no text")
    return content


def _read_whole(content: Any, _: object) -> int:
    if type(content) is not int or abs(content) > WHOLE_LIMIT:
        raise TypeError("no whole number, or none that counts anything")
    return content


def _read_amount(content: Any, _: object) -> Decimal:
    amount = Decimal(_read_text(content, None))
    if not amount.is_finite() or abs(amount) >= AMOUNT_LIMIT:
        raise ValueError("no amount")
    return amount.quantize(FEN)


def _read_moment(content: Any, _: object) -> datetime:
    moment = datetime.fromisoformat(_read_text(content, None))
    if moment.tzinfo is not None:
        raise ValueError("a moment of another clock: ours are UTC and say no zone")
    return moment


def _read_value(content: Any, _: object) -> Typed:
    if isinstance(content, dict):
        return _read_amount(content["amount"], None) if "amount" in content else date.fromisoformat(content["date"])
    return None if content is None else str(content)


def _value_json(value: Typed) -> Any:
    return {KINDS[type(value)]: str(value)} if type(value) in KINDS else value


@cache
def _converter() -> "Converter":
    """Loaded with the first record: who only asks something should not wait for it."""
    from cattrs import Converter
    from cattrs.cols import is_namedtuple, namedtuple_dict_structure_factory, namedtuple_dict_unstructure_factory

    converter = Converter(detailed_validation=False)
    converter.register_structure_hook_factory(  # unknown words are refused: written again, they would be lost
        is_namedtuple, lambda kind: namedtuple_dict_structure_factory(kind, converter, False, True)
    )
    converter.register_unstructure_hook_factory(
        is_namedtuple, lambda kind: namedtuple_dict_unstructure_factory(kind, converter)
    )
    converter.register_structure_hook(str, _read_text)
    converter.register_structure_hook(int, _read_whole)
    converter.register_structure_hook(Decimal, _read_amount)
    converter.register_unstructure_hook(Decimal, amount_text)
    converter.register_structure_hook(datetime, _read_moment)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(Typed, _read_value)
    converter.register_unstructure_hook(Typed, _value_json)
    return converter
