"""Which report files on disk are as we wrote them, and copies of those that are not, before they are written over."""

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbook_builder.centre.report.review_intake import refuse_if_open
from workbook_builder.collection.folder import REPORT, Collection, sha256
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file, whole_file, write_file

RECORD, PARTS_RECORD, OLD_REPORTS = "汇总.json", "审核分表.json", "旧汇总"  # in the archive


def kept_copy(collection: Collection, path: Path, data: bytes) -> Path:
    """Keeps the bytes of a report that somebody changed: they may hold more than reviews."""
    moment = datetime.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    name = f"{path.stem}-{moment:%Y%m%d-%H%M%S}-{sha256(data)[:8]}.xlsx"
    copy = collection.archive / OLD_REPORTS / name
    write_file(copy, data, overwrite=True)
    return copy


def is_ours(collection: Collection, path: Path, data: bytes) -> bool:
    """Whether nobody but we may have written these bytes into 汇总.xlsx, or a part: as the last, or the one before it."""
    known = _read(collection.archive / RECORD) if path.name == REPORT else _parts(collection).get(path.name, {})
    return sha256(data) in [known.get("sha256"), *known.get("before", ())]


def written_parts(collection: Collection) -> list[str]:
    """The names of the parts that we wrote and have not removed since."""
    return list(_parts(collection))


def write_over(collection: Collection, path: Path, before: bytes | None, draw: Callable[[Path], None]) -> None:
    """Draws a report in the place of one that was read. Raises UsageError where somebody changes it meanwhile."""
    with whole_file(path, overwrite=True) as temporary:
        draw(temporary)
        with temporary.open("rb") as drawn:
            digest = hashlib.file_digest(drawn, "sha256").hexdigest()
        refuse_if_open(path)
        if (read_file(path) if path.is_file() else None) != before:
            raise UsageError(f"{path.name} 在生成期间被改动过，没有覆盖。请再运行一次。")
        _record(collection, path, digest, before)


def forget(collection: Collection, name: str) -> None:
    """Of a part that is removed."""
    _keep(collection, PARTS_RECORD, {known: one for known, one in _parts(collection).items() if known != name})


def _record(collection: Collection, path: Path, digest: str, before: bytes | None) -> None:
    """Before the file takes its place: whichever of the two lies there after a crash is known to be ours.

    Of a file that somebody changed a copy was kept, so that it, too, need not be kept again.
    """
    known = {"sha256": digest, "before": [] if before is None else [sha256(before)]}
    if path.name == REPORT:
        _keep(collection, RECORD, known)
    else:
        _keep(collection, PARTS_RECORD, _parts(collection) | {path.name: known})


def _keep(collection: Collection, name: str, record: dict[str, Any]) -> None:
    write_file(collection.archive / name, json.dumps(record, ensure_ascii=False).encode(), overwrite=True)


def _parts(collection: Collection) -> dict[str, Any]:
    return _read(collection.archive / PARTS_RECORD)


def _read(record: Path) -> dict[str, Any]:
    return dict(json.loads(read_file(record))) if record.is_file() else {}
