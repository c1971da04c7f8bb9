"""Opening an OOXML package that nobody vouches for: limits first, then parts by name, relations and elements.

Source: ECMA-376 part 2 (Open Packaging Conventions). Nothing is ever written to disk, no link is followed, and
everything that cannot be read ends in one UnreadableError whose finding says what the file is and what to do.
"""

import posixpath
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote

import olefile
from lxml import etree

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml import limits, xml_parts
from workbook_builder.ooxml.archive import Archive, part_key, part_name
from workbook_builder.ooxml.kinds import (
    ARCHIVE,
    DOCUMENT,
    ODS,
    OLDER_XLS,
    OTHER_PACKAGE,
    SLIDES,
    WORD,
    XLSB,
    is_encrypted_by_software,
    kind_of,
    kind_of_archive,
    kind_of_container,
    says_it_is_encrypted,
)
from workbook_builder.ooxml.limits import MEBIBYTE
from workbook_builder.ooxml.refusals import (
    corrupt,
    empty,
    encrypted_by_software,
    other_format,
    too_large,
    too_many_cells,
    too_much_content,
)

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_BIFF_STARTS = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")  # .xls from before OLE containers
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OFFICE_ROOTS = {"document": WORD, "presentation": SLIDES}


class Relation(NamedTuple):
    """One relation of a part, or of the whole package."""

    id: str
    type: str  # last piece of the type's address, alike in transitional and strict files: worksheet, sharedStrings …
    target: str  # a part name such as xl/workbook.xml; where is_external, the address as written
    is_external: bool


class Package:
    """The parts of one OOXML workbook.

    Part names are without a leading slash; upper and lower case, backslashes and %-escapes make no difference.
    Every method raises UnreadableError where what it meets is damaged or goes beyond the limits.
    """

    file: str  # the file's name, as messages say it
    names: tuple[str, ...]  # of all parts, as the archive writes them
    workbook: str  # part name of the workbook
    most_cells: int  # of a sheet are read, rows and empty cells included
    most: int  # how much of each kind is read: cells with content, texts, names …

    def __init__(self, data: bytes, file: str, *, in_part: bool = False):
        self.file = file
        self.most_cells = limits.MAX_CELLS if in_part else min(limits.MAX_CELLS, limits.MAX_FORM_CELLS)
        self.most = limits.MAX_CELLS if in_part else limits.MAX_CONTENT
        self._archive = Archive(data, file)
        if not in_part:
            self._archive.refuse_too_large()
        self._unpacked_bytes: dict[str, int] = {}
        self.cell_count = 0  # rows and cells that were read, empty ones included
        self.names = tuple(info.filename for info in self._archive.entries.values())
        self.workbook = _workbook_part(self)

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return part_key(name) in self._archive.entries

    def read(self, name: str) -> bytes:
        """The bytes of a part, unpacked anew at each call; what really comes out is held to the limits."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The same piece by piece."""
        info = self._archive.entries.get(part_key(name))
        if info is None:
            raise corrupt(self.file, f"缺少组成部分 {name}")
        size = 0
        for piece in self._archive.pieces(info):
            size += len(piece)
            self._unpacked_bytes[info.filename] = max(size, self._unpacked_bytes.get(info.filename, 0))
            if sum(self._unpacked_bytes.values()) > limits.MAX_UNPACKED_BYTES:
                raise too_large(self.file, f"解压后超过 {limits.MAX_UNPACKED_BYTES // MEBIBYTE} MiB")
            yield piece

    def count_cells(self, count: int) -> None:
        """That so many of a sheet were read; the sheets together have a limit, too."""
        self.cell_count += count
        if self.cell_count > limits.MAX_CELLS:
            raise too_many_cells(self.file, limits.MAX_CELLS)

    def says_it_is_large(self, name: str) -> bool:
        """Whether a part is larger than what is looked at in one go, by what the archive says of it."""
        info = self._archive.entries.get(part_key(name))
        return info is not None and info.file_size > limits.BLOCK_BYTES

    def relations(self, source: str = "") -> tuple[Relation, ...]:
        """The relations of a part, of the whole package by default; none where it has no relations part."""
        folder, base = posixpath.split(part_name(source))
        part = posixpath.join(folder, "_rels", base + ".rels")
        if not self.has(part):
            return ()
        elements = self.elements(part, "Relationships", "Relationship")
        relations = tuple(self._settled(_relation(one, folder)) for one in islice(elements, limits.MAX_RELATIONS + 1))
        if len(relations) > limits.MAX_RELATIONS:
            raise too_much_content(self.file, limits.MAX_RELATIONS)
        return relations

    def _settled(self, relation: Relation) -> Relation:
        """The target as the archive writes it, so that one part has one name."""
        info = None if relation.is_external else self._archive.entries.get(part_key(relation.target))
        return relation if info is None else relation._replace(target=info.filename)

    def root_name(self, name: str) -> str:
        """The root element's name in a part, without namespace; the part is unpacked whole."""
        pieces = self.pieces(name)
        tag, _ = xml_parts.root_tag(pieces, self.file, name)
        for _ in pieces:
            pass
        return xml_parts.local_name(tag)

    def elements(self, name: str, root: str, *wanted: str) -> Iterator[etree._Element]:
        """Each complete element of a part with one of the wanted local names; see xml_parts.elements."""
        return xml_parts.elements(self.pieces(name), root, wanted, self.file, name, self.most)


