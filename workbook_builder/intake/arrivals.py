"""The files to be imported: single ones, those of folders, and those inside zip archives of workbooks.

An archive is told by its bytes, whatever its name; one inside another is a parcel of its own, and no deeper one is opened.
"""

import datetime
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from workbook_builder.errors import UnreadableError
from workbook_builder.files import is_left_behind, opened, read_file, workbooks_in
from workbook_builder.findings import Finding, file_refused
from workbook_builder.intake.manifest import MANIFEST
from workbook_builder.ooxml.archive import is_folder
from workbook_builder.ooxml.kinds import is_archive_of_files
from workbook_builder.ooxml.limits import MAX_FILE_BYTES, MEBIBYTE
from workbook_builder.ooxml.properties import utc
from workbook_builder.rule_ids import FILE_CORRUPT, FILE_ENCRYPTED, FILE_TOO_LARGE, FILE_UNREADABLE

MAX_MEMBERS = 10_000
MAX_ARCHIVE_BYTES = 2 << 30  # that many workbooks with two sub-projects each take half of it
END_OF_DIRECTORY, END_BYTES = b"PK\x05\x06", (64 << 10) + 22  # where a zip archive says how large its directory is
LIKELY_END_BYTES = 8 << 10  # in which a workbook mostly has all of that and its directory
DIRECTORY_ENTRY_BYTES = 1 << 10  # that a member may take in it: names of 200 Chinese characters, and more
PART_OF_WORKBOOK = re.compile(rb"PK\x01\x02.{42}xl/", re.DOTALL)  # its entry in the directory
SUFFIX, ZIP_START = ".zip", b"PK"
# Of zipfile and of all that it unpacks with.
ZIP_ERRORS = (
    zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, OverflowError, zlib.error,
    lzma.LZMAError, struct.error,
)  # fmt: skip
UTF_8_NAMES = 0x800  # flag of a member whose name is UTF-8
# Without it Info-ZIP and macOS write UTF-8 all the same, Windows GBK, which hardly ever is valid UTF-8.
UNFLAGGED_NAMES = ("utf-8", "gbk")


class Source(NamedTuple):
    """One file that came in."""

    name: str  # as messages say it
    read: Callable[[], bytes]  # raises UnreadableError
    stored_at: (
        datetime.datetime | None
    )  # UTC; when the file system, or the archive in whole seconds, says it was changed


class Parcel(NamedTuple):
    """A file on disk: itself, or what is in it where it is an archive."""

    name: str
    sources: tuple[Source, ...]

    def member(self, source: Source) -> str:
        """The name of a source within the archive."""
        return source.name.removeprefix(f"{self.name}/")


def parcels_in(paths: Iterable[Path], is_ours: Callable[[Path], bool] = lambda _: False) -> list[Parcel]:
    """Every file of the paths, each once, folders opened, without those that are our own; an unreadable archive is one source."""
    files = dict.fromkeys(file for path in paths for file in workbooks_in(path) if not is_ours(file))
    return [parcel for file in files for parcel in _parcels(file)]


def sources_in(paths: Iterable[Path]) -> list[Source]:
    """Every file of the paths, folders opened, archives of workbooks too; an unreadable archive is one source."""
    return [source for parcel in parcels_in(paths) for source in parcel.sources]


class _Archive(NamedTuple):
    """A zip archive, on disk or in another one."""

    name: str
    open: Callable[
        [], AbstractContextManager[zipfile.ZipFile]
    ]  # raises UnreadableError, or one of ZIP_ERRORS where it is damaged
    is_nested: bool = False


def _parcels(path: Path) -> Iterator[Parcel]:
    if _is_archive_file(path):
        yield from _opened(_Archive(path.name, lambda: _archive_at(path)))
    else:
        yield Parcel(path.name, (Source(path.name, lambda: read_file(path, MAX_FILE_BYTES), _changed_at(path)),))


@contextmanager
def _archive_at(path: Path) -> Iterator[zipfile.ZipFile]:
    """Of an ordinary file: a pipe has no end."""
    with opened(path, MAX_ARCHIVE_BYTES) as stream:
        _refuse_too_many(path.name, _end_of(stream))
        with zipfile.ZipFile(stream) as archive:
            yield archive


def _end_of(stream: BinaryIO, most_bytes: int = END_BYTES) -> bytes:
    """Of an archive: all that says how large its directory is, and mostly the directory."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - most_bytes))
    return stream.read()


def _refuse_too_many(name: str, end: bytes) -> None:
    """Where the directory is larger than one of so many members can be: zipfile would build an object for each."""
    if _directory(end)[1] > MAX_MEMBERS * DIRECTORY_ENTRY_BYTES:
        raise UnreadableError(_too_many(name))


def _directory(end: bytes) -> tuple[int, int]:
    """Behind which byte of an archive's end its directory ends, and how many bytes it says that it has; 0 for none."""
    start = end.rfind(END_OF_DIRECTORY)
    return start, int.from_bytes(end[start + 12 : start + 16], "little") if start >= 0 else 0


def _too_many(name: str) -> Finding:
    sentence = f"压缩包中的文件超过 {MAX_MEMBERS:,} 个，没有读取。请分成几个压缩包"
    return file_refused(FILE_TOO_LARGE, name, sentence)


