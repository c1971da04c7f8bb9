"""Files as a finance officer keeps them: whole or not at all, never overwritten silently, with legal names."""

import contextlib
import datetime
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from workbook_builder.errors import UnreadableError, UsageError
from workbook_builder.findings import file_refused
from workbook_builder.rule_ids import FILE_TOO_LARGE, FILE_UNREADABLE

NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\[\]\x00-\x1f]')  # Windows takes brackets, Excel opens no file with them
DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(?:\.|$)", re.IGNORECASE)  # no file may have such a name
NOT_IN_SHEET_TITLES = re.compile(r"[\\/*?:\[\]'\"\x00-\x1f\ufffe\uffff⟦⟧]")
# Two names and their folders stay below the 218 characters of a path that Excel opens, with room for where they lie.
FILE_NAME_LIMIT, SHEET_TITLE_LIMIT = 60, 31
NUMBERED_TITLE_LIMIT = 14  # so that half a dozen tabs stand side by side on a screen
OF_PROGRAMS = ("~$", ".~", ".")  # what programs and systems leave beside files begins so, or is one of these
OF_SYSTEMS = ("thumbs.db", "desktop.ini")
PRIVATE, SHARED = 0o600, 0o666  # what a file may be, before the person's umask
CRASH_LOG = "内部错误.log"
MOST_BYTES = 1 << 30  # of any file that is read whole
LOCK_SECONDS = 60  # that a run waits for another one
TAIL_BYTES = 1 << 16  # in which the end of the last line of a file is looked for at a time
RESERVED_TITLES = {
    "history",
    "历史记录",
    "退回意见",
}  # Excel keeps the first two for itself, a return copy brings the last

REASON_BY_ERRNO = {  # why the system refuses, in a few words
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "只读",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.EFBIG: "文件超过了允许的大小",
    errno.EIO: "磁盘读写失败",
    errno.ENOENT: "文件夹不存在",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这里有一个同名的文件夹",
    errno.ENAMETOOLONG: "文件名太长",
    errno.EBUSY: "正被占用",
    errno.ETXTBSY: "正被占用",
}


def reason(error: OSError) -> str:
    """Why the system refuses, in Chinese as far as it is known."""
    return REASON_BY_ERRNO.get(error.errno or 0) or error.strerror or type(error).__name__


