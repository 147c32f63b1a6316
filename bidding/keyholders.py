"""How far the holders of a draft's keys are: which boxes each group has a rehearsed key for.

For the pages of agency and purchaser; what a notice may pin is `bidding.keys`' answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bidding.store import trustees
from sql.database import Database
from trading.types import Draft, Mode


@dataclass(frozen=True, slots=True)
class Answered:
    """Of how many boxes a group has given a key that serves, and for how many it was asked."""

    ready: int
    asked: int


async def answered(database: Database, draft: Draft) -> Mapping[str, Answered]:
    """Return, by group, how many of the draft's boxes have their key for the opening as drafted."""
    asked = {
        (lot.lot, str(box.stage), box.open_at or box.deadline)
        for lot in draft.lots
        for box in lot.boxes
        if box.mode is not Mode.BIDDER
    }
    async with database.transaction() as tx:
        given = [one for one in await trustees.keys_of(tx, draft.tender) if one.rehearsed_at]
    ready = {
        (one.group_id, place)
        for one in given
        if (place := (one.key.lot, str(one.key.stage), one.not_before)) in asked
    }
    return {
        trustee.group: Answered(sum(group == trustee.group for group, _ in ready), len(asked))
        for trustee in draft.trustees
    }
