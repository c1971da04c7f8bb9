"""What lies in 下发/ and belongs to no workbook that is out now: left by renamed and moved projects, withdrawn ones, units."""

import contextlib
import os
from collections.abc import Collection as Some
from pathlib import Path
from typing import NamedTuple

from workbook_builder.collection.folder import ISSUE_LIST
from workbook_builder.files import is_left_behind


class LeftOver(NamedTuple):
    """What nobody needs any more."""

    files: tuple[Path, ...]  # they stay: somebody may have filled one in
    emptied: tuple[Path, ...]  # folders of units that held nothing more, removed


def left_over(outgoing: Path, needed: Some[Path], told: Some[Path]) -> LeftOver:
    """Looks through 下发/ and removes empty folders.

    needed: the workbooks that are out now; told: those of which something else is said already.
    """
    units = {path.parent for path in needed}
    known = {*needed, *told, outgoing / ISSUE_LIST, *(unit.with_name(f"{unit.name}.zip") for unit in units)}
    files, emptied = [], []
    for name, _, names in os.walk(outgoing, topdown=False):
        folder = Path(name)
        found = (folder / one for one in sorted(names) if not is_left_behind(one))
        files += [path for path in found if path not in known]
        if folder != outgoing and _is_removed(folder):
            emptied.append(folder)
    return LeftOver(tuple(sorted(files)), tuple(sorted(emptied)))


def _is_removed(folder: Path) -> bool:
    """Whether a folder was empty, and is gone: only an empty one goes."""
    with contextlib.suppress(OSError):
        folder.rmdir()
        return True
    return False
