"""A Word file of ours as bytes: only the parts that its text needs, nothing of who made it or when."""

import io
import zipfile
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE as KIND
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from workbook_builder.centre.publish.word_xml import clean
from workbook_builder.ooxml.fixed_time import CREATED
from workbook_builder.ooxml.zip_write import deflated, zip_bytes

CONTENT_TYPES = "[Content_Types].xml"
LASTING = {KIND.STYLES, KIND.SETTINGS, KIND.NUMBERING, KIND.FONT_TABLE, KIND.THEME}  # named by no text, and needed
OF_TEXTS = {KIND.HEADER, KIND.FOOTER, KIND.IMAGE, KIND.HYPERLINK}
OF_PACKAGE = {KIND.OFFICE_DOCUMENT, KIND.CORE_PROPERTIES}
RELATION_NAMES = ("id", "embed", "link")
COMPATIBLE = '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
EDITING = ("rsid", "paraId", "textId")  # attributes by which Word remembers who edited what


def saved(document: Any, title: str, *, has_fields: bool = False) -> bytes:
    """A document's bytes; the same content gives the same. has_fields: whose results Word is to count when it opens it."""
    of_package = document.part.package.rels
    _set_properties(document, title)
    for name, relation in list(of_package.items()):
        if relation.reltype not in OF_PACKAGE:
            del of_package[name]
    _set_settings(document, has_fields=has_fields)
    for part in _story_parts(document):
        _drop_unused(part)
        _drop_traces(part.element)
    _drop_traces(document.styles.element)
    buffer = io.BytesIO()
    document.save(buffer)
    return _repacked(buffer.getvalue())


def _story_parts(document: Any) -> list[Any]:
    related = (relation for relation in document.part.rels.values() if relation.reltype in (KIND.HEADER, KIND.FOOTER))
    return [document.part, *(relation.target_part for relation in related)]


def _set_properties(document: Any, title: str) -> None:
    properties = document.core_properties
    element = next(
        r.target_part.element for r in document.part.package.rels.values() if r.reltype == KIND.CORE_PROPERTIES
    )
    for name in ("author", "last_modified_by", "comments", "category", "keywords", "subject", "identifier", "version"):
        setattr(properties, name, "")
    properties.content_status, properties.language, properties.revision = "", "zh-CN", 1
    properties.title = clean(title)[:255]
    properties.created = properties.modified = CREATED
    if (printed := element.find(qn("cp:lastPrinted"))) is not None:
        element.remove(printed)


def _set_settings(document: Any, *, has_fields: bool) -> None:
    """Ours and not the template's: those name its editor's computer, and may protect or track."""
    update = '<w:updateFields w:val="true"/>' if has_fields else ""
    sides = "<w:evenAndOddHeaders/>" if document.settings.odd_and_even_pages_header_footer else ""
    settings = parse_xml(
        f'<w:settings {nsdecls("w")}><w:defaultTabStop w:val="420"/>{sides}'
        f'<w:characterSpacingControl w:val="compressPunctuation"/>{update}<w:compat>{COMPATIBLE}</w:compat></w:settings>'
    )
    element = document.settings.element
    for child in list(element):
        element.remove(child)
    for child in list(settings):
        element.append(child)
    part = next(one.target_part for one in document.part.rels.values() if one.reltype == KIND.SETTINGS)
    part.rels.clear()


def _drop_unused(part: Any) -> None:
    """Relations that nothing in the part names: what a template leaves out has no place in the file either."""
    used = {
        value
        for element in part.element.iter()
        for name, value in element.attrib.items()
        if str(name).startswith("{" + nsdecls("r").split('"')[1]) and str(name).rpartition("}")[2] in RELATION_NAMES
    }
    for name, relation in list(part.rels.items()):
        if not (relation.reltype in LASTING or (relation.reltype in OF_TEXTS and name in used)):
            del part.rels[name]


def _drop_traces(element: Any) -> None:
    for one in element.iter():
        for name in [name for name in one.attrib if str(name).rpartition("}")[2].startswith(EDITING)]:
            del one.attrib[name]
    for one in list(element.iter(qn("w:proofErr"), qn("w:lastRenderedPageBreak"), qn("w:rsids"))):
        one.getparent().remove(one)


def _repacked(data: bytes) -> bytes:
    """The same parts without the clock, in an order that does not depend on how they were met."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(archive.namelist(), key=lambda name: (name != CONTENT_TYPES, name))
        return zip_bytes(deflated(name, archive.read(name)) for name in names)
