"""Any workbook that comes back, whatever its format: told by its bytes, never by its name."""

import hashlib
from collections.abc import Mapping, Sequence

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.foreign.converting import converted
from workbook_builder.ooxml.foreign.decryption import decrypted
from workbook_builder.ooxml.foreign.values import read_values
from workbook_builder.ooxml.kinds import ENCRYPTED, ET, Format, OtherFormatError
from workbook_builder.ooxml.reader import Reading, read_workbook

_SUFFIXES: Mapping[Format, str] = {"fods": ".fods", "xml": ".xml"}


def read_any(data: bytes, file: str, passwords: Sequence[str] = ()) -> Reading:
    """Reads a workbook of any format; passwords: to try where it is encrypted.

    Raises UnreadableError where it cannot be read, an OtherFormatError where its format is why.
    """
    try:
        return _read(data, file)
    except OtherFormatError as error:
        if error.kind is not ENCRYPTED:
            raise
    return _as_of(data, _read(decrypted(data, file, passwords), file))


def _read(data: bytes, file: str) -> Reading:
    """Raises OtherFormatError of kind ENCRYPTED where it has a password."""
    try:
        return read_workbook(data, file)
    except OtherFormatError as error:
        refusal = error
    match refusal.kind.format:
        case "xls" | "xlsb" | "ods":
            return _values(data, file, refusal)
        case "fods" | "xml":
            package = converted(data, _SUFFIXES[refusal.kind.format])
            if package is not None:
                return _as_of(data, read_workbook(package, file))
    raise refusal


def _as_of(data: bytes, reading: Reading) -> Reading:
    """What was read of a file that had to be decrypted or converted first."""
    return reading._replace(sha256=hashlib.sha256(data).hexdigest())


def _values(data: bytes, file: str, refusal: OtherFormatError) -> Reading:
    """What WPS wrote in its own way is refused as what it is, not as damaged."""
    try:
        return read_values(data, file, refusal.kind)
    except OtherFormatError:
        raise
    except UnreadableError as error:
        raise refusal if refusal.kind.words == ET.words else error from error
