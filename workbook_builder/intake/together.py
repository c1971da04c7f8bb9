"""Which files came in one import, also where it was cut short and is begun anew: two of them that no clock can tell
apart are left to the centre, however often it was killed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from workbook_builder.collection.folder import RECORDS_LOCK, Collection
from workbook_builder.files import append_lines, locked, read_file

KEY_LENGTH = 12  # hex digits


class Together:
    """The SHA-256 of what an import has recorded or is about to; in the archive for as long as it is not done.

    Another import of the same files and folders goes on where the one that was cut short ended; two at once are one.
    """

    def __init__(self, collection: Collection, paths: Iterable[Path]):
        words = "\n".join(sorted(str(path.resolve()) for path in paths))
        key = hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()[:KEY_LENGTH]
        self._archive, self._path = collection.archive, collection.archive / f".导入中-{key}.txt"
        self._own: set[str] = set()

    def __contains__(self, digest: object) -> bool:
        return digest in self._own or digest in self._noted()

    def _noted(self) -> list[str]:
        return read_file(self._path).decode("ascii", "replace").split("\n") if self._path.is_file() else []

    def add(self, digests: Sequence[str]) -> None:
        """Before they are recorded, so that nothing is recorded unsaid. Raises UsageError where it cannot be written."""
        self._own.update(digests)
        with locked(self._archive / RECORDS_LOCK, "写入档案"):
            append_lines(self._path, b"".join(digest.encode() + b"\n" for digest in digests))

    def end(self) -> None:
        """All of it was recorded: what comes from now on comes later."""
        with suppress(OSError):  # what cannot be removed asks the centre once more than needed
            self._path.unlink(missing_ok=True)
