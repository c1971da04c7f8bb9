"""Stamps workbooks out of one blank: fixed parts copied compressed, changing ones cut once around what changes.

Ours and not a library's because speed is the product: a project costs a join and a deflate of a few sheets.
Works on packages that compile wrote, whose XML is known; never on a file that came back.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import Place, row_and_column
from workbook_builder.form.layout import title_placeholder
from workbook_builder.ooxml.fixed_time import DOS_DATE, DOS_TIME
from workbook_builder.ooxml.notes_write import SheetNotes
from workbook_builder.ooxml.password import Lock
from workbook_builder.ooxml.shared_formulas import formula_elements
from workbook_builder.ooxml.xml_text import xml_text

Value = str | int | float | Decimal | None
OwnTexts = Mapping[bytes, bytes]

LOCAL_HEADER = struct.Struct("<4s5H3I2H")
DIRECTORY_ENTRY = struct.Struct("<4s6H3I5H2I")
DIRECTORY_END = struct.Struct("<4s4H2IH")
ZIP_VERSION, UTF8_NAME, DEFLATE = 20, 0x800, 8
CELL_OR_ROW = re.compile(
    rb'<c r="(?P<address>[A-Z]+[0-9]+)"(?P<attributes>[^>]*?)(?:/>|>(?P<content>.*?)</c>)'
    rb'|<row r="(?P<row>[0-9]+)"[^>]*>',
    re.DOTALL,
)
STYLE = re.compile(rb' s="[0-9]+"')
FORMULA = re.compile(rb"<f>.*?</f>", re.DOTALL)
HEIGHT = re.compile(rb' (?:ht|customHeight)="[^"]*"')
CUSTOM_HEIGHT = re.compile(rb' customHeight="[^"]*"')
OWN = re.compile(re.escape(title_placeholder(0)[0].encode()) + b"|Protection")


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


def cell_xml(address: str, style: bytes, formula: bytes, value: Value) -> bytes:
    """A cell with its value; beside a formula the value is the cached one."""
    head = b'<c r="' + address.encode() + b'"' + style
    if value is None and not formula:
        return head + b"/>"
    if isinstance(value, str) and not formula:
        return head + b' t="inlineStr"><is><t xml:space="preserve">' + xml_text(value).encode() + b"</t></is></c>"
    kind, text = _cached(value)
    return head + kind + b">" + formula + b"<v>" + text + b"</v></c>"


def _cached(value: Value) -> tuple[bytes, bytes]:
    if isinstance(value, str | None):
        return b' t="str"', xml_text(value or "").encode()
    number = int(value) if value == int(value) else value
    return b"", (str(number) if isinstance(number, Decimal) else repr(number)).encode()


class _CellCut(NamedTuple):
    address: str
    style: bytes
    formula: bytes


class _RowCut(NamedTuple):
    row: int
    tag: bytes


class SheetXml:
    """A sheet's XML cut around the cells and rows that change."""

    def __init__(self, xml: bytes, changes: frozenset[str], autofit: frozenset[int]):
        """changes: addresses of cells that get a value; cells with formulas are cut in any case.

        autofit: rows whose height is not said to be set by hand, so that Excel fits them while text is typed.
        """
        self._autofit = autofit
        self._texts: list[bytes] = []
        self._cuts: list[_CellCut | _RowCut] = []
        self.formulas: dict[str, str] = {}
        position = 0
        for match in CELL_OR_ROW.finditer(xml):
            cut = self._cut(match, changes)
            if cut is not None:
                self._texts.append(xml[position : match.start()])
                self._cuts.append(cut)
                position = match.end()
        self._rest = xml[position:]
        if missing := changes - {cut.address for cut in self._cuts if isinstance(cut, _CellCut)}:
            raise ValueError(f"not in the blank: {sorted(missing)}")
        elements = formula_elements(self.formulas)
        self._cuts = [
            cut._replace(formula=elements.get(cut.address, b"")) if isinstance(cut, _CellCut) else cut
            for cut in self._cuts
        ]

    def _cut(self, match: re.Match[bytes], changes: frozenset[str]) -> _CellCut | _RowCut | None:
        if match["row"]:
            row, tag = int(match["row"]), match[0]
            return _RowCut(row, CUSTOM_HEIGHT.sub(b"", tag) if row in self._autofit else tag)
        address, formula = match["address"].decode(), FORMULA.search(match["content"] or b"")
        if formula:
            text = etree.fromstring(formula[0]).text or ""
            self.formulas[address] = text
        elif address not in changes:
            return None
        style = STYLE.search(match["attributes"])
        return _CellCut(address, style[0] if style else b"", b"")

    def filled(self, values: Mapping[str, Value], own: OwnTexts, row_points: Mapping[int, float]) -> bytes:
        """The sheet with these values, own texts and row heights (in points, 0 hides); values may hold anything."""
        pieces: list[bytes] = []
        for text, cut in zip(self._texts, self._cuts, strict=True):
            pieces.append(_with_own(text, own))
            if isinstance(cut, _CellCut):
                formula = _with_own(cut.formula, own)
                pieces.append(cell_xml(cut.address, cut.style, formula, values.get(cut.address)))
            else:
                pieces.append(_row_tag(cut, row_points.get(cut.row), is_custom=cut.row not in self._autofit))
        return b"".join([*pieces, _with_own(self._rest, own)])


