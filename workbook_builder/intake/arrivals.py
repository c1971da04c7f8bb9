"""The files to be imported: single ones, those of folders, and those inside zip archives of workbooks."""

import datetime
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workbook_builder.errors import UnreadableError
from workbook_builder.files import is_left_behind, opened, read_file, workbooks_in
from workbook_builder.findings import Finding, file_refused
from workbook_builder.ooxml.limits import MAX_FILE_BYTES, MEBIBYTE
from workbook_builder.ooxml.properties import utc
from workbook_builder.rule_ids import FILE_CORRUPT, FILE_ENCRYPTED, FILE_TOO_LARGE, FILE_UNREADABLE

MAX_MEMBERS = 5_000
MAX_ARCHIVE_BYTES = 1 << 30
END_OF_DIRECTORY, END_BYTES = b"PK\x05\x06", (64 << 10) + 22  # where a zip archive says how large its directory is
DIRECTORY_ENTRY_BYTES = 1 << 10  # that a member may take in it: names of 200 Chinese characters, and more
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
    stored_at: datetime.datetime | None  # UTC; when the file system, or the archive, says it was changed


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
    return [Parcel(file.name, tuple(_sources(file))) for file in files]


def sources_in(paths: Iterable[Path]) -> list[Source]:
    """Every file of the paths, folders opened, archives of workbooks too; an unreadable archive is one source."""
    return [source for parcel in parcels_in(paths) for source in parcel.sources]


def _sources(path: Path) -> Iterator[Source]:
    if path.suffix.lower() != ".zip":
        yield Source(path.name, lambda: read_file(path, MAX_FILE_BYTES), _changed_at(path))
        return
    try:
        with opened(path, MAX_ARCHIVE_BYTES) as stream:
            _refuse_too_many(path.name, stream)
            archive = zipfile.ZipFile(stream)
            members = [info for info in archive.infolist() if not info.is_dir() and _is_wanted(_name(info))]
    except UnreadableError as error:
        yield _broken(path.name, error.finding)
        return
    except ZIP_ERRORS as error:
        yield _broken(
            path.name, file_refused(FILE_CORRUPT, path.name, "压缩包已损坏，无法打开。请重新压缩后再交"), error
        )
        return
    if not members:
        yield _broken(
            path.name, file_refused(FILE_UNREADABLE, path.name, "压缩包中没有文件。请把工作簿放进去，重新压缩后再交")
        )
        return
    if len(members) > MAX_MEMBERS:
        yield _broken(path.name, _too_many(path.name))
        return
    for info in members:
        yield _member(path, info)


def _refuse_too_many(name: str, stream: BinaryIO) -> None:
    """Where the directory is larger than one of so many members can be: zipfile would build an object for each."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - END_BYTES))
    end = stream.read()
    start = end.rfind(END_OF_DIRECTORY)
    if start >= 0 and int.from_bytes(end[start + 12 : start + 16], "little") > MAX_MEMBERS * DIRECTORY_ENTRY_BYTES:
        raise UnreadableError(_too_many(name))


def _too_many(name: str) -> Finding:
    sentence = f"压缩包中的文件超过 {MAX_MEMBERS:,} 个，没有读取。请分成几个压缩包"
    return file_refused(FILE_TOO_LARGE, name, sentence)


def _member(path: Path, info: zipfile.ZipInfo) -> Source:
    name = f"{path.name}/{_name(info)}"

    def read() -> bytes:
        if info.file_size > MAX_FILE_BYTES:
            sentence = f"文件有 {info.file_size // MEBIBYTE} MiB，最多 {MAX_FILE_BYTES // MEBIBYTE} MiB"
            raise UnreadableError(file_refused(FILE_TOO_LARGE, name, sentence))
        if info.flag_bits & 1:
            raise UnreadableError(file_refused(FILE_ENCRYPTED, name, "压缩包设有密码。请去掉密码后重新压缩再交"))
        try:
            with (
                opened(path, MAX_ARCHIVE_BYTES) as file,
                zipfile.ZipFile(file) as archive,
                archive.open(info) as stream,
            ):
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


def _broken(name: str, finding: Finding, cause: Exception | None = None) -> Source:
    def read() -> bytes:
        raise UnreadableError(finding) from cause

    return Source(name, read, None)


def _changed_at(path: Path) -> datetime.datetime | None:
    try:
        return utc(datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC))
    except (OSError, OverflowError, ValueError):
        return None


def _zip_time(info: zipfile.ZipInfo) -> datetime.datetime | None:
    try:
        return utc(datetime.datetime(*info.date_time).astimezone())  # an archive keeps local time
    except (ValueError, OverflowError, OSError):
        return None
