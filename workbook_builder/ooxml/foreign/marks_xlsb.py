"""Number formats, errors and formulas among the cells of an .xlsb workbook. Source: [MS-XLSB] 2.1.4 (records), 2.1.7.61 (worksheet).

calamine passes over cells that are written short, without their column, and so would lose them: they are written long.
"""

import io
import posixpath
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from workbook_builder.ooxml.foreign.marks import (
    ERROR_NAMES,
    PLAIN,
    DamageError,
    FormatMarks,
    Looked,
    Mark,
    Marks,
    refuse_far,
)
from workbook_builder.ooxml.foreign.parts import moment_in, repacked, unpacked
from workbook_builder.ooxml.properties import CORE_PROPERTIES, MODIFIED

_BOOK = "xl/workbook.bin"
_ROW, _BLANK, _CELLS = 0, 1, range(1, 12)
_SHORT_CELLS, _SHORTER = range(12, 19), 11  # each stands for the cell of a number that is so much smaller
_ERRORS, _FORMULAS = (3, 11), range(8, 12)
_DATA_BEGINS, _DATA_ENDS = 145, 146
_SHEET, _FORMAT, _FORMATS_BEGIN, _FORMATS_END, _CELL_FORMAT = 156, 44, 617, 618, 47
_HIGH_BIT, _LOW_BITS = 0x80, 0x7F


class _Record(NamedTuple):
    kind: int
    data: bytes


def looked(data: bytes) -> Looked:
    """Looks through a workbook. Raises TooLargeError; DamageError, struct.error, zipfile's or lxml's of damaged ones."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = unpacked(archive)
    book = _book_part(parts)
    targets, formats = _targets(parts, book), _formats(parts, book)
    sheets, long = [], {}
    for name in _sheets(parts, book, targets):
        marks, written = _marks(parts.get(name, b""), formats)
        sheets.append(marks)
        if written is not None:
            long[name] = written
    saved_at = moment_in(parts.get(CORE_PROPERTIES), MODIFIED)
    return Looked(repacked(parts, long) if long else data, tuple(sheets), saved_at)


def _book_part(parts: Mapping[str, bytes]) -> str:
    relations = _relations(parts, "")
    return next((target for kind, target in relations.values() if kind == "officeDocument"), _BOOK)


def _relations(parts: Mapping[str, bytes], source: str) -> dict[str, tuple[str, str]]:
    """Kind and target of each, by its id."""
    folder, base = posixpath.split(source)
    listed = parts.get(posixpath.join(folder, "_rels", f"{base}.rels"))
    root = etree.fromstring(listed, etree.XMLParser(resolve_entities=False, no_network=True)) if listed else ()
    return {
        str(one.get("Id")): (
            str(one.get("Type", "")).rsplit("/", 1)[-1],
            posixpath.normpath(posixpath.join("/", folder, str(one.get("Target", "")))).lstrip("/"),
        )
        for one in root
    }


def _targets(parts: Mapping[str, bytes], book: str) -> dict[str, str]:
    return {name: target for name, (_, target) in _relations(parts, book).items()}


def _records(data: bytes) -> Iterator[_Record]:
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        length, at = _number(data, at, 4)
        if at + length > len(data):
            raise DamageError
        yield _Record(kind, data[at : at + length])
        at += length


def _number(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """A number of seven bits a byte and the offset behind it; kinds keep their marks of more to come."""
    value = 0
    for place in range(limit):
        if at >= len(data):
            raise DamageError
        byte, at = data[at], at + 1
        value |= (byte & _LOW_BITS) << (7 * place)
        if not byte & _HIGH_BIT:
            break
    return value, at


def _written(value: int) -> bytes:
    """A number of seven bits a byte."""
    written = bytearray()
    while True:
        value, low = value >> 7, value & _LOW_BITS
        written.append(low | (_HIGH_BIT if value else 0))
        if not value:
            return bytes(written)


def _text(data: bytes, at: int) -> tuple[str, int]:
    (count,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * count
    return data[at + 4 : end].decode("utf-16-le", errors="replace"), end


def _formats(parts: Mapping[str, bytes], book: str) -> FormatMarks:
    formats, is_of_cells = FormatMarks(), False
    relations = _relations(parts, book).values()
    styles = next((parts[target] for kind, target in relations if kind == "styles" and target in parts), b"")
    for kind, data in _records(styles):
        if kind in (_FORMATS_BEGIN, _FORMATS_END):
            is_of_cells = kind == _FORMATS_BEGIN
        elif kind == _FORMAT:
            formats.see_code(struct.unpack_from("<H", data)[0], _text(data, 2)[0])
        elif kind == _CELL_FORMAT and is_of_cells:
            formats.see_cell_format(struct.unpack_from("<H", data, 2)[0])
    return formats


def _sheets(parts: Mapping[str, bytes], book: str, targets: Mapping[str, str]) -> Iterator[str]:
    """The part of every sheet, in order."""
    for kind, data in _records(parts.get(book, b"")):
        if kind == _SHEET:
            relation, _ = _text(data, 8)
            yield targets.get(relation, "")


def _marks(part: bytes, formats: FormatMarks) -> tuple[Marks, bytes | None]:
    """The marks of a sheet, and the sheet with every cell written long; None where all of them are."""
    marks: dict[tuple[int, int], Mark] = {}
    row = column = -1
    written, is_data, has_short = bytearray(), False, False
    for kind, data in _records(part):
        is_data = kind == _DATA_BEGINS or (is_data and kind != _DATA_ENDS)
        if is_data and kind in _SHORT_CELLS:
            has_short = True
            kind, data = kind - _SHORTER, struct.pack("<I", column + 1) + data  # noqa: PLW2901 - the same cell
        if is_data and kind == _ROW:
            (row,), column = struct.unpack_from("<I", data), -1
        elif is_data and kind in _CELLS:
            column, cell_format = struct.unpack_from("<II", data)
        if is_data and kind in _CELLS and kind != _BLANK:
            error = ERROR_NAMES.get(data[8], "#N/A") if kind in _ERRORS else None
            mark = formats.of(cell_format & 0xFFFFFF)
            marks[row + 1, column + 1] = mark._replace(error=error, is_computed=kind in _FORMULAS)
        written += _written(kind) + _written(len(data)) + data
    refuse_far(max((down for down, _ in marks), default=0), max((right for _, right in marks), default=0))
    told = {position: mark for position, mark in marks.items() if mark != PLAIN}
    return told, bytes(written) if has_short else None
