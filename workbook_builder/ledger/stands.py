"""How what counts stands, as named tuples: `standing` says what counts. Pure."""

from decimal import Decimal
from typing import Literal, NamedTuple

from workbook_builder.collection.roster import RosterProject
from workbook_builder.findings import Finding
from workbook_builder.form.layout import Part
from workbook_builder.ledger.reviews import PASSED_AFTER_CHANGES, SENT_BACK, Review, Told
from workbook_builder.ledger.rows import Submission
from workbook_builder.values.numbers import amount_text

ANNUAL_FUNDS = "annual_funds"
OFF_THE_ROSTER, DROPPED = "已不在名册中", "上次的报送包中有、这次没有"
State = Literal["missing", "earlier_round", "returned", "sent_back", "awaiting_change", "accepted"]
NOTHING_TOLD = Told()


class Stand(NamedTuple):
    """How a root project, or one part of it, stands: by the one submission that counts."""

    submission: Submission  # that counts, of whatever round
    is_earlier: bool  # it is of an earlier round: of this one nothing came
    review: Review | None  # of this submission, else the last one of what it replaced
    of_whole: tuple[Finding, ...] = ()  # of a part: the errors that show only now that all parts are merged
    told: Told = NOTHING_TOLD  # of this submission, what is disputed included
    assigned: str | None = None  # who is to review it

    @property
    def review_of_it(self) -> Review | None:
        """What a person said of what counts; None where nobody has, whatever was said of what it replaced."""
        return self.review if self.review is not None and self.review.is_current else None

    @property
    def verdict(self) -> str | None:
        """What a person decided on what counts; None where nobody has."""
        return self.review_of_it and self.review_of_it.verdict

    @property
    def is_sent_back(self) -> bool:
        """Whether a reviewer returned what counts."""
        return self.verdict == SENT_BACK

    @property
    def is_awaiting_change(self) -> bool:
        """Whether a reviewer let it pass but for a change, which has not come: it counts, and the unit is reminded."""
        return self.state == "awaiting_change"

    @property
    def state(self) -> State:
        """What the rules found comes before what a reviewer says: it is to be mended either way."""
        if self.is_earlier:
            return "earlier_round"
        if self.submission.status != "accepted" or self.of_whole:
            return "returned"
        if self.is_sent_back:
            return "sent_back"
        return "awaiting_change" if self.verdict == PASSED_AFTER_CHANGES else "accepted"


class Expected(NamedTuple):
    """One workbook that is to come back."""

    project: RosterProject  # that is declared there
    unit_code: str  # of the unit that fills it in, by the roster
    part: Part
    stand: Stand | None  # None where nothing ever came
    is_undecided: bool  # another submission of the project is as new and different: the centre is asked

    @property
    def counted(self) -> Submission | None:
        """The submission that counts, where it is of this round or a later one."""
        return None if self.stand is None or self.stand.is_earlier else self.stand.submission

    @property
    def state(self) -> State:
        """How it stands."""
        return self.stand.state if self.stand else "missing"

    def missing_entry(self) -> dict[str, str]:
        """As `import --json` and `merge --json` name what is missing."""
        project = self.project
        return {
            "unit_code": self.unit_code,
            "project_code": project.project_code,
            "project_name": project.project_name,
        }


class GoingBack(NamedTuple):
    """A file that is to be mended."""

    submission: Submission
    of_whole: tuple[Finding, ...]  # of a part of this round: as with Stand


class Withdrawn(NamedTuple):
    """A root project that came in, and that the roster, or the newest package from below, does not name any more."""

    unit_code: str  # as the file says
    project_code: str
    project_name: str
    annual_funds: Decimal | None  # yuan, as declared; None where it could not be read
    file: str
    why: str  # a Chinese clause

    @property
    def amount_words(self) -> str:
        """Such as 年度资金 200000.00 元."""
        return "年度资金没有读出" if self.annual_funds is None else f"年度资金 {amount_text(self.annual_funds)} 元"

    @property
    def sentence(self) -> str:
        """What is said of it in the terminal."""
        whose = f"{self.project_name}（{self.project_code}，{self.unit_code}）"
        advice = "要计入请把它补回名册" if self.why == OFF_THE_ROSTER else "请与下级核对"
        return f"{whose}{self.why}，{self.amount_words}不计入；{advice}。"