def _row_tag(cut: _RowCut, points: float | None, *, is_custom: bool) -> bytes:
    if points is None:
        return cut.tag
    if not points:
        return cut.tag.replace(b">", b' hidden="1">')
    custom = ' customHeight="1"' if is_custom else ""
    return HEIGHT.sub(b"", cut.tag).replace(b">", f' ht="{points:g}"{custom}>'.encode())


class _NotesPart(NamedTuple):
    """A part that holds a sheet's comments, or the boxes around them."""

    title: str
    notes: SheetNotes
    is_drawing: bool


class Stamp:
    """A blank prepared once."""

    def __init__(self, blank: bytes, changes: Iterable[Place], autofit: Iterable[tuple[str, int]] = ()):
        wanted: dict[str, set[str]] = {}
        for place in changes:
            wanted.setdefault(place.sheet, set()).add(place.address)
        rows: dict[str, set[int]] = {}
        for title, row in autofit:
            rows.setdefault(title, set()).add(row)
        self._parts: list[tuple[str, Prepared]] = []
        self._titles: dict[str, str] = {}  # part name -> sheet title
        self.formulas: dict[Place, str] = {}
        with zipfile.ZipFile(io.BytesIO(blank)) as package:
            self._titles = sheet_parts(package)
            notes = dict(_notes_parts(package, self._titles))
            for entry in package.infolist():
                data = package.read(entry)
                part = notes.get(entry.filename) or self._prepared(entry.filename, data, wanted, rows)
                self._parts.append((entry.filename, part))

    def _prepared(
        self, name: str, data: bytes, wanted: Mapping[str, set[str]], autofit: Mapping[str, set[int]]
    ) -> "Prepared":
        title = self._titles.get(name)
        if title is not None and (title in wanted or b"<f>" in data):
            sheet = SheetXml(data, frozenset(wanted.get(title, ())), frozenset(autofit.get(title, ())))
            for address, formula in sheet.formulas.items():
                self.formulas[Place(title, *row_and_column(address))] = formula
            return sheet
        return data if OWN.search(data) else deflated(name, data)

    def workbook(
        self,
        values: Mapping[Place, Value],
        own: OwnTexts,
        row_points: Mapping[tuple[str, int], float],
        notes: Mapping[Place, str] | None = None,
    ) -> bytes:
        """The package for one project.

        values: for every changing cell and every formula cell (its cached value), by placeholder title; own: see
        own_texts; row_points: heights by (sheet, row) where they differ from the blank's; notes: the comments, at
        least one on each sheet that compile gave room for them.
        """
        by_sheet: dict[str, dict[str, Value]] = {}
        for place, value in values.items():
            by_sheet.setdefault(place.sheet, {})[place.address] = value
        points: dict[str, dict[int, float]] = {}
        for (sheet, row), height in row_points.items():
            points.setdefault(sheet, {})[row] = height
        return zip_bytes(
            deflated(name, _notes_xml(part, notes or {}, points.get(part.title, {})))
            if isinstance(part, _NotesPart)
            else self._part(name, part, by_sheet, own, points)
            for name, part in self._parts
        )

    def _part(
        self,
        name: str,
        part: "Part | SheetXml | bytes",
        values: Mapping[str, Mapping[str, Value]],
        own: OwnTexts,
        row_points: Mapping[str, Mapping[int, float]],
    ) -> Part:
        if isinstance(part, Part):
            return part
        if isinstance(part, SheetXml):
            title = self._titles[name]
            return deflated(name, part.filled(values.get(title, {}), own, row_points.get(title, {})))
        return deflated(name, _with_own(part, own))


