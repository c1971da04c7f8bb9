"""The roster's versions: what changed, said with a reason; and one of them put back, which undoes the changes since."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.collection.folder import ROSTER, Collection
from workbook_builder.collection.roster_changes import RosterChange
from workbook_builder.errors import ContentError, UsageError
from workbook_builder.files import open_marks, read_file, write_file
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.roster_acts import RosterAct, RosterBook, RosterVersion


class Rosters(NamedTuple):
    """The versions of a roster after a command."""

    versions: tuple[tuple[RosterVersion, Path, tuple[RosterAct, ...]], ...]  # with its file and what it changed
    recorded: tuple[RosterAct, ...]  # by this command
    restored: int | None = None  # the number of the version that was put back

    def to_json(self) -> dict[str, Any]:
        """The document of `roster --json`."""
        return {
            "versions": [_version_json(*version) for version in self.versions],
            "recorded": [act.to_json() for act in self.recorded],
            "restored": self.restored,
        }


def _version_json(version: RosterVersion, file: Path, acts: Sequence[RosterAct]) -> dict[str, Any]:
    return {
        "number": version.number,
        "recorded_at": version.recorded_at.isoformat(),
        "actor": version.actor,
        "sha256": version.sha256,
        "file": str(file),
        "changes": [act.sentence for act in acts],
    }


def recorded(collection: Collection, ledger: Ledger, actor: str, reason: str | None = None) -> Rosters:
    """Records what the roster says otherwise than it did. Raises ContentError where it has mistakes."""
    book = ledger.within(collection).rosters
    acts = book.keep(collection, Desk(collection), actor, reason)
    return Rosters(tuple(_versions(collection, book)), tuple(acts))


def restored(
    collection: Collection, ledger: Ledger, number: int | None, actor: str, reason: str | None = None
) -> Rosters:
    """Puts a version back into 名册.xlsx: by default the one before the present one, whose bytes are kept.

    Once more, and the version that it took the place of stands again. Where mistakes make the present one unfit to be
    a version, the last that was one comes back.

    Raises UsageError where there is no such version, its bytes are gone or 名册.xlsx is open in a program.
    """
    _refuse_open(collection)
    book = ledger.within(collection).rosters
    before = {act.id for act in book.acts()}
    collection.keep_roster(read_file(collection.roster))
    try:
        book.keep(collection, Desk(collection), actor, reason)
        is_sound = True
    except ContentError:
        is_sound = False
    version = _wanted(book.versions(), number, is_sound=is_sound)
    path = collection.old_roster(version.sha256)
    if not path.is_file():
        raise UsageError(f"第 {version.number} 版名册在档案中已找不到（“{path}”），没有改动。")
    write_file(collection.roster, read_file(path), overwrite=True)
    book.keep(collection, Desk(collection), actor, reason or f"恢复第 {version.number} 版")
    sentence = f"名册恢复为第 {version.number} 版。"
    book.add([RosterChange("restored", None, None, None, None, str(version.number), sentence)], actor, reason)
    acts = tuple(act for act in book.acts() if act.id not in before)
    return Rosters(tuple(_versions(collection, book)), acts, version.number)


def _refuse_open(collection: Collection) -> None:
    if mark := next((name for name in open_marks(ROSTER) if (collection.folder / name).exists()), None):
        raise UsageError(f"{ROSTER} 正在 Excel 等程序中打开（有“{mark}”），没有恢复。请先关闭它，再运行一次。")


def _wanted(versions: Sequence[RosterVersion], number: int | None, *, is_sound: bool) -> RosterVersion:
    """The version of this number, else the one before the present roster."""
    if number is not None:
        found = next((one for one in versions if one.number == number), None)
        if found is None:
            raise UsageError(f"没有第 {number} 版名册，现有 {len(versions)} 版。请用 roster 列出。")
        return found
    earlier = versions[:-1] if is_sound else versions
    if not earlier:
        raise UsageError("名册没有记录过改动，没有可以恢复的版本。")
    return earlier[-1]


def _versions(collection: Collection, book: RosterBook) -> Iterator[tuple[RosterVersion, Path, tuple[RosterAct, ...]]]:
    acts = book.acts()
    for version in book.versions():
        own = tuple(one for one in acts if one.roster_version_id == version.id and one.kind != "invalidated")
        yield version, collection.old_roster(version.sha256), own
