"""What the archive remembers: each workbook that was sent out, by us or by others, each return copy, each package."""

import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from workbook_builder.collection.json_records import from_json, json_line, to_json
from workbook_builder.files import append_lines, read_file
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import Part

T = TypeVar("T", "Issue", "ReturnCopy", "Receipt", "Reminder", "PublishedFile")


NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Issue(NamedTuple):
    """The record of one workbook that was sent out."""

    issue_id: str
    project_code: str
    unit_code: str
    file: str  # relative to the collection's folder
    sha256: str
    template_sha256: str
    fingerprint: str  # of all that decides its content but the issue id
    prefilled: Mapping[str, Typed]  # full key -> value that the roster gave
    rules_sha256: str = ""  # of the catalogue, roster's levels included; "" in records older than the archive of rules
    issued_at: str = ""  # UTC, 2022-01-10T08:00:00; "" in records older than this word
    part: Part = "whole"  # of its root project; project_code is that of the project declared there
    meta: str = ""  # the text of its meta cell; "" in records older than this word


class ReturnCopy(NamedTuple):
    """The record of one return copy."""

    source_sha256: str  # of the file that was returned
    issue_id: str
    project_code: str
    submission: int  # the number that the copy carries
    file: str  # relative to the collection's folder
    sha256: str
    opinion: str  # what the centre wrote on it; a copy is made anew where that changed


class Receipt(NamedTuple):
    """The record of one package from below that was taken in."""

    sender: str  # name of the sender's folder
    form_id: str
    fiscal_year: int
    round: str
    packed_at: str  # UTC
    sha256: str  # of its manifest
    project_codes: tuple[str, ...]  # of its declarations
    publicity: Mapping[str, str] = NO_WORDS  # code of a project or sub-project -> 是, 部分 or 否


class Reminder(NamedTuple):
    """The record of one draft that reminds a unit."""

    day: str  # 2022-02-01
    unit_code: str
    address: str  # "" where none is known
    file: str  # relative to the collection's folder
    attachments: tuple[str, ...]  # names of workbooks


class PublishedFile(NamedTuple):
    """The record of one file that was written for the public."""

    file: str  # relative to the collection's folder where it lies in it
    sha256: str


def dropped_codes(receipts: Iterable[Receipt]) -> frozenset[str]:
    """The projects that were in a package and are not in the newest one of the same sender.

    Names of folders are no proof: packages that have no project in common are of two senders.
    """
    newest: list[Receipt] = []
    dropped: set[str] = set()
    for receipt in sorted(receipts, key=lambda one: one.packed_at):
        same = [one for one in newest if _is_of_same_sender(one, receipt)]
        dropped |= {code for one in same for code in one.project_codes}
        newest = [*(one for one in newest if one not in same), receipt]
    return frozenset(dropped.difference(*(one.project_codes for one in newest)))


def _is_of_same_sender(one: Receipt, other: Receipt) -> bool:
    is_about_the_same = one[:4] == other[:4]
    return is_about_the_same and not set(one.project_codes).isdisjoint(other.project_codes)


def first_issued_at(issues: Mapping[str, Issue], issue_ids: Iterable[str]) -> datetime | None:
    """When the first of these issues was sent out, in UTC; None where one is not recorded, or its record does not say."""
    moments = [issues[issue_id].issued_at if issue_id in issues else "" for issue_id in issue_ids]
    return min(map(datetime.fromisoformat, moments)) if moments and all(moments) else None


def read_issues(path: Path) -> dict[str, Issue]:
    """The issues recorded in a file, by issue id, in that order; none where there is no file."""
    return {issue.issue_id: _held_once(issue) for issue in _recorded(path, Issue)}


def _held_once(issue: Issue) -> Issue:
    """The same; what all records of a collection say in the same words is held once for all."""
    return issue._replace(
        unit_code=sys.intern(issue.unit_code),
        template_sha256=sys.intern(issue.template_sha256),
        prefilled={sys.intern(key): value for key, value in issue.prefilled.items()},
        rules_sha256=sys.intern(issue.rules_sha256),
        issued_at=sys.intern(issue.issued_at),
    )


def read_return_copies(path: Path) -> tuple[ReturnCopy, ...]:
    """The return copies recorded in a file, in that order; none where there is no file."""
    return tuple(_recorded(path, ReturnCopy))


def read_receipts(path: Path) -> tuple[Receipt, ...]:
    """The packages recorded in a file, in the order in which they were taken in; none where there is no file."""
    return tuple(_recorded(path, Receipt))


def read_reminders(path: Path) -> tuple[Reminder, ...]:
    """The drafts recorded in a file, in that order; none where there is no file."""
    return tuple(_recorded(path, Reminder))


def read_published_files(path: Path) -> tuple[PublishedFile, ...]:
    """The files recorded in a file, in that order; none where there is no file."""
    return tuple(_recorded(path, PublishedFile))


def add_records(path: Path, records: Iterable[Issue | ReturnCopy | Receipt | Reminder | PublishedFile]) -> None:
    """Adds records to a file, a line each: all of them or none. Raises UsageError where it cannot be written."""
    append_lines(path, b"".join(json_line(to_json(record)) for record in records))


def _recorded(path: Path, kind: type[T]) -> Iterator[T]:
    """A line that somebody is still writing, or was when the power failed, is not there yet."""
    former = path.with_suffix(".json")  # a version before wrote one list anew each time
    entries: list[object] = json.loads(read_file(former)) if former.is_file() else []
    lines = io.BytesIO(read_file(path) if path.is_file() else b"")
    return (from_json(entry, kind) for entry in chain(entries, (json.loads(x) for x in lines if x.endswith(b"\n"))))
