"""Alters a workbook at the level of its parts, as people, programs and bad luck do: nothing else in it changes."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK, STYLES, APP, TYPES = "xl/workbook.xml", "xl/styles.xml", "docProps/app.xml", "[Content_Types].xml"
WORKBOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml."
Change = Callable[["Parts"], None]


class Case(NamedTuple):
    """One alteration, and what must come of it."""

    name: str
    change: Change
    rule: str | None = None  # that names it; None where nothing may be said of it


class Parts:
    """The parts of one workbook; those that are XML are parsed when they are asked for and written when all is done."""

    def __init__(self, data: bytes):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self._bytes = {name: archive.read(name) for name in archive.namelist()}
        self._roots: dict[str, etree._Element] = {}
        targets = {one.get("Id"): str(one.get("Target")).lstrip("/") for one in self.root(WORKBOOK_RELATIONS)}
        self.sheets = {
            str(sheet.get("name")): f"xl/{targets[sheet.get(f'{{{RELATIONS}}}id')].removeprefix('xl/')}"
            for sheet in self.root(WORKBOOK).iter(f"{MAIN}sheet")
        }

    def root(self, name: str) -> etree._Element:
        """The root of a part, to be changed in place."""
        if name not in self._roots:
            self._roots[name] = etree.fromstring(self._bytes[name])
        return self._roots[name]

    def sheet(self, title: str) -> etree._Element:
        return self.root(self.sheets[title])

    def text(self, name: str, change: Callable[[str], str], *, is_sure: bool = True) -> None:
        """Changes a part as text; where that is sure, it must change."""
        before = (
            etree.tostring(self._roots.pop(name), encoding="unicode")
            if name in self._roots
            else self._bytes[name].decode()
        )
        after = change(before)
        assert after != before or not is_sure, name
        self._bytes[name] = after.encode()

    def element(self, title: str, name: str) -> etree._Element:
        """The first element of this name on a sheet."""
        return next(self.sheet(title).iter(MAIN + name))

    def elements(self, title: str, name: str) -> list[etree._Element]:
        return list(self.sheet(title).iter(MAIN + name))

    def drop(self, title: str, name: str) -> None:
        """All elements of this name, from one sheet."""
        found = self.elements(title, name)
        assert found, (title, name)
        for element in found:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

    def row(self, title: str, number: int) -> etree._Element:
        """A row, made where it is not there."""
        data = self.element(title, "sheetData")
        for row in data:
            if row.get("r") == str(number):
                return row
        row = etree.SubElement(data, f"{MAIN}row", r=str(number))
        data[:] = sorted(data, key=lambda one: int(one.get("r", "0")))
        return row

    def cell(self, title: str, address: str) -> etree._Element:
        """A cell, made where it is not there."""
        row = self.row(title, int(re.sub(r"\D", "", address)))
        for cell in row:
            if cell.get("r") == address:
                return cell
        cell = etree.SubElement(row, f"{MAIN}c", r=address)
        row[:] = sorted(row, key=lambda one: (len(one.get("r", "")), one.get("r", "")))
        return cell

    def write(self, title: str, address: str, *, text: str = "", number: str = "", formula: str = "") -> None:
        """New content of a cell, which keeps its style; none empties it."""
        cell = self.cell(title, address)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        if formula:
            etree.SubElement(cell, f"{MAIN}f").text = formula
        if number:
            etree.SubElement(cell, f"{MAIN}v").text = number
        if text:
            cell.set("t", "inlineStr")
            etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t").text = text

    def formula(self, title: str, address: str) -> etree._Element:
        """The element f of a cell."""
        found = self.cell(title, address).find(f"{MAIN}f")
        assert found is not None, address
        return found

    def shared(self, title: str, *, first: bool) -> str:
        """The address of a cell that shares its formula, the first of them or a follower."""
        for cell in self.elements(title, "c"):
            found = cell.find(f"{MAIN}f")
            if found is not None and found.get("t") == "shared" and bool(found.text) == first:
                return str(cell.get("r"))
        raise AssertionError(title)

    def validation(self, title: str, address: str) -> etree._Element:
        """The validation whose area begins with this cell."""
        return next(one for one in self.elements(title, "dataValidation") if one.get("sqref", "").startswith(address))

    def name(self, name: str) -> etree._Element:
        """A defined name of the workbook."""
        return next(one for one in self.root(WORKBOOK).iter(f"{MAIN}definedName") if one.get("name") == name)

    def style(self, title: str, address: str, change: Callable[["Parts", etree._Element], None]) -> None:
        """Gives one cell a style of its own, changed by what is given."""
        cell, formats = self.cell(title, address), next(self.root(STYLES).iter(f"{MAIN}cellXfs"))
        own = etree.fromstring(etree.tostring(formats[int(cell.get("s", "0"))]))
        formats.append(own)
        cell.set("s", str(len(formats) - 1))
        change(self, own)

    def add_style_part(self, collection: str, xml: str) -> str:
        """A font, fill or number format more; returns its number."""
        entries = next(self.root(STYLES).iter(MAIN + collection))
        entries.append(etree.fromstring(xml.replace(">", f' xmlns="{MAIN[1:-1]}">', 1)))
        return str(len(entries) - 1)

    def add_part(self, name: str, data: bytes, content_type: str = "") -> None:
        self._bytes[name] = data
        if content_type:
            override = f"{{{self.root(TYPES).nsmap[None]}}}Override"
            etree.SubElement(self.root(TYPES), override, PartName=f"/{name}", ContentType=content_type)

    def relate(self, source: str, kind: str, target: str, *, external: bool = False) -> str:
        """A relation of a part to another, or to another file; returns its id."""
        folder, _, base = source.rpartition("/")
        name = f"{folder}/_rels/{base}.rels"
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        if name not in self._bytes:
            self._bytes[name] = f'<Relationships xmlns="{package}"/>'.encode()
        root = self.root(name)
        number = f"rIdNew{len(root)}"
        one = etree.SubElement(root, f"{{{package}}}Relationship", Id=number, Type=f"{RELATIONS}/{kind}", Target=target)
        if external:
            one.set("TargetMode", "External")
        return number

    def add_sheet(self, title: str, xml: bytes, kind: str = "worksheet", state: str = "visible") -> None:
        """A sheet more, the last one."""
        part = f"xl/{kind}s/new{len(self.sheets)}.xml"
        self.add_part(part, xml, f"{CONTENT}{kind}+xml")
        relation = self.relate(WORKBOOK, kind, f"/{part}")
        sheets = next(self.root(WORKBOOK).iter(f"{MAIN}sheets"))
        entry = etree.SubElement(sheets, f"{MAIN}sheet", name=title, sheetId="99", state=state)
        entry.set(f"{{{RELATIONS}}}id", relation)
        self.sheets[title] = part

    def entry(self, title: str) -> etree._Element:
        """What the workbook says of a sheet."""
        return next(one for one in self.root(WORKBOOK).iter(f"{MAIN}sheet") if one.get("name") == title)

    def xml_of(self, title: str) -> bytes:
        return etree.tostring(self.sheet(title))

    def draw(self, title: str, anchored: str) -> None:
        """Something drawn on a sheet, over C7 to E9."""
        drawing = "http://schemas.openxmlformats.org/drawingml/2006"
        corners = "".join(
            f"<xdr:{name}><xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff>"
            f"<xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:{name}>"
            for name, column, row in (("from", 2, 6), ("to", 4, 8))
        )
        xml = (
            f'<xdr:wsDr xmlns:xdr="{drawing}/spreadsheetDrawing" xmlns:a="{drawing}/main">'
            f"<xdr:twoCellAnchor>{corners}{anchored}<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
        )
        self.add_part(
            "xl/drawings/drawing9.xml", xml.encode(), "application/vnd.openxmlformats-officedocument.drawing+xml"
        )
        relation = self.relate(self.sheets[title], "drawing", "/xl/drawings/drawing9.xml")
        etree.SubElement(self.sheet(title), f"{MAIN}drawing").set(f"{{{RELATIONS}}}id", relation)

    def saved_by(self, program: str) -> None:
        """What docProps/app.xml calls the program."""
        self.text(
            APP, lambda xml: re.sub("<Application>.*?</Application>", f"<Application>{program}</Application>", xml)
        )

    def all_sheets(self) -> Iterator[str]:
        return iter(list(self.sheets))

    def data(self) -> bytes:
        """The workbook as altered."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self._bytes.items():
                archive.writestr(name, etree.tostring(self._roots[name]) if name in self._roots else data)
        return buffer.getvalue()


def altered(data: bytes, change: Change) -> bytes:
    """The workbook after one alteration."""
    parts = Parts(data)
    change(parts)
    return parts.data()
