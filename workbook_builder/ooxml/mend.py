"""Mends what openpyxl writes wrongly or cannot write: the styles part, the names of comments' parts, and a package with
the same bytes each time.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from functools import partial

from lxml import etree

from workbook_builder.ooxml.fixed_time import ZIP_DATE

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DATES = "{http://purl.org/dc/terms/}"
STYLES_PART, PROPERTIES_PART, TYPES_PART = "xl/styles.xml", "docProps/core.xml", "[Content_Types].xml"
SHEETS = "xl/worksheets"
# Where Excel puts a sheet's comments and the boxes around them; ExcelJS loads no workbook that has them elsewhere.
NOTES_PARTS = (
    (re.compile(r"xl/comments/comment([0-9]+)\.xml"), r"xl/comments\1.xml"),
    (re.compile(r"xl/drawings/commentsDrawing([0-9]+)\.vml"), r"xl/drawings/vmlDrawing\1.vml"),
)
FONT_ORDER = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family",
    "charset", "scheme",
)  # fmt: skip


def mended(package: bytes) -> bytes:
    """The same package: styles valid, comments where Excel has them, without the clock in it, its texts in UTF-8.

    openpyxl writes &#20154; for 人: three times the size, and the stamp could not find its placeholders.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            root = etree.fromstring(source.read(entry))
            if entry.filename == STYLES_PART:
                _mend_styles(root)
            elif entry.filename == PROPERTIES_PART:
                _stop_the_clock(root)
            elif entry.filename == TYPES_PART:
                _rename_notes(root, "PartName", "/{}".format)
            elif entry.filename.startswith(f"{SHEETS}/_rels/"):
                _rename_notes(root, "Target", partial(posixpath.relpath, start=SHEETS))
            data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            name = _notes_part(entry.filename) or entry.filename
            target.writestr(zipfile.ZipInfo(name, ZIP_DATE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _notes_part(name: str) -> str | None:
    """Excel's name for a part of comments, without a slash before it; None for other parts."""
    return next((found.expand(new) for old, new in NOTES_PARTS if (found := old.fullmatch(name))), None)


def _rename_notes(root: etree._Element, attribute: str, written: Callable[[str], str]) -> None:
    """Wherever the attribute names a part of comments, as Excel does; written: a part's name as it is written there."""
    for element in root:
        if name := _notes_part(element.get(attribute, "").lstrip("/")):
            element.set(attribute, written(name))


def _stop_the_clock(root: etree._Element) -> None:
    """Openpyxl writes the time of saving: the same input would give other bytes each time."""
    created, modified = root.find(DATES + "created"), root.find(DATES + "modified")
    if created is not None and modified is not None:
        modified.text = created.text


def _mend_styles(root: etree._Element) -> None:
    """Font children in schema order; Normal unlocked, and every other cell format with an explicit lock.

    A cell pasted from elsewhere brings the Normal style: unlocked, it stays editable. So nothing but Normal may leave
    its lock unsaid.
    """
    for font in root.iter(MAIN + "font"):
        font[:] = sorted(font, key=lambda child: FONT_ORDER.index(child.tag.removeprefix(MAIN)))
    for name in ("cellStyleXfs", "cellXfs"):
        formats = root.find(MAIN + name)
        for number, cell_format in enumerate(formats if formats is not None else ()):
            _say_lock(cell_format, is_locked=number > 0)


def _say_lock(cell_format: etree._Element, *, is_locked: bool) -> None:
    protection = cell_format.find(MAIN + "protection")
    if protection is None:
        protection = etree.SubElement(cell_format, MAIN + "protection")
        protection.set("locked", "1" if is_locked else "0")
    cell_format.set("applyProtection", "1")
