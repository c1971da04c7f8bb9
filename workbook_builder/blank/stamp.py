"""Stamps workbooks out of one blank: fixed parts copied compressed, changing ones cut once around what changes.

Works on packages that compile wrote, whose XML is known; never on a file that came back.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import Place, Value
from workbook_builder.form.layout import FOOTER_PLACEHOLDER, title_placeholder
from workbook_builder.ooxml.notes_write import SheetNotes
from workbook_builder.ooxml.password import Lock
from workbook_builder.ooxml.pieces import OwnTexts, Pieces
from workbook_builder.ooxml.sheet_cut import Pages, SheetXml
from workbook_builder.ooxml.xml_text import xml_text
from workbook_builder.ooxml.zip_write import Part, deflated, of_blocks, quickly_deflated, zip_bytes

NO_VALUES: Mapping[Place, Value] = MappingProxyType({})
NO_PAGES: Mapping[str, Pages] = MappingProxyType({})
OWN = re.compile("({}.*?{}|<sheetProtection|<workbookProtection)".format(*title_placeholder(0).split("1")).encode())

FOOTER_CHARACTERS = 60  # of 255 for all of a footer


class _NotesPart(NamedTuple):
    """A part that holds a sheet's comments, or the boxes around them."""

    title: str
    notes: SheetNotes
    is_drawing: bool


class Stamp:
    """A blank prepared once."""

    def __init__(
        self,
        blank: bytes,
        changes: Iterable[Place],
        autofit: Iterable[tuple[str, int]] = (),
        computed: Mapping[Place, Value] = NO_VALUES,
    ):
        """changes, autofit, computed: as of SheetXml, of all sheets."""
        self._computed = computed
        wanted: dict[str, set[Place]] = {}
        for place in changes:
            wanted.setdefault(place.sheet, set()).add(place)
        rows: dict[str, set[int]] = {}
        for title, row in autofit:
            rows.setdefault(title, set()).add(row)
        self._parts: list[tuple[str, Prepared]] = []
        self._titles: dict[str, str] = {}  # part name -> sheet title
        with zipfile.ZipFile(io.BytesIO(blank)) as package:
            self._titles = sheet_parts(package)
            notes = dict(_notes_parts(package, self._titles))
            for entry in package.infolist():
                data = package.read(entry)
                part = notes.get(entry.filename) or self._prepared(entry.filename, data, wanted, rows)
                self._parts.append((entry.filename, part))

    def _prepared(
        self, name: str, data: bytes, wanted: Mapping[str, set[Place]], autofit: Mapping[str, set[int]]
    ) -> "Prepared":
        title = self._titles.get(name)
        if title is not None and (title in wanted or b"<f>" in data):
            rows = frozenset(autofit.get(title, ()))
            return SheetXml(data, wanted.get(title, ()), rows, title=title, placeholders=OWN, computed=self._computed)
        return Pieces(OWN, data) if OWN.search(data) else deflated(name, data)

    def workbook(
        self,
        values: Mapping[Place, Value],
        own: OwnTexts,
        row_points: Mapping[tuple[str, int], float],
        notes: Mapping[Place, str] | None = None,
        pages: Mapping[str, Pages] = NO_PAGES,
    ) -> bytes:
        """The package for one project.

        values: for every changing cell, and for formula cells whose (cached) value is not the one that was computed for
        most, by placeholder title; own: see own_texts; row_points: heights by (sheet, row) where they differ from the blank's; notes: the comments, at
        least one on each sheet that compile gave room for them; pages: of sheets whose pages end where we say.
        """
        by_sheet: dict[str, dict[Place, Value]] = {}
        for place, value in values.items():
            by_sheet.setdefault(place.sheet, {})[place] = value
        points: dict[str, dict[int, float]] = {}
        for (sheet, row), height in row_points.items():
            points.setdefault(sheet, {})[row] = height
        return zip_bytes(
            quickly_deflated(name, _notes_xml(part, notes or {}, points.get(part.title, {})))
            if isinstance(part, _NotesPart)
            else self._part(name, part, by_sheet, own, points, pages)
            for name, part in self._parts
        )

    def _part(
        self,
        name: str,
        part: Part | SheetXml | Pieces,
        values: Mapping[str, Mapping[Place, Value]],
        own: OwnTexts,
        row_points: Mapping[str, Mapping[int, float]],
        pages: Mapping[str, Pages],
    ) -> Part:
        if isinstance(part, Part):
            return part
        if isinstance(part, SheetXml):
            title = self._titles[name]
            shown, points = values.get(title, NO_VALUES), row_points.get(title, {})
            return of_blocks(name, part.filled(shown, own, points, pages.get(title)))
        return quickly_deflated(name, b"".join(part.with_own(own)))


