"""Opening an OOXML package that nobody vouches for: limits first, then parts by name, relations and elements.

Source: ECMA-376 part 2 (Open Packaging Conventions). Nothing is ever written to disk, no link is followed, and
everything that cannot be read ends in one UnreadableError whose finding says what the file is and what to do.
"""

import copy
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

import olefile
from lxml import etree

from workbook_builder.errors import UnreadableError
from workbook_builder.findings import finding_of_file
from workbook_builder.ooxml.kinds import (
    ARCHIVE,
    DOCUMENT,
    ENCRYPTED,
    ET,
    HAND_BACK,
    ODS,
    OLDER_XLS,
    OTHER_PACKAGE,
    SLIDES,
    WORD,
    XLS,
    XLSB,
    Kind,
    OtherFormatError,
    is_encrypted_by_software,
    kind_of,
    kind_of_archive,
    kind_of_container,
)
from workbook_builder.rule_ids import (
    FILE_CORRUPT,
    FILE_ENCRYPTED,
    FILE_NOT_A_WORKBOOK,
    FILE_SECURITY_SOFTWARE,
    FILE_TOO_LARGE,
    FILE_UNSUPPORTED,
)

MEBIBYTE = 1 << 20
MAX_FILE_BYTES = 50 * MEBIBYTE
MAX_ENTRIES = 2_000  # entries of the archive
MAX_UNPACKED_BYTES = 400 * MEBIBYTE  # all parts together
MAX_PART_BYTES = 150 * MEBIBYTE
MAX_COMPRESSION_RATIO = 200  # unpacked bytes per packed byte; real sheets stay below 50
FREE_PART_BYTES = 20 * MEBIBYTE  # not held to the ratio: old workbooks carry thousands of identical styles
MAX_ELEMENT_BYTES = 8 * MEBIBYTE  # markup of one row, one text or one tag, held in memory as a whole
MAX_CELLS = 5_000_000  # of a workbook; in one part, rows, texts and names count like cells

_CHUNK_BYTES = 1 << 16
_PROBE_BYTES = 1 << 10
_CENTRAL_ENTRY = b"PK\x01\x02"
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_BIFF_STARTS = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")  # .xls from before OLE containers
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
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

    def __init__(self, data: bytes, file: str, *, in_part: bool = False):
        self.file = file
        self._archive = _open_archive(data, file)
        self._entries = _entries(self._archive, file)
        if not in_part:
            _refuse_too_large(self._entries.values(), file)
        self._unpacked_bytes: dict[str, int] = {}
        self.names = tuple(info.filename for info in self._entries.values())
        self.workbook = _workbook_part(self)

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return _part_key(name) in self._entries

    def read(self, name: str) -> bytes:
        """The bytes of a part, unpacked anew at each call; what really comes out is held to the limits."""
        info = self._entries.get(_part_key(name))
        if info is None:
            raise corrupt(self.file, f"缺少组成部分 {name}")
        try:
            content = _unpack(self._archive, info, self.file)
        except _ZIP_ERRORS as error:
            raise corrupt(self.file, f"组成部分 {name} 无法解压") from error
        if len(content) != info.file_size:
            raise corrupt(self.file, f"组成部分 {name} 的长度与文件目录所记不符")
        self._unpacked_bytes[info.filename] = len(content)
        if sum(self._unpacked_bytes.values()) > MAX_UNPACKED_BYTES:
            raise too_large(self.file, f"解压后超过 {MAX_UNPACKED_BYTES // MEBIBYTE} MiB")
        return content

    def relations(self, source: str = "") -> tuple[Relation, ...]:
        """The relations of a part, of the whole package by default; none where it has no relations part."""
        folder, base = posixpath.split(_part_name(source))
        part = posixpath.join(folder, "_rels", base + ".rels")
        if not self.has(part):
            return ()
        elements = self.elements(part, "Relationships", "Relationship")
        return tuple(self._settled(_relation(element, folder)) for element in elements)

    def _settled(self, relation: Relation) -> Relation:
        """The target as the archive writes it, so that one part has one name."""
        info = None if relation.is_external else self._entries.get(_part_key(relation.target))
        return relation if info is None else relation._replace(target=info.filename)

    def root_name(self, name: str) -> str:
        """The root element's name in a part, without namespace."""
        return local_name(_root_tag(self.read(name), self.file, name))

    def elements(self, name: str, root: str, *wanted: str) -> Iterator[etree._Element]:
        """Each complete element with one of the wanted local names, in the namespace of the part's root.

        One pass in constant memory: an element is gone when the next is asked for, its attributes, children and
        the attributes of its ancestors can be read until then. A part whose root is not `root` is corrupt, and so is
        one that is not well formed or has a DTD.
        """
        data = self.read(name)
        root_tag = _root_tag(data, self.file, name)
        if local_name(root_tag) != root:
            raise corrupt(self.file, f"组成部分 {name} 的内容不是应有的 {root}")
        namespace = root_tag[: -len(root)]
        count = 0
        for element in _stream(data, root_tag, frozenset(namespace + local for local in wanted), self.file, name):
            count += 1 + len(element)
            if count > MAX_CELLS:
                raise too_many_cells(self.file)
            yield element


