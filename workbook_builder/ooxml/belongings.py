"""What a workbook brings along besides its sheets: macros, objects, links to other files; and which program saved it.

Nothing of it is opened or followed. Source: ECMA-376 part 1, 18.14 (external links); part 2, 10 (content types);
[MS-OFFMACRO2] for macro projects.
"""

from collections.abc import Iterable
from typing import NamedTuple

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.package import Package, Relation
from workbook_builder.ooxml.xml_parts import local_name
from workbook_builder.ooxml.xml_text import unescaped

PROPERTIES, CONTENT_TYPES = "docProps/app.xml", "[Content_Types].xml"
MACROS = ("vbaproject", "macrosheet", "dialogsheet")
EMBEDDED = ("oleobject", "/embeddings/", "activex", "embeddedpackage")
LINKED = ("externallink", "connections+xml", "/connections.xml", "querytable")
# In the part of an external link: what it leads to.
DDE, OLE, BOOK = "ddeLink", "oleLink", "externalBook"
NAME_LENGTH = 100


class Belongings(NamedTuple):
    """All of it, by the names of parts; and how the program that saved it is called."""

    program: str = ""  # as docProps/app.xml says; "" where it does not
    program_version: str = ""
    last_edited: str = ""  # the attribute lastEdited of fileVersion: which Excel, as a number
    macros: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()
    dde: tuple[str, ...] = ()  # links that ask another program for data
    links: tuple[str, ...] = ()  # other links: to workbooks, databases, web pages
    other_sheets: tuple[str, ...] = ()  # titles of chart sheets, which hold no cells


NOTHING_BESIDE = Belongings()


def read_belongings(package: Package, relations: Iterable[Relation]) -> Belongings:
    """Of any workbook; what is damaged here does not keep its cells from being read. relations: of the workbook part."""
    kinds = _kinds(package)
    for relation in relations:  # a part is what it is related as, whatever it is called
        if relation.target in kinds and not relation.is_external:
            kinds[relation.target] += f" {relation.type.casefold()}"
    links = {name: _link_kind(package, name) for name, kind in kinds.items() if _is_one_of(LINKED, kind)}
    program, version = _program(package)
    last_edited, charts = _outline(package, relations)
    return Belongings(
        program,
        version,
        last_edited,
        macros=tuple(name for name, kind in kinds.items() if _is_one_of(MACROS, kind)),
        embedded=tuple(name for name, kind in kinds.items() if _is_one_of(EMBEDDED, kind)),
        dde=tuple(name for name, kind in links.items() if kind in (DDE, OLE)),
        links=tuple(name for name, kind in links.items() if kind not in (DDE, OLE)),
        other_sheets=charts,
    )


def _is_one_of(kinds: tuple[str, ...], words: str) -> bool:
    return any(kind in words for kind in kinds)


def _kinds(package: Package) -> dict[str, str]:
    """Each part with its name and its content type in small letters; relations of parts say nothing of their own."""
    types: dict[str, str] = {}
    try:
        for element in package.elements(CONTENT_TYPES, "Types", "Override"):
            types[element.get("PartName", "").lstrip("/").casefold()] = element.get("ContentType", "")
    except UnreadableError:
        types = {}
    names = {name: name.replace("\\", "/").lstrip("/").casefold() for name in package.names}
    return {
        name: f"/{plain} {types.get(plain, '').casefold()}" for name, plain in names.items() if "_rels/" not in plain
    }


def _link_kind(package: Package, name: str) -> str:
    try:
        elements = package.elements(name, "externalLink", DDE, OLE, BOOK)
        return next((local_name(element.tag) for element in elements), BOOK)
    except UnreadableError:
        return BOOK


def _program(package: Package) -> tuple[str, str]:
    words: dict[str, str] = {}
    try:
        if package.has(PROPERTIES):
            for element in package.elements(PROPERTIES, "Properties", "Application", "AppVersion"):
                words[local_name(element.tag)] = (element.text or "").strip()[:NAME_LENGTH]
    except UnreadableError:
        words = {}
    return words.get("Application", ""), words.get("AppVersion", "")


def _outline(package: Package, relations: Iterable[Relation]) -> tuple[str, tuple[str, ...]]:
    """What fileVersion says of the Excel that wrote the file, and the titles of chart sheets."""
    charts, last_edited, titles = {one.id for one in relations if one.type == "chartsheet"}, "", []
    for element in package.elements(package.workbook, "workbook", "fileVersion", "sheet"):
        if local_name(element.tag) == "fileVersion":
            last_edited = element.get("lastEdited", "")
        elif charts.intersection(str(value) for value in element.attrib.values()):
            titles.append(unescaped(element.get("name", "")))
    return last_edited, tuple(titles)