Prepared = Part | SheetXml | Pieces | _NotesPart


def _notes_parts(package: zipfile.ZipFile, titles: Mapping[str, str]) -> Iterator[tuple[str, _NotesPart]]:
    """The parts for comments, by name, of a package that compile wrote."""
    number = 0
    for sheet, title in titles.items():
        folder, _, base = sheet.rpartition("/")
        relations = f"{folder}/_rels/{base}.rels"
        if relations not in package.namelist():
            continue
        targets = {
            str(relation.get("Type")).rpartition("/")[2]: posixpath.join("/", folder, str(relation.get("Target")))
            for relation in etree.fromstring(package.read(relations))
        }
        if "comments" in targets:
            notes = SheetNotes(package.read(sheet), number)
            number += 1
            for kind in ("comments", "vmlDrawing"):
                name = posixpath.normpath(targets[kind]).lstrip("/")
                yield name, _NotesPart(title, notes, is_drawing=kind == "vmlDrawing")


def _notes_xml(part: _NotesPart, notes: Mapping[Place, str], row_points: Mapping[int, float]) -> bytes:
    own = {place: text for place, text in notes.items() if place.sheet == part.title}
    return part.notes.drawing(own, row_points) if part.is_drawing else part.notes.comments(own)


def own_texts(titles: Sequence[str], project: str, lock: Lock | None) -> OwnTexts:
    """What a workbook has of its own besides values: its sub-projects' sheet titles, its footers, its password's hash.

    Replaced in the blank's own XML only, never in what a user wrote.
    """
    own = {title_placeholder(number).encode(): xml_text(title).encode() for number, title in enumerate(titles)}
    # In footers & begins a code, and what follows a code may not begin with a digit: it would be a font size.
    footer = project[:FOOTER_CHARACTERS].replace("&", "&&")
    own[FOOTER_PLACEHOLDER.encode()] = xml_text(f" {footer}").encode()
    if lock:
        names = ("algorithmName", "hashValue", "saltValue", "spinCount")
        attributes = dict(zip(names, ("SHA-512", lock.hash_value, lock.salt_value, str(lock.spin_count)), strict=True))
        sheet = "".join(f' {name}="{xml_text(text)}"' for name, text in attributes.items())
        book = "".join(f' workbook{name[0].upper()}{name[1:]}="{xml_text(text)}"' for name, text in attributes.items())
        own[b"<sheetProtection"] = b"<sheetProtection" + sheet.encode()
        own[b"<workbookProtection"] = b"<workbookProtection" + book.encode()
    return own


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """{part name: sheet title} of a package that compile wrote."""
    relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): str(relation.get("Target")).lstrip("/") for relation in relations}
    book = etree.fromstring(package.read("xl/workbook.xml"))
    key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    sheets = [element for element in book.iter() if etree.QName(element).localname == "sheet"]
    parts = {targets[sheet.get(key)]: str(sheet.get("name")) for sheet in sheets}
    return {name if name.startswith("xl/") else f"xl/{name}": title for name, title in parts.items()}
