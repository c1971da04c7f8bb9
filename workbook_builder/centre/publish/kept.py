"""The folder of published files: what an earlier run wrote is written anew or removed, what a person changed never is."""

from collections.abc import Mapping
from pathlib import Path

from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.records import PublishedFile
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file, remove_file, write_file


class Kept:
    """What is in the folder, beside what the collection remembers of writing there."""

    def __init__(self, collection: Collection, folder: Path):
        self._collection, self._folder = collection, folder
        self._known: dict[str, list[str]] = {}
        for record in collection.published_files():
            self._known.setdefault(record.file, []).append(record.sha256)

    def _key(self, name: str) -> str:
        """The file as it is recorded: below the collection's folder, so that that may move."""
        path, root = (self._folder / name).resolve(), self._collection.folder.resolve()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

    def data(self, name: str) -> bytes | None:
        """The bytes of a file that is there; None where it is not."""
        path = self._folder / name
        return read_file(path) if path.is_file() else None

    def _is_ours(self, name: str, data: bytes) -> bool:
        return sha256(data) in self._known.get(self._key(name), ())

    def is_made(self, name: str, data: bytes, other: str) -> bool:
        """Whether a file with these bytes is there, and beside it the other that was made of it."""
        beside = self.data(other)
        return self.data(name) == data and beside is not None and self._is_ours(other, beside)

    def check(self, files: Mapping[str, bytes]) -> None:
        """Raises UsageError where one of them would overwrite what a person changed or put there."""
        changed = [name for name, data in files.items() if self._is_in_the_way(name, data)]
        if changed:
            more = f"等 {len(changed)} 个文件" if len(changed) > 1 else ""
            raise UsageError(
                f"“{self._folder / changed[0]}”{more}被改动过，或不是 publish 写出的，没有覆盖，也没有写出别的文件。"
                "请先移走，或用 -o 换一个文件夹。"
            )

    def _is_in_the_way(self, name: str, data: bytes) -> bool:
        found = self.data(name)
        if found is None:
            return (self._folder / name).exists()
        return found != data and not self._is_ours(name, found)

    def remove_others(self, files: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Removes what earlier runs wrote here and nobody changed, but for these files."""
        removed = []
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else ():
            if path.name not in files and path.is_file() and self._is_ours(path.name, read_file(path)):
                remove_file(path)
                removed.append(path)
        return tuple(removed)

    def write(self, files: Mapping[str, bytes]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Writes the files; gives those written and those that were so already. The record first."""
        same = {name for name, data in files.items() if self.data(name) == data}
        fresh = {name: data for name, data in files.items() if not self._is_ours(name, data)}
        self._collection.record_published(PublishedFile(self._key(name), sha256(data)) for name, data in fresh.items())
        for name, data in files.items():
            if name not in same:
                write_file(self._folder / name, data, overwrite=True)
        written = tuple(self._folder / name for name in files if name not in same)
        return written, tuple(self._folder / name for name in files if name in same)
