"""Small .xls, .xlsb and .ods workbooks written by hand: what no program at hand writes, and quickly.

A sheet is its cells by row and column, from 1; a value is a text, a number, a Boolean or one of the classes below.
"""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from workbook_builder.cells import Cell
from workbook_builder.ooxml.reader import Reading


class Percent(NamedTuple):
    """A number that is shown as a share."""

    value: float


class Day(NamedTuple):
    """A day number that is shown as a date."""

    value: int


class Failed(NamedTuple):
    """An error."""

    name: str


class Computed(NamedTuple):
    """A number that a formula gave; the formula itself says nothing."""

    value: float


Content = str | float | bool | Percent | Day | Failed | Computed
Sheets = Mapping[str, Mapping[tuple[int, int], Content]]
Writer = Callable[[Sheets], bytes]

PLAIN_FORMAT, PERCENT_FORMAT, DAY_FORMAT = 0, 1, 2  # of a cell
NUMBER_FORMATS = (0, 9, 14)  # built in: General, 0%, a date
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ERRORS = {"#DIV/0!": 0x07, "#N/A": 0x2A}


def sheets_of(reading: Reading) -> Sheets:
    """What a workbook holds, without its formulas."""
    return {
        title: {position: _content(cell) for position, cell in sheet.cells.items() if cell.value not in (None, "")}
        for title, sheet in reading.sheets.items()
    }


def _content(cell: Cell) -> Content:
    if isinstance(cell.value, Decimal):
        number = float(cell.value)
        return Day(int(number)) if cell.is_date else Percent(number) if cell.is_percent else number
    if cell.kind == "error":
        return Failed(str(cell.value))
    assert cell.value is not None
    return cell.value


def _number(content: Content) -> tuple[float, int]:
    """The number in a cell, and the cell's format."""
    if isinstance(content, Computed):
        return content.value, PLAIN_FORMAT
    if isinstance(content, Percent):
        return content.value, PERCENT_FORMAT
    if isinstance(content, Day):
        return content.value, DAY_FORMAT
    assert isinstance(content, int | float)
    return content, PLAIN_FORMAT


def ods(
    sheets: Sheets, *, space: str = "", manifest: str = "<manifest/>", instead: tuple[str, str] = ("", "")
) -> bytes:
    """space: what stands between cells, such as a line break. instead: words of its content, and what replaces them."""
    tables = space.join(_table(title, cells, space) for title, cells in sheets.items())
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    calc = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    body = f"<office:body><office:spreadsheet>{space}{tables}{space}</office:spreadsheet></office:body>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _archive(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content{names}{calc}>{body}</office:document-content>".replace(*instead),
            "meta.xml": f'<office:document-meta{names} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
            "<dc:date>2022-01-10T08:00:00Z</dc:date></office:meta></office:document-meta>",
        }
    )


def _table(title: str, cells: Mapping[tuple[int, int], Content], space: str) -> str:
    lines, last = [], 0
    for row in sorted({row for row, _ in cells}):
        if row - last > 1:
            lines.append(_row([_gap("cell", 1)], row - last - 1, space))
        filled = {column: content for (at, column), content in cells.items() if at == row}
        entries, before = [], 0
        for column, content in sorted(filled.items()):
            if column - before > 1:
                entries.append(_gap("cell", column - before - 1))
            entries.append(_ods_cell(content))
            before = column
        lines.append(_row(entries, 1, space))
        last = row
    return f"<table:table table:name={quoteattr(title)}>{space}{space.join(lines)}{space}</table:table>"


def _row(entries: Sequence[str], times: int, space: str) -> str:
    inside = f"{space}{space.join(entries)}{space}"
    return f'<table:table-row table:number-rows-repeated="{times}">{inside}</table:table-row>'


def _gap(what: str, times: int) -> str:
    return f'<table:table-{what} table:number-columns-repeated="{times}"/>'


def _ods_cell(content: Content) -> str:
    if isinstance(content, bool):
        about, words = f'"boolean" office:boolean-value="{str(content).lower()}"', str(content).upper()
    elif isinstance(content, str):
        paragraphs = "</text:p><text:p>".join(escape(content).split("\n"))
        return f'<table:table-cell office:value-type="string"><text:p>{paragraphs}</text:p></table:table-cell>'
    elif isinstance(content, Failed):
        about, words = '"string" office:string-value="" calcext:value-type="error"', content.name
    else:
        number, number_format = _number(content)
        kind = ("float", "percentage", "float")[number_format]
        about, words = f'"{kind}" office:value="{number!r}"', str(number)
    formula = ' table:formula="of:=1+1"' if isinstance(content, Computed) else ""
    return f"<table:table-cell{formula} office:value-type={about}><text:p>{escape(words)}</text:p></table:table-cell>"


