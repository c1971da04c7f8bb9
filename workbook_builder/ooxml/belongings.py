"""What a workbook brings along besides its sheets: macros, objects, links to other files; and which program saved it.

Nothing of it is opened or followed. Source: ECMA-376 part 1, 18.14 (external links); part 2, 10 (content types);
[MS-OFFMACRO2] for macro projects.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.package import Package, Relation
from workbook_builder.ooxml.xml_parts import local_name
from workbook_builder.ooxml.xml_text import unescaped
from workbook_builder.values.links import asks_another_program, reads_another_file

PROPERTIES, CONTENT_TYPES = "docProps/app.xml", "[Content_Types].xml"
MACROS = ("vbaproject", "macrosheet", "dialogsheet")
# Macros of WPS and of OnlyOffice, which write the part where there is none, too.
SCRIPTS = ("jdedata.bin", "jsaproject")
_SCRIPT = re.compile(rb"\bfunction\b|=>|=&gt;")
EMBEDDED = ("oleobject", "/embeddings/", "activex", "embeddedpackage")
LINKED = ("externallink", "connections+xml", "/connections.xml", "querytable")
# In the part of an external link: what it leads to.
DDE, OLE, BOOK = "ddeLink", "oleLink", "externalBook"
NAME_LENGTH = 100
HARMLESS = ("http://", "https://", "mailto:", "#")


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
    hyperlinks: tuple[str, ...] = ()  # where links lead that people click, but for web pages and mail


NOTHING_BESIDE = Belongings()


def read_belongings(package: Package, relations: Iterable[Relation]) -> Belongings:
    """Of any workbook; what is damaged here does not keep its cells from being read. relations: of the workbook part."""
    kinds = _kinds(package)
    for relation in relations:  # a part is what it is related as, whatever it is called
        if relation.target in kinds and not relation.is_external:
            kinds[relation.target] += f" {relation.type.casefold()}"
    links = {name: _link_kind(package, name) for name, kind in kinds.items() if _is_one_of(LINKED, kind)}
    program, version = _program(package)
    outline = _outline(package, relations)
    return Belongings(
        program,
        version,
        outline.last_edited,
        macros=tuple(
            name for name, kind in kinds.items() if _is_one_of(MACROS, kind) or _is_script(package, name, kind)
        ),
        embedded=tuple(name for name, kind in kinds.items() if _is_one_of(EMBEDDED, kind)),
        dde=(*(name for name, kind in links.items() if kind in (DDE, OLE)), *outline.asking),
        links=(*(name for name, kind in links.items() if kind not in (DDE, OLE)), *outline.linked),
        other_sheets=outline.charts,
        hyperlinks=tuple(_hyperlinks(package, relations)),
    )


def _hyperlinks(package: Package, relations: Iterable[Relation]) -> Iterator[str]:
    """Each target once; it may be a program, or a file of somebody's whose opening tells them a password."""
    sheets = [relation.target for relation in relations if relation.type == "worksheet" and not relation.is_external]
    targets: dict[str, None] = {}
    for sheet in dict.fromkeys(sheets):
        with suppress(UnreadableError):
            for relation in package.relations(sheet):
                if relation.is_external and relation.type == "hyperlink":
                    targets[relation.target[:NAME_LENGTH]] = None
    return (target for target in targets if not target.casefold().startswith(HARMLESS))


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


def _is_script(package: Package, name: str, kind: str) -> bool:
    """Whether a part holds macros in JavaScript; what cannot be read as text may."""
    if not _is_one_of(SCRIPTS, kind):
        return False
    try:
        script = package.read(name)
    except UnreadableError:
        return True
    return not script.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{")) or _SCRIPT.search(script) is not None


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


class _Outline(NamedTuple):
    """What the workbook part says."""

    last_edited: str  # of fileVersion: which Excel
    charts: tuple[str, ...]  # titles of chart sheets
    asking: tuple[str, ...]  # names that ask other programs
    linked: tuple[str, ...]  # names that lead to other files


def _outline(package: Package, relations: Iterable[Relation]) -> _Outline:
    charts, last_edited = {one.id for one in relations if one.type == "chartsheet"}, ""
    titles, asking, linked = [], [], []
    for element in package.elements(package.workbook, "workbook", "fileVersion", "sheet", "definedName"):
        match local_name(element.tag):
            case "fileVersion":
                last_edited = element.get("lastEdited", "")
            case "definedName":
                formula, words = element.text or "", f"名称“{element.get('name', '')[:NAME_LENGTH]}”"
                if asks_another_program(formula):
                    asking.append(words)
                elif reads_another_file(formula):
                    linked.append(words)
            case _ if charts.intersection(str(value) for value in element.attrib.values()):
                titles.append(unescaped(element.get("name", "")))
    return _Outline(last_edited, tuple(titles), tuple(asking), tuple(linked))
