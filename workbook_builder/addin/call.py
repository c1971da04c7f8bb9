"""A click on a button of the add-in: where, and with what answers."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbook_builder.collection.folder import ROSTER, Collection
from workbook_builder.errors import UsageError
from workbook_builder.progress import Progress

if TYPE_CHECKING:
    from workbook_builder.ledger.recording import Ledger


class Call(NamedTuple):
    """A click: where, with what answers, and how to say how far the work is."""

    book: Path | None = None  # the workbook in front, as last saved; None where there is none
    is_unsaved: bool = False  # it was changed since
    answers: Mapping[str, str] = {}  # to what the action asked before
    say: Callable[[str], None] = lambda _words: None  # shows words while the action works

    def counts(self, what: str) -> Progress:
        """Says how far the work is, such as 导入 3/120."""
        return lambda done, total: self.say(f"{what} {done}/{total} …")

    @property
    def file(self) -> Path:
        """The workbook that was clicked in. Raises UsageError where it is nowhere on disk."""
        if self.book is None or not self.book.is_file():
            raise UsageError(
                "当前没有已保存的工作簿。窗口上方有“启用编辑”的，请先点它；没有的，请先打开或保存一个工作簿。然后再点这个按钮。"
            )
        return self.book

    @property
    def collection(self) -> Collection:
        """The collection of that workbook. Raises UsageError where it lies in none."""
        try:
            return Collection.at(self.file)
        except UsageError:
            raise UsageError(
                f"“{self.file.name}”不在任务文件夹中。请打开任务文件夹里的 {ROSTER}，再点这个按钮。"
            ) from None

    def ledger(self) -> "closing[Ledger]":
        """The ledger of that collection, to be closed."""
        from workbook_builder.ledger.recording import Ledger

        return closing(Ledger.own(self.collection))