def _archive(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _record(kind: int, data: bytes) -> bytes:
    """Of an .xlsb: kind and length in bytes of seven bits."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, written = len(data), bytearray()
    while True:
        written.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return head + bytes(written) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def xlsb(sheets: Sheets, *, is_short: bool = False) -> bytes:
    """is_short: cells right of another are written without their column."""
    relation = '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
    names = [f"worksheets/sheet{number}.bin" for number in range(1, len(sheets) + 1)]
    listed = [(f"rId{number}", "worksheet", name) for number, name in enumerate(names, start=1)]
    listed.append(("styles", "styles", "styles.bin"))
    entries = [
        _record(156, bytes(4) + struct.pack("<I", n) + _wide(f"rId{n}") + _wide(t)) for n, t in enumerate(sheets, 1)
    ]
    xfs = b"".join(_record(47, struct.pack("<HH", 0xFFFF, number) + bytes(12)) for number in NUMBER_FORMATS)
    count = struct.pack("<I", len(NUMBER_FORMATS))
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": _relations([relation.format("a", "officeDocument", "xl/workbook.bin")]),
        "xl/_rels/workbook.bin.rels": _relations([relation.format(*one) for one in listed]),
        "xl/workbook.bin": _record(131, b"")
        + _record(143, b"")
        + b"".join(entries)
        + _record(144, b"")
        + _record(132, b""),
        "xl/styles.bin": _record(278, b"") + _record(617, count) + xfs + _record(618, b"") + _record(279, b""),
    }
    for name, cells in zip(names, sheets.values(), strict=True):
        data = b"".join(_xlsb_rows(cells, is_short=is_short))
        area = struct.pack(
            "<4I", 0, max((row for row, _ in cells), default=1) - 1, 0, max((c for _, c in cells), default=1) - 1
        )
        parts[f"xl/{name}"] = (
            _record(129, b"") + _record(148, area) + _record(145, b"") + data + _record(146, b"") + _record(130, b"")
        )
    return _archive(parts)


def _relations(relations: Sequence[str]) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(relations)}</Relationships>'


def _xlsb_rows(cells: Mapping[tuple[int, int], Content], *, is_short: bool) -> Iterator[bytes]:
    last = (0, 0)
    for (row, column), content in sorted(cells.items()):
        if row != last[0]:
            yield _record(0, struct.pack("<I", row - 1) + bytes(21))
        kind, number_format, data = _xlsb_cell(content)
        head = struct.pack("<I", number_format)
        if is_short and last == (row, column - 1):
            yield _record(kind + 11, head + data)
        else:
            yield _record(kind, struct.pack("<I", column - 1) + head + data)
        last = row, column


def _xlsb_cell(content: Content) -> tuple[int, int, bytes]:
    """Kind of record, format and value."""
    if isinstance(content, bool):
        return 4, PLAIN_FORMAT, bytes([content])
    if isinstance(content, str):
        return 6, PLAIN_FORMAT, _wide(content)
    if isinstance(content, Failed):
        return 3, PLAIN_FORMAT, bytes([ERRORS[content.name]])
    number, number_format = _number(content)
    if isinstance(content, Computed):
        return 9, number_format, struct.pack("<dHII", number, 0, 0, 0)
    return 5, number_format, struct.pack("<d", number)


def _biff(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def xls(sheets: Sheets) -> bytes:
    """BIFF 8; texts of up to 4,000 characters."""
    begin, end = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)), _biff(0x000A)
    head = begin + _biff(0x0042, struct.pack("<H", 1200)) + _biff(0x0022, struct.pack("<H", 0))
    for number_format in NUMBER_FORMATS:
        head += _biff(0x00E0, struct.pack("<HH", 0, number_format) + bytes(16))
    bodies = [_xls_sheet(cells) for cells in sheets.values()]
    titles = [title.encode("utf-16-le") for title in sheets]
    start = len(head) + sum(12 + len(title) for title in titles) + len(end)
    for title, body in zip(titles, bodies, strict=True):
        head += _biff(0x0085, struct.pack("<IBBBB", start, 0, 0, len(title) // 2, 1) + title)
        start += len(body)
    return container("Workbook", head + end + b"".join(bodies))


def _xls_sheet(cells: Mapping[tuple[int, int], Content]) -> bytes:
    begin = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    return begin + b"".join(_xls_cell(*cell) for cell in sorted(cells.items())) + _biff(0x000A)


def _xls_cell(position: tuple[int, int], content: Content) -> bytes:
    row, column = position[0] - 1, position[1] - 1
    if isinstance(content, bool):
        return _biff(0x0205, struct.pack("<HHHBB", row, column, PLAIN_FORMAT, content, 0))
    if isinstance(content, Failed):
        return _biff(0x0205, struct.pack("<HHHBB", row, column, PLAIN_FORMAT, ERRORS[content.name], 1))
    if isinstance(content, str):
        text = content.encode("utf-16-le")
        return _biff(0x0204, struct.pack("<HHHHB", row, column, PLAIN_FORMAT, len(text) // 2, 1) + text)
    number, number_format = _number(content)
    if isinstance(content, Computed):
        return _biff(0x0006, struct.pack("<HHHdHIH", row, column, number_format, number, 0, 0, 3) + b"\x1e\1\0")
    return _biff(0x0203, struct.pack("<HHHd", row, column, number_format, number))


def container(name: str, stream: bytes) -> bytes:
    """An OLE container with one stream, of up to seven megabytes."""
    sector, end, free, table_mark = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    stream = stream.ljust(4096, b"\0")  # shorter ones lie elsewhere
    body = stream.ljust(-(-len(stream) // sector) * sector, b"\0")
    count = len(body) // sector
    tables = -(-(count + 1) // 127)
    entries = [table_mark] * tables + [end] + [tables + 2 + number for number in range(count - 1)] + [end]
    entries += [free] * (tables * 128 - len(entries))
    header = struct.pack(
        "<8s16s5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, tables, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *range(tables), *[free] * (109 - tables))
    directory = _entry("Root Entry", 5, end, 0, child=1) + _entry(name, 2, tables + 1, len(stream))
    return header + struct.pack(f"<{len(entries)}I", *entries) + directory.ljust(sector, b"\0") + body


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le")
    head = struct.pack("<64sHBB3I", encoded, len(encoded) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


WRITERS: Mapping[str, Writer] = {"xls": xls, "xlsb": xlsb, "ods": ods}