def open_package(data: bytes, file: str, *, in_part: bool = False) -> Package:
    """The package of an .xlsx or .xlsm workbook; file is the name that messages say.

    in_part: not every part will be read, so that only those that are read are held to the limits of size.
    Raises UnreadableError with rule file.not_a_workbook, .corrupt, .encrypted, .security_software, .too_large or
    .unsupported.
    """
    if not data:
        raise _unreadable(FILE_NOT_A_WORKBOOK, f"文件「{file}」是空的（0 字节），不是工作簿。{HAND_BACK}")
    if len(data) > MAX_FILE_BYTES and not in_part:
        raise too_large(file, f"文件超过 {MAX_FILE_BYTES // MEBIBYTE} MiB")
    if data.startswith(olefile.MAGIC):
        raise _container(data, file)
    if data.startswith(_BIFF_STARTS):
        raise other_format(file, OLDER_XLS)
    if is_encrypted_by_software(data):
        raise _encrypted_by_software(file)
    if not data.startswith(_ZIP_STARTS):
        raise other_format(file, kind_of(data))
    return Package(data, file, in_part=in_part)


def corrupt(file: str, what: str) -> UnreadableError:
    """The error for a damaged file; what says in Chinese which damage was met."""
    remedy = "请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后重交；打不开的，请用下发的文件重新填写后交回。"
    return _unreadable(FILE_CORRUPT, f"文件「{file}」已损坏或不完整：{what}。{remedy}")


def too_large(file: str, what: str) -> UnreadableError:
    """The error for a file beyond a limit; what says in Chinese which limit."""
    remedy = "请交回下发的 .xlsx 文件，只填写应填的单元格，不要粘贴图片、附件或大量数据。"
    return _unreadable(FILE_TOO_LARGE, f"文件「{file}」过大，未予读取：{what}。{remedy}")


def too_many_cells(file: str) -> UnreadableError:
    """The error for more than MAX_CELLS cells."""
    return too_large(file, f"单元格超过 {MAX_CELLS:,} 个")


def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rsplit("}", 1)[-1]


def _unreadable(rule: str, message: str) -> UnreadableError:
    return UnreadableError(finding_of_file(rule, "error", message))


def other_format(file: str, kind: Kind | None) -> UnreadableError:
    """The error for a file of another kind, an OtherFormatError where it is known.

    No kind where the content is of no known one; then, and of what WPS writes like an .xls, the name says more.
    """
    if file.lower().endswith(".et") and (kind is None or kind is XLS):
        kind = ET._replace(format=kind and kind.format)
    if kind is None:
        looks = "内容无法识别，可能被加密软件加密，或在传送中损坏"
        return _unreadable(FILE_NOT_A_WORKBOOK, f"文件「{file}」不是 Excel 工作簿，{looks}。{HAND_BACK}")
    if kind is ENCRYPTED:
        return OtherFormatError(_encrypted(file).finding, kind)
    if kind.is_table:
        rule, message = FILE_UNSUPPORTED, f"文件「{file}」是{kind.words}，不能直接读取。{kind.advice}"
    else:
        rule, message = FILE_NOT_A_WORKBOOK, f"文件「{file}」不是 Excel 工作簿，看起来是{kind.words}。{kind.advice}"
    return OtherFormatError(finding_of_file(rule, "error", message), kind)


def _encrypted(file: str) -> UnreadableError:
    remedy = (
        "请在 Excel 中“文件—信息—保护工作簿—用密码进行加密”去掉打开密码后重交；知道密码的，也可以加 --password 读取。"
    )
    return _unreadable(FILE_ENCRYPTED, f"文件「{file}」设有打开密码，无法读取。{remedy}")


def _encrypted_by_software(file: str) -> UnreadableError:
    remedy = "请在装有该软件的电脑上解密（或另存为不加密的文件）后重交。"
    return _unreadable(FILE_SECURITY_SOFTWARE, f"文件「{file}」可能被单位的加密软件加密，无法读取。{remedy}")


def _container(data: bytes, file: str) -> UnreadableError:
    """Why an OLE container is not read: encrypted, .xls, .et, or another program's document."""
    try:
        return other_format(file, kind_of_container(data))
    except Exception:  # noqa: BLE001 - olefile documents no closed set of errors for hostile input
        return corrupt(file, "文件的内部目录无法读取")


def _open_archive(data: bytes, file: str) -> zipfile.ZipFile:
    # Counted before zipfile builds an object for each entry.
    if data.count(_CENTRAL_ENTRY) > MAX_ENTRIES:
        raise too_large(file, f"内部组成部分超过 {MAX_ENTRIES} 个")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _ZIP_ERRORS as error:
        raise corrupt(file, "压缩结构不完整，可能没有下载或传送完") from error


