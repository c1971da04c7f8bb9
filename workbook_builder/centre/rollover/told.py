"""What a workbook tells above the amounts beside the form: the review of the last round, or the document of approval."""

from workbook_builder.collection.last_round import DAY_LABEL, NOT_ENTERED, NUMBER_LABEL
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.reviews import Review


def told_of_review(review: Review | None, last_round: str) -> dict[str, str]:
    """Verdict and opinion of the last round; nothing where nobody gave them."""
    if review is None or not review.is_current:
        return {}
    words = {f"{last_round}审核结论": review.verdict, "审核意见": review.opinion}
    return {label: text for label, text in words.items() if text}


def told_of_approval(approval: Approval) -> dict[str, str]:
    """Number and day of the document."""
    day = approval.approved_on
    return {
        NUMBER_LABEL: approval.document_number or NOT_ENTERED,
        DAY_LABEL: day.isoformat() if day else NOT_ENTERED,
    }
