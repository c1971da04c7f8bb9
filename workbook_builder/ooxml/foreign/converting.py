"""Tables written as one XML file (.fods, XML 2003), turned into an .xlsx by LibreOffice where it is at hand.

It would fetch linked pictures whatever its settings: links are taken out before it sees the table.
"""

from lxml import etree

from workbook_builder.ooxml.foreign.office import turned_into
from workbook_builder.ooxml.xml_parts import local_name

TARGET = "xlsx:Calc MS Excel 2007 XML"
LINKS, ACTIVE = (
    ("href", "src"),
    ("scripts", "event-listeners", "dde-source", "dde-links", "table-source", "cell-range-source"),
)


def converted(data: bytes, suffix: str) -> bytes | None:
    """The same as an .xlsx; None where LibreOffice is not at hand, fails, or takes too long. suffix: such as .fods."""
    table = _without_links(data)
    return None if table is None else next(iter(turned_into(TARGET, {f"table{suffix}": table})))


def _without_links(data: bytes) -> bytes | None:
    """Without anything that leads out of the table or acts by itself, and without a DTD; None where it is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    for element in [*root.iter(etree.Element)]:
        for name in [name for name in element.attrib if local_name(str(name)).lower() in LINKS]:
            del element.attrib[name]
        parent = element.getparent()
        if parent is not None and local_name(str(element.tag)) in ACTIVE:
            parent.remove(element)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)
