"""台账: what came back, declaration by declaration, kept whole or not at all; the newest of each project counts.

The same bytes twice are kept once, and what repeats the answers that count is no submission of its own. Two imports at
once wait for each other, project by project. Which of two is newer says outcome.py.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbook_builder.collection.folder import ORIGINALS, Collection
from workbook_builder.errors import UsageError
from workbook_builder.ledger import tables
from workbook_builder.ledger.acts import prefer, put_back, take_back
from workbook_builder.ledger.approvals import Approval, keep_approvals
from workbook_builder.ledger.collections import claimed
from workbook_builder.ledger.database import open_database, sqlite_url, transaction
from workbook_builder.ledger.entering import entered
from workbook_builder.ledger.outcome import Arrival, Recorded
from workbook_builder.ledger.queries import Questions
from workbook_builder.ledger.reviews import Assignment, LowerReview, Review, assign, keep, keep_lower
from workbook_builder.ledger.roster_acts import RosterBook
from workbook_builder.ledger.rows import Submission, Unassigned

if TYPE_CHECKING:
    from workbook_builder.ledger.frames import LedgerFrames


class Ledger(Questions):
    """The ledger of one or more collections: records what came, and answers.

    One that was just opened answers for all of them; what works on a collection asks `within` it.
    """

    def __init__(self, url: str):
        """Opens it; see database.open_database."""
        super().__init__(open_database(url))

    @classmethod
    def own(cls, collection: Collection) -> "Ledger":
        """The one in the collection's archive, made where there is none yet.

        Raises UsageError as it does, and where files were recorded and what recorded them is gone: an empty one would
        say that nothing came.
        """
        if collection.has_lost_its_ledger():
            raise UsageError(
                f"台账“{collection.ledger}”不见了，而 档案/{ORIGINALS} 里有以前导入的文件。没有写入任何内容。"
                "台账在别的数据库里的，请加 --ledger；误删的，请用备份恢复；"
                f"没有备份的，请先把 档案/{ORIGINALS} 改个名字，再重新 import 收回（审核、批复要重新填）。"
            )
        return cls(sqlite_url(collection.ledger))

    def within(self, collection: Collection) -> "Ledger":
        """The same ledger for one of the collections that it serves; closed with this one."""
        scoped = copy.copy(self)
        Questions.__init__(scoped, self._engine, claimed(self._engine, collection))
        return scoped

    @property
    def rosters(self) -> RosterBook:
        """What became of the roster of the collection that it is asked for."""
        return RosterBook(self._engine, self._collection_id or "")

    def close(self) -> None:
        """Gives the database's connections back."""
        self._engine.dispose()

    def record(self, arrival: Arrival) -> Recorded:
        """Records one file. Raises UsageError where the database refuses; nothing of it is kept then."""
        return self.record_all([arrival])[0]

    def record_all(self, arrivals: Sequence[Arrival]) -> list[Recorded]:
        """Records some files in this order, all of them or none. Raises UsageError where the database refuses."""
        with transaction(self._engine) as connection:
            return entered(connection, arrivals, self._collection_id or "")

    def take_back(self, file: Submission | Unassigned, actor: str, reason: str | None = None) -> Submission | None:
        """Lets a file count nowhere; what counted before it stands again, and is given. None where there is nothing."""
        with transaction(self._engine) as connection:
            return take_back(connection, file.id, actor, reason)

    def put_back(self, file: Submission | Unassigned, actor: str, reason: str | None = None) -> bool:
        """Undoes that; gives whether the file counts: not where something newer came meanwhile."""
        with transaction(self._engine) as connection:
            return put_back(connection, file.id, actor, reason)

    def prefer(self, submission: Submission, actor: str, reason: str | None = None) -> Submission | None:
        """Lets a submission count, whatever came later; gives what counted until now. What was undecided is decided."""
        with transaction(self._engine) as connection:
            return prefer(connection, submission.id, actor, reason)

    def keep_reviews(
        self, form_id: str, fiscal_year: int, reviews: Iterable[Review], assignments: Iterable[Assignment] = ()
    ) -> tuple[int, int]:
        """Keeps all of them or none; gives how many reviews, disputed ones aside, and how many assignments are new.

        Their submissions are in the ledger.
        """
        wanted = self._of(form_id, fiscal_year)
        with transaction(self._engine) as connection:
            kept = keep(connection, (*wanted, *self._mine(tables.submission)), reviews)
            return kept, assign(connection, wanted, assignments)

    def keep_lower_reviews(
        self, form_id: str, fiscal_year: int, reviews: Mapping[str, Iterable[LowerReview]], packed_at: str
    ) -> None:
        """Keeps what lower levels decided, by the SHA-256 of the submissions, as a package of that moment says it."""
        with transaction(self._engine) as connection:
            keep_lower(connection, self._of(form_id, fiscal_year), reviews, packed_at)

    def keep_approvals(self, form_id: str, fiscal_year: int, approvals: Iterable[Approval]) -> int:
        """Keeps all of them or none; gives how many say something new. Their projects are in the ledger."""
        with transaction(self._engine) as connection:
            return keep_approvals(connection, self._of(form_id, fiscal_year), approvals)

    def to_pandas(self, form_id: str, fiscal_year: int) -> "LedgerFrames":
        """All that came of a form and year as DataFrames: frames.LedgerFrames says what is in each, and its types.

        form_id: such as sh-performance-target. Amounts are Decimal yuan, dates datetime64[s].
        """
        from workbook_builder.ledger.frames import ledger_frames

        return ledger_frames(self, form_id, fiscal_year)
