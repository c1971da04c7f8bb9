"""What a Word file that nobody vouches for says, line by line: paragraphs, and rows of tables with their cells.

Read as data within the limits of ooxml: nothing is loaded, no link followed, no entity resolved.
"""

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml import etree

from workbook_builder.errors import UnreadableError
from workbook_builder.findings import file_refused
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.archive import Archive, part_key
from workbook_builder.ooxml.xml_parts import local_name
from workbook_builder.rule_ids import PUBLISH_UNREADABLE

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
ADVICE = "请用 Word 或 WPS 打开，另存为“Word 文档(.docx)”后再试"
MOST_BYTES = 20 << 20  # of the main part
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
SKIPPED = ("instrText", "del", "moveFrom", "pPr", "rPr", "tcPr", "trPr", "tblPr", "tblGrid")


class Line(NamedTuple):
    """A paragraph (one cell), or a row of a table."""

    cells: tuple[str, ...]
    is_row: bool


def open_word(data: bytes, file: str) -> dict[str, bytes]:
    """The parts of a Word file by name, read within the limits. Raises UnreadableError."""
    try:
        archive = Archive(data[: limits.MAX_FILE_BYTES + 1], file)
        archive.refuse_too_large()
        parts = {info.filename: b"".join(archive.pieces(info)) for info in archive.entries.values()}
        for name, content in parts.items():
            if part_key(name).endswith((".xml", ".rels")):
                _parsed(content)
    except (UnreadableError, etree.XMLSyntaxError, ValueError) as error:
        raise word_refused(file) from error
    if not _main_part(parts):
        raise word_refused(file)
    return parts


def word_refused(file: str) -> UnreadableError:
    """The error for what is no Word file that can be read."""
    return UnreadableError(
        file_refused(PUBLISH_UNREADABLE, file, f"不是可以读取的 Word 文档（.docx），或已损坏、加了密码。{ADVICE}")
    )


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a DTD")
    return root


def _main_part(parts: dict[str, bytes]) -> str | None:
    """The part that holds the text; None where this is no Word file."""
    types = next((content for name, content in parts.items() if part_key(name) == "[content_types].xml"), None)
    for one in _parsed(types) if types else ():
        if one.get("ContentType") == MAIN:
            wanted = part_key(posixpath.normpath(one.get("PartName", "")))
            return next((name for name in parts if part_key(name) == wanted), None)
    return None


def lines_in(data: bytes, file: str) -> list[Line]:
    """What the document says, in order; empty paragraphs left out. Raises UnreadableError."""
    parts = open_word(data, file)
    main = parts[_main_part(parts) or ""]
    if len(main) > MOST_BYTES:
        sentence = (
            f"正文解压后有 {len(main) >> 20:,} MiB，最多 {MOST_BYTES >> 20:,} MiB，没有核对。请逐个核对各项目自己的文档"
        )
        raise UnreadableError(file_refused(PUBLISH_UNREADABLE, file, sentence))
    body = next((child for child in _parsed(main) if local_name(child.tag) == "body"), None)
    return list(_lines(body)) if body is not None else []


def _lines(element: Any) -> Iterator[Line]:
    for child in element.iterchildren(etree.Element):
        match local_name(child.tag):
            case "p":
                if text := _text(child).strip():
                    yield Line((text,), False)
            case "tbl":
                yield from _rows(child)
            case "sdt" | "sdtContent" | "ins" | "customXml":
                yield from _lines(child)


def _rows(table: Any) -> Iterator[Line]:
    for row in (one for one in table.iter() if local_name(one.tag) == "tr"):
        cells = [one for one in row.iter() if local_name(one.tag) == "tc"]
        texts = tuple(
            "\n".join(_text(p) for p in cell if local_name(p.tag) == "p").strip()
            for cell in cells
            if not _is_continued(cell)
        )
        if any(texts):
            yield Line(texts, True)


def _is_continued(cell: Any) -> bool:
    """Whether a cell is the lower part of the one above it."""
    properties = (one for one in cell if local_name(one.tag) == "tcPr")
    for merge in (one for some in properties for one in some if local_name(one.tag) == "vMerge"):
        said = {local_name(str(name)): value for name, value in merge.attrib.items()}
        return said.get("val") != "restart"
    return False


def _text(paragraph: Any) -> str:
    pieces = []
    for child in paragraph.iterchildren(etree.Element):
        name = local_name(child.tag)
        if name == "t":
            pieces.append(child.text or "")
        elif name in BREAKS:
            pieces.append(BREAKS[name])
        elif name not in SKIPPED:
            pieces.append(_text(child))
    return "".join(pieces)
