"""审核/: 汇总.xlsx split by reviewer, a file for each with his projects alone."""

from collections.abc import Collection as Container
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from workbook_builder.centre.report.content import UNASSIGNED, Gathered
from workbook_builder.centre.report.drawing import draw_report
from workbook_builder.centre.report.review_intake import Applied, refuse_if_open
from workbook_builder.centre.report.written import forget, is_ours, kept_copy, write_over, written_parts
from workbook_builder.collection.folder import Collection
from workbook_builder.files import file_name, read_file, remove_file, workbooks_in

PREFIX = "审核_"


def part_files(collection: Collection) -> list[Path]:
    """What lies in 审核/: parts that we wrote, and what reviewers sent back under other names."""
    folder = collection.reviews
    return [path for path in workbooks_in(folder) if path.suffix.lower() == ".xlsx"] if folder.is_dir() else []


def refuse_open_parts(collection: Collection) -> None:
    """Raises UsageError while one of them is open in a program."""
    for path in part_files(collection):
        refuse_if_open(path)


def write_parts(gathered: Gathered, applied: Mapping[Path, Applied]) -> Iterator[tuple[Path, Path | None]]:
    """Writes a part for each reviewer, those of nobody together, and removes parts of those who have none any more.

    applied: what was taken over from the files that are there. A file of which something could not be understood stays
    as it is. Gives each part that was written, with the copy of what it replaced, where somebody had changed that.
    """
    collection = gathered.collection
    names: set[str] = set()
    for reviewer in gathered.reviewers:
        path = collection.reviews / _name(reviewer, names)
        names.add(path.name.casefold())
        before, done = read_file(path) if path.is_file() else None, applied.get(path)
        if before is not None and (done is None or done.mistakes or before != done.data):
            continue
        copy = _copied(collection, path, before)
        write_over(collection, path, before, partial(draw_report, content=gathered.part(reviewer)))
        yield path, copy
    _remove_others(collection, names, applied)


def _name(reviewer: str | None, taken: Container[str]) -> str:
    """Such as 审核_张三.xlsx; what file names cannot hold may be all that differs."""
    stem = f"{PREFIX}{file_name(reviewer) if reviewer else UNASSIGNED}"
    name, number = f"{stem}.xlsx", 1
    while name.casefold() in taken or (reviewer and number == 1 and stem == f"{PREFIX}{UNASSIGNED}"):
        number += 1
        name = f"{stem}({number}).xlsx"
    return name


def _remove_others(collection: Collection, names: Container[str], applied: Mapping[Path, Applied]) -> None:
    """The parts of reviewers who have no project any more, once all that was typed there is kept."""
    for name in written_parts(collection):
        path = collection.reviews / name
        done = applied.get(path)
        if name.casefold() in names or (done and done.mistakes):
            continue
        if path.is_file():
            data = read_file(path)
            if done is None or data != done.data:
                continue
            _copied(collection, path, data)
            remove_file(path)
        forget(collection, name)


def _copied(collection: Collection, path: Path, data: bytes | None) -> Path | None:
    if data is None or is_ours(collection, path, data):
        return None
    return kept_copy(collection, path, data)
