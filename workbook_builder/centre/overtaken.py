"""What was accepted, for `generate` to say what of it the roster has overtaken; and that it did, kept as an act."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.invalidating import Counted, Invalidated
from workbook_builder.collection.roster_changes import RosterChange

if TYPE_CHECKING:
    from workbook_builder.ledger.queries import Questions
    from workbook_builder.ledger.recording import Ledger
    from workbook_builder.ledger.roster_acts import RosterAct
    from workbook_builder.ledger.rows import Submission

ABOUT_WITHDRAWAL = ("project_withdrawn", "project_added", "project_added_again", "invalidated", "unknown")


def accepted(collection: Collection, ledger: "Ledger | None") -> tuple[Counted, ...]:
    """What of the collection was accepted and counts, and what counts no more because the roster does not name it.

    Nothing without a ledger, or where the roster has mistakes: who reads it for what goes out will say so.
    """
    if ledger is None:
        return ()
    from workbook_builder.judge.opening import Desk  # noqa: PLC0415 - without a ledger nobody should wait for these
    from workbook_builder.ledger.standing import Standing  # noqa: PLC0415

    desk = Desk(collection)
    if desk.sound_roster is None:
        return ()
    standing = Standing(collection, desk, ledger)
    counting = [one.counted for one in standing.expected() if one.state == "accepted" and one.counted]
    gone = (
        Counted(
            one.project_code, one.project_name, one.unit_code, one.annual_funds, one.file, "", "whole", one.sentence
        )
        for one in standing.withdrawn()
    )
    return (*_counted(standing.ledger, counting), *gone)


def _counted(ledger: "Questions", counting: "Sequence[Submission]") -> Iterator[Counted]:
    from workbook_builder.ledger.stands import ANNUAL_FUNDS  # noqa: PLC0415 - see accepted

    declared = {
        (part.submission_id, part.sub_project): part for part in ledger.declarations(one.id for one in counting)
    }
    for one in counting:
        part = declared[one.id, 0 if one.part == "sub_project" else None]
        money = part.money.get(ANNUAL_FUNDS)
        yield Counted(
            one.project_code, part.project_name or "", one.unit_code, money, one.file, one.issue_ids[0], one.part
        )


def news(overtaken: Sequence[Invalidated], acts: "Sequence[RosterAct]") -> list[Invalidated]:
    """Those that nobody was told of yet: a withdrawn project stays withdrawn from run to run."""
    last = {act.project_code: act.kind for act in acts if act.kind in ABOUT_WITHDRAWAL}
    return [one for one in overtaken if one.kind == "changed" or last.get(one.project_code) != "invalidated"]


def keeping(
    collection: Collection,
    ledger: "Ledger | None",
    actor: str,
    ask: Callable[[Sequence[Invalidated], Sequence[Invalidated]], None],
) -> Callable[[Sequence[Invalidated]], None]:
    """For `generate` to call before it writes: asks, with all that is overtaken and what of it is new, then keeps the new.

    What ask raises ends the run, and nothing is kept. Without a ledger nothing was accepted, and nobody is asked.
    """

    def before(overtaken: Sequence[Invalidated]) -> None:
        if ledger is None:
            return
        rosters = ledger.within(collection).rosters
        new = news(overtaken, rosters.acts())
        ask(overtaken, new)
        rosters.add(map(_act, new), actor)

    return before


def _act(one: Invalidated) -> RosterChange:
    codes = (one.project_code,)
    return RosterChange("invalidated", one.project_code, one.unit_code, codes, one.file, None, one.sentence)