Prepared = Part | SheetXml | _NotesPart | bytes


def _notes_parts(package: zipfile.ZipFile, titles: Mapping[str, str]) -> Iterator[tuple[str, _NotesPart]]:
    """The parts for comments, by name, of a package that compile wrote."""
    number = 0
    for sheet, title in titles.items():
        folder, _, base = sheet.rpartition("/")
        relations = f"{folder}/_rels/{base}.rels"
        if relations not in package.namelist():
            continue
        targets = {
            str(relation.get("Type")).rpartition("/")[2]: str(relation.get("Target")).lstrip("/")
            for relation in etree.fromstring(package.read(relations))
        }
        if "comments" in targets:
            notes = SheetNotes(package.read(sheet), number)
            number += 1
            yield targets["comments"], _NotesPart(title, notes, is_drawing=False)
            yield targets["vmlDrawing"], _NotesPart(title, notes, is_drawing=True)


def _notes_xml(part: _NotesPart, notes: Mapping[Place, str], row_points: Mapping[int, float]) -> bytes:
    own = {place: text for place, text in notes.items() if place.sheet == part.title}
    return part.notes.drawing(own, row_points) if part.is_drawing else part.notes.comments(own)


def own_texts(titles: Sequence[str], lock: Lock | None) -> OwnTexts:
    """What a workbook has of its own besides values: its sub-projects' sheet titles and its password's hash.

    Replaced in the blank's own XML only, never in what a user wrote.
    """
    own = {title_placeholder(number).encode(): xml_text(title).encode() for number, title in enumerate(titles)}
    if lock:
        names = ("algorithmName", "hashValue", "saltValue", "spinCount")
        attributes = dict(zip(names, ("SHA-512", lock.hash_value, lock.salt_value, str(lock.spin_count)), strict=True))
        sheet = "".join(f' {name}="{xml_text(text)}"' for name, text in attributes.items())
        book = "".join(f' workbook{name[0].upper()}{name[1:]}="{xml_text(text)}"' for name, text in attributes.items())
        own[b"<sheetProtection"] = b"<sheetProtection" + sheet.encode()
        own[b"<workbookProtection"] = b"<workbookProtection" + book.encode()
    return own


def _with_own(data: bytes, own: OwnTexts) -> bytes:
    if OWN.search(data):
        for placeholder, text in own.items():
            data = data.replace(placeholder, text)
    return data


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """{part name: sheet title} of a package that compile wrote."""
    relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): str(relation.get("Target")).lstrip("/") for relation in relations}
    book = etree.fromstring(package.read("xl/workbook.xml"))
    key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    sheets = [element for element in book.iter() if etree.QName(element).localname == "sheet"]
    parts = {targets[sheet.get(key)]: str(sheet.get("name")) for sheet in sheets}
    return {name if name.startswith("xl/") else f"xl/{name}": title for name, title in parts.items()}
