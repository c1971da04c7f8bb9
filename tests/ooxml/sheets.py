"""Small workbooks written as XML, and what is read from them."""

import io
import zipfile
from collections.abc import Iterable, Mapping

import openpyxl
import pytest

from workbook_builder.cells import Cell
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.reader import Reading, read_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relationships(relations: Iterable[tuple[str, str, str]], office: str = OFFICE) -> str:
    lines = (f'<Relationship Id="{key}" Type="{office}/{kind}" Target="{path}"/>' for key, kind, path in relations)
    return f'<Relationships xmlns="{PACKAGE}">{"".join(lines)}</Relationships>'


def archive(parts: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            written.writestr(name, content)
    return stream.getvalue()


def parts_of(
    sheet: str = "<sheetData/>",
    *,
    workbook: str = '<sheets><sheet name="主表" sheetId="1" r:id="s1"/></sheets>',
    strings: str | None = None,
    styles: str | None = None,
    more: Iterable[tuple[str, str, str]] = (),
) -> dict[str, str]:
    """The parts of a small workbook; sheet, workbook, strings and styles are what stands inside their roots."""
    relations = [("s1", "worksheet", "worksheets/sheet1.xml"), *more]
    parts = {
        "_rels/.rels": relationships([("r1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}</workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
    }
    for kind, root, content in (("sharedStrings", "sst", strings), ("styles", "styleSheet", styles)):
        if content is not None:
            relations.append((kind, kind, f"{kind}.xml"))
            parts[f"xl/{kind}.xml"] = f'<{root} xmlns="{MAIN}">{content}</{root}>'
    return parts | {"xl/_rels/workbook.xml.rels": relationships(relations)}


def read(parts: Mapping[str, str]) -> Reading:
    return read_workbook(archive(parts), "申报.xlsx")


def cells_of(cells: str, *, strings: str | None = None, styles: str | None = None) -> Mapping[tuple[int, int], Cell]:
    sheet = f"<sheetData><row>{cells}</row></sheetData>"
    return read(parts_of(sheet, strings=strings, styles=styles)).sheets["主表"].cells


def only_cell(cell: str, *, strings: str | None = None, styles: str | None = None) -> Cell:
    cells = cells_of(cell, strings=strings, styles=styles)
    assert list(cells) == [(1, 1)]
    return cells[1, 1]


def refused_rule(parts: Mapping[str, str]) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(parts)
    return caught.value.finding.rule


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