def read_file(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of a file. Raises UnreadableError with what to do where it cannot be read or is larger."""
    with opened(path, most_bytes) as stream:
        try:
            return stream.read()[:most_bytes]  # told how much to read, Python would ask for all that memory at once
        except OSError as error:
            raise _no_access(path, error) from error


def opened(path: Path, most_bytes: int) -> BinaryIO:
    """A file opened for reading. Raises UnreadableError with what to do where it cannot be, or is larger.

    A pipe would never end, a device neither: only files are opened.
    """
    try:
        known = path.stat()
        if not stat.S_ISREG(known.st_mode) and not stat.S_ISDIR(known.st_mode):
            raise _unreadable(path, "不是普通文件（可能是管道或设备），没有读取，请换成文件")
        if known.st_size > most_bytes:
            raise _too_large(path, known.st_size, most_bytes)
        return path.open("rb")
    except FileNotFoundError as error:
        raise _unreadable(path, "文件不存在，请核对路径") from error
    except IsADirectoryError as error:
        raise _unreadable(path, "这是文件夹，不是文件") from error
    except OSError as error:
        raise _no_access(path, error) from error


def workbooks_in(path: Path) -> list[Path]:
    """The file itself; of a folder every file in it and below, but for those that programs leave beside open ones.

    Raises UnreadableError for a folder that cannot be opened: passing over it would lose what lies there.
    """
    if not path.is_dir():
        return [path]
    names = ((folder, name) for folder, _, names in os.walk(path, onerror=_closed) for name in names)
    wanted = (Path(folder, name) for folder, name in names if not is_left_behind(name))
    return sorted((file for file in wanted if file.is_file()), key=_in_order)


def _in_order(file: Path) -> list[str]:
    """As paths sort themselves, told once for each and not for every two that are compared."""
    return [os.path.normcase(part) for part in file.parts]


def open_marks(name: str) -> tuple[str, ...]:
    """What Excel, LibreOffice and WPS leave beside a file of this name while it is open in them."""
    return f"~${name}", f".~lock.{name}#", f".~{name}"


def is_left_behind(name: str) -> bool:
    """Whether nobody sent a file of this name: programs leave it beside open ones, systems in folders."""
    return name.startswith(OF_PROGRAMS) or name.lower() in OF_SYSTEMS


def _closed(error: OSError) -> None:
    folder = Path(str(error.filename))
    raise _unreadable(folder, f"文件夹无法打开（{reason(error)}），请检查权限后再试") from error


def _no_access(path: Path, error: OSError) -> UnreadableError:
    return _unreadable(path, f"无法读取（{reason(error)}），请检查权限或关闭占用它的程序")


def _too_large(path: Path, size_bytes: int, most_bytes: int) -> UnreadableError:
    sentence = (
        f"文件有 {size_bytes >> 20:,} MiB，最多 {most_bytes >> 20:,} MiB，没有读取。"
        "请交回下发的文件，不要粘贴图片、附件或大量数据"
    )
    return UnreadableError(file_refused(FILE_TOO_LARGE, path.name, sentence, str(path)))


def _unreadable(path: Path, why: str) -> UnreadableError:
    return UnreadableError(file_refused(FILE_UNREADABLE, path.name, why, str(path)))


def write_file(path: Path, data: bytes, *, overwrite: bool = False, is_private: bool = False) -> None:
    """Writes the whole file or nothing; is_private: for nobody but its owner.

    Raises UsageError where it exists (unless overwrite) or cannot be written.
    """
    with whole_file(path, overwrite=overwrite, is_private=is_private) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def whole_file(path: Path, *, overwrite: bool = False, is_private: bool = False) -> Iterator[Path]:
    """A file beside it to write to, which takes its place at the end; after any exception nothing is left of it.

    Raises UsageError where it exists (unless overwrite) or cannot be written.
    """
    temporary = None
    try:
        temporary = _temporary_beside(path, PRIVATE if is_private else SHARED)
        yield temporary
        _synced([temporary])
        if overwrite:
            temporary.replace(path)
        else:
            _place_new(temporary, path)
        temporary = None
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_files(files: Mapping[Path, bytes]) -> None:
    """Writes some files in the place of what is there, each whole or not at all, and none before all of them are on the disk.

    The disk is waited for once, not for each. Raises UsageError where one cannot be written.
    """
    made: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, data in files.items():
            made.append((_temporary_beside(path, SHARED), path))
            made[-1][0].write_bytes(data)
        _synced([temporary for temporary, _ in made])
        for temporary, path in made:
            temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        for temporary, _ in made:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _temporary_beside(path: Path, mode: int) -> Path:
    """A new file in the same folder, passed over by everything that reads there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".~{secrets.token_hex(8)}"
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    return temporary


def _synced(files: Sequence[Path]) -> None:
    """What was written to them is on the disk, whatever happens to the power from now on."""
    if len(files) > 1 and sys.platform == "linux":  # elsewhere sync does not wait for the disk, or is missing
        os.sync()
        return
    for file in files:
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())


def _place_new(temporary: Path, path: Path) -> None:
    """Gives a file its name unless something has it, were it since this moment. Raises UsageError where something has."""
    try:
        if os.name == "nt" or not _is_linked(temporary, path):
            if path.exists():
                raise FileExistsError
            temporary.rename(path)  # Windows refuses by itself
    except FileExistsError as error:
        raise UsageError(f"“{path}”已经存在，没有覆盖。请换一个文件名，或先移走它。") from error


def _is_linked(temporary: Path, path: Path) -> bool:
    """Whether the file has taken the name; it has not where the file system knows no second names."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        return False
    with contextlib.suppress(OSError):
        temporary.unlink()
    return True


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"无法写入“{path}”（{reason(error)}）。请检查磁盘空间和权限，或关闭正在使用它的程序。")


def temporary_refused(error: Exception) -> UsageError:
    """What is said where a library cannot write its temporary files."""
    why = reason(error) if isinstance(error, OSError) else "磁盘可能已满"
    return UsageError(f"无法写入临时文件夹“{tempfile.gettempdir()}”（{why}）。请检查磁盘空间和权限后再试。")


def append_lines(path: Path, lines: bytes) -> None:
    """Adds whole lines to a file, all or none; what is left of a line that a failure cut off goes first.

    Only one program at a time may (locked). Raises UsageError where it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as stream:
            end = _end_of_lines(stream)
            stream.truncate(end)
            try:
                stream.write(lines)
                stream.flush()
                os.fsync(stream.fileno())
            except OSError:
                os.ftruncate(stream.fileno(), end)
                raise
    except OSError as error:
        raise _unwritable(path, error) from error


