"""Number formats, errors and formulas among the cells of an .xls workbook. Source: [MS-XLS] 2.3 (records), BIFF 5 to 8."""

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

import olefile

from workbook_builder.ooxml.foreign.marks import (
    ERROR_NAMES,
    PLAIN,
    DamageError,
    EncryptedError,
    FormatMarks,
    Looked,
    Mark,
    Marks,
    refuse_far,
)

_STREAMS, _SUMMARY = ("Workbook", "Book"), "\x05SummaryInformation"
_BOF, _EOF, _FILE_PASS, _SHEET, _FORMAT, _CELL_FORMAT = 0x0809, 0x000A, 0x002F, 0x0085, 0x041E, 0x00E0
_MANY_NUMBERS, _BOOLEAN_OR_ERROR = 0x00BD, 0x0205
_FORMULAS = (0x0006, 0x0206, 0x0406)
_CELLS = frozenset((0x0203, 0x0204, 0x00D6, 0x00FD, 0x027E, _BOOLEAN_OR_ERROR, *_FORMULAS))
_BIFF_8 = 0x0600
_ERROR_RESULT = 2  # of a formula, where no number follows


class _Record(NamedTuple):
    kind: int
    data: bytes


def looked(data: bytes) -> Looked:
    """Looks through a workbook. Raises EncryptedError, TooLargeError; DamageError, struct.error or what olefile does of damaged ones."""
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        name = next((name for name in _STREAMS if container.exists(name)), None)
        if name is None:
            raise DamageError
        stream = container.openstream(name).read()
        saved_at = container.get_metadata().last_saved_time if container.exists(_SUMMARY) else None
    formats, starts = FormatMarks(), []
    for record in _globals(stream):
        if record.kind == _CELL_FORMAT:
            formats.see_cell_format(_unsigned(record.data, 2))
        elif record.kind == _FORMAT:
            formats.see_code(_unsigned(record.data, 0), _code(record.data, is_wide=_version(stream) >= _BIFF_8))
        elif record.kind == _SHEET:
            starts.append(struct.unpack_from("<I", record.data)[0])
    return Looked(data, tuple(_marks(stream, start, formats) for start in starts), saved_at)


def _version(stream: bytes) -> int:
    return _unsigned(stream, 4)


def _unsigned(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<H", data, offset)[0])


def _records(stream: bytes, start: int) -> Iterator[_Record]:
    """Those of one substream, without those of substreams within it, such as charts."""
    depth = 0
    while True:
        kind, length = struct.unpack_from("<HH", stream, start)
        record = _Record(kind, stream[start + 4 : start + 4 + length])
        start += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth < 1:
            return
        if depth == 1:
            yield record


def _globals(stream: bytes) -> Iterator[_Record]:
    """Those about the whole workbook."""
    for record in _records(stream, 0):
        if record.kind == _FILE_PASS:
            raise EncryptedError
        yield record


def _code(data: bytes, *, is_wide: bool) -> str:
    if not is_wide:
        return data[3 : 3 + data[2]].decode("latin-1")
    count, has_wide_letters = _unsigned(data, 2), data[4] & 1
    letters = data[5 : 5 + (2 * count if has_wide_letters else count)]
    return letters.decode("utf-16-le" if has_wide_letters else "latin-1", errors="replace")


def _marks(stream: bytes, start: int, formats: FormatMarks) -> Marks:
    marks: dict[tuple[int, int], Mark] = {}
    for kind, data in _records(stream, start):
        if kind == _MANY_NUMBERS:
            row, first = struct.unpack_from("<HH", data)
            for number in range((len(data) - 6) // 6):
                marks[row + 1, first + number + 1] = formats.of(_unsigned(data, 4 + 6 * number))
        elif kind in _CELLS:
            row, column, cell_format = struct.unpack_from("<HHH", data)
            marks[row + 1, column + 1] = formats.of(cell_format)._replace(
                error=_error(kind, data), is_computed=kind in _FORMULAS
            )
    refuse_far(max((row for row, _ in marks), default=0), max((column for _, column in marks), default=0))
    return {position: mark for position, mark in marks.items() if mark != PLAIN}


def _error(kind: int, data: bytes) -> str | None:
    if kind == _BOOLEAN_OR_ERROR and data[7]:
        return ERROR_NAMES.get(data[6], "#N/A")
    if kind in _FORMULAS and data[12:14] == b"\xff\xff" and data[6] == _ERROR_RESULT:
        return ERROR_NAMES.get(data[8], "#N/A")
    return None
