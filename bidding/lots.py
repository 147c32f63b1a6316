"""When a tender is over: once each of its lots is, on its own, awarded or ended without an award.

Source: rules of the tender's set, `tender.min_bidders`; `people.md` 7, lists.
"""

from datetime import datetime

from bidding.store import awards, boxes
from sql.database import Tx
from trading import service as trading
from trading.types import Milestone, Notice


async def tell_if_over(tx: Tx, notice: Notice, at: datetime) -> None:
    """Note for lists that a tender is awarded or ended, where this was the last of its lots."""
    shut = {
        one.key.lot
        for one in await boxes.boxes_of(tx, notice.tender)
        if one.not_opened_at is not None
    }
    winners = []
    for lot in notice.lots:
        signed = await awards.awards_of(tx, notice.tender, lot.lot)
        made = [one for one in signed if one.step == "awarded"]
        if not made and lot.lot not in shut:
            return
        winners += [one.winner for one in made if one.winner is not None]
    await trading.tell(tx, notice.tender, Milestone.AWARDED if winners else Milestone.ENDED, at)
