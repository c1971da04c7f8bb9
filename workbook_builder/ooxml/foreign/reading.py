"""Any workbook that comes back, whatever its format: told by its bytes, never by its name."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.foreign.converting import converted
from workbook_builder.ooxml.foreign.decryption import decrypted
from workbook_builder.ooxml.foreign.values import read_values
from workbook_builder.ooxml.kinds import ENCRYPTED, ET, Format, OtherFormatError
from workbook_builder.ooxml.reader import Reading, read_workbook

_SUFFIXES: Mapping[Format, str] = {"fods": ".fods", "xml": ".xml"}


class Held(NamedTuple):
    """What a file holds."""

    reading: Reading
    package: bytes | None  # the .xlsx that was read, decrypted or converted; None where only values could be read


def read_any(data: bytes, file: str, passwords: Sequence[str] = ()) -> Held:
    """Reads a workbook of any format; passwords: to try where it is encrypted.

    Raises UnreadableError where it cannot be read, an OtherFormatError where its format is why.
    """
    try:
        return _read(data, file)
    except OtherFormatError as error:
        if error.kind is not ENCRYPTED:
            raise
    held = _read(decrypted(data, file, passwords), file)
    return held._replace(reading=held.reading._replace(sha256=hashlib.sha256(data).hexdigest()))


def _read(data: bytes, file: str) -> Held:
    """Raises OtherFormatError of kind ENCRYPTED where it has a password."""
    try:
        return Held(read_workbook(data, file), data)
    except OtherFormatError as error:
        refusal = error
    match refusal.kind.format:
        case "xls" | "xlsb" | "ods":
            return Held(_values(data, file, refusal), None)
        case "fods" | "xml":
            package = converted(data, _SUFFIXES[refusal.kind.format])
            if package is not None:
                reading = read_workbook(package, file)
                return Held(reading._replace(sha256=hashlib.sha256(data).hexdigest()), package)
    raise refusal


def _values(data: bytes, file: str, refusal: OtherFormatError) -> Reading:
    """What WPS wrote in its own way is refused as what it is, not as damaged."""
    try:
        return read_values(data, file, refusal.kind)
    except OtherFormatError:
        raise
    except UnreadableError as error:
        raise refusal if refusal.kind.words == ET.words else error from error