def open_package(data: bytes, file: str, *, in_part: bool = False) -> Package:
    """The package of an .xlsx or .xlsm workbook; file is the name that messages say.

    in_part: not every part will be read, so that only those that are read are held to the limits of size.
    Raises UnreadableError with rule file.not_a_workbook, .corrupt, .encrypted, .security_software, .too_large or
    .unsupported.
    """
    if not data:
        raise empty(file)
    if len(data) > limits.MAX_FILE_BYTES and not in_part:
        raise too_large(file, f"文件超过 {limits.MAX_FILE_BYTES // MEBIBYTE} MiB")
    if data.startswith(olefile.MAGIC):
        raise _container(data, file)
    if data.startswith(_BIFF_STARTS):
        raise other_format(file, OLDER_XLS)
    if is_encrypted_by_software(data):
        raise encrypted_by_software(file)
    if not data.startswith(_ZIP_STARTS):
        kind = kind_of(data)
        if kind is None and says_it_is_encrypted(data):
            raise encrypted_by_software(file)
        raise other_format(file, kind)
    return Package(data, file, in_part=in_part)


def _container(data: bytes, file: str) -> UnreadableError:
    """Why an OLE container is not read: encrypted, .xls, .et, or another program's document."""
    try:
        return other_format(file, kind_of_container(data))
    except Exception:  # noqa: BLE001 - olefile documents no closed set of errors for hostile input
        return corrupt(file, "文件的内部目录无法读取")


def _workbook_part(package: Package) -> str:
    """The workbook part by the package's relations; refuses every other kind of archive."""
    if package.has("mimetype") and (kind := next(package.pieces("mimetype"), b"")).startswith(_OPEN_DOCUMENT):
        if kind.startswith(_OPEN_DOCUMENT + b"spreadsheet"):
            raise other_format(package.file, ODS)
        raise other_format(package.file, DOCUMENT)
    found = {relation.target: relation for relation in package.relations() if relation.type == "officeDocument"}
    if len(found) > 1:
        raise corrupt(package.file, "有不止一个主体部分")
    main = next(iter(found.values()), None)
    if main is None or main.is_external:
        raise _no_main_part(package)
    if main.target.lower().endswith(".bin"):
        raise other_format(package.file, XLSB)
    root = package.root_name(main.target)
    if root != "workbook":
        raise other_format(package.file, _OFFICE_ROOTS.get(root, OTHER_PACKAGE))
    return main.target


def _no_main_part(package: Package) -> UnreadableError:
    names = [part_key(name) for name in package.names]
    if any(name.startswith("xl/") for name in names):
        return corrupt(package.file, "找不到工作簿的主体部分")
    kind = kind_of_archive(names)
    return other_format(package.file, None if kind is ARCHIVE and package.file.lower().endswith(".et") else kind)


def _relation(element: etree._Element, folder: str) -> Relation:
    target = element.get("Target", "")
    is_external = element.get("TargetMode", "").lower() == "external"
    if not is_external:
        path = posixpath.join("/", folder, unquote(target).replace("\\", "/"))
        target = posixpath.normpath(path).lstrip("/")
    return Relation(element.get("Id", ""), element.get("Type", "").rsplit("/", 1)[-1], target, is_external)
