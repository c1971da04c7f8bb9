"""The zip archive of a workbook, unpacked piece by piece in memory and held to the limits; nothing is written to disk.

Source: APPNOTE.TXT (the zip format), ECMA-376 part 2, annex B (what of it a package may use). Its directory is believed
no further than two programs would agree: no part twice, none over another, each under the name that it has itself.
"""

import bisect
import io
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from urllib.parse import unquote

from workbook_builder.ooxml import limits
from workbook_builder.ooxml.limits import MEBIBYTE
from workbook_builder.ooxml.refusals import corrupt, encrypted, too_large

_CENTRAL_ENTRY, _LOCAL_ENTRY = b"PK\x01\x02", b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4s2xH18xHH")  # signature, flags, length of the name, length of what follows it
_ENCRYPTED, _UTF_8_NAME = 0x1, 0x800
_PACKED_BYTES = 16 << 10  # given to zlib at a time: it copies what it cannot take yet
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)


def part_name(name: str) -> str:
    """A part's name without leading slash, as packages count it: backslashes and %-escapes make no difference."""
    return unquote(name).replace("\\", "/").removeprefix("/")


def part_key(name: str) -> str:
    """What is alike for all spellings of a part's name, upper and lower case too."""
    return part_name(name).casefold()


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Whether an entry is none to be read: a folder, or one without a name, at which zipfile itself fails."""
    return not info.filename or info.is_dir()


class Archive:
    """The entries of a zip archive by part key. Every method raises UnreadableError for damage and beyond the limits."""

    def __init__(self, data: bytes, file: str):
        self._data, self._file = data, file
        # Counted before zipfile builds an object for each entry.
        if data.count(_CENTRAL_ENTRY) > limits.MAX_ENTRIES:
            raise too_large(file, f"内部组成部分超过 {limits.MAX_ENTRIES} 个")
        try:
            directory = zipfile.ZipFile(io.BytesIO(data))
        except _ZIP_ERRORS as error:
            raise corrupt(file, "压缩结构不完整，可能没有下载或传送完") from error
        infos = directory.infolist()
        self.entries = _entries(infos, file)
        self._ends = sorted([*(info.header_offset for info in infos), directory.start_dir])
        self._refuse_unlisted(infos)

    def _refuse_unlisted(self, infos: Collection[zipfile.ZipInfo]) -> None:
        """Where an entry lies between those of the directory: programs that read from the front take it for a part."""
        end = 0
        for info in sorted(infos, key=lambda one: one.header_offset):
            start = info.header_offset
            if self._data.find(_LOCAL_ENTRY, end, start) >= 0:
                raise corrupt(self._file, "压缩包里有文件目录没有列出的组成部分")
            if 0 <= start <= len(self._data) - _LOCAL_HEADER.size:
                _, _, name_length, extra_length = _LOCAL_HEADER.unpack_from(self._data, start)
                end = start + _LOCAL_HEADER.size + name_length + extra_length + info.compress_size
        if self._data.find(_LOCAL_ENTRY, end, self._ends[-1]) >= 0:
            raise corrupt(self._file, "压缩包里有文件目录没有列出的组成部分")

    def refuse_too_large(self) -> None:
        """Where the entries claim to be larger than all parts, or one, may be."""
        for info in self.entries.values():
            if info.file_size > limits.MAX_PART_BYTES:
                raise self._part_too_large(info)
        if sum(info.file_size for info in self.entries.values()) > limits.MAX_UNPACKED_BYTES:
            raise too_large(self._file, f"解压后超过 {limits.MAX_UNPACKED_BYTES // MEBIBYTE} MiB")

    def pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry unpacked, in pieces of at most limits.CHUNK_BYTES; what really comes out is held to the limits."""
        packed, size, checksum = self._packed(info), 0, 0
        try:
            for piece in _unpacked(packed, info.compress_type):
                size += len(piece)
                if size > limits.MAX_PART_BYTES:
                    raise self._part_too_large(info)
                if size > max(limits.FREE_PART_BYTES, limits.MAX_COMPRESSION_RATIO * info.compress_size):
                    ratio = limits.MAX_COMPRESSION_RATIO
                    raise too_large(self._file, f"组成部分 {info.filename} 解压后膨胀超过 {ratio} 倍")
                checksum = zlib.crc32(piece, checksum)
                yield piece
        except (zlib.error, EOFError) as error:
            raise corrupt(self._file, f"组成部分 {info.filename} 无法解压") from error
        if size != info.file_size:
            raise corrupt(self._file, f"组成部分 {info.filename} 的长度与文件目录所记不符")
        if checksum != info.CRC:
            raise corrupt(self._file, f"组成部分 {info.filename} 的校验和不符")

    def _packed(self, info: zipfile.ZipInfo) -> memoryview:
        """An entry's bytes, which stand behind a header of their own."""
        start = info.header_offset
        following = bisect.bisect_right(self._ends, start)
        if not 0 <= start <= len(self._data) - _LOCAL_HEADER.size or following == len(self._ends):
            raise corrupt(self._file, f"组成部分 {info.filename} 不在文件里")
        signature, flags, name_length, extra_length = _LOCAL_HEADER.unpack_from(self._data, start)
        if (flags | info.flag_bits) & _ENCRYPTED:
            raise encrypted(self._file)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise corrupt(self._file, f"组成部分 {info.filename} 的压缩方式不是工作簿所用的")
        name_start = start + _LOCAL_HEADER.size
        begin = name_start + name_length + extra_length
        end = begin + info.compress_size
        if signature != _LOCAL_ENTRY or end > self._ends[following]:
            raise corrupt(self._file, f"组成部分 {info.filename} 与别的部分重叠，或不在文件里")
        name = self._data[name_start : name_start + name_length]
        encoding = "utf-8" if info.flag_bits & _UTF_8_NAME else "cp437"
        if part_key(name.decode(encoding, "replace")) != part_key(info.orig_filename):
            raise corrupt(self._file, f"组成部分 {info.filename} 在文件目录里是另一个名称")
        return memoryview(self._data)[begin:end]

    def _part_too_large(self, info: zipfile.ZipInfo) -> Exception:
        what = f"组成部分 {info.filename} 解压后超过 {limits.MAX_PART_BYTES // MEBIBYTE} MiB"
        return too_large(self._file, what)


def _entries(infos: Collection[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    """Entries by part key. Two programs may take different ones of two alike, so such a file is refused."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if is_folder(info):
            continue
        if entries.setdefault(part_key(info.filename), info) is not info:
            raise corrupt(file, f"组成部分 {info.filename} 重复出现")
    return entries


def _unpacked(packed: memoryview, method: int) -> Iterator[bytes]:
    """Pieces of what was packed. Raises zlib.error, and EOFError where it ends too early."""
    if method == zipfile.ZIP_STORED:
        for start in range(0, len(packed), limits.CHUNK_BYTES):
            yield bytes(packed[start : start + limits.CHUNK_BYTES])
        return
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    for start in range(0, len(packed), _PACKED_BYTES):
        rest: bytes | memoryview = packed[start : start + _PACKED_BYTES]
        while rest:
            if piece := unpacking.decompress(rest, limits.CHUNK_BYTES):
                yield piece
            rest = unpacking.unconsumed_tail
    while piece := unpacking.decompress(b"", limits.CHUNK_BYTES):
        yield piece
    if not unpacking.eof:
        raise EOFError
