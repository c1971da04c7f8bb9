"""Which files came in one import, also where it was cut short and is begun anew: two of them that no clock can tell
apart are left to the centre, however often it was killed.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from workbook_builder.collection.folder import RECORDS_LOCK, Collection
from workbook_builder.files import MOST_BYTES, append_lines, locked, opened

KEY_LENGTH = 12  # hex digits


class Together:
    """The SHA-256 of what an import has recorded or is about to; in the archive for as long as it is not done.

    Another import of the same files and folders goes on where the one that was cut short ended; two at once are one.
    """

    def __init__(self, collection: Collection, paths: Iterable[Path]):
        words = "\n".join(sorted(str(path.resolve()) for path in paths))
        key = hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()[:KEY_LENGTH]
        self._archive, self._path = collection.archive, collection.archive / f".导入中-{key}.txt"
        self._known: set[str] = set()
        self._read_bytes = 0  # of the file, whole lines

    def __contains__(self, digest: object) -> bool:
        if digest not in self._known:
            self._look_on()
        return digest in self._known

    def _look_on(self) -> None:
        """Takes in what was noted since, by whichever import: the file only grows, and is asked of each project."""
        if not self._path.is_file():
            return
        with opened(self._path, MOST_BYTES) as stream:
            if stream.seek(0, os.SEEK_END) < self._read_bytes:  # another one was done and removed it
                self._read_bytes = 0
            stream.seek(self._read_bytes)
            lines, newline, _ = stream.read().rpartition(b"\n")
        self._known.update(lines.decode("ascii", "replace").split("\n"))
        self._read_bytes += len(lines + newline)

    def add(self, digests: Sequence[str]) -> None:
        """Before they are recorded, so that nothing is recorded unsaid. Raises UsageError where it cannot be written."""
        self._known.update(digests)
        with locked(self._archive / RECORDS_LOCK, "写入档案"):
            append_lines(self._path, b"".join(digest.encode() + b"\n" for digest in digests))

    def end(self) -> None:
        """All of it was recorded: what comes from now on comes later."""
        with suppress(OSError):  # what cannot be removed asks the centre once more than needed
            self._path.unlink(missing_ok=True)
