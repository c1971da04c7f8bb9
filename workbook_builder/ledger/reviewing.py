"""Reviews of one form and year beside the roster: what holds, what is disputed, who is to review what."""

from collections.abc import Container, Mapping
from functools import cached_property

from workbook_builder.collection.roster import Roster
from workbook_builder.ledger.queries import Questions
from workbook_builder.ledger.reviews import PASSED_AFTER_CHANGES, SENT_BACK, LowerReview, Review, Told, by_project, told

ASKING = (SENT_BACK, PASSED_AFTER_CHANGES)  # verdicts by which a unit is to change something


class Reviewing:
    """The ledger is read once, when first asked for."""

    def __init__(self, ledger: Questions, form_id: str, roster: Roster):
        self._ledger, self._key = ledger, (form_id, roster.settings.fiscal_year)
        self._reviewers = {unit.unit_code: unit.reviewer for unit in roster.units}

    @cached_property
    def told(self) -> Mapping[str, Told]:
        """By the SHA-256 of a submission, what reviewers of this centre said of it."""
        return told(self._ledger.review_versions(*self._key))

    @cached_property
    def by_project(self) -> Mapping[str, Review]:
        """By project code, the review of what counts; where there is none yet, the last one of what it replaced."""
        return by_project(self.told)

    @cached_property
    def lower(self) -> Mapping[str, tuple[LowerReview, ...]]:
        """By the SHA-256 of a submission, what lower levels decided; it counts for nothing here."""
        return self._ledger.lower_reviews(*self._key)

    @cached_property
    def _assignments(self) -> Mapping[str, tuple[str | None, ...]]:
        return self._ledger.assignments(*self._key)

    def assigned(self, project_code: str, unit_code: str) -> str | None:
        """Who is to review a project: whom the centre gave it to, else whom the roster names for its unit, else who
        reviewed what it replaced.
        """
        given, before = self._assignments.get(project_code, (None,))[-1], self.by_project.get(project_code)
        return (
            given or self._reviewers.get(unit_code) or (before.reviewer if before and not before.is_current else None)
        )

    def to_tell(self, returned: Container[str]) -> dict[str, Review]:
        """By project code, the reviews that ask for a change; of what the rules returned, those that say more."""
        return {
            code: review
            for code, review in self.by_project.items()
            if review.is_current
            and (review.verdict in ASKING or ((review.opinion_words or review.remarks) and code in returned))
        }

    def code_of_sub(self, review: Review, number: int) -> str | None:
        """The code of a sub-project, numbered as in the submission that a review is about; None where it has none."""
        submissions = self._ledger.submissions_of(review.sha256)
        declared = self._ledger.declarations(submission.id for submission in submissions)
        return next((part.project_code for part in declared if part.sub_project == number), None)
