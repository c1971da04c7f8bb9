"""A zip archive from parts that are compressed already: fixed parts are compressed once, not for every workbook.

Ours and not a library's because speed is the product: a project costs a join and a deflate of a few sheets.
"""

import io
import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from workbook_builder.ooxml.fixed_time import DOS_DATE, DOS_TIME

LOCAL_HEADER = struct.Struct("<4s5H3I2H")
DIRECTORY_ENTRY = struct.Struct("<4s6H3I5H2I")
DIRECTORY_END = struct.Struct("<4s4H2IH")
ZIP_VERSION, UTF8_NAME, DEFLATE = 20, 0x800, 8


class Part(NamedTuple):
    """One zip entry, ready to be written."""

    name: str
    method: int
    crc: int
    size: int
    compressed: bytes


def deflated(name: str, data: bytes) -> Part:
    """A part compressed now."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)  # -15: raw deflate, as zip wants it
    return Part(name, DEFLATE, zlib.crc32(data), len(data), packer.compress(data) + packer.flush())


def zip_bytes(parts: Iterable[Part]) -> bytes:
    """The parts as a zip archive; no zip64: below 4 GiB and 65,536 parts."""
    body, directory, count = io.BytesIO(), io.BytesIO(), 0
    for part in parts:
        name, offset = part.name.encode(), body.tell()
        flags = 0 if part.name.isascii() else UTF8_NAME
        sizes = (part.crc, len(part.compressed), part.size, len(name))
        common = (ZIP_VERSION, flags, part.method, DOS_TIME, DOS_DATE, *sizes)
        body.write(LOCAL_HEADER.pack(b"PK\3\4", *common, 0) + name + part.compressed)
        directory.write(DIRECTORY_ENTRY.pack(b"PK\1\2", ZIP_VERSION, *common, 0, 0, 0, 0, 0, offset) + name)
        count += 1
    end = DIRECTORY_END.pack(b"PK\5\6", 0, 0, count, count, directory.tell(), body.tell(), 0)
    return body.getvalue() + directory.getvalue() + end
