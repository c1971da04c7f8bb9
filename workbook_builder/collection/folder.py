"""A collection on disk: the folder of one round of one form, as a finance officer keeps it."""

import base64
import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache, cached_property
from pathlib import Path

from workbook_builder.collection.json_records import json_bytes
from workbook_builder.collection.records import (
    Issue,
    PublishedFile,
    Receipt,
    Reminder,
    ReturnCopy,
    add_records,
    read_issues,
    read_published_files,
    read_receipts,
    read_reminders,
    read_return_copies,
)
from workbook_builder.errors import UsageError
from workbook_builder.files import PRIVATE, locked, read_file, workbooks_in, write_file, write_files
from workbook_builder.ooxml.password import SPIN_COUNT, Lock, lock_of, new_password

ROSTER, TEMPLATE, REPORT = "名册.xlsx", "模板.xlsx", "汇总.xlsx"
OUTGOING, INCOMING, RETURNED, MERGED, ARCHIVE = "下发", "收回", "退回", "合并", "档案"
CHASE_LIST, ROLLOVER_LIST, CHASE_FOLDER, REVIEWS = "催报清单.xlsx", "延续清单.xlsx", "催报", "审核"
PUBLISHED, DRAFTS, PUBLISH_TEMPLATE_FILE = "公开", "征求意见稿", "公开模板.docx"
OWN_FILES, PACKAGE_ENDING = (ROSTER, TEMPLATE, REPORT, CHASE_LIST, ROLLOVER_LIST), "_报送包.zip"
# Not 合并: what was merged may be mended by hand.
OWN_FOLDERS = (OUTGOING, RETURNED, CHASE_FOLDER, REVIEWS, PUBLISHED, DRAFTS, ARCHIVE)
SETTINGS_FILE, ISSUES_FILE, ORIGINALS, LEDGER = "任务.json", "下发记录.jsonl", "原件", "台账.db"
ISSUE_LIST = "下发清单.xlsx"
RECEIVED_FILE, RECEIPTS_FILE = "接收记录.jsonl", "接收的报送包.jsonl"
ISSUING_LOCK, RECORDS_LOCK, REPORT_LOCK, PUBLISH_LOCK = ".下发.lock", ".记录.lock", ".汇总.lock", ".公开.lock"
OLD_ROSTERS = "旧名册"
RETURNS_FILE, REMINDERS_FILE, PUBLISHED_FILE = "退回记录.jsonl", "催报记录.jsonl", "公开记录.jsonl"
ID_LENGTH = 16  # hex digits
ENDING = re.compile(r"\.[a-z0-9]{1,8}")  # of a file; names that others gave may hold anything


