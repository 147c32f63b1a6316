"""What came of the stage that a box waits for: who was opened there, and who is rejected.

Facts read for the clerk, for submissions and for the agency's acts; none of them decides here.

Source: `bid-seal/v1` sections 3, list, and 8.2; Regulation on the Tendering and Bidding Law, art.
19.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bidding.facts import BoxFacts, BoxKey, Rejection
from bidding.sealed.lists import read_list
from bidding.steps import Earlier
from bidding.store import boxes, envelopes, results
from bidding.types import Verdict
from sql.database import Tx
from trading import lawbook
from trading.types import Stage

_PREQUALIFIED = "tender.min_prequalified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The earlier stage of a box. `rejected`: rejections of the lot in force, by bidder.

    `listed`: bidders on its list, once shares were asked for; `opened`: those whose envelope was
    opened. `prequalifies`: the bids come after it, from those who passed; `enough`: as many did as
    the tender's rule set demands.
    """

    box: BoxFacts
    listed: frozenset[str]
    opened: frozenset[str]
    rejected: Mapping[str, Rejection]
    prequalifies: bool
    enough: bool

    @property
    def passed(self) -> frozenset[str]:
        """Bidders who were opened and are not rejected."""
        return self.opened - self.rejected.keys()

    @property
    def standing(self) -> Earlier:
        """Where the earlier stage stands."""
        if self.box.not_opened_at is not None:
            return Earlier.ENDED
        if self.box.finished_at is None:
            return Earlier.AWAITED
        return Earlier.EVALUATED if self.enough else Earlier.ENDED


async def before(tx: Tx, box: BoxFacts) -> Evaluation | None:
    """Return what is known of the stage that `box` waits for, None where it waits for none."""
    if box.after is None:
        return None
    tender, lot, _ = box.key
    earlier = await boxes.box(tx, BoxKey(tender, lot, box.after))
    assert earlier is not None  # noqa: S101 - a notice names a stage of the same lot
    bidders = {one.envelope_id: one.bidder for one in await envelopes.envelopes_in(tx, earlier.key)}
    opened = {
        bidders[one.envelope_id]
        for one in await results.results_of(tx, earlier.key)
        if one.verdict == Verdict.OPENED
    }
    rejected = await rejections_in_force(tx, tender, lot)
    # What is handed in with the bid is evaluated after it (资格后审).
    prequalifies = box.after is Stage.QUALIFICATION and earlier.deadline < box.deadline
    least = await _least(tx, tender) if prequalifies else 0
    return Evaluation(
        box=earlier,
        listed=frozenset(bidders[one] for one in _listed(earlier)),
        opened=frozenset(opened),
        rejected=rejected,
        prequalifies=prequalifies,
        enough=len(opened - rejected.keys()) >= least,
    )


def _listed(box: BoxFacts) -> list[str]:
    if box.asked_at is None or box.in_force is None:
        return []
    return [one.envelope for one in read_list(box.in_force.json).envelopes]


async def rejections_in_force(tx: Tx, tender: str, lot: str) -> dict[str, Rejection]:
    """Return the rejections of a lot that were not set aside, by bidder."""
    return {
        one.bidder: one
        for one in await results.rejections_of(tx, tender, lot)
        if one.overturned_at is None
    }


async def is_outdated(tx: Tx, box: BoxFacts) -> bool:
    """Tell whether a revised list keeps an envelope shut whose rejection was set aside."""
    if box.revised_json is None or box.finished_at is not None:
        return False
    kept = {one.envelope for one in read_list(box.revised_json).kept_shut}
    rejected = await rejections_in_force(tx, box.key.tender, box.key.lot)
    return any(
        one.envelope_id in kept and one.bidder not in rejected
        for one in await envelopes.envelopes_in(tx, box.key)
    )


async def _least(tx: Tx, tender: str) -> int:
    """Return how many have to be prequalified by the rule set that the notice pins."""
    rules = await lawbook.of_tender(tx, tender)
    return rules.number(_PREQUALIFIED) if _PREQUALIFIED in rules.rules else 0
