"""What the archive remembers: each workbook that was sent out, by us or by others, and each return copy."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

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
    return {entry["issue_id"]: issue_from_json(entry) for entry in entries}


def write_issues(path: Path, issues: Iterable[Issue]) -> None:
    """Records issues in a file, in the place of what it held."""
    write_file(path, json_bytes([issue_json(issue) for issue in issues]), overwrite=True)


def read_return_copies(path: Path) -> tuple[ReturnCopy, ...]:
    """The return copies recorded in a file, in that order; none where there is no file."""
    return tuple(ReturnCopy(**entry) for entry in json.loads(read_file(path))) if path.is_file() else ()


def write_return_copies(path: Path, copies: Iterable[ReturnCopy]) -> None:
    """Records return copies in a file, in the place of what it held."""
    write_file(path, json_bytes([copy._asdict() for copy in copies]), overwrite=True)


def issue_json(issue: Issue) -> dict[str, Any]:
    """A record of an issue as JSON."""
    return issue._asdict() | {"prefilled": _untyped(issue.prefilled)}


def issue_from_json(entry: Mapping[str, Any]) -> Issue:
    """The record of an issue. Raises what Python raises for JSON that is none."""
    return Issue(**{**entry, "prefilled": _typed(entry["prefilled"])})


def json_bytes(content: object) -> bytes:
    """A content as the archive keeps it."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _untyped(values: Mapping[str, Typed]) -> dict[str, Any]:
    """JSON keeps the type beside what is no text."""
    kinds: dict[type, str] = {Decimal: "amount", date: "date"}
    return {key: {kinds[type(value)]: str(value)} if type(value) in kinds else value for key, value in values.items()}


def _typed(values: Mapping[str, Any]) -> dict[str, Typed]:
    def one(value: Any) -> Typed:
        if isinstance(value, dict):
            return Decimal(value["amount"]) if "amount" in value else date.fromisoformat(value["date"])
        return None if value is None else str(value)

    return {key: one(value) for key, value in values.items()}