class Collection:
    """The folder of a collection; everything in it is found through here."""

    def __init__(self, folder: Path):
        """Raises UsageError where the folder is no collection."""
        self.folder = folder
        # As their records were when they had so many bytes.
        self._sent_out: tuple[int, Mapping[str, Issue]] | None = None
        self._taken_in: tuple[int, Mapping[str, Issue]] | None = None
        self._copies: tuple[int, tuple[ReturnCopy, ...]] | None = None
        lacking = next((name for name in (ROSTER, TEMPLATE) if not (folder / name).is_file()), None)
        if lacking:
            around = Collection.of(folder)
            advice = (
                f"它在任务文件夹“{around.folder}”里面，请把任务文件夹写在前面"
                if around
                else "请先用 workbook-builder new 新建，或换到任务文件夹"
            )
            raise UsageError(f"“{folder}”不是任务文件夹（其中没有 {lacking}）。{advice}。")

    @classmethod
    def of(cls, path: Path) -> "Collection | None":
        """The collection in whose folder a file lies; None where it lies in none."""
        for folder in path.resolve().parents:
            if (folder / ROSTER).is_file() and (folder / ARCHIVE / SETTINGS_FILE).is_file():
                return cls(folder)
        return None

    @classmethod
    def at(cls, path: Path) -> "Collection":
        """The collection that a path stands for: its folder, or any file or folder in it.

        Raises UsageError where there is none.
        """
        if (path / ROSTER).is_file():
            return cls(path)
        if path.is_file() and (path.parent / ROSTER).is_file():  # also before anything was issued
            return cls(path.parent)
        return cls.of(path) or cls(path)

    def made(self, path: Path) -> bool:
        """Whether this collection keeps or wrote a file itself, so that nobody handed it in, by whatever path it is reached."""
        return self._is_own(os.path.realpath(path))

    def asked_of_many(self) -> Callable[[Path], bool]:
        """The same to be asked of many files one after the other: a folder is followed once for all that lie in it."""
        followed = cache(os.path.realpath)

        def made(path: Path) -> bool:
            folder, name = os.path.split(path)
            if name in {"", os.curdir, os.pardir} or path.is_symlink():
                return self.made(path)
            return self._is_own(f"{followed(folder).removesuffix(os.sep)}{os.sep}{name}")

        return made

    def _is_own(self, here: str) -> bool:
        """here: where it really is."""
        root, *own = self._places
        if any(here == place or here.startswith(f"{place}{os.sep}") for place in own):
            return True
        folder, name = os.path.split(here)
        is_package = name.startswith(f"{os.path.split(root)[1]}_") and name.endswith(PACKAGE_ENDING)
        return folder == root and (name in OWN_FILES or is_package)

    @cached_property
    def _places(self) -> tuple[str, ...]:
        """Where its folder really is, and those that hold what it made; asked of thousands of files, so no Path."""
        return tuple(os.path.realpath(self.folder / name) for name in ("", *OWN_FOLDERS))

    @property
    def roster(self) -> Path:
        """名册.xlsx."""
        return self.folder / ROSTER

    @property
    def template(self) -> Path:
        """模板.xlsx."""
        return self.folder / TEMPLATE

    @property
    def outgoing(self) -> Path:
        """下发/."""
        return self.folder / OUTGOING

    @property
    def returned(self) -> Path:
        """退回/."""
        return self.folder / RETURNED

    @property
    def report(self) -> Path:
        """汇总.xlsx."""
        return self.folder / REPORT

    @property
    def reviews(self) -> Path:
        """审核/, the parts of 汇总.xlsx for single reviewers."""
        return self.folder / REVIEWS

    @property
    def archive(self) -> Path:
        """档案/."""
        return self.folder / ARCHIVE

    @property
    def ledger(self) -> Path:
        """档案/台账.db, the ledger unless another is named."""
        return self.archive / LEDGER

    def old_roster(self, digest: str) -> Path:
        """Where the archive keeps a version of the roster, by the SHA-256 of its bytes."""
        return self.archive / OLD_ROSTERS / f"名册-{digest[:12]}.xlsx"

    def keep_roster(self, data: bytes) -> None:
        """Keeps the bytes of a roster, once; nothing ever changes or deletes them."""
        path = self.old_roster(sha256(data))
        if not path.is_file():
            write_file(path, data, overwrite=True)  # another command may be writing the same bytes

    def archived_template(self, template_sha256: str) -> Path:
        """Where the archive keeps a template that workbooks were issued with."""
        return self.archive / f"模板-{template_sha256[:12]}.xlsx"

    def archived_rules(self, rules_sha256: str) -> Path:
        """Where the archive keeps the rules that workbooks were issued with."""
        return self.archive / f"规则-{rules_sha256[:12]}.json"

    def archived_blank(self, digest: str) -> Path:
        """Where the archive keeps what workbooks were stamped from."""
        return self.archive / f"空白表-{digest}.zip"

    def original(self, digest: str, file: str) -> Path:
        """Where the archive keeps the bytes of a file that came back under this name."""
        ending = Path(file).suffix.lower()
        return self.archive / ORIGINALS / f"{digest}{ending if ENDING.fullmatch(ending) else ''}"

    @property
    def password(self) -> str:
        """The password of everything this collection sends out; made when it is first asked for."""
        if self.has_password:
            path = self.archive / SETTINGS_FILE
            with contextlib.suppress(OSError):  # it may be somebody else's; one of before could be read by everybody
                path.chmod(PRIVATE)
            return str(json.loads(read_file(path))["password"])
        password = new_password()
        write_file(self.archive / SETTINGS_FILE, json_bytes({"password": password}), is_private=True)
        return password

    @property
    def has_password(self) -> bool:
        """Whether it was asked for before."""
        return (self.archive / SETTINGS_FILE).is_file()

    @property
    def collection_id(self) -> str:
        """What tells it from others in a ledger that serves several; of its password, which no other has."""
        return hashlib.sha256(f"任务 {self.password}".encode()).hexdigest()[:ID_LENGTH]

    def keep(self, data: bytes, digest: str, file: str) -> None:
        """Keeps the bytes of a file that came back under this name, once; nothing ever changes or deletes them."""
        self.keep_all([(data, digest, file)])

    def keep_all(self, files: Iterable[tuple[bytes, str, str]]) -> None:
        """The same of some files: the bytes of each, their SHA-256 and the name."""
        originals = {self.original(digest, file): data for data, digest, file in files}
        write_files({path: data for path, data in originals.items() if not path.is_file()})

    def keep_with_issues(self, templates: Iterable[bytes], rules: Iterable[bytes]) -> None:
        """Keeps the templates and the rules of issues, each once."""
        paths = {self.archived_template(sha256(data)): data for data in templates}
        paths |= {self.archived_rules(sha256(data)): data for data in rules}
        for path, content in paths.items():
            if not path.is_file():
                write_file(path, content)

    def keep_blank(self, digest: str, to_bytes: Callable[[], bytes]) -> None:
        """Keeps what workbooks are stamped from, once: they are read by it when they come back."""
        path = self.archived_blank(digest)
        if not path.is_file():
            write_file(path, to_bytes(), overwrite=True)  # another run may be writing the same

    def read(self, path: Path) -> bytes:
        """The bytes of a file of its own. Raises UnreadableError where it cannot be read."""
        return read_file(path)

    def kept_blank(self, digest: str) -> bytes | None:
        """What is kept of a blank; None where nothing is."""
        path = self.archived_blank(digest)
        return read_file(path) if path.is_file() else None

    def sent_out(self, file: str, digest: str) -> bytes | None:
        """The bytes of what was sent out; None where it does not lie there unchanged any more.

        file: relative to the collection's folder; digest: its SHA-256 as recorded.
        """
        path = self.folder / file
        data = read_file(path) if path.is_file() else b""
        return data if sha256(data) == digest else None

    def is_own_password(self, lock: Lock) -> bool:
        """Whether a hash is of the collection's password, whatever its salt: every run of ours has another."""
        if not self.has_password or lock.spin_count > SPIN_COUNT:
            return False
        try:
            salt = base64.b64decode(lock.salt_value)
        except ValueError:
            return False
        return lock_of(self.password, salt, lock.spin_count).hash_value == lock.hash_value

    def has_lost_its_ledger(self) -> bool:
        """Whether files came in and were recorded, and its own ledger is not there."""
        originals = self.archive / ORIGINALS
        return not self.ledger.is_file() and originals.is_dir() and any(originals.iterdir())

    def issues(self) -> Mapping[str, Issue]:
        """What was sent out, by issue id, in that order; read again only where there is more.

        Raises UsageError where something was sent out and the record of it is gone: all that came back would be refused.
        """
        path = self.archive / ISSUES_FILE
        size_bytes = _size_bytes(path)
        if self._sent_out is None or self._sent_out[0] != size_bytes:
            self._sent_out = size_bytes, read_issues(path)
        if not self._sent_out[1] and (self.outgoing / ISSUE_LIST).is_file():
            raise UsageError(
                f"“{path}”不见了，而 下发 里有下发过的工作簿：没有这份记录，交回的文件都不能核对。没有写入任何内容。"
                "请用备份恢复“档案”文件夹；没有备份的，请把 下发 里的文件移走，重新 generate，请单位用新下发的文件填写。"
            )
        return self._sent_out[1]

    def received_issues(self) -> Mapping[str, Issue]:
        """What others sent out and passed on to us, by issue id; never one of our own. Read again only where there is more."""
        path = self.archive / RECEIVED_FILE
        size_bytes = _size_bytes(path)
        if self._taken_in is None or self._taken_in[0] != size_bytes:
            self._taken_in = size_bytes, read_issues(path)
        return self._taken_in[1]

    def latest_issues(self) -> dict[str, Issue]:
        """By project code, what was sent out last."""
        return {issue.project_code: issue for issue in self.issues().values()}

    def record(self, issues: Iterable[Issue], template: bytes, rules: str) -> None:
        """Keeps what is sent out, besides what was: the template it was drawn from, the rules it is judged by."""
        self.keep_with_issues([template], [rules.encode()])
        self._add(ISSUES_FILE, issues)

    def receive(self, issues: Iterable[Issue], templates: Iterable[bytes], rules: Iterable[bytes]) -> None:
        """Keeps what others sent out, so that their workbooks are judged by it; our own records stay as they are."""
        self.keep_with_issues(templates, rules)
        known = self.issues().keys() | self.received_issues().keys()
        self._add(RECEIVED_FILE, [issue for issue in issues if issue.issue_id not in known])

    def return_copies(self) -> tuple[ReturnCopy, ...]:
        """The return copies that were made, in that order; read again only where there are more."""
        path = self.archive / RETURNS_FILE
        size_bytes = _size_bytes(path)
        if self._copies is None or self._copies[0] != size_bytes:
            self._copies = size_bytes, read_return_copies(path)
        return self._copies[1]

    def record_returns(self, copies: Iterable[ReturnCopy]) -> None:
        """Keeps return copies that are made, besides what was."""
        self._add(RETURNS_FILE, copies)

    def reminders(self) -> tuple[Reminder, ...]:
        """The drafts of reminders that were written, in that order."""
        return read_reminders(self.archive / REMINDERS_FILE)

    def record_reminders(self, reminders: Iterable[Reminder]) -> None:
        """Keeps which units were reminded when, besides what was."""
        self._add(REMINDERS_FILE, reminders)

    def receipts(self) -> tuple[Receipt, ...]:
        """The packages from below that were taken in, in that order."""
        return read_receipts(self.archive / RECEIPTS_FILE)

    def record_receipt(self, receipt: Receipt) -> None:
        """Keeps a package that is taken in, besides what was; the same one only once."""
        if receipt.sha256 not in {known.sha256 for known in self.receipts()}:
            self._add(RECEIPTS_FILE, [receipt])

    def published_files(self) -> tuple[PublishedFile, ...]:
        """The files that were written for the public, in that order."""
        return read_published_files(self.archive / PUBLISHED_FILE)

    def record_published(self, files: Iterable[PublishedFile]) -> None:
        """Keeps which files are written for the public, besides what was."""
        self._add(PUBLISHED_FILE, files)

    def _add(self, file: str, records: Iterable[Issue | ReturnCopy | Receipt | Reminder | PublishedFile]) -> None:
        with locked(self.archive / RECORDS_LOCK, "写入档案"):
            add_records(self.archive / file, records)

    def issuing(self) -> AbstractContextManager[None]:
        """While workbooks are sent out, nobody else sends any. Raises UsageError where somebody else does."""
        return locked(self.archive / ISSUING_LOCK, "生成工作簿")

    def publishing(self) -> AbstractContextManager[None]:
        """While files are written for the public, nobody else does. Raises UsageError where somebody else does."""
        return locked(self.archive / PUBLISH_LOCK, "公开")

    def reporting(self) -> AbstractContextManager[None]:
        """While 汇总.xlsx is read and written anew, nobody else does. Raises UsageError where somebody else does."""
        return locked(self.archive / REPORT_LOCK, f"生成 {REPORT}")


def incoming(path: Path) -> list[Path]:
    """The files that a path stands for: itself, those of a folder, those of 收回/ where it is a collection."""
    is_collection = (path / ROSTER).is_file() and (path / TEMPLATE).is_file()
    return workbooks_in(path / INCOMING if is_collection else path)


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def sha256(data: bytes) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(data).hexdigest()


def new_collection(folder: Path, roster: bytes, template: bytes) -> None:
    """An empty collection. Raises UsageError where the folder already holds one."""
    if (folder / ROSTER).exists() or (folder / TEMPLATE).exists():
        raise UsageError(f"“{folder}”中已有任务（{ROSTER} 或 {TEMPLATE}），没有改动。请换一个文件夹。")
    write_file(folder / TEMPLATE, template)
    write_file(folder / ROSTER, roster)
    for name in (OUTGOING, INCOMING, RETURNED, ARCHIVE):
        (folder / name).mkdir(exist_ok=True)