def _is_archive_file(path: Path) -> bool:
    """Whether a file is an archive of others; a damaged or empty one only by its name, for it may have been a workbook."""
    is_named_so = path.suffix.lower() == SUFFIX
    try:
        stream = opened(path, MAX_ARCHIVE_BYTES)
    except UnreadableError:
        return False  # reading it will say why
    with stream:
        start = stream.read(len(ZIP_START))
        try:
            if start != ZIP_START:
                return is_named_so and not start
            if not is_named_so and _names_a_workbook(_end_of(stream, LIKELY_END_BYTES)):
                return False
            end = _end_of(stream)
            _refuse_too_many(path.name, end)
            return (is_named_so or not _names_a_workbook(end)) and _is_archive(stream)
        except (UnreadableError, *ZIP_ERRORS):
            return is_named_so


def _names_a_workbook(end: bytes) -> bool:
    """Whether the directory names parts of a workbook, as that of nearly every file does; zipfile takes longer to say."""
    stop, size = _directory(end)
    return 0 < size <= stop and PART_OF_WORKBOOK.search(end, stop - size, stop) is not None


def _is_archive(stream: IO[bytes]) -> bool:
    with zipfile.ZipFile(stream) as archive:
        return is_archive_of_files([info.filename for info in _listed(archive)])


def _listed(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What is in it. Raises BadZipFile where its start is in no list: it was cut, and the list is that of a file in it."""
    infos = archive.infolist()
    if infos and min(info.header_offset for info in infos) > 0:
        raise zipfile.BadZipFile
    return infos


def _opened(archive: _Archive) -> Iterator[Parcel]:
    """An archive's own files, and behind them each archive in it; of one that cannot be opened, why."""
    try:
        members = _members(archive)
    except UnreadableError as error:
        yield Parcel(archive.name, (_broken(archive.name, error),))
        return
    is_package = any(_name(info).rpartition("/")[2] == MANIFEST for info in members)
    sources, nested = [], []
    for info in members:
        source = _member(archive, info)
        inner = None if is_package or archive.is_nested else _inner_archive(source)
        if inner is None:
            sources.append(source)
        else:
            nested.append(inner)
    if sources:
        yield Parcel(archive.name, tuple(sources))
    for inner in nested:
        yield from _opened(inner)


def _members(archive: _Archive) -> list[zipfile.ZipInfo]:
    """The files in it. Raises UnreadableError where there are none, too many, or where it is damaged."""
    name = archive.name
    try:
        with archive.open() as unpacking:
            members = [info for info in _listed(unpacking) if not is_folder(info) and _is_wanted(_name(info))]
    except ZIP_ERRORS as error:
        sentence = "压缩包已损坏，无法打开。请重新压缩后再交"
        raise UnreadableError(file_refused(FILE_CORRUPT, name, sentence)) from error
    if not members:
        sentence = "压缩包中没有文件。请把工作簿放进去，重新压缩后再交"
        raise UnreadableError(file_refused(FILE_UNREADABLE, name, sentence))
    if len(members) > MAX_MEMBERS:
        raise UnreadableError(_too_many(name))
    return members


def _inner_archive(source: Source) -> _Archive | None:
    """What is an archive within an archive; None for any other file, which is read when its turn comes."""
    if not source.name.lower().endswith(SUFFIX):
        return None
    try:
        is_one = _is_archive(io.BytesIO(source.read()))
    except (UnreadableError, *ZIP_ERRORS):
        return None  # it says so itself when it is read
    read = lru_cache(maxsize=1)(source.read)  # for all its files at once, not for each anew
    return _Archive(source.name, lambda: zipfile.ZipFile(io.BytesIO(read())), is_nested=True) if is_one else None


def _member(archive: _Archive, info: zipfile.ZipInfo) -> Source:
    name = f"{archive.name}/{_name(info)}"

    def read() -> bytes:
        if info.file_size > MAX_FILE_BYTES:
            sentence = f"文件有 {info.file_size // MEBIBYTE} MiB，最多 {MAX_FILE_BYTES // MEBIBYTE} MiB"
            raise UnreadableError(file_refused(FILE_TOO_LARGE, name, sentence))
        if info.flag_bits & 1:
            raise UnreadableError(file_refused(FILE_ENCRYPTED, name, "压缩包设有密码。请去掉密码后重新压缩再交"))
        try:
            with archive.open() as unpacking, unpacking.open(info) as stream:
                return stream.read(MAX_FILE_BYTES + 1)
        except ZIP_ERRORS as error:
            sentence = "压缩包中的这个文件已损坏，无法解压。请重新压缩后再交"
            raise UnreadableError(file_refused(FILE_CORRUPT, name, sentence)) from error

    return Source(name, read, _zip_time(info))


def _is_wanted(name: str) -> bool:
    """Not what programs leave beside open files, nor what macOS adds to archives."""
    return not is_left_behind(name.rpartition("/")[2]) and not name.startswith("__MACOSX/")


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & UTF_8_NAMES:
        return info.filename
    for encoding in UNFLAGGED_NAMES:
        with suppress(UnicodeError):
            return info.filename.encode("cp437").decode(encoding)
    return info.filename


def _broken(name: str, error: UnreadableError) -> Source:
    def read() -> bytes:
        raise error

    return Source(name, read, None)


def _changed_at(path: Path) -> datetime.datetime | None:
    """To the microsecond: in whole seconds two files that were written one right after the other would be as new."""
    try:
        return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).replace(tzinfo=None)
    except (OSError, OverflowError, ValueError):
        return None


def _zip_time(info: zipfile.ZipInfo) -> datetime.datetime | None:
    try:
        return utc(datetime.datetime(*info.date_time).astimezone())  # an archive keeps local time
    except (ValueError, OverflowError, OSError):
        return None