def _entries(archive: zipfile.ZipFile, file: str) -> dict[str, zipfile.ZipInfo]:
    """Entries by part key. Two programs may take different ones of two alike, so such a file is refused."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.is_dir():
            continue
        if entries.setdefault(_part_key(info.filename), info) is not info:
            raise corrupt(file, f"组成部分 {info.filename} 重复出现")
    return entries


def _refuse_too_large(entries: Collection[zipfile.ZipInfo], file: str) -> None:
    for info in entries:
        if info.file_size > MAX_PART_BYTES:
            raise _part_too_large(file, info)
    if sum(info.file_size for info in entries) > MAX_UNPACKED_BYTES:
        raise too_large(file, f"解压后超过 {MAX_UNPACKED_BYTES // MEBIBYTE} MiB")


def _part_name(name: str) -> str:
    return unquote(name).replace("\\", "/").removeprefix("/")


def _part_key(name: str) -> str:
    return _part_name(name).casefold()


def _part_too_large(file: str, info: zipfile.ZipInfo) -> UnreadableError:
    return too_large(file, f"组成部分 {info.filename} 解压后超过 {MAX_PART_BYTES // MEBIBYTE} MiB")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> bytes:
    if info.flag_bits & 1:
        raise _encrypted(file)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise corrupt(file, f"组成部分 {info.filename} 的压缩方式不是工作簿所用的")
    unbounded = copy.copy(info)
    unbounded.file_size = MAX_PART_BYTES + 2 * _CHUNK_BYTES  # zipfile would stop at the size claimed, maybe a lie
    content = io.BytesIO()
    with archive.open(unbounded) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            size = content.tell() + content.write(chunk)
            if size > MAX_PART_BYTES:
                raise _part_too_large(file, info)
            if size > max(FREE_PART_BYTES, MAX_COMPRESSION_RATIO * info.compress_size):
                raise too_large(file, f"组成部分 {info.filename} 解压后膨胀超过 {MAX_COMPRESSION_RATIO} 倍")
    return content.getvalue()


def _workbook_part(package: Package) -> str:
    """The workbook part by the package's relations; refuses every other kind of archive."""
    if package.has("mimetype") and (kind := package.read("mimetype")).startswith(_OPEN_DOCUMENT):
        if kind.startswith(_OPEN_DOCUMENT + b"spreadsheet"):
            raise other_format(package.file, ODS)
        raise other_format(package.file, DOCUMENT)
    main = next((relation for relation in package.relations() if relation.type == "officeDocument"), None)
    if main is None or main.is_external:
        raise _no_main_part(package)
    if main.target.lower().endswith(".bin"):
        raise other_format(package.file, XLSB)
    root = package.root_name(main.target)
    if root != "workbook":
        raise other_format(package.file, _OFFICE_ROOTS.get(root, OTHER_PACKAGE))
    return main.target


def _no_main_part(package: Package) -> UnreadableError:
    names = [_part_key(name) for name in package.names]
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


def _parser(tags: Sequence[str] | None = None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        ("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


def _events(parser: etree.XMLPullParser, chunk: bytes) -> Iterator[tuple[str, etree._Element]]:
    parser.feed(chunk)
    events: Iterator[Any] = parser.read_events()  # the stubs also list events that were not asked for
    return events


def _root_tag(data: bytes, file: str, name: str) -> str:
    """The root's tag, seen before anything below it is parsed; a DTD ends here."""
    parser = _parser()
    try:
        for offset in range(0, min(len(data), MAX_ELEMENT_BYTES), _PROBE_BYTES):
            for _, root in _events(parser, data[offset : offset + _PROBE_BYTES]):
                if root.getroottree().docinfo.internalDTD is not None:
                    raise corrupt(file, f"组成部分 {name} 含有不允许的 DTD 声明")
                return str(root.tag)
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(file, name) from error
    raise _not_well_formed(file, name)


def _not_well_formed(file: str, name: str) -> UnreadableError:
    return corrupt(file, f"组成部分 {name} 的 XML 内容有错")


def _stream(data: bytes, root_tag: str, wanted: frozenset[str], file: str, name: str) -> Iterator[etree._Element]:
    parser = _parser([root_tag, *wanted])
    root: etree._Element | None = None
    newest: etree._Element | None = None
    newest_since = 0  # offset at which the newest element was first seen
    try:
        for offset in range(0, len(data), _CHUNK_BYTES):
            for action, element in _events(parser, data[offset : offset + _CHUNK_BYTES]):
                root = element if root is None else root
                if action == "end" and element.tag in wanted:
                    yield element
            previous, newest = newest, None if root is None else _prune(root, wanted)
            newest_since = newest_since if newest is previous else offset
            if offset - newest_since > MAX_ELEMENT_BYTES:
                raise too_large(file, f"组成部分 {name} 的一行或一段文字超过 {MAX_ELEMENT_BYTES // MEBIBYTE} MiB")
        parser.close()
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(file, name) from error


def _prune(element: etree._Element, wanted: frozenset[str]) -> etree._Element:
    """Drop all that is complete: only the last child of a level can still be open. Returns the last, or one wanted."""
    while len(element) and element.tag not in wanted:
        del element[:-1]
        element = element[-1]
    return element