def _end_of_lines(stream: BinaryIO) -> int:
    """Where the last whole line ends, looked for from behind: what only grows may have grown long."""
    start = stream.seek(0, os.SEEK_END)
    while start > 0:
        end, start = start, max(0, start - TAIL_BYTES)
        stream.seek(start)
        if newline := stream.read(end - start).rfind(b"\n") + 1:
            return start + newline
    return 0


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Nobody else does the same meanwhile, whatever the machine; what: in Chinese, what is done.

    Raises UsageError where somebody else does it for longer than LOCK_SECONDS, and where the lock cannot be written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only what writes to a collection needs it

    lock = FileLock(path, timeout=LOCK_SECONDS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise UsageError(f"另一个程序正在{what}（“{path.parent}”被锁定），请等它完成后再试。") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def crash_log(folder: Path | None, file: str, error: Exception) -> Path:
    """Adds a traceback to the log in a folder, else to the one for all; file: at which it happened. Gives the log's path."""
    logs = [place / CRASH_LOG for place in (folder, Path(tempfile.gettempdir())) if place]
    told = "".join(traceback.format_exception(error)).splitlines()
    head = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC {_harmless(file)}"
    text = "\n".join((head, *(f"  {_harmless(line)}" for line in told), "", ""))  # only our heads begin a line
    for log in logs:
        with contextlib.suppress(OSError), log.open("ab") as stream:
            stream.write(text.encode(errors="backslashreplace"))
            return log
    return logs[-1]


def _harmless(line: str) -> str:
    """A line without anything that acts where it is shown."""
    return "".join(sign if sign.isprintable() or sign == "\u3000" else f"⟨U+{ord(sign):04X}⟩" for sign in line)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder beside it to fill, which takes its place at the end; after any exception nothing is left of it.

    Raises UsageError where there is one that is not empty, or where it cannot be written.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise _occupied(path)
    temporary = path.parent / f".~{secrets.token_hex(8)}"
    try:
        temporary.mkdir(parents=True)
        yield temporary
        with contextlib.suppress(FileNotFoundError):
            path.rmdir()
        temporary.rename(path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another program filled it meanwhile
            raise _occupied(path) from error
        raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _occupied(path: Path) -> UsageError:
    return UsageError(f"“{path}”已经存在，里面有别的文件，没有写入任何内容。请换一个文件夹，或先移走它。")


def remove_file(path: Path) -> None:
    """Removes a file. Raises UsageError where that cannot be done."""
    try:
        path.unlink()
    except OSError as error:
        raise UsageError(f"无法删除“{path}”（{reason(error)}）。请关闭正在使用它的程序后再试。") from error


def file_name(text: str) -> str:
    """A text as a file or folder name that Windows and Excel take."""
    name = NOT_IN_FILE_NAMES.sub("_", text).strip(" .")
    name = f"_{name}" if DEVICES.match(name) else name
    return name[:FILE_NAME_LIMIT].rstrip(" .") or "_"


def numbered_title(number: int, text: str, taken: Collection[str]) -> str:
    """A sheet title short enough for its tab, told from its neighbours by a number: 01 党群服务中心运维."""
    return sheet_title(f"{number:02} {_legal(text)}", taken, NUMBERED_TITLE_LIMIT)


def sheet_title(text: str, taken: Collection[str], limit: int = SHEET_TITLE_LIMIT) -> str:
    """A text as a sheet title: legal, of so many UTF-16 units at most, unlike those taken whatever the case."""
    base = _legal(text)
    used = {title.casefold() for title in taken} | RESERVED_TITLES
    number = 1
    while True:
        suffix = "" if number == 1 else f"({number})"
        title = _cut(base, limit - len(suffix)) + suffix
        if title.casefold() not in used:
            return title
        number += 1


def _legal(text: str) -> str:
    return " ".join(NOT_IN_SHEET_TITLES.sub("", text).split()) or "子项目"


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore").strip()
