"""Mends what openpyxl writes wrongly or cannot write: the styles part, and a package with the same bytes each time."""

import io
import zipfile

from lxml import etree

from workbook_builder.ooxml.fixed_time import ZIP_DATE

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DATES = "{http://purl.org/dc/terms/}"
STYLES_PART, PROPERTIES_PART = "xl/styles.xml", "docProps/core.xml"
FONT_ORDER = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family",
    "charset", "scheme",
)  # fmt: skip


def mended(package: bytes) -> bytes:
    """The same package with a valid styles part, without the clock in it, its texts in UTF-8.

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
            data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            target.writestr(zipfile.ZipInfo(entry.filename, ZIP_DATE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


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
