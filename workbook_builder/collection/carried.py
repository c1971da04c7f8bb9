"""A collection as data: what workbooks are judged by, for workers that see no folder of this machine."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.records import Issue, ReturnCopy
from workbook_builder.errors import UserError
from workbook_builder.files import read_file
from workbook_builder.ooxml.password import Lock

KEPT_FOR_JUDGING = ("模板-*.xlsx", "规则-*.json", "空白表-*.zip")


class Question(NamedTuple):
    """What only the collection's own machine can tell, and few files need."""

    sent: tuple[str, str] | None = None  # what a file holds that was sent out, and had this SHA-256
    lock: Lock | None = None  # whether it is of the collection's own password, which goes nowhere: None where it is not
    file: str = ""  # the bytes of a file that was not carried along


Answer = bytes | None


class AskedError(BaseException):  # nothing on its way may take it for a defect
    """A worker needs an answer first: the task is given again, with it."""

    def __init__(self, question: Question):
        super().__init__(question)
        self.question = question


def answered(question: Question, collection: Collection | None) -> Answer:
    """By the collection itself; None where there is none. Raises what it raises where a file cannot be read."""
    if collection is None:
        return None
    if question.lock is not None:
        return b"" if collection.is_own_password(question.lock) else None
    if question.sent is not None:
        return collection.sent_out(*question.sent)
    return collection.read(collection.folder / question.file)


class Carried(Collection):
    """Answers as the collection did when it was packed; what it does not hold it asks for (AskedError)."""

    def __init__(self, collection: Collection):
        self.folder = Path(collection.folder.name)  # of no use but to name what is below it
        self._issues, self._received = collection.issues(), collection.received_issues()
        self._returns = collection.return_copies()
        self._files = dict(_files(collection))
        self.answers: Mapping[Question, Answer] = {}

    def issues(self) -> Mapping[str, Issue]:
        """As they were."""
        return self._issues

    def received_issues(self) -> Mapping[str, Issue]:
        """As they were."""
        return self._received

    def return_copies(self) -> tuple[ReturnCopy, ...]:
        """As they were."""
        return self._returns

    def read(self, path: Path) -> bytes:
        """From what was packed."""
        file = path.relative_to(self.folder).as_posix()
        return self._files[file] if file in self._files else self._told(Question(file=file)) or b""

    def kept_blank(self, digest: str) -> bytes | None:
        """From what was packed."""
        return self._files.get(self.archived_blank(digest).relative_to(self.folder).as_posix())

    def sent_out(self, file: str, digest: str) -> bytes | None:
        """Asked for: what was sent out is a hundred times as much as what tells how."""
        return self._told(Question(sent=(file, digest)))

    def is_own_password(self, lock: Lock) -> bool:
        """Asked for."""
        return self._told(Question(lock=lock)) is not None

    def _told(self, question: Question) -> bytes | None:
        if question not in self.answers:
            raise AskedError(question)
        return self.answers[question]


def _files(collection: Collection) -> Iterator[tuple[str, bytes]]:
    kept = (path for pattern in KEPT_FOR_JUDGING for path in sorted(collection.archive.glob(pattern)))
    for path in (collection.roster, collection.template, *kept):
        try:
            yield path.relative_to(collection.folder).as_posix(), read_file(path)
        except UserError:  # whoever needs it asks, and is told why
            continue
