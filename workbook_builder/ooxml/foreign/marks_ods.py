"""Shares, truth values, errors and formulas among the cells of an .ods workbook. Source: OpenDocument 1.3 part 3, 9.1 (tables).

calamine refuses white space between cells, which some programs write: it is taken out.
"""

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from workbook_builder.ooxml.foreign.marks import (
    MAX_AREA,
    PLAIN,
    DamageError,
    EncryptedError,
    Looked,
    Mark,
    Marks,
    TooLargeError,
    refuse_far,
)
from workbook_builder.ooxml.foreign.parts import moment_in, repacked, unpacked

_CONTENT, _META, _MANIFEST = "content.xml", "meta.xml", "META-INF/manifest.xml"
_SAVED_AT = "{http://purl.org/dc/elements/1.1/}date"
_ENCRYPTION = b"encryption-data"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_VALUE_TYPE = f"{_OFFICE}value-type"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_BOOK, _ROW, _SHEET = f"{_OFFICE}spreadsheet", f"{_TABLE}table-row", f"{_TABLE}table"
_FORMULA = f"{_TABLE}formula"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_AROUND_CELLS = (_SHEET, f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group")
_ERROR = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def looked(data: bytes) -> Looked:
    """Looks through a workbook. Raises EncryptedError, TooLargeError; DamageError, zipfile's or lxml's of damaged ones."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = unpacked(archive)
    if _ENCRYPTION in parts.get(_MANIFEST, b""):
        raise EncryptedError
    if _CONTENT not in parts:
        raise DamageError
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(parts[_CONTENT], parser)
    sheets = tuple(_marks(sheet) for book in root.iter(_BOOK) for sheet in book.iterchildren(_SHEET))
    is_spaced = sum(map(_without_space, root.iter(_ROW, *_AROUND_CELLS))) > 0
    saved_at = moment_in(parts.get(_META), _SAVED_AT)
    local = saved_at.astimezone() if saved_at else None  # it keeps local time, as archives do
    return Looked(repacked(parts, {_CONTENT: etree.tostring(root)}) if is_spaced else data, sheets, local)


def _without_space(element: etree._Element) -> bool:
    """Takes white space from between the children; whether there was any."""
    spaced = [child for child in element if child.tail and child.tail.isspace()]
    for child in spaced:
        child.tail = None
    has_own = bool(element.text and element.text.isspace())
    if has_own:
        element.text = None
    return has_own or bool(spaced)


def _marks(sheet: etree._Element) -> Marks:
    marks: dict[tuple[int, int], Mark] = {}
    row, last_row, last_column = 1, 0, 0
    for element in _rows(sheet):
        rows, column = _times(element, "rows"), 1
        for cell in element.iterchildren(*_CELLS):
            columns = _times(cell, "columns")
            if cell.get(_VALUE_TYPE):
                last_row, last_column = row + rows - 1, max(last_column, column + columns - 1)
            if (mark := _mark(cell)) != PLAIN:
                if len(marks) + rows * columns > MAX_AREA:
                    raise TooLargeError
                marks |= {(row + down, column + right): mark for down in range(rows) for right in range(columns)}
            column += columns
        row += rows
    refuse_far(last_row, last_column)
    return marks


def _rows(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if child.tag == _ROW:
            yield child
        elif child.tag in _AROUND_CELLS:
            yield from _rows(child)


def _times(element: etree._Element, what: str) -> int:
    return int(element.get(f"{_TABLE}number-{what}-repeated", "1"))


def _mark(cell: etree._Element) -> Mark:
    kind, is_computed = cell.get(_VALUE_TYPE), cell.get(_FORMULA) is not None
    error = "".join(map(str, cell.itertext())).strip() or "#N/A" if cell.get(_ERROR) == "error" else None
    return Mark(kind == "percentage", False, error, kind == "boolean", is_computed)
