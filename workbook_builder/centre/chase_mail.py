"""催报 by mail: a draft for each unit, which any mail program opens, fills nothing in by itself and sends nothing.

Source: RFC 5322 (the message); X-Unsent is how Outlook and others know a draft.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, NamedTuple, Self

from workbook_builder.centre.chase import by_unit, reminder
from workbook_builder.collection.folder import CHASE_FOLDER, Collection, sha256
from workbook_builder.collection.records import Issue, Reminder, ReturnCopy
from workbook_builder.files import file_name, read_file, write_file
from workbook_builder.ledger.status import Entry, Status

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class Draft(NamedTuple):
    """A reminder that waits to be sent."""

    file: Path
    unit_code: str
    unit_name: str
    address: str | None  # None where the roster gives none, or one that is no address
    attachments: tuple[str, ...]  # names of the workbooks
    without: tuple[str, ...] = ()  # project codes of which there is no workbook to attach

    def to_json(self) -> dict[str, Any]:
        """An item of `chase --json`."""
        return {
            **self._asdict(),
            "file": str(self.file),
            "attachments": list(self.attachments),
            "without": list(self.without),
        }


def write_drafts(collection: Collection, status: Status, today: datetime.date) -> tuple[Draft, ...]:
    """Writes 催报/<day>/<unit>.eml for each unit that something is still to come from, in the place of older ones of the day.

    Attached are the return copies of what is to be mended and the workbooks of what is missing, as they were made.
    Raises UsageError where a file cannot be written.
    """
    day = f"{today:%Y-%m-%d}"
    drafts = tuple(_drafts(collection, status, collection.folder / CHASE_FOLDER / day))
    collection.record_reminders(
        Reminder(
            day,
            draft.unit_code,
            draft.address or "",
            draft.file.relative_to(collection.folder).as_posix(),
            draft.attachments,
        )
        for draft in drafts
    )
    return drafts


def _drafts(collection: Collection, status: Status, folder: Path) -> Iterator[Draft]:
    made = _Made.of(collection)
    for entries in by_unit(status):
        unit = entries[0].unit
        address = unit.email.strip() if unit.email and ADDRESS.fullmatch(unit.email.strip()) else None
        attached = made.attached(entries)
        without = tuple(entry.project_code for entry in entries if entry.project_code not in attached)
        file = folder / f"{file_name(f'{unit.unit_code}_{unit.unit_name}'.strip('_'))}.eml"
        write_file(
            file, _message(_subject(status), reminder(status, entries), address, attached.values()), overwrite=True
        )
        yield Draft(
            file, unit.unit_code, unit.unit_name, address, tuple(path.name for path, _ in attached.values()), without
        )


def _message(subject: str, text: str, address: str | None, attached: Iterable[tuple[Path, bytes]]) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["X-Unsent"] = subject, "1"
    if address:
        message["To"] = address
    message.set_content(text + "\n")
    for path, data in attached:
        message.add_attachment(data, *WORKBOOK, filename=path.name)
    return message.as_bytes()


def _subject(status: Status) -> str:
    settings = status.settings
    return f"催报：{settings.fiscal_year} 年度项目支出绩效目标申报（{settings.round}）"


class _Made(NamedTuple):
    """What was made for units to work on."""

    folder: Path  # of the collection
    copies: Mapping[str, ReturnCopy]  # by the SHA-256 of what was returned, the last
    latest: Mapping[str, Issue]  # by project code

    @classmethod
    def of(cls, collection: Collection) -> Self:
        copies = {copy.source_sha256: copy for copy in collection.return_copies()}
        return cls(collection.folder, copies, collection.latest_issues())

    def attached(self, entries: Iterable[Entry]) -> dict[str, tuple[Path, bytes]]:
        """By project code, what the unit is to work on, where it still lies there as it was made: nobody's half-filled
        copy goes out.
        """
        attached = {}
        for entry in entries:
            is_missing = entry.state == "missing"
            made = self.latest.get(entry.project_code) if is_missing else self.copies.get(entry.sha256 or "")
            path = self.folder / made.file if made else None
            if made and path and path.is_file() and sha256(data := read_file(path)) == made.sha256:
                attached[entry.project_code] = path, data
        return attached
