"""What the archive remembers: each workbook that was sent out, by us or by others, and each return copy."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from workbook_builder.collection.json_records import from_json, json_bytes, to_json
from workbook_builder.files import read_file, write_file
from workbook_builder.form.declaration import Typed
from workbook_builder.form.layout import Part


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


def read_issues(path: Path) -> dict[str, Issue]:
    """The issues recorded in a file, by issue id, in that order; none where there is no file."""
    entries = json.loads(read_file(path)) if path.is_file() else []
    return {issue.issue_id: issue for issue in from_json(entries, list[Issue])}


def write_issues(path: Path, issues: Iterable[Issue]) -> None:
    """Records issues in a file, in the place of what it held."""
    write_file(path, json_bytes(to_json(list(issues))), overwrite=True)


def read_return_copies(path: Path) -> tuple[ReturnCopy, ...]:
    """The return copies recorded in a file, in that order; none where there is no file."""
    entries = json.loads(read_file(path)) if path.is_file() else []
    return from_json(entries, tuple[ReturnCopy, ...])


def write_return_copies(path: Path, copies: Iterable[ReturnCopy]) -> None:
    """Records return copies in a file, in the place of what it held."""
    write_file(path, json_bytes(to_json(list(copies))), overwrite=True)
